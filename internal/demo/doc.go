// Package demo makes the demo's community, as a roster that is as dirty as real ones, and plays a day in
// it over HTTP. Everyone in it is made up.
package demo

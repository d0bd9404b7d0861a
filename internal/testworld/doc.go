// Package testworld builds two small made-up communities for tests: one with a tree, households, people
// and every role, and a second one that nothing may cross into.
package testworld

// Package model holds the nouns of a community: its tree, its members and what they may do, help
// requests and offers, points, campaigns and leaderboards, with their states, their rules and their
// errors. It reads no clock, knows no database and no HTTP, and imports the standard library only.
package model

// Package migrations holds the schema as numbered SQL files, up only, and applies them. The files of
// mysql/ and sqlite/ are the same but for the table options and the names of binary types, which a test checks.
package migrations

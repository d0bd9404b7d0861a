// Package memo remembers for a short time what was read from the database, so that a hot path does not
// read the same row thousands of times a second. What it returns may be stale by its trust; no decision
// about points or states rests on it.
package memo

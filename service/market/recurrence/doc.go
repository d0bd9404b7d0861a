// Package recurrence reads the rules by which something comes again (RFC 5545 RRULE), counts when they fall, and says
// them in words. All times are Shanghai's.
//
// It keeps nothing, and does not own what comes again.
package recurrence

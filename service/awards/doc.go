// Package awards gives points to many at once (批量发放): batches of lines from JSON or a sheet, each line of
// which is booked alone and once, whatever process does it and whenever it stops.
//
// What one award may be is the business of service/ledger.
package awards

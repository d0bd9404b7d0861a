// Package disclosure owns what is put before the neighbours (公示) and how they object to it: declarations (申报) of
// work that was done outside of the system, on their way over verification and publication into the ledger;
// publications of declarations and of points; appeals (申诉) with one review; and the calendar of working days
// by which appeals are answered.
//
// One person never acts twice on one record. Whatever concerns the items of a publication (an appeal, a
// decision, the booking) happens under the lock of the publication. What an item came to is new entries in
// the ledger and never a changed one; the points themselves are the ledger's.
package disclosure

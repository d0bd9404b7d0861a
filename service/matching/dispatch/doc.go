// Package dispatch (派单) says whom to ask next for a request that is urgent or that nobody took: a few
// members at a time, the nearest levels of the tree first, those who are likely to come before those who
// are not, and nobody too often. When nobody is left, an officer owns the request as a case.
//
// It is pure: no database, no clock and no chance of its own. The caller keeps the Round with the request,
// says what happened (a wave's window passed, somebody refused), and sends the notices of the Wave that
// comes back. It does not decide who is fit to help; that is matching.Fits.
package dispatch

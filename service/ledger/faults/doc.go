// Package faults holds the ledger, its stream and its boards against faults: several processes post, seal,
// project and copy at once, statement by statement in an order that a seed chooses, and lose their power between
// any two of them; Redis forgets, or goes back in time. Whatever happens, what was acknowledged is in the books,
// once, and nobody who looks ever finds a difference.
package faults

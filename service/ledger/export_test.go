package ledger

// SetAnchorSpan makes anchors of at most n seals, so that a test needs few records for many of them.
func (l *Ledger) SetAnchorSpan(n int64) { l.signing.span = n }

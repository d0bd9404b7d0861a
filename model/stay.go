package model

// Stay is when a member served, by one record of it, and where.
type Stay struct {
	MemberID ID
	Type     RefType // of the record
	ID       ID
	PlaceID  ID // two records of one place do not contradict each other
	From     Instant
	To       Instant
}

// Contradicts reports whether a member cannot have been at both: two places at one time. Who goes from one
// straight to the other can.
func (s *Stay) Contradicts(o *Stay) bool {
	return s.MemberID == o.MemberID && s.PlaceID != o.PlaceID && s.From < o.To && o.From < s.To
}

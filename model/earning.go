package model

// Earning is what a rule granted to a member, as it was booked, and when that was reversed.
type Earning struct {
	ID         ID // the transfer
	BookedAt   Instant
	ReversedID ID // the transfer that took it back; zero: it stands
	ReversedAt Instant
	Code       string
	Version    int32 // of the rules that granted it
	Measure    Measure
	MemberID   ID
	CounterID  ID // who was helped, if that is one person
	CampaignID ID
	Day        Day // on which the service was done
	Amount     int64
}

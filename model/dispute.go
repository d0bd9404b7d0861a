package model

import (
	"time"
	"unicode/utf8"
)

// Dispute (异议调解) is a disagreement on how a request went. A mediator of the branch hears both sides; they are never
// a party to it. A request has at most one.
type Dispute struct {
	ID          ID      `json:"id"`
	CommunityID ID      `json:"-"`
	RequestID   ID      `json:"request_id"`
	OpenedBy    ID      `json:"-"`
	Reason      string  `json:"reason"`
	MediatorID  ID      `json:"-"`       // zero while nobody could be found
	Outcome     string  `json:"outcome"` // empty while it is open, then DisputeUpheld, DisputeClosed or DisputeSettled
	Resolution  string  `json:"resolution,omitempty"`
	ResolvedBy  ID      `json:"-"`
	OpenedAt    Instant `json:"opened_at"`
	ResolvedAt  Instant `json:"resolved_at,omitzero"`

	Opener   MemberRef   `gorm:"-" json:"opener"`
	Mediator MemberRef   `gorm:"-" json:"mediator"`
	Evidence []*Evidence `gorm:"-" json:"evidence"`
}

// TableName implements gorm's Tabler.
func (Dispute) TableName() string { return "help_dispute" }

// The outcomes of a dispute.
const (
	DisputeUpheld  = "confirm" // the helpers are credited, as the verdicts say
	DisputeClosed  = "close"   // nobody is
	DisputeSettled = "settled" // who may confirm did, without the mediator
)

// Resolve ends the dispute. It fails with ErrDisputeState when it has ended.
func (d *Dispute) Resolve(by ID, outcome, resolution string, now Instant) error {
	if d.Outcome != "" {
		return ErrDisputeState
	}
	d.Outcome, d.Resolution, d.ResolvedBy, d.ResolvedAt = outcome, resolution, by, now
	return nil
}

// Evidence (证据) is what a party or the mediator put on record; it is never changed.
type Evidence struct {
	ID        ID      `json:"id"`
	DisputeID ID      `json:"-"`
	MemberID  ID      `json:"-"`
	Text      string  `json:"text"`
	CreatedAt Instant `json:"created_at"`

	Member MemberRef `gorm:"-" json:"member"`
}

// TableName implements gorm's Tabler.
func (Evidence) TableName() string { return "help_evidence" }

// maxStatements is how many statements one dispute has at most.
const maxStatements = 50

// Add puts a statement on record. It fails with ErrInvalid unless it has 1 to 500 characters, and with ErrDisputeState
// once the dispute is over or has too many.
func (d *Dispute) Add(id, by ID, text string, now Instant) (*Evidence, error) {
	if n := utf8.RuneCountInString(text); n < 1 || n > 500 {
		return nil, ErrInvalid.Saying("陈述应为 1 到 500 个字", "A statement has 1 to 500 characters.")
	}
	if d.Outcome != "" || len(d.Evidence) >= maxStatements {
		return nil, ErrDisputeState
	}
	e := &Evidence{ID: id, DisputeID: d.ID, MemberID: by, Text: text, CreatedAt: now}
	d.Evidence = append(d.Evidence, e)
	return e, nil
}

// MediateWithin is how long a mediator has before the community's administrators are told too.
const MediateWithin = 7 * 24 * time.Hour

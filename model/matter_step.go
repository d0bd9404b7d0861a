package model

import (
	"fmt"
	"slices"
)

// MatterStep (流转记录) is one step of a matter's life as it happened: rows are only ever added, and read in the order of
// their versions they tell the whole life.
type MatterStep struct {
	MatterID    ID           `json:"-"`
	Version     int64        `json:"version"` // of the matter after the step
	Action      MatterAction `json:"action"`
	ActorID     ID           `json:"-"` // zero: time
	FromStatus  MatterStatus `json:"from,omitempty"`
	ToStatus    MatterStatus `json:"to"`
	OwnerBefore ID           `json:"-"`
	OwnerAfter  ID           `json:"-"`
	TierBefore  Tier         `json:"tier_before,omitempty"`
	TierAfter   Tier         `json:"tier_after"`
	Reason      string       `json:"reason,omitempty"`
	Data        MatterStand  `gorm:"serializer:json" json:"data"`
	At          Instant      `json:"at"`

	Actor    MemberRef `gorm:"-" json:"actor,omitzero"`
	Owner    MemberRef `gorm:"-" json:"owner"`
	OwnerWas MemberRef `gorm:"-" json:"owner_before,omitzero"`
}

// TableName implements gorm's Tabler.
func (MatterStep) TableName() string { return "matter_step" }

// MatterStand is how the rest of a matter stood after a step.
type MatterStand struct {
	ProposedID     ID      `json:"proposed_id,omitzero"`
	OrganisationID ID      `json:"organisation_id,omitzero"`
	ContactDueAt   Instant `json:"contact_due_at,omitzero"`
	DueAt          Instant `json:"due_at,omitzero"`
	TierDueAt      Instant `json:"tier_due_at,omitzero"`
	PausedAt       Instant `json:"paused_at,omitzero"`
	ExtensionTo    Instant `json:"extension_until,omitzero"`
	PrimaryID      ID      `json:"primary_id,omitzero"`
	Reopens        int     `json:"reopens,omitempty"`

	Detail string `json:"detail,omitempty"` // of this step alone
}

func (m *Matter) stand() MatterStand {
	return MatterStand{
		ProposedID: m.ProposedID, OrganisationID: m.OrganisationID, ContactDueAt: m.ContactDueAt, DueAt: m.DueAt, TierDueAt: m.TierDueAt,
		PausedAt: m.PausedAt, ExtensionTo: m.ExtensionTo, PrimaryID: m.PrimaryID, Reopens: m.Reopens,
	}
}

// mayPaused lists what may be done while the clock is paused.
var mayPaused = []MatterAction{ActResume, ActHandover, ActTake, ActWithdraw, ActMerge, ActReportIn, ActCoFinish, ActErrand, ActReveal}

// StepBy is who takes a step and why. Without a member it is time.
type StepBy struct {
	Member ID
	Reason string
	Detail string
	Now    Instant
}

// take is the only way a matter changes: it looks the action up in the table, makes the change and writes the step down.
// It fails with ErrMatterState and ErrMatterPaused, and as the change does.
func (m *Matter) take(action MatterAction, by StepBy, change func() error) error {
	to, err := m.Status.Next(action)
	if err != nil {
		return err
	}
	if m.PausedAt != 0 && !slices.Contains(mayPaused, action) {
		return ErrMatterPaused
	}
	step := &MatterStep{
		MatterID: m.ID, Version: m.Version + 1, Action: action, ActorID: by.Member, FromStatus: m.Status,
		OwnerBefore: m.OwnerID, TierBefore: m.Tier, Reason: by.Reason, At: by.Now,
	}
	m.Status = to
	if change != nil {
		if err := change(); err != nil {
			return err
		}
	}
	m.write(step, by)
	return nil
}

// write ends a step.
func (m *Matter) write(step *MatterStep, by StepBy) {
	m.Version, m.UpdatedAt = step.Version, by.Now
	m.NextAt = m.next()
	step.ToStatus, step.OwnerAfter, step.TierAfter, step.Data = m.Status, m.OwnerID, m.Tier, m.stand()
	step.Data.Detail = by.Detail
	m.Steps = append(m.Steps, step)
}

// ReplayMatter plays the steps of a matter from the first and returns what they make of it. It fails when a step does not
// go on from the one before, when the table does not have it, or when it leaves the matter without an owner.
func ReplayMatter(steps []*MatterStep) (*Matter, error) {
	m := &Matter{}
	for i, s := range steps {
		wrong := func(what string) error { return fmt.Errorf("step %d (%s): %s", s.Version, s.Action, what) }
		switch to, err := s.FromStatus.Next(s.Action); {
		case s.Version != int64(i+1):
			return nil, wrong("a version is missing")
		case s.FromStatus != m.Status || s.OwnerBefore != m.OwnerID || s.TierBefore != m.Tier:
			return nil, wrong("it does not go on from the one before")
		case i == 0 && (s.Action != ActReport || s.ToStatus != MatterReported):
			return nil, wrong("a life begins with a report")
		case i > 0 && (err != nil || to != s.ToStatus):
			return nil, wrong("the table does not have it")
		case s.OwnerAfter == 0:
			return nil, wrong("nobody owns it")
		case i > 0 && s.At < m.UpdatedAt:
			return nil, wrong("it is before the one before")
		}
		m.ID, m.Version, m.Status, m.OwnerID, m.Tier, m.UpdatedAt = s.MatterID, s.Version, s.ToStatus, s.OwnerAfter, s.TierAfter, s.At
		d := s.Data
		m.ProposedID, m.OrganisationID, m.ContactDueAt, m.DueAt, m.TierDueAt, m.PausedAt = d.ProposedID, d.OrganisationID, d.ContactDueAt, d.DueAt, d.TierDueAt, d.PausedAt
		m.ExtensionTo, m.PrimaryID, m.Reopens = d.ExtensionTo, d.PrimaryID, d.Reopens
	}
	return m, nil
}

// SameAs reports whether a replayed matter is the one that is kept.
func (m *Matter) SameAs(kept *Matter) bool {
	return m.ID == kept.ID && m.Version == kept.Version && m.Status == kept.Status && m.OwnerID == kept.OwnerID && m.Tier == kept.Tier &&
		m.stand().seconds() == kept.stand().seconds()
}

// seconds is how a row of the log keeps the clocks: JSON has no less.
func (s MatterStand) seconds() MatterStand {
	for _, at := range []*Instant{&s.ContactDueAt, &s.DueAt, &s.TierDueAt, &s.PausedAt, &s.ExtensionTo} {
		*at -= *at % 1_000_000
	}
	return s
}

// Conceal leaves out of a step what is between officers until a leader has agreed: why somebody wanted to refuse.
func (s *MatterStep) Conceal() {
	switch s.Action {
	case ActRefuse, ActExplain, ActDeclineRefusal, ActDeclineExplain, ActReveal:
		s.Reason, s.Data.Detail = "", ""
	}
}

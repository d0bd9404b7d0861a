package model

import (
	"slices"
	"time"
)

// Tier (层级) is where a matter is seen to: 小事不出网格、大事不出社区、难事不出街道.
type Tier string

// The tiers, from below.
const (
	TierGrid      Tier = "grid"
	TierCommunity Tier = "community"
	TierStreet    Tier = "street"
)

// Tiers lists the tiers from below.
func Tiers() []Tier { return []Tier{TierGrid, TierCommunity, TierStreet} }

// Role returns whose business the tier is.
func (t Tier) Role() Role {
	switch t {
	case TierCommunity:
		return RoleCommunityAdmin
	case TierStreet:
		return RoleStreetOfficer
	}
	return RoleGridWorker
}

// beside returns the tier so many above; empty when there is none.
func (t Tier) beside(steps int) Tier {
	if i := slices.Index(Tiers(), t) + steps; i >= 0 && i < len(Tiers()) {
		return Tiers()[i]
	}
	return ""
}

// Up returns the tier above, empty at the top.
func (t Tier) Up() Tier { return t.beside(1) }

// Down returns the tier below, empty at the bottom.
func (t Tier) Down() Tier { return t.beside(-1) }

// EscalationCause is why a matter goes up.
type EscalationCause string

// The causes.
const (
	CauseOverdue     EscalationCause = "overdue"
	CauseBeyondPower EscalationCause = "beyond_power"
	CauseFailedTwice EscalationCause = "failed_twice"
)

// failedTries is how often a tier may fail before the matter goes up.
const failedTries = 2

// Escalate moves the matter up a tier, whose clock begins. The owner stays until whom the tier proposes accepts. It fails
// with ErrTierTop, with ErrTierTries when the cause is two failures and there were not two, and with ErrMatterState.
func (m *Matter) Escalate(by StepBy, cause EscalationCause, s *Service, c Calendar, proposed ID) error {
	by.Detail = string(cause)
	return m.take(ActEscalate, by, func() error {
		if m.Tier.Up() == "" {
			return ErrTierTop
		}
		if cause == CauseFailedTwice && m.FailedTries < failedTries {
			return ErrTierTries
		}
		m.enter(m.Tier.Up(), s, c, proposed, by.Now)
		return nil
	})
}

// Descend gives the matter back to the tier below, for a reason. It fails with ErrTierBottom, with ErrInvalid without a
// reason, and with ErrMatterState.
func (m *Matter) Descend(by StepBy, s *Service, c Calendar, proposed ID) error {
	return m.take(ActDescend, by, func() error {
		if m.Tier.Down() == "" {
			return ErrTierBottom
		}
		m.enter(m.Tier.Down(), s, c, proposed, by.Now)
		return reasoned(by.Reason)
	})
}

// enter begins a tier's clock.
func (m *Matter) enter(t Tier, s *Service, c Calendar, proposed ID, now Instant) {
	m.Tier, m.TierSince, m.FailedTries = t, now, 0
	if proposed != 0 && proposed != m.OwnerID {
		m.ProposedID = proposed
	}
	m.clockTier(s, c, now)
}

// clockTier sets when the tier's time is over: with that of the matter, at the latest, unless that is over already.
func (m *Matter) clockTier(s *Service, c Calendar, from Instant) {
	m.TierDueAt = c.After(from, s.Limits.Of(m.Tier))
	if m.DueAt > from && m.TierDueAt > m.DueAt {
		m.TierDueAt = m.DueAt
	}
}

// How long after its rating a matter is closed by itself, and for how long it may be reopened before that by who is not
// satisfied, and afterwards by anyone who may.
const (
	MatterCloseAfter   = 3 * 24 * time.Hour
	MatterReopenWithin = 7 * 24 * time.Hour
	MatterReopenClosed = 30 * 24 * time.Hour
	// MatterCallWithin is how long after its result somebody is asked to call the reporter, and how often again.
	MatterCallWithin = 3 * 24 * time.Hour
)

// next returns when the sweep is to look at the matter, zero for never.
func (m *Matter) next() Instant {
	switch {
	case m.Status == MatterRated:
		return m.mayCloseAt().Add(MatterCloseAfter)
	case m.Status == MatterCallback:
		return m.UpdatedAt.Add(MatterReopenWithin)
	case m.awaitsCall():
		return m.UpdatedAt.Add(MatterCallWithin)
	case !m.Status.Open() || m.PausedAt != 0 || m.Tier == TierStreet:
		return 0
	case m.FailedTries >= failedTries:
		return m.UpdatedAt
	}
	return m.TierDueAt
}

// awaitsCall reports whether the reporter is to be asked what they think of the result, unless they say so themselves.
func (m *Matter) awaitsCall() bool { return m.Status == MatterDone || m.Status == MatterExplained }

// CallDue reports whether nobody has asked the reporter for too long, and has that be looked at again later. That is no
// step: nothing of the matter changes.
func (m *Matter) CallDue(now Instant) bool {
	if !m.awaitsCall() || m.NextAt == 0 || m.NextAt > now {
		return false
	}
	m.NextAt = now.Add(MatterCallWithin)
	return true
}

// Due reports what time asks of the matter: to go up a tier, and why, or to be closed.
func (m *Matter) Due(now Instant) (cause EscalationCause, closes bool) {
	switch {
	case m.NextAt == 0 || m.NextAt > now || m.awaitsCall():
		return "", false
	case m.Status == MatterRated || m.Status == MatterCallback:
		return "", true
	case m.FailedTries >= failedTries:
		return CauseFailedTwice, false
	}
	return CauseOverdue, false
}

// IsOverdue reports whether the matter has no result at its deadline. A clock that is paused does not run.
func (m *Matter) IsOverdue(now Instant) bool {
	if m.PausedAt != 0 {
		now = m.PausedAt
	}
	return m.Status.Open() && m.DueAt != 0 && m.DueAt <= now
}

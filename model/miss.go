package model

import (
	"math"
	"time"
	"unicode/utf8"
)

// MissKind says how a claim was broken.
type MissKind string

// The kinds of miss.
const (
	MissLate       MissKind = "late_withdrawal" // given back within LateWithin of the wanted time, or taken over in silence
	MissNoShow     MissKind = "no_show"         // nobody came
	MissUnfinished MissKind = "unfinished"      // begun, and never reported as finished
)

// weight is what a fresh miss counts.
func (k MissKind) weight() float64 {
	if k == MissNoShow {
		return 2
	}
	return 1
}

// MissStatus is where a miss stands.
type MissStatus string

// The states of a miss.
const (
	MissRecorded MissStatus = "recorded"
	MissPleaded  MissStatus = "pleaded" // the helper gave an excuse, which an officer has to judge
	MissExcused  MissStatus = "excused"
	MissUpheld   MissStatus = "upheld" // the excuse was not accepted
)

const (
	// ExcuseWithin is how long a helper may give an excuse, and how long an officer may judge it: silence excuses.
	ExcuseWithin = 7 * 24 * time.Hour
	// missFades is how long it takes a miss to count half.
	missFades = 30 * 24 * time.Hour
	// MissMemory is how long a miss counts at all.
	MissMemory = 180 * 24 * time.Hour
	// FreezeTime is how long a freeze lasts; it ends by itself.
	FreezeTime = 14 * 24 * time.Hour
	// warnAt and freezeAt are what misses may add up to before the helper is warned, and frozen: one no-show warns,
	// two of them within days freeze.
	warnAt   = 1.5
	freezeAt = 3.5
)

// Miss (失约) is a claim that was broken: recorded, open to an excuse, and forgotten with time (志愿服务条例 art. 25
// makes declining free, which is why only a promise can be broken).
type Miss struct {
	ID          ID         `json:"id"`
	CommunityID ID         `json:"-"`
	RequestID   ID         `json:"request_id"`
	ClaimID     ID         `json:"-"`
	MemberID    ID         `json:"-"`
	Kind        MissKind   `json:"kind"`
	Status      MissStatus `json:"status"`
	Excuse      string     `json:"excuse,omitempty"`
	Decision    string     `json:"decision,omitempty"`
	DecidedBy   ID         `json:"-"`
	At          Instant    `json:"at"`
	PleadedAt   Instant    `json:"pleaded_at,omitzero"`
	DecidedAt   Instant    `json:"decided_at,omitzero"`

	Member MemberRef `gorm:"-" json:"member"`
}

// TableName implements gorm's Tabler.
func (Miss) TableName() string { return "help_miss" }

// miss records that a claim was broken, for the caller to keep.
func (r *HelpRequest) miss(c *Claim, kind MissKind, now Instant) {
	r.Misses = append(r.Misses, &Miss{
		CommunityID: r.CommunityID, RequestID: r.ID, ClaimID: c.ID, MemberID: c.HelperID, Kind: kind, Status: MissRecorded, At: now,
	})
}

// Excused reports whether the miss counts for nothing: an officer excused it, or let the time for it pass.
func (m *Miss) Excused(now Instant) bool {
	return m.Status == MissExcused || m.Status == MissPleaded && now >= m.PleadedAt.Add(ExcuseWithin)
}

// Plead gives an excuse. It fails with ErrMissState when there was one or after ExcuseWithin, and with ErrInvalid
// unless it has 1 to 200 characters.
func (m *Miss) Plead(excuse string, now Instant) error {
	n := utf8.RuneCountInString(excuse)
	switch {
	case m.Status != MissRecorded || now >= m.At.Add(ExcuseWithin):
		return ErrMissState
	case n < 1 || n > 200:
		return ErrInvalid.Saying("说明应为 1 到 200 个字", "An excuse has 1 to 200 characters.")
	}
	m.Status, m.Excuse, m.PleadedAt = MissPleaded, excuse, now
	return nil
}

// Judge accepts an excuse, or does not. It fails with ErrMissState unless there is one that silence has not accepted.
func (m *Miss) Judge(by ID, excused bool, reason string, now Instant) error {
	if m.Status != MissPleaded || m.Excused(now) {
		return ErrMissState
	}
	m.Status, m.Decision, m.DecidedBy, m.DecidedAt = MissUpheld, reason, by, now
	if excused {
		m.Status = MissExcused
	}
	return nil
}

// Record is how a member's claims went in the last year: facts, no stars.
type Record struct {
	Done    int `json:"done"`
	Excused int `json:"excused"`
	Missed  int `json:"missed"`
}

// Reliability (守约) is what a member's misses make of them.
type Reliability struct {
	Score       float64 `json:"score" required:"false" doc:"失约记分，每 30 天减半；只给本人和管理人员"`
	Warned      bool    `json:"warned" required:"false" doc:"再失约可能会被暂停认领"`
	FrozenUntil Instant `json:"frozen_until,omitzero" doc:"在此之前不能认领，到时自动恢复"`
}

// Frozen reports whether the member may not claim.
func (s Reliability) Frozen(now Instant) bool { return now < s.FrozenUntil }

// ReliabilityOf derives a member's reliability from their misses, oldest first. A miss counts its weight, and half as much
// after every 30 days; when what they count reaches the limit at a miss, the member is frozen for FreezeTime from it. An
// excuse thaws at once, because nothing of this is stored.
func ReliabilityOf(misses []*Miss, now Instant) Reliability {
	var s Reliability
	last := now
	for _, m := range misses {
		if m.Excused(now) || m.At < now.Add(-MissMemory) {
			continue
		}
		s.Score = s.Score*faded(last, m.At) + m.Kind.weight()
		last = m.At
		if s.Score >= freezeAt {
			s.FrozenUntil = m.At.Add(FreezeTime)
		}
	}
	s.Score *= faded(last, now)
	s.Warned = s.Score >= warnAt
	return s
}

// faded is what is left of a count after a time.
func faded(from, to Instant) float64 {
	return math.Exp2(-float64(max(to-from, 0)) / float64(missFades.Microseconds()))
}

package model

import (
	"cmp"
	"slices"
	"time"
)

// BreachKind says which promise was broken.
type BreachKind string

// The kinds of breach: first contact after its limit, no result at the deadline, papers asked for a second time, a unit
// that was called and not there in time, and an errand on which nobody set out.
const (
	BreachContact BreachKind = "late_contact"
	BreachOverdue BreachKind = "overdue"
	BreachPapers  BreachKind = "papers_twice"
	BreachUnit    BreachKind = "unit_late"
	BreachErrand  BreachKind = "errand_no_show"
)

// BreachKinds lists every kind.
func BreachKinds() []BreachKind {
	return []BreachKind{BreachContact, BreachOverdue, BreachPapers, BreachUnit, BreachErrand}
}

// BreachStatus is where a breach stands.
type BreachStatus string

// The states of a breach.
const (
	BreachOpen      BreachStatus = "open"
	BreachExplained BreachStatus = "explained"
	BreachUpheld    BreachStatus = "upheld"
	BreachDismissed BreachStatus = "dismissed"
	BreachAppealed  BreachStatus = "appealed"
	BreachConfirmed BreachStatus = "confirmed" // after an appeal, or when the time for one is over: it is final
	BreachCancelled BreachStatus = "cancelled" // after an appeal
)

// BreachStatuses lists every state.
func BreachStatuses() []BreachStatus {
	return []BreachStatus{BreachOpen, BreachExplained, BreachUpheld, BreachDismissed, BreachAppealed, BreachConfirmed, BreachCancelled}
}

// BreachAction names a step of a breach.
type BreachAction string

// The actions.
const (
	BreachExplain BreachAction = "explain"
	BreachDecide  BreachAction = "decide"
	BreachAppeal  BreachAction = "appeal"
	BreachReview  BreachAction = "decide-appeal"
	BreachStand   BreachAction = "stand" // by time: nobody appealed
)

// breachTransitions is the one table of what may be done in which state, and where it leads: when it is upheld, and when
// it is not.
var breachTransitions = map[BreachStatus]map[BreachAction][2]BreachStatus{
	BreachOpen:      {BreachExplain: {BreachExplained, BreachExplained}, BreachDecide: {BreachUpheld, BreachDismissed}},
	BreachExplained: {BreachDecide: {BreachUpheld, BreachDismissed}},
	BreachUpheld:    {BreachAppeal: {BreachAppealed, BreachAppealed}, BreachStand: {BreachConfirmed, BreachConfirmed}},
	BreachAppealed:  {BreachReview: {BreachConfirmed, BreachCancelled}},
}

// How long who is accountable has to explain before it may be decided without that, and to appeal.
const (
	BreachExplainWithin = 3 * 24 * time.Hour
	BreachAppealWithin  = 7 * 24 * time.Hour
	ErrandStartWithin   = 3 * 24 * time.Hour
)

// Papers asked for so often are a breach.
const paperBreach = 2

// Breach (违诺) is a promise about a matter that was not kept. It is found by time or with the step that breaks it, once for
// each matter and kind; who is accountable explains it, somebody else decides, and a third decides on an appeal.
type Breach struct {
	ID ID `json:"id"`

	Place         `gorm:"embedded"`
	MatterID      ID           `json:"matter_id"`
	Kind          BreachKind   `json:"kind" enum:"late_contact,overdue,papers_twice,unit_late,errand_no_show"`
	SubjectID     ID           `json:"-"` // the call of the unit; zero for other kinds
	Tier          Tier         `json:"tier" enum:"grid,community,street"`
	AccountableID ID           `json:"-"`
	PromisedAt    Instant      `json:"promised_at" doc:"承诺的时限"`
	Status        BreachStatus `json:"status" enum:"open,explained,upheld,dismissed,appealed,confirmed,cancelled"`
	Explanation   string       `json:"explanation,omitempty" doc:"责任人的说明"`
	ExplainedAt   Instant      `json:"explained_at,omitzero"`
	DecidedBy     ID           `json:"-"`
	Decision      string       `json:"decision,omitempty" doc:"决定的理由"`
	DecidedAt     Instant      `json:"decided_at,omitzero"`
	Appeal        string       `json:"appeal,omitempty" doc:"申诉的理由"`
	AppealedAt    Instant      `json:"appealed_at,omitzero"`
	ReviewedBy    ID           `json:"-"`
	Review        string       `json:"review,omitempty" doc:"申诉决定的理由"`
	ReviewedAt    Instant      `json:"reviewed_at,omitzero"`
	Version       int64        `json:"version"`
	CreatedAt     Instant      `json:"created_at"`
	UpdatedAt     Instant      `json:"updated_at"`

	Title       string    `gorm:"-" json:"title" doc:"事项标题"`
	Accountable MemberRef `gorm:"-" json:"accountable" doc:"责任人"`
	Decider     MemberRef `gorm:"-" json:"decided_by,omitzero"`
	Reviewer    MemberRef `gorm:"-" json:"reviewed_by,omitzero"`
}

// TableName implements gorm's Tabler.
func (Breach) TableName() string { return "breach" }

// The failures of breaches.
var (
	ErrBreachState = &Error{Conflict, "breach.state", "违诺记录当前状态不能这样操作", "The state of the breach does not allow this."}
	ErrBreachEarly = &Error{Conflict, "breach.unexplained", "责任人说明的期限（3 天）还没有到", "Who is accountable may still explain."}
	ErrBreachLate  = &Error{Conflict, "breach.appeal_late", "申诉应在决定后 7 天内提出", "An appeal is made within 7 days of the decision."}
	ErrForfeited   = &Error{Conflict, "breach.forfeited", "该成员在这件事项上的违诺已经成立，不能再为这件事项发放积分", "The member broke a promise about this matter."}
	ErrBreachOwn   = &Error{Forbidden, "breach.own_decision", "须由责任人和原决定人以外的负责人决定", "Somebody else must decide this."}
)

// Broken returns the breaches of the matter's own promises that there are at an instant, for its owner to answer for. It
// is asked before a step, whose owner they still are.
func (m *Matter) Broken(now Instant) (found []*Breach) {
	running := m.Status.Open() && m.PausedAt == 0
	if running && m.ContactDueAt != 0 && m.ContactedAt == 0 && m.ContactDueAt < now {
		found = append(found, m.breach(BreachContact, m.OwnerID, m.ContactDueAt, now))
	}
	if running && m.DueAt != 0 && m.DueAt < now {
		found = append(found, m.breach(BreachOverdue, m.OwnerID, m.DueAt, now))
	}
	if m.Status.Open() && m.PaperAsks >= paperBreach {
		found = append(found, m.breach(BreachPapers, m.OwnerID, m.UpdatedAt, now))
	}
	return found
}

// BrokenBy returns the breach of a unit that was called and is not there, or came late; nil when it kept its time. Who came
// for the unit answers for it, or else one of its officers, or who called it without any.
func (m *Matter) BrokenBy(w *Whistle, officer ID, now Instant) *Breach {
	if !w.Late && (w.ReportedAt != 0 || w.ReportBy >= now || !m.Status.Open()) {
		return nil
	}
	for _, who := range []ID{w.ReportedBy, officer, w.CalledBy} {
		if who != 0 {
			b := m.breach(BreachUnit, who, w.ReportBy, now)
			b.SubjectID = w.ID
			return b
		}
	}
	return nil
}

// BrokenErrand returns the breach of an errand on which the courier did not set out; nil when they did, still may, or need
// not any more.
func (m *Matter) BrokenErrand(e *Errand, now Instant) *Breach {
	promised := e.CreatedAt.Add(ErrandStartWithin)
	if !m.Status.Open() || e.Status != ErrandOpen || len(e.Receipts) > 0 || promised >= now {
		return nil
	}
	return m.breach(BreachErrand, e.CourierID, promised, now)
}

func (m *Matter) breach(kind BreachKind, who ID, promised, now Instant) *Breach {
	return &Breach{
		Place: m.Place, MatterID: m.ID, Kind: kind, Tier: m.Tier, AccountableID: who, PromisedAt: promised, Status: BreachOpen, Version: 1,
		CreatedAt: now, UpdatedAt: now,
	}
}

// take looks a step up in the table. It fails with ErrInvalid without a reason, and with ErrBreachState.
func (b *Breach) take(action BreachAction, by StepBy, uphold bool) error {
	to, ok := breachTransitions[b.Status][action]
	if !ok {
		return ErrBreachState
	}
	if err := reasoned(by.Reason); err != nil {
		return err
	}
	b.Status = to[1]
	if uphold {
		b.Status = to[0]
	}
	b.Version, b.UpdatedAt = b.Version+1, by.Now
	return nil
}

// Explain says how it came, by who is accountable. It fails with ErrForbidden for anybody else, and as take does.
func (b *Breach) Explain(by StepBy) error {
	if by.Member != b.AccountableID {
		return ErrForbidden
	}
	b.Explanation, b.ExplainedAt = by.Reason, by.Now
	return b.take(BreachExplain, by, true)
}

// Decide says whether the promise was broken without an excuse. It fails with ErrBreachOwn for who is accountable, with
// ErrBreachEarly while nothing is explained and it still may be, and as take does.
func (b *Breach) Decide(by StepBy, uphold bool) error {
	switch {
	case by.Member == b.AccountableID:
		return ErrBreachOwn
	case b.Status == BreachOpen && by.Now < b.CreatedAt.Add(BreachExplainWithin):
		return ErrBreachEarly
	}
	b.DecidedBy, b.Decision, b.DecidedAt = by.Member, by.Reason, by.Now
	return b.take(BreachDecide, by, uphold)
}

// AppealTo asks a third to look at it again. It fails with ErrForbidden for anybody but who is accountable, with
// ErrBreachLate, and as take does.
func (b *Breach) AppealTo(by StepBy) error {
	switch {
	case by.Member != b.AccountableID:
		return ErrForbidden
	case b.Status == BreachUpheld && by.Now > b.DecidedAt.Add(BreachAppealWithin):
		return ErrBreachLate
	}
	b.Appeal, b.AppealedAt = by.Reason, by.Now
	return b.take(BreachAppeal, by, true)
}

// DecideAppeal confirms or cancels what was decided. It fails with ErrBreachOwn for who is accountable and for who decided,
// and as take does.
func (b *Breach) DecideAppeal(by StepBy, uphold bool) error {
	if slices.Contains([]ID{b.AccountableID, b.DecidedBy}, by.Member) {
		return ErrBreachOwn
	}
	b.ReviewedBy, b.Review, b.ReviewedAt = by.Member, by.Reason, by.Now
	return b.take(BreachReview, by, uphold)
}

// Stand makes final what nobody appealed against in time. It fails with ErrBreachState, also while there is time.
func (b *Breach) Stand(now Instant) error {
	if now <= b.DecidedAt.Add(BreachAppealWithin) {
		return ErrBreachState
	}
	return b.take(BreachStand, StepBy{Reason: "申诉期满", Now: now}, true)
}

// Final returns who made the breach final, zero while it is not: who decided on the appeal, or else on the breach.
func (b *Breach) Final() ID {
	if b.Status != BreachConfirmed {
		return 0
	}
	return cmp.Or(b.ReviewedBy, b.DecidedBy)
}

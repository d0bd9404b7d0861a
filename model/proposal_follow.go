package model

import (
	"slices"
	"strings"
)

// DecisionDays is how long a decision is published at least, and objections are heard.
const DecisionDays = 7

// maxDecisionDays is how long it may be.
const maxDecisionDays = 60

// Announce publishes a decision for so many days, 7 when 0. It fails with ErrInvalid for fewer, and with ErrProposalState.
func (p *Proposal) Announce(n int, now Instant) error {
	if n == 0 {
		n = DecisionDays
	}
	if n < DecisionDays || n > maxDecisionDays {
		return ErrInvalid.Saying("决议公开应为 7 到 60 天", "A decision is published for 7 to 60 days.")
	}
	if err := p.move(ProposalAnnounced, now); err != nil {
		return err
	}
	p.ObjectionsUntil = now.Add(days(n))
	return nil
}

// ObjectionStatus is where an objection stands.
type ObjectionStatus string

// The states of an objection.
const (
	ObjectionOpen      ObjectionStatus = "open"
	ObjectionRejected  ObjectionStatus = "rejected"
	ObjectionSustained ObjectionStatus = "upheld" // the decision falls
)

// ProposalObjection (异议) is raised against a decision while it is published. A member has one.
type ProposalObjection struct {
	ID         ID              `json:"id"`
	ProposalID ID              `json:"proposal_id"`
	MemberID   ID              `json:"-"`
	Reason     string          `json:"reason"`
	Status     ObjectionStatus `json:"status"`
	Answer     string          `json:"answer,omitempty"`
	AnsweredBy ID              `json:"-"`
	AnsweredAt Instant         `json:"answered_at,omitzero"`
	CreatedAt  Instant         `json:"created_at"`

	Mine bool `gorm:"-" json:"mine"` // who else objected is not told
}

// TableName implements gorm's Tabler.
func (ProposalObjection) TableName() string { return "proposal_objection" }

// Object raises an objection. It fails with ErrInvalid without a reason, and with ErrObjectionWindow.
func (p *Proposal) Object(o *ProposalObjection, now Instant) (err error) {
	if o.Reason, err = wantReason(o.Reason); err != nil {
		return err
	}
	if p.Status != ProposalAnnounced || now >= p.ObjectionsUntil {
		return ErrObjectionWindow
	}
	o.ProposalID, o.Status, o.CreatedAt = p.ID, ObjectionOpen, now
	return nil
}

// Answer answers an objection; one that is upheld cancels the decision. It fails with ErrOwnObjection, ErrInvalid,
// ErrObjectionState and ErrProposalState.
func (p *Proposal) Answer(o *ProposalObjection, by ID, upheld bool, answer string, now Instant) error {
	answer, err := wantReason(answer)
	switch {
	case by == o.MemberID:
		return ErrOwnObjection
	case err != nil:
		return err
	case o.Status != ObjectionOpen:
		return ErrObjectionState
	case p.Status != ProposalAnnounced:
		return ErrProposalState
	}
	o.Status, o.Answer, o.AnsweredBy, o.AnsweredAt = ObjectionRejected, answer, by, now
	if upheld {
		o.Status = ObjectionSustained
		return p.Cancel("异议成立："+firstRunes(answer, maxDecisionWords-len([]rune("异议成立："))), now)
	}
	return nil
}

func firstRunes(text string, n int) string {
	runes := []rune(text)
	return string(runes[:min(n, len(runes))])
}

// Executable reports whether the time of the decision's publication is over.
func (p *Proposal) Executable(now Instant) bool {
	return p.Status == ProposalAnnounced && now >= p.ObjectionsUntil
}

// Execute begins the work on a decision, whose objections are all answered. It fails with ErrProposalState.
func (p *Proposal) Execute(now Instant) error {
	if !p.Executable(now) {
		return ErrProposalState
	}
	return p.move(ProposalExecuting, now)
}

// ProposalTask (落实任务) is a part of what was decided, which somebody sees to.
type ProposalTask struct {
	ID         ID      `json:"id"`
	ProposalID ID      `json:"-"`
	Title      string  `json:"title"`
	OwnerID    ID      `json:"-"`
	DueDay     Day     `json:"due_on"`
	Result     string  `json:"result,omitempty"`
	DoneBy     ID      `json:"-"`
	DoneAt     Instant `json:"done_at,omitzero"`
	CreatedBy  ID      `json:"-"`
	CreatedAt  Instant `json:"created_at"`

	Owner   MemberRef `gorm:"-" json:"owner"`
	Overdue bool      `gorm:"-" json:"overdue"`
}

// TableName implements gorm's Tabler.
func (ProposalTask) TableName() string { return "proposal_task" }

// maxTasks is how many tasks a proposal has.
const maxTasks = 50

// Plan adds a task to those that are planned. It fails with ErrInvalid, with ErrTooManyTasks, and with ErrProposalState
// unless something was decided and is not reviewed.
func (p *Proposal) Plan(t *ProposalTask, planned int, now Instant) error {
	t.Title = strings.TrimSpace(t.Title)
	switch {
	case !validTitle(t.Title):
		return errTitle
	case t.DueDay < now.Day():
		return ErrInvalid.Saying("完成期限不能早于今天", "A task is due today or later.")
	case !slices.Contains([]ProposalStatus{ProposalDecided, ProposalAnnounced, ProposalExecuting}, p.Status):
		return ErrProposalState
	case planned >= maxTasks:
		return ErrTooManyTasks
	}
	t.ProposalID, t.CreatedAt = p.ID, now
	return nil
}

// Finish says what came of a task. It fails with ErrInvalid without a result, with ErrTaskState when it is done, and with
// ErrProposalState before the work on the decision has begun.
func (p *Proposal) Finish(t *ProposalTask, by ID, result string, now Instant) error {
	result, err := wantReason(result)
	switch {
	case err != nil:
		return err
	case t.DoneAt != 0:
		return ErrTaskState
	case p.Status != ProposalExecuting:
		return ErrProposalState
	}
	t.Result, t.DoneBy, t.DoneAt = result, by, now
	return nil
}

// ProposalReview (回头看) is what became of a decision, for everybody to read (实施结果公开).
type ProposalReview struct {
	Result   string  `json:"result" minLength:"1" maxLength:"2000" doc:"结果"`
	CostFen  int64   `json:"cost_fen" minimum:"0" doc:"花费（分）"`
	Before   string  `json:"before,omitempty" maxLength:"1000" doc:"之前"`
	After    string  `json:"after,omitempty" maxLength:"1000" doc:"之后"`
	ReviewAt Instant `json:"reviewed_at,omitzero"`
}

// Review looks back on a decision when all its tasks are done. It fails with ErrTasksOpen, ErrInvalid and ErrProposalState.
func (p *Proposal) Review(r ProposalReview, tasks []*ProposalTask, now Instant) error {
	r.Result = strings.TrimSpace(r.Result)
	switch {
	case !within(r.Result, 1, 2000) || r.CostFen < 0 || !within(r.Before, 0, 1000) || !within(r.After, 0, 1000):
		return ErrInvalid.Saying("请写明结果和花费", "Say what came of it, and what it cost.")
	case p.Status == ProposalExecuting && (len(tasks) == 0 || slices.ContainsFunc(tasks, func(t *ProposalTask) bool { return t.DoneAt == 0 })):
		return ErrTasksOpen
	}
	if err := p.move(ProposalReviewed, now); err != nil {
		return err
	}
	r.ReviewAt = now
	p.Outcome = &r
	return nil
}

// End closes a proposal that nothing is left to be done about. It fails with ErrProposalState.
func (p *Proposal) End(now Instant) error { return p.move(ProposalClosed, now) }

package model

import (
	"slices"
	"time"
)

// ObjectWithin is how long after a confirmation who asked, and a helper whose work was not confirmed as reported, may
// object to it.
const ObjectWithin = 7 * 24 * time.Hour

// MayConfirm reports whether the actor speaks for the requester: the requester, or who posted for them.
// A helper of the request never does.
func (r *HelpRequest) MayConfirm(by ID) bool {
	if _, err := r.claimOf(by); err == nil {
		return false
	}
	return by == r.RequesterID || by == r.CreatedBy
}

// Outcome is what is said of one helper's finished work.
type Outcome string

// The outcomes.
const (
	OutcomeDone   Outcome = "done"   // as reported
	OutcomePartly Outcome = "partly" // for fewer minutes than reported
	OutcomeAbsent Outcome = "absent" // nobody came
)

// Verdict (认定) is the outcome of one claim. Minutes, for those partly done, are from 1 to less than reported.
type Verdict struct {
	ClaimID ID      `json:"claim_id"`
	Outcome Outcome `json:"outcome" enum:"done,partly,absent"`
	Minutes int     `json:"minutes,omitempty" minimum:"1" maximum:"1440" doc:"partly 时认可的分钟数，少于上报的"`
	Note    string  `json:"note,omitempty" maxLength:"200"`
}

// judged returns the claims on whose work somebody has to say something.
func (r *HelpRequest) judged() []*Claim {
	return r.with(func(c *Claim) bool {
		return c.Status == ClaimFinished || c.Status == ClaimConfirmed || c.Status == ClaimMissed
	})
}

// Confirm accepts the finished work with a rating from 1 to 5, 0 for none; verdicts tell of work that was not done as
// reported, and the rest was. A dispute ends by it too: who disputed may relent, and all is as reported then. It fails
// with ErrInvalid on another rating, on verdicts that fit no claim, and when nobody came at all, which is a dispute; and
// with ErrRequestState unless the work is done, or with verdicts on what is disputed.
func (r *HelpRequest) Confirm(rating int, comment string, verdicts []Verdict, now Instant) error {
	if rating < 0 || rating > maxRating {
		return errRating
	}
	switch {
	case r.Status != RequestDone && r.Status != RequestDisputed:
		return ErrRequestState
	case r.Status == RequestDisputed && len(verdicts) > 0:
		return ErrRequestState.Saying("已有异议，请等调解人裁定", "It is disputed: the mediator decides.")
	}
	came, err := r.settle(verdicts, now)
	if err != nil {
		return err
	}
	if !came {
		return ErrInvalid.Saying("没有人来过，请提出异议", "Nobody came at all: please dispute it.")
	}
	for _, c := range r.in(ClaimConfirmed) {
		if rating != 0 && c.Rating == 0 {
			c.Rating, c.Comment, c.RatedAt = rating, comment, now
		}
	}
	return r.move(RequestConfirmed, now)
}

// settle gives each claim on which something is to be said its outcome, and reports whether anybody came.
func (r *HelpRequest) settle(verdicts []Verdict, now Instant) (came bool, err error) {
	said := map[ID]Verdict{}
	for _, v := range verdicts {
		said[v.ClaimID] = v
	}
	for _, c := range r.judged() {
		v, ok := said[c.ID]
		if !ok {
			v = Verdict{Outcome: OutcomeDone}
		}
		delete(said, c.ID)
		if err := r.judge(c, v, now); err != nil {
			return false, err
		}
		came = came || c.Status == ClaimConfirmed
	}
	if len(said) > 0 {
		return false, ErrInvalid.Saying("认定的不是这个求助中已完成的认领", "A verdict names no finished claim of this request.")
	}
	return came, nil
}

// judge gives one claim its outcome.
func (r *HelpRequest) judge(c *Claim, v Verdict, now Instant) error {
	reported := c.reported()
	to, minutes := ClaimConfirmed, reported
	switch v.Outcome {
	case OutcomeDone:
	case OutcomePartly:
		if minutes = v.Minutes; minutes < 1 || minutes >= reported {
			return ErrInvalid.Saying("认可的分钟数应少于上报的", "The minutes confirmed are fewer than those reported.")
		}
	case OutcomeAbsent:
		to, minutes = ClaimMissed, 0
	default:
		return ErrInvalid.Saying("没有这种认定", "There is no such outcome.")
	}
	if v.Note != "" {
		c.Reason = v.Note
	}
	c.Reported, c.Minutes = reported, minutes
	if to == c.Status {
		return nil
	}
	if to == ClaimMissed {
		r.miss(c, MissNoShow, now)
	}
	return c.move(to, now)
}

// Share is the part of an amount that a helper gets for the minutes confirmed of those reported, rounded down.
func (c *Claim) Share(amount int64) int64 {
	reported := int64(c.reported())
	if reported == 0 {
		return amount
	}
	return amount * int64(c.Minutes) / reported
}

// SettledAt is when the outcome of the finished work was last said; zero when it was not.
func (r *HelpRequest) SettledAt() (at Instant) {
	for _, c := range r.Claims {
		if c.Status == ClaimConfirmed || c.Status == ClaimMissed {
			at = max(at, c.EndedAt)
		}
	}
	return at
}

// MayDispute reports whether the member may object: who speaks for the requester, and once the work was confirmed a
// helper whose own was not, or not as reported.
func (r *HelpRequest) MayDispute(by ID) bool {
	short := func(c *Claim) bool {
		return c.HelperID == by && (c.Status == ClaimMissed || c.Status == ClaimConfirmed && c.Minutes < c.reported())
	}
	return r.MayConfirm(by) || r.Status == RequestConfirmed && slices.ContainsFunc(r.Claims, short)
}

// Dispute says that the work is not as reported, or was not confirmed as it was. It fails with ErrRequestState unless
// the work is done, or was confirmed within ObjectWithin.
func (r *HelpRequest) Dispute(reason string, now Instant) error {
	if r.Status == RequestConfirmed && now >= r.SettledAt().Add(ObjectWithin) {
		return ErrRequestState.Saying("确认已超过 7 天，不能再提出异议", "It was confirmed more than 7 days ago.")
	}
	if err := r.move(RequestDisputed, now); err != nil {
		return err
	}
	r.Reason = reason
	return nil
}

// Resolve ends a dispute with credit, as verdicts say; when nobody came, it is closed. It fails with ErrRequestState
// unless the request is disputed, and with ErrInvalid on verdicts that fit no claim.
func (r *HelpRequest) Resolve(reason string, verdicts []Verdict, now Instant) error {
	if r.Status != RequestDisputed {
		return ErrRequestState
	}
	r.Reason = reason
	came, err := r.settle(verdicts, now)
	if err != nil {
		return err
	}
	if !came {
		return r.move(RequestClosed, now)
	}
	return r.move(RequestConfirmed, now)
}

// Close ends a dispute without credit. It fails with ErrRequestState unless the request is disputed.
func (r *HelpRequest) Close(reason string, now Instant) error {
	if err := r.move(RequestClosed, now); err != nil {
		return err
	}
	r.Reason = reason
	return r.void(func(c *Claim) bool { return c.Status == ClaimFinished || c.Status == ClaimConfirmed }, now)
}

// Cancel ends the request before it is done. When some helpers have finished, only the others' claims
// end: the request is done then, and what was finished waits for its confirmation. It fails with
// ErrRequestState once it is done.
func (r *HelpRequest) Cancel(reason string, now Instant) error {
	finished := len(r.in(ClaimFinished)) > 0 && r.Status == RequestInProgress
	if !finished {
		if err := r.move(RequestCancelled, now); err != nil {
			return err
		}
	}
	r.Reason = reason
	err := r.void(func(c *Claim) bool { return c.Status != ClaimFinished && (c.Status.Holds() || c.Status.queued()) }, now)
	if err == nil && finished {
		err = r.follow(now)
	}
	return err
}

// void ends the claims that a condition picks.
func (r *HelpRequest) void(pick func(*Claim) bool, now Instant) error {
	for _, c := range r.with(pick) {
		to := ClaimVoid
		if c.Status.queued() {
			to = ClaimUnfilled
		}
		if err := c.move(to, now); err != nil {
			return err
		}
	}
	return nil
}

// Lapse carries out what Due found, unless that is a confirmation. Claims that were not begun are missed, those that were
// not finished lapse. It fails with ErrRequestState when the table does not allow it.
func (r *HelpRequest) Lapse(to RequestStatus, now Instant) error {
	if err := r.move(to, now); err != nil {
		return err
	}
	if to == RequestDone {
		r.DoneAt = now
	}
	for _, c := range r.holding() {
		if err := r.lapse(c, now); err != nil {
			return err
		}
	}
	if r.Waits() {
		return nil
	}
	return r.void(func(c *Claim) bool { return c.Status.queued() }, now)
}

func (r *HelpRequest) lapse(c *Claim, now Instant) error {
	switch c.Status {
	case ClaimFinished:
		return nil
	case ClaimLeaving:
		return r.leave(c, now)
	case ClaimStarted:
		r.miss(c, MissUnfinished, now)
	default:
		r.miss(c, MissNoShow, now)
	}
	return c.move(ClaimLapsed, now)
}

package model

import (
	"slices"
	"time"
)

const (
	// LateWithin is how long before the wanted time a claim that is given back is given back late.
	LateWithin = 2 * time.Hour
	// SecondThoughts is how long after claiming nothing is late: people slip.
	SecondThoughts = 15 * time.Minute
	// standInTime is how long a stand-in is looked for when the wanted time has no future.
	standInTime = time.Hour
	// standInLife is how long a stand-in is looked for when there is no wanted time.
	standInLife = 24 * time.Hour
)

// late reports whether giving the claim back now, or having looked for a stand-in then, leaves the requester too
// little time.
func (r *HelpRequest) late(c *Claim, at Instant) bool {
	return r.StartsAt != 0 && at >= r.StartsAt.Add(-LateWithin) && at >= c.ClaimedAt.Add(SecondThoughts)
}

// StandIn says that the helper cannot come: the claim keeps its slot while a stand-in (顶替) is looked for, and whoever
// claims the request takes it. Without one it ends at the wanted time, within an hour when that has come, or after a
// day. It fails with ErrNotHelper, and with ErrRequestState once the work has begun.
func (r *HelpRequest) StandIn(helper ID, reason string, now Instant) (*Claim, error) {
	claim, err := r.claimOf(helper)
	if err != nil {
		return nil, err
	}
	if err := claim.move(ClaimLeaving, now); err != nil {
		return nil, err
	}
	claim.Reason, claim.LeftAt = reason, now
	claim.DueAt = now.Add(standInLife)
	if r.StartsAt != 0 {
		claim.DueAt = max(r.StartsAt, now.Add(standInTime))
	}
	return claim, r.follow(now)
}

// Keep says that the helper will come after all: who looked for a stand-in keeps the slot, and nobody takes it over. It
// gives no more time for the work. It fails with ErrNotHelper, and with ErrRequestState once the work has begun or the
// request is over.
func (r *HelpRequest) Keep(helper ID, now Instant) (*Claim, error) {
	if err := r.wantsHelp(now); err != nil {
		return nil, err
	}
	claim, err := r.claimOf(helper)
	if err != nil {
		return nil, err
	}
	switch claim.Status {
	case ClaimLeaving:
		if err := claim.move(ClaimActive, now); err != nil {
			return nil, err
		}
		claim.LeftAt, claim.DueAt, claim.Reason = 0, 0, ""
	case ClaimActive:
	default:
		return nil, ErrRequestState
	}
	claim.KeptAt = now
	for _, c := range r.in(ClaimTaking) {
		if c.ReplacesID == claim.ID {
			if err := c.move(ClaimUnfilled, now); err != nil {
				return nil, err
			}
		}
	}
	last := r.UpdatedAt
	err = r.follow(now)
	r.UpdatedAt = last
	return claim, err
}

// leave ends a claim for which no stand-in was found; that is a miss when the search began late.
func (r *HelpRequest) leave(c *Claim, now Instant) error {
	if err := c.move(ClaimWithdrawn, now); err != nil {
		return err
	}
	if r.late(c, c.LeftAt) {
		r.miss(c, MissLate, now)
	}
	return nil
}

// maxQueue is how many may wait for a slot of one request.
const maxQueue = 20

var errQueueFull = &Error{Conflict, "request.queue_full", "候补名额已满", "The wait list is full."}

// Wait puts the helper on the wait list (候补) of a request without a free slot. It fails with ErrOwnRequest, with
// ErrAlreadyClaimed for who has a slot or waits already, and with ErrRequestState when the request is over, or has a
// slot to be claimed.
func (r *HelpRequest) Wait(by Actor, id ID, now Instant) (*Claim, error) {
	if err := r.mayQueue(by, now); err != nil {
		return nil, err
	}
	r.Version++ // nothing that the request waits for
	return r.queue(by.MemberID, id, ClaimWaiting, now), nil
}

// mayQueue checks who would get a slot later.
func (r *HelpRequest) mayQueue(by Actor, now Instant) error {
	if r.own(by) {
		return ErrOwnRequest
	}
	if err := r.wantsHelp(now); err != nil {
		return err
	}
	if _, err := r.claimOf(by.MemberID); err == nil || r.queuedOf(by.MemberID) != nil {
		return ErrAlreadyClaimed
	}
	switch {
	case r.tooOften(by.MemberID):
		return errTooOften
	case r.free() > 0:
		return ErrRequestState.Saying("还有空位，请直接认领", "There is a free slot; please claim it.")
	case len(r.with(func(c *Claim) bool { return c.Status.queued() })) >= maxQueue:
		return errQueueFull
	}
	return nil
}

// Queue returns the claims that may be promoted now, in their turn: those who asked to take over before those who
// wait. It is empty while no slot is free.
func (r *HelpRequest) Queue(now Instant) []*Claim {
	if r.free() == 0 || r.wantsHelp(now) != nil {
		return nil
	}
	return append(r.in(ClaimTaking), r.in(ClaimWaiting)...)
}

// stallAfter is how long a claim may stand without being begun: from the wanted time on, or without one from when the
// helper claimed or last said that they will come.
func (u Urgency) stallAfter(wanted bool) time.Duration {
	switch {
	case wanted || u == UrgencyUrgent:
		return 30 * time.Minute
	case u == UrgencyLow:
		return 72 * time.Hour
	default:
		return 24 * time.Hour
	}
}

// silence is how long a helper may say nothing to who wants to take over.
func (u Urgency) silence() time.Duration {
	if u == UrgencyUrgent {
		return 10 * time.Minute
	}
	return 12 * time.Hour
}

// stalled reports whether a helper who has not begun should have.
func (r *HelpRequest) stalled(c *Claim, now Instant) bool {
	since := max(r.StartsAt, c.ClaimedAt, c.KeptAt)
	return c.Status == ClaimActive && now >= since.Add(r.Urgency.stallAfter(r.StartsAt != 0))
}

// TakeOver (接手) asks for the slot of a stalled claim, the longest stalled when none is named; its helper may say that
// they will come, and silence approves. It fails as Wait does, with ErrNotStalled when nothing has stalled, and with
// ErrAlreadyClaimed when somebody asked for that slot already.
func (r *HelpRequest) TakeOver(by Actor, of, id ID, now Instant) (*Claim, error) {
	if err := r.mayQueue(by, now); err != nil {
		return nil, err
	}
	stalled := r.with(func(c *Claim) bool { return r.stalled(c, now) && (of == 0 || c.ID == of) })
	if len(stalled) == 0 {
		return nil, ErrNotStalled
	}
	asked := func(c *Claim) bool {
		return slices.ContainsFunc(r.in(ClaimTaking), func(t *Claim) bool { return t.ReplacesID == c.ID })
	}
	stalled = slices.DeleteFunc(stalled, asked)
	if len(stalled) == 0 {
		return nil, ErrAlreadyClaimed
	}
	former := slices.MinFunc(stalled, func(a, b *Claim) int { return int(max(a.ClaimedAt, a.KeptAt) - max(b.ClaimedAt, b.KeptAt)) })
	claim := r.queue(by.MemberID, id, ClaimTaking, now)
	claim.ReplacesID, claim.DueAt = former.ID, now.Add(r.Urgency.silence())
	r.Version++ // nothing that the request waits for
	return claim, nil
}

// Yield gives the helper's slot to who asked to take it over; that is no miss. It fails with ErrNotHelper, and with
// ErrRequestState when nobody did.
func (r *HelpRequest) Yield(helper ID, now Instant) (*Claim, error) {
	former, err := r.claimOf(helper)
	if err != nil {
		return nil, err
	}
	claim := r.Taker(former)
	if claim == nil {
		return nil, ErrRequestState
	}
	return claim, r.replace(former, claim, now)
}

// Taker returns the claim that asks for the slot of another; nil when there is none.
func (r *HelpRequest) Taker(former *Claim) *Claim {
	for _, c := range r.in(ClaimTaking) {
		if c.ReplacesID == former.ID {
			return c
		}
	}
	return nil
}

// TakerOf returns the claim that asks for the slot of a helper; nil when there is none.
func (r *HelpRequest) TakerOf(helper ID) *Claim {
	former, err := r.claimOf(helper)
	if err != nil {
		return nil
	}
	return r.Taker(former)
}

// DueClaim returns a claim whose time has come: for a stand-in that was not found, or for a takeover that silence has
// approved. It is nil when there is none.
func (r *HelpRequest) DueClaim(now Instant) *Claim {
	for _, c := range r.Claims {
		if (c.Status == ClaimLeaving || c.Status == ClaimTaking) && c.DueAt <= now {
			return c
		}
	}
	return nil
}

// GiveUp ends a claim whose time has come and that nothing came of. It fails with ErrRequestState when its state has no
// such time.
func (r *HelpRequest) GiveUp(c *Claim, now Instant) error {
	if c.Status == ClaimLeaving {
		if err := r.leave(c, now); err != nil {
			return err
		}
		return r.follow(now)
	}
	if err := c.move(ClaimUnfilled, now); err != nil {
		return err
	}
	r.Version++ // nothing that the request waits for
	return nil
}

// TakenOver reports whether a claim asks for a slot whose helper still has not begun.
func (r *HelpRequest) TakenOver(c *Claim) bool {
	return c.Status == ClaimTaking && r.claim(c.ReplacesID).Status == ClaimActive
}

// TakenInSilence gives a takeover its slot because the helper who stalled said nothing; that is a miss. It fails with
// ErrRequestState when the slot is not theirs any more.
func (r *HelpRequest) TakenInSilence(c *Claim, now Instant) error {
	former := r.claim(c.ReplacesID)
	if err := r.replace(former, c, now); err != nil {
		return err
	}
	r.miss(former, MissLate, now)
	return nil
}

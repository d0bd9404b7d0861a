package model

// ClaimStatus is where a helper's claim stands.
type ClaimStatus string

// The states of a claim.
const (
	ClaimActive    ClaimStatus = "active"
	ClaimStarted   ClaimStatus = "started"
	ClaimFinished  ClaimStatus = "finished"
	ClaimConfirmed ClaimStatus = "confirmed"
	ClaimWithdrawn ClaimStatus = "withdrawn"
	ClaimVoid      ClaimStatus = "void"   // the request ended without it
	ClaimLapsed    ClaimStatus = "lapsed" // it was not finished in time
)

// Claim (认领) is a helper's promise to fill one slot of a request.
type Claim struct {
	ID         ID          `json:"id"`
	RequestID  ID          `json:"-"`
	HelperID   ID          `json:"-"`
	Status     ClaimStatus `json:"status"`
	Holding    *int        `json:"-"` // 1 while the claim holds a slot, else NULL: unique with request and helper
	Minutes    int         `json:"minutes,omitzero"`
	Note       string      `json:"note,omitempty"`
	Reason     string      `json:"reason,omitempty"`
	Rating     int         `json:"rating,omitzero"` // 1 to 5
	Comment    string      `json:"comment,omitempty"`
	ClaimedAt  Instant     `json:"claimed_at"`
	StartedAt  Instant     `json:"started_at,omitzero"`
	FinishedAt Instant     `json:"finished_at,omitzero"`
	EndedAt    Instant     `json:"ended_at,omitzero"`

	Helper MemberRef `gorm:"-" json:"helper"`
}

// TableName implements gorm's Tabler.
func (Claim) TableName() string { return "help_claim" }

func (c *Claim) holds() bool { return c.Holding != nil }

// end takes the claim out of its slot.
func (c *Claim) end(status ClaimStatus, now Instant) {
	c.Status, c.Holding, c.EndedAt = status, nil, now
}

// holding returns the claims that fill a slot.
func (r *HelpRequest) holding() []*Claim {
	var held []*Claim
	for _, c := range r.Claims {
		if c.holds() {
			held = append(held, c)
		}
	}
	return held
}

// claimOf returns the helper's claim that fills a slot. It fails with ErrRequestState when the request
// ended with a claim of theirs, and with ErrNotHelper for anyone else.
func (r *HelpRequest) claimOf(helper ID) (*Claim, error) {
	failure := ErrNotHelper
	for _, c := range r.Claims {
		switch {
		case c.HelperID != helper:
		case c.holds():
			return c, nil
		case c.Status == ClaimConfirmed || c.Status == ClaimVoid:
			failure = ErrRequestState
		}
	}
	return nil, failure
}

// Claim gives a free slot to the helper, also when others have begun. It fails with ErrOwnRequest in the
// requester's household, with ErrAlreadyClaimed when no slot is free or the helper has one, and with
// ErrRequestState when the request is over.
func (r *HelpRequest) Claim(by Actor, id ID, now Instant) (*Claim, error) {
	own := by.MemberID == r.RequesterID || by.MemberID == r.CreatedBy ||
		r.HouseholdID != 0 && by.Place.HouseholdID == r.HouseholdID
	switch {
	case own:
		return nil, ErrOwnRequest
	case r.Status == RequestClaimed, r.Status == RequestInProgress && len(r.holding()) >= r.Slots:
		return nil, ErrAlreadyClaimed
	case !r.Waits() && r.Status != RequestInProgress, now >= r.end():
		return nil, ErrRequestState
	}
	if _, err := r.claimOf(by.MemberID); err == nil {
		return nil, ErrAlreadyClaimed
	}
	one := 1
	claim := &Claim{ID: id, RequestID: r.ID, HelperID: by.MemberID, Status: ClaimActive, Holding: &one, ClaimedAt: now}
	r.Claims = append(r.Claims, claim)
	return claim, r.follow(now)
}

// Unclaim gives the helper's slot back and reopens the request. It fails with ErrNotHelper, and with
// ErrRequestState once the work is finished.
func (r *HelpRequest) Unclaim(helper ID, reason string, now Instant) (*Claim, error) {
	claim, err := r.claimOf(helper)
	if err != nil {
		return nil, err
	}
	if claim.Status == ClaimFinished {
		return nil, ErrRequestState
	}
	claim.Reason = reason
	claim.end(ClaimWithdrawn, now)
	return claim, r.follow(now)
}

// Start begins the helper's work. It fails with ErrNotHelper and ErrRequestState.
func (r *HelpRequest) Start(helper ID, now Instant) (*Claim, error) {
	claim, err := r.claimOf(helper)
	if err != nil {
		return nil, err
	}
	if claim.Status != ClaimActive {
		return nil, ErrRequestState
	}
	claim.Status, claim.StartedAt = ClaimStarted, now
	return claim, r.follow(now)
}

// Finish ends the helper's work after 1 to 1440 minutes. It fails with ErrInvalid on others, with
// ErrNotHelper, and with ErrRequestState unless the work was started.
func (r *HelpRequest) Finish(helper ID, minutes int, note string, now Instant) (*Claim, error) {
	if minutes < 1 || minutes > maxClaimMinutes {
		return nil, ErrInvalid.Saying("服务时长应为 1 到 1440 分钟", "A service takes 1 to 1440 minutes.")
	}
	claim, err := r.claimOf(helper)
	if err != nil {
		return nil, err
	}
	if claim.Status != ClaimStarted {
		return nil, ErrRequestState
	}
	claim.Status, claim.Minutes, claim.Note, claim.FinishedAt = ClaimFinished, minutes, note, now
	return claim, r.follow(now)
}

// follow moves the request to the state that its claims make: open while a slot is free and nobody has
// begun, in progress once one has, done when all that hold a slot have finished. A slot that nobody took
// does not keep it from being done: who has helped does not wait for people who may never come, and who
// still needs more asks again.
func (r *HelpRequest) follow(now Instant) error {
	held := r.holding()
	begun, finished := 0, 0
	for _, c := range held {
		if c.Status != ClaimActive {
			begun++
		}
		if c.Status == ClaimFinished {
			finished++
		}
	}
	to := RequestOpen
	switch {
	case begun > 0 && finished == len(held):
		to = RequestDone
		r.DoneAt = now
	case begun > 0:
		to = RequestInProgress
	case len(held) == r.Slots:
		to = RequestClaimed
	}
	if to == r.Status || to == RequestOpen && r.Status == RequestEscalated {
		r.touch(now)
		return nil
	}
	if to == RequestOpen && r.DeadlineAt <= now {
		r.DeadlineAt = min(now.Add(r.Urgency.patience()), r.end())
	}
	return r.move(to, now)
}

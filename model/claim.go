package model

import "slices"

// ClaimStatus is where a helper's claim stands.
type ClaimStatus string

// The states of a claim.
const (
	ClaimWaiting   ClaimStatus = "waiting" // 候补: on the wait list, without a slot
	ClaimTaking    ClaimStatus = "taking"  // 接手: asks to take a stalled claim over, without a slot yet
	ClaimActive    ClaimStatus = "active"
	ClaimLeaving   ClaimStatus = "leaving" // holds its slot until a stand-in (顶替) takes it
	ClaimStarted   ClaimStatus = "started"
	ClaimFinished  ClaimStatus = "finished"
	ClaimConfirmed ClaimStatus = "confirmed"
	ClaimMissed    ClaimStatus = "missed" // reported as finished, and the requester says that nobody came
	ClaimWithdrawn ClaimStatus = "withdrawn"
	ClaimReplaced  ClaimStatus = "replaced" // a stand-in has the slot, or who took over
	ClaimVoid      ClaimStatus = "void"     // the request ended without it
	ClaimUnfilled  ClaimStatus = "unfilled" // it waited for a slot, and there was none for it
	ClaimLapsed    ClaimStatus = "lapsed"   // it was not finished in time
)

// ClaimTransitions returns the one table of what may follow what. A status that is no key is final.
func ClaimTransitions() map[ClaimStatus][]ClaimStatus {
	return map[ClaimStatus][]ClaimStatus{
		ClaimWaiting:   {ClaimActive, ClaimWithdrawn, ClaimUnfilled},
		ClaimTaking:    {ClaimActive, ClaimWithdrawn, ClaimUnfilled},
		ClaimActive:    {ClaimStarted, ClaimLeaving, ClaimReplaced, ClaimWithdrawn, ClaimVoid, ClaimLapsed},
		ClaimLeaving:   {ClaimActive, ClaimStarted, ClaimReplaced, ClaimWithdrawn, ClaimVoid, ClaimLapsed},
		ClaimStarted:   {ClaimFinished, ClaimWithdrawn, ClaimVoid, ClaimLapsed},
		ClaimFinished:  {ClaimConfirmed, ClaimMissed, ClaimVoid},
		ClaimConfirmed: {ClaimMissed, ClaimVoid},    // by a dispute
		ClaimMissed:    {ClaimConfirmed, ClaimVoid}, // by a dispute
	}
}

// claimTransitions is read only.
var claimTransitions = ClaimTransitions()

// Holds reports whether a claim in this state fills a slot.
func (s ClaimStatus) Holds() bool {
	return s == ClaimActive || s == ClaimLeaving || s == ClaimStarted || s == ClaimFinished
}

// queued reports whether a claim in this state may get a slot, and has none.
func (s ClaimStatus) queued() bool { return s == ClaimWaiting || s == ClaimTaking }

// Claim (认领) is a helper's promise to fill one slot of a request.
type Claim struct {
	ID         ID          `json:"id"`
	RequestID  ID          `json:"-"`
	HelperID   ID          `json:"-"`
	Status     ClaimStatus `json:"status"`
	Holding    *int        `json:"-"`                    // 1 while the claim holds a slot, else NULL: unique with request and helper
	ReplacesID ID          `json:"replaces_id,omitzero"` // whose slot this claim took, or asks to take over
	Reported   int         `json:"reported_minutes,omitzero"`
	Minutes    int         `json:"minutes,omitzero"` // as reported, or what of it was confirmed
	Note       string      `json:"note,omitempty"`
	Reason     string      `json:"reason,omitempty"`
	Rating     int         `json:"rating,omitzero"` // 1 to 5, of the helper
	Comment    string      `json:"comment,omitempty"`
	RatedAt    Instant     `json:"rated_at,omitzero"`
	BackRating int         `json:"rating_back,omitzero"` // 1 to 5, of the requester
	BackText   string      `json:"comment_back,omitempty"`
	BackAt     Instant     `json:"rated_back_at,omitzero"`
	ClaimedAt  Instant     `json:"claimed_at"`
	KeptAt     Instant     `json:"kept_at,omitzero"` // the helper said then that they will come
	LeftAt     Instant     `json:"left_at,omitzero"` // the helper asked then for a stand-in
	DueAt      Instant     `json:"due_at,omitzero"`  // until when a stand-in is looked for, or silence approves a takeover
	StartedAt  Instant     `json:"started_at,omitzero"`
	FinishedAt Instant     `json:"finished_at,omitzero"`
	EndedAt    Instant     `json:"ended_at,omitzero"`

	Helper MemberRef `gorm:"-" json:"helper"`
	Record *Record   `gorm:"-" json:"record,omitzero"` // how the helper's claims went, for who asked
}

// TableName implements gorm's Tabler.
func (Claim) TableName() string { return "help_claim" }

// reported is how many minutes the helper said. Claims from before there were two numbers have the one.
func (c *Claim) reported() int { return max(c.Reported, c.Minutes) }

// move is the only way a claim changes its state.
func (c *Claim) move(to ClaimStatus, now Instant) error {
	if !slices.Contains(claimTransitions[c.Status], to) {
		return ErrRequestState
	}
	c.Status, c.Holding = to, nil
	switch {
	case to.Holds():
		one := 1
		c.Holding = &one
	default:
		c.EndedAt = now
	}
	return nil
}

// with returns the claims that a condition picks.
func (r *HelpRequest) with(pick func(*Claim) bool) []*Claim {
	var picked []*Claim
	for _, c := range r.Claims {
		if pick(c) {
			picked = append(picked, c)
		}
	}
	return picked
}

// holding returns the claims that fill a slot.
func (r *HelpRequest) holding() []*Claim {
	return r.with(func(c *Claim) bool { return c.Status.Holds() })
}

// in returns the claims in a state.
func (r *HelpRequest) in(status ClaimStatus) []*Claim {
	return r.with(func(c *Claim) bool { return c.Status == status })
}

// free is how many slots can be had: those that nobody fills, and those whose helpers look for a stand-in.
func (r *HelpRequest) free() int {
	return r.Slots - len(r.holding()) + len(r.in(ClaimLeaving))
}

// claimOf returns the helper's claim that fills a slot. It fails with ErrRequestState when the request
// ended with a claim of theirs, and with ErrNotHelper for anyone else.
func (r *HelpRequest) claimOf(helper ID) (*Claim, error) {
	failure := ErrNotHelper
	for _, c := range r.Claims {
		switch {
		case c.HelperID != helper:
		case c.Status.Holds():
			return c, nil
		case c.Status == ClaimConfirmed || c.Status == ClaimMissed || c.Status == ClaimVoid:
			failure = ErrRequestState
		}
	}
	return nil, failure
}

// queuedOf returns the helper's claim that waits for a slot; nil when there is none.
func (r *HelpRequest) queuedOf(helper ID) *Claim {
	for _, c := range r.Claims {
		if c.HelperID == helper && c.Status.queued() {
			return c
		}
	}
	return nil
}

// own reports whether the request is the helper's own business, or their household's.
func (r *HelpRequest) own(by Actor) bool {
	return by.MemberID == r.RequesterID || by.MemberID == r.CreatedBy ||
		r.HouseholdID != 0 && by.Place.HouseholdID == r.HouseholdID
}

// wantsHelp fails with ErrRequestState unless helpers can still come.
func (r *HelpRequest) wantsHelp(now Instant) error {
	if !r.Waits() && r.Status != RequestClaimed && r.Status != RequestInProgress || now >= r.end() {
		return ErrRequestState
	}
	return nil
}

// Claim gives a free slot to the helper, also when others have begun, or the slot of one who looks for a
// stand-in. It fails with ErrOwnRequest in the requester's household, with ErrAlreadyClaimed when no slot is
// free or the helper has one, and with ErrRequestState when the request is over.
func (r *HelpRequest) Claim(by Actor, id ID, now Instant) (*Claim, error) {
	if r.own(by) {
		return nil, ErrOwnRequest
	}
	if r.Status == RequestClaimed && r.free() == 0 {
		return nil, ErrAlreadyClaimed
	}
	if err := r.wantsHelp(now); err != nil {
		return nil, err
	}
	if _, err := r.claimOf(by.MemberID); err == nil || r.free() == 0 {
		return nil, ErrAlreadyClaimed
	}
	if r.tooOften(by.MemberID) {
		return nil, errTooOften
	}
	claim := r.queuedOf(by.MemberID)
	if claim == nil {
		claim = r.queue(by.MemberID, id, ClaimWaiting, now)
	}
	return claim, r.Promote(claim, now)
}

// maxClaimsEach is how often one member may claim one request, or wait for it.
const maxClaimsEach = 10

var errTooOften = &Error{Conflict, "claim.too_often", "您已多次认领又退回，请让给其他邻居", "You have claimed this and given it back too often."}

func (r *HelpRequest) tooOften(helper ID) bool {
	return len(r.with(func(c *Claim) bool { return c.HelperID == helper })) >= maxClaimsEach
}

// queue adds a claim without a slot.
func (r *HelpRequest) queue(helper, id ID, status ClaimStatus, now Instant) *Claim {
	claim := &Claim{ID: id, RequestID: r.ID, HelperID: helper, Status: status, ClaimedAt: now}
	r.Claims = append(r.Claims, claim)
	return claim
}

// Promote gives a free slot to a claim without one; when all are filled, it is the slot of the first helper who
// looks for a stand-in.
func (r *HelpRequest) Promote(claim *Claim, now Instant) error {
	if len(r.holding()) >= r.Slots {
		leaving := r.in(ClaimLeaving)
		if len(leaving) == 0 {
			return ErrAlreadyClaimed
		}
		return r.replace(slices.MinFunc(leaving, func(a, b *Claim) int { return int(a.LeftAt - b.LeftAt) }), claim, now)
	}
	return r.fill(claim, now)
}

// replace gives the slot of one claim to another.
func (r *HelpRequest) replace(former, claim *Claim, now Instant) error {
	if err := former.move(ClaimReplaced, now); err != nil {
		return err
	}
	claim.ReplacesID = former.ID
	return r.fill(claim, now)
}

func (r *HelpRequest) fill(claim *Claim, now Instant) error {
	if err := claim.move(ClaimActive, now); err != nil {
		return err
	}
	claim.ClaimedAt, claim.DueAt = now, 0
	return r.follow(now)
}

// Unclaim gives the helper's slot back and reopens the request, or their place in the queue. Giving back a slot late is
// a miss. It fails with ErrNotHelper, and with ErrRequestState once the work is finished.
func (r *HelpRequest) Unclaim(helper ID, reason string, now Instant) (*Claim, error) {
	claim, err := r.claimOf(helper)
	if waits := r.queuedOf(helper); err != nil && waits != nil {
		claim, err = waits, nil
	}
	if err != nil {
		return nil, err
	}
	queued, late := claim.Status.queued(), r.late(claim, now)
	if claim.Status == ClaimLeaving {
		late = r.late(claim, claim.LeftAt)
	}
	if err := claim.move(ClaimWithdrawn, now); err != nil {
		return nil, err
	}
	claim.Reason = reason
	if queued {
		r.Version++ // nothing that the request waits for
		return claim, nil
	}
	if late {
		r.miss(claim, MissLate, now)
	}
	return claim, r.follow(now)
}

// Start begins the helper's work. It fails with ErrNotHelper and ErrRequestState.
func (r *HelpRequest) Start(helper ID, now Instant) (*Claim, error) {
	claim, err := r.claimOf(helper)
	if err != nil {
		return nil, err
	}
	if err := claim.move(ClaimStarted, now); err != nil {
		return nil, err
	}
	claim.StartedAt, claim.DueAt = now, 0
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
	if err := claim.move(ClaimFinished, now); err != nil {
		return nil, err
	}
	claim.Reported, claim.Minutes, claim.Note, claim.FinishedAt = minutes, minutes, note, now
	return claim, r.follow(now)
}

// follow moves the request to the state that its claims make: open while a slot can be had and nobody has
// begun, in progress once one has, done when all have finished who hold a slot and mean to keep it. A slot that
// nobody took does not keep it from being done: who has helped does not wait for people who may never come, and
// who still needs more asks again.
func (r *HelpRequest) follow(now Instant) error {
	standing, begun, finished := 0, 0, 0
	for _, c := range r.holding() {
		if c.Status != ClaimLeaving {
			standing++
		}
		if c.Status == ClaimStarted || c.Status == ClaimFinished {
			begun++
		}
		if c.Status == ClaimFinished {
			finished++
		}
	}
	to := RequestOpen
	switch {
	case begun > 0 && finished == standing:
		to = RequestDone
		r.DoneAt = now
	case begun > 0:
		to = RequestInProgress
	case standing == r.Slots:
		to = RequestClaimed
	}
	if err := r.dismiss(to, now); err != nil {
		return err
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

// dismiss ends the claims that a state has no room for: takeovers of what is not stalled any more, and when the work is
// done those who wait for a slot or look for a stand-in.
func (r *HelpRequest) dismiss(to RequestStatus, now Instant) error {
	for _, c := range r.Claims {
		var err error
		switch former := r.claim(c.ReplacesID); {
		case to == RequestDone && c.Status == ClaimLeaving:
			err = r.leave(c, now)
		case to == RequestDone && c.Status.queued(), c.Status == ClaimTaking && former.Status != ClaimActive && r.free() == 0:
			err = c.move(ClaimUnfilled, now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// claim returns the request's claim with an id; one without a state when there is none.
func (r *HelpRequest) claim(id ID) *Claim {
	for _, c := range r.Claims {
		if c.ID == id && id != 0 {
			return c
		}
	}
	return &Claim{}
}

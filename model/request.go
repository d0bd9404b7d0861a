package model

import (
	"slices"
	"time"
	"unicode/utf8"
)

// RequestStatus is where a help request stands.
type RequestStatus string

// The states of a request, in the order of an ordinary life.
const (
	RequestPending    RequestStatus = "pending_review" // waits for the content check
	RequestOpen       RequestStatus = "open"
	RequestEscalated  RequestStatus = "escalated" // nobody came by the deadline: the grid worker's turn
	RequestClaimed    RequestStatus = "claimed"   // every slot is taken
	RequestInProgress RequestStatus = "in_progress"
	RequestDone       RequestStatus = "done" // finished, waits for the requester
	RequestConfirmed  RequestStatus = "confirmed"
	RequestDisputed   RequestStatus = "disputed"
	RequestClosed     RequestStatus = "closed"
	RequestCancelled  RequestStatus = "cancelled"
	RequestExpired    RequestStatus = "expired"
)

// RequestTransitions returns the one table of what may follow what. A status that is no key is final.
func RequestTransitions() map[RequestStatus][]RequestStatus {
	return map[RequestStatus][]RequestStatus{
		RequestPending:    {RequestOpen, RequestCancelled},
		RequestOpen:       {RequestClaimed, RequestInProgress, RequestEscalated, RequestExpired, RequestCancelled},
		RequestEscalated:  {RequestOpen, RequestClaimed, RequestInProgress, RequestExpired, RequestCancelled},
		RequestClaimed:    {RequestOpen, RequestInProgress, RequestCancelled},
		RequestInProgress: {RequestOpen, RequestDone, RequestCancelled},
		RequestDone:       {RequestConfirmed, RequestDisputed},
		RequestDisputed:   {RequestConfirmed, RequestClosed},
	}
}

// requestTransitions is read only.
var requestTransitions = RequestTransitions()

// ConfirmAfter is how long a finished request waits for its requester before it confirms by itself.
const ConfirmAfter = 72 * time.Hour

// Urgency says how soon help is needed.
type Urgency string

// The urgencies.
const (
	UrgencyLow    Urgency = "low"
	UrgencyNormal Urgency = "normal"
	UrgencyUrgent Urgency = "urgent"
)

// Urgencies lists every urgency, the most urgent first.
func Urgencies() []Urgency { return []Urgency{UrgencyUrgent, UrgencyNormal, UrgencyLow} }

// patience is how long a request of this urgency waits for a helper before it is escalated.
func (u Urgency) patience() time.Duration {
	switch u {
	case UrgencyUrgent:
		return 2 * time.Hour
	case UrgencyLow:
		return 7 * 24 * time.Hour
	default:
		return 24 * time.Hour
	}
}

// RequestLife is how long a request without an end lives before it expires, from its start if that is
// later than its posting.
const RequestLife = 30 * 24 * time.Hour

// The bounds of what people write and count.
const (
	maxTitle        = 50   // characters
	maxDescription  = 1000 // characters
	maxSlots        = 20
	maxClaimMinutes = 24 * 60
	maxRating       = 5
)

var errTitle = ErrInvalid.Saying("标题应为 1 到 50 个字", "A title has 1 to 50 characters.")

func validTitle(s string) bool {
	n := utf8.RuneCountInString(s)
	return n >= 1 && n <= maxTitle
}

// HelpRequest (求助) is a neighbour's wish for help, with one or more slots for helpers.
type HelpRequest struct {
	ID          ID `json:"id"`
	Place       `gorm:"embedded"`
	RequesterID ID            `json:"-"`
	CreatedBy   ID            `json:"-"` // differs from the requester when posted for someone
	Category    string        `json:"category"`
	Title       string        `json:"title"`
	Description string        `json:"description"`
	Urgency     Urgency       `json:"urgency"`
	Status      RequestStatus `json:"status"`
	Slots       int           `json:"slots"`
	Reason      string        `json:"reason,omitempty"` // of the last dispute, cancellation or resolution
	StartsAt    Instant       `json:"starts_at,omitzero"`
	EndsAt      Instant       `json:"ends_at,omitzero"`
	DeadlineAt  Instant       `json:"deadline_at"`
	DoneAt      Instant       `json:"done_at,omitzero"`
	Version     int64         `json:"version"`
	CreatedAt   Instant       `json:"created_at"`
	UpdatedAt   Instant       `json:"-"`

	Claims    []*Claim  `gorm:"-" json:"claims"`
	Requester MemberRef `gorm:"-" json:"requester"`
	Unit      NodeRef   `gorm:"-" json:"unit"`              // 小区 + 幢, never the door
	Distance  NodeKind  `gorm:"-" json:"distance,omitzero"` // the lowest level shared with the reader
}

// TableName implements gorm's Tabler.
func (HelpRequest) TableName() string { return "help_request" }

// ClaimStatus is where a helper's claim stands.
type ClaimStatus string

// The states of a claim.
const (
	ClaimActive    ClaimStatus = "active"
	ClaimStarted   ClaimStatus = "started"
	ClaimFinished  ClaimStatus = "finished"
	ClaimConfirmed ClaimStatus = "confirmed"
	ClaimWithdrawn ClaimStatus = "withdrawn"
	ClaimVoid      ClaimStatus = "void" // the request ended without it
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

// Involves reports whether the member asked for the request, posted it, or has or had a claim on it.
func (r *HelpRequest) Involves(member ID) bool {
	return member == r.RequesterID || member == r.CreatedBy ||
		slices.ContainsFunc(r.Claims, func(c *Claim) bool { return c.HelperID == member })
}

// Validate checks what the requester wrote. It fails with ErrCategory and ErrInvalid.
func (r *HelpRequest) Validate() error {
	switch {
	case !KnownCategory(r.Category):
		return ErrCategory
	case !validTitle(r.Title):
		return errTitle
	case utf8.RuneCountInString(r.Description) > maxDescription:
		return ErrInvalid.Saying("描述不能超过 1000 个字", "A description has at most 1000 characters.")
	case !slices.Contains(Urgencies(), r.Urgency):
		return ErrInvalid.Saying("没有这种紧急程度", "There is no such urgency.")
	case r.Slots < 1 || r.Slots > maxSlots:
		return ErrInvalid.Saying("需要的人数应为 1 到 20", "A request has 1 to 20 slots.")
	}
	return nil
}

// Open gives a new request its deadline and puts it before the neighbours. It fails with ErrPeriod when
// it ends before it starts or in the past, and as Validate does.
func (r *HelpRequest) Open(now Instant) error {
	if err := r.Validate(); err != nil {
		return err
	}
	if r.EndsAt != 0 && (r.EndsAt <= now || r.EndsAt <= r.StartsAt) {
		return ErrPeriod
	}
	r.Status, r.CreatedAt, r.UpdatedAt, r.Version = RequestOpen, now, now, 1
	r.DeadlineAt = now.Add(r.Urgency.patience())
	if r.StartsAt > now {
		r.DeadlineAt = r.StartsAt
	}
	r.DeadlineAt = min(r.DeadlineAt, r.end())
	return nil
}

// end is when the request has lived: nobody can help any more.
func (r *HelpRequest) end() Instant {
	if r.EndsAt != 0 {
		return r.EndsAt
	}
	return max(r.CreatedAt, r.StartsAt).Add(RequestLife)
}

// Waits reports whether the request looks for helpers.
func (r *HelpRequest) Waits() bool { return r.Status == RequestOpen || r.Status == RequestEscalated }

// move is the only way a request changes its state.
func (r *HelpRequest) move(to RequestStatus, now Instant) error {
	if !slices.Contains(requestTransitions[r.Status], to) {
		return ErrRequestState
	}
	r.Status = to
	r.touch(now)
	return nil
}

func (r *HelpRequest) touch(now Instant) { r.UpdatedAt, r.Version = now, r.Version+1 }

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

// MayConfirm reports whether the actor speaks for the requester: the requester, or who posted for them.
// A helper of the request never does.
func (r *HelpRequest) MayConfirm(by ID) bool {
	if _, err := r.claimOf(by); err == nil {
		return false
	}
	return by == r.RequesterID || by == r.CreatedBy
}

// Confirm accepts the finished work with a rating from 1 to 5, 0 for none, and returns the claims to be
// credited. A dispute ends by it too: who disputed may relent. It fails with ErrInvalid on another
// rating, and with ErrRequestState unless the work is done.
func (r *HelpRequest) Confirm(rating int, comment string, now Instant) ([]*Claim, error) {
	if rating < 0 || rating > maxRating {
		return nil, ErrInvalid.Saying("评分应为 1 到 5", "A rating is from 1 to 5.")
	}
	credited := r.holding()
	if err := r.move(RequestConfirmed, now); err != nil {
		return nil, err
	}
	for _, c := range credited {
		c.Rating, c.Comment = rating, comment
		c.end(ClaimConfirmed, now)
	}
	return credited, nil
}

// Dispute says that the finished work is not as reported. It fails with ErrRequestState unless it is done.
func (r *HelpRequest) Dispute(reason string, now Instant) error {
	if err := r.move(RequestDisputed, now); err != nil {
		return err
	}
	r.Reason = reason
	return nil
}

// Close ends a dispute without credit. It fails with ErrRequestState unless the request is disputed.
func (r *HelpRequest) Close(reason string, now Instant) error {
	return r.drop(RequestClosed, reason, now)
}

// Cancel ends the request before it is done. When some helpers have finished, only the others' claims
// end: the request is done then, and what was finished waits for its confirmation. It fails with
// ErrRequestState once it is done.
func (r *HelpRequest) Cancel(reason string, now Instant) error {
	held := r.holding()
	finished := func(c *Claim) bool { return c.Status == ClaimFinished }
	if r.Status != RequestInProgress || !slices.ContainsFunc(held, finished) {
		return r.drop(RequestCancelled, reason, now)
	}
	for _, c := range held {
		if !finished(c) {
			c.end(ClaimVoid, now)
		}
	}
	r.Reason = reason
	return r.follow(now)
}

// drop ends the request and voids what claims it has.
func (r *HelpRequest) drop(to RequestStatus, reason string, now Instant) error {
	if err := r.move(to, now); err != nil {
		return err
	}
	r.Reason = reason
	for _, c := range r.holding() {
		c.end(ClaimVoid, now)
	}
	return nil
}

// Due reports what time alone makes of the request: expired past its end or its life with nobody there,
// escalated past its deadline, confirmed after ConfirmAfter of silence, or empty for nothing yet.
func (r *HelpRequest) Due(now Instant) RequestStatus {
	waiting := r.Waits() && len(r.holding()) == 0
	switch {
	case r.Status == RequestDone && now >= r.DoneAt.Add(ConfirmAfter):
		return RequestConfirmed
	case waiting && now >= r.end():
		return RequestExpired
	case waiting && r.Status == RequestOpen && now >= r.DeadlineAt:
		return RequestEscalated
	}
	return ""
}

// Lapse carries out what Due found for a request that nobody took.
func (r *HelpRequest) Lapse(to RequestStatus, now Instant) error { return r.move(to, now) }

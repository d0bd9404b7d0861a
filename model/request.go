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
	RequestReturned   RequestStatus = "returned"       // did not pass it: the author's turn
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
		RequestPending:    {RequestOpen, RequestReturned, RequestCancelled},
		RequestReturned:   {RequestPending, RequestOpen, RequestCancelled},
		RequestOpen:       {RequestPending, RequestClaimed, RequestInProgress, RequestEscalated, RequestExpired, RequestCancelled},
		RequestEscalated:  {RequestPending, RequestOpen, RequestClaimed, RequestInProgress, RequestExpired, RequestCancelled},
		RequestClaimed:    {RequestOpen, RequestInProgress, RequestEscalated, RequestExpired, RequestCancelled},
		RequestInProgress: {RequestOpen, RequestDone, RequestEscalated, RequestExpired, RequestCancelled},
		RequestDone:       {RequestConfirmed, RequestDisputed},
		RequestConfirmed:  {RequestDisputed},
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

// workTime is how long helpers may take, after the last step, for a request that has no end.
func (u Urgency) workTime() time.Duration {
	switch u {
	case UrgencyUrgent:
		return 24 * time.Hour
	case UrgencyLow:
		return 7 * 24 * time.Hour
	default:
		return 3 * 24 * time.Hour
	}
}

// ClaimGrace is how long helpers have to do and to report their work after the end of a request.
const ClaimGrace = 24 * time.Hour

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

// maxNamedSkills is how many skills one request or offer names.
const maxNamedSkills = 10

var errSkills = ErrInvalid.Saying("技能最多 10 项，每项 1 到 30 个字", "There are at most 10 skills of 1 to 30 characters.")

func validSkills(skills []string) bool {
	return len(skills) <= maxNamedSkills && !slices.ContainsFunc(skills, func(s string) bool {
		n := utf8.RuneCountInString(s)
		return n < 1 || n > MaxSkill
	})
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
	Skills      []string      `gorm:"serializer:json" json:"skills"` // that a helper must have
	Stairs      bool          `json:"stairs"`                        // the helper has to climb some
	Reason      string        `json:"reason,omitempty"`              // of the last dispute, cancellation or resolution
	StartsAt    Instant       `json:"starts_at,omitzero"`
	EndsAt      Instant       `json:"ends_at,omitzero"`
	DeadlineAt  Instant       `json:"deadline_at"`
	DoneAt      Instant       `json:"done_at,omitzero"`
	Version     int64         `json:"version"`
	CreatedAt   Instant       `json:"created_at"`
	UpdatedAt   Instant       `json:"-"`
	SeriesID    ID            `json:"series_id,omitzero"`

	Withheld      bool   `json:"-"`                        // from neighbours, also once it is cancelled
	ReturnedField string `json:"returned_field,omitempty"` // what a moderator wants changed; Reason says why

	Views   int64   `json:"-"`
	BoardAt Instant `json:"-"` // BoardKey, as it is kept

	CallbackAt   Instant `json:"callback_at,omitzero"` // of the call on which somebody else than the requester confirmed
	CallbackBy   ID      `json:"-"`
	CallbackNote string  `json:"callback_note,omitempty"`

	Claims    []*Claim  `gorm:"-" json:"claims"`
	Misses    []*Miss   `gorm:"-" json:"-"` // what the last steps found broken
	Requester MemberRef `gorm:"-" json:"requester"`
	Unit      NodeRef   `gorm:"-" json:"unit"`              // 小区 + 幢, never the door
	Distance  NodeKind  `gorm:"-" json:"distance,omitzero"` // the lowest level shared with the reader
	Consent   *Consent  `gorm:"-" json:"consent,omitempty"` // for the requester, who posted, and officers
}

// TableName implements gorm's Tabler.
func (HelpRequest) TableName() string { return "help_request" }

// Involves reports whether the member asked for the request, posted it, or has or had a claim on it.
func (r *HelpRequest) Involves(member ID) bool {
	return member == r.RequesterID || member == r.CreatedBy ||
		slices.ContainsFunc(r.Claims, func(c *Claim) bool { return c.HelperID == member })
}

// Trusts reports whether what the parties write to each other is for the member too: the requester, who
// posted it, and helpers who did not give their claim back or let it lapse.
func (r *HelpRequest) Trusts(member ID) bool {
	over := []ClaimStatus{ClaimWithdrawn, ClaimReplaced, ClaimLapsed}
	return member == r.RequesterID || member == r.CreatedBy || slices.ContainsFunc(r.Claims, func(c *Claim) bool {
		return c.HelperID == member && !c.Status.queued() && !slices.Contains(over, c.Status)
	})
}

// Parties lists who asked, who posted it, and who has or had a claim.
func (r *HelpRequest) Parties() []ID {
	parties := []ID{r.RequesterID, r.CreatedBy}
	for _, c := range r.Claims {
		parties = append(parties, c.HelperID)
	}
	return parties
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
	case !validSkills(r.Skills):
		return errSkills
	}
	return nil
}

// Open gives a new request its deadline and puts it before the neighbours. It fails with ErrPeriod when
// it ends before it starts or in the past, and as Validate does.
func (r *HelpRequest) Open(now Instant) error {
	if err := r.Validate(); err != nil {
		return err
	}
	if !r.lies(now) {
		return ErrPeriod
	}
	r.Status, r.CreatedAt, r.UpdatedAt, r.Version = RequestOpen, now, now, 1
	if r.Skills == nil {
		r.Skills = []string{}
	}
	r.DeadlineAt = r.deadline(now)
	return nil
}

// lies reports whether the end of the request, if it has one, is after its start and after now.
func (r *HelpRequest) lies(now Instant) bool {
	return r.EndsAt == 0 || r.EndsAt > now && r.EndsAt > r.StartsAt
}

// deadline is until when a request that opens now waits for helpers.
func (r *HelpRequest) deadline(now Instant) Instant {
	at := now.Add(r.Urgency.patience())
	if r.StartsAt > now {
		at = r.StartsAt
	}
	return min(at, r.end())
}

// end is when the request has lived: nobody can help any more.
func (r *HelpRequest) end() Instant {
	if r.EndsAt != 0 {
		return r.EndsAt
	}
	return max(r.CreatedAt, r.StartsAt).Add(RequestLife)
}

// WaitingStatuses lists the states of requests that look for helpers.
func WaitingStatuses() []RequestStatus { return []RequestStatus{RequestOpen, RequestEscalated} }

// Waits reports whether the request looks for helpers.
func (r *HelpRequest) Waits() bool { return r.Status == RequestOpen || r.Status == RequestEscalated }

// Wants reports whether somebody new can still help.
func (r *HelpRequest) Wants(now Instant) bool { return r.Waits() && now < r.end() }

// Over reports whether the request ended without being done.
func (r *HelpRequest) Over() bool {
	return r.Status == RequestCancelled || r.Status == RequestExpired || r.Status == RequestClosed
}

// Begun reports whether somebody has begun to help, or has helped.
func (r *HelpRequest) Begun() bool {
	return slices.Contains([]RequestStatus{RequestInProgress, RequestDone, RequestDisputed, RequestConfirmed, RequestClosed}, r.Status)
}

// Helps reports whether the member fills a slot.
func (r *HelpRequest) Helps(member ID) bool { return slices.Contains(r.Helpers(), member) }

// Helpers returns who fills a slot.
func (r *HelpRequest) Helpers() []ID {
	var helpers []ID
	for _, c := range r.holding() {
		helpers = append(helpers, c.HelperID)
	}
	return helpers
}

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

// Due reports what time alone makes of the request, or empty for nothing yet: expired past its end or its
// life with nobody there, escalated past its deadline, confirmed after ConfirmAfter of silence. Claims that
// are not finished in time lapse; then it is done if others have finished, and else without helpers again.
func (r *HelpRequest) Due(now Instant) RequestStatus {
	held := len(r.holding()) > 0
	working := r.Status == RequestClaimed || r.Status == RequestInProgress
	switch {
	case r.Status == RequestDone && now >= r.DoneAt.Add(r.confirmAfter()):
		return RequestConfirmed
	case held && (working || r.Waits()) && now >= r.lapseAt():
		return r.abandoned(now)
	case r.Waits() && !held && now >= r.end():
		return RequestExpired
	case r.Status == RequestOpen && !held && now >= r.DeadlineAt:
		return RequestEscalated
	}
	return ""
}

// lapseAt is when claims lapse that are not finished. While a slot is free and nobody has begun, helpers may
// be waiting for more of them, as long as the request lives.
func (r *HelpRequest) lapseAt() Instant {
	switch {
	case r.Waits():
		return r.end().Add(ClaimGrace)
	case r.EndsAt != 0:
		return max(r.EndsAt, r.UpdatedAt).Add(ClaimGrace)
	default:
		return max(r.StartsAt, r.UpdatedAt).Add(r.Urgency.workTime())
	}
}

// abandoned is what becomes of a request whose helpers have not finished in time.
func (r *HelpRequest) abandoned(now Instant) RequestStatus {
	switch {
	case slices.ContainsFunc(r.holding(), func(c *Claim) bool { return c.Status == ClaimFinished }):
		return RequestDone
	case now >= r.end():
		return RequestExpired
	case now >= r.DeadlineAt:
		return RequestEscalated
	default:
		return RequestOpen
	}
}

// Cutoffs are the moments that the times of requests are held against when a sweep looks for what is due.
type Cutoffs struct {
	Now       Instant
	Done      Instant // what was done by then is confirmed
	ProxyDone Instant // Done, for what was posted for somebody
	Born      Instant // what has no end and was to begin by then has lived
	Ended     Instant // what ended by then has no helpers any more
	LateBorn  Instant // Born, for those who have helpers
	LastSteps map[Urgency]Instant
}

// CutoffsAt returns the moments for a sweep now.
func CutoffsAt(now Instant) Cutoffs {
	c := Cutoffs{
		Now: now, Done: now.Add(-ConfirmAfter), ProxyDone: now.Add(-ProxyConfirmAfter), Born: now.Add(-RequestLife), Ended: now.Add(-ClaimGrace),
		LateBorn: now.Add(-RequestLife - ClaimGrace), LastSteps: map[Urgency]Instant{},
	}
	for _, u := range Urgencies() {
		c.LastSteps[u] = now.Add(-u.workTime())
	}
	return c
}

package model

import (
	"slices"
	"time"
)

// OfferStatus is where an offer stands.
type OfferStatus string

// The states of an offer.
const (
	OfferActive  OfferStatus = "active"
	OfferPaused  OfferStatus = "paused"
	OfferExpired OfferStatus = "expired" // nobody renewed it in time; it may be renewed still
	OfferClosed  OfferStatus = "closed"
)

// OfferTransitions returns the one table of what may follow what.
func OfferTransitions() map[OfferStatus][]OfferStatus {
	return map[OfferStatus][]OfferStatus{
		OfferActive:  {OfferPaused, OfferExpired, OfferClosed},
		OfferPaused:  {OfferActive, OfferExpired, OfferClosed},
		OfferExpired: {OfferActive, OfferClosed},
	}
}

// HelpOffer (提供帮助) is what a neighbour is ready to do, when, and how far from home.
type HelpOffer struct {
	ID           ID `json:"id"`
	Place        `gorm:"embedded"`
	MemberID     ID          `json:"-"`
	Categories   []string    `gorm:"serializer:json" json:"categories"`
	Title        string      `json:"title"`
	Skills       []string    `gorm:"serializer:json" json:"skills"`
	Availability []Slot      `gorm:"serializer:json" json:"availability"`
	DaysOff      []DaysOff   `gorm:"serializer:json" json:"days_off"`
	Quiet        Quiet       `gorm:"serializer:json" json:"quiet,omitzero"`
	Wishes       Wishes      `gorm:"serializer:json" json:"wishes"`
	Reach        NodeKind    `json:"reach"`
	WeeklyLimit  int         `json:"weekly_limit"`
	Status       OfferStatus `json:"status"`
	ResumesAt    Instant     `json:"resumes_at,omitzero"` // a pause ends then by itself
	ExpiresAt    Instant     `json:"expires_at,omitzero"` // zero: an offer from before there was an end
	Version      int64       `json:"version"`
	CreatedAt    Instant     `json:"created_at"`
	UpdatedAt    Instant     `json:"-"`

	Member MemberRef `gorm:"-" json:"member"`
	Unit   NodeRef   `gorm:"-" json:"unit"`
}

// TableName implements gorm's Tabler.
func (HelpOffer) TableName() string { return "help_offer" }

const (
	maxWeeklyLimit = 50
	maxDaysOff     = 30
	maxPause       = 366 * 24 * time.Hour
)

// OfferLife is how long an offer lives without being renewed; OfferNotice is how long before its end the helper
// is told.
const (
	OfferLife   = 90 * 24 * time.Hour
	OfferNotice = 7 * 24 * time.Hour
)

// Wishes are what a helper asks of the requests that are proposed to them.
type Wishes struct {
	Gender   string `json:"gender,omitempty" enum:"男,女" doc:"只帮助这一性别的居民；名册没有性别的不推荐"`
	NoStairs bool   `json:"no_stairs,omitempty" doc:"不爬楼"`
}

// suits reports whether a request is as the helper wishes. Helped is the gender of who is helped, as the roster
// has it; empty when it has none.
func (w Wishes) suits(r *HelpRequest, helped string) bool {
	return (w.Gender == "" || w.Gender == helped) && (!w.NoStairs || !r.Stairs)
}

// Suits reports whether the offer's wishes and skills are those of a request. Helped is the gender of who is
// helped, as the roster has it; empty when it has none.
func (o *HelpOffer) Suits(r *HelpRequest, helped string) bool {
	return o.Wishes.suits(r, helped) && !slices.ContainsFunc(r.Skills, func(s string) bool { return !slices.Contains(o.Skills, s) })
}

// Reaches lists how far from home an offer can go, nearest first.
func Reaches() []NodeKind { return Levels()[1:] }

// Validate checks what an offer promises. It fails with ErrCategory, ErrPeriod and ErrInvalid.
func (o *HelpOffer) Validate() error {
	unknown := func(code string) bool { return !KnownCategory(code) }
	wrong := func(s Slot) bool { _, _, ok := s.span(); return !ok }
	never := func(d DaysOff) bool { return !d.ok() }
	switch {
	case len(o.Categories) == 0 || slices.ContainsFunc(o.Categories, unknown):
		return ErrCategory
	case !validTitle(o.Title):
		return errTitle
	case slices.ContainsFunc(o.Availability, wrong), slices.ContainsFunc(o.DaysOff, never), len(o.DaysOff) > maxDaysOff, !o.Quiet.ok():
		return ErrPeriod
	case !validSkills(o.Skills):
		return errSkills
	case o.Wishes.Gender != "" && o.Wishes.Gender != "男" && o.Wishes.Gender != "女":
		return ErrInvalid.Saying("性别应为“男”或“女”", "The gender is 男 or 女.")
	case !slices.Contains(Reaches(), o.Reach):
		return ErrInvalid.Saying("愿意走的范围不正确", "The reach is unit, building, grid, area or community.")
	case o.WeeklyLimit < 1 || o.WeeklyLimit > maxWeeklyLimit:
		return ErrInvalid.Saying("每周上限应为 1 到 50 次", "The weekly limit is from 1 to 50.")
	}
	return nil
}

// Move changes the offer's state; one that had expired has another life then. It fails with ErrOfferState when the
// table does not allow it.
func (o *HelpOffer) Move(to OfferStatus, now Instant) error {
	if !slices.Contains(OfferTransitions()[o.Status], to) {
		return ErrOfferState
	}
	if o.Status == OfferExpired {
		o.ExpiresAt = now.Add(OfferLife)
	}
	o.Status, o.ResumesAt = to, 0
	o.touch(now)
	return nil
}

func (o *HelpOffer) touch(now Instant) { o.UpdatedAt, o.Version = now, o.Version+1 }

// Pause stops proposals, until a time if one is given. It fails with ErrPeriod for a time that is over or more
// than a year away, and as Move does.
func (o *HelpOffer) Pause(until, now Instant) error {
	if until != 0 && (until <= now || until > now.Add(maxPause)) {
		return ErrPeriod
	}
	if err := o.Move(OfferPaused, now); err != nil {
		return err
	}
	o.ResumesAt = until
	return nil
}

// Rest stops proposals until the owner resumes the offer, also those of a pause that would end by itself, and reports whether
// that changes anything.
func (o *HelpOffer) Rest(now Instant) bool {
	switch {
	case o.Status == OfferActive:
		o.Status = OfferPaused
	case o.Status != OfferPaused || o.ResumesAt == 0:
		return false
	}
	o.ResumesAt = 0
	o.touch(now)
	return true
}

// Renew gives the offer another life from now on, and brings an expired one back. It fails with ErrOfferState
// once it is closed.
func (o *HelpOffer) Renew(now Instant) error {
	switch o.Status {
	case OfferClosed:
		return ErrOfferState
	case OfferExpired:
		return o.Move(OfferActive, now)
	}
	o.ExpiresAt = now.Add(OfferLife)
	o.touch(now)
	return nil
}

// Due returns the state that the offer's time has come for, and its own when none has.
func (o *HelpOffer) Due(now Instant) OfferStatus {
	open := o.Status == OfferActive || o.Status == OfferPaused
	switch {
	case open && o.ExpiresAt != 0 && o.ExpiresAt <= now:
		return OfferExpired
	case open && o.ResumesAt != 0 && o.ResumesAt <= now:
		return OfferActive
	}
	return o.Status
}

// Reaches reports whether a request at the place is within the offer's reach.
func (o *HelpOffer) Reaches(p Place) bool {
	shared := o.Distance(p)
	levels := Levels()
	return shared != "" && slices.Index(levels, shared) <= slices.Index(levels, o.Reach)
}

// LoadWeek is the span in which an offer's weekly limit counts; LoadMemory is how long it is remembered how claims went.
const (
	LoadWeek   = 7 * 24 * time.Hour
	LoadMemory = 365 * 24 * time.Hour
)

// Load is what a helper has taken on and how that went.
type Load struct {
	Open    int    // claims whose work is not finished
	Week    int    // claims of the last seven days that were not given back
	Busy    []Span // the wanted times of their requests
	Done    int    // claims that were confirmed
	Missed  int    // claims that were broken, and not excused
	Excused int    // claims that were broken, and excused
	Frozen  bool   // may not claim for now
	Helped  int    // how often they have helped who asks, and that was confirmed
}

// Record is how the helper's claims went.
func (l Load) Record() Record { return Record{l.Done, l.Excused, l.Missed} }

// MaxOpenClaims is how many claims one helper may have at a time whose work is not finished.
const MaxOpenClaims = 5

// Clashes reports whether a request wants a time in which the helper is busy.
func (l Load) Clashes(r *HelpRequest) bool {
	wanted := Span{r.StartsAt, r.EndsAt}
	return r.StartsAt != 0 && slices.ContainsFunc(l.Busy, wanted.Overlaps)
}

// Match is an offer or a request with the score that explains its rank; the parts add up to the score,
// which lies in [0,1].
type Match struct {
	Offer   *HelpOffer         `json:"offer,omitempty"`
	Request *HelpRequest       `json:"request,omitempty"`
	Score   float64            `json:"score"`
	Parts   map[string]float64 `json:"parts"`
}

package model

import (
	"slices"
	"time"
)

// SeriesStatus is where a recurring series stands.
type SeriesStatus string

// The states of a series.
const (
	SeriesPending  SeriesStatus = "pending_review" // waits for the content check
	SeriesActive   SeriesStatus = "active"
	SeriesReturned SeriesStatus = "returned" // did not pass the check; its author begins another
	SeriesEnded    SeriesStatus = "ended"
)

// SeriesTransitions returns the one table of what may follow what. A status that is no key is final.
func SeriesTransitions() map[SeriesStatus][]SeriesStatus {
	return map[SeriesStatus][]SeriesStatus{
		SeriesPending: {SeriesActive, SeriesReturned, SeriesEnded},
		SeriesActive:  {SeriesEnded},
	}
}

// seriesTransitions is read only.
var seriesTransitions = SeriesTransitions()

// SeriesAhead is how long before its time an instance of a series becomes a request.
const SeriesAhead = 14 * 24 * time.Hour

// Series (定期求助) is a request that comes again by a rule (RFC 5545 RRULE), each time for so many minutes.
type Series struct {
	ID            ID `json:"id"`
	Place         `gorm:"embedded"`
	RequesterID   ID           `json:"-"`
	CreatedBy     ID           `json:"-"` // differs from the requester when posted for someone
	Category      string       `json:"category"`
	Title         string       `json:"title"`
	Description   string       `json:"description"`
	Urgency       Urgency      `json:"urgency"`
	Slots         int          `json:"slots"`
	Skills        []string     `gorm:"serializer:json" json:"skills"`
	Stairs        bool         `json:"stairs"`
	StartsAt      Instant      `json:"starts_at"` // of the first instance
	Minutes       int          `json:"minutes"`   // that each instance takes
	Rule          string       `json:"rrule"`
	Words         string       `json:"words" doc:"规则的中文说明"`
	EndsAt        Instant      `json:"ends_at"` // of the last instance
	Status        SeriesStatus `json:"status" enum:"pending_review,active,returned,ended"`
	Reason        string       `json:"reason,omitempty"`
	ReturnedField string       `json:"returned_field,omitempty"`
	ApprovedBy    ID           `json:"-"` // the moderator, if there was one
	Version       int64        `json:"version"`
	CreatedAt     Instant      `json:"created_at"`
	UpdatedAt     Instant      `json:"-"`

	Instances []*SeriesInstance `gorm:"-" json:"instances"` // the next ones
	Requester MemberRef         `gorm:"-" json:"requester"`
	Unit      NodeRef           `gorm:"-" json:"unit"`
	Consent   *Consent          `gorm:"-" json:"consent,omitempty"`
}

// TableName implements gorm's Tabler.
func (Series) TableName() string { return "help_series" }

// InstanceStatus is what became of one time of a series.
type InstanceStatus string

// The states of instances. One whose time came while the series waited or no program ran stays planned for ever.
const (
	InstancePlanned InstanceStatus = "planned"
	InstanceMade    InstanceStatus = "made" // there is a request
	InstanceSkipped InstanceStatus = "skipped"
	InstanceEnded   InstanceStatus = "ended" // with the series
)

// SeriesInstance is one time of a series. There is one for each time, so that it becomes a request once.
type SeriesInstance struct {
	SeriesID  ID             `gorm:"primaryKey;autoIncrement:false" json:"-"`
	StartsAt  Instant        `gorm:"primaryKey;autoIncrement:false" json:"starts_at"`
	Status    InstanceStatus `json:"status" enum:"planned,made,skipped,ended"`
	RequestID ID             `json:"request_id,omitzero"`

	EndsAt Instant `gorm:"-" json:"ends_at"`
	Words  string  `gorm:"-" json:"words" doc:"日期和时间的中文说明"`
}

// TableName implements gorm's Tabler.
func (SeriesInstance) TableName() string { return "help_series_instance" }

// Proxied reports whether the series was posted for somebody (代办).
func (s *Series) Proxied() bool { return s.CreatedBy != s.RequesterID }

// Asks reports whether the member asked for the series or posted it.
func (s *Series) Asks(member ID) bool { return member == s.RequesterID || member == s.CreatedBy }

// Validate checks what the requester wrote. It fails with ErrCategory and ErrInvalid.
func (s *Series) Validate() error {
	if s.Minutes < 1 || s.Minutes > maxClaimMinutes {
		return ErrInvalid.Saying("每次的时长应为 1 到 1440 分钟", "Each instance takes 1 to 1440 minutes.")
	}
	return s.Request(0, s.StartsAt).Validate()
}

// Begin gives a new series its times, in their order. It fails as Validate does.
func (s *Series) Begin(times []Instant, now Instant) error {
	if s.Skills == nil {
		s.Skills = []string{}
	}
	s.StartsAt, s.Status, s.Version, s.CreatedAt, s.UpdatedAt = times[0], SeriesActive, 1, now, now
	if err := s.Validate(); err != nil {
		return err
	}
	for _, at := range times {
		s.Instances = append(s.Instances, &SeriesInstance{SeriesID: s.ID, StartsAt: at, Status: InstancePlanned})
	}
	s.EndsAt = s.over(times[len(times)-1])
	return nil
}

// over is when an instance that starts at a time is over.
func (s *Series) over(at Instant) Instant { return at.Add(time.Duration(s.Minutes) * time.Minute) }

// Spell completes an instance with its end and its words.
func (s *Series) Spell(i *SeriesInstance, words func(Instant) string) {
	i.EndsAt, i.Words = s.over(i.StartsAt), words(i.StartsAt)
}

// Request makes the request of an instance, which is not open yet.
func (s *Series) Request(id ID, at Instant) *HelpRequest {
	return &HelpRequest{
		ID: id, Place: s.Place, RequesterID: s.RequesterID, CreatedBy: s.CreatedBy, Category: s.Category, Title: s.Title,
		Description: s.Description, Urgency: s.Urgency, Slots: s.Slots, Skills: s.Skills, Stairs: s.Stairs,
		StartsAt: at, EndsAt: s.over(at), SeriesID: s.ID, Claims: []*Claim{},
	}
}

// move is the only way a series changes its state.
func (s *Series) move(to SeriesStatus, now Instant) error {
	if !slices.Contains(seriesTransitions[s.Status], to) {
		return ErrSeriesState
	}
	s.Status = to
	s.Touch(now)
	return nil
}

// Touch notes a change of the series or of one of its instances.
func (s *Series) Touch(now Instant) { s.UpdatedAt, s.Version = now, s.Version+1 }

// End has no more requests come of the series. It fails with ErrSeriesState when it has ended.
func (s *Series) End(reason string, now Instant) error {
	if err := s.move(SeriesEnded, now); err != nil {
		return err
	}
	s.Reason = reason
	return nil
}

// Skip leaves one instance out. It fails with ErrSeriesState when the series or that time is over, or is left out
// already.
func (s *Series) Skip(i *SeriesInstance, now Instant) error {
	if !s.lives() || i.StartsAt <= now || i.Status != InstancePlanned && i.Status != InstanceMade {
		return ErrSeriesState
	}
	i.Status = InstanceSkipped
	s.Touch(now)
	return nil
}

// Unskip takes an instance back in: it becomes another request. It fails with ErrSeriesState when the series or that
// time is over, or was not left out.
func (s *Series) Unskip(i *SeriesInstance, now Instant) error {
	if !s.lives() || i.StartsAt <= now || i.Status != InstanceSkipped {
		return ErrSeriesState
	}
	i.Status, i.RequestID = InstancePlanned, 0
	s.Touch(now)
	return nil
}

func (s *Series) lives() bool { return s.Status == SeriesActive || s.Status == SeriesPending }

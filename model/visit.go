package model

import (
	"slices"
	"time"
)

// VisitStatus is where a visit stands.
type VisitStatus string

// The states of a visit.
const (
	VisitPlanned  VisitStatus = "planned" // nobody makes it yet
	VisitAssigned VisitStatus = "assigned"
	VisitDone     VisitStatus = "done"
)

// VisitTransitions returns the one table of what may follow what.
func VisitTransitions() map[VisitStatus][]VisitStatus {
	return map[VisitStatus][]VisitStatus{
		VisitPlanned:  {VisitAssigned},
		VisitAssigned: {VisitPlanned, VisitDone},
	}
}

// Visit (走访) is a call on a member in a campaign, and the volunteer who makes it.
type Visit struct {
	ID          ID `json:"id"`
	Place       `gorm:"embedded"`
	CampaignID  ID          `json:"campaign_id"`
	MemberID    ID          `json:"-"`
	VolunteerID ID          `json:"-"`
	Status      VisitStatus `json:"status" enum:"planned,assigned,done"`
	Note        string      `gorm:"serializer:sealed" json:"note,omitempty"`
	Reason      string      `gorm:"serializer:sealed" json:"reason,omitempty" doc:"上次退回的原因"`
	Version     int64       `json:"version"`
	CreatedBy   ID          `json:"-"`
	CreatedAt   Instant     `json:"created_at"`
	AssignedAt  Instant     `json:"assigned_at,omitzero"`
	DoneAt      Instant     `json:"done_at,omitzero"`

	Member    MemberRef  `gorm:"-" json:"member"`
	Unit      NodeRef    `gorm:"-" json:"unit"` // 小区 + 幢, never the door
	Volunteer *MemberRef `gorm:"-" json:"volunteer,omitempty"`
}

// TableName implements gorm's Tabler.
func (Visit) TableName() string { return "visit" }

// The bounds of visit lists.
const (
	MaxVisits       = 2000 // of one campaign
	MaxVolunteers   = 2000
	MaxPerVolunteer = 50
)

// NewVisit plans a call on a member.
func NewVisit(id ID, c *Campaign, m *Member, by ID, now Instant) *Visit {
	return &Visit{ID: id, Place: m.Place, CampaignID: c.ID, MemberID: m.ID, Status: VisitPlanned, Version: 1, CreatedBy: by, CreatedAt: now}
}

// PlansVisits fails with ErrCampaignState when the campaign is over.
func (c *Campaign) PlansVisits(now Instant) error {
	if !c.Status.Private() && c.Status != CampaignPublished || now >= c.EndsAt {
		return ErrCampaignState
	}
	return nil
}

func (v *Visit) move(to VisitStatus) error {
	if !slices.Contains(VisitTransitions()[v.Status], to) {
		return ErrVisitState
	}
	v.Status, v.Version = to, v.Version+1
	return nil
}

// Finish says that the volunteer was there. It fails with ErrVisitState.
func (v *Visit) Finish(note string, now Instant) error {
	if err := v.move(VisitDone); err != nil {
		return err
	}
	v.Note, v.DoneAt = note, now
	return nil
}

// GiveBack takes the visit from its volunteer; another one may make it. It fails with ErrVisitState.
func (v *Visit) GiveBack(reason string) error {
	if err := v.move(VisitPlanned); err != nil {
		return err
	}
	v.VolunteerID, v.AssignedAt, v.Reason = 0, 0, reason
	return nil
}

// MayMake reports whether a volunteer may be given the visit of a member: they are surely adult, live within the
// campaign's scope as the member does, and not in the member's household.
func (c *Campaign) MayMake(volunteer, visited *Member, now Instant) bool {
	scope := c.Scope()
	own := volunteer.ID == visited.ID || visited.HouseholdID != 0 && volunteer.HouseholdID == visited.HouseholdID
	return !own && volunteer.Adult(now.Time().Year()) && scope.Covers(volunteer.Place) && scope.Covers(visited.Place)
}

// phoneHidden is how long after the campaign's end a volunteer may still call whom they visit.
const phoneHidden = 2 * time.Hour

// ShowsPhone fails with ErrVisitState unless the visit is to be made now.
func (v *Visit) ShowsPhone(c *Campaign, now Instant) error {
	if v.Status != VisitAssigned || c.Status != CampaignPublished || now >= c.EndsAt.Add(phoneHidden) {
		return ErrVisitState
	}
	return nil
}

// ShowsDoor fails with ErrVisitState unless the visit is to be made, or ended no longer ago than DoorHidden.
func (v *Visit) ShowsDoor(c *Campaign, now Instant) error {
	end := c.EndsAt
	switch {
	case v.Status == VisitDone:
		end = v.DoneAt
	case c.ClosedAt != 0:
		end = min(end, c.ClosedAt)
	}
	if v.Status == VisitPlanned || now >= end.Add(DoorHidden) {
		return ErrVisitState
	}
	return nil
}

// VisitCount is how many visits of a grid are in which state.
type VisitCount struct {
	GridID   ID      `json:"-"`
	Grid     NodeRef `gorm:"-" json:"grid"`
	Planned  int     `json:"planned"`
	Assigned int     `json:"assigned"`
	Done     int     `json:"done"`
}

package model

import (
	"slices"
	"strings"
)

// TeamKind says what a service team is for.
type TeamKind string

// The kinds of team of 户助户治.
const (
	TeamHelp   TeamKind = "help"   // 户助服务队: mutual help
	TeamGovern TeamKind = "govern" // 户治服务队: self governance
)

// maxTeam is how many people a team has at most.
const maxTeam = 100

// ServiceTeam (服务队) serves a part of the tree.
type ServiceTeam struct {
	ID          ID       `json:"id"`
	CommunityID ID       `json:"-"`
	NodeID      ID       `json:"-"`
	Kind        TeamKind `json:"kind" enum:"help,govern" doc:"help 户助服务队，govern 户治服务队"`
	Name        string   `json:"name"`
	LeaderID    ID       `json:"-"`
	Active      bool     `json:"active"`
	Version     int64    `json:"version"`
	CreatedBy   ID       `json:"-"`
	CreatedAt   Instant  `json:"created_at"`
	UpdatedAt   Instant  `json:"-"`

	Unit       NodeRef     `gorm:"-" json:"unit"`
	Leader     MemberRef   `gorm:"-" json:"leader"`
	Members    []MemberRef `gorm:"-" json:"members"`
	Households int         `gorm:"-" json:"households" doc:"包保的户数"`
}

// TableName implements gorm's Tabler.
func (ServiceTeam) TableName() string { return "service_team" }

// TeamInput is what is written of a team. The leader is one of its members.
type TeamInput struct {
	Kind    TeamKind
	Name    string
	Leader  ID
	Members []ID
	Active  bool
}

// Write replaces what is known of a team as it was read at a version, and returns who is in it. It fails with ErrStale when
// that has moved on, and with ErrInvalid.
func (t *ServiceTeam) Write(in TeamInput, version int64, now Instant) (members []ID, err error) {
	in.Name = strings.TrimSpace(in.Name)
	members = append(slices.Clone(in.Members), in.Leader)
	slices.Sort(members)
	members = slices.Compact(members)
	switch {
	case version != t.Version:
		return nil, ErrStale
	case in.Kind != TeamHelp && in.Kind != TeamGovern:
		return nil, ErrInvalid.Saying("服务队应为户助服务队或户治服务队", "A team is for help or for governance.")
	case !within(in.Name, 1, 30):
		return nil, ErrInvalid.Saying("服务队名称应为 1 到 30 个字", "A name has 1 to 30 characters.")
	case len(members) > maxTeam:
		return nil, ErrInvalid.Saying("一支服务队最多 100 人", "A team has at most 100 people.")
	}
	t.Kind, t.Name, t.LeaderID, t.Active, t.UpdatedAt, t.Version = in.Kind, in.Name, in.Leader, in.Active, now, t.Version+1
	return members, nil
}

// Charge (包保) says who answers for a household, and since when. Slot is 0 while they do.
type Charge struct {
	ID          ID      `json:"id"`
	CommunityID ID      `json:"-"`
	HouseholdID ID      `json:"-"`
	MemberID    ID      `json:"-"`
	TeamID      ID      `json:"-"`
	Slot        ID      `json:"-"`
	Since       Instant `json:"since"`
	AssignedBy  ID      `json:"-"`
	EndedAt     Instant `json:"ended_at,omitzero"`
	EndedBy     ID      `json:"-"`

	Member MemberRef `gorm:"-" json:"member"`
	Team   *NodeRef  `gorm:"-" json:"team,omitempty"`
}

// TableName implements gorm's Tabler.
func (Charge) TableName() string { return "household_charge" }

// End makes the charge one that was.
func (c *Charge) End(by ID, now Instant) { c.Slot, c.EndedBy, c.EndedAt = c.ID, by, now }

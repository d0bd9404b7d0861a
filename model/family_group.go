package model

import (
	"slices"
	"strings"
)

// The failures of the party network.
var (
	ErrGroupMember = &Error{Invalid, "family_group.member", "组员须是本支部的党员，组长须是组员", "Members of a group are of its branch, and its leader is one of them."}
	ErrGroupHub    = &Error{Invalid, "family_group.hub", "中心户须是本片区登记的党员中心户", "The hub is a hub household of the branch's area."}
	ErrGrouped     = &Error{Conflict, "family_group.member_taken", "有组员已经在别的家庭党小组里", "Somebody is of another group already."}
)

// FamilyGroup (家庭党小组) is a few party members of a branch around a hub household.
type FamilyGroup struct {
	ID        ID                `json:"id"`
	Place     `gorm:"embedded"` // of the branch
	Name      string            `json:"name"`
	HubID     ID                `json:"-"` // household, zero for none
	LeaderID  ID                `json:"-"`
	Version   int64             `json:"version"`
	CreatedBy ID                `json:"-"`
	CreatedAt Instant           `json:"created_at"`
	UpdatedAt Instant           `json:"-"`

	MemberIDs []ID        `gorm:"-" json:"-"`
	Branch    NodeRef     `gorm:"-" json:"branch"`
	Hub       *NodeRef    `gorm:"-" json:"hub,omitempty"` // the building, never the door
	Leader    MemberRef   `gorm:"-" json:"leader"`
	Members   []MemberRef `gorm:"-" json:"members"`
}

// TableName implements gorm's Tabler.
func (FamilyGroup) TableName() string { return "family_group" }

// GroupMember is a row of who is of which group.
type GroupMember struct {
	MemberID ID `gorm:"primaryKey;autoIncrement:false"`
	GroupID  ID
}

// TableName implements gorm's Tabler.
func (GroupMember) TableName() string { return "family_group_member" }

// maxGroup is how many members one group has.
const maxGroup = 30

// Validate trims what was written of a group and checks it against who its members are and what its hub is, nil for none.
// It fails with ErrInvalid, ErrGroupMember and ErrGroupHub.
func (g *FamilyGroup) Validate(members map[ID]*Member, hub *Node, isHub bool) error {
	g.Name = strings.TrimSpace(g.Name)
	slices.Sort(g.MemberIDs)
	g.MemberIDs = slices.Compact(g.MemberIDs)
	switch {
	case !within(g.Name, 1, 50):
		return ErrInvalid.Saying("小组名称应为 1 到 50 个字", "A name has 1 to 50 characters.")
	case len(g.MemberIDs) == 0 || len(g.MemberIDs) > maxGroup:
		return ErrInvalid.Saying("家庭党小组有 1 到 30 人", "A group has 1 to 30 members.")
	case !slices.Contains(g.MemberIDs, g.LeaderID):
		return ErrGroupMember
	case g.HubID != 0 && (hub == nil || !isHub || hub.Kind != KindHousehold || hub.AreaID != g.AreaID || hub.CommunityID != g.CommunityID):
		return ErrGroupHub
	}
	for _, id := range g.MemberIDs {
		if m := members[id]; m == nil || m.MergedInto != 0 || m.BranchID != g.BranchID {
			return ErrGroupMember
		}
	}
	return nil
}

// PartyNetwork (党组织网络) is the tree of the party beside that of the grids, with counts.
type PartyNetwork struct {
	Community    NodeRef        `json:"community"`
	Committee    string         `json:"committee,omitempty" doc:"社区党委，登记为组织时有"`
	PartyMembers int            `json:"party_members"`
	Hubs         int            `json:"hub_households"`
	FamilyGroups int            `json:"family_groups"`
	Branches     []*PartyBranch `json:"branches"`
}

// PartyBranch (党支部) is a branch with its hub households and family groups.
type PartyBranch struct {
	ID           ID             `json:"id"`
	Name         string         `json:"name"`
	Area         NodeRef        `json:"area"`
	Secretaries  []MemberRef    `json:"secretaries"`
	PartyMembers int            `json:"party_members"`
	Hubs         []*PartyHub    `json:"hub_households"`
	Groups       []*FamilyGroup `json:"family_groups"`
}

// PartyHub (党员中心户) is a hub household as everybody knows it: its building, never its door.
type PartyHub struct {
	Building NodeRef `json:"building"`
	Groups   int     `json:"family_groups"`
}

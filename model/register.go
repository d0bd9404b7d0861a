package model

import (
	"slices"
	"strings"
)

// Occupancy says who lives behind a door.
type Occupancy string

// The occupancies.
const (
	OccupancyOwner  Occupancy = "owner"  // 自住
	OccupancyRented Occupancy = "rented" // 出租
	OccupancyEmpty  Occupancy = "empty"  // 空关
)

// OccupancyOf returns what the kind that a roster has of a household says of who lives there, empty when it says nothing.
func OccupancyOf(kind string) Occupancy {
	switch kind {
	case "自住", "常住", "自有":
		return OccupancyOwner
	case "出租", "租住", "租赁", "出租户":
		return OccupancyRented
	case "空置", "空关", "空户", "空关户":
		return OccupancyEmpty
	}
	return ""
}

// HouseholdFacts is what staff write of a household.
type HouseholdFacts struct {
	Kind      string
	Occupancy Occupancy
	NoNeeds   bool // was asked, and needs nothing
}

// Write takes what staff write of the household as they read it at a version. It fails with ErrStale when that has moved on,
// and with ErrInvalid.
func (h *Household) Write(in HouseholdFacts, version int64, now Instant) error {
	in.Kind = strings.TrimSpace(in.Kind)
	switch {
	case version != h.Version:
		return ErrStale
	case !within(in.Kind, 0, 30):
		return ErrInvalid.Saying("户别最多 30 个字", "A kind has at most 30 characters.")
	case in.Occupancy != "" && !slices.Contains([]Occupancy{OccupancyOwner, OccupancyRented, OccupancyEmpty}, in.Occupancy):
		return ErrInvalid.Saying("居住情况应为自住、出租或空关", "A home is lived in by its owner, rented or empty.")
	}
	h.Kind, h.Occupancy, h.NoNeeds, h.Version, h.UpdatedAt = in.Kind, in.Occupancy, in.NoNeeds, h.Version+1, now
	return nil
}

// NoteKind says what a note about a household is.
type NoteKind string

// The kinds of note.
const (
	NoteNeed   NoteKind = "need"   // 需求
	NoteHealth NoteKind = "health" // 健康情况, read for a purpose only
	NoteRemark NoteKind = "remark" // what those who serve the household should know, and nothing else of it
)

// HouseholdNote (住户记录) is what a household needs, or what those who serve it should know.
type HouseholdNote struct {
	ID          ID       `json:"id"`
	CommunityID ID       `json:"-"`
	HouseholdID ID       `json:"-"`
	Kind        NoteKind `json:"kind" enum:"need,health,remark"`
	Body        string   `gorm:"serializer:sealed" json:"text"`
	ClosedAt    Instant  `json:"closed_at,omitzero"`
	Version     int64    `json:"version"`
	CreatedBy   ID       `json:"-"`
	CreatedAt   Instant  `json:"created_at"`
	UpdatedBy   ID       `json:"-"`
	UpdatedAt   Instant  `json:"updated_at"`
}

// TableName implements gorm's Tabler.
func (HouseholdNote) TableName() string { return "household_note" }

// High reports whether each read of the note needs a purpose.
func (n *HouseholdNote) High() bool { return n.Kind == NoteHealth }

// NewNote writes something down about a household. It fails with ErrInvalid.
func NewNote(id, community, household ID, kind NoteKind, text string, by ID, now Instant) (*HouseholdNote, error) {
	if !slices.Contains([]NoteKind{NoteNeed, NoteHealth, NoteRemark}, kind) {
		return nil, ErrInvalid.Saying("记录类型应为需求、健康或服务备注", "A note is a need, about health or a remark.")
	}
	n := &HouseholdNote{ID: id, CommunityID: community, HouseholdID: household, Kind: kind, CreatedBy: by, CreatedAt: now}
	return n, n.Write(text, false, 0, by, now)
}

// Write replaces the text of a note as it was read at a version, and closes or opens it. It fails with ErrStale when that
// has moved on, and with ErrInvalid.
func (n *HouseholdNote) Write(text string, closed bool, version int64, by ID, now Instant) error {
	text = strings.TrimSpace(text)
	switch {
	case version != n.Version:
		return ErrStale
	case !within(text, 1, 500):
		return ErrInvalid.Saying("记录应为 1 到 500 个字", "A note has 1 to 500 characters.")
	}
	switch {
	case !closed:
		n.ClosedAt = 0
	case n.ClosedAt == 0:
		n.ClosedAt = now
	}
	n.Body, n.UpdatedBy, n.UpdatedAt, n.Version = text, by, now, n.Version+1
	return nil
}

// RegisterRead (查看记录) says who read what is sensitive of which place, for what, and when. It is never changed.
type RegisterRead struct {
	ID          ID      `json:"id"`
	CommunityID ID      `json:"-"`
	ReaderID    ID      `json:"-"`
	NodeID      ID      `json:"-"`
	What        string  `json:"what" enum:"record,history,list,reviews,map,export,visits,selection,guardian" doc:"查看了什么：住户档案、标记历史、名单、复核清单、地图、导出、待走访清单、按标记选取、孩子的监护人同意"`
	Purpose     string  `json:"purpose"`
	CreatedAt   Instant `json:"created_at"`

	Reader MemberRef `gorm:"-" json:"reader"`
	Place  NodeRef   `gorm:"-" json:"place" doc:"楼栋及其上的范围显示名称，住户只有编号"`
}

// TableName implements gorm's Tabler.
func (RegisterRead) TableName() string { return "register_read" }

// What is read.
const (
	ReadRecord    = "record"
	ReadHistory   = "history"
	ReadList      = "list"
	ReadReviews   = "reviews"
	ReadMap       = "map"
	ReadExport    = "export"
	ReadVisits    = "visits"
	ReadSelection = "selection"
	ReadGuardian  = "guardian" // who agreed for a child
)

// NewRegisterRead returns what is noted when a reader is shown something sensitive. It fails with ErrPurpose.
func NewRegisterRead(id ID, reader Actor, node ID, what, purpose string, now Instant) (*RegisterRead, error) {
	if purpose = strings.TrimSpace(purpose); !within(purpose, 1, maxPurpose) {
		return nil, ErrPurpose
	}
	return &RegisterRead{
		ID: id, CommunityID: reader.Place.CommunityID, ReaderID: reader.MemberID, NodeID: node, What: what, Purpose: purpose, CreatedAt: now,
	}, nil
}

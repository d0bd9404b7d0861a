package model

// NodeKind is a level of the community's tree (社区—片区—网格—楼栋—单元—户), or a party branch beside it.
type NodeKind string

// The kinds of node. A grid stands over buildings within one area; a branch (党支部) belongs to an area.
const (
	KindCommunity NodeKind = "community"
	KindArea      NodeKind = "area"
	KindGrid      NodeKind = "grid"
	KindBuilding  NodeKind = "building"
	KindUnit      NodeKind = "unit"
	KindHousehold NodeKind = "household"
	KindBranch    NodeKind = "branch"
)

// Levels lists the kinds from the household up to the community, nearest first.
func Levels() []NodeKind {
	return []NodeKind{KindHousehold, KindUnit, KindBuilding, KindGrid, KindArea, KindCommunity}
}

// Place is where something is in the tree: one node per level, zero where the level does not apply.
// Everything that a role may reach carries its place, so reach is one comparison in Go and in SQL.
type Place struct {
	CommunityID ID `json:"-"`
	AreaID      ID `json:"-"`
	GridID      ID `json:"-"`
	BuildingID  ID `json:"-"`
	UnitID      ID `json:"-"`
	HouseholdID ID `json:"-"`
	BranchID    ID `json:"-"`
}

// At returns the place's node of a kind, zero if it has none.
func (p Place) At(kind NodeKind) ID {
	switch kind {
	case KindCommunity:
		return p.CommunityID
	case KindArea:
		return p.AreaID
	case KindGrid:
		return p.GridID
	case KindBuilding:
		return p.BuildingID
	case KindUnit:
		return p.UnitID
	case KindHousehold:
		return p.HouseholdID
	case KindBranch:
		return p.BranchID
	}
	return 0
}

// Distance returns the lowest level that both places share: household, unit, building, grid, area or
// community; empty when they are in different communities.
func (p Place) Distance(q Place) NodeKind {
	for _, kind := range Levels() {
		if p.At(kind) != 0 && p.At(kind) == q.At(kind) {
			return kind
		}
	}
	return ""
}

// Node is a node of the tree with its own place; its Place contains itself at its own level.
type Node struct {
	ID        ID       `json:"id"`
	Kind      NodeKind `json:"kind"`
	ParentID  ID       `json:"parent_id,omitzero"`
	Name      string   `gorm:"serializer:door" json:"name"`
	Place     `gorm:"embedded"`
	CreatedAt Instant `json:"-"`
}

// TableName implements gorm's Tabler.
func (Node) TableName() string { return "node" }

// NodeRef names a node for a reader.
type NodeRef struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
}

// Household (户) is what the register knows of one door beyond its place in the tree. Its flags (分色) are rows of
// their own.
type Household struct {
	NodeID    ID        `gorm:"primaryKey" json:"id"`
	Kind      string    `json:"-"`
	Hub       bool      `json:"-"` // 党员中心户
	Occupancy Occupancy `json:"-"`
	NoNeeds   bool      `json:"-"`
	Version   int64     `json:"-"`
	UpdatedAt Instant   `json:"-"`

	OldFlags []string `gorm:"column:flags;serializer:json" json:"-"` // of a roster from before flags were rows; always empty since
}

// TableName implements gorm's Tabler.
func (Household) TableName() string { return "household" }

// Settle completes the node's place with the node itself.
func (n *Node) Settle() {
	switch n.Kind {
	case KindCommunity:
		n.CommunityID = n.ID
	case KindArea:
		n.AreaID = n.ID
	case KindGrid:
		n.GridID = n.ID
	case KindBuilding:
		n.BuildingID = n.ID
	case KindUnit:
		n.UnitID = n.ID
	case KindHousehold:
		n.HouseholdID = n.ID
	case KindBranch:
		n.BranchID = n.ID
	}
}

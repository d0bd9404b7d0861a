package testworld

import (
	"fmt"
	"testing"

	"linbanglin/model"
	"linbanglin/repository"
)

// World is a community with two areas, each with two grids, each with one building of one unit and six
// households of two people. The branch of the first area holds the people of its first household.
type World struct {
	t      testing.TB
	store  *repository.Store
	phones string // how a person's number makes their phone

	Community model.Node
	Areas     []model.Node
	Grids     []model.Node
	Branch    model.Node
	Doors     []model.Node
	Members   []*model.Member // two a household, in the order of Doors
	Others    *World          // the second community
	grants    map[model.ID][]model.Grant
}

// The world's measures.
const (
	areas           = 2
	gridsPerArea    = 2
	doorsPerGrid    = 6
	membersPerDoor  = 2
	households      = areas * gridsPerArea * doorsPerGrid
	firstOfficeDoor = households - 8
)

// Now is a Monday morning in Shanghai, when the world was made.
const Now = model.Instant(1_795_392_000_000_000) // 2026-11-23T08:00:00+08:00

// New builds the world in an empty database.
func New(t testing.TB, store *repository.Store) *World {
	t.Helper()
	w := build(t, store, "祥和社区", "8619900%06d")
	w.Others = build(t, store, "安康社区", "8619800%06d")
	return w
}

func build(t testing.TB, store *repository.Store, name, phones string) *World {
	t.Helper()
	w := &World{t: t, store: store, phones: phones, grants: map[model.ID][]model.Grant{}}
	w.Community = w.node(model.KindCommunity, model.Node{}, name)
	rules := model.DefaultRules(w.Community.ID)
	rules.EffectiveDay, rules.CreatedAt = 20200101, Now
	w.must(store.Points.AddRules(t.Context(), rules))
	w.must(store.Campaigns.AddThemes(t.Context(), model.DefaultThemes(w.Community.ID)))
	w.must(store.Register.AddSchemes(t.Context(), model.DefaultFlagSchemes(w.Community.ID)))
	for a := range areas {
		area := w.node(model.KindArea, w.Community, fmt.Sprintf("第%d片区", a+1))
		w.Areas = append(w.Areas, area)
		if a == 0 {
			w.Branch = w.node(model.KindBranch, area, "第一党支部")
		}
		for g := range gridsPerArea {
			grid := w.node(model.KindGrid, area, fmt.Sprintf("第%d网格", a*gridsPerArea+g+1))
			w.Grids = append(w.Grids, grid)
			building := w.node(model.KindBuilding, grid, fmt.Sprintf("%d幢", a*gridsPerArea+g+1))
			unit := w.node(model.KindUnit, building, "1单元")
			for d := range doorsPerGrid {
				w.Doors = append(w.Doors, w.node(model.KindHousehold, unit, fmt.Sprintf("%d01", d+1)))
			}
		}
	}
	w.people()
	return w
}

// node adds a node below its parent.
func (w *World) node(kind model.NodeKind, parent model.Node, name string) model.Node {
	n := model.Node{ID: w.store.NewID(), Kind: kind, ParentID: parent.ID, Name: name, Place: parent.Place, CreatedAt: Now}
	n.Settle()
	w.must(w.store.Nodes.Create(w.t.Context(), &n))
	return n
}

func (w *World) people() {
	var roles []*repository.Role
	for i, door := range w.Doors {
		for k := range membersPerDoor {
			m := &model.Member{
				ID: w.store.NewID(), Place: door.Place, Name: fmt.Sprintf("甲%c%c", rune('一'+i), rune('一'+k)),
				Phone: fmt.Sprintf(w.phones, i*membersPerDoor+k), BirthYear: 1980, Skills: []string{}, Head: k == 0,
				RosterKey: fmt.Sprintf("%d/%d", i, k), Version: 1, CreatedAt: Now, UpdatedAt: Now,
			}
			if i == 0 {
				m.BranchID = w.Branch.ID
			}
			w.Members = append(w.Members, m)
			roles = append(roles, w.grant(m, model.RoleResident, w.Community))
		}
	}
	for i, office := range []struct {
		role model.Role
		node model.Node
	}{
		{model.RolePartyMember, w.Branch},
		{model.RoleGridWorker, w.Grids[0]},
		{model.RoleOrganizer, w.Areas[0]},
		{model.RoleSecretary, w.Branch},
		{model.RoleCommunityAdmin, w.Community},
		{model.RoleStreetOfficer, w.Community},
		{model.RoleAuditor, w.Community},
	} {
		roles = append(roles, w.grant(w.Members[membersPerDoor*(firstOfficeDoor+i)], office.role, office.node))
	}
	w.must(w.store.Members.Create(w.t.Context(), w.Members...))
	w.must(w.store.Roles.Grant(w.t.Context(), roles...))
}

func (w *World) grant(m *model.Member, role model.Role, at model.Node) *repository.Role {
	w.grants[m.ID] = append(w.grants[m.ID], model.Grant{Role: role, NodeID: at.ID, NodeKind: at.Kind})
	return &repository.Role{
		ID: w.store.NewID(), CommunityID: w.Community.ID, MemberID: m.ID, Role: role, NodeID: at.ID, NodeKind: at.Kind, CreatedAt: Now,
	}
}

// As returns the actor that a member is.
func (w *World) As(m *model.Member) model.Actor {
	return model.Actor{MemberID: m.ID, Place: m.Place, Grants: w.grants[m.ID]}
}

// Resident returns the head of the i-th household, who is nothing but a resident. There are 16 of them,
// six in each grid of the first area.
func (w *World) Resident(i int) model.Actor {
	if i >= firstOfficeDoor {
		w.t.Fatalf("there is no resident %d", i)
	}
	return w.As(w.Members[membersPerDoor*i])
}

// Housemate returns the other person of the i-th household.
func (w *World) Housemate(i int) model.Actor { return w.As(w.Members[membersPerDoor*i+1]) }

// Holder returns who holds an office: the grid worker of the first grid, the organizer of the first area,
// the party member and the secretary of the branch, and the others for the community.
func (w *World) Holder(role model.Role) model.Actor {
	for _, m := range w.Members {
		for _, g := range w.grants[m.ID] {
			if g.Role == role {
				return w.As(m)
			}
		}
	}
	w.t.Fatalf("nobody is %s", role)
	return model.Actor{}
}

// Crowd adds n residents, each in a household of their own in the first unit, and returns them.
func (w *World) Crowd(n int) []model.Actor {
	w.t.Helper()
	unit := w.Doors[0].Place
	unit.HouseholdID = 0
	var nodes []*model.Node
	var members []*model.Member
	var roles []*repository.Role
	var crowd []model.Actor
	for i := range n {
		door := &model.Node{
			ID: w.store.NewID(), Kind: model.KindHousehold, ParentID: unit.UnitID, Name: fmt.Sprintf("c%d", i), Place: unit, CreatedAt: Now,
		}
		door.Settle()
		m := &model.Member{
			ID: w.store.NewID(), Place: door.Place, Name: "乙某", BirthYear: 1980, Skills: []string{},
			RosterKey: fmt.Sprintf("crowd/%d", i), Version: 1, CreatedAt: Now, UpdatedAt: Now,
		}
		nodes, members = append(nodes, door), append(members, m)
		roles = append(roles, w.grant(m, model.RoleResident, w.Community))
		crowd = append(crowd, w.As(m))
	}
	w.must(w.store.Nodes.Create(w.t.Context(), nodes...))
	w.must(w.store.Members.Create(w.t.Context(), members...))
	w.must(w.store.Roles.Grant(w.t.Context(), roles...))
	return crowd
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

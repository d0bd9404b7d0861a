package community

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/community/roster"
)

// Tally is what an import did to rows of one kind.
type Tally struct {
	Created, Updated, Unchanged int
}

// Report is what an import did, or would do.
type Report struct {
	Nodes, Households, Members, Roles Tally
}

// Changed reports whether anything was created or updated.
func (r *Report) Changed() bool {
	for _, t := range []Tally{r.Nodes, r.Households, r.Members, r.Roles} {
		if t.Created+t.Updated > 0 {
			return true
		}
	}
	return false
}

var errDryRun = errors.New("dry run")

// Import writes a roster into the community of a name, which it makes when there is none: all of it in
// one transaction, or with dry nothing. People are known again by their door and name, so the same roster
// twice changes nothing; nobody is removed.
func (c *Community) Import(ctx context.Context, name string, book *roster.Book, dry bool) (*Report, error) {
	var report *Report
	err := c.store.Tx(ctx, func(tx *repository.Store) error {
		i := &importer{ctx: ctx, tx: tx, newID: c.store.NewID, now: c.now(), report: &Report{}}
		report = i.report
		for _, step := range []func(*roster.Book) error{
			func(*roster.Book) error { return i.open(name) }, i.tree, i.households, i.people, i.workers, i.write,
		} {
			if err := step(book); err != nil {
				return err
			}
		}
		if dry {
			return errDryRun
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("import %s: %w", name, err)
	}
	return report, nil
}

// nodeKey is how a node is known again. Buildings and branches are known by name alone, so that they may
// change their grid or area.
type nodeKey struct {
	parent model.ID
	kind   model.NodeKind
	name   string
}

// importer carries one roster into one community, and writes what it gathered at the end.
type importer struct {
	ctx    context.Context
	tx     *repository.Store
	newID  func() model.ID
	now    model.Instant
	report *Report

	community *model.Node
	nodes     map[nodeKey]*model.Node
	homes     map[model.ID]*model.Household
	members   map[string]*model.Member
	held      map[string]bool // role grants, by roleKey

	freshNodes   []*model.Node
	freshHomes   []*model.Household
	freshMembers []*model.Member
	freshRoles   []*repository.Role
}

// open finds the community, or founds it with the default rules and themes, and reads what it has.
func (i *importer) open(name string) error {
	communities, err := i.tx.Nodes.Communities(i.ctx)
	if err != nil {
		return err
	}
	for _, c := range communities {
		if c.Name == name {
			i.community = c
		}
	}
	i.nodes, i.homes = map[nodeKey]*model.Node{}, map[model.ID]*model.Household{}
	i.members, i.held = map[string]*model.Member{}, map[string]bool{}
	if i.community == nil {
		return i.found(name)
	}
	return i.read()
}

func (i *importer) found(name string) error {
	i.community = i.node(model.KindCommunity, &model.Node{}, name)
	id := i.community.ID
	rules := model.DefaultRules(id)
	rules.EffectiveDay, rules.CreatedAt = beginning, i.now
	if err := i.tx.Points.AddRules(i.ctx, rules); err != nil {
		return err
	}
	return i.tx.Campaigns.AddThemes(i.ctx, model.DefaultThemes(id))
}

// beginning is the day from which a community's first rules are in force.
const beginning = model.Day(20200101)

func (i *importer) read() error {
	nodes, err := i.tx.Nodes.All(i.ctx, i.community.ID)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		i.nodes[keyOf(n.Kind, n.ParentID, n.Name)] = n
	}
	homes, err := i.tx.Nodes.Households(i.ctx, i.community.ID)
	if err != nil {
		return err
	}
	for _, h := range homes {
		i.homes[h.NodeID] = h
	}
	members, err := i.tx.Members.All(i.ctx, i.community.ID)
	if err != nil {
		return err
	}
	for _, m := range members {
		i.members[m.RosterKey] = m
	}
	roles, err := i.tx.Roles.All(i.ctx, i.community.ID)
	for _, r := range roles {
		i.held[roleKey(r.MemberID, r.Role, r.NodeID)] = true
	}
	return err
}

func keyOf(kind model.NodeKind, parent model.ID, name string) nodeKey {
	if kind == model.KindBuilding || kind == model.KindBranch {
		parent = 0
	}
	return nodeKey{parent, kind, name}
}

func roleKey(member model.ID, role model.Role, node model.ID) string {
	return fmt.Sprint(member, role, node)
}

// node finds a node below a parent, or makes it.
func (i *importer) node(kind model.NodeKind, parent *model.Node, name string) *model.Node {
	key := keyOf(kind, parent.ID, name)
	if n := i.nodes[key]; n != nil {
		return n
	}
	n := &model.Node{ID: i.newID(), Kind: kind, ParentID: parent.ID, Name: name, Place: parent.Place, CreatedAt: i.now}
	n.Settle()
	i.nodes[key] = n
	i.freshNodes = append(i.freshNodes, n)
	i.report.Nodes.Created++
	return n
}

// Where a roster does not say.
const (
	unnamedArea = "未分片区"
	unnamedGrid = "未分网格"
)

func (i *importer) area(name string) *model.Node {
	if name == "" {
		name = unnamedArea
	}
	return i.node(model.KindArea, i.community, name)
}

// tree makes areas, grids, buildings and units.
func (i *importer) tree(book *roster.Book) error {
	for _, g := range book.Grids {
		i.node(model.KindGrid, i.area(g.Area), g.Name)
	}
	for _, b := range book.Buildings {
		grid := b.Grid
		if grid == "" {
			grid = unnamedGrid
		}
		parent := i.area(b.Area)
		parent = i.node(model.KindGrid, parent, grid)
		building := i.node(model.KindBuilding, parent, b.Name)
		for _, u := range b.Units {
			i.node(model.KindUnit, building, u)
		}
	}
	return nil
}

// home finds or makes the node of a door. Its building is there: the roster's reader saw to that.
func (i *importer) home(d roster.Door) *model.Node {
	building := i.nodes[keyOf(model.KindBuilding, 0, d.Building)]
	return i.node(model.KindHousehold, i.node(model.KindUnit, building, d.Unit), d.Number)
}

func (i *importer) households(book *roster.Book) error {
	for _, h := range book.Households {
		n := i.home(h.Door)
		had := i.homes[n.ID]
		switch {
		case had == nil:
			i.report.Households.Created++
		case had.Kind == h.Kind && slices.Equal(had.Flags, h.Flags) && had.Hub == h.Hub:
			i.report.Households.Unchanged++
			continue
		default:
			i.report.Households.Updated++
		}
		fresh := &model.Household{NodeID: n.ID, Kind: h.Kind, Flags: h.Flags, Hub: h.Hub, UpdatedAt: i.now}
		i.homes[n.ID] = fresh
		i.freshHomes = append(i.freshHomes, fresh)
	}
	return nil
}

// rosterKey is how a person is known again: a hash of the door and the name.
func rosterKey(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x1f")))
	return hex.EncodeToString(sum[:16])
}

func (i *importer) people(book *roster.Book) error {
	for _, r := range book.Residents {
		home := i.home(r.Door)
		place := home.Place
		if r.Branch != "" {
			area := i.nodeOf(model.KindArea, place.AreaID)
			branch := i.node(model.KindBranch, area, r.Branch)
			place.BranchID = branch.ID
		}
		m := &model.Member{
			Place: place, Name: r.Name, Phone: r.Phone, BirthYear: r.BirthYear, Gender: r.Gender, Skills: r.Skills, Head: r.Head,
			RosterKey: rosterKey(r.Building, r.Unit, r.Number, r.Name),
		}
		if err := i.member(m); err != nil {
			return err
		}
		for _, role := range r.Roles {
			i.grant(m, role)
		}
	}
	return nil
}

func (i *importer) nodeOf(kind model.NodeKind, id model.ID) *model.Node {
	for _, n := range i.nodes {
		if n.Kind == kind && n.ID == id {
			return n
		}
	}
	return i.community
}

// member takes a person who is new, or updates one who is known.
func (i *importer) member(m *model.Member) error {
	had := i.members[m.RosterKey]
	if had == nil {
		m.ID, m.Version, m.CreatedAt, m.UpdatedAt = i.newID(), 1, i.now, i.now
		i.members[m.RosterKey] = m
		i.freshMembers = append(i.freshMembers, m)
		i.report.Members.Created++
		return nil
	}
	m.ID = had.ID
	if had.Place == m.Place && had.Phone == m.Phone && had.BirthYear == m.BirthYear && had.Gender == m.Gender &&
		had.Head == m.Head && slices.Equal(had.Skills, m.Skills) {
		i.report.Members.Unchanged++
		return nil
	}
	m.Version, m.UpdatedAt = had.Version+1, i.now
	i.members[m.RosterKey] = m
	i.report.Members.Updated++
	return i.tx.Members.UpdateRoster(i.ctx, m)
}

// grant gives a member a role where it belongs: a grid worker's at the grid, a branch's at the branch, the
// others at the community.
func (i *importer) grant(m *model.Member, role model.Role) {
	kind := model.KindCommunity
	switch role {
	case model.RoleGridWorker:
		kind = model.KindGrid
	case model.RolePartyMember, model.RoleSecretary:
		kind = model.KindBranch
	}
	node := m.At(kind)
	if node == 0 {
		kind, node = model.KindCommunity, m.CommunityID
		if role == model.RoleSecretary {
			return // of no branch
		}
	}
	key := roleKey(m.ID, role, node)
	if i.held[key] {
		i.report.Roles.Unchanged++
		return
	}
	i.held[key] = true
	i.report.Roles.Created++
	i.freshRoles = append(i.freshRoles, &repository.Role{
		ID: i.newID(), CommunityID: m.CommunityID, MemberID: m.ID, Role: role, NodeID: node, NodeKind: kind, CreatedAt: i.now,
	})
}

// workers gives the grids their workers: residents of that name and phone, else of that name who live
// there, else people from outside.
func (i *importer) workers(book *roster.Book) error {
	known := map[[2]string]*model.Member{}
	for _, m := range i.members {
		known[[2]string{m.Name, m.GridID.String()}] = m
		known[[2]string{m.Name, m.Phone}] = m
	}
	for _, g := range book.Grids {
		if g.Worker == "" {
			continue
		}
		grid := i.node(model.KindGrid, i.area(g.Area), g.Name)
		m := known[[2]string{g.Worker, g.WorkerPhone}]
		if m == nil || g.WorkerPhone == "" {
			m = known[[2]string{g.Worker, grid.ID.String()}] // someone of the name who lives there
		}
		if m == nil {
			m = &model.Member{Place: grid.Place, Name: g.Worker, Phone: g.WorkerPhone, Skills: []string{}, RosterKey: rosterKey("网格员", g.Area, g.Name, g.Worker)}
			if err := i.member(m); err != nil {
				return err
			}
			known[[2]string{m.Name, m.Phone}] = m
			i.grant(m, model.RoleResident)
		}
		at := *m
		at.GridID = grid.ID
		i.grant(&at, model.RoleGridWorker)
	}
	return nil
}

// write inserts what was gathered.
func (i *importer) write(*roster.Book) error {
	i.report.Nodes.Unchanged = len(i.nodes) - i.report.Nodes.Created
	return errors.Join(
		i.tx.Nodes.Create(i.ctx, i.freshNodes...),
		i.tx.Nodes.SaveHouseholds(i.ctx, slices.Collect(maps.Values(byNode(i.freshHomes)))),
		i.tx.Members.Create(i.ctx, i.freshMembers...),
		i.tx.Roles.Grant(i.ctx, i.freshRoles...),
	)
}

// byNode keeps the last of households that were gathered twice.
func byNode(homes []*model.Household) map[model.ID]*model.Household {
	last := make(map[model.ID]*model.Household, len(homes))
	for _, h := range homes {
		last[h.NodeID] = h
	}
	return last
}

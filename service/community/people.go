package community

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/community/roster"
)

// rosterKey is how a person is known again: a hash of the door and the name.
func rosterKey(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x1f")))
	return hex.EncodeToString(sum[:16])
}

func keyOfResident(r *roster.Resident) string {
	return rosterKey(r.Building, r.Unit, r.Number, r.Name)
}

// people takes what the roster says of people, and gives them their roles.
func (p *plan) people(book *roster.Book) {
	listed := map[string]bool{}
	for _, r := range book.Residents {
		listed[keyOfResident(r)] = true
	}
	movers := p.byPhone(listed)
	for _, r := range book.Residents {
		key := keyOfResident(r)
		had := p.members[key]
		if had == nil && r.Phone != "" {
			had = movers[[2]string{r.Name, r.Phone}]
		}
		m := p.person(had, key, r)
		for _, role := range r.Roles {
			p.grant(m, role)
		}
	}
}

// byPhone returns people whose door and name the roster does not have, by name and phone: in another row
// they may have moved. Those whom that does not tell apart are nil.
func (p *plan) byPhone(listed map[string]bool) map[[2]string]*model.Member {
	found := map[[2]string]*model.Member{}
	for key, m := range p.members {
		who := [2]string{m.Name, m.Phone}
		if _, twice := found[who]; twice {
			found[who] = nil
		} else if m.Phone != "" && !listed[key] {
			found[who] = m
		}
	}
	return found
}

// person adds a person, or takes what the roster says of one who is known.
func (p *plan) person(had *model.Member, key string, r *roster.Resident) *model.Member {
	m := &model.Member{Name: r.Name, Skills: []string{}}
	if had != nil {
		*m = *had
	}
	branch := m.BranchID
	if m.Place = p.home(r.Door).Place; r.Branch != "" {
		branch = p.node(model.KindBranch, p.byID[m.AreaID], r.Branch).ID
	}
	m.BranchID, m.RosterKey = branch, key
	if r.Phone != "" {
		m.Phone = r.Phone
	}
	if r.BirthYear > 0 && m.BirthYear > 0 && r.BirthYear != m.BirthYear {
		m.BirthMonth = 0 // it was of a birth that is corrected
	}
	if r.BirthYear > 0 || m.BirthYear == 0 {
		m.BirthYear = r.BirthYear
	}
	if r.BirthMonth > 0 {
		m.BirthMonth = r.BirthMonth
	}
	if r.Gender != "" {
		m.Gender = r.Gender
	}
	if r.Skills != nil && !m.OwnSkills {
		m.Skills = r.Skills
	}
	if r.Head != nil {
		m.Head = *r.Head
	}
	return p.keep(had, m)
}

// keep gathers a person who is new, or who is not as before.
func (p *plan) keep(had, m *model.Member) *model.Member {
	switch {
	case had == nil:
		m.ID, m.Version, m.CreatedAt = p.newID(), 1, p.now
		p.freshMembers = append(p.freshMembers, m)
		p.report.Members.Created++
	case had.Place == m.Place && had.RosterKey == m.RosterKey && had.Phone == m.Phone && had.BirthYear == m.BirthYear &&
		had.BirthMonth == m.BirthMonth && had.Gender == m.Gender && had.Head == m.Head && slices.Equal(had.Skills, m.Skills):
		p.report.Members.Unchanged++
		return had
	default:
		delete(p.members, had.RosterKey)
		m.Version = had.Version + 1
		p.changedMembers = append(p.changedMembers, m)
		p.report.Members.Updated++
	}
	m.UpdatedAt = p.now
	p.members[m.RosterKey] = m
	return m
}

// grant gives a member a role where it belongs, unless it was given before: a grid worker's at the grid, a
// branch's at the branch, the others at the community.
func (p *plan) grant(m *model.Member, role model.Role) {
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
	if p.granted[key] {
		p.report.Roles.Unchanged++
		return
	}
	p.granted[key] = true
	p.report.Roles.Created++
	p.freshRoles = append(p.freshRoles, &repository.Role{
		ID: p.newID(), CommunityID: m.CommunityID, MemberID: m.ID, Role: role, NodeID: node, NodeKind: kind, CreatedAt: p.now,
	})
}

// worker gives a grid its worker: the resident of that name and phone, else the only one of that name who
// lives there and may have that phone or is its worker already, else someone from outside.
func (p *plan) worker(g *roster.Grid) {
	grid := p.grid(g.Area, g.Name)
	m := p.findWorker(g, grid.ID)
	if m == nil {
		key := rosterKey("网格员", g.Area, g.Name, g.Worker)
		had, next := p.members[key], &model.Member{Place: grid.Place, Name: g.Worker, Skills: []string{}, RosterKey: key}
		if had != nil {
			*next = *had
		}
		if g.WorkerPhone != "" {
			next.Phone = g.WorkerPhone
		}
		m = p.keep(had, next)
		p.grant(m, model.RoleResident)
	}
	at := *m
	at.GridID = grid.ID
	p.grant(&at, model.RoleGridWorker)
}

func (p *plan) findWorker(g *roster.Grid, grid model.ID) *model.Member {
	var known *model.Member
	var there []*model.Member
	for _, m := range p.members {
		switch {
		case m.Name != g.Worker:
		case g.WorkerPhone != "" && m.Phone == g.WorkerPhone:
			if known == nil || m.ID < known.ID {
				known = m
			}
		case m.GridID == grid && (m.Phone == "" || g.WorkerPhone == "" || p.granted[roleKey(m.ID, model.RoleGridWorker, grid)]):
			there = append(there, m)
		}
	}
	if known == nil && len(there) == 1 {
		return there[0]
	}
	return known
}

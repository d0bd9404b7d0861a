package community

import (
	"context"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/community/roster"
)

// registerPlan is what the register has, and what a roster makes of it.
type registerPlan struct {
	schemes  []*model.FlagScheme
	standing map[model.ID][]*model.HouseholdFlag // by household
	teams    map[string]*model.ServiceTeam       // by name
	members  map[model.ID][]model.ID             // by team
	charges  map[model.ID]*model.Charge          // by household

	adopted      []model.ID
	freshSchemes []*model.FlagScheme
	freshFlags   []*model.HouseholdFlag
	endedFlags   []*model.HouseholdFlag
	freshTeams   []*model.ServiceTeam
	changedTeams map[model.ID]bool
	endedCharges []*model.Charge
	freshCharges []*model.Charge
	byName       map[string][]*model.Member
}

func newRegisterPlan() registerPlan {
	return registerPlan{
		standing: map[model.ID][]*model.HouseholdFlag{}, teams: map[string]*model.ServiceTeam{}, members: map[model.ID][]model.ID{},
		charges: map[model.ID]*model.Charge{}, changedTeams: map[model.ID]bool{},
	}
}

func (r *registerPlan) read(ctx context.Context, s *repository.Store, community model.ID) (err error) {
	if r.schemes, err = s.Register.Schemes(ctx, community); err != nil {
		return err
	}
	flags, err := s.Register.StandingFlags(ctx, community)
	if err != nil {
		return err
	}
	for _, f := range flags {
		r.standing[f.HouseholdID] = append(r.standing[f.HouseholdID], f)
	}
	teams, err := s.Register.AllTeams(ctx, community)
	if err != nil {
		return err
	}
	ids := make([]model.ID, len(teams))
	for i, t := range teams {
		r.teams[t.Name], ids[i] = t, t.ID
	}
	if r.members, err = s.Register.TeamMembers(ctx, ids); err != nil {
		return err
	}
	charges, err := s.Register.StandingCharges(ctx, community)
	for _, c := range charges {
		r.charges[c.HouseholdID] = c
	}
	return err
}

// flags takes which flags the roster has of a household, nil where it does not say, and reports whether that changes
// something: it sets what does not stand, and clears what a roster set and has no more. What people set is theirs.
func (p *plan) flags(household model.ID, words []string) (changed bool) {
	if words == nil {
		return false
	}
	var wanted []string
	for _, word := range words {
		scheme := p.scheme(word)
		if slices.Contains(wanted, scheme.Code) || !scheme.Active {
			continue
		}
		wanted = append(wanted, scheme.Code)
		if p.book.flagged(household, scheme.Code) {
			p.report.Flags.Unchanged++
			continue
		}
		flag := model.RosterFlag(p.newID(), household, scheme, p.now)
		p.book.standing[household] = append(p.book.standing[household], flag)
		p.book.freshFlags = append(p.book.freshFlags, flag)
		p.report.Flags.Created++
		changed = true
	}
	for _, f := range p.book.standing[household] {
		if f.Standing() && f.Source == model.SourceRoster && !slices.Contains(wanted, f.Scheme) {
			_ = f.Clear("花名册中已没有", 0, p.now) // it stands, and there is a reason
			p.book.endedFlags = append(p.book.endedFlags, f)
			p.report.Flags.Updated++
			changed = true
		}
	}
	return changed
}

// adopt makes rows of the flags that a roster gave a household before flags were rows.
func (p *plan) adopt(h *model.Household) {
	if len(h.OldFlags) > 0 {
		p.flags(h.NodeID, h.OldFlags)
		p.book.adopted = append(p.book.adopted, h.NodeID)
		h.OldFlags = []string{}
	}
}

// AdoptFlags makes rows of the flags that rosters gave households before flags were rows, and returns in how many
// communities. Any number of processes may run it, at any time.
func (c *Community) AdoptFlags(ctx context.Context) (done int, err error) {
	left, err := c.store.Register.WithOldFlags(ctx)
	if err != nil {
		return 0, err
	}
	for _, community := range left {
		if _, err := c.Import(ctx, community.Name, &roster.Book{}); err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}

// flagged reports whether a household has a flag of a scheme.
func (r *registerPlan) flagged(household model.ID, code string) bool {
	return slices.ContainsFunc(r.standing[household], func(f *model.HouseholdFlag) bool { return f.Scheme == code && f.Standing() })
}

// scheme returns what a word of the roster means, and makes a scheme of one that means nothing yet.
func (p *plan) scheme(word string) *model.FlagScheme {
	if s := model.SchemeOf(p.book.schemes, word); s != nil {
		return s
	}
	s := model.SchemeOfWord(p.community.ID, word)
	p.book.schemes = append(p.book.schemes, s)
	p.book.freshSchemes = append(p.book.freshSchemes, s)
	return s
}

// charge takes who answers for a household, where the roster says: a person of the community whom the name tells from all
// others, with the team that they are in.
func (p *plan) charge(h *roster.Household) {
	if h.Keeper == "" {
		return
	}
	home := p.home(h.Door)
	m := p.keeper(h.Keeper, home.ID)
	if m == nil {
		p.report.Nobody++
		return
	}
	team := p.team(h.Team, m, home)
	had := p.book.charges[home.ID]
	switch {
	case had == nil:
		p.report.Charges.Created++
	case had.MemberID == m.ID && (team == 0 || had.TeamID == team):
		p.report.Charges.Unchanged++
		return
	default:
		had.End(0, p.now)
		p.book.endedCharges = append(p.book.endedCharges, had)
		p.report.Charges.Updated++
	}
	next := &model.Charge{ID: p.newID(), CommunityID: p.community.ID, HouseholdID: home.ID, MemberID: m.ID, TeamID: team, Since: p.now}
	p.book.charges[home.ID] = next
	p.book.freshCharges = append(p.book.freshCharges, next)
}

// keeper returns the only person of a name who does not live in a household, nil when there is none or more than one.
func (p *plan) keeper(name string, household model.ID) *model.Member {
	if p.book.byName == nil {
		p.book.byName = map[string][]*model.Member{}
		for _, m := range p.members {
			if m.MergedInto == 0 {
				p.book.byName[m.Name] = append(p.book.byName[m.Name], m)
			}
		}
	}
	if found := p.book.byName[name]; len(found) == 1 && found[0].HouseholdID != household {
		return found[0]
	}
	return nil
}

// team finds a team by its name, or makes it for the grid of a household with its first member as the leader, and has a
// person in it. It is 0 without a name.
func (p *plan) team(name string, m *model.Member, home *model.Node) model.ID {
	if name == "" {
		return 0
	}
	t := p.book.teams[name]
	if t == nil {
		t = &model.ServiceTeam{
			ID: p.newID(), CommunityID: p.community.ID, NodeID: home.GridID, Kind: model.TeamHelp, Name: name, LeaderID: m.ID, Active: true,
			Version: 1, CreatedAt: p.now, UpdatedAt: p.now,
		}
		p.book.teams[name] = t
		p.book.freshTeams = append(p.book.freshTeams, t)
	}
	if !slices.Contains(p.book.members[t.ID], m.ID) {
		p.book.members[t.ID] = append(p.book.members[t.ID], m.ID)
		p.book.changedTeams[t.ID] = true
	}
	return t.ID
}

// writeRegister writes what was gathered of the register.
func (p *plan) writeRegister(ctx context.Context, tx *repository.Store) error {
	if err := tx.Register.NeedSchemes(ctx, p.book.freshSchemes); err != nil {
		return err
	}
	for _, household := range p.book.adopted {
		if err := tx.Register.DropOldFlags(ctx, household); err != nil {
			return err
		}
	}
	for _, f := range p.book.endedFlags {
		if err := tx.Register.EndFlag(ctx, f); err != nil {
			return err
		}
	}
	if err := tx.Register.NeedFlags(ctx, p.book.freshFlags); err != nil {
		return err
	}
	if err := tx.Register.AddTeams(ctx, p.book.freshTeams); err != nil {
		return err
	}
	for team := range p.book.changedTeams {
		if err := tx.Register.SetTeamMembers(ctx, team, p.book.members[team], p.newID, p.now); err != nil {
			return err
		}
	}
	for _, c := range p.book.endedCharges {
		if err := tx.Register.EndCharge(ctx, c); err != nil {
			return err
		}
	}
	return tx.Register.AddCharges(ctx, p.book.freshCharges)
}

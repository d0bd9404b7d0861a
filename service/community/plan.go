package community

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/community/roster"
)

// nodeKey is how a node is known again. Buildings and branches are known by name alone, so that they may
// change their grid or area.
type nodeKey struct {
	parent model.ID
	kind   model.NodeKind
	name   string
}

func keyOf(kind model.NodeKind, parent model.ID, name string) nodeKey {
	switch kind {
	case model.KindBranch:
		parent, name = 0, roster.NameKey(name)
	case model.KindBuilding:
		parent = 0
	case model.KindArea, model.KindGrid:
		name = roster.NameKey(name)
	}
	return nodeKey{parent, kind, name}
}

func roleKey(member model.ID, role model.Role, node model.ID) string {
	return fmt.Sprint(member, role, node)
}

// plan is what a community has, and what a roster makes of it: rows to add and rows to write anew, gathered
// before the first of them is written.
type plan struct {
	newID  func() model.ID
	now    model.Instant
	report *Report

	community *model.Node
	founded   bool
	nodes     map[nodeKey]*model.Node
	byID      map[model.ID]*model.Node
	homes     map[model.ID]*model.Household
	members   map[string]*model.Member // by roster key
	granted   map[string]bool          // by roleKey, what was revoked too
	book      registerPlan

	moved          []*model.Node // buildings
	changedHomes   []*model.Household
	changedMembers []*model.Member
	freshNodes     []*model.Node
	freshMembers   []*model.Member
	freshRoles     []*repository.Role
}

func newPlan(newID func() model.ID, now model.Instant) *plan {
	return &plan{
		newID: newID, now: now, report: &Report{}, nodes: map[nodeKey]*model.Node{}, byID: map[model.ID]*model.Node{},
		homes: map[model.ID]*model.Household{}, members: map[string]*model.Member{}, granted: map[string]bool{},
		book: newRegisterPlan(),
	}
}

// found starts from nothing.
func (p *plan) found(name string) {
	p.founded = true
	p.community = p.node(model.KindCommunity, &model.Node{}, name)
	p.book.schemes = model.DefaultFlagSchemes(p.community.ID)
}

// read starts from what the community has.
func (p *plan) read(ctx context.Context, s *repository.Store, community *model.Node) error {
	nodes, err := s.Nodes.All(ctx, community.ID)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		p.nodes[keyOf(n.Kind, n.ParentID, n.Name)], p.byID[n.ID] = n, n
	}
	p.community = community
	homes, err := s.Nodes.Households(ctx, community.ID)
	if err != nil {
		return err
	}
	if err := p.book.read(ctx, s, community.ID); err != nil {
		return err
	}
	for _, h := range homes {
		p.homes[h.NodeID] = h
		p.adopt(h)
	}
	members, err := s.Members.All(ctx, community.ID)
	if err != nil {
		return err
	}
	for _, m := range members {
		p.members[m.RosterKey] = m
	}
	roles, err := s.Roles.Ever(ctx, community.ID)
	for _, r := range roles {
		p.granted[roleKey(r.MemberID, r.Role, r.NodeID)] = true
	}
	return err
}

// take gathers what the roster changes.
func (p *plan) take(book *roster.Book) {
	p.tree(book)
	for _, h := range book.Households {
		p.household(h)
	}
	p.people(book)
	for _, h := range book.Households {
		p.charge(h)
	}
	for _, g := range book.Grids {
		if g.Worker != "" {
			p.worker(g)
		}
	}
	p.report.Nodes.Unchanged = len(p.nodes) - p.report.Nodes.Created - p.report.Nodes.Updated
}

// beginning is the day from which a community's first rules are in force.
const beginning = model.Day(20200101)

// write writes what was gathered, the first rules, themes and flags of a new community with it.
func (p *plan) write(ctx context.Context, tx *repository.Store) error {
	if p.founded {
		rules := model.DefaultRules(p.community.ID)
		rules.EffectiveDay, rules.CreatedAt = beginning, p.now
		if err := tx.Points.AddRules(ctx, rules); err != nil {
			return err
		}
		if err := tx.Campaigns.AddThemes(ctx, model.DefaultThemes(p.community.ID)); err != nil {
			return err
		}
		if err := tx.Register.AddSchemes(ctx, model.DefaultFlagSchemes(p.community.ID)); err != nil {
			return err
		}
	}
	if err := tx.Nodes.Create(ctx, p.freshNodes...); err != nil {
		return err
	}
	for _, b := range p.moved {
		if err := tx.Nodes.MoveBuilding(ctx, b); err != nil {
			return err
		}
	}
	if err := tx.Nodes.SaveHouseholds(ctx, p.changedHomes); err != nil {
		return err
	}
	for _, m := range p.changedMembers {
		if err := tx.Members.UpdateRoster(ctx, m); err != nil {
			return err
		}
	}
	if err := tx.Members.Create(ctx, p.freshMembers...); err != nil {
		return err
	}
	if err := tx.Roles.Grant(ctx, p.freshRoles...); err != nil {
		return err
	}
	return p.writeRegister(ctx, tx)
}

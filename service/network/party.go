package network

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// GroupInput is what a branch edits of a family group.
type GroupInput struct {
	Name    string
	Hub     model.ID // household, 0 for none
	Leader  model.ID
	Members []model.ID
}

func (in GroupInput) apply(g *model.FamilyGroup) {
	g.Name, g.HubID, g.LeaderID, g.MemberIDs = in.Name, in.Hub, in.Leader, append([]model.ID(nil), in.Members...)
}

// AddGroup makes a family group of a branch. It fails with ErrForbidden, ErrNotFound, ErrInvalid, ErrGroupMember,
// ErrGroupHub, ErrGrouped, and with ErrDuplicate when the branch has one of the name.
func (n *Network) AddGroup(ctx context.Context, who model.Actor, branch model.ID, in GroupInput) (*model.FamilyGroup, error) {
	return repository.Once(ctx, n.store, n.now(), func(tx *repository.Store) (*model.FamilyGroup, error) {
		node, err := tx.Nodes.Get(ctx, branch)
		if err == nil {
			err = who.May(model.OpManageGroups, node.Place)
		}
		switch {
		case err != nil:
			return nil, err
		case node.Kind != model.KindBranch:
			return nil, model.ErrInvalid.Saying("家庭党小组属于党支部", "A family group is of a branch.")
		}
		now := n.now()
		g := &model.FamilyGroup{ID: n.store.NewID(), Place: node.Place, Version: 1, CreatedBy: who.MemberID, CreatedAt: now, UpdatedAt: now}
		in.apply(g)
		if err := checkGroup(ctx, tx, g); err != nil {
			return nil, err
		}
		if err := tx.Party.CreateGroup(ctx, g); err != nil {
			return nil, err
		}
		return g, n.settleGroup(ctx, tx, g)
	})
}

// EditGroup replaces what a branch edits of a group. It fails as AddGroup does, and with ErrStale.
func (n *Network) EditGroup(ctx context.Context, who model.Actor, id model.ID, version int64, in GroupInput) (*model.FamilyGroup, error) {
	return repository.Once(ctx, n.store, n.now(), func(tx *repository.Store) (*model.FamilyGroup, error) {
		g, err := n.ownGroup(ctx, tx, who, id)
		switch {
		case err != nil:
			return nil, err
		case g.Version != version:
			return nil, model.ErrStale
		}
		in.apply(g)
		g.Version, g.UpdatedAt = version+1, n.now()
		if err := checkGroup(ctx, tx, g); err != nil {
			return nil, err
		}
		if err := tx.Party.UpdateGroup(ctx, g); err != nil {
			return nil, err
		}
		return g, n.settleGroup(ctx, tx, g)
	})
}

// RemoveGroup ends a group. It fails with ErrForbidden and ErrNotFound.
func (n *Network) RemoveGroup(ctx context.Context, who model.Actor, id model.ID) error {
	return n.store.Tx(ctx, func(tx *repository.Store) error {
		g, err := n.ownGroup(ctx, tx, who, id)
		if err != nil {
			return err
		}
		return tx.Party.DeleteGroup(ctx, g)
	})
}

func (n *Network) ownGroup(ctx context.Context, tx *repository.Store, who model.Actor, id model.ID) (*model.FamilyGroup, error) {
	g, err := tx.Party.LockGroup(ctx, id)
	if err == nil {
		err = who.May(model.OpManageGroups, g.Place)
	}
	return g, err
}

// checkGroup checks a group against who its members are and what its hub is.
func checkGroup(ctx context.Context, tx *repository.Store, g *model.FamilyGroup) error {
	members, err := tx.Members.Some(ctx, g.MemberIDs)
	if err != nil {
		return err
	}
	var hub *model.Node
	isHub := false
	if g.HubID != 0 {
		found, err := tx.Nodes.ByIDs(ctx, []model.ID{g.HubID})
		if err != nil {
			return err
		}
		if len(found) > 0 {
			hub = found[0]
		}
		if isHub, err = tx.Nodes.Hub(ctx, g.HubID); err != nil {
			return err
		}
	}
	return g.Validate(members, hub, isHub)
}

// settleGroup writes who is of a group and completes it. It fails with ErrGrouped.
func (n *Network) settleGroup(ctx context.Context, tx *repository.Store, g *model.FamilyGroup) error {
	if err := tx.Party.SetMembers(ctx, g.ID, g.MemberIDs); err != nil {
		if model.Reason(err) == model.ErrDuplicate {
			return model.ErrGrouped
		}
		return err
	}
	return groupNames(ctx, tx, g)
}

// groupNames completes groups with the names that they show: members masked, hubs by their building.
func groupNames(ctx context.Context, s *repository.Store, groups ...*model.FamilyGroup) error {
	var people, hubs, places []model.ID
	for _, g := range groups {
		people, hubs, places = append(people, g.MemberIDs...), append(hubs, g.HubID), append(places, g.BranchID)
	}
	refs, err := s.Members.Refs(ctx, people)
	if err != nil {
		return err
	}
	homes, err := s.Nodes.ByIDs(ctx, hubs)
	if err != nil {
		return err
	}
	building := map[model.ID]model.ID{}
	for _, h := range homes {
		building[h.ID] = h.BuildingID
		places = append(places, h.BuildingID)
	}
	names, err := s.Nodes.Names(ctx, places)
	for _, g := range groups {
		g.Branch, g.Leader, g.Members = model.NodeRef{ID: g.BranchID, Name: names[g.BranchID]}, refs[g.LeaderID], []model.MemberRef{}
		for _, id := range g.MemberIDs {
			g.Members = append(g.Members, refs[id])
		}
		if b := building[g.HubID]; b != 0 {
			g.Hub = &model.NodeRef{ID: b, Name: names[b]}
		}
	}
	return err
}

// Group returns one group, for who manages those of its branch. It fails with ErrForbidden and ErrNotFound.
func (n *Network) Group(ctx context.Context, who model.Actor, id model.ID) (*model.FamilyGroup, error) {
	g, err := n.store.Party.Group(ctx, id)
	if err == nil {
		err = who.May(model.OpManageGroups, g.Place)
	}
	if err != nil {
		return nil, err
	}
	return g, groupNames(ctx, n.store, g)
}

// PartyNetwork returns the tree of the party in the caller's community: committee, branches, hub households and family
// groups, with counts. Who is of a group is told, masked, to those who read members there; others read its leader. It fails
// with ErrUnbound.
func (n *Network) PartyNetwork(ctx context.Context, who model.Actor) (*model.PartyNetwork, error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	community := who.Place.CommunityID
	nodes, err := n.store.Nodes.ByIDs(ctx, []model.ID{community})
	if err != nil || len(nodes) == 0 {
		return nil, err
	}
	net := &model.PartyNetwork{Community: model.NodeRef{ID: community, Name: nodes[0].Name}, Branches: []*model.PartyBranch{}}
	committees, err := n.store.Organisations.List(ctx, community, model.KindPartyCommittee, false, 0, 1)
	if err != nil {
		return nil, err
	}
	if len(committees) > 0 {
		net.Committee = committees[0].Name
	}
	branches, err := n.branches(ctx, community, net)
	if err != nil {
		return nil, err
	}
	groups, err := n.store.Party.Groups(ctx, community, maxGroups)
	if err != nil {
		return nil, err
	}
	if net.FamilyGroups, err = n.store.Party.CountGroups(ctx, community); err != nil {
		return nil, err
	}
	if err := n.hubs(ctx, community, net, branches, groups); err != nil {
		return nil, err
	}
	return net, n.groups(ctx, who, branches, groups)
}

// maxBranches and maxGroups are how many branches and family groups one community shows.
const (
	maxBranches = 500
	maxGroups   = 1000
)

// branches fills in the branches of a network with their areas, secretaries and counts.
func (n *Network) branches(ctx context.Context, community model.ID, net *model.PartyNetwork) (map[model.ID]*model.PartyBranch, error) {
	whole := []model.Grant{{NodeID: community, NodeKind: model.KindCommunity}}
	nodes, err := n.store.Nodes.List(ctx, community, []model.NodeKind{model.KindBranch}, 0, 0, whole, maxBranches)
	if err != nil {
		return nil, err
	}
	byID, areas := map[model.ID]*model.PartyBranch{}, []model.ID{}
	for _, b := range nodes {
		byID[b.ID] = &model.PartyBranch{ID: b.ID, Name: b.Name, Area: model.NodeRef{ID: b.AreaID}, Secretaries: []model.MemberRef{}, Hubs: []*model.PartyHub{}, Groups: []*model.FamilyGroup{}}
		net.Branches, areas = append(net.Branches, byID[b.ID]), append(areas, b.AreaID)
	}
	names, err := n.store.Nodes.Names(ctx, areas)
	if err != nil {
		return nil, err
	}
	counts, err := n.store.Party.BranchCounts(ctx, community)
	if err != nil {
		return nil, err
	}
	for _, c := range counts {
		if b := byID[c.BranchID]; b != nil {
			b.PartyMembers = c.Members
		}
		net.PartyMembers += c.Members
	}
	for _, b := range net.Branches {
		b.Area.Name = names[b.Area.ID]
	}
	return byID, n.secretaries(ctx, community, byID)
}

func (n *Network) secretaries(ctx context.Context, community model.ID, branches map[model.ID]*model.PartyBranch) error {
	roles, err := n.store.Roles.Officers(ctx, community, model.RoleSecretary)
	if err != nil {
		return err
	}
	people := make([]model.ID, len(roles))
	for i, r := range roles {
		people[i] = r.MemberID
	}
	refs, err := n.store.Members.Refs(ctx, people)
	for _, r := range roles {
		if b := branches[r.NodeID]; b != nil {
			b.Secretaries = append(b.Secretaries, refs[r.MemberID])
		}
	}
	return err
}

// hubs fills in the hub households, each at the branch that somebody of it is of.
func (n *Network) hubs(ctx context.Context, community model.ID, net *model.PartyNetwork, branches map[model.ID]*model.PartyBranch, groups []*model.FamilyGroup) error {
	rows, err := n.store.Party.Hubs(ctx, community)
	if err != nil {
		return err
	}
	buildings := make([]model.ID, len(rows))
	for i, r := range rows {
		buildings[i] = r.BuildingID
	}
	names, err := n.store.Nodes.Names(ctx, buildings)
	if err != nil {
		return err
	}
	around := map[model.ID]int{}
	for _, g := range groups {
		around[g.HubID]++
	}
	net.Hubs = len(rows)
	for _, r := range rows {
		if b := branches[r.BranchID]; b != nil {
			b.Hubs = append(b.Hubs, &model.PartyHub{Building: model.NodeRef{ID: r.BuildingID, Name: names[r.BuildingID]}, Groups: around[r.HouseholdID]})
		}
	}
	return nil
}

// groups fills in the family groups as the caller may see them.
func (n *Network) groups(ctx context.Context, who model.Actor, branches map[model.ID]*model.PartyBranch, groups []*model.FamilyGroup) error {
	if err := groupNames(ctx, n.store, groups...); err != nil {
		return err
	}
	for _, g := range groups {
		b := branches[g.BranchID]
		if b == nil {
			continue
		}
		if who.May(model.OpReadMembers, g.Place) != nil {
			g.Members = []model.MemberRef{}
		}
		b.Groups = append(b.Groups, g)
	}
	return nil
}

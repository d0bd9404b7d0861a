package register

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// AddTeam makes a service team for a part of the tree. It fails with ErrNotFound, ErrForbidden, ErrTeamMember and ErrInvalid,
// and with ErrDuplicate when the community has one of the name.
func (r *Register) AddTeam(ctx context.Context, who model.Actor, node model.ID, in model.TeamInput) (*model.ServiceTeam, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.ServiceTeam, error) {
		n, err := part(ctx, tx, who, model.OpAssignHousehold, node)
		if err != nil {
			return nil, err
		}
		t := &model.ServiceTeam{ID: r.store.NewID(), CommunityID: n.CommunityID, NodeID: n.ID, CreatedBy: who.MemberID, CreatedAt: r.now()}
		members, err := t.Write(in, 0, r.now())
		if err != nil {
			return nil, err
		}
		if err := wantMembers(ctx, tx, n.CommunityID, members); err != nil {
			return nil, err
		}
		if err := tx.Register.AddTeams(ctx, []*model.ServiceTeam{t}); err != nil {
			return nil, err
		}
		if err := tx.Register.SetTeamMembers(ctx, t.ID, members, r.store.NewID, r.now()); err != nil {
			return nil, err
		}
		return t, nameTeams(ctx, tx, []*model.ServiceTeam{t})
	})
}

// EditTeam replaces what is known of a team as it was read at a version. It fails with ErrNotFound, ErrForbidden, ErrStale,
// ErrTeamMember and ErrInvalid, and with ErrDuplicate when the community has another one of the name.
func (r *Register) EditTeam(ctx context.Context, who model.Actor, id model.ID, in model.TeamInput, version int64) (*model.ServiceTeam, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.ServiceTeam, error) {
		t, err := tx.Register.LockTeam(ctx, id)
		if err != nil {
			return nil, err
		}
		if _, err := part(ctx, tx, who, model.OpAssignHousehold, t.NodeID); err != nil {
			return nil, err
		}
		members, err := t.Write(in, version, r.now())
		if err != nil {
			return nil, err
		}
		if err := wantMembers(ctx, tx, t.CommunityID, members); err != nil {
			return nil, err
		}
		if err := tx.Register.UpdateTeam(ctx, t); err != nil {
			return nil, err
		}
		if err := tx.Register.SetTeamMembers(ctx, t.ID, members, r.store.NewID, r.now()); err != nil {
			return nil, err
		}
		return t, nameTeams(ctx, tx, []*model.ServiceTeam{t})
	})
}

// wantMembers fails with ErrTeamMember unless some people are all of a community.
func wantMembers(ctx context.Context, s *repository.Store, community model.ID, members []model.ID) error {
	found, err := s.Members.Some(ctx, members)
	for _, id := range members {
		if m := found[id]; err == nil && (m == nil || m.CommunityID != community || m.MergedInto != 0) {
			err = model.ErrTeamMember
		}
	}
	return err
}

// Teams lists the teams for parts of the tree within the caller's reach. It fails with ErrForbidden and ErrCursor.
func (r *Register) Teams(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.ServiceTeam], error) {
	reach, err := who.Reach(model.OpReadRegister)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("teams:%d", who.MemberID)
	after, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Register.Teams(ctx, who.Place.CommunityID, reach, after, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.ServiceTeam) int64 { return int64(last.ID) })
	return list, nameTeams(ctx, r.store, list.Items)
}

// nameTeams gives teams the names of their place and people, and for how many households they answer.
func nameTeams(ctx context.Context, s *repository.Store, teams []*model.ServiceTeam) error {
	var ids, nodes, people []model.ID
	for _, t := range teams {
		ids, nodes = append(ids, t.ID), append(nodes, t.NodeID)
	}
	members, err := s.Register.TeamMembers(ctx, ids)
	if err != nil {
		return err
	}
	for _, t := range teams {
		people = append(append(people, t.LeaderID), members[t.ID]...)
	}
	refs, err := s.Members.Refs(ctx, people)
	if err != nil {
		return err
	}
	names, err := s.Nodes.Names(ctx, nodes)
	if err != nil {
		return err
	}
	households, err := s.Register.CountCharges(ctx, ids)
	for _, t := range teams {
		t.Unit, t.Leader, t.Households, t.Members = model.NodeRef{ID: t.NodeID, Name: names[t.NodeID]}, refs[t.LeaderID], households[t.ID], []model.MemberRef{}
		for _, m := range members[t.ID] {
			t.Members = append(t.Members, refs[m])
		}
	}
	return err
}

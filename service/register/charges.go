package register

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// ChargeInput says who is to answer for a household: a person, a team's person, or a team's leader.
type ChargeInput struct {
	Member   model.ID
	Team     model.ID
	Replaces model.ID // the charge that stood when it was read, zero for none
}

// Assign says who answers for a household from now on (包保到户); who did before does not any more. It fails with ErrNotFound,
// ErrForbidden, with ErrStale when somebody else was assigned meanwhile, and with ErrChargeMember.
func (r *Register) Assign(ctx context.Context, who model.Actor, household model.ID, in ChargeInput) (*model.Charge, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.Charge, error) {
		n, err := r.release(ctx, tx, who, household, in.Replaces)
		if err != nil {
			return nil, err
		}
		member, err := answering(ctx, tx, n, in)
		if err != nil {
			return nil, err
		}
		c := &model.Charge{
			ID: r.store.NewID(), CommunityID: n.CommunityID, HouseholdID: n.ID, MemberID: member, TeamID: in.Team, Since: r.now(), AssignedBy: who.MemberID,
		}
		if err := tx.Register.AddCharges(ctx, []*model.Charge{c}); err != nil {
			return nil, err
		}
		if err := r.tellCharge(ctx, tx, n, c); err != nil {
			return nil, err
		}
		return c, nameCharges(ctx, tx, []*model.Charge{c})
	})
}

// Release ends that somebody answers for a household. It fails with ErrNotFound, ErrForbidden and ErrStale.
func (r *Register) Release(ctx context.Context, who model.Actor, household, charge model.ID) error {
	if charge == 0 {
		return model.ErrStale
	}
	return r.store.Tx(ctx, func(tx *repository.Store) error {
		_, err := r.release(ctx, tx, who, household, charge)
		return err
	})
}

// release locks a household and ends the charge that stands, which is the one that the caller read.
func (r *Register) release(ctx context.Context, tx *repository.Store, who model.Actor, household, read model.ID) (*model.Node, error) {
	n, err := home(ctx, tx, who, model.OpAssignHousehold, household)
	if err != nil {
		return nil, err
	}
	if err := tx.Nodes.Lock(ctx, n.ID); err != nil {
		return nil, err
	}
	charges, err := tx.Register.Charges(ctx, []model.ID{n.ID})
	if err != nil {
		return nil, err
	}
	had := charges[n.ID]
	switch {
	case had == nil && read == 0:
		return n, nil
	case had == nil || had.ID != read:
		return nil, model.ErrStale
	}
	had.End(who.MemberID, r.now())
	return n, tx.Register.EndCharge(ctx, had)
}

// answering returns who is to answer for a household. It fails with ErrChargeMember.
func answering(ctx context.Context, tx *repository.Store, n *model.Node, in ChargeInput) (model.ID, error) {
	member := in.Member
	if in.Team != 0 {
		t, err := tx.Register.LockTeam(ctx, in.Team)
		if errors.Is(err, model.ErrNotFound) || err == nil && (t.CommunityID != n.CommunityID || !t.Active) {
			err = model.ErrChargeMember
		}
		if err != nil {
			return 0, err
		}
		if member == 0 {
			member = t.LeaderID
		}
		members, err := tx.Register.TeamMembers(ctx, []model.ID{t.ID})
		if err == nil && !slices.Contains(members[t.ID], member) {
			err = model.ErrChargeMember
		}
		if err != nil {
			return 0, err
		}
	}
	found, err := tx.Members.Some(ctx, []model.ID{member})
	if m := found[member]; err == nil && (m == nil || m.CommunityID != n.CommunityID || m.MergedInto != 0 || m.HouseholdID == n.ID) {
		err = model.ErrChargeMember
	}
	return member, err
}

// tellCharge tells who answers for a household now where it is, but neither its door nor its flags.
func (r *Register) tellCharge(ctx context.Context, tx *repository.Store, n *model.Node, c *model.Charge) error {
	names, err := tx.Nodes.Names(ctx, []model.ID{n.BuildingID})
	if err != nil {
		return err
	}
	return notify.Tell(ctx, tx, &model.Notice{
		CommunityID: n.CommunityID, MemberID: c.MemberID, Kind: model.NoticeCharge, Title: "您有一户新的包保",
		Body: fmt.Sprintf("您现在是 %s 一户的包保人，请在“我的包保户”中查看。", names[n.BuildingID]),
		Ref:  model.NoticeRef{Type: model.RefHousehold, ID: n.ID}, Key: fmt.Sprintf("charge:%d", c.ID), CreatedAt: r.now(),
	})
}

// Charges lists who answers and answered for a household, newest first. It fails with ErrNotFound, ErrForbidden and ErrCursor.
func (r *Register) Charges(ctx context.Context, who model.Actor, household model.ID, page model.Page) (*model.List[*model.Charge], error) {
	n, err := home(ctx, r.store, who, model.OpReadRegister, household)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("charges:%d:%d", who.MemberID, household)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Register.ChargeHistory(ctx, n.ID, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Charge) int64 { return int64(last.ID) })
	return list, nameCharges(ctx, r.store, list.Items)
}

// nameCharges gives charges the names of who answers.
func nameCharges(ctx context.Context, s *repository.Store, charges []*model.Charge) error {
	var people, teams []model.ID
	for _, c := range charges {
		people = append(people, c.MemberID)
		if c.TeamID != 0 {
			teams = append(teams, c.TeamID)
		}
	}
	refs, err := s.Members.Refs(ctx, people)
	if err != nil {
		return err
	}
	names, err := s.Register.TeamNames(ctx, teams)
	for _, c := range charges {
		if c.Member = refs[c.MemberID]; c.TeamID != 0 {
			c.Team = &model.NodeRef{ID: c.TeamID, Name: names[c.TeamID]}
		}
	}
	return err
}

// Mine is a household for which the caller answers: where it is, but neither its door nor its flags.
type Mine struct {
	Charge      *model.Charge `json:"charge"`
	HouseholdID model.ID      `json:"household_id"`
	Building    model.NodeRef `json:"building"`
	Unit        model.NodeRef `json:"unit"`
	LastVisitAt model.Instant `json:"last_visit_at,omitzero"`
}

// Mine lists the households for which the caller answers. It fails with ErrUnbound and ErrCursor.
func (r *Register) Mine(ctx context.Context, who model.Actor, page model.Page) (*model.List[*Mine], error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	name := fmt.Sprintf("my-households:%d", who.MemberID)
	after, err := page.After(name)
	if err != nil {
		return nil, err
	}
	charges, err := r.store.Register.ChargesOf(ctx, who.MemberID, after, page.Size()+1)
	if err != nil {
		return nil, err
	}
	if err := nameCharges(ctx, r.store, charges); err != nil {
		return nil, err
	}
	ids := make([]model.ID, len(charges))
	for i, c := range charges {
		ids[i] = c.HouseholdID
	}
	homes, err := placesOf(ctx, r.store, ids)
	if err != nil {
		return nil, err
	}
	visits, err := r.store.Register.LastVisits(ctx, ids)
	mine := make([]*Mine, len(charges))
	for i, c := range charges {
		at := homes[c.HouseholdID]
		mine[i] = &Mine{c, c.HouseholdID, at.Building, at.Unit, visits[c.HouseholdID]}
	}
	return model.PageOf(name, page, mine, func(last *Mine) int64 { return int64(last.Charge.ID) }), err
}

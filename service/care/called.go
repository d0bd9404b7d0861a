package care

import (
	"context"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// maxNear is how many neighbours, and how many of hub households, one step calls.
const maxNear = 10

// called returns whom a step goes to, each once, and whether to the duty phone. Who was called by an earlier step is not
// again, unless nobody arrived.
func (c *Care) called(ctx context.Context, tx *repository.Store, a *model.Alarm, step *model.AlarmStep) (people []model.ID, phone bool, err error) {
	seen := map[model.ID]bool{a.ElderID: true}
	if !step.OfArrival() && step.StepNo > 0 {
		told, err := tx.Alarms.Recipients(ctx, a.ID)
		if err != nil {
			return nil, false, err
		}
		for _, id := range told {
			seen[id] = true
		}
	}
	for _, target := range step.To() {
		if target == model.TargetDutyPhone {
			s, err := tx.Doorbells.Settings(ctx, a.CommunityID)
			if err != nil {
				return nil, false, err
			}
			phone = s.DutyPhone != ""
			continue
		}
		found, err := c.target(ctx, tx, a, target)
		if err != nil {
			return nil, false, err
		}
		for _, id := range found {
			if !seen[id] {
				seen[id] = true
				people = append(people, id)
			}
		}
	}
	return people, phone, nil
}

func (c *Care) target(ctx context.Context, tx *repository.Store, a *model.Alarm, target model.Target) ([]model.ID, error) {
	switch target {
	case model.TargetPrimary:
		return paired(ctx, tx, a, model.PairPrimary)
	case model.TargetBackup:
		return paired(ctx, tx, a, model.PairBackup)
	case model.TargetNeighbour:
		found, err := tx.Doorbells.CarersNear(ctx, a.Place, model.Suited(caring), maxNear)
		if err != nil {
			return nil, err
		}
		return c.adults(ctx, tx, found)
	case model.TargetHub:
		found, err := tx.Doorbells.HubsNear(ctx, a.Place, maxNear)
		if err != nil {
			return nil, err
		}
		return c.adults(ctx, tx, found)
	case model.TargetGridWorker:
		return officers(ctx, tx, a.Place, model.RoleGridWorker)
	case model.TargetAdmin:
		return officers(ctx, tx, a.Place, model.RoleCommunityAdmin)
	}
	return nil, nil
}

// paired returns the active volunteers of a home, in their order.
func paired(ctx context.Context, tx *repository.Store, a *model.Alarm, kind model.PairKind) ([]model.ID, error) {
	pairs, err := tx.Doorbells.Pairs(ctx, a.HouseholdID)
	var ids []model.ID
	for _, p := range pairs {
		if p.Status == model.PairActive && p.Kind == kind {
			ids = append(ids, p.VolunteerID)
		}
	}
	return ids, err
}

// adults returns those who may be called to an emergency.
func (c *Care) adults(ctx context.Context, tx *repository.Store, ids []model.ID) ([]model.ID, error) {
	found, err := tx.Members.Some(ctx, ids)
	year := c.now().Time().Year()
	return slices.DeleteFunc(ids, func(id model.ID) bool { return found[id] == nil || !found[id].Adult(year) }), err
}

// officers returns who holds a role over a place.
func officers(ctx context.Context, tx *repository.Store, at model.Place, role model.Role) ([]model.ID, error) {
	held, err := tx.Roles.Officers(ctx, at.CommunityID, role)
	var ids []model.ID
	for _, r := range held {
		if (model.Grant{Role: r.Role, NodeID: r.NodeID, NodeKind: r.NodeKind}).Covers(at) {
			ids = append(ids, r.MemberID)
		}
	}
	return ids, err
}

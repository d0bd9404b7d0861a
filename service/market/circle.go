package market

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// circle is who has a part in a request; who lives with one of them is as near to it as they are.
type circle map[model.ID]*model.Member

// circleOf returns who asked for a request, posted it, and has or had a claim on it.
func circleOf(ctx context.Context, s *repository.Store, r *model.HelpRequest) (circle, error) {
	return s.Members.Some(ctx, r.Parties())
}

// has reports whether somebody is one of them, or lives with one.
func (c circle) has(member model.ID, home model.Place) bool {
	if c[member] != nil {
		return true
	}
	for _, m := range c {
		if m.HouseholdID != 0 && m.HouseholdID == home.HouseholdID {
			return true
		}
	}
	return false
}

// apart fails with ErrForbidden for who has a part in a request, or lives with somebody who has.
func apart(ctx context.Context, s *repository.Store, who model.Actor, r *model.HelpRequest) error {
	parties, err := circleOf(ctx, s, r)
	if err == nil && parties.has(who.MemberID, who.Place) {
		err = model.ErrForbidden
	}
	return err
}

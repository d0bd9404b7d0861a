package campaign

import (
	"context"

	"linbanglin/model"
)

// Copy makes a draft out of a campaign that the caller manages, with all but its people, at another time. It fails with
// ErrForbidden, and as Create does.
func (s *Campaigns) Copy(ctx context.Context, who model.Actor, id model.ID, at model.Instant) (*model.Campaign, error) {
	c, err := s.store.Campaigns.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.mayManage(ctx, s.store, who, c); err != nil {
		return nil, err
	}
	fence, err := s.store.Campaigns.Fence(ctx, id)
	if err != nil {
		return nil, err
	}
	in := inputOf(c, at)
	in.fence = fence
	return s.Create(ctx, who, in)
}

// inputOf returns the plan of a campaign, moved to another time.
func inputOf(c *model.Campaign, at model.Instant) Input {
	by := at.Time().Sub(c.StartsAt.Time())
	return Input{
		Theme: c.Theme, Title: c.Title, Description: c.Description, StartsAt: at, EndsAt: c.EndsAt.Add(by),
		Scope: c.ScopeNodeID, Budget: c.Budget, Capacity: c.Capacity, Rules: c.Rules, Plan: c.Plan.Shift(by),
	}
}

package campaign

import (
	"context"
	"fmt"
	"math"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// Themes lists the themes of the caller's community, for whoever reads campaigns anywhere in it.
func (s *Campaigns) Themes(ctx context.Context, who model.Actor) ([]*model.Theme, error) {
	if _, err := who.Reach(model.OpReadCampaigns); err != nil {
		return nil, err
	}
	return s.store.Campaigns.Themes(ctx, who.Place.CommunityID)
}

// sight returns which campaigns the caller may read.
func (s *Campaigns) sight(ctx context.Context, who model.Actor) (model.Sight, error) {
	return who.Sees(model.OpReadCampaigns, func(ids []model.ID) ([]*model.Node, error) { return s.store.Nodes.ByIDs(ctx, ids) })
}

// Campaign returns one campaign. It fails with ErrNotFound for one out of the caller's sight; drafts are
// there only for those who manage them.
func (s *Campaigns) Campaign(ctx context.Context, who model.Actor, id model.ID) (*model.Campaign, error) {
	sight, err := s.sight(ctx, who)
	if err != nil {
		return nil, err
	}
	c, err := s.store.Campaigns.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if c.CommunityID != who.Place.CommunityID {
		return nil, model.ErrNotFound
	}
	if c.Status == model.CampaignDraft {
		return c, s.mayManage(ctx, s.store, who, c)
	}
	scope, err := s.store.Nodes.Get(ctx, c.ScopeNodeID)
	if err == nil && !sight.Shows(scope) {
		err = model.ErrNotFound
	}
	return c, err
}

// List lists campaigns in the caller's sight, newest first. Drafts are listed for those who manage
// campaigns. It fails with ErrCursor.
func (s *Campaigns) List(ctx context.Context, who model.Actor, states []model.CampaignStatus, page model.Page) (*model.List[*model.Campaign], error) {
	sight, err := s.sight(ctx, who)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("campaigns:%d:%v", who.MemberID, states)
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	q := &repository.CampaignQuery{Community: who.Place.CommunityID, Sight: sight, States: states, Before: math.MaxInt64, Limit: page.Size() + 1}
	if after != nil {
		q.Before = model.ID(after[0])
	}
	if _, err := who.Reach(model.OpManageCampaign); err != nil {
		q.States = public(states)
	}
	rows, err := s.store.Campaigns.List(ctx, q)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Campaign) int64 { return int64(last.ID) })
	list.Items = slices.DeleteFunc(list.Items, func(c *model.Campaign) bool {
		return c.Status == model.CampaignDraft && s.mayManage(ctx, s.store, who, c) != nil
	})
	return list, nil
}

// public takes drafts from the states; no state means all but drafts.
func public(states []model.CampaignStatus) []model.CampaignStatus {
	if len(states) == 0 {
		return []model.CampaignStatus{model.CampaignPublished, model.CampaignClosing, model.CampaignDone}
	}
	shown := slices.DeleteFunc(slices.Clone(states), func(s model.CampaignStatus) bool { return s == model.CampaignDraft })
	if len(shown) == 0 {
		return []model.CampaignStatus{"none"}
	}
	return shown
}

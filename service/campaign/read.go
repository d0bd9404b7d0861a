package campaign

import (
	"context"
	"errors"
	"fmt"
	"math"

	"linbanglin/model"
	"linbanglin/repository"
)

// sight returns which campaigns the caller may read.
func (s *Campaigns) sight(ctx context.Context, who model.Actor) (model.Sight, error) {
	return who.Sees(model.OpReadCampaigns, func(ids []model.ID) ([]*model.Node, error) { return s.store.Nodes.ByIDs(ctx, ids) })
}

// Campaign returns one campaign with the changes of its budget. It fails with ErrNotFound for one out of the caller's
// sight; drafts are there only for those who manage them. Officers of an organisation that makes it with the community
// see it wherever it is.
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
	if err := s.mayRead(ctx, who, sight, c); errors.Is(err, model.ErrNotFound) {
		if err := s.wantOrganiser(ctx, who, c); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	return s.show(c), s.recallBudget(ctx, s.store, who, c)
}

// mayRead fails with ErrNotFound for a campaign out of sight, and for one that is private unless the caller
// manages it.
func (s *Campaigns) mayRead(ctx context.Context, who model.Actor, sight model.Sight, c *model.Campaign) error {
	if c.Private() {
		return s.mayManage(ctx, s.store, who, c)
	}
	scope, err := s.store.Nodes.Get(ctx, c.ScopeNodeID)
	if err == nil && !sight.Shows(scope) {
		err = model.ErrNotFound
	}
	return err
}

// show completes a campaign that was read with how it stands now.
func (s *Campaigns) show(c *model.Campaign) *model.Campaign {
	c.Status, c.Approved = c.Shown(s.now()), c.ApprovedBy != 0
	return c
}

// List lists campaigns in the caller's sight, newest first: those that are published with those that run. What is not
// published yet is listed for those who manage it. It fails with ErrCursor.
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
	q := &repository.CampaignQuery{Community: who.Place.CommunityID, Sight: sight, States: states, Now: s.now(), Before: math.MaxInt64, Limit: page.Size() + 1}
	if after != nil {
		q.Before = model.ID(after[0])
	}
	q.Manages, _ = who.Reach(model.OpManageCampaign) // without an office nothing that is not published is listed
	rows, err := s.store.Campaigns.List(ctx, q)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Campaign) int64 { return int64(last.ID) })
	for _, c := range list.Items {
		s.show(c)
	}
	return list, nil
}

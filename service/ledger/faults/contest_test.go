package faults

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/campaign"
)

// newContest makes a campaign that only its seed is about.
func (s *site) newContest() *model.Campaign {
	c := &model.Campaign{
		ID: s.calm.store.NewID(), CommunityID: s.Community.ID, ScopeNodeID: s.Community.ID, ScopeKind: model.KindCommunity, Theme: "lao", Title: "y",
		StartsAt: testworld.Now, EndsAt: testworld.Now.Add(365 * 24 * time.Hour), Status: model.CampaignPublished, Secret: []byte{1}, Digest: []byte{},
		Version: 1, CreatedAt: testworld.Now, UpdatedAt: testworld.Now,
	}
	s.must(s.calm.store.Campaigns.Create(s.t.Context(), c))
	return c
}

// early reports whether what an organizer wants comes too early, or has been done.
func early(err error) bool {
	for _, e := range []error{model.ErrCampaignState, model.ErrNotReady, model.ErrUnsettled, model.ErrUnchanged, model.ErrRevisions} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// run does one of the things that end the contest. What was booked after it is listed, and goes into a revision.
func run(ctx context.Context, p *process, random *rand.Rand) (err error) {
	admin, campaigns := p.Holder(model.RoleCommunityAdmin), campaign.New(p.store, p.ledger, p.now)
	switch random.IntN(4) {
	case 0:
		_, err = campaigns.Close(ctx, admin, p.contest.ID)
	case 1:
		_, err = campaigns.Settle(ctx, admin, p.contest.ID)
	case 2:
		_, err = p.boards.Revise(ctx, admin, p.contest.ID, "申诉成立")
	case 3:
		_, err = p.boards.Standings(ctx, admin, p.contest.ID, 0, model.Page{})
	}
	if early(err) {
		return nil
	}
	return err
}

// end ends the contest, whatever was done of that, and wants its last standings to have all that was booked.
func (p *process) end(ctx context.Context) error {
	admin, campaigns := p.Holder(model.RoleCommunityAdmin), campaign.New(p.store, p.ledger, p.now)
	count := func() error { return errors.Join(p.ledger.SealAll(ctx), p.boards.CatchUp(ctx)) }
	for _, step := range []func() error{
		func() error { _, err := campaigns.Close(ctx, admin, p.contest.ID); return err },
		count,
		func() error { _, err := campaigns.Settle(ctx, admin, p.contest.ID); return err },
		count,
		func() error { _, err := p.boards.Revise(ctx, admin, p.contest.ID, "补记"); return err },
		count,
	} {
		if err := step(); err != nil && !early(err) {
			return err
		}
	}
	s, err := p.boards.Standings(ctx, admin, p.contest.ID, 0, model.Page{Limit: 100})
	if err != nil {
		return err
	}
	for _, a := range s.Adjustments {
		if a.Revision == 0 {
			return errors.New("the last standings lack an adjustment")
		}
	}
	return nil
}

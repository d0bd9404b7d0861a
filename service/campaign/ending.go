package campaign

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// end closes a locked campaign.
func (s *Campaigns) end(ctx context.Context, tx *repository.Store, c *model.Campaign, now model.Instant) error {
	if err := c.Move(model.CampaignClosing, now); err != nil {
		return err
	}
	if err := tx.Visits.ReleaseAll(ctx, c.ID); err != nil {
		return err
	}
	return s.mark(ctx, tx, c, now)
}

// endsPage is how many campaigns that are over are looked at together.
const endsPage = 100

// SweepEnds closes campaigns that nobody closed some time after their end, and tells who planned them. It reads the
// state, so any number of processes may run it, at any time. It returns how many it closed.
func (s *Campaigns) SweepEnds(ctx context.Context) (ended int, err error) {
	var due []model.ID
	for after := model.ID(0); ; {
		found, err := s.store.Campaigns.Ended(ctx, s.now(), after, endsPage)
		if err != nil {
			return 0, err
		}
		for _, c := range found {
			if after = c.ID; s.now() >= c.ClosesAt() {
				due = append(due, c.ID)
			}
		}
		if len(found) < endsPage {
			break
		}
	}
	if len(due) == 0 {
		return 0, nil
	}
	defer s.ledger.Nudge()
	return s.store.Each(ctx, "close campaign", due, func(tx *repository.Store, id model.ID) (bool, error) {
		return s.endDue(ctx, tx, id)
	})
}

// endDue closes one campaign, unless somebody was faster.
func (s *Campaigns) endDue(ctx context.Context, tx *repository.Store, id model.ID) (bool, error) {
	defer s.recent.Forget(id)
	c, err := tx.Campaigns.Lock(ctx, id)
	if err != nil || c.Status != model.CampaignPublished {
		return false, err
	}
	if err := s.end(ctx, tx, c, s.now()); err != nil {
		return false, err
	}
	if err := tx.Campaigns.Update(ctx, c); err != nil {
		return false, err
	}
	return true, notify.Tell(ctx, tx, campaignNotice(c, planner(c), model.NoticeCampaignClosed, "closed", "活动已自动结束",
		fmt.Sprintf("活动「%s」结束已久，系统已为您关闭；请公示结果并结算，剩余预算会退回。", c.Title), s.now()))
}

// planner returns who answers for a campaign: who wrote its plan last.
func planner(c *model.Campaign) model.ID {
	if c.PlannedBy == 0 { // from before that was kept
		return c.CreatedBy
	}
	return c.PlannedBy
}

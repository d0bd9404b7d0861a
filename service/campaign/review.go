package campaign

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// Submit asks for the review of a draft by a second person, and tells those who can be. It fails with ErrPeriod when it is over already, and with
// ErrCampaignState.
func (s *Campaigns) Submit(ctx context.Context, who model.Actor, id model.ID) (*model.Campaign, error) {
	return s.change(ctx, who, id, func(tx *repository.Store, c *model.Campaign, now model.Instant) error {
		if err := c.Submit(who.MemberID, now); err != nil {
			return err
		}
		return tellManagers(ctx, tx, c, []model.ID{c.CreatedBy, c.PlannedBy, c.SubmittedBy}, campaignNotice(c, 0, model.NoticeCampaignSubmitted,
			fmt.Sprintf("submitted:%d", c.Version), "有活动等待审核", fmt.Sprintf("活动「%s」已提交，等待第二人审核。", c.Title), now))
	})
}

// Approve says that a campaign in review may be published, and tells who made it. It fails with ErrOwnCampaign for who
// created it, edited it last or submitted it, and with ErrCampaignState.
func (s *Campaigns) Approve(ctx context.Context, who model.Actor, id model.ID) (*model.Campaign, error) {
	return s.change(ctx, who, id, func(tx *repository.Store, c *model.Campaign, now model.Instant) error {
		if err := c.Approve(who.MemberID, now); err != nil {
			return err
		}
		return notify.Tell(ctx, tx, campaignNotice(c, c.SubmittedBy, model.NoticeCampaignReview, fmt.Sprintf("review:%d", c.Version),
			"活动已审核通过", fmt.Sprintf("活动「%s」已审核通过，可以发布了。", c.Title), now))
	})
}

// SendBack makes a campaign in review a draft again, with a reason that its makers are told. It fails with
// ErrCampaignState.
func (s *Campaigns) SendBack(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.Campaign, error) {
	return s.change(ctx, who, id, func(tx *repository.Store, c *model.Campaign, now model.Instant) error {
		submitter := c.SubmittedBy
		if err := c.SendBack(reason, now); err != nil {
			return err
		}
		return notify.Tell(ctx, tx, campaignNotice(c, submitter, model.NoticeCampaignReview, fmt.Sprintf("review:%d", c.Version),
			"活动被退回修改", fmt.Sprintf("活动「%s」被退回修改：%s", c.Title, reason), now))
	})
}

// Cancel calls a campaign off: everyone who signed up, is there or makes a visit is told, and what is left of the budget
// goes back to the pool. Who is there is checked out without minutes, and visits are nobody's any more. It fails with
// ErrCampaignState once it is over or closed.
func (s *Campaigns) Cancel(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.Campaign, error) {
	defer s.ledger.Nudge()
	return s.change(ctx, who, id, func(tx *repository.Store, c *model.Campaign, now model.Instant) error {
		if err := c.Cancel(reason, now); err != nil || c.Private() {
			return err
		}
		if err := s.returnBudget(ctx, tx, who.MemberID, c); err != nil {
			return err
		}
		if err := s.mark(ctx, tx, c, now); err != nil {
			return err
		}
		concerned, err := tx.Campaigns.Concerned(ctx, c.ID)
		if err != nil {
			return err
		}
		notices := make([]*model.Notice, len(concerned))
		for i, member := range concerned {
			notices[i] = campaignNotice(c, member, model.NoticeCampaignCancelled, "cancelled", "活动取消",
				fmt.Sprintf("很抱歉，活动「%s」取消了：%s", c.Title, reason), now)
		}
		if err := errors.Join(tx.Campaigns.EndCheckins(ctx, c.ID, now), tx.Visits.ReleaseAll(ctx, c.ID)); err != nil {
			return err
		}
		return notify.Tell(ctx, tx, notices...)
	})
}

// campaignNotice tells a member something about a campaign, once under a key.
func campaignNotice(c *model.Campaign, member model.ID, kind model.NoticeKind, key, title, text string, now model.Instant) *model.Notice {
	return &model.Notice{
		CommunityID: c.CommunityID, MemberID: member, Kind: kind, Key: "campaign:" + c.ID.String() + ":" + key, Title: title, Body: text,
		Ref: model.NoticeRef{Type: model.RefCampaign, ID: c.ID}, CreatedAt: now,
	}
}

// Settings returns what the caller's community chose for its campaigns, for those who manage some. It fails with
// ErrForbidden.
func (s *Campaigns) Settings(ctx context.Context, who model.Actor) (*model.CampaignSettings, error) {
	if _, err := who.Reach(model.OpManageCampaign); err != nil {
		return nil, err
	}
	return s.store.Campaigns.Settings(ctx, who.Place.CommunityID)
}

// SetSettings chooses whether campaigns are reviewed. It fails with ErrForbidden, and with ErrStale when the settings
// were changed meanwhile.
func (s *Campaigns) SetSettings(ctx context.Context, who model.Actor, review bool, version int64) (*model.CampaignSettings, error) {
	if err := who.May(model.OpSetCampaigns, wholeCommunity(who)); err != nil {
		return nil, err
	}
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.CampaignSettings, error) {
		settings := &model.CampaignSettings{
			CommunityID: who.Place.CommunityID, Review: review, Version: version + 1, UpdatedBy: who.MemberID, UpdatedAt: s.now(),
		}
		return settings, tx.Campaigns.SaveSettings(ctx, settings)
	})
}

package disclosure

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// PublishResult puts what the members earned in a campaign that is closed before its neighbours, for some days, 7 when 0.
// Appeals against it are heard as those against published points. It fails with ErrForbidden or ErrNotFound for a campaign
// out of reach, with ErrCampaignState before it is closed and when it was cancelled, with ErrNotReady while check-outs that
// were forgotten are to be booked, with ErrResultPublished unless an earlier one was withdrawn,
// and with ErrNothingToPublish.
func (d *Disclosure) PublishResult(ctx context.Context, who model.Actor, id model.ID, days int) (*model.Publication, error) {
	return repository.Once(ctx, d.store, d.now(), func(tx *repository.Store) (*model.Publication, error) {
		c, err := tx.Campaigns.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		p := &model.Publication{
			ID: d.store.NewID(), Kind: model.PublishCampaign, CampaignID: id, Title: c.Title, CreatedBy: who.MemberID,
			FromDay: min(c.StartsAt.Day(), c.CreatedAt.Day()), ToDay: d.now().Day(),
		}
		if err := aim(ctx, tx, who, c.ScopeNodeID, p); err != nil {
			return nil, err
		}
		if err := mayPublishResult(ctx, tx, c); err != nil {
			return nil, err
		}
		if err := p.Open(days, d.now()); err != nil {
			return nil, err
		}
		rows, err := tx.Points.CampaignEarned(ctx, c.CommunityID, id, p.FromDay, p.ToDay)
		if err != nil {
			return nil, err
		}
		items, err := itemsOf(ctx, tx, p, rows)
		if err != nil {
			return nil, err
		}
		if len(items) == 0 {
			return nil, model.ErrNothingToPublish
		}
		p.Freeze(items)
		if c.Status == model.CampaignClosing {
			if err := moveCampaign(ctx, tx, c, model.CampaignPublication, d.now()); err != nil {
				return nil, err
			}
		}
		if err := tx.Publications.Create(ctx, p, items); err != nil {
			return nil, err
		}
		if err := tellResult(ctx, tx, p, items); err != nil {
			return nil, err
		}
		return viewPublication(ctx, tx, p)
	})
}

// tellResult tells those who are listed that the result of a campaign is published, and until when they may object.
func tellResult(ctx context.Context, tx *repository.Store, p *model.Publication, items []*model.PublicationItem) error {
	var notices []*model.Notice
	for _, i := range items {
		notices = append(notices, &model.Notice{
			CommunityID: p.CommunityID, MemberID: i.MemberID, Kind: model.NoticeCampaignResult, Key: "result:" + p.ID.String(), Title: "活动结果公示",
			Body: fmt.Sprintf("您参加的活动「%s」正在公示结果，如有出入请在 %s 前提出异议。", p.Title, p.EndsAt.Time().Format("1月2日 15:04")),
			Ref:  model.NoticeRef{Type: model.RefCampaign, ID: p.CampaignID}, CreatedAt: p.StartsAt,
		})
	}
	return notify.Tell(ctx, tx, notices...)
}

// moveCampaign changes the state of a locked campaign as its result is published or withdrawn.
func moveCampaign(ctx context.Context, tx *repository.Store, c *model.Campaign, to model.CampaignStatus, now model.Instant) error {
	if err := c.Move(to, now); err != nil {
		return err
	}
	return tx.Campaigns.Update(ctx, c)
}

// reopen has a campaign be closed and no more, as a publication of its result is withdrawn; none when it is 0. The
// publication is locked before it, as where an appeal is decided.
func reopen(ctx context.Context, tx *repository.Store, id model.ID, now model.Instant) error {
	if id == 0 {
		return nil
	}
	c, err := tx.Campaigns.Lock(ctx, id)
	if err != nil || c.Status != model.CampaignPublication {
		return err
	}
	return moveCampaign(ctx, tx, c, model.CampaignClosing, now)
}

// mayPublishResult fails unless a locked campaign is closed and counted, and its result is not published.
func mayPublishResult(ctx context.Context, tx *repository.Store, c *model.Campaign) error {
	if c.ClosedAt == 0 || c.Status == model.CampaignCancelled {
		return model.ErrCampaignState
	}
	if !c.Forgives() && c.Rules.ForgottenMinutes > 0 {
		open, err := tx.Campaigns.HasOpenCheckins(ctx, c.ID)
		if err != nil {
			return err
		}
		if open {
			return model.ErrNotReady.Saying("还有未签退的成员，时长正在按规则登记，请稍后再公示", "Check-outs that were forgotten are being booked; please publish a little later.")
		}
	}
	_, err := tx.Publications.CampaignResult(ctx, c.ID)
	if err == nil {
		return model.ErrResultPublished
	}
	if errors.Is(err, model.ErrNotFound) {
		return nil
	}
	return err
}

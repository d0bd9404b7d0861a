package disclosure

import (
	"context"
	"errors"

	"linbanglin/model"
	"linbanglin/repository"
)

// PublishResult puts what the members earned in a campaign that is closed before its neighbours, for some days, 7 when 0.
// Appeals against it are heard as those against published points. It fails with ErrForbidden or ErrNotFound for a campaign
// out of reach, with ErrCampaignState before it is closed, with ErrResultPublished unless an earlier one was withdrawn,
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
		return viewPublication(ctx, tx, p)
	})
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

// mayPublishResult fails unless a locked campaign is closed and its result is not published.
func mayPublishResult(ctx context.Context, tx *repository.Store, c *model.Campaign) error {
	if c.ClosedAt == 0 {
		return model.ErrCampaignState
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

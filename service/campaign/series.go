package campaign

import (
	"context"
	"errors"
	"fmt"
	"math"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/recurrence"
)

// SeriesInput is a campaign that comes again. Its StartsAt and EndsAt are those of the first time.
type SeriesInput struct {
	Input
	Rule        string // RFC 5545 RRULE
	AutoPublish bool   // where no review is required
}

const (
	// maxInstances is how many instances of a series are shown.
	maxInstances = 100
	sweepBatch   = 50
)

// CreateSeries plans a campaign that comes again. Its campaigns are made by SweepSeries. It fails with ErrSeriesRule,
// and as Create does.
func (s *Campaigns) CreateSeries(ctx context.Context, who model.Actor, in SeriesInput) (*model.CampaignSeries, error) {
	now := s.now()
	first := &model.Campaign{CommunityID: who.Place.CommunityID, CreatedBy: who.MemberID, Status: model.CampaignDraft}
	if err := s.apply(ctx, who, in.Input, first); err != nil {
		return nil, err
	}
	rule, err := recurrence.Read(in.Rule, in.StartsAt, now)
	if err != nil {
		return nil, err
	}
	series := model.NewCampaignSeries(s.store.NewID(), first, rule.Text, rule.Words(), rule.Times, now)
	series.AutoPublish = in.AutoPublish
	return repository.Once(ctx, s.store, now, func(tx *repository.Store) (*model.CampaignSeries, error) {
		if err := wantTheme(ctx, tx, first); err != nil {
			return nil, err
		}
		return series, tx.Campaigns.CreateSeries(ctx, series)
	})
}

// mayManageSeries fails with ErrNotFound unless the caller manages campaigns at the scope of a series.
func (s *Campaigns) mayManageSeries(ctx context.Context, store *repository.Store, who model.Actor, series *model.CampaignSeries) error {
	return s.mayManage(ctx, store, who, &model.Campaign{CommunityID: series.CommunityID, ScopeNodeID: series.ScopeNodeID, Status: model.CampaignDraft})
}

// Series returns one series with its next instances, for who manages it. It fails with ErrNotFound.
func (s *Campaigns) Series(ctx context.Context, who model.Actor, id model.ID) (*model.CampaignSeries, error) {
	series, err := s.store.Campaigns.Series(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.mayManageSeries(ctx, s.store, who, series); err != nil {
		return nil, err
	}
	series.Instances, err = s.store.Campaigns.SeriesInstances(ctx, id, s.now(), math.MaxInt64, maxInstances)
	return series, err
}

// SeriesList lists the series that the caller manages, newest first, without their instances. It fails with ErrForbidden
// and ErrCursor.
func (s *Campaigns) SeriesList(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.CampaignSeries], error) {
	reach, err := who.Reach(model.OpManageCampaign)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("campaign series:%d", who.MemberID)
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.Campaigns.SeriesList(ctx, who.Place.CommunityID, reach, firstID(after), page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.CampaignSeries) int64 { return int64(last.ID) })
	for _, x := range list.Items {
		x.Instances = []*model.CampaignInstance{}
	}
	return list, nil
}

// EndSeries has no more campaigns come of a series; those that were made stay. It fails with ErrNotFound and
// ErrSeriesState.
func (s *Campaigns) EndSeries(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.CampaignSeries, error) {
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.CampaignSeries, error) {
		series, err := tx.Campaigns.LockSeries(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := s.mayManageSeries(ctx, tx, who, series); err != nil {
			return nil, err
		}
		if err := series.End(reason, s.now()); err != nil {
			return nil, err
		}
		if err := tx.Campaigns.EndSeries(ctx, series); err != nil {
			return nil, err
		}
		series.Instances, err = tx.Campaigns.SeriesInstances(ctx, id, s.now(), math.MaxInt64, maxInstances)
		return series, err
	})
}

// SkipInstance leaves one time of a series out. It fails with ErrNotFound when the series has no such time, and with
// ErrSeriesState when that is over or became a campaign.
func (s *Campaigns) SkipInstance(ctx context.Context, who model.Actor, id model.ID, at model.Instant) (*model.CampaignSeries, error) {
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.CampaignSeries, error) {
		series, err := tx.Campaigns.LockSeries(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := s.mayManageSeries(ctx, tx, who, series); err != nil {
			return nil, err
		}
		i, err := tx.Campaigns.Instance(ctx, id, at)
		if err != nil {
			return nil, err
		}
		if err := series.Skip(i, s.now()); err != nil {
			return nil, err
		}
		if err := errors.Join(tx.Campaigns.UpdateInstance(ctx, i), tx.Campaigns.UpdateSeries(ctx, series)); err != nil {
			return nil, err
		}
		series.Instances, err = tx.Campaigns.SeriesInstances(ctx, id, s.now(), math.MaxInt64, maxInstances)
		return series, err
	})
}

// SweepSeries makes the campaigns of what falls within CampaignsAhead: drafts, which are told of, or published ones where
// the series says so, the community wants no review, and who planned the series may still do so. It reads the state, so any number of processes may run it, at any time: each
// instance becomes a campaign once. It returns of how many series it made campaigns.
func (s *Campaigns) SweepSeries(ctx context.Context) (moved int, err error) {
	now := s.now()
	ids, err := s.store.Campaigns.DueSeries(ctx, now, now.Add(model.CampaignsAhead), sweepBatch)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	defer s.ledger.Nudge()
	return s.store.Each(ctx, "sweep campaign series", ids, func(tx *repository.Store, id model.ID) (bool, error) {
		return s.makeDue(ctx, tx, id, now)
	})
}

// makeDue makes the campaigns of one series that are due, unless another process was faster.
func (s *Campaigns) makeDue(ctx context.Context, tx *repository.Store, id model.ID, now model.Instant) (bool, error) {
	series, err := tx.Campaigns.LockSeries(ctx, id)
	if err != nil || series.Status != model.SeriesActive {
		return false, err
	}
	due, err := tx.Campaigns.SeriesInstances(ctx, id, now, now.Add(model.CampaignsAhead), recurrence.MaxTimes, model.InstancePlanned)
	if err != nil || len(due) == 0 {
		return false, err
	}
	unfit, err := s.unfit(ctx, tx, series)
	if err != nil {
		return false, err
	}
	fence, err := tx.Campaigns.SeriesFence(ctx, id)
	if err != nil {
		return false, err
	}
	for _, i := range due {
		if err := s.make(ctx, tx, series, i, fence, unfit, now); err != nil {
			return false, err
		}
	}
	return true, nil
}

// make makes the campaign of one time of a locked series, and publishes it or tells of the draft and why it is one.
func (s *Campaigns) make(ctx context.Context, tx *repository.Store, series *model.CampaignSeries, i *model.CampaignInstance, fence *model.Fence, unfit draftReason, now model.Instant) error {
	secret, err := newSecret()
	if err != nil {
		return err
	}
	c := series.Campaign(tx.NewID(), i.StartsAt, secret, now)
	if err := tx.Campaigns.Create(ctx, c); err != nil {
		return err
	}
	if err := copyFence(ctx, tx, fence, c); err != nil {
		return err
	}
	i.Status, i.CampaignID = model.InstanceMade, c.ID
	if err := tx.Campaigns.UpdateInstance(ctx, i); err != nil {
		return err
	}
	if unfit != fitToPublish {
		return tellOfDraft(ctx, tx, c, unfit, now)
	}
	if err := s.publish(ctx, tx, series.CreatedBy, c, now); err != nil {
		return err
	}
	return tx.Campaigns.Update(ctx, c)
}

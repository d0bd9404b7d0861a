package repository

import (
	"context"
	"errors"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Fence returns the fence of a campaign, nil when it has none.
func (c Campaigns) Fence(ctx context.Context, campaign model.ID) (*model.Fence, error) {
	fence := new(model.Fence)
	err := c.from(ctx).Where("campaign_id = ?", campaign).Take(fence).Error
	if errors.Is(err, model.ErrNotFound) {
		return nil, nil
	}
	return fence.Shown(), err
}

// SeriesFence returns the fence of the last campaign of a series that has one, nil when none has.
func (c Campaigns) SeriesFence(ctx context.Context, series model.ID) (*model.Fence, error) {
	var rows []*model.Fence
	err := c.from(ctx).Where("campaign_id IN (SELECT campaign_id FROM campaign_series_instance WHERE series_id = ? AND campaign_id <> 0)", series).
		Order("campaign_id DESC").Limit(1).Find(&rows).Error
	return append(rows, nil)[0], err
}

// SetFence puts a fence around a campaign, instead of one that it had.
func (c Campaigns) SetFence(ctx context.Context, fence *model.Fence) error {
	return c.to(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "campaign_id"}}, UpdateAll: true}).Create(fence).Error
}

// Refuse puts a refused check-in on the list of its campaign, unless it is there.
func (c Campaigns) Refuse(ctx context.Context, refusal *model.Refusal) error {
	return c.to(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(refusal).Error
}

// notInSince leaves out those refused check-ins whose members came in later.
const notInSince = "NOT EXISTS (SELECT 1 FROM campaign_checkin k WHERE k.campaign_id = campaign_refusal.campaign_id " +
	"AND k.session = campaign_refusal.session AND k.member_id = campaign_refusal.member_id)"

// Refused returns check-ins of a campaign that were refused and not made since, in the order in which they were refused,
// after one.
func (c Campaigns) Refused(ctx context.Context, campaign, after model.ID, limit int) ([]*model.Refusal, error) {
	var rows []*model.Refusal
	err := c.from(ctx).Where("campaign_id = ? AND id > ?", campaign, after).Where(notInSince).Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// RefusedFor returns the members who wait outside of a campaign for a reason, the code of an error.
func (c Campaigns) RefusedFor(ctx context.Context, campaign model.ID, reason string) ([]model.ID, error) {
	var ids []model.ID
	err := c.from(ctx).Model(&model.Refusal{}).Distinct().Where("campaign_id = ? AND reason = ?", campaign, reason).Where(notInSince).
		Order("member_id").Pluck("member_id", &ids).Error
	return ids, err
}

// WithOpenCheckins returns, in the order of their ids and after one, campaigns that are closed or over and have check-ins
// without a check-out.
func (c Campaigns) WithOpenCheckins(ctx context.Context, now model.Instant, after model.ID, limit int) ([]*model.Campaign, error) {
	var rows []*model.Campaign
	err := c.from(ctx).Where("id > ? AND id IN (SELECT campaign_id FROM campaign_checkin WHERE checked_out_at = 0)", after).
		Where("closed_at <> 0 OR ends_at <= ?", now).Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// EndCheckins ends the check-ins of a campaign without a check-out, as they are.
func (c Campaigns) EndCheckins(ctx context.Context, campaign model.ID, now model.Instant) error {
	return c.to(ctx).Exec("UPDATE campaign_checkin SET checked_out_at = ? WHERE campaign_id = ? AND checked_out_at = 0", now, campaign).Error
}

// HasOpenCheckins reports whether a campaign has a check-in without a check-out.
func (c Campaigns) HasOpenCheckins(ctx context.Context, campaign model.ID) (bool, error) {
	var one int
	err := c.from(ctx).Raw("SELECT 1 FROM campaign_checkin WHERE campaign_id = ? AND checked_out_at = 0 LIMIT 1", campaign).Scan(&one).Error
	return one == 1, err
}

// Ended returns, in the order of their ids and after one, published campaigns that were over by a time.
func (c Campaigns) Ended(ctx context.Context, by model.Instant, after model.ID, limit int) ([]*model.Campaign, error) {
	var rows []*model.Campaign
	err := c.from(ctx).Where("id > ? AND status = ? AND ends_at <= ?", after, model.CampaignPublished, by).Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// LockOpenCheckins returns some check-ins of a campaign without a check-out, and locks them until the transaction ends.
func (c Campaigns) LockOpenCheckins(ctx context.Context, campaign model.ID, limit int) ([]*model.Checkin, error) {
	var rows []*model.Checkin
	err := c.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).
		Where("campaign_id = ? AND checked_out_at = 0", campaign).Order("session, member_id").Limit(limit).Find(&rows).Error
	return rows, err
}

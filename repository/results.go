package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// CampaignEarned returns what members earned in a campaign on the days of a period, reversals taken off, by member.
func (p Points) CampaignEarned(ctx context.Context, community, campaign model.ID, from, to model.Day) ([]*Earned, error) {
	var rows []*Earned
	err := p.from(ctx).Table("point_transfer").
		Select("member_id, measure, class, SUM(CASE WHEN measure = ? THEN score WHEN kind = ? THEN -amount ELSE amount END) AS amount",
			model.Points, model.KindReverse).
		Where("community_id = ? AND biz_day BETWEEN ? AND ? AND campaign_id = ? AND member_id <> 0", community, from, to, campaign).
		Where("kind IN ? AND class IN ?", []model.TransferKind{model.KindPost, model.KindReverse}, []model.Class{model.Verified, model.Declared}).
		Group("member_id, measure, class").Order("member_id").Scan(&rows).Error
	return rows, err
}

// AllCheckins returns every check-in of a campaign by session and member.
func (c Campaigns) AllCheckins(ctx context.Context, campaign model.ID) ([]*model.Checkin, error) {
	var rows []*model.Checkin
	err := c.from(ctx).Where("campaign_id = ?", campaign).Order("session, member_id").Find(&rows).Error
	return rows, err
}

// VisitedHousehold is a household where a visit was made.
type VisitedHousehold struct{ GridID, HouseholdID model.ID }

// Households returns where visits of a campaign were made.
func (v Visits) Households(ctx context.Context, campaign model.ID) ([]VisitedHousehold, error) {
	var rows []VisitedHousehold
	err := v.from(ctx).Raw("SELECT DISTINCT grid_id, household_id FROM visit WHERE campaign_id = ? AND status = 'done' AND household_id <> 0", campaign).Scan(&rows).Error
	return rows, err
}

// Unthanked returns campaigns that were closed between two times, have no open check-in and have not thanked yet.
func (c Campaigns) Unthanked(ctx context.Context, from, to model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := c.from(ctx).Raw("SELECT id FROM campaign c WHERE status <> 'cancelled' AND closed_at > ? AND closed_at <= ? AND NOT EXISTS (SELECT 1 FROM campaign_thanks t WHERE t.campaign_id = c.id) "+
		"AND NOT EXISTS (SELECT 1 FROM campaign_checkin k WHERE k.campaign_id = c.id AND k.checked_out_at = 0) ORDER BY id LIMIT ?", from, to, limit).Scan(&ids).Error
	return ids, err
}

// Thank notes that a campaign thanked. It fails with ErrDuplicate when it did before.
func (c Campaigns) Thank(ctx context.Context, campaign model.ID, now model.Instant) error {
	return c.to(ctx).Exec("INSERT INTO campaign_thanks (campaign_id, created_at) VALUES (?, ?)", campaign, now).Error
}

// Honour adds honours; those that are there stay.
func (c Campaigns) Honour(ctx context.Context, honours []*model.Honour) error {
	if len(honours) == 0 {
		return nil
	}
	return createAll(c.to(ctx).Clauses(clause.OnConflict{DoNothing: true}), honours)
}

// HonoursOf returns the honours of a member before an id, newest first.
func (c Campaigns) HonoursOf(ctx context.Context, member, before model.ID, limit int) ([]*model.Honour, error) {
	var rows []*model.Honour
	err := c.from(ctx).Where("member_id = ? AND id < ?", member, before).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// Honours returns the honours of a campaign.
func (c Campaigns) Honours(ctx context.Context, campaign model.ID) ([]*model.Honour, error) {
	var rows []*model.Honour
	err := c.from(ctx).Where("campaign_id = ?", campaign).Order("kind DESC, place, id").Find(&rows).Error
	return rows, err
}

// CampaignResult returns the publication of a campaign's result that was not withdrawn. It fails with ErrNotFound.
func (p Publications) CampaignResult(ctx context.Context, campaign model.ID) (*model.Publication, error) {
	publication := new(model.Publication)
	err := p.from(ctx).Where("campaign_id = ? AND status <> ?", campaign, model.PublicationWithdrawn).Take(publication).Error
	return publication, err
}

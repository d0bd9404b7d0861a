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

// SignedUp returns for which sessions of a campaign members have a place.
func (c Campaigns) SignedUp(ctx context.Context, campaign model.ID) (map[model.ID][]int, error) {
	var rows []*model.Signup
	err := c.from(ctx).Select("member_id", "session").Where("campaign_id = ? AND status = ?", campaign, model.SignupIn).Order("session").Find(&rows).Error
	sessions := map[model.ID][]int{}
	for _, r := range rows {
		sessions[r.MemberID] = append(sessions[r.MemberID], r.Session)
	}
	return sessions, err
}

// EarnedOf returns what a member had of campaigns, by campaign, as Earned does.
func (c Campaigns) EarnedOf(ctx context.Context, community, member model.ID, campaigns []model.ID) (map[model.ID]model.Earned, error) {
	had := make(map[model.ID]model.Earned, len(campaigns))
	if len(campaigns) == 0 {
		return had, nil
	}
	var rows []struct {
		CampaignID      model.ID
		Points, Minutes int64
	}
	err := c.from(ctx).Raw("SELECT t.campaign_id, SUM(CASE WHEN a.measure = ? THEN e.posted_delta ELSE 0 END) AS points, "+
		"SUM(CASE WHEN a.measure = ? THEN e.posted_delta ELSE 0 END) AS minutes "+
		"FROM point_account a JOIN point_entry e ON e.account_id = a.id JOIN point_transfer t ON t.id = e.transfer_id "+
		"WHERE a.community_id = ? AND a.measure IN (?, ?) AND a.owner_type = ? AND a.owner_id = ? AND t.campaign_id IN ? GROUP BY t.campaign_id",
		model.Points, model.Minutes, community, model.Points, model.Minutes, model.OwnerMember, member, campaigns).Scan(&rows).Error
	for _, r := range rows {
		had[r.CampaignID] = model.Earned{Points: r.Points, Minutes: r.Minutes}
	}
	return had, err
}

// Makers returns who made visits of a campaign.
func (v Visits) Makers(ctx context.Context, campaign model.ID) ([]model.ID, error) {
	var ids []model.ID
	err := v.from(ctx).Raw("SELECT DISTINCT volunteer_id FROM visit WHERE campaign_id = ? AND status = 'done' ORDER BY 1", campaign).Scan(&ids).Error
	return ids, err
}

// Homes returns how many households there are in grids.
func (n Nodes) Homes(ctx context.Context, community model.ID, grids []model.ID) (map[model.ID]int, error) {
	homes := make(map[model.ID]int, len(grids))
	if len(grids) == 0 {
		return homes, nil
	}
	var rows []struct {
		GridID model.ID
		Homes  int
	}
	err := n.from(ctx).Raw("SELECT grid_id, COUNT(*) AS homes FROM node WHERE community_id = ? AND kind = ? AND grid_id IN ? GROUP BY grid_id",
		community, model.KindHousehold, grids).Scan(&rows).Error
	for _, r := range rows {
		homes[r.GridID] = r.Homes
	}
	return homes, err
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

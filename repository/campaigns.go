package repository

import (
	"context"
	"slices"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Campaigns holds themes, campaigns, sign-ups and check-ins.
type Campaigns struct{ conn }

// Create adds a campaign.
func (c Campaigns) Create(ctx context.Context, campaign *model.Campaign) error {
	return c.to(ctx).Create(campaign).Error
}

// Get returns one campaign. It fails with ErrNotFound.
func (c Campaigns) Get(ctx context.Context, id model.ID) (*model.Campaign, error) {
	campaign := new(model.Campaign)
	err := c.from(ctx).Where("id = ?", id).Take(campaign).Error
	return campaign, err
}

// Lock returns one campaign and locks the row until the transaction ends. It fails with ErrNotFound.
func (c Campaigns) Lock(ctx context.Context, id model.ID) (*model.Campaign, error) {
	campaign := new(model.Campaign)
	err := c.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(campaign).Error
	return campaign, err
}

// Update writes what an organizer edits and the campaign's state, on a locked row.
func (c Campaigns) Update(ctx context.Context, campaign *model.Campaign) error {
	if campaign.Digest == nil {
		campaign.Digest = []byte{} // SQLite reads an empty value as none
	}
	return c.to(ctx).Model(campaign).Select("scope_node_id", "scope_kind", "theme", "title", "description", "starts_at", "ends_at", "budget",
		"capacity", "rules", "plan", "status", "reason", "planned_by", "submitted_by", "approved_by", "digest", "version", "updated_at", "closed_at", "settled_at").Updates(campaign).Error
}

// CampaignQuery asks for campaigns of a community. No states let all of them pass.
type CampaignQuery struct {
	Community model.ID
	Sight     model.Sight
	Manages   []model.Grant // the subtrees where what was never published is listed
	States    []model.CampaignStatus
	Now       model.Instant // for which of them run
	Before    model.ID
	Limit     int
}

// List returns campaigns in sight before an id, newest first.
func (c Campaigns) List(ctx context.Context, q *CampaignQuery) ([]*model.Campaign, error) {
	db := shown(c.from(ctx), q.Community, q.Sight, "scope_node_id").Where("id < ?", q.Before)
	if len(q.States) > 0 {
		if slices.Contains(q.States, model.CampaignRunning) {
			db = db.Where("(status IN ? OR status = ? AND starts_at <= ?)", q.States, model.CampaignPublished, q.Now)
		} else {
			db = db.Where("status IN ?", q.States)
		}
	}
	db = db.Where("status NOT IN ? AND (status <> ? OR closed_at <> 0) OR scope_node_id IN (?)",
		[]model.CampaignStatus{model.CampaignDraft, model.CampaignReview}, model.CampaignCancelled, nodesWithin(db, q.Community, q.Manages))
	var rows []*model.Campaign
	err := db.Order("id DESC").Limit(q.Limit).Find(&rows).Error
	return rows, err
}

// ByIDs returns campaigns by id.
func (c Campaigns) ByIDs(ctx context.Context, ids []model.ID) (map[model.ID]*model.Campaign, error) {
	byID := make(map[model.ID]*model.Campaign, len(ids))
	if len(ids) == 0 {
		return byID, nil
	}
	var rows []*model.Campaign
	err := c.from(ctx).Where("id IN ?", ids).Find(&rows).Error
	for _, r := range rows {
		byID[r.ID] = r
	}
	return byID, err
}

// CheckinRow makes the row of a check-in; a member has one for a session.
func CheckinRow(k *model.Checkin) Insertion {
	return Insertion{
		"INSERT INTO campaign_checkin (campaign_id, session, member_id, checked_in_at, checked_out_at, points, minutes, " +
			"fence, class, recorded_by, reason, forgotten) VALUES ",
		[]any{int64(k.CampaignID), k.Session, int64(k.MemberID), int64(k.CheckedInAt), int64(k.CheckedOutAt), k.Points, k.Minutes, string(k.Fence), int64(k.Class), int64(k.RecordedBy), k.Reason, k.Forgotten},
	}
}

// Checkin returns a member's check-in. It fails with ErrNotFound.
func (c Campaigns) Checkin(ctx context.Context, campaign model.ID, session int, member model.ID) (*model.Checkin, error) {
	checkin := new(model.Checkin)
	err := c.from(ctx).Where("campaign_id = ? AND session = ? AND member_id = ?", campaign, session, member).Take(checkin).Error
	return checkin, err
}

// LockCheckin returns a member's check-in and locks it until the transaction ends. It fails with ErrNotFound.
func (c Campaigns) LockCheckin(ctx context.Context, campaign model.ID, session int, member model.ID) (*model.Checkin, error) {
	checkin := new(model.Checkin)
	err := c.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).
		Where("campaign_id = ? AND session = ? AND member_id = ?", campaign, session, member).Take(checkin).Error
	return checkin, err
}

// CheckOut writes when a member left, and the minutes that makes.
func (c Campaigns) CheckOut(ctx context.Context, k *model.Checkin) error {
	return c.to(ctx).Exec("UPDATE campaign_checkin SET checked_out_at = ?, minutes = ?, forgotten = ? WHERE campaign_id = ? AND session = ? AND member_id = ?",
		k.CheckedOutAt, k.Minutes, k.Forgotten, k.CampaignID, k.Session, k.MemberID).Error
}

// Checkins returns check-ins of a campaign by session and member, after one.
func (c Campaigns) Checkins(ctx context.Context, campaign model.ID, session int, after model.ID, limit int) ([]*model.Checkin, error) {
	var rows []*model.Checkin
	err := c.from(ctx).Where("campaign_id = ? AND session = ? AND member_id > ?", campaign, session, after).Order("member_id").Limit(limit).Find(&rows).Error
	return rows, err
}

package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Signup returns a member's sign-up for a session. It fails with ErrNotFound.
func (c Campaigns) Signup(ctx context.Context, campaign model.ID, session int, member model.ID) (*model.Signup, error) {
	signup := new(model.Signup)
	err := c.from(ctx).Where("campaign_id = ? AND session = ? AND member_id = ?", campaign, session, member).Take(signup).Error
	return signup, err
}

// HasPlace reports whether a member has a place in any session of a campaign.
func (c Campaigns) HasPlace(ctx context.Context, campaign, member model.ID) (bool, error) {
	var n int64
	err := c.from(ctx).Raw("SELECT COUNT(*) FROM campaign_signup WHERE campaign_id = ? AND member_id = ? AND status = ?",
		campaign, member, model.SignupIn).Scan(&n).Error
	return n > 0, err
}

// Seats returns how many have a place in a session, by role.
func (c Campaigns) Seats(ctx context.Context, campaign model.ID, session int) (model.Seats, error) {
	var rows []struct {
		Role  string
		Taken int
	}
	err := c.from(ctx).Raw("SELECT role, COUNT(*) AS taken FROM campaign_signup WHERE campaign_id = ? AND session = ? AND status = ? GROUP BY role",
		campaign, session, model.SignupIn).Scan(&rows).Error
	seats := model.Seats{}
	for _, r := range rows {
		seats[r.Role] = r.Taken
	}
	return seats, err
}

// LastSeq returns the number of who signed up last for a session.
func (c Campaigns) LastSeq(ctx context.Context, campaign model.ID, session int) (int64, error) {
	var last int64
	err := c.from(ctx).Raw("SELECT COALESCE(MAX(seq), 0) FROM campaign_signup WHERE campaign_id = ? AND session = ?", campaign, session).Scan(&last).Error
	return last, err
}

// FirstWaiting returns who waits longest for a place in a session and a role. It fails with ErrNotFound when nobody does.
func (c Campaigns) FirstWaiting(ctx context.Context, campaign model.ID, session int, roles []string) (*model.Signup, error) {
	signup := new(model.Signup)
	err := c.from(ctx).Where("campaign_id = ? AND session = ? AND status = ? AND role IN ?", campaign, session, model.SignupWaiting, roles).
		Order("seq, created_at, member_id").Limit(1).Take(signup).Error
	return signup, err
}

// SaveSignup adds a sign-up or replaces all of it.
func (c Campaigns) SaveSignup(ctx context.Context, signup *model.Signup) error {
	return c.to(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "campaign_id"}, {Name: "session"}, {Name: "member_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"role", "status", "seq", "created_at", "accepted_at", "guardian", "guardian_at"}),
	}).Create(signup).Error
}

// Signups returns sign-ups for a session that are not cancelled, by member, after one.
func (c Campaigns) Signups(ctx context.Context, campaign model.ID, session int, after model.ID, limit int) ([]*model.Signup, error) {
	var rows []*model.Signup
	err := c.from(ctx).Where("campaign_id = ? AND session = ? AND member_id > ? AND status <> ?", campaign, session, after, model.SignupCancelled).
		Order("member_id").Limit(limit).Find(&rows).Error
	return rows, err
}

// Concerned returns who signed up for a campaign, was there or makes a visit of it.
func (c Campaigns) Concerned(ctx context.Context, campaign model.ID) ([]model.ID, error) {
	var ids []model.ID
	err := c.from(ctx).Raw("SELECT member_id FROM campaign_signup WHERE campaign_id = ? AND status <> ? "+
		"UNION SELECT member_id FROM campaign_checkin WHERE campaign_id = ? "+
		"UNION SELECT volunteer_id FROM visit WHERE campaign_id = ? AND volunteer_id <> 0 ORDER BY 1",
		campaign, model.SignupCancelled, campaign, campaign).Scan(&ids).Error
	return ids, err
}

// CheckinsOf returns the check-ins of a member at a campaign by session.
func (c Campaigns) CheckinsOf(ctx context.Context, campaign, member model.ID) ([]*model.Checkin, error) {
	var rows []*model.Checkin
	err := c.from(ctx).Where("campaign_id = ? AND member_id = ?", campaign, member).Order("session").Find(&rows).Error
	return rows, err
}

// Earned returns what a member had of a campaign, by whatever it was given, reversals taken off. It reads the member's own
// book: a campaign's may be long.
func (c Campaigns) Earned(ctx context.Context, campaign *model.Campaign, member model.ID) (model.Earned, error) {
	had, err := c.EarnedOf(ctx, campaign.CommunityID, member, []model.ID{campaign.ID})
	return had[campaign.ID], err
}

// AddItem notes an item that a member did.
func (c Campaigns) AddItem(ctx context.Context, item *model.ItemDone) error {
	return c.to(ctx).Create(item).Error
}

// Items returns what was done at a campaign before an id, newest first.
func (c Campaigns) Items(ctx context.Context, campaign, before model.ID, limit int) ([]*model.ItemDone, error) {
	var rows []*model.ItemDone
	err := c.from(ctx).Where("campaign_id = ? AND id < ?", campaign, newestBelow(before)).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

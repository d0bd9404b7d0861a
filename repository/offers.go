package repository

import (
	"context"
	"slices"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Offers holds what neighbours are ready to do.
type Offers struct{ conn }

// Create adds an offer.
func (o Offers) Create(ctx context.Context, offer *model.HelpOffer) error {
	if err := o.to(ctx).Create(offer).Error; err != nil {
		return err
	}
	return o.index(ctx, offer)
}

// index has an offer found by its categories, as long as it is active.
func (o Offers) index(ctx context.Context, offer *model.HelpOffer) error {
	db := o.to(ctx)
	if err := db.Exec("DELETE FROM help_offer_category WHERE offer_id = ?", offer.ID).Error; err != nil || offer.Status != model.OfferActive {
		return err
	}
	categories := slices.Compact(slices.Sorted(slices.Values(offer.Categories)))
	return insert(db, "INSERT INTO help_offer_category (offer_id, category, community_id, area_id, grid_id, building_id, unit_id, reach, household_id) VALUES ", categories,
		func(args []any, category string) []any {
			return append(args, int64(offer.ID), category, int64(offer.CommunityID), int64(offer.AreaID), int64(offer.GridID), int64(offer.BuildingID), int64(offer.UnitID), string(offer.Reach), int64(offer.HouseholdID))
		})
}

// Get returns one offer. It fails with ErrNotFound.
func (o Offers) Get(ctx context.Context, id model.ID) (*model.HelpOffer, error) {
	offer := new(model.HelpOffer)
	err := o.from(ctx).Where("id = ?", id).Take(offer).Error
	return offer, err
}

// Lock returns one offer and locks it until the transaction ends. It fails with ErrNotFound.
func (o Offers) Lock(ctx context.Context, id model.ID) (*model.HelpOffer, error) {
	offer := new(model.HelpOffer)
	err := o.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(offer).Error
	return offer, err
}

// Update writes what the owner edits, and the state, of a locked offer after one change. It fails with
// ErrStale unless the row is at the version before that change.
func (o Offers) Update(ctx context.Context, offer *model.HelpOffer) error {
	update := o.to(ctx).Model(offer).Where("version = ?", offer.Version-1).
		Select("categories", "title", "skills", "availability", "days_off", "quiet", "wishes", "reach", "weekly_limit", "status", "resumes_at", "expires_at",
			"version", "updated_at").Updates(offer)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrStale
	}
	if update.Error != nil {
		return update.Error
	}
	return o.index(ctx, offer)
}

// Due returns ids of offers whose life or pause is over.
func (o Offers) Due(ctx context.Context, now model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := o.from(ctx).Raw("SELECT id FROM help_offer WHERE status IN ('active', 'paused') AND expires_at > 0 AND expires_at <= ? "+
		"UNION SELECT id FROM help_offer WHERE status = 'paused' AND resumes_at > 0 AND resumes_at <= ? LIMIT ?", now, now, limit).Scan(&ids).Error
	return ids, err
}

// Standing returns ids of a member's offers that are proposed, or will be when a pause is over.
func (o Offers) Standing(ctx context.Context, member model.ID) ([]model.ID, error) {
	var ids []model.ID
	err := o.from(ctx).Raw("SELECT id FROM help_offer WHERE member_id = ? AND (status = 'active' OR status = 'paused' AND resumes_at > 0) ORDER BY id", member).Scan(&ids).Error
	return ids, err
}

// Expiring returns offers that end after one does, in the order of their ends and ids, and by a time.
func (o Offers) Expiring(ctx context.Context, after *model.HelpOffer, by model.Instant, limit int) ([]*model.HelpOffer, error) {
	var rows []*model.HelpOffer
	err := o.from(ctx).Where("status IN ?", []model.OfferStatus{model.OfferActive, model.OfferPaused}).
		Where("(expires_at > ? OR expires_at = ? AND id > ?) AND expires_at <= ?", after.ExpiresAt, after.ExpiresAt, after.ID, by).
		Order("expires_at, id").Limit(limit).Find(&rows).Error
	return rows, err
}

// List returns offers before an id, newest first: all those of a member, or with none given those within
// a reach that are not closed.
func (o Offers) List(ctx context.Context, community, member model.ID, reach []model.Grant, before model.ID, limit int) ([]*model.HelpOffer, error) {
	db := o.from(ctx).Where("member_id = ?", member)
	if member == 0 {
		db = within(o.from(ctx), community, reach).Where("status <> ?", model.OfferClosed)
	}
	var rows []*model.HelpOffer
	err := db.Where("id < ?", newestBelow(before)).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

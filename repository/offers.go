package repository

import (
	"context"
	"math"
	"strings"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Offers holds what neighbours are ready to do.
type Offers struct{ conn }

// Create adds an offer.
func (o Offers) Create(ctx context.Context, offer *model.HelpOffer) error {
	return o.to(ctx).Create(offer).Error
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
		Select("categories", "title", "availability", "reach", "weekly_limit", "status", "version", "updated_at").Updates(offer)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrStale
	}
	return update.Error
}

// List returns offers before an id, newest first: all those of a member, or with none given those within
// a reach that are not closed.
func (o Offers) List(ctx context.Context, community, member model.ID, reach []model.Grant, before model.ID, limit int) ([]*model.HelpOffer, error) {
	db := o.from(ctx).Where("member_id = ?", member)
	if member == 0 {
		db = within(o.from(ctx), community, reach).Where("status <> ?", model.OfferClosed)
	}
	if before == 0 {
		before = math.MaxInt64
	}
	var rows []*model.HelpOffer
	err := db.Where("id < ?", before).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// Candidates returns active offers of a community that name one of some categories, the newest first, but
// for those of one household (none: zero).
func (o Offers) Candidates(ctx context.Context, community model.ID, categories []string, household model.ID, limit int) ([]*model.HelpOffer, error) {
	var rows []*model.HelpOffer
	if len(categories) == 0 {
		return rows, nil
	}
	// The column is a JSON list of codes, so a code stands between quotes; no code has a quote in it.
	named := make([]string, len(categories))
	args := make([]any, len(categories))
	for i, code := range categories {
		named[i], args[i] = "categories LIKE ?", `%"`+code+`"%`
	}
	err := o.from(ctx).Where("community_id = ? AND status = ? AND (household_id = 0 OR household_id <> ?)", community, model.OfferActive, household).
		Where(strings.Join(named, " OR "), args...).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

package repository

import (
	"context"
	"math"

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

// Update writes what the owner edits, and the state, of a locked offer.
func (o Offers) Update(ctx context.Context, offer *model.HelpOffer) error {
	return o.to(ctx).Model(offer).Select("categories", "title", "availability", "reach", "weekly_limit", "status", "version", "updated_at").Updates(offer).Error
}

// List returns offers before an id, newest first: those of a member, or those within a reach.
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

// Active returns the newest active offers of a community.
func (o Offers) Active(ctx context.Context, community model.ID, limit int) ([]*model.HelpOffer, error) {
	var rows []*model.HelpOffer
	err := o.from(ctx).Where("community_id = ? AND status = ?", community, model.OfferActive).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

package repository

import (
	"context"

	"linbanglin/model"
)

// Errands holds errands of matters, and a receipt for each hand-over.
type Errands struct{ conn }

// Create adds an errand. It fails with ErrDuplicate when the matter has one.
func (e Errands) Create(ctx context.Context, errand *model.Errand) error {
	return e.to(ctx).Create(errand).Error
}

// Of returns the errand of a matter with its receipts. In a transaction it is read under the lock of the matter. It fails
// with ErrNotFound.
func (e Errands) Of(ctx context.Context, matter model.ID) (*model.Errand, error) {
	errand := new(model.Errand)
	if err := e.from(ctx).Where("matter_id = ?", matter).Take(errand).Error; err != nil {
		return nil, err
	}
	errand.Receipts = []*model.ErrandReceipt{}
	err := e.from(ctx).Where("errand_id = ?", errand.ID).Order("seq").Find(&errand.Receipts).Error
	return errand, err
}

// Update writes the state of an errand.
func (e Errands) Update(ctx context.Context, errand *model.Errand) error {
	return e.to(ctx).Model(errand).Select("status", "version", "closed_at").Updates(errand).Error
}

// AddReceipt adds a receipt.
func (e Errands) AddReceipt(ctx context.Context, r *model.ErrandReceipt) error {
	return e.to(ctx).Create(r).Error
}

package repository

import (
	"context"

	"linbanglin/model"
)

// Consents holds who agreed to be asked for.
type Consents struct{ conn }

// Add puts a consent on record.
func (c Consents) Add(ctx context.Context, consent *model.Consent) error {
	return c.to(ctx).Create(consent).Error
}

// Of returns what is on record for requests and series.
func (c Consents) Of(ctx context.Context, requests, series []model.ID) ([]*model.Consent, error) {
	var rows []*model.Consent
	if len(requests)+len(series) == 0 {
		return nil, nil
	}
	err := c.from(ctx).Where("request_id IN ? OR series_id IN ?", requests, series).Order("id").Find(&rows).Error
	return rows, err
}

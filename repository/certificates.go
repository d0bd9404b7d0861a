package repository

import (
	"context"

	"linbanglin/model"
)

// Certificates holds service certificates and their revocations. Both are only ever inserted.
type Certificates struct{ conn }

// Create adds a certificate. It fails with ErrDuplicate when its number is taken.
func (c Certificates) Create(ctx context.Context, certificate *model.Certificate) error {
	return c.to(ctx).Create(certificate).Error
}

// OfNumber returns the certificate with a number. It fails with ErrNotFound.
func (c Certificates) OfNumber(ctx context.Context, number string) (*model.Certificate, error) {
	certificate := new(model.Certificate)
	err := c.from(ctx).Where("number = ?", number).Take(certificate).Error
	return certificate, err
}

// OfMember returns certificates of a member before an id, newest first.
func (c Certificates) OfMember(ctx context.Context, member, before model.ID, limit int) ([]*model.Certificate, error) {
	var rows []*model.Certificate
	err := c.from(ctx).Where("member_id = ? AND id < ?", member, before).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// Revoke adds a revocation. It fails with ErrDuplicate when the certificate has one.
func (c Certificates) Revoke(ctx context.Context, revocation *model.Revocation) error {
	return c.to(ctx).Create(revocation).Error
}

// Revocations returns the revocations of those certificates that have one.
func (c Certificates) Revocations(ctx context.Context, certificates []model.ID) (map[model.ID]*model.Revocation, error) {
	byID := make(map[model.ID]*model.Revocation, len(certificates))
	if len(certificates) == 0 {
		return byID, nil
	}
	var rows []*model.Revocation
	err := c.from(ctx).Where("certificate_id IN ?", certificates).Find(&rows).Error
	for _, r := range rows {
		byID[r.CertificateID] = r
	}
	return byID, err
}

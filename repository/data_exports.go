package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// DataExports holds copies that members have of their own data; the files are in Blobs.
type DataExports struct{ conn }

// Add adds an export. It fails with ErrDuplicate while another one of the member is made.
func (d DataExports) Add(ctx context.Context, export *model.DataExport) error {
	return d.to(ctx).Create(export).Error
}

// CountSince returns how many exports a member asked for since a time.
func (d DataExports) CountSince(ctx context.Context, member model.ID, since model.Instant) (int64, error) {
	var n int64
	err := d.from(ctx).Model(&model.DataExport{}).Where("member_id = ? AND created_at >= ?", member, since).Count(&n).Error
	return n, err
}

// Get returns an export of a member. It fails with ErrNotFound, also for somebody else's.
func (d DataExports) Get(ctx context.Context, member, id model.ID) (*model.DataExport, error) {
	export := new(model.DataExport)
	err := d.from(ctx).Where("id = ? AND member_id = ?", id, member).Take(export).Error
	return export, err
}

// Of returns the exports of a member, the newest first.
func (d DataExports) Of(ctx context.Context, member model.ID, limit int) ([]*model.DataExport, error) {
	var rows []*model.DataExport
	err := d.from(ctx).Where("member_id = ?", member).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// Lock returns an export and locks it until the transaction ends. It fails with ErrNotFound.
func (d DataExports) Lock(ctx context.Context, id model.ID) (*model.DataExport, error) {
	export := new(model.DataExport)
	err := d.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(export).Error
	return export, err
}

// Update writes what becomes of a locked export.
func (d DataExports) Update(ctx context.Context, export *model.DataExport) error {
	return d.to(ctx).Model(export).Select("status", "closed", "size", "attempts", "lease_until", "ready_at", "expires_at").Updates(export).Error
}

// Due returns exports that nobody is making.
func (d DataExports) Due(ctx context.Context, now model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := d.from(ctx).Raw("SELECT id FROM data_export WHERE status = ? AND lease_until <= ? ORDER BY id LIMIT ?", model.ExportMaking, now, limit).Scan(&ids).Error
	return ids, err
}

// Expired returns exports whose file is to be deleted; of some members all that have one.
func (d DataExports) Expired(ctx context.Context, now model.Instant, limit int) ([]*model.DataExport, error) {
	var rows []*model.DataExport
	err := d.from(ctx).Where("status = ? AND expires_at <= ?", model.ExportReady, now).Order("expires_at").Limit(limit).Find(&rows).Error
	return rows, err
}

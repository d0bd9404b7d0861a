package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Declarations holds declared work on its way into the ledger.
type Declarations struct{ conn }

// Create adds a declaration.
func (d Declarations) Create(ctx context.Context, declaration *model.Declaration) error {
	return d.to(ctx).Create(declaration).Error
}

// Get returns one declaration. It fails with ErrNotFound.
func (d Declarations) Get(ctx context.Context, id model.ID) (*model.Declaration, error) {
	declaration := new(model.Declaration)
	err := d.from(ctx).Where("id = ?", id).Take(declaration).Error
	return declaration, err
}

// Lock returns those declarations that exist, in the order of their ids, and locks them until the
// transaction ends. What is published changes only under the lock of its publication.
func (d Declarations) Lock(ctx context.Context, ids ...model.ID) ([]*model.Declaration, error) {
	var rows []*model.Declaration
	err := d.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id IN ?", ids).Order("id").Find(&rows).Error
	return rows, err
}

// Update writes the state of a declaration after one step of its life. It fails with ErrStale unless the
// row is at the version before that step.
func (d Declarations) Update(ctx context.Context, declaration *model.Declaration) error {
	update := d.to(ctx).Model(declaration).Where("version = ?", declaration.Version-1).
		Select("status", "verified_by", "published_by", "publication_id", "reason", "booked_points", "booked_minutes", "transfer_id",
			"version", "updated_at").Updates(declaration)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrStale
	}
	return update.Error
}

// Publish writes that locked declarations are in a publication. It fails with ErrStale unless all of them
// were verified.
func (d Declarations) Publish(ctx context.Context, p *model.Publication, ids []model.ID, now model.Instant) error {
	update := d.to(ctx).Exec("UPDATE declaration SET status = ?, published_by = ?, publication_id = ?, version = version + 1, updated_at = ? "+
		"WHERE id IN ? AND status = ?", model.DeclarationPublished, p.CreatedBy, p.ID, now, ids, model.DeclarationVerified)
	if update.Error == nil && update.RowsAffected != int64(len(ids)) {
		return model.ErrStale
	}
	return update.Error
}

// Unpublish writes that the published declarations of a publication are verified again.
func (d Declarations) Unpublish(ctx context.Context, publication model.ID, now model.Instant) error {
	return d.to(ctx).Exec("UPDATE declaration SET status = ?, published_by = 0, publication_id = 0, version = version + 1, updated_at = ? "+
		"WHERE publication_id = ? AND status = ?", model.DeclarationVerified, now, publication, model.DeclarationPublished).Error
}

// OfPublication returns the declarations of a publication in the order of their ids, of one state when it is
// not empty.
func (d Declarations) OfPublication(ctx context.Context, publication model.ID, status model.DeclarationStatus) ([]*model.Declaration, error) {
	db := d.from(ctx).Where("publication_id = ?", publication)
	if status != "" {
		db = db.Where("status = ?", status)
	}
	var rows []*model.Declaration
	err := db.Order("id").Find(&rows).Error
	return rows, err
}

// ByIDs returns declarations by id.
func (d Declarations) ByIDs(ctx context.Context, ids []model.ID) (map[model.ID]*model.Declaration, error) {
	byID := make(map[model.ID]*model.Declaration, len(ids))
	if len(ids) == 0 {
		return byID, nil
	}
	var rows []*model.Declaration
	err := d.from(ctx).Where("id IN ?", ids).Find(&rows).Error
	for _, r := range rows {
		byID[r.ID] = r
	}
	return byID, err
}

// Publishable returns the verified declarations in a scope that a member has no part in, oldest first.
func (d Declarations) Publishable(ctx context.Context, community model.ID, scope model.Grant, by model.ID, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := within(d.from(ctx).Model(&model.Declaration{}), community, []model.Grant{scope}).
		Where("status = ? AND member_id <> ? AND declared_by <> ? AND verified_by <> ?", model.DeclarationVerified, by, by, by).
		Order("id").Limit(limit).Pluck("id", &ids).Error
	return ids, err
}

// DeclarationQuery asks for declarations. Empty filters let everything pass.
type DeclarationQuery struct {
	Community model.ID
	Reach     []model.Grant
	Member    model.ID
	Mine      bool // only those that the member did or declared
	Statuses  []model.DeclarationStatus
	Before    model.ID
	Limit     int
}

// List returns declarations within the query's reach and those of its member, newest first.
func (d Declarations) List(ctx context.Context, q *DeclarationQuery) ([]*model.Declaration, error) {
	db := d.from(ctx).Where("id < ?", q.Before)
	if q.Mine {
		db = db.Where("community_id = ?", q.Community).Where("member_id = ? OR declared_by = ?", q.Member, q.Member)
	} else {
		reached, args := reached(q.Community, q.Reach)
		db = db.Where("community_id = ?", q.Community).Where(reached+" OR member_id = ? OR declared_by = ?", append(args, q.Member, q.Member)...)
	}
	if len(q.Statuses) > 0 {
		db = db.Where("status IN ?", q.Statuses)
	}
	var rows []*model.Declaration
	err := db.Order("id DESC").Limit(q.Limit).Find(&rows).Error
	return rows, err
}

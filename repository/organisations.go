package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Organisations holds the bodies that act in communities, and their officers.
type Organisations struct{ conn }

// Create adds an organisation. It fails with ErrDuplicate when its community has one of the name.
func (o Organisations) Create(ctx context.Context, organisation *model.Organisation) error {
	return o.to(ctx).Create(organisation).Error
}

// Get returns one organisation. It fails with ErrNotFound.
func (o Organisations) Get(ctx context.Context, id model.ID) (*model.Organisation, error) {
	organisation := new(model.Organisation)
	err := o.from(ctx).Where("id = ?", id).Take(organisation).Error
	return organisation, err
}

// Lock returns one organisation and locks it until the transaction ends. It fails with ErrNotFound.
func (o Organisations) Lock(ctx context.Context, id model.ID) (*model.Organisation, error) {
	organisation := new(model.Organisation)
	err := o.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(organisation).Error
	return organisation, err
}

// Update writes what is edited of a locked organisation. It fails with ErrDuplicate when its community has another of the
// name.
func (o Organisations) Update(ctx context.Context, organisation *model.Organisation) error {
	return o.to(ctx).Model(organisation).Select("kind", "name", "duties", "work_phone", "active", "version", "updated_at").Updates(organisation).Error
}

// List returns organisations of a community after one, of a kind when it is given; those that have ended only with all.
func (o Organisations) List(ctx context.Context, community model.ID, kind model.OrganisationKind, all bool, after model.ID, limit int) ([]*model.Organisation, error) {
	db := o.from(ctx).Where("community_id = ? AND id > ?", community, after)
	if kind != "" {
		db = db.Where("kind = ?", kind)
	}
	if !all {
		db = db.Where("active = ?", true)
	}
	var rows []*model.Organisation
	err := db.Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// AddOfficer has a member act for an organisation. It fails with ErrDuplicate when they do.
func (o Organisations) AddOfficer(ctx context.Context, officer *model.Officer) error {
	return o.to(ctx).Create(officer).Error
}

// RemoveOfficer ends that. It fails with ErrNotFound when the member does not act for it.
func (o Organisations) RemoveOfficer(ctx context.Context, organisation, member model.ID) error {
	gone := o.to(ctx).Where("organisation_id = ? AND member_id = ?", organisation, member).Delete(&model.Officer{})
	if gone.Error == nil && gone.RowsAffected == 0 {
		return model.ErrNotFound
	}
	return gone.Error
}

// Officers returns who acts for an organisation, the longest first.
func (o Organisations) Officers(ctx context.Context, organisation model.ID) ([]*model.Officer, error) {
	var rows []*model.Officer
	err := o.from(ctx).Where("organisation_id = ?", organisation).Order("created_at, member_id").Find(&rows).Error
	return rows, err
}

// OfMember returns the organisations that a member acts for and that have not ended.
func (o Organisations) OfMember(ctx context.Context, member model.ID) ([]model.ID, error) {
	var ids []model.ID
	err := o.from(ctx).Model(&model.Officer{}).Where("member_id = ?", member).
		Where("organisation_id IN (SELECT id FROM organisation WHERE active = ?)", true).Order("organisation_id").Pluck("organisation_id", &ids).Error
	return ids, err
}

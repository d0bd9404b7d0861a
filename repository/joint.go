package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Joint holds what organisations undertake together.
type Joint struct{ conn }

// Create adds an undertaking with its partners.
func (j Joint) Create(ctx context.Context, u *model.JointUndertaking) error {
	if err := j.to(ctx).Create(u).Error; err != nil {
		return err
	}
	return createAll(j.to(ctx), u.Partners)
}

// Get returns one undertaking with its partners. It fails with ErrNotFound.
func (j Joint) Get(ctx context.Context, id model.ID) (*model.JointUndertaking, error) {
	u := new(model.JointUndertaking)
	if err := j.from(ctx).Where("id = ?", id).Take(u).Error; err != nil {
		return nil, err
	}
	return u, j.fill(ctx, u)
}

// Lock returns one undertaking with its partners and locks it until the transaction ends. It fails with ErrNotFound.
func (j Joint) Lock(ctx context.Context, id model.ID) (*model.JointUndertaking, error) {
	u := new(model.JointUndertaking)
	if err := j.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(u).Error; err != nil {
		return nil, err
	}
	return u, j.fill(ctx, u)
}

// fill reads the partners of undertakings.
func (j Joint) fill(ctx context.Context, undertakings ...*model.JointUndertaking) error {
	ids, byID := make([]model.ID, len(undertakings)), map[model.ID]*model.JointUndertaking{}
	for i, u := range undertakings {
		ids[i], byID[u.ID], u.Partners = u.ID, u, []*model.JointPartner{}
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []*model.JointPartner
	err := j.from(ctx).Where("undertaking_id IN ?", ids).Order("undertaking_id, organisation_id").Find(&rows).Error
	for _, p := range rows {
		u := byID[p.UndertakingID]
		u.Partners = append(u.Partners, p)
	}
	return err
}

// Update writes the state of a locked undertaking and of its partners.
func (j Joint) Update(ctx context.Context, u *model.JointUndertaking) error {
	if err := j.to(ctx).Model(u).Select("status", "result", "version", "updated_at").Updates(u).Error; err != nil {
		return err
	}
	for _, p := range u.Partners {
		if err := j.to(ctx).Model(p).Select("status", "answered_by", "answered_at").Updates(p).Error; err != nil {
			return err
		}
	}
	return nil
}

// List returns undertakings of a community before an id, newest first; those with an organisation when it is given.
func (j Joint) List(ctx context.Context, community, organisation, before model.ID, limit int) ([]*model.JointUndertaking, error) {
	db := j.from(ctx).Where("community_id = ? AND id < ?", community, newestBelow(before))
	if organisation != 0 {
		db = db.Where("id IN (SELECT undertaking_id FROM joint_partner WHERE organisation_id = ?)", organisation)
	}
	var rows []*model.JointUndertaking
	if err := db.Order("id DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	return rows, j.fill(ctx, rows...)
}

// AddNote adds what a partner writes of its part.
func (j Joint) AddNote(ctx context.Context, note *model.JointNote) error {
	return j.to(ctx).Create(note).Error
}

// maxNotes is how many notes are shown of an undertaking.
const maxNotes = 200

// Notes returns the last notes of an undertaking, newest first.
func (j Joint) Notes(ctx context.Context, undertaking model.ID) ([]*model.JointNote, error) {
	var rows []*model.JointNote
	err := j.from(ctx).Where("undertaking_id = ?", undertaking).Order("id DESC").Limit(maxNotes).Find(&rows).Error
	return rows, err
}

// Some returns those of the organisations of a community that there are.
func (o Organisations) Some(ctx context.Context, community model.ID, ids []model.ID) (map[model.ID]*model.Organisation, error) {
	found := make(map[model.ID]*model.Organisation, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	var rows []*model.Organisation
	err := o.from(ctx).Where("id IN ? AND community_id = ?", ids, community).Find(&rows).Error
	for _, r := range rows {
		found[r.ID] = r
	}
	return found, err
}

// OfficersOf returns who acts for organisations.
func (o Organisations) OfficersOf(ctx context.Context, organisations []model.ID) ([]*model.Officer, error) {
	var rows []*model.Officer
	if len(organisations) == 0 {
		return nil, nil
	}
	err := o.from(ctx).Where("organisation_id IN ?", organisations).Order("organisation_id, member_id").Find(&rows).Error
	return rows, err
}

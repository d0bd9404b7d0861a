package repository

import (
	"context"
	"errors"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// ServicePoints holds the places of communities where something is done for people.
type ServicePoints struct{ conn }

// Create adds a point. It fails with ErrDuplicate when its community has one of the name.
func (s ServicePoints) Create(ctx context.Context, point *model.ServicePoint) error {
	return s.to(ctx).Create(point).Error
}

// Get returns one point. It fails with ErrNotFound.
func (s ServicePoints) Get(ctx context.Context, id model.ID) (*model.ServicePoint, error) {
	point := new(model.ServicePoint)
	err := s.from(ctx).Where("id = ?", id).Take(point).Error
	return point, err
}

// Lock returns one point and locks it until the transaction ends. It fails with ErrNotFound.
func (s ServicePoints) Lock(ctx context.Context, id model.ID) (*model.ServicePoint, error) {
	point := new(model.ServicePoint)
	err := s.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(point).Error
	return point, err
}

// Update writes what is edited of a locked point. It fails with ErrDuplicate when its community has another of the name.
func (s ServicePoints) Update(ctx context.Context, point *model.ServicePoint) error {
	return s.to(ctx).Model(point).Select("kind", "name", "address", "services", "hours", "open_holidays", "located", "lat", "lng", "active", "version", "updated_at").
		Updates(point).Error
}

// List returns points of a community after an id, of a kind when it is given; those that have ended only with all.
func (s ServicePoints) List(ctx context.Context, community model.ID, kind model.PointKind, all bool, after model.ID, limit int) ([]*model.ServicePoint, error) {
	db := s.from(ctx).Where("community_id = ? AND id > ?", community, after)
	if kind != "" {
		db = db.Where("kind = ?", kind)
	}
	if !all {
		db = db.Where("active = ?", true)
	}
	var rows []*model.ServicePoint
	err := db.Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// SetBuilding writes where a building stands.
func (s ServicePoints) SetBuilding(ctx context.Context, at *model.BuildingPosition) error {
	return s.to(ctx).Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "node_id"}}, DoUpdates: clause.AssignmentColumns([]string{"lat", "lng", "updated_by", "updated_at"}),
	}).Create(at).Error
}

// Building returns where a building stands, nil when nobody said.
func (s ServicePoints) Building(ctx context.Context, building model.ID) (*model.BuildingPosition, error) {
	at := new(model.BuildingPosition)
	err := s.from(ctx).Where("node_id = ?", building).Take(at).Error
	if errors.Is(err, model.ErrNotFound) {
		return nil, nil
	}
	return at, err
}

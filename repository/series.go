package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Series holds requests that come again, and each time that they do.
type Series struct{ conn }

// Create adds a series with its instances.
func (s Series) Create(ctx context.Context, series *model.Series) error {
	if err := s.to(ctx).Create(series).Error; err != nil {
		return err
	}
	return createAll(s.to(ctx), series.Instances)
}

// Get returns a series without its instances. It fails with ErrNotFound.
func (s Series) Get(ctx context.Context, id model.ID) (*model.Series, error) {
	series := new(model.Series)
	err := s.from(ctx).Where("id = ?", id).Take(series).Error
	return series, err
}

// Lock returns a series without its instances and locks it until the transaction ends; its instances change only under
// that lock. It fails with ErrNotFound.
func (s Series) Lock(ctx context.Context, id model.ID) (*model.Series, error) {
	series := new(model.Series)
	err := s.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(series).Error
	return series, err
}

// Update writes the state of a locked series.
func (s Series) Update(ctx context.Context, series *model.Series) error {
	return s.to(ctx).Model(series).Select("status", "reason", "returned_field", "approved_by", "version", "updated_at").Updates(series).Error
}

// Instance returns one instance of a series. It fails with ErrNotFound.
func (s Series) Instance(ctx context.Context, id model.ID, at model.Instant) (*model.SeriesInstance, error) {
	i := new(model.SeriesInstance)
	err := s.from(ctx).Where("series_id = ? AND starts_at = ?", id, at).Take(i).Error
	return i, err
}

// Instances returns instances of a series after a time and up to another, the soonest first, all or those in some states.
func (s Series) Instances(ctx context.Context, id model.ID, after, until model.Instant, limit int, in ...model.InstanceStatus) ([]*model.SeriesInstance, error) {
	db := s.from(ctx).Where("series_id = ? AND starts_at > ? AND starts_at <= ?", id, after, until)
	if len(in) > 0 {
		db = db.Where("status IN ?", in)
	}
	var rows []*model.SeriesInstance
	err := db.Order("starts_at").Limit(limit).Find(&rows).Error
	return rows, err
}

// UpdateInstances writes the state of instances of a locked series.
func (s Series) UpdateInstances(ctx context.Context, instances ...*model.SeriesInstance) error {
	for _, i := range instances {
		if err := s.to(ctx).Model(i).Select("status", "request_id").Updates(i).Error; err != nil {
			return err
		}
	}
	return nil
}

// Due returns active series with instances after a time and up to another that are no requests yet.
func (s Series) Due(ctx context.Context, after, until model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := s.from(ctx).Raw("SELECT i.series_id FROM help_series_instance i JOIN help_series s ON s.id = i.series_id "+
		"WHERE i.status = 'planned' AND i.starts_at > ? AND i.starts_at <= ? AND s.status = 'active' "+
		"GROUP BY i.series_id ORDER BY MIN(i.starts_at), i.series_id LIMIT ?", after, until, limit).Scan(&ids).Error
	return ids, err
}

// List returns series before an id, newest first: those a member asked for or posted, or with none those within a reach.
func (s Series) List(ctx context.Context, community, member model.ID, reach []model.Grant, before model.ID, limit int) ([]*model.Series, error) {
	db := within(s.from(ctx), community, reach)
	if member != 0 {
		db = s.from(ctx).Where("(requester_id = ? OR created_by = ?)", member, member)
	}
	var rows []*model.Series
	err := db.Where("id < ?", newestBelow(before)).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// CountRunning returns how many series of a member have not ended, and have times to come.
func (s Series) CountRunning(ctx context.Context, requester model.ID, now model.Instant) (int64, error) {
	var n int64
	err := s.from(ctx).Model(&model.Series{}).Where("requester_id = ? AND status IN ?", requester,
		[]model.SeriesStatus{model.SeriesPending, model.SeriesActive}).
		Where("EXISTS (SELECT 1 FROM help_series_instance i WHERE i.series_id = help_series.id AND i.starts_at > ?)", now).Count(&n).Error
	return n, err
}

package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// CreateSeries adds a series with its instances.
func (c Campaigns) CreateSeries(ctx context.Context, series *model.CampaignSeries) error {
	if err := c.to(ctx).Create(series).Error; err != nil {
		return err
	}
	return createAll(c.to(ctx), series.Instances)
}

// Series returns a series without its instances. It fails with ErrNotFound.
func (c Campaigns) Series(ctx context.Context, id model.ID) (*model.CampaignSeries, error) {
	series := new(model.CampaignSeries)
	err := c.from(ctx).Where("id = ?", id).Take(series).Error
	return series, err
}

// LockSeries returns a series without its instances and locks it until the transaction ends; its instances change only
// under that lock. It fails with ErrNotFound.
func (c Campaigns) LockSeries(ctx context.Context, id model.ID) (*model.CampaignSeries, error) {
	series := new(model.CampaignSeries)
	err := c.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(series).Error
	return series, err
}

// UpdateSeries writes the state of a locked series.
func (c Campaigns) UpdateSeries(ctx context.Context, series *model.CampaignSeries) error {
	return c.to(ctx).Model(series).Select("status", "reason", "version", "updated_at").Updates(series).Error
}

// EndSeries writes the state of a locked series that ended, and of what was to come of it.
func (c Campaigns) EndSeries(ctx context.Context, series *model.CampaignSeries) error {
	if err := c.UpdateSeries(ctx, series); err != nil {
		return err
	}
	return c.to(ctx).Exec("UPDATE campaign_series_instance SET status = ? WHERE series_id = ? AND status = ?",
		model.InstanceEnded, series.ID, model.InstancePlanned).Error
}

// SeriesInstances returns instances of a series after a time and up to another, the soonest first, all or those in some
// states.
func (c Campaigns) SeriesInstances(ctx context.Context, id model.ID, after, until model.Instant, limit int, in ...model.InstanceStatus) ([]*model.CampaignInstance, error) {
	db := c.from(ctx).Where("series_id = ? AND starts_at > ? AND starts_at <= ?", id, after, until)
	if len(in) > 0 {
		db = db.Where("status IN ?", in)
	}
	var rows []*model.CampaignInstance
	err := db.Order("starts_at").Limit(limit).Find(&rows).Error
	return rows, err
}

// Instance returns one time of a series. It fails with ErrNotFound.
func (c Campaigns) Instance(ctx context.Context, series model.ID, at model.Instant) (*model.CampaignInstance, error) {
	i := new(model.CampaignInstance)
	err := c.from(ctx).Where("series_id = ? AND starts_at = ?", series, at).Take(i).Error
	return i, err
}

// UpdateInstance writes what became of an instance of a locked series.
func (c Campaigns) UpdateInstance(ctx context.Context, i *model.CampaignInstance) error {
	return c.to(ctx).Model(i).Select("status", "campaign_id").Updates(i).Error
}

// DueSeries returns active series with instances after a time and up to another that are no campaigns yet.
func (c Campaigns) DueSeries(ctx context.Context, after, until model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := c.from(ctx).Raw("SELECT i.series_id FROM campaign_series_instance i JOIN campaign_series s ON s.id = i.series_id "+
		"WHERE i.status = 'planned' AND i.starts_at > ? AND i.starts_at <= ? AND s.status = 'active' "+
		"GROUP BY i.series_id ORDER BY MIN(i.starts_at), i.series_id LIMIT ?", after, until, limit).Scan(&ids).Error
	return ids, err
}

// SeriesList returns series for subtrees of a community before an id (0: the newest), newest first.
func (c Campaigns) SeriesList(ctx context.Context, community model.ID, reach []model.Grant, before model.ID, limit int) ([]*model.CampaignSeries, error) {
	var rows []*model.CampaignSeries
	db := c.from(ctx)
	err := db.Where("community_id = ? AND id < ?", community, newestBelow(before)).Where("scope_node_id IN (?)", nodesWithin(db, community, reach)).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

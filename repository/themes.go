package repository

import (
	"context"
	"errors"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// AddThemes gives a community themes. It fails with ErrDuplicate when it has one with a code already.
func (c Campaigns) AddThemes(ctx context.Context, themes []*model.Theme) error {
	return createAll(c.to(ctx), themes)
}

// Themes returns a community's themes in their order.
func (c Campaigns) Themes(ctx context.Context, community model.ID) ([]*model.Theme, error) {
	var rows []*model.Theme
	err := c.from(ctx).Where("community_id = ?", community).Order("sort, code").Find(&rows).Error
	return rows, err
}

// LockTheme returns one theme and locks it until the transaction ends. It fails with ErrNotFound.
func (c Campaigns) LockTheme(ctx context.Context, community model.ID, code string) (*model.Theme, error) {
	theme := new(model.Theme)
	err := c.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).
		Where("community_id = ? AND code = ?", community, code).Take(theme).Error
	return theme, err
}

// UpdateTheme writes what a community edits of a locked theme.
func (c Campaigns) UpdateTheme(ctx context.Context, theme *model.Theme) error {
	return c.to(ctx).Model(theme).Select("name", "content", "sort", "checklist", "active").Updates(theme).Error
}

// DeleteTheme takes a locked theme away.
func (c Campaigns) DeleteTheme(ctx context.Context, theme *model.Theme) error {
	return c.to(ctx).Delete(theme).Error
}

// CountOfTheme returns how many campaigns and series of campaigns of a community have a theme. A template begins with its
// theme.
func (c Campaigns) CountOfTheme(ctx context.Context, community model.ID, code string) (int64, error) {
	var n int64
	begin := `{"theme":"` + code + `",`
	err := c.from(ctx).Raw("SELECT (SELECT COUNT(*) FROM campaign WHERE community_id = ? AND theme = ?) + "+
		"(SELECT COUNT(*) FROM campaign_series WHERE community_id = ? AND SUBSTR(template, 1, ?) = ?)",
		community, code, community, len(begin), begin).Scan(&n).Error
	return n, err
}

// Settings returns what a community chose for its campaigns, the defaults if it chose nothing.
func (c Campaigns) Settings(ctx context.Context, community model.ID) (*model.CampaignSettings, error) {
	var rows []*model.CampaignSettings
	if err := c.from(ctx).Where("community_id = ?", community).Limit(1).Find(&rows).Error; err != nil || len(rows) > 0 {
		return append(rows, nil)[0], err
	}
	return &model.CampaignSettings{CommunityID: community}, nil
}

// SaveSettings writes what a community chose after one change of the version. It fails with ErrStale when that has moved
// on.
func (c Campaigns) SaveSettings(ctx context.Context, settings *model.CampaignSettings) error {
	if settings.Version == 1 {
		err := c.to(ctx).Create(settings).Error
		if errors.Is(err, model.ErrDuplicate) {
			err = model.ErrStale
		}
		return err
	}
	update := c.to(ctx).Model(settings).Where("version = ?", settings.Version-1).Select("review", "version", "updated_by", "updated_at").Updates(settings)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrStale
	}
	return update.Error
}

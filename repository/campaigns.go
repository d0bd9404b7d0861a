package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Campaigns holds themes, campaigns, sign-ups and check-ins.
type Campaigns struct{ conn }

// AddThemes gives a community its themes.
func (c Campaigns) AddThemes(ctx context.Context, themes []*model.Theme) error {
	return createAll(c.to(ctx), themes)
}

// Themes returns a community's themes in their order.
func (c Campaigns) Themes(ctx context.Context, community model.ID) ([]*model.Theme, error) {
	var rows []*model.Theme
	err := c.from(ctx).Where("community_id = ?", community).Order("sort, code").Find(&rows).Error
	return rows, err
}

// Create adds a campaign.
func (c Campaigns) Create(ctx context.Context, campaign *model.Campaign) error {
	return c.to(ctx).Create(campaign).Error
}

// Get returns one campaign. It fails with ErrNotFound.
func (c Campaigns) Get(ctx context.Context, id model.ID) (*model.Campaign, error) {
	campaign := new(model.Campaign)
	err := c.from(ctx).Where("id = ?", id).Take(campaign).Error
	return campaign, err
}

// Lock returns one campaign and locks the row until the transaction ends. It fails with ErrNotFound.
func (c Campaigns) Lock(ctx context.Context, id model.ID) (*model.Campaign, error) {
	campaign := new(model.Campaign)
	err := c.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(campaign).Error
	return campaign, err
}

// Update writes what an organizer edits and the campaign's state, on a locked row.
func (c Campaigns) Update(ctx context.Context, campaign *model.Campaign) error {
	return c.to(ctx).Model(campaign).Select("scope_node_id", "scope_kind", "theme", "title", "description", "starts_at", "ends_at", "budget",
		"capacity", "rules", "status", "digest", "version", "updated_at", "closed_at", "settled_at").Updates(campaign).Error
}

// List returns campaigns of a community before an id, newest first, of the given states.
func (c Campaigns) List(ctx context.Context, community model.ID, states []model.CampaignStatus, before model.ID, limit int) ([]*model.Campaign, error) {
	db := c.from(ctx).Where("community_id = ? AND id < ?", community, before)
	if len(states) > 0 {
		db = db.Where("status IN ?", states)
	}
	var rows []*model.Campaign
	err := db.Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// ByIDs returns campaigns by id.
func (c Campaigns) ByIDs(ctx context.Context, ids []model.ID) (map[model.ID]*model.Campaign, error) {
	byID := make(map[model.ID]*model.Campaign, len(ids))
	if len(ids) == 0 {
		return byID, nil
	}
	var rows []*model.Campaign
	err := c.from(ctx).Where("id IN ?", ids).Find(&rows).Error
	for _, r := range rows {
		byID[r.ID] = r
	}
	return byID, err
}

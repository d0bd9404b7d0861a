package repository

import (
	"context"

	"linbanglin/model"
)

// Catalogues holds what communities promise about services, version by version. Its rows are only ever inserted.
type Catalogues struct{ conn }

// Latest returns the number of a community's newest version, 0 when it has none of its own.
func (c Catalogues) Latest(ctx context.Context, community model.ID) (int64, error) {
	var version int64
	err := c.from(ctx).Raw("SELECT COALESCE(MAX(version), 0) FROM matter_catalogue WHERE community_id = ?", community).Scan(&version).Error
	return version, err
}

// Get returns a version of a community's catalogue; 0 is what every community begins with. It fails with ErrNotFound.
func (c Catalogues) Get(ctx context.Context, community model.ID, version int64) (*model.Catalogue, error) {
	if version == 0 {
		return model.DefaultCatalogue(community), nil
	}
	catalogue := new(model.Catalogue)
	if err := c.from(ctx).Where("community_id = ? AND version = ?", community, version).Take(catalogue).Error; err != nil {
		return nil, err
	}
	err := c.from(ctx).Where("community_id = ? AND version = ?", community, version).Order("seq").Find(&catalogue.Items).Error
	return catalogue, err
}

// Add adds a version. It fails with ErrDuplicate when somebody added it meanwhile.
func (c Catalogues) Add(ctx context.Context, catalogue *model.Catalogue) error {
	if err := c.to(ctx).Create(catalogue).Error; err != nil {
		return err
	}
	return createAll(c.to(ctx), catalogue.Items)
}

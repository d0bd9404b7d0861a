package repository

import (
	"context"
	"slices"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Nodes holds the tree and its households.
type Nodes struct{ conn }

// Create adds nodes. It fails with ErrDuplicate when a parent has a child of the kind and name already.
func (n Nodes) Create(ctx context.Context, nodes ...*model.Node) error {
	return createAll(n.to(ctx), nodes)
}

// Get returns one node. It fails with ErrNotFound.
func (n Nodes) Get(ctx context.Context, id model.ID) (*model.Node, error) {
	node := new(model.Node)
	err := n.from(ctx).Where("id = ?", id).Take(node).Error
	return node, err
}

// ByIDs returns those nodes that exist, in no order.
func (n Nodes) ByIDs(ctx context.Context, ids []model.ID) ([]*model.Node, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []*model.Node
	err := n.from(ctx).Where("id IN ?", ids).Find(&rows).Error
	return rows, err
}

// Names returns the names of those nodes that exist.
func (n Nodes) Names(ctx context.Context, ids []model.ID) (map[model.ID]string, error) {
	names := make(map[model.ID]string, len(ids))
	if len(ids) == 0 {
		return names, nil
	}
	var rows []*model.Node
	err := n.from(ctx).Select("id", "name").Where("id IN ?", ids).Find(&rows).Error
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, err
}

// Communities returns every community, oldest first.
func (n Nodes) Communities(ctx context.Context) ([]*model.Node, error) {
	var rows []*model.Node
	err := n.from(ctx).Where("kind = ?", model.KindCommunity).Order("id").Find(&rows).Error
	return rows, err
}

// Community returns the community of a name. It fails with ErrNotFound.
func (n Nodes) Community(ctx context.Context, name string) (*model.Node, error) {
	node := new(model.Node)
	err := n.from(ctx).Where("parent_id = 0 AND kind = ? AND name = ?", model.KindCommunity, name).Take(node).Error
	return node, err
}

// All returns every node of a community, parents before children.
func (n Nodes) All(ctx context.Context, community model.ID) ([]*model.Node, error) {
	var rows []*model.Node
	err := n.from(ctx).Where("community_id = ?", community).Order("id").Find(&rows).Error
	return rows, err
}

// List returns nodes of a community after an id, by kind and parent where given, within a reach.
func (n Nodes) List(ctx context.Context, community model.ID, kinds []model.NodeKind, parent, after model.ID, reach []model.Grant, limit int) ([]*model.Node, error) {
	db := within(n.from(ctx), community, reach).Where("kind IN ? AND id > ?", kinds, after)
	if parent != 0 {
		db = db.Where("parent_id = ?", parent)
	}
	var rows []*model.Node
	err := db.Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// Households returns what the register knows of a community's doors.
func (n Nodes) Households(ctx context.Context, community model.ID) ([]*model.Household, error) {
	var rows []*model.Household
	err := n.from(ctx).Raw("SELECT h.* FROM household h JOIN node n ON n.id = h.node_id WHERE n.community_id = ?", community).Scan(&rows).Error
	return rows, err
}

// Hub reports whether a household is a hub (党员中心户).
func (n Nodes) Hub(ctx context.Context, household model.ID) (bool, error) {
	var hubs int64
	err := n.from(ctx).Model(&model.Household{}).Where("node_id = ? AND hub = 1", household).Count(&hubs).Error
	return hubs > 0, err
}

// SaveHouseholds adds households or replaces what a roster says of them.
func (n Nodes) SaveHouseholds(ctx context.Context, households []*model.Household) error {
	for _, h := range households {
		if h.OldFlags == nil {
			h.OldFlags = []string{}
		}
	}
	for part := range slices.Chunk(households, rowsPerStatement) {
		err := n.to(ctx).Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "node_id"}},
			DoUpdates: clause.AssignmentColumns([]string{"kind", "hub", "occupancy", "version", "updated_at"}),
		}).Create(part).Error
		if err != nil {
			return err
		}
	}
	return nil
}

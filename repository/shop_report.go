package repository

import (
	"context"

	"linbanglin/model"
)

// MoveSum is how many pieces moved for one reason.
type MoveSum struct {
	ItemID   model.ID
	Kind     model.MoveKind
	Donor    string
	Quantity int64
}

// MovesBetween adds up the moves of stock of a community in [from, to), by item, kind and donor.
func (s Shop) MovesBetween(ctx context.Context, community model.ID, from, to model.Instant) ([]MoveSum, error) {
	var rows []MoveSum
	err := s.from(ctx).Raw("SELECT item_id, kind, donor, SUM(quantity) AS quantity FROM shop_stock_move "+
		"WHERE community_id = ? AND created_at >= ? AND created_at < ? GROUP BY item_id, kind, donor ORDER BY donor, item_id", community, from, to).Scan(&rows).Error
	return rows, err
}

// StockAt returns the stock that the items of a community had at a time, by item.
func (s Shop) StockAt(ctx context.Context, community model.ID, at model.Instant) (map[model.ID]int64, error) {
	return s.sums(ctx, "SELECT item_id, SUM(quantity) AS n FROM shop_stock_move WHERE community_id = ? AND created_at < ? GROUP BY item_id", community, at)
}

// Redeemed returns the points taken in [from, to) for orders of a community, by item.
func (s Shop) Redeemed(ctx context.Context, community model.ID, from, to model.Instant) (map[model.ID]int64, error) {
	return s.sums(ctx, "SELECT item_id, SUM(points) AS n FROM shop_order WHERE community_id = ? AND picked_at >= ? AND picked_at < ? GROUP BY item_id",
		community, from, to)
}

// Refunded returns the points given back in [from, to) for orders of a community that had been picked up, by item.
func (s Shop) Refunded(ctx context.Context, community model.ID, from, to model.Instant) (map[model.ID]int64, error) {
	return s.sums(ctx, "SELECT item_id, SUM(points) AS n FROM shop_order WHERE community_id = ? AND refunded_at >= ? AND refunded_at < ? GROUP BY item_id",
		community, from, to)
}

// sums reads a number by item.
func (s Shop) sums(ctx context.Context, query string, args ...any) (map[model.ID]int64, error) {
	var rows []struct {
		ItemID model.ID
		N      int64
	}
	err := s.from(ctx).Raw(query, args...).Scan(&rows).Error
	byItem := make(map[model.ID]int64, len(rows))
	for _, r := range rows {
		byItem[r.ItemID] = r.N
	}
	return byItem, err
}

// ItemsByID returns those of the items that there are.
func (s Shop) ItemsByID(ctx context.Context, ids []model.ID) (map[model.ID]*model.ShopItem, error) {
	found := make(map[model.ID]*model.ShopItem, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	var rows []*model.ShopItem
	err := s.from(ctx).Where("id IN ?", ids).Find(&rows).Error
	for _, r := range rows {
		found[r.ID] = r
	}
	return found, err
}

// ScanItems returns items in the order of their ids, after one.
func (s Shop) ScanItems(ctx context.Context, after model.ID, limit int) ([]*model.ShopItem, error) {
	var rows []*model.ShopItem
	err := s.from(ctx).Where("id > ?", after).Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// ScanMoves returns moves of an item's stock in their order, after one.
func (s Shop) ScanMoves(ctx context.Context, item model.ID, after int64, limit int) ([]*model.StockMove, error) {
	var rows []*model.StockMove
	err := s.from(ctx).Where("item_id = ? AND seq > ?", item, after).Order("seq").Limit(limit).Find(&rows).Error
	return rows, err
}

// ScanOrders returns orders in the order of their ids, after one.
func (s Shop) ScanOrders(ctx context.Context, after model.ID, limit int) ([]*model.Order, error) {
	var rows []*model.Order
	err := s.from(ctx).Where("id > ?", after).Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// Waiting returns how many pieces of items are put aside by orders, by item.
func (s Shop) Waiting(ctx context.Context) (map[model.ID]int64, error) {
	return s.sums(ctx, "SELECT item_id, SUM(quantity) AS n FROM shop_order WHERE status = ? GROUP BY item_id", model.OrderReserved)
}

package repository

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Shop holds the items of the shop, the moves of their stock, and orders. Moves are only ever inserted.
type Shop struct{ conn }

// CreateItem adds an item.
func (s Shop) CreateItem(ctx context.Context, item *model.ShopItem) error {
	return s.to(ctx).Create(item).Error
}

// Item returns one item. It fails with ErrNotFound.
func (s Shop) Item(ctx context.Context, id model.ID) (*model.ShopItem, error) {
	item := new(model.ShopItem)
	err := s.from(ctx).Where("id = ?", id).Take(item).Error
	return item, err
}

// LockItem returns one item and locks it until the transaction ends. It fails with ErrNotFound.
func (s Shop) LockItem(ctx context.Context, id model.ID) (*model.ShopItem, error) {
	item := new(model.ShopItem)
	err := s.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(item).Error
	return item, err
}

// UpdateItem writes what staff edit of a locked item, and its state.
func (s Shop) UpdateItem(ctx context.Context, item *model.ShopItem) error {
	return s.to(ctx).Model(item).Select("scope_node_id", "scope_kind", "name", "description", "category", "points", "monthly_limit",
		"starts_at", "ends_at", "donor", "status", "version", "updated_at").Updates(item).Error
}

// UpdateStock writes the stock of a locked item, and adds the line that says why it changed; there is none
// when pieces were only put aside or given back.
func (s Shop) UpdateStock(ctx context.Context, item *model.ShopItem, move *model.StockMove) error {
	err := s.to(ctx).Model(item).Select("stock", "reserved", "moves", "updated_at").Updates(item).Error
	if err != nil || move == nil {
		return err
	}
	return s.to(ctx).Create(move).Error
}

// ItemQuery asks for items of a community. Without a category or a state all of them pass.
type ItemQuery struct {
	Community model.ID
	Sight     model.Sight
	Category  string
	Status    model.ItemStatus
	OpenAt    model.Instant // only items whose time is not over then; 0 for all
	Before    model.ID
	Limit     int
}

// Items returns items in sight before an id, newest first.
func (s Shop) Items(ctx context.Context, q *ItemQuery) ([]*model.ShopItem, error) {
	db := shown(s.from(ctx), q.Community, q.Sight, "scope_node_id").Where("id < ?", q.Before)
	if q.Category != "" {
		db = db.Where("category = ?", q.Category)
	}
	if q.Status != "" {
		db = db.Where("status = ?", q.Status)
	}
	if q.OpenAt != 0 {
		db = db.Where("(ends_at = 0 OR ends_at > ?)", q.OpenAt)
	}
	var rows []*model.ShopItem
	err := db.Order("id DESC").Limit(q.Limit).Find(&rows).Error
	return rows, err
}

// Moves returns moves of an item's stock, newest first, before a seq.
func (s Shop) Moves(ctx context.Context, item model.ID, before int64, limit int) ([]*model.StockMove, error) {
	var rows []*model.StockMove
	err := s.from(ctx).Where("item_id = ? AND seq < ?", item, before).Order("seq DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// CreateOrder adds an order. It fails with ErrDuplicate when another has its code.
func (s Shop) CreateOrder(ctx context.Context, order *model.Order) error {
	return s.to(ctx).Create(order).Error
}

// Order returns one order. It fails with ErrNotFound.
func (s Shop) Order(ctx context.Context, id model.ID) (*model.Order, error) {
	order := new(model.Order)
	err := s.from(ctx).Where("id = ?", id).Take(order).Error
	return order, err
}

// LockOrder returns one order and locks it until the transaction ends. It fails with ErrNotFound.
func (s Shop) LockOrder(ctx context.Context, id model.ID) (*model.Order, error) {
	order := new(model.Order)
	err := s.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(order).Error
	return order, err
}

// UpdateOrder writes the state of a locked order.
func (s Shop) UpdateOrder(ctx context.Context, order *model.Order) error {
	return s.to(ctx).Model(order).Select("status", "settle_id", "clerk_id", "reason", "picked_at", "ended_at", "refunded_at").Updates(order).Error
}

// OrderByCode returns the id of the order with a code. It fails with ErrNotFound.
func (s Shop) OrderByCode(ctx context.Context, community model.ID, hash []byte) (model.ID, error) {
	order := new(model.Order)
	err := s.from(ctx).Select("id").Where("community_id = ? AND code_hash = ?", community, hash).Take(order).Error
	return order.ID, err
}

// Ordered returns how many pieces of an item a member has ordered in a month; what was given back does not count.
func (s Shop) Ordered(ctx context.Context, item, buyer model.ID, month model.Month) (int64, error) {
	var n int64
	err := s.from(ctx).Raw("SELECT COALESCE(SUM(quantity), 0) FROM shop_order WHERE item_id = ? AND buyer_id = ? AND month = ? AND status IN ?",
		item, buyer, month, []model.OrderStatus{model.OrderReserved, model.OrderPickedUp}).Scan(&n).Error
	return n, err
}

// OrderQuery asks for orders: those of a buyer, or with none given those within a reach. No states let all of
// them pass.
type OrderQuery struct {
	Community model.ID
	Buyer     model.ID
	Reach     []model.Grant
	States    []model.OrderStatus
	Before    model.ID
	Limit     int
}

// Orders returns orders before an id, newest first.
func (s Shop) Orders(ctx context.Context, q *OrderQuery) ([]*model.Order, error) {
	var db *gorm.DB
	if q.Buyer != 0 {
		db = s.from(ctx).Where("buyer_id = ?", q.Buyer)
	} else {
		db = within(s.from(ctx), q.Community, q.Reach)
	}
	if len(q.States) > 0 {
		db = db.Where("status IN ?", q.States)
	}
	var rows []*model.Order
	err := db.Where("id < ?", q.Before).Order("id DESC").Limit(q.Limit).Find(&rows).Error
	return rows, err
}

// DueOrders returns orders whose time is over, the longest over first.
func (s Shop) DueOrders(ctx context.Context, now model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := s.from(ctx).Model(&model.Order{}).Where("status = ? AND expires_at <= ?", model.OrderReserved, now).
		Order("expires_at").Limit(limit).Pluck("id", &ids).Error
	return ids, err
}

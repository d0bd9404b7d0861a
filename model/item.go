package model

import (
	"slices"
	"time"
	"unicode/utf8"
)

// ItemStatus is where an item of the shop stands.
type ItemStatus string

// The states of an item.
const (
	ItemDraft   ItemStatus = "draft"
	ItemOnSale  ItemStatus = "on_sale"
	ItemOffSale ItemStatus = "off_sale"
)

// ItemTransitions returns the one table of what may follow what.
func ItemTransitions() map[ItemStatus][]ItemStatus {
	return map[ItemStatus][]ItemStatus{
		ItemDraft:   {ItemOnSale},
		ItemOnSale:  {ItemOffSale},
		ItemOffSale: {ItemOnSale},
	}
}

// ItemCategories returns the kinds of item: food, household goods, books and stationery, health, services
// such as a haircut, and what is none of these.
func ItemCategories() []string {
	return []string{"food", "household", "books", "health", "service", "other"}
}

// The bounds of what the shop gives.
const (
	maxItemName        = 50  // characters
	maxItemDescription = 500 // characters
	maxDonor           = 50  // characters
	maxMonthlyLimit    = 1000
	maxStock           = 1_000_000
)

// ShopItem (兑换物品) is a kind of thing that the shop (积分超市) gives for points, to neighbours who live in a
// part of the tree. Like a wallet it knows what is there and what of that is reserved.
type ShopItem struct {
	ID           ID         `json:"id"`
	CommunityID  ID         `json:"-"`
	ScopeNodeID  ID         `json:"scope_unit_id"`
	ScopeKind    NodeKind   `json:"scope_kind"`
	Name         string     `json:"name"`
	Description  string     `json:"description"`
	Category     string     `json:"category"`
	Points       int64      `json:"points" doc:"每件所需积分"`
	MonthlyLimit int        `json:"monthly_limit,omitzero" doc:"每人每月限兑件数，0 为不限"`
	StartsAt     Instant    `json:"starts_at,omitzero"`
	EndsAt       Instant    `json:"ends_at,omitzero"`
	Donor        string     `json:"donor,omitempty" doc:"捐赠单位"`
	Status       ItemStatus `json:"status"`
	Stock        int64      `json:"stock" doc:"在库件数"`
	Reserved     int64      `json:"reserved" doc:"其中已被预订、尚未领取的件数"`
	Moves        int64      `json:"-"` // of stock, so far
	CreatedBy    ID         `json:"-"`
	Version      int64      `json:"version"`
	CreatedAt    Instant    `json:"created_at"`
	UpdatedAt    Instant    `json:"-"`

	Available int64 `gorm:"-" json:"available" doc:"可兑换件数"`
}

// TableName implements gorm's Tabler.
func (ShopItem) TableName() string { return "shop_item" }

// Scope returns the item's grant of reach: whose subtree may order it.
func (i *ShopItem) Scope() Grant { return Grant{NodeID: i.ScopeNodeID, NodeKind: i.ScopeKind} }

// Left returns how many pieces can be ordered.
func (i *ShopItem) Left() int64 { return i.Stock - i.Reserved }

// Validate checks what an item promises. It fails with ErrInvalid, ErrPeriod, ErrAmount, and with ErrItemCash
// for money and what is as good as money.
func (i *ShopItem) Validate() error {
	name := utf8.RuneCountInString(i.Name)
	switch {
	case name < 1 || name > maxItemName:
		return ErrInvalid.Saying("名称应为 1 到 50 个字", "A name has 1 to 50 characters.")
	case utf8.RuneCountInString(i.Description) > maxItemDescription:
		return ErrInvalid.Saying("说明不能超过 500 个字", "A description has at most 500 characters.")
	case utf8.RuneCountInString(i.Donor) > maxDonor:
		return ErrInvalid.Saying("捐赠单位不能超过 50 个字", "A donor's name has at most 50 characters.")
	case !slices.Contains(ItemCategories(), i.Category):
		return ErrCategory
	case i.Points < 1 || i.Points > MaxAmount:
		return ErrAmount.Saying("所需积分应为 1 到 1000000", "An item takes 1 to 1,000,000 points.")
	case i.MonthlyLimit < 0 || i.MonthlyLimit > maxMonthlyLimit:
		return ErrInvalid.Saying("每月限兑件数应为 0 到 1000", "The limit a month is from 0 to 1,000.")
	case i.EndsAt != 0 && i.EndsAt <= i.StartsAt:
		return ErrPeriod
	}
	for _, text := range []string{i.Name, i.Description} {
		if word := cashIn(text); word != "" {
			return ErrItemCash.Saying("积分超市不能兑换现金或类似现金的物品，请去掉「"+word+"」",
				"The shop gives no cash and nothing that is as good as cash; please remove \""+word+"\".")
		}
	}
	return nil
}

// Move changes the item's state. It fails with ErrItemState when the table does not allow it.
func (i *ShopItem) Move(to ItemStatus, now Instant) error {
	if !slices.Contains(ItemTransitions()[i.Status], to) {
		return ErrItemState
	}
	i.Status, i.UpdatedAt, i.Version = to, now, i.Version+1
	return nil
}

// Reserve puts pieces aside for an order by someone who lives at a place and has ordered so many this month.
// It fails with ErrNotFound for a draft, with ErrItemScope, ErrNotOnSale, ErrOrderLimit and ErrOutOfStock.
func (i *ShopItem) Reserve(quantity int, at Place, before int64, now Instant) error {
	n := int64(quantity)
	switch {
	case i.Status == ItemDraft:
		return ErrNotFound
	case !i.Scope().Covers(at):
		return ErrItemScope
	case i.Status != ItemOnSale || now < i.StartsAt || i.EndsAt != 0 && now >= i.EndsAt:
		return ErrNotOnSale
	case i.MonthlyLimit > 0 && before+n > int64(i.MonthlyLimit):
		return ErrOrderLimit.Leaving(int64(i.MonthlyLimit) - before)
	case n > i.Left():
		return ErrOutOfStock.Leaving(i.Left())
	}
	i.Reserved += n
	i.UpdatedAt = now
	return nil
}

// Release gives pieces back that were put aside for an order.
func (i *ShopItem) Release(quantity int, now Instant) {
	i.Reserved -= int64(quantity)
	i.UpdatedAt = now
}

// MoveKind says why the stock of an item changes.
type MoveKind string

// The kinds of moves of stock. A reservation is none: the pieces are still there.
const (
	StockReceived  MoveKind = "received"  // bought or donated
	StockSold      MoveKind = "sold"      // handed out for an order
	StockReturned  MoveKind = "returned"  // brought back after that
	StockCorrected MoveKind = "corrected" // counted, broken, lost
)

// StockMove (库存流水) is a line of an item's stock: the change and the stock after it. It is never changed
// nor deleted.
type StockMove struct {
	ItemID      ID       `gorm:"primaryKey" json:"-"`
	Seq         int64    `gorm:"primaryKey" json:"seq"`
	CommunityID ID       `json:"-"`
	Kind        MoveKind `json:"kind"`
	Quantity    int64    `json:"quantity"`
	StockAfter  int64    `json:"stock_after"`
	OrderID     ID       `json:"order_id,omitzero"`
	Donor       string   `json:"donor,omitempty"` // of what was received
	Reason      string   `json:"reason,omitempty"`
	ActorID     ID       `json:"-"`
	CreatedAt   Instant  `json:"created_at"`
}

// TableName implements gorm's Tabler.
func (StockMove) TableName() string { return "shop_stock_move" }

// Stocked changes the stock and returns the line that says so. It fails with ErrStockMove for nothing, too
// much or a receipt of less than nothing, and with ErrOutOfStock when less is free than is taken.
func (i *ShopItem) Stocked(kind MoveKind, quantity int64, reason string, actor ID, now Instant) (*StockMove, error) {
	after := i.Stock + quantity
	switch {
	case quantity == 0 || quantity > maxStock || quantity < -maxStock || after > maxStock || kind == StockReceived && quantity < 0:
		return nil, ErrStockMove
	case after < i.Reserved:
		return nil, ErrOutOfStock.Leaving(i.Left())
	}
	i.Stock, i.Moves, i.UpdatedAt = after, i.Moves+1, now
	m := &StockMove{
		ItemID: i.ID, Seq: i.Moves, CommunityID: i.CommunityID, Kind: kind, Quantity: quantity, StockAfter: after,
		Reason: reason, ActorID: actor, CreatedAt: now,
	}
	if kind == StockReceived {
		m.Donor = i.Donor
	}
	return m, nil
}

// Month is a calendar month in Shanghai as yyyymm, such as 202611.
type Month int32

// Month returns the calendar month of the instant.
func (i Instant) Month() Month { return Month(PeriodMonth.Key(i.Time())) }

// ParseMonth reads 2026-11. It fails with ErrInvalid on anything else.
func ParseMonth(s string) (Month, error) {
	start, err := PeriodMonth.start(s)
	m := InstantOf(start).Month()
	if err != nil || m.String() != s || m < 200001 || m > 210012 {
		return 0, ErrInvalid.Saying("月份格式应为 2026-11", "A month looks like 2026-11.")
	}
	return m, nil
}

// Span returns the first instant of the month, and that of the next.
func (m Month) Span() (from, to Instant) {
	start := time.Date(int(m)/100, time.Month(int(m)%100), 1, 0, 0, 0, 0, Shanghai())
	return InstantOf(start), InstantOf(start.AddDate(0, 1, 0))
}

// String returns the form 2026-11.
func (m Month) String() string { return PeriodMonth.Format(int32(m)) }

// MarshalText implements encoding.TextMarshaler.
func (m Month) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

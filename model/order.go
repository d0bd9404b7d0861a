package model

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"
)

// OrderStatus is where an order of the shop stands.
type OrderStatus string

// The states of an order.
const (
	OrderReserved  OrderStatus = "reserved"  // pieces and points are put aside
	OrderPickedUp  OrderStatus = "picked_up" // handed out, the points are spent
	OrderCancelled OrderStatus = "cancelled"
	OrderLapsed    OrderStatus = "lapsed" // nobody came for it
	OrderRefunded  OrderStatus = "refunded"
)

// OrderTransitions returns the one table of what may follow what. A status that is no key is final.
func OrderTransitions() map[OrderStatus][]OrderStatus {
	return map[OrderStatus][]OrderStatus{
		OrderReserved: {OrderPickedUp, OrderCancelled, OrderLapsed},
		OrderPickedUp: {OrderRefunded},
	}
}

// OrderStatuses lists every state.
func OrderStatuses() []OrderStatus {
	return []OrderStatus{OrderReserved, OrderPickedUp, OrderCancelled, OrderLapsed, OrderRefunded}
}

const (
	// OrderLife is how long an order waits for its buyer.
	OrderLife = 7 * 24 * time.Hour
	// MaxQuantity bounds the pieces of one order.
	MaxQuantity = 20
)

// Order (兑换订单) is a neighbour's reservation of pieces of an item, paid with points when it is picked up.
type Order struct {
	ID         ID                `json:"id"`
	Place      `gorm:"embedded"` // where the buyer lived
	ItemID     ID                `json:"-"`
	ItemName   string            `json:"-"`
	BuyerID    ID                `json:"-"`
	Quantity   int               `json:"quantity"`
	Points     int64             `json:"points" doc:"合计积分"`
	Status     OrderStatus       `json:"status"`
	Month      Month             `json:"-"` // whose limit it counts for
	Secret     []byte            `json:"-"` // of the pick-up code
	CodeHash   []byte            `json:"-"`
	HoldID     ID                `json:"-"` // the transfer that holds the points
	SettleID   ID                `json:"-"` // the transfer that took them
	ClerkID    ID                `json:"-"` // who handed it out
	Reason     string            `json:"reason,omitempty" doc:"取消或退回的原因"`
	CreatedAt  Instant           `json:"created_at"`
	ExpiresAt  Instant           `json:"expires_at" doc:"领取期限"`
	PickedAt   Instant           `json:"picked_up_at,omitzero"`
	EndedAt    Instant           `json:"ended_at,omitzero" doc:"取消或过期的时间"`
	RefundedAt Instant           `json:"refunded_at,omitzero"`

	Item  ItemRef   `gorm:"-" json:"item"`
	Buyer MemberRef `gorm:"-" json:"buyer"`
	Code  string    `gorm:"-" json:"pickup_code,omitempty" doc:"取货码，只有本人能看到"`
}

// TableName implements gorm's Tabler.
func (Order) TableName() string { return "shop_order" }

// ItemRef names an item, as it was called when it was ordered.
type ItemRef struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
}

// NewOrder makes an order of pieces of an item by someone who lives at a place. The secret is 32 random
// bytes.
func NewOrder(id ID, item *ShopItem, buyer ID, at Place, quantity int, secret []byte, now Instant) *Order {
	o := &Order{
		ID: id, Place: at, ItemID: item.ID, ItemName: item.Name, BuyerID: buyer, Quantity: quantity, Points: int64(quantity) * item.Points,
		Status: OrderReserved, Month: now.Month(), Secret: secret, CreatedAt: now, ExpiresAt: now.Add(OrderLife),
	}
	o.CodeHash = HashPickupCode(o.CommunityID, o.PickupCode())
	return o
}

const (
	pickupLength   = 8
	pickupAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789" // 32, nothing that looks like something else
)

// PickupCode returns the code (取货码) for which the order is handed out: 40 bits of an HMAC under the order's
// own secret. So its buyer can read it as often as they like, and it is stored nowhere: not in the order, not
// in the answers kept for idempotency keys, not in notices.
func (o *Order) PickupCode() string {
	mac := hmac.New(sha256.New, o.Secret)
	mac.Write(binary.BigEndian.AppendUint64([]byte("LBLP1"), uint64(o.ID)))
	code := mac.Sum(nil)[:pickupLength]
	for i, b := range code {
		code[i] = pickupAlphabet[int(b)%len(pickupAlphabet)]
	}
	return string(code)
}

// HashPickupCode returns what an order is found by when a clerk has its code, however it was typed.
func HashPickupCode(community ID, code string) []byte {
	plain := strings.NewReplacer(" ", "", "-", "").Replace(strings.ToUpper(narrow(code)))
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64([]byte("LBLC1"), uint64(community)), plain...))
	return sum[:]
}

// Due reports whether the order's time is over.
func (o *Order) Due(now Instant) bool { return o.Status == OrderReserved && now >= o.ExpiresAt }

// move changes the order's state. It fails with ErrOrderState when the table does not allow it.
func (o *Order) move(to OrderStatus) error {
	if !slices.Contains(OrderTransitions()[o.Status], to) {
		return ErrOrderState
	}
	o.Status = to
	return nil
}

// PickUp hands the order out. It fails with ErrOrderState, and with ErrOrderOver when its time is over.
func (o *Order) PickUp(clerk ID, now Instant) error {
	if o.Due(now) {
		return ErrOrderOver
	}
	if err := o.move(OrderPickedUp); err != nil {
		return err
	}
	o.ClerkID, o.PickedAt = clerk, now
	return nil
}

// Cancel ends an order that was not picked up. It fails with ErrOrderState.
func (o *Order) Cancel(reason string, now Instant) error {
	if err := o.move(OrderCancelled); err != nil {
		return err
	}
	o.Reason, o.EndedAt = reason, now
	return nil
}

// Lapse ends an order whose time is over. It fails with ErrOrderState before that.
func (o *Order) Lapse(now Instant) error {
	if !o.Due(now) {
		return ErrOrderState
	}
	o.EndedAt = now
	return o.move(OrderLapsed)
}

// Refund undoes an order that was picked up. It fails with ErrOrderState.
func (o *Order) Refund(reason string, now Instant) error {
	if err := o.move(OrderRefunded); err != nil {
		return err
	}
	o.Reason, o.RefundedAt = reason, now
	return nil
}

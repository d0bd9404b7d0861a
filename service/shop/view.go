package shop

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// mayRead lets the buyer and those who read orders there see one; for others it is not there.
func mayRead(who model.Actor, o *model.Order) error {
	if o.BuyerID == who.MemberID || who.May(model.OpReadOrders, o.Place) == nil {
		return nil
	}
	return model.ErrNotFound
}

// views completes orders: what was ordered, and by whom as that person is shown.
func views(ctx context.Context, store *repository.Store, orders ...*model.Order) error {
	buyers := make([]model.ID, len(orders))
	for i, o := range orders {
		buyers[i] = o.BuyerID
		o.Item = model.ItemRef{ID: o.ItemID, Name: o.ItemName}
	}
	refs, err := store.Members.Refs(ctx, buyers)
	for _, o := range orders {
		o.Buyer = refs[o.BuyerID]
	}
	return err
}

// withCode puts the pick-up code on an order of the caller's that waits for it.
func (s *Shop) withCode(ctx context.Context, o *model.Order) (*model.Order, error) {
	if o.Status != model.OrderReserved {
		return o, nil
	}
	if len(o.Secret) == 0 { // an answer that was kept has none
		stored, err := s.store.Shop.Order(ctx, o.ID)
		if err != nil {
			return nil, err
		}
		o.Secret = stored.Secret
	}
	o.Code = o.PickupCode()
	return o, nil
}

// OrderByID returns one order, to its buyer with the pick-up code. It fails with ErrNotFound.
func (s *Shop) OrderByID(ctx context.Context, who model.Actor, id model.ID) (*model.Order, error) {
	o, err := s.store.Shop.Order(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := mayRead(who, o); err != nil {
		return nil, err
	}
	if err := views(ctx, s.store, o); err != nil {
		return nil, err
	}
	if o.BuyerID != who.MemberID {
		return o, nil
	}
	return s.withCode(ctx, o)
}

// Orders lists orders, newest first: those within the caller's reach or, with mine and for who reads no orders of
// others, the caller's own. It fails with ErrCursor.
func (s *Shop) Orders(ctx context.Context, who model.Actor, mine bool, states []model.OrderStatus, page model.Page) (*model.List[*model.Order], error) {
	name := fmt.Sprintf("shop-orders:%d:%t:%v", who.MemberID, mine, states)
	from, err := before(name, page)
	if err != nil {
		return nil, err
	}
	q := &repository.OrderQuery{Community: who.Place.CommunityID, States: states, Before: model.ID(from), Limit: page.Size() + 1}
	if q.Reach, err = who.Reach(model.OpReadOrders); mine || err != nil {
		q.Buyer = who.MemberID
	}
	rows, err := s.store.Shop.Orders(ctx, q)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(o *model.Order) int64 { return int64(o.ID) })
	return list, views(ctx, s.store, list.Items...)
}

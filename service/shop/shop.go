package shop

import (
	"context"
	"math"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

// Shop gives things for points.
type Shop struct {
	store   *repository.Store
	ledger  *ledger.Ledger
	now     func() model.Instant
	guesses guesses
}

// New returns the shop of a store.
func New(store *repository.Store, ledger *ledger.Ledger, now func() model.Instant) *Shop {
	return &Shop{store: store, ledger: ledger, now: now}
}

// mayAt fails unless the caller may do something at the part of the tree that an item is for. For who may not,
// a draft is not there.
func mayAt(ctx context.Context, store *repository.Store, who model.Actor, op model.Operation, i *model.ShopItem) error {
	if i.CommunityID != who.Place.CommunityID {
		return model.ErrNotFound
	}
	node, err := store.Nodes.Get(ctx, i.ScopeNodeID)
	if err != nil {
		return err
	}
	err = who.May(op, node.Place)
	if err != nil && i.Status == model.ItemDraft {
		return model.ErrNotFound
	}
	return err
}

// sight returns which items the caller may see.
func (s *Shop) sight(ctx context.Context, who model.Actor) (model.Sight, error) {
	return who.Sees(model.OpReadShop, func(ids []model.ID) ([]*model.Node, error) { return s.store.Nodes.ByIDs(ctx, ids) })
}

// view completes items for a reader.
func view(items ...*model.ShopItem) []*model.ShopItem {
	for _, i := range items {
		i.Available = i.Left()
	}
	return items
}

// before returns where a page of a list begins that runs from great numbers to small ones. It fails with
// ErrCursor.
func before(list string, page model.Page) (int64, error) {
	after, err := model.DecodeCursor(list, page.Cursor, 1)
	if err != nil || after == nil {
		return math.MaxInt64, err
	}
	return after[0], nil
}

package shop

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"linbanglin/model"
	"linbanglin/repository"
)

// ItemInput is what staff say about an item.
type ItemInput struct {
	Name         string
	Description  string
	Category     string
	Points       int64
	MonthlyLimit int
	StartsAt     model.Instant
	EndsAt       model.Instant
	Donor        string
	Scope        model.ID // a node of the tree or a branch; zero: the community
	Stock        int64    // of a new item
	Version      int64    // of the item that is edited
}

// apply writes the input on an item after checking it, for a scope where the caller manages the shop.
func (s *Shop) apply(ctx context.Context, who model.Actor, in ItemInput, i *model.ShopItem) error {
	i.Name, i.Description, i.Donor = strings.TrimSpace(in.Name), strings.TrimSpace(in.Description), strings.TrimSpace(in.Donor)
	i.Category, i.Points, i.MonthlyLimit, i.StartsAt, i.EndsAt = in.Category, in.Points, in.MonthlyLimit, in.StartsAt, in.EndsAt
	if err := i.Validate(); err != nil {
		return err
	}
	if in.Scope == 0 {
		in.Scope = who.Place.CommunityID
	}
	node, err := s.store.Nodes.Get(ctx, in.Scope)
	if err != nil {
		return err
	}
	if err := who.May(model.OpManageShop, node.Place); err != nil {
		return err
	}
	if node.Kind == model.KindHousehold {
		return model.ErrInvalid.Saying("兑换范围不能是一户", "An item is not for one household.")
	}
	i.ScopeNodeID, i.ScopeKind = node.ID, node.Kind
	return nil
}

// AddItem adds an item as a draft, with what of it is in stock. It fails with ErrInvalid, ErrPeriod, ErrAmount,
// ErrCategory, ErrItemCash, ErrStockMove, with ErrNotFound for a scope that is not of the community, and with
// ErrForbidden for one outside of the caller's.
func (s *Shop) AddItem(ctx context.Context, who model.Actor, in ItemInput) (*model.ShopItem, error) {
	now := s.now()
	i := &model.ShopItem{
		ID: s.store.NewID(), CommunityID: who.Place.CommunityID, Status: model.ItemDraft, CreatedBy: who.MemberID, Version: 1,
		CreatedAt: now, UpdatedAt: now,
	}
	if err := s.apply(ctx, who, in, i); err != nil {
		return nil, err
	}
	return repository.Once(ctx, s.store, now, func(tx *repository.Store) (*model.ShopItem, error) {
		i.Stock, i.Moves = 0, 0 // it may run twice
		if err := tx.Shop.CreateItem(ctx, i); err != nil {
			return nil, err
		}
		view(i)
		if in.Stock == 0 {
			return i, nil
		}
		return stocked(ctx, tx, i, model.StockReceived, in.Stock, "", who, now)
	})
}

// stocked changes the stock of a locked item.
func stocked(ctx context.Context, tx *repository.Store, i *model.ShopItem, kind model.MoveKind, quantity int64, reason string,
	who model.Actor, now model.Instant,
) (*model.ShopItem, error) {
	move, err := i.Stocked(kind, quantity, reason, who.MemberID, now)
	if err != nil {
		return nil, err
	}
	view(i)
	return i, tx.Shop.UpdateStock(ctx, i, move)
}

// change runs one step on an item under its lock, by someone who manages it.
func (s *Shop) change(ctx context.Context, who model.Actor, id model.ID,
	step func(tx *repository.Store, i *model.ShopItem, now model.Instant) (*model.ShopItem, error),
) (*model.ShopItem, error) {
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.ShopItem, error) {
		i, err := tx.Shop.LockItem(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := mayAt(ctx, tx, who, model.OpManageShop, i); err != nil {
			return nil, err
		}
		return step(tx, i, s.now())
	})
}

// EditItem replaces what is said about an item; its stock stays. What is ordered already keeps its price. It fails
// with ErrStale when it was changed meanwhile, and as AddItem does.
func (s *Shop) EditItem(ctx context.Context, who model.Actor, id model.ID, in ItemInput) (*model.ShopItem, error) {
	checked := &model.ShopItem{}
	if err := s.apply(ctx, who, in, checked); err != nil {
		return nil, err
	}
	return s.change(ctx, who, id, func(tx *repository.Store, i *model.ShopItem, now model.Instant) (*model.ShopItem, error) {
		if i.Version != in.Version {
			return nil, model.ErrStale
		}
		i.Name, i.Description, i.Donor, i.Category, i.Points = checked.Name, checked.Description, checked.Donor, checked.Category, checked.Points
		i.MonthlyLimit, i.StartsAt, i.EndsAt = checked.MonthlyLimit, checked.StartsAt, checked.EndsAt
		i.ScopeNodeID, i.ScopeKind, i.Version, i.UpdatedAt = checked.ScopeNodeID, checked.ScopeKind, i.Version+1, now
		return view(i)[0], tx.Shop.UpdateItem(ctx, i)
	})
}

// MoveItem puts an item on sale or takes it off. It fails with ErrItemState.
func (s *Shop) MoveItem(ctx context.Context, who model.Actor, id model.ID, to model.ItemStatus) (*model.ShopItem, error) {
	return s.change(ctx, who, id, func(tx *repository.Store, i *model.ShopItem, now model.Instant) (*model.ShopItem, error) {
		if err := i.Move(to, now); err != nil {
			return nil, err
		}
		return view(i)[0], tx.Shop.UpdateItem(ctx, i)
	})
}

// maxReason bounds why something was done, in characters.
const maxReason = 200

// wantReason fails with ErrInvalid unless a reason is given.
func wantReason(reason string) error {
	if n := utf8.RuneCountInString(reason); n < 1 || n > maxReason {
		return model.ErrInvalid.Saying("请填写 1 到 200 个字的原因", "A reason has 1 to 200 characters.")
	}
	return nil
}

// Restock changes the stock of an item: what was received, or what a count corrects, with a reason. It fails with
// ErrInvalid without a reason, with ErrStockMove, and with ErrOutOfStock when less is free than is taken.
func (s *Shop) Restock(ctx context.Context, who model.Actor, id model.ID, kind model.MoveKind, quantity int64, reason string) (*model.ShopItem, error) {
	reason = strings.TrimSpace(reason)
	if err := wantReason(reason); err != nil {
		return nil, err
	}
	if kind != model.StockReceived && kind != model.StockCorrected {
		return nil, model.ErrStockMove
	}
	return s.change(ctx, who, id, func(tx *repository.Store, i *model.ShopItem, now model.Instant) (*model.ShopItem, error) {
		return stocked(ctx, tx, i, kind, quantity, reason, who, now)
	})
}

// Item returns one item. It fails with ErrNotFound out of the caller's sight; drafts are there only for those who
// manage them.
func (s *Shop) Item(ctx context.Context, who model.Actor, id model.ID) (*model.ShopItem, error) {
	i, err := s.store.Shop.Item(ctx, id)
	if err != nil {
		return nil, err
	}
	if i.CommunityID != who.Place.CommunityID {
		return nil, model.ErrNotFound
	}
	if i.Status == model.ItemDraft {
		return view(i)[0], mayAt(ctx, s.store, who, model.OpManageShop, i)
	}
	sight, err := s.sight(ctx, who)
	if err != nil {
		return nil, err
	}
	scope, err := s.store.Nodes.Get(ctx, i.ScopeNodeID)
	if err == nil && !sight.Shows(scope) {
		err = model.ErrNotFound
	}
	return view(i)[0], err
}

// Items lists items, newest first: those on sale in the caller's sight or, with all, those in every state where
// the caller manages the shop. It fails with ErrForbidden and ErrCursor.
func (s *Shop) Items(ctx context.Context, who model.Actor, category string, all bool, page model.Page) (*model.List[*model.ShopItem], error) {
	name := fmt.Sprintf("shop-items:%d:%s:%t", who.MemberID, category, all)
	from, err := before(name, page)
	if err != nil {
		return nil, err
	}
	q := &repository.ItemQuery{Community: who.Place.CommunityID, Category: category, Before: model.ID(from), Limit: page.Size() + 1}
	if all {
		q.Sight.Reach, err = who.Reach(model.OpManageShop)
	} else {
		q.Status, q.OpenAt = model.ItemOnSale, s.now()
		q.Sight, err = s.sight(ctx, who)
	}
	if err != nil {
		return nil, err
	}
	rows, err := s.store.Shop.Items(ctx, q)
	if err != nil {
		return nil, err
	}
	return model.PageOf(name, page, view(rows...), func(i *model.ShopItem) int64 { return int64(i.ID) }), nil
}

// Moves lists the moves of an item's stock, newest first, for those who read orders where it is given. It fails
// with ErrForbidden and ErrCursor.
func (s *Shop) Moves(ctx context.Context, who model.Actor, id model.ID, page model.Page) (*model.List[*model.StockMove], error) {
	i, err := s.store.Shop.Item(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := mayAt(ctx, s.store, who, model.OpReadOrders, i); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("shop-moves:%d", id)
	from, err := before(name, page)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.Shop.Moves(ctx, id, from, page.Size()+1)
	return model.PageOf(name, page, rows, func(m *model.StockMove) int64 { return m.Seq }), err
}

package shop

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
	"linbanglin/service/notify"
)

// Order reserves pieces of an item and holds the points for them, both or neither; it waits seven days for its
// buyer, who alone reads the pick-up code. It fails with ErrInvalid, ErrForbidden, ErrNotFound, ErrItemScope,
// ErrNotOnSale, ErrOrderLimit, ErrOutOfStock and ErrInsufficient.
func (s *Shop) Order(ctx context.Context, who model.Actor, item model.ID, quantity int) (*model.Order, error) {
	if quantity < 1 || quantity > model.MaxQuantity {
		return nil, model.ErrInvalid.Saying("每次可兑换 1 到 20 件", "An order is of 1 to 20 pieces.")
	}
	defer s.ledger.Nudge()
	order, err := repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Order, error) {
		o, err := s.reserve(ctx, tx, who, item, quantity)
		if err != nil {
			return nil, err
		}
		return o, views(ctx, tx, o)
	})
	if err != nil {
		return nil, err
	}
	// Only now, so that the code is not in the answer that is kept for the idempotency key.
	return s.withCode(ctx, order)
}

// reserve puts pieces and points aside under the lock of the item, so that what a month's limit counts cannot
// change meanwhile.
func (s *Shop) reserve(ctx context.Context, tx *repository.Store, who model.Actor, id model.ID, quantity int) (*model.Order, error) {
	if err := who.May(model.OpOrderItem, who.Place); err != nil {
		return nil, err
	}
	i, err := tx.Shop.LockItem(ctx, id)
	if err != nil {
		return nil, err
	}
	if i.CommunityID != who.Place.CommunityID {
		return nil, model.ErrNotFound
	}
	now := s.now()
	had, err := tx.Shop.Ordered(ctx, id, who.MemberID, now.Month())
	if err != nil {
		return nil, err
	}
	if err := i.Reserve(quantity, who.Place, had, now); err != nil {
		return nil, err
	}
	o, err := s.newOrder(ctx, tx, who, i, quantity, now)
	if err != nil {
		return nil, err
	}
	if o.HoldID, err = s.post(ctx, tx, o, model.KindHold, who.MemberID); err != nil {
		return nil, err
	}
	if err := tx.Shop.UpdateStock(ctx, i, nil); err != nil {
		return nil, err
	}
	if err := tx.Shop.CreateOrder(ctx, o); err != nil {
		return nil, err
	}
	return o, notify.Tell(ctx, tx, notice(o, now))
}

// maxCodes is how often another code is made for an order when an older order has it.
const maxCodes = 3

// newOrder makes an order with a code that no other has.
func (s *Shop) newOrder(ctx context.Context, tx *repository.Store, who model.Actor, i *model.ShopItem, quantity int, now model.Instant) (*model.Order, error) {
	for range maxCodes {
		secret := make([]byte, 32)
		if _, err := rand.Read(secret); err != nil {
			return nil, fmt.Errorf("make a secret: %w", err)
		}
		o := model.NewOrder(s.store.NewID(), i, who.MemberID, who.Place, quantity, secret, now)
		_, err := tx.Shop.OrderByCode(ctx, o.CommunityID, o.CodeHash)
		if errors.Is(err, model.ErrNotFound) {
			return o, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, model.ErrUnavailable
}

// post has the ledger hold, take or give back the points of an order, and returns the transfer.
func (s *Shop) post(ctx context.Context, tx *repository.Store, o *model.Order, kind model.TransferKind, by model.ID) (model.ID, error) {
	buyer, err := tx.Members.Get(ctx, o.BuyerID)
	if err != nil {
		return 0, err
	}
	results, err := s.ledger.PostTx(ctx, tx, ledger.Posting{
		Key: fmt.Sprintf("order:%d:%s", o.ID, kind), Kind: kind, Amount: o.Points, Code: model.CodeRedeem,
		Debit: model.Wallet(o.CommunityID, o.BuyerID, model.Points), Credit: model.System(o.CommunityID, model.AccountRedeemed),
		Ref: model.RefOrder, RefID: o.ID, Member: buyer, Hold: o.HoldID, Until: o.ExpiresAt, Actor: by, Memo: what(o),
	})
	if err != nil {
		return 0, err
	}
	return results[0].TransferID, nil
}

// giveBack ends an order that was not picked up: its points and its pieces are free again.
func (s *Shop) giveBack(ctx context.Context, tx *repository.Store, o *model.Order, kind model.TransferKind, by model.ID, now model.Instant) error {
	i, err := tx.Shop.LockItem(ctx, o.ItemID)
	if err != nil {
		return err
	}
	if _, err := s.post(ctx, tx, o, kind, by); err != nil {
		return err
	}
	i.Release(o.Quantity, now)
	if err := tx.Shop.UpdateStock(ctx, i, nil); err != nil {
		return err
	}
	return tx.Shop.UpdateOrder(ctx, o)
}

// Cancel ends an order before it is picked up: by its buyer or, with a reason, by who manages the shop there. It
// fails with ErrOrderState, and with ErrNotFound for someone else's that the caller may not see.
func (s *Shop) Cancel(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.Order, error) {
	defer s.ledger.Nudge()
	reason = strings.TrimSpace(reason)
	return s.step(ctx, who, id, func(tx *repository.Store, o *model.Order, now model.Instant) error {
		own := o.BuyerID == who.MemberID
		if !own {
			if err := who.May(model.OpManageShop, o.Place); err != nil {
				return err
			}
			if err := wantReason(reason); err != nil {
				return err
			}
		}
		if err := o.Cancel(reason, now); err != nil {
			return err
		}
		if err := s.giveBack(ctx, tx, o, model.KindRelease, who.MemberID, now); err != nil || own {
			return err
		}
		return notify.Tell(ctx, tx, notice(o, now))
	})
}

// Refund undoes an order that was picked up: its points go back, and with restock its pieces. It is for who may
// reverse points there, and not for one's own household. It fails with ErrOrderState, ErrOwnOrder, and with
// ErrAlreadyReversed when the ledger gave the points back already.
func (s *Shop) Refund(ctx context.Context, who model.Actor, id model.ID, reason string, restock bool) (*model.Order, error) {
	defer s.ledger.Nudge()
	reason = strings.TrimSpace(reason)
	if err := wantReason(reason); err != nil {
		return nil, err
	}
	return s.step(ctx, who, id, func(tx *repository.Store, o *model.Order, now model.Instant) error {
		if err := who.May(model.OpReverse, o.Place); err != nil {
			return err
		}
		if err := wantStranger(ctx, tx, who, o); err != nil {
			return err
		}
		if err := o.Refund(reason, now); err != nil {
			return err
		}
		if restock {
			i, err := tx.Shop.LockItem(ctx, o.ItemID)
			if err != nil {
				return err
			}
			if err := moved(ctx, tx, i, o, model.StockReturned, who.MemberID, now); err != nil {
				return err
			}
		}
		taken, err := tx.Points.Transfer(ctx, o.SettleID)
		if err != nil {
			return err
		}
		if _, err := s.ledger.ReverseTx(ctx, tx, taken, who.MemberID, reason); err != nil {
			return err
		}
		if err := tx.Shop.UpdateOrder(ctx, o); err != nil {
			return err
		}
		return notify.Tell(ctx, tx, notice(o, now))
	})
}

// moved writes that the pieces of an order left the stock, or came back.
func moved(ctx context.Context, tx *repository.Store, i *model.ShopItem, o *model.Order, kind model.MoveKind, by model.ID, now model.Instant) error {
	n := int64(o.Quantity)
	if kind == model.StockSold {
		n = -n
	}
	move, err := i.Stocked(kind, n, o.Reason, by, now)
	if err != nil {
		return err
	}
	move.OrderID = o.ID
	return tx.Shop.UpdateStock(ctx, i, move)
}

// step changes an order under its lock, by someone who may see it.
func (s *Shop) step(ctx context.Context, who model.Actor, id model.ID, do func(tx *repository.Store, o *model.Order, now model.Instant) error) (*model.Order, error) {
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Order, error) {
		o, err := tx.Shop.LockOrder(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := mayRead(who, o); err != nil {
			return nil, err
		}
		if err := do(tx, o, s.now()); err != nil {
			return nil, err
		}
		return o, views(ctx, tx, o)
	})
}

// wantStranger fails with ErrOwnOrder for the buyer and for who lives with the buyer.
func wantStranger(ctx context.Context, tx *repository.Store, who model.Actor, o *model.Order) error {
	buyer, err := tx.Members.Get(ctx, o.BuyerID)
	if err != nil {
		return err
	}
	home := who.Place.HouseholdID
	if who.MemberID == o.BuyerID || home != 0 && (home == buyer.HouseholdID || home == o.HouseholdID) {
		return model.ErrOwnOrder
	}
	return nil
}

package shop

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// scanRows is how many rows are in memory at a time.
const scanRows = 500

// checker holds the shop's books against each other, and against the ledger's, in one view of the database.
type checker struct {
	view        *repository.Store
	rows        int64
	differences []string
}

func (c *checker) differ(format string, args ...any) {
	c.differences = append(c.differences, fmt.Sprintf(format, args...))
}

// Check adds up the moves of stock and the orders again, and returns how many rows it read and where something
// differs: the stock of an item from its moves, what is put aside from the orders that wait, and the points of an
// order from what the ledger holds or took for it. An error is a failure to read, never a difference.
func (s *Shop) Check(ctx context.Context) (rows int64, differences []string, err error) {
	err = s.store.Snapshot(ctx, func(view *repository.Store) error {
		c := &checker{view: view}
		if err := c.items(ctx); err != nil {
			return fmt.Errorf("check items: %w", err)
		}
		if err := c.orders(ctx); err != nil {
			return fmt.Errorf("check orders: %w", err)
		}
		rows, differences = c.rows, c.differences
		return nil
	})
	return rows, differences, err
}

func (c *checker) items(ctx context.Context) error {
	waiting, err := c.view.Shop.Waiting(ctx)
	if err != nil {
		return err
	}
	for after := model.ID(0); ; {
		items, err := c.view.Shop.ScanItems(ctx, after, scanRows)
		if err != nil || len(items) == 0 {
			return err
		}
		for _, i := range items {
			if err := c.moves(ctx, i); err != nil {
				return err
			}
			if i.Reserved != waiting[i.ID] || i.Reserved > i.Stock {
				c.differ("item %d: %d of %d are put aside, orders wait for %d", i.ID, i.Reserved, i.Stock, waiting[i.ID])
			}
		}
		c.rows += int64(len(items))
		after = items[len(items)-1].ID
	}
}

// moves adds up the stock of an item.
func (c *checker) moves(ctx context.Context, i *model.ShopItem) error {
	stock, seq := int64(0), int64(0)
	for {
		moves, err := c.view.Shop.ScanMoves(ctx, i.ID, seq, scanRows)
		if err != nil {
			return err
		}
		if len(moves) == 0 {
			break
		}
		for _, m := range moves {
			stock += m.Quantity
			seq++
			if m.Seq != seq || m.StockAfter != stock || m.CommunityID != i.CommunityID {
				c.differ("item %d: move %d says %d in stock, it is move %d with %d", i.ID, m.Seq, m.StockAfter, seq, stock)
			}
			seq = m.Seq
		}
		c.rows += int64(len(moves))
	}
	if stock != i.Stock || seq != i.Moves {
		c.differ("item %d: %d in stock after %d moves, its moves say %d after %d", i.ID, i.Stock, i.Moves, stock, seq)
	}
	return nil
}

func (c *checker) orders(ctx context.Context) error {
	for after := model.ID(0); ; {
		orders, err := c.view.Shop.ScanOrders(ctx, after, scanRows)
		if err != nil || len(orders) == 0 {
			return err
		}
		var ids []model.ID
		for _, o := range orders {
			ids = append(ids, o.HoldID, o.SettleID)
		}
		transfers, err := c.view.Points.Transfers(ctx, ids)
		if err != nil {
			return err
		}
		byID := make(map[model.ID]*model.Transfer, len(transfers))
		for _, t := range transfers {
			byID[t.ID] = t
		}
		open := map[model.ID]*model.Hold{}
		if err := c.view.Points.ReadHolds(ctx, ids, open); err != nil {
			return err
		}
		for _, o := range orders {
			c.points(o, byID, open)
		}
		c.rows += int64(len(orders))
		after = orders[len(orders)-1].ID
	}
}

// points sees that the ledger has the points of an order where its state says they are.
func (c *checker) points(o *model.Order, transfers map[model.ID]*model.Transfer, open map[model.ID]*model.Hold) {
	held, taken := transfers[o.HoldID], transfers[o.SettleID]
	if held == nil || held.Kind != model.KindHold || held.Amount != o.Points || held.RefType != model.RefOrder || held.RefID != o.ID || held.MemberID != o.BuyerID {
		c.differ("order %d: no hold of its %d points", o.ID, o.Points)
	}
	if waits := open[o.HoldID] != nil; waits != (o.Status == model.OrderReserved) {
		c.differ("order %d: is %s, its hold is open: %t", o.ID, o.Status, waits)
	}
	handed := o.Status == model.OrderPickedUp || o.Status == model.OrderRefunded
	if handed != (taken != nil) || taken != nil && (taken.HoldID == nil || *taken.HoldID != o.HoldID || taken.Kind != model.KindSettle || taken.Amount != o.Points) {
		c.differ("order %d: is %s, its points were taken by transfer %d", o.ID, o.Status, o.SettleID)
	}
}

package shop_test

import (
	"database/sql"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // to do what an intruder with the file could

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/ledger"
	"linbanglin/service/shop"
)

// TestCheckFindsWhatDiffers changes the books behind the shop's back, one row at a time.
func TestCheckFindsWhatDiffers(t *testing.T) {
	t.Parallel()
	url := testdb.URL(t, testdb.SQLite)
	store := testdb.Connect(t, url)
	c := &counter{World: testworld.New(t, store), store: store}
	c.now.Store(int64(testworld.Now))
	c.ledger = ledger.New(store, c.clock)
	c.Shop = shop.New(store, c.ledger, c.clock)
	c.admin, c.clerk = c.Holder(model.RoleCommunityAdmin), c.Holder(model.RoleGridWorker)
	go func() { _ = c.ledger.Run(t.Context()) }()
	item := c.given(t, rice())
	c.givenPoints(t, 300, c.Resident(0))
	c.ordered(t, c.Resident(0), item.ID, 1)
	for _, end := range []func(o *model.Order) error{
		func(o *model.Order) error { _, err := c.Pickup(t.Context(), c.clerk, o.Code); return err },
		func(o *model.Order) error { _, err := c.Cancel(t.Context(), c.Resident(0), o.ID, ""); return err },
	} {
		if err := end(c.ordered(t, c.Resident(0), item.ID, 2)); err != nil {
			t.Fatal(err)
		}
	}
	c.wantClean(t)
	db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	change := func(statement string) {
		t.Helper()
		result, err := db.ExecContext(t.Context(), statement)
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := result.RowsAffected(); n == 0 {
			t.Fatalf("%s changed nothing", statement)
		}
	}
	for _, x := range []struct{ name, there, back string }{
		{"the stock", "UPDATE shop_item SET stock = stock + 1", "UPDATE shop_item SET stock = stock - 1"},
		{"what is put aside", "UPDATE shop_item SET reserved = reserved + 1", "UPDATE shop_item SET reserved = reserved - 1"},
		{"how many moves there are", "UPDATE shop_item SET moves = moves + 1", "UPDATE shop_item SET moves = moves - 1"},
		{"a move", "UPDATE shop_stock_move SET quantity = 6 WHERE seq = 1", "UPDATE shop_stock_move SET quantity = 5 WHERE seq = 1"},
		{"the stock after a move", "UPDATE shop_stock_move SET stock_after = 6 WHERE seq = 1", "UPDATE shop_stock_move SET stock_after = 5 WHERE seq = 1"},
		{"the place of a move", "UPDATE shop_stock_move SET seq = 3 WHERE seq = 2", "UPDATE shop_stock_move SET seq = 2 WHERE seq = 3"},
		{"the pieces of an order", "UPDATE shop_order SET quantity = 2 WHERE status = 'reserved'", "UPDATE shop_order SET quantity = 1 WHERE status = 'reserved'"},
		{"the points of an order", "UPDATE shop_order SET points = points + 1 WHERE status = 'picked_up'", "UPDATE shop_order SET points = points - 1 WHERE status = 'picked_up'"},
		{"an order that waits", "UPDATE shop_order SET status = 'lapsed' WHERE status = 'reserved'", "UPDATE shop_order SET status = 'reserved' WHERE status = 'lapsed'"},
		{"an order that is over", "UPDATE shop_order SET status = 'reserved' WHERE status = 'cancelled'", "UPDATE shop_order SET status = 'cancelled' WHERE status = 'reserved' AND ended_at > 0"},
		{"an order that was not handed out", "UPDATE shop_order SET status = 'picked_up' WHERE status = 'cancelled'", "UPDATE shop_order SET status = 'cancelled' WHERE status = 'picked_up' AND ended_at > 0"},
		{"who ordered", "UPDATE shop_order SET buyer_id = buyer_id + 1", "UPDATE shop_order SET buyer_id = buyer_id - 1"},
		{"what was held", "UPDATE shop_order SET hold_id = hold_id + 1", "UPDATE shop_order SET hold_id = hold_id - 1"},
		{"what was taken", "UPDATE shop_order SET settle_id = hold_id WHERE status = 'picked_up'", ""},
	} {
		change(x.there)
		if rows, differences, err := c.Check(t.Context()); err != nil || len(differences) == 0 || rows == 0 {
			t.Errorf("%s: %d rows, %v, %v", x.name, rows, differences, err)
		}
		if x.back == "" {
			continue
		}
		change(x.back)
		if _, differences, err := c.Check(t.Context()); err != nil || len(differences) > 0 {
			t.Fatalf("%s, changed back: %v, %v", x.name, differences, err)
		}
	}
}

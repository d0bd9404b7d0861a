package shop_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/boards"
	"linbanglin/service/ledger"
	"linbanglin/service/notify"
	"linbanglin/service/shop"
)

// counter is a world with a shop, at a time that the test sets.
type counter struct {
	*testworld.World
	*shop.Shop
	ledger *ledger.Ledger
	inbox  *notify.Notices
	store  *repository.Store
	admin  model.Actor
	clerk  model.Actor // of the first grid
	now    atomic.Int64
	awards int
}

// each runs a test on every engine, and wants the books to agree at its end.
func each(t *testing.T, test func(t *testing.T, c *counter)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		c := &counter{World: testworld.New(t, store), store: store}
		c.now.Store(int64(testworld.Now))
		c.ledger = ledger.New(store, c.clock)
		c.inbox = notify.New(store, c.clock)
		c.Shop = shop.New(store, c.ledger, c.clock)
		c.admin, c.clerk = c.Holder(model.RoleCommunityAdmin), c.Holder(model.RoleGridWorker)
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		done := make(chan error, 1)
		go func() { done <- c.ledger.Run(ctx) }()
		t.Cleanup(func() {
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
		test(t, c)
		c.wantClean(t)
	})
}

func (c *counter) clock() model.Instant { return model.Instant(c.now.Load()) }

func (c *counter) wait(d time.Duration) { c.now.Add(d.Microseconds()) }

func (c *counter) wantClean(t *testing.T) {
	t.Helper()
	b := boards.New(c.store, nil, c.clock)
	if err := errors.Join(c.ledger.SealAll(t.Context()), b.CatchUp(t.Context())); err != nil {
		t.Fatal(err)
	}
	checks, _, err := c.ledger.Verify(t.Context(), ledger.VerifyOptions{})
	for _, check := range checks {
		for _, d := range check.Differences {
			t.Errorf("%s: %s", check.Name, d)
		}
	}
	if _, differences, shopErr := c.Check(t.Context()); err != nil || shopErr != nil || len(differences) > 0 {
		t.Errorf("%v, %v, %v", differences, err, shopErr)
	}
	if _, differences, err := b.Check(t.Context()); err != nil || len(differences) > 0 {
		t.Errorf("%v, %v", differences, err)
	}
}

func rice() shop.ItemInput {
	return shop.ItemInput{Name: "大米", Category: "food", Points: 30, Stock: 5, Donor: "某粮油店"}
}

// given puts an item on sale and returns it.
func (c *counter) given(t *testing.T, in shop.ItemInput) *model.ShopItem {
	t.Helper()
	i, err := c.AddItem(t.Context(), c.admin, in)
	if err != nil {
		t.Fatal(err)
	}
	if i, err = c.MoveItem(t.Context(), c.admin, i.ID, model.ItemOnSale); err != nil {
		t.Fatal(err)
	}
	return i
}

// givenPoints awards points to people.
func (c *counter) givenPoints(t *testing.T, amount int64, people ...model.Actor) {
	t.Helper()
	for _, who := range people {
		c.awards++
		promise := &model.Idempotency{Member: c.admin.MemberID, Key: fmt.Sprint("give", c.awards), Replayed: func() {}}
		_, err := c.ledger.Award(model.WithIdempotency(t.Context(), promise), c.admin, ledger.Award{Member: who.MemberID, Amount: amount, Code: model.RuleAdjust})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// ordered orders something that must be had.
func (c *counter) ordered(t *testing.T, who model.Actor, item model.ID, quantity int) *model.Order {
	t.Helper()
	o, err := c.Order(t.Context(), who, item, quantity)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (c *counter) wantWallet(t *testing.T, who model.Actor, posted, held int64) {
	t.Helper()
	b, err := c.ledger.Balance(t.Context(), who)
	if err != nil || b.Posted != posted || b.Held != held {
		t.Errorf("got %d points of which %d are held, want %d and %d; %v", b.Posted, b.Held, posted, held, err)
	}
}

func (c *counter) wantStock(t *testing.T, item model.ID, stock, reserved int64) {
	t.Helper()
	i, err := c.Item(t.Context(), c.admin, item)
	if err != nil || i.Stock != stock || i.Reserved != reserved || i.Available != stock-reserved {
		t.Errorf("got %d in stock of which %d are put aside, want %d and %d; %v", i.Stock, i.Reserved, stock, reserved, err)
	}
}

func (c *counter) wantStatus(t *testing.T, id model.ID, want model.OrderStatus) {
	t.Helper()
	if o, err := c.OrderByID(t.Context(), c.admin, id); err != nil || o.Status != want {
		t.Errorf("the order is %s, want %s; %v", o.Status, want, err)
	}
}

// wantTold wants the newest notice of a member to be of a kind, and that none holds the code.
func (c *counter) wantTold(t *testing.T, who model.Actor, kind model.NoticeKind, n int) {
	t.Helper()
	box, err := c.inbox.Inbox(t.Context(), who, false, model.Page{})
	if err != nil || len(box.Items) != n || n > 0 && box.Items[0].Kind != kind {
		t.Errorf("got %+v, %v, want %d notices, the last %s", box, err, n, kind)
	}
}

// atOnce runs n calls together.
func atOnce(n int, call func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			call(i)
		})
	}
	close(start)
	all.Wait()
}

func TestLifeOfAnOrder(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter) {
		buyer := c.Resident(0)
		item := c.given(t, rice())
		c.givenPoints(t, 100, buyer)
		o := c.ordered(t, buyer, item.ID, 2)
		if o.Status != model.OrderReserved || o.Points != 60 || o.Code == "" || o.Item.Name != "大米" || o.ExpiresAt != testworld.Now.Add(7*24*time.Hour) {
			t.Fatalf("got %+v", o)
		}
		c.wantWallet(t, buyer, 100, 60)
		c.wantStock(t, item.ID, 5, 2)
		c.wantTold(t, buyer, model.NoticeOrderReserved, 1)
		again, err := c.OrderByID(t.Context(), buyer, o.ID)
		if err != nil || again.Code != o.Code {
			t.Errorf("read again the code is %q, %v", again.Code, err)
		}
		if seen, err := c.OrderByID(t.Context(), c.clerk, o.ID); err != nil || seen.Code != "" || seen.Buyer.ID != buyer.MemberID {
			t.Errorf("the clerk sees %+v, %v", seen, err)
		}
		handed, err := c.Pickup(t.Context(), c.clerk, strings.ToLower(o.Code[:4])+" "+o.Code[4:])
		if err != nil || handed.ID != o.ID || handed.Status != model.OrderPickedUp || handed.Code != "" {
			t.Fatalf("got %+v, %v", handed, err)
		}
		c.wantWallet(t, buyer, 40, 0)
		c.wantStock(t, item.ID, 3, 0)
		c.wantTold(t, buyer, model.NoticeOrderPickedUp, 2)
		if mine, err := c.OrderByID(t.Context(), buyer, o.ID); err != nil || mine.Code != "" {
			t.Errorf("a code that is spent is shown: %+v, %v", mine, err)
		}
		if _, err := c.Cancel(t.Context(), buyer, o.ID, ""); !errors.Is(err, model.ErrOrderState) {
			t.Errorf("cancelled after the pick-up: %v", err)
		}
		back, err := c.Refund(t.Context(), c.admin, o.ID, "发霉", false)
		if err != nil || back.Status != model.OrderRefunded || back.Reason != "发霉" {
			t.Fatalf("got %+v, %v", back, err)
		}
		c.wantWallet(t, buyer, 100, 0)
		c.wantStock(t, item.ID, 3, 0)
		c.wantTold(t, buyer, model.NoticeOrderRefunded, 3)
		if _, err := c.Refund(t.Context(), c.admin, o.ID, "再来", false); !errors.Is(err, model.ErrOrderState) {
			t.Errorf("refunded twice: %v", err)
		}
		if b, err := c.ledger.Balance(t.Context(), buyer); err != nil || b.Earned.Total != 100 {
			t.Errorf("spending and refunds are no earnings: %+v, %v", b, err)
		}
	})
}

func TestWhatIsNotHandedOutComesBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter) {
		buyer := c.Resident(0)
		in := rice()
		in.MonthlyLimit = 2
		item := c.given(t, in)
		c.givenPoints(t, 100, buyer)
		for i, end := range []func(o *model.Order) error{
			func(o *model.Order) error { _, err := c.Cancel(t.Context(), buyer, o.ID, ""); return err },
			func(o *model.Order) error { _, err := c.Cancel(t.Context(), c.admin, o.ID, "受潮"); return err },
			func(*model.Order) error {
				c.wait(7*24*time.Hour - time.Microsecond)
				if n, err := c.Sweep(t.Context()); n != 0 || err != nil {
					t.Errorf("%d lapsed too early, %v", n, err)
				}
				c.wait(time.Microsecond)
				n, err := c.Sweep(t.Context())
				if n != 1 {
					t.Errorf("%d lapsed, want 1", n)
				}
				return err
			},
		} {
			o := c.ordered(t, buyer, item.ID, 2)
			c.wantWallet(t, buyer, 100, 60)
			if err := end(o); err != nil {
				t.Fatal(err)
			}
			c.wantStatus(t, o.ID, []model.OrderStatus{model.OrderCancelled, model.OrderCancelled, model.OrderLapsed}[i])
			c.wantWallet(t, buyer, 100, 0)
			c.wantStock(t, item.ID, 5, 0)
			if _, err := c.Pickup(t.Context(), c.clerk, o.Code); !errors.Is(err, model.ErrOrderState) {
				t.Errorf("picked up when it was over: %v", err)
			}
			if _, err := c.Refund(t.Context(), c.admin, o.ID, "x", true); !errors.Is(err, model.ErrOrderState) {
				t.Errorf("refunded though nothing was taken: %v", err)
			}
		}
		c.wantTold(t, buyer, model.NoticeOrderLapsed, 5) // the buyer knows of their own cancelling
	})
}

func TestTooLateForThePickup(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter) {
		item := c.given(t, rice())
		c.givenPoints(t, 100, c.Resident(0))
		o := c.ordered(t, c.Resident(0), item.ID, 1)
		c.wait(model.OrderLife)
		if _, err := c.Pickup(t.Context(), c.clerk, o.Code); !errors.Is(err, model.ErrOrderOver) {
			t.Errorf("got %v", err)
		}
		if _, err := c.Cancel(t.Context(), c.Resident(0), o.ID, ""); err != nil {
			t.Errorf("before the sweep comes it can be cancelled: %v", err)
		}
		if n, err := c.Sweep(t.Context()); n != 0 || err != nil {
			t.Errorf("%d lapsed, %v", n, err)
		}
	})
}

func TestRefundWithTheThing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter) {
		item := c.given(t, rice())
		c.givenPoints(t, 100, c.Resident(0))
		o := c.ordered(t, c.Resident(0), item.ID, 3)
		if _, err := c.Pickup(t.Context(), c.clerk, o.Code); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Refund(t.Context(), c.admin, o.ID, "没拆封", true); err != nil {
			t.Fatal(err)
		}
		c.wantStock(t, item.ID, 5, 0)
		moves, err := c.Moves(t.Context(), c.admin, item.ID, model.Page{})
		if err != nil || len(moves.Items) != 3 {
			t.Fatalf("got %+v, %v", moves, err)
		}
		for i, want := range []model.StockMove{
			{Kind: model.StockReturned, Quantity: 3, StockAfter: 5, OrderID: o.ID, Reason: "没拆封"},
			{Kind: model.StockSold, Quantity: -3, StockAfter: 2, OrderID: o.ID},
			{Kind: model.StockReceived, Quantity: 5, StockAfter: 5, Donor: "某粮油店"},
		} {
			m := moves.Items[i]
			if m.Kind != want.Kind || m.Quantity != want.Quantity || m.StockAfter != want.StockAfter || m.OrderID != want.OrderID || m.Reason != want.Reason || m.Donor != want.Donor {
				t.Errorf("got %+v, want %+v", *m, want)
			}
		}
	})
}

func TestOrdersThatAreRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter) {
		in := rice()
		in.MonthlyLimit, in.Scope = 3, c.Areas[0].ID
		item := c.given(t, in)
		draft, err := c.AddItem(t.Context(), c.admin, in)
		if err != nil {
			t.Fatal(err)
		}
		buyer, poor, far := c.Resident(0), c.Resident(1), c.As(c.Members[len(c.Members)-1])
		c.givenPoints(t, 1000, buyer, far)
		c.givenPoints(t, 29, poor)
		for name, x := range map[string]struct {
			who      model.Actor
			item     model.ID
			quantity int
			want     error
			left     int64
		}{
			"nothing":           {buyer, item.ID, 0, model.ErrInvalid, 0},
			"less than nothing": {buyer, item.ID, -1, model.ErrInvalid, 0},
			"too many":          {buyer, item.ID, 21, model.ErrInvalid, 0},
			"over the limit":    {buyer, item.ID, 4, model.ErrOrderLimit, 3},
			"no such item":      {buyer, 42, 1, model.ErrNotFound, 0},
			"a draft":           {buyer, draft.ID, 1, model.ErrNotFound, 0},
			"too few points":    {poor, item.ID, 1, model.ErrInsufficient, 29},
			"outside the scope": {far, item.ID, 1, model.ErrItemScope, 0},
			"another community": {c.Others.Resident(0), item.ID, 1, model.ErrNotFound, 0},
			"an auditor only":   {c.only(model.RoleAuditor), item.ID, 1, model.ErrForbidden, 0},
			"nobody yet":        {model.Actor{MemberID: 5}, item.ID, 1, model.ErrUnbound, 0},
		} {
			_, err := c.Order(t.Context(), x.who, x.item, x.quantity)
			if !errors.Is(err, x.want) {
				t.Errorf("%s: got %v, want %v", name, err, x.want)
			}
			var short *model.Shortage
			if errors.As(err, &short) && short.Left != x.left {
				t.Errorf("%s: %d left, want %d", name, short.Left, x.left)
			}
		}
		c.wantStock(t, item.ID, 5, 0)
		c.wantWallet(t, buyer, 1000, 0)
		c.wantWallet(t, poor, 29, 0)
		c.wantTold(t, buyer, "", 0)
	})
}

// only returns a caller who holds nothing but a role for the community.
func (c *counter) only(role model.Role) model.Actor {
	who := c.Resident(9)
	who.Grants = []model.Grant{{Role: role, NodeID: c.Community.ID, NodeKind: model.KindCommunity}}
	return who
}

func TestLimitIsForTheMonth(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter) {
		in := rice()
		in.MonthlyLimit, in.Stock = 2, 50
		item := c.given(t, in)
		buyer, other := c.Resident(0), c.Resident(1)
		c.givenPoints(t, 1000, buyer, other)
		c.ordered(t, buyer, item.ID, 1)
		picked := c.ordered(t, buyer, item.ID, 1)
		if _, err := c.Pickup(t.Context(), c.clerk, picked.Code); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Order(t.Context(), buyer, item.ID, 1); !errors.Is(err, model.ErrOrderLimit) {
			t.Errorf("a third: %v", err)
		}
		c.ordered(t, other, item.ID, 2)
		if _, err := c.Refund(t.Context(), c.admin, picked.ID, "x", true); err != nil {
			t.Fatal(err)
		}
		c.ordered(t, buyer, item.ID, 1)
		december := model.Day(20261201).Start()
		c.now.Store(int64(december) - 1)
		if _, err := c.Order(t.Context(), buyer, item.ID, 1); !errors.Is(err, model.ErrOrderLimit) {
			t.Errorf("on the last day of the month: %v", err)
		}
		c.now.Store(int64(december))
		c.ordered(t, buyer, item.ID, 2)
	})
}

func TestKeyOrdersOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter) {
		item := c.given(t, rice())
		buyer, replayed := c.Resident(0), 0
		c.givenPoints(t, 100, buyer)
		ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: buyer.MemberID, Key: "k", Replayed: func() { replayed++ }})
		first, err := c.Order(ctx, buyer, item.ID, 1)
		if err != nil {
			t.Fatal(err)
		}
		second, err := c.Order(ctx, buyer, item.ID, 1)
		if err != nil || second.ID != first.ID || second.Code != first.Code || replayed != 1 {
			t.Errorf("got %+v, %v, %d replays", second, err, replayed)
		}
		c.wantWallet(t, buyer, 100, 30)
		c.wantStock(t, item.ID, 5, 1)
		var kept map[string]any
		if found, err := repository.Replay(ctx, c.store, &kept); !found || err != nil || strings.Contains(fmt.Sprint(kept), first.Code) {
			t.Errorf("the answer that is kept is %v, %v", kept, err)
		}
	})
}

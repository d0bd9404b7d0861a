package shop_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"linbanglin/model"
	"linbanglin/service/shop"
)

// outcomes counts how calls ended, by the error that they were expected to have; any other fails the test.
type outcomes struct {
	t      *testing.T
	counts map[error]*atomic.Int64 // nil: well
}

func expecting(t *testing.T, errs ...error) *outcomes {
	o := &outcomes{t, map[error]*atomic.Int64{nil: {}}}
	for _, err := range errs {
		o.counts[err] = &atomic.Int64{}
	}
	return o
}

func (o *outcomes) add(err error) {
	for want, n := range o.counts {
		if err == nil && want == nil || want != nil && errors.Is(err, want) {
			n.Add(1)
			return
		}
	}
	o.t.Error(err)
}

func (o *outcomes) want(well, not int64) {
	o.t.Helper()
	failed := int64(0)
	for err, n := range o.counts {
		if err != nil {
			failed += n.Load()
		}
	}
	if got := o.counts[nil].Load(); got != well || failed != not {
		o.t.Errorf("%d ended well and %d did not, want %d and %d", got, failed, well, not)
	}
}

// TestRaces begins and ends with those in which somebody sweeps, which ends orders of all others.
func TestRaces(t *testing.T) {
	play(t, scenario{"one end", oneEndOfAnOrder}, scenario{"few pieces", manyBuyersOfFewPieces}, scenario{"one buyer", oneBuyerAtOnce},
		scenario{"everything", everythingAtOnce})
}

func manyBuyersOfFewPieces(t *testing.T, c *counter) {
	item := c.given(t, rice())
	crowd := c.Crowd(50)
	c.givenPoints(t, 30, crowd...)
	got := make([]bool, len(crowd))
	ends := expecting(t, model.ErrOutOfStock)
	atOnce(len(crowd), func(i int) {
		_, err := c.Order(t.Context(), crowd[i], item.ID, 1)
		got[i] = err == nil
		ends.add(err)
	})
	ends.want(5, 45)
	c.wantStock(t, item.ID, 5, 5)
	for i, who := range crowd {
		held := int64(0)
		if got[i] {
			held = 30
		}
		c.wantWallet(t, who, 30, held)
	}
}

func oneBuyerAtOnce(t *testing.T, c *counter) {
	in := rice()
	in.Stock, in.MonthlyLimit = 50, 3
	limited := c.given(t, in)
	in.MonthlyLimit = 0
	free := c.given(t, in)
	buyer, poor, keyed := c.Resident(0), c.Resident(1), c.Resident(2)
	c.givenPoints(t, 1000, buyer, keyed)
	c.givenPoints(t, 130, poor)

	ends := expecting(t, model.ErrOrderLimit)
	atOnce(12, func(int) { _, err := c.Order(t.Context(), buyer, limited.ID, 1); ends.add(err) })
	ends.want(3, 9)
	c.wantStock(t, limited.ID, 50, 3)

	ends = expecting(t, model.ErrInsufficient)
	atOnce(12, func(int) { _, err := c.Order(t.Context(), poor, free.ID, 1); ends.add(err) })
	ends.want(4, 8)
	c.wantWallet(t, poor, 130, 120)

	ends = expecting(t, model.ErrInProgress)
	atOnce(12, func(int) {
		promise := &model.Idempotency{Member: keyed.MemberID, Key: "k", Replayed: func() {}}
		_, err := c.Order(model.WithIdempotency(t.Context(), promise), keyed, free.ID, 1)
		ends.add(err)
	})
	c.wantWallet(t, keyed, 1000, 30)
	c.wantStock(t, free.ID, 50, 5)
}

// oneEndOfAnOrder has an order ended in every two ways at once: one of them does it, and what becomes of
// points and pieces is what that one says.
func oneEndOfAnOrder(t *testing.T, c *counter) {
	in := rice()
	in.Stock = 100
	item := c.given(t, in)
	buyer := c.Resident(3)
	c.givenPoints(t, 10_000, buyer)
	organizer := c.Holder(model.RoleOrganizer)
	// Another process whose clock is ahead.
	late := shop.New(c.store, c.ledger, func() model.Instant { return c.clock().Add(model.OrderLife) })
	type end struct {
		name string
		do   func(o *model.Order) error
	}
	pickup := end{"pick-up", func(o *model.Order) error { _, err := c.Pickup(t.Context(), c.clerk, o.Code); return err }}
	other := end{"another pick-up", func(o *model.Order) error { _, err := c.Pickup(t.Context(), organizer, o.Code); return err }}
	cancel := end{"cancel", func(o *model.Order) error { _, err := c.Cancel(t.Context(), buyer, o.ID, ""); return err }}
	sweep := end{"sweep", func(*model.Order) error {
		n, err := late.Sweep(t.Context())
		if err == nil && n == 0 {
			err = model.ErrOrderState
		}
		return err
	}}
	posted, stock := int64(10_000), int64(100)
	for round := range 4 {
		for _, pair := range [][2]end{{pickup, other}, {pickup, cancel}, {cancel, cancel}, {sweep, pickup}, {sweep, cancel}, {sweep, sweep}} {
			o := c.ordered(t, buyer, item.ID, 1)
			ends := expecting(t, model.ErrOrderState)
			atOnce(2, func(i int) { ends.add(pair[i].do(o)) })
			ends.want(1, 1)
			ended, err := c.OrderByID(t.Context(), buyer, o.ID)
			if err != nil {
				t.Fatal(err)
			}
			if ended.Status == model.OrderPickedUp {
				posted, stock = posted-30, stock-1
			}
			if t.Failed() {
				t.Fatalf("round %d: %s and %s: %s", round, pair[0].name, pair[1].name, ended.Status)
			}
		}
	}
	c.wantWallet(t, buyer, posted, 0)
	c.wantStock(t, item.ID, stock, 0)
}

// everythingAtOnce has buyers order, cancel and be served while a sweeper with a clock ahead and staff who
// count run beside them. What is left agrees with itself, which each wants of every test.
func everythingAtOnce(t *testing.T, c *counter) {
	in := rice()
	in.Points, in.Stock = 1, 30
	items := []*model.ShopItem{c.given(t, in), c.given(t, in)}
	var crowd []model.Actor
	for i := range 8 {
		crowd = append(crowd, c.Resident(4+i))
	}
	c.givenPoints(t, 20, crowd...)
	late := shop.New(c.store, c.ledger, func() model.Instant { return c.clock().Add(model.OrderLife) })
	taken := expecting(t, model.ErrOutOfStock, model.ErrInsufficient)
	ended := expecting(t, model.ErrOrderState)
	atOnce(len(crowd)+2, func(i int) {
		for n := range 8 {
			switch item := items[(i+n)%2].ID; {
			case i == len(crowd):
				_, err := late.Sweep(t.Context())
				ended.add(err)
			case i == len(crowd)+1:
				_, err := c.Restock(t.Context(), c.admin, item, model.StockCorrected, int64(1-2*(n%2)), "盘点")
				taken.add(err)
			default:
				o, err := c.Order(t.Context(), crowd[i], item, 1+n%3)
				if taken.add(err); err != nil {
					continue
				}
				if n%2 == 0 {
					_, err = c.Pickup(t.Context(), c.admin, o.Code)
				} else {
					_, err = c.Cancel(t.Context(), crowd[i], o.ID, fmt.Sprint(n))
				}
				ended.add(err)
			}
		}
	})
	if taken.counts[nil].Load() == 0 || ended.counts[nil].Load() == 0 {
		t.Error("nothing was done")
	}
}

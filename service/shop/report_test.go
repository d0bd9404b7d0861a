package shop_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"linbanglin/model"
	"linbanglin/service/shop"
)

// TestMonthReport plays the end of November and the beginning of December and reads what both months say, and
// that the past stays what it was.
func TestMonthReport(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter) {
		in := rice()
		in.Stock = 20
		food := c.given(t, in)
		in.Name, in.Category, in.Donor, in.Points, in.Stock = "图书", "books", "", 5, 8
		book := c.given(t, in)
		in.Name, in.Stock = "从未有货", 0
		c.given(t, in)
		in.Name, in.Donor, in.Stock = "还没有上架", "某单位", 9
		if _, err := c.AddItem(t.Context(), c.admin, in); err != nil { // a draft is in no report
			t.Fatal(err)
		}
		buyer := c.Resident(0)
		c.givenPoints(t, 1000, buyer)
		pickup := func(o *model.Order) {
			t.Helper()
			if _, err := c.Pickup(t.Context(), c.clerk, o.Code); err != nil {
				t.Fatal(err)
			}
		}
		wrong := c.ordered(t, buyer, food.ID, 3)
		pickup(wrong)
		pickup(c.ordered(t, buyer, book.ID, 8))
		if _, err := c.Cancel(t.Context(), buyer, c.ordered(t, buyer, food.ID, 1).ID, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Restock(t.Context(), c.admin, food.ID, model.StockCorrected, -2, "受潮"); err != nil {
			t.Fatal(err)
		}
		c.now.Store(int64(model.Day(20261201).Start()) - 1)
		over := c.ordered(t, buyer, food.ID, 1)
		november := c.report(t, "2026-11")
		c.now.Store(int64(model.Day(20261201).Start()))
		pickup(over)
		if _, err := c.Refund(t.Context(), c.admin, wrong.ID, "退", true); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Restock(t.Context(), c.admin, food.ID, model.StockReceived, 5, "到货"); err != nil {
			t.Fatal(err)
		}
		want := shop.MonthReport{
			Month: 202611,
			Items: []*shop.ItemReport{
				{ID: food.ID, Name: "大米", Turnover: shop.Turnover{Received: 20, Sold: 3, Corrected: -2, Redeemed: 90, Stock: 15}},
				{ID: book.ID, Name: "图书", Turnover: shop.Turnover{Received: 8, Sold: 8, Redeemed: 40}},
			},
			Donors: []*shop.Donation{{Donor: "某粮油店", Item: "大米", Quantity: 20}},
			Totals: shop.Turnover{Received: 28, Sold: 11, Corrected: -2, Redeemed: 130, Stock: 15},
		}
		c.wantReport(t, november, want)
		c.wantReport(t, c.report(t, "2026-11"), want)
		c.wantReport(t, c.report(t, "2026-12"), shop.MonthReport{
			Month: 202612,
			Items: []*shop.ItemReport{
				{ID: food.ID, Name: "大米", Turnover: shop.Turnover{Received: 5, Sold: 1, Returned: 3, Redeemed: 30, Refunded: 90, Stock: 22}},
			},
			Donors: []*shop.Donation{{Donor: "某粮油店", Item: "大米", Quantity: 5}},
			Totals: shop.Turnover{Received: 5, Sold: 1, Returned: 3, Redeemed: 30, Refunded: 90, Stock: 22},
		})
		c.wantReport(t, c.report(t, "2026-10"), shop.MonthReport{Month: 202610, Items: []*shop.ItemReport{}, Donors: []*shop.Donation{}})
		for month, x := range map[string]struct {
			who  model.Actor
			want error
		}{
			"2026":    {buyer, model.ErrInvalid},
			"2026-11": {model.Actor{MemberID: 5}, model.ErrUnbound},
		} {
			if _, err := c.Report(t.Context(), x.who, month); !errors.Is(err, x.want) {
				t.Errorf("%s: got %v, want %v", month, err, x.want)
			}
		}
	})
}

func (c *counter) report(t *testing.T, month string) *shop.MonthReport {
	t.Helper()
	r, err := c.Report(t.Context(), c.Resident(5), month)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (c *counter) wantReport(t *testing.T, got *shop.MonthReport, want shop.MonthReport) {
	t.Helper()
	a, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(want)
	if err != nil || string(a) != string(b) {
		t.Errorf("got %s, want %s, %v", a, b, err)
	}
	if strings.Contains(string(a), "甲") {
		t.Errorf("somebody is named: %s", a)
	}
}

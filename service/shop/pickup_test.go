package shop_test

import (
	"errors"
	"testing"
	"time"

	"linbanglin/model"
)

func TestPickups(t *testing.T) {
	play(t, scenario{"who", whoHandsOut}, scenario{"guesses", guessesAreFew}, scenario{"key", keyHandsOutOnce})
}

func whoHandsOut(t *testing.T, c *counter) {
	in := rice()
	in.Stock = 50
	item := c.given(t, in)
	buyer, worker := c.Resident(0), c.clerk
	elsewhere := c.As(c.Members[2*6]) // the head of a household in the second grid
	c.givenPoints(t, 1000, buyer, elsewhere, worker)
	flatmate := c.Housemate(0)
	flatmate.Grants = worker.Grants
	asClerk := buyer
	asClerk.Grants = append(asClerk.Grants, worker.Grants...)
	mine, far := c.ordered(t, buyer, item.ID, 1), c.ordered(t, elsewhere, item.ID, 1)
	for name, x := range map[string]struct {
		who  model.Actor
		code string
		want error
	}{
		"the buyer":                  {asClerk, mine.Code, model.ErrOwnOrder},
		"who lives with the buyer":   {flatmate, mine.Code, model.ErrOwnOrder},
		"a neighbour":                {c.Resident(1), mine.Code, model.ErrForbidden},
		"a clerk of another grid":    {worker, far.Code, model.ErrForbidden},
		"a wrong code":               {worker, "AAAA2222", model.ErrPickupCode},
		"no code":                    {worker, "", model.ErrPickupCode},
		"a clerk of another place":   {c.Others.Holder(model.RoleCommunityAdmin), mine.Code, model.ErrPickupCode},
		"the organizer, of the area": {c.Holder(model.RoleOrganizer), far.Code, nil},
	} {
		if _, err := c.Pickup(t.Context(), x.who, x.code); !errors.Is(err, x.want) {
			t.Errorf("%s: got %v, want %v", name, err, x.want)
		}
	}
	c.wantStatus(t, mine.ID, model.OrderReserved)
	if _, err := c.Refund(t.Context(), c.Holder(model.RoleOrganizer), far.ID, "x", false); !errors.Is(err, model.ErrForbidden) {
		t.Errorf("refunded by an organizer: %v", err)
	}
	admin := elsewhere
	admin.Grants = c.admin.Grants
	if _, err := c.Refund(t.Context(), admin, far.ID, "x", false); !errors.Is(err, model.ErrOwnOrder) {
		t.Errorf("refunded to oneself: %v", err)
	}
	if _, err := c.Cancel(t.Context(), c.Resident(1), mine.ID, "x"); !errors.Is(err, model.ErrNotFound) {
		t.Errorf("cancelled by a neighbour: %v", err)
	}
	if _, err := c.Cancel(t.Context(), worker, mine.ID, "x"); !errors.Is(err, model.ErrForbidden) {
		t.Errorf("cancelled by a clerk: %v", err)
	}
	if _, err := c.Cancel(t.Context(), c.admin, mine.ID, " "); !errors.Is(err, model.ErrInvalid) {
		t.Errorf("cancelled by staff without a reason: %v", err)
	}
	if _, err := c.Refund(t.Context(), c.admin, far.ID, "", false); !errors.Is(err, model.ErrInvalid) {
		t.Errorf("refunded without a reason: %v", err)
	}
}

func guessesAreFew(t *testing.T, c *counter) {
	c.wait(time.Hour) // what was guessed before is forgotten
	in := rice()
	in.Stock, in.Points = 50, 1
	item := c.given(t, in)
	c.givenPoints(t, 100, c.Resident(2))
	for range 12 { // codes that are right cost none
		if _, err := c.Pickup(t.Context(), c.clerk, c.ordered(t, c.Resident(2), item.ID, 1).Code); err != nil {
			t.Fatal(err)
		}
	}
	last := c.ordered(t, c.Resident(2), item.ID, 1)
	ends := expecting(t, model.ErrPickupCode, model.ErrTooMany)
	atOnce(20, func(int) { _, err := c.Pickup(t.Context(), c.clerk, "WRONG234"); ends.add(err) })
	if n := ends.counts[model.ErrPickupCode].Load(); n != 10 {
		t.Errorf("%d codes were tried, want 10", n)
	}
	if _, err := c.Pickup(t.Context(), c.clerk, last.Code); !errors.Is(err, model.ErrTooMany) {
		t.Errorf("the right one after that: %v", err)
	}
	if _, err := c.Pickup(t.Context(), c.Holder(model.RoleOrganizer), "WRONG234"); !errors.Is(err, model.ErrPickupCode) {
		t.Errorf("another clerk: %v", err)
	}
	c.wait(time.Hour)
	if _, err := c.Pickup(t.Context(), c.clerk, last.Code); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

func keyHandsOutOnce(t *testing.T, c *counter) {
	item := c.given(t, rice())
	c.givenPoints(t, 100, c.Resident(3))
	o := c.ordered(t, c.Resident(3), item.ID, 1)
	replayed := 0
	ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: c.clerk.MemberID, Key: "k", Replayed: func() { replayed++ }})
	for range 2 {
		if handed, err := c.Pickup(ctx, c.clerk, o.Code); err != nil || handed.Status != model.OrderPickedUp {
			t.Fatalf("got %+v, %v", handed, err)
		}
	}
	atOnce(10, func(int) { _, _ = c.Pickup(t.Context(), c.clerk, "WRONG234") })
	if handed, err := c.Pickup(ctx, c.clerk, o.Code); err != nil || handed.ID != o.ID || replayed != 2 {
		t.Errorf("after too many guesses: %+v, %v, %d replays", handed, err, replayed)
	}
	c.wantWallet(t, c.Resident(3), 70, 0)
	c.wantStock(t, item.ID, 4, 0)
}

func TestWhoSeesOrders(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter) {
		in := rice()
		in.Stock, in.Points = 50, 1
		item := c.given(t, in)
		near, far := c.Resident(0), c.As(c.Members[len(c.Members)-2]) // in the first grid, and in the last
		c.givenPoints(t, 100, near, far)
		ids := map[model.ID]int{}
		for n, who := range []model.Actor{near, far, near} {
			ids[c.ordered(t, who, item.ID, 1).ID] = n
		}
		if _, err := c.Cancel(t.Context(), near, c.idOf(ids, 2), ""); err != nil {
			t.Fatal(err)
		}
		for name, x := range map[string]struct {
			who    model.Actor
			mine   bool
			states []model.OrderStatus
			want   string
		}{
			"a buyer":             {near, false, nil, "20"},
			"a buyer's own":       {near, true, nil, "20"},
			"another buyer":       {far, false, nil, "1"},
			"nobody's":            {c.Resident(1), false, nil, ""},
			"a clerk's grid":      {c.clerk, false, nil, "20"},
			"a clerk's own":       {c.clerk, true, nil, ""},
			"those that wait":     {c.clerk, false, []model.OrderStatus{model.OrderReserved}, "0"},
			"staff's":             {c.admin, false, nil, "210"},
			"the auditor's":       {c.Holder(model.RoleAuditor), false, []model.OrderStatus{model.OrderReserved, model.OrderCancelled}, "210"},
			"another community's": {c.Others.Holder(model.RoleCommunityAdmin), false, nil, ""},
		} {
			got, page := "", model.Page{Limit: 2}
			for {
				list, err := c.Orders(t.Context(), x.who, x.mine, x.states, page)
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range list.Items {
					if got += string(rune('0' + ids[o.ID])); o.Code != "" || o.Buyer.DisplayName == "" || o.Item.Name != "大米" {
						t.Errorf("%s: got %+v", name, o)
					}
				}
				if page.Cursor = list.NextCursor; page.Cursor == "" {
					break
				}
			}
			if got != x.want {
				t.Errorf("%s: got %q, want %q", name, got, x.want)
			}
		}
		for name, x := range map[string]struct {
			who  model.Actor
			want error
		}{
			"a neighbour":           {c.Resident(1), model.ErrNotFound},
			"who lives there":       {c.Housemate(0), model.ErrNotFound},
			"a clerk of the grid":   {c.clerk, nil},
			"another community's":   {c.Others.Holder(model.RoleCommunityAdmin), model.ErrNotFound},
			"an officer of streets": {c.only(model.RoleStreetOfficer), model.ErrNotFound},
		} {
			if _, err := c.OrderByID(t.Context(), x.who, c.idOf(ids, 0)); !errors.Is(err, x.want) {
				t.Errorf("%s: got %v, want %v", name, err, x.want)
			}
		}
		if _, err := c.Orders(t.Context(), near, false, nil, model.Page{Cursor: "x"}); !errors.Is(err, model.ErrCursor) {
			t.Errorf("got %v", err)
		}
	})
}

// idOf returns the id that has a number.
func (c *counter) idOf(ids map[model.ID]int, n int) model.ID {
	for id, i := range ids {
		if i == n {
			return id
		}
	}
	return 0
}

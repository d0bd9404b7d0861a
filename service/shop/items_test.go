package shop_test

import (
	"errors"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/shop"
)

func TestItems(t *testing.T) {
	play(t, scenario{"who", whoManagesItems}, scenario{"edits", itemsAreEdited}, scenario{"stock", stockIsChangedWithAReason})
}

func whoManagesItems(t *testing.T, c *counter) {
	organizer := c.Holder(model.RoleOrganizer) // of the first area
	for name, x := range map[string]struct {
		who    model.Actor
		change func(*shop.ItemInput)
		want   error
	}{
		"staff":                        {c.admin, func(*shop.ItemInput) {}, nil},
		"an organizer in the area":     {organizer, func(in *shop.ItemInput) { in.Scope = c.Areas[0].ID }, nil},
		"an organizer for all":         {organizer, func(*shop.ItemInput) {}, model.ErrForbidden},
		"an organizer elsewhere":       {organizer, func(in *shop.ItemInput) { in.Scope = c.Areas[1].ID }, model.ErrForbidden},
		"a clerk":                      {c.clerk, func(in *shop.ItemInput) { in.Scope = c.Grids[0].ID }, model.ErrForbidden},
		"a resident":                   {c.Resident(0), func(*shop.ItemInput) {}, model.ErrForbidden},
		"an unknown scope":             {c.admin, func(in *shop.ItemInput) { in.Scope = 42 }, model.ErrNotFound},
		"another community's scope":    {c.admin, func(in *shop.ItemInput) { in.Scope = c.Others.Areas[0].ID }, model.ErrNotFound},
		"a household":                  {c.admin, func(in *shop.ItemInput) { in.Scope = c.Doors[0].ID }, model.ErrInvalid},
		"cash":                         {c.admin, func(in *shop.ItemInput) { in.Name = "红 包" }, model.ErrItemCash},
		"a name of spaces":             {c.admin, func(in *shop.ItemInput) { in.Name = "  " }, model.ErrInvalid},
		"less than nothing in stock":   {c.admin, func(in *shop.ItemInput) { in.Stock = -1 }, model.ErrStockMove},
		"more in stock than there are": {c.admin, func(in *shop.ItemInput) { in.Stock = 1_000_001 }, model.ErrStockMove},
	} {
		in := rice()
		x.change(&in)
		if _, err := c.AddItem(t.Context(), x.who, in); !errors.Is(err, x.want) {
			t.Errorf("%s: got %v, want %v", name, err, x.want)
		}
	}
	list, err := c.Items(t.Context(), c.admin, "", true, model.Page{})
	if err != nil || len(list.Items) != 2 {
		t.Errorf("got %+v, %v, want the two that were added", list, err)
	}
}

func itemsAreEdited(t *testing.T, c *counter) {
	organizer := c.Holder(model.RoleOrganizer)
	item := c.given(t, rice())
	c.givenPoints(t, 100, c.Resident(0))
	o := c.ordered(t, c.Resident(0), item.ID, 1)
	in := rice()
	in.Name, in.Points, in.Category, in.MonthlyLimit, in.Version = "大米 5kg", 40, "other", 3, item.Version
	edited, err := c.EditItem(t.Context(), c.admin, item.ID, in)
	if err != nil || edited.Name != "大米 5kg" || edited.Points != 40 || edited.Version != item.Version+1 || edited.Stock != 5 || edited.Reserved != 1 {
		t.Errorf("got %+v, %v", edited, err)
	}
	if seen, err := c.OrderByID(t.Context(), c.Resident(0), o.ID); err != nil || seen.Points != 30 || seen.Item.Name != "大米" {
		t.Errorf("what is ordered became %+v, %v", seen, err)
	}
	if _, err := c.EditItem(t.Context(), c.admin, item.ID, in); !errors.Is(err, model.ErrStale) {
		t.Errorf("edited again at the old version: %v", err)
	}
	in.Version, in.Scope = edited.Version, c.Areas[0].ID
	if _, err := c.EditItem(t.Context(), organizer, item.ID, in); !errors.Is(err, model.ErrForbidden) {
		t.Errorf("an organizer takes the community's: %v", err)
	}
	in.Description = "可换现金"
	if _, err := c.EditItem(t.Context(), c.admin, item.ID, in); !errors.Is(err, model.ErrItemCash) {
		t.Errorf("edited to cash: %v", err)
	}
	for _, to := range []model.ItemStatus{model.ItemOnSale, model.ItemDraft} {
		if _, err := c.MoveItem(t.Context(), c.admin, item.ID, to); !errors.Is(err, model.ErrItemState) {
			t.Errorf("to %s: %v", to, err)
		}
	}
	if _, err := c.MoveItem(t.Context(), organizer, item.ID, model.ItemOffSale); !errors.Is(err, model.ErrForbidden) {
		t.Errorf("taken off sale by who does not manage it: %v", err)
	}
	if _, err := c.MoveItem(t.Context(), c.admin, item.ID, model.ItemOffSale); err != nil {
		t.Error(err)
	}
	if _, err := c.Order(t.Context(), c.Resident(0), item.ID, 1); !errors.Is(err, model.ErrNotOnSale) {
		t.Errorf("ordered off sale: %v", err)
	}
	if _, err := c.Pickup(t.Context(), c.clerk, o.Code); err != nil {
		t.Errorf("what is ordered is handed out: %v", err)
	}
}

func stockIsChangedWithAReason(t *testing.T, c *counter) {
	item := c.given(t, rice())
	c.givenPoints(t, 100, c.Resident(1))
	c.ordered(t, c.Resident(1), item.ID, 3)
	for name, x := range map[string]struct {
		who    model.Actor
		kind   model.MoveKind
		change int64
		reason string
		want   error
	}{
		"without a reason":         {c.admin, model.StockReceived, 1, " ", model.ErrInvalid},
		"nothing":                  {c.admin, model.StockCorrected, 0, "x", model.ErrStockMove},
		"a receipt of less":        {c.admin, model.StockReceived, -1, "x", model.ErrStockMove},
		"what orders wait for":     {c.admin, model.StockCorrected, -3, "x", model.ErrOutOfStock},
		"sold by hand":             {c.admin, model.StockSold, -1, "x", model.ErrStockMove},
		"returned by hand":         {c.admin, model.StockReturned, 1, "x", model.ErrStockMove},
		"by a clerk":               {c.clerk, model.StockReceived, 1, "x", model.ErrForbidden},
		"of no item":               {c.admin, model.StockReceived, 1, "x", model.ErrNotFound},
		"from another community's": {c.Others.Holder(model.RoleCommunityAdmin), model.StockReceived, 1, "x", model.ErrNotFound},
	} {
		id := item.ID
		if name == "of no item" {
			id = 42
		}
		if _, err := c.Restock(t.Context(), x.who, id, x.kind, x.change, x.reason); !errors.Is(err, x.want) {
			t.Errorf("%s: got %v, want %v", name, err, x.want)
		}
	}
	for _, x := range []struct {
		kind   model.MoveKind
		change int64
	}{{model.StockReceived, 7}, {model.StockCorrected, -2}} {
		if _, err := c.Restock(t.Context(), c.admin, item.ID, x.kind, x.change, "到货、盘点"); err != nil {
			t.Fatal(err)
		}
	}
	c.wantStock(t, item.ID, 10, 3)
	if _, err := c.Moves(t.Context(), c.Resident(1), item.ID, model.Page{}); !errors.Is(err, model.ErrForbidden) {
		t.Errorf("a resident reads moves: %v", err)
	}
	seqs, page := []int64{}, model.Page{Limit: 2}
	for {
		list, err := c.Moves(t.Context(), c.Holder(model.RoleAuditor), item.ID, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list.Items {
			seqs = append(seqs, m.Seq)
		}
		if page.Cursor = list.NextCursor; page.Cursor == "" {
			break
		}
	}
	if len(seqs) != 3 || seqs[0] != 3 || seqs[2] != 1 {
		t.Errorf("got moves %v", seqs)
	}
}

// TestWhoSeesWhichItem has items of the first area, of the second and of the branch, one that is over, one off
// sale and a draft, read by holders of one role each.
func TestWhoSeesWhichItem(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *counter) {
		ids := map[model.ID]string{}
		add := func(name string, in shop.ItemInput) *model.ShopItem {
			in.Name = name
			i := c.given(t, in)
			ids[i.ID] = name
			return i
		}
		in := rice()
		for name, scope := range map[string]model.ID{"全": 0, "一": c.Areas[0].ID, "二": c.Areas[1].ID, "支": c.Branch.ID} {
			in.Scope = scope
			add(name, in)
		}
		in.Scope, in.Category, in.EndsAt = 0, "books", testworld.Now.Add(time.Hour)
		add("完", in)
		c.wait(time.Hour)
		in.EndsAt = 0
		if _, err := c.MoveItem(t.Context(), c.admin, add("下", in).ID, model.ItemOffSale); err != nil {
			t.Fatal(err)
		}
		in.Name = "草"
		draft, err := c.AddItem(t.Context(), c.admin, in)
		if err != nil {
			t.Fatal(err)
		}
		ids[draft.ID] = "草"
		holding := func(role model.Role, at model.Node) model.Actor {
			return model.Actor{MemberID: 5, Place: model.Place{CommunityID: c.Community.ID}, Grants: []model.Grant{{Role: role, NodeID: at.ID, NodeKind: at.Kind}}}
		}
		sorted := func(list *model.List[*model.ShopItem]) (names string) {
			for _, name := range []string{"全", "一", "二", "支", "完", "下", "草"} {
				for _, i := range list.Items {
					if ids[i.ID] == name {
						names += name
					}
				}
			}
			return names
		}
		for name, x := range map[string]struct {
			who  model.Actor
			list string // on sale
			read string // by id
		}{
			"a resident":                     {c.Resident(3), "全一二支", "全一二支完下"},
			"an auditor of a grid":           {holding(model.RoleAuditor, c.Grids[2]), "全二", "全二完下"},
			"an officer of the first area":   {holding(model.RoleStreetOfficer, c.Areas[0]), "全一支", "全一支完下"},
			"an organizer of the first area": {holding(model.RoleOrganizer, c.Areas[0]), "全一支", "全一支完下"},
			"staff":                          {c.admin, "全一二支", "全一二支完下草"},
			"another community":              {c.Others.Resident(0), "", ""},
		} {
			list, err := c.Items(t.Context(), x.who, "", false, model.Page{})
			if err != nil || sorted(list) != x.list {
				t.Errorf("%s: lists %q, %v, want %q", name, sorted(list), err, x.list)
			}
			read := &model.List[*model.ShopItem]{}
			for id := range ids {
				switch i, err := c.Item(t.Context(), x.who, id); {
				case err == nil:
					read.Items = append(read.Items, i)
				case !errors.Is(err, model.ErrNotFound):
					t.Errorf("%s: reads %s: %v", name, ids[id], err)
				}
			}
			if sorted(read) != x.read {
				t.Errorf("%s: reads %q, want %q", name, sorted(read), x.read)
			}
		}
		for name, x := range map[string]struct {
			who  model.Actor
			want string
			err  error
		}{
			"staff":        {c.admin, "全一二支完下草", nil},
			"an organizer": {c.Holder(model.RoleOrganizer), "一支", nil},
			"a clerk":      {c.clerk, "", model.ErrForbidden},
		} {
			list, err := c.Items(t.Context(), x.who, "", true, model.Page{Limit: 50})
			if !errors.Is(err, x.err) || err == nil && sorted(list) != x.want {
				t.Errorf("%s: all are %+v, %v, want %q", name, list, err, x.want)
			}
		}
		if list, err := c.Items(t.Context(), c.admin, "books", true, model.Page{}); err != nil || sorted(list) != "完下草" {
			t.Errorf("books: got %q, %v", sorted(list), err)
		}
		all, page := &model.List[*model.ShopItem]{}, model.Page{Limit: 3}
		for {
			list, err := c.Items(t.Context(), c.Resident(3), "", false, page)
			if err != nil {
				t.Fatal(err)
			}
			all.Items = append(all.Items, list.Items...)
			if page.Cursor = list.NextCursor; page.Cursor == "" {
				break
			}
		}
		if sorted(all) != "全一二支" || len(all.Items) != 4 {
			t.Errorf("in pages: %q", sorted(all))
		}
	})
}

package model

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func testItem() *ShopItem {
	return &ShopItem{ID: 1, CommunityID: 1, ScopeNodeID: 2, ScopeKind: KindArea, Name: "大米", Category: "food", Points: 10, Status: ItemOnSale, Stock: 5}
}

func TestMoneyIsNoItem(t *testing.T) {
	for text, want := range map[string]string{
		"现金100元":        "现金",
		"现 金":           "现金",
		"现　金":           "现金",
		"现\u200b金":      "现金",
		"微信红包":          "红包",
		"五十元代金券":        "代金券",
		"手机充值卡":         "充值",
		"超市购物卡":         "购物卡",
		"Ｇｉｆｔ　Ｃａｒｄ":     "gift card",
		"Gift  CARD 50": "gift card",
		"ＣＡＳＨ":          "cash",
		"可提现":           "提现",
		"支付宝转账":         "转账",
		"抗战胜利纪念邮票，体现金色年华":          "",
		"大红包装礼盒":                   "",
		"真皮零钱包":                    "",
		"本品不可兑换现金":                 "",
		"本品不可兑换现金，送现金":             "现金",
		"腰果 cashew 200g":           "",
		"Magic ashtray, cashmere":  "",
		"大米 5kg":                   "",
		"理发一次":                     "",
		"现金红包包装":                   "现金",
		"洗衣液（蓝月亮）":                 "",
		"a voucher, for the shop":  "voucher",
		"电影《金色池塘》":                 "",
		"实现金秋愿望的福袋":                "",
		"周末用的卡纸":                   "",
		"转帐 50":                    "转帐",
		"giftcards":                "giftcards",
		"充\u00ad值":                 "充值",
		"ｂｉｔｃｏｉｎ":                  "bitcoin",
		"top-up of a mobile phone": "top-up",
	} {
		if got := cashIn(text); got != want {
			t.Errorf("%q: found %q, want %q", text, got, want)
		}
	}
	for name, change := range map[string]func(*ShopItem){
		"in the name":        func(i *ShopItem) { i.Name = "红 包" },
		"in the description": func(i *ShopItem) { i.Description = "到店可换成 现　金" },
	} {
		i := testItem()
		change(i)
		err := i.Validate()
		if !errors.Is(err, ErrItemCash) || !strings.Contains(Reason(err).Message, "「") {
			t.Errorf("%s: %v says %q", name, err, Reason(err).Message)
		}
	}
}

func TestItemIsValidated(t *testing.T) {
	if err := testItem().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*ShopItem)
		want   error
	}{
		"no name":              {func(i *ShopItem) { i.Name = "" }, ErrInvalid},
		"a long name":          {func(i *ShopItem) { i.Name = strings.Repeat("米", 51) }, ErrInvalid},
		"a long description":   {func(i *ShopItem) { i.Description = strings.Repeat("米", 501) }, ErrInvalid},
		"a long donor":         {func(i *ShopItem) { i.Donor = strings.Repeat("米", 51) }, ErrInvalid},
		"an unknown category":  {func(i *ShopItem) { i.Category = "magic" }, ErrCategory},
		"no points":            {func(i *ShopItem) { i.Points = 0 }, ErrAmount},
		"too many points":      {func(i *ShopItem) { i.Points = MaxAmount + 1 }, ErrAmount},
		"a negative limit":     {func(i *ShopItem) { i.MonthlyLimit = -1 }, ErrInvalid},
		"a huge limit":         {func(i *ShopItem) { i.MonthlyLimit = 1001 }, ErrInvalid},
		"over before it began": {func(i *ShopItem) { i.StartsAt, i.EndsAt = 5, 5 }, ErrPeriod},
	} {
		i := testItem()
		c.change(i)
		if err := i.Validate(); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// TestItemStates walks the whole table.
func TestItemStates(t *testing.T) {
	states := []ItemStatus{ItemDraft, ItemOnSale, ItemOffSale}
	for _, from := range states {
		for _, to := range states {
			i := testItem()
			i.Status = from
			err := i.Move(to, 7)
			if may := slices.Contains(ItemTransitions()[from], to); may != (err == nil) || may && (i.Status != to || i.Version != 1) || !may && !errors.Is(err, ErrItemState) {
				t.Errorf("%s to %s: %v, %+v", from, to, err, i)
			}
		}
	}
}

func TestReserve(t *testing.T) {
	here := Place{CommunityID: 1, AreaID: 2}
	for name, c := range map[string]struct {
		change   func(*ShopItem)
		quantity int
		at       Place
		before   int64
		want     error
		left     int64
	}{
		"all there is":        {func(*ShopItem) {}, 5, here, 0, nil, 0},
		"one more":            {func(*ShopItem) {}, 6, here, 0, ErrOutOfStock, 5},
		"what is put aside":   {func(i *ShopItem) { i.Reserved = 3 }, 3, here, 0, ErrOutOfStock, 2},
		"up to the limit":     {func(i *ShopItem) { i.MonthlyLimit = 3 }, 2, here, 1, nil, 0},
		"over the limit":      {func(i *ShopItem) { i.MonthlyLimit = 3 }, 2, here, 2, ErrOrderLimit, 1},
		"elsewhere":           {func(*ShopItem) {}, 1, Place{CommunityID: 1, AreaID: 3}, 0, ErrItemScope, 0},
		"a draft":             {func(i *ShopItem) { i.Status = ItemDraft }, 1, here, 0, ErrNotFound, 0},
		"off sale":            {func(i *ShopItem) { i.Status = ItemOffSale }, 1, here, 0, ErrNotOnSale, 0},
		"too early":           {func(i *ShopItem) { i.StartsAt = 101 }, 1, here, 0, ErrNotOnSale, 0},
		"at its start":        {func(i *ShopItem) { i.StartsAt = 100 }, 1, here, 0, nil, 0},
		"too late":            {func(i *ShopItem) { i.EndsAt = 100 }, 1, here, 0, ErrNotOnSale, 0},
		"just before its end": {func(i *ShopItem) { i.EndsAt = 101 }, 1, here, 0, nil, 0},
	} {
		i := testItem()
		c.change(i)
		reserved := i.Reserved
		err := i.Reserve(c.quantity, c.at, c.before, 100)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		var short *Shortage
		if errors.As(err, &short) && short.Left != c.left {
			t.Errorf("%s: %d left, want %d", name, short.Left, c.left)
		}
		if err == nil {
			reserved += int64(c.quantity)
		}
		if i.Reserved != reserved || i.Stock != 5 {
			t.Errorf("%s: %d of %d put aside, want %d", name, i.Reserved, i.Stock, reserved)
		}
	}
}

func TestStockMoves(t *testing.T) {
	i := testItem()
	i.Reserved, i.Donor = 2, "某超市"
	for _, c := range []struct {
		kind     MoveKind
		quantity int64
		want     error
		after    int64
	}{
		{StockReceived, 10, nil, 15},
		{StockReceived, -1, ErrStockMove, 15},
		{StockReceived, 0, ErrStockMove, 15},
		{StockReceived, maxStock, ErrStockMove, 15},
		{StockCorrected, -maxStock - 1, ErrStockMove, 15},
		{StockCorrected, -14, ErrOutOfStock, 15},
		{StockCorrected, -13, nil, 2},
		{StockReturned, 1, nil, 3},
		{StockCorrected, 4, nil, 7},
	} {
		moves := i.Moves
		m, err := i.Stocked(c.kind, c.quantity, "原因", 9, 100)
		if !errors.Is(err, c.want) || i.Stock != c.after {
			t.Errorf("%s %d: got %v with %d in stock, want %v with %d", c.kind, c.quantity, err, i.Stock, c.want, c.after)
		}
		if err != nil {
			if i.Moves != moves {
				t.Errorf("%s %d: a move that failed was counted", c.kind, c.quantity)
			}
			continue
		}
		want := StockMove{ItemID: 1, Seq: moves + 1, CommunityID: 1, Kind: c.kind, Quantity: c.quantity, StockAfter: c.after, Reason: "原因", ActorID: 9, CreatedAt: 100}
		if c.kind == StockReceived {
			want.Donor = "某超市"
		}
		if *m != want || i.Moves != moves+1 {
			t.Errorf("got %+v, want %+v", *m, want)
		}
	}
}

func TestMonths(t *testing.T) {
	m, err := ParseMonth("2026-12")
	if err != nil || m != 202612 || m.String() != "2026-12" {
		t.Fatalf("got %d, %v", m, err)
	}
	from, to := m.Span()
	if from.String() != "2026-12-01T00:00:00+08:00" || to.String() != "2027-01-01T00:00:00+08:00" || from.Month() != m || (to-1).Month() != m || to.Month() == m {
		t.Errorf("from %s to %s", from, to)
	}
	for _, bad := range []string{"", "2026", "2026-13", "2026-00", "2026-1", "26-11", "2026-11-01", "1999-12", "2101-01", "x", "２０２６-11"} {
		if m, err := ParseMonth(bad); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: got %v, %v", bad, m, err)
		}
	}
}

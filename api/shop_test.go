package api_test

import (
	"fmt"
	"strings"
	"testing"

	"linbanglin/model"
)

// givenAward gives a member points.
func (s *stall) givenAward(member model.ID, amount int) {
	s.t.Helper()
	body := fmt.Sprintf(`{"member_id":"%d","amount":%d,"code":"ADJUST","memo":"帮忙"}`, member, amount)
	s.want(s.call(s.Holder(model.RoleCommunityAdmin), "POST", "/points/awards", body, "Idempotency-Key", fmt.Sprintf("give-%d-%d", member, amount)), 201, "")
}

func TestShopOverHTTP(t *testing.T) {
	s := givenStall(t)
	admin, clerk, buyer := s.Holder(model.RoleCommunityAdmin), s.Holder(model.RoleGridWorker), s.Resident(0)
	const rice = `"name":"大米","category":"food","points":30,"monthly_limit":3,"donor":"某粮油店"`
	item := s.want(s.call(admin, "POST", "/shop/items", `{`+rice+`,"stock":5}`, "Idempotency-Key", "a"), 201, "")
	path := "/shop/items/" + item.ID
	if item.head.Get("Location") != "/api/v1"+path || item.Status != "draft" || item.Stock != 5 || item.Available != 5 || item.Version != 1 {
		t.Errorf("got %v %s", item.head, item.text)
	}
	if again := s.call(admin, "POST", "/shop/items", `{`+rice+`,"stock":5}`, "Idempotency-Key", "a"); again.ID != item.ID || again.head.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the same again: %v %s", again.head, again.text)
	}
	s.want(s.call(buyer, "GET", path, ""), 404, "not_found")
	s.want(s.call(buyer, "POST", path+"/on-sale", ""), 404, "not_found")
	if edited := s.want(s.call(admin, "PUT", path, `{`+rice+`,"description":"5kg","version":1}`), 200, ""); edited.Version != 2 {
		t.Errorf("edited, it is at version %d", edited.Version)
	}
	s.want(s.call(admin, "PUT", path, `{`+rice+`,"version":1}`), 409, "version.stale")
	s.want(s.call(admin, "POST", path+"/off-sale", ""), 409, "item.state")
	s.want(s.call(admin, "POST", path+"/on-sale", ""), 200, "")
	s.want(s.call(buyer, "POST", path+"/stock", `{"change":1,"reason":"x"}`), 403, "auth.forbidden")
	s.want(s.call(admin, "POST", path+"/stock", `{"change":-6,"reason":"盘点"}`), 409, "item.out_of_stock")
	if stocked := s.want(s.call(admin, "POST", path+"/stock", `{"change":2,"reason":"到货"}`), 200, ""); stocked.Stock != 7 {
		t.Errorf("got %s", stocked.text)
	}
	if list := s.want(s.call(buyer, "GET", "/shop/items?category=food", ""), 200, ""); len(list.Items) != 1 || list.Items[0].ID != item.ID {
		t.Errorf("got %s", list.text)
	}
	s.want(s.call(buyer, "GET", "/shop/items?all=true", ""), 403, "auth.forbidden")

	order := func(quantity int) string { return fmt.Sprintf(`{"item_id":"%s","quantity":%d}`, item.ID, quantity) }
	s.want(s.call(buyer, "POST", "/shop/orders", order(1)), 400, "idempotency.key_required")
	poor := s.want(s.call(buyer, "POST", "/shop/orders", order(1), "Idempotency-Key", "poor"), 409, "points.insufficient")
	if poor.Left == nil || *poor.Left != 0 {
		t.Errorf("what is left is not told: %s", poor.text)
	}
	s.givenAward(buyer.MemberID, 100)
	made := s.want(s.call(buyer, "POST", "/shop/orders", order(2), "Idempotency-Key", "o"), 201, "")
	if made.head.Get("Location") != "/api/v1/shop/orders/"+made.ID || made.Status != "reserved" || len(made.PickupCode) != 8 || made.Points != 60 {
		t.Errorf("got %v %s", made.head, made.text)
	}
	if again := s.call(buyer, "POST", "/shop/orders", order(2), "Idempotency-Key", "o"); again.ID != made.ID || again.PickupCode != made.PickupCode || again.status != 201 {
		t.Errorf("the same again: %d %s", again.status, again.text)
	}
	s.want(s.call(buyer, "POST", "/shop/orders", order(1), "Idempotency-Key", "o"), 422, "idempotency.key_reused")
	limited := s.want(s.call(buyer, "POST", "/shop/orders", order(2), "Idempotency-Key", "l"), 409, "order.limit")
	if limited.Left == nil || *limited.Left != 1 {
		t.Errorf("what is left is not told: %s", limited.text)
	}
	orderPath := "/shop/orders/" + made.ID
	if mine := s.want(s.call(buyer, "GET", orderPath, ""), 200, ""); mine.PickupCode != made.PickupCode {
		t.Errorf("got %s", mine.text)
	}
	if seen := s.want(s.call(clerk, "GET", orderPath, ""), 200, ""); strings.Contains(seen.text, made.PickupCode) || strings.Contains(seen.text, "甲一一") {
		t.Errorf("the clerk sees %s", seen.text)
	}
	s.want(s.call(s.Resident(1), "GET", orderPath, ""), 404, "not_found")
	s.want(s.call(s.Others.Holder(model.RoleCommunityAdmin), "GET", orderPath, ""), 404, "not_found")
	s.want(s.call(buyer, "POST", "/shop/pickups", `{"code":"`+made.PickupCode+`"}`), 403, "auth.forbidden")
	s.want(s.call(clerk, "POST", "/shop/pickups", `{"code":"AAAA2222"}`), 409, "order.code_invalid")
	if handed := s.want(s.call(clerk, "POST", "/shop/pickups", `{"code":"`+made.PickupCode+`"}`, "Idempotency-Key", "p"), 200, ""); handed.Status != "picked_up" {
		t.Errorf("got %s", handed.text)
	}
	s.want(s.call(clerk, "POST", "/shop/pickups", `{"code":"`+made.PickupCode+`"}`, "Idempotency-Key", "p"), 200, "")
	s.want(s.call(clerk, "POST", "/shop/pickups", `{"code":"`+made.PickupCode+`"}`), 409, "order.state")
	s.want(s.call(buyer, "POST", orderPath+"/cancel", ""), 409, "order.state")
	s.want(s.call(clerk, "POST", orderPath+"/refund", `{"reason":"x"}`), 403, "auth.forbidden")
	if back := s.want(s.call(admin, "POST", orderPath+"/refund", `{"reason":"破损","restock":true}`), 200, ""); back.Status != "refunded" {
		t.Errorf("got %s", back.text)
	}
	other := s.want(s.call(buyer, "POST", "/shop/orders", order(1), "Idempotency-Key", "c"), 201, "")
	s.want(s.call(admin, "POST", "/shop/orders/"+other.ID+"/cancel", `{}`), 422, "validation")
	if cancelled := s.want(s.call(buyer, "POST", "/shop/orders/"+other.ID+"/cancel", ""), 200, ""); cancelled.Status != "cancelled" {
		t.Errorf("got %s", cancelled.text)
	}
	if list := s.want(s.call(clerk, "GET", "/shop/orders?status=refunded", ""), 200, ""); len(list.Items) != 1 || list.Items[0].ID != made.ID {
		t.Errorf("got %s", list.text)
	}
	if list := s.want(s.call(clerk, "GET", "/shop/orders?mine=true", ""), 200, ""); len(list.Items) != 0 {
		t.Errorf("got %s", list.text)
	}
	if moves := s.want(s.call(admin, "GET", path+"/moves", ""), 200, ""); len(moves.Items) != 4 || moves.Items[0].Kind != "returned" {
		t.Errorf("got %s", moves.text)
	}
	report := s.want(s.call(s.Resident(3), "GET", "/shop/reports/2026-11", ""), 200, "")
	want := map[string]int{"received": 7, "sold": 2, "returned": 2, "corrected": 0, "points_redeemed": 60, "points_refunded": 60, "stock": 7}
	for name, n := range want {
		if report.Totals[name] != n {
			t.Errorf("%s is %d, want %d", name, report.Totals[name], n)
		}
	}
	if !strings.Contains(report.text, `"month":"2026-11"`) || !strings.Contains(report.text, "某粮油店") || strings.Contains(report.text, "甲") {
		t.Errorf("got %s", report.text)
	}
	s.want(s.call(buyer, "GET", "/shop/reports/2026-1", ""), 422, "validation")
}

func TestShopIsValidated(t *testing.T) {
	s := givenStall(t)
	admin := s.Holder(model.RoleCommunityAdmin)
	for name, c := range map[string]struct{ body, code string }{
		"cash":              {`{"name":"现 金","category":"food","points":1}`, "item.cash"},
		"a wide gift card":  {`{"name":"ｇｉｆｔ ｃａｒｄ","category":"food","points":1}`, "item.cash"},
		"no name":           {`{"name":"","category":"food","points":1}`, "validation"},
		"a name of spaces":  {`{"name":" ","category":"food","points":1}`, "validation"},
		"no points":         {`{"name":"大米","category":"food","points":0}`, "validation"},
		"too many points":   {`{"name":"大米","category":"food","points":1000001}`, "validation"},
		"half a point":      {`{"name":"大米","category":"food","points":1.5}`, "validation"},
		"another category":  {`{"name":"大米","category":"magic","points":1}`, "validation"},
		"a negative stock":  {`{"name":"大米","category":"food","points":1,"stock":-1}`, "validation"},
		"a negative limit":  {`{"name":"大米","category":"food","points":1,"monthly_limit":-1}`, "validation"},
		"no such time":      {`{"name":"大米","category":"food","points":1,"starts_at":"soon"}`, "validation"},
		"an end before":     {`{"name":"大米","category":"food","points":1,"starts_at":"2026-11-23T08:00:00+08:00","ends_at":"2026-11-22T08:00:00+08:00"}`, "period.invalid"},
		"an unknown field":  {`{"name":"大米","category":"food","points":1,"price":3}`, "validation"},
		"no such scope":     {`{"name":"大米","category":"food","points":1,"scope_unit_id":"42"}`, "not_found"},
		"a scope of no one": {fmt.Sprintf(`{"name":"大米","category":"food","points":1,"scope_unit_id":"%d"}`, s.Others.Community.ID), "not_found"},
	} {
		if got := s.call(admin, "POST", "/shop/items", c.body); got.Code != c.code {
			t.Errorf("%s: got %d %s", name, got.status, got.text)
		}
	}
	item := s.want(s.call(admin, "POST", "/shop/items", `{"name":"大米","category":"food","points":1,"stock":3}`), 201, "")
	for name, body := range map[string]string{
		"nothing":           fmt.Sprintf(`{"item_id":"%s","quantity":0}`, item.ID),
		"less than nothing": fmt.Sprintf(`{"item_id":"%s","quantity":-1}`, item.ID),
		"too many":          fmt.Sprintf(`{"item_id":"%s","quantity":21}`, item.ID),
		"no quantity":       fmt.Sprintf(`{"item_id":"%s"}`, item.ID),
	} {
		if got := s.call(s.Resident(0), "POST", "/shop/orders", body, "Idempotency-Key", "k"+fmt.Sprint(len(name))); got.status != 422 {
			t.Errorf("%s: got %d %s", name, got.status, got.text)
		}
	}
	for _, body := range []string{`{"change":0,"reason":"x"}`, `{"change":1}`, `{"change":1,"reason":""}`, `{"change":1000001,"reason":"x"}`, `{"change":-1,"kind":"received","reason":"x"}`, `{"change":-1,"kind":"sold","reason":"x"}`} {
		if got := s.call(admin, "POST", "/shop/items/"+item.ID+"/stock", body); got.status != 422 {
			t.Errorf("%s: got %d %s", body, got.status, got.text)
		}
	}
	if got := s.call(s.Resident(0), "GET", "/shop/orders?status=gone", ""); got.status != 422 {
		t.Errorf("got %d %s", got.status, got.text)
	}
	s.want(s.call(model.Actor{}, "GET", "/shop/reports/2026-11", ""), 401, "auth.token_missing")
}

func TestNoticesOverHTTP(t *testing.T) {
	s := givenStall(t)
	admin, buyer := s.Holder(model.RoleCommunityAdmin), s.Resident(0)
	item := s.want(s.call(admin, "POST", "/shop/items", `{"name":"大米","category":"food","points":1,"stock":9}`), 201, "")
	s.want(s.call(admin, "POST", "/shop/items/"+item.ID+"/on-sale", ""), 200, "")
	s.givenAward(buyer.MemberID, 10)
	for i := range 3 {
		s.want(s.call(buyer, "POST", "/shop/orders", fmt.Sprintf(`{"item_id":"%s","quantity":1}`, item.ID), "Idempotency-Key", fmt.Sprint(i)), 201, "")
	}
	box := s.want(s.call(buyer, "GET", "/notices?limit=2", ""), 200, "")
	if len(box.Items) != 2 || box.Unread != 3 || box.Next == "" || box.Items[0].Kind != "order_reserved" || box.Items[0].Title == "" {
		t.Fatalf("got %s", box.text)
	}
	if !strings.Contains(box.text, `"ref":{"type":"order","id":"`) || strings.Contains(box.text, "read_at") {
		t.Errorf("got %s", box.text)
	}
	path := "/notices/" + box.Items[0].ID + "/read"
	s.want(s.call(s.Resident(1), "POST", path, ""), 404, "not_found")
	if read := s.want(s.call(buyer, "POST", path, ""), 200, ""); !strings.Contains(read.text, `"read_at":"2026-11-23T08:00:00+08:00"`) {
		t.Errorf("got %s", read.text)
	}
	if box := s.want(s.call(buyer, "GET", "/notices?unread=true", ""), 200, ""); len(box.Items) != 2 || box.Unread != 2 {
		t.Errorf("got %s", box.text)
	}
	if all := s.want(s.call(buyer, "POST", "/notices/read-all", "", "Idempotency-Key", "all"), 200, ""); all.text != "{\"read\":2}\n" && all.text != `{"read":2}` {
		t.Errorf("got %q", all.text)
	}
	if box := s.want(s.call(buyer, "GET", "/notices?unread=true", ""), 200, ""); box.Unread != 0 || box.Items == nil || len(box.Items) != 0 {
		t.Errorf("got %s", box.text)
	}
	s.want(s.call(buyer, "GET", "/notices?cursor=abc", ""), 422, "cursor.invalid")
	s.want(s.call(model.Actor{}, "GET", "/notices", ""), 401, "auth.token_missing")
}

package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
	"linbanglin/service/market"
)

// dispatching is a stall that brings requests to neighbours when it is told to.
type dispatching struct {
	*stall
	market *market.Market
}

func givenDispatching(t *testing.T, store *repository.Store) *dispatching {
	t.Helper()
	now := func() model.Instant { return testworld.Now }
	return &dispatching{givenStallOn(t, store), market.New(store, ledger.New(store, now), now)}
}

// urgent posts an urgent request and has it brought to those whom it is for.
func (s *dispatching) urgent(who model.Actor) string {
	s.t.Helper()
	id := s.want(s.call(who, "POST", "/requests", `{"category":"errand","title":"送药","urgency":"urgent"}`), 201, "").ID
	if n, err := s.market.Dispatch(s.t.Context()); n != 1 || err != nil {
		s.t.Fatalf("%d requests were dispatched, %v", n, err)
	}
	return id
}

func (s *dispatching) offers(who ...model.Actor) {
	s.t.Helper()
	for _, w := range who {
		s.want(s.call(w, "POST", "/offers", `{"categories":["errand"],"title":"跑腿"}`), 201, "")
	}
}

func TestAsksOverHTTP(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		s := givenDispatching(t, store)
		asker, first, second, third := s.Resident(0), s.Resident(1), s.Resident(2), s.Resident(3)
		s.offers(first, second, third)
		request := s.urgent(asker)
		ask := func(who model.Actor) string {
			list := s.want(s.call(who, "GET", "/asks", ""), 200, "")
			if len(list.Items) != 1 || list.Items[0].Request == nil || list.Items[0].Request.ID != request || len(list.Items[0].Parts) != 0 {
				t.Fatalf("asked %s", list.text)
			}
			return list.Items[0].ID
		}
		one, two := ask(first), ask(second)
		s.want(s.call(second, "POST", "/asks/"+one+"/decline", "{}"), 404, "not_found")
		s.want(s.call(second, "POST", "/asks/"+one+"/accept", ""), 404, "not_found")
		s.want(s.call(first, "POST", "/asks/1/decline", "{}"), 404, "not_found")
		s.want(s.call(first, "POST", "/asks/abc/decline", "{}"), 404, "not_found")
		no := s.want(s.call(first, "POST", "/asks/"+one+"/decline", "{}", "Idempotency-Key", "no"), 200, "")
		if again := s.want(s.call(first, "POST", "/asks/"+one+"/decline", "{}", "Idempotency-Key", "no"), 200, ""); again.text != no.text {
			t.Errorf("the same again: %s, and %s", no.text, again.text)
		}
		s.want(s.call(first, "POST", "/asks/"+one+"/decline", "{}"), 409, "ask.state")
		s.want(s.call(first, "POST", "/asks/"+one+"/accept", ""), 409, "ask.state")
		path := "/requests/" + request + "/dispatch"
		figures := s.want(s.call(asker, "GET", path, ""), 200, "")
		for _, secret := range []string{first.MemberID.String(), second.MemberID.String(), "asks", "owner", "answer", `"status"`} {
			if strings.Contains(figures.text, secret) {
				t.Errorf("who asks is told %s: %s", secret, figures.text)
			}
		}
		for _, figure := range []string{`"asked":3`, `"waiting":2`, `"declined":1`, `"wave":1`, `"level":"community"`, `"next_at":"2026-11-23T08:03:00+08:00"`} {
			if !strings.Contains(figures.text, figure) {
				t.Errorf("who asks is not told %s: %s", figure, figures.text)
			}
		}
		whole := s.want(s.call(s.Holder(model.RoleGridWorker), "GET", path, ""), 200, "")
		if !strings.Contains(whole.text, first.MemberID.String()) || !strings.Contains(whole.text, `"answer":"declined"`) || !strings.Contains(whole.text, `"acceptance"`) {
			t.Errorf("the grid worker is told %s", whole.text)
		}
		got := s.want(s.call(second, "POST", "/asks/"+two+"/accept", ""), 200, "")
		if got.ID != request || got.Status != "claimed" || len(got.Claims) != 1 {
			t.Errorf("accepted: %s", got.text)
		}
		if left := s.want(s.call(third, "GET", "/asks", ""), 200, ""); len(left.Items) != 0 {
			t.Errorf("still asked %s", left.text)
		}
		box := s.want(s.call(third, "GET", "/notices", ""), 200, "")
		if len(box.Items) != 2 || box.Items[0].Kind != "ask_over" || box.Items[1].Title != "邻居需要帮忙：送药" || !strings.Contains(box.text, `"ref":{"type":"request","id":"`+request+`"}`) {
			t.Errorf("told %s", box.text)
		}
		for _, text := range []string{figures.text, whole.text, got.text, box.text, no.text} {
			if strings.Contains(text, "861990") || strings.Contains(text, `"phone"`) || strings.Contains(text, "household") {
				t.Errorf("more than is anybody's business: %s", text)
			}
		}
	})
}

func TestCasesOverHTTP(t *testing.T) {
	s := givenDispatching(t, testdb.Open(t, testdb.SQLite))
	worker, admin := s.Holder(model.RoleGridWorker), s.Holder(model.RoleCommunityAdmin)
	request := s.urgent(s.Resident(0))
	path := "/cases/" + request
	list := s.want(s.call(worker, "GET", "/cases", ""), 200, "")
	if len(list.Items) != 1 || list.Items[0].Request == nil || list.Items[0].Request.ID != request {
		t.Fatalf("the cases are %s", list.text)
	}
	to := fmt.Sprintf(`{"to":"%d","note":"出差"}`, admin.MemberID)
	s.want(s.call(worker, "POST", path+"/hand-over", `{"note":"出差"}`), 422, "validation")
	s.want(s.call(worker, "POST", path+"/hand-over", `{"to":"1"}`), 422, "validation")
	s.want(s.call(admin, "POST", path+"/hand-over", to), 403, "auth.forbidden")
	s.want(s.call(admin, "POST", path+"/accept", ""), 409, "case.state")
	s.want(s.call(worker, "POST", "/cases/1/accept", ""), 404, "not_found")
	proposed := s.want(s.call(worker, "POST", path+"/hand-over", to), 200, "")
	if !strings.Contains(proposed.text, `"owner":{"id":"`+worker.MemberID.String()) {
		t.Errorf("proposed, it is %s", proposed.text)
	}
	accepted := s.want(s.call(admin, "POST", path+"/accept", ""), 200, "")
	if !strings.Contains(accepted.text, `"owner":{"id":"`+admin.MemberID.String()) || strings.Contains(accepted.text, "proposed") {
		t.Errorf("accepted, it is %s", accepted.text)
	}
	s.want(s.call(worker, "GET", "/cases?cursor=zzz", ""), 422, "cursor.invalid")
}

// TestWhoMayLookIntoADispatch walks the roles over what is answered by an office alone, and over what is anybody's.
func TestWhoMayLookIntoADispatch(t *testing.T) {
	s := givenDispatching(t, testdb.Open(t, testdb.SQLite))
	s.offers(s.Resident(2))
	here, there := s.urgent(s.Resident(1)), s.urgent(s.Resident(7))
	for _, role := range model.Roles() {
		who := s.holding(role, s.Grids[0], nowhere)
		matches := slices.Contains(model.Permissions()[model.OpMatchRequest], role)
		manages := slices.Contains(model.Permissions()[model.OpManageRequest], role)
		for _, c := range []struct {
			method, path, body string
			allowed            bool
			refused            int
		}{
			{"GET", "/requests/" + here + "/dispatch", "", matches, 403},
			{"GET", "/requests/" + there + "/dispatch", "", false, 404},
			{"GET", "/cases", "", manages, 403},
			{"GET", "/cases?all=true", "", manages, 403},
			{"GET", "/asks", "", true, 0},
			{"POST", "/cases/" + here + "/hand-over", fmt.Sprintf(`{"to":"%d"}`, s.Resident(0).MemberID), false, 409},
			{"POST", "/cases/" + there + "/accept", "", false, 404},
		} {
			got := s.call(who, c.method, c.path, c.body)
			if c.allowed && got.status != 200 || !c.allowed && got.status != c.refused {
				t.Errorf("%s %s by %s: %d %s", c.method, c.path, role, got.status, got.text)
			}
			if c.path == "/cases?all=true" && c.allowed && strings.Contains(got.text, there) {
				t.Errorf("%s sees a case of another grid", role)
			}
		}
	}
}

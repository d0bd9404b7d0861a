package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
)

// TestWhatANewcomerMayCall walks the reads as someone who is bound to nobody: they see themselves, what is
// the same for all, and are told to bind by the rest.
func TestWhatANewcomerMayCall(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		s := givenStallOn(t, store)
		m := model.NewPlaceholder(store.NewID(), testworld.Now)
		if err := store.Members.Create(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		who := model.Actor{MemberID: m.ID, Place: m.Place}
		s.callers[token(who)] = who
		for path, code := range map[string]string{
			"/me": "", "/categories": "", "/points/me": "", "/points/statement": "", "/ledger/head": "",
			"/offers": "", "/point-rules": "auth.unbound", "/requests": "auth.unbound", "/campaigns": "auth.unbound",
			"/themes": "auth.unbound", "/leaderboards": "auth.unbound", "/leaderboards/friends": "auth.unbound", "/leaderboards/pioneers": "auth.unbound", "/leaderboards/me": "auth.unbound", "/units": "auth.unbound", "/members": "auth.unbound",
		} {
			got := s.call(who, "GET", path, "")
			if want := map[bool]int{true: http.StatusOK, false: http.StatusForbidden}[code == ""]; got.status != want || got.Code != code {
				t.Errorf("%s: got %d %s, want %q", path, got.status, got.text, code)
			}
		}
	})
}

func TestABindCodeOverHTTP(t *testing.T) {
	s := givenStall(t)
	worker, path := s.Holder(model.RoleGridWorker), "/members/"+s.Members[2].ID.String()+"/bind-codes"
	first, again := s.call(worker, "POST", path, "", "Idempotency-Key", "k"), s.call(worker, "POST", path, "", "Idempotency-Key", "k")
	if first.status != http.StatusCreated || first.Code == "" || again.text != first.text || again.head.Get("Idempotent-Replayed") != "true" {
		t.Errorf("got %s, then %v %s", first.text, again.head, again.text)
	}
}

func TestAKeyIsOfferedOnlyWhereItWorks(t *testing.T) {
	s := givenStall(t)
	answer, err := http.Get(s.server.URL + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var document struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name string }
		}
	}
	if err := json.NewDecoder(answer.Body).Decode(&document); err != nil {
		t.Fatal(err)
	}
	without := []string{
		"/auth/wechat/login", "/auth/refresh", "/auth/logout", "/me/bind/phone", "/me/bind/code", "/requests/preview", "/request-series/preview",
		"/requests/{id}/contact", "/requests/{id}/address", "/visits/{id}/contact", "/visits/{id}/address",
		"/auth/logout-everywhere", "/campaigns/{id}/photos", "/matters/{id}/photos", "/me/wards/{id}/consent", "/proposals/{id}/vote", "/matters/{id}/reporter-phone",
		"/doorbell/heartbeats", "/doorbell/alerts", "/doorbell/alarms/{id}/address", "/doorbell/households/{id}/devices", "/doorbell/devices/{id}/rotate", "/doorbell/devices/{id}/revoke",
	}
	for path, methods := range document.Paths {
		for method, o := range methods {
			offered := false
			for _, p := range o.Parameters {
				offered = offered || p.Name == "Idempotency-Key"
			}
			if want := method == "post" && !slices.Contains(without, strings.TrimPrefix(path, "/api/v1")); offered != want {
				t.Errorf("%s %s: a key is offered: %t", method, path, offered)
			}
		}
	}
}

func TestSkillsHaveAMeasure(t *testing.T) {
	s := givenStall(t)
	who := s.Resident(0)
	for body, status := range map[string]int{
		`{"anonymous":false,"version":1,"skills":["` + strings.Repeat("长", 200_000) + `"]}`:          422,
		`{"anonymous":false,"version":1,"skills":["` + strings.Repeat("长", model.MaxSkill+1) + `"]}`: 422,
		`{"anonymous":false,"version":1,"skills":["理发",""]}`:                                         422,
		`{"anonymous":false,"version":1,"skills":["` + strings.Repeat("长", model.MaxSkill) + `"]}`:   200,
	} {
		if got := s.call(who, "PUT", "/me", body); got.status != status {
			t.Errorf("%.60s: got %d %s", body, got.status, got.text)
		}
	}
}

func TestTheSchemeOfATokenHasNoCase(t *testing.T) {
	s := givenStall(t)
	who := s.Resident(0)
	for value, code := range map[string]string{
		"Bearer " + token(who): "", "bearer " + token(who): "", "BEARER  " + token(who): "",
		"Basic " + token(who): "auth.token_missing", "Bearer": "auth.token_missing", "Bearer ": "auth.token_missing", "Bearer" + token(who): "auth.token_missing",
		"bearer x": "auth.token_invalid",
	} {
		if got := s.call(who, "GET", "/categories", "", "Authorization", value); got.Code != code {
			t.Errorf("%q: got %s, want %q", value, got.text, code)
		}
	}
}

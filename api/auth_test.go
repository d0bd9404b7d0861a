package api_test

import (
	"net/http"
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
			"/offers": "", "/requests": "auth.unbound", "/campaigns": "auth.unbound",
			"/themes": "auth.unbound", "/leaderboards": "auth.unbound", "/leaderboards/me": "auth.unbound", "/units": "auth.unbound", "/members": "auth.unbound",
		} {
			got := s.call(who, "GET", path, "")
			if want := map[bool]int{true: http.StatusOK, false: http.StatusForbidden}[code == ""]; got.status != want || got.Code != code {
				t.Errorf("%s: got %d %s, want %q", path, got.status, got.text, code)
			}
		}
	})
}

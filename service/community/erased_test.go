package community_test

import (
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/community"
)

// TestARosterTakesWhoClosedTheirAccountForSomebodyNew imports somebody, makes them a tombstone, and imports them again, at
// the same door and, by the phone, at another.
func TestARosterTakesWhoClosedTheirAccountForSomebodyNew(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		head := []any{"楼栋", "单元", "房号", "姓名", "电话"}
		imported(t, store, head, []any{"3幢", "1", "101", "赵试", "19900000001"})
		people, err := store.Members.OfPhone(t.Context(), "8619900000001")
		if err != nil || len(people) != 1 {
			t.Fatalf("got %v %v", people, err)
		}
		was := people[0]
		err = store.Tx(t.Context(), func(tx *repository.Store) error {
			m, err := tx.Members.Lock(t.Context(), was.ID)
			if err != nil {
				return err
			}
			m.Erase(now())
			return tx.Personal.EraseMember(t.Context(), m)
		})
		if err != nil {
			t.Fatal(err)
		}
		if again := imported(t, store, head, []any{"3幢", "1", "101", "赵试", "19900000001"}); again.Members != (community.Tally{Created: 1}) {
			t.Errorf("at the same door: %+v", again.Members)
		}
		if moved := imported(t, store, head, []any{"3幢", "1", "102", "赵试", "19900000001"}); moved.Members != (community.Tally{Updated: 1}) {
			t.Errorf("at another door: %+v", moved.Members)
		}
		people, err = store.Members.OfPhone(t.Context(), "8619900000001")
		if err != nil || len(people) != 1 || people[0].ID == was.ID {
			t.Errorf("got %v %v", people, err)
		}
		if m, err := store.Members.Get(t.Context(), was.ID); err != nil || !m.Erased() || m.Name != "" || m.DisplayName() != model.ErasedName {
			t.Errorf("the tombstone is %+v %v", m, err)
		}
	})
}

package repository_test

import (
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
)

func TestNoTimeIsWrittenThatWasNotGiven(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		door := w.Doors[0]
		for at, kind := range []string{"自住", "出租"} {
			h := &model.Household{NodeID: door.ID, Kind: kind, Hub: at == 1, UpdatedAt: testworld.Now + model.Instant(at)}
			if err := store.Nodes.SaveHouseholds(t.Context(), []*model.Household{h}); err != nil {
				t.Fatal(err)
			}
			known, err := store.Nodes.Households(t.Context(), w.Community.ID)
			if err != nil || len(known) != 1 {
				t.Fatalf("%d households, %v", len(known), err)
			}
			if got := known[0]; got.Kind != kind || got.Hub != h.Hub || got.UpdatedAt != h.UpdatedAt {
				t.Errorf("got %+v, want %+v", got, h)
			}
		}
		timeless := &model.Member{ID: store.NewID(), Skills: []string{}, RosterKey: "x"}
		if err := store.Members.Create(t.Context(), timeless); err != nil {
			t.Fatal(err)
		}
		if got, err := store.Members.Get(t.Context(), timeless.ID); err != nil || got.CreatedAt != 0 || got.UpdatedAt != 0 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

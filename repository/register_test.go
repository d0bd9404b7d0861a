package repository_test

import (
	"reflect"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
)

func TestTheMigrationSeedsSchemesAsTheModelDoes(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		if err := store.ReseedSchemes(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, err := store.Register.Schemes(t.Context(), w.Community.ID)
		if want := model.DefaultFlagSchemes(w.Community.ID); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v, %v", got, want, err)
		}
		for _, s := range got {
			if err := s.Validate(); err != nil {
				t.Errorf("%s: %v", s.Code, err)
			}
		}
	})
}

package repository_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
)

// givenOffer stores an offer, changed as the test needs it.
func givenOffer(t *testing.T, store *repository.Store, who model.Actor, change func(o *model.HelpOffer)) *model.HelpOffer {
	t.Helper()
	o := &model.HelpOffer{
		ID: store.NewID(), Place: who.Place, MemberID: who.MemberID, Categories: []string{"errand"}, Title: "跑腿",
		Availability: []model.Slot{{Weekday: 1, From: "09:00", To: "11:30"}}, Reach: model.KindArea, WeeklyLimit: 3, Skills: []string{}, DaysOff: []model.DaysOff{},
		Status: model.OfferActive, Version: 1, CreatedAt: testworld.Now, UpdatedAt: testworld.Now,
	}
	if change != nil {
		change(o)
	}
	if err := store.Offers.Create(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return o
}

func wantOffers(t *testing.T, name string, rows []*model.HelpOffer, err error, want ...*model.HelpOffer) {
	t.Helper()
	if err != nil || !slices.EqualFunc(rows, want, func(a, b *model.HelpOffer) bool { return a.ID == b.ID }) {
		t.Errorf("%s: %d offers, %v; want %d", name, len(rows), err, len(want))
	}
}

func TestOfferComesBackAsItWasAndAsItWasEdited(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		o := givenOffer(t, store, w.Resident(0), nil)
		o.Categories, o.Title, o.Reach, o.WeeklyLimit = []string{"legal", "errand"}, "改了", model.KindUnit, 7
		o.Availability, o.Version = []model.Slot{}, 2
		if err := store.Offers.Update(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		got, err := store.Offers.Get(t.Context(), o.ID)
		if err != nil || !slices.Equal(got.Categories, o.Categories) || got.Title != o.Title || got.Reach != o.Reach || got.WeeklyLimit != 7 ||
			len(got.Availability) != 0 || got.Version != 2 || got.Place != o.Place {
			t.Errorf("got %+v, %v", got, err)
		}
		if err := store.Offers.Update(t.Context(), o); !errors.Is(err, model.ErrStale) {
			t.Errorf("the same edit again: got %v", err)
		}
		if _, err := store.Offers.Get(t.Context(), 1); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("an offer that is not there: got %v", err)
		}
	})
}

func TestOfferLists(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		closed := func(o *model.HelpOffer) { o.Status = model.OfferClosed }
		mine, over := givenOffer(t, store, w.Resident(0), nil), givenOffer(t, store, w.Resident(0), closed)
		near, far := givenOffer(t, store, w.Resident(1), nil), givenOffer(t, store, w.Resident(13), nil)
		givenOffer(t, store, w.Others.Resident(0), nil)
		me := w.Resident(0)
		everywhere := []model.Grant{{NodeID: w.Community.ID, NodeKind: model.KindCommunity}}
		grid := []model.Grant{{NodeID: me.Place.GridID, NodeKind: model.KindGrid}}
		rows, err := store.Offers.List(t.Context(), w.Community.ID, me.MemberID, nil, 0, 10)
		wantOffers(t, "my own, the closed one too", rows, err, over, mine)
		rows, err = store.Offers.List(t.Context(), w.Community.ID, 0, everywhere, 0, 10)
		wantOffers(t, "everybody's", rows, err, far, near, mine)
		rows, err = store.Offers.List(t.Context(), w.Community.ID, 0, everywhere, far.ID, 1)
		wantOffers(t, "the next one", rows, err, near)
		rows, err = store.Offers.List(t.Context(), w.Community.ID, 0, grid, 0, 10)
		wantOffers(t, "of one grid", rows, err, near, mine)
		rows, err = store.Offers.List(t.Context(), w.Community.ID, 0, nil, 0, 10)
		wantOffers(t, "without reach", rows, err)
	})
}

func TestCandidates(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		named := func(codes ...string) func(*model.HelpOffer) {
			return func(o *model.HelpOffer) { o.Categories = codes }
		}
		asker := w.Resident(0)
		exact := givenOffer(t, store, w.Resident(1), nil)
		near := givenOffer(t, store, w.Resident(2), named("legal", "shopping"))
		nowhere := givenOffer(t, store, w.Resident(3), func(o *model.HelpOffer) { o.HouseholdID = 0 })
		givenOffer(t, store, w.Resident(4), named("legal"))
		givenOffer(t, store, w.Resident(5), func(o *model.HelpOffer) { o.Status = model.OfferPaused })
		givenOffer(t, store, w.Housemate(0), nil)
		givenOffer(t, store, w.Others.Resident(0), nil)
		wanted := model.Suited("errand")
		rows, err := store.Offers.Candidates(t.Context(), asker.Place, wanted, 10)
		wantOffers(t, "for an errand", rows, err, nowhere, near, exact)
		far := givenOffer(t, store, w.Resident(7), nil) // of another grid, and newer
		rows, err = store.Offers.Candidates(t.Context(), asker.Place, wanted, 10)
		wantOffers(t, "from near to far", rows, err, nowhere, near, exact, far)
		for range 12 { // of another grid as well, and newer, but not for those who live elsewhere
			givenOffer(t, store, w.Resident(7), func(o *model.HelpOffer) { o.Reach = model.KindBuilding })
		}
		rows, err = store.Offers.Candidates(t.Context(), asker.Place, wanted, 10)
		wantOffers(t, "as far as they go", rows, err, nowhere, near, exact, far)
		rows, err = store.Offers.Candidates(t.Context(), asker.Place, wanted, 1)
		wantOffers(t, "no more than are wanted, the exact one", rows, err, nowhere)
		rows, err = store.Offers.Candidates(t.Context(), asker.Place, wanted, 3)
		wantOffers(t, "those that are near", rows, err, nowhere, near, exact)
		rows, err = store.Offers.Candidates(t.Context(), asker.Place, nil, 10)
		wantOffers(t, "for nothing", rows, err)
	})
}

// TestExpiringMissesNone reads offers of which some end at one time, a few at a time.
func TestExpiringMissesNone(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w, soon := testworld.New(t, store), testworld.Now.Add(time.Hour)
		var want []*model.HelpOffer
		for _, end := range []model.Instant{soon, soon, soon, soon + 1} {
			want = append(want, givenOffer(t, store, w.Resident(1), func(o *model.HelpOffer) { o.ExpiresAt = end }))
		}
		for _, change := range []func(*model.HelpOffer){
			func(o *model.HelpOffer) { o.ExpiresAt = soon + 2 },
			func(o *model.HelpOffer) { o.ExpiresAt = testworld.Now },
			func(o *model.HelpOffer) { o.ExpiresAt, o.Status = soon, model.OfferClosed },
			func(o *model.HelpOffer) { o.ExpiresAt = 0 },
		} {
			givenOffer(t, store, w.Resident(2), change)
		}
		var got []*model.HelpOffer
		for last := (&model.HelpOffer{ExpiresAt: testworld.Now + 1}); ; {
			rows, err := store.Offers.Expiring(t.Context(), last, soon+1, 2)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, rows...)
			if len(rows) < 2 || len(got) > len(want) {
				break
			}
			last = rows[1]
		}
		wantOffers(t, "those that end soon", got, nil, want...)
	})
}

// TestCandidatesAreFoundByAnIndex sees that at each level of the tree offers are read in the order of an index, so that
// no more of them are read than are wanted, however many there are.
func TestCandidatesAreFoundByAnIndex(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		err := store.Tx(t.Context(), func(tx *repository.Store) error {
			for i := range 400 {
				who := w.Resident(i % 16)
				o := &model.HelpOffer{
					ID: store.NewID(), Place: who.Place, MemberID: who.MemberID, Categories: []string{"errand", "shopping", "repair"}, Title: "跑腿",
					Skills: []string{}, Availability: []model.Slot{}, DaysOff: []model.DaysOff{}, Reach: model.KindArea, WeeklyLimit: 3,
					Status: model.OfferActive, Version: 1, CreatedAt: testworld.Now, UpdatedAt: testworld.Now,
				}
				if err := tx.Offers.Create(t.Context(), o); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, level := range model.Reaches() {
			plan, err := store.PlanOfCandidates(t.Context(), level, w.Resident(0).Place.At(level), "errand")
			index := "ix_offer_category_" + string(level)
			if err != nil || !strings.Contains(plan, index) || strings.Contains(plan, "filesort") || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("at the %s: %s, %v", level, plan, err)
			}
		}
	})
}

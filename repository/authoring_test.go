package repository_test

import (
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
)

func TestTheMigrationPlacesRequestsAsTheModelDoes(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		var all []*model.HelpRequest
		for _, urgency := range model.Urgencies() {
			for _, ahead := range []time.Duration{0, time.Hour, 48 * time.Hour, 48*time.Hour + time.Microsecond, 400 * time.Hour} {
				for helpers := range 3 {
					r := givenRequest(t, store, w, func(r *model.HelpRequest) {
						r.Urgency = urgency
						if ahead > 0 {
							r.StartsAt = testworld.Now.Add(ahead)
						}
					})
					givenClaim(t, store, r, w.Resident(9).MemberID, withdrawn)
					for i := range helpers {
						r.Claims = append(r.Claims, givenClaim(t, store, r, w.Resident(1+i).MemberID, nil))
					}
					all = append(all, r)
				}
			}
		}
		at, err := store.RefillBoard(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			if at[r.ID] != r.BoardKey() {
				t.Errorf("%s, %s ahead, with %d helpers: at %d, want %d", r.Urgency, r.StartsAt, len(r.Claims), at[r.ID], r.BoardKey())
			}
		}
	})
}

func TestWithheldRequestsAreListedForFew(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		givenRequest(t, store, w, nil)
		held := givenRequest(t, store, w, func(r *model.HelpRequest) { r.Withhold() })
		givenClaim(t, store, held, w.Resident(3).MemberID, withdrawn) // who helped before it was edited
		everywhere := []model.Grant{{Role: model.RoleResident, NodeID: w.Community.ID, NodeKind: model.KindCommunity}}
		for name, c := range map[string]struct {
			member    model.Actor
			part      repository.Part
			moderates []model.Grant
			want      int
		}{
			"a neighbour":         {w.Resident(1), repository.Everybodys, nil, 1},
			"the author":          {w.Resident(0), repository.Everybodys, nil, 2},
			"a moderator":         {w.Resident(1), repository.Everybodys, everywhere, 2},
			"one of another grid": {w.Resident(1), repository.Everybodys, []model.Grant{{NodeID: w.Grids[1].ID, NodeKind: model.KindGrid}}, 1},
			"the author's":        {w.Resident(0), repository.Asked, nil, 2},
			"mine":                {w.Resident(0), repository.Mine, nil, 2},
			"a former helper's":   {w.Resident(3), repository.Helping, nil, 0},
			"theirs":              {w.Resident(3), repository.Mine, nil, 0},
		} {
			rows, err := store.Requests.List(t.Context(), &repository.RequestQuery{
				Community: w.Community.ID, Reach: everywhere, Member: c.member.MemberID, Part: c.part, Moderates: c.moderates, Sort: repository.Newest, Limit: 10,
			})
			if err != nil || len(rows) != c.want {
				t.Errorf("%s: %d rows, %v, want %d", name, len(rows), err, c.want)
			}
		}
	})
}

// TestASeriesMovesWithItsBuilding has officers of the new grid reach what people of the building ask for.
func TestASeriesMovesWithItsBuilding(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		who := w.Resident(0)
		for n, status := range []model.SeriesStatus{model.SeriesActive, model.SeriesEnded} {
			s := &model.Series{ID: store.NewID(), Place: who.Place, RequesterID: who.MemberID, CreatedBy: who.MemberID, Category: "errand", Title: "x", Urgency: model.UrgencyLow, Slots: 1, Minutes: 5}
			if err := s.Begin([]model.Instant{testworld.Now.Add(time.Hour)}, testworld.Now); err != nil {
				t.Fatal(err)
			}
			s.Status = status
			if err := store.Series.Create(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			building, err := store.Nodes.Get(t.Context(), who.Place.BuildingID)
			if err != nil {
				t.Fatal(err)
			}
			building.GridID = w.Grids[1].ID
			if err := store.Nodes.MoveBuilding(t.Context(), building); err != nil {
				t.Fatal(err)
			}
			got, err := store.Series.Get(t.Context(), s.ID)
			if err != nil || (got.GridID == w.Grids[1].ID) != (n == 0) {
				t.Errorf("%s: it is in %d, %v", status, got.GridID, err)
			}
		}
	})
}

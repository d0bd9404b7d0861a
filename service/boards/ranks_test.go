package boards_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/boards"
)

// shared returns the competition rank of a line: one more than have more points.
func shared(all []standing, i int) int64 {
	return int64(1 + slices.IndexFunc(all, func(s standing) bool { return s.points == all[i].points }))
}

// eachSource runs a test without copies on every database, and with copies in Redis on one.
func eachSource(t *testing.T, test func(t *testing.T, h *hall, source string)) {
	t.Helper()
	t.Run(boards.FromSQL, func(t *testing.T) {
		testdb.Each(t, func(t *testing.T, store *repository.Store) { test(t, open(t, store, ""), boards.FromSQL) })
	})
	t.Run(boards.FromRedis, func(t *testing.T) { test(t, open(t, testdb.Open(t, testdb.SQLite), redisURL(t)), boards.FromRedis) })
}

// givenTies has many members with few different points.
func (h *hall) givenTies(t *testing.T) []standing {
	t.Helper()
	random := rand.New(rand.NewPCG(7, 7))
	for _, m := range h.people[:40] {
		h.award(t, m, 1+random.Int64N(4), testworld.Now, 0, false)
	}
	h.settleDown(t)
	return h.want(func(posted) bool { return true })
}

func TestWhoHasAsManyPointsSharesARankOnRequest(t *testing.T) {
	eachSource(t, func(t *testing.T, h *hall, source string) {
		want := h.givenTies(t)
		q := boards.Query{Period: model.PeriodDay, Shared: true}
		for _, limit := range []int{1, 3, 7, 100} {
			var got []*model.Rank
			for page := (model.Page{Limit: limit}); ; {
				list, err := h.Top(t.Context(), h.Resident(0), q, page)
				if err != nil || list.Source != source {
					t.Fatalf("from %s: %v", list.Source, err)
				}
				got = append(got, list.Items...)
				if page.Cursor = list.NextCursor; page.Cursor == "" {
					break
				}
			}
			for i, g := range got {
				if g.Member.ID != want[i].member || g.Rank != shared(want, i) {
					t.Fatalf("by %d: line %d is %+v, want rank %d", limit, i, g, shared(want, i))
				}
			}
		}
		for i, w := range want {
			list, err := h.AroundMe(t.Context(), h.actor(w.member), q, 5)
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range list.Items {
				at := slices.IndexFunc(want, func(s standing) bool { return s.member == item.Member.ID })
				if item.Rank != shared(want, at) {
					t.Errorf("around %d: %+v, want rank %d", i, item, shared(want, at))
				}
			}
			h.wantSharedPlace(t, q, want, i)
		}
	})
}

// wantSharedPlace compares what a member is told of their place.
func (h *hall) wantSharedPlace(t *testing.T, q boards.Query, all []standing, i int) {
	t.Helper()
	me, err := h.Me(t.Context(), h.actor(all[i].member), q)
	if err != nil || me.Rank == nil {
		t.Fatalf("%+v, %v", me, err)
	}
	behind, next := 0, int64(0)
	for _, other := range all {
		if other.points < all[i].points {
			behind++
		}
		if other.points > all[i].points {
			next = other.points - all[i].points // the last of them has the fewest
		}
	}
	percentile := math.Round(1000*float64(behind)/float64(len(all)-1)) / 10
	if *me.Rank != shared(all, i) || me.ToNext != next || me.Percentile != percentile {
		t.Errorf("line %d: rank %d, %d to the next, before %v %%; want %d, %d, %v", i, *me.Rank, me.ToNext, me.Percentile, shared(all, i), next, percentile)
	}
}

func TestFriendsHaveTheRankThatTheyHaveOnTheBoard(t *testing.T) {
	eachSource(t, func(t *testing.T, h *hall, source string) {
		want := h.givenTies(t)
		shy := *h.people[3]
		shy.Anonymous = true
		if err := h.store.Tx(t.Context(), func(tx *repository.Store) error { return tx.Members.UpdateProfile(t.Context(), &shy, shy.Version) }); err != nil {
			t.Fatal(err)
		}
		me := h.people[0].ID
		friends := []model.ID{h.people[3].ID, h.people[9].ID, h.people[30].ID, h.people[17].ID, h.people[46].ID, h.people[47].ID, h.Others.Members[0].ID, 7, me}
		for _, together := range []bool{false, true} {
			list, err := h.Friends(t.Context(), h.Resident(0), boards.Query{Period: model.PeriodDay, Shared: together}, friends)
			if err != nil || list.Source != source || list.Total != int64(len(want)) {
				t.Fatalf("%+v, %v", list, err)
			}
			var lines []string
			for _, item := range list.Items {
				lines = append(lines, fmt.Sprint(item.Rank, item.Member.ID, item.Points))
			}
			var wanted []string
			for i, s := range want {
				rank := int64(i + 1)
				if together {
					rank = shared(want, i)
				}
				if s.member == me || slices.Contains([]model.ID{h.people[9].ID, h.people[30].ID, h.people[17].ID}, s.member) {
					wanted = append(wanted, fmt.Sprint(rank, s.member, s.points))
				}
			}
			if !slices.Equal(lines, wanted) {
				t.Errorf("shared %t: got %v, want %v", together, lines, wanted)
			}
		}
		if _, err := h.Friends(t.Context(), h.Resident(0), boards.Query{}, make([]model.ID, boards.MaxFriends+1)); !errors.Is(err, model.ErrInvalid) {
			t.Errorf("more than a list may have: %v", err)
		}
		old, err := h.Friends(t.Context(), h.Resident(0), boards.Query{Period: model.PeriodDay, Key: "2020-01-01"}, friends)
		if err != nil || len(old.Items) != 0 || old.Items == nil {
			t.Errorf("a day without anybody: %+v, %v", old, err)
		}
		bounded, err := h.Friends(t.Context(), h.Resident(0), boards.Query{Period: model.PeriodDay, Scope: model.KindGrid}, []model.ID{h.people[30].ID})
		if err != nil || len(bounded.Items) != 1 || bounded.Items[0].Member.ID != me {
			t.Errorf("a friend of another grid on one's own grid's board: %+v, %v", bounded, err)
		}
	})
}

func TestTheFirstOfAQuarterArePioneers(t *testing.T) {
	eachSource(t, func(t *testing.T, h *hall, source string) {
		want := h.givenTies(t)
		got, err := h.Pioneers(t.Context(), h.Resident(0), boards.Query{})
		if err != nil || got.Final || got.Total != 40 || got.Percent != 5 || got.Title != "2026年第四季度先锋岗" || got.Source != source {
			t.Fatalf("%+v, %v", got, err)
		}
		if len(got.Items) != 3 { // two of forty, and never fewer than three
			t.Fatalf("%d pioneers", len(got.Items))
		}
		for i, p := range got.Items {
			if p.Rank != int64(i+1) || p.Member.ID != want[i].member || p.Points != want[i].points || p.Honour == "" {
				t.Errorf("pioneer %d is %+v", i, p)
			}
		}
		if err := h.HonourPercent(20); err != nil {
			t.Fatal(err)
		}
		h.now = model.InstantOf(time.Date(2027, 1, 1, 0, 0, 0, 0, model.Shanghai()))
		got, err = h.Pioneers(t.Context(), h.Resident(0), boards.Query{Key: "2026-Q4"})
		if err != nil || got.Final || got.FreezesAt != freezing || len(got.Items) != 8 {
			t.Errorf("after its end: %+v, %v", got, err)
		}
		if got, err = h.Pioneers(t.Context(), h.Resident(0), boards.Query{}); err != nil || got.Final || got.Total != 0 || got.Items == nil || got.Board.Key != "2027-Q1" {
			t.Errorf("the quarter that begins: %+v, %v", got, err)
		}
		for _, key := range []string{"2026", "2026-Q5", "2026-10"} {
			if _, err := h.Pioneers(t.Context(), h.Resident(0), boards.Query{Key: key}); !errors.Is(err, model.ErrBoard) {
				t.Errorf("%s: %v", key, err)
			}
		}
		for _, percent := range []int{0, 51} {
			if err := h.HonourPercent(percent); !errors.Is(err, model.ErrInvalid) {
				t.Errorf("%d percent: %v", percent, err)
			}
		}
	})
}

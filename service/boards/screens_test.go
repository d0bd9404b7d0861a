package boards_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/boards"
)

// wantShown waits for what a screen shows next.
func wantShown(t *testing.T, w *boards.Watch, key, want string) {
	t.Helper()
	list, on := w.Next(t.Context(), 10*time.Second)
	if !on || list == nil {
		t.Fatalf("nothing is shown: %t", on)
	}
	got := ""
	for _, r := range list.Items {
		got += fmt.Sprint(r.Points, " ")
	}
	if got != want || list.Board.Key != key {
		t.Errorf("it shows %q of %s, want %q of %s", got, list.Board.Key, want, key)
	}
}

func TestAScreenShowsABoardWheneverItChanges(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		h := open(t, store, "")
		h.Boards = boards.New(store, nil, func() model.Instant { return testworld.Now })
		h.award(t, h.people[0], 5, testworld.Now, 0, false)
		h.settleDown(t)
		day := boards.Query{Period: model.PeriodDay}
		first, err := h.Watch(t.Context(), h.Resident(0), day, 2)
		if err != nil {
			t.Fatal(err)
		}
		defer first.Close()
		// The first screen's request may end, and the others go on.
		ending, end := context.WithCancel(t.Context())
		gone, err := h.Watch(ending, h.Resident(1), day, 2)
		if err != nil {
			t.Fatal(err)
		}
		wantShown(t, first, "2026-11-23", "5 ")
		wantShown(t, gone, "2026-11-23", "5 ")
		end()
		if _, on := gone.Next(ending, time.Minute); on {
			t.Error("a screen that is gone is shown more")
		}
		gone.Close()
		gone.Close()
		if list, on := first.Next(t.Context(), 1500*time.Millisecond); !on || list != nil {
			t.Errorf("nothing changed, and %+v is shown", list)
		}
		h.award(t, h.people[1], 9, testworld.Now, 0, false)
		h.settleDown(t)
		wantShown(t, first, "2026-11-23", "9 5 ")
		h.award(t, h.people[2], 1, testworld.Now.Add(24*time.Hour), 0, false)
		h.settleDown(t)
		h.EndWatches()
		if _, on := first.Next(t.Context(), time.Minute); on {
			t.Error("the end is not told")
		}
		if _, err := h.Watch(t.Context(), h.Resident(0), day, 2); !errors.Is(err, model.ErrStreams) {
			t.Errorf("a watch after the end: %v", err)
		}
	})
}

func TestAScreenOfTheDayShowsTheNextOneFromMidnight(t *testing.T) {
	h := open(t, testdb.Open(t, testdb.SQLite), "")
	clock := make(chan model.Instant, 1)
	clock <- testworld.Now
	h.Boards = boards.New(h.store, nil, func() model.Instant { now := <-clock; clock <- now; return now })
	h.award(t, h.people[0], 5, testworld.Now, 0, false)
	h.settleDown(t)
	w, err := h.Watch(t.Context(), h.Resident(0), boards.Query{Period: model.PeriodDay, Scope: model.KindGrid}, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	wantShown(t, w, "2026-11-23", "5 ")
	<-clock
	clock <- testworld.Now.Add(16 * time.Hour)
	wantShown(t, w, "2026-11-24", "")
	if _, err := h.Watch(t.Context(), model.Actor{MemberID: 5}, boards.Query{}, 2); !errors.Is(err, model.ErrUnbound) {
		t.Errorf("nobody yet: %v", err)
	}
}

func TestACardNamesWhatItShows(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		h := open(t, store, "")
		for _, m := range h.people[:12] {
			h.award(t, m, 5, testworld.Now, 0, false)
		}
		h.settleDown(t)
		campaign := h.givenCampaign(t)
		for want, q := range map[string]boards.Query{
			"祥和社区  2026年11月23日服务积分榜":    {Period: model.PeriodDay},
			"祥和社区  2026年第48周服务积分榜":      {Period: model.PeriodWeek},
			"祥和社区 第1网格 2026年11月服务积分榜":   {Scope: model.KindGrid},
			"祥和社区 第一党支部 2026年第四季度服务积分榜": {Period: model.PeriodQuarter, Scope: model.KindBranch},
			"祥和社区  2026年片区人均榜":          {Period: model.PeriodYear, Kind: model.BoardTeams, Scope: model.KindArea},
			"祥和社区  x · 服务积分榜":           {Campaign: campaign.ID},
		} {
			c, err := h.Card(t.Context(), h.Resident(0), q)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Community + " " + c.Part + " " + c.Title; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if len(c.Items) > boards.CardRows || q.Period == model.PeriodDay && (len(c.Items) != boards.CardRows || c.Total != 12) {
				t.Errorf("%s: %d lines of %d", want, len(c.Items), c.Total)
			}
		}
	})
}

func TestOneMemberHasThreeScreens(t *testing.T) {
	h := open(t, testdb.Open(t, testdb.SQLite), "")
	day := boards.Query{Period: model.PeriodDay}
	var last *boards.Watch
	for range 3 {
		w, err := h.Watch(t.Context(), h.Resident(0), day, 2)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		last = w
	}
	if _, err := h.Watch(t.Context(), h.Resident(0), day, 2); !errors.Is(err, model.ErrStreams) {
		t.Errorf("a fourth: %v", err)
	}
	for who, of := range map[string]model.Actor{"another member": h.Resident(1), "after one was closed": h.Resident(0)} {
		last.Close()
		w, err := h.Watch(t.Context(), of, day, 2)
		if err != nil {
			t.Errorf("%s: %v", who, err)
			continue
		}
		w.Close()
	}
}

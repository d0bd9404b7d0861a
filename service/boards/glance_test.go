package boards_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/repository"
)

// wholeDay returns all of the day's board, best first, and has its levels known.
func (h *hall) wholeDay(t *testing.T) (section repository.Section, rows []repository.Row) {
	t.Helper()
	section = h.dayBoard(t)
	err := h.store.Snapshot(t.Context(), func(view *repository.Store) error {
		moment, err := view.Boards.Moment(t.Context())
		if err != nil {
			return err
		}
		total, err := moment.CountFrom(t.Context(), section, 0)
		if err != nil {
			return err
		}
		rows, err = moment.Top(t.Context(), section, 1<<62, 1000)
		if total != int64(len(rows)) {
			t.Errorf("%d are on the board, %d by the levels", len(rows), total)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return section, rows
}

func TestAGlanceSeesWhatAViewSees(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		h := open(t, store, "")
		h.givenTies(t)
		if w, _, err := store.Boards.Glance(t.Context(), h.dayBoard(t).Board, h.people[0].ID, 5); err != nil || w != nil {
			t.Errorf("%+v, %v before anybody has read the levels", w, err)
		}
		for range 2 {
			day, all := h.wholeDay(t)
			for rank, row := range all {
				for _, want := range []int{1, 2, 3, 7, len(all) - 1, len(all), 100} {
					w, at, err := store.Boards.Glance(t.Context(), day.Board, row.Member, int64(want))
					for err == nil && w == nil { // the levels were known for too long
						h.wholeDay(t)
						w, at, err = store.Boards.Glance(t.Context(), day.Board, row.Member, int64(want))
					}
					if err != nil {
						t.Fatal(err)
					}
					if w.Rank != int64(rank) || w.Total != int64(len(all)) || at.Seq == 0 || !slices.Equal(w.Rows, all[w.First:w.First+int64(min(want, len(all)))]) {
						t.Fatalf("%d around rank %d: %+v", want, rank, w)
					}
					if w.First > w.Rank || w.Rank >= w.First+int64(want) {
						t.Fatalf("%d around rank %d begin at %d", want, rank, w.First)
					}
				}
			}
			if w, _, err := store.Boards.Glance(t.Context(), day.Board, h.people[47].ID, 5); err != nil || w != nil {
				t.Errorf("around one who is not on the board: %+v, %v", w, err)
			}
			h.award(t, h.people[3], 1, testworld.Now, 0, false)
			h.settleDown(t)
		}
	})
}

// TestAGlanceIsOfOneMoment looks at a board while members come to it: a window that is as wide as the board always has all of them.
func TestAGlanceIsOfOneMoment(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		h := open(t, store, "")
		h.givenTies(t)
		day, all := h.wholeDay(t)
		done := make(chan struct{})
		var watchers sync.WaitGroup
		end := sync.OnceFunc(func() { close(done); watchers.Wait() })
		defer end()
		var seen, moved atomic.Int64
		for n := range 4 {
			watchers.Go(func() {
				for i := n; ; i++ {
					select {
					case <-done:
						return
					default:
					}
					w, _, err := store.Boards.Glance(t.Context(), day.Board, all[i%len(all)].Member, 100)
					switch {
					case errors.Is(err, repository.ErrMoved):
						moved.Add(1)
					case err != nil:
						t.Error(err)
					case w != nil:
						seen.Add(1)
						if int64(len(w.Rows)) != w.Total {
							t.Errorf("%d of %d are in the window", len(w.Rows), w.Total)
						}
					}
				}
			})
		}
		for _, m := range h.people[40:48] {
			h.award(t, m, 5, testworld.Now, 0, false)
			h.settleDown(t)
			h.wholeDay(t)
		}
		end()
		t.Logf("%d glances, %d while the board moved", seen.Load(), moved.Load())
	})
}

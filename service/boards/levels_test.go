package boards_test

import (
	"strings"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/boards"
)

// TestLevelsThatAreBehindAreNotUsed is what a program before levels leaves behind: it moves the scores on, and not them.
func TestLevelsThatAreBehindAreNotUsed(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		h := open(t, store, "")
		want := h.givenTies(t)
		q := boards.Query{Period: model.PeriodDay}
		err := store.Tx(t.Context(), func(tx *repository.Store) error {
			day, err := tx.Boards.Find(t.Context(), model.BoardKey{
				CommunityID: h.Community.ID, Kind: model.BoardMembers, Scope: model.KindCommunity, Period: q.Period, PeriodKey: q.Period.Key(testworld.Now.Time()),
			})
			if err != nil {
				return err
			}
			if err := tx.Boards.AddLevels(t.Context(), day.ID, map[int64]int64{2: 5, 9: 7}); err != nil {
				return err
			}
			return tx.Boards.MoveLevels(t.Context(), 3)
		})
		if err != nil {
			t.Fatal(err)
		}
		h.wantBoard(t, h.Resident(0), q, want, boards.FromSQL)
		h.award(t, h.people[45], 2, testworld.Now, 0, false)
		h.settleDown(t)
		h.wantAll(t, []model.Instant{testworld.Now}, nil, boards.FromSQL)
	})
}

func TestLevelsThatDifferAreFound(t *testing.T) {
	for name, statement := range map[string]string{
		"one more":         "UPDATE board_level SET members = members + 1 WHERE board_id <> 0 AND points = 2",
		"a level too much": "INSERT INTO board_level (board_id, points, members) SELECT DISTINCT board_id, 77, 1 FROM board_level WHERE board_id <> 0",
		"one level less":   "DELETE FROM board_level WHERE board_id <> 0 AND points = 3",
	} {
		t.Run(name, func(t *testing.T) {
			address := testdb.URL(t, testdb.SQLite)
			h := open(t, testdb.Connect(t, address), "")
			h.givenTies(t)
			tamper(t, strings.TrimPrefix(address, "sqlite:"), statement)
			if _, differences, err := h.Check(t.Context()); err != nil || !strings.Contains(strings.Join(differences, "\n"), "points, the scores have") {
				t.Errorf("found %q, %v", differences, err)
			}
		})
	}
}

// TestAnEarlierViewHasItsOwnRanks looks at a board from two places in the stream by turns.
func TestAnEarlierViewHasItsOwnRanks(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		h := open(t, store, "")
		h.givenTies(t)
		day := h.dayBoard(t)
		ranked := func(view *repository.Store) (counts [12]int64) {
			t.Helper()
			moment, err := view.Boards.Moment(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for p := range counts {
				key := model.LeastRankKey(int64(p))
				count, err := moment.CountFrom(t.Context(), day, key)
				if err != nil {
					t.Fatal(err)
				}
				listed, err := view.Boards.CountBetween(t.Context(), day, max(key, model.LowestRankKey), 1<<62)
				if err != nil || listed != count {
					t.Fatalf("%d have %d points by the levels, %d by the scores, %v", count, p, listed, err)
				}
				counts[p] = count
			}
			return counts
		}
		err := store.Snapshot(t.Context(), func(earlier *repository.Store) error {
			before := ranked(earlier)
			h.award(t, h.people[45], 4, testworld.Now, 0, false)
			h.settleDown(t)
			for range 2 {
				err := store.Snapshot(t.Context(), func(later *repository.Store) error {
					if after := ranked(later); after[4] != before[4]+1 || after[5] != before[5] {
						t.Errorf("%v, before that %v", after, before)
					}
					return nil
				})
				if again := ranked(earlier); err != nil || again != before {
					t.Errorf("%v, before that %v, %v", again, before, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// dayBoard returns the board of the day.
func (h *hall) dayBoard(t *testing.T) repository.Section {
	t.Helper()
	day, err := h.store.Boards.Find(t.Context(), model.BoardKey{
		CommunityID: h.Community.ID, Kind: model.BoardMembers, Scope: model.KindCommunity, Period: model.PeriodDay, PeriodKey: model.PeriodDay.Key(testworld.Now.Time()),
	})
	if err != nil {
		t.Fatal(err)
	}
	return repository.Section{Board: day.ID, Kind: model.KindCommunity}
}

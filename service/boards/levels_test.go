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

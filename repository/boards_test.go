package repository_test

import (
	"errors"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/model"
	"linbanglin/repository"
)

// TestAPageAmidABoardReadsNoMoreThanItself counts the rows that MariaDB goes through.
func TestAPageAmidABoardReadsNoMoreThanItself(t *testing.T) {
	store := testdb.Open(t, testdb.MySQL)
	const members, page = 5000, 100
	scores := make([]*model.Score, members)
	for i := range scores {
		points := int64(i + 1)
		scores[i] = &model.Score{BoardID: 7, SubjectID: model.ID(i + 1), Grp: "c1", AreaID: 2, Points: points, ReachedSeq: points, RankKey: model.RankKey(points, points, 0), UpdSeq: points}
	}
	if err := store.Boards.SaveScores(t.Context(), scores); err != nil {
		t.Fatal(err)
	}
	for name, section := range map[string]repository.Section{"whole": {Board: 7, Kind: model.KindCommunity}, "area": {Board: 7, Kind: model.KindArea, Node: 2}} {
		for read, of := range map[string]func(*repository.Store) (int, error){
			"below": func(view *repository.Store) (int, error) {
				rows, err := view.Boards.Top(t.Context(), section, scores[members/2].RankKey, page)
				return len(rows), err
			},
			"above": func(view *repository.Store) (int, error) {
				rows, err := view.Boards.Above(t.Context(), section, scores[members/2].RankKey, page)
				return len(rows), err
			},
			"beside, at a glance": func(view *repository.Store) (int, error) {
				_, _, rows, err := view.Boards.GlanceBeside(t.Context(), section.Board, scores[members/2].RankKey, page/2)
				return len(rows), err
			},
			"scanned": func(view *repository.Store) (int, error) {
				rows, err := view.Boards.ScanRanks(t.Context(), section.Board, scores[members/2].RankKey, page)
				return len(rows), err
			},
			"beside": func(view *repository.Store) (int, error) {
				rows, err := view.Boards.Beside(t.Context(), section, scores[members/2].RankKey, page/2, page/2)
				return len(rows), err
			},
		} {
			err := store.Snapshot(t.Context(), func(view *repository.Store) error {
				before, err := view.RowsRead(t.Context())
				if err != nil {
					return err
				}
				n, err := of(view)
				if err != nil {
					return err
				}
				after, err := view.RowsRead(t.Context())
				if n != page || after-before > 5*page {
					t.Errorf("%s, %s: %d rows for %d", name, read, after-before, n)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestAGlanceThatTheBoardOvertakes has the board go on between the two statements of a glance.
func TestAGlanceThatTheBoardOvertakes(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		ctx, seq := t.Context(), int64(0)
		give := func(member model.ID, points, before int64) {
			t.Helper()
			seq++
			score := &model.Score{BoardID: 7, SubjectID: member, Grp: "c1", Points: points, ReachedSeq: seq, RankKey: model.RankKey(points, seq, 0), UpdSeq: seq}
			levels := map[int64]int64{points: 1}
			if before != 0 {
				levels[before] = -1
			}
			err := store.Tx(ctx, func(tx *repository.Store) error {
				cursor, err := tx.Stream.LockCursor(ctx, "proj")
				if err != nil {
					return err
				}
				cursor.Seq, cursor.Hash = seq, []byte{}
				return errors.Join(tx.Boards.SaveScores(ctx, []*model.Score{score}), tx.Boards.AddLevels(ctx, 7, levels), tx.Boards.MoveLevels(ctx, seq), tx.Stream.MoveCursor(ctx, cursor))
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for m := range model.ID(5) {
			give(m+1, int64(m+1), 0)
		}
		look, err := store.Boards.GlanceBegun(ctx, 7, 3)
		if err != nil {
			t.Fatal(err)
		}
		if w, err := look(3); err != nil || w.Total != 5 || w.Rank != 2 || w.First != 1 || len(w.Rows) != 3 || w.Rows[1].Member != 3 {
			t.Errorf("%+v, %v", w, err)
		}
		give(1, 9, 1) // from the last place to the first
		if w, err := look(3); !errors.Is(err, repository.ErrMoved) {
			t.Errorf("%+v, %v; wanted ErrMoved", w, err)
		}
	})
}

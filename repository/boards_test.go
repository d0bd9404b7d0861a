package repository_test

import (
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

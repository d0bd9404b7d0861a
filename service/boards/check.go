package boards

import (
	"bytes"
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// Check compares every score with what the sealed stream makes of it, and every settled board and frozen pioneer list
// with its digest. It returns how many scores it looked at and what differs; an error is a failure to read.
func (b *Boards) Check(ctx context.Context) (rows int64, differences []string, err error) {
	err = b.store.Snapshot(ctx, func(view *repository.Store) error {
		want, err := b.recount(ctx, view)
		if err != nil {
			return err
		}
		boards, err := view.Boards.All(ctx)
		if err != nil {
			return err
		}
		for _, board := range boards {
			differs, n, err := b.checkBoard(ctx, view, board, want)
			if err != nil {
				return err
			}
			rows += n
			differences = append(differences, differs...)
		}
		revised, err := b.checkRevisions(ctx, view)
		if err != nil {
			return err
		}
		differences = append(differences, revised...)
		for c := range want.cells {
			differences = append(differences, fmt.Sprintf("board %v: subject %d is missing", c.board, c.subject))
		}
		return nil
	})
	return rows, differences, err
}

// recount adds up the whole stream, as far as the scores have come.
func (b *Boards) recount(ctx context.Context, view *repository.Store) (*tally, error) {
	cursor, err := view.Stream.Cursor(ctx, projectionCursor)
	if err != nil {
		return nil, err
	}
	t := newTally()
	for seq := int64(0); seq < cursor.Seq; {
		seals, err := view.Stream.After(ctx, seq, projectBatch)
		if err != nil || len(seals) == 0 {
			return t, err
		}
		for i, s := range seals {
			if s.Seq > cursor.Seq {
				seals = seals[:i]
				break
			}
		}
		if _, _, err := b.tally(ctx, view, t, seals); err != nil {
			return nil, err
		}
		seq = seals[len(seals)-1].Seq
	}
	return t, nil
}

// checkBoard compares a board's scores with the sums, and takes from the sums what it has seen.
func (b *Boards) checkBoard(ctx context.Context, view *repository.Store, board *model.Board, want *tally) (differs []string, rows int64, err error) {
	levels := map[int64]int64{}
	err = eachScore(ctx, view, board, func(s *model.Score) {
		countLevels(levels, nil, s)
		c := cell{board.Key(), s.SubjectID}
		sum := want.cells[c]
		if sum == nil {
			differs = append(differs, fmt.Sprintf("board %d: subject %d has %d points, the stream has none", board.ID, s.SubjectID, s.Points))
			return
		}
		if made := sum.onto(nil, board, s.SubjectID); *made != *s {
			differs = append(differs, fmt.Sprintf("board %d: subject %d is %+v, the stream makes %+v", board.ID, s.SubjectID, *s, *made))
		}
		delete(want.cells, c)
		rows++
	})
	if err != nil {
		return nil, 0, err
	}
	found, err := checkLevels(ctx, view, board, levels)
	if err != nil {
		return nil, 0, err
	}
	differs = append(differs, found...)
	frozen, err := checkPioneers(ctx, view, board)
	if err != nil {
		return nil, 0, err
	}
	differs = append(differs, frozen...)
	if board.SettledAt != 0 && board.Kind == model.BoardMembers {
		standings, err := view.Boards.Standings(ctx, board.ID)
		if err != nil {
			return nil, 0, err
		}
		sealed, err := settledDigest(ctx, view, board.CampaignID)
		if err != nil {
			return nil, 0, err
		}
		if !bytes.Equal(model.DigestStandings(standings), sealed) || !bytes.Equal(board.Digest, sealed) {
			differs = append(differs, fmt.Sprintf("board %d: the standings do not have the digest that was sealed", board.ID))
		}
	}
	return differs, rows, nil
}

// checkLevels compares how many members of a board have so many points.
func checkLevels(ctx context.Context, view *repository.Store, board *model.Board, want map[int64]int64) (differs []string, err error) {
	at, err := view.Boards.LevelsAt(ctx)
	if err != nil || board.Kind != model.BoardMembers {
		return nil, err
	}
	cursor, err := view.Stream.Cursor(ctx, projectionCursor)
	if err != nil || at != cursor.Seq { // nobody reads them
		return nil, err
	}
	have, err := view.Boards.Levels(ctx, board.ID)
	for _, l := range have {
		if l.Members != want[l.Points] {
			differs = append(differs, fmt.Sprintf("board %d: %d members at %d points, the scores have %d", board.ID, l.Members, l.Points, want[l.Points]))
		}
		delete(want, l.Points)
	}
	for points, n := range want {
		differs = append(differs, fmt.Sprintf("board %d: no members at %d points, the scores have %d", board.ID, points, n))
	}
	return differs, err
}

// eachScore reads every score of a board.
func eachScore(ctx context.Context, view *repository.Store, board *model.Board, see func(*model.Score)) error {
	for after := model.ID(0); ; {
		scores, err := view.Boards.ScanScores(ctx, board.ID, after, pushRows)
		if err != nil || len(scores) == 0 {
			return err
		}
		for _, s := range scores {
			see(s)
		}
		after = scores[len(scores)-1].SubjectID
	}
}

package boards

import (
	"bytes"
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// Check compares every score with what the sealed stream makes of it, every settled board with its
// digest, and the copies in Redis with the scores. It returns how many scores it looked at and what
// differs; an error is a failure to read.
func (b *Boards) Check(ctx context.Context) (rows int64, differences []string, err error) {
	err = b.store.Snapshot(ctx, func(view *repository.Store) error {
		want, upTo, err := b.recount(ctx, view)
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
		for c := range want.cells {
			differences = append(differences, fmt.Sprintf("board %v: subject %d is missing", c.board, c.subject))
		}
		copies, err := b.checkCopies(ctx, view, boards, upTo)
		differences = append(differences, copies...)
		return err
	})
	return rows, differences, err
}

// recount adds up the whole stream, as far as the scores have come.
func (b *Boards) recount(ctx context.Context, view *repository.Store) (*tally, *model.Cursor, error) {
	cursor, err := view.Stream.Cursor(ctx, projectionCursor)
	if err != nil {
		return nil, nil, err
	}
	t := newTally()
	for seq := int64(0); seq < cursor.Seq; {
		seals, err := view.Stream.After(ctx, seq, projectBatch)
		if err != nil || len(seals) == 0 {
			return t, cursor, err
		}
		for i, s := range seals {
			if s.Seq > cursor.Seq {
				seals = seals[:i]
				break
			}
		}
		if _, _, err := b.tally(ctx, view, t, seals); err != nil {
			return nil, nil, err
		}
		seq = seals[len(seals)-1].Seq
	}
	return t, cursor, nil
}

// checkBoard compares a board's scores with the sums, and takes from the sums what it has seen.
func (b *Boards) checkBoard(ctx context.Context, view *repository.Store, board *model.Board, want *tally) (differs []string, rows int64, err error) {
	for after := model.ID(0); ; {
		scores, err := view.Boards.ScanScores(ctx, board.ID, after, pushRows)
		if err != nil {
			return nil, 0, err
		}
		if len(scores) == 0 {
			break
		}
		for _, s := range scores {
			c := cell{board.Key(), s.SubjectID}
			sum := want.cells[c]
			if sum == nil {
				differs = append(differs, fmt.Sprintf("board %d: subject %d has %d points, the stream has none", board.ID, s.SubjectID, s.Points))
				continue
			}
			if made := sum.onto(nil, board, s.SubjectID); *made != *s {
				differs = append(differs, fmt.Sprintf("board %d: subject %d is %+v, the stream makes %+v", board.ID, s.SubjectID, *s, *made))
			}
			delete(want.cells, c)
			rows++
		}
		after = scores[len(scores)-1].SubjectID
	}
	if board.SettledAt != 0 && board.Kind == model.BoardMembers {
		standings, err := view.Boards.Standings(ctx, board.ID)
		if err != nil {
			return nil, 0, err
		}
		if !bytes.Equal(model.DigestStandings(standings), board.Digest) {
			differs = append(differs, fmt.Sprintf("board %d: the standings do not have the digest that was sealed", board.ID))
		}
	}
	return differs, rows, nil
}

// checkCopies compares the copies in Redis that are as far as the scores. One that is not there or
// behind is not wrong: it will be brought up.
func (b *Boards) checkCopies(ctx context.Context, view *repository.Store, boards []*model.Board, upTo *model.Cursor) ([]string, error) {
	var differs []string
	if b.redis == nil || b.redis.Ping(ctx) != nil {
		return nil, nil
	}
	for _, board := range boards {
		if board.Grp == "" || board.SettledAt != 0 {
			continue
		}
		at, err := b.redis.State(ctx, board.Grp)
		if err != nil {
			return nil, err
		}
		if at.Cursor != cursorText(upTo.Seq, upTo.Hash) {
			continue
		}
		section := repository.Section{Board: board.ID, Kind: model.KindCommunity}
		copied, err := b.redis.Dump(ctx, board.Grp, at.Generation, section)
		if err != nil {
			return nil, err
		}
		differs = append(differs, b.checkCopy(ctx, view, section, copied)...)
	}
	return differs, nil
}

func (b *Boards) checkCopy(ctx context.Context, view *repository.Store, section repository.Section, copied map[model.ID]int64) (differs []string) {
	if len(copied) == 0 {
		return nil // ended; reads ask SQL
	}
	for below := int64(1) << 62; ; {
		scores, err := view.Boards.Top(ctx, section, below, pushRows)
		if err != nil {
			return append(differs, err.Error())
		}
		for _, s := range scores {
			if copied[s.SubjectID] != s.RankKey {
				differs = append(differs, fmt.Sprintf("board %d: member %d has key %d in Redis, %d in SQL", section.Board, s.SubjectID, copied[s.SubjectID], s.RankKey))
			}
			delete(copied, s.SubjectID)
		}
		if len(scores) < pushRows {
			break
		}
		below = scores[len(scores)-1].RankKey
	}
	for member := range copied {
		differs = append(differs, fmt.Sprintf("board %d: member %d is in Redis and not in SQL", section.Board, member))
	}
	return differs
}

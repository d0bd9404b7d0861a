package boards

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

// CheckCopies compares what Redis holds with the scores, up to the place in the stream that Redis says it has come
// to: what changed later it need not know. A copy that is gone, or was made of another history, is no difference,
// because nobody reads it and it will be made anew. An error is a failure to read the database.
func (b *Boards) CheckCopies(ctx context.Context) (*ledger.Check, error) {
	if b.redis == nil {
		return &ledger.Check{Name: "redis", Differences: []string{}, Skipped: ledger.NotApplicable}, nil
	}
	boards, err := b.store.Boards.All(ctx)
	if err != nil {
		return nil, err
	}
	var rows int64
	var differs []string
	for _, board := range boards {
		if board.SettledAt != 0 || lifeOf(board.Key(), b.now()) == 0 {
			continue // read from SQL
		}
		found, err := b.checkCopy(ctx, board)
		if errors.Is(err, repository.ErrRedis) {
			c := ledger.NewCheck("redis", rows, differs)
			c.Skipped, c.Cause = ledger.Unavailable, err.Error()
			return c, nil
		}
		if err != nil {
			return nil, err
		}
		rows += found.rows
		differs = append(differs, found.differs...)
	}
	return ledger.NewCheck("redis", rows, differs), nil
}

// held is what Redis has of a board, and what of that differs from the scores.
type held struct {
	upTo     int64
	sections map[repository.Section]map[string]float64 // rank keys by member; what was seen is taken out
	rows     int64
	differs  []string
}

// checkCopy compares what Redis holds of a board. The scores are read after it, so they are never behind it.
func (b *Boards) checkCopy(ctx context.Context, board *model.Board) (*held, error) {
	c, err := b.readCopy(ctx, board)
	if err != nil || len(c.sections) == 0 {
		return c, err
	}
	err = b.store.Snapshot(ctx, func(view *repository.Store) error {
		cursor, err := view.Stream.Cursor(ctx, projectionCursor)
		if err != nil || cursor.Seq < c.upTo { // the scores are being counted anew
			return err
		}
		if err := eachScore(ctx, view, board, c.compare); err != nil {
			return err
		}
		for section, members := range c.sections {
			for member, key := range members {
				c.differ(section, member, key, 0)
			}
		}
		return nil
	})
	return c, err
}

// readCopy reads what Redis holds of a board: no sections when that is nothing, or not of this history.
func (b *Boards) readCopy(ctx context.Context, board *model.Board) (*held, error) {
	for {
		at, err := b.redis.State(ctx, board.Grp)
		if err != nil || at.Generation == "" {
			return &held{}, err
		}
		c, err := b.readGeneration(ctx, board, at.Generation)
		if !errors.Is(err, repository.ErrMoved) {
			return c, err
		}
	}
}

func (b *Boards) readGeneration(ctx context.Context, board *model.Board, generation string) (*held, error) {
	sections, err := sectionsOfBoard(ctx, b.store, board.ID)
	if err != nil {
		return nil, err
	}
	cursor, dump, err := b.redis.Dump(ctx, board.Grp, generation, sections)
	if err != nil {
		return nil, err
	}
	known, err := b.ours(ctx, repository.Copy{Generation: generation, Cursor: cursor})
	if err != nil || !known {
		return &held{}, err
	}
	c := &held{upTo: seqOf(cursor), sections: map[repository.Section]map[string]float64{}}
	for i, s := range sections {
		if len(dump[i]) > 0 {
			c.sections[s] = dump[i]
		}
	}
	return c, nil
}

// compare compares a score with its copies.
func (c *held) compare(s *model.Score) {
	key := float64(s.RankKey)
	if s.RankKey < model.LowestRankKey {
		key = 0
	}
	member := s.SubjectID.String()
	for _, section := range sectionsOf(s) {
		members, held := c.sections[section]
		had := members[member]
		delete(members, member)
		if !held || s.UpdSeq > c.upTo {
			continue
		}
		c.rows++
		if had != key {
			c.differ(section, member, had, key)
		}
	}
}

// differ notes a difference; a rank key of zero is that of who is not listed.
func (c *held) differ(s repository.Section, member string, had, want float64) {
	part := ""
	if s.Kind != model.KindCommunity {
		part = fmt.Sprintf(" in %s %d", s.Kind, s.Node)
	}
	exact := func(key float64) string { return strconv.FormatFloat(key, 'f', -1, 64) }
	c.differs = append(c.differs, fmt.Sprintf("board %d%s: member %s has rank key %s in Redis, %s in SQL", s.Board, part, member, exact(had), exact(want)))
}

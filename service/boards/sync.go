package boards

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

const (
	// pushRows is how many scores one push carries; a push blocks Redis while it runs.
	pushRows = 500
	// copyLife is how long a board is copied after its period, and readLife how long the copy is there: longer, so
	// that no part of one is gone while another still changes. Older boards are read from SQL.
	copyLife = 35 * 24 * time.Hour
	readLife = copyLife + 24*time.Hour
	// campaignLife is how long the copy of a campaign's board is there after its last change.
	campaignLife = 400 * 24 * time.Hour
)

// lifeOf is how long the copy of a board is there from now on; zero is a board that has none.
func lifeOf(key model.BoardKey, now model.Instant) time.Duration {
	end := key.Period.End(key.PeriodKey)
	switch {
	case key.Group() == "", end != 0 && end.Add(copyLife) <= now:
		return 0
	case end == 0:
		return campaignLife
	}
	return end.Add(readLife).Time().Sub(now.Time())
}

// cursorText is how a place in the stream is kept in Redis. The hash tells a database that was restored
// to another history from the one that the copies were made of.
func cursorText(seq int64, hash []byte) string {
	return fmt.Sprintf("%d.%x", seq, hash[:min(4, len(hash))])
}

// seqOf returns the place that a cursor text names.
func seqOf(cursor string) int64 {
	digits, _, _ := strings.Cut(cursor, ".")
	seq, _ := strconv.ParseInt(digits, 10, 64)
	return seq
}

// SyncAll carries every group's changes to Redis, and rebuilds groups that it has lost.
func (b *Boards) SyncAll(ctx context.Context) error {
	groups, err := b.store.Boards.Groups(ctx)
	if err != nil {
		return err
	}
	for _, group := range groups {
		if err := b.Sync(ctx, group); err != nil {
			return err
		}
	}
	return nil
}

// Sync carries one group's changes to Redis. Where it stands is read from Redis itself, so a copy that
// was rolled back is carried forward from there, and one that is gone is rebuilt.
func (b *Boards) Sync(ctx context.Context, group string) error {
	for {
		at, err := b.redis.State(ctx, group)
		if err != nil {
			return err
		}
		known, err := b.ours(ctx, at)
		if err != nil {
			return err
		}
		if !known {
			_, err := b.rebuild(ctx, group, at.Generation)
			return err
		}
		b.remember(group, at.Generation)
		done, err := b.push(ctx, group, at)
		if errors.Is(err, repository.ErrMoved) {
			continue // another process was faster
		}
		if err != nil || done {
			return err
		}
	}
}

// ours reports whether a copy was made of this very history.
func (b *Boards) ours(ctx context.Context, at repository.Copy) (bool, error) {
	if at.Generation == "" || at.Cursor == "" {
		return false, nil
	}
	seq := seqOf(at.Cursor)
	if seq == 0 {
		return at.Cursor == cursorText(0, nil), nil
	}
	seal, err := b.store.Stream.At(ctx, seq)
	if errors.Is(err, model.ErrNotFound) {
		return false, nil
	}
	return err == nil && cursorText(seq, seal.Hash) == at.Cursor, err
}

// push carries one part of a group's changes. Done says that nothing is left.
func (b *Boards) push(ctx context.Context, group string, at repository.Copy) (done bool, err error) {
	var scores []*model.Score
	var boards map[model.ID]*model.Board
	var cursor *model.Cursor
	err = b.store.Snapshot(ctx, func(view *repository.Store) error {
		if cursor, err = view.Stream.Cursor(ctx, projectionCursor); err != nil {
			return err
		}
		if scores, err = view.Boards.Changed(ctx, group, seqOf(at.Cursor), pushRows); err != nil {
			return err
		}
		boards, err = view.Boards.ByIDs(ctx, boardsOf(scores))
		return err
	})
	if err != nil {
		return false, err
	}
	to := cursorText(cursor.Seq, cursor.Hash)
	if at.Cursor == to {
		return true, nil
	}
	if len(scores) == pushRows {
		// The last place may have more rows than these, so the copy is complete up to the one before. One
		// place has a handful of rows, so the copy always moves forward.
		complete := scores[len(scores)-1].UpdSeq - 1
		seal, err := b.store.Stream.At(ctx, complete)
		if err != nil {
			return false, err
		}
		to = cursorText(complete, seal.Hash)
	}
	return len(scores) < pushRows, b.redis.Push(ctx, group, at, to, rowsOf(scores, boards, b.now()))
}

// boardsOf returns the boards of scores, each once.
func boardsOf(scores []*model.Score) []model.ID {
	ids := make([]model.ID, len(scores))
	for i, s := range scores {
		ids[i] = s.BoardID
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// rowsOf spreads the scores of boards that are copied over the sections that they are in.
func rowsOf(scores []*model.Score, boards map[model.ID]*model.Board, now model.Instant) []repository.Row {
	lives := make(map[model.ID]time.Duration, len(boards))
	for id, board := range boards {
		lives[id] = lifeOf(board.Key(), now)
	}
	rows := make([]repository.Row, 0, 4*len(scores))
	for _, s := range scores {
		if lives[s.BoardID] == 0 {
			continue
		}
		for _, section := range sectionsOf(s) {
			rows = append(rows, repository.Row{Section: section, Member: s.SubjectID, RankKey: s.RankKey, Life: lives[s.BoardID]})
		}
	}
	return rows
}

// sectionsOf returns the board of a score and the parts of it that the score is in.
func sectionsOf(s *model.Score) []repository.Section {
	sections := []repository.Section{{Board: s.BoardID, Kind: model.KindCommunity}}
	for _, kind := range model.TeamKinds() {
		if node := s.Part(kind); node != 0 {
			sections = append(sections, repository.Section{Board: s.BoardID, Kind: kind, Node: node})
		}
	}
	return sections
}

// rebuild copies a whole group anew while readers use the old copy, and then flips to the new one. What
// changed meanwhile follows by the next sync. Done is false when Redis moved meanwhile, or another process does it.
func (b *Boards) rebuild(ctx context.Context, group, old string) (done bool, err error) {
	fresh := &repository.Building{Group: group, Old: old, Generation: rand.Text()[:13]}
	sections := map[repository.Section]bool{}
	drop := fresh.Generation
	if err = b.fill(ctx, fresh, sections); err == nil {
		b.remember(group, fresh.Generation)
		done, drop = true, old
	}
	if drop != "" {
		err = errors.Join(err, b.redis.Drop(ctx, group, drop, slices.Collect(maps.Keys(sections))))
	}
	if errors.Is(err, repository.ErrMoved) {
		err = nil
	}
	return done, err
}

// fill copies a whole group and flips to it. The sections are those that were filled, whether it fails or not.
func (b *Boards) fill(ctx context.Context, fresh *repository.Building, sections map[repository.Section]bool) error {
	if err := b.redis.Begin(ctx, fresh); err != nil {
		return err
	}
	var cursor *model.Cursor
	err := b.store.Snapshot(ctx, func(view *repository.Store) (err error) {
		if cursor, err = view.Stream.Cursor(ctx, projectionCursor); err != nil {
			return err
		}
		boards, err := view.Boards.InGroup(ctx, fresh.Group)
		if err != nil {
			return err
		}
		for _, board := range boards {
			if lifeOf(board.Key(), b.now()) == 0 {
				continue
			}
			if err := b.copyBoard(ctx, view, board, fresh, sections); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return b.redis.Flip(ctx, fresh, cursorText(cursor.Seq, cursor.Hash))
}

// copyBoard fills the sections of one board, those above zero.
func (b *Boards) copyBoard(ctx context.Context, view *repository.Store, board *model.Board, fresh *repository.Building, sections map[repository.Section]bool) error {
	for below := int64(1) << 62; ; {
		scores, err := view.Boards.ScanRanks(ctx, board.ID, below, pushRows)
		if err != nil || len(scores) == 0 {
			return err
		}
		rows := rowsOf(scores, map[model.ID]*model.Board{board.ID: board}, b.now())
		for _, r := range rows {
			sections[r.Section] = true
		}
		if err := b.redis.Fill(ctx, fresh, rows); err != nil {
			return err
		}
		below = scores[len(scores)-1].RankKey
	}
}

// Rebuild copies all boards to Redis anew. Progress is told after each group.
func (b *Boards) Rebuild(ctx context.Context, progress func(done, of int)) error {
	if b.redis == nil {
		return model.ErrUnavailable.Saying("没有配置 Redis", "No Redis is configured.")
	}
	groups, err := b.store.Boards.Groups(ctx)
	if err != nil {
		return err
	}
	for i, group := range groups {
		at, err := b.redis.State(ctx, group)
		if err != nil {
			return err
		}
		done, err := b.rebuild(ctx, group, at.Generation)
		if err != nil {
			return err
		}
		if !done {
			return model.ErrUnavailable.Saying("排行榜正在由另一个进程复制，请稍后再试", "Another process is copying the boards; try again soon.")
		}
		progress(i+1, len(groups))
	}
	return nil
}

// Recount forgets all scores and makes them anew from the start of the stream.
func (b *Boards) Recount(ctx context.Context) error {
	err := b.store.Tx(ctx, func(tx *repository.Store) error {
		cursor, err := tx.Stream.LockCursor(ctx, projectionCursor)
		if err != nil {
			return err
		}
		if err := tx.Boards.Forget(ctx); err != nil {
			return err
		}
		cursor.Seq, cursor.Hash, cursor.UpdatedAt = 0, []byte{}, b.now()
		return tx.Stream.MoveCursor(ctx, cursor)
	})
	if err != nil {
		return err
	}
	return b.CatchUp(ctx)
}

func (b *Boards) remember(group, generation string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.generations[group] = generation
}

func (b *Boards) generation(group string) string {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.generations[group]
}

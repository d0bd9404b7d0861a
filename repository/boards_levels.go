package repository

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"linbanglin/model"
)

// Level is how many members of a board have so many points.
type Level struct {
	BoardID model.ID
	Points  int64
	Members int64
}

// The levels of all boards are of one place in the stream, which the row of board 0 has. A program that knows nothing of
// levels may move the scores on; then they are not used until they are made anew.

// levelTrust is how long levels that were read are known, should those of their place be made anew; levelBoards is of how many boards.
const (
	levelTrust  = 5 * time.Second
	levelBoards = 64
)

// knownLevels are the levels that were read last, so that those who ask about a board one after the other, as all do while there
// is no Redis, add them up once for each place in the stream.
type knownLevels struct {
	mu sync.Mutex
	of map[model.ID]*latestLevels
}

// latestLevels are the levels of a board at the latest place in the stream that anybody has asked about.
type latestLevels struct {
	reading chan struct{} // of size one: holds a token while somebody reads them
	now     *boardLevels
}

// boardLevels are the levels of a board at a place in the stream. They do not change.
type boardLevels struct {
	seq   int64
	until time.Time // they are known
	from  []int64   // points of the levels, the lowest first
	above []int64   // how many members are in each and in all higher ones
}

// reaching returns how many members have more than so many points.
func (l *boardLevels) reaching(points int64) int64 {
	i, _ := slices.BinarySearch(l.from, points+1)
	if i == len(l.from) {
		return 0
	}
	return l.above[i]
}

// board returns where the levels of a board are known.
func (k *knownLevels) board(id model.ID) *latestLevels {
	k.mu.Lock()
	defer k.mu.Unlock()
	l := k.of[id]
	if l == nil {
		if len(k.of) >= levelBoards {
			clear(k.of)
		}
		l = &latestLevels{reading: make(chan struct{}, 1)}
		k.of[id] = l
	}
	return l
}

// hold makes the caller the only one who looks at the levels or reads them, until release.
func (l *latestLevels) hold(ctx context.Context) error {
	select {
	case l.reading <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", model.ErrUnavailable, ctx.Err())
	}
}

func (l *latestLevels) release() { <-l.reading }

// known returns the levels of a place if somebody has read them, nil otherwise. It reads nothing itself, so it may be asked by who has no
// connection: else those who wait with one each might leave none to read with.
func (l *latestLevels) known(ctx context.Context, seq int64) (*boardLevels, error) {
	if err := l.hold(ctx); err != nil {
		return nil, err
	}
	defer l.release()
	if l.now == nil || l.now.seq != seq || !time.Now().Before(l.now.until) {
		return nil, nil
	}
	return l.now, nil
}

// at returns the levels of a place: those that are known, else what read returns. One reads for all who want the latest;
// who still looks at an earlier place reads for themselves.
func (l *latestLevels) at(ctx context.Context, seq int64, read func() (*boardLevels, error)) (*boardLevels, error) {
	if err := l.hold(ctx); err != nil {
		return nil, err
	}
	release := sync.OnceFunc(l.release)
	defer release()
	if known := l.now; known != nil && time.Now().Before(known.until) {
		if known.seq == seq {
			return known, nil
		}
		if known.seq > seq {
			release()
			return read()
		}
	}
	fresh, err := read()
	if err == nil {
		l.now = fresh
	}
	return fresh, err
}

// Moment is all boards at one place in the stream.
type Moment struct {
	Boards
	Seq     int64  // up to which all is counted
	Hash    []byte // of the seal there
	leveled int64  // up to which the levels are
}

// Moment returns the boards as they are. It is for a transaction or a view: outside of one they go on, and who reads levels might
// wait for a connection of those who wait for the levels.
func (b Boards) Moment(ctx context.Context) (Moment, error) {
	query := b.from(ctx).Raw("SELECT c.seq, c.hash, COALESCE(l.members, -1) FROM stream_cursor c " +
		"LEFT JOIN board_level l ON l.board_id = 0 AND l.points = 0 WHERE c.name = 'proj'")
	found, err := readRows(query, func(m *Moment) []any {
		return []any{&m.Seq, &m.Hash, &m.leveled}
	})
	if err == nil && len(found) == 0 {
		err = model.ErrNotFound
	}
	if err != nil {
		return Moment{}, err
	}
	found[0].Boards = b
	return *found[0], nil
}

// CountFrom returns how many scores of a section have at least a rank key. Of a whole board it adds up levels.
func (m Moment) CountFrom(ctx context.Context, p Section, key int64) (int64, error) {
	if p.Kind != model.KindCommunity || p.Revision > model.FirstRevision || m.leveled != m.Seq {
		return m.CountBetween(ctx, p, key, math.MaxInt64)
	}
	l, err := m.levels.board(p.Board).at(ctx, m.leveled, func() (*boardLevels, error) { return m.readLevels(ctx, p.Board) })
	switch {
	case err != nil:
		return 0, err
	case l.seq != m.leveled: // only outside of a view
		return m.CountBetween(ctx, p, key, math.MaxInt64)
	}
	points := max(0, model.PointsOfRankKey(key))
	above := l.reaching(points)
	if points == 0 {
		return above, nil
	}
	same, err := m.CountBetween(ctx, p, key, model.LeastRankKey(points+1))
	return above + same, err
}

// readLevels reads the levels of a board and their place, in one statement.
func (b Boards) readLevels(ctx context.Context, board model.ID) (*boardLevels, error) {
	var rows []*Level
	l := &boardLevels{seq: -1, until: time.Now().Add(levelTrust)}
	err := b.from(ctx).Raw("SELECT board_id, points, members FROM board_level WHERE board_id IN (0, ?) ORDER BY board_id, points", board).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return l, err
	}
	l.seq = rows[0].Members
	rows = rows[1:]
	l.from, l.above = make([]int64, len(rows)), make([]int64, len(rows))
	sum := int64(0)
	for i, r := range slices.Backward(rows) {
		sum += r.Members
		l.from[i], l.above[i] = r.Points, sum
	}
	return l, nil
}

// LevelsAt returns up to which place in the stream the levels are, -1 when there are none.
func (b Boards) LevelsAt(ctx context.Context) (seq int64, err error) {
	err = b.from(ctx).Raw("SELECT members FROM board_level WHERE board_id = 0 AND points = 0").Scan(&seq).Error
	return seq, err
}

// MoveLevels writes up to which place in the stream the levels are.
func (b Boards) MoveLevels(ctx context.Context, seq int64) error {
	return b.to(ctx).Exec("UPDATE board_level SET members = ? WHERE board_id = 0 AND points = 0", seq).Error
}

// MakeLevels counts all levels anew.
func (b Boards) MakeLevels(ctx context.Context) error {
	if err := b.to(ctx).Exec("DELETE FROM board_level WHERE board_id <> 0").Error; err != nil {
		return err
	}
	return b.to(ctx).Exec("INSERT INTO board_level (board_id, points, members) SELECT s.board_id, s.points, COUNT(*) FROM board_score s "+
		"JOIN board b ON b.id = s.board_id WHERE b.kind = ? AND s.points > 0 GROUP BY s.board_id, s.points", model.BoardMembers).Error
}

// Levels returns those levels of a board that have members, by points.
func (b Boards) Levels(ctx context.Context, board model.ID) ([]*Level, error) {
	var rows []*Level
	err := b.from(ctx).Raw("SELECT board_id, points, members FROM board_level WHERE board_id = ? AND members <> 0 ORDER BY points", board).Scan(&rows).Error
	return rows, err
}

// AddLevels adds to levels, or takes from them.
func (b Boards) AddLevels(ctx context.Context, board model.ID, more map[int64]int64) error {
	points := make([]int64, 0, len(more))
	for p, n := range more {
		if n != 0 {
			points = append(points, p)
		}
	}
	slices.Sort(points)
	had := map[int64]int64{}
	for part := range slices.Chunk(points, rowsPerStatement) {
		var rows []*Level
		if err := b.from(ctx).Raw("SELECT board_id, points, members FROM board_level WHERE board_id = ? AND points IN ?", board, part).Scan(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			had[r.Points] = r.Members
		}
	}
	db := b.to(ctx)
	end := replacing(db, "board_id, points", "members")
	return upsert(db, "INSERT INTO board_level (board_id, points, members) VALUES ", end, points, func(args []any, p int64) []any {
		return append(args, int64(board), p, had[p]+more[p])
	})
}

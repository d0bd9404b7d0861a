package repository

import (
	"context"
	"slices"

	"linbanglin/model"
)

// Glance returns the window of so many around a member of a board in two statements that are not of one view, so that it costs no
// transaction: it fails with ErrMoved when the board went on between them. It returns nil for what only a view tells: the member
// is not listed, or nobody has read the levels of this place in the stream yet.
func (b Boards) Glance(ctx context.Context, board, member model.ID, want int64) (*Window, *model.Cursor, error) {
	at, key, err := b.glanceAt(ctx, board, member)
	if err != nil || at == nil {
		return nil, nil, err
	}
	l, err := b.levels.board(board).known(ctx, at.Seq)
	if err != nil || l == nil {
		return nil, nil, err
	}
	w, err := b.glanceAround(ctx, l, board, member, key, want)
	return w, at, err
}

// glanceAround returns the window around a member who had a rank key when the levels were read. It fails with ErrMoved when the board went on since.
func (b Boards) glanceAround(ctx context.Context, l *boardLevels, board, member model.ID, key, want int64) (*Window, error) {
	seq, same, rows, err := b.glanceBeside(ctx, board, key, want)
	switch {
	case err != nil:
		return nil, err
	case seq != l.seq:
		return nil, ErrMoved
	}
	points := model.PointsOfRankKey(key)
	w := &Window{Total: l.reaching(0), Rank: l.reaching(points) + same - 1}
	own := int64(slices.IndexFunc(rows, func(r Row) bool { return r.Member == member }))
	start := own - w.Center(want)
	if own < 0 || start < 0 {
		return nil, ErrMoved
	}
	w.Rows = rows[start:min(start+want, int64(len(rows)))]
	return w, nil
}

// glanceAt returns up to which place in the stream the scores are, if the levels are as well, and the rank key that a member has there.
func (b Boards) glanceAt(ctx context.Context, board, member model.ID) (at *model.Cursor, key int64, err error) {
	query := b.from(ctx).Raw("SELECT c.seq, c.hash, s.rank_key FROM stream_cursor c JOIN board_level l ON l.board_id = 0 AND l.points = 0 AND l.members = c.seq "+
		"JOIN board_score s ON s.board_id = ? AND s.subject_id = ? AND s.rank_key >= ? WHERE c.name = 'proj'", board, member, model.LowestRankKey)
	found, err := readRows(query, func(c *struct {
		model.Cursor
		key int64
	},
	) []any {
		return []any{&c.Seq, &c.Hash, &c.key}
	})
	if err != nil || len(found) == 0 {
		return nil, 0, err
	}
	return &found[0].Cursor, found[0].key, nil
}

// The parts of what glanceBeside reads.
const (
	partSeq = iota
	partSame
	partRow
)

// glanceBeside returns the place in the stream, how many with as many points as a rank key has have that or a higher one, and up to so many on either
// side of it, best first.
func (b Boards) glanceBeside(ctx context.Context, board model.ID, key, want int64) (seq, same int64, rows []Row, err error) {
	whole := Section{Board: board, Kind: model.KindCommunity}
	higher, lower := b.sides(ctx, whole, key, int(want), int(want))
	query := b.from(ctx).Raw("SELECT ? AS part, seq AS subject_id, 0 AS rank_key FROM stream_cursor WHERE name = 'proj' "+
		"UNION ALL SELECT ?, COUNT(*), 0 FROM board_score WHERE board_id = ? AND rank_key >= ? AND rank_key < ? "+
		"UNION ALL SELECT ?, h.* FROM (?) h UNION ALL SELECT ?, l.* FROM (?) l",
		partSeq, partSame, board, key, model.LeastRankKey(model.PointsOfRankKey(key)+1), partRow, higher, partRow, lower)
	type part struct {
		kind int
		Row
	}
	found, err := readRows(query, func(p *part) []any { return []any{&p.kind, &p.Member, &p.RankKey} })
	for _, p := range found {
		switch p.kind {
		case partSeq:
			seq = int64(p.Member)
		case partSame:
			same = int64(p.Member)
		default:
			p.Section = whole
			rows = append(rows, p.Row)
		}
	}
	bestFirst(rows)
	return seq, same, rows, err
}

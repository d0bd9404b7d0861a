package repository

import (
	"context"
	"slices"

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

// levelsAt is where the levels are, and what else a count needs of them.
type levelsAt struct {
	Fresh int64
	Above int64
}

// CountFrom returns how many scores of a section have at least a rank key. Of a whole board it adds up levels.
func (b Boards) CountFrom(ctx context.Context, p Section, key int64) (int64, error) {
	if p.Kind != model.KindCommunity || p.Revision > model.FirstRevision {
		return b.countScores(ctx, p, key)
	}
	points := max(0, model.PointsOfRankKey(key))
	var at levelsAt
	err := b.from(ctx).Raw("SELECT (SELECT COUNT(*) FROM board_level l JOIN stream_cursor c ON c.seq = l.members WHERE l.board_id = 0 AND l.points = 0 AND c.name = 'proj') AS fresh, "+
		"(SELECT COALESCE(SUM(members), 0) FROM board_level WHERE board_id = ? AND points > ?) AS above", p.Board, points).Scan(&at).Error
	switch {
	case err != nil:
		return 0, err
	case at.Fresh == 0:
		return b.countScores(ctx, p, key)
	case points == 0:
		return at.Above, nil
	}
	same, err := b.CountBetween(ctx, p, key, model.LeastRankKey(points+1))
	return at.Above + same, err
}

func (b Boards) countScores(ctx context.Context, p Section, key int64) (n int64, err error) {
	err = b.listed(ctx, p).Where("rank_key >= ?", key).Count(&n).Error
	return n, err
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

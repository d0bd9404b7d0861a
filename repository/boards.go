package repository

import (
	"cmp"
	"context"
	"slices"

	"gorm.io/gorm"

	"linbanglin/model"
)

// Boards holds leaderboards, scores and standings.
type Boards struct{ conn }

// Find returns the board of a key. It fails with ErrNotFound while nobody scored on it.
func (b Boards) Find(ctx context.Context, k model.BoardKey) (*model.Board, error) {
	board := new(model.Board)
	err := byKey(b.from(ctx), k).Take(board).Error
	return board, err
}

func byKey(db *gorm.DB, k model.BoardKey) *gorm.DB {
	return db.Where("community_id = ? AND campaign_id = ? AND kind = ? AND scope = ? AND period = ? AND period_key = ?",
		k.CommunityID, k.CampaignID, k.Kind, k.Scope, k.Period, k.PeriodKey)
}

// FindAll returns the boards of those keys that have one.
func (b Boards) FindAll(ctx context.Context, keys []model.BoardKey) (map[model.BoardKey]*model.Board, error) {
	found := make(map[model.BoardKey]*model.Board, len(keys))
	for part := range slices.Chunk(keys, 50) {
		db := b.from(ctx)
		where := db
		for i, k := range part {
			if i == 0 {
				where = byKey(db, k)
			} else {
				where = where.Or(byKey(db, k))
			}
		}
		var rows []*model.Board
		if err := b.from(ctx).Where(where).Find(&rows).Error; err != nil {
			return nil, err
		}
		for _, r := range rows {
			found[r.Key()] = r
		}
	}
	return found, nil
}

// OfCampaign returns the boards of a campaign.
func (b Boards) OfCampaign(ctx context.Context, campaign model.ID) ([]*model.Board, error) {
	var rows []*model.Board
	err := b.from(ctx).Where("campaign_id = ?", campaign).Order("id").Find(&rows).Error
	return rows, err
}

// All returns every board.
func (b Boards) All(ctx context.Context) ([]*model.Board, error) {
	var rows []*model.Board
	err := b.from(ctx).Order("id").Find(&rows).Error
	return rows, err
}

// ByIDs returns boards by id.
func (b Boards) ByIDs(ctx context.Context, ids []model.ID) (map[model.ID]*model.Board, error) {
	found := make(map[model.ID]*model.Board, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	var rows []*model.Board
	err := b.from(ctx).Where("id IN ?", ids).Find(&rows).Error
	for _, r := range rows {
		found[r.ID] = r
	}
	return found, err
}

// Create adds boards. It fails with ErrDuplicate when a key has one.
func (b Boards) Create(ctx context.Context, boards []*model.Board) error {
	return createAll(b.to(ctx), boards)
}

// Freeze has a campaign's boards count nothing from a place in the stream on.
func (b Boards) Freeze(ctx context.Context, campaign model.ID, seq int64) error {
	return b.to(ctx).Exec("UPDATE board SET frozen_seq = ? WHERE campaign_id = ? AND frozen_seq = 0", seq, campaign).Error
}

// Scores returns the scores that subjects have on a board.
func (b Boards) Scores(ctx context.Context, board model.ID, subjects []model.ID) ([]*model.Score, error) {
	var rows []*model.Score
	for part := range slices.Chunk(subjects, rowsPerStatement) {
		some, err := readScores(b.from(ctx).Table("board_score").Where("board_id = ? AND subject_id IN ?", board, part))
		if err != nil {
			return nil, err
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

// SaveScores adds scores or replaces their points, whatever they were.
func (b Boards) SaveScores(ctx context.Context, scores []*model.Score) error {
	db := b.to(ctx)
	statement := "INSERT INTO board_score (" + scoreColumns + ") VALUES "
	end := replacing(db, "board_id, subject_id", "points", "reached_seq", "rank_key", "upd_seq")
	return upsert(db, statement, end, scores, func(args []any, s *model.Score) []any {
		return append(args, int64(s.BoardID), int64(s.SubjectID), s.Grp, int64(s.AreaID), int64(s.GridID), int64(s.BranchID), s.Points, s.ReachedSeq, s.RankKey, s.UpdSeq)
	})
}

// Changed returns scores of a group that changed after a place in the stream, in the order of change.
func (b Boards) Changed(ctx context.Context, group string, after int64, limit int) ([]*model.Score, error) {
	return readScores(b.from(ctx).Table("board_score").Where("grp = ? AND upd_seq > ?", group, after).Order("upd_seq").Limit(limit))
}

// Groups returns the groups of member boards that are not settled.
func (b Boards) Groups(ctx context.Context) ([]string, error) {
	var groups []string
	err := b.from(ctx).Raw("SELECT DISTINCT grp FROM board WHERE kind = ? AND settled_at = 0", model.BoardMembers).Scan(&groups).Error
	return groups, err
}

// InGroup returns the boards of a group.
func (b Boards) InGroup(ctx context.Context, group string) ([]*model.Board, error) {
	var rows []*model.Board
	err := b.from(ctx).Where("grp = ?", group).Find(&rows).Error
	return rows, err
}

// Section is a board, or the part of it that one area, grid or branch is.
type Section struct {
	Board model.ID
	Kind  model.NodeKind // community: the whole
	Node  model.ID
	// Revision is the number of settled standings that were counted anew; below 2 the board is read as it was counted.
	Revision int
}

// listed limits a query to the scores of a section that are shown: those above zero.
func (b Boards) listed(ctx context.Context, p Section) *gorm.DB {
	db := b.from(ctx).Model(&model.Score{})
	if p.Revision > model.FirstRevision {
		db = b.from(ctx).Table("board_revised").Where("revision = ?", p.Revision)
	}
	db = db.Where("board_id = ? AND rank_key >= ?", p.Board, model.LowestRankKey)
	if p.Kind != model.KindCommunity {
		db = db.Where(placeColumn(p.Kind)+" = ?", p.Node)
	}
	return db
}

// Top returns those of a section below a rank key, best first.
func (b Boards) Top(ctx context.Context, p Section, below int64, limit int) ([]Row, error) {
	return readRanks(p, b.listed(ctx, p).Where("rank_key < ?", below).Order("rank_key DESC").Limit(limit))
}

// Above returns those of a section above a rank key, the nearest first.
func (b Boards) Above(ctx context.Context, p Section, key int64, limit int) ([]Row, error) {
	return readRanks(p, b.listed(ctx, p).Where("rank_key > ?", key).Order("rank_key").Limit(limit))
}

// Beside returns so many of a section above a rank key and so many that are not, best first.
func (b Boards) Beside(ctx context.Context, p Section, key int64, above, rest int) ([]Row, error) {
	higher, lower := b.sides(ctx, p, key, above, rest)
	rows, err := readRanks(p, b.from(ctx).Table("(SELECT * FROM (?) h UNION ALL SELECT * FROM (?) l) b", higher, lower))
	bestFirst(rows)
	return rows, err
}

// sides looks for so many of a section above a rank key, and so many that are not.
func (b Boards) sides(ctx context.Context, p Section, key int64, above, rest int) (higher, lower *gorm.DB) {
	higher = b.listed(ctx, p).Where("rank_key > ?", key).Order("rank_key").Limit(above).Select(rankColumns)
	lower = b.listed(ctx, p).Where("rank_key <= ?", key).Order("rank_key DESC").Limit(rest).Select(rankColumns)
	return higher, lower
}

func bestFirst(rows []Row) {
	slices.SortFunc(rows, func(x, y Row) int { return cmp.Compare(y.RankKey, x.RankKey) })
}

// ScanRanks returns the scores of a board below a rank key, best first. The inner query looks at an index alone: asked for all columns,
// MariaDB goes through that from the end of the board instead of from the rank key, which far down is all of it.
func (b Boards) ScanRanks(ctx context.Context, board model.ID, below int64, limit int) ([]*model.Score, error) {
	found := b.listed(ctx, Section{Board: board, Kind: model.KindCommunity}).Where("rank_key < ?", below).Order("rank_key DESC").Limit(limit).Select("subject_id AS found_id")
	return readScores(b.from(ctx).Table("board_score").Joins("JOIN (?) f ON f.found_id = subject_id", found).Where("board_id = ?", board).Order("rank_key DESC"))
}

// Settle writes the standings of a campaign's member board, within the caller's transaction, and returns
// their digest. A board that nobody is on has the digest of nothing.
func (b Boards) Settle(ctx context.Context, campaign model.ID, now model.Instant) ([]byte, error) {
	boards, err := b.OfCampaign(ctx, campaign)
	if err != nil {
		return nil, err
	}
	digest := model.DigestStandings(nil)
	for _, board := range boards {
		if board.Kind == model.BoardMembers {
			standings, err := b.stand(ctx, board)
			if err != nil {
				return nil, err
			}
			digest = model.DigestStandings(standings)
		}
	}
	err = b.to(ctx).Exec("UPDATE board SET settled_at = ?, digest = ? WHERE campaign_id = ?", now, digest, campaign).Error
	return digest, err
}

func (b Boards) stand(ctx context.Context, board *model.Board) ([]*model.Standing, error) {
	var scores []*model.Score
	whole := Section{Board: board.ID, Kind: model.KindCommunity}
	if err := b.listed(ctx, whole).Order("rank_key DESC").Find(&scores).Error; err != nil {
		return nil, err
	}
	standings := make([]*model.Standing, len(scores))
	for i, s := range scores {
		standings[i] = &model.Standing{BoardID: board.ID, RankNo: i + 1, SubjectID: s.SubjectID, Points: s.Points, ReachedSeq: s.ReachedSeq}
	}
	return standings, createAll(b.to(ctx), standings)
}

// Standings returns the standings of a settled board in their order.
func (b Boards) Standings(ctx context.Context, board model.ID) ([]*model.Standing, error) {
	var rows []*model.Standing
	err := b.from(ctx).Where("board_id = ?", board).Order("rank_no").Find(&rows).Error
	return rows, err
}

// Forget removes all scores, so that the projector makes them anew from the start of the stream.
func (b Boards) Forget(ctx context.Context) error {
	if err := b.to(ctx).Exec("DELETE FROM board_score").Error; err != nil {
		return err
	}
	if err := b.MakeLevels(ctx); err != nil {
		return err
	}
	return b.MoveLevels(ctx, 0)
}

// ScanScores returns scores of a board in the order of their subjects, after one.
func (b Boards) ScanScores(ctx context.Context, board, after model.ID, limit int) ([]*model.Score, error) {
	var rows []*model.Score
	err := b.from(ctx).Where("board_id = ? AND subject_id > ?", board, after).Order("subject_id").Limit(limit).Find(&rows).Error
	return rows, err
}

// Parts returns where the subjects of a board are, each area, grid and branch together once.
func (b Boards) Parts(ctx context.Context, board model.ID) ([]*model.Score, error) {
	var rows []*model.Score
	err := b.from(ctx).Distinct("board_id", "area_id", "grid_id", "branch_id").Where("board_id = ?", board).Find(&rows).Error
	return rows, err
}

// Projected returns the place in the stream up to which all is counted.
func (b Boards) Projected(ctx context.Context) (int64, error) {
	var seq int64
	err := b.from(ctx).Raw("SELECT seq FROM stream_cursor WHERE name = 'proj'").Scan(&seq).Error
	return seq, err
}

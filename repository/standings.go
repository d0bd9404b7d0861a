package repository

import (
	"context"
	"slices"

	"linbanglin/model"
)

// StandingsAfter returns the first standings of a settled board in their order, after a rank.
func (b Boards) StandingsAfter(ctx context.Context, board model.ID, rank int64, limit int) ([]*model.Standing, error) {
	var rows []*model.Standing
	err := b.from(ctx).Where("board_id = ? AND rank_no > ?", board, rank).Order("rank_no").Limit(limit).Find(&rows).Error
	return rows, err
}

// CountStandings returns how many are in the first standings of a settled board.
func (b Boards) CountStandings(ctx context.Context, board model.ID) (n int64, err error) {
	err = b.from(ctx).Model(&model.Standing{}).Where("board_id = ?", board).Count(&n).Error
	return n, err
}

// Revisions returns the revisions of a campaign's standings in their order.
func (b Boards) Revisions(ctx context.Context, campaign model.ID) ([]*model.Revision, error) {
	var rows []*model.Revision
	err := b.from(ctx).Where("campaign_id = ?", campaign).Order("revision").Find(&rows).Error
	return rows, err
}

// LastRevision returns the number of a campaign's standings that are in force.
func (b Boards) LastRevision(ctx context.Context, campaign model.ID) (int, error) {
	last := model.FirstRevision
	err := b.from(ctx).Raw("SELECT COALESCE(MAX(revision), ?) FROM board_revision WHERE campaign_id = ?", last, campaign).Scan(&last).Error
	return last, err
}

// Revised returns which campaigns have revisions of their standings.
func (b Boards) Revised(ctx context.Context) ([]model.ID, error) {
	var ids []model.ID
	err := b.from(ctx).Raw("SELECT DISTINCT campaign_id FROM board_revision ORDER BY campaign_id").Scan(&ids).Error
	return ids, err
}

// AddRevision adds a revision and its scores. It fails with ErrDuplicate when there is one of its number.
func (b Boards) AddRevision(ctx context.Context, r *model.Revision, scores []*model.Score) error {
	if err := b.to(ctx).Create(r).Error; err != nil {
		return err
	}
	return insert(b.to(ctx), "INSERT INTO board_revised (revision, "+scoreColumns+") VALUES ", scores, func(args []any, s *model.Score) []any {
		return append(args, r.Revision, int64(s.BoardID), int64(s.SubjectID), s.Grp, int64(s.AreaID), int64(s.GridID), int64(s.BranchID), s.Points, s.ReachedSeq, s.RankKey, s.UpdSeq)
	})
}

// RevisedScores returns all scores that boards have in a revision, by board and subject.
func (b Boards) RevisedScores(ctx context.Context, boards []model.ID, revision int) ([]*model.Score, error) {
	if len(boards) == 0 {
		return nil, nil
	}
	return readScores(b.from(ctx).Table("board_revised").Where("board_id IN ? AND revision = ?", boards, revision).Order("board_id, subject_id"))
}

// MarkSettled settles boards of a campaign that nobody was on when it was.
func (b Boards) MarkSettled(ctx context.Context, c *model.Campaign, frozen int64) error {
	return b.to(ctx).Exec("UPDATE board SET settled_at = ?, frozen_seq = ?, digest = ? WHERE campaign_id = ? AND settled_at = 0",
		c.SettledAt, frozen, c.Digest, c.ID).Error
}

// SealedTransfer is a transfer and its place in the stream.
type SealedTransfer struct {
	Seq int64
	*model.Transfer
}

// OfCampaign returns what earned or lost points in a campaign, from one place in the stream to another, in order.
func (s Stream) OfCampaign(ctx context.Context, campaign model.ID, from, to int64) ([]SealedTransfer, error) {
	var seals []*model.Seal
	err := s.from(ctx).Raw("SELECT l.seq, l.rec_id FROM point_transfer t JOIN point_seal l ON l.rec_type = ? AND l.rec_id = t.id "+
		"WHERE t.campaign_id = ? AND t.measure = ? AND t.score <> 0 AND l.seq >= ? AND l.seq <= ? ORDER BY l.seq",
		model.RecordTransfer, campaign, model.Points, from, to).Scan(&seals).Error
	if err != nil {
		return nil, err
	}
	sealed := make([]SealedTransfer, 0, len(seals))
	for part := range slices.Chunk(seals, rowsPerStatement) {
		ids := make([]model.ID, len(part))
		for i, l := range part {
			ids[i] = l.RecID
		}
		transfers, err := Points(s).Transfers(ctx, ids)
		if err != nil {
			return nil, err
		}
		byID := make(map[model.ID]*model.Transfer, len(transfers))
		for _, t := range transfers {
			byID[t.ID] = t
		}
		for _, l := range part {
			if t := byID[l.RecID]; t != nil {
				sealed = append(sealed, SealedTransfer{l.Seq, t})
			}
		}
	}
	return sealed, nil
}

// ControlsOf returns the marks of a campaign that are in the stream or on their way there.
func (s Stream) ControlsOf(ctx context.Context, campaigns ...model.ID) ([]*model.Control, error) {
	var rows []*model.Control
	if len(campaigns) == 0 {
		return rows, nil
	}
	err := s.from(ctx).Where("campaign_id IN ?", campaigns).Order("id").Find(&rows).Error
	return rows, err
}

// Revisions returns the marks of all standings that were counted anew.
func (s Stream) Revisions(ctx context.Context) ([]*model.Control, error) {
	var rows []*model.Control
	err := s.from(ctx).Where("kind >= ?", model.RevisedAs(model.FirstRevision)).Order("id").Find(&rows).Error
	return rows, err
}

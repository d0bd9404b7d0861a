package boards

import (
	"cmp"
	"context"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

const (
	// projectionCursor names how far the scores have come.
	projectionCursor = "proj"
	projectBatch     = 4000
)

// Project carries the scores forward by one run of the sealed stream. Any number of processes may do it.
// More says that there is more to do.
func (b *Boards) Project(ctx context.Context) (more bool, err error) {
	behind, err := b.behind(ctx)
	if err != nil || !behind {
		return false, err
	}
	err = b.store.Tx(ctx, func(tx *repository.Store) error {
		cursor, err := tx.Stream.LockCursor(ctx, projectionCursor)
		if err != nil {
			return err
		}
		seals, err := tx.Stream.After(ctx, cursor.Seq, projectBatch)
		if err != nil || len(seals) == 0 {
			return err
		}
		more = len(seals) == projectBatch
		levels, err := tx.Boards.LevelsAt(ctx)
		if err != nil {
			return err
		}
		t, closed, err := b.tally(ctx, tx, newTally(), seals)
		if err != nil {
			return err
		}
		if err := b.saveSums(ctx, tx, t); err != nil {
			return err
		}
		if levels != cursor.Seq {
			if err := tx.Boards.MakeLevels(ctx); err != nil {
				return err
			}
		}
		for campaign, seq := range closed {
			if err := tx.Boards.Freeze(ctx, campaign, seq); err != nil {
				return err
			}
		}
		end := seals[len(seals)-1]
		cursor.Seq, cursor.Hash, cursor.UpdatedAt = end.Seq, end.Hash, b.now()
		if err := tx.Boards.MoveLevels(ctx, end.Seq); err != nil {
			return err
		}
		return tx.Stream.MoveCursor(ctx, cursor)
	})
	return more, err
}

// behind looks whether there is anything to do, without a lock.
func (b *Boards) behind(ctx context.Context) (bool, error) {
	cursor, err := b.store.Stream.Cursor(ctx, projectionCursor)
	if err != nil {
		return false, err
	}
	next, err := b.store.Stream.After(ctx, cursor.Seq, 1)
	return len(next) > 0, err
}

// tally adds up seals in order and returns which campaigns closed in them. What the tally knows of
// campaigns is completed from the store.
func (b *Boards) tally(ctx context.Context, s *repository.Store, t *tally, seals []*model.Seal) (*tally, map[model.ID]int64, error) {
	ids := map[model.RecordType][]model.ID{}
	for _, l := range seals {
		ids[l.RecType] = append(ids[l.RecType], l.RecID)
	}
	transfers, err := s.Points.Transfers(ctx, ids[model.RecordTransfer])
	if err != nil {
		return nil, nil, err
	}
	controls, err := s.Stream.Controls(ctx, ids[model.RecordControl])
	if err != nil {
		return nil, nil, err
	}
	if err := b.knowCampaigns(ctx, s, t, transfers); err != nil {
		return nil, nil, err
	}
	transferOf, controlOf := map[model.ID]*model.Transfer{}, map[model.ID]*model.Control{}
	for _, x := range transfers {
		transferOf[x.ID] = x
	}
	for _, c := range controls {
		controlOf[c.ID] = c
	}
	closed := map[model.ID]int64{}
	for _, l := range seals {
		if c := controlOf[l.RecID]; l.RecType == model.RecordControl && c != nil && c.Kind == model.CampaignClosed {
			t.close(c.CampaignID, l.Seq)
			closed[c.CampaignID] = l.Seq
		}
		if x := transferOf[l.RecID]; l.RecType == model.RecordTransfer && x != nil {
			t.add(l.Seq, x)
		}
	}
	return t, closed, nil
}

// knowCampaigns reads the campaigns of transfers, with the place where they closed before.
func (b *Boards) knowCampaigns(ctx context.Context, s *repository.Store, t *tally, transfers []*model.Transfer) error {
	var unknown []model.ID
	for _, x := range transfers {
		if _, known := t.campaigns[x.CampaignID]; x.CampaignID != 0 && !known && !slices.Contains(unknown, x.CampaignID) {
			unknown = append(unknown, x.CampaignID)
		}
	}
	found, err := s.Campaigns.ByIDs(ctx, unknown)
	if err != nil {
		return err
	}
	closes, err := s.Stream.CampaignCloses(ctx, unknown)
	if err != nil {
		return err
	}
	for id, c := range found {
		t.campaigns[id] = c
	}
	for id, seq := range closes {
		t.close(id, seq)
	}
	return nil
}

// saveSums adds the sums of a tally to the scores and writes them as absolute values.
func (b *Boards) saveSums(ctx context.Context, tx *repository.Store, t *tally) error {
	subjects, firsts := map[model.BoardKey][]model.ID{}, map[model.BoardKey]int64{}
	for c, s := range t.cells {
		subjects[c.board] = append(subjects[c.board], c.subject)
		if first, ok := firsts[c.board]; !ok || s.first < first {
			firsts[c.board] = s.first
		}
	}
	boards, err := b.needBoards(ctx, tx, firsts)
	if err != nil {
		return err
	}
	var scores []*model.Score
	for key, ids := range subjects {
		board := boards[key]
		slices.Sort(ids)
		had, err := tx.Boards.Scores(ctx, board.ID, ids)
		if err != nil {
			return err
		}
		before := make(map[model.ID]*model.Score, len(had))
		for _, s := range had {
			before[s.SubjectID] = s
		}
		moved := map[int64]int64{}
		for _, id := range ids {
			after := t.cells[cell{key, id}].onto(before[id], board, id)
			scores = append(scores, after)
			countLevels(moved, before[id], after)
		}
		if key.Kind == model.BoardMembers {
			if err := tx.Boards.AddLevels(ctx, board.ID, moved); err != nil {
				return err
			}
		}
	}
	// In the order of the key, which is how the rows lie.
	slices.SortFunc(scores, func(a, c *model.Score) int {
		return cmp.Or(cmp.Compare(a.BoardID, c.BoardID), cmp.Compare(a.SubjectID, c.SubjectID))
	})
	return tx.Boards.SaveScores(ctx, scores)
}

// countLevels counts who left a level of a board and who came to one.
func countLevels(moved map[int64]int64, before, after *model.Score) {
	if before != nil && before.Points > 0 {
		moved[before.Points]--
	}
	if after.Points > 0 {
		moved[after.Points]++
	}
}

// onto returns the score that the sum makes of the one before, nil when there was none.
func (s *sum) onto(before *model.Score, board *model.Board, subject model.ID) *model.Score {
	after := &model.Score{
		BoardID: board.ID, SubjectID: subject, Grp: board.Grp, AreaID: s.area, GridID: s.grid, BranchID: s.branch, ReachedSeq: s.reached,
	}
	if before != nil {
		*after = *before
		after.ReachedSeq = max(before.ReachedSeq, s.gainedAt())
	}
	after.Points += s.points
	after.UpdSeq = s.last
	after.RankKey = model.RankKey(after.Points, after.ReachedSeq, board.BaseSeq)
	return after
}

// gainedAt is the place of the last gain, 0 when there was none.
func (s *sum) gainedAt() int64 {
	if s.gained {
		return s.reached
	}
	return 0
}

// needBoards returns the boards of keys, making those that are missing.
func (b *Boards) needBoards(ctx context.Context, tx *repository.Store, firsts map[model.BoardKey]int64) (map[model.BoardKey]*model.Board, error) {
	keys := make([]model.BoardKey, 0, len(firsts))
	for k := range firsts {
		keys = append(keys, k)
	}
	found, err := tx.Boards.FindAll(ctx, keys)
	if err != nil {
		return nil, err
	}
	var fresh []*model.Board
	for _, k := range keys {
		if found[k] == nil {
			board := &model.Board{
				ID: b.store.NewID(), CommunityID: k.CommunityID, CampaignID: k.CampaignID, Kind: k.Kind, Scope: k.Scope,
				Period: k.Period, PeriodKey: k.PeriodKey, Grp: k.Group(), BaseSeq: firsts[k] - 1, Digest: []byte{}, CreatedAt: b.now(),
			}
			found[k], fresh = board, append(fresh, board)
		}
	}
	if len(fresh) == 0 {
		return found, nil
	}
	return found, tx.Boards.Create(ctx, fresh)
}

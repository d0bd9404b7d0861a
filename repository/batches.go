package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Batches holds batches of awards and their lines.
type Batches struct{ conn }

// Create adds a batch with its lines.
func (b Batches) Create(ctx context.Context, batch *model.Batch, lines []*model.BatchLine) error {
	if err := b.to(ctx).Create(batch).Error; err != nil {
		return err
	}
	return insert(b.to(ctx), "INSERT INTO point_batch_item (batch_id, line_no, member_id, asked, memo, granted, outcome, transfer_id) VALUES ", lines,
		func(args []any, l *model.BatchLine) []any {
			return append(args, int64(l.BatchID), l.LineNo, int64(l.MemberID), l.Asked, l.Memo, l.Granted, l.Outcome, int64(l.TransferID))
		})
}

// Get returns one batch. It fails with ErrNotFound.
func (b Batches) Get(ctx context.Context, id model.ID) (*model.Batch, error) {
	batch := new(model.Batch)
	err := b.from(ctx).Where("id = ?", id).Take(batch).Error
	return batch, err
}

// Lock returns one batch and makes the caller the only one to work on it until the transaction ends. It
// fails with ErrNotFound.
func (b Batches) Lock(ctx context.Context, id model.ID) (*model.Batch, error) {
	batch := new(model.Batch)
	err := b.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(batch).Error
	return batch, err
}

// List returns batches of an author, or of a community for author 0, newest first, before an id.
func (b Batches) List(ctx context.Context, community, author, before model.ID, limit int) ([]*model.Batch, error) {
	db := b.from(ctx).Where("community_id = ? AND id < ?", community, newestBelow(before))
	if author != 0 {
		db = db.Where("created_by = ?", author)
	}
	var rows []*model.Batch
	err := db.Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// Running returns batches that are not done, oldest first.
func (b Batches) Running(ctx context.Context, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := b.from(ctx).Raw("SELECT id FROM point_batch WHERE status = ? ORDER BY id LIMIT ?", model.BatchRunning, limit).Scan(&ids).Error
	return ids, err
}

// Lines returns lines of a batch after one.
func (b Batches) Lines(ctx context.Context, id model.ID, after, limit int) ([]*model.BatchLine, error) {
	return readLines(b.from(ctx).Raw("SELECT "+lineColumns+" FROM point_batch_item WHERE batch_id = ? AND line_no > ? ORDER BY line_no LIMIT ?", id, after, limit))
}

const lineColumns = "batch_id, line_no, member_id, asked, memo, granted, outcome, transfer_id"

// Granted returns what lines of a batch have granted to members so far.
func (b Batches) Granted(ctx context.Context, id model.ID, members []model.ID) (map[model.ID]int64, error) {
	var rows []struct {
		MemberID model.ID
		Granted  int64
	}
	err := b.from(ctx).Raw("SELECT member_id, SUM(granted) AS granted FROM point_batch_item WHERE batch_id = ? AND member_id IN ? GROUP BY member_id", id, members).
		Scan(&rows).Error
	granted := make(map[model.ID]int64, len(rows))
	for _, r := range rows {
		granted[r.MemberID] = r.Granted
	}
	return granted, err
}

// Save writes where a locked batch is and what became of lines of it.
func (b Batches) Save(ctx context.Context, batch *model.Batch, lines []*model.BatchLine) error {
	err := b.to(ctx).Model(batch).Select("done", "failed", "granted", "status", "ended_at").Updates(batch).Error
	if err != nil || len(lines) == 0 {
		return err
	}
	return createAll(b.to(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "batch_id"}, {Name: "line_no"}},
		DoUpdates: clause.AssignmentColumns([]string{"granted", "outcome", "transfer_id"}),
	}), lines)
}

package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Stream holds the sealed sequence of ledger records, what is on its way there, and how far its
// consumers have come.
type Stream struct{ conn }

// Cursor reads where a consumer stands.
func (s Stream) Cursor(ctx context.Context, name string) (*model.Cursor, error) {
	c := new(model.Cursor)
	err := s.from(ctx).Where("name = ?", name).Take(c).Error
	return c, err
}

// LockCursor reads where a consumer stands and makes it the only one until the transaction ends.
func (s Stream) LockCursor(ctx context.Context, name string) (*model.Cursor, error) {
	c := new(model.Cursor)
	err := s.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("name = ?", name).Take(c).Error
	return c, err
}

// MoveCursor writes where a locked consumer stands.
func (s Stream) MoveCursor(ctx context.Context, c *model.Cursor) error {
	return s.to(ctx).Exec("UPDATE stream_cursor SET seq = ?, hash = ?, updated_at = ? WHERE name = ?", c.Seq, c.Hash, c.UpdatedAt, c.Name).Error
}

// Waiting returns records that have no place yet, whatever their ids are.
func (s Stream) Waiting(ctx context.Context, limit int) ([]*model.Outbox, error) {
	var rows []*model.Outbox
	err := s.from(ctx).Order("rec_id, rec_type").Limit(limit).Find(&rows).Error
	return rows, err
}

// Backlog returns how many records have no place yet, and how many places the scores are behind.
func (s Stream) Backlog(ctx context.Context) (waiting, behind int64, err error) {
	var b struct{ Waiting, Behind int64 }
	err = s.from(ctx).Raw("SELECT (SELECT COUNT(*) FROM point_outbox) AS waiting, " +
		"(SELECT seq FROM stream_cursor WHERE name = 'seal') - (SELECT seq FROM stream_cursor WHERE name = 'proj') AS behind").Scan(&b).Error
	return b.Waiting, b.Behind, err
}

// Uncounted reports whether anything that was booked before a moment has no place in the stream yet, or one after seq.
func (s Stream) Uncounted(ctx context.Context, seq int64, before model.Instant) (bool, error) {
	var n int64
	err := s.from(ctx).Raw("SELECT CASE WHEN EXISTS (SELECT 1 FROM point_outbox WHERE created_at < ?) OR EXISTS (SELECT 1 FROM point_seal l "+
		"JOIN point_transfer t ON t.id = l.rec_id WHERE l.rec_type = ? AND l.seq > ? AND t.created_at < ?) THEN 1 ELSE 0 END",
		before, model.RecordTransfer, seq, before).Scan(&n).Error
	return n == 1, err
}

// AddControl puts a mark on the way into the stream. It fails with ErrDuplicate when it was made before.
func (s Stream) AddControl(ctx context.Context, c *model.Control) error {
	if err := s.to(ctx).Create(c).Error; err != nil {
		return err
	}
	return s.to(ctx).Create(&model.Outbox{RecType: model.RecordControl, RecID: c.ID, CreatedAt: c.CreatedAt}).Error
}

// Controls returns marks by id.
func (s Stream) Controls(ctx context.Context, ids []model.ID) ([]*model.Control, error) {
	var rows []*model.Control
	if len(ids) == 0 {
		return rows, nil
	}
	err := s.from(ctx).Where("id IN ?", ids).Find(&rows).Error
	return rows, err
}

// SealOf returns the seal of a record. It fails with ErrNotFound while it has none.
func (s Stream) SealOf(ctx context.Context, kind model.RecordType, record model.ID) (*model.Seal, error) {
	seal := new(model.Seal)
	err := s.from(ctx).Where("rec_type = ? AND rec_id = ?", kind, record).Take(seal).Error
	return seal, err
}

// Seal gives records their places and takes exactly these from the outbox.
func (s Stream) Seal(ctx context.Context, seals []*model.Seal) error {
	err := insert(s.to(ctx), "INSERT INTO point_seal (seq, rec_type, rec_id, hash) VALUES ", seals, func(args []any, l *model.Seal) []any {
		return append(args, l.Seq, int64(l.RecType), int64(l.RecID), l.Hash)
	})
	if err != nil {
		return err
	}
	byType := map[model.RecordType][]model.ID{}
	for _, l := range seals {
		byType[l.RecType] = append(byType[l.RecType], l.RecID)
	}
	for kind, ids := range byType {
		if err := s.to(ctx).Exec("DELETE FROM point_outbox WHERE rec_type = ? AND rec_id IN ?", kind, ids).Error; err != nil {
			return err
		}
	}
	return nil
}

// After returns the seals that follow a place in the stream, in order.
func (s Stream) After(ctx context.Context, seq int64, limit int) ([]*model.Seal, error) {
	var rows []*model.Seal
	err := s.from(ctx).Where("seq > ?", seq).Order("seq").Limit(limit).Find(&rows).Error
	return rows, err
}

// At returns the seal of a place. It fails with ErrNotFound past the end.
func (s Stream) At(ctx context.Context, seq int64) (*model.Seal, error) {
	seal := new(model.Seal)
	err := s.from(ctx).Where("seq = ?", seq).Take(seal).Error
	return seal, err
}

// CampaignCloses returns where in the stream campaigns closed, for those that did.
func (s Stream) CampaignCloses(ctx context.Context, campaigns []model.ID) (map[model.ID]int64, error) {
	closes := make(map[model.ID]int64, len(campaigns))
	if len(campaigns) == 0 {
		return closes, nil
	}
	var rows []struct {
		CampaignID model.ID
		Seq        int64
	}
	err := s.from(ctx).Raw("SELECT c.campaign_id, l.seq FROM point_control c JOIN point_seal l ON l.rec_type = ? AND l.rec_id = c.id "+
		"WHERE c.kind = ? AND c.campaign_id IN ?", model.RecordControl, model.CampaignClosed, campaigns).Scan(&rows).Error
	for _, r := range rows {
		closes[r.CampaignID] = r.Seq
	}
	return closes, err
}

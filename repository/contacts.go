package repository

import (
	"context"
	"math"

	"linbanglin/model"
)

// Contacts holds who was told whose phone or door. Its rows are only ever inserted.
type Contacts struct{ conn }

// Add notes that somebody was told something.
func (c Contacts) Add(ctx context.Context, reveal *model.Reveal) error {
	return c.to(ctx).Create(reveal).Error
}

// CountSince returns how often a member was told something since a time, but for emergencies.
func (c Contacts) CountSince(ctx context.Context, reader model.ID, since model.Instant) (int64, error) {
	var n int64
	err := c.from(ctx).Model(&model.Reveal{}).Where("reader_id = ? AND created_at >= ? AND ref_type <> ?", reader, since, model.RefAlarm).Count(&n).Error
	return n, err
}

// OfSubject returns what was told of a member before an id (0: the newest), newest first.
func (c Contacts) OfSubject(ctx context.Context, subject, before model.ID, limit int) ([]*model.Reveal, error) {
	var rows []*model.Reveal
	err := c.from(ctx).Where("subject_id = ? AND id < ?", subject, newestBelow(before)).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// OfThing returns what was told for a thing before an id (0: the newest), newest first; of some members only, or of
// everybody when none is named.
func (c Contacts) OfThing(ctx context.Context, ref model.NoticeRef, subjects []model.ID, before model.ID, limit int) ([]*model.Reveal, error) {
	db := c.from(ctx).Where("ref_id = ? AND ref_type = ? AND id < ?", ref.ID, ref.Type, newestBelow(before))
	if len(subjects) > 0 {
		db = db.Where("subject_id IN ?", subjects)
	}
	var rows []*model.Reveal
	err := db.Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// newestBelow makes the id that no row has into one that is above all.
func newestBelow(before model.ID) model.ID {
	if before == 0 {
		return math.MaxInt64
	}
	return before
}

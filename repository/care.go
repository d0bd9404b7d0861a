package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Care holds what is to be looked after, and who is well.
type Care struct{ conn }

// AddTask adds a task, unless there is one for its cause; it reports whether it did.
func (c Care) AddTask(ctx context.Context, t *model.CareTask) (bool, error) {
	added := c.to(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(t)
	if added.Error != nil {
		return false, added.Error
	}
	var n int64
	err := c.to(ctx).Model(&model.CareTask{}).Where("id = ?", t.ID).Count(&n).Error
	return n > 0, err
}

// LockTask returns one task and locks it until the transaction ends. It fails with ErrNotFound.
func (c Care) LockTask(ctx context.Context, id model.ID) (*model.CareTask, error) {
	t := new(model.CareTask)
	err := c.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(t).Error
	return t, err
}

// FinishTask writes that a locked task is done.
func (c Care) FinishTask(ctx context.Context, t *model.CareTask) error {
	return c.to(ctx).Model(t).Select("status", "note", "done_by", "done_at").Updates(t).Error
}

// Settle ends the open tasks of a kind for a thing, because their cause is gone.
func (c Care) Settle(ctx context.Context, kind model.CareTaskKind, ref model.ID, note string, now model.Instant) error {
	return c.to(ctx).Exec("UPDATE care_task SET status = 'done', note = ?, done_at = ? WHERE ref_id = ? AND kind = ? AND status = 'open'", c.keys.seal("care_task.note", note, false), now, ref, kind).Error
}

// SettleCause ends the task for one cause, if it is open.
func (c Care) SettleCause(ctx context.Context, key, note string, by model.ID, now model.Instant) error {
	return c.to(ctx).Exec("UPDATE care_task SET status = 'done', note = ?, done_by = ?, done_at = ? WHERE task_key = ? AND status = 'open'", c.keys.seal("care_task.note", note, false), by, now, key).Error
}

// Undrilled returns communities with doorbells that have no task to drill which was made since a time.
func (c Care) Undrilled(ctx context.Context, since model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := c.from(ctx).Raw("SELECT n.id FROM node n WHERE n.parent_id = 0 AND n.kind = ? "+
		"AND EXISTS (SELECT 1 FROM doorbell_home h WHERE h.community_id = n.id AND h.active = 1) "+
		"AND NOT EXISTS (SELECT 1 FROM care_task t WHERE t.ref_id = n.id AND t.kind = ? AND t.created_at >= ?) ORDER BY n.id LIMIT ?",
		model.KindCommunity, model.CareDrill, since, limit).Scan(&ids).Error
	return ids, err
}

// Tasks returns tasks within a reach, newest first, of some kinds.
func (c Care) Tasks(ctx context.Context, community model.ID, reach []model.Grant, status model.CareTaskStatus, kinds []model.CareTaskKind, before model.ID, limit int) ([]*model.CareTask, error) {
	db := within(c.from(ctx), community, reach)
	if status != "" {
		db = db.Where("status = ?", status)
	}
	var rows []*model.CareTask
	err := db.Where("kind IN ? AND id < ?", kinds, newestBelow(before)).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// CheckIn notes that an elder is well on a day; the first word of a day stays.
func (c Care) CheckIn(ctx context.Context, in *model.CheckIn) error {
	return c.to(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(in).Error
}

// CheckedIn returns who said that an elder is well on a day. It fails with ErrNotFound.
func (c Care) CheckedIn(ctx context.Context, household model.ID, day model.Day) (*model.CheckIn, error) {
	in := new(model.CheckIn)
	err := c.from(ctx).Where("household_id = ? AND check_day = ?", household, day).Take(in).Error
	return in, err
}

package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Checks holds verdicts on what members write and show, and what waits for a moderator without a state of its own.
type Checks struct{ conn }

// Add adds a verdict, or a picture that waits for one.
func (c Checks) Add(ctx context.Context, check *model.Check) error {
	return c.to(ctx).Create(check).Error
}

// Unasked returns pictures whose verdict nobody has asked for yet, oldest first.
func (c Checks) Unasked(ctx context.Context, now model.Instant, limit int) ([]*model.Check, error) {
	var rows []*model.Check
	err := c.to(ctx).Where("suggest = ? AND due_at > ? AND trace_id = '' AND lease_until <= ?", model.CheckWaiting, now, now).
		Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// Lease lets one caller ask for the verdict on a picture, until a time, and reports whether this is the one.
func (c Checks) Lease(ctx context.Context, id model.ID, now, until model.Instant) (bool, error) {
	update := c.to(ctx).Exec("UPDATE content_check SET lease_until = ?, attempts = attempts + 1 WHERE id = ? AND suggest = ? AND trace_id = '' AND lease_until <= ?",
		until, id, model.CheckWaiting, now)
	return update.RowsAffected == 1, update.Error
}

// Asked writes by which trace the verdict on a picture will come.
func (c Checks) Asked(ctx context.Context, id model.ID, trace string) error {
	return c.to(ctx).Exec("UPDATE content_check SET trace_id = ? WHERE id = ?", trace, id).Error
}

// Overdue returns pictures whose verdict has not come in time.
func (c Checks) Overdue(ctx context.Context, now model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := c.to(ctx).Model(&model.Check{}).Where("suggest = ? AND due_at <= ?", model.CheckWaiting, now).Order("due_at").Limit(limit).Pluck("id", &ids).Error
	return ids, err
}

// OfTrace returns the check that a trace belongs to. It fails with ErrNotFound.
func (c Checks) OfTrace(ctx context.Context, trace string) (model.ID, error) {
	check := new(model.Check)
	err := c.to(ctx).Select("id").Where("trace_id = ?", trace).Take(check).Error
	return check.ID, err
}

// Lock returns a check and locks it until the transaction ends. It fails with ErrNotFound.
func (c Checks) Lock(ctx context.Context, id model.ID) (*model.Check, error) {
	check := new(model.Check)
	err := c.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(check).Error
	return check, err
}

// Update writes the verdict of a locked check.
func (c Checks) Update(ctx context.Context, check *model.Check) error {
	return c.to(ctx).Model(check).Select("suggest", "label", "source", "lease_until", "decided_at").Updates(check).Error
}

// Of returns the verdicts on a subject, oldest first.
func (c Checks) Of(ctx context.Context, subject model.Subject, id model.ID) ([]*model.Check, error) {
	var rows []*model.Check
	err := c.from(ctx).Where("subject = ? AND subject_id = ?", subject, id).Order("id").Find(&rows).Error
	return rows, err
}

// Hold adds something that waits for a moderator, in the place of what waits for the same.
func (c Checks) Hold(ctx context.Context, hold *model.Held) error {
	err := c.to(ctx).Exec("UPDATE content_hold SET status = ?, decided_at = ? WHERE subject = ? AND subject_id = ? AND status = ?",
		model.HoldReplaced, hold.CreatedAt, hold.Subject, hold.SubjectID, model.HoldWaiting).Error
	if err != nil {
		return err
	}
	return c.to(ctx).Create(hold).Error
}

// Drop ends what waits for a subject, because something else was written that passed.
func (c Checks) Drop(ctx context.Context, subject model.Subject, id model.ID, now model.Instant) error {
	return c.to(ctx).Exec("UPDATE content_hold SET status = ?, decided_at = ? WHERE subject = ? AND subject_id = ? AND status = ?",
		model.HoldReplaced, now, subject, id, model.HoldWaiting).Error
}

// Holds returns what waits for a moderator within a reach, after an id, oldest first.
func (c Checks) Holds(ctx context.Context, community model.ID, reach []model.Grant, after model.ID, limit int) ([]*model.Held, error) {
	var rows []*model.Held
	err := within(c.from(ctx), community, reach).Where("status = ? AND id > ?", model.HoldWaiting, after).Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// LockHold returns what waits and locks it until the transaction ends. It fails with ErrNotFound.
func (c Checks) LockHold(ctx context.Context, id model.ID) (*model.Held, error) {
	hold := new(model.Held)
	err := c.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(hold).Error
	return hold, err
}

// UpdateHold writes what was decided.
func (c Checks) UpdateHold(ctx context.Context, hold *model.Held) error {
	return c.to(ctx).Model(hold).Select("status", "reason", "decided_by", "decided_at").Updates(hold).Error
}

// SetChecked writes whether a photo may be seen.
func (p Photos) SetChecked(ctx context.Context, photo model.ID, as model.Suggestion) error {
	return p.to(ctx).Exec("UPDATE campaign_photo SET checked = ? WHERE id = ?", as, photo).Error
}

// Some returns photos by their ids.
func (p Photos) Some(ctx context.Context, ids []model.ID) (map[model.ID]*model.Photo, error) {
	var rows []*model.Photo
	err := p.from(ctx).Where("id IN ?", ids).Find(&rows).Error
	found := make(map[model.ID]*model.Photo, len(rows))
	for _, r := range rows {
		found[r.ID] = r
	}
	return found, err
}

// OfClaim returns the request that a claim is of. It fails with ErrNotFound.
func (r Requests) OfClaim(ctx context.Context, claim model.ID) (model.ID, error) {
	found := new(model.Claim)
	err := r.from(ctx).Select("request_id").Where("id = ?", claim).Take(found).Error
	return found.RequestID, err
}

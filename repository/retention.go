package repository

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Retention forgets what was kept long enough, in small parts.
type Retention struct{ conn }

// forgetting is where a rule finds rows and what it does with them: rows of a table with an id, by a condition on the last
// moment that is too old, the column that it is about, and what to set so that the condition does not hold any more, or nothing
// to delete them.
type forgetting struct {
	table, age, where string
	set               map[string]any
}

// forgettings has one for each rule of model.RetentionRules.
func forgettings() map[string]forgetting {
	return map[string]forgetting{
		"request_doors": {
			"help_request", "updated_at", "status IN ('confirmed', 'closed', 'cancelled', 'expired') AND household_id > 0 AND updated_at <= ?", noDoor(map[string]any{}),
		},
		"matter_doors": {
			"matter", "updated_at", "status IN ('refused', 'duplicate', 'redirected', 'closed', 'withdrawn') AND (household_id > 0 OR contact_phone <> '' OR contact_name <> '') AND updated_at <= ?",
			noDoor(map[string]any{"contact_phone": "", "contact_name": ""}),
		},
		"reveals":        {"contact_reveal", "created_at", "created_at <= ?", nil},
		"read_notices":   {"notice", "read_at", "read_at > 0 AND read_at <= ?", nil},
		"messages":       {"message", "updated_at", "status IN ('sent', 'refused', 'unpaid', 'dead') AND updated_at <= ?", nil},
		"alarm_answers":  {"doorbell_delivery", "created_at", "created_at <= ? AND answer <> ''", map[string]any{"answer": ""}},
		"register_reads": {"register_read", "created_at", "created_at <= ?", nil},
		"exports":        {"data_export", "created_at", "closed > 0 AND status <> 'ready' AND created_at <= ?", nil},
	}
}

// Forget does what a rule says with some of the rows that are as old as a moment, and returns how many there were: fewer than
// the limit when there are no more. What it did them it does not find again.
func (r Retention) Forget(ctx context.Context, rule string, until model.Instant, limit int) (int, error) {
	f, known := forgettings()[rule]
	if !known {
		return 0, model.ErrNotFound
	}
	var ids []model.ID
	db := r.from(ctx).Table(f.table).Where(f.where, until).Limit(limit)
	if f.set == nil {
		db = db.Order(f.age) // by whose index they are found
	}
	if err := db.Pluck("id", &ids).Error; err != nil || len(ids) == 0 {
		return 0, err
	}
	db = r.to(ctx).Table(f.table).Where("id IN ?", ids).Where(f.where, until) // as it is now
	if f.set == nil {
		return len(ids), db.Delete(nil).Error
	}
	return len(ids), db.Updates(f.set).Error
}

// Ran notes that a rule ran.
func (r Retention) Ran(ctx context.Context, rule string, now model.Instant, n int64) error {
	row := &model.RetentionRun{Rule: rule, RanAt: now, Forgotten: n, Total: n}
	err := r.to(ctx).Create(row).Error
	if !errors.Is(err, model.ErrDuplicate) {
		return err
	}
	return r.to(ctx).Model(row).Updates(map[string]any{"ran_at": now, "forgotten": n, "total": gorm.Expr("total + ?", n)}).Error
}

// Runs returns when rules ran last.
func (r Retention) Runs(ctx context.Context) (map[string]*model.RetentionRun, error) {
	var rows []*model.RetentionRun
	err := r.from(ctx).Find(&rows).Error
	runs := map[string]*model.RetentionRun{}
	for _, row := range rows {
		runs[row.Rule] = row
	}
	return runs, err
}

// Rights holds what people ask for about their personal information.
type Rights struct{ conn }

// Add adds a request.
func (r Rights) Add(ctx context.Context, request *model.RightsRequest) error {
	return r.to(ctx).Create(request).Error
}

// CountOpen returns how many requests of a member wait for an answer.
func (r Rights) CountOpen(ctx context.Context, member model.ID) (int64, error) {
	var n int64
	err := r.from(ctx).Model(&model.RightsRequest{}).Where("member_id = ? AND status = ?", member, model.RightOpen).Count(&n).Error
	return n, err
}

// Of returns requests of a member before an id, the newest first.
func (r Rights) Of(ctx context.Context, member, before model.ID, limit int) ([]*model.RightsRequest, error) {
	var rows []*model.RightsRequest
	err := r.from(ctx).Where("member_id = ? AND id < ?", member, newestBelow(before)).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// List returns requests of a community after an id, the oldest first, of one state or of any.
func (r Rights) List(ctx context.Context, community model.ID, status model.RightStatus, after model.ID, limit int) ([]*model.RightsRequest, error) {
	db := r.from(ctx).Where("community_id = ? AND id > ?", community, after)
	if status != "" {
		db = db.Where("status = ?", status)
	}
	var rows []*model.RightsRequest
	err := db.Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// Lock returns one request and locks it until the transaction ends. It fails with ErrNotFound.
func (r Rights) Lock(ctx context.Context, id model.ID) (*model.RightsRequest, error) {
	request := new(model.RightsRequest)
	err := r.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(request).Error
	return request, err
}

// Update writes the answer to a locked request.
func (r Rights) Update(ctx context.Context, request *model.RightsRequest) error {
	return r.to(ctx).Model(request).Select("status", "answer", "answered_by", "answered_at", "version").Updates(request).Error
}

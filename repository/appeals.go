package repository

import (
	"context"

	"linbanglin/model"
)

// Appeals holds appeals and the decisions on them. They are written under the lock of their publication;
// decisions are only ever inserted.
type Appeals struct{ conn }

// Create adds an appeal. It fails with ErrDuplicate when the appellant has one against the item.
func (a Appeals) Create(ctx context.Context, appeal *model.Appeal) error {
	return a.to(ctx).Create(appeal).Error
}

// Get returns one appeal with its decisions. It fails with ErrNotFound.
func (a Appeals) Get(ctx context.Context, id model.ID) (*model.Appeal, error) {
	appeal := new(model.Appeal)
	if err := a.from(ctx).Where("id = ?", id).Take(appeal).Error; err != nil {
		return nil, err
	}
	return appeal, a.fillDecisions(ctx, []*model.Appeal{appeal})
}

// Update writes the state of an appeal after one step of its life, and what was decided in it, nil for
// nothing. It fails with ErrStale unless the row is at the version before that step.
func (a Appeals) Update(ctx context.Context, appeal *model.Appeal, decision *model.Decision) error {
	update := a.to(ctx).Model(appeal).Where("version = ?", appeal.Version-1).
		Select("status", "due_at", "review_until", "review_reason", "version", "updated_at").Updates(appeal)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrStale
	}
	if update.Error != nil || decision == nil {
		return update.Error
	}
	return a.to(ctx).Create(decision).Error
}

// OfPublication returns the appeals against a publication with their decisions, oldest first.
func (a Appeals) OfPublication(ctx context.Context, publication model.ID) ([]*model.Appeal, error) {
	var rows []*model.Appeal
	if err := a.from(ctx).Where("publication_id = ?", publication).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	return rows, a.fillDecisions(ctx, rows)
}

// pending is the condition that the result of an appeal may still change.
const pending = "(a.status IN ('open', 'reviewing') OR a.status = 'resolved' AND a.review_until > ?)"

// Disputed returns those items of a publication, from one to another, that a pending appeal is against.
func (a Appeals) Disputed(ctx context.Context, publication model.ID, first, last int, now model.Instant) (map[int]bool, error) {
	var numbers []int
	err := a.from(ctx).Raw("SELECT DISTINCT a.item_no FROM appeal a WHERE a.publication_id = ? AND a.item_no BETWEEN ? AND ? AND "+pending,
		publication, first, last, now).Scan(&numbers).Error
	disputed := make(map[int]bool, len(numbers))
	for _, n := range numbers {
		disputed[n] = true
	}
	return disputed, err
}

// AppealQuery asks for appeals.
type AppealQuery struct {
	Community model.ID
	Reach     []model.Grant // of the reader's office; appeals against what the reader scored are not in it
	Member    model.ID      // sees those they made and those about them
	Statuses  []model.AppealStatus
	LateAt    model.Instant // only those that were to be answered by then; 0: all
	Before    model.ID
	Limit     int
}

// List returns appeals with their decisions, newest first.
func (a Appeals) List(ctx context.Context, q *AppealQuery) ([]*model.Appeal, error) {
	condition, args := reached(q.Community, q.Reach)
	args = append(args, q.Member, q.Member, q.Member, q.Member, q.Member)
	db := a.from(ctx).Where("community_id = ? AND id < ?", q.Community, q.Before).
		Where("("+condition+") AND publisher_id <> ? AND declared_by <> ? AND verified_by <> ? OR appellant_id = ? OR member_id = ?", args...)
	if len(q.Statuses) > 0 {
		db = db.Where("status IN ?", q.Statuses)
	}
	if q.LateAt != 0 {
		db = db.Where("status IN ? AND due_at <= ?", []model.AppealStatus{model.AppealOpen, model.AppealReviewing}, q.LateAt)
	}
	var rows []*model.Appeal
	if err := db.Order("id DESC").Limit(q.Limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	return rows, a.fillDecisions(ctx, rows)
}

func (a Appeals) fillDecisions(ctx context.Context, appeals []*model.Appeal) error {
	byID := make(map[model.ID]*model.Appeal, len(appeals))
	ids := make([]model.ID, len(appeals))
	for i, x := range appeals {
		x.Decisions = []*model.Decision{}
		byID[x.ID], ids[i] = x, x.ID
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []*model.Decision
	err := a.from(ctx).Where("appeal_id IN ?", ids).Order("appeal_id, stage").Find(&rows).Error
	for _, d := range rows {
		byID[d.AppealID].Decisions = append(byID[d.AppealID].Decisions, d)
	}
	return err
}

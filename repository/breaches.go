package repository

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Breaches holds promises about matters that were not kept.
type Breaches struct{ conn }

// Add adds what a locked matter does not have yet, and returns that.
func (b Breaches) Add(ctx context.Context, matter model.ID, found []*model.Breach) (added []*model.Breach, err error) {
	if len(found) == 0 {
		return nil, nil
	}
	var known []*model.Breach
	if err := b.to(ctx).Select("kind", "subject_id").Where("matter_id = ?", matter).Find(&known).Error; err != nil {
		return nil, err
	}
	has := map[[2]any]bool{}
	for _, k := range known {
		has[[2]any{k.Kind, k.SubjectID}] = true
	}
	for _, f := range found {
		if key := [2]any{f.Kind, f.SubjectID}; !has[key] {
			has[key] = true
			added = append(added, f)
		}
	}
	return added, createAll(b.to(ctx), added)
}

// Get returns one breach. It fails with ErrNotFound.
func (b Breaches) Get(ctx context.Context, id model.ID) (*model.Breach, error) {
	return b.get(b.from(ctx), id)
}

// Lock returns one breach and locks it until the transaction ends. It fails with ErrNotFound.
func (b Breaches) Lock(ctx context.Context, id model.ID) (*model.Breach, error) {
	return b.get(b.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}), id)
}

func (b Breaches) get(db *gorm.DB, id model.ID) (*model.Breach, error) {
	breach := new(model.Breach)
	err := db.Where("id = ?", id).Take(breach).Error
	return breach, err
}

// Update writes a locked breach.
func (b Breaches) Update(ctx context.Context, breach *model.Breach) error {
	return b.to(ctx).Model(breach).Select("status", "explanation", "explained_at", "decided_by", "decision", "decided_at", "appeal", "appealed_at",
		"reviewed_by", "review", "reviewed_at", "version", "updated_at").Updates(breach).Error
}

// BreachQuery asks for breaches. Empty filters let everything pass.
type BreachQuery struct {
	Community model.ID
	Reach     []model.Grant
	Member    model.ID // who sees their own
	Mine      bool
	Matter    model.ID
	Statuses  []model.BreachStatus
	Kinds     []model.BreachKind
	Before    model.ID
	Limit     int
}

// List returns breaches that the member may see, the newest first.
func (b Breaches) List(ctx context.Context, q *BreachQuery) ([]*model.Breach, error) {
	db := b.from(ctx).Where("community_id = ?", q.Community)
	if q.Mine {
		db = db.Where("accountable_id = ?", q.Member)
	} else {
		condition, args := reached(q.Community, q.Reach)
		db = db.Where("("+condition+" OR accountable_id = ?)", append(args, q.Member)...)
	}
	if q.Matter != 0 {
		db = db.Where("matter_id = ?", q.Matter)
	}
	if len(q.Statuses) > 0 {
		db = db.Where("status IN ?", q.Statuses)
	}
	if len(q.Kinds) > 0 {
		db = db.Where("kind IN ?", q.Kinds)
	}
	var rows []*model.Breach
	err := db.Where("id < ?", newestBelow(q.Before)).Order("id DESC").Limit(q.Limit).Find(&rows).Error
	return rows, err
}

// Unappealed returns breaches that were upheld before an instant and that nobody appealed against, the first first.
func (b Breaches) Unappealed(ctx context.Context, before model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := b.from(ctx).Model(&model.Breach{}).Where("status = ? AND decided_at < ?", model.BreachUpheld, before).
		Order("decided_at").Limit(limit).Pluck("id", &ids).Error
	return ids, err
}

// Broke reports whether it is final that a member broke a promise about a matter.
func (b Breaches) Broke(ctx context.Context, member, matter model.ID) (bool, error) {
	var n int64
	err := b.from(ctx).Model(&model.Breach{}).
		Where("matter_id = ? AND accountable_id = ? AND status = ?", matter, member, model.BreachConfirmed).Count(&n).Error
	return n > 0, err
}

// without is the condition that no breach of a kind is written for a row.
const (
	withoutContact = "NOT EXISTS (SELECT 1 FROM breach b WHERE b.matter_id = m.id AND b.kind = 'late_contact')"
	withoutOverdue = "NOT EXISTS (SELECT 1 FROM breach b WHERE b.matter_id = m.id AND b.kind = 'overdue')"
	withoutUnit    = "NOT EXISTS (SELECT 1 FROM breach b WHERE b.matter_id = m.id AND b.kind = 'unit_late' AND b.subject_id = w.id)"
	withoutErrand  = "NOT EXISTS (SELECT 1 FROM breach b WHERE b.matter_id = e.matter_id AND b.kind = 'errand_no_show')"
)

// Unwritten returns matters with a promise that time has broken and no breach for it, at most so many of each kind. It goes
// by the matters that are open: calls that nobody answered stay as they are when their matter ends, and there are ever more.
func (b Breaches) Unwritten(ctx context.Context, now model.Instant, limit int) ([]model.ID, error) {
	var all []model.ID
	open, started := model.OpenMatters(), now.Add(-model.ErrandStartWithin)
	for _, query := range []*gorm.DB{
		b.from(ctx).Table("matter m").Select("m.id").Order("m.contact_due_at").Where("m.status IN ? AND m.contact_due_at > 0 AND m.contact_due_at < ? "+
			"AND m.contacted_at = 0 AND m.paused_at = 0 AND "+withoutContact, open, now),
		b.from(ctx).Table("matter m").Select("m.id").Order("m.due_at").Where("m.status IN ? AND m.due_at > 0 AND m.due_at < ? AND m.paused_at = 0 AND "+
			withoutOverdue, open, now),
		b.from(ctx).Table("matter m").Select("m.id").Where("m.status IN ? AND EXISTS (SELECT 1 FROM matter_whistle w WHERE w.matter_id = m.id "+
			"AND w.reported_at = 0 AND w.report_by < ? AND "+withoutUnit+")", open, now),
		b.from(ctx).Table("errand e").Select("e.matter_id").Joins("JOIN matter m ON m.id = e.matter_id").Order("e.created_at").
			Where("e.status = 'open' AND e.created_at < ? AND m.status IN ? "+
				"AND NOT EXISTS (SELECT 1 FROM errand_receipt r WHERE r.errand_id = e.id) AND "+withoutErrand, started, open),
	} {
		var ids []model.ID
		if err := query.Limit(limit).Scan(&ids).Error; err != nil {
			return nil, err
		}
		all = append(all, ids...)
	}
	return all, nil
}

package repository

import (
	"context"

	"gorm.io/gorm"

	"linbanglin/model"
)

// RegisterQuery asks for people of a community's register. What is zero lets everybody pass.
type RegisterQuery struct {
	Community   model.ID
	Within      []model.Grant // all of these subtrees
	BornFrom    int           // years; of whom no birth is known neither lets pass
	BornUntil   int
	BornIn      int      // a month of any year; of whom it is not known does not pass
	Kind        string   // of the household
	Flags       []string // schemes, of which the household has one that counts
	Now         model.Instant
	LivingAlone bool
	Limit       int
}

// Register returns the people of a register who match, by id.
func (m Members) Register(ctx context.Context, q *RegisterQuery) (ids []model.ID, err error) {
	db := m.registered(ctx, q)
	if q.BornIn > 0 {
		db = db.Where("birth_month = ?", q.BornIn)
	}
	err = db.Order("id").Limit(q.Limit).Pluck("id", &ids).Error
	return ids, err
}

// Monthless counts the people of a register who match but for the month of their birth, which is not known.
func (m Members) Monthless(ctx context.Context, q *RegisterQuery) (n int64, err error) {
	err = m.registered(ctx, q).Where("birth_month = 0").Count(&n).Error
	return n, err
}

// registered asks for what is asked for but the month.
func (m Members) registered(ctx context.Context, q *RegisterQuery) *gorm.DB {
	db := m.from(ctx).Model(&model.Member{}).Where("community_id = ? AND merged_into = 0", q.Community)
	for _, g := range q.Within {
		db = within(db, q.Community, []model.Grant{g})
	}
	if q.BornFrom > 0 {
		db = db.Where("birth_year >= ?", q.BornFrom)
	}
	if q.BornUntil > 0 {
		db = db.Where("birth_year > 0 AND birth_year <= ?", q.BornUntil)
	}
	if q.LivingAlone {
		db = db.Where("household_id IN (SELECT household_id FROM member WHERE community_id = ? AND merged_into = 0 AND household_id <> 0 "+
			"GROUP BY household_id HAVING COUNT(*) = 1)", q.Community)
	}
	if q.Kind != "" {
		db = db.Where("household_id IN (SELECT node_id FROM household WHERE kind = ?)", q.Kind)
	}
	if len(q.Flags) > 0 {
		db = db.Where("household_id IN (SELECT household_id FROM household_flag WHERE community_id = ? AND scheme IN ? AND slot = 0 AND expires_at > ?)",
			q.Community, q.Flags, q.Now)
	}
	return db
}

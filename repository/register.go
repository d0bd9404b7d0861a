package repository

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"linbanglin/model"
)

// RegisterQuery asks for people of a community's register. What is zero lets everybody pass.
type RegisterQuery struct {
	Community   model.ID
	Within      []model.Grant // all of these subtrees
	BornFrom    int           // years; of whom no birth is known neither lets pass
	BornUntil   int
	Kind        string   // of the household
	Flags       []string // of the household, one of them
	LivingAlone bool
	Limit       int
}

// Register returns the people of a register who match, by id.
func (m Members) Register(ctx context.Context, q *RegisterQuery) ([]model.ID, error) {
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
		return m.flagged(ctx, db, q)
	}
	var ids []model.ID
	err := db.Order("id").Limit(q.Limit).Pluck("id", &ids).Error
	return ids, err
}

// flagged returns those whom a query finds in households with one of the flags, which are kept as JSON.
func (m Members) flagged(ctx context.Context, db *gorm.DB, q *RegisterQuery) ([]model.ID, error) {
	var homes []*model.Household
	err := m.from(ctx).Raw("SELECT h.node_id, h.flags FROM household h JOIN node n ON n.id = h.node_id WHERE n.community_id = ? AND h.flags <> '[]'", q.Community).
		Scan(&homes).Error
	if err != nil {
		return nil, err
	}
	matching := map[model.ID]bool{}
	for _, h := range homes {
		if slices.ContainsFunc(h.Flags, func(flag string) bool { return slices.Contains(q.Flags, flag) }) {
			matching[h.NodeID] = true
		}
	}
	var people []struct{ ID, HouseholdID model.ID }
	if err := db.Select("id", "household_id").Order("id").Scan(&people).Error; err != nil {
		return nil, err
	}
	var ids []model.ID
	for _, p := range people {
		if matching[p.HouseholdID] && len(ids) < q.Limit {
			ids = append(ids, p.ID)
		}
	}
	return ids, nil
}

package repository

import (
	"context"

	"gorm.io/gorm"

	"linbanglin/model"
)

// RateQuery asks for the rows that a rate counts: those of matters that were closed between two instants. Without a
// group it asks for all of them.
type RateQuery struct {
	Community   model.ID
	Reach       []model.Grant
	From, Until model.Instant
	Measure     model.RateMeasure
	Group       model.RateGroup
	Part        model.RatePart
	Before      model.ID
	Limit       int
}

// rateForm is how a measure reads the rows: what it joins, what one row is, which it counts, which of these are good,
// and where it finds the tier and the unit.
type rateForm struct {
	join, row, due, good, tier, unit string
}

// rateForms are the formulas. A dispatch whose objection was upheld, or that was replaced before anybody accepted it, was
// nobody's to answer; a matter without any other dispatch was answered for by its tier. What was solved on the spot had no
// limit and needed none.
var rateForms = map[model.RateMeasure]rateForm{
	model.RateResponse: {
		join: "LEFT JOIN matter_dispatch d ON d.matter_id = m.id AND d.outcome <> 'upheld' AND d.outcome <> 'replaced'",
		row:  "COALESCE(d.id, m.id)", due: "1 = 1",
		good: "COALESCE(d.contacted_at, m.contacted_at) > 0 AND (COALESCE(d.contact_due_at, m.contact_due_at) = 0 " +
			"OR COALESCE(d.contacted_at, m.contacted_at) <= COALESCE(d.contact_due_at, m.contact_due_at))",
		tier: "m.tier", unit: "COALESCE(d.organisation_id, m.organisation_id)",
	},
	model.RateResolution: {row: "m.id", due: "m.answered_at > 0", good: "m.resolved = 1", tier: "m.tier", unit: "m.organisation_id"},
	model.RateSatisfaction: {
		row: "m.id", due: "m.rated_at > 0", good: "m.satisfaction IN ('satisfied', 'basically')", tier: "m.tier", unit: "m.organisation_id",
	},
	model.RateWithinTier: {
		join: "JOIN matter_step f ON f.matter_id = m.id AND f.version = 1",
		row:  "m.id", due: "m.answered_at > 0",
		good: "m.resolved = 1 AND NOT EXISTS (SELECT 1 FROM matter_step x WHERE x.matter_id = m.id AND x.version > 1 AND x.tier_before <> x.tier_after)",
		tier: "f.tier_after", unit: "m.organisation_id",
	},
}

// key returns the column that a comparison groups by.
func (f rateForm) key(by model.RateBy) string {
	switch by {
	case model.ByGrid:
		return "m.grid_id"
	case model.ByOrganisation:
		return f.unit
	case model.ByCategory:
		return "m.category"
	}
	return f.tier
}

// counted is the one place that says which rows a rate counts: what is closed, and whose reporter could be reached.
// Duplicates, what was redirected, refused or withdrawn end in other states.
func (m Matters) counted(ctx context.Context, q *RateQuery) (*gorm.DB, rateForm) {
	f := rateForms[q.Measure]
	place, args := reachedIn("m.", q.Community, q.Reach)
	db := m.from(ctx).Table("matter m").Joins(f.join).
		Where("m.community_id = ? AND m.closed_at >= ? AND m.closed_at < ?", q.Community, q.From, q.Until).
		Where("m.status = ? AND m.unreachable = 0 AND "+f.due, model.MatterClosed).Where("("+place+")", args...)
	if q.Part == model.RateNumerator {
		db = db.Where("(" + f.good + ")")
	}
	return db, f
}

// Rates counts what Rated lists, for each group of a comparison: the denominator, and how many of it are good.
func (m Matters) Rates(ctx context.Context, q *RateQuery, by model.RateBy) (map[string]model.Rate, error) {
	db, f := m.counted(ctx, q)
	var rows []struct {
		GroupKey    string
		Numerator   int64
		Denominator int64
	}
	err := db.Select(f.key(by) + " AS group_key, COUNT(*) AS denominator, SUM(CASE WHEN " + f.good + " THEN 1 ELSE 0 END) AS numerator").
		Group(f.key(by)).Scan(&rows).Error
	rates := make(map[string]model.Rate, len(rows))
	for _, r := range rows {
		rates[r.GroupKey] = model.RateOf(r.Numerator, r.Denominator)
	}
	return rates, err
}

// Rated lists the rows that a rate counts, the newest first. It fails with ErrInvalid for a group that cannot be.
func (m Matters) Rated(ctx context.Context, q *RateQuery) ([]*model.RateEntry, error) {
	db, f := m.counted(ctx, q)
	if q.Group != (model.RateGroup{}) {
		value, err := q.Group.Value()
		if err != nil {
			return nil, err
		}
		db = db.Where(f.key(q.Group.By)+" = ?", value)
	}
	var rows []*model.RateEntry
	err := db.Select(f.row+" AS id, m.id AS matter_id, m.title, m.category, "+f.tier+" AS tier, m.grid_id, "+f.unit+" AS organisation_id, m.closed_at, "+
		"CASE WHEN "+f.good+" THEN 1 ELSE 0 END AS counts").
		Where(f.row+" < ?", newestBelow(q.Before)).Order(f.row + " DESC").Limit(q.Limit).Scan(&rows).Error
	return rows, err
}

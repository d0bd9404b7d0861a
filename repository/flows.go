package repository

import (
	"context"

	"linbanglin/model"
)

// Flow is a sum of transfers of points that were not earned, of one kind and code; of reversals, by those of
// what they reversed.
type Flow struct {
	Kind   model.TransferKind
	Code   string
	OfKind model.TransferKind
	OfCode string
	Amount int64
}

// Flows sums up what a community booked in points in [from, to): what was earned, reversals taken off, which
// is most of it and is summed up within the index, and the rest.
func (p Points) Flows(ctx context.Context, community model.ID, from, to model.Instant) (earned int64, rest []*Flow, err error) {
	const booked = "t.community_id = ? AND t.created_at >= ? AND t.created_at < ? AND t.measure = 1"
	err = p.from(ctx).Raw("SELECT COALESCE(SUM(t.score), 0) FROM point_transfer t WHERE "+booked, community, from, to).Scan(&earned).Error
	if err != nil {
		return 0, nil, err
	}
	rest, err = readRows(p.from(ctx).Raw("SELECT t.kind, t.code, COALESCE(o.kind, 0), COALESCE(o.code, ''), SUM(t.amount) FROM point_transfer t "+
		"LEFT JOIN point_transfer o ON o.id = t.reverses_id WHERE "+booked+" AND t.score = 0 GROUP BY t.kind, t.code, o.kind, o.code", community, from, to),
		func(f *Flow) []any { return []any{&f.Kind, &f.Code, &f.OfKind, &f.OfCode, &f.Amount} })
	return earned, rest, err
}

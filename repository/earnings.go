package repository

import (
	"context"

	"linbanglin/model"
)

// EarningQuery asks for what a community's rules granted for services between two days, both included, after
// a place in the order of booking.
type EarningQuery struct {
	Community model.ID
	From, To  model.Day
	AfterAt   model.Instant
	AfterID   model.ID
	Limit     int
}

// earningFilter keeps transfers t that a rule granted for a service between two days. Nothing is booked
// before its service, so the first parameter after the community may be the start of the first day.
const earningFilter = "t.community_id = ? AND t.created_at >= ? AND t.biz_day >= ? AND t.biz_day <= ? " +
	"AND t.kind = 1 AND t.rule_version > 0 AND (t.score > 0 OR t.measure = 2)"

// Earnings returns what rules granted, in the order of its booking.
func (p Points) Earnings(ctx context.Context, q *EarningQuery) ([]*model.Earning, error) {
	return readRows(p.from(ctx).Raw("SELECT t.id, t.created_at, COALESCE(r.id, 0), COALESCE(r.created_at, 0), t.code, t.rule_version, t.measure, "+
		"t.member_id, t.counter_id, t.campaign_id, t.biz_day, t.amount "+
		"FROM point_transfer t LEFT JOIN point_transfer r ON r.reverses_id = t.id WHERE "+earningFilter+
		" AND (t.created_at > ? OR t.id > ?) ORDER BY t.created_at, t.id LIMIT ?",
		q.Community, max(q.From.Start(), q.AfterAt), q.From, q.To, q.AfterAt, q.AfterID, q.Limit),
		func(e *model.Earning) []any {
			return []any{
				&e.ID, &e.BookedAt, &e.ReversedID, &e.ReversedAt, &e.Code, &e.Version, &e.Measure,
				&e.MemberID, &e.CounterID, &e.CampaignID, &e.Day, &e.Amount,
			}
		})
}

// EarningVersions returns by code under which versions of the rules services between two days were granted.
func (p Points) EarningVersions(ctx context.Context, community model.ID, from, to model.Day) (map[string][]int32, error) {
	var rows []struct {
		Code        string
		RuleVersion int32
	}
	err := p.from(ctx).Raw("SELECT DISTINCT t.code, t.rule_version FROM point_transfer t WHERE "+earningFilter, community, from.Start(), from, to).
		Scan(&rows).Error
	versions := map[string][]int32{}
	for _, r := range rows {
		versions[r.Code] = append(versions[r.Code], r.RuleVersion)
	}
	return versions, err
}

package repository

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"linbanglin/model"
)

// GrantQuery narrows what rules granted, and what was not reversed of it, to people within a reach and to
// services between two days, both included.
type GrantQuery struct {
	Community model.ID
	Reach     []model.Grant
	From, To  model.Day
}

// The columns of a transfer that name somebody.
const (
	earner = "t.member_id"
	helped = "t.counter_id"
)

// granted returns the transfers by which one of the sides is within the reach; all of them without a side.
func (p Points) granted(ctx context.Context, q *GrantQuery, sides ...string) *gorm.DB {
	db := p.from(ctx).Table("point_transfer t").Joins("LEFT JOIN point_transfer r ON r.reverses_id = t.id").
		Where(earningFilter+" AND r.id IS NULL", q.Community, q.From.Start(), q.From, q.To)
	everywhere := slices.ContainsFunc(q.Reach, func(g model.Grant) bool { return g.NodeKind == model.KindCommunity && g.NodeID == q.Community })
	if everywhere || len(sides) == 0 {
		return db
	}
	members := make([]any, len(sides))
	for i := range sides {
		members[i] = within(p.from(ctx).Model(&model.Member{}).Select("id"), q.Community, q.Reach)
	}
	return db.Where(strings.Join(sides, " IN (?) OR ")+" IN (?)", members...)
}

// ClassTotal is how much was granted of one measure and class, in how many entries.
type ClassTotal struct {
	Measure model.Measure
	Class   model.Class
	Entries int64
	Amount  int64
}

// ClassTotals sums up what was granted by measure and class.
func (p Points) ClassTotals(ctx context.Context, q *GrantQuery) ([]*ClassTotal, error) {
	var rows []*ClassTotal
	err := p.granted(ctx, q, earner).Select("t.measure, t.class, COUNT(*) AS entries, SUM(t.amount) AS amount").
		Group("t.measure, t.class").Order("t.measure, t.class").Scan(&rows).Error
	return rows, err
}

// ActorTotal is how much one person entered, in how many entries.
type ActorTotal struct {
	ActorID model.ID
	Entries int64
	Amount  int64
}

// DeclaredBy sums up what was entered by hand of a measure by who entered it, for those with so many entries
// at least, most first.
func (p Points) DeclaredBy(ctx context.Context, q *GrantQuery, m model.Measure, entries, limit int) ([]*ActorTotal, error) {
	var rows []*ActorTotal
	err := p.granted(ctx, q, earner).Where("t.class = ? AND t.measure = ?", model.Declared, m).
		Select("t.actor_id, COUNT(*) AS entries, SUM(t.amount) AS amount").
		Group("t.actor_id").Having("COUNT(*) >= ?", entries).Order("SUM(t.amount) DESC, t.actor_id").Limit(limit).Scan(&rows).Error
	return rows, err
}

// DeclaredIDs returns transfers of a measure that were entered by hand, by one person unless actor is zero,
// newest first.
func (p Points) DeclaredIDs(ctx context.Context, q *GrantQuery, m model.Measure, actor model.ID, limit int) ([]model.ID, error) {
	db := p.granted(ctx, q, earner).Where("t.class = ? AND t.measure = ?", model.Declared, m)
	if actor != 0 {
		db = db.Where("t.actor_id = ?", actor)
	}
	return newestIDs(db, limit)
}

// PairTotal is how often and how much a member earned by helping another one.
type PairTotal struct {
	MemberID  model.ID
	CounterID model.ID
	Times     int64
	Amount    int64
}

// PairTotals sums up points by who earned them from whom, one of both within the reach, for those who did so
// many times at least.
func (p Points) PairTotals(ctx context.Context, q *GrantQuery, times, limit int) ([]*PairTotal, error) {
	var rows []*PairTotal
	err := p.granted(ctx, q, earner, helped).Where("t.measure = ? AND t.counter_id <> 0", model.Points).
		Select("t.member_id, t.counter_id, COUNT(*) AS times, SUM(t.amount) AS amount").
		Group("t.member_id, t.counter_id").Having("COUNT(*) >= ?", times).Order("t.member_id, t.counter_id").Limit(limit).Scan(&rows).Error
	return rows, err
}

// PointsOf sums up the points of members, wherever they live.
func (p Points) PointsOf(ctx context.Context, q *GrantQuery, members []model.ID) (map[model.ID]int64, error) {
	totals := make(map[model.ID]int64, len(members))
	for part := range slices.Chunk(members, rowsPerStatement) {
		var rows []*PairTotal
		err := p.granted(ctx, q).Where("t.measure = ? AND t.member_id IN ?", model.Points, part).
			Select("t.member_id, SUM(t.amount) AS amount").Group("t.member_id").Scan(&rows).Error
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			totals[r.MemberID] = r.Amount
		}
	}
	return totals, nil
}

// PairRow is a transfer by which a member earned points by helping another one.
type PairRow struct {
	ID        model.ID
	MemberID  model.ID
	CounterID model.ID
}

// PairRows returns transfers by which one of the members earned points from one of the counters, wherever they
// live, newest first.
func (p Points) PairRows(ctx context.Context, q *GrantQuery, members, counters []model.ID, limit int) ([]*PairRow, error) {
	var rows []*PairRow
	err := p.granted(ctx, q).Where("t.measure = ? AND t.member_id IN ? AND t.counter_id IN ?", model.Points, members, counters).
		Select("t.id, t.member_id, t.counter_id").Order("t.created_at DESC, t.id DESC").Limit(limit).Scan(&rows).Error
	return rows, err
}

func newestIDs(db *gorm.DB, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := db.Order("t.created_at DESC, t.id DESC").Limit(limit).Pluck("t.id", &ids).Error
	return ids, err
}

// Stays returns when helpers helped, by their claims that were finished, in [from, to). Where that was is the
// household that asked, as far as that is known.
func (r Requests) Stays(ctx context.Context, helpers []model.ID, from, to model.Instant) ([]*model.Stay, error) {
	return readRows(r.from(ctx).Raw("SELECT c.helper_id, c.request_id, "+
		"CASE WHEN q.household_id > 0 THEN q.household_id ELSE q.id END, c.started_at, c.finished_at FROM help_claim c "+
		"JOIN help_request q ON q.id = c.request_id WHERE c.helper_id IN ? AND c.status IN ? "+
		"AND c.started_at > 0 AND c.started_at < ? AND c.finished_at > ?",
		helpers, []model.ClaimStatus{model.ClaimFinished, model.ClaimConfirmed}, to, from),
		func(s *model.Stay) []any {
			s.Type = model.RefRequest
			return []any{&s.MemberID, &s.ID, &s.PlaceID, &s.From, &s.To}
		})
}

// Stays returns when members were at campaigns, in [from, to): from the check-in to the check-out, or to the
// end of the campaign without one.
func (c Campaigns) Stays(ctx context.Context, members []model.ID, from, to model.Instant) ([]*model.Stay, error) {
	return readRows(c.from(ctx).Raw("SELECT k.member_id, k.campaign_id, k.campaign_id, k.checked_in_at, "+
		"CASE WHEN k.checked_out_at > 0 THEN k.checked_out_at ELSE p.ends_at END FROM campaign_checkin k "+
		"JOIN campaign p ON p.id = k.campaign_id WHERE k.member_id IN ? AND k.checked_in_at < ? "+
		"AND CASE WHEN k.checked_out_at > 0 THEN k.checked_out_at ELSE p.ends_at END > ?", members, to, from),
		func(s *model.Stay) []any {
			s.Type = model.RefCampaign
			return []any{&s.MemberID, &s.ID, &s.PlaceID, &s.From, &s.To}
		})
}

// Stays returns when members worked as they declared, unless that was refused or withdrawn, in [from, to).
func (d Declarations) Stays(ctx context.Context, members []model.ID, from, to model.Instant) ([]*model.Stay, error) {
	return readRows(d.from(ctx).Raw("SELECT member_id, id, id, started_at, ended_at FROM declaration WHERE member_id IN ? AND status NOT IN ? "+
		"AND started_at < ? AND ended_at > ?", members, []model.DeclarationStatus{model.DeclarationRefused, model.DeclarationWithdrawn}, to, from),
		func(s *model.Stay) []any {
			s.Type = model.RefDeclared
			return []any{&s.MemberID, &s.ID, &s.PlaceID, &s.From, &s.To}
		})
}

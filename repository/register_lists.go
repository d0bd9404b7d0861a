package repository

import (
	"context"

	"gorm.io/gorm"

	"linbanglin/model"
)

// HomeQuery asks for households within a reach. What is zero lets all pass.
type HomeQuery struct {
	Community   model.ID
	Reach       []model.Grant
	Below       *model.Grant // and in this subtree
	Responsible model.ID     // who answers for them
	Unassigned  bool         // nobody answers for them
	Team        model.ID
	Flag        string // one that they have and that is in sight
	Sight       []FlagSight
	Now         model.Instant
}

// narrow limits a query to households, named by a column, that a question asks for.
func (r Register) narrow(ctx context.Context, db *gorm.DB, q *HomeQuery, column string) *gorm.DB {
	db = db.Where(column+" IN (?)", r.homes(ctx, q.Community, q.Reach))
	if q.Below != nil {
		db = db.Where(column+" IN (?)", r.homes(ctx, q.Community, []model.Grant{*q.Below}))
	}
	charges := func() *gorm.DB {
		return r.from(ctx).Model(&model.Charge{}).Select("household_id").Where("community_id = ? AND slot = 0", q.Community)
	}
	if q.Responsible != 0 {
		db = db.Where(column+" IN (?)", charges().Where("member_id = ?", q.Responsible))
	}
	if q.Team != 0 {
		db = db.Where(column+" IN (?)", charges().Where("team_id = ?", q.Team))
	}
	if q.Unassigned {
		db = db.Where(column+" NOT IN (?)", charges())
	}
	if q.Flag != "" {
		flagged := r.from(ctx).Table("household_flag f").Select("f.household_id").
			Where("f.community_id = ? AND f.scheme = ? AND f.slot = 0 AND f.expires_at > ?", q.Community, q.Flag, q.Now)
		db = db.Where(column+" IN (?)", r.seen(ctx, flagged, q.Community, q.Sight))
	}
	return db
}

// Homes returns households after an id.
func (r Register) Homes(ctx context.Context, q *HomeQuery, after model.ID, limit int) ([]*model.Node, error) {
	var rows []*model.Node
	db := r.from(ctx).Where("community_id = ? AND kind = ? AND id > ?", q.Community, model.KindHousehold, after)
	err := r.narrow(ctx, db, q, "id").Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// DueVisit is a household that is to be visited, when at the latest, and how often.
type DueVisit struct {
	HouseholdID model.ID
	Days        int
	LastAt      model.Instant // zero if nobody was met yet
	DueAt       model.Instant
}

// microsecondsADay is how many there are.
const microsecondsADay = 86_400_000_000

// DueVisits returns which of the households that a question asks for are to be visited, by their flags in sight: so many days
// after somebody was met, or after a flag was set; those that are due first first, after one, and before a time unless it is
// zero.
func (r Register) DueVisits(ctx context.Context, q *HomeQuery, until model.Instant, after *DueVisit, limit int) ([]*DueVisit, error) {
	flags := r.from(ctx).Table("household_flag f").Joins("JOIN flag_scheme s ON s.community_id = f.community_id AND s.code = f.scheme").
		Select("f.household_id, MIN(s.interval_days) AS days, MIN(f.since) AS since").
		Where("f.community_id = ? AND f.slot = 0 AND f.expires_at > ? AND s.active = 1 AND s.interval_days > 0", q.Community, q.Now)
	flags = r.narrow(ctx, r.seen(ctx, flags, q.Community, q.Sight), q, "f.household_id").Group("f.household_id")
	visits := r.from(ctx).Model(&model.HouseholdVisit{}).Select("household_id, MAX(visited_at) AS last_at").
		Where("community_id = ? AND outcome = ?", q.Community, model.VisitMet).Group("household_id")
	due := r.from(ctx).Table("(?) AS d", flags).Joins("LEFT JOIN (?) AS v ON v.household_id = d.household_id", visits).
		Select("d.household_id, d.days, COALESCE(v.last_at, 0) AS last_at, COALESCE(v.last_at, d.since) + d.days * ? AS due_at", int64(microsecondsADay))
	db := r.from(ctx).Table("(?) AS w", due)
	if after != nil {
		db = db.Where("due_at > ? OR due_at = ? AND household_id > ?", after.DueAt, after.DueAt, after.HouseholdID)
	}
	if until != 0 {
		db = db.Where("due_at < ?", until)
	}
	var rows []*DueVisit
	err := db.Order("due_at, household_id").Limit(limit).Scan(&rows).Error
	return rows, err
}

// MapPlaces returns the buildings or units within a reach, and below a node unless it is nil, by building and name.
func (r Register) MapPlaces(ctx context.Context, community model.ID, kind model.NodeKind, reach []model.Grant, below *model.Grant, limit int) ([]*model.Node, error) {
	db := within(r.from(ctx), community, reach).Where("kind = ?", kind)
	if below != nil {
		condition, args := reached(community, []model.Grant{*below})
		db = db.Where(condition, args...)
	}
	var rows []*model.Node
	err := db.Order("building_id, id").Limit(limit).Find(&rows).Error
	return rows, err
}

// CountHomes counts the households of each building or unit of a community.
func (r Register) CountHomes(ctx context.Context, community model.ID, kind model.NodeKind) (map[model.ID]int, error) {
	var rows []model.FlagCount
	err := r.from(ctx).Table("node").Select(placeColumn(kind)+" AS node_id, COUNT(*) AS count").
		Where("community_id = ? AND kind = ?", community, model.KindHousehold).Group(placeColumn(kind)).Scan(&rows).Error
	found := make(map[model.ID]int, len(rows))
	for _, c := range rows {
		found[c.NodeID] = c.Count
	}
	return found, err
}

// CountFlags counts the households of each building or unit of a community that have a flag which counts now.
func (r Register) CountFlags(ctx context.Context, community model.ID, kind model.NodeKind, now model.Instant) ([]model.FlagCount, error) {
	column := "n." + placeColumn(kind)
	var rows []model.FlagCount
	err := r.from(ctx).Table("household_flag f").Joins("JOIN node n ON n.id = f.household_id").
		Select(column+" AS node_id, f.scheme, COUNT(*) AS count").
		Where("f.community_id = ? AND f.slot = 0 AND f.expires_at > ?", community, now).Group(column + ", f.scheme").Scan(&rows).Error
	return rows, err
}

// AddReads notes who read what. Rows are only ever inserted.
func (r Register) AddReads(ctx context.Context, reads ...*model.RegisterRead) error {
	return createAll(r.to(ctx), reads)
}

// ReadQuery asks who read what within a reach. What is zero lets all pass.
type ReadQuery struct {
	Community model.ID
	Reach     []model.Grant
	Node      model.ID
	Reader    model.ID
}

// Reads returns who read what before an id (0: the newest), newest first.
func (r Register) Reads(ctx context.Context, q *ReadQuery, before model.ID, limit int) ([]*model.RegisterRead, error) {
	db := r.from(ctx).Where("community_id = ? AND id < ?", q.Community, newestBelow(before)).
		Where("node_id IN (?)", within(r.from(ctx).Model(&model.Node{}).Select("id"), q.Community, q.Reach))
	if q.Node != 0 {
		db = db.Where("node_id = ?", q.Node)
	}
	if q.Reader != 0 {
		db = db.Where("reader_id = ?", q.Reader)
	}
	var rows []*model.RegisterRead
	err := db.Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

package repository

import (
	"context"

	"gorm.io/gorm"

	"linbanglin/model"
)

// MatterPart says which matters a list shows.
type MatterPart string

// The parts: all that the member may see, those that they reported or brought in, those that they own or are to take over,
// and those of the organisations that they act for.
const (
	AllMatters     MatterPart = ""
	OwnReports     MatterPart = "reported"
	OwnedMatters   MatterPart = "owned"
	MattersOfUnits MatterPart = "organisation"
)

// MatterQuery asks for matters. Empty filters let everything pass.
type MatterQuery struct {
	Community     model.ID
	Reach         []model.Grant
	Member        model.ID
	Organisations []model.ID // that the member acts for
	Part          MatterPart
	Statuses      []model.MatterStatus
	Tiers         []model.Tier
	Categories    []string
	Audiences     []model.Audience
	Owner         model.ID
	Organisation  model.ID
	Grid          model.ID
	Overdue       bool
	Now           model.Instant
	Before        model.ID
	Limit         int
}

// List returns matters, the newest first.
func (m Matters) List(ctx context.Context, q *MatterQuery) ([]*model.Matter, error) {
	var rows []*model.Matter
	err := m.filtered(m.seen(m.from(ctx), q), q).Where("id < ?", newestBelow(q.Before)).Order("id DESC").Limit(q.Limit).Find(&rows).Error
	return rows, err
}

// nobody is the id that no row has.
const nobody model.ID = -1

const (
	reportedBy = "reporter_id = ? OR filed_by = ?"
	followedBy = "id IN (SELECT d.primary_id FROM matter d WHERE d.reporter_id = ? AND d.primary_id > 0)"
	ownedBy    = "owner_id = ? OR proposed_id = ?"
	ofUnits    = "organisation_id IN ? OR id IN (SELECT w.matter_id FROM matter_whistle w WHERE w.organisation_id IN ?)"
)

// seen limits a query to what the member may see.
func (m Matters) seen(db *gorm.DB, q *MatterQuery) *gorm.DB {
	db = db.Where("community_id = ?", q.Community)
	units := q.Organisations
	if len(units) == 0 {
		units = []model.ID{nobody}
	}
	me := q.Member
	switch q.Part {
	case OwnReports:
		return db.Where("("+reportedBy+" OR "+followedBy+")", me, me, me)
	case OwnedMatters:
		return db.Where("("+ownedBy+")", me, me)
	case MattersOfUnits:
		return db.Where("("+ofUnits+")", units, units)
	}
	condition, args := reached(q.Community, q.Reach)
	args = append(args, me, me, me, me, me)
	condition += " OR " + reportedBy + " OR " + followedBy + " OR " + ownedBy
	if len(q.Organisations) > 0 {
		condition += " OR " + ofUnits
		args = append(args, units, units)
	}
	return db.Where("("+condition+")", args...)
}

func (m Matters) filtered(db *gorm.DB, q *MatterQuery) *gorm.DB {
	if len(q.Statuses) > 0 {
		db = db.Where("status IN ?", q.Statuses)
	}
	if len(q.Tiers) > 0 {
		db = db.Where("tier IN ?", q.Tiers)
	}
	if len(q.Categories) > 0 {
		db = db.Where("category IN ?", q.Categories)
	}
	if len(q.Audiences) > 0 {
		db = db.Where("audience IN ?", q.Audiences)
	}
	if q.Owner != 0 {
		db = db.Where("owner_id = ?", q.Owner)
	}
	if q.Organisation != 0 {
		db = db.Where("organisation_id = ?", q.Organisation)
	}
	if q.Grid != 0 {
		db = db.Where("grid_id = ?", q.Grid)
	}
	if q.Overdue {
		db = db.Where("status IN ? AND due_at > 0 AND due_at <= CASE WHEN paused_at > 0 THEN paused_at ELSE ? END", model.OpenMatters(), q.Now)
	}
	return db
}

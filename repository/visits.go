package repository

import (
	"context"
	"slices"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Visits holds who is visited in campaigns, and by whom.
type Visits struct{ conn }

// Add adds visits.
func (v Visits) Add(ctx context.Context, visits []*model.Visit) error {
	return createAll(v.to(ctx), visits)
}

// Lock returns one visit and locks it until the transaction ends. It fails with ErrNotFound.
func (v Visits) Lock(ctx context.Context, id model.ID) (*model.Visit, error) {
	visit := new(model.Visit)
	err := v.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(visit).Error
	return visit, err
}

// Update writes the state of a locked visit after one step. It fails with ErrStale unless the row is at the version
// before that step.
func (v Visits) Update(ctx context.Context, visit *model.Visit) error {
	update := v.to(ctx).Model(visit).Where("version = ?", visit.Version-1).
		Select("volunteer_id", "status", "note", "reason", "version", "assigned_at", "done_at").Updates(visit)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrStale
	}
	return update.Error
}

// Assign gives planned visits to a volunteer. It fails with ErrStale when one is not planned any more.
func (v Visits) Assign(ctx context.Context, volunteer model.ID, visits []model.ID, now model.Instant) error {
	update := v.to(ctx).Exec("UPDATE visit SET volunteer_id = ?, status = ?, assigned_at = ?, version = version + 1 WHERE id IN ? AND status = ?",
		volunteer, model.VisitAssigned, now, visits, model.VisitPlanned)
	if update.Error == nil && update.RowsAffected != int64(len(visits)) {
		return model.ErrStale
	}
	return update.Error
}

// Release makes the visits planned again that a volunteer has not made.
func (v Visits) Release(ctx context.Context, campaign, volunteer model.ID) error {
	return v.to(ctx).Exec("UPDATE visit SET volunteer_id = 0, status = ?, assigned_at = 0, version = version + 1 "+
		"WHERE campaign_id = ? AND volunteer_id = ? AND status = ?", model.VisitPlanned, campaign, volunteer, model.VisitAssigned).Error
}

// ReleaseAll makes all visits of a campaign planned again that were not made.
func (v Visits) ReleaseAll(ctx context.Context, campaign model.ID) error {
	return v.to(ctx).Exec("UPDATE visit SET volunteer_id = 0, status = ?, assigned_at = 0, version = version + 1 "+
		"WHERE campaign_id = ? AND status = ?", model.VisitPlanned, campaign, model.VisitAssigned).Error
}

// Visited returns who is visited in a campaign.
func (v Visits) Visited(ctx context.Context, campaign model.ID) ([]model.ID, error) {
	var ids []model.ID
	err := v.from(ctx).Model(&model.Visit{}).Where("campaign_id = ?", campaign).Pluck("member_id", &ids).Error
	return ids, err
}

// Planned returns the visits of a campaign that nobody makes yet, oldest first.
func (v Visits) Planned(ctx context.Context, campaign model.ID) ([]*model.Visit, error) {
	var rows []*model.Visit
	err := v.from(ctx).Where("campaign_id = ? AND status = ?", campaign, model.VisitPlanned).Order("id").Find(&rows).Error
	return rows, err
}

// OfCampaign returns visits of a campaign after an id, in some states or in any.
func (v Visits) OfCampaign(ctx context.Context, campaign model.ID, states []model.VisitStatus, after model.ID, limit int) ([]*model.Visit, error) {
	db := v.from(ctx).Where("campaign_id = ? AND id > ?", campaign, after)
	if len(states) > 0 {
		db = db.Where("status IN ?", states)
	}
	var rows []*model.Visit
	err := db.Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// OfVolunteer returns visits of a volunteer before an id (0: the newest), newest first.
func (v Visits) OfVolunteer(ctx context.Context, volunteer, before model.ID, limit int) ([]*model.Visit, error) {
	var rows []*model.Visit
	err := v.from(ctx).Where("volunteer_id = ? AND id < ?", volunteer, newestBelow(before)).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// Counts returns how many visits of a campaign are in which state, by grid.
func (v Visits) Counts(ctx context.Context, campaign model.ID) ([]*model.VisitCount, error) {
	rows := []*model.VisitCount{}
	err := v.from(ctx).Raw("SELECT grid_id, SUM(CASE WHEN status = 'planned' THEN 1 ELSE 0 END) AS planned, "+
		"SUM(CASE WHEN status = 'assigned' THEN 1 ELSE 0 END) AS assigned, SUM(CASE WHEN status = 'done' THEN 1 ELSE 0 END) AS done "+
		"FROM visit WHERE campaign_id = ? GROUP BY grid_id ORDER BY grid_id", campaign).Scan(&rows).Error
	return rows, err
}

// Volunteers returns who has a place at a campaign, at most so many.
func (v Visits) Volunteers(ctx context.Context, campaign model.ID, limit int) ([]*model.Member, error) {
	return readMembers(v.from(ctx).Table("member").
		Where("id IN (SELECT member_id FROM campaign_signup WHERE campaign_id = ? AND status = ?)", campaign, model.SignupIn).Order("id").Limit(limit))
}

// VisitLoad is how many visits a volunteer has.
type VisitLoad struct {
	VolunteerID model.ID
	Here        int // in one campaign, those that were made too
	Open        int // in all, not made yet
}

// Loads returns how many visits volunteers have, in a campaign and in all.
func (v Visits) Loads(ctx context.Context, campaign model.ID, volunteers []model.ID) (map[model.ID]VisitLoad, error) {
	loads := make(map[model.ID]VisitLoad, len(volunteers))
	for part := range slices.Chunk(volunteers, rowsPerStatement) {
		var rows []VisitLoad
		err := v.from(ctx).Raw("SELECT volunteer_id, SUM(CASE WHEN campaign_id = ? THEN 1 ELSE 0 END) AS here, "+
			"SUM(CASE WHEN status = 'assigned' THEN 1 ELSE 0 END) AS open FROM visit WHERE volunteer_id IN ? GROUP BY volunteer_id", campaign, part).Scan(&rows).Error
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			loads[r.VolunteerID] = r
		}
	}
	return loads, nil
}

// VisitPair is a volunteer and who is visited.
type VisitPair struct{ Volunteer, Member model.ID }

// Ties returns how often volunteers have helped or visited others since a time, and that was confirmed or done.
func (v Visits) Ties(ctx context.Context, volunteers []model.ID, since model.Instant) (map[VisitPair]int, error) {
	type row struct {
		pair  VisitPair
		times int
	}
	ties := map[VisitPair]int{}
	for part := range slices.Chunk(volunteers, rowsPerStatement) {
		rows, err := readRows(v.from(ctx).Raw("SELECT c.helper_id, r.requester_id, COUNT(*) FROM help_claim c JOIN help_request r ON r.id = c.request_id "+
			"WHERE c.helper_id IN ? AND c.status = 'confirmed' AND c.claimed_at >= ? GROUP BY c.helper_id, r.requester_id "+
			"UNION ALL SELECT volunteer_id, member_id, COUNT(*) FROM visit WHERE volunteer_id IN ? AND status = 'done' AND done_at >= ? GROUP BY volunteer_id, member_id",
			part, since, part, since), func(x *row) []any { return []any{&x.pair.Volunteer, &x.pair.Member, &x.times} })
		if err != nil {
			return nil, err
		}
		for _, x := range rows {
			ties[x.pair] += x.times
		}
	}
	return ties, nil
}

// visitReturn is a row of visit_return.
type visitReturn struct {
	VisitID     model.ID `gorm:"primaryKey;autoIncrement:false"`
	VolunteerID model.ID `gorm:"primaryKey;autoIncrement:false"`
	CampaignID  model.ID
	Reason      string
	CreatedAt   model.Instant
}

// TableName implements gorm's Tabler.
func (visitReturn) TableName() string { return "visit_return" }

// AddReturn notes that a volunteer gave a visit back.
func (v Visits) AddReturn(ctx context.Context, visit *model.Visit, volunteer model.ID, reason string, now model.Instant) error {
	return v.to(ctx).Clauses(clause.OnConflict{DoNothing: true}).
		Create(&visitReturn{visit.ID, volunteer, visit.CampaignID, reason, now}).Error
}

// Returns returns who gave which visit of a campaign back, by visit.
func (v Visits) Returns(ctx context.Context, campaign model.ID) (map[model.ID][]model.ID, error) {
	var rows []visitReturn
	err := v.from(ctx).Where("campaign_id = ?", campaign).Find(&rows).Error
	byVisit := map[model.ID][]model.ID{}
	for _, r := range rows {
		byVisit[r.VisitID] = append(byVisit[r.VisitID], r.VolunteerID)
	}
	return byVisit, err
}

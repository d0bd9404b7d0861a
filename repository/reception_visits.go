package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// ReceptionVisits holds who came to the reception room, and what was agreed there.
type ReceptionVisits struct{ conn }

// Add adds a visit.
func (v ReceptionVisits) Add(ctx context.Context, visit *model.ReceptionVisit) error {
	return v.to(ctx).Create(visit).Error
}

// Lock returns one visit and locks it until the transaction ends. It fails with ErrNotFound.
func (v ReceptionVisits) Lock(ctx context.Context, id model.ID) (*model.ReceptionVisit, error) {
	visit := new(model.ReceptionVisit)
	err := v.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(visit).Error
	return visit, err
}

// Solve writes that what a locked visit was for is solved.
func (v ReceptionVisits) Solve(ctx context.Context, visit *model.ReceptionVisit) error {
	return v.to(ctx).Model(visit).Select("outcome", "solved_at").Updates(visit).Error
}

// List returns visits before an id (0: the newest), newest first: those that a host noted, or all of a community when
// none is named.
func (v ReceptionVisits) List(ctx context.Context, community, host, before model.ID, limit int) ([]*model.ReceptionVisit, error) {
	db := v.from(ctx).Where("community_id = ? AND id < ?", community, newestBelow(before))
	if host != 0 {
		db = db.Where("host_id = ?", host)
	}
	var rows []*model.ReceptionVisit
	err := db.Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// VisitTally is how many visits of a kind, an audience and an outcome there were.
type VisitTally struct {
	Kind     model.ReceptionKind
	Audience string
	Outcome  string
	Times    int
}

// Tally counts the visits of a period, both ends included.
func (v ReceptionVisits) Tally(ctx context.Context, community model.ID, from, to model.Day) ([]VisitTally, error) {
	var rows []VisitTally
	err := v.from(ctx).Raw("SELECT kind, audience, outcome, COUNT(*) AS times FROM reception_visit WHERE community_id = ? AND visit_day BETWEEN ? AND ? "+
		"GROUP BY kind, audience, outcome ORDER BY kind, audience, outcome", community, from, to).Scan(&rows).Error
	return rows, err
}

// AddMediation adds a mediation with its parties. It fails with ErrDuplicate when the visit has one.
func (v ReceptionVisits) AddMediation(ctx context.Context, m *model.Mediation) error {
	if err := v.to(ctx).Create(m).Error; err != nil {
		return err
	}
	return createAll(v.to(ctx), m.Parties)
}

// Mediation returns one mediation with its parties. It fails with ErrNotFound.
func (v ReceptionVisits) Mediation(ctx context.Context, id model.ID) (*model.Mediation, error) {
	m := new(model.Mediation)
	if err := v.from(ctx).Where("id = ?", id).Take(m).Error; err != nil {
		return nil, err
	}
	return m, v.parties(ctx, m)
}

// LockMediation returns one mediation with its parties and locks it until the transaction ends. It fails with
// ErrNotFound.
func (v ReceptionVisits) LockMediation(ctx context.Context, id model.ID) (*model.Mediation, error) {
	m := new(model.Mediation)
	if err := v.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(m).Error; err != nil {
		return nil, err
	}
	return m, v.parties(ctx, m)
}

func (v ReceptionVisits) parties(ctx context.Context, mediations ...*model.Mediation) error {
	var ids []model.ID
	by := map[model.ID]*model.Mediation{}
	for _, m := range mediations {
		ids, by[m.ID] = append(ids, m.ID), m
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []*model.Party
	err := v.from(ctx).Where("mediation_id IN ?", ids).Order("mediation_id, party_no").Find(&rows).Error
	for _, p := range rows {
		m := by[p.MediationID]
		m.Parties = append(m.Parties, p)
	}
	return err
}

// Mediations returns mediations before an id (0: the newest), newest first: those that involve a member, or all of a
// community when none is named.
func (v ReceptionVisits) Mediations(ctx context.Context, community, member, before model.ID, limit int) ([]*model.Mediation, error) {
	db := v.from(ctx).Where("community_id = ? AND id < ?", community, newestBelow(before))
	if member != 0 {
		db = db.Where("mediator_id = ? OR id IN (SELECT mediation_id FROM reception_party WHERE member_id = ?)", member, member)
	}
	var rows []*model.Mediation
	if err := db.Order("id DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	return rows, v.parties(ctx, rows...)
}

// FollowUp writes whether the agreement of a locked mediation was kept, and that a task was made of it.
func (v ReceptionVisits) FollowUp(ctx context.Context, m *model.Mediation) error {
	return v.to(ctx).Model(m).Select("asked_day", "outcome", "note", "followed_at").Updates(m).Error
}

// DueMediations returns mediations whose follow-up is due and of which no task was made.
func (v ReceptionVisits) DueMediations(ctx context.Context, today model.Day, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := v.from(ctx).Raw("SELECT id FROM reception_mediation WHERE outcome = 'open' AND follow_up_day <= ? AND asked_day = 0 ORDER BY id LIMIT ?", today, limit).
		Scan(&ids).Error
	return ids, err
}

package repository

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Facts returns what is known of those households of which anything is, by id.
func (r Register) Facts(ctx context.Context, households []model.ID) (map[model.ID]*model.Household, error) {
	found := make(map[model.ID]*model.Household, len(households))
	for part := range slices.Chunk(households, rowsPerStatement) {
		var rows []*model.Household
		if err := r.from(ctx).Where("node_id IN ?", part).Find(&rows).Error; err != nil {
			return nil, err
		}
		for _, h := range rows {
			found[h.NodeID] = h
		}
	}
	return found, nil
}

// AddFacts adds what is known of a household. It fails with ErrStale when something is already.
func (r Register) AddFacts(ctx context.Context, h *model.Household) error {
	h.OldFlags = []string{}
	err := r.to(ctx).Create(h).Error
	if errors.Is(err, model.ErrDuplicate) {
		err = model.ErrStale
	}
	return err
}

// UpdateFacts writes what staff know of a household after one change of its version. It fails with ErrStale when that has
// moved on.
func (r Register) UpdateFacts(ctx context.Context, h *model.Household) error {
	update := r.to(ctx).Model(h).Where("version = ?", h.Version-1).Select("kind", "occupancy", "no_needs", "version", "updated_at").Updates(h)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrStale
	}
	return update.Error
}

// WithOldFlags returns the communities of which a household has flags as a roster had them before flags were rows.
func (r Register) WithOldFlags(ctx context.Context) ([]*model.Node, error) {
	var rows []*model.Node
	err := r.from(ctx).Raw("SELECT * FROM node WHERE id IN (SELECT n.community_id FROM household h JOIN node n ON n.id = h.node_id WHERE h.flags <> '[]')").
		Scan(&rows).Error
	return rows, err
}

// DropOldFlags empties what a roster had of a household before flags were rows.
func (r Register) DropOldFlags(ctx context.Context, household model.ID) error {
	return r.to(ctx).Exec("UPDATE household SET flags = '[]' WHERE node_id = ?", household).Error
}

// PeopleOf returns who lives in households, heads first, by household.
func (r Register) PeopleOf(ctx context.Context, households []model.ID) (map[model.ID][]*model.Member, error) {
	found := make(map[model.ID][]*model.Member, len(households))
	for part := range slices.Chunk(households, rowsPerStatement) {
		rows, err := readMembers(r.from(ctx).Model(&model.Member{}).Where("household_id IN ? AND merged_into = 0", part).Order("head DESC, id"))
		if err != nil {
			return nil, err
		}
		for _, m := range rows {
			found[m.HouseholdID] = append(found[m.HouseholdID], m)
		}
	}
	return found, nil
}

// AddNote adds a note.
func (r Register) AddNote(ctx context.Context, note *model.HouseholdNote) error {
	return r.to(ctx).Create(note).Error
}

// LockNote returns one note of a household and locks it until the transaction ends. It fails with ErrNotFound.
func (r Register) LockNote(ctx context.Context, household, id model.ID) (*model.HouseholdNote, error) {
	note := new(model.HouseholdNote)
	err := r.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ? AND household_id = ?", id, household).Take(note).Error
	return note, err
}

// UpdateNote writes a locked note.
func (r Register) UpdateNote(ctx context.Context, note *model.HouseholdNote) error {
	return r.to(ctx).Model(note).Select("body", "closed_at", "version", "updated_by", "updated_at").Updates(note).Error
}

// NotesOf returns the newest notes of a household, newest first.
func (r Register) NotesOf(ctx context.Context, household model.ID, limit int) ([]*model.HouseholdNote, error) {
	var rows []*model.HouseholdNote
	err := r.from(ctx).Where("household_id = ?", household).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// household is a number of one household.
type household struct {
	HouseholdID model.ID
	Value       int64
}

// Needs counts the needs that were noted of households.
func (r Register) Needs(ctx context.Context, households []model.ID) (map[model.ID]int, error) {
	found := make(map[model.ID]int, len(households))
	for part := range slices.Chunk(households, rowsPerStatement) {
		var rows []household
		err := r.from(ctx).Model(&model.HouseholdNote{}).Select("household_id, COUNT(*) AS value").
			Where("household_id IN ? AND kind = ?", part, model.NoteNeed).Group("household_id").Scan(&rows).Error
		if err != nil {
			return nil, err
		}
		for _, n := range rows {
			found[n.HouseholdID] = int(n.Value)
		}
	}
	return found, nil
}

// AddVisit writes down a visit.
func (r Register) AddVisit(ctx context.Context, visit *model.HouseholdVisit) error {
	return r.to(ctx).Create(visit).Error
}

// VisitsOf returns visits of a household before an id (0: the newest), newest first.
func (r Register) VisitsOf(ctx context.Context, household, before model.ID, limit int) ([]*model.HouseholdVisit, error) {
	var rows []*model.HouseholdVisit
	err := r.from(ctx).Where("household_id = ? AND id < ?", household, newestBelow(before)).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// LastVisits returns when somebody of households was last met.
func (r Register) LastVisits(ctx context.Context, households []model.ID) (map[model.ID]model.Instant, error) {
	found := make(map[model.ID]model.Instant, len(households))
	for part := range slices.Chunk(households, rowsPerStatement) {
		var rows []household
		err := r.from(ctx).Model(&model.HouseholdVisit{}).Select("household_id, MAX(visited_at) AS value").
			Where("household_id IN ? AND outcome = ?", part, model.VisitMet).Group("household_id").Scan(&rows).Error
		if err != nil {
			return nil, err
		}
		for _, v := range rows {
			found[v.HouseholdID] = model.Instant(v.Value)
		}
	}
	return found, nil
}

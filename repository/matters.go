package repository

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Matters holds what people bring before their community, step by step.
type Matters struct{ conn }

// Create adds a matter with its first step.
func (m Matters) Create(ctx context.Context, matter *model.Matter) error {
	if err := m.to(ctx).Create(matter).Error; err != nil {
		return err
	}
	return m.addSteps(ctx, matter)
}

// Get returns one matter. It fails with ErrNotFound.
func (m Matters) Get(ctx context.Context, id model.ID) (*model.Matter, error) {
	return m.get(m.from(ctx), id)
}

// Lock returns one matter and locks it until the transaction ends. Two are locked in the order of their ids. It fails
// with ErrNotFound.
func (m Matters) Lock(ctx context.Context, id model.ID) (*model.Matter, error) {
	return m.get(m.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}), id)
}

func (m Matters) get(db *gorm.DB, id model.ID) (*model.Matter, error) {
	matter := new(model.Matter)
	err := db.Where("id = ?", id).Take(matter).Error
	return matter, err
}

// Record writes a locked matter with the steps that were taken. It fails with ErrStale unless the row is at the version
// before them.
func (m Matters) Record(ctx context.Context, matter *model.Matter) error {
	if len(matter.Steps) == 0 {
		return nil
	}
	update := m.to(ctx).Model(matter).Where("version = ?", matter.Version-int64(len(matter.Steps))).
		Select("status", "tier", "tier_since", "owner_id", "owned_at", "proposed_id", "organisation_id", "taken_at", "catalogue_version",
			"contact_due_at", "due_at", "tier_due_at", "paused_at", "pause_reason", "paper_asks", "extension_by", "extension_to", "refusal_by", "legal_basis",
			"contacted_at", "done_at", "finished_by", "result", "evidence", "callbacks", "answered_at", "unreachable", "resolved", "satisfaction", "rated_at",
			"reopens", "failed_tries", "primary_id", "closed_at", "next_at", "version", "updated_at").Updates(matter)
	switch {
	case update.Error != nil:
		return update.Error
	case update.RowsAffected == 0:
		return model.ErrStale
	}
	return m.addSteps(ctx, matter)
}

func (m Matters) addSteps(ctx context.Context, matter *model.Matter) error {
	steps := matter.Steps
	matter.Steps = nil
	return createAll(m.to(ctx), steps)
}

// Steps returns the life of a matter, its first step first.
func (m Matters) Steps(ctx context.Context, matter model.ID) ([]*model.MatterStep, error) {
	var rows []*model.MatterStep
	err := m.from(ctx).Where("matter_id = ?", matter).Order("version").Find(&rows).Error
	return rows, err
}

// Due returns matters that the sweep is to look at, those that wait longest first.
func (m Matters) Due(ctx context.Context, now model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := m.from(ctx).Model(&model.Matter{}).Where("next_at > 0 AND next_at <= ?", now).Order("next_at, id").Limit(limit).Pluck("id", &ids).Error
	return ids, err
}

// Titles returns the titles of some matters.
func (m Matters) Titles(ctx context.Context, ids []model.ID) (map[model.ID]string, error) {
	titles := make(map[model.ID]string, len(ids))
	if len(ids) == 0 {
		return titles, nil
	}
	var rows []*model.Matter
	err := m.from(ctx).Select("id", "title").Where("id IN ?", ids).Find(&rows).Error
	for _, r := range rows {
		titles[r.ID] = r.Title
	}
	return titles, err
}

// Postpone writes when the sweep is to look at a locked matter again.
func (m Matters) Postpone(ctx context.Context, matter *model.Matter) error {
	return m.to(ctx).Exec("UPDATE matter SET next_at = ? WHERE id = ?", matter.NextAt, matter.ID).Error
}

// Followers returns how many matters were merged into each of some.
func (m Matters) Followers(ctx context.Context, primaries []model.ID) (map[model.ID]int, error) {
	counts := make(map[model.ID]int, len(primaries))
	if len(primaries) == 0 {
		return counts, nil
	}
	var rows []struct {
		PrimaryID model.ID
		N         int
	}
	err := m.from(ctx).Raw("SELECT primary_id, COUNT(*) AS n FROM matter WHERE primary_id IN ? GROUP BY primary_id", primaries).Scan(&rows).Error
	for _, r := range rows {
		counts[r.PrimaryID] = r.N
	}
	return counts, err
}

// Follows reports whether a member reported a matter that was merged into one.
func (m Matters) Follows(ctx context.Context, primary, member model.ID) (bool, error) {
	var n int64
	err := m.from(ctx).Model(&model.Matter{}).Where("primary_id = ? AND reporter_id = ?", primary, member).Limit(1).Count(&n).Error
	return n > 0, err
}

// FollowersOf returns who reported the matters that were merged into one, of which there are MaxFollowers at most.
func (m Matters) FollowersOf(ctx context.Context, primary model.ID) ([]model.ID, error) {
	var ids []model.ID
	err := m.from(ctx).Model(&model.Matter{}).Where("primary_id = ?", primary).Order("id").Pluck("reporter_id", &ids).Error
	return ids, err
}

// AddDispatch adds a dispatch of a locked matter.
func (m Matters) AddDispatch(ctx context.Context, d *model.MatterDispatch) error {
	return m.to(ctx).Create(d).Error
}

// UpdateDispatch writes what became of a dispatch of a locked matter.
func (m Matters) UpdateDispatch(ctx context.Context, d *model.MatterDispatch) error {
	return m.to(ctx).Model(d).Select("contact_due_at", "due_at", "taken_by", "taken_at", "contacted_at", "objection", "objected_by", "objected_at", "outcome", "adjudicated_by",
		"adjudicated_at").Updates(d).Error
}

// Dispatches returns how a matter was dispatched, the latest last.
func (m Matters) Dispatches(ctx context.Context, matter model.ID) ([]*model.MatterDispatch, error) {
	var rows []*model.MatterDispatch
	err := m.from(ctx).Where("matter_id = ?", matter).Order("id").Find(&rows).Error
	return rows, err
}

// AddWhistles adds calls of units to a locked matter. It fails with ErrDuplicate when one of them was called before.
func (m Matters) AddWhistles(ctx context.Context, calls []*model.Whistle) error {
	return createAll(m.to(ctx), calls)
}

// UpdateWhistle writes what became of a call.
func (m Matters) UpdateWhistle(ctx context.Context, w *model.Whistle) error {
	return m.to(ctx).Model(w).Select("reported_by", "reported_at", "late", "finished_at", "result", "unit_rating", "lead_rating").Updates(w).Error
}

// Whistles returns which units were called to some matters.
func (m Matters) Whistles(ctx context.Context, matters []model.ID) ([]*model.Whistle, error) {
	if len(matters) == 0 {
		return nil, nil
	}
	var rows []*model.Whistle
	err := m.from(ctx).Where("matter_id IN ?", matters).Order("id").Find(&rows).Error
	return rows, err
}

// Organisations returns those of a community's organisations that there are.
func (m Matters) Organisations(ctx context.Context, community model.ID, ids []model.ID) (map[model.ID]*model.Organisation, error) {
	found := make(map[model.ID]*model.Organisation, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	var rows []*model.Organisation
	err := m.from(ctx).Where("id IN ? AND community_id = ?", ids, community).Find(&rows).Error
	for _, r := range rows {
		found[r.ID] = r
	}
	return found, err
}

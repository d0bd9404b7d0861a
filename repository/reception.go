package repository

import (
	"context"
	"errors"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Reception holds the reception room: its hosts, rosters, shifts and swaps.
type Reception struct{ conn }

// Settings returns what a community chose, the defaults when it chose nothing.
func (r Reception) Settings(ctx context.Context, community model.ID) (*model.ReceptionSettings, error) {
	var rows []*model.ReceptionSettings
	err := r.from(ctx).Where("community_id = ?", community).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return model.DefaultReception(community), err
	}
	return rows[0], nil
}

// SaveSettings writes what a community chooses. It fails with ErrStale unless the row is at the version before.
func (r Reception) SaveSettings(ctx context.Context, s *model.ReceptionSettings) error {
	if s.Version == 1 {
		err := r.to(ctx).Create(s).Error
		if errors.Is(err, model.ErrDuplicate) {
			return model.ErrStale
		}
		return err
	}
	update := r.to(ctx).Model(s).Where("version = ?", s.Version-1).
		Select("hosts_a_day", "opens", "closes", "holidays", "min_age", "no_show_minutes", "version", "updated_by", "updated_at").Updates(s)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrStale
	}
	return update.Error
}

// Host returns one host. It fails with ErrNotFound.
func (r Reception) Host(ctx context.Context, member model.ID) (*model.Host, error) {
	h := new(model.Host)
	err := r.from(ctx).Where("member_id = ?", member).Take(h).Error
	return h, err
}

// AddHost adds a host. It fails with ErrDuplicate when there is one.
func (r Reception) AddHost(ctx context.Context, h *model.Host) error {
	return r.to(ctx).Create(h).Error
}

// UpdateHost writes what a host wishes after one change. It fails with ErrStale unless the row is at the version before.
func (r Reception) UpdateHost(ctx context.Context, h *model.Host) error {
	update := r.to(ctx).Model(h).Where("version = ?", h.Version-1).
		Select("status", "rest_weekdays", "days_off", "base", "confirmed_by", "version", "updated_at").Updates(h)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrStale
	}
	return update.Error
}

// Hosts returns the hosts of a community in some states, after a member.
func (r Reception) Hosts(ctx context.Context, community model.ID, states []model.HostStatus, after model.ID, limit int) ([]*model.Host, error) {
	var rows []*model.Host
	err := r.from(ctx).Where("community_id = ? AND status IN ? AND member_id > ?", community, states, after).Order("member_id").Limit(limit).Find(&rows).Error
	return rows, err
}

// Duties returns how often hosts have served or are to serve, and when last.
func (r Reception) Duties(ctx context.Context, community model.ID) (map[model.ID]model.Duty, error) {
	var rows []struct {
		MemberID model.ID
		Times    int
		Last     model.Day
	}
	err := r.from(ctx).Raw("SELECT member_id, COUNT(*) AS times, MAX(duty_day) AS last FROM reception_shift WHERE community_id = ? AND status <> 'no_show' "+
		"GROUP BY member_id", community).Scan(&rows).Error
	duties := make(map[model.ID]model.Duty, len(rows))
	for _, row := range rows {
		duties[row.MemberID] = model.Duty{Count: row.Times, Last: row.Last}
	}
	return duties, err
}

// AddRoster adds a roster with its shifts. It fails with ErrDuplicate when a day has a shift there already.
func (r Reception) AddRoster(ctx context.Context, roster *model.Roster) error {
	if err := r.to(ctx).Create(roster).Error; err != nil {
		return err
	}
	return createAll(r.to(ctx), roster.Shifts)
}

// LockRoster returns one roster and locks it until the transaction ends. It fails with ErrNotFound.
func (r Reception) LockRoster(ctx context.Context, id model.ID) (*model.Roster, error) {
	roster := new(model.Roster)
	err := r.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(roster).Error
	return roster, err
}

// Roster returns one roster without its shifts. It fails with ErrNotFound.
func (r Reception) Roster(ctx context.Context, id model.ID) (*model.Roster, error) {
	roster := new(model.Roster)
	err := r.from(ctx).Where("id = ?", id).Take(roster).Error
	return roster, err
}

// Rosters returns rosters of a community, newest first.
func (r Reception) Rosters(ctx context.Context, community, before model.ID, limit int) ([]*model.Roster, error) {
	var rows []*model.Roster
	err := r.from(ctx).Where("community_id = ? AND id < ?", community, newestBelow(before)).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// RosterAround reports whether a community has a roster for some day of a period.
func (r Reception) RosterAround(ctx context.Context, community model.ID, from, to model.Day) (bool, error) {
	var n int64
	err := r.from(ctx).Model(&model.Roster{}).Where("community_id = ? AND from_day <= ? AND to_day >= ?", community, to, from).Count(&n).Error
	return n > 0, err
}

// PublishRoster writes that a locked roster and its shifts are published.
func (r Reception) PublishRoster(ctx context.Context, roster *model.Roster) error {
	if err := r.to(ctx).Model(roster).Select("status", "published_at").Updates(roster).Error; err != nil {
		return err
	}
	return r.to(ctx).Exec("UPDATE reception_shift SET status = 'published', version = version + 1 WHERE roster_id = ? AND status = 'draft'", roster.ID).Error
}

// DropRoster removes a draft.
func (r Reception) DropRoster(ctx context.Context, id model.ID) error {
	if err := r.to(ctx).Exec("DELETE FROM reception_shift WHERE roster_id = ? AND status = 'draft'", id).Error; err != nil {
		return err
	}
	return r.to(ctx).Exec("DELETE FROM reception_roster WHERE id = ? AND status = 'draft'", id).Error
}

// Shift returns one shift. It fails with ErrNotFound.
func (r Reception) Shift(ctx context.Context, id model.ID) (*model.Shift, error) {
	s := new(model.Shift)
	err := r.from(ctx).Where("id = ?", id).Take(s).Error
	return s, err
}

// LockShift returns one shift and locks it until the transaction ends. It fails with ErrNotFound.
func (r Reception) LockShift(ctx context.Context, id model.ID) (*model.Shift, error) {
	s := new(model.Shift)
	err := r.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(s).Error
	return s, err
}

// UpdateShift writes the state of a locked shift after one step. It fails with ErrShiftTwice when its host has another
// duty that day, and with ErrStale unless the row is at the version before that step.
func (r Reception) UpdateShift(ctx context.Context, s *model.Shift) error {
	update := r.to(ctx).Model(s).Where("version = ?", s.Version-1).
		Select("member_id", "status", "why", "missed_by", "checked_in_at", "checked_out_at", "version").Updates(s)
	switch {
	case errors.Is(update.Error, model.ErrDuplicate):
		return model.ErrShiftTwice
	case update.Error == nil && update.RowsAffected == 0:
		return model.ErrStale
	}
	return update.Error
}

// Shifts returns the shifts of a roster in their order.
func (r Reception) Shifts(ctx context.Context, roster model.ID) ([]*model.Shift, error) {
	var rows []*model.Shift
	err := r.from(ctx).Where("roster_id = ?", roster).Order("duty_day, slot").Find(&rows).Error
	return rows, err
}

// ShiftsBetween returns the shifts of a community in a period, both ends included, drafts too if they are wanted.
func (r Reception) ShiftsBetween(ctx context.Context, community model.ID, from, to model.Day, drafts bool) ([]*model.Shift, error) {
	db := r.from(ctx).Where("community_id = ? AND duty_day BETWEEN ? AND ?", community, from, to)
	if !drafts {
		db = db.Where("status <> ?", model.ShiftDraft)
	}
	var rows []*model.Shift
	err := db.Order("duty_day, slot").Find(&rows).Error
	return rows, err
}

// ShiftsOf returns the duties of a host in a period, both ends included, but for those that were missed.
func (r Reception) ShiftsOf(ctx context.Context, member model.ID, from, to model.Day) ([]*model.Shift, error) {
	var rows []*model.Shift
	err := r.from(ctx).Where("member_id = ? AND duty_day BETWEEN ? AND ? AND status <> ?", member, from, to, model.ShiftNoShow).Order("duty_day").Find(&rows).Error
	return rows, err
}

// AddSwap adds a swap.
func (r Reception) AddSwap(ctx context.Context, s *model.Swap) error {
	return r.to(ctx).Create(s).Error
}

// LockSwap returns one swap and locks it until the transaction ends. It fails with ErrNotFound.
func (r Reception) LockSwap(ctx context.Context, id model.ID) (*model.Swap, error) {
	s := new(model.Swap)
	err := r.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(s).Error
	return s, err
}

// AnswerSwap writes the answer to a locked swap.
func (r Reception) AnswerSwap(ctx context.Context, s *model.Swap) error {
	return r.to(ctx).Model(s).Select("status", "answered_at").Updates(s).Error
}

// SwapsOf returns the swaps that a member proposed or is asked for before an id (0: the newest), newest first.
func (r Reception) SwapsOf(ctx context.Context, member, before model.ID, limit int) ([]*model.Swap, error) {
	var rows []*model.Swap
	err := r.from(ctx).Where("(from_id = ? OR to_id = ?) AND id < ?", member, member, newestBelow(before)).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

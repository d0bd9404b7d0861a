package repository

import (
	"context"
	"crypto/rand"
	"errors"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Sessions holds the logins of members, and what this install is.
type Sessions struct{ conn }

// install is the row of the table of that name.
type install struct {
	ID        int64 `gorm:"primaryKey;autoIncrement:false"`
	Name      string
	CreatedAt model.Instant
}

// TableName implements gorm's Tabler.
func (install) TableName() string { return "install" }

// Install returns the name of this install, which is made once and kept in the database.
func (s Sessions) Install(ctx context.Context, now model.Instant) (string, error) {
	for range 2 {
		row := new(install)
		err := s.from(ctx).Where("id = 1").Take(row).Error
		if err == nil || !errors.Is(err, model.ErrNotFound) {
			return row.Name, err
		}
		row = &install{ID: 1, Name: rand.Text(), CreatedAt: now}
		if err = s.to(ctx).Create(row).Error; !errors.Is(err, model.ErrDuplicate) {
			return row.Name, err
		}
	}
	return "", model.ErrUnavailable
}

// Add adds a login.
func (s Sessions) Add(ctx context.Context, session *model.LoginSession) error {
	return s.to(ctx).Create(session).Error
}

// Used writes that a login got new tokens. It fails with ErrNotFound for one that is not there.
func (s Sessions) Used(ctx context.Context, id model.ID, now model.Instant) error {
	update := s.to(ctx).Exec("UPDATE login_session SET used_at = ? WHERE id = ?", now, id)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrNotFound
	}
	return update.Error
}

// Get returns a login. It fails with ErrNotFound.
func (s Sessions) Get(ctx context.Context, id model.ID) (*model.LoginSession, error) {
	session := new(model.LoginSession)
	err := s.from(ctx).Where("id = ?", id).Take(session).Error
	return session, err
}

// Of returns the logins of a member that nobody ended and that go on by their life, the newest first.
func (s Sessions) Of(ctx context.Context, member model.ID, life model.LoginLife, now model.Instant, limit int) ([]*model.LoginSession, error) {
	var rows []*model.LoginSession
	err := s.from(ctx).Where("member_id = ? AND ended_at = 0 AND used_at > ? AND created_at > ?", member, now.Add(-life.Idle), now.Add(-life.Whole)).
		Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// End ends a login with its refresh tokens. It reports whether it went on until now.
func (s Sessions) End(ctx context.Context, id model.ID, now model.Instant) (bool, error) {
	ended := s.to(ctx).Exec("UPDATE login_session SET ended_at = ? WHERE id = ? AND ended_at = 0", now, id)
	if ended.Error != nil {
		return false, ended.Error
	}
	return ended.RowsAffected > 0, Logins(s).RevokeFamily(ctx, id, now)
}

// EndAll ends all logins of a member with their refresh tokens.
func (s Sessions) EndAll(ctx context.Context, member model.ID, now model.Instant) error {
	if err := s.to(ctx).Exec("UPDATE login_session SET ended_at = ? WHERE member_id = ? AND ended_at = 0", now, member).Error; err != nil {
		return err
	}
	return Logins(s).RevokeMember(ctx, member, now)
}

// EndedSince returns the logins that ended after a time.
func (s Sessions) EndedSince(ctx context.Context, since model.Instant) ([]model.ID, error) {
	var ids []model.ID
	err := s.from(ctx).Raw("SELECT id FROM login_session WHERE ended_at > ?", since).Scan(&ids).Error
	return ids, err
}

// Sweep removes logins that were not used since, whose refresh tokens are gone as well.
func (s Sessions) Sweep(ctx context.Context, before model.Instant) error {
	return s.to(ctx).Exec("DELETE FROM login_session WHERE used_at < ?", before).Error
}

// Guards holds who is kept out, and who guesses.
type Guards struct{ conn }

// Get returns the guard of a member, a fresh one when there is none.
func (g Guards) Get(ctx context.Context, member model.ID) (*model.Guard, error) {
	var rows []*model.Guard
	err := g.from(ctx).Where("member_id = ?", member).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return &model.Guard{MemberID: member}, err
	}
	return rows[0], nil
}

// Lock returns the guard of a member, made when there is none, and locks it until the transaction ends.
func (g Guards) Lock(ctx context.Context, member model.ID) (*model.Guard, error) {
	locked := func() (*model.Guard, error) {
		guard := new(model.Guard)
		err := g.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("member_id = ?", member).Take(guard).Error
		return guard, err
	}
	guard, err := locked()
	if !errors.Is(err, model.ErrNotFound) {
		return guard, err
	}
	guard = &model.Guard{MemberID: member}
	if err := g.to(ctx).Create(guard).Error; !errors.Is(err, model.ErrDuplicate) {
		return guard, err
	}
	return locked()
}

// Update writes a locked guard.
func (g Guards) Update(ctx context.Context, guard *model.Guard) error {
	return g.to(ctx).Model(guard).Select("strikes", "struck_at", "wait_until", "locked_at", "locked_until", "locked_by", "reason").Updates(guard).Error
}

// LockedAt returns who is kept out at a time.
func (g Guards) LockedAt(ctx context.Context, now model.Instant) ([]model.ID, error) {
	var ids []model.ID
	err := g.from(ctx).Raw("SELECT member_id FROM member_guard WHERE locked_until > ?", now).Scan(&ids).Error
	return ids, err
}

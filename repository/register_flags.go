package repository

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Register holds what staff know of households (一户一档): flags and their schemes, facts and notes, visits, teams and who
// answers for whom, and who read what of it.
type Register struct{ conn }

// AddSchemes gives a community schemes of flags. It fails with ErrDuplicate when it has one with a code already.
func (r Register) AddSchemes(ctx context.Context, schemes []*model.FlagScheme) error {
	return createAll(r.to(ctx), schemes)
}

// NeedSchemes gives communities those schemes that they do not have.
func (r Register) NeedSchemes(ctx context.Context, schemes []*model.FlagScheme) error {
	return createAll(r.to(ctx).Clauses(clause.OnConflict{DoNothing: true}), schemes)
}

// Schemes returns a community's schemes in their order.
func (r Register) Schemes(ctx context.Context, community model.ID) ([]*model.FlagScheme, error) {
	var rows []*model.FlagScheme
	err := r.from(ctx).Where("community_id = ?", community).Order("sort, code").Find(&rows).Error
	return rows, err
}

// LockScheme returns one scheme and locks it until the transaction ends. It fails with ErrNotFound.
func (r Register) LockScheme(ctx context.Context, community model.ID, code string) (*model.FlagScheme, error) {
	scheme := new(model.FlagScheme)
	err := r.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).
		Where("community_id = ? AND code = ?", community, code).Take(scheme).Error
	return scheme, err
}

// UpdateScheme writes what a community edits of a locked scheme.
func (r Register) UpdateScheme(ctx context.Context, scheme *model.FlagScheme) error {
	return r.to(ctx).Model(scheme).Select("name", "colour", "meaning", "interval_days", "sensitivity", "roles", "words", "checklist",
		"requires_consent", "active", "sort", "version").Updates(scheme).Error
}

// DeleteScheme takes a locked scheme away.
func (r Register) DeleteScheme(ctx context.Context, scheme *model.FlagScheme) error {
	return r.to(ctx).Delete(scheme).Error
}

// SchemeUsed reports whether a household has or had a flag of a scheme.
func (r Register) SchemeUsed(ctx context.Context, community model.ID, code string) (bool, error) {
	var one []model.ID
	err := r.from(ctx).Model(&model.HouseholdFlag{}).Where("community_id = ? AND scheme = ?", community, code).Limit(1).Pluck("id", &one).Error
	return len(one) > 0, err
}

// AddFlag adds a flag. It fails with ErrFlagSet when one of the scheme stands on the household.
func (r Register) AddFlag(ctx context.Context, flag *model.HouseholdFlag) error {
	err := r.to(ctx).Create(flag).Error
	if errors.Is(err, model.ErrDuplicate) {
		err = model.ErrFlagSet
	}
	return err
}

// NeedFlags adds those flags whose scheme does not stand on their household yet.
func (r Register) NeedFlags(ctx context.Context, flags []*model.HouseholdFlag) error {
	return createAll(r.to(ctx).Clauses(clause.OnConflict{DoNothing: true}), flags)
}

// LockFlag returns one flag and locks it until the transaction ends. It fails with ErrNotFound.
func (r Register) LockFlag(ctx context.Context, id model.ID) (*model.HouseholdFlag, error) {
	flag := new(model.HouseholdFlag)
	err := r.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(flag).Error
	return flag, err
}

// EndFlag writes that a flag does not stand any more. It fails with ErrFlagState when it did not before.
func (r Register) EndFlag(ctx context.Context, flag *model.HouseholdFlag) error {
	update := r.to(ctx).Model(flag).Where("slot = 0").Select("slot", "ending", "ended_by", "ended_at", "end_reason").Updates(flag)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrFlagState
	}
	return update.Error
}

// LoseConsent writes that a locked flag lost its consent.
func (r Register) LoseConsent(ctx context.Context, flag *model.HouseholdFlag) error {
	return r.to(ctx).Model(flag).Where("slot = 0").Select("consent", "expires_at", "told_at").Updates(flag).Error
}

// Told writes when the review of flags was asked for.
func (r Register) Told(ctx context.Context, flag model.ID, now model.Instant) error {
	return r.to(ctx).Exec("UPDATE household_flag SET told_at = ? WHERE id = ? AND told_at = 0", now, flag).Error
}

// FlagsOf returns the flags that stand on households, expired ones too, in the order of their schemes.
func (r Register) FlagsOf(ctx context.Context, households []model.ID) ([]*model.HouseholdFlag, error) {
	var found []*model.HouseholdFlag
	for part := range slices.Chunk(households, rowsPerStatement) {
		var rows []*model.HouseholdFlag
		if err := r.from(ctx).Where("household_id IN ? AND slot = 0", part).Order("household_id, scheme").Find(&rows).Error; err != nil {
			return nil, err
		}
		found = append(found, rows...)
	}
	return found, nil
}

// StandingFlags returns every flag of a community that stands, expired ones too.
func (r Register) StandingFlags(ctx context.Context, community model.ID) ([]*model.HouseholdFlag, error) {
	var rows []*model.HouseholdFlag
	err := r.from(ctx).Where("community_id = ? AND slot = 0", community).Order("household_id, scheme").Find(&rows).Error
	return rows, err
}

// FlagHistory returns every flag that a household has or had before an id (0: the newest), newest first.
func (r Register) FlagHistory(ctx context.Context, household, before model.ID, limit int) ([]*model.HouseholdFlag, error) {
	var rows []*model.HouseholdFlag
	err := r.from(ctx).Where("household_id = ? AND id < ?", household, newestBelow(before)).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// FlagSight is a subtree and the schemes whose flags may be known there.
type FlagSight struct {
	Grant   model.Grant
	Schemes []string
}

// seen limits a query on household_flag f to what may be known.
func (r Register) seen(ctx context.Context, db *gorm.DB, community model.ID, sight []FlagSight) *gorm.DB {
	one := r.from(ctx).Where("1 = 0")
	for _, s := range sight {
		one = one.Or("f.scheme IN ? AND f.household_id IN (?)", s.Schemes, r.homes(ctx, community, []model.Grant{s.Grant}))
	}
	return db.Where(one)
}

// homes is the households of a community within a reach.
func (r Register) homes(ctx context.Context, community model.ID, reach []model.Grant) *gorm.DB {
	return within(r.from(ctx).Model(&model.Node{}).Select("id"), community, reach).Where("kind = ?", model.KindHousehold)
}

// DueFlags returns flags that stand and end before a time, within a sight and below a node unless it is nil, those that end
// first first, after one that ended at a time.
func (r Register) DueFlags(ctx context.Context, community model.ID, sight []FlagSight, below *model.Grant, until, after model.Instant, afterID model.ID, limit int) ([]*model.HouseholdFlag, error) {
	db := r.from(ctx).Table("household_flag f").Select("f.*").
		Where("f.community_id = ? AND f.slot = 0 AND f.expires_at < ?", community, until).
		Where("f.expires_at > ? OR f.expires_at = ? AND f.id > ?", after, after, afterID)
	if below != nil {
		db = db.Where("f.household_id IN (?)", r.homes(ctx, community, []model.Grant{*below}))
	}
	var rows []*model.HouseholdFlag
	err := r.seen(ctx, db, community, sight).Order("f.expires_at, f.id").Limit(limit).Find(&rows).Error
	return rows, err
}

// UntoldFlags returns flags that stand and end before a time, whose review was not asked for, those that end first first.
func (r Register) UntoldFlags(ctx context.Context, until model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := r.from(ctx).Model(&model.HouseholdFlag{}).Where("slot = 0 AND told_at = 0 AND expires_at < ?", until).
		Order("expires_at, id").Limit(limit).Pluck("id", &ids).Error
	return ids, err
}

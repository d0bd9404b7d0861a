package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Rules returns the rule set of a community that is in force on a day: of those in force the one that came
// last, and of two from the same day the one with the higher version. It fails with ErrNotFound when there
// is none.
func (p Points) Rules(ctx context.Context, community model.ID, on model.Day) (*model.RuleSet, error) {
	set := new(model.RuleSet)
	// A draft that was given up was never in force, however it looks by its last day.
	err := p.from(ctx).Where("community_id = ? AND status <> ? AND effective_day > 0 AND effective_day <= ? AND (retired_day = 0 OR retired_day > ?)",
		community, model.RulesDraft, on, on).Order("effective_day DESC, version DESC").Take(set).Error
	if err != nil {
		return nil, err
	}
	return set, p.fillRules(ctx, set)
}

// RuleSet returns one version of a community's rules. It fails with ErrNotFound.
func (p Points) RuleSet(ctx context.Context, community model.ID, version int32) (*model.RuleSet, error) {
	set := new(model.RuleSet)
	if err := p.from(ctx).Where("community_id = ? AND version = ?", community, version).Take(set).Error; err != nil {
		return nil, err
	}
	return set, p.fillRules(ctx, set)
}

// RuleSets returns versions of a community's rules before one, newest first; those that were never to come
// into force only if drafts says so.
func (p Points) RuleSets(ctx context.Context, community model.ID, drafts bool, before int32, limit int) ([]*model.RuleSet, error) {
	db := p.from(ctx).Where("community_id = ? AND version < ?", community, before)
	if !drafts {
		db = db.Where("effective_day > 0")
	}
	var sets []*model.RuleSet
	if err := db.Order("version DESC").Limit(limit).Find(&sets).Error; err != nil {
		return nil, err
	}
	return sets, p.fillRules(ctx, sets...)
}

// fillRules reads the rules of sets of one community.
func (p Points) fillRules(ctx context.Context, sets ...*model.RuleSet) error {
	if len(sets) == 0 {
		return nil
	}
	versions, byVersion := make([]int32, len(sets)), make(map[int32]*model.RuleSet, len(sets))
	for i, s := range sets {
		s.Items = []*model.Rule{}
		versions[i], byVersion[s.Version] = s.Version, s
	}
	var rules []*model.Rule
	err := p.from(ctx).Where("community_id = ? AND version IN ?", sets[0].CommunityID, versions).Order("version, code").Find(&rules).Error
	for _, r := range rules {
		byVersion[r.Version].Items = append(byVersion[r.Version].Items, r)
	}
	return err
}

// LockRules makes the caller the only one who changes a community's rules until the transaction ends. It
// fails with ErrNotFound when there is no such community.
func (p Points) LockRules(ctx context.Context, community model.ID) error {
	return p.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Select("id").
		Where("id = ? AND kind = ?", community, model.KindCommunity).Take(new(model.Node)).Error
}

// LastVersion returns the highest version of a community's rules, 0 when it has none.
func (p Points) LastVersion(ctx context.Context, community model.ID) (version int32, err error) {
	err = p.from(ctx).Raw("SELECT COALESCE(MAX(version), 0) FROM point_rule_set WHERE community_id = ?", community).Scan(&version).Error
	return version, err
}

// AddRules adds a version with its rules. It fails with ErrDuplicate when the version is there.
func (p Points) AddRules(ctx context.Context, set *model.RuleSet) error {
	if err := p.to(ctx).Create(set).Error; err != nil {
		return err
	}
	return p.to(ctx).Create(set.Items).Error
}

// UpdateRules writes the state of a version and what is said about it, under LockRules.
func (p Points) UpdateRules(ctx context.Context, set *model.RuleSet) error {
	return p.to(ctx).Model(set).Select("status", "effective_day", "retired_day", "valid_months", "note", "revision").Updates(set).Error
}

// ReplaceRules replaces the rules of a draft, under LockRules.
func (p Points) ReplaceRules(ctx context.Context, set *model.RuleSet) error {
	err := p.to(ctx).Exec("DELETE FROM point_rule WHERE community_id = ? AND version = ?", set.CommunityID, set.Version).Error
	if err != nil {
		return err
	}
	return p.to(ctx).Create(set.Items).Error
}

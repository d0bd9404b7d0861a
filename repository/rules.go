package repository

import (
	"context"

	"linbanglin/model"
)

// Rules returns the rule set of a community that is in force on a day. It fails with ErrNotFound when
// there is none.
func (p Points) Rules(ctx context.Context, community model.ID, on model.Day) (*model.RuleSet, error) {
	set := new(model.RuleSet)
	err := p.from(ctx).Where("community_id = ? AND status <> ? AND effective_day <= ? AND (retired_day = 0 OR retired_day > ?)",
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

func (p Points) fillRules(ctx context.Context, set *model.RuleSet) error {
	return p.from(ctx).Where("community_id = ? AND version = ?", set.CommunityID, set.Version).Order("code").Find(&set.Items).Error
}

// AddRules adds a version with its rules. It fails with ErrDuplicate when the version is there.
func (p Points) AddRules(ctx context.Context, set *model.RuleSet) error {
	if err := p.to(ctx).Create(set).Error; err != nil {
		return err
	}
	return p.to(ctx).Create(set.Items).Error
}

package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// RoleProposals holds the admin roles that wait for a second person, and those that waited.
type RoleProposals struct{ conn }

// Create adds a proposal. It fails with ErrDuplicate while there is an open one for the same.
func (p RoleProposals) Create(ctx context.Context, proposal *model.RoleProposal) error {
	return p.to(ctx).Create(proposal).Error
}

// Lock returns a proposal and locks it until the transaction ends. It fails with ErrNotFound.
func (p RoleProposals) Lock(ctx context.Context, id model.ID) (*model.RoleProposal, error) {
	proposal := new(model.RoleProposal)
	err := p.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(proposal).Error
	return proposal, err
}

// Update writes how a locked proposal ended.
func (p RoleProposals) Update(ctx context.Context, proposal *model.RoleProposal) error {
	return p.to(ctx).Model(proposal).Select("status", "decided_by", "decided_at", "decision").Updates(proposal).Error
}

// List returns proposals within reach, the newest first, of a state when it is given.
func (p RoleProposals) List(ctx context.Context, community model.ID, status model.RoleProposalStatus, before model.ID, reach []model.Grant, limit int) ([]*model.RoleProposal, error) {
	db := within(p.from(ctx), community, reach)
	if status != "" {
		db = db.Where("status = ?", status)
	}
	var rows []*model.RoleProposal
	err := db.Where("id < ?", newestBelow(before)).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// Due returns open proposals whose time is over.
func (p RoleProposals) Due(ctx context.Context, now model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := p.from(ctx).Raw("SELECT id FROM role_proposal WHERE status = ? AND expires_at <= ? ORDER BY expires_at LIMIT ?", model.RoleProposalOpen, now, limit).Scan(&ids).Error
	return ids, err
}

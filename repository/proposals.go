package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Proposals holds what is deliberated on, and all that belongs to it but the ballots.
type Proposals struct{ conn }

// Create adds a proposal.
func (p Proposals) Create(ctx context.Context, proposal *model.Proposal) error {
	return p.to(ctx).Create(proposal).Error
}

// Get returns one proposal. It fails with ErrNotFound.
func (p Proposals) Get(ctx context.Context, id model.ID) (*model.Proposal, error) {
	proposal := new(model.Proposal)
	err := p.from(ctx).Where("id = ?", id).Take(proposal).Error
	return proposal, err
}

// Lock returns one proposal and locks it until the transaction ends. It fails with ErrNotFound.
func (p Proposals) Lock(ctx context.Context, id model.ID) (*model.Proposal, error) {
	proposal := new(model.Proposal)
	err := p.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(proposal).Error
	return proposal, err
}

// Update writes what changes of a locked proposal.
func (p Proposals) Update(ctx context.Context, proposal *model.Proposal) error {
	return p.to(ctx).Model(proposal).Select("category", "title", "description", "vote_by", "options", "rule", "tally", "outcome", "status", "reason",
		"seconders", "electorate", "published_at", "discussed_at", "opens_at", "closes_at", "decided_at", "objections_until", "told_opening", "told_result",
		"version", "updated_at").Updates(proposal).Error
}

// ProposalQuery asks for proposals of a community. No states let all of them pass, but for drafts of others than Author.
type ProposalQuery struct {
	Community model.ID
	Sight     model.Sight
	Managed   []model.Grant // subtrees whose drafts are shown
	Author    model.ID
	States    []model.ProposalStatus
	Before    model.ID
	Limit     int
}

// List returns proposals in sight before an id, newest first.
func (p Proposals) List(ctx context.Context, q *ProposalQuery) ([]*model.Proposal, error) {
	managed, args := reached(q.Community, q.Managed)
	db := shown(p.from(ctx), q.Community, q.Sight, "scope_node_id").Where("id < ?", newestBelow(q.Before)).
		Where("(status <> ? OR created_by = ? OR ("+managed+"))", append([]any{model.ProposalDraft, q.Author}, args...)...)
	if len(q.States) > 0 {
		db = db.Where("status IN ?", q.States)
	}
	var rows []*model.Proposal
	err := db.Order("id DESC").Limit(q.Limit).Find(&rows).Error
	return rows, err
}

// VotesOver returns proposals whose vote is over and not counted.
func (p Proposals) VotesOver(ctx context.Context, now model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := p.from(ctx).Raw("SELECT id FROM proposal WHERE status = ? AND closes_at <= ? ORDER BY closes_at LIMIT ?", model.ProposalVoting, now, limit).Scan(&ids).Error
	return ids, err
}

// Executable returns proposals whose decision was published long enough, and whose objections are all answered.
func (p Proposals) Executable(ctx context.Context, now model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := p.from(ctx).Raw("SELECT p.id FROM proposal p WHERE p.status = ? AND p.objections_until <= ? AND NOT EXISTS "+
		"(SELECT 1 FROM proposal_objection o WHERE o.proposal_id = p.id AND o.status = ?) ORDER BY p.id LIMIT ?",
		model.ProposalAnnounced, now, model.ObjectionOpen, limit).Scan(&ids).Error
	return ids, err
}

// Untold returns proposals whose opening or result not everybody was told of, however far those that were decided have
// come since. Of a decision that fell nobody is told that it was made.
func (p Proposals) Untold(ctx context.Context, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := p.from(ctx).Raw("SELECT id FROM proposal WHERE told_result < ? AND (status = ? AND told_opening < ? OR decided_at > 0 AND status <> ?) ORDER BY id LIMIT ?",
		model.AllTold, model.ProposalVoting, model.AllTold, model.ProposalCancelled, limit).Scan(&ids).Error
	return ids, err
}

// Second notes that a member seconds a proposal. It fails with ErrDuplicate when they do.
func (p Proposals) Second(ctx context.Context, proposal, member model.ID, now model.Instant) error {
	return p.to(ctx).Exec("INSERT INTO proposal_seconder (proposal_id, member_id, created_at) VALUES (?, ?, ?)", proposal, member, now).Error
}

// Seconded reports whether a member seconds a proposal.
func (p Proposals) Seconded(ctx context.Context, proposal, member model.ID) (bool, error) {
	var n int64
	err := p.from(ctx).Raw("SELECT COUNT(*) FROM proposal_seconder WHERE proposal_id = ? AND member_id = ?", proposal, member).Scan(&n).Error
	return n > 0, err
}

// Rule returns what a community says of a kind of vote, nil when it says nothing.
func (p Proposals) Rule(ctx context.Context, community model.ID, kind string) (*model.VotingRule, error) {
	var rows []*model.VotingRule
	err := p.from(ctx).Where("community_id = ? AND rule_kind = ?", community, kind).Limit(1).Find(&rows).Error
	return append(rows, nil)[0], err
}

// Rules returns all that a community says of votes.
func (p Proposals) Rules(ctx context.Context, community model.ID) ([]*model.VotingRule, error) {
	var rows []*model.VotingRule
	err := p.from(ctx).Where("community_id = ?", community).Find(&rows).Error
	return rows, err
}

// SetRule writes a rule over the version before. It fails with ErrDuplicate when another wrote the first, and with
// ErrStale when the rule has moved on.
func (p Proposals) SetRule(ctx context.Context, rule *model.VotingRule) error {
	if rule.Version == 1 {
		return p.to(ctx).Create(rule).Error
	}
	update := p.to(ctx).Model(rule).Where("version = ?", rule.Version-1).Select("quorum", "majority", "of_due", "seconders", "public_days", "discuss_days",
		"vote_hours", "legal_basis", "version", "updated_by", "updated_at").Updates(rule)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrStale
	}
	return update.Error
}

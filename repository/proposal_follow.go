package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// AddMeeting adds a meeting that was held on a proposal.
func (p Proposals) AddMeeting(ctx context.Context, meeting *model.ProposalMeeting) error {
	return p.to(ctx).Create(meeting).Error
}

// Meetings returns the meetings on a proposal in their order.
func (p Proposals) Meetings(ctx context.Context, proposal model.ID) ([]*model.ProposalMeeting, error) {
	var rows []*model.ProposalMeeting
	err := p.from(ctx).Where("proposal_id = ?", proposal).Order("id").Find(&rows).Error
	return rows, err
}

// AddComment adds a comment.
func (p Proposals) AddComment(ctx context.Context, comment *model.ProposalComment) error {
	return p.to(ctx).Create(comment).Error
}

// LockComment returns one comment and locks it until the transaction ends. It fails with ErrNotFound.
func (p Proposals) LockComment(ctx context.Context, id model.ID) (*model.ProposalComment, error) {
	comment := new(model.ProposalComment)
	err := p.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(comment).Error
	return comment, err
}

// UpdateComment writes what a moderator decided.
func (p Proposals) UpdateComment(ctx context.Context, comment *model.ProposalComment) error {
	return p.to(ctx).Model(comment).Select("status", "reason", "decided_by").Updates(comment).Error
}

// Comments returns comments on a proposal after an id, oldest first: those that are shown, and all of the member's own.
func (p Proposals) Comments(ctx context.Context, proposal, member, after model.ID, limit int) ([]*model.ProposalComment, error) {
	var rows []*model.ProposalComment
	err := p.from(ctx).Where("proposal_id = ? AND id > ? AND (status = ? OR member_id = ?)", proposal, after, model.CommentShown, member).
		Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// HeldComments returns comments within a reach that wait for a moderator, after an id, oldest first.
func (p Proposals) HeldComments(ctx context.Context, community model.ID, reach []model.Grant, after model.ID, limit int) ([]*model.ProposalComment, error) {
	var rows []*model.ProposalComment
	err := within(p.from(ctx), community, reach).Where("status = ? AND id > ?", model.CommentHeld, after).Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// AddObjection adds an objection. It fails with ErrDuplicate when the member has raised one.
func (p Proposals) AddObjection(ctx context.Context, objection *model.ProposalObjection) error {
	return p.to(ctx).Create(objection).Error
}

// Objection returns one objection. It fails with ErrNotFound.
func (p Proposals) Objection(ctx context.Context, id model.ID) (*model.ProposalObjection, error) {
	objection := new(model.ProposalObjection)
	err := p.from(ctx).Where("id = ?", id).Take(objection).Error
	return objection, err
}

// UpdateObjection writes the answer to an objection, under the lock of its proposal.
func (p Proposals) UpdateObjection(ctx context.Context, objection *model.ProposalObjection) error {
	return p.to(ctx).Model(objection).Select("status", "answer", "answered_by", "answered_at").Updates(objection).Error
}

// Objections returns the objections to a proposal, oldest first; those of one member when it is given.
func (p Proposals) Objections(ctx context.Context, proposal, member, after model.ID, limit int) ([]*model.ProposalObjection, error) {
	db := p.from(ctx).Where("proposal_id = ? AND id > ?", proposal, after)
	if member != 0 {
		db = db.Where("member_id = ?", member)
	}
	var rows []*model.ProposalObjection
	err := db.Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// OpenObjections returns how many objections to a proposal are not answered.
func (p Proposals) OpenObjections(ctx context.Context, proposal model.ID) (int64, error) {
	var n int64
	err := p.from(ctx).Raw("SELECT COUNT(*) FROM proposal_objection WHERE proposal_id = ? AND status = ?", proposal, model.ObjectionOpen).Scan(&n).Error
	return n, err
}

// AddTask adds a task.
func (p Proposals) AddTask(ctx context.Context, task *model.ProposalTask) error {
	return p.to(ctx).Create(task).Error
}

// Task returns one task. It fails with ErrNotFound.
func (p Proposals) Task(ctx context.Context, id model.ID) (*model.ProposalTask, error) {
	task := new(model.ProposalTask)
	err := p.from(ctx).Where("id = ?", id).Take(task).Error
	return task, err
}

// UpdateTask writes what came of a task, under the lock of its proposal.
func (p Proposals) UpdateTask(ctx context.Context, task *model.ProposalTask) error {
	return p.to(ctx).Model(task).Select("result", "done_by", "done_at").Updates(task).Error
}

// Tasks returns the tasks of a proposal in their order.
func (p Proposals) Tasks(ctx context.Context, proposal model.ID) ([]*model.ProposalTask, error) {
	var rows []*model.ProposalTask
	err := p.from(ctx).Where("proposal_id = ?", proposal).Order("id").Find(&rows).Error
	return rows, err
}

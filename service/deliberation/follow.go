package deliberation

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// Announce publishes a decision for some days, seven at least, in which neighbours may object (决议公开). It fails with
// ErrForbidden, ErrInvalid and ErrProposalState.
func (d *Deliberation) Announce(ctx context.Context, who model.Actor, id model.ID, days int) (*model.Proposal, error) {
	return d.manage(ctx, who, id, func(_ *repository.Store, p *model.Proposal, now model.Instant) error { return p.Announce(days, now) })
}

// Object raises an objection of the caller's against a published decision. It fails with ErrForbidden for who does not live
// in its scope, with ErrObjectionWindow, ErrInvalid, and ErrDuplicate for a second one.
func (d *Deliberation) Object(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.ProposalObjection, error) {
	return repository.Once(ctx, d.store, d.now(), func(tx *repository.Store) (*model.ProposalObjection, error) {
		p, err := d.lock(ctx, tx, who, id, d.now())
		if err != nil {
			return nil, err
		}
		if err := takesPart(who, p); err != nil {
			return nil, err
		}
		o := &model.ProposalObjection{ID: d.store.NewID(), MemberID: who.MemberID, Reason: reason, Mine: true}
		if err := p.Object(o, d.now()); err != nil {
			return nil, err
		}
		return o, tx.Proposals.AddObjection(ctx, o)
	})
}

// Objections lists the objections to a decision: all for who manages it, else the caller's own. It fails with ErrNotFound
// and ErrCursor.
func (d *Deliberation) Objections(ctx context.Context, who model.Actor, id model.ID, page model.Page) (*model.List[*model.ProposalObjection], error) {
	p, err := d.store.Proposals.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := readable(ctx, d.store, who, p); err != nil {
		return nil, err
	}
	of := who.MemberID
	if who.May(model.OpManageProposals, p.Place) == nil {
		of = 0
	}
	name := fmt.Sprintf("objections:%d:%d", who.MemberID, id)
	after, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := d.store.Proposals.Objections(ctx, id, of, after, page.Size()+1)
	for _, o := range rows {
		o.Mine = o.MemberID == who.MemberID
	}
	return model.PageOf(name, page, rows, func(last *model.ProposalObjection) int64 { return int64(last.ID) }), err
}

// Answer answers an objection and tells who raised it; one that is upheld cancels the decision. It fails with ErrForbidden,
// and as Proposal.Answer does.
func (d *Deliberation) Answer(ctx context.Context, who model.Actor, objection model.ID, upheld bool, answer string) (*model.ProposalObjection, error) {
	return repository.Once(ctx, d.store, d.now(), func(tx *repository.Store) (*model.ProposalObjection, error) {
		o, err := tx.Proposals.Objection(ctx, objection)
		if err != nil {
			return nil, err
		}
		p, err := d.managed(ctx, tx, who, o.ProposalID)
		if err != nil {
			return nil, err
		}
		if o, err = tx.Proposals.Objection(ctx, objection); err != nil { // as it is under the lock
			return nil, err
		}
		if err := p.Answer(o, who.MemberID, upheld, answer, d.now()); err != nil {
			return nil, err
		}
		if err := errors.Join(tx.Proposals.UpdateObjection(ctx, o), tx.Proposals.Update(ctx, p)); err != nil {
			return nil, err
		}
		return o, notify.Tell(ctx, tx, &model.Notice{
			CommunityID: p.CommunityID, MemberID: o.MemberID, Kind: model.NoticeObjection, Title: "您的异议有了答复", Body: fmt.Sprintf("对议题《%s》的异议：%s", p.Title, o.Answer),
			Ref: model.NoticeRef{Type: model.RefProposal, ID: p.ID}, Key: "objection:" + o.ID.String(), CreatedAt: d.now(),
		})
	})
}

// managed locks a proposal that the caller manages. It fails with ErrNotFound and ErrForbidden.
func (d *Deliberation) managed(ctx context.Context, tx *repository.Store, who model.Actor, id model.ID) (*model.Proposal, error) {
	p, err := d.lock(ctx, tx, who, id, d.now())
	if err == nil {
		err = who.May(model.OpManageProposals, p.Place)
	}
	return p, err
}

// Plan gives somebody of the community a task of what was decided, and tells them. It fails with ErrForbidden, ErrNotFound,
// and as Proposal.Plan does.
func (d *Deliberation) Plan(ctx context.Context, who model.Actor, id, owner model.ID, title string, due model.Day) (*model.Proposal, error) {
	return d.manage(ctx, who, id, func(tx *repository.Store, p *model.Proposal, now model.Instant) error {
		m, err := tx.Members.Get(ctx, owner)
		switch {
		case err != nil:
			return err
		case m.CommunityID != p.CommunityID || m.MergedInto != 0:
			return model.ErrNotFound
		}
		planned, err := tx.Proposals.Tasks(ctx, id)
		if err != nil {
			return err
		}
		t := &model.ProposalTask{ID: d.store.NewID(), Title: title, OwnerID: owner, DueDay: due, CreatedBy: who.MemberID}
		if err := p.Plan(t, len(planned), now); err != nil {
			return err
		}
		if err := tx.Proposals.AddTask(ctx, t); err != nil {
			return err
		}
		return notify.Tell(ctx, tx, &model.Notice{
			CommunityID: p.CommunityID, MemberID: owner, Kind: model.NoticeProposalTask, Title: "您有一项落实任务", Body: fmt.Sprintf("议题《%s》：%s，%s 前完成。", p.Title, t.Title, due),
			Ref: model.NoticeRef{Type: model.RefProposal, ID: p.ID}, Key: "task:" + t.ID.String(), CreatedAt: now,
		})
	})
}

// Finish says what came of a task, by who has it or who manages the proposal. It fails with ErrForbidden for anyone else,
// with ErrNotFound, ErrInvalid, ErrTaskState, and with ErrProposalState before the decision's publication is over.
func (d *Deliberation) Finish(ctx context.Context, who model.Actor, task model.ID, result string) (*model.Proposal, error) {
	t, err := d.store.Proposals.Task(ctx, task)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, who, t.ProposalID, func(tx *repository.Store, p *model.Proposal, now model.Instant) error {
		t, err := tx.Proposals.Task(ctx, task)
		if err != nil {
			return err
		}
		if err := who.May(model.OpManageProposals, p.Place); err != nil && t.OwnerID != who.MemberID {
			return err
		}
		if err := p.Finish(t, who.MemberID, result, now); err != nil {
			return err
		}
		return tx.Proposals.UpdateTask(ctx, t)
	})
}

// Review looks back on a decision (回头看) whose tasks are done: the result, the cost, before and after, for everybody to
// read. It fails with ErrForbidden, ErrTasksOpen, ErrInvalid and ErrProposalState.
func (d *Deliberation) Review(ctx context.Context, who model.Actor, id model.ID, review model.ProposalReview) (*model.Proposal, error) {
	return d.manage(ctx, who, id, func(tx *repository.Store, p *model.Proposal, now model.Instant) error {
		tasks, err := tx.Proposals.Tasks(ctx, id)
		if err != nil {
			return err
		}
		return p.Review(review, tasks, now)
	})
}

// Close ends a proposal about which nothing is left to do. It fails with ErrForbidden and ErrProposalState.
func (d *Deliberation) Close(ctx context.Context, who model.Actor, id model.ID) (*model.Proposal, error) {
	return d.manage(ctx, who, id, func(_ *repository.Store, p *model.Proposal, now model.Instant) error { return p.End(now) })
}

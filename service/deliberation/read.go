package deliberation

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

func sight(ctx context.Context, s *repository.Store, who model.Actor) (model.Sight, error) {
	return who.Sees(model.OpReadProposals, func(ids []model.ID) ([]*model.Node, error) { return s.Nodes.ByIDs(ctx, ids) })
}

// readable fails with ErrNotFound unless a proposal is in the caller's sight; a draft is for its author and for those who
// manage proposals there.
func readable(ctx context.Context, s *repository.Store, who model.Actor, p *model.Proposal) error {
	seen, err := sight(ctx, s, who)
	switch {
	case err != nil:
		return err
	case p.CommunityID != who.Place.CommunityID || !seen.Shows(p.Part()) && p.CreatedBy != who.MemberID:
		return model.ErrNotFound
	case p.Status == model.ProposalDraft && p.CreatedBy != who.MemberID && who.May(model.OpManageProposals, p.Place) != nil:
		return model.ErrNotFound
	}
	return nil
}

// Proposal returns one proposal with its meetings, its tasks and what the caller has to do with it. A vote whose time is
// over is counted first. It fails with ErrNotFound for one out of the caller's sight.
func (d *Deliberation) Proposal(ctx context.Context, who model.Actor, id model.ID) (*model.Proposal, error) {
	p, err := d.store.Proposals.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := readable(ctx, d.store, who, p); err != nil {
		return nil, err
	}
	if p.VoteOver(d.now()) {
		if err := d.closeVote(ctx, id); err != nil {
			return nil, err
		}
		if p, err = d.store.Proposals.Get(ctx, id); err != nil {
			return nil, err
		}
	}
	return p, d.view(ctx, d.store, who, p)
}

// List lists proposals in the caller's sight, newest first. Drafts are the caller's own, and those that the caller manages.
// It fails with ErrCursor.
func (d *Deliberation) List(ctx context.Context, who model.Actor, states []model.ProposalStatus, page model.Page) (*model.List[*model.Proposal], error) {
	seen, err := sight(ctx, d.store, who)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("proposals:%d:%v", who.MemberID, states)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	managed, _ := who.Reach(model.OpManageProposals) // none for who manages nothing
	rows, err := d.store.Proposals.List(ctx, &repository.ProposalQuery{
		Community: who.Place.CommunityID, Sight: seen, Managed: managed, Author: who.MemberID, States: states, Before: before, Limit: page.Size() + 1,
	})
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Proposal) int64 { return int64(last.ID) })
	return list, names(ctx, d.store, list.Items...)
}

// names completes proposals with the names that they show.
func names(ctx context.Context, s *repository.Store, proposals ...*model.Proposal) error {
	var scopes, people []model.ID
	for _, p := range proposals {
		scopes, people = append(scopes, p.ScopeNodeID), append(people, p.CreatedBy)
	}
	nodes, err := s.Nodes.Names(ctx, scopes)
	if err != nil {
		return err
	}
	refs, err := s.Members.Refs(ctx, people)
	for _, p := range proposals {
		p.Shown().Scope = model.NodeRef{ID: p.ScopeNodeID, Name: nodes[p.ScopeNodeID]}
		p.Proposer = refs[p.CreatedBy]
	}
	return err
}

// view completes one proposal for a reader.
func (d *Deliberation) view(ctx context.Context, s *repository.Store, who model.Actor, p *model.Proposal) (err error) {
	if err = names(ctx, s, p); err != nil {
		return err
	}
	if p.Meetings, err = s.Proposals.Meetings(ctx, p.ID); err != nil {
		return err
	}
	if p.Tasks, err = s.Proposals.Tasks(ctx, p.ID); err != nil {
		return err
	}
	var people []model.ID
	for _, m := range p.Meetings {
		people = append(people, m.RecordedBy)
	}
	for _, t := range p.Tasks {
		people = append(people, t.OwnerID)
	}
	refs, err := s.Members.Refs(ctx, people)
	if err != nil {
		return err
	}
	for _, m := range p.Meetings {
		m.Recorder = refs[m.RecordedBy]
	}
	for _, t := range p.Tasks {
		t.Owner, t.Overdue = refs[t.OwnerID], t.DoneAt == 0 && t.DueDay < d.now().Day()
	}
	p.Mine, err = d.mine(ctx, s, who, p)
	return err
}

// mine tells what a reader has to do with a proposal.
func (d *Deliberation) mine(ctx context.Context, s *repository.Store, who model.Actor, p *model.Proposal) (*model.MyPart, error) {
	part := &model.MyPart{}
	var err error
	if part.Seconded, err = s.Proposals.Seconded(ctx, p.ID, who.MemberID); err != nil || p.OpensAt == 0 {
		return part, err
	}
	voter, err := d.voter(ctx, s, who, p)
	switch kind := model.Reason(err).Kind; {
	case err == nil:
		part.Elector = true
		part.Voted, err = s.Ballots.HasVoted(ctx, p.ID, voter)
	case kind == model.Forbidden, kind == model.NotFound:
		err = nil
	}
	return part, err
}

package deliberation

import (
	"context"
	"errors"

	"linbanglin/model"
	"linbanglin/repository"
)

// Draft is what somebody proposes.
type Draft struct {
	Kind        model.ProposalKind
	Source      model.ProposalSource
	Category    string
	Title       string
	Description string
	VoteBy      model.VotingUnit
	FourStages  bool
	Options     []string
}

func (in Draft) apply(p *model.Proposal) {
	p.Kind, p.Source, p.Category, p.Title, p.Description = in.Kind, in.Source, in.Category, in.Title, in.Description
	p.VoteBy, p.FourStages, p.Options = in.VoteBy, in.FourStages, in.Options
}

// Propose drafts a proposal for the part of the tree below a node: residents for where they live, those who manage
// proposals for what they manage; only these speak for cadres and superiors. It fails with ErrForbidden, ErrNotFound,
// ErrCategory and ErrInvalid.
func (d *Deliberation) Propose(ctx context.Context, who model.Actor, scope model.ID, in Draft) (*model.Proposal, error) {
	return repository.Once(ctx, d.store, d.now(), func(tx *repository.Store) (*model.Proposal, error) {
		node, err := tx.Nodes.Get(ctx, scope)
		if err != nil {
			return nil, err
		}
		p := &model.Proposal{ID: d.store.NewID(), Place: node.Place, ScopeNodeID: node.ID, ScopeKind: node.Kind, CreatedBy: who.MemberID}
		in.apply(p)
		if err := mayPropose(who, p); err != nil {
			return nil, err
		}
		if err := p.Draft(d.now()); err != nil {
			return nil, err
		}
		if err := tx.Proposals.Create(ctx, p); err != nil {
			return nil, err
		}
		return p, d.view(ctx, tx, who, p)
	})
}

func mayPropose(who model.Actor, p *model.Proposal) error {
	err := who.May(model.OpManageProposals, p.Place)
	if errors.Is(err, model.ErrForbidden) && p.Source == model.SourceResidents {
		return takesPart(who, p)
	}
	return err
}

// Edit replaces what a draft says, for its author and for those who manage proposals there. It fails with ErrForbidden,
// ErrNotFound, ErrStale, ErrProposalState, ErrCategory and ErrInvalid.
func (d *Deliberation) Edit(ctx context.Context, who model.Actor, id model.ID, version int64, in Draft) (*model.Proposal, error) {
	return d.change(ctx, who, id, func(_ *repository.Store, p *model.Proposal, now model.Instant) error {
		switch {
		case p.CreatedBy != who.MemberID && who.May(model.OpManageProposals, p.Place) != nil:
			return model.ErrForbidden
		case p.Status != model.ProposalDraft || p.Seconders > 0: // they seconded what it said
			return model.ErrProposalState
		case p.Version != version:
			return model.ErrStale
		case p.Kind != in.Kind || p.Source != in.Source || p.FourStages != in.FourStages:
			return model.ErrInvalid.Saying("议题的种类、来源和程序不能修改，请另提议题", "The kind, source and stages of a proposal stay; please make another.")
		}
		in.apply(p)
		p.Version, p.UpdatedAt = version+1, now
		return p.Validate()
	})
}

// Second seconds a draft of residents (附议). It fails with ErrForbidden outside of its scope, with ErrMinorVote, with
// ErrDuplicate for who did, and with ErrProposalState once it is no draft.
func (d *Deliberation) Second(ctx context.Context, who model.Actor, id model.ID) (*model.Proposal, error) {
	return repository.Once(ctx, d.store, d.now(), func(tx *repository.Store) (*model.Proposal, error) {
		now := d.now()
		p, err := tx.Proposals.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := seconds(ctx, tx, who, p, now); err != nil {
			return nil, err
		}
		if err := tx.Proposals.Second(ctx, id, who.MemberID, now); err != nil {
			return nil, err
		}
		p.Seconders++
		if err := tx.Proposals.Update(ctx, p); err != nil {
			return nil, err
		}
		return p, d.view(ctx, tx, who, p)
	})
}

// seconds fails unless the caller may second a draft. Whoever has its number may: its author gives it to neighbours.
func seconds(ctx context.Context, tx *repository.Store, who model.Actor, p *model.Proposal, now model.Instant) error {
	if p.CommunityID != who.Place.CommunityID {
		return model.ErrNotFound
	}
	if err := takesPart(who, p); err != nil {
		return err
	}
	if p.Status != model.ProposalDraft || p.Source != model.SourceResidents {
		return model.ErrProposalState
	}
	if p.CreatedBy == who.MemberID {
		return model.ErrForbidden.Saying("提议人自己不用附议", "Who proposes does not second.")
	}
	return grown(ctx, tx, who.MemberID, now)
}

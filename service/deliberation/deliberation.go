package deliberation

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// Deliberation is the use cases of proposals.
type Deliberation struct {
	store *repository.Store
	now   func() model.Instant
}

// New returns the deliberation of a store.
func New(store *repository.Store, now func() model.Instant) *Deliberation {
	return &Deliberation{store, now}
}

// change makes a step of a proposal that the caller may read, under its lock. A vote whose time is over is counted first,
// so that no step depends on when the sweep ran.
func (d *Deliberation) change(ctx context.Context, who model.Actor, id model.ID, step func(tx *repository.Store, p *model.Proposal, now model.Instant) error) (*model.Proposal, error) {
	return repository.Once(ctx, d.store, d.now(), func(tx *repository.Store) (*model.Proposal, error) {
		now := d.now()
		p, err := d.lock(ctx, tx, who, id, now)
		if err != nil {
			return nil, err
		}
		if err := step(tx, p, now); err != nil {
			return nil, err
		}
		if err := tx.Proposals.Update(ctx, p); err != nil {
			return nil, err
		}
		return p, d.view(ctx, tx, who, p)
	})
}

// lock locks a proposal that the caller may read, and counts its vote if that is over.
func (d *Deliberation) lock(ctx context.Context, tx *repository.Store, who model.Actor, id model.ID, now model.Instant) (*model.Proposal, error) {
	p, err := tx.Proposals.Lock(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := readable(ctx, tx, who, p); err != nil {
		return nil, err
	}
	_, err = count(ctx, tx, p, now)
	return p, err
}

// manage is change for who manages proposals at the scope of this one.
func (d *Deliberation) manage(ctx context.Context, who model.Actor, id model.ID, step func(tx *repository.Store, p *model.Proposal, now model.Instant) error) (*model.Proposal, error) {
	return d.change(ctx, who, id, func(tx *repository.Store, p *model.Proposal, now model.Instant) error {
		if err := who.May(model.OpManageProposals, p.Place); err != nil {
			return err
		}
		return step(tx, p, now)
	})
}

// takesPart fails with ErrForbidden unless the caller deliberates and lives in the scope of a proposal.
func takesPart(who model.Actor, p *model.Proposal) error {
	if err := who.May(model.OpDeliberate, who.Place); err != nil {
		return err
	}
	if !p.Scoped(who.Place) {
		return model.ErrForbidden.Saying("您不住在这个议题的范围内", "You do not live in the scope of this proposal.")
	}
	return nil
}

// grown fails with ErrMinorVote unless a member is surely of age.
func grown(ctx context.Context, s *repository.Store, member model.ID, now model.Instant) error {
	m, err := s.Members.Get(ctx, member)
	if err == nil && !m.Adult(now.Time().Year()) {
		err = model.ErrMinorVote
	}
	return err
}

package deliberation

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// Publish puts a draft before the neighbours, under the community's rule of its kind, which stays for it. It fails with
// ErrForbidden, ErrSeconders and ErrProposalState.
func (d *Deliberation) Publish(ctx context.Context, who model.Actor, id model.ID) (*model.Proposal, error) {
	return d.manage(ctx, who, id, func(tx *repository.Store, p *model.Proposal, now model.Instant) error {
		rule, err := ruleOf(ctx, tx, p.CommunityID, string(p.Kind))
		if err != nil {
			return err
		}
		return p.Publish(rule, now)
	})
}

// Discuss opens the discussion. It fails with ErrForbidden, ErrProposalSoon and ErrProposalState.
func (d *Deliberation) Discuss(ctx context.Context, who model.Actor, id model.ID) (*model.Proposal, error) {
	return d.manage(ctx, who, id, func(_ *repository.Store, p *model.Proposal, now model.Instant) error { return p.Discuss(now) })
}

// Cancel ends a proposal before it is decided, with a reason; votes that were cast are gone. It fails with ErrForbidden for
// anyone but its author, as long as it is a draft, and those who manage it, with ErrInvalid and ErrProposalState.
func (d *Deliberation) Cancel(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.Proposal, error) {
	return d.change(ctx, who, id, func(tx *repository.Store, p *model.Proposal, now model.Instant) error {
		own := p.Status == model.ProposalDraft && p.CreatedBy == who.MemberID
		if err := who.May(model.OpManageProposals, p.Place); err != nil && !own {
			return err
		}
		if p.Status == model.ProposalAnnounced { // a decision falls by an objection alone
			return model.ErrProposalState
		}
		if err := p.Cancel(reason, now); err != nil {
			return err
		}
		if _, err := tx.Ballots.Seal(ctx, id); err != nil {
			return err
		}
		return tx.Ballots.Destroy(ctx, id)
	})
}

// Hold puts a meeting of 四议两公开 on record; whether it passes is judged by the community's rule of its stage. It fails
// with ErrForbidden, and as Proposal.Hold does.
func (d *Deliberation) Hold(ctx context.Context, who model.Actor, id model.ID, meeting *model.ProposalMeeting) (*model.Proposal, error) {
	return d.manage(ctx, who, id, func(tx *repository.Store, p *model.Proposal, now model.Instant) error {
		rule, err := ruleOf(ctx, tx, p.CommunityID, string(meeting.Stage))
		if err != nil {
			return err
		}
		if rule.UpdatedAt != 0 && rule.UpdatedAt >= p.PublishedAt { // what was published is decided by the rule of then
			rule = model.DefaultVotingRule(string(meeting.Stage))
		}
		before, err := tx.Proposals.Meetings(ctx, id)
		if err != nil {
			return err
		}
		m := *meeting // the closure may run twice
		m.ID, m.ProposalID, m.RecordedBy, m.CreatedAt = d.store.NewID(), id, who.MemberID, now
		if err := p.Hold(&m, before, rule, now); err != nil {
			return err
		}
		return tx.Proposals.AddMeeting(ctx, &m)
	})
}

// Rules lists how the caller's community decides, each kind of vote and meeting. It fails with ErrUnbound.
func (d *Deliberation) Rules(ctx context.Context, who model.Actor) ([]*model.VotingRule, error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	own, err := d.store.Proposals.Rules(ctx, who.Place.CommunityID)
	if err != nil {
		return nil, err
	}
	byKind := map[string]*model.VotingRule{}
	for _, r := range own {
		byKind[r.Kind] = r
	}
	rules := model.DefaultVotingRules()
	for i, r := range rules {
		if byKind[r.Kind] != nil {
			rules[i] = byKind[r.Kind]
		}
	}
	return rules, nil
}

// SetRule changes how the caller's community decides; what is published already keeps its rule. It fails with ErrForbidden,
// ErrNotFound for no such kind, ErrStale and ErrInvalid.
func (d *Deliberation) SetRule(ctx context.Context, who model.Actor, rule model.VotingRule) (*model.VotingRule, error) {
	community := model.Place{CommunityID: who.Place.CommunityID}
	if err := who.May(model.OpSetVotingRules, community); err != nil {
		return nil, err
	}
	if model.DefaultVotingRule(rule.Kind) == nil {
		return nil, model.ErrNotFound
	}
	read := rule.Version
	rule.CommunityID, rule.Version, rule.UpdatedBy, rule.UpdatedAt = community.CommunityID, read+1, who.MemberID, d.now()
	if err := rule.Validate(); err != nil {
		return nil, err
	}
	err := d.store.Tx(ctx, func(tx *repository.Store) error {
		before, err := tx.Proposals.Rule(ctx, rule.CommunityID, rule.Kind)
		if err != nil {
			return err
		}
		if read == 0 && before != nil || read != 0 && before == nil {
			return model.ErrStale
		}
		return tx.Proposals.SetRule(ctx, &rule)
	})
	if err != nil && model.Reason(err) == model.ErrDuplicate {
		err = model.ErrStale
	}
	return &rule, err
}

// ruleOf returns the rule of a kind in force in a community. It fails with ErrInvalid for no such kind.
func ruleOf(ctx context.Context, s *repository.Store, community model.ID, kind string) (*model.VotingRule, error) {
	rule, err := s.Proposals.Rule(ctx, community, kind)
	if err == nil && rule == nil {
		if rule = model.DefaultVotingRule(kind); rule == nil {
			err = model.ErrInvalid.Saying("没有这种会议或表决", "There is no such meeting or vote.")
		}
	}
	return rule, err
}

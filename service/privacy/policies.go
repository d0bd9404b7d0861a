package privacy

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// PublishPolicy publishes the next version of the policy of the installation, for all communities in it. Who agreed to an
// older one is asked again. It fails with ErrForbidden for who does not administrate a whole community for the street, with
// ErrDuplicate when another one comes at the same time, and as model.NewPrivacyPolicy does.
func (p *Privacy) PublishPolicy(ctx context.Context, who model.Actor, text string, terms []*model.PurposeTerms) (*model.PrivacyPolicy, error) {
	if err := who.May(model.OpPublishPolicy, model.Place{CommunityID: who.Place.CommunityID}); err != nil {
		return nil, err
	}
	defer p.known.Forget(struct{}{})
	return repository.Once(ctx, p.store, p.now(), func(tx *repository.Store) (*model.PrivacyPolicy, error) {
		before, err := tx.Privacy.Newest(ctx)
		if err != nil {
			return nil, err
		}
		policy, err := model.NewPrivacyPolicy(before, text, terms, who.MemberID, p.now())
		if err != nil {
			return nil, err
		}
		return policy, tx.Privacy.AddPolicy(ctx, policy)
	})
}

// Policy returns a version of the policy, the newest for 0. It fails with ErrNotFound.
func (p *Privacy) Policy(ctx context.Context, version int32) (*model.PrivacyPolicy, error) {
	if version != 0 {
		return p.store.Privacy.Policy(ctx, version)
	}
	policy, err := p.store.Privacy.Newest(ctx)
	if err == nil && policy == nil {
		err = model.ErrNotFound
	}
	return policy, err
}

package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"linbanglin/model"
)

// nameOrganisers gives the joint organisers of a plan that are organisations of the community the names of those. It
// fails with ErrInvalid for one that the community does not have, or that has ended.
func (s *Campaigns) nameOrganisers(ctx context.Context, c *model.Campaign) error {
	c.Plan.Organisers = slices.Clone(c.Plan.Organisers)
	for i := range c.Plan.Organisers {
		joint := &c.Plan.Organisers[i]
		if joint.OrganisationID == 0 {
			continue
		}
		o, err := s.store.Organisations.Get(ctx, joint.OrganisationID)
		switch {
		case errors.Is(err, model.ErrNotFound) || err == nil && o.CommunityID != c.CommunityID:
			return model.ErrInvalid.Saying("参与单位中有社区没有登记的组织", "A joint organiser is no organisation of the community.")
		case err != nil:
			return err
		case !o.Active:
			return model.ErrInvalid.Saying(fmt.Sprintf("组织「%s」已停用，不能作为参与单位", o.Name), "A joint organiser is not active any more.")
		}
		joint.Organisation = o.Name
	}
	return nil
}

// wantOrganiser fails with ErrNotFound unless the caller acts for a joint organiser of a campaign.
func (s *Campaigns) wantOrganiser(ctx context.Context, who model.Actor, c *model.Campaign) error {
	if !slices.ContainsFunc(c.Plan.Organisers, func(o model.JointOrganiser) bool { return o.OrganisationID != 0 }) {
		return model.ErrNotFound
	}
	mine, err := s.store.Organisations.OfMember(ctx, who.MemberID)
	if err != nil {
		return err
	}
	for _, o := range c.Plan.Organisers {
		if slices.Contains(mine, o.OrganisationID) {
			return nil
		}
	}
	return model.ErrNotFound
}

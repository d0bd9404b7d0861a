package ledger

import (
	"context"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// LeftOf locks members and returns what the limits of a campaign leave each of them of a measure; nothing for a campaign
// without such a limit. What a member has of a campaign with limits changes only under that lock.
func LeftOf(ctx context.Context, tx *repository.Store, c *model.Campaign, measure model.Measure, members []model.ID) (map[model.ID]*Allowance, error) {
	most := c.Rules.MemberPointsLimit
	if measure == model.Minutes {
		most = c.Rules.MemberMinutesLimit
	}
	if most == 0 {
		return nil, nil
	}
	members = slices.Clone(members)
	slices.Sort(members)
	left := map[model.ID]*Allowance{}
	for _, member := range slices.Compact(members) {
		if _, err := tx.Members.Lock(ctx, member); err != nil {
			return nil, err
		}
		had, err := tx.Campaigns.Earned(ctx, c, member)
		if err != nil {
			return nil, err
		}
		left[member] = &Allowance{most - had.Of(measure), model.ErrCampaignCap}
	}
	return left, nil
}

// limited returns the campaign of an award when it limits what one member may have, nil otherwise.
func (l *Ledger) limited(ctx context.Context, campaign model.ID) (*model.Campaign, error) {
	if campaign == 0 {
		return nil, nil
	}
	c, err := l.campaigns.Get(ctx, campaign)
	if err != nil || !c.Rules.Limited() {
		return nil, err
	}
	return c, nil
}

// awardWithin posts an award of a campaign with limits, if they leave so much to the member.
func (l *Ledger) awardWithin(ctx context.Context, c *model.Campaign, p *Posting) (*Receipt, error) {
	defer l.Nudge()
	return repository.Once(ctx, l.store, l.now(), func(tx *repository.Store) (*Receipt, error) {
		left, err := LeftOf(ctx, tx, c, p.Credit.Measure, []model.ID{p.Member.ID})
		if err != nil {
			return nil, err
		}
		job := Job{Postings: []Posting{*p}}
		if allowed := left[p.Member.ID]; allowed != nil {
			job.Allowances = []*Allowance{allowed}
		}
		outcomes, err := l.PostMany(ctx, tx, []Job{job})
		if err == nil {
			err = outcomes[0].Err
		}
		if err != nil {
			return nil, err
		}
		return receiptOf(outcomes[0].Results), nil
	})
}

package campaign

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
	"linbanglin/service/notify"
)

// movement is so many points that a campaign's budget gets out of the community's pool, or gives back when they are
// negative, once under a key.
type movement struct {
	key    string
	amount int64
	reason string
}

// budgetKey is the key of the transfer that gives a campaign its budget.
func budgetKey(c *model.Campaign) string { return "campaign:" + c.ID.String() + ":budget" }

// moveBudget posts points between the community's pool and a campaign's budget.
func (s *Campaigns) moveBudget(ctx context.Context, tx *repository.Store, by model.ID, c *model.Campaign, m movement) error {
	if m.amount == 0 {
		return nil
	}
	p := ledger.Posting{
		Key: m.key, Code: model.CodeBudget, Amount: m.amount, Ref: model.RefCampaign, RefID: c.ID, Actor: by, Memo: m.reason,
		Debit: model.Pool(c.CommunityID, model.Points), Credit: model.Budget(c.CommunityID, c.ID, model.Points),
	}
	if m.amount < 0 {
		p.Amount = -m.amount
		p.Debit, p.Credit = p.Credit, p.Debit
	}
	_, err := s.ledger.PostTx(ctx, tx, p)
	return err
}

// returnBudget gives back to the pool what is left of a campaign's budget.
func (s *Campaigns) returnBudget(ctx context.Context, tx *repository.Store, by model.ID, c *model.Campaign) error {
	left, err := s.ledger.BudgetTx(ctx, tx, c)
	if err != nil {
		return err
	}
	return s.moveBudget(ctx, tx, by, c, movement{"campaign:" + c.ID.String() + ":return", -left, ""})
}

// SetBudget changes the budget of a campaign from its publication until it is closed, and says why. The points come from
// the community's pool, which has no bottom, or go back to it. When it is raised, whoever was turned away for want of it
// is told. It fails with ErrForbidden for who does not manage the campaign, with ErrOwnCampaign for who made it and raises it
// where the community wants a second person or the campaign had one, with ErrBudgetSpent below what was given out and is held, with
// ErrCampaignState, and with ErrInvalid, also when nothing changes.
func (s *Campaigns) SetBudget(ctx context.Context, who model.Actor, id model.ID, points int64, reason string) (*model.Campaign, error) {
	defer s.ledger.Nudge()
	return s.change(ctx, who, id, func(tx *repository.Store, c *model.Campaign, now model.Instant) error {
		left, err := s.ledger.BudgetTx(ctx, tx, c) // nobody spends of it meanwhile
		if err != nil {
			return err
		}
		more, err := c.SetBudget(points, left, now)
		if err != nil {
			return err
		}
		if err := s.moveBudget(ctx, tx, who.MemberID, c, movement{fmt.Sprintf("%s:%d", budgetKey(c), c.Version), more, reason}); err != nil {
			return err
		}
		if more > 0 {
			if err := s.raised(ctx, tx, who, c, now); err != nil {
				return err
			}
		}
		return s.recallBudget(ctx, tx, who, c)
	})
}

// raised sees that somebody may raise a budget, and tells whom it did not cover. It fails with ErrOwnCampaign.
func (s *Campaigns) raised(ctx context.Context, tx *repository.Store, who model.Actor, c *model.Campaign, now model.Instant) error {
	settings, err := tx.Campaigns.Settings(ctx, c.CommunityID)
	if err != nil {
		return err
	}
	if err := c.MayRaise(who.MemberID, settings.Review); err != nil {
		return err
	}
	return tellRefused(ctx, tx, c, now)
}

// tellRefused tells whom the budget did not cover that they may come again.
func tellRefused(ctx context.Context, tx *repository.Store, c *model.Campaign, now model.Instant) error {
	waiting, err := tx.Campaigns.RefusedFor(ctx, c.ID, model.ErrBudget.Code)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("活动「%s」增加了积分预算，您可以再扫码签到。", c.Title)
	if now >= c.EndsAt {
		text = fmt.Sprintf("活动「%s」增加了积分预算，活动已结束，请联系组织者为您补签到。", c.Title)
	}
	notices := make([]*model.Notice, len(waiting))
	for i, member := range waiting {
		notices[i] = campaignNotice(c, member, model.NoticeCampaignBudget, fmt.Sprintf("budget:%d", c.Version), "可以再来签到了", text, now)
	}
	return notify.Tell(ctx, tx, notices...)
}

// recallBudget puts on a campaign how its budget was changed; who did is for those who manage the campaign.
func (s *Campaigns) recallBudget(ctx context.Context, store *repository.Store, who model.Actor, c *model.Campaign) error {
	changes, err := store.Points.BudgetChanges(ctx, budgetKey(c))
	if c.BudgetChanges = changes; err != nil || len(changes) == 0 {
		return err
	}
	if err := s.mayManage(ctx, store, who, c); err != nil {
		if errors.Is(err, model.ErrForbidden) {
			return nil
		}
		return err
	}
	people := make([]model.ID, len(changes))
	for i, x := range changes {
		people[i] = x.ByID
	}
	refs, err := store.Members.Refs(ctx, people)
	for _, x := range changes {
		if ref, ok := refs[x.ByID]; ok {
			x.By = &ref
		}
	}
	return err
}

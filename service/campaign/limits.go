package campaign

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

// left locks a member and returns how much of an amount the limits of a campaign leave them. What a member has of a
// campaign with limits changes only under that lock.
func left(ctx context.Context, tx *repository.Store, c *model.Campaign, member model.ID, more model.Earned) (*model.Member, model.Earned, error) {
	m, err := tx.Members.Lock(ctx, member)
	if err != nil {
		return nil, more, err
	}
	had, err := tx.Campaigns.Earned(ctx, c, member)
	return m, c.Rules.Within(had, more), err
}

// minutesLeft returns how many of the minutes of a check-in the limits leave its member, who has some more than is written
// yet.
func minutesLeft(ctx context.Context, tx *repository.Store, c *model.Campaign, k *model.Checkin, unwritten int64) (int64, error) {
	_, rest, err := left(ctx, tx, c, k.MemberID, model.Earned{Minutes: k.Minutes + unwritten})
	return max(0, rest.Minutes-unwritten), err
}

// checkInLimited books a check-in at a campaign that limits what one member may have, or whose sessions go on beside each
// other. It fails with ErrStillInside and ErrBudget.
func (s *Campaigns) checkInLimited(ctx context.Context, c *model.Campaign, k *model.Checkin, member *model.Member, actor model.ID) (*model.Checkin, error) {
	defer s.ledger.Nudge()
	made, err := repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Checkin, error) {
		_, rest, err := left(ctx, tx, c, member.ID, model.Earned{Points: c.Rules.PointsPerCheckin, Minutes: c.Rules.MinutesPerCheckin})
		if err != nil {
			return nil, err
		}
		if had, err := tx.Campaigns.Checkin(ctx, c.ID, k.Session, member.ID); !errors.Is(err, model.ErrNotFound) {
			return had, err
		}
		if err := wantLeft(ctx, tx, c, k); err != nil {
			return nil, err
		}
		rules, err := s.ledger.RulesTx(ctx, tx, c.CommunityID)
		if err != nil {
			return nil, err
		}
		limited := *c
		limited.Rules.PointsPerCheckin, limited.Rules.MinutesPerCheckin = rest.Points, rest.Minutes
		made := *k
		return &made, s.postJob(ctx, tx, rewarded(&limited, &made, member, rules, actor))
	})
	return made, err
}

// postJob posts a job with its rows within a transaction.
func (s *Campaigns) postJob(ctx context.Context, tx *repository.Store, job ledger.Job) error {
	var results []ledger.Result
	if len(job.Postings) > 0 {
		var err error
		if results, err = s.ledger.PostTx(ctx, tx, job.Postings...); err != nil {
			return err
		}
	}
	rows, err := job.Rows(results)
	if err != nil {
		return err
	}
	return tx.Insert(ctx, rows)
}

// wantPlace fails with ErrNotSignedUp for who must accept something before they take part, and has no place.
func wantPlace(ctx context.Context, tx *repository.Store, c *model.Campaign, member *model.Member) error {
	if !c.SignupFirst(member) {
		return nil
	}
	has, err := tx.Campaigns.HasPlace(ctx, c.ID, member.ID)
	if err == nil && !has {
		err = model.ErrNotSignedUp
	}
	return err
}

// ItemInput is an item of a campaign that a member did.
type ItemInput struct {
	Member model.ID
	Item   string
	Times  int
}

// maxTimes is how often an item may be done in one note.
const maxTimes = 100

// DoItem notes that a member did an item of a campaign, and books what that earns out of the budget as declared, as far
// as the limits leave it. It fails with ErrForbidden for who does not manage the campaign, with ErrSelfAward,
// ErrCampaignItem, ErrCampaignScope, ErrCampaignState, ErrNotSignedUp, ErrCampaignCap when nothing is left for the member, and ErrBudget.
func (s *Campaigns) DoItem(ctx context.Context, who model.Actor, id model.ID, in ItemInput) (*model.ItemDone, error) {
	if in.Times < 1 || in.Times > maxTimes {
		return nil, model.ErrInvalid.Saying("次数应为 1 到 100", "An item is done 1 to 100 times.")
	}
	if in.Member == who.MemberID {
		return nil, model.ErrSelfAward
	}
	defer s.ledger.Nudge()
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.ItemDone, error) {
		c, err := tx.Campaigns.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := s.mayManage(ctx, tx, who, c); err != nil {
			return nil, err
		}
		if err := c.LetsOut(s.now()); err != nil {
			return nil, err
		}
		earned, err := c.Rules.Item(in.Item, in.Times)
		if err != nil {
			return nil, err
		}
		member, rest, err := left(ctx, tx, c, in.Member, earned)
		switch {
		case err != nil:
			return nil, err
		case member.CommunityID != c.CommunityID || member.MergedInto != 0:
			return nil, model.ErrNotFound
		case !c.Scope().Covers(member.Place):
			return nil, model.ErrCampaignScope
		case rest == model.Earned{} && earned != model.Earned{}:
			return nil, model.ErrCampaignCap
		}
		if err := wantPlace(ctx, tx, c, member); err != nil {
			return nil, err
		}
		done := &model.ItemDone{
			ID: tx.NewID(), CampaignID: c.ID, MemberID: member.ID, Item: in.Item, Times: in.Times, CreatedBy: who.MemberID, CreatedAt: s.now(),
			Member: model.MemberRef{ID: member.ID, DisplayName: member.DisplayName()},
		}
		if err := s.bookItem(ctx, tx, c, done, member, rest); err != nil {
			return nil, err
		}
		return done, tx.Campaigns.AddItem(ctx, done)
	})
}

// bookItem books what an item earns: points out of the budget, and minutes.
func (s *Campaigns) bookItem(ctx context.Context, tx *repository.Store, c *model.Campaign, done *model.ItemDone, member *model.Member, earns model.Earned) error {
	rules, err := s.ledger.RulesTx(ctx, tx, c.CommunityID)
	if err != nil {
		return err
	}
	base := ledger.Posting{
		Key: fmt.Sprintf("campaign-item:%d", done.ID), Code: model.RuleCampaign, Rules: rules, Class: model.Declared, Clip: true,
		Ref: model.RefCampaign, RefID: c.ID, Campaign: c.ID, Member: member, At: c.Counts(done.CreatedAt), Actor: done.CreatedBy, Memo: done.Item,
	}
	var postings []ledger.Posting
	var amounts []*int64
	if earns.Points > 0 {
		p := base
		p.Amount = earns.Points
		p.Debit, p.Credit = model.Budget(c.CommunityID, c.ID, model.Points), model.Wallet(c.CommunityID, member.ID, model.Points)
		postings, amounts = append(postings, p), append(amounts, &done.Points)
	}
	if earns.Minutes > 0 {
		postings, amounts = append(postings, minutes(base, earns.Minutes)), append(amounts, &done.Minutes)
	}
	if len(postings) == 0 {
		return nil
	}
	results, err := s.ledger.PostTx(ctx, tx, postings...)
	for i, r := range results {
		*amounts[i] = r.Amount
	}
	return err
}

// Items lists what was done at a campaign, newest first, for those who manage it. It fails with ErrForbidden and
// ErrCursor.
func (s *Campaigns) Items(ctx context.Context, who model.Actor, id model.ID, page model.Page) (*model.List[*model.ItemDone], error) {
	c, err := s.store.Campaigns.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.mayManage(ctx, s.store, who, c); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("items:%d", id)
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.Campaigns.Items(ctx, id, firstID(after), page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.ItemDone) int64 { return int64(last.ID) })
	people := make([]model.ID, len(list.Items))
	for i, d := range list.Items {
		people[i] = d.MemberID
	}
	refs, err := s.store.Members.Refs(ctx, people)
	for _, d := range list.Items {
		d.Member = refs[d.MemberID]
	}
	return list, err
}

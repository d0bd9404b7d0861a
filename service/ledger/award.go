package ledger

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// Award is what an organizer gives a member by hand.
type Award struct {
	Member   model.ID
	Amount   int64
	Code     string
	Campaign model.ID // zero: from the community's pool
	Matter   model.ID // that it is given for; zero: none. It is taken back when the member broke a promise about it
	Memo     string
}

// Receipt tells what was posted and the member's balance after it.
type Receipt struct {
	TransferID model.ID `json:"transfer_id"`
	Balance    int64    `json:"balance"`
}

// Award gives a member points by a rule, from the community's pool or a campaign's budget; being given by
// hand, they are of class declared. The context's idempotency key makes it happen once. It fails with
// ErrKeyRequired without a key, ErrSelfAward, ErrAmount, ErrRule, ErrForbidden outside the caller's
// scope, ErrCampaignState, ErrCampaignScope, ErrCampaignCap and ErrBudget; for a matter with ErrNotFound when the caller does
// not read it, and with ErrForfeited.
func (l *Ledger) Award(ctx context.Context, who model.Actor, a Award) (*Receipt, error) {
	promise := model.IdempotencyOf(ctx)
	switch {
	case promise == nil:
		return nil, model.ErrKeyRequired
	case a.Campaign != 0 && a.Matter != 0:
		return nil, errTwoCauses
	}
	p, err := l.award(ctx, who, a)
	if err != nil {
		return repository.AnswerOr[*Receipt](ctx, l.store, err)
	}
	p.Key, p.Hash = "award:"+who.MemberID.String()+":"+promise.Key, promise.Hash[:]
	if a.Matter != 0 {
		if err := l.bearOn(ctx, who, p, a.Matter); err != nil {
			return repository.AnswerOr[*Receipt](ctx, l.store, err)
		}
		return l.awardFor(ctx, a.Matter, p)
	}
	c, err := l.limited(ctx, p.Campaign)
	if err != nil {
		return nil, err
	}
	if c != nil {
		return l.awardWithin(ctx, c, p)
	}
	receipt, _, err := Once(ctx, l, Job{Postings: []Posting{*p}}, l.now(), receiptOf)
	return receipt, err
}

func receiptOf(results []Result) *Receipt { return &Receipt{results[0].TransferID, results[0].Balance} }

func (l *Ledger) award(ctx context.Context, who model.Actor, a Award) (*Posting, error) {
	member, err := l.store.Members.Known(ctx, a.Member)
	if err != nil {
		return nil, err
	}
	return l.Grant(ctx, who, member, a)
}

// Grant checks an award to a member and makes its posting, which lacks a key. It fails as Award does. It must not
// be called within a transaction, because it reads on connections of its own.
func (l *Ledger) Grant(ctx context.Context, who model.Actor, member *model.Member, a Award) (*Posting, error) {
	if member.MergedInto != 0 {
		return nil, model.ErrNotFound
	}
	if err := who.May(model.OpAward, member.Place); err != nil {
		return nil, err
	}
	if a.Amount < 1 || a.Amount > model.MaxAmount {
		return nil, model.ErrAmount
	}
	if member.ID == who.MemberID {
		return nil, model.ErrSelfAward
	}
	rules, err := l.Rules(ctx, member.CommunityID)
	if err != nil {
		return nil, err
	}
	rule, err := rules.Find(a.Code)
	if err != nil {
		return nil, err
	}
	if rule.Amount != nil && *rule.Amount != a.Amount {
		return nil, model.ErrAmount.Saying("这条规则的数量是固定的", "The rule fixes the amount.")
	}
	p := &Posting{
		Debit: model.Pool(member.CommunityID, rule.Measure), Credit: model.Wallet(member.CommunityID, member.ID, rule.Measure),
		Amount: a.Amount, Code: rule.Code, Rules: rules, Class: model.Declared,
		Ref: model.RefAward, Member: member, Actor: who.MemberID, Memo: a.Memo,
	}
	if a.Campaign == 0 {
		return p, nil
	}
	return p, l.charge(ctx, who, p, a.Campaign)
}

// charge has the budget of a campaign pay that the caller manages. A state read a second ago is good enough:
// what is sealed after the campaign closed does not count for its boards, and a settled campaign has no budget
// left.
func (l *Ledger) charge(ctx context.Context, who model.Actor, p *Posting, id model.ID) error {
	campaign, err := l.campaigns.Get(ctx, id)
	if err != nil {
		return err
	}
	if campaign.CommunityID != p.Member.CommunityID {
		return model.ErrNotFound
	}
	scope, err := l.nodes.Get(ctx, campaign.ScopeNodeID)
	if err != nil {
		return err
	}
	if err := who.May(model.OpManageCampaign, scope.Place); err != nil {
		return err
	}
	switch {
	case campaign.Status != model.CampaignPublished && campaign.Status != model.CampaignClosing:
		return model.ErrCampaignState
	case !campaign.Scope().Covers(p.Member.Place):
		return model.ErrCampaignScope
	}
	p.Campaign, p.Ref, p.RefID, p.At = campaign.ID, model.RefCampaign, campaign.ID, campaign.Counts(l.now())
	if p.Credit.Measure == model.Points {
		p.Debit = model.Budget(campaign.CommunityID, campaign.ID, model.Points)
	}
	return nil
}

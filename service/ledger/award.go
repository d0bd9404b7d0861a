package ledger

import (
	"context"
	"errors"

	"linbanglin/model"
	"linbanglin/repository"
)

// Award is what an organizer gives a member by hand.
type Award struct {
	Member   model.ID
	Amount   int64
	Code     string
	Campaign model.ID // zero: from the community's pool
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
// scope, ErrCampaignState, ErrCampaignScope and ErrBudget.
func (l *Ledger) Award(ctx context.Context, who model.Actor, a Award) (*Receipt, error) {
	promise := model.IdempotencyOf(ctx)
	if promise == nil {
		return nil, model.ErrKeyRequired
	}
	p, err := l.award(ctx, who, a)
	if err != nil {
		return nil, err
	}
	p.Key, p.Hash = "award:"+who.MemberID.String()+":"+promise.Key, promise.Hash[:]
	results, err := l.Post(ctx, Job{Postings: []Posting{*p}})
	if err != nil {
		return nil, err
	}
	if results[0].Replayed {
		promise.Replayed()
	}
	return &Receipt{results[0].TransferID, results[0].Balance}, nil
}

// award checks an award and makes its posting.
func (l *Ledger) award(ctx context.Context, who model.Actor, a Award) (*Posting, error) {
	if a.Amount < 1 || a.Amount > model.MaxAmount {
		return nil, model.ErrAmount
	}
	member, err := l.members.Get(ctx, a.Member)
	if err != nil {
		return nil, err
	}
	if err := who.May(model.OpAward, member.Place); err != nil {
		return nil, err
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
		Amount: a.Amount, Code: rule.Code, RuleVersion: rules.Version, Class: model.Declared,
		Ref: model.RefAward, Member: member, Actor: who.MemberID, Memo: a.Memo,
	}
	if a.Campaign == 0 {
		return p, nil
	}
	return p, l.charge(ctx, p, a.Campaign)
}

// charge has the campaign's budget pay. A state read a second ago is good enough: what is sealed after
// the campaign closed does not count for its boards, and a settled campaign has no budget left.
func (l *Ledger) charge(ctx context.Context, p *Posting, id model.ID) error {
	campaign, err := l.campaigns.Get(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case campaign.CommunityID != p.Member.CommunityID:
		return model.ErrNotFound
	case campaign.Status != model.CampaignPublished && campaign.Status != model.CampaignClosing:
		return model.ErrCampaignState
	case !campaign.Scope().Covers(p.Member.Place):
		return model.ErrCampaignScope
	}
	p.Campaign, p.Ref, p.RefID = campaign.ID, model.RefCampaign, campaign.ID
	if p.Credit.Measure == model.Points {
		p.Debit = model.Budget(campaign.CommunityID, campaign.ID, model.Points)
	}
	return nil
}

// Reverse takes back what a transfer gave, once and with a reason. It counts where and when the original
// did. It fails with ErrNotReversible for what is no award, and with ErrAlreadyReversed.
func (l *Ledger) Reverse(ctx context.Context, who model.Actor, id model.ID, reason string) (*Receipt, error) {
	if model.IdempotencyOf(ctx) == nil {
		return nil, model.ErrKeyRequired
	}
	receipt, err := repository.Once(ctx, l.store, l.now(), func(tx *repository.Store) (*Receipt, error) {
		original, err := tx.Points.Transfer(ctx, id)
		if err != nil {
			return nil, err
		}
		at := model.Place{CommunityID: original.CommunityID, AreaID: original.AreaID, GridID: original.GridID, BranchID: original.BranchID}
		if err := who.May(model.OpReverse, at); err != nil {
			return nil, err
		}
		reversal, err := l.Reversal(ctx, tx, original, who.MemberID, reason)
		if err != nil {
			return nil, err
		}
		results, err := l.PostTx(ctx, tx, reversal)
		if err != nil {
			return nil, err
		}
		if results[0].Replayed {
			return nil, model.ErrAlreadyReversed
		}
		return &Receipt{results[0].TransferID, results[0].Balance}, nil
	})
	if errors.Is(err, model.ErrDuplicate) {
		err = model.ErrAlreadyReversed
	}
	if err == nil {
		l.Nudge()
	}
	return receipt, err
}

// Reversal returns the posting that takes back what a transfer gave; posted by PostTx, it is replayed when
// the transfer was reversed before. It fails with ErrNotReversible for what is no award.
func (l *Ledger) Reversal(ctx context.Context, tx *repository.Store, original *model.Transfer, by model.ID, reason string) (Posting, error) {
	if original.Kind != model.KindPost || original.MemberID == 0 {
		return Posting{}, model.ErrNotReversible
	}
	sides, err := tx.Points.Accounts(ctx, []model.ID{original.DebitID, original.CreditID})
	if err != nil {
		return Posting{}, err
	}
	keys := map[model.ID]model.AccountKey{}
	for _, a := range sides {
		keys[a.ID] = a.Key()
	}
	return Posting{
		Key: "reverse:" + original.ID.String(), Debit: keys[original.CreditID], Credit: keys[original.DebitID], Amount: original.Amount,
		Code: model.CodeReverse, Ref: model.RefTransfer, RefID: original.ID, Actor: by, Memo: reason, reverses: original,
	}, nil
}

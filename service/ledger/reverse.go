package ledger

import (
	"context"
	"errors"

	"linbanglin/model"
	"linbanglin/repository"
)

// errOfOrder is what only the shop undoes, together with the order.
var errOfOrder = model.ErrNotReversible.Saying("积分超市的兑换请在订单上退回", "What was redeemed is refunded on its order.")

// Reverse undoes a transfer of a member's points or minutes, once and with a reason: what was granted is taken
// back, what was spent or expired is given back. It counts where and when the original did. It fails with
// ErrNotReversible for what is no such transfer, with ErrOwnTransfer for the caller's own, and with ErrAlreadyReversed.
func (l *Ledger) Reverse(ctx context.Context, who model.Actor, id model.ID, reason string) (*Receipt, error) {
	if model.IdempotencyOf(ctx) == nil {
		return nil, model.ErrKeyRequired
	}
	defer l.Nudge()
	return repository.Once(ctx, l.store, l.now(), func(tx *repository.Store) (*Receipt, error) {
		original, err := tx.Points.Transfer(ctx, id)
		if err != nil {
			return nil, err
		}
		at := model.Place{CommunityID: original.CommunityID, AreaID: original.AreaID, GridID: original.GridID, BranchID: original.BranchID}
		if err := who.May(model.OpReverse, at); err != nil {
			return nil, err
		}
		switch {
		case original.MemberID == who.MemberID:
			return nil, model.ErrOwnTransfer
		case original.RefType == model.RefOrder:
			return nil, errOfOrder
		}
		return l.ReverseTx(ctx, tx, original, who.MemberID, reason)
	})
}

// ReverseTx is Reverse within the caller's transaction, which has checked who may. The caller calls Nudge
// after its commit.
func (l *Ledger) ReverseTx(ctx context.Context, tx *repository.Store, original *model.Transfer, by model.ID, reason string) (*Receipt, error) {
	reversible := original.Kind == model.KindPost || original.Kind == model.KindSettle || original.Kind == model.KindExpire
	if !reversible || original.MemberID == 0 {
		return nil, model.ErrNotReversible
	}
	postings, err := l.reversal(ctx, tx, original, by, reason)
	if err != nil {
		return nil, err
	}
	results, err := l.PostTx(ctx, tx, postings...)
	switch {
	case errors.Is(err, model.ErrDuplicate), err == nil && results[0].Replayed:
		return nil, model.ErrAlreadyReversed
	case err != nil:
		return nil, err
	}
	return receiptOf(results), nil
}

// reversal makes the postings that undo a transfer. What a campaign that is settled or cancelled gets back it cannot
// spend any more: it goes on to the pool, as what was left of the budget did.
func (l *Ledger) reversal(ctx context.Context, tx *repository.Store, o *model.Transfer, by model.ID, reason string) ([]Posting, error) {
	sides, err := tx.Points.Accounts(ctx, []model.ID{o.DebitID, o.CreditID})
	if err != nil {
		return nil, err
	}
	keys := map[model.ID]model.AccountKey{}
	for _, a := range sides {
		keys[a.ID] = a.Key()
	}
	p := Posting{
		Key: "reverse:" + o.ID.String(), Debit: keys[o.CreditID], Credit: keys[o.DebitID], Amount: o.Amount,
		Code: model.CodeReverse, Ref: model.RefTransfer, RefID: o.ID, Actor: by, Memo: reason, reverses: o,
	}
	if o.RuleVersion != 0 {
		if p.Rules, err = tx.Points.RuleSet(ctx, o.CommunityID, o.RuleVersion); err != nil {
			return nil, err
		}
	}
	if p.Credit.OwnerType != model.OwnerCampaign {
		return []Posting{p}, nil
	}
	campaign, err := tx.Campaigns.Lock(ctx, p.Credit.OwnerID) // so that it is not settled meanwhile
	if err != nil || !campaign.Status.Over() {
		return []Posting{p}, err
	}
	return []Posting{p, {
		Key: p.Key + ":return", Debit: p.Credit, Credit: model.Pool(o.CommunityID, o.Measure), Amount: o.Amount,
		Code: model.CodeBudget, Ref: model.RefCampaign, RefID: campaign.ID, Actor: by, Memo: reason,
	}}, nil
}

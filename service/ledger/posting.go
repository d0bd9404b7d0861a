package ledger

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// Posting asks for one transfer.
type Posting struct {
	Key         string // at most once in the whole ledger
	Hash        []byte // what the key stands for, 32 bytes or none; the key with another hash is refused
	Debit       model.AccountKey
	Credit      model.AccountKey
	Amount      int64
	Code        string
	RuleVersion int32
	Class       model.Class
	Ref         model.RefType
	RefID       model.ID
	Campaign    model.ID
	Member      *model.Member // who earns; nil when nobody does, as in a budget's move
	At          model.Instant // when the service was done, which decides the boards' periods; 0: now
	Actor       model.ID
	Memo        string

	reverses *model.Transfer
}

// Result is what became of a posting.
type Result struct {
	TransferID model.ID
	Balance    int64 // of the member's account after it; 0 without a member
	Replayed   bool  // it had been posted before, and is not posted again
}

// Job is one or more postings that happen together or not at all.
type Job struct {
	Postings []Posting
	// Then writes what belongs to the postings, in their transaction; it may run twice, and does not run
	// when the postings had been posted before. Nil for nothing.
	Then func(ctx context.Context, tx *repository.Store, results []Result) error

	promise *model.Idempotency // of the caller, for Then
}

// transfer makes the row that the posting asks for, but for its accounts.
func (p *Posting) transfer(id model.ID, now model.Instant) *model.Transfer {
	at := p.At
	if at == 0 {
		at = now
	}
	t := &model.Transfer{
		ID: id, CommunityID: p.Credit.CommunityID, Measure: p.Credit.Measure, Kind: model.KindPost,
		Code: p.Code, RuleVersion: p.RuleVersion, Class: p.Class, Amount: p.Amount,
		IdemKey: p.Key, IdemHash: append([]byte{}, p.Hash...), RefType: p.Ref, RefID: p.RefID, CampaignID: p.Campaign,
		BizDay: at.Day(), EffectiveAt: at, CreatedAt: now, ActorID: p.Actor, Memo: p.Memo,
	}
	if m := p.Member; m != nil {
		t.MemberID, t.AreaID, t.GridID, t.BranchID = m.ID, m.AreaID, m.GridID, m.BranchID
		if t.Measure == model.Points {
			t.Score = t.Amount
		}
		if m.Adult(at.Time().Year()) {
			t.Ranked = 1
		}
	}
	if o := p.reverses; o != nil {
		// It counts where and when the original did, so that every total of that day follows.
		t.Kind, t.ReversesID, t.Class, t.RuleVersion = model.KindReverse, &o.ID, o.Class, o.RuleVersion
		t.MemberID, t.AreaID, t.GridID, t.BranchID, t.CampaignID = o.MemberID, o.AreaID, o.GridID, o.BranchID, o.CampaignID
		t.Score, t.Ranked, t.BizDay, t.EffectiveAt = -o.Score, o.Ranked, o.BizDay, o.EffectiveAt
	}
	return t
}

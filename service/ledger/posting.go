package ledger

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// Posting asks for one transfer.
type Posting struct {
	Key      string             // at most once in the whole ledger
	Hash     []byte             // what the key stands for, 32 bytes or none; the key with another hash is refused
	Kind     model.TransferKind // zero: a post
	Debit    model.AccountKey
	Credit   model.AccountKey
	Amount   int64 // a release and a lapse have that of their hold, an expiry what remains
	Code     string
	Rules    *model.RuleSet // that grant it, with caps and how long it lives; nil when none does
	Class    model.Class
	Clip     bool // grants what the caps leave, nothing included, instead of failing
	Ref      model.RefType
	RefID    model.ID
	Campaign model.ID
	Batch    model.ID
	Member   *model.Member // whose wallet it is about; nil when nobody's, as in a budget's move
	Counter  model.ID      // the member who was helped
	Hold     model.ID      // that it ends
	Until    model.Instant // when a hold lapses at the latest
	Lot      model.Day     // that expires
	At       model.Instant // when the service was done, which decides the boards' periods and the caps'; 0: now
	Actor    model.ID
	Memo     string

	reverses *model.Transfer
}

// Result is what became of a posting. A posting of which the caps left nothing has no transfer.
type Result struct {
	TransferID model.ID
	Amount     int64
	Balance    int64 // of the member's account after it; 0 without a member
	Replayed   bool  // it had been posted before, and is not posted again
}

// Job is one or more postings that happen together or not at all.
type Job struct {
	Postings []Posting
	// Rows are written with the postings, in their transaction; not when the postings had been posted
	// before. Nil for none.
	Rows func(results []Result) ([]repository.Insertion, error)
	// Change, if there is one, is made before the postings, in their transaction. It changes the business row
	// that they belong to, whose id is Row, or fails with ErrStale and has changed nothing. Those of jobs that are
	// posted together are made in the order of their rows. A job whose own keys were posted for another change fails
	// with ErrStale too.
	Change func(ctx context.Context, tx *repository.Store) error
	Row    model.ID
	// Allowances are what may still be granted to jobs that share them, of one transaction; what the job
	// grants is taken off each.
	Allowances []*Allowance

	promise *model.Idempotency // of the caller
}

// Allowance is how much may still be granted, and what a job that asks for more fails with.
type Allowance struct {
	Left int64
	Over *model.Error
}

// tracked returns the accounts that are locked for the job, some of them more than once.
func (j *Job) tracked() (keys []model.AccountKey) {
	for i := range j.Postings {
		for _, k := range j.Postings[i].accounts() {
			if k.Tracked() {
				keys = append(keys, k)
			}
		}
	}
	return keys
}

// wallet returns the account of the member that the posting is about.
func (p *Posting) wallet() model.AccountKey {
	if p.Debit.OwnerType == model.OwnerMember {
		return p.Debit
	}
	return p.Credit
}

// rule returns the rule that grants it, nil when none does.
func (p *Posting) rule() *model.Rule {
	if p.Rules == nil {
		return nil
	}
	code := p.Code
	if p.reverses != nil {
		code = p.reverses.Code
	}
	rule, err := p.Rules.Find(code)
	if err != nil {
		return nil
	}
	return rule
}

// counter returns the account of the other of a pair, if pairs are capped.
func (p *Posting) counter() (model.AccountKey, bool) {
	rule, other := p.rule(), p.Counter
	if p.reverses != nil {
		other = p.reverses.CounterID
	}
	if rule == nil || rule.Caps.Pair == 0 || other == 0 {
		return model.AccountKey{}, false
	}
	return model.Wallet(p.Credit.CommunityID, other, p.Credit.Measure), true
}

// accounts returns every account that the posting names.
func (p *Posting) accounts() []model.AccountKey {
	keys := []model.AccountKey{p.Debit, p.Credit}
	if other, ok := p.counter(); ok {
		keys = append(keys, other)
	}
	return keys
}

// transfer makes the row that the posting asks for.
func (p *Posting) transfer(id model.ID, ids map[model.AccountKey]model.ID, now model.Instant) *model.Transfer {
	at := p.At
	if at == 0 {
		at = now
	}
	t := &model.Transfer{
		ID: id, CommunityID: p.Credit.CommunityID, Measure: p.Credit.Measure, Kind: max(p.Kind, model.KindPost),
		Code: p.Code, Class: p.Class, DebitID: ids[p.Debit], CreditID: ids[p.Credit], Amount: p.Amount,
		IdemKey: p.Key, IdemHash: append([]byte{}, p.Hash...), RefType: p.Ref, RefID: p.RefID, CampaignID: p.Campaign, CounterID: p.Counter,
		BizDay: at.Day(), EffectiveAt: at, CreatedAt: now, ActorID: p.Actor, Memo: p.Memo,
	}
	if p.Rules != nil {
		t.RuleVersion = p.Rules.Version
	}
	if p.Hold != 0 {
		t.HoldID = &p.Hold
	}
	if p.Batch != 0 {
		t.BatchID = &p.Batch
	}
	if m := p.Member; m != nil {
		t.MemberID, t.AreaID, t.GridID, t.BranchID = m.ID, m.AreaID, m.GridID, m.BranchID
		if earns := p.Credit.OwnerType == model.OwnerMember; earns && t.Measure == model.Points {
			t.Score = t.Amount
		}
		if m.Adult(at.Time().Year()) {
			t.Ranked = 1
		}
	}
	if o := p.reverses; o != nil {
		// It counts where and when the original did, so that every total of that day follows.
		t.Kind, t.ReversesID, t.Class, t.RuleVersion = model.KindReverse, &o.ID, o.Class, o.RuleVersion
		t.MemberID, t.AreaID, t.GridID, t.BranchID, t.CampaignID, t.CounterID = o.MemberID, o.AreaID, o.GridID, o.BranchID, o.CampaignID, o.CounterID
		t.Score, t.Ranked, t.BizDay, t.EffectiveAt = -o.Score, o.Ranked, o.BizDay, o.EffectiveAt
	}
	return t
}

// step is a posting on its way through the machine: its transfer, and what else decides about it.
type step struct {
	*model.Transfer
	caps    []model.CapUse
	clip    bool
	expires model.Day // of the lot that it gives to
	lot     model.Day // that it ends
	until   model.Instant
	today   model.Day
}

// step makes what the machine needs to know of the posting.
func (p *Posting) step(id model.ID, ids map[model.AccountKey]model.ID, now model.Instant) *step {
	s := &step{Transfer: p.transfer(id, ids, now), clip: p.Clip, expires: model.Never, lot: p.Lot, until: p.Until, today: now.Day()}
	if p.Rules != nil {
		s.expires = p.Rules.ExpiryOf(s.BizDay)
	}
	if rule := p.rule(); rule != nil {
		counter, _ := p.counter()
		s.caps = rule.Caps.Uses(ids[p.wallet()], rule.Code, s.BizDay, s.CampaignID, ids[counter])
	}
	return s
}

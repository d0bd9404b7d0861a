package ledger

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// errTwoCauses is an award of a campaign's budget for a matter.
var errTwoCauses = model.ErrInvalid.Saying("一笔积分只能为活动或为事项发放", "An award is for a campaign or for a matter.")

// awardFor posts an award for a matter. Under the matter's lock no breach about it becomes final meanwhile: an award comes
// before that and is taken back with it, or fails with ErrForfeited. Minutes are never taken, so they may be given after it.
func (l *Ledger) awardFor(ctx context.Context, matter model.ID, p *Posting) (*Receipt, error) {
	defer l.Nudge()
	return repository.Once(ctx, l.store, l.now(), func(tx *repository.Store) (*Receipt, error) {
		if _, err := tx.Matters.Lock(ctx, matter); err != nil {
			return nil, err
		}
		broke, err := tx.Breaches.Broke(ctx, p.Member.ID, matter)
		if err != nil {
			return nil, err
		}
		if broke && p.Credit.Measure == model.Points && !p.rule().KeptOnBreach {
			return nil, model.ErrForfeited
		}
		results, err := l.PostTx(ctx, tx, *p)
		if err != nil {
			return nil, err
		}
		return receiptOf(results), nil
	})
}

// bearOn makes an award one for a matter that the caller reads. It fails with ErrNotFound for any other.
func (l *Ledger) bearOn(ctx context.Context, who model.Actor, p *Posting, id model.ID) error {
	m, err := l.store.Matters.Get(ctx, id)
	if err != nil {
		return err
	}
	if m.CommunityID != p.Member.CommunityID || who.May(model.OpReadMatters, m.Place) != nil {
		return model.ErrNotFound
	}
	p.Ref, p.RefID = model.RefMatter, id
	return nil
}

// Forfeit takes back the points that a member was given for a matter, but for those of rules by which they are kept, within
// the caller's transaction, which has locked the matter. The version under which they were given decides. As with every
// reversal, what is spent already becomes a debt. Minutes stay: they say what was done. It returns how many points it took.
// The caller calls Nudge after its commit.
func (l *Ledger) Forfeit(ctx context.Context, tx *repository.Store, m *model.Matter, member, by model.ID, reason string) (taken int64, err error) {
	wallet := model.Wallet(m.CommunityID, member, model.Points)
	found, err := tx.Points.AccountIDs(ctx, []model.AccountKey{wallet})
	if err != nil || found[wallet] == 0 {
		return 0, err
	}
	if _, err := tx.Points.LockAccounts(ctx, []model.ID{found[wallet]}); err != nil { // so that nobody reverses any of it meanwhile
		return 0, err
	}
	grants, err := tx.Points.GrantsFor(ctx, found[wallet], model.RefMatter, m.ID)
	if err != nil {
		return 0, err
	}
	for _, t := range grants {
		kept, err := keptOnBreach(ctx, tx, t)
		if err != nil {
			return 0, err
		}
		if kept {
			continue
		}
		if _, err := l.ReverseTx(ctx, tx, t, by, reason); err != nil {
			return 0, err
		}
		taken += t.Amount
	}
	return taken, nil
}

// keptOnBreach reports whether the rule that a transfer was posted by lets its member keep it.
func keptOnBreach(ctx context.Context, tx *repository.Store, t *model.Transfer) (bool, error) {
	rules, err := tx.Points.RuleSet(ctx, t.CommunityID, t.RuleVersion)
	if err != nil {
		return false, err
	}
	rule, err := rules.Find(t.Code)
	return err == nil && rule.KeptOnBreach, err
}

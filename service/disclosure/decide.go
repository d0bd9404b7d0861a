package disclosure

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

// Resolve answers an appeal, by someone who neither scored the item nor appealed nor benefits. An appeal against
// a declaration that is upheld ends the declaration; one that is partly right is booked with less. One against
// published points may take a transfer back and award what is owed. It fails with ErrForbidden, ErrOwnRecord,
// ErrAppealState, ErrInvalid, ErrAmount, for the transfer with ErrNotReversible and ErrAlreadyReversed, and for the
// award with ErrCapped.
func (d *Disclosure) Resolve(ctx context.Context, who model.Actor, id model.ID, r model.Ruling) (*model.Appeal, error) {
	decide := func(a *model.Appeal, asked *model.Credit, now, until model.Instant) (*model.Decision, error) {
		return a.Resolve(who.MemberID, r, asked, now, until)
	}
	return d.ruling(ctx, who, model.OpHandleAppeal, id, decide)
}

// Review answers an appeal for the second and last time, by someone who did not decide before. It fails as
// Resolve does.
func (d *Disclosure) Review(ctx context.Context, who model.Actor, id model.ID, r model.Ruling) (*model.Appeal, error) {
	decide := func(a *model.Appeal, asked *model.Credit, now, _ model.Instant) (*model.Decision, error) {
		return a.Review(who.MemberID, r, asked, now)
	}
	return d.ruling(ctx, who, model.OpReviewAppeal, id, decide)
}

// ruling makes one decision on an appeal, with its effects.
func (d *Disclosure) ruling(ctx context.Context, who model.Actor, office model.Operation, id model.ID,
	decide func(a *model.Appeal, asked *model.Credit, now, until model.Instant) (*model.Decision, error),
) (*model.Appeal, error) {
	defer d.ledger.Nudge()
	return d.judge(ctx, who, id, func(tx *repository.Store, p *model.Publication, a *model.Appeal, now, until model.Instant) (*model.Decision, error) {
		if err := who.May(office, a.Place); err != nil {
			return nil, errors.Join(mayReadAppeal(who, a), err) // the first is told
		}
		item, err := tx.Publications.Item(ctx, p.ID, a.ItemNo)
		if err != nil {
			return nil, err
		}
		var asked *model.Credit
		if a.DeclarationID != 0 {
			asked = &item.Declared
		}
		decision, err := decide(a, asked, now, until)
		if err != nil {
			return nil, err
		}
		if asked != nil {
			return decision, end(ctx, tx, a, decision, now)
		}
		return decision, d.correct(ctx, tx, p, a, decision)
	})
}

// AskReview asks for the one review of an appeal, by the appellant. It fails with ErrForbidden, ErrAppealState,
// ErrReviewWindow, and with ErrInvalid without a reason.
func (d *Disclosure) AskReview(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.Appeal, error) {
	return d.judge(ctx, who, id, func(_ *repository.Store, p *model.Publication, a *model.Appeal, now, until model.Instant) (*model.Decision, error) {
		if err := mayReadAppeal(who, a); err != nil {
			return nil, err
		}
		if a.Status == model.AppealResolved && p.Status != model.PublicationOpen {
			return nil, model.ErrReviewWindow // another clock was ahead of this one
		}
		return nil, a.AskReview(who.MemberID, reason, now, until)
	})
}

// judge runs one step of an appeal's life under the lock of its publication. Until is the end of the working
// days that follow.
func (d *Disclosure) judge(ctx context.Context, who model.Actor, id model.ID,
	step func(tx *repository.Store, p *model.Publication, a *model.Appeal, now, until model.Instant) (*model.Decision, error),
) (*model.Appeal, error) {
	return repository.Once(ctx, d.store, d.now(), func(tx *repository.Store) (*model.Appeal, error) {
		a, err := tx.Appeals.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		p, err := tx.Publications.Lock(ctx, a.PublicationID)
		if err != nil {
			return nil, err
		}
		if a, err = tx.Appeals.Get(ctx, id); err != nil { // as it is under the lock
			return nil, err
		}
		now := d.now()
		until, err := due(ctx, tx, a.CommunityID, now)
		if err != nil {
			return nil, err
		}
		decision, err := step(tx, p, a, now, until)
		if err != nil {
			return nil, err
		}
		if err := tx.Appeals.Update(ctx, a, decision); err != nil {
			return nil, err
		}
		return d.viewAppeal(ctx, tx, who, a)
	})
}

// end refuses a declaration that an appeal was upheld against. Another appeal may have done so before.
func end(ctx context.Context, tx *repository.Store, a *model.Appeal, decision *model.Decision, now model.Instant) error {
	if decision.Result != model.Upheld {
		return nil
	}
	work, err := tx.Declarations.Get(ctx, a.DeclarationID)
	if err != nil || work.Status != model.DeclarationPublished {
		return err
	}
	if err := work.Reject(decision.Reason, now); err != nil {
		return err
	}
	return tx.Declarations.Update(ctx, work)
}

// correct posts what a decision on published points names: the transfer that is taken back, and the award.
func (d *Disclosure) correct(ctx context.Context, tx *repository.Store, p *model.Publication, a *model.Appeal, decision *model.Decision) error {
	if decision.Reverses != 0 {
		original, err := scored(ctx, tx, p, a, decision)
		if err != nil {
			return err
		}
		if _, err := d.ledger.ReverseTx(ctx, tx, original, decision.DecidedBy, decision.Reason); err != nil {
			return err
		}
	}
	if decision.Award == 0 {
		return nil
	}
	award, err := award(ctx, tx, a, decision)
	if err == nil && p.CampaignID != 0 {
		err = count(ctx, tx, p, &award)
	}
	if err != nil {
		return err
	}
	_, err = d.ledger.PostTx(ctx, tx, award)
	return err
}

// scored returns the transfer that a decision takes back: one that the member whom the item is about earned by
// in the period that was published. It fails with ErrOwnRecord when the decider made the transfer, and with
// ErrNotReversible for any other.
func scored(ctx context.Context, tx *repository.Store, p *model.Publication, a *model.Appeal, decision *model.Decision) (*model.Transfer, error) {
	original, err := tx.Points.Transfer(ctx, decision.Reverses)
	if err != nil {
		return nil, err
	}
	earned := original.Kind == model.KindPost && original.Class != model.Unclassed
	switch {
	case original.CommunityID != a.CommunityID:
		return nil, model.ErrNotFound
	case !earned || original.MemberID != a.MemberID || original.BizDay < p.FromDay || original.BizDay > p.ToDay,
		p.CampaignID != 0 && original.CampaignID != p.CampaignID:
		return nil, model.ErrNotReversible.Saying("只能冲正本人在公示期间内所得的记录", "Only what the member earned in the published period is reversed.")
	case original.ActorID == decision.DecidedBy:
		return nil, model.ErrOwnRecord
	}
	return original, nil
}

// count has an award count for the campaign whose result it mends, within the campaign's time: after the close it is
// an adjustment of the standings. The community's pool pays it, since the budget may be settled.
func count(ctx context.Context, tx *repository.Store, p *model.Publication, award *ledger.Posting) error {
	c, err := tx.Campaigns.Get(ctx, p.CampaignID)
	if err == nil {
		award.Campaign, award.At = c.ID, c.Counts(award.At)
	}
	return err
}

// award gives the member what an appeal found to be owed. It counts today: what was published stays as it was.
func award(ctx context.Context, tx *repository.Store, a *model.Appeal, decision *model.Decision) (ledger.Posting, error) {
	member, err := tx.Members.Get(ctx, a.MemberID)
	if err != nil {
		return ledger.Posting{}, err
	}
	rules, err := tx.Points.Rules(ctx, a.CommunityID, decision.DecidedAt.Day())
	if err != nil {
		return ledger.Posting{}, err
	}
	return ledger.Posting{
		Key:   fmt.Sprintf("appeal:%d:%d", a.ID, decision.Stage),
		Debit: model.Pool(a.CommunityID, model.Points), Credit: model.Wallet(a.CommunityID, member.ID, model.Points),
		Amount: decision.Award, Code: model.RuleAdjust, Rules: rules, Class: model.Declared,
		Ref: model.RefAppeal, RefID: a.ID, Member: member, At: decision.DecidedAt, Actor: decision.DecidedBy, Memo: decision.Reason,
	}, nil
}

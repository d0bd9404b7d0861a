package market

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

// confirm ends a request well and credits its helpers by the rules in force.
func (m *Market) confirm(ctx context.Context, tx *repository.Store, r *model.HelpRequest, by model.ID, rating int, comment string, now model.Instant) error {
	credited, err := r.Confirm(rating, comment, now)
	if err != nil {
		return err
	}
	rules, err := m.ledger.RulesTx(ctx, tx, r.CommunityID)
	if err != nil {
		return err
	}
	postings, err := credits(ctx, tx, r, rules, credited, by)
	if err != nil {
		return err
	}
	if len(postings) > 0 {
		if _, err := m.ledger.PostTx(ctx, tx, postings...); err != nil {
			return err
		}
	}
	return tx.Requests.UpdateClaims(ctx, credited...)
}

// credits returns what the helpers of a confirmed request earn: points by the rule, and their minutes.
func credits(ctx context.Context, tx *repository.Store, r *model.HelpRequest, rules *model.RuleSet, claims []*model.Claim, by model.ID) ([]ledger.Posting, error) {
	task, err := rules.Find(model.RuleTaskDone)
	if err != nil {
		return nil, err
	}
	var postings []ledger.Posting
	for _, c := range claims {
		helper, err := tx.Members.Get(ctx, c.HelperID)
		if err != nil {
			return nil, err
		}
		p := ledger.Posting{
			Key: "confirm:" + c.ID.String(), Code: task.Code, Rules: rules, Class: task.Class, Clip: true, Counter: r.RequesterID,
			Debit: model.Pool(r.CommunityID, model.Points), Credit: model.Wallet(r.CommunityID, helper.ID, model.Points),
			Ref: model.RefRequest, RefID: r.ID, Member: helper, At: c.FinishedAt, Actor: by,
		}
		if task.Amount != nil && *task.Amount > 0 {
			p.Amount = *task.Amount
			postings = append(postings, p)
		}
		if c.Minutes > 0 {
			p.Key, p.Code, p.Amount = p.Key+":minutes", model.CodeMinutes, int64(c.Minutes)
			p.Debit, p.Credit = model.Pool(r.CommunityID, model.Minutes), model.Wallet(r.CommunityID, helper.ID, model.Minutes)
			postings = append(postings, p)
		}
	}
	return postings, nil
}

// sweepBatch is how many requests of a kind one sweep looks at.
const sweepBatch = 200

// Sweep moves the requests whose time has come: expired, escalated, confirmed by silence, or without helpers
// again because these did not finish in time. It reads the state, not a timer, so any number of processes
// may run it, at any time. It returns how many it moved. A request that cannot be moved keeps none of the
// others waiting; the errors are joined.
func (m *Market) Sweep(ctx context.Context) (moved int, err error) {
	now := m.now()
	ids, err := m.store.Requests.Due(ctx, model.CutoffsAt(now), sweepBatch)
	if err != nil {
		return 0, err
	}
	moved, err = m.store.Each(ctx, "sweep request", ids, func(tx *repository.Store, id model.ID) (bool, error) {
		return m.lapse(ctx, tx, id, now)
	})
	if moved > 0 {
		m.ledger.Nudge()
	}
	return moved, err
}

// lapse moves one request on, unless another process was faster.
func (m *Market) lapse(ctx context.Context, tx *repository.Store, id model.ID, now model.Instant) (bool, error) {
	r, err := tx.Requests.Lock(ctx, id)
	if err != nil {
		return false, err
	}
	switch to := r.Due(now); to {
	case "":
		return false, nil
	case model.RequestConfirmed:
		err = m.confirm(ctx, tx, r, 0, 0, "", now)
	default:
		if err = r.Lapse(to, now); err == nil {
			err = tx.Requests.UpdateClaims(ctx, r.Claims...)
		}
	}
	if err != nil {
		return false, err
	}
	if err := tx.Requests.Update(ctx, r); err != nil {
		return false, err
	}
	return true, m.followDispatch(ctx, tx, r, now)
}

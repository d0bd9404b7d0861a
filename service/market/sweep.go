package market

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// sweepBatch is how many requests of a kind one sweep looks at.
const sweepBatch = 200

// Sweep moves the requests whose time has come: expired, escalated, confirmed by silence, or without helpers
// again because these did not finish in time; and the claims whose time has: for a stand-in, or for a takeover. It
// reads the state, not a timer, so any number of processes may run it, at any time. It returns how many it moved. A
// request that cannot be moved keeps none of the others waiting; the errors are joined.
func (m *Market) Sweep(ctx context.Context) (moved int, err error) {
	now := m.now()
	ids, err := m.store.Requests.DueClaims(ctx, now, sweepBatch)
	if err != nil {
		return 0, err
	}
	due, err := m.store.Requests.Due(ctx, model.CutoffsAt(now), sweepBatch)
	if err != nil {
		return 0, err
	}
	moved, err = m.store.Each(ctx, "sweep request", append(ids, due...), func(tx *repository.Store, id model.ID) (bool, error) {
		return m.lapse(ctx, tx, id, now)
	})
	if moved > 0 {
		m.ledger.Nudge()
	}
	return moved, err
}

// lapse moves one request or one of its claims on, unless another process was faster.
func (m *Market) lapse(ctx context.Context, tx *repository.Store, id model.ID, now model.Instant) (bool, error) {
	r, err := tx.Requests.Lock(ctx, id)
	if err != nil {
		return false, err
	}
	action, step, err := m.due(ctx, tx, r, now)
	if err != nil || action == "" {
		return false, err
	}
	if err := m.take(ctx, tx, r, action, 0, now, step); err != nil {
		return false, err
	}
	return true, m.goOn(ctx, tx, r, now)
}

// due returns the step for which a request's time has come, or none.
func (m *Market) due(ctx context.Context, tx *repository.Store, r *model.HelpRequest, now model.Instant) (model.Action, func() error, error) {
	if c := r.DueClaim(now); c != nil {
		return dueClaim(ctx, tx, r, c, now)
	}
	switch to := r.Due(now); to {
	case "":
		return "", nil, nil
	case model.RequestConfirmed:
		return model.ActionConfirm, func() error { return m.confirm(ctx, tx, r, 0, Review{}, now) }, nil
	default:
		return model.ActionLapse, func() error { return r.Lapse(to, now) }, nil
	}
}

// dueClaim returns what becomes of a claim whose time has come: silence approves a takeover, if who asked still has
// room; a search for a stand-in ends.
func dueClaim(ctx context.Context, tx *repository.Store, r *model.HelpRequest, c *model.Claim, now model.Instant) (model.Action, func() error, error) {
	giveUp := func() error { return r.GiveUp(c, now) }
	if !r.TakenOver(c) {
		return model.ActionGiveUp, giveUp, nil
	}
	switch err := hasRoom(ctx, tx, r, c.HelperID, now); {
	case err == nil:
		return model.ActionSilence, func() error { return r.TakenInSilence(c, now) }, nil
	case model.Reason(err).Kind == model.Conflict:
		return model.ActionGiveUp, giveUp, nil
	default:
		return "", nil, err
	}
}

package market

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// change runs one step of a request's life under its lock, and what follows from it.
func (m *Market) change(ctx context.Context, who model.Actor, id model.ID, action model.Action,
	step func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error,
) (*model.HelpRequest, error) {
	return repository.Once(ctx, m.store, m.now(), func(tx *repository.Store) (*model.HelpRequest, error) {
		r, err := tx.Requests.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := mayRead(who, r); err != nil {
			return nil, err
		}
		now := m.now()
		err = m.take(ctx, tx, r, action, who.MemberID, now, func() error { return step(tx, r, now) })
		if err != nil {
			return nil, err
		}
		if err := m.goOn(ctx, tx, r, now); err != nil {
			return nil, err
		}
		return m.view(ctx, tx, who, r)
	})
}

// Claim takes a slot for the caller; of many at once, as many win as there are slots. It fails with
// ErrOwnRequest, ErrAlreadyClaimed and ErrRequestState, with ErrTooManyClaims and ErrClash when the caller has taken
// on too much, or is busy at the wanted time, and with ErrFrozen and ErrFairShare.
func (m *Market) Claim(ctx context.Context, who model.Actor, id model.ID) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, model.ActionClaim, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		return m.claim(ctx, tx, who, r, now)
	})
}

// claim takes a slot of a locked request for a helper, who thereby accepts what they were asked.
func (m *Market) claim(ctx context.Context, tx *repository.Store, who model.Actor, r *model.HelpRequest, now model.Instant) error {
	if err := who.May(model.OpClaimRequest, r.Place); err != nil {
		return err
	}
	if _, err := r.Claim(who, m.store.NewID(), now); err != nil {
		return err
	}
	if err := hasRoom(ctx, tx, r, who.MemberID, now); err != nil {
		return err
	}
	return acceptOwnAsk(ctx, tx, r, who.MemberID, now)
}

// hasRoom fails with ErrFrozen, ErrTooManyClaims, ErrClash and ErrFairShare when a helper may not have a slot. The
// helper's row keeps two claims from counting at once.
func hasRoom(ctx context.Context, tx *repository.Store, r *model.HelpRequest, helper model.ID, now model.Instant) error {
	if _, err := tx.Members.Lock(ctx, helper); err != nil {
		return err
	}
	loads, err := tx.Requests.Loads(ctx, []model.ID{helper}, now, 0)
	switch load := loads[helper]; {
	case err != nil:
		return err
	case load.Frozen:
		return model.ErrFrozen
	case load.Open >= model.MaxOpenClaims:
		return model.ErrTooManyClaims
	case load.Clashes(r):
		return model.ErrClash
	case now >= r.FairShareUntil():
		return nil
	}
	had, err := tx.Requests.Share(ctx, helper, r, now.Add(-model.LoadWeek))
	if err != nil {
		return err
	}
	return r.FairShare(had, now)
}

// Wait puts the caller on the wait list of a request whose slots are taken: whoever is first in it, and has room, gets
// the next free slot. It fails as Claim does, and with ErrRequestState while a slot is free.
func (m *Market) Wait(ctx context.Context, who model.Actor, id model.ID) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, model.ActionWait, func(_ *repository.Store, r *model.HelpRequest, now model.Instant) error {
		if err := who.May(model.OpClaimRequest, r.Place); err != nil {
			return err
		}
		_, err := r.Wait(who, m.store.NewID(), now)
		return err
	})
}

// goOn does what follows from a step of a locked request: who waits gets a free slot, and neighbours are asked, or told
// that there is no need.
func (m *Market) goOn(ctx context.Context, tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
	if err := m.promote(ctx, tx, r, now); err != nil {
		return err
	}
	return m.followDispatch(ctx, tx, r, now)
}

// promote gives the free slots of a request to those who wait for one and have room, each by a step of its own.
func (m *Market) promote(ctx context.Context, tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
	for _, c := range r.Queue(now) {
		if len(r.Queue(now)) == 0 {
			return nil
		}
		switch err := hasRoom(ctx, tx, r, c.HelperID, now); {
		case err != nil && model.Reason(err).Kind == model.Conflict:
			continue
		case err != nil:
			return err
		}
		if err := m.take(ctx, tx, r, model.ActionPromote, 0, now, func() error { return r.Promote(c, now) }); err != nil {
			return err
		}
	}
	return nil
}

// Unclaim gives the caller's slot back and opens the request again, or gives up a place in its queue. Giving back late
// is a miss. It fails with ErrNotHelper and, once the work is finished, with ErrRequestState.
func (m *Market) Unclaim(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, model.ActionUnclaim, func(_ *repository.Store, r *model.HelpRequest, now model.Instant) error {
		_, err := r.Unclaim(who.MemberID, reason, now)
		return err
	})
}

// StandIn says that the caller cannot come: neighbours are asked, and whoever claims takes the slot. It fails with
// ErrNotHelper, and with ErrRequestState once the work has begun.
func (m *Market) StandIn(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, model.ActionStandIn, func(_ *repository.Store, r *model.HelpRequest, now model.Instant) error {
		_, err := r.StandIn(who.MemberID, reason, now)
		return err
	})
}

// Keep says that the caller will come: no stand-in is looked for any more, and nobody takes the claim over. It fails
// with ErrNotHelper, and with ErrRequestState once the work has begun.
func (m *Market) Keep(ctx context.Context, who model.Actor, id model.ID) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, model.ActionKeep, func(_ *repository.Store, r *model.HelpRequest, now model.Instant) error {
		_, err := r.Keep(who.MemberID, now)
		return err
	})
}

// TakeOver asks for the slot of a claim that stalled; zero is the longest stalled. Its helper is told, and silence
// approves. It fails as Claim does, and with ErrNotStalled.
func (m *Market) TakeOver(ctx context.Context, who model.Actor, id, of model.ID) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, model.ActionTakeOver, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		if err := who.May(model.OpClaimRequest, r.Place); err != nil {
			return err
		}
		if _, err := r.TakeOver(who, of, m.store.NewID(), now); err != nil {
			return err
		}
		return hasRoom(ctx, tx, r, who.MemberID, now)
	})
}

// Yield gives the caller's slot to who asked to take it over. It fails with ErrNotHelper, and with ErrRequestState when
// nobody did.
func (m *Market) Yield(ctx context.Context, who model.Actor, id model.ID) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, model.ActionYield, func(_ *repository.Store, r *model.HelpRequest, now model.Instant) error {
		_, err := r.Yield(who.MemberID, now)
		return err
	})
}

// Start says that the caller has begun to help. It fails with ErrNotHelper and ErrRequestState.
func (m *Market) Start(ctx context.Context, who model.Actor, id model.ID) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, model.ActionStart, func(_ *repository.Store, r *model.HelpRequest, now model.Instant) error {
		_, err := r.Start(who.MemberID, now)
		return err
	})
}

// Finish says that the caller has helped, for 1 to 1440 minutes. It fails with ErrInvalid, with
// ErrNotHelper, and with ErrRequestState unless the work was started.
func (m *Market) Finish(ctx context.Context, who model.Actor, id model.ID, minutes int, note string) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, model.ActionFinish, func(_ *repository.Store, r *model.HelpRequest, now model.Instant) error {
		_, err := r.Finish(who.MemberID, minutes, note, now)
		return err
	})
}

// Cancel ends a request before it is done; work that some helpers have finished is kept, and waits for its
// confirmation. It fails with ErrForbidden unless the caller speaks for the requester or manages requests
// there, and with ErrRequestState once it is done.
func (m *Market) Cancel(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, model.ActionCancel, func(_ *repository.Store, r *model.HelpRequest, now model.Instant) error {
		if who.MemberID != r.RequesterID && who.MemberID != r.CreatedBy {
			if err := who.May(model.OpManageRequest, r.Place); err != nil {
				return err
			}
		}
		return r.Cancel(reason, now)
	})
}

package market

import (
	"context"
	"errors"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

// change runs one step of a request's life under its lock.
func (m *Market) change(ctx context.Context, who model.Actor, id model.ID,
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
		if err := step(tx, r, m.now()); err != nil {
			return nil, err
		}
		if err := tx.Requests.Update(ctx, r); err != nil {
			return nil, err
		}
		return view(ctx, tx, who, r)
	})
}

// Claim takes a slot for the caller; of many at once, as many win as there are slots. It fails with
// ErrOwnRequest, ErrAlreadyClaimed and ErrRequestState, and with ErrTooManyClaims and ErrClash when the caller has taken
// on too much, or is busy at the wanted time.
func (m *Market) Claim(ctx context.Context, who model.Actor, id model.ID) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		if err := who.May(model.OpClaimRequest, r.Place); err != nil {
			return err
		}
		claim, err := r.Claim(who, m.store.NewID(), now)
		if err != nil {
			return err
		}
		if err := hasRoom(ctx, tx, r, who.MemberID, now); err != nil {
			return err
		}
		return tx.Requests.AddClaim(ctx, claim)
	})
}

// hasRoom fails with ErrTooManyClaims and with ErrClash when a helper has taken on too much already. The helper's row
// keeps two claims from counting at once.
func hasRoom(ctx context.Context, tx *repository.Store, r *model.HelpRequest, helper model.ID, now model.Instant) error {
	if _, err := tx.Members.Lock(ctx, helper); err != nil {
		return err
	}
	loads, err := tx.Requests.Loads(ctx, []model.ID{helper}, now, 0)
	switch load := loads[helper]; {
	case err != nil:
		return err
	case load.Open >= model.MaxOpenClaims:
		return model.ErrTooManyClaims
	case load.Clashes(r):
		return model.ErrClash
	}
	return nil
}

// Unclaim gives the caller's slot back and opens the request again. It fails with ErrNotHelper and, once
// the work is finished, with ErrRequestState.
func (m *Market) Unclaim(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		claim, err := r.Unclaim(who.MemberID, reason, now)
		if err != nil {
			return err
		}
		return tx.Requests.UpdateClaims(ctx, claim)
	})
}

// Start says that the caller has begun to help. It fails with ErrNotHelper and ErrRequestState.
func (m *Market) Start(ctx context.Context, who model.Actor, id model.ID) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		claim, err := r.Start(who.MemberID, now)
		if err != nil {
			return err
		}
		return tx.Requests.UpdateClaims(ctx, claim)
	})
}

// Finish says that the caller has helped, for 1 to 1440 minutes. It fails with ErrInvalid, with
// ErrNotHelper, and with ErrRequestState unless the work was started.
func (m *Market) Finish(ctx context.Context, who model.Actor, id model.ID, minutes int, note string) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		claim, err := r.Finish(who.MemberID, minutes, note, now)
		if err != nil {
			return err
		}
		return tx.Requests.UpdateClaims(ctx, claim)
	})
}

// Confirm accepts finished work as ConfirmOn does, without a call.
func (m *Market) Confirm(ctx context.Context, who model.Actor, id model.ID, rating int, comment string) (*model.HelpRequest, error) {
	return m.ConfirmOn(ctx, who, id, rating, comment, nil)
}

// ConfirmOn accepts the finished work with a rating from 1 to 5, and credits its helpers: both happen or
// neither does. Who speaks for a requester confirms on a call to them. It fails with ErrForbidden unless the caller
// speaks for the requester, with ErrCallbackRequired without the call, with ErrInvalid on another rating, and with
// ErrRequestState unless the work is done or disputed.
func (m *Market) ConfirmOn(ctx context.Context, who model.Actor, id model.ID, rating int, comment string, call *model.Callback) (*model.HelpRequest, error) {
	confirmed, err := m.confirmAsRead(ctx, who, id, rating, comment, call)
	if !errors.Is(err, model.ErrStale) {
		return confirmed, err
	}
	defer m.ledger.Nudge()
	return m.change(ctx, who, id, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		if err := speaks(who, r, call, now); err != nil {
			return err
		}
		return m.confirm(ctx, tx, r, who.MemberID, rating, comment, now)
	})
}

// confirmAsRead confirms a request as it was read, together with what others post at the same time. It fails with
// ErrStale when the request has changed meanwhile, or has nothing to post.
func (m *Market) confirmAsRead(ctx context.Context, who model.Actor, id model.ID, rating int, comment string, call *model.Callback) (*model.HelpRequest, error) {
	var earlier *model.HelpRequest
	if found, err := repository.Replay(ctx, m.store, &earlier); found || err != nil {
		return earlier, err
	}
	shown, job, err := m.confirmation(ctx, who, id, rating, comment, call)
	if err != nil {
		// It may have been confirmed under the key since.
		return repository.AnswerOr[*model.HelpRequest](ctx, m.store, err)
	}
	done, _, err := ledger.Once(ctx, m.ledger, *job, m.now(), func([]ledger.Result) *model.HelpRequest { return shown })
	return done, err
}

// confirmation is what a request becomes by being confirmed, as the caller may see it, and the job that makes it so.
func (m *Market) confirmation(ctx context.Context, who model.Actor, id model.ID, rating int, comment string, call *model.Callback) (*model.HelpRequest, *ledger.Job, error) {
	r, err := m.store.Requests.Get(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if err := mayRead(who, r); err != nil {
		return nil, nil, err
	}
	if err := speaks(who, r, call, m.now()); err != nil {
		return nil, nil, err
	}
	credited, err := r.Confirm(rating, comment, m.now())
	if err != nil {
		return nil, nil, err
	}
	rules, err := m.ledger.Rules(ctx, r.CommunityID)
	if err != nil {
		return nil, nil, err
	}
	postings, err := credits(ctx, m.store, r, rules, credited, who.MemberID)
	if err == nil && len(postings) == 0 {
		err = model.ErrStale
	}
	if err != nil {
		return nil, nil, err
	}
	job := &ledger.Job{Postings: postings, Row: r.ID, Change: func(ctx context.Context, tx *repository.Store) error {
		if err := tx.Requests.Update(ctx, r); err != nil {
			return err
		}
		return tx.Requests.UpdateClaims(ctx, credited...)
	}}
	shown := *r
	shown.Claims = make([]*model.Claim, len(r.Claims))
	for i, c := range r.Claims {
		seen := *c
		shown.Claims[i] = &seen
	}
	_, err = view(ctx, m.store, who, &shown)
	return &shown, job, err
}

// Dispute says that the work is not as reported. It fails with ErrForbidden unless the caller speaks for
// the requester, and with ErrRequestState unless the work is done.
func (m *Market) Dispute(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, func(_ *repository.Store, r *model.HelpRequest, now model.Instant) error {
		if !r.MayConfirm(who.MemberID) {
			return model.ErrForbidden
		}
		return r.Dispute(reason, now)
	})
}

// Resolve ends a dispute: with credit for the helpers, or without. It fails with ErrForbidden for a party
// to it, and with ErrRequestState unless the request is disputed.
func (m *Market) Resolve(ctx context.Context, who model.Actor, id model.ID, credit bool, reason string) (*model.HelpRequest, error) {
	defer m.ledger.Nudge()
	return m.change(ctx, who, id, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		if err := who.May(model.OpManageRequest, r.Place); err != nil {
			return err
		}
		if r.Involves(who.MemberID) {
			return model.ErrForbidden
		}
		if r.Status != model.RequestDisputed {
			return model.ErrRequestState
		}
		r.Reason = reason
		if credit {
			return m.confirm(ctx, tx, r, who.MemberID, 0, "", now)
		}
		if err := r.Close(reason, now); err != nil {
			return err
		}
		return tx.Requests.UpdateClaims(ctx, r.Claims...)
	})
}

// Cancel ends a request before it is done; work that some helpers have finished is kept, and waits for its
// confirmation. It fails with ErrForbidden unless the caller speaks for the requester or manages requests
// there, and with ErrRequestState once it is done.
func (m *Market) Cancel(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		if who.MemberID != r.RequesterID && who.MemberID != r.CreatedBy {
			if err := who.May(model.OpManageRequest, r.Place); err != nil {
				return err
			}
		}
		if err := r.Cancel(reason, now); err != nil {
			return err
		}
		return tx.Requests.UpdateClaims(ctx, r.Claims...)
	})
}

package matters

import (
	"context"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// OpenErrand begins an errand (无偿代办) of a matter with the list of its papers. It fails with ErrDuplicate when there is one,
// with ErrInvalid, with ErrMatterState, and as act does.
func (s *Matters) OpenErrand(ctx context.Context, who model.Actor, id model.ID, papers []string) (*model.Errand, error) {
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Errand, error) {
		m, err := tx.Matters.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		var e *model.Errand
		_, err = s.on(ctx, tx, who, m, "", func(sc *scene) (err error) {
			if err = sc.m.Note(model.ActErrand, sc.by); err != nil {
				return err
			}
			if e, err = model.NewErrand(sc.m, papers, who.MemberID, sc.by.Now); err != nil {
				return err
			}
			e.ID = tx.NewID()
			return tx.Errands.Create(ctx, e)
		}, model.ActErrand)
		if err != nil {
			return nil, err
		}
		return e, couriers(ctx, tx, e)
	})
}

// HandReceipt writes a receipt for papers or money that changed hands, also after the matter has its result: what is out
// comes back. It fails with ErrNotFound without an errand, as model.Errand.Hand does, and as carry does.
func (s *Matters) HandReceipt(ctx context.Context, who model.Actor, id model.ID, r *model.ErrandReceipt) (*model.Errand, error) {
	return s.carry(ctx, who, id, func(tx *repository.Store, e *model.Errand, now model.Instant) error {
		given := *r // the transaction may run again
		given.ByID, given.At = who.MemberID, now
		if err := e.Hand(&given); err != nil {
			return err
		}
		return tx.Errands.AddReceipt(ctx, &given)
	})
}

// CloseErrand ends an errand when everything is back. It fails with ErrNotFound without one, with ErrErrandOpen, with
// ErrErrandState, and as carry does.
func (s *Matters) CloseErrand(ctx context.Context, who model.Actor, id model.ID) (*model.Errand, error) {
	return s.carry(ctx, who, id, func(_ *repository.Store, e *model.Errand, now model.Instant) error { return e.Close(now) })
}

// carry changes the errand of a locked matter, whose life goes on beside it, by its courier or who works on the matter. It
// fails with ErrForbidden for others who know of the matter, and with ErrNotFound for all others.
func (s *Matters) carry(ctx context.Context, who model.Actor, id model.ID, step func(*repository.Store, *model.Errand, model.Instant) error) (*model.Errand, error) {
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Errand, error) {
		m, err := tx.Matters.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		parts, err := partsOf(ctx, tx, who, m)
		switch {
		case err != nil:
			return nil, err
		case len(parts) == 0:
			return nil, model.ErrNotFound
		}
		e, err := tx.Errands.Of(ctx, id)
		if err != nil {
			return nil, err
		}
		works := slices.Contains(parts, model.PartOwner) || slices.Contains(parts, model.PartHandler)
		if !works && e.CourierID != who.MemberID {
			return nil, model.ErrForbidden
		}
		if err := step(tx, e, s.now()); err != nil {
			return nil, err
		}
		if err := tx.Errands.Update(ctx, e); err != nil {
			return nil, err
		}
		return e, couriers(ctx, tx, e)
	})
}

// Errand returns the errand of a matter with its receipts. It fails with ErrNotFound when there is none, for who has
// nothing to do with the matter, and for reporters of what was merged into it.
func (s *Matters) Errand(ctx context.Context, who model.Actor, id model.ID) (*model.Errand, error) {
	_, parts, err := s.readable(ctx, who, id)
	if err != nil {
		return nil, err
	}
	if len(parts) == 1 && parts[0] == model.PartFollower {
		return nil, model.ErrNotFound
	}
	e, err := s.store.Errands.Of(ctx, id)
	if err != nil {
		return nil, err
	}
	return e, couriers(ctx, s.store, e)
}

// couriers fills in the names on an errand.
func couriers(ctx context.Context, s *repository.Store, e *model.Errand) error {
	people := []model.ID{e.CourierID}
	for _, r := range e.Receipts {
		people = append(people, r.ByID)
	}
	refs, err := s.Members.Refs(ctx, people)
	e.Courier = refs[e.CourierID]
	for _, r := range e.Receipts {
		r.By = refs[r.ByID]
	}
	return err
}

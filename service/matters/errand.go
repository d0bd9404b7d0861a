package matters

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// OpenErrand begins an errand (无偿代办) of a matter with the list of its papers. It fails with ErrDuplicate when there is one,
// with ErrInvalid, with ErrMatterState, and as act does.
func (s *Matters) OpenErrand(ctx context.Context, who model.Actor, id model.ID, papers []string) (*model.Errand, error) {
	return s.errand(ctx, who, id, func(sc *scene) (*model.Errand, error) {
		if err := sc.m.Note(model.ActErrand, sc.by); err != nil {
			return nil, err
		}
		e, err := model.NewErrand(sc.m, papers, who.MemberID, sc.by.Now)
		if err != nil {
			return nil, err
		}
		e.ID = sc.tx.NewID()
		return e, sc.tx.Errands.Create(ctx, e)
	})
}

// HandReceipt writes a receipt for papers or money that changed hands. It fails with ErrNotFound without an errand, as
// model.Errand.Hand does, and as act does.
func (s *Matters) HandReceipt(ctx context.Context, who model.Actor, id model.ID, r *model.ErrandReceipt) (*model.Errand, error) {
	return s.errand(ctx, who, id, func(sc *scene) (*model.Errand, error) {
		e, err := sc.tx.Errands.Of(ctx, id)
		if err != nil {
			return nil, err
		}
		given := *r // the transaction may run again
		given.ByID, given.At = who.MemberID, sc.by.Now
		if err := e.Hand(&given); err != nil {
			return nil, err
		}
		if err := sc.tx.Errands.AddReceipt(ctx, &given); err != nil {
			return nil, err
		}
		return e, sc.tx.Errands.Update(ctx, e)
	})
}

// CloseErrand ends an errand when everything is back. It fails with ErrNotFound without one, with ErrErrandOpen, with
// ErrErrandState, and as act does.
func (s *Matters) CloseErrand(ctx context.Context, who model.Actor, id model.ID) (*model.Errand, error) {
	return s.errand(ctx, who, id, func(sc *scene) (*model.Errand, error) {
		e, err := sc.tx.Errands.Of(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := e.Close(sc.by.Now); err != nil {
			return nil, err
		}
		return e, sc.tx.Errands.Update(ctx, e)
	})
}

// errand runs a step on the errand of a locked matter, whose life goes on beside it.
func (s *Matters) errand(ctx context.Context, who model.Actor, id model.ID, step func(*scene) (*model.Errand, error)) (*model.Errand, error) {
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Errand, error) {
		m, err := tx.Matters.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		var e *model.Errand
		_, err = s.on(ctx, tx, who, m, "", func(sc *scene) (err error) {
			e, err = step(sc)
			return err
		}, model.ActErrand)
		if err != nil {
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

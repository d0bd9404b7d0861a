package disclosure

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

const (
	// sweepPage is how many publications are looked up at a time.
	sweepPage = 100
	// bookBatch is how many declarations are booked together.
	bookBatch = 50
)

// Sweep books the declarations whose publication is over and that no appeal keeps waiting, and ends publications
// whose items are all decided. It reads the state, not a timer, so any number of processes may run it, at any
// time, and one that was broken off is taken up by the next. It returns how many it booked. A publication that
// cannot be moved on keeps none of the others waiting; the errors are joined.
func (d *Disclosure) Sweep(ctx context.Context) (booked int, err error) {
	var failures []error
	for after := model.ID(0); ; {
		ids, err := d.store.Publications.Due(ctx, d.now(), after, sweepPage)
		if err != nil {
			failures = append(failures, err)
			break
		}
		for _, id := range ids {
			n, err := d.settle(ctx, id)
			if booked += n; err != nil {
				failures = append(failures, fmt.Errorf("sweep publication %d: %w", id, err))
			}
			after = id
		}
		if len(ids) < sweepPage || ctx.Err() != nil {
			break
		}
	}
	if booked > 0 {
		d.ledger.Nudge()
	}
	return booked, errors.Join(failures...)
}

// settle books what can be booked of a publication, and ends it when nothing is left.
func (d *Disclosure) settle(ctx context.Context, id model.ID) (booked int, err error) {
	work, err := d.store.Declarations.OfPublication(ctx, id, model.DeclarationPublished)
	if err != nil {
		return 0, err
	}
	var failures []error
	for part := range slices.Chunk(work, bookBatch) {
		ids := make([]model.ID, len(part))
		for i, w := range part {
			ids[i] = w.ID
		}
		n, own, err := d.book(ctx, id, ids)
		booked += n
		if failures = append(failures, own, err); err != nil {
			return booked, errors.Join(failures...)
		}
	}
	return booked, errors.Join(append(failures, d.finish(ctx, id))...)
}

// book books those of the declarations that are due, in one transaction. Own is what keeps some of them from
// being booked.
func (d *Disclosure) book(ctx context.Context, publication model.ID, ids []model.ID) (booked int, own, err error) {
	err = d.store.Tx(ctx, func(tx *repository.Store) error {
		booked, own = 0, nil
		now := d.now()
		p, err := lockDue(ctx, tx, publication, now)
		if err != nil || p == nil {
			return err
		}
		due, err := undisputed(ctx, tx, p, ids, now)
		if err != nil || len(due) == 0 {
			return err
		}
		var taken []*booking
		if taken, own, err = d.post(ctx, tx, p, due); err != nil {
			return err
		}
		for _, b := range taken {
			if err := b.end(now); err != nil {
				return err
			}
			if err := tx.Declarations.Update(ctx, b.work); err != nil {
				return err
			}
			if b.work.Status == model.DeclarationBooked {
				booked++
			}
		}
		return nil
	})
	if err != nil {
		booked = 0
	}
	return booked, own, err
}

// lockDue locks a publication whose time is over; it returns nil when another process has ended it.
func lockDue(ctx context.Context, tx *repository.Store, id model.ID, now model.Instant) (*model.Publication, error) {
	p, err := tx.Publications.Lock(ctx, id)
	if err != nil || !p.Due(now) {
		return nil, err
	}
	return p, nil
}

// finish ends a publication whose items are all decided.
func (d *Disclosure) finish(ctx context.Context, id model.ID) error {
	return d.store.Tx(ctx, func(tx *repository.Store) error {
		now := d.now()
		p, err := lockDue(ctx, tx, id, now)
		if err != nil || p == nil {
			return err
		}
		waiting, err := tx.Declarations.OfPublication(ctx, id, model.DeclarationPublished)
		if err != nil || len(waiting) > 0 {
			return err
		}
		appeals, err := tx.Appeals.OfPublication(ctx, id)
		if err != nil || slices.ContainsFunc(appeals, func(a *model.Appeal) bool { return a.Pending(now) }) {
			return err
		}
		items, err := tx.Publications.AllItems(ctx, id)
		if err != nil {
			return err
		}
		if !p.Intact(items) {
			return model.ErrSnapshot
		}
		if err := p.Finish(now); err != nil {
			return err
		}
		return tx.Publications.Update(ctx, p)
	})
}

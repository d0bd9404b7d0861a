package shop

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// sweepBatch is how many orders one sweep looks at.
const sweepBatch = 200

// Sweep gives back the points and pieces of orders that nobody came for, and returns how many those were. It reads
// the state, not a timer, so any number of processes may run it, at any time. An order that cannot be moved keeps
// none of the others waiting; the errors are joined.
func (s *Shop) Sweep(ctx context.Context) (lapsed int, err error) {
	ids, err := s.store.Shop.DueOrders(ctx, s.now(), sweepBatch)
	if err != nil {
		return 0, err
	}
	var failures []error
	for _, id := range ids {
		var did bool
		err := s.store.Tx(ctx, func(tx *repository.Store) (err error) {
			did, err = s.lapse(ctx, tx, id)
			return err
		})
		switch {
		case err != nil:
			failures = append(failures, fmt.Errorf("sweep order %d: %w", id, err))
		case did:
			lapsed++
		}
		if ctx.Err() != nil {
			break
		}
	}
	if lapsed > 0 {
		s.ledger.Nudge()
	}
	return lapsed, errors.Join(failures...)
}

// lapse ends one order, unless another process, its buyer or a clerk was faster.
func (s *Shop) lapse(ctx context.Context, tx *repository.Store, id model.ID) (bool, error) {
	o, err := tx.Shop.LockOrder(ctx, id)
	if err != nil {
		return false, err
	}
	now := s.now()
	if !o.Due(now) {
		return false, nil
	}
	if err := o.Lapse(now); err != nil {
		return false, err
	}
	if err := s.giveBack(ctx, tx, o, model.KindLapse, 0, now); err != nil {
		return false, err
	}
	return true, notify.Tell(ctx, tx, notice(o, now))
}

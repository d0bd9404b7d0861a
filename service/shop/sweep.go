package shop

import (
	"context"

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
	lapsed, err = s.store.Each(ctx, "sweep order", ids, func(tx *repository.Store, id model.ID) (bool, error) {
		return s.lapse(ctx, tx, id)
	})
	if lapsed > 0 {
		s.ledger.Nudge()
	}
	return lapsed, err
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

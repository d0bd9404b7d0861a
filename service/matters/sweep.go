package matters

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// sweepBatch is how many matters one sweep looks at.
const sweepBatch = 200

// Sweep moves the matters whose time has come: up a tier when they are overdue there or failed twice, and to their end
// when nobody wished for more. It reads the state, so any number of processes may run it. It returns how many it moved.
func (s *Matters) Sweep(ctx context.Context) (int, error) {
	now := s.now()
	ids, err := s.store.Matters.Due(ctx, now, sweepBatch)
	if err != nil {
		return 0, err
	}
	return s.store.Each(ctx, "sweep matter", ids, func(tx *repository.Store, id model.ID) (bool, error) {
		m, err := tx.Matters.Lock(ctx, id)
		if err != nil {
			return false, err
		}
		cause, closes := m.Due(now)
		by := model.StepBy{Now: now}
		switch {
		case closes:
			err = m.Close(by)
		case cause != "":
			err = escalate(ctx, tx, m, by, cause)
		default:
			return false, nil
		}
		if err != nil {
			return false, err
		}
		return true, record(ctx, tx, m)
	})
}

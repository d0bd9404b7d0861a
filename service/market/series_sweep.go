package market

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/recurrence"
)

// SweepSeries makes the requests of what falls within SeriesAhead. It reads the state, so any number of processes may
// run it, at any time: each instance becomes a request once. It returns of how many series it made requests.
func (m *Market) SweepSeries(ctx context.Context) (moved int, err error) {
	now := m.now()
	ids, err := m.store.Series.Due(ctx, now, now.Add(model.SeriesAhead), sweepBatch)
	if err != nil {
		return 0, err
	}
	return m.store.Each(ctx, "sweep series", ids, func(tx *repository.Store, id model.ID) (bool, error) {
		return m.makeDue(ctx, tx, id, now)
	})
}

// makeDue makes the requests of one series that are due, unless another process was faster.
func (m *Market) makeDue(ctx context.Context, tx *repository.Store, id model.ID, now model.Instant) (bool, error) {
	s, err := tx.Series.Lock(ctx, id)
	if err != nil || s.Status != model.SeriesActive {
		return false, err
	}
	due, err := tx.Series.Instances(ctx, id, now, now.Add(model.SeriesAhead), recurrence.MaxTimes, model.InstancePlanned)
	if err != nil || len(due) == 0 {
		return false, err
	}
	requester, err := tx.Members.Get(ctx, s.RequesterID)
	if err != nil {
		return false, err
	}
	for _, i := range due {
		r := s.Request(m.store.NewID(), i.StartsAt)
		r.Place = requester.Place // who has moved is helped where they live now
		if err := m.post(ctx, tx, r, nil, s.ApprovedBy != 0, now); err != nil {
			return false, err
		}
		i.Status, i.RequestID = model.InstanceMade, r.ID
	}
	return true, tx.Series.UpdateInstances(ctx, due...)
}

package matters_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"linbanglin/model"
)

// together runs acts at the same time and returns how many succeeded. Those that fail must fail in conflict.
func together(t *testing.T, acts ...func() error) int64 {
	t.Helper()
	var won atomic.Int64
	var all sync.WaitGroup
	for _, act := range acts {
		all.Go(func() {
			err := act()
			if kind := model.Reason(err).Kind; err != nil && kind != model.Conflict && kind != model.Invalid && kind != model.Forbidden {
				t.Error(err)
			}
			if err == nil {
				won.Add(1)
			}
		})
	}
	all.Wait()
	return won.Load()
}

func TestTwoAcceptOneHandOver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		for range 5 {
			id := y.givenReport(t).ID
			y.does(t, y.worker, id, model.ActAccept, model.ActDispatch)
			take := func(who model.Actor) func() error {
				return func() error { _, err := y.AcceptHandover(t.Context(), who, id); return err }
			}
			if n := together(t, take(y.officer), take(y.second), take(y.officer), take(y.second)); n != 1 {
				t.Errorf("%d took it", n)
			}
			y.wantReplay(t, id)
		}
	})
}

func TestAnExtensionIsGrantedWhileItGoesUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		for range 5 {
			id := y.givenHandled(t)
			m, err := y.Matter(t.Context(), y.worker, id)
			y.must(t, err)
			_, err = y.Extend(t.Context(), y.officer, id, m.DueAt.Add(day), "等配件")
			y.must(t, err)
			y.now.Store(int64(m.TierDueAt))
			sweep := func() error { _, err := y.Sweep(t.Context()); return err }
			n := together(t, sweep, func() error { _, err := y.DecideExtension(t.Context(), y.admin, id, true, ""); return err }, sweep)
			after, err := y.Matter(t.Context(), y.worker, id)
			y.must(t, err)
			if n != 3 || after.DueAt != m.DueAt.Add(day) || after.TierDueAt != after.DueAt {
				t.Errorf("%d succeeded; due %s, at the tier %s", n, after.DueAt, after.TierDueAt)
			}
			ups := 0
			for _, step := range y.wantReplay(t, id) {
				if step.Action == model.ActEscalate {
					ups++
				}
			}
			if wentUp := after.Tier == model.TierCommunity; ups > 1 || wentUp != (ups == 1) {
				t.Errorf("it went up %d times and is at the %s", ups, after.Tier)
			}
		}
	})
}

func TestAPairIsMergedInBothDirections(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		for range 5 {
			one, two := y.givenReport(t).ID, y.givenReport(t).ID
			merge := func(id, into model.ID) func() error {
				return func() error { _, err := y.Merge(t.Context(), y.worker, id, into); return err }
			}
			if n := together(t, merge(one, two), merge(two, one)); n != 1 {
				t.Errorf("%d were merged", n)
			}
			y.wantReplay(t, one)
			y.wantReplay(t, two)
		}
	})
}

func TestManySweepsMoveAMatterOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		id := y.givenReport(t).ID
		m, err := y.Matter(t.Context(), y.worker, id)
		y.must(t, err)
		y.now.Store(int64(m.TierDueAt))
		var moved atomic.Int64
		sweep := func() error { n, err := y.Sweep(t.Context()); moved.Add(int64(n)); return err }
		together(t, sweep, sweep, sweep, sweep)
		if moved.Load() != 1 {
			t.Errorf("it was moved %d times", moved.Load())
		}
		y.wantReplay(t, id)
	})
}

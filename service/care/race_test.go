package care_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/care"
)

// race runs a step n times at once, and returns how often it was done and how often it failed with an error.
func race(t *testing.T, n int, refusal error, step func(i int) error) (won, lost int64) {
	t.Helper()
	var done, refused atomic.Int64
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			switch err := step(i); {
			case err == nil:
				done.Add(1)
			case errors.Is(err, refusal):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	return done.Load(), refused.Load()
}

func TestOneOfManyIsOnTheirWay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		home := h.givenHome(t, h.Resident(0))
		for i := range 4 {
			h.givenPair(t, home, h.Resident(i+1), model.PairPrimary)
		}
		a := h.givenAlarm(t, h.givenButton(t, home))
		won, lost := race(t, 12, model.ErrAlarmState, func(i int) error {
			_, err := h.Ack(t.Context(), h.Resident(i%4+1), a.ID)
			return err
		})
		if won != 1 || lost != 11 {
			t.Errorf("%d acknowledged, %d were refused", won, lost)
		}
		steps, err := h.store.Alarms.Steps(t.Context(), a.ID)
		if err != nil || len(steps) != 5 {
			t.Errorf("%d steps, %v", len(steps), err)
		}
	})
}

func TestAMessageIsHeardOnceHoweverOftenItComes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		b := h.givenButton(t, h.givenHome(t, h.Resident(0)))
		m := h.message(b, alertPath)
		won, lost := race(t, 20, model.ErrDeviceReplay, func(int) error {
			_, err := h.PressDevice(t.Context(), m, 50)
			return err
		})
		if won != 1 || lost != 19 {
			t.Errorf("heard %d times, refused %d times", won, lost)
		}
		h.wantPresses(t, 1)
		messages := make([]*care.Message, 20)
		for i := range messages {
			messages[i] = h.message(b, alertPath)
		}
		won, lost = race(t, 20, model.ErrDeviceReplay, func(i int) error { // those overtaken by a higher counter are old
			_, err := h.PressDevice(t.Context(), messages[i], 50)
			return err
		})
		if won < 1 || won+lost != 20 {
			t.Errorf("heard %d times, refused %d times", won, lost)
		}
		h.wantPresses(t, 1+int(won))
	})
}

// wantPresses wants one alarm in all, with so many presses.
func (h *house) wantPresses(t *testing.T, presses int) {
	t.Helper()
	list, err := h.Alarms(t.Context(), h.Holder(model.RoleCommunityAdmin), true, nil, model.Page{})
	if err != nil || len(list.Items) != 1 || list.Items[0].Presses != presses {
		t.Fatalf("got %d alarms %+v, want one with %d presses; %v", len(list.Items), list.Items, presses, err)
	}
}

func TestResolvingMeetsTheSweep(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		home := h.givenHome(t, h.Resident(0))
		h.givenPair(t, home, h.Resident(1), model.PairPrimary)
		h.givenPair(t, home, h.Resident(2), model.PairBackup)
		b := h.givenButton(t, home)
		for range 5 {
			a := h.givenAlarm(t, b)
			h.wait(time.Minute)
			var all sync.WaitGroup
			for range 3 {
				all.Go(func() {
					if _, err := h.Sweep(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			all.Go(func() {
				if _, err := h.Resolve(t.Context(), h.Resident(1), a.ID, model.OutcomeFalse, ""); err != nil {
					t.Error(err)
				}
			})
			all.Wait()
			h.wait(time.Hour)
			h.sweep(t)
			steps, err := h.store.Alarms.Steps(t.Context(), a.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range steps {
				if s.State == model.StepWaiting || s.StepNo > 1 && s.State == model.StepDone {
					t.Errorf("step %d of a resolved alarm is %s", s.StepNo, s.State)
				}
			}
			if got := h.status(t, a.ID); got != model.AlarmResolved {
				t.Errorf("the alarm is %s", got)
			}
		}
	})
}

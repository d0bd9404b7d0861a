package care_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/care"
)

// The burst: so many alarms in so long a time, at homes with a cascade of some seconds, while two processes are stopped
// and replaced again and again.
const (
	burstAlarms = 60
	burstTime   = 6 * time.Second
	burstLate   = 2 * time.Second
)

// gateway keeps how often each delivery came.
type gateway struct {
	mu   sync.Mutex
	came map[model.ID]int
}

func (g *gateway) take(_ context.Context, call *care.Call) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.came[call.ID]++
	return nil
}

func realNow() model.Instant { return model.InstantOf(time.Now()) }

// TestABurstOfAlarmsLosesNoneAndCallsNobodyTwice is the short form of the soak in cmd/linbanglin, which kills programs.
func TestABurstOfAlarmsLosesNoneAndCallsNobodyTwice(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		g := &gateway{came: map[model.ID]int{}}
		staff := care.New(store, realNow, care.Channels{Webhook: g.take})
		buttons := givenStreet(t, w, staff)
		ctx, end := context.WithCancel(t.Context())
		var processes sync.WaitGroup
		for range 2 {
			processes.Go(func() { replaced(ctx, t, store, g) })
		}
		alarms := make([]*model.Alarm, burstAlarms)
		var ringing sync.WaitGroup
		began := time.Now()
		for i := range alarms {
			time.Sleep(time.Until(began.Add(burstTime * time.Duration(i) / burstAlarms)))
			ringing.Go(func() {
				m := &care.Message{Method: http.MethodPost, Path: alertPath, Device: buttons[i].id, Counter: 1, Sent: time.Now().Unix(), Body: []byte("{}")}
				m.Signature = m.Sign(buttons[i].key)
				var err error
				if alarms[i], err = staff.PressDevice(ctx, m, 0); err != nil {
					t.Error(err)
				}
			})
		}
		ringing.Wait()
		wantAllDone(t, store, g, alarms)
		end()
		processes.Wait()
	})
}

// replaced is a process that ends after a while, in the midst of what it does, and is started anew.
func replaced(ctx context.Context, t *testing.T, store *repository.Store, g *gateway) {
	for ctx.Err() == nil {
		life, stop := context.WithTimeout(ctx, 700*time.Millisecond)
		care.New(store, realNow, care.Channels{Webhook: g.take}).Run(life, func(err error) {
			if life.Err() == nil {
				t.Error(err)
			}
		})
		stop()
	}
}

// givenStreet gives homes doorbells, volunteers and a cascade of three steps in three seconds.
func givenStreet(t *testing.T, w *testworld.World, staff *care.Care) []*button {
	t.Helper()
	ctx, admin := t.Context(), w.Holder(model.RoleCommunityAdmin)
	s := model.DefaultBellSettings(0)
	s.Steps = []model.CascadeStep{
		{AfterSeconds: 0, Targets: []model.Target{model.TargetPrimary}},
		{AfterSeconds: 1, Targets: []model.Target{model.TargetBackup}},
		{AfterSeconds: 2, Targets: []model.Target{model.TargetGridWorker}},
		{AfterSeconds: 3, Targets: []model.Target{model.TargetDutyPhone, model.TargetAdmin}},
	}
	s.DutyPhone = "0592-110110"
	if _, err := staff.Set(ctx, admin, s); err != nil {
		t.Fatal(err)
	}
	buttons := make([]*button, burstAlarms)
	for i, elder := range w.Crowd(burstAlarms) {
		home, err := staff.Enrol(ctx, admin, elder.MemberID, agreed)
		if err != nil {
			t.Fatal(err)
		}
		for k, kind := range []model.PairKind{model.PairPrimary, model.PairBackup} {
			volunteer := w.Resident((i + k) % 6)
			p, err := staff.Propose(ctx, admin, home.HouseholdID, volunteer.MemberID, kind, agreed)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := staff.AnswerPair(ctx, volunteer, p.ID, true); err != nil {
				t.Fatal(err)
			}
		}
		d, err := staff.AddDevice(ctx, admin, home.HouseholdID, "")
		if err != nil {
			t.Fatal(err)
		}
		key, err := hex.DecodeString(d.Key)
		if err != nil {
			t.Fatal(err)
		}
		buttons[i] = &button{id: d.ID, key: key}
	}
	return buttons
}

// wantAllDone wants every step of every alarm done within burstLate of its time, every delivery made, and none twice.
func wantAllDone(t *testing.T, store *repository.Store, g *gateway, alarms []*model.Alarm) {
	t.Helper()
	var latest time.Duration
	deliveries, again := 0, 0
	for _, a := range alarms {
		steps, rows := settled(t, store, a.ID)
		for _, s := range steps {
			late := time.Duration(s.DoneAt-s.DueAt) * time.Microsecond
			if latest = max(latest, late); late > burstLate || s.State != model.StepDone {
				t.Errorf("step %d of alarm %d is %s, %v after its time", s.StepNo, a.ID, s.State, late)
			}
		}
		seen := map[string]bool{}
		for _, d := range rows {
			name := fmt.Sprint(d.RecipientID, d.Channel)
			if seen[name] {
				t.Errorf("alarm %d calls %s twice", a.ID, name)
			}
			seen[name] = true
			if d.Channel == model.ChannelWebhook {
				deliveries++
				g.mu.Lock()
				if again += g.came[d.ID] - 1; g.came[d.ID] == 0 {
					t.Errorf("delivery %d did not come", d.ID)
				}
				g.mu.Unlock()
			}
		}
		if len(steps) != 4 || len(rows) != 4*3+1 { // four people by three channels, and the duty phone
			t.Errorf("alarm %d has %d steps and %d deliveries", a.ID, len(steps), len(rows))
		}
	}
	t.Logf("%d alarms, %d deliveries to the gateway, %d of them again; the latest step was %v late", len(alarms), deliveries, again, latest)
	if again != 0 {
		t.Errorf("%d deliveries were made twice, though no process lost its power", again)
	}
}

// settled waits until nothing of an alarm is due.
func settled(t *testing.T, store *repository.Store, id model.ID) ([]*model.AlarmStep, []*model.Delivery) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		steps, err := store.Alarms.Steps(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := store.Alarms.Deliveries(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		open := 0
		for _, s := range steps {
			if s.State == model.StepWaiting {
				open++
			}
		}
		for _, d := range rows {
			if d.Status == model.DeliveryPending {
				open++
			}
		}
		if open == 0 {
			return steps, rows
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d things of alarm %d are not done", open, id)
		}
	}
}

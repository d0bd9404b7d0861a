package care_test

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/care"
)

// house is the care for a world, at a time that the test sets. What is sent outside is kept.
type house struct {
	*testworld.World
	*care.Care
	store *repository.Store
	now   atomic.Int64

	mu    sync.Mutex
	calls []*care.Call
	fail  error
}

func each(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		h := &house{World: testworld.New(t, store), store: store}
		h.now.Store(int64(testworld.Now))
		h.Care = care.New(store, h.clock, care.Channels{Webhook: h.keep})
		test(t, h)
	})
}

func (h *house) clock() model.Instant { return model.Instant(h.now.Load()) }

func (h *house) wait(d time.Duration) { h.now.Add(d.Microseconds()) }

func (h *house) keep(_ context.Context, call *care.Call) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, call)
	return h.fail
}

var agreed = &model.ConsentGiven{Method: model.ConsentPhone, Note: "女儿同意"}

// button is a device with its key.
type button struct {
	id      model.ID
	key     []byte
	counter int64
}

// givenHome enrols the household of a resident.
func (h *house) givenHome(t *testing.T, elder model.Actor) *model.BellHome {
	t.Helper()
	home, err := h.Enrol(t.Context(), h.Holder(model.RoleCommunityAdmin), elder.MemberID, agreed)
	if err != nil {
		t.Fatal(err)
	}
	return home
}

func (h *house) givenButton(t *testing.T, home *model.BellHome) *button {
	t.Helper()
	d, err := h.AddDevice(t.Context(), h.Holder(model.RoleCommunityAdmin), home.HouseholdID, "卧室")
	if err != nil {
		t.Fatal(err)
	}
	key, err := hex.DecodeString(d.Key)
	if err != nil {
		t.Fatal(err)
	}
	return &button{id: d.ID, key: key}
}

// givenPair pairs a volunteer with a home.
func (h *house) givenPair(t *testing.T, home *model.BellHome, volunteer model.Actor, kind model.PairKind) *model.BellPair {
	t.Helper()
	p, err := h.Propose(t.Context(), h.Holder(model.RoleCommunityAdmin), home.HouseholdID, volunteer.MemberID, kind, agreed)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = h.AnswerPair(t.Context(), volunteer, p.ID, true); err != nil {
		t.Fatal(err)
	}
	return p
}

// message signs a body as the button would, under its next counter.
func (h *house) message(b *button, path string) *care.Message {
	b.counter++
	m := &care.Message{Method: http.MethodPost, Path: path, Device: b.id, Counter: b.counter, Sent: int64(h.clock()) / 1_000_000, Body: []byte("{}")}
	m.Signature = m.Sign(b.key)
	return m
}

const alertPath = "/api/v1/doorbell/alerts"

func (h *house) givenAlarm(t *testing.T, b *button) *model.Alarm {
	t.Helper()
	a, err := h.PressDevice(t.Context(), h.message(b, alertPath), 0)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// sweep does all that is due.
func (h *house) sweep(t *testing.T) {
	t.Helper()
	for {
		did, err := h.Sweep(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		tried, err := h.Deliver(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if did+tried == 0 {
			return
		}
	}
}

// wantCalled wants a step of an alarm to have gone to some people, and to nobody else.
func (h *house) wantCalled(t *testing.T, alarm model.ID, step int, people ...model.Actor) {
	t.Helper()
	rows, err := h.store.Alarms.Deliveries(t.Context(), alarm)
	if err != nil {
		t.Fatal(err)
	}
	got := map[model.ID]bool{}
	for _, d := range rows {
		if d.StepNo == step && d.Channel == model.ChannelInbox {
			got[d.RecipientID] = true
		}
	}
	want := map[model.ID]bool{}
	for _, p := range people {
		want[p.MemberID] = true
		if !got[p.MemberID] {
			t.Errorf("step %d did not call %d", step, p.MemberID)
		}
	}
	if len(got) != len(want) {
		t.Errorf("step %d called %d people, want %d", step, len(got), len(want))
	}
}

func (h *house) status(t *testing.T, alarm model.ID) model.AlarmStatus {
	t.Helper()
	a, err := h.store.Alarms.Get(t.Context(), alarm)
	if err != nil {
		t.Fatal(err)
	}
	return a.Status
}

func TestAnAlarmGoesOnUntilSomebodyComes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		elder := h.Resident(0)
		home := h.givenHome(t, elder)
		h.givenPair(t, home, h.Resident(1), model.PairPrimary)
		h.givenPair(t, home, h.Resident(2), model.PairPrimary)
		h.givenPair(t, home, h.Resident(3), model.PairBackup)
		a := h.givenAlarm(t, h.givenButton(t, home))
		h.wantCalled(t, a.ID, 0, h.Resident(1), h.Resident(2))
		h.wait(59 * time.Second)
		h.sweep(t)
		h.wantCalled(t, a.ID, 1)
		h.wait(time.Second)
		h.sweep(t)
		h.wantCalled(t, a.ID, 1, h.Resident(3))
		h.wait(time.Minute)
		h.sweep(t)
		h.wantCalled(t, a.ID, 2, h.Holder(model.RoleGridWorker))
		if _, err := h.Ack(t.Context(), h.Resident(3), a.ID); err != nil {
			t.Fatal(err)
		}
		h.wait(4 * time.Minute)
		h.sweep(t)
		h.wantCalled(t, a.ID, 3)
		h.wait(time.Minute) // nobody arrived
		h.sweep(t)
		if got := h.status(t, a.ID); got != model.AlarmRinging {
			t.Errorf("the alarm is %s", got)
		}
		h.wantCalled(t, a.ID, 3, h.Holder(model.RoleCommunityAdmin))
		h.wantCalled(t, a.ID, 100, h.Holder(model.RoleGridWorker))
		if _, err := h.Arrive(t.Context(), h.Resident(1), a.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Resolve(t.Context(), h.Resident(1), a.ID, model.OutcomeFalse, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Resolve(t.Context(), h.Resident(1), a.ID, model.OutcomeFalse, ""); !errors.Is(err, model.ErrAlarmState) {
			t.Errorf("resolved twice: %v", err)
		}
		h.wait(time.Hour)
		h.sweep(t)
		if b := h.givenAlarm(t, h.givenButton(t, home)); b.ID == a.ID || b.Presses != 1 {
			t.Errorf("the next alarm is %+v", b)
		}
	})
}

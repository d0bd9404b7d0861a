package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/care"
)

// The soak of alarms: so many in a minute, through a cascade of half a minute, to two programs of which every few seconds
// one loses its power and is started again.
const (
	soakAlarms = 1000
	soakTime   = time.Minute
	killEvery  = 4 * time.Second
	soakLate   = 2 * time.Second
)

// gateway is where the programs post calls.
type gateway struct {
	mu   sync.Mutex
	came map[string]int // by the id of the delivery
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.came[r.Header.Get("X-Linbanglin-Id")]++
	w.WriteHeader(http.StatusNoContent)
}

// bell is a device of the soak.
type bell struct {
	id      model.ID
	key     []byte
	counter int64
	alarm   model.ID
}

func TestSoakAlarms(t *testing.T) {
	if os.Getenv("LBL_SOAK") == "" {
		t.Skip("takes minutes: make soak")
	}
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			address := testdb.URL(t, engine)
			store := testdb.Connect(t, address)
			bells := givenBells(t, store)
			g := &gateway{came: map[string]int{}}
			to := httptest.NewServer(g)
			defer to.Close()
			programs := []*server{newServer(t, address, ""), newServer(t, address, "")}
			for _, p := range programs {
				p.env = append(p.env, "LBL_MODE=production", "LBL_ALARM_WEBHOOK_URL="+to.URL, "LBL_ALARM_WEBHOOK_KEY=0123456789abcdef")
				p.start()
			}
			addresses := []string{programs[0].address, programs[1].address}
			var ringing sync.WaitGroup
			began := time.Now()
			for i, b := range bells {
				ringing.Go(func() {
					time.Sleep(time.Until(began.Add(soakTime * time.Duration(i) / soakAlarms)))
					b.ring(t.Context(), addresses)
				})
			}
			kills := 0
			for end := began.Add(soakTime + 35*time.Second); time.Now().Before(end); kills++ {
				time.Sleep(killEvery)
				p := programs[kills%2]
				p.kill()
				p.start()
			}
			ringing.Wait()
			wantRung(t, store, g, bells, kills)
		})
	}
}

// givenBells gives homes doorbells and volunteers, and the community a cascade of half a minute.
func givenBells(t *testing.T, store *repository.Store) []*bell {
	t.Helper()
	w := testworld.New(t, store)
	now := model.InstantOf(time.Now())
	s := model.DefaultBellSettings(w.Community.ID)
	for i := range s.Steps {
		s.Steps[i].AfterSeconds = 10 * i
	}
	s.DutyPhone, s.Version = "0592-110110", 1
	must(t, store.Doorbells.SaveSettings(t.Context(), s))
	bells := make([]*bell, soakAlarms)
	for i, elder := range w.Crowd(soakAlarms) {
		bells[i] = &bell{key: bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 16)}
		m, err := store.Members.Get(t.Context(), elder.MemberID)
		must(t, err)
		must(t, store.Tx(t.Context(), func(tx *repository.Store) error {
			home, err := model.NewBellHome(m, model.BellConsent{Method: model.ConsentPhone}, 0, now)
			must(t, err)
			must(t, tx.Doorbells.AddHome(t.Context(), home))
			for k, kind := range []model.PairKind{model.PairPrimary, model.PairPrimary, model.PairBackup} {
				must(t, tx.Doorbells.AddPair(t.Context(), &model.BellPair{
					ID: tx.NewID(), HouseholdID: home.HouseholdID, CommunityID: home.CommunityID, VolunteerID: w.Resident((i + k) % 16).MemberID,
					Kind: kind, Position: k, Status: model.PairActive, ProposedAt: now,
				}))
			}
			bells[i].id = tx.NewID()
			d, err := model.NewBellDevice(bells[i].id, home, "", bells[i].key, 0, now)
			must(t, err)
			return tx.Doorbells.AddDevice(t.Context(), d)
		}))
	}
	return bells
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ring presses until one of the programs has answered, as a device does that heard no answer.
func (b *bell) ring(ctx context.Context, addresses []string) {
	const path = "/api/v1/doorbell/alerts"
	for try := int(b.id); b.alarm == 0 && ctx.Err() == nil; try++ {
		b.counter++
		m := care.Message{Method: http.MethodPost, Path: path, Device: b.id, Counter: b.counter, Sent: time.Now().Unix(), Body: []byte("{}")}
		r, _ := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addresses[try%2]+path, bytes.NewReader(m.Body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Device-Id", b.id.String())
		r.Header.Set("X-Device-Counter", strconv.FormatInt(m.Counter, 10))
		r.Header.Set("X-Device-Time", strconv.FormatInt(m.Sent, 10))
		r.Header.Set("X-Device-Signature", m.Sign(b.key))
		answer, err := client.Do(r)
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		var a struct {
			ID model.ID `json:"id"`
		}
		if json.NewDecoder(answer.Body).Decode(&a) == nil && answer.StatusCode == http.StatusCreated {
			b.alarm = a.ID
		}
		_ = answer.Body.Close()
	}
}

// wantRung wants each alarm there, each of its steps done in time, and each delivery made.
func wantRung(t *testing.T, store *repository.Store, g *gateway, bells []*bell, kills int) {
	t.Helper()
	var lates []time.Duration
	deliveries, again, presses := 0, 0, 0
	for _, b := range bells {
		a, err := store.Alarms.Get(t.Context(), b.alarm)
		must(t, err)
		presses += a.Presses
		steps, rows := wantSettled(t, store, b.alarm)
		for _, s := range steps {
			late := time.Duration(s.DoneAt-s.DueAt) * time.Microsecond
			if lates = append(lates, late); s.State != model.StepDone || late > soakLate {
				t.Errorf("step %d of alarm %d is %s, %v after its time", s.StepNo, b.alarm, s.State, late)
			}
		}
		type call struct {
			to      model.ID
			channel model.Channel
		}
		seen := map[call]bool{}
		for _, d := range rows {
			if c := (call{d.RecipientID, d.Channel}); seen[c] {
				t.Errorf("alarm %d calls %+v twice", b.alarm, c)
			} else {
				seen[c] = true
			}
			if d.Channel != model.ChannelWebhook || d.Answer == "no phone" {
				continue
			}
			deliveries++
			g.mu.Lock()
			came := g.came[d.ID.String()]
			g.mu.Unlock()
			if again += max(0, came-1); came == 0 || d.Status != model.DeliverySent {
				t.Errorf("delivery %d is %s and came %d times", d.ID, d.Status, came)
			}
		}
	}
	slices.Sort(lates)
	t.Logf("%d alarms, %d presses, %d kills; %d steps, median %v, 99th percentile %v, latest %v after their time; %d deliveries, %d came again under their id",
		len(bells), presses, kills, len(lates), lates[len(lates)/2], lates[len(lates)*99/100], lates[len(lates)-1], deliveries, again)
}

// wantSettled waits until nothing of an alarm is due.
func wantSettled(t *testing.T, store *repository.Store, id model.ID) ([]*model.AlarmStep, []*model.Delivery) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		steps, err := store.Alarms.Steps(t.Context(), id)
		must(t, err)
		rows, err := store.Alarms.Deliveries(t.Context(), id)
		must(t, err)
		waiting := slices.ContainsFunc(steps, func(s *model.AlarmStep) bool { return s.State == model.StepWaiting })
		pending := slices.ContainsFunc(rows, func(d *model.Delivery) bool { return d.Status == model.DeliveryPending })
		if !waiting && !pending {
			return steps, rows
		}
		if time.Now().After(deadline) {
			t.Fatalf("alarm %d is not settled", id)
		}
	}
}

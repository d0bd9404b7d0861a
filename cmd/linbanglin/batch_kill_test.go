package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/model"
)

const (
	// batchKills is how often the server loses its power while it books batches.
	batchKills = 5
	// jobLines are booked after the answer, handLines before it.
	jobLines  = 1500
	handLines = 20
)

// askedLine is a line of a batch as it is sent, bookedLine as it is told.
type askedLine struct {
	Member string `json:"member_id"`
	Amount int64  `json:"amount"`
}

type bookedLine struct {
	askedLine
	Granted  int64  `json:"granted"`
	Outcome  string `json:"outcome"`
	Transfer string `json:"transfer_id"`
}

// batch is what the server tells of one.
type batch struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Total   int    `json:"total"`
	Done    int    `json:"done"`
	Failed  int    `json:"failed"`
	Granted int64  `json:"granted"`
}

// order is a batch that was sent. Its id is empty as long as nothing was acknowledged.
type order struct {
	key, id string
	lines   []askedLine
}

// office sends batches to a server that is killed again and again.
type office struct {
	*server
	admin   *person
	members []*person
	midway  int // jobs that a kill left half done

	mu     sync.Mutex
	orders []*order
}

func TestBatchesAreBookedOnceWhenTheServerIsKilled(t *testing.T) {
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			o := &office{server: newServer(t, testdb.URL(t, engine), "")}
			var job *order
			for round := range batchKills {
				o.open(job)
				job = o.work(round)
			}
			o.open(job)
			if o.midway == 0 {
				t.Error("no job was half done when the server was killed")
			}
			o.wantResumed()
			o.wantBookedOnce()
			if err := o.interrupt(); err != nil {
				t.Errorf("the server did not end well: %v\n%s", err, o.log)
			}
			if text, err := o.run("verify"); err != nil || strings.Contains(text, "差异") {
				t.Errorf("verify: %v\n%s", err, text)
			}
		})
	}
}

// open starts the server after it worked on a job, nil for none.
func (o *office) open(job *order) {
	o.t.Helper()
	o.start()
	o.admin = o.login("admin-1")
	for n := len(o.members); n < 9; n++ {
		o.members = append(o.members, o.login(fmt.Sprintf("resident-%d", n+1)))
	}
	if job != nil && job.id != "" {
		if b := o.batch(job.id); b.Done > 0 && b.Done < b.Total {
			o.midway++
		}
	}
}

// work sends a job, which it returns, and small batches beside it, until the server is killed: every second time
// when the job was begun, else whenever it comes.
func (o *office) work(round int) *order {
	job := o.order(fmt.Sprint("job-", round), jobLines)
	var sending sync.WaitGroup
	for w := range 2 {
		sending.Go(func() {
			for n := 0; o.send(o.order(fmt.Sprintf("hand-%d-%d-%d", round, w, n), handLines)); n++ {
			}
		})
	}
	if begun := round%2 == 0; begun {
		o.send(job)
		for job.id != "" && o.batch(job.id).Done == 0 {
			time.Sleep(2 * time.Millisecond)
		}
	} else {
		sending.Go(func() { o.send(job) })
		time.Sleep(time.Duration(rand.IntN(150)) * time.Millisecond)
	}
	time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond)
	o.kill()
	sending.Wait()
	return job
}

// order makes a batch for all members in turn. Every ninth line asks for nothing, and fails.
func (o *office) order(key string, lines int) *order {
	b := &order{key: key}
	for i := range lines {
		b.lines = append(b.lines, askedLine{o.members[i%len(o.members)].ID, int64(i+i/9) % 9})
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.orders = append(o.orders, b)
	return b
}

// send sends a batch, perhaps again, and reports whether it was acknowledged.
func (o *office) send(b *order) bool {
	status, text := o.admin.call(http.MethodPost, "/points/batches", b.key, map[string]any{"code": model.RuleAdjust, "memo": "帮忙", "lines": b.lines})
	if status == 0 {
		return false
	}
	var got batch
	if err := json.Unmarshal(text, &got); err != nil || status >= http.StatusBadRequest || b.id != "" && b.id != got.ID {
		o.t.Errorf("%s was batch %q, and is answered %d %s", b.key, b.id, status, text)
		return false
	}
	b.id = got.ID
	return true
}

func (o *office) batch(id string) batch {
	o.t.Helper()
	status, text := o.admin.call(http.MethodGet, "/points/batches/"+id, "", nil)
	return want[batch](o.t, status, text)
}

// wantResumed waits until what was acknowledged is done, without being asked for again.
func (o *office) wantResumed() {
	o.t.Helper()
	acknowledged := 0
	for _, b := range o.orders {
		if b.id != "" {
			acknowledged++
			o.wantDone(b)
		}
	}
	o.t.Logf("%d batches, %d acknowledged, %d half done", len(o.orders), acknowledged, o.midway)
	if lost := len(o.orders) - acknowledged; acknowledged < 2*batchKills || lost == 0 {
		o.t.Errorf("%d batches were acknowledged, of %d the answer was lost", acknowledged, lost)
	}
}

func (o *office) wantDone(b *order) batch {
	o.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		got := o.batch(b.id)
		if got.Status == "done" {
			return got
		}
		if time.Now().After(deadline) {
			o.t.Fatalf("%s is not resumed: %+v", b.key, got)
		}
	}
}

// wantBookedOnce sends everything again under its key, as who lost an answer does, and holds what became of each
// line and the balances against what was sent.
func (o *office) wantBookedOnce() {
	o.t.Helper()
	owed, transfers := map[string]int64{}, map[string]bool{}
	for _, b := range o.orders {
		if !o.send(b) {
			o.t.Fatalf("%s is not acknowledged", b.key)
		}
		got, sum := o.wantDone(b), batch{ID: b.id, Status: "done", Total: len(b.lines), Done: len(b.lines)}
		lines := o.lines(sum)
		for i, asked := range b.lines {
			line := bookedLine{asked, asked.Amount, model.LineGranted, lines[i].Transfer}
			if asked.Amount == 0 {
				sum.Failed++
				line.Outcome, line.Transfer = model.ErrAmount.Code, ""
			} else if transfers[line.Transfer] || line.Transfer == "" {
				o.t.Errorf("line %d of %s has the transfer %q", i+1, b.key, line.Transfer)
			}
			if lines[i] != line {
				o.t.Errorf("line %d of %s is %+v, want %+v", i+1, b.key, lines[i], line)
			}
			transfers[line.Transfer] = true
			owed[asked.Member] += asked.Amount
			sum.Granted += asked.Amount
		}
		if got != sum {
			o.t.Errorf("%s is %+v, want %+v", b.key, got, sum)
		}
	}
	for _, m := range o.members {
		status, text := m.call(http.MethodGet, "/points/me", "", nil)
		if got := want[struct {
			Posted int64 `json:"posted"`
		}](o.t, status, text); got.Posted != owed[m.ID] {
			o.t.Errorf("%s has %d, want %d", m.ID, got.Posted, owed[m.ID])
		}
	}
}

// lines returns the lines of a batch that is done.
func (o *office) lines(b batch) (all []bookedLine) {
	o.t.Helper()
	for cursor := ""; ; {
		status, text := o.admin.call(http.MethodGet, "/points/batches/"+b.ID+"/lines?limit=100&cursor="+url.QueryEscape(cursor), "", nil)
		page := want[struct {
			Items []bookedLine `json:"items"`
			Next  string       `json:"next_cursor"`
		}](o.t, status, text)
		if all, cursor = append(all, page.Items...), page.Next; cursor != "" {
			continue
		}
		if len(all) != b.Total {
			o.t.Fatalf("batch %s has %d lines, want %d", b.ID, len(all), b.Total)
		}
		return all
	}
}

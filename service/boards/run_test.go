package boards_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/boards"
)

// run has the boards run until the test ends.
func (h *hall) run(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// within waits until something is so.
func within(t *testing.T, d time.Duration, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(d); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", d, what)
		}
	}
}

func (h *hall) source(t *testing.T) string {
	t.Helper()
	list, err := h.Top(t.Context(), h.Resident(0), boards.Query{}, model.Page{})
	if err != nil {
		t.Fatal(err)
	}
	return list.Source
}

func TestRunLeavesAnIdleRedisAloneAndFindsLostCopies(t *testing.T) {
	port := testdb.FreePort(t)
	defer testdb.StartRedis(t, port)()
	h := open(t, testdb.Open(t, testdb.SQLite), "redis://127.0.0.1:"+port+"/0")
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + port})
	defer func() { _ = client.Close() }()
	states := func() (n int) {
		text, err := client.Info(t.Context(), "commandstats").Result()
		if err != nil {
			t.Fatal(err)
		}
		if _, rest, found := strings.Cut(text, "cmdstat_hmget:calls="); found {
			_, _ = fmt.Sscan(rest, &n)
		}
		return n
	}
	h.award(t, h.people[0], 5, testworld.Now, 0, false)
	if err := h.ledger.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.run(t)
	within(t, 5*time.Second, "the board comes from Redis", func() bool { return h.source(t) == boards.FromRedis })

	before, since := states(), time.Now()
	time.Sleep(2 * time.Second)
	n := states() - before
	if idle := time.Since(since); n > int(idle/time.Second) {
		t.Errorf("in %s without work the copies were looked at %d times", idle, n)
	}

	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if h.source(t) != boards.FromSQL {
		t.Error("a board comes from a Redis that is empty")
	}
	within(t, 3*time.Second, "a reader that finds a copy gone has it back", func() bool { return h.source(t) == boards.FromRedis })

	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	within(t, 8*time.Second, "a copy that nobody reads is found gone", func() bool {
		n, err := client.DBSize(t.Context()).Result()
		return err == nil && n > 0
	})

	h.award(t, h.people[1], 7, testworld.Now, 0, false)
	if err := h.ledger.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	within(t, 3*time.Second, "what moved is carried", func() bool {
		list, err := h.Top(t.Context(), h.Resident(0), boards.Query{}, model.Page{})
		return err == nil && list.Source == boards.FromRedis && list.Total == 2
	})
}

// TestRunTellsWhatFails has the boards and the sealer run on a database that is away.
func TestRunTellsWhatFails(t *testing.T) {
	h := open(t, testdb.Open(t, testdb.SQLite), "")
	told := make(chan error, 100)
	h.OnError(func(err error) { told <- err })
	h.ledger.OnError(func(err error) { told <- err })
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]func(context.Context) error{"boards": h.Run, "ledger": h.ledger.Run} {
		for len(told) > 0 {
			t.Log(<-told)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- run(ctx) }()
		select {
		case err := <-told:
			if err == nil {
				t.Errorf("%s: nothing failed", name)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%s: the failure is not told", name)
		}
		stop()
		t.Log(<-done)
	}
}

// TestNothingToDoIsLookedForNowAndThen counts the rounds of a projector that nobody wakes.
func TestNothingToDoIsLookedForNowAndThen(t *testing.T) {
	h := open(t, testdb.Open(t, testdb.SQLite), "")
	var rounds atomic.Int64
	h.OnError(func(error) { rounds.Add(1) })
	ctx, stop := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer stop()
	if err := h.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if n := rounds.Load(); n > 10 {
		t.Errorf("it looked %d times", n)
	}
}

// TestRunFollowsWhilePostingsCome has records wait to be sealed all the time.
func TestRunFollowsWhilePostingsCome(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		port := testdb.FreePort(t)
		defer testdb.StartRedis(t, port)()
		h := open(t, store, "redis://127.0.0.1:"+port+"/0")
		failed := make(chan error, 100)
		h.OnError(func(err error) {
			if err != nil {
				failed <- err
			}
		})
		h.run(t)
		for n := range int64(20) {
			h.award(t, h.people[n], 5, testworld.Now, 0, false)
			if err := h.ledger.SealAll(t.Context()); err != nil {
				t.Fatal(err)
			}
			h.award(t, h.people[n], 1, testworld.Now, 0, false)
			within(t, 10*time.Second, "what is sealed is in Redis", func() bool {
				list, err := h.Top(t.Context(), h.Resident(0), boards.Query{}, model.Page{Limit: 100})
				if err != nil {
					t.Fatal(err)
				}
				points := int64(0)
				for _, i := range list.Items {
					points += i.Points
				}
				return list.Source == boards.FromRedis && list.Total == n+1 && points == 6*n+5
			})
		}
		if len(failed) > 0 {
			t.Error(<-failed)
		}
	})
}

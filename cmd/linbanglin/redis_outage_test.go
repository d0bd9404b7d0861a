package main

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testdb"
)

// awaitSource reads a board, which must always be answered, until it comes from a place.
func (p *person) awaitSource(t *testing.T, source string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		start := time.Now()
		status, text := p.call(http.MethodGet, "/leaderboards?period=day&ranking=shared", "", nil)
		board := want[struct {
			Source string `json:"source"`
			Total  int64  `json:"total"`
		}](t, status, text)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("a read takes %s", took)
		}
		if board.Source == source && board.Total > 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the boards do not come from %s: %s", source, text)
		}
	}
}

func TestBoardsAreReadFromTheDatabaseWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	port := testdb.FreePort(t)
	stop := testdb.StartRedis(t, port)
	defer func() { stop() }()
	s := newServer(t, testdb.URL(t, testdb.MySQL), "redis://127.0.0.1:"+port+"/0")
	s.start()
	giver, reader := s.login("organizer-1"), s.login("party-1")
	members := []*person{s.login("resident-1"), s.login("resident-2")}
	var loading sync.WaitGroup
	ctx, end := t.Context(), make(chan struct{})
	loading.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			select {
			case <-end:
				return
			default:
				giver.call(http.MethodPost, "/points/awards", fmt.Sprint("k", n), award(members[n%2].ID, 1))
			}
		}
	})
	for range 2 {
		reader.awaitSource(t, "redis")
		stop()
		reader.awaitSource(t, "sql")
		stop = testdb.StartRedis(t, port)
	}
	reader.awaitSource(t, "redis")
	close(end)
	loading.Wait()
	if err := s.interrupt(); err != nil {
		t.Errorf("the server did not end well: %v\n%s", err, s.log)
	}
}

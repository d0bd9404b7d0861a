package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// tell puts a notice into somebody's inbox.
func (s *stall) tell(who model.Actor, key string) {
	s.t.Helper()
	err := s.store.Tx(s.t.Context(), func(tx *repository.Store) error {
		return notify.Tell(s.t.Context(), tx, &model.Notice{
			CommunityID: s.Community.ID, MemberID: who.MemberID, Kind: model.NoticeOfferExpiring, Title: key, Key: key, CreatedAt: testworld.Now,
		})
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// listen opens a caller's stream and returns its lines, and what ends it.
func (s *stall) listen(who model.Actor, last string) (lines <-chan string, leave func()) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	s.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.server.URL+"/api/v1/events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token(who))
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	answer, err := http.DefaultClient.Do(r) //nolint:bodyclose // who reads the lines closes it
	if err != nil {
		s.t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
		s.t.Fatalf("got %d %v", answer.StatusCode, answer.Header)
	}
	all := make(chan string, 1000)
	go func() {
		defer close(all)
		defer func() { _ = answer.Body.Close() }()
		for in := bufio.NewScanner(answer.Body); in.Scan(); {
			all <- in.Text()
		}
	}()
	return all, cancel
}

// heartbeat returns what is written up to the next heartbeat.
func (s *stall) heartbeat(lines <-chan string) (before []string) {
	s.t.Helper()
	for deadline := time.After(30 * time.Second); ; {
		select {
		case line, on := <-lines:
			if !on {
				s.t.Fatalf("the stream ends after %v", before)
			}
			if line == ":" {
				return before
			}
			before = append(before, line)
		case <-deadline:
			s.t.Fatalf("no heartbeat comes after %v", before)
		}
	}
}

// event returns the id, the kind and the notice of the next event.
func (s *stall) event(lines <-chan string) (id, kind string, n reply) {
	s.t.Helper()
	var before []string
	for {
		select {
		case line, on := <-lines:
			if !on {
				s.t.Fatalf("the stream ends after %v", before)
			}
			name, value, _ := strings.Cut(line, ": ")
			switch name {
			case "id":
				id = value
			case "event":
				kind = value
			case "data":
				if err := json.Unmarshal([]byte(value), &n); err != nil {
					s.t.Fatal(err)
				}
				return id, kind, n
			default:
				before = append(before, line)
			}
		case <-time.After(10 * time.Second):
			s.t.Fatalf("no event comes after %v", before)
		}
	}
}

func TestEventsOverHTTP(t *testing.T) {
	s := givenStall(t)
	me, other := s.Resident(0), s.Resident(1)
	s.tell(me, "before")
	mine, leave := s.listen(me, "")
	theirs, _ := s.listen(other, "")
	if opened := s.heartbeat(mine); opened[0] != "retry: 3000" {
		t.Errorf("the stream begins with %q", opened)
	}
	s.tell(me, "first")
	id, kind, n := s.event(mine)
	if id != n.ID || kind != "offer_expiring" || n.Title != "first" {
		t.Errorf("got %s %s %+v", id, kind, n)
	}
	inbox := s.want(s.call(me, "GET", "/notices", ""), 200, "")
	if len(inbox.Items) != 2 || inbox.Items[0].ID != id {
		t.Errorf("the inbox has %s", inbox.text)
	}
	leave()
	s.tell(me, "while away")
	s.tell(other, "not mine")
	again, _ := s.listen(me, id)
	got := map[string]bool{}
	for range 2 { // what was around the last comes again
		_, _, n := s.event(again)
		got[n.Title] = true
	}
	if !got["before"] || !got["while away"] {
		t.Errorf("got %v", got)
	}
	if _, _, n := s.event(theirs); n.Title != "not mine" {
		t.Errorf("another hears %+v", n)
	}
	for range 3 { // the fourth of one member ends the first
		s.listen(me, "")
	}
	for deadline := time.After(10 * time.Second); ; {
		select {
		case _, on := <-again:
			if !on {
				return
			}
		case <-deadline:
			t.Fatal("the oldest stream does not end")
		}
	}
}

func TestEventsRefuseBadIDs(t *testing.T) {
	s := givenStall(t)
	me := s.Resident(0)
	for _, last := range []string{"abc", "-1", "0", "01", "9223372036854775807", "1.5"} {
		s.want(s.call(me, "GET", "/events", "", "Last-Event-ID", last), 422, "events.last_event_id")
		s.want(s.call(me, "GET", "/events?last_event_id="+last, ""), 422, "events.last_event_id")
	}
	s.want(s.call(me, "GET", "/events", "", "Last-Event-ID", fmt.Sprintf("%030d", 1)), 422, "validation")
	s.want(s.call(model.Actor{}, "GET", "/events", ""), 401, "auth.token_missing")
}

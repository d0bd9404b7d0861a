package main

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// TestEventsOutliveTheTimesOfOtherAnswers sees that a stream goes on for longer than a request may take, that it brings
// what another process tells, and that it does not keep the server from ending.
func TestEventsOutliveTheTimesOfOtherAnswers(t *testing.T) {
	t.Parallel()
	address := testdb.URL(t, testdb.MySQL)
	s := newServer(t, address, "")
	s.start()
	who := s.login("resident-1")
	member, err := model.ParseID(who.ID)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.address+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+who.token)
	answer, err := new(http.Client).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(answer.Body); in.Scan(); {
			lines <- in.Text()
		}
	}()
	time.Sleep(readTime + 2*time.Second)
	other := testdb.Connect(t, address)
	err = other.Tx(t.Context(), func(tx *repository.Store) error {
		return notify.Tell(t.Context(), tx, &model.Notice{MemberID: member, Kind: model.NoticeOfferExpired, Title: "来自别处", Key: "k", CreatedAt: now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	for heard := ""; !strings.Contains(heard, "来自别处"); {
		select {
		case line, on := <-lines:
			if heard += line + "\n"; !on {
				t.Fatalf("the stream ends after %q", heard)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("only %q is heard", heard)
		}
	}
	began := time.Now()
	if err := s.interrupt(); err != nil {
		t.Errorf("%v\n%s", err, s.log)
	}
	if took := time.Since(began); took > shutdownTime/2 {
		t.Errorf("it ends after %s", took)
	}
}

package main

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testdb"
)

// wire stands between the program and its database, and can be cut.
type wire struct {
	to    string
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
	net.Listener
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{to: to, Listener: l}
	t.Cleanup(func() { _ = l.Close(); w.sever(true) })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(near)
		}
	}()
	return w
}

func (w *wire) carry(near net.Conn) {
	w.mu.Lock()
	cut := w.cut
	w.mu.Unlock()
	if cut {
		_ = near.Close()
		return
	}
	far, err := net.Dial("tcp", w.to)
	if err != nil {
		_ = near.Close()
		return
	}
	w.mu.Lock()
	w.conns = append(w.conns, near, far)
	w.mu.Unlock()
	go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
	_, _ = io.Copy(near, far)
	_ = near.Close()
}

// sever cuts the wire, or mends it.
func (w *wire) sever(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	if cut {
		for _, c := range w.conns {
			_ = c.Close()
		}
		w.conns = nil
	}
}

func TestTheDatabaseGoesAwayAndComesBack(t *testing.T) {
	t.Parallel()
	address, err := url.Parse(testdb.URL(t, testdb.MySQL))
	if err != nil {
		t.Fatal(err)
	}
	w := newWire(t, address.Host)
	address.Host = w.Addr().String()
	s := newServer(t, address.String(), "")
	s.start()
	giver, member := s.login("organizer-1"), s.login("resident-1")
	w.sever(true)
	for _, path := range []string{"/requests", "/points/me", "/leaderboards"} {
		status, text := member.call(http.MethodGet, path, "", nil)
		if status != http.StatusServiceUnavailable || !strings.Contains(string(text), `"code":"unavailable"`) {
			t.Errorf("%s: got %d %s", path, status, text)
		}
	}
	if status, text := giver.call(http.MethodPost, "/points/awards", "k", award(member.ID, 5)); status != http.StatusServiceUnavailable {
		t.Errorf("award: got %d %s", status, text)
	}
	response, err := http.Get("http://" + s.address + "/readyz")
	if err != nil || response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
		t.Errorf("readyz: got %v, %v", response, err)
	} else {
		_ = response.Body.Close()
	}
	w.sever(false)
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		status, text := giver.call(http.MethodPost, "/points/awards", "k", award(member.ID, 5))
		if status == http.StatusCreated {
			if r := want[receipt](t, status, text); r.Balance != 5 {
				t.Errorf("got %+v: the award was posted twice, or not", r)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not recover: %d %s", status, text)
		}
	}
	if err := s.interrupt(); err != nil {
		t.Errorf("the server did not end well: %v\n%s", err, s.log)
	}
}

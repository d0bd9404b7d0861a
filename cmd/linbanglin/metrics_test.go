package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"linbanglin/internal/testdb"
)

// wantPage wants an address to answer with a status and a text.
func wantPage(t *testing.T, url string, status int, text string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != status || !strings.Contains(string(body), text) {
		t.Errorf("%s: %d %v", url, r.StatusCode, err)
	}
}

// wantMetricsAt wants metrics at an address and not at the server's.
func (s *server) wantMetricsAt(address string) {
	s.t.Helper()
	wantPage(s.t, "http://"+s.address+"/metrics", http.StatusNotFound, "not_found")
	wantPage(s.t, "http://"+address+"/metrics", http.StatusOK, "linbanglin_http_request_seconds")
}

func TestMetricsHaveAnAddressOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.URL(t, testdb.SQLite), "")
	address := "127.0.0.1:" + testdb.FreePort(t)
	s.env = append(s.env, "LBL_METRICS_LISTEN="+address)
	s.start()
	s.wantMetricsAt(address)
	wantPage(t, "http://"+address+"/readyz", http.StatusNotFound, "")
	if err := s.interrupt(); err != nil {
		t.Error(err)
	}
	other := newServer(t, testdb.URL(t, testdb.SQLite), "")
	other.env = append(other.env, "LBL_METRICS_LISTEN=nowhere")
	if text, err := other.run("serve"); err == nil || !strings.Contains(text, "LBL_METRICS_LISTEN") {
		t.Errorf("a bad address: %v %s", err, text)
	}
}

func TestTheDemoHasItsMetricsAtAnAddressOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := newServer(t, "", "")
	address := "127.0.0.1:" + testdb.FreePort(t)
	s.env = append(s.env, "LBL_METRICS_LISTEN="+address, "TMPDIR="+t.TempDir())
	s.startAs("demo")
	s.wantMetricsAt(address)
}

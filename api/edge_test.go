package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"linbanglin/api"
	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/account"
	"linbanglin/service/audit"
	"linbanglin/service/booklet"
	"linbanglin/service/ledger"
	"linbanglin/service/market"
)

// gate is a server at the edge of the network, with logins of its own.
type gate struct {
	t      *testing.T
	server *httptest.Server
	store  *repository.Store
	tokens map[string]string // by handle of the demo
}

func givenGate(t *testing.T, edge api.Edge) *gate {
	t.Helper()
	return givenGateOn(t, testdb.Open(t, testdb.SQLite), edge)
}

func givenGateOn(t *testing.T, store *repository.Store, edge api.Edge) *gate {
	t.Helper()
	now := func() model.Instant { return testworld.Now }
	keys, err := account.ParseKeys("k:" + strings.Repeat("ab", 32))
	if err != nil {
		t.Fatal(err)
	}
	if found, err := store.Nodes.Communities(t.Context()); err != nil || len(found) == 0 {
		testworld.New(t, store)
	}
	press, err := booklet.New("", "https://linbanglin.example")
	if err != nil {
		t.Fatal(err)
	}
	accounts := account.New(store, nil, keys, true, now)
	g := &gate{t: t, store: store, tokens: map[string]string{}}
	for i := 1; i <= 4; i++ {
		handle := fmt.Sprintf("resident-%d", i)
		s, err := accounts.Login(t.Context(), "demo:"+handle, "")
		if err != nil {
			t.Fatal(err)
		}
		g.tokens[handle] = s.AccessToken
	}
	g.server = httptest.NewUnstartedServer(api.New(api.Config{
		Version: "test", Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(), Authenticate: accounts.Authenticate, Edge: edge,
		Ready: func(context.Context) (api.Readiness, error) { return api.Readiness{}, nil },
		Nouns: []api.Noun{
			api.Auth(accounts), api.Sessions(accounts), api.Requests(market.New(store, ledger.New(store, now), now)), api.Audit(audit.New(store, now)),
			api.Proofs(ledger.New(store, now)), api.Certificates(ledger.New(store, now), press),
		},
	}))
	g.server.Config.ReadHeaderTimeout, g.server.Config.ReadTimeout, g.server.Config.MaxHeaderBytes = 300*time.Millisecond, 700*time.Millisecond, 16<<10
	g.server.Start()
	t.Cleanup(g.server.Close)
	return g
}

// call sends a request with headers as name and value in turn, and returns the status, the head and the text of the answer.
func (g *gate) call(method, path, body string, head ...string) (int, http.Header, string) {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.server.URL+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(head); i += 2 {
		r.Header.Add(head[i], head[i+1])
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(text)
}

func (g *gate) me(handle string) int {
	status, _, _ := g.call("GET", "/api/v1/me", "", "Authorization", "Bearer "+g.tokens[handle])
	return status
}

func (g *gate) login(head ...string) (int, http.Header) {
	status, h, _ := g.call("POST", "/api/v1/auth/wechat/login", `{"code":"demo:resident-1"}`, head...)
	return status, h
}

// tight is a factor at which a member may read four times, and an address log in once.
const tight = 0.001

func TestEachCallerHasLimitsByClass(t *testing.T) {
	g := givenGate(t, api.Edge{RateFactor: tight})
	for i := range 4 {
		if status := g.me("resident-1"); status != http.StatusOK {
			t.Fatalf("read %d: %d", i, status)
		}
	}
	status, head, text := g.call("GET", "/api/v1/me", "", "Authorization", "Bearer "+g.tokens["resident-1"])
	wait, _ := strconv.Atoi(head.Get("Retry-After"))
	if status != http.StatusTooManyRequests || wait < 2 || wait > 5 || !strings.Contains(text, `"code":"rate.limited"`) {
		t.Errorf("the fifth: %d, after %q, %s", status, head.Get("Retry-After"), text)
	}
	if status := g.me("resident-2"); status != http.StatusOK {
		t.Errorf("another member from the same address: %d", status)
	}
	body := `{"category":"errand","title":"x"}`
	if status, _, text := g.call("POST", "/api/v1/requests", body, "Authorization", "Bearer "+g.tokens["resident-1"]); status != http.StatusOK && status != http.StatusCreated {
		t.Errorf("another class: %d %s", status, text)
	}
	if status, _ := g.login(); status != http.StatusOK {
		t.Errorf("the first login: %d", status)
	}
	if status, _ := g.login(); status != http.StatusTooManyRequests {
		t.Errorf("the second login: %d", status)
	}
	for range 20 {
		for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
			if status, _, _ := g.call("GET", path, ""); status != http.StatusOK {
				t.Fatalf("%s: %d", path, status)
			}
		}
	}
	if _, _, text := g.call("GET", "/metrics", ""); !strings.Contains(text, `linbanglin_rate_limited_total{class="read"} 1`) {
		t.Error("what was refused is not counted")
	}
}

// TestARushFromOneAddressIsNotThrottled has many members call at once from one address, by the usual limits.
func TestARushFromOneAddressIsNotThrottled(t *testing.T) {
	g := givenGate(t, api.Edge{RateFactor: 1})
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for range 200 {
				if status := g.me(fmt.Sprintf("resident-%d", i%4+1)); status != http.StatusOK {
					t.Errorf("got %d", status)
					return
				}
			}
		})
	}
	all.Wait()
}

func TestProcessesShareWhatTheyCountInRedis(t *testing.T) {
	port := testdb.FreePort(t)
	stop := testdb.StartRedis(t, port)
	store := testdb.Open(t, testdb.SQLite)
	var gates []*gate
	for range 3 {
		redis, err := repository.OpenRedis("redis://127.0.0.1:" + port)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = redis.Close() })
		gates = append(gates, givenGateOn(t, store, api.Edge{RateFactor: tight, Shared: redis.Take}))
	}
	in := 0
	for _, g := range gates {
		if status, _ := g.login(); status == http.StatusOK {
			in++
		}
	}
	if in != 1 {
		t.Errorf("%d logins, want 1 in all processes together", in)
	}
	reads := 0
	for range 8 {
		for _, g := range gates {
			if g.me("resident-1") == http.StatusOK {
				reads++
			}
		}
	}
	if reads < 4 || reads >= 12 { // half of what each alone would allow is not counted together
		t.Errorf("%d reads, where one process alone allows 4 and three 12", reads)
	}
	stop()
	for i, g := range gates {
		if status := g.me("resident-3"); status != http.StatusOK {
			t.Errorf("process %d without Redis: %d", i, status)
		}
		for range 4 {
			g.me("resident-3")
		}
		if status := g.me("resident-3"); status != http.StatusTooManyRequests {
			t.Errorf("process %d by itself: %d", i, status)
		}
	}
}

func TestOnlyTrustedProxiesAreBelieved(t *testing.T) {
	plain := givenGate(t, api.Edge{RateFactor: tight})
	for i, want := range []int{http.StatusOK, http.StatusTooManyRequests, http.StatusTooManyRequests} {
		address := fmt.Sprintf("203.0.113.%d", i)
		if status, _ := plain.login("X-Forwarded-For", address, "X-Real-IP", address, "Forwarded", "for="+address); status != want {
			t.Errorf("login %d of a made-up address: %d, want %d", i, status, want)
		}
	}
	behind := givenGate(t, api.Edge{RateFactor: tight, Proxies: []string{"127.0.0.1/32", "::1/128"}})
	for i, c := range []struct {
		head []string
		want int
	}{
		{[]string{"X-Forwarded-For", "203.0.113.1"}, http.StatusOK},
		{[]string{"X-Forwarded-For", "203.0.113.1"}, http.StatusTooManyRequests},
		{[]string{"X-Forwarded-For", "203.0.113.2"}, http.StatusOK},
		{[]string{"X-Forwarded-For", "198.51.100.7, 203.0.113.2"}, http.StatusTooManyRequests}, // what the client wrote before the proxy did
		{[]string{"X-Real-IP", "203.0.113.3"}, http.StatusOK},                                  // the proxy itself
		{[]string{"X-Real-IP", "203.0.113.4"}, http.StatusTooManyRequests},
	} {
		if status, _ := behind.login(c.head...); status != c.want {
			t.Errorf("login %d: %d, want %d", i, status, c.want)
		}
	}
}

func TestPagesOfOtherOriginsAreClosedOut(t *testing.T) {
	const console = "https://console.example.cn"
	ask := []string{"Origin", console, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,idempotency-key"}
	closed := givenGate(t, api.Edge{})
	_, head, _ := closed.call("OPTIONS", "/api/v1/requests", "", ask...)
	_, read, _ := closed.call("GET", "/api/v1/me", "", "Origin", console)
	if head.Get("Access-Control-Allow-Origin") != "" || read.Get("Access-Control-Allow-Origin") != "" {
		t.Error("open by default")
	}
	open := givenGate(t, api.Edge{Origins: []string{console}})
	status, head, _ := open.call("OPTIONS", "/api/v1/requests", "", ask...)
	if status != http.StatusNoContent || head.Get("Access-Control-Allow-Origin") != console || head.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%d %v", status, head)
	}
	for _, other := range []string{"https://evil.example.cn", "https://console.example.cn.evil.cn", "http://console.example.cn", "null"} {
		if _, head, _ := open.call("GET", "/api/v1/me", "", "Origin", other); head.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("open for %s", other)
		}
	}
}

func TestEveryAnswerHasTheHeadersThatProtect(t *testing.T) {
	for _, https := range []bool{false, true} {
		g := givenGate(t, api.Edge{HTTPS: https})
		for _, path := range []string{"/api/v1/me", "/docs", "/openapi.json", "/healthz", "/nothing", "/api/v1/requests/..%2fme"} {
			_, head, _ := g.call("GET", path, "")
			policy := head.Get("Content-Security-Policy")
			if head.Get("X-Content-Type-Options") != "nosniff" || head.Get("X-Frame-Options") != "DENY" || head.Get("Referrer-Policy") != "no-referrer" ||
				head.Get("Permissions-Policy") == "" || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") {
				t.Errorf("%s: %v", path, head)
			}
			if told := head.Get("Strict-Transport-Security") != ""; told != https {
				t.Errorf("%s: HSTS %t with https %t", path, told, https)
			}
		}
	}
}

func TestPathsThatOthersMayReadOtherwise(t *testing.T) {
	g := givenGate(t, api.Edge{})
	me := []string{"Authorization", "Bearer " + g.tokens["resident-1"]}
	for _, path := range []string{
		"/api/v1/requests/1%2Fclaim", "/api/v1/requests/1%2fclaim", "/api/v1/%2e%2e/v1/me", "/api/v1/..%2f..%2fmetrics", "/api/v1//me", "//api/v1/me",
		"/api/v1/./me", "/api/v1/x/../me", "/api/v1/me/", "/api/v1/me;a=b", "/api/v1/me%00", "/api/v1/me%0d%0aX: y", "/api/v1/me%252f", "/api/v1/requests\\1", "/api/v1/ME", "/API/v1/me",
	} {
		for _, method := range []string{"GET", "POST"} {
			status, _, text := g.raw(method+" "+path+" HTTP/1.1\r\nHost: x\r\n"+me[0]+": "+me[1]+"\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", 0)
			if status != http.StatusNotFound && status != http.StatusBadRequest && status != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d %s", method, path, status, text)
			}
		}
	}
}

// raw sends bytes as they are, with a pause between each two when there is one, and returns the status of the first answer,
// how many answers there were, and all that came.
func (g *gate) raw(text string, pause time.Duration) (status, answers int, all string) {
	g.t.Helper()
	conn, err := net.Dial("tcp", g.server.Listener.Addr().String())
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if pause == 0 {
		_, _ = io.WriteString(conn, text)
	}
	for i := 0; pause > 0 && i < len(text); i++ {
		if _, err := io.WriteString(conn, text[i:i+1]); err != nil {
			break // hung up
		}
		time.Sleep(pause)
	}
	answered, _ := io.ReadAll(conn)
	all = string(answered)
	in := bufio.NewReader(strings.NewReader(all))
	for {
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			return status, answers, all
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		if answers++; status == 0 {
			status = answer.StatusCode
		}
	}
}

// TestSmuggledRequestsAreRefused sends heads that two servers in a row could read as different requests. None of them makes
// a request of what is hidden in it.
func TestSmuggledRequestsAreRefused(t *testing.T) {
	g := givenGate(t, api.Edge{})
	bearer := "Authorization: Bearer " + g.tokens["resident-1"] + "\r\n"
	hidden := "POST /api/v1/requests HTTP/1.1\r\nHost: x\r\n" + bearer + "Content-Type: application/json\r\nContent-Length: 33\r\n\r\n" + `{"category":"errand","title":"x"}`
	post := "POST /api/v1/auth/refresh HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	for name, text := range map[string]string{
		"two lengths":             post + "Content-Length: 2\r\nContent-Length: 300\r\n\r\n{}" + hidden,
		"two lengths in one":      post + "Content-Length: 2, 300\r\n\r\n{}" + hidden,
		"a length with a sign":    post + "Content-Length: +2\r\n\r\n{}" + hidden,
		"a length in hexadecimal": post + "Content-Length: 0x2\r\n\r\n{}" + hidden,
		"an unknown coding":       post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
		"a coding twice":          post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"a coding of a coding":    post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + hidden,
		"a chunk of no size":      post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + hidden,
		"a space before a colon":  post + "Content-Length : 2\r\n\r\n{}" + hidden,
		"a folded line":           post + "X-A: b\r\n Content-Length: 2\r\n\r\n{}" + hidden,
		"NUL in a value":          post + "X-A: b\x00c\r\nContent-Length: 2\r\n\r\n{}" + hidden,
		"two hosts":               "POST /api/v1/auth/refresh HTTP/1.1\r\nHost: x\r\nHost: y\r\nContent-Length: 2\r\n\r\n{}" + hidden,
		"no host":                 "POST /api/v1/auth/refresh HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}" + hidden,
		"another version":         "POST /api/v1/auth/refresh HTTP/9.9\r\nHost: x\r\n\r\n" + hidden,
		"a head of 64 KiB":        post + "X-A: " + strings.Repeat("a", 64<<10) + "\r\n\r\n" + hidden,
	} {
		t.Run(name, func(t *testing.T) {
			status, answers, all := g.raw(text, 0)
			if status < 400 || status >= 600 || answers < 1 || strings.Contains(all, "HTTP/1.1 2") || strings.Contains(all, "resident") || strings.Contains(all, "goroutine") {
				t.Errorf("%d, %d answers: %s", status, answers, all)
			}
		})
	}
	if n := g.requests(); n != 0 {
		t.Errorf("%d hidden requests were made", n)
	}
}

// TestALengthBesideChunksIsNoLength sends both, which HTTP/1.1 has as chunks alone: what follows them is the next request,
// and nothing of the body is one.
func TestALengthBesideChunksIsNoLength(t *testing.T) {
	g := givenGate(t, api.Edge{})
	body := "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
	_, answers, all := g.raw("POST /api/v1/auth/refresh HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"+
		fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body), 0)
	if answers != 1 || strings.HasSuffix(all, "ok") {
		t.Errorf("%d answers: %s", answers, all)
	}
}

// requests counts what was asked by the first resident.
func (g *gate) requests() int {
	_, _, text := g.call("GET", "/api/v1/requests?mine=requested", "", "Authorization", "Bearer "+g.tokens["resident-1"])
	var list struct{ Items []any }
	if err := json.Unmarshal([]byte(text), &list); err != nil || !strings.Contains(text, "items") {
		g.t.Fatalf("%v: %s", err, text)
	}
	return len(list.Items)
}

func TestBodiesThatCanBeReadInTwoWays(t *testing.T) {
	g := givenGate(t, api.Edge{})
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"a name twice":           {`{"category":"errand","title":"x","title":"y"}`, 400},
		"a name twice, escaped":  {`{"category":"errand","title":"x","\u0074itle":"y"}`, 400},
		"in another case":        {`{"category":"errand","title":"x","Title":"y"}`, 422},
		"more after the end":     {`{"category":"errand","title":"x"}{"category":"errand","title":"y"}`, 400},
		"a comment":              {`{"category":"errand","title":"x"}//`, 400},
		"NUL in a string":        {`{"category":"errand","title":"x\u0000y"}`, 422},
		"half a surrogate":       {`{"category":"errand","title":"x\ud800"}`, 422},
		"broken UTF-8":           {"{\"category\":\"errand\",\"title\":\"x\xff\"}", 422},
		"NaN":                    {`{"category":"errand","title":"x","slots":NaN}`, 400},
		"a number of 400 digits": {`{"category":"errand","title":"x","slots":1` + strings.Repeat("0", 400) + `}`, 400},
		"40 deep":                {`{"category":"errand","title":"x","skills":` + deep + `}`, 400},
		"20,000 deep":            {strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), 400},
		"names of an object":     {`{"__proto__":{"admin":true},"category":"errand","title":"x"}`, 422},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, text := g.call("POST", "/api/v1/requests", c.body, "Authorization", "Bearer "+g.tokens["resident-1"])
			if status != c.status {
				t.Errorf("%d %s, want %d", status, text, c.status)
			}
			if strings.Contains(text, "json:") || strings.Contains(text, "goroutine") || strings.Contains(text, ".go") {
				t.Errorf("tells of the inside: %s", text)
			}
		})
	}
	if n := g.requests(); n != 0 {
		t.Errorf("%d requests were made", n)
	}
}

// TestSlowClientsAreHungUpOn sends a head, and a body, byte by byte.
func TestSlowClientsAreHungUpOn(t *testing.T) {
	g := givenGate(t, api.Edge{})
	head := "POST /api/v1/auth/refresh HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n"
	for name, send := range map[string]func() string{
		"a slow head": func() string {
			_, _, all := g.raw(head, 20*time.Millisecond)
			return all
		},
		"a slow body": func() string {
			conn, err := net.Dial("tcp", g.server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			_ = conn.SetDeadline(time.Now().Add(40 * time.Second))
			_, err = io.WriteString(conn, head)
			for i := 0; err == nil && i < 2000; i++ {
				_, err = io.WriteString(conn, "x")
				time.Sleep(20 * time.Millisecond)
			}
			return ""
		},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			if all := send(); strings.Contains(all, " 200 ") {
				t.Errorf("answered: %s", all)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("held for %s", took)
			}
		})
	}
	if status := g.me("resident-1"); status != http.StatusOK {
		t.Errorf("then: %d", status)
	}
}

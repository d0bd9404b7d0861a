package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testdb"
)

// program is the built binary; the tests of this package share it.
var program = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "lbl-bin-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "linbanglin")
	build := exec.Command("go", "build", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	text, err := build.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, text)
	}
	return path, err
})

const testKeys = "k1:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

// server is the program serving on a port of its own.
type server struct {
	t       *testing.T
	env     []string
	address string
	command *exec.Cmd
	log     *bytes.Buffer
}

func newServer(t *testing.T, database, redis string) *server {
	t.Helper()
	s := &server{t: t, address: "127.0.0.1:" + testdb.FreePort(t), log: &bytes.Buffer{}}
	s.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "LBL_MODE=demo", "LBL_LISTEN=" + s.address, "LBL_DATABASE_URL=" + database,
		"LBL_REDIS_URL=" + redis, "LBL_JWT_KEYS=" + testKeys, "LBL_DATA_KEYS=" + testdb.Keys,
	}
	t.Cleanup(s.kill)
	return s
}

// start runs the program and waits until it is ready.
func (s *server) start() {
	s.t.Helper()
	s.startAs("serve")
}

// startAs starts a command of the program that serves.
func (s *server) startAs(what string) {
	s.t.Helper()
	path, err := program()
	if err != nil {
		s.t.Fatal(err)
	}
	s.command = exec.Command(path, what)
	s.command.Env, s.command.Stderr = s.env, s.log
	if err := s.command.Start(); err != nil {
		s.t.Fatal(err)
	}
	for deadline := time.Now().Add(60 * time.Second); ; {
		response, err := http.Get("http://" + s.address + "/readyz")
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the server does not get ready: %v\n%s", err, s.log)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// kill ends the program as a power cut does.
func (s *server) kill() {
	if s.command != nil {
		_ = s.command.Process.Kill()
		_ = s.command.Wait()
		s.command = nil
	}
}

// interrupt ends the program as an operator does, and returns how it ended.
func (s *server) interrupt() error {
	_ = s.command.Process.Signal(os.Interrupt)
	err := s.command.Wait()
	s.command = nil
	return err
}

// run calls the program once, as on a command line.
func (s *server) run(arguments ...string) (string, error) {
	s.t.Helper()
	path, err := program()
	if err != nil {
		s.t.Fatal(err)
	}
	command := exec.Command(path, arguments...)
	command.Env = s.env
	text, err := command.CombinedOutput()
	return string(text), err
}

// person calls the server's API.
type person struct {
	s     *server
	token string
	ID    string
	Home  string
}

// call does one request and returns its status and body; status 0 is a server that was not there.
func (p *person) call(method, path, key string, body any) (int, []byte) {
	text, _ := json.Marshal(body)
	request, err := http.NewRequestWithContext(context.Background(), method, "http://"+p.s.address+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		return 0, nil
	}
	request.Header.Set("Content-Type", "application/json")
	if p.token != "" {
		request.Header.Set("Authorization", "Bearer "+p.token)
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil
	}
	return response.StatusCode, answer
}

var client = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32}}

func (s *server) login(handle string) *person {
	s.t.Helper()
	p := &person{s: s}
	status, text := p.call(http.MethodPost, "/auth/wechat/login", "", map[string]string{"code": "demo:" + handle})
	var session struct {
		Token  string `json:"access_token"`
		Member struct {
			ID   string `json:"id"`
			Home string `json:"community_id"`
		} `json:"member"`
	}
	if err := json.Unmarshal(text, &session); status != http.StatusOK || err != nil {
		s.t.Fatalf("login of %s: %d %s", handle, status, text)
	}
	p.token, p.ID, p.Home = session.Token, session.Member.ID, session.Member.Home
	return p
}

// want reads an answer that must be a success.
func want[T any](t *testing.T, status int, text []byte) T {
	t.Helper()
	var answer T
	if status >= http.StatusBadRequest || status == 0 {
		t.Fatalf("got %d %s", status, text)
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return answer
}

type receipt struct {
	Transfer string `json:"transfer_id"`
	Balance  int64  `json:"balance"`
}

// acknowledged is what the server said it had done: the receipt of each key.
type acknowledged struct {
	mu       sync.Mutex
	receipts map[string]receipt
	amounts  map[string]int64
}

// load has organizers award points until the context ends, keeping what was acknowledged.
func load(ctx context.Context, giver *person, members []*person, round int, done *acknowledged) {
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				key := fmt.Sprintf("%d-%d-%d", round, w, n)
				to := members[(w+n)%len(members)]
				amount := int64(n%9 + 1)
				status, text := giver.call(http.MethodPost, "/points/awards", key, award(to.ID, amount))
				if status == http.StatusCreated {
					var r receipt
					if json.Unmarshal(text, &r) == nil {
						done.mu.Lock()
						done.receipts[key], done.amounts[to.ID] = r, done.amounts[to.ID]+amount
						done.mu.Unlock()
					}
				}
			}
		})
	}
	all.Wait()
}

func award(member string, amount int64) map[string]any {
	return map[string]any{"member_id": member, "amount": amount, "code": "ADJUST", "memo": "帮忙"}
}

// kills is how often the server loses its power under load.
const kills = 20

func TestNothingAcknowledgedIsLostWhenTheServerIsKilled(t *testing.T) {
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			s := newServer(t, testdb.URL(t, engine), "")
			done := &acknowledged{receipts: map[string]receipt{}, amounts: map[string]int64{}}
			var members []*person
			for round := range kills {
				s.start()
				giver := s.login("organizer-1")
				if members == nil {
					for n := range 5 {
						members = append(members, s.login(fmt.Sprintf("resident-%d", n+1)))
					}
				}
				ctx, stop := context.WithCancel(t.Context())
				killed := make(chan struct{})
				go func() {
					time.Sleep(time.Duration(120+17*round) * time.Millisecond)
					s.kill()
					close(killed)
					stop()
				}()
				load(ctx, giver, members, round, done)
				<-killed
			}
			s.start()
			wantKept(t, s, members, done)
		})
	}
}

// wantKept asks for every acknowledged award again, and holds the books against what was acknowledged.
func wantKept(t *testing.T, s *server, members []*person, done *acknowledged) {
	t.Helper()
	if len(done.receipts) < 50 {
		t.Fatalf("only %d awards were acknowledged", len(done.receipts))
	}
	giver := s.login("organizer-1")
	checked := 0
	for key, had := range done.receipts {
		if checked++; checked > 200 {
			break
		}
		var round, w, n int
		_, _ = fmt.Sscanf(key, "%d-%d-%d", &round, &w, &n)
		status, text := giver.call(http.MethodPost, "/points/awards", key, award(members[(w+n)%len(members)].ID, int64(n%9+1)))
		if again := want[receipt](t, status, text); again != had {
			t.Fatalf("%s was %+v and is %+v", key, had, again)
		}
	}
	for _, m := range members {
		fresh := *m
		status, text := fresh.call(http.MethodGet, "/points/me", "", nil)
		got := want[struct {
			Posted int64 `json:"posted"`
		}](t, status, text)
		// What was not acknowledged may have been done as well.
		if got.Posted < done.amounts[m.ID] {
			t.Errorf("%s has %d, %d were acknowledged", m.ID, got.Posted, done.amounts[m.ID])
		}
	}
	if err := s.interrupt(); err != nil {
		t.Errorf("the server did not end well: %v\n%s", err, s.log)
	}
	if text, err := s.run("verify"); err != nil || strings.Contains(text, "差异") {
		t.Errorf("verify: %v\n%s", err, text)
	}
}

func TestRedisIsFlushedAndRestartedUnderLoad(t *testing.T) {
	t.Parallel()
	port := testdb.FreePort(t)
	stop := testdb.StartRedis(t, port)
	defer func() { stop() }()
	s := newServer(t, testdb.URL(t, testdb.MySQL), "redis://127.0.0.1:"+port+"/0")
	s.start()
	giver, reader := s.login("organizer-1"), s.login("party-1")
	members := []*person{s.login("resident-1"), s.login("resident-2"), s.login("resident-3")}
	done := &acknowledged{receipts: map[string]receipt{}, amounts: map[string]int64{}}
	ctx, end := context.WithCancel(t.Context())
	var loading sync.WaitGroup
	loading.Go(func() { load(ctx, giver, members, 0, done) })
	for step := range 4 {
		time.Sleep(400 * time.Millisecond)
		if step%2 == 0 {
			if text, err := exec.Command("redis-cli", "-p", port, "FLUSHALL").CombinedOutput(); err != nil {
				t.Fatalf("%v %s", err, text)
			}
		} else {
			stop()
			stop = testdb.StartRedis(t, port)
		}
		if status, text := reader.call(http.MethodGet, "/leaderboards?period=day", "", nil); status != http.StatusOK {
			t.Errorf("a board was not answered: %d %s", status, text)
		}
	}
	end()
	loading.Wait()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		status, text := reader.call(http.MethodGet, "/leaderboards?period=day", "", nil)
		board := want[struct {
			Seq    int64  `json:"as_of_seq"`
			Source string `json:"source"`
			Items  []struct {
				Points int64 `json:"points"`
				Member struct {
					ID string `json:"id"`
				} `json:"member"`
			} `json:"items"`
		}](t, status, text)
		equal := board.Source == "redis" && len(board.Items) == len(members)
		for _, i := range board.Items {
			equal = equal && i.Points >= done.amounts[i.Member.ID] && board.Seq >= int64(len(done.receipts))
		}
		if equal {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the boards do not come back from Redis: %s", text)
		}
	}
	if err := s.interrupt(); err != nil {
		t.Errorf("the server did not end well: %v\n%s", err, s.log)
	}
	if text, err := s.run("verify"); err != nil {
		t.Errorf("verify: %v\n%s", err, text)
	}
}

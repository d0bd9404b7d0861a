package stories

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testdb"
)

// TestMain builds the program; the stories of an engine share one server, each with people of its own.
func TestMain(m *testing.M) {
	os.Exit(run(m))
}

// program is the path of the built program.
var program string

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "lbl-stories-")
	if err == nil {
		defer func() { _ = os.RemoveAll(folder) }()
		program = filepath.Join(folder, "linbanglin")
		build := exec.Command("go", "build", "-o", program, "../../cmd/linbanglin")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		var text []byte
		if text, err = build.CombinedOutput(); err != nil {
			err = fmt.Errorf("%w: %s", err, text)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := testdb.Run(m)
	for _, s := range servers {
		s.kill()
	}
	return code
}

// server is the program serving the demo's community on a port of its own, in a folder of its own.
type server struct {
	env     []string
	address string
	command *exec.Cmd
	log     bytes.Buffer
}

var (
	starting sync.Mutex
	servers  = map[testdb.Engine]*server{}
)

// each tells a story on every engine.
func each(t *testing.T, story func(t *testing.T, s *server)) {
	t.Helper()
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) { story(t, serving(t, engine)) })
	}
}

// serving returns the server of an engine, which the first story starts.
func serving(t *testing.T, engine testdb.Engine) *server {
	t.Helper()
	starting.Lock()
	defer starting.Unlock()
	if s := servers[engine]; s != nil {
		return s
	}
	s := makeServer(t, engine)
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	servers[engine] = s
	return s
}

// makeServer makes a server of an engine that was not started, with more settings.
func makeServer(t *testing.T, engine testdb.Engine, more ...string) *server {
	t.Helper()
	s := &server{address: "127.0.0.1:" + testdb.FreePort(t)}
	folder, err := os.MkdirTemp(filepath.Dir(program), string(engine))
	if err != nil {
		t.Fatal(err)
	}
	database := "sqlite:" + filepath.Join(folder, "stories.db")
	if engine == testdb.MySQL {
		database = testdb.Lasting(t)
	}
	s.env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "LBL_MODE=demo", "LBL_LISTEN=" + s.address, "LBL_DATABASE_URL=" + database,
		"LBL_BLOB_URL=file://" + filepath.Join(folder, "blobs"),
		"LBL_DATA_KEYS=" + testdb.Keys,
		"LBL_JWT_KEYS=k1:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	}, more...)
	return s
}

// start runs the program and waits until it is ready.
func (s *server) start() error {
	s.command = exec.Command(program, "serve")
	s.command.Env, s.command.Stderr, s.command.Dir = s.env, &s.log, filepath.Dir(program)
	if err := s.command.Start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		answer, err := http.Get("http://" + s.address + "/readyz")
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
			err = errors.New(answer.Status)
		}
		if time.Now().After(deadline) {
			s.kill()
			return fmt.Errorf("the server does not get ready: %w\n%s", err, s.log.String())
		}
	}
}

func (s *server) kill() {
	if s.command != nil {
		_ = s.command.Process.Kill()
		_ = s.command.Wait()
	}
}

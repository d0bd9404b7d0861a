package testdb

import (
	"context"
	"net"
	"os/exec"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// FreePort returns a port of 127.0.0.1 that nobody listens on now.
func FreePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// StartRedis runs a Redis of the test's own, which keeps nothing, until stop kills it.
func StartRedis(t testing.TB, port string) (stop func()) {
	t.Helper()
	server := exec.CommandContext(context.WithoutCancel(t.Context()), "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	}
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + port})
	defer func() { _ = client.Close() }()
	for try := 0; client.Ping(t.Context()).Err() != nil; try++ {
		if try > 200 {
			stop()
			t.Fatal("redis-server does not answer")
		}
		time.Sleep(25 * time.Millisecond)
	}
	return stop
}

package testdb

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// RedisGroup is several servers of Redis of the test's own, of which one after the other may be killed.
type RedisGroup struct {
	URL     string // for the service
	t       testing.TB
	folder  string
	servers map[string]*exec.Cmd // by port
}

const (
	// redisSlots is how many slots a cluster has.
	redisSlots = 16384
	// groupPatience is how long a group may take to find itself.
	groupPatience = 20 * time.Second
)

func newGroup(t testing.TB) *RedisGroup {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal("there is no redis-server here: run the tests with `make test`, which installs one")
	}
	g := &RedisGroup{t: t, folder: t.TempDir(), servers: map[string]*exec.Cmd{}}
	t.Cleanup(func() {
		for port := range g.servers {
			g.Kill(port)
		}
	})
	return g
}

// start runs one more server and returns its port.
func (g *RedisGroup) start(arguments ...string) string {
	g.t.Helper()
	port := clusterPort(g.t)
	g.run(port, append([]string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"}, arguments...)...)
	return port
}

func (g *RedisGroup) run(port string, arguments ...string) {
	g.t.Helper()
	own := filepath.Join(g.folder, port)
	if err := os.MkdirAll(own, 0o700); err != nil {
		g.t.Fatal(err)
	}
	server := exec.CommandContext(context.WithoutCancel(g.t.Context()), "redis-server", append(arguments, "--dir", own)...)
	if err := server.Start(); err != nil {
		g.t.Fatal(err)
	}
	g.servers[port] = server
	g.await(port, "answers", func(c *redis.Client) bool { return c.Ping(g.t.Context()).Err() == nil })
}

// clusterPort returns a free port for which the one of its bus is free too.
func clusterPort(t testing.TB) string {
	t.Helper()
	for {
		port := FreePort(t)
		n, _ := strconv.Atoi(port)
		if n > 55_000 {
			continue
		}
		if l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(n+10_000))); err == nil {
			_ = l.Close()
			return port
		}
	}
}

// Kill ends one server at once, as a loss of power does.
func (g *RedisGroup) Kill(port string) {
	if server := g.servers[port]; server != nil {
		_ = server.Process.Kill()
		_ = server.Wait()
		delete(g.servers, port)
	}
}

// client is one of a server of the group.
func (g *RedisGroup) client(port string) *redis.Client {
	return redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + port, MaxRetries: -1})
}

// await waits until something is so on a server.
func (g *RedisGroup) await(port, what string, so func(*redis.Client) bool) {
	g.t.Helper()
	client := g.client(port)
	defer func() { _ = client.Close() }()
	for deadline := time.Now().Add(groupPatience); !so(client); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			g.t.Fatalf("the Redis at %s: never %s", port, what)
		}
	}
}

// tell has a server do something.
func (g *RedisGroup) tell(port string, arguments ...any) {
	g.t.Helper()
	client := g.client(port)
	defer func() { _ = client.Close() }()
	if err := client.Do(g.t.Context(), arguments...).Err(); err != nil {
		g.t.Fatalf("%v: %v", arguments, err)
	}
}

// StartRedisCluster runs a cluster of three masters, each with a replica.
func StartRedisCluster(t testing.TB) *RedisGroup {
	t.Helper()
	const masters = 3
	g := newGroup(t)
	var ports, ids []string
	for range 2 * masters {
		port := g.start("--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0")
		client := g.client(port)
		id, err := client.Do(t.Context(), "CLUSTER", "MYID").Text()
		_ = client.Close()
		if err != nil {
			t.Fatal(err)
		}
		ports, ids = append(ports, port), append(ids, id)
	}
	for i, port := range ports[:masters] {
		g.tell(port, "CLUSTER", "ADDSLOTSRANGE", i*redisSlots/masters, (i+1)*redisSlots/masters-1)
	}
	for _, port := range ports[1:] {
		g.tell(ports[0], "CLUSTER", "MEET", "127.0.0.1", port)
	}
	for _, port := range ports {
		g.await(port, "knows all", func(c *redis.Client) bool {
			return strings.Contains(c.ClusterInfo(t.Context()).Val(), fmt.Sprintf("cluster_known_nodes:%d", len(ports)))
		})
	}
	for i, port := range ports[masters:] {
		g.tell(port, "CLUSTER", "REPLICATE", ids[i])
	}
	for _, port := range ports[masters:] {
		g.await(port, "follows its master", func(c *redis.Client) bool {
			return strings.Contains(c.Info(t.Context(), "replication").Val(), "master_link_status:up")
		})
		g.await(port, "is well", func(c *redis.Client) bool {
			return strings.Contains(c.ClusterInfo(t.Context()).Val(), "cluster_state:ok")
		})
	}
	g.URL = "redis-cluster://127.0.0.1:" + ports[0] + "?addr=127.0.0.1:" + ports[1] + "&addr=127.0.0.1:" + ports[masters]
	return g
}

// MasterOf returns the port of the server that has a key, in a cluster.
func (g *RedisGroup) MasterOf(key string) string {
	g.t.Helper()
	for port := range g.servers {
		client := g.client(port)
		err := client.Get(g.t.Context(), key).Err()
		_ = client.Close()
		if moved, ok := strings.CutPrefix(fmt.Sprint(err), "MOVED "); ok {
			return moved[strings.LastIndex(moved, ":")+1:]
		}
		return port
	}
	g.t.Fatal("no server is left")
	return ""
}

// sentinelName is what the sentinels call the pair.
const sentinelName = "boards"

// StartRedisSentinel runs a master and a replica that three sentinels watch, and returns the master's port.
func StartRedisSentinel(t testing.TB) (g *RedisGroup, master string) {
	t.Helper()
	g = newGroup(t)
	master = g.start("--repl-diskless-sync-delay", "0")
	replica := g.start("--replicaof", "127.0.0.1", master)
	g.await(replica, "follows its master", func(c *redis.Client) bool {
		return strings.Contains(c.Info(t.Context(), "replication").Val(), "master_link_status:up")
	})
	var addresses []string
	for range 3 {
		port := FreePort(t)
		file := filepath.Join(g.folder, "sentinel-"+port+".conf")
		text := fmt.Sprintf("port %s\nbind 127.0.0.1\nsentinel monitor %s 127.0.0.1 %s 2\nsentinel down-after-milliseconds %s 1000\nsentinel failover-timeout %s 3000\n",
			port, sentinelName, master, sentinelName, sentinelName)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		g.run(port, file, "--sentinel")
		addresses = append(addresses, "127.0.0.1:"+port)
	}
	for _, address := range addresses {
		g.await(address[strings.LastIndex(address, ":")+1:], "knows all", func(c *redis.Client) bool {
			info := c.Info(t.Context(), "sentinel").Val()
			return strings.Contains(info, "slaves=1") && strings.Contains(info, "sentinels=3")
		})
	}
	g.URL = "redis-sentinel://" + addresses[0] + "/0?master_name=" + sentinelName + "&addr=" + addresses[1] + "&addr=" + addresses[2]
	return g, master
}

package boards_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/boards"
	"linbanglin/service/ledger"
)

// rush is a hall whose boards run by themselves while points are posted and boards read.
type rush struct {
	*hall
	busy    sync.WaitGroup
	stop    context.CancelFunc
	sources [2]atomic.Int64 // how many reads came from Redis, and how many from SQL
}

func givenRush(t *testing.T, address string) *rush {
	t.Helper()
	r := &rush{hall: open(t, testdb.Open(t, testdb.SQLite), address)}
	now := func() model.Instant { return testworld.Now }
	r.ledger, r.Boards = ledger.New(r.store, now), boards.New(r.store, r.redis, now)
	r.ledger.OnSealed(r.Nudge)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	r.stop = stop
	r.busy.Go(func() { _ = r.Run(ctx) })
	r.busy.Go(func() { r.post(ctx, t) })
	for i := range 2 {
		r.busy.Go(func() { r.look(ctx, t, r.Resident(i)) })
	}
	t.Cleanup(func() { stop(); r.busy.Wait() })
	return r
}

// post awards points until the context ends.
func (r *rush) post(ctx context.Context, t *testing.T) {
	for i := 0; ctx.Err() == nil; i++ {
		m := r.people[i*7%len(r.people)]
		r.award(t, m, int64(1+i%5), testworld.Now, 0, false)
		if err := r.ledger.SealAll(t.Context()); err != nil {
			t.Error(err)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// look reads boards until the context ends: no read may fail, or be slow.
func (r *rush) look(ctx context.Context, t *testing.T, who model.Actor) {
	for ctx.Err() == nil {
		start := time.Now()
		list, err := r.Top(t.Context(), who, boards.Query{Period: model.PeriodDay, Shared: start.UnixNano()%2 == 0}, model.Page{})
		if err != nil {
			t.Errorf("a read fails: %v", err)
			return
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("a read takes %s", took)
		}
		if list.Source == boards.FromRedis {
			r.sources[0].Add(1)
		} else {
			r.sources[1].Add(1)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// awaitRedis waits until so many more reads have come from Redis.
func (r *rush) awaitRedis(t *testing.T, when string, reads int64) {
	t.Helper()
	start, from := time.Now(), r.sources[0].Load()
	for r.sources[0].Load() < from+reads {
		if time.Since(start) > 40*time.Second {
			t.Fatalf("%s: the boards do not come from Redis", when)
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Logf("%s: from Redis after %s, %d reads from SQL in all", when, time.Since(start).Round(time.Millisecond), r.sources[1].Load())
}

// awaitSQL waits until a read that began since has come from SQL, because somebody noticed that the master is gone.
func (r *rush) awaitSQL(t *testing.T) {
	t.Helper()
	start, from := time.Now(), r.sources[1].Load()
	for r.sources[1].Load() < from+3 { // both readers may have begun one before
		if time.Since(start) > 40*time.Second {
			t.Fatal("the master was killed, and no read noticed")
		}
		time.Sleep(time.Millisecond)
	}
}

// wantConverged stops the rush, and compares SQL and Redis with what was posted.
func (r *rush) wantConverged(t *testing.T) {
	t.Helper()
	r.stop()
	r.busy.Wait()
	r.settleDown(t)
	r.now = testworld.Now
	r.wantAll(t, []model.Instant{testworld.Now}, nil, boards.FromRedis)
}

func TestAMasterOfAClusterIsKilledUnderLoad(t *testing.T) {
	t.Parallel()
	g := testdb.StartRedisCluster(t)
	r := givenRush(t, g.URL)
	r.awaitRedis(t, "at first", 50)
	group := model.BoardKey{CommunityID: r.Community.ID}.Group()
	g.Kill(g.MasterOf("lb:{" + group + "}:x"))
	r.awaitSQL(t)
	r.awaitRedis(t, "after the master of the boards was killed", 50)
	r.wantConverged(t)
	g.Kill(g.MasterOf("lb:{" + group + "}:x")) // nobody follows: the boards have no place in Redis
	r.award(t, r.people[0], 3, testworld.Now, 0, false)
	if err := errors.Join(r.ledger.SealAll(t.Context()), r.CatchUp(t.Context())); err != nil {
		t.Fatal(err)
	}
	if err := r.SyncAll(t.Context()); !errors.Is(err, model.ErrUnavailable) {
		t.Errorf("boards were carried to a node that is gone: %v", err)
	}
	r.wantAll(t, []model.Instant{testworld.Now}, nil, boards.FromSQL)
}

func TestAMasterBesideSentinelsIsKilledUnderLoad(t *testing.T) {
	t.Parallel()
	g, master := testdb.StartRedisSentinel(t)
	r := givenRush(t, g.URL)
	r.awaitRedis(t, "at first", 50)
	g.Kill(master)
	r.awaitSQL(t)
	r.awaitRedis(t, "after the master was killed", 50)
	r.wantConverged(t)
}

func TestWhichAddressesOfRedisAreRead(t *testing.T) {
	for address, good := range map[string]bool{
		"redis://127.0.0.1:1/0": true, "rediss://user:secret@127.0.0.1:1": true, "redis-cluster://127.0.0.1:1?addr=127.0.0.1:2": true,
		"redis-cluster://user:secret@127.0.0.1:1": true, "redis-sentinel://127.0.0.1:1/0?master_name=x&addr=127.0.0.1:2": true,
		"redis-sentinel://127.0.0.1:1": false, "redis-cluster://127.0.0.1:1/3": false, "http://127.0.0.1": false, "127.0.0.1:6379": false, "redis://127.0.0.1:x": false,
	} {
		opened, err := repository.OpenRedis(address)
		if (err == nil) != good {
			t.Errorf("%s: %v", address, err)
		}
		if err == nil && opened.Close() != nil {
			t.Errorf("%s cannot be closed", address)
		}
	}
}

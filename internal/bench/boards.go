package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/boards"
)

const (
	// fewRanked is how many are on the board that a large one is compared with, and someRanked how many are on the one
	// that is held against the yardsticks.
	fewRanked  = 10_000
	someRanked = 100_000
	// mostPoints is up to how many points those on the board have.
	mostPoints = 5000
	// rankedRows is how many are written together.
	rankedRows = 2000
	// maxRedisGrowth and maxSQLGrowth are what may become of a median from few to many on the board.
	maxRedisGrowth, maxSQLGrowth = 1.3, 2.0
	// maxOutage is what may become of the slowest twentieth of reads when Redis is away.
	maxOutage = 5.0
)

// boardsReport is what was found of boards.
type boardsReport struct {
	Members int             `json:"members"`
	Loads   []result        `json:"loads"`
	Ratios  []ratio         `json:"ratios"`
	Growth  []growth        `json:"growth"`
	Memory  map[int]int64   `json:"redis_bytes"` // of one board and its parts, by how many are on it
	Outages []*outageReport `json:"outages"`
	medians map[string]result
}

// outageReport is what becomes of one kind of reads when Redis is stopped under load.
type outageReport struct {
	Name    string  `json:"name"`
	Before  result  `json:"before"`
	Without result  `json:"without"`
	After   result  `json:"after"`
	Ratio   float64 `json:"p95_ratio"`
	Reached bool    `json:"reached"`
}

// ranked is a board of the bench that grows.
type ranked struct {
	*bench
	home  model.ID
	board *model.Board
	on    int // how many are
	place model.Place
}

// measureBoards measures reads of one board as it grows to so many members.
func (b *bench) measureBoards(ctx context.Context, o options) (*boardsReport, error) {
	r := &boardsReport{Members: o.boards, Memory: map[int]int64{}, medians: map[string]result{}}
	k := &ranked{bench: b}
	for _, size := range []int{fewRanked, someRanked, o.boards} {
		b.stop()
		if err := k.grow(ctx, size, r); err != nil {
			return nil, err
		}
		for _, source := range []string{boards.FromRedis, boards.FromSQL} {
			if err := k.measure(ctx, o, r, size, source); err != nil {
				return nil, err
			}
		}
	}
	r.compare(o.boards)
	for _, name := range readings() {
		outage, err := k.outage(ctx, name)
		if err != nil {
			return nil, err
		}
		r.Outages = append(r.Outages, outage)
	}
	return r, nil
}

// grow puts more members on the board, and copies it to Redis.
func (k *ranked) grow(ctx context.Context, size int, r *boardsReport) error {
	store, err := repository.Open(k.database, ring())
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	if err := store.Lease(ctx); err != nil {
		return err
	}
	if k.board == nil {
		if err := k.found(ctx, store); err != nil {
			return err
		}
	}
	for k.on < size {
		if err := k.add(ctx, store, min(rankedRows, size-k.on)); err != nil {
			return err
		}
	}
	err = store.Tx(ctx, func(tx *repository.Store) error {
		if err := tx.Boards.MakeLevels(ctx); err != nil {
			return err
		}
		return tx.Boards.MoveLevels(ctx, 0)
	})
	if err != nil {
		return err
	}
	copies, err := repository.OpenRedis(os.Getenv("LBL_TEST_REDIS_URL"))
	if err != nil {
		return err
	}
	defer func() { _ = copies.Close() }()
	if err := boards.New(store, copies, now).Rebuild(ctx, func(int, int) {}); err != nil {
		return err
	}
	r.Memory[size], err = k.memory(ctx)
	fmt.Printf("%d on the board, %d bytes in Redis\n", size, r.Memory[size])
	return err
}

// found makes the board of this month, with the people who log in on it.
func (k *ranked) found(ctx context.Context, store *repository.Store) (err error) {
	if k.home, err = model.ParseID(k.bench.home); err != nil {
		return err
	}
	key := model.BoardKey{
		CommunityID: k.home, Kind: model.BoardMembers, Scope: model.KindCommunity, Period: model.PeriodMonth, PeriodKey: model.PeriodMonth.Key(time.Now()),
	}
	k.board = &model.Board{
		ID: store.NewID(), CommunityID: k.home, Kind: key.Kind, Scope: key.Scope, Period: key.Period, PeriodKey: key.PeriodKey, Grp: key.Group(),
		Digest: []byte{}, CreatedAt: now(),
	}
	everyone, err := store.Members.All(ctx, k.home)
	if err != nil {
		return err
	}
	k.place = everyone[0].Place
	k.place.HouseholdID, k.place.BranchID = 0, 0
	return store.Tx(ctx, func(tx *repository.Store) error {
		if err := tx.Boards.Create(ctx, []*model.Board{k.board}); err != nil {
			return err
		}
		return tx.Boards.SaveScores(ctx, k.scores(everyone))
	})
}

// add puts so many new members on the board.
func (k *ranked) add(ctx context.Context, store *repository.Store, n int) error {
	members := make([]*model.Member, n)
	for i := range members {
		members[i] = &model.Member{
			ID: store.NewID(), Place: k.place, Name: "甲乙丙", BirthYear: 1980, Skills: []string{}, RosterKey: fmt.Sprint("ranked/", k.on+i), Version: 1,
			CreatedAt: now(), UpdatedAt: now(),
		}
	}
	return store.Tx(ctx, func(tx *repository.Store) error {
		if err := tx.Members.Create(ctx, members...); err != nil {
			return err
		}
		return tx.Boards.SaveScores(ctx, k.scores(members))
	})
}

// scores gives members points.
func (k *ranked) scores(members []*model.Member) []*model.Score {
	scores := make([]*model.Score, len(members))
	for i, m := range members {
		k.on++
		points := int64(k.on*7919%mostPoints + 1)
		scores[i] = &model.Score{
			BoardID: k.board.ID, SubjectID: m.ID, Grp: k.board.Grp, AreaID: m.AreaID, GridID: m.GridID, Points: points, ReachedSeq: int64(k.on),
			RankKey: model.RankKey(points, int64(k.on), 0), UpdSeq: 1,
		}
	}
	return scores
}

// memory adds up what the keys of the group take in Redis.
func (k *ranked) memory(ctx context.Context) (bytes int64, err error) {
	keys := k.redis.Scan(ctx, 0, "lb:{"+k.board.Grp+"}:*", 1000).Iterator()
	for keys.Next(ctx) {
		n, err := k.redis.MemoryUsage(ctx, keys.Val(), 0).Result()
		if err != nil {
			return 0, err
		}
		bytes += n
	}
	return bytes, keys.Err()
}

// readings name what is read of the board.
func readings() []string { return []string{"top 20", "around me", "me"} }

// boardPaths are what is read of the board.
func boardPaths() map[string]string {
	return map[string]string{
		"top 20": "/api/v1/leaderboards?limit=20", "around me": "/api/v1/leaderboards/around-me?limit=20", "me": "/api/v1/leaderboards/me",
	}
}

// serveFrom starts the program with boards from a place.
func (k *ranked) serveFrom(ctx context.Context, source, redisURL string) error {
	k.stop()
	if source == boards.FromSQL {
		redisURL = ""
	}
	k.env = slices.DeleteFunc(k.env, func(v string) bool { return strings.HasPrefix(v, "LBL_REDIS_URL=") })
	k.env = append(k.env, "LBL_REDIS_URL="+redisURL)
	if err := k.start(ctx); err != nil {
		return err
	}
	return k.awaitSource(ctx, source)
}

// awaitSource waits until the board is read from a place.
func (k *ranked) awaitSource(ctx context.Context, source string) error {
	for range 1200 {
		var list struct {
			Source string `json:"source"`
		}
		if err := k.call(ctx, "GET", "/api/v1/leaderboards?limit=20", k.members[0].token, "", nil, &list); err != nil {
			return err
		}
		if list.Source == source {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("the board does not come from %s", source)
}

// measure measures the reads of the board from one place.
func (k *ranked) measure(ctx context.Context, o options, r *boardsReport, size int, source string) error {
	if err := k.serveFrom(ctx, source, os.Getenv("LBL_TEST_REDIS_URL")); err != nil {
		return err
	}
	var loads []load
	if size == someRanked && source == boards.FromRedis {
		loads = append(loads, load{"ZREVRANGE 0 99, 64 connections", k.bareRange}, k.reading("top 100", source, "/api/v1/leaderboards?limit=100"))
	}
	for _, name := range readings() {
		loads = append(loads, k.reading(name, source, boardPaths()[name]))
	}
	found, err := measureAll(ctx, loads, o, fmt.Sprintf("at %d members", size))
	for _, f := range found {
		r.medians[fmt.Sprintf("%s/%d", f.Name, size)] = f
		f.Name = fmt.Sprintf("%s, %d members", f.Name, size)
		r.Loads = append(r.Loads, f)
	}
	return err
}

func (k *ranked) reading(name, source, path string) load {
	return load{name + " from " + source, func(ctx context.Context) (result, error) { return k.reads(ctx, path) }}
}

// compare holds what was measured against what is wanted.
func (r *boardsReport) compare(many int) {
	bare := r.medians[fmt.Sprintf("ZREVRANGE 0 99, 64 connections/%d", someRanked)].Rate
	for _, c := range []struct {
		name  string
		least float64
	}{{"top 100 from redis", 0.2}, {"around me from redis", 0.25}} {
		if rate := r.medians[fmt.Sprintf("%s/%d", c.name, someRanked)].Rate; rate > 0 && bare > 0 {
			r.Ratios = append(r.Ratios, ratio{fmt.Sprintf("%s, %d members", c.name, someRanked), "ZREVRANGE 0 99", rate / bare, c.least, rate/bare >= c.least})
		}
	}
	for _, source := range []string{boards.FromRedis, boards.FromSQL} {
		most := maxRedisGrowth
		if source == boards.FromSQL {
			most = maxSQLGrowth
		}
		for _, name := range readings() {
			few, large := r.medians[fmt.Sprintf("%s from %s/%d", name, source, fewRanked)], r.medians[fmt.Sprintf("%s from %s/%d", name, source, many)]
			if few.P50 > 0 && large.P50 > 0 {
				n := float64(large.P50) / float64(few.P50)
				r.Growth = append(r.Growth, growth{name + " from " + source, few.P50, large.P50, n, most, n <= most})
			}
		}
	}
}

// outage stops a Redis of its own under a load of such reads, and has it come back.
func (k *ranked) outage(ctx context.Context, name string) (*outageReport, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	stop, err := startRedis(ctx, address)
	if err != nil {
		return nil, err
	}
	defer func() { stop() }()
	if err := k.serveFrom(ctx, boards.FromRedis, "redis://"+address+"/0"); err != nil {
		return nil, err
	}
	read := func() (result, error) { return k.reads(ctx, boardPaths()[name]) }
	r := &outageReport{Name: name}
	if r.Before, err = read(); err != nil {
		return nil, err
	}
	time.AfterFunc(k.d/10, stop)
	if r.Without, err = read(); err != nil {
		return nil, err
	}
	if stop, err = startRedis(ctx, address); err != nil {
		return nil, err
	}
	if err := k.awaitSource(ctx, boards.FromRedis); err != nil {
		return nil, err
	}
	if r.After, err = read(); err != nil {
		return nil, err
	}
	r.Ratio = float64(r.Without.P95) / float64(max(1, r.Before.P95))
	r.Reached = r.Ratio <= maxOutage
	return r, nil
}

// startRedis runs a Redis that keeps nothing, until stop kills it.
func startRedis(ctx context.Context, address string) (stop func(), err error) {
	_, port, _ := strings.Cut(address, ":")
	server := exec.CommandContext(context.WithoutCancel(ctx), "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "") //nolint:gosec // our own arguments
	if err := server.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	}
	client := redis.NewClient(&redis.Options{Addr: address})
	defer func() { _ = client.Close() }()
	for range 200 {
		if err = client.Ping(ctx).Err(); err == nil {
			return stop, nil
		}
		time.Sleep(25 * time.Millisecond)
	}
	stop()
	return nil, err
}

// print writes what was found of boards, to be read.
func (r *boardsReport) print(say func(string, ...any)) {
	say("\n| reads of a board | per second | p50 | p95 | p99 |\n| --- | --- | --- | --- | --- |\n")
	for _, l := range r.Loads {
		say("| %s | %.0f | %s | %s | %s |\n", l.Name, l.Rate, l.P50, l.P95, l.P99)
	}
	say("\n| load | yardstick | ratio | must reach | |\n| --- | --- | --- | --- | --- |\n")
	for _, c := range r.Ratios {
		say("| %s | %s | %.2f | %.2f | %s |\n", c.Load, c.Yardstick, c.Ratio, c.Least, verdict(c.Reached))
	}
	say("\n| load | p50 at %d members | p50 at %d members | ratio | at most | |\n| --- | --- | --- | --- | --- | --- |\n", fewRanked, r.Members)
	for _, g := range r.Growth {
		say("| %s | %s | %s | %.2f | %.2f | %s |\n", g.Load, g.Few, g.Many, g.Ratio, g.Most, verdict(g.Reached))
	}
	for _, size := range []int{fewRanked, someRanked, r.Members} {
		say("\nRedis: %.1f MiB for one board of %d members with the parts that they are in", float64(r.Memory[size])/(1<<20), size)
	}
	say("\n")
	for _, x := range r.Outages {
		say("\n%s, Redis stopped under load: p95 %s before, %s without (%.2f times, at most %.1f: %s), %s when it is back\n",
			x.Name, x.Before.P95, x.Without.P95, x.Ratio, maxOutage, verdict(x.Reached), x.After.P95)
	}
}

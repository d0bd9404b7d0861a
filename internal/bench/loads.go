package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"linbanglin/migrations"
)

// load is something that is measured.
type load struct {
	name string
	run  func(context.Context) (result, error)
}

// loads lists what is measured, each yardstick beside what it measures.
func (b *bench) loads() []load {
	return []load{
		{"bare transaction, 16 goroutines", func(ctx context.Context) (result, error) { return b.bareTransactions(ctx, 16) }},
		{"bare group commit, 64 callers", b.bareGroups},
		{"award, 64 connections", func(ctx context.Context) (result, error) { return b.awards(ctx, connections, "") }},
		{"award from one budget, 64 connections", b.hotAwards},
		{"check-in, 64 connections", b.checkins},
		{"confirm, 64 connections", b.confirms},
		{"bare transaction, 1 goroutine", func(ctx context.Context) (result, error) { return b.bareTransactions(ctx, 1) }},
		{"award, 1 connection", func(ctx context.Context) (result, error) { return b.awards(ctx, 1, "") }},
		{"bare batches of 100", func(ctx context.Context) (result, error) { return b.bareBatches(ctx) }},
		{"batch of 100 lines", b.batches},
		{"healthz, 64 connections", func(ctx context.Context) (result, error) { return b.reads(ctx, "/healthz") }},
		{"balance, 64 connections", func(ctx context.Context) (result, error) { return b.reads(ctx, "/api/v1/points/me") }},
		{"ZREVRANGE 0 99, 64 connections", b.bareRange},
		{"top 100 from Redis, 64 connections", func(ctx context.Context) (result, error) {
			return b.boards(ctx, "/api/v1/leaderboards?period=day&limit=100")
		}},
		{"around me from Redis, 64 connections", func(ctx context.Context) (result, error) {
			return b.boards(ctx, "/api/v1/leaderboards/around-me?period=day&limit=20")
		}},
	}
}

func (b *bench) key() string { return fmt.Sprint("b", b.keys.Add(1)) }

func (b *bench) awards(ctx context.Context, callers int, campaign string) (result, error) {
	conns, err := b.connect(callers)
	if err != nil {
		return result{}, err
	}
	defer conns.close()
	rest := `","amount":1,"code":"ADJUST","memo":"bench"}`
	if campaign != "" {
		rest = `","amount":1,"code":"CAMPAIGN","memo":"bench","campaign_id":"` + campaign + `"}`
	}
	return measure(ctx, callers, b.d, func(_ context.Context, caller, n int) error {
		_, err := conns[caller].do("POST", "/api/v1/points/awards", b.organizer, b.key(), `{"member_id":"`+b.all[(n*7919)%len(b.all)]+rest)
		return err
	})
}

// batchLines is how many awards a measured batch has.
const batchLines = 100

func (b *bench) batches(ctx context.Context) (result, error) {
	conns, err := b.connect(1)
	if err != nil {
		return result{}, err
	}
	defer conns.close()
	return measure(ctx, 1, b.d, func(_ context.Context, _, n int) error {
		var body strings.Builder
		body.WriteString(`{"code":"ADJUST","memo":"bench","lines":[`)
		for i := range batchLines {
			if i > 0 {
				body.WriteByte(',')
			}
			body.WriteString(`{"amount":1,"member_id":"` + b.all[((n*batchLines+i)*7919)%len(b.all)] + `"}`)
		}
		body.WriteString("]}")
		_, err := conns[0].do("POST", "/api/v1/points/batches", b.organizer, b.key(), body.String())
		return err
	})
}

// campaign publishes one for the whole community.
func (b *bench) campaign(ctx context.Context) (string, error) {
	var c struct {
		ID string `json:"id"`
	}
	start := time.Now()
	err := b.call(ctx, "POST", "/api/v1/campaigns", b.organizer, b.key(), map[string]any{
		"theme": "lao", "title": "bench", "scope_unit_id": b.home, "budget": 10_000_000,
		"starts_at": start.Add(-time.Minute).Format(time.RFC3339), "ends_at": start.Add(time.Hour).Format(time.RFC3339),
		"rules": map[string]any{"points_per_checkin": 2, "minutes_per_checkin": 30},
	}, &c)
	if err != nil {
		return "", err
	}
	return c.ID, b.call(ctx, "POST", "/api/v1/campaigns/"+c.ID+"/publish", b.organizer, b.key(), nil, nil)
}

func (b *bench) hotAwards(ctx context.Context) (result, error) {
	id, err := b.campaign(ctx)
	if err != nil {
		return result{}, err
	}
	return b.awards(ctx, connections, id)
}

// checkins has everybody come to ten campaigns, one after the other.
func (b *bench) checkins(ctx context.Context) (result, error) {
	const rounds = 10
	paths, codes := make([]string, rounds), make([]string, rounds)
	for i := range rounds {
		id, err := b.campaign(ctx)
		if err != nil {
			return result{}, err
		}
		var code struct {
			Code string `json:"code"`
		}
		paths[i] = "/api/v1/campaigns/" + id
		if err := b.call(ctx, "GET", paths[i]+"/checkin-code", b.organizer, "", nil, &code); err != nil {
			return result{}, err
		}
		codes[i] = code.Code
	}
	conns, err := b.connect(connections)
	if err != nil {
		return result{}, err
	}
	defer conns.close()
	return times(ctx, connections, rounds*len(b.members), func(_ context.Context, caller, n int) error {
		round, who := n/len(b.members), b.members[n%len(b.members)]
		_, err := conns[caller].do("POST", paths[round]+"/checkins", who.token, b.key(), `{"code":"`+codes[round]+`"}`)
		return err
	})
}

// confirms measures the last step of requests that were finished before.
func (b *bench) confirms(ctx context.Context) (result, error) {
	const requests = 1200
	ids := make([]string, requests)
	asker := func(n int) member { return b.members[n%len(b.members)] }
	helper := func(n int) member { return b.members[(n+1)%len(b.members)] }
	_, err := times(ctx, connections, requests, func(ctx context.Context, _, n int) error {
		var r struct {
			ID string `json:"id"`
		}
		if err := b.call(ctx, "POST", "/api/v1/requests", asker(n).token, "", map[string]string{"category": "errand", "title": "bench"}, &r); err != nil {
			return err
		}
		ids[n] = r.ID
		for _, step := range []string{"claim", "start", "finish"} {
			if err := b.call(ctx, "POST", "/api/v1/requests/"+r.ID+"/"+step, helper(n).token, "", stepBody(step), nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return result{}, err
	}
	conns, err := b.connect(connections)
	if err != nil {
		return result{}, err
	}
	defer conns.close()
	return times(ctx, connections, requests, func(_ context.Context, caller, n int) error {
		_, err := conns[caller].do("POST", "/api/v1/requests/"+ids[n]+"/confirm", asker(n).token, b.key(), `{"rating":5}`)
		return err
	})
}

func stepBody(step string) any {
	if step == "finish" {
		return map[string]int{"minutes": 30}
	}
	return nil
}

func (b *bench) reads(ctx context.Context, path string) (result, error) {
	conns, err := b.connect(connections)
	if err != nil {
		return result{}, err
	}
	defer conns.close()
	return measure(ctx, connections, b.d, func(_ context.Context, caller, n int) error {
		_, err := conns[caller].do("GET", path, b.members[n%len(b.members)].token, "", "")
		return err
	})
}

// boards waits until the board comes from Redis, and reads it.
func (b *bench) boards(ctx context.Context, path string) (result, error) {
	for range 600 {
		var list struct {
			Source string `json:"source"`
		}
		if err := b.call(ctx, "GET", path, b.members[0].token, "", nil, &list); err != nil {
			return result{}, err
		}
		if list.Source == "redis" {
			return b.reads(ctx, path)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return result{}, fmt.Errorf("%s does not come from Redis", path)
}

// openBare makes the database and the sorted set that the yardsticks use.
func (b *bench) openBare(ctx context.Context) error {
	address, err := b.newDatabase(ctx, "bare")
	if err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	if b.bare, err = sql.Open("mysql", dsn(u, u.Path[1:])); err != nil {
		return err
	}
	b.bare.SetMaxOpenConns(connections)
	b.bare.SetMaxIdleConns(connections)
	if _, err := migrations.Up(ctx, b.bare, migrations.MySQL); err != nil {
		return err
	}
	for id := range bareAccounts {
		_, err := b.bare.ExecContext(ctx, "INSERT INTO point_account (id, community_id, measure, owner_type, owner_id, kind, head_hash, created_at, updated_at) VALUES (?, 1, 1, 2, ?, 1, '', 0, 0)", id+1, id+1)
		if err != nil {
			return err
		}
	}
	options, err := redis.ParseURL(os.Getenv("LBL_TEST_REDIS_URL"))
	if err != nil {
		return err
	}
	options.PoolSize = connections
	b.redis = redis.NewClient(options)
	var rows []redis.Z
	for i := range 3000 {
		rows = append(rows, redis.Z{Score: float64(i) * 1e6, Member: fmt.Sprintf("1187119380%08d", i)})
	}
	return b.redis.ZAdd(ctx, "lbl:bench", rows...).Err()
}

func (b *bench) bareRange(ctx context.Context) (result, error) {
	return measure(ctx, connections, b.d, func(ctx context.Context, _, _ int) error {
		return b.redis.ZRevRangeWithScores(ctx, "lbl:bench", 0, 99).Err()
	})
}

package faults

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/boards"
	"linbanglin/service/ledger"
	"linbanglin/service/ledger/proof"
)

// site is a database and a Redis, and the community in them.
type site struct {
	*testworld.World
	t         *testing.T
	engine    testdb.Engine
	url       string
	redisURL  string
	redis     *redis.Client // by which Redis is wrecked
	image     map[string]copiedKey
	clock     atomic.Int64
	campaign  *model.Campaign
	contest   *model.Campaign // of the seed, which is closed, settled and revised
	rules     *model.RuleSet
	stage     *stage
	processes map[string]*process
	calm      *process // that nothing happens to
	balances  map[model.ID]int64
}

// copiedKey is a key of Redis as it was.
type copiedKey struct {
	value string
	life  time.Duration // zero: for good
}

// process is a program of its own on the site.
type process struct {
	*site
	store  *repository.Store
	copies *repository.Redis
	ledger *ledger.Ledger
	boards *boards.Boards
}

// budget is what the campaign may spend: less than is asked of it.
const budget = 60

func newSite(t *testing.T, engine testdb.Engine, redisNumber string) *site {
	t.Helper()
	s := &site{t: t, engine: engine, url: testdb.URL(t, engine), processes: map[string]*process{}, balances: map[model.ID]int64{}}
	s.clock.Store(int64(testworld.Now))
	server := testdb.Server(t, "LBL_TEST_REDIS_URL")
	server.Path = "/" + redisNumber
	s.redisURL = server.String()
	options, err := redis.ParseURL(s.redisURL)
	s.must(err)
	s.redis = redis.NewClient(options)
	t.Cleanup(func() { _ = s.redis.Close() })
	s.must(s.redis.FlushDB(t.Context()).Err())

	first := testdb.Connect(t, s.url)
	s.World = testworld.New(t, first)
	s.campaign = &model.Campaign{
		ID: first.NewID(), CommunityID: s.Community.ID, ScopeNodeID: s.Community.ID, ScopeKind: model.KindCommunity, Theme: "lao", Title: "x",
		StartsAt: testworld.Now, EndsAt: testworld.Now.Add(48 * time.Hour), Status: model.CampaignPublished, Secret: []byte{1}, Digest: []byte{},
		Version: 1, CreatedAt: testworld.Now, UpdatedAt: testworld.Now,
	}
	s.must(first.Campaigns.Create(t.Context(), s.campaign))
	s.calm = &process{site: s, store: first, copies: s.openRedis()}
	s.must(s.calm.boot(t.Context()))
	s.rules, err = s.calm.ledger.Rules(t.Context(), s.Community.ID)
	s.must(err)
	s.fund()
	return s
}

// fund gives the campaign its budget.
func (s *site) fund() {
	s.must(s.calm.store.Tx(s.t.Context(), func(tx *repository.Store) error {
		_, err := s.calm.ledger.PostTx(s.t.Context(), tx, ledger.Posting{
			Key: "fund", Debit: model.Pool(s.Community.ID, model.Points), Credit: model.Budget(s.Community.ID, s.campaign.ID, model.Points),
			Amount: budget, Code: model.CodeBudget, Ref: model.RefCampaign, RefID: s.campaign.ID,
		})
		return err
	}))
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// now is a clock that all processes share.
func (s *site) now() model.Instant { return model.Instant(s.clock.Add(1)) }

func (s *site) openRedis() *repository.Redis {
	copies, err := repository.OpenRedis(s.redisURL)
	s.must(err)
	s.t.Cleanup(func() { _ = copies.Close() })
	return copies
}

// process returns the process of an actor.
func (s *site) process(name string) *process {
	p := s.processes[name]
	if p == nil {
		p = &process{site: s, store: testdb.Connect(s.t, s.url), copies: s.openRedis()}
		watch := func(ctx context.Context, at repository.Step) error { return s.stage.step(ctx, at) }
		p.store.Watch(watch)
		p.copies.Watch(watch)
		s.processes[name] = p
	}
	return p
}

// boot starts the program: it knows nothing of what was in memory before.
func (p *process) boot(ctx context.Context) error {
	p.ledger = ledger.New(p.store, p.now)
	p.boards = boards.New(p.store, p.copies, p.now)
	signer, err := proof.ParseSigner("k1:" + strings.Repeat("ab", 32))
	if err != nil {
		return err
	}
	return p.ledger.SignWith(ctx, signer)
}

// wreck does to Redis and to the clock what happens to them.
func (s *site) wreck(ctx context.Context, what int) error {
	switch what {
	case 0: // everything is lost
		return s.redis.FlushDB(ctx).Err()
	case 1: // a copy is put aside
		s.image = map[string]copiedKey{}
		for _, key := range s.redis.Keys(ctx, "*").Val() {
			if value, err := s.redis.Dump(ctx, key).Result(); err == nil { // not gone since
				s.image[key] = copiedKey{value, max(0, s.redis.PTTL(ctx, key).Val())}
			}
		}
	case 2: // and comes back
		err := s.redis.FlushDB(ctx).Err()
		for key, c := range s.image {
			err = errors.Join(err, s.redis.RestoreReplace(ctx, key, c.life, c.value).Err())
		}
		return err
	case 3:
		s.clock.Add(int64(25 * time.Minute / time.Microsecond))
	}
	return nil
}

// forgetBuilders ends the leases of those who were filling boards when they lost their power, as time would.
func (s *site) forgetBuilders(ctx context.Context) error {
	for _, key := range s.redis.Keys(ctx, "lb:*:b").Val() {
		if err := s.redis.Del(ctx, key).Err(); err != nil {
			return err
		}
	}
	return nil
}

package repository

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"linbanglin/model"
)

// Redis holds copies of the boards' scores. It holds no fact of its own: what it loses is written again.
//
// The boards of a group share a hash tag, so they lie in one slot of a cluster. lb:{group}:m is a hash
// with the generation of the copies and the cursor up to which they are complete; lb:{group}:GEN:SECTION
// are sorted sets of member by rank key.
type Redis struct {
	client  redis.UniversalClient
	breaker breaker
	counts  breaker // of Take, which waits less
}

const (
	// redisPatience is how long a read of a board may take before SQL is asked instead. It is far more than a
	// busy machine needs, because SQL costs that machine ten times as much.
	redisPatience = time.Second
	// redisWritePatience is how long a push may take.
	redisWritePatience = 5 * time.Second
)

// OpenRedis makes a client for redis://, rediss://, redis-cluster:// or redis-sentinel://. It fails on an
// address it cannot read; a server that is away is no failure.
func OpenRedis(address string) (*Redis, error) {
	options, err := redisOptions(address)
	if err != nil {
		return nil, err
	}
	options.MaxRetries = -1 // the boards have SQL to turn to, which is faster than a retry
	options.DialTimeout = time.Second
	options.DialerRetries = 1
	options.ContextTimeoutEnabled = true
	return &Redis{client: redis.NewUniversalClient(options)}, nil
}

func redisOptions(address string) (*redis.UniversalOptions, error) {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return nil, errors.New("the Redis URL must begin with redis://, rediss://, redis-cluster:// or redis-sentinel://")
	}
	switch scheme {
	case "redis", "rediss":
		o, err := redis.ParseURL(address)
		if err != nil {
			return nil, unreadable(err)
		}
		return &redis.UniversalOptions{
			Addrs: []string{o.Addr}, DB: o.DB, Username: o.Username, Password: o.Password, TLSConfig: o.TLSConfig,
		}, nil
	case "redis-cluster":
		o, err := redis.ParseClusterURL("redis://" + rest)
		if err != nil {
			return nil, unreadable(err)
		}
		if path := strings.Trim(pathOf(rest), "/"); path != "" && path != "0" {
			return nil, errors.New("the Redis URL: a cluster has no database but 0")
		}
		return &redis.UniversalOptions{Addrs: o.Addrs, Username: o.Username, Password: o.Password, IsClusterMode: true}, nil
	case "redis-sentinel":
		o, err := redis.ParseFailoverURL("redis://" + rest)
		if err != nil {
			return nil, unreadable(err)
		}
		if o.MasterName == "" {
			return nil, errors.New("the Redis URL: redis-sentinel:// needs ?master_name=, the name that the sentinels have for the master")
		}
		return &redis.UniversalOptions{
			Addrs: o.SentinelAddrs, MasterName: o.MasterName, DB: o.DB, Username: o.Username, Password: o.Password,
			SentinelUsername: o.SentinelUsername, SentinelPassword: o.SentinelPassword,
		}, nil
	}
	return nil, errors.New("the Redis URL must begin with redis://, rediss://, redis-cluster:// or redis-sentinel://")
}

// pathOf returns the path of an address without its scheme.
func pathOf(rest string) string {
	rest, _, _ = strings.Cut(rest, "?")
	_, path, _ := strings.Cut(rest, "/")
	return path
}

// unreadable tells why an address is none, without the address: it may have a password in it.
func unreadable(err error) error {
	var address *url.Error
	if errors.As(err, &address) {
		return errors.New("the Redis URL cannot be read")
	}
	return fmt.Errorf("the Redis URL: %w", err)
}

// silent keeps go-redis from writing to standard error by itself: what fails is returned.
type silent struct{}

// Printf implements the logger of go-redis.
func (silent) Printf(context.Context, string, ...any) {}

func init() { redis.SetLogger(silent{}) } // the library has one logger for all clients

// Close ends all connections.
func (r *Redis) Close() error { return r.client.Close() }

// Ping fails with ErrUnavailable when Redis does not answer.
func (r *Redis) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return away(r.client.Ping(ctx).Err())
}

// failed classifies an error of a command. A node of a cluster that does not answer may have been followed by another,
// which the client would look for only a minute later.
func (r *Redis) failed(ctx context.Context, err error) error {
	if cluster, ok := r.client.(*redis.ClusterClient); ok && err != nil && !isReply(err) {
		cluster.ReloadState(ctx)
	}
	return away(err)
}

// ErrRedis says that it was Redis that failed, and not the database.
var ErrRedis = errors.New("redis")

// away classifies an error of Redis.
func away(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w: %w", model.ErrUnavailable, ErrRedis, err)
}

// ErrMoved says that the copies of a group are not those that the caller took them for.
var ErrMoved = errors.New("the boards in Redis have moved on")

// The scripts compare the generation first, so a reader or writer of an old one does nothing. Rank keys
// travel as decimal strings and no arithmetic is done on them, because Lua's numbers are doubles. A window
// comes as one text, because many small replies cost both sides more than their content.
var (
	syncScript = redis.NewScript(`
local m = redis.call('HMGET', KEYS[1], 'gen', 'cur')
if (m[1] or '') ~= ARGV[1] or (m[2] or '') ~= ARGV[2] then return 'MOVED' end
for i = #KEYS + 3, #ARGV, 3 do
  local z = KEYS[tonumber(ARGV[i])]
  if ARGV[i+2] == '' then redis.call('ZREM', z, ARGV[i+1]) else redis.call('ZADD', z, ARGV[i+2], ARGV[i+1]) end
end
for i = 2, #KEYS do redis.call('EXPIRE', KEYS[i], ARGV[i+2]) end
redis.call('HSET', KEYS[1], 'cur', ARGV[3])
return 'OK'`)

	windowScript = redis.NewScript(`
local m = redis.call('HMGET', KEYS[1], 'gen', 'cur')
if not m[1] or m[1] ~= ARGV[1] then return {'MOVED', m[1] or ''} end
local n, want = redis.call('ZCARD', KEYS[2]), tonumber(ARGV[2])
local lo, rank = 0, -1
if ARGV[3] ~= '' then
  rank = redis.call('ZREVRANK', KEYS[2], ARGV[3]) or -1
  if rank >= 0 then
    lo = rank - math.floor(want / 2)
    if lo > n - want then lo = n - want end
    if lo < 0 then lo = 0 end
  end
elseif ARGV[4] ~= '' then
  lo = redis.call('ZCOUNT', KEYS[2], ARGV[4], '+inf')
end
return {'OK', m[2], n, rank, lo, table.concat(redis.call('ZREVRANGE', KEYS[2], lo, lo + want - 1, 'WITHSCORES'), ' ')}`)
)

func metaKey(group string) string { return "lb:{" + group + "}:m" }

func setKey(group, generation string, s Section) string {
	key := "lb:{" + group + "}:" + generation + ":b" + s.Board.String()
	if s.Kind != model.KindCommunity {
		key += ":n" + s.Node.String()
	}
	return key
}

// Copy is how far the copies of a group in Redis are. Both are empty when there are none.
type Copy struct {
	Generation string
	Cursor     string
}

// State returns how far a group's copies are.
func (r *Redis) State(ctx context.Context, group string) (Copy, error) {
	ctx, cancel := context.WithTimeout(ctx, redisWritePatience)
	defer cancel()
	values, err := r.client.HMGet(ctx, metaKey(group), "gen", "cur").Result()
	if err != nil {
		return Copy{}, r.failed(ctx, err)
	}
	return copyOf(values), nil
}

func copyOf(values []any) (c Copy) {
	c.Generation, _ = values[0].(string)
	c.Cursor, _ = values[1].(string)
	return c
}

// Row is a member's rank key in one section, to be written or, when it is below LowestRankKey, removed. All rows of
// a section are given the same end of its life, so that it is never there in part.
type Row struct {
	Section Section
	Member  model.ID
	RankKey int64
	Life    time.Duration
}

// Points returns how many points the member has.
func (r Row) Points() int64 { return model.PointsOfRankKey(r.RankKey) }

// Push writes rows and moves the cursor, if the copies are still as the caller read them; else it fails
// with ErrMoved. Rows are absolute, so a push that is repeated does no harm.
func (r *Redis) Push(ctx context.Context, group string, at Copy, to string, rows []Row) error {
	keys, args := tuples(group, at.Generation, rows, []string{metaKey(group)})
	return r.run(ctx, syncScript, keys, append([]any{at.Generation, at.Cursor, to}, args...))
}

// tuples adds the keys of rows to others, and makes the arguments of a script: how long each added key lives, and then
// for each row the number of its key, the member and the rank key.
func tuples(group, generation string, rows []Row, keys []string) ([]string, []any) {
	index := map[Section]int{}
	var lives []any
	args := make([]any, 0, 3*len(rows))
	for _, row := range rows {
		if index[row.Section] == 0 {
			keys, lives = append(keys, setKey(group, generation, row.Section)), append(lives, int64(row.Life.Seconds()))
			index[row.Section] = len(keys)
		}
		rank := strconv.FormatInt(row.RankKey, 10)
		if row.RankKey < model.LowestRankKey {
			rank = ""
		}
		args = append(args, index[row.Section], row.Member.String(), rank)
	}
	return keys, append(lives, args...)
}

func (r *Redis) run(ctx context.Context, script *redis.Script, keys []string, args []any) error {
	ctx, cancel := context.WithTimeout(ctx, redisWritePatience)
	defer cancel()
	answer, err := script.Run(ctx, r.client, keys, args...).Text()
	if err != nil {
		return r.failed(ctx, err)
	}
	if answer != "OK" {
		return ErrMoved
	}
	return nil
}

// Window is a stretch of a section as Redis has it at one instant.
type Window struct {
	Cursor string
	Total  int64
	Rank   int64 // of the member that was asked for, from 0; -1 when there is none
	First  int64 // rank of the first row, from 0
	Rows   []Row
}

// Center has a window of so many rows begin where its member is in the middle, or as near to that as the ends allow, and returns how many rows are
// above the member then.
func (w *Window) Center(want int64) (above int64) {
	w.First = max(0, min(w.Rank-want/2, w.Total-want))
	return w.Rank - w.First
}

// Window reads up to want rows of a section: around a member when one is given, else below a rank key,
// else from the top. It fails with ErrMoved when the generation is not in use, and with ErrUnavailable
// when Redis is slow, away, or was so a moment ago.
func (r *Redis) Window(ctx context.Context, group, generation string, s Section, want int, member model.ID, below int64) (*Window, error) {
	around, from := "", ""
	if member != 0 {
		around = member.String()
	}
	if below != 0 {
		from = strconv.FormatInt(below, 10)
	}
	answer, err := r.ask(ctx, windowScript, group, generation, s, []any{want, around, from})
	if err != nil {
		return nil, err
	}
	return readWindow(s, answer)
}

func readWindow(s Section, answer []any) (*Window, error) {
	w := &Window{}
	w.Cursor, _ = answer[1].(string)
	w.Total, _ = answer[2].(int64)
	w.Rank, _ = answer[3].(int64)
	w.First, _ = answer[4].(int64)
	text, _ := answer[5].(string)
	w.Rows = make([]Row, 0, (strings.Count(text, " ")+1)/2)
	for text != "" {
		var id, score string
		id, text, _ = strings.Cut(text, " ")
		score, text, _ = strings.Cut(text, " ")
		member, err := model.ParseID(id)
		if err != nil {
			return nil, away(err)
		}
		rank, err := readRank(score)
		if err != nil {
			return nil, away(err)
		}
		w.Rows = append(w.Rows, Row{Section: s, Member: member, RankKey: rank})
	}
	return w, nil
}

// readRank reads a rank key that Redis kept as a score.
func readRank(score string) (int64, error) {
	if rank, err := strconv.ParseInt(score, 10, 64); err == nil {
		return rank, nil
	}
	// Scores above 2^53 never occur; some servers print large whole ones with an exponent.
	exact, err := strconv.ParseFloat(score, 64)
	return int64(exact), err
}

// Dump returns whole sections, each as its scores by member, and the cursor up to which they are complete, all of
// one instant. It fails with ErrMoved when the generation is not in use. It is for checks.
func (r *Redis) Dump(ctx context.Context, group, generation string, sections []Section) (cursor string, dump []map[string]float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, redisWritePatience)
	defer cancel()
	var state *redis.SliceCmd
	sets := make([]*redis.ZSliceCmd, len(sections))
	_, err = r.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		state = p.HMGet(ctx, metaKey(group), "gen", "cur")
		for i, s := range sections {
			sets[i] = p.ZRangeWithScores(ctx, setKey(group, generation, s), 0, -1)
		}
		return nil
	})
	if err != nil {
		return "", nil, r.failed(ctx, err)
	}
	at := copyOf(state.Val())
	if at.Generation != generation {
		return "", nil, ErrMoved
	}
	for _, set := range sets {
		scores := make(map[string]float64, len(set.Val()))
		for _, z := range set.Val() {
			scores[fmt.Sprint(z.Member)] = z.Score
		}
		dump = append(dump, scores)
	}
	return at.Cursor, dump, nil
}

// breaker stops asking a Redis that fails, for a while.
type breaker struct {
	mu    sync.Mutex
	fails int
	until time.Time
}

const (
	breakAfter = 3
	breakFor   = 2 * time.Second
)

func (b *breaker) closed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails < breakAfter {
		return true
	}
	if time.Now().Before(b.until) {
		return false
	}
	b.until = time.Now().Add(breakFor) // this caller probes, others wait
	return true
}

func (b *breaker) note(err error) {
	var network net.Error
	failed := err != nil && (errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) || !isReply(err))
	b.mu.Lock()
	defer b.mu.Unlock()
	if !failed {
		b.fails = 0
		return
	}
	if b.fails++; b.fails >= breakAfter {
		b.until = time.Now().Add(breakFor)
	}
}

// isReply reports whether the server itself said so.
func isReply(err error) bool {
	var reply redis.Error
	return errors.As(err, &reply)
}

package repository

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// A group is filled anew beside what is read. The scripts let one do it at a time, and use nothing that is not whole.
var (
	beginScript = redis.NewScript(`
if (redis.call('HGET', KEYS[1], 'gen') or '') ~= ARGV[1] then return 'MOVED' end
if not redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[3]) then return 'MOVED' end
redis.call('HSET', KEYS[1], 'new', ARGV[2])
return 'OK'`)

	fillScript = redis.NewScript(`
if redis.call('HGET', KEYS[1], 'new') ~= ARGV[1] then return 'MOVED' end
for i = #KEYS + 2, #ARGV, 3 do redis.call('ZADD', KEYS[tonumber(ARGV[i])], ARGV[i+2], ARGV[i+1]) end
for i = 3, #KEYS do redis.call('EXPIRE', KEYS[i], ARGV[i+1]) end
redis.call('HSET', KEYS[1], 'new', ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 'OK'`)

	flipScript = redis.NewScript(`
local m = redis.call('HMGET', KEYS[1], 'gen', 'new')
if (m[1] or '') ~= ARGV[1] or m[2] ~= ARGV[2] then return 'MOVED' end
redis.call('HSET', KEYS[1], 'gen', ARGV[3], 'cur', ARGV[4])
redis.call('HDEL', KEYS[1], 'new')
redis.call('DEL', KEYS[2])
return 'OK'`)

	dropScript = redis.NewScript(`
local m = redis.call('HMGET', KEYS[1], 'gen', 'new')
if m[1] == ARGV[1] then return 'MOVED' end
if m[2] and string.match(m[2], '^[^:]*') == ARGV[1] then redis.call('HDEL', KEYS[1], 'new') redis.call('DEL', KEYS[2]) end
for i = 3, #KEYS do redis.call('UNLINK', KEYS[i]) end
return 'OK'`)
)

// buildingKey is there while somebody fills a group anew, and for a while after they stopped without a word.
func buildingKey(group string) string { return "lb:{" + group + "}:b" }

// buildingFor is how long the others wait for who fills a group and adds nothing more.
const buildingFor = 30 * time.Second

// Building is a generation that is being filled and that nobody reads yet. Redis counts its parts, so that one
// that lost some, or that went back in time, is never used.
type Building struct {
	Group, Old, Generation string
	parts                  int
}

func (b *Building) filled() string { return b.Generation + ":" + strconv.Itoa(b.parts) }

// Begin has a group filled anew. It fails with ErrMoved when the old generation is not in use any more, and while
// somebody else fills it.
func (r *Redis) Begin(ctx context.Context, b *Building) error {
	return r.run(ctx, beginScript, []string{metaKey(b.Group), buildingKey(b.Group)}, []any{b.Old, b.filled(), buildingFor.Milliseconds()})
}

// Fill writes one more part. It fails with ErrMoved when not all parts before are there, or somebody else has
// begun since.
func (r *Redis) Fill(ctx context.Context, b *Building, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	keys, args := tuples(b.Group, b.Generation, rows, []string{metaKey(b.Group), buildingKey(b.Group)})
	before := b.filled()
	b.parts++
	return r.run(ctx, fillScript, keys, append([]any{before, b.filled(), buildingFor.Milliseconds()}, args...))
}

// Flip has readers and writers use what was filled, complete up to the cursor. It fails with ErrMoved as Begin
// and Fill do.
func (r *Redis) Flip(ctx context.Context, b *Building, cursor string) error {
	return r.run(ctx, flipScript, []string{metaKey(b.Group), buildingKey(b.Group)}, []any{b.Old, b.filled(), b.Generation, cursor})
}

// dropRows is how many sections one script removes.
const dropRows = 500

// Drop removes sections of a generation, which is never used from then on. It fails with ErrMoved when the
// generation is in use.
func (r *Redis) Drop(ctx context.Context, group, generation string, sections []Section) error {
	for part := range slices.Chunk(sections, dropRows) {
		keys := []string{metaKey(group), buildingKey(group)}
		for _, s := range part {
			keys = append(keys, setKey(group, generation, s))
		}
		if err := r.run(ctx, dropScript, keys, []any{generation}); err != nil {
			return err
		}
	}
	return nil
}

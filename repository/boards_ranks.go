package repository

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"linbanglin/model"
)

// Tie is where those with a number of points are in a section.
type Tie struct {
	Ahead   int64 // how many have more points
	Through int64 // how many have as many or more
	Next    int64 // the lowest rank key of those with more, 0 when there are none
}

// Among returns those members who are listed in a section, best first.
func (b Boards) Among(ctx context.Context, s Section, members []model.ID) ([]Row, error) {
	// Sorted here: asked for this order, a database may go through all of the board in it.
	rows, err := readRanks(s, b.listed(ctx, s).Where("subject_id IN ?", members))
	bestFirst(rows)
	return rows, err
}

// CountBetween returns how many scores of a section have at least one rank key and less than another.
func (b Boards) CountBetween(ctx context.Context, s Section, from, below int64) (int64, error) {
	var n int64
	err := b.listed(ctx, s).Where("rank_key >= ? AND rank_key < ?", from, below).Count(&n).Error
	return n, err
}

// Tied returns where those with a number of points are in a section.
func (m Moment) Tied(ctx context.Context, s Section, points int64) (tie Tie, err error) {
	if tie.Ahead, err = m.CountFrom(ctx, s, model.LeastRankKey(points+1)); err != nil {
		return tie, err
	}
	same, err := m.CountBetween(ctx, s, model.LeastRankKey(points), model.LeastRankKey(points+1))
	if err != nil {
		return tie, err
	}
	tie.Through = tie.Ahead + same
	next, err := m.Above(ctx, s, model.LeastRankKey(points+1)-1, 1)
	if len(next) > 0 {
		tie.Next = next[0].RankKey
	}
	return tie, err
}

// The scripts of ranks that are not those of a window. Bounds come from Go, see above.
var (
	tiesScript = redis.NewScript(`
local m = redis.call('HMGET', KEYS[1], 'gen', 'cur')
if not m[1] or m[1] ~= ARGV[1] then return {'MOVED', m[1] or ''} end
local out = {}
for i = 2, #ARGV, 2 do
  local next = redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[i+1], '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  out[#out+1] = redis.call('ZCOUNT', KEYS[2], ARGV[i+1], '+inf')
  out[#out+1] = redis.call('ZCOUNT', KEYS[2], ARGV[i], '+inf')
  out[#out+1] = next[2] or '0'
end
return {'OK', m[2], table.concat(out, ' ')}`)

	amongScript = redis.NewScript(`
local m = redis.call('HMGET', KEYS[1], 'gen', 'cur')
if not m[1] or m[1] ~= ARGV[1] then return {'MOVED', m[1] or ''} end
local out = {}
for i = 2, #ARGV do
  local score = redis.call('ZSCORE', KEYS[2], ARGV[i])
  if score then
    out[#out+1] = ARGV[i]
    out[#out+1] = score
    out[#out+1] = redis.call('ZREVRANK', KEYS[2], ARGV[i])
  end
end
return {'OK', m[2], redis.call('ZCARD', KEYS[2]), table.concat(out, ' ')}`)
)

// Ties returns where those with so many points are in a section, and the cursor up to which that is complete. It
// fails as Window does.
func (r *Redis) Ties(ctx context.Context, group, generation string, s Section, points []int64) (cursor string, ties map[int64]Tie, err error) {
	bounds := make([]any, 0, 2*len(points))
	for _, p := range points {
		bounds = append(bounds, model.LeastRankKey(p), model.LeastRankKey(p+1))
	}
	answer, err := r.ask(ctx, tiesScript, group, generation, s, bounds)
	if err != nil {
		return "", nil, err
	}
	cursor, _ = answer[1].(string)
	text, _ := answer[2].(string)
	numbers, err := readNumbers(text)
	if err == nil && len(numbers) != 3*len(points) {
		err = fmt.Errorf("%d numbers about %d ties", len(numbers), len(points))
	}
	if err != nil {
		return "", nil, away(err)
	}
	ties = make(map[int64]Tie, len(points))
	for i, p := range points {
		ties[p] = Tie{numbers[3*i], numbers[3*i+1], numbers[3*i+2]}
	}
	return cursor, ties, nil
}

// Placed is a row, and its rank from 0.
type Placed struct {
	Row
	Rank int64
}

// Among returns those members who are listed in a section, best first, how many are listed in all, and the cursor
// up to which that is complete, all of one instant. It fails as Window does.
func (r *Redis) Among(ctx context.Context, group, generation string, s Section, members []model.ID) (cursor string, total int64, placed []Placed, err error) {
	args := make([]any, len(members))
	for i, m := range members {
		args[i] = m.String()
	}
	answer, err := r.ask(ctx, amongScript, group, generation, s, args)
	if err != nil {
		return "", 0, nil, err
	}
	cursor, _ = answer[1].(string)
	total, _ = answer[2].(int64)
	text, _ := answer[3].(string)
	numbers, err := readNumbers(text)
	if err != nil {
		return "", 0, nil, away(err)
	}
	for row := range slices.Chunk(numbers, 3) {
		placed = append(placed, Placed{Row{Section: s, Member: model.ID(row[0]), RankKey: row[1]}, row[2]})
	}
	slices.SortFunc(placed, func(a, b Placed) int { return int(a.Rank - b.Rank) })
	return cursor, total, placed, nil
}

// ask runs a script that reads a section, unless Redis failed a moment ago.
func (r *Redis) ask(ctx context.Context, script *redis.Script, group, generation string, s Section, args []any) ([]any, error) {
	if !r.breaker.closed() {
		return nil, model.ErrUnavailable
	}
	ctx, cancel := context.WithTimeout(ctx, redisPatience)
	defer cancel()
	answer, err := script.Run(ctx, r.client, []string{metaKey(group), setKey(group, generation, s)}, append([]any{generation}, args...)...).Slice()
	r.breaker.note(err)
	if err != nil {
		return nil, r.failed(ctx, err)
	}
	if answer[0] != "OK" {
		return nil, ErrMoved
	}
	return answer, nil
}

// readNumbers reads whole numbers that spaces part.
func readNumbers(text string) ([]int64, error) {
	words := strings.Fields(text)
	numbers := make([]int64, len(words))
	for i, word := range words {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			n, err = readRank(word)
		}
		if err != nil {
			return nil, err
		}
		numbers[i] = n
	}
	return numbers, nil
}

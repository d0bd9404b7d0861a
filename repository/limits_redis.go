package repository

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"linbanglin/model"
)

// takeToken counts a call of somebody: the key holds until when the calls so far have used up what is allowed, in
// microseconds of Redis's own clock, and goes away when that is past. It returns how long to wait, 0 when the call may be.
var takeToken = redis.NewScript(`
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local each, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
if used < now then used = now end
local wait = used + each - burst - now
if wait > 0 then return string.format('%.0f', wait) end
used = used + each
redis.call('SET', KEYS[1], string.format('%.0f', used), 'PX', math.ceil((used - now) / 1000) + 1)
return '0'
`)

// limitPatience is how long a call may be kept by counting it.
const limitPatience = 100 * time.Millisecond

// Take counts a call of somebody who may call so often a second and so often at once, together with all processes, and
// returns how long they have to wait; zero when they may. It fails with ErrUnavailable when Redis is away.
func (r *Redis) Take(ctx context.Context, who string, perSecond float64, burst int) (time.Duration, error) {
	if !r.counts.closed() {
		return 0, away(model.ErrUnavailable)
	}
	within, cancel := context.WithTimeout(ctx, limitPatience)
	defer cancel()
	each := 1e6 / perSecond
	wait, err := takeToken.Run(within, r.client, []string{"rl:{" + who + "}"}, fmt.Sprintf("%.0f", each), fmt.Sprintf("%.0f", each*float64(burst))).Int64()
	r.counts.note(err)
	if err != nil {
		return 0, r.failed(ctx, err)
	}
	return time.Duration(wait) * time.Microsecond, nil
}

package boards

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// projectPoll is how soon records that others sealed are projected at the latest.
	projectPoll = 250 * time.Millisecond
	// projectRest lets records gather, because rows that change twice are then written once.
	projectRest = 50 * time.Millisecond
	// While postings come, they come first: the projector takes busyBatch records at a time, and then rests projectShare
	// times as long as it worked. For every restLess that it has not caught up it takes twice as many, up to eight times, and
	// rests less by one, so that it does catch up.
	busyBatch    = 500
	projectShare = 3
	restLess     = 2 * time.Second
	// copyCheck is how often copies in Redis are looked at that nothing should have changed.
	copyCheck = 5 * time.Second
)

// Run projects what is sealed and carries it to Redis until the context ends.
func (b *Boards) Run(ctx context.Context) error {
	poll := time.NewTicker(projectPoll)
	defer poll.Stop()
	r := round{Boards: b, caughtUp: time.Now()}
	for again := false; ctx.Err() == nil; {
		if !again {
			select {
			case <-ctx.Done():
				return nil
			case <-b.nudges:
			case <-poll.C:
			}
		}
		more, err := r.run(ctx)
		if ctx.Err() == nil {
			b.failed(err)
		}
		again = more && err == nil // what fails is tried again at the next tick
	}
	return nil
}

// round is one round of the projector after the other.
type round struct {
	*Boards
	last     carried
	caughtUp time.Time // when nothing was left to do, the last time
	busy     bool      // postings come
}

// run works once, and rests after that if there was anything to do. More says that there still is.
func (r *round) run(ctx context.Context) (more bool, err error) {
	start := time.Now()
	behind := start.Sub(r.caughtUp)
	work := r.follow
	if r.busy {
		work = r.step
	}
	moved, more, err := work(ctx, behind)
	if !more && err == nil {
		r.caughtUp = start
	}
	if moved {
		r.busy = r.rest(ctx, time.Since(start), behind)
	}
	return more, err
}

// step projects some of what is sealed, the more the longer it is behind, and carries it to Redis.
func (r *round) step(ctx context.Context, behind time.Duration) (moved, more bool, err error) {
	most := busyBatch << min(3, behind/restLess)
	n, err := r.project(ctx, most)
	if err == nil {
		err = r.carry(ctx)
	}
	return n > 0, n == most, err
}

// follow projects all that is sealed, and carries what is projected to Redis while the next is.
func (r *round) follow(ctx context.Context, _ time.Duration) (moved, more bool, err error) {
	projected := make(chan struct{}, 1) // a token stands for all that was projected before it is taken
	var failure error
	var copier sync.WaitGroup
	copier.Go(func() {
		for range projected {
			failure = r.carry(ctx)
		}
	})
	for n := projectBatch; n == projectBatch && err == nil; {
		if n, err = r.project(ctx, projectBatch); err == nil {
			moved = moved || n > 0
			select {
			case projected <- struct{}{}:
			default:
			}
		}
	}
	close(projected)
	copier.Wait()
	return moved, false, errors.Join(err, failure)
}

// rest waits after so much work while postings come, the less the longer it is behind, and reports whether they do: whether
// any wait to be sealed. None twice in a row is the end of them; once, and they were just sealed.
func (r *round) rest(ctx context.Context, worked, behind time.Duration) (busy bool) {
	share := max(0, projectShare-float64(behind)/float64(restLess))
	end := time.Now().Add(time.Duration(share * float64(worked)))
	for none := 0; ; {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(projectRest):
		}
		waiting, err := r.store.Stream.Waiting(ctx, 1)
		if none++; len(waiting) > 0 {
			none = 0
		}
		if err != nil || none == 2 {
			return false
		}
		if !time.Now().Before(end) {
			return true
		}
	}
}

// carried is when, and up to which place of the stream, all copies were last seen to be complete.
type carried struct {
	at  time.Time
	seq int64
}

// carry has Redis, if there is one, follow the scores when they moved, when a reader found copies gone, and now and then.
func (r *round) carry(ctx context.Context) error {
	if r.redis == nil {
		return nil
	}
	cursor, err := r.store.Stream.Cursor(ctx, projectionCursor)
	if err != nil {
		return err
	}
	if lost := r.lost.Swap(false); !lost && cursor.Seq == r.last.seq && time.Since(r.last.at) < copyCheck {
		return nil
	}
	r.last = carried{}
	if err := r.SyncAll(ctx); err != nil {
		return err
	}
	r.last = carried{time.Now(), cursor.Seq}
	return nil
}

// CatchUp projects all that is sealed.
func (b *Boards) CatchUp(ctx context.Context) error {
	for {
		more, err := b.Project(ctx)
		if err != nil || !more {
			return err
		}
	}
}

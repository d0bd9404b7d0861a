package boards

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"linbanglin/internal/memo"
	"linbanglin/model"
	"linbanglin/repository"
)

const (
	// nameTrust is how long a name on a board may be old.
	nameTrust  = 5 * time.Second
	boardTrust = 5 * time.Second
	// nodeTrust is how long the place of a node may be old; nodes move when a roster is imported.
	nodeTrust  = 5 * time.Second
	remembered = 50_000
	// projectPoll is how soon records that others sealed are projected at the latest.
	projectPoll = 250 * time.Millisecond
	// projectRest lets records gather, because rows that change twice are then written once.
	projectRest = 50 * time.Millisecond
	// projectShare is how much longer the projector rests than it worked, so that under load the postings
	// come first and the boards follow; maxRest is how long it rests at most. When nothing was sealed here for a quiet while
	// it goes on at once.
	projectShare = 4
	maxRest      = 2 * time.Second
	quiet        = 150 * time.Millisecond
	// copyCheck is how often copies in Redis are looked at that nothing should have changed.
	copyCheck = 5 * time.Second
)

// Boards keeps and reads leaderboards.
type Boards struct {
	store  *repository.Store
	redis  *repository.Redis // nil without one
	now    func() model.Instant
	nudges chan struct{}
	failed func(error) // told after each round of Run
	lost   atomic.Bool // a reader found copies gone
	// percent is what part of those on a quarter's board are its pioneers.
	percent int

	found     *memo.Memo[model.BoardKey, *model.Board]
	campaigns *memo.Memo[model.ID, *model.Campaign]
	revisions *memo.Memo[model.ID, int] // in force, of settled campaigns
	nodes     *memo.Memo[model.ID, *model.Node]
	names     names
	stretches *memo.Memo[stretchKey, stretch] // remembers nothing

	screens screens

	mu          sync.RWMutex
	generations map[string]string // of the copies in Redis, by group, as last seen
}

// New returns the boards of a store, with copies in redis unless it is nil.
func New(store *repository.Store, redis *repository.Redis, now func() model.Instant) *Boards {
	b := &Boards{
		store: store, redis: redis, now: now, nudges: make(chan struct{}, 1), failed: func(error) {}, percent: pioneerPercent,
		found:     memo.New(boardTrust, remembered, store.Boards.Find),
		campaigns: memo.New(time.Second, remembered, store.Campaigns.Get),
		revisions: memo.New(time.Second, remembered, store.Boards.LastRevision),
		nodes:     memo.New(nodeTrust, remembered, store.Nodes.Get),
		names:     names{store: store}, generations: map[string]string{},
		screens: screens{shown: map[view]*shown{}, of: map[model.ID]int{}},
	}
	b.stretches = memo.New(0, 0, b.read)
	return b
}

// Nudge has Run look for sealed records at once.
func (b *Boards) Nudge() {
	select {
	case b.nudges <- struct{}{}:
	default:
	}
}

// OnError has f called after each round of Run with what failed, nil when nothing did. It must be set before
// Run.
func (b *Boards) OnError(f func(error)) { b.failed = f }

// Run projects what is sealed and carries it to Redis until the context ends.
func (b *Boards) Run(ctx context.Context) error {
	poll := time.NewTicker(projectPoll)
	defer poll.Stop()
	var last carried
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-b.nudges:
		case <-poll.C:
		}
		start := time.Now()
		// What fails is tried again at the next tick.
		err := b.CatchUp(ctx)
		if err == nil && b.redis != nil {
			err = b.carry(ctx, &last)
		}
		if ctx.Err() == nil {
			b.failed(err)
		}
		b.rest(ctx, time.Since(start))
	}
}

// rest has the projector wait after so much work, at the longest while postings come.
func (b *Boards) rest(ctx context.Context, worked time.Duration) {
	end := time.After(min(max(projectRest, projectShare*worked), maxRest))
	for nudged := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-b.nudges:
			nudged = true
			continue
		case <-time.After(quiet):
		case <-end:
		}
		if nudged {
			b.Nudge() // it is still to be followed
		}
		return
	}
}

// carried is when, and up to which place of the stream, all copies were last seen to be complete.
type carried struct {
	at  time.Time
	seq int64
}

// carry has Redis follow the scores when they moved, when a reader found copies gone, and now and then.
func (b *Boards) carry(ctx context.Context, last *carried) error {
	cursor, err := b.store.Stream.Cursor(ctx, projectionCursor)
	if err != nil {
		return err
	}
	if lost := b.lost.Swap(false); !lost && cursor.Seq == last.seq && time.Since(last.at) < copyCheck {
		return nil
	}
	*last = carried{}
	if err := b.SyncAll(ctx); err != nil {
		return err
	}
	*last = carried{time.Now(), cursor.Seq}
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

// names remembers how members are shown on boards.
type names struct {
	store *repository.Store
	mu    sync.RWMutex
	refs  map[model.ID]model.MemberRef
	until time.Time
}

// of returns how members are shown, in the order of the ids. All are forgotten together every few seconds, so
// that one query brings the whole page back.
func (n *names) of(ctx context.Context, ids []model.ID) ([]model.MemberRef, error) {
	shown := make([]model.MemberRef, len(ids))
	var missing []model.ID
	n.mu.RLock()
	fresh := time.Now().Before(n.until)
	for i, id := range ids {
		ref, known := n.refs[id]
		if shown[i] = ref; !known || !fresh {
			missing = append(missing, id)
		}
	}
	n.mu.RUnlock()
	if len(missing) == 0 {
		return shown, nil
	}
	read, err := n.store.Members.BoardRefs(ctx, missing)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !time.Now().Before(n.until) || len(n.refs) > remembered {
		n.refs, n.until = map[model.ID]model.MemberRef{}, time.Now().Add(nameTrust)
	}
	for id, ref := range read {
		n.refs[id] = ref
	}
	for i, id := range ids {
		if ref, known := read[id]; known {
			shown[i] = ref
		}
	}
	return shown, nil
}

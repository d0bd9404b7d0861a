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

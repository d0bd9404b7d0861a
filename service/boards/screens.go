package boards

import (
	"context"
	"reflect"
	"sync"
	"time"

	"linbanglin/model"
)

const (
	// watchPoll is how often a board that is on screens is read.
	watchPoll = time.Second
	// mostScreens is how many screens one process serves.
	mostScreens = 500
	// screensEach is how many of them one member may have.
	screensEach = 3
)

// screens are the big screens (大屏) that show boards from here. However many show one board, it is read once.
type screens struct {
	mu    sync.Mutex
	shown map[view]*shown
	count int
	of    map[model.ID]int // by member
	ended bool
}

// view is what a screen shows.
type view struct {
	community model.ID
	query     Query // with the scope that it is of
	limit     int
}

// shown is a view that is on screens.
type shown struct {
	view
	list    *Listing // as it was last read
	watches map[*Watch]bool
	stop    context.CancelFunc
}

// Watch is a screen that waits for changes.
type Watch struct {
	boards *Boards
	shown  *shown
	member model.ID
	wake   chan struct{}
	next   *Listing // that the screen has not shown
	over   bool
}

// Watch has the caller told of a board whenever its first page changes, at once to begin with. It fails as Top does, and
// with ErrStreams when too many watch from here, or the caller has three screens.
func (b *Boards) Watch(ctx context.Context, who model.Actor, q Query, limit int) (*Watch, error) {
	p, err := b.resolve(ctx, who, q)
	if err != nil {
		return nil, err
	}
	list, err := b.page(ctx, p, model.Page{Limit: limit})
	if err != nil {
		return nil, err
	}
	if q.Kind != model.BoardTeams {
		q.ScopeID = p.section.Node
	}
	s := &b.screens
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || s.count >= mostScreens || s.of[who.MemberID] >= screensEach {
		return nil, model.ErrStreams
	}
	s.count++
	s.of[who.MemberID]++
	key := view{p.key.CommunityID, q, limit}
	v := s.shown[key]
	if v == nil {
		polling, stop := context.WithCancel(context.WithoutCancel(ctx)) // the first screen is not the last
		v = &shown{view: key, list: list, watches: map[*Watch]bool{}, stop: stop}
		s.shown[key] = v
		go b.poll(polling, v)
	}
	w := &Watch{boards: b, shown: v, member: who.MemberID, wake: make(chan struct{}, 1), next: list}
	v.watches[w] = true
	return w, nil
}

// poll reads a board for its screens until none is left. What fails is read the next time.
func (b *Boards) poll(ctx context.Context, v *shown) {
	ticks := time.NewTicker(watchPoll)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		if list, err := b.reread(ctx, v.view); err == nil {
			b.screens.show(v, list)
		}
	}
}

// reread reads what screens show; a board of the current period is that of now.
func (b *Boards) reread(ctx context.Context, v view) (*Listing, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*watchPoll)
	defer cancel()
	kind := v.query.Kind
	if kind == "" {
		kind = model.BoardMembers
	}
	p := &place{key: model.BoardKey{CommunityID: v.community, Kind: kind, Scope: model.KindCommunity, Period: v.query.Period}, shared: v.query.Shared}
	if _, err := b.resolvePeriod(ctx, v.query, p); err != nil {
		return nil, err
	}
	watcher := model.Actor{Place: model.Place{CommunityID: v.community}} // who may was asked when they began
	if _, err := b.resolveScope(ctx, watcher, v.query, p); err != nil {
		return nil, err
	}
	if err := b.find(ctx, p); err != nil {
		return nil, err
	}
	return b.page(ctx, p, model.Page{Limit: v.limit})
}

// show gives a reading to the screens if it differs from the one before.
func (s *screens) show(v *shown, list *Listing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if list.Board == v.list.Board && list.Total == v.list.Total && reflect.DeepEqual(list.Items, v.list.Items) {
		return
	}
	v.list = list
	for w := range v.watches {
		w.next = list
		w.ring()
	}
}

// Next returns the board when it changed, or nil after a time of silence. It reports false when the watch is over, or
// the screen is gone.
func (w *Watch) Next(ctx context.Context, silence time.Duration) (list *Listing, on bool) {
	quiet := time.NewTimer(silence)
	defer quiet.Stop()
	s := &w.boards.screens
	for {
		s.mu.Lock()
		over := w.over
		list, w.next = w.next, nil
		s.mu.Unlock()
		if over || list != nil {
			return list, !over
		}
		select {
		case <-ctx.Done():
			return nil, false
		case <-quiet.C:
			return nil, true
		case <-w.wake:
		}
	}
}

func (w *Watch) ring() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Close ends the watch. The board is read no more when it was the last.
func (w *Watch) Close() {
	s := &w.boards.screens
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.over = true; !w.shown.watches[w] {
		return
	}
	delete(w.shown.watches, w)
	s.count--
	if s.of[w.member]--; s.of[w.member] == 0 {
		delete(s.of, w.member)
	}
	if len(w.shown.watches) == 0 {
		w.shown.stop()
		delete(s.shown, w.shown.view)
	}
}

// EndWatches ends all watches, and lets nobody watch any more.
func (b *Boards) EndWatches() {
	s := &b.screens
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for _, v := range s.shown {
		for w := range v.watches {
			w.over = true
			w.ring()
		}
	}
}

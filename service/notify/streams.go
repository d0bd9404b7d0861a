package notify

import (
	"context"
	"slices"
	"sync"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

const (
	// StreamsEach is how many streams one member has at a time; with one more the oldest ends.
	StreamsEach = 3
	// overlap is how much later than its id says a notice may become visible and still be sent: ids are made before
	// their transactions commit, and in several processes.
	overlap = 60 * time.Second
	// catchUpRows is how many notices are read together for who was away.
	catchUpRows = 200
	// maxPending is how many notices wait for a listener who does not take them; then the stream ends.
	maxPending = 1000
)

// Streams (事件流) brings members their new notices while they listen. All who listen in one process are served by one
// reading of the inboxes.
type Streams struct {
	store *repository.Store
	most  int

	mu    sync.Mutex
	open  map[model.ID][]*Stream // by member, the oldest first
	count int
	ended bool
	read  model.ID // an id of just before the last reading that succeeded
}

// NewStreams returns the streams of a process, for so many listeners at most.
func NewStreams(store *repository.Store, most int) *Streams {
	return &Streams{store: store, most: most, open: map[model.ID][]*Stream{}}
}

// Stream is what one listener hears.
type Stream struct {
	streams *Streams
	member  model.ID
	last    model.ID // is not sent
	from    model.ID // nothing before it is sent
	cursor  model.ID // as far as what was missed is read
	missed  bool     // something may be
	wake    chan struct{}

	mu      sync.Mutex
	pending []*model.Notice
	sent    map[model.ID]bool // of those that are read again
	over    bool
}

// Listen opens a stream of the caller's notices, of those after one if that is named, else of new ones. What may have
// become visible late before it is sent again, so that nothing is missed. It fails with ErrStreams when too many listen
// here, and with ErrEventID for an id of the future.
func (s *Streams) Listen(ctx context.Context, who model.Actor, last model.ID) (*Stream, error) {
	now := s.store.NewID()
	if last > now.Earlier(-overlap) {
		return nil, model.ErrEventID
	}
	stream := &Stream{
		streams: s, member: who.MemberID, last: last, from: now.Earlier(overlap), wake: make(chan struct{}, 1), sent: map[model.ID]bool{},
	}
	if last != 0 {
		stream.from, stream.missed = last.Earlier(overlap), true
		stream.cursor = stream.from
		return stream, s.add(stream)
	}
	old, err := s.store.Notices.After(ctx, []model.ID{who.MemberID}, stream.from, maxPending)
	if err != nil {
		return nil, err
	}
	for _, n := range old {
		stream.sent[n.ID] = true
	}
	return stream, s.add(stream)
}

func (s *Streams) add(stream *Stream) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mine := s.open[stream.member]
	switch {
	case s.ended, s.count >= s.most && len(mine) < StreamsEach:
		return model.ErrStreams
	case len(mine) >= StreamsEach:
		mine[0].end()
		mine = mine[1:]
		s.count--
	}
	s.open[stream.member] = append(mine, stream)
	s.count++
	return nil
}

// Close ends the stream.
func (st *Stream) Close() {
	s := st.streams
	s.mu.Lock()
	defer s.mu.Unlock()
	st.end()
	mine := s.open[st.member]
	i := slices.Index(mine, st)
	if i < 0 {
		return
	}
	s.count--
	if s.open[st.member] = slices.Delete(mine, i, i+1); len(s.open[st.member]) == 0 {
		delete(s.open, st.member)
	}
}

// End ends all streams, and lets nobody listen any more.
func (s *Streams) End() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for _, mine := range s.open {
		for _, stream := range mine {
			stream.end()
		}
	}
}

// Deliver reads what has become visible for those who listen here, and gives it to them. What it could not read it reads
// the next time.
func (s *Streams) Deliver(ctx context.Context) error {
	s.mu.Lock()
	members := make([]model.ID, 0, len(s.open))
	for member := range s.open {
		members = append(members, member)
	}
	now := s.store.NewID()
	if s.read == 0 || len(members) == 0 {
		s.read = now
	}
	floor := s.read.Earlier(overlap)
	s.mu.Unlock()
	if len(members) == 0 {
		return nil
	}
	slices.Sort(members)
	found, err := s.store.Notices.After(ctx, members, floor, 0)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read = now
	byMember := map[model.ID][]*model.Notice{}
	for _, n := range found {
		byMember[n.MemberID] = append(byMember[n.MemberID], n)
	}
	for member, mine := range s.open {
		for _, stream := range mine {
			stream.take(byMember[member], floor)
		}
	}
	return nil
}

// take keeps for the listener what was not sent yet, and forgets what is not read again.
func (st *Stream) take(notices []*model.Notice, floor model.ID) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for id := range st.sent {
		if id <= floor {
			delete(st.sent, id)
		}
	}
	for _, n := range notices {
		if n.ID > st.from && st.fresh(n) {
			st.pending = append(st.pending, n)
		}
	}
	if len(st.pending) > maxPending {
		st.pending, st.over = nil, true
	}
	if len(st.pending) > 0 || st.over {
		st.ring()
	}
}

// fresh reports whether a notice was not sent yet, and takes it for sent.
func (st *Stream) fresh(n *model.Notice) bool {
	had := st.sent[n.ID] || n.ID == st.last
	st.sent[n.ID] = true
	return !had
}

func (st *Stream) end() {
	st.mu.Lock()
	st.over = true
	st.mu.Unlock()
	st.ring()
}

func (st *Stream) ring() {
	select {
	case st.wake <- struct{}{}:
	default:
	}
}

// Next returns what the listener has not heard, or nothing after a time of silence. It reports false when the stream is
// over, or the listener is gone.
func (st *Stream) Next(ctx context.Context, silence time.Duration) (notices []*model.Notice, on bool) {
	for st.missed {
		if notices, on = st.catchUp(ctx); !on || len(notices) > 0 {
			return notices, on
		}
	}
	quiet := time.NewTimer(silence)
	defer quiet.Stop()
	for {
		st.mu.Lock()
		over := st.over
		notices, st.pending = st.pending, nil
		st.mu.Unlock()
		if over || len(notices) > 0 {
			return notices, !over
		}
		select {
		case <-ctx.Done():
			return nil, false
		case <-quiet.C:
			return nil, true
		case <-st.wake:
		}
	}
}

// catchUp returns a part of what was said while nobody listened.
func (st *Stream) catchUp(ctx context.Context) (missed []*model.Notice, on bool) {
	rows, err := st.streams.store.Notices.After(ctx, []model.ID{st.member}, st.cursor, catchUpRows)
	if err != nil {
		return nil, false
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.missed = len(rows) == catchUpRows
	for _, n := range rows {
		st.cursor = n.ID
		if st.fresh(n) {
			missed = append(missed, n)
		}
	}
	return missed, !st.over
}

package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// office is two processes on one database, each with streams of its own.
type office struct {
	*mailroom
	here, there *notify.Streams
	other       *repository.Store
}

func eachOffice(t *testing.T, test func(t *testing.T, o *office)) {
	t.Helper()
	t.Parallel()
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			address := testdb.URL(t, engine)
			store, other := testdb.Connect(t, address), testdb.Connect(t, address)
			m := &mailroom{World: testworld.New(t, store), store: store}
			m.now.Store(int64(testworld.Now))
			m.Notices = notify.New(store, m.clock)
			test(t, &office{m, notify.NewStreams(store, 5), notify.NewStreams(other, 5), other})
		})
	}
}

func (o *office) listen(t *testing.T, s *notify.Streams, who model.Actor, last model.ID) *notify.Stream {
	t.Helper()
	stream, err := s.Listen(t.Context(), who, last)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stream.Close)
	return stream
}

// hear has a process deliver, and wants a listener to hear exactly these.
func (o *office) hear(t *testing.T, s *notify.Streams, stream *notify.Stream, keys ...string) []*model.Notice {
	t.Helper()
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	var heard []*model.Notice
	for {
		part, on := stream.Next(t.Context(), 20*time.Millisecond)
		if !on {
			t.Fatal("the stream is over")
		}
		if len(part) == 0 {
			break
		}
		heard = append(heard, part...)
	}
	var got []string
	for _, n := range heard {
		got = append(got, n.Key)
	}
	if !slices.Equal(got, keys) {
		t.Errorf("heard %v, want %v", got, keys)
	}
	return heard
}

// send puts a notice into an inbox by the other process, as if its id had been made so long ago.
func (o *office) send(t *testing.T, who model.Actor, key string, ago time.Duration) model.ID {
	t.Helper()
	n := o.aged(who, key, ago)
	if err := o.other.Notices.Add(t.Context(), []*model.Notice{n}); err != nil {
		t.Fatal(err)
	}
	return n.ID
}

func (o *office) aged(who model.Actor, key string, ago time.Duration) *model.Notice {
	n := o.letter(who, key)
	n.ID = o.other.NewID()
	if ago > 0 {
		n.ID = n.ID.Earlier(ago) + n.ID&(1<<22-1)
	}
	return n
}

func TestEventsReachListenersInEveryProcess(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		a, b := o.Resident(0), o.Resident(1)
		o.send(t, a, "before", 0)
		o.send(t, a, "long before", time.Hour)
		mine, again, elsewhere, others := o.listen(t, o.here, a, 0), o.listen(t, o.here, a, 0), o.listen(t, o.there, a, 0), o.listen(t, o.here, b, 0)
		o.hear(t, o.here, mine)
		if err := o.tell(t.Context(), o.letter(a, "1"), o.letter(a, "2")); err != nil {
			t.Fatal(err)
		}
		o.hear(t, o.here, mine, "1", "2")
		o.hear(t, o.here, again, "1", "2")
		o.hear(t, o.there, elsewhere, "1", "2")
		o.hear(t, o.here, others)
		if err := o.tell(t.Context(), o.letter(a, "1")); err != nil { // is there already
			t.Fatal(err)
		}
		o.hear(t, o.here, mine)
		o.send(t, b, "b", 0)
		o.hear(t, o.here, others, "b")
		o.hear(t, o.here, mine)
	})
}

// TestLateCommitsAreHeard sees that a notice is heard whose id is older than those that were heard before it.
func TestLateCommitsAreHeard(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		a := o.Resident(0)
		stream := o.listen(t, o.here, a, 0)
		o.send(t, a, "second", 0)
		o.hear(t, o.here, stream, "second")
		first := o.send(t, a, "first", 30*time.Second)
		o.hear(t, o.here, stream, "first")
		o.hear(t, o.here, stream)
		o.send(t, a, "too late", 2*time.Minute)
		o.hear(t, o.here, stream)
		stream.Close()
		// The client heard first last; what lies around it comes again, and nothing is missed.
		o.send(t, a, "third", 0)
		o.hear(t, o.there, o.listen(t, o.there, a, first), "second", "third")
	})
}

// TestResumeMissesNothing cuts a listener off again and again while others write, and wants every notice heard.
func TestResumeMissesNothing(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		a := o.Resident(0)
		const writers, each = 4, 60
		var writing sync.WaitGroup
		for w := range writers {
			writing.Go(func() {
				for i := range each {
					store := []*repository.Store{o.store, o.other}[w%2]
					err := store.Tx(t.Context(), func(tx *repository.Store) error {
						return notify.Tell(t.Context(), tx, o.letter(a, fmt.Sprintf("%d/%d", w, i)))
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		done := make(chan struct{})
		go func() { writing.Wait(); close(done) }()
		heard, last := map[string]bool{}, o.store.NewID()
		deadline := time.Now().Add(60 * time.Second)
		for round := 0; len(heard) < writers*each && time.Now().Before(deadline); round++ {
			s := []*notify.Streams{o.here, o.there}[round%2]
			stream := o.listen(t, s, a, last)
			for range 3 {
				if err := s.Deliver(t.Context()); err != nil {
					t.Fatal(err)
				}
				part, _ := stream.Next(t.Context(), 5*time.Millisecond)
				for i, n := range part {
					if i > len(part)/2 && round%3 == 0 {
						break // the connection is lost within a part
					}
					heard[n.Key], last = true, n.ID
				}
			}
			stream.Close()
		}
		<-done
		if len(heard) != writers*each {
			t.Errorf("%d of %d were heard", len(heard), writers*each)
		}
	})
}

func TestALongAbsenceIsCaughtUp(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		a := o.Resident(0)
		last := o.send(t, a, "last heard", 3*time.Hour)
		o.send(t, a, "just before", 3*time.Hour+30*time.Second)
		o.send(t, a, "long before", 4*time.Hour)
		var want []string
		var letters []*model.Notice
		for i := range 450 {
			letters = append(letters, o.aged(a, fmt.Sprint(i), time.Duration(450-i)*10*time.Second))
			want = append(want, fmt.Sprint(i))
		}
		if err := o.other.Notices.Add(t.Context(), letters); err != nil {
			t.Fatal(err)
		}
		o.hear(t, o.here, o.listen(t, o.here, a, last), append([]string{"just before"}, want...)...)
	})
}

func TestWhoMayListen(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		a := o.Resident(0)
		first := o.listen(t, o.here, a, 0)
		for range notify.StreamsEach - 1 {
			o.listen(t, o.here, a, 0)
		}
		if _, on := first.Next(t.Context(), time.Millisecond); !on {
			t.Error("the first is over too early")
		}
		last := o.listen(t, o.here, a, 0)
		if _, on := first.Next(t.Context(), time.Minute); on {
			t.Error("the oldest does not end")
		}
		first.Close() // is no longer counted
		for i := range 2 {
			o.listen(t, o.here, o.Resident(1+i), 0)
		}
		if _, err := o.here.Listen(t.Context(), o.Resident(3), 0); !errors.Is(err, model.ErrStreams) {
			t.Errorf("one too many: %v", err)
		}
		last.Close()
		o.listen(t, o.here, o.Resident(3), 0)
		if _, err := o.here.Listen(t.Context(), o.Resident(3), o.store.NewID().Earlier(-time.Hour)); !errors.Is(err, model.ErrEventID) {
			t.Errorf("an id of the future: %v", err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		stream := o.listen(t, o.there, a, 0)
		if _, on := stream.Next(gone, time.Minute); on {
			t.Error("who is gone listens on")
		}
		o.there.End()
		if _, on := stream.Next(t.Context(), time.Minute); on {
			t.Error("a stream goes on after the end")
		}
		if _, err := o.there.Listen(t.Context(), a, 0); !errors.Is(err, model.ErrStreams) {
			t.Errorf("after the end: %v", err)
		}
	})
}

// TestWhoDoesNotTakeEventsIsCutOff sees that nothing piles up for a listener who does not read.
func TestWhoDoesNotTakeEventsIsCutOff(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		a := o.Resident(0)
		stream := o.listen(t, o.here, a, 0)
		var letters []*model.Notice
		for i := range 1001 {
			letters = append(letters, o.letter(a, fmt.Sprint(i)))
		}
		if err := o.tell(t.Context(), letters...); err != nil {
			t.Fatal(err)
		}
		if err := o.here.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, on := stream.Next(t.Context(), time.Second); on {
			t.Error("it goes on")
		}
	})
}

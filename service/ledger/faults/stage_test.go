package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

// errCut is what everything fails with in a process that has lost its power.
var errCut = fmt.Errorf("%w: the power is gone", model.ErrUnavailable)

const (
	// cutOneIn is how many steps there are to one at which power is lost, on average.
	cutOneIn = 60
	// patience is how long an actor may take from one step to the next before it is taken to wait for a lock
	// of a server, so that the others go on.
	patience = 5 * time.Millisecond
	// stuck is how long nothing may happen at all.
	stuck = 30 * time.Second
)

// stage lets one actor at a time take a step, as the seed has it.
type stage struct {
	random   *rand.Rand
	embedded bool // there is one writer at a time
	writer   *actor
	arrivals chan arrival
	exits    chan *actor
	waiting  []arrival
	running  int // actors between two steps
	blocked  int // those of them that seem to wait for a lock
	alive    int
	steps    int
	cuts     int
}

// actor is one process, which does one kind of work.
type actor struct {
	name string
	cut  bool // has lost its power; the stage writes it while the actor waits
}

// arrival is an actor that waits to take a step.
type arrival struct {
	who *actor
	at  repository.Step
	act chan error
}

type actorKey struct{}

func newStage(random *rand.Rand, embedded bool) *stage {
	return &stage{random: random, embedded: embedded, arrivals: make(chan arrival), exits: make(chan *actor)}
}

// step waits until it is the turn of the context's actor. Who is none may go on.
func (s *stage) step(ctx context.Context, at repository.Step) error {
	who, _ := ctx.Value(actorKey{}).(*actor)
	if who == nil {
		return nil
	}
	a := arrival{who, at, make(chan error)}
	s.arrivals <- a
	return <-a.act
}

// pause is a step without a statement.
func (s *stage) pause(ctx context.Context) { _ = s.step(ctx, repository.Step{}) }

// enter has an actor play a script. It must be called before run.
func (s *stage) enter(ctx context.Context, name string, script func(context.Context, *actor)) {
	who := &actor{name: name}
	s.alive++
	s.running++
	go func() {
		ctx := context.WithValue(ctx, actorKey{}, who)
		s.pause(ctx)
		script(ctx, who)
		s.exits <- who
	}()
}

// run chooses who acts next until all have played their scripts.
func (s *stage) run() error {
	for s.alive > 0 {
		if err := s.gather(); err != nil {
			return err
		}
		if i := s.choose(); i >= 0 {
			s.act(i)
		}
	}
	return nil
}

// gather waits until everybody has come to a step, or seems to wait for a lock.
func (s *stage) gather() error {
	for s.running > s.blocked || s.running > 0 && s.choose() < 0 {
		wait := stuck
		if !s.embedded && s.choose() >= 0 {
			wait = patience
		}
		select {
		case a := <-s.arrivals:
			s.running--
			s.arrive(a)
		case <-s.exits:
			s.running--
			s.alive--
		case <-time.After(wait):
			if wait == stuck {
				return fmt.Errorf("nothing happens any more: %d of %d actors run", s.running, s.alive)
			}
			s.blocked = s.running
		}
	}
	return nil
}

func (s *stage) arrive(a arrival) {
	if a.at.Kind == repository.StepEnded {
		s.blocked = 0 // its locks are free
		if s.writer == a.who {
			s.writer = nil
		}
	}
	s.blocked = min(s.blocked, s.running)
	i, _ := slices.BinarySearchFunc(s.waiting, a.who.name, func(w arrival, name string) int {
		if w.who.name < name {
			return -1
		}
		return 1
	})
	s.waiting = slices.Insert(s.waiting, i, a)
}

// choose returns who acts next, -1 when nobody can.
func (s *stage) choose() int {
	able := make([]int, 0, len(s.waiting))
	for i, a := range s.waiting {
		if !a.at.Locks || s.writer == nil || a.who.cut {
			able = append(able, i)
		}
	}
	if len(able) == 0 {
		return -1
	}
	return able[s.random.IntN(len(able))]
}

// act lets an actor take its step, or takes its power.
func (s *stage) act(i int) {
	a := s.waiting[i]
	s.waiting = slices.Delete(s.waiting, i, i+1)
	s.running++
	s.steps++
	if a.at.Kind != "" && !a.who.cut && s.random.IntN(cutOneIn) == 0 {
		a.who.cut = true
		s.cuts++
	}
	if a.who.cut {
		a.act <- errCut
		return
	}
	if a.at.Locks {
		s.writer = a.who
	}
	a.act <- nil
}

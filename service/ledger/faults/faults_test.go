package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/model"
	"linbanglin/service/ledger"
)

const (
	seeds     = 200 // in the tests
	soakSeeds = 10_000
	perSite   = 25 // seeds that share a database
)

// TestSoakFaults plays every seed; LBL_FAULT_SEED plays one alone, to look at it.
func TestSoakFaults(t *testing.T) {
	from, to := uint64(0), uint64(seeds)
	if os.Getenv("LBL_SOAK") != "" {
		to = soakSeeds
	}
	if one, err := strconv.ParseUint(os.Getenv("LBL_FAULT_SEED"), 10, 64); err == nil {
		from, to = one, one+1
	}
	for _, run := range []struct {
		engine testdb.Engine
		redis  string
	}{{testdb.SQLite, "11"}, {testdb.MySQL, "12"}} {
		t.Run(string(run.engine), func(t *testing.T) {
			t.Parallel()
			for first := from; first < to; first += perSite {
				t.Run(fmt.Sprint("seeds from ", first), func(t *testing.T) {
					s := newSite(t, run.engine, run.redis)
					for seed := first; seed < min(first+perSite, to); seed++ {
						// Four of five on SQLite, where the seed alone decides what happens.
						if onServer := seed%5 == 4; onServer == (run.engine == testdb.MySQL) || to == from+1 {
							s.play(seed)
						}
					}
				})
			}
		})
	}
}

// faultsFound collects what went wrong on the stage.
type faultsFound struct {
	mu  sync.Mutex
	all []error
}

func (f *faultsFound) add(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil && !errors.Is(err, model.ErrUnavailable) {
		f.all = append(f.all, err)
	}
}

// play has a seed happen, and looks at what is there when everything has calmed down.
func (s *site) play(seed uint64) {
	s.t.Helper()
	s.contest = s.newContest()
	s.stage = newStage(rand.New(rand.NewPCG(seed, 0)), s.engine == testdb.SQLite)
	asked, found := &callers{seed: seed}, &faultsFound{}
	for _, a := range []struct {
		name string
		work func(context.Context, *process, *rand.Rand) error
	}{
		{"poster 1", asked.ask},
		{"poster 2", asked.ask},
		{"poster 3", asked.ask},
		{"sealer 1", seal},
		{"sealer 2", seal},
		{"boards 1", project},
		{"boards 2", project},
		{"accident", wreck},
		{"auditor", audit},
		{"organizer", run},
		{"sweeper", sweep},
	} {
		s.enter(a.name, rand.New(rand.NewPCG(seed, s.stage.random.Uint64())), a.work, found)
	}
	err := s.stage.run()
	if err == nil {
		err = errors.Join(found.all...)
	}
	if err == nil {
		err = s.settle(asked)
	}
	if err != nil {
		s.t.Fatalf("LBL_FAULT_SEED=%d on %s, after %d steps and %d cuts: %v", seed, s.engine, s.stage.steps, s.stage.cuts, err)
	}
}

const rounds = 6 // that each actor works

// enter has a process do its work some times, starting anew after each loss of power.
func (s *site) enter(name string, random *rand.Rand, work func(context.Context, *process, *rand.Rand) error, found *faultsFound) {
	p := s.process(name)
	s.stage.enter(s.t.Context(), name, func(ctx context.Context, who *actor) {
		who.cut = true // it is not there yet
		for range rounds {
			for who.cut {
				who.cut = false
				found.add(p.boot(ctx))
			}
			found.add(work(ctx, p, random))
			s.stage.pause(ctx)
		}
	})
}

// ask asks for something, or for several awards at once, and takes the answers.
func (c *callers) ask(ctx context.Context, p *process, random *rand.Rand) (err error) {
	a := c.next(p.site, random)
	if !a.grouped() {
		id, err := p.do(ctx, a)
		return c.take(a, id, err)
	}
	acts := []*act{a}
	for range random.IntN(4) {
		if more := c.next(p.site, random); more.grouped() && !slices.Contains(acts, more) {
			acts = append(acts, more)
		} else {
			c.again(more)
		}
	}
	for i, answer := range p.award(ctx, acts) {
		err = errors.Join(err, c.take(acts[i], answer.id, answer.err))
	}
	return err
}

func seal(ctx context.Context, p *process, random *rand.Rand) error {
	if err := p.ledger.SealAll(ctx); err != nil || random.IntN(2) == 0 {
		return err
	}
	_, err := p.ledger.Anchor(ctx)
	return err
}

func project(ctx context.Context, p *process, _ *rand.Rand) error {
	if err := p.boards.CatchUp(ctx); err != nil {
		return err
	}
	return p.boards.SyncAll(ctx)
}

func wreck(ctx context.Context, p *process, random *rand.Rand) error {
	return p.wreck(free(ctx), random.IntN(4))
}

func sweep(ctx context.Context, p *process, random *rand.Rand) error {
	if random.IntN(2) == 0 {
		return nil
	}
	_, err := p.ledger.Expire(ctx)
	return err
}

// audit looks for differences, whatever is going on.
func audit(ctx context.Context, p *process, random *rand.Rand) error {
	if random.IntN(3) > 0 {
		return nil
	}
	return p.wantClean(ctx)
}

// wantClean fails with what the books or the boards have wrong.
func (p *process) wantClean(ctx context.Context) error {
	checks, _, err := p.ledger.Verify(ctx, ledger.VerifyOptions{})
	for _, c := range checks {
		for _, d := range c.Differences {
			err = errors.Join(err, fmt.Errorf("%s: %s", c.Name, d))
		}
	}
	if err != nil {
		return err
	}
	_, differences, err := p.boards.Check(ctx)
	if err != nil {
		return err
	}
	copies, err := p.boards.CheckCopies(ctx)
	if err != nil {
		return err
	}
	for _, d := range append(differences, copies.Differences...) {
		err = errors.Join(err, fmt.Errorf("boards: %s", d))
	}
	return err
}

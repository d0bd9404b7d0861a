package simulation

import (
	"context"
	"fmt"
	"time"

	"linbanglin/model"
)

// Options say what is played.
type Options struct {
	Residents int    // 100 to 100,000
	Seed      uint64 // of the first run; the next runs take the next seeds
	Days      int    // 1 to 365
	History   int    // days that are played before, of which only the records are kept; 0 to 365
	Runs      int    // 1 to 100
	// Progress is told how many of a run's requests have come in, if it is not nil. Runs count from 0.
	Progress func(policy string, run, arrived, of int)
}

// The bounds of the options.
const (
	minResidents = 100
	maxResidents = 100_000
	maxDays      = 365
	maxRuns      = 100
)

// Validate fails with a sentence about the first option that is out of its bounds.
func (o *Options) Validate() error {
	for _, b := range []struct {
		name       string
		value      int
		least, top int
	}{{"--residents", o.Residents, minResidents, maxResidents}, {"--days", o.Days, 1, maxDays}, {"--history", o.History, 0, maxDays}, {"--runs", o.Runs, 1, maxRuns}} {
		if b.value < b.least || b.value > b.top {
			return fmt.Errorf("%s 应为 %d 到 %d，而不是 %d", b.name, b.least, b.top, b.value)
		}
	}
	return nil
}

// The names of the policies.
const (
	Ours      = "ours"
	Broadcast = "broadcast"
	Nearest   = "nearest-first"
	Random    = "random-k"
	Alert7    = "alert-7"
	Oracle    = "oracle"
)

// policyNames lists the policies in the order of the table.
func policyNames() []string { return []string{Ours, Broadcast, Nearest, Random, Alert7, Oracle} }

// choose makes the policy of a name. Only the oracle is given the truth.
func choose(name string, seed uint64, t *truth) policy {
	ties := lot{seed}
	switch name {
	case Broadcast:
		return list{order: ties.shuffled, size: len(t.traits)}
	case Nearest:
		return list{order: ties.nearest, size: asked}
	case Random:
		return list{order: ties.shuffled, size: asked}
	case Alert7:
		return list{order: ties.nearest, size: asked, replaces: true}
	case Oracle:
		return waves{oracle{t}}
	default:
		return waves{experience{}}
	}
}

// Report is what came of all policies.
type Report struct {
	Residents  int       `json:"residents"`
	Households int       `json:"households"`
	Helpers    float64   `json:"helpers"` // mean of the runs
	Grids      int       `json:"grids"`
	Days       int       `json:"days"`
	History    int       `json:"history"` // days before them
	Seeds      []uint64  `json:"seeds"`
	Policies   []Figures `json:"policies"`
	Wanted     []Wanted  `json:"wanted"`
}

// Run plays every policy over the same requests and the same fates. It fails when the options are out of
// their bounds, or the context is done.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	r := &Report{Residents: o.Residents, Days: o.Days, History: o.History}
	all := map[string][]Figures{}
	for i := range o.Runs {
		seed := o.Seed + uint64(i)
		t := settle(o, seed)
		n := natureOf(t, seed)
		for _, name := range policyNames() {
			c, err := o.play(ctx, name, i, t, n)
			if err != nil {
				return nil, err
			}
			all[name] = append(all[name], figuresOf(name, t, c))
		}
		r.Seeds = append(r.Seeds, seed)
		r.Helpers += float64(len(t.helpers)) / float64(o.Runs)
		r.Households, r.Grids = len(t.homes), t.grids
	}
	for _, name := range policyNames() {
		r.Policies = append(r.Policies, mean(all[name]))
	}
	r.Wanted = wanted(r)
	return r, nil
}

func (o *Options) play(ctx context.Context, name string, run int, t *town, n *nature) (*counts, error) {
	tr := &truth{nature: n, silentUntil: make([]model.Instant, len(t.helpers))}
	start := begins().Add(time.Duration(o.History) * 24 * time.Hour)
	return newRun(t, tr, choose(name, n.seed, tr), start).play(func(arrived int) error {
		if o.Progress != nil {
			o.Progress(name, run, arrived, len(t.requests))
		}
		return ctx.Err()
	})
}

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// options say what a run measures.
type options struct {
	d       time.Duration
	repeats int
	only    string
	entries int
	offers  int
	boards  int
	rush    bool
}

func main() {
	seconds := flag.Float64("seconds", 4, "how long each load runs")
	repeats := flag.Int("repeats", 3, "how often everything is measured; medians are printed")
	only := flag.String("only", "", "measure only loads with this in their name")
	entries := flag.Int("entries", 0, fmt.Sprintf("make the ledger so long before the loads, and compare some with one of %d", fewEntries))
	offers := flag.Int("offers", 0, fmt.Sprintf("rank offers for a request in a town of %d residents, among so many and among %d", townResidents, fewOffers))
	ranked := flag.Int("boards", 0, fmt.Sprintf("measure nothing but boards, of so many members, of %d and of %d", fewRanked, someRanked))
	rush := flag.Bool("rush", false, "measure only the rush at the door of a campaign")
	file := flag.String("json", "", "write the results to this file as well")
	flag.Parse()
	err := run(context.Background(), options{time.Duration(*seconds * float64(time.Second)), *repeats, *only, *entries, *offers, *ranked, *rush}, *file)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures, and tells what it found, differences of verify included.
func run(ctx context.Context, o options, file string) error {
	switch {
	case o.entries != 0 && o.entries <= fewEntries:
		return fmt.Errorf("-entries must be more than the %d that they are compared with", fewEntries)
	case o.offers != 0 && (o.offers <= fewOffers || o.offers > townResidents):
		return fmt.Errorf("-offers must be more than the %d that they are compared with, and no more than there are residents", fewOffers)
	case o.boards != 0 && o.boards <= someRanked:
		return fmt.Errorf("-boards must be more than %d", someRanked)
	case o.repeats < 1:
		return errors.New("-repeats must be 1 or more")
	}
	b, err := open(ctx, o)
	if err != nil {
		return err
	}
	defer b.close()
	r, err := b.report(ctx, o)
	if err != nil {
		return err
	}
	r.print(os.Stdout)
	if file != "" {
		err = r.write(file)
	}
	if r.Verify.Differences > 0 {
		err = errors.Join(err, errors.New("verify found differences"))
	}
	return err
}

// report measures everything.
func (b *bench) report(ctx context.Context, o options) (*report, error) {
	r := &report{At: time.Now(), Seconds: o.d.Seconds(), Repeats: o.repeats, Entries: o.entries, Growth: []growth{}, Machine: thisMachine()}
	var err error
	if r.Versions, err = b.versions(ctx); err != nil {
		return nil, err
	}
	before := b.ticks(ctx)
	if o.entries > 0 {
		if r.Growth, err = b.grow(ctx, o); err != nil {
			return nil, err
		}
	}
	if o.boards > 0 { // whose people never earned anything, so that there is nothing to verify
		r.Boards, err = b.measureBoards(ctx, o)
		r.CPU = before.until(b.ticks(ctx))
		return r, err
	}
	if o.offers > 0 {
		if r.Ranking, err = b.rank(ctx, o); err != nil {
			return nil, err
		}
	}
	if !o.rush {
		if r.Loads, err = measureAll(ctx, b.loads(), o, ""); err != nil {
			return nil, err
		}
	}
	if o.only == "" {
		if r.Rush, err = b.rush(ctx, o); err != nil {
			return nil, err
		}
	}
	r.CPU = before.until(b.ticks(ctx))
	r.Ratios = ratios(r.Loads)
	r.Memory = limit{float64(memoryMiB(b.server.Process.Pid, "VmRSS")), maxServerMiB}
	r.Verify, err = b.verify()
	return r, err
}

// result is what one load reached.
type result struct {
	Name string  `json:"name"`
	Rate float64 `json:"per_second"`
	P50  micros  `json:"p50_us"`
	P95  micros  `json:"p95_us"`
	P99  micros  `json:"p99_us"`
	Most micros  `json:"p99_at_most_us,omitzero"`
}

// micros is a time in microseconds.
type micros int64

func microsOf(d time.Duration) micros { return micros(d.Microseconds()) }

// String rounds for reading.
func (m micros) String() string {
	return (time.Duration(m) * time.Microsecond).Round(10 * time.Microsecond).String()
}

// measureAll runs the loads that are asked for again and again, and returns the median of each.
func measureAll(ctx context.Context, loads []load, o options, when string) ([]result, error) {
	loads = slices.DeleteFunc(loads, func(l load) bool { return !strings.Contains(l.name, o.only) })
	all := make([][]result, len(loads))
	for n := range o.repeats {
		for i, l := range loads {
			r, err := l.run(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", l.name, err)
			}
			r.Name, r.Most = l.name, limits()[l.name]
			all[i] = append(all[i], r)
			fmt.Printf("run %d  %-40s %9.0f/s  p50 %8s  p95 %8s  p99 %8s  %s\n", n+1, r.Name, r.Rate, r.P50, r.P95, r.P99, when)
		}
	}
	medians := make([]result, len(loads))
	for i, runs := range all {
		slices.SortFunc(runs, func(a, b result) int { return int(a.Rate - b.Rate) })
		medians[i] = runs[len(runs)/2]
	}
	return medians, nil
}

// measure has callers do an operation over and over for a while.
func measure(ctx context.Context, callers int, d time.Duration, do func(ctx context.Context, caller, n int) error) (result, error) {
	return drive(ctx, callers, func(start time.Time, _ int) bool { return time.Since(start) < d }, do)
}

// times has callers share a number of operations.
func times(ctx context.Context, callers, total int, do func(ctx context.Context, caller, n int) error) (result, error) {
	return drive(ctx, callers, func(_ time.Time, n int) bool { return n < total }, do)
}

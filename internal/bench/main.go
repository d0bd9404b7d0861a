package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

func main() {
	seconds := flag.Float64("seconds", 4, "how long each load runs")
	repeats := flag.Int("repeats", 3, "how often everything is measured; medians are printed")
	only := flag.String("only", "", "measure only loads with this in their name")
	flag.Parse()
	if err := run(context.Background(), time.Duration(*seconds*float64(time.Second)), *repeats, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// result is what one load reached.
type result struct {
	name string
	rate float64 // operations a second
	p50  time.Duration
	p99  time.Duration
}

// claim is a load, the yardstick that it is held against, and the ratio that it must reach.
type claim struct {
	load, yardstick string
	least           float64
}

func claims() []claim {
	return []claim{
		{"award, 64 connections", "bare transaction, 16 goroutines", 1.5},
		{"award, 64 connections", "bare group commit, 64 callers", 0.35},
		{"award, 1 connection", "bare transaction, 1 goroutine", 0.35},
		{"award from one budget, 64 connections", "award, 64 connections", 0.8},
		{"batch of 100 lines", "bare batches of 100", 0.5},
		{"check-in, 64 connections", "bare transaction, 16 goroutines", 0.6},
		{"confirm, 64 connections", "bare transaction, 16 goroutines", 0.25},
		{"balance, 64 connections", "healthz, 64 connections", 0.4},
		{"top 100 from Redis, 64 connections", "ZREVRANGE 0 99, 64 connections", 0.2},
		{"around me from Redis, 64 connections", "ZREVRANGE 0 99, 64 connections", 0.25},
	}
}

func run(ctx context.Context, d time.Duration, repeats int, only string) error {
	b, err := open(ctx, d)
	if err != nil {
		return err
	}
	defer b.close()
	all := map[string][]result{}
	var order []string
	for n := range repeats {
		for _, load := range b.loads() {
			if !strings.Contains(load.name, only) {
				continue
			}
			r, err := load.run(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", load.name, err)
			}
			r.name = load.name
			if n == 0 {
				order = append(order, r.name)
			}
			all[r.name] = append(all[r.name], r)
			fmt.Printf("run %d  %-40s %9.0f/s  p50 %8s  p99 %8s\n", n+1, r.name, r.rate, r.p50.Round(10*time.Microsecond), r.p99.Round(10*time.Microsecond))
		}
	}
	fmt.Printf("\n| load | per second | p50 | p99 |\n| --- | --- | --- | --- |\n")
	middle := map[string]result{}
	for _, name := range order {
		runs := all[name]
		slices.SortFunc(runs, func(a, b result) int { return int(a.rate - b.rate) })
		m := runs[len(runs)/2]
		middle[name] = m
		fmt.Printf("| %s | %.0f | %s | %s |\n", name, m.rate, m.p50.Round(10*time.Microsecond), m.p99.Round(10*time.Microsecond))
	}
	fmt.Printf("\n| load | yardstick | ratio | must reach | |\n| --- | --- | --- | --- | --- |\n")
	for _, c := range claims() {
		if middle[c.load].rate == 0 || middle[c.yardstick].rate == 0 {
			continue
		}
		ratio := middle[c.load].rate / middle[c.yardstick].rate
		verdict := "reached"
		if ratio < c.least {
			verdict = "**missed**"
		}
		fmt.Printf("| %s | %s | %.2f | %.2f | %s |\n", c.load, c.yardstick, ratio, c.least, verdict)
	}
	fmt.Printf("\nresident memory of the server: %d MiB; load average now: %s", b.residentMiB(), loadAverage())
	return b.verify(ctx)
}

// measure has callers do an operation over and over for a while.
func measure(ctx context.Context, callers int, d time.Duration, do func(ctx context.Context, caller, n int) error) (result, error) {
	return drive(ctx, callers, func(start time.Time, _ int) bool { return time.Since(start) < d }, do)
}

// times has callers share a number of operations.
func times(ctx context.Context, callers, total int, do func(ctx context.Context, caller, n int) error) (result, error) {
	return drive(ctx, callers, func(_ time.Time, n int) bool { return n < total }, do)
}

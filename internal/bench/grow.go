package main

import (
	"context"
	"fmt"
	"slices"
)

// fewEntries is how long the ledger is that a long one is compared with.
const fewEntries = 10_000

// growth is a load in a short and in a long ledger.
type growth struct {
	Load    string  `json:"load"`
	Few     micros  `json:"p50_few_us"`
	Many    micros  `json:"p50_many_us"`
	Ratio   float64 `json:"ratio"`
	Most    float64 `json:"at_most"`
	Reached bool    `json:"reached"`
}

// grown lists the loads that must not become slower as the ledger grows.
func grown(all []load) []load {
	names := []string{
		"award, 64 connections", "award, 1 connection", "balance, 64 connections", "top 100 from Redis, 64 connections", "around me from Redis, 64 connections",
	}
	return slices.DeleteFunc(all, func(l load) bool { return !slices.Contains(names, l.name) })
}

// grow measures with few entries, fills the ledger while no server runs, and measures with many.
func (b *bench) grow(ctx context.Context, o options) ([]growth, error) {
	few, err := measureAll(ctx, grown(b.loads()), o, fmt.Sprintf("at %d entries", fewEntries))
	if err != nil {
		return nil, err
	}
	b.stop()
	if err := b.fill(ctx, fewEntries, o.entries); err != nil {
		return nil, err
	}
	if err := b.start(ctx); err != nil {
		return nil, err
	}
	many, err := measureAll(ctx, grown(b.loads()), o, fmt.Sprintf("at %d entries", o.entries))
	if err != nil {
		return nil, err
	}
	return compare(few, many), nil
}

// compare compares the medians of the same loads.
func compare(few, many []result) []growth {
	all := []growth{}
	for i, f := range few {
		n := float64(many[i].P50) / float64(max(1, f.P50))
		all = append(all, growth{f.Name, f.P50, many[i].P50, n, maxGrowth, n <= maxGrowth})
	}
	return all
}

package main

import "time"

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

// limits says how long the slowest hundredth of a load may take.
func limits() map[string]micros {
	return map[string]micros{
		"award, 64 connections":    microsOf(20 * time.Millisecond),
		"check-in, 64 connections": microsOf(60 * time.Millisecond),
	}
}

// What else is wanted. The limits of verify are for 1,000,000 entries.
const (
	maxGrowth        = 1.3 // of a median, in a long ledger
	maxServerMiB     = 150
	maxVerifySeconds = 60
	maxVerifyMiB     = 200
)

// ratio is what became of a claim.
type ratio struct {
	Load      string  `json:"load"`
	Yardstick string  `json:"yardstick"`
	Ratio     float64 `json:"ratio"`
	Least     float64 `json:"at_least"`
	Reached   bool    `json:"reached"`
}

// ratios holds the loads that were measured against their yardsticks.
func ratios(loads []result) []ratio {
	rates := map[string]float64{}
	for _, r := range loads {
		rates[r.Name] = r.Rate
	}
	all := []ratio{}
	for _, c := range claims() {
		if rates[c.load] != 0 && rates[c.yardstick] != 0 {
			n := rates[c.load] / rates[c.yardstick]
			all = append(all, ratio{c.load, c.yardstick, n, c.least, n >= c.least})
		}
	}
	return all
}

// limit is a number and what it may be at most.
type limit struct {
	Value float64 `json:"value"`
	Most  float64 `json:"at_most"`
}

func (l limit) verdict() string { return verdict(l.Value <= l.Most) }

func verdict(reached bool) string {
	if reached {
		return "reached"
	}
	return "**missed**"
}

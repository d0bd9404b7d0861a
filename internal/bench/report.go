package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"
)

// report is what a run found.
type report struct {
	At       time.Time `json:"at"`
	Machine  machine   `json:"machine"`
	Versions versions  `json:"versions"`
	Seconds  float64   `json:"seconds"` // of each load
	Repeats  int       `json:"repeats"`
	Entries  int       `json:"entries"` // that were made before the loads
	Loads    []result  `json:"loads"`
	Ratios   []ratio   `json:"ratios"`
	Growth   []growth  `json:"growth"`
	Ranking  *ranking  `json:"ranking,omitempty"`
	Rush     *rush     `json:"rush,omitempty"`

	Boards *boardsReport `json:"boards,omitempty"`
	Memory limit         `json:"server_memory_mib"`
	CPU    usage         `json:"cpu"`
	Verify verification  `json:"verify"`
}

// write writes the report as JSON.
func (r *report) write(file string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}

// print writes the report to be read, as the tables of docs/benchmarks.md.
func (r *report) print(out io.Writer) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) }
	say("\n%d cores (%s), %d MiB, Linux %s; %s, database %s, Redis %s; load average before: %s\n", r.Machine.Cores, r.Machine.CPU, r.Machine.MemoryMiB,
		r.Machine.Kernel, r.Versions.Go, r.Versions.Database, r.Versions.Redis, r.Machine.Load)
	if r.Boards != nil {
		r.Boards.print(say)
		return
	}
	say("\n| load | per second | p50 | p99 | p99 at most | |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, l := range r.Loads {
		most, reached := "", ""
		if l.Most != 0 {
			most, reached = l.Most.String(), verdict(l.P99 <= l.Most)
		}
		say("| %s | %.0f | %s | %s | %s | %s |\n", l.Name, l.Rate, l.P50, l.P99, most, reached)
	}
	say("\n| load | yardstick | ratio | must reach | |\n| --- | --- | --- | --- | --- |\n")
	for _, c := range r.Ratios {
		say("| %s | %s | %.2f | %.2f | %s |\n", c.Load, c.Yardstick, c.Ratio, c.Least, verdict(c.Reached))
	}
	if len(r.Growth) > 0 {
		say("\n| load | p50 at %d entries | p50 at %d entries | ratio | at most | |\n| --- | --- | --- | --- | --- | --- |\n", fewEntries, r.Entries)
	}
	for _, g := range r.Growth {
		say("| %s | %s | %s | %.2f | %.2f | %s |\n", g.Load, g.Few, g.Many, g.Ratio, g.Most, verdict(g.Reached))
	}
	if k := r.Ranking; k != nil {
		say("\n| %s, %d residents | per second | p50 | p95 | p99 |\n| --- | --- | --- | --- | --- |\n", rankingName, k.Residents)
		say("| among %d offers | %.0f | %s | %s | %s |\n", fewOffers, k.Few.Rate, k.Few.P50, k.Few.P95, k.Few.P99)
		say("| among %d offers | %.0f | %s | %s | %s |\n", k.Offers, k.Many.Rate, k.Many.P50, k.Many.P95, k.Many.P99)
		say("\np95 at most %s, growing less than %.1f times: %.2f times, %s\n", maxRanking, float64(maxRankingGrowth), k.Growth, verdict(k.Reached))
	}
	if r.Rush != nil {
		r.Rush.print(out)
	}
	say("\nresident memory of the server: %.0f MiB (at most %.0f: %s)\n", r.Memory.Value, r.Memory.Most, r.Memory.verdict())
	all := r.CPU.Seconds * float64(r.Machine.Cores)
	say("CPU in %.0f s: %.0f%% the benchmark with its servers, %.0f%% other processes, %.0f%% other machines\n", r.CPU.Seconds,
		100*r.CPU.Own/all, 100*r.CPU.Others/all, 100*r.CPU.Stolen/all)
	say("verify of %d entries: %.1f s (at most %.0f: %s), peak memory %.0f MiB (at most %.0f: %s), %d differences\n", r.Verify.Entries, r.Verify.Seconds.Value,
		r.Verify.Seconds.Most, r.Verify.Seconds.verdict(), r.Verify.PeakMiB.Value, r.Verify.PeakMiB.Most, r.Verify.PeakMiB.verdict(), r.Verify.Differences)
	for _, c := range r.Verify.Checks {
		for _, d := range c.Differences {
			say("  %s: %s\n", c.Name, d)
		}
	}
}

package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ticksPerSecond is in what Linux counts the time of processes.
const ticksPerSecond = 100

// ticks is how much of the machine was used until a moment.
type ticks struct {
	at                time.Time
	busy, own, stolen int64
}

// usage is who used the machine during a run: the benchmark with its server, its database and its Redis, and the
// others. Stolen is what other virtual machines took.
type usage struct {
	Seconds float64 `json:"seconds"`
	Own     float64 `json:"own_cpu_seconds"`
	Others  float64 `json:"others_cpu_seconds"`
	Stolen  float64 `json:"stolen_cpu_seconds"`
}

func (t ticks) until(later ticks) usage {
	seconds := func(n int64) float64 { return float64(n) / ticksPerSecond }
	own := later.own - t.own
	return usage{later.at.Sub(t.at).Seconds(), seconds(own), seconds(max(0, later.busy-t.busy-own)), seconds(later.stolen - t.stolen)}
}

// ticks counts what was used so far. A server on another machine is not there.
func (b *bench) ticks(ctx context.Context) ticks {
	t := ticks{at: time.Now()}
	t.busy, t.stolen = machineTicks(textOf("/proc/stat"))
	own, ended := processTicks(textOf("/proc/self/stat"))
	t.own = own + ended
	info, _ := b.redis.Info(ctx, "server").Result()
	var file string
	_ = b.bare.QueryRowContext(ctx, "SELECT @@pid_file").Scan(&file)
	for _, text := range []string{strconv.Itoa(b.server.Process.Pid), field(info, "process_id"), textOf(file)} {
		if pid, err := strconv.Atoi(text); err == nil {
			own, _ := processTicks(textOf(fmt.Sprintf("/proc/%d/stat", pid)))
			t.own += own
		}
	}
	return t
}

// machineTicks reads the first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal.
func machineTicks(stat string) (busy, stolen int64) {
	line, _, _ := strings.Cut(stat, "\n")
	n := numbers(strings.TrimPrefix(line, "cpu "))
	if len(n) < 8 {
		return 0, 0
	}
	return n[0] + n[1] + n[2] + n[5] + n[6], n[7]
}

// processTicks reads what a process used itself, and its children that ended, from its stat. Its name may have
// spaces and parentheses in it.
func processTicks(stat string) (own, ended int64) {
	_, rest, _ := strings.Cut(stat[strings.LastIndex(stat, ")")+1:], " ")
	state := strings.Index(rest, " ")
	n := numbers(rest[state+1:])
	if len(n) < 14 {
		return 0, 0
	}
	return n[10] + n[11], n[12] + n[13]
}

func numbers(text string) (n []int64) {
	for _, word := range strings.Fields(text) {
		value, _ := strconv.ParseInt(word, 10, 64) // those that are too large are not looked at
		n = append(n, value)
	}
	return n
}

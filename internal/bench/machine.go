package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// machine is what the numbers were measured on.
type machine struct {
	Cores     int    `json:"cores"`
	CPU       string `json:"cpu"`
	MemoryMiB int    `json:"memory_mib"`
	Kernel    string `json:"kernel"`
	Load      string `json:"load_average"` // before the run
}

func thisMachine() machine {
	cpu := fieldOf("/proc/cpuinfo", "model name")
	memory, _ := strconv.Atoi(strings.TrimSuffix(fieldOf("/proc/meminfo", "MemTotal"), " kB"))
	return machine{runtime.NumCPU(), cpu, memory / 1024, textOf("/proc/sys/kernel/osrelease"), textOf("/proc/loadavg")}
}

// versions are those of what took part.
type versions struct {
	Go       string `json:"go"`
	Database string `json:"database"`
	Redis    string `json:"redis"`
}

func (b *bench) versions(ctx context.Context) (versions, error) {
	v := versions{Go: runtime.Version()}
	if err := b.bare.QueryRowContext(ctx, "SELECT VERSION()").Scan(&v.Database); err != nil {
		return v, err
	}
	info, err := b.redis.Info(ctx, "server").Result()
	v.Redis = field(info, "redis_version")
	return v, err
}

// textOf returns what a file says, empty when it cannot be read.
func textOf(path string) string {
	text, _ := os.ReadFile(path)
	return strings.TrimSpace(string(text))
}

func fieldOf(path, name string) string { return field(textOf(path), name) }

// field returns what stands behind a name and a colon.
func field(text, name string) string {
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// memoryMiB is what a process holds of memory: VmRSS now, VmHWM at most so far.
func memoryMiB(pid int, name string) int {
	kib, _ := strconv.Atoi(strings.TrimSuffix(fieldOf(fmt.Sprintf("/proc/%d/status", pid), name), " kB"))
	return kib / 1024
}

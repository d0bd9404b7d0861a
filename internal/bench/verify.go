package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// verification is what the program said of the books that the loads left behind.
type verification struct {
	Entries     int64   `json:"entries"`
	Seconds     limit   `json:"seconds"`
	PeakMiB     limit   `json:"peak_memory_mib"`
	Differences int64   `json:"differences"`
	Checks      []check `json:"checks"`
}

type check struct {
	Name        string   `json:"name"`
	Rows        int64    `json:"rows"`
	Total       int64    `json:"total"`
	Differences []string `json:"differences"`
}

// verify stops the server well and has the program check the books.
func (b *bench) verify() (v verification, err error) {
	b.stop()
	command := exec.Command(b.binary, "verify", "--json") //nolint:gosec // our own
	var out bytes.Buffer
	command.Env, command.Stdout, command.Stderr = b.env, &out, os.Stderr
	start := time.Now()
	if err := command.Start(); err != nil {
		return v, err
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	// The peak that the system tells of a child begins with that of its parent, so we look for ourselves.
	peak, look := 0, time.NewTicker(20*time.Millisecond)
	defer look.Stop()
	for running := true; running; {
		peak = max(peak, memoryMiB(command.Process.Pid, "VmHWM"))
		select {
		case err = <-ended:
			running = false
		case <-look.C:
		}
	}
	v.Seconds, v.PeakMiB = limit{time.Since(start).Seconds(), maxVerifySeconds}, limit{float64(peak), maxVerifyMiB}
	if jsonErr := json.Unmarshal(out.Bytes(), &v); jsonErr != nil {
		return v, fmt.Errorf("verify: %w, %w", err, jsonErr)
	}
	for _, c := range v.Checks {
		v.Differences += c.Total
		if c.Name == "entries" {
			v.Entries = c.Rows
		}
	}
	if v.Differences > 0 {
		err = nil // that is what it failed with
	}
	return v, err
}

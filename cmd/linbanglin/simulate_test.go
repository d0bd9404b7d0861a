package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linbanglin/internal/simulation"
)

func TestSimulatePrintsTheSameForTheSameSeed(t *testing.T) {
	arguments := []string{"simulate", "--residents", "300", "--seed", "5", "--days", "10"}
	first, err := command(t, nil, arguments...)
	if err != nil || !strings.Contains(first, "分波派单 ours") || !strings.Contains(first, "先知 oracle") {
		t.Fatalf("got %v\n%s", err, first)
	}
	if again, err := command(t, nil, arguments...); err != nil || again != first {
		t.Errorf("got %v and\n%s\nafter\n%s", err, again, first)
	}
	text, err := command(t, nil, append(arguments, "--json")...)
	var report simulation.Report
	if err != nil || json.Unmarshal([]byte(text), &report) != nil || len(report.Policies) != 6 || len(report.Wanted) != 5 || report.Seeds[0] != 5 {
		t.Errorf("got %v\n%s", err, text)
	}
}

func TestSimulateWritesItsPlots(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "plots")
	if _, err := command(t, nil, "simulate", "--residents", "100", "--days", "2", "--plots", folder); err != nil {
		t.Fatal(err)
	}
	if found, err := os.ReadDir(folder); err != nil || len(found) != 2 {
		t.Errorf("got %v and %v", found, err)
	}
	file := filepath.Join(folder, "load-100-0.svg")
	if _, err := command(t, nil, "simulate", "--residents", "100", "--days", "2", "--plots", file); err == nil || !strings.Contains(err.Error(), "--plots") {
		t.Errorf("a file is no folder: got %v", err)
	}
}

func TestSimulateRefusesWhatItCannotPlay(t *testing.T) {
	for name, arguments := range map[string][]string{
		"--residents": {"--residents", "5"}, "--days": {"--days", "0"}, "--history": {"--history", "400"}, "--runs": {"--runs", "0"},
		"--seed": {"--seed", "-1"}, "--resident": {"--resident", "300"},
	} {
		if text, err := command(t, nil, append([]string{"simulate"}, arguments...)...); err == nil || !strings.Contains(err.Error(), name) || text != "" {
			t.Errorf("%s: got %v\n%s", name, err, text)
		}
	}
}

func TestSimulateTellsEveryQuarter(t *testing.T) {
	var out bytes.Buffer
	tell := tellQuarters(&out)
	for i := range 7 {
		tell("ours", 1, i+1, 7)
	}
	if got, want := out.String(), "25% 50% 75% 100%"; strings.Join(strings.Fields(strings.ReplaceAll(got, "模拟 第 2 次 ours", "")), " ") != want {
		t.Errorf("got %s", got)
	}
}

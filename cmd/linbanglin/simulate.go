package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"linbanglin/internal/simulation"
)

type simulateCmd struct {
	Residents int    `default:"3000" help:"居民人数，100 到 100000"`
	Seed      uint64 `default:"1" help:"随机种子；同一个种子总是得到同样的数字"`
	Days      int    `default:"30" help:"计入结果的天数，1 到 365"`
	History   int    `default:"0" help:"在此之前先演的天数，只积累各人的记录，不计入结果，0 到 365；0 是刚开始用的社区"`
	Runs      int    `default:"1" help:"用接连的种子演几次并取均值，1 到 100"`
	JSON      bool   `help:"以 JSON 输出"`
	Plots     string `help:"把图（SVG）写到这个目录" placeholder:"DIR"`
}

// largeTown is from how many residents on a run takes long enough to say how far it is.
const largeTown = 10_000

// Run compares ways of choosing whom to ask, on a virtual clock, without a database or a network.
func (s simulateCmd) Run(ctx context.Context, _ *Config, out io.Writer) error {
	o := simulation.Options{Residents: s.Residents, Seed: s.Seed, Days: s.Days, History: s.History, Runs: s.Runs}
	if s.Residents >= largeTown {
		o.Progress = tellQuarters(os.Stderr)
	}
	report, err := simulation.Run(ctx, o)
	if err != nil {
		return err
	}
	if s.JSON {
		err = json.NewEncoder(out).Encode(report)
	} else {
		err = report.Print(out)
	}
	if s.Plots != "" {
		if made := os.MkdirAll(s.Plots, 0o750); made != nil {
			return errors.Join(err, fmt.Errorf("--plots: %w", made))
		}
		err = errors.Join(err, report.Plots(s.Plots))
	}
	return err
}

// tellQuarters writes a line whenever a quarter of a run's requests has come in.
func tellQuarters(to io.Writer) func(policy string, run, arrived, of int) {
	return func(policy string, run, arrived, of int) {
		if quarter := 4 * arrived / of; quarter > 4*(arrived-1)/of {
			_, _ = fmt.Fprintf(to, "模拟 第 %d 次 %s %d%%\n", run+1, policy, 25*quarter)
		}
	}
}

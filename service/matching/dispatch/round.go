package dispatch

import (
	"slices"
	"time"

	"linbanglin/model"
)

// MaxWave is how many members one wave asks at most. Alerting seven and replacing each who rejects was the
// best policy at 30 volunteers within reach (van den Berg et al. 2026, PLOS One, 10.1371/journal.pone.0343762).
const MaxWave = 7

// choice is how many candidates the open levels must have before a wave is picked from them: among fewer,
// whoever is there is asked, however likely and however often.
const choice = 2 * MaxWave

// levels are those that waves open, the nearest first; read only.
var levels = model.Reaches()

// wideness is the place of a level among those that waves open, -1 before the first. Who shares a
// household counts as of the same unit.
func wideness(level model.NodeKind) int {
	if level == model.KindHousehold {
		return 0
	}
	return slices.Index(levels, level)
}

// Round is where the dispatch of one request stands; small enough to be stored with the request.
type Round struct {
	Pace    Pace
	Opened  model.NodeKind // the widest level that was asked; empty before the first wave
	Waiting int            // members of the running wave who have not answered yet
}

// Wave is what to do next.
type Wave struct {
	Ask    []Ranked       // whom to send a notice, the best first; 0 to MaxWave
	Opened model.NodeKind // the widest level asked by now, for the next Round
	Window time.Duration  // after which to call Next unless somebody accepted; 0 leaves the running window
	Case   bool           // nobody is left: an officer owns the request from here
}

// Next returns the wave at the start of a dispatch, or after a window passed in silence. It opens one more
// level than was open, and goes on opening while those within are too few to choose from, so that no
// window is spent on an empty staircase. The wave is the smallest number of the best ranked with
// 1 - ∏(1-p) >= the pace's target, at most MaxWave. At is when its notices are sent.
func (r Round) Next(candidates []Candidate, at model.Instant) Wave {
	r.Waiting = 0
	for step := wideness(r.Opened) + 1; ; step++ {
		level := levels[min(step, len(levels)-1)]
		ranked := Rank(within(candidates, level), at)
		if len(ranked) >= choice || level == model.KindCommunity {
			return r.wave(ranked[:waveSize(ranked, r.Pace.Target())], level)
		}
	}
}

// Refused returns who replaces a member of the running wave that said no: the best of the open levels, or
// of the next one that has anybody. The window goes on, unless the whole wave has refused: then it begins
// again. Waiting must not count the one who refused.
func (r Round) Refused(candidates []Candidate, at model.Instant) Wave {
	for step := max(wideness(r.Opened), 0); ; step++ {
		level := levels[step]
		ranked := Rank(within(candidates, level), at)
		if len(ranked) > 0 || level == model.KindCommunity {
			return r.wave(ranked[:min(1, len(ranked))], level)
		}
	}
}

// wave closes the round with a case when it asks nobody and nobody is waited for.
func (r Round) wave(ask []Ranked, opened model.NodeKind) Wave {
	w := Wave{Ask: ask, Opened: opened}
	switch {
	case r.Waiting > 0:
	case len(ask) == 0:
		w.Case = true
	default:
		w.Window = r.Pace.Window()
	}
	return w
}

func within(candidates []Candidate, level model.NodeKind) []Candidate {
	reach := wideness(level)
	var near []Candidate
	for _, c := range candidates {
		if at := wideness(c.Level); at >= 0 && at <= reach {
			near = append(near, c)
		}
	}
	return near
}

// waveSize returns the smallest number of the first ranked of whom at least one accepts with the target's
// chance; MaxWave, or all there are, when that does not reach it.
func waveSize(ranked []Ranked, target float64) (size int) {
	nobody := 1.0
	for size < min(len(ranked), MaxWave) && nobody > 1-target {
		nobody *= 1 - ranked[size].Acceptance
		size++
	}
	return size
}

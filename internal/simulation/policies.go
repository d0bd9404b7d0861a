package simulation

import (
	"cmp"
	"slices"
	"time"

	"linbanglin/model"
	"linbanglin/service/matching/dispatch"
)

// policy says whom to ask. It sees the scene and the call, and nothing of the truth.
type policy interface {
	// arrives is asked when a call comes in.
	arrives(*scene, *call) move
	// refused is asked when somebody of the running wave says no; they wait no more.
	refused(*scene, *call) move
	// silent is asked when the window of the running wave has passed.
	silent(*scene, *call) move
}

// move is what a policy does next.
type move struct {
	ask     []int
	window  time.Duration // after which silent is asked; 0 leaves the running window
	hasCase bool          // an officer owns the request
}

// list asks its candidates in one order that is made when the call comes in.
type list struct {
	order    func(s *scene, c *call, fit []int)
	size     int  // of a wave
	replaces bool // each who refuses
}

func (l list) arrives(s *scene, c *call) move {
	c.queue = s.fit(c)
	l.order(s, c, c.queue)
	return l.silent(s, c)
}

func (l list) silent(s *scene, c *call) move {
	m := move{ask: l.next(s, c, l.size)}
	if len(m.ask) > 0 {
		m.window = c.pace.Window()
	}
	return m
}

func (l list) refused(s *scene, c *call) move {
	if !l.replaces {
		return move{}
	}
	m := move{ask: l.next(s, c, 1)}
	if len(m.ask) > 0 && c.round.Waiting == 0 {
		m.window = c.pace.Window()
	}
	return m
}

// next takes the first n from the queue who have room in their week still.
func (l list) next(s *scene, c *call, n int) (ask []int) {
	for len(ask) < n && len(c.queue) > 0 {
		if h := c.queue[0]; !s.full(h) {
			ask = append(ask, h)
		}
		c.queue = c.queue[1:]
	}
	return ask
}

// lot is an order of chance, the same for every policy of a seed.
type lot struct{ seed uint64 }

func (l lot) of(c *call, helper int) uint64 {
	return mixed(mixed(l.seed, streamTies), mixed(uint64(c.number), uint64(helper)))
}

func (l lot) shuffled(_ *scene, c *call, fit []int) {
	slices.SortFunc(fit, func(a, b int) int { return cmp.Compare(l.of(c, a), l.of(c, b)) })
}

// nearest orders by levels of the tree, and by lot within a level.
func (l lot) nearest(s *scene, c *call, fit []int) {
	type key struct {
		level  int
		lot    uint64
		helper int
	}
	keys := make([]key, len(fit))
	for i, h := range fit {
		keys[i] = key{slices.Index(levels, c.place.Distance(s.helpers[h].place)), l.of(c, h), h}
	}
	slices.SortFunc(keys, func(a, b key) int { return cmp.Or(cmp.Compare(a.level, b.level), cmp.Compare(a.lot, b.lot)) })
	for i, k := range keys {
		fit[i] = k.helper
	}
}

// waves is service/matching/dispatch, with an estimate of acceptance that is given.
type waves struct{ estimate estimate }

// estimate says how likely a helper accepts a notice that is sent now.
type estimate interface {
	chance(s *scene, c *call, helper int, level model.NodeKind) float64
}

// experience estimates from a helper's own record: what the service does.
type experience struct{}

func (experience) chance(s *scene, c *call, helper int, _ model.NodeKind) float64 {
	return s.records[helper].history(c.category, partAt(s.now)).Acceptance(s.now)
}

// oracle knows the truth.
type oracle struct{ truth *truth }

func (o oracle) chance(s *scene, c *call, helper int, level model.NodeKind) float64 {
	return o.truth.chance(helper, c.request, level, s.now)
}

func (w waves) arrives(s *scene, c *call) move {
	c.round = dispatch.Round{Pace: c.pace}
	return w.silent(s, c)
}

func (w waves) silent(s *scene, c *call) move {
	return w.follow(c, c.round.Next(w.candidates(s, c), s.now))
}

func (w waves) refused(s *scene, c *call) move {
	return w.follow(c, c.round.Refused(w.candidates(s, c), s.now))
}

func (waves) follow(c *call, w dispatch.Wave) move {
	c.round.Opened = w.Opened
	m := move{window: w.Window, hasCase: w.Case}
	for _, r := range w.Ask {
		m.ask = append(m.ask, int(r.Member-1))
	}
	return m
}

func (w waves) candidates(s *scene, c *call) []dispatch.Candidate {
	fit := s.fit(c)
	candidates := make([]dispatch.Candidate, 0, len(fit))
	for _, h := range fit {
		level := c.place.Distance(s.helpers[h].place)
		candidates = append(candidates, dispatch.Candidate{
			Member: model.ID(h + 1), Level: level, Acceptance: w.estimate.chance(s, c, h, level),
			LastAsked: s.records[h].lastAsked, Tasks: s.tasksSince(h, month), Notices: s.sentTo(h, c.category),
		})
	}
	return candidates
}

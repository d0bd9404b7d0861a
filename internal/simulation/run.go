package simulation

import (
	"container/heap"

	"linbanglin/model"
)

// run is one policy's month.
type run struct {
	scene  *scene
	truth  *truth
	policy policy
	calls  []*call // by request
	events events
	start  model.Instant // requests from here on count
	count  *counts
	before *counts // of the days of which only the records are kept
}

// counts is what came of a run, every request and every notice once.
type counts struct {
	needed, falseAlarms       int
	filled, expired, cases    int // of those needed
	calledOff, vain           int // of the false alarms: nobody came, somebody did
	notices, yes, no, unheard int // notices by what was answered
	redundant                 int // of the yes: the help was not needed any more
	declined                  int // of the no: a yes that did not fit into the week any more
	waits                     []float64
	silenced                  []bool // by helper: a notice started a silence
	tasks                     []int  // by helper
}

// The kinds of event.
type kind uint8

const (
	arrival kind = iota
	answer
	window   // of the wave has passed
	settling // of notices whose window has passed
	callOff
	deadline
)

// event is something that will happen.
type event struct {
	at       model.Instant
	order    int // of being planned, among those of one instant
	kind     kind
	call     int
	from, to int // notices; from is the number of a window
	yes      bool
}

// events is a heap, the soonest first.
type events struct {
	list    []event
	planned int
}

// Len implements heap.Interface, as the others do.
func (e *events) Len() int { return len(e.list) }

// Less orders by time, then by when it was planned.
func (e *events) Less(i, j int) bool {
	a, b := &e.list[i], &e.list[j]
	return a.at < b.at || a.at == b.at && a.order < b.order
}

// Swap exchanges two events.
func (e *events) Swap(i, j int) { e.list[i], e.list[j] = e.list[j], e.list[i] }

// Push adds an event.
func (e *events) Push(x any) { e.list = append(e.list, x.(event)) }

// Pop removes the last.
func (e *events) Pop() any {
	last := e.list[len(e.list)-1]
	e.list = e.list[:len(e.list)-1]
	return last
}

func (e *events) plan(x event) {
	x.order = e.planned
	e.planned++
	heap.Push(e, x)
}

func newCounts(helpers int) *counts {
	return &counts{silenced: make([]bool, helpers), tasks: make([]int, helpers)}
}

func newRun(t *town, truth *truth, p policy, start model.Instant) *run {
	r := &run{
		scene: newScene(t), truth: truth, policy: p, calls: make([]*call, len(t.requests)), start: start,
		count: newCounts(len(t.helpers)), before: newCounts(len(t.helpers)),
	}
	for i := range t.requests {
		r.events.plan(event{at: t.requests[i].at, kind: arrival, call: i})
	}
	return r
}

// play lets everything happen. It asks go on, at each request that comes in, how many there were, and
// fails as that does.
func (r *run) play(goOn func(arrived int) error) (*counts, error) {
	arrived := 0
	for r.events.Len() > 0 {
		e := heap.Pop(&r.events).(event)
		r.scene.now = e.at
		if e.kind == arrival {
			arrived++
			if err := goOn(arrived); err != nil {
				return nil, err
			}
		}
		r.happen(e)
	}
	return r.count, nil
}

func (r *run) happen(e event) {
	switch e.kind {
	case arrival:
		r.arrive(e.call)
	case answer:
		r.answer(r.calls[e.call], &r.calls[e.call].notices[e.from], e.yes)
	case window:
		r.pass(r.calls[e.call], e)
	case settling:
		r.settle(r.calls[e.call], e.from, e.to)
	case callOff:
		r.end(r.calls[e.call], &r.calls[e.call].count.calledOff)
	case deadline:
		r.giveUp(r.calls[e.call])
	}
}

func (r *run) arrive(number int) {
	c := &call{request: &r.scene.requests[number], count: r.count}
	if c.at < r.start {
		c.count = r.before
	}
	r.calls[number] = c
	if off := r.truth.alarms[number]; off != 0 {
		c.count.falseAlarms++
		r.events.plan(event{at: off, kind: callOff, call: number})
	} else {
		c.count.needed++
		r.events.plan(event{at: c.deadline, kind: deadline, call: number})
	}
	r.follow(c, r.policy.arrives(r.scene, c))
}

// follow sends the notices of a move.
func (r *run) follow(c *call, m move) {
	from := len(c.notices)
	for _, h := range m.ask {
		r.send(c, h)
	}
	now, to := r.scene.now, len(c.notices)
	c.round.Waiting += to - from
	c.hasCase = c.hasCase || m.hasCase
	if to > from {
		r.events.plan(event{at: now.Add(c.pace.Window()), kind: settling, call: c.number, from: from, to: to})
	}
	if m.window > 0 {
		c.windows++
		r.events.plan(event{at: now.Add(m.window), kind: window, call: c.number, from: c.windows})
	}
}

// send gives a helper a notice, and plans what nature answers.
func (r *run) send(c *call, helper int) {
	now := r.scene.now
	level := c.place.Distance(r.scene.helpers[helper].place)
	chance := r.truth.chance(helper, c.request, level, now)
	c.notices = append(c.notices, notice{helper: int32(helper), wave: c.wave, part: int8(partAt(now))})
	c.count.notices++
	r.scene.records[helper].noted(now, c.category)
	if now < r.truth.silentUntil[helper] {
		c.count.unheard++
		return
	}
	f := r.truth.fate(c.number, helper)
	if f.silence < silenceChance {
		r.truth.silentUntil[helper], c.count.silenced[helper] = now.Add(f.silent), true
	}
	yes := f.accept < chance
	if !yes && f.refuse >= refusedShare {
		c.count.unheard++
		return
	}
	r.events.plan(event{at: f.answers(c.pace, now), kind: answer, call: c.number, from: len(c.notices) - 1, yes: yes})
}

// answer is what a helper said. Who has no room in the week any more says no.
func (r *run) answer(c *call, n *notice, yes bool) {
	n.answered = true
	if yes && !c.closed && r.scene.full(int(n.helper)) {
		yes = false
		c.count.declined++
	}
	r.scene.records[n.helper].heard(c, n, yes)
	running := n.wave == c.wave
	if running {
		c.round.Waiting--
	}
	switch {
	case yes && c.closed:
		c.count.yes++
		c.count.redundant++
	case yes:
		c.count.yes++
		r.accept(c, int(n.helper))
	default:
		c.count.no++
		if !c.closed && running {
			r.follow(c, r.policy.refused(r.scene, c))
		}
	}
}

func (r *run) accept(c *call, helper int) {
	now := r.scene.now
	r.scene.records[helper].tasks = append(r.scene.records[helper].tasks, now)
	c.count.tasks[helper]++
	if r.truth.alarms[c.number] != 0 {
		r.end(c, &c.count.vain)
		return
	}
	c.count.waits = append(c.count.waits, span(c.at, now).Minutes())
	r.end(c, &c.count.filled)
}

// pass begins the next wave, unless the window is an old one.
func (r *run) pass(c *call, e event) {
	if c.closed || e.from != c.windows {
		return
	}
	c.wave++
	c.round.Waiting = 0
	r.follow(c, r.policy.silent(r.scene, c))
}

func (r *run) settle(c *call, from, to int) {
	for i := from; i < to; i++ {
		if n := &c.notices[i]; !n.answered {
			n.silent = true
			r.scene.records[n.helper].unheard(c, n)
		}
	}
}

// end closes a call that is open, and counts how.
func (r *run) end(c *call, how *int) {
	if !c.closed {
		c.closed = true
		*how++
	}
}

func (r *run) giveUp(c *call) {
	if c.hasCase {
		r.end(c, &c.count.cases)
	} else {
		r.end(c, &c.count.expired)
	}
}

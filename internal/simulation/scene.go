package simulation

import (
	"slices"
	"time"

	"linbanglin/model"
	"linbanglin/service/matching/dispatch"
)

// scene is what the service sees while it runs: the register, and what was recorded.
type scene struct {
	*town
	now     model.Instant
	records []record // by helper
}

// record is what the service keeps about a helper.
type record struct {
	all        dispatch.Tally
	categories []dispatch.Tally
	cells      []dispatch.Tally // by category, then part of the day
	ignored    int
	lastAsked  model.Instant
	notices    []sent
	tasks      []model.Instant
}

// sent is a notice in the book of one helper.
type sent struct {
	at       model.Instant
	category int
}

func newScene(t *town) *scene {
	s := &scene{town: t, records: make([]record, len(t.helpers))}
	categories := len(t.byCategory)
	for i := range s.records {
		s.records[i].categories = make([]dispatch.Tally, categories)
		s.records[i].cells = make([]dispatch.Tally, categories*len(dayParts))
	}
	return s
}

const (
	week  = 7 * 24 * time.Hour
	month = 30 * 24 * time.Hour
)

// call is a request on its way, with whom it was given to.
type call struct {
	*request
	notices []notice
	round   dispatch.Round
	wave    int32 // counts the windows that passed
	windows int   // counts those that began
	queue   []int // who is next, where a policy has made a list
	closed  bool
	hasCase bool
	count   *counts // where it is counted
}

// notice is one message to one helper.
type notice struct {
	helper   int32
	wave     int32
	part     int8 // of the day when it was sent
	answered bool
	silent   bool // its window passed without an answer
}

func (c *call) asked(helper int) bool {
	return slices.ContainsFunc(c.notices, func(n notice) bool { return int(n.helper) == helper })
}

// fit lists whom the request may be given to: they offer its category, are of another household, have
// room in their week, and were not asked for it. These filters are the same for every policy.
func (s *scene) fit(c *call) []int {
	var found []int
	for _, h := range s.byCategory[c.category] {
		if s.helpers[h].place.HouseholdID != c.place.HouseholdID && !s.full(h) && !c.asked(h) {
			found = append(found, h)
		}
	}
	return found
}

// full reports whether a helper has taken on as much in the last seven days as they want to.
func (s *scene) full(helper int) bool {
	return s.tasksSince(helper, week) >= s.helpers[helper].weekly
}

func (s *scene) tasksSince(helper int, ago time.Duration) (n int) {
	for _, at := range s.records[helper].tasks {
		if at > s.now.Add(-ago) {
			n++
		}
	}
	return n
}

// sentTo counts the notices of the last seven days.
func (s *scene) sentTo(helper, category int) (n dispatch.Notices) {
	for _, m := range s.records[helper].notices {
		if m.at > s.now.Add(-week) {
			n.Week++
			if m.category == category {
				n.Category++
			}
		}
	}
	return n
}

// history is what a helper's record tells about a category at a part of the day.
func (r *record) history(category, part int) dispatch.History {
	return dispatch.History{
		All: r.all, Category: r.categories[category], Cell: *r.cell(category, part), Ignored: r.ignored, LastAsked: r.lastAsked,
	}
}

func (r *record) cell(category, part int) *dispatch.Tally {
	return &r.cells[category*len(dayParts)+part]
}

// add books outcomes of notices in every tally that contains them.
func (r *record) add(category, part int, more dispatch.Tally) {
	for _, t := range []*dispatch.Tally{&r.all, &r.categories[category], r.cell(category, part)} {
		t.Asked += more.Asked
		t.Accepted += more.Accepted
	}
}

// noted books a notice as sent, and forgets those older than a week.
func (r *record) noted(at model.Instant, category int) {
	r.lastAsked = at
	r.notices = slices.DeleteFunc(r.notices, func(m sent) bool { return m.at <= at.Add(-week) })
	r.notices = append(r.notices, sent{at, category})
}

// heard books an answer, which may come after its notice was booked as silent.
func (r *record) heard(c *call, n *notice, yes bool) {
	var more dispatch.Tally
	if !n.silent {
		more.Asked = 1
	}
	if yes {
		more.Accepted = 1
	}
	r.add(c.category, int(n.part), more)
	r.ignored = 0
}

// unheard books that a window passed without an answer.
func (r *record) unheard(c *call, n *notice) {
	r.add(c.category, int(n.part), dispatch.Tally{Asked: 1})
	r.ignored++
}

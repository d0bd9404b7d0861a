package matters_test

import (
	"container/heap"
	"errors"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/matters"
)

// What a year is made of, in short and in the soak.
const (
	shortYear = 120
	soakYear  = 20_000
	yearDays  = 365
)

// event is when somebody looks at a matter again.
type event struct {
	at model.Instant
	id model.ID // zero: a new one comes in
}

// agenda is the events to come, the next one first.
type agenda []event

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].at < a[j].at }
func (a agenda) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)        { *a = append(*a, x.(event)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// year plays matters as people may handle them, well and badly.
type year struct {
	*yard
	t       *testing.T
	r       *rand.Rand
	steps   map[model.MatterAction]step
	people  map[model.ID]model.Actor
	todo    agenda
	all     []model.ID
	refused int
}

// TestAYearOfMattersInShort plays a year on both engines; make soak plays it with as many as there are.
func TestAYearOfMattersInShort(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) { playYear(t, y, shortYear) })
}

func TestSoakYearOfMatters(t *testing.T) {
	if os.Getenv("LBL_SOAK") == "" {
		t.Skip("takes an hour: make soak")
	}
	playYear(t, givenYard(t, testdb.Open(t, testdb.SQLite)), soakYear)
}

// playYear plays a year of so many matters, and wants no instant at which one had no owner, and rates of every month that
// are what a plain recomputation gives.
func playYear(t *testing.T, y *yard, n int) {
	t.Helper()
	seed := testworld.Seed(t)
	p := &year{yard: y, t: t, r: rand.New(rand.NewPCG(seed, 2)), steps: y.steps(t), people: map[model.ID]model.Actor{}}
	for _, who := range []model.Actor{y.worker, y.admin, y.street, y.officer, y.second, y.helper} {
		p.people[who.MemberID] = who
	}
	end := testworld.Now.Add(yearDays * day)
	for range n {
		heap.Push(&p.todo, event{at: testworld.Now.Add(time.Duration(p.r.Int64N(int64((yearDays - 30) * day))))})
	}
	for at := testworld.Now.Add(day); at <= end; at = at.Add(day) {
		for len(p.todo) > 0 && p.todo[0].at < at {
			e := heap.Pop(&p.todo).(event)
			y.now.Store(int64(max(e.at, y.at())))
			p.play(e)
		}
		y.now.Store(int64(at))
		p.sweep()
	}
	p.wantWhole(end)
}

// play lets somebody do something about a matter, and come back to it later.
func (p *year) play(e event) {
	if e.id == 0 {
		in := lamp
		in.Category, in.NodeID = []string{"facilities", "facilities", "property", "utilities", "other"}[p.r.IntN(5)], p.Grids[p.r.IntN(3)].ID
		m, err := p.Report(p.t.Context(), p.reporter, in)
		p.must(p.t, err)
		p.all = append(p.all, m.ID)
		e.id = m.ID
	} else {
		m, err := p.store.Matters.Get(p.t.Context(), e.id)
		p.must(p.t, err)
		who, action := p.choice(m)
		if action == "" {
			return // it is over
		}
		if _, err := p.act(who, m, action); err != nil {
			if kind := model.Reason(err).Kind; kind == model.Internal || errors.Is(err, model.ErrNotFound) {
				p.t.Fatalf("%s of a matter that is %s: %v", action, m.Status, err)
			}
			p.refused++
		}
	}
	later := time.Duration(p.r.ExpFloat64() * float64(16*time.Hour))
	heap.Push(&p.todo, event{e.at.Add(later + time.Minute), e.id})
}

func (p *year) act(who model.Actor, m *model.Matter, action model.MatterAction) (*model.Matter, error) {
	ctx := p.t.Context()
	switch action {
	case model.ActCallback:
		return p.Callback(ctx, who, m.ID, matters.Call{Answered: true, Resolved: p.r.IntN(4) > 0})
	case model.ActRate:
		s := model.Satisfactions()[p.r.IntN(3)]
		return p.Rate(ctx, who, m.ID, s, s != model.Unsatisfied && p.r.IntN(5) > 0, "")
	case model.ActMerge:
		return p.Merge(ctx, who, m.ID, p.all[p.r.IntN(len(p.all))])
	}
	return p.steps[action](who, m.ID)
}

// choice is what somebody does next about a matter; no action once it is over.
func (p *year) choice(m *model.Matter) (model.Actor, model.MatterAction) {
	owner, ok := p.people[m.OwnerID]
	if !ok {
		p.t.Fatalf("matter %d is %d's", m.ID, m.OwnerID)
	}
	one := func(who model.Actor, actions ...model.MatterAction) (model.Actor, model.MatterAction) {
		return who, actions[p.r.IntN(len(actions))]
	}
	unit := p.officer
	if m.Category == "utilities" {
		unit = p.helper
	}
	dice := p.r.IntN(20)
	switch {
	case m.PausedAt != 0:
		return one(owner, model.ActResume)
	case m.Status.Open() && m.ProposedID != 0 && dice < 10:
		return one(p.people[m.ProposedID], model.ActTake)
	case m.Status.Open() && dice == 10:
		return one(owner, model.ActHandover, model.ActEscalate, model.ActEscalate)
	case m.Status.Open() && dice == 11:
		return one(p.reporter, model.ActWithdraw, model.ActRate, model.ActRate, model.ActRate)
	}
	switch m.Status {
	case model.MatterReported:
		return one(owner, model.ActAccept, model.ActAccept, model.ActAccept, model.ActAccept, model.ActFinish, model.ActRefuse, model.ActRedirect, model.ActMerge)
	case model.MatterRefusal:
		return one(p.street, model.ActApproveRefusal)
	case model.MatterExplaining:
		return one(p.street, model.ActApproveRefusal)
	case model.MatterAccepted:
		return one(p.admin, model.ActDispatch, model.ActDispatch, model.ActContact)
	case model.MatterDispatched:
		if m.TakenAt == 0 {
			return one(unit, model.ActTake, model.ActTake, model.ActTake, model.ActObject)
		}
		return one(unit, model.ActContact)
	case model.MatterObjected:
		return one(p.street, model.ActUphold, model.ActOverrule)
	case model.MatterContacted:
		return one(owner, model.ActStart, model.ActStart, model.ActStart, model.ActExplain, model.ActPause)
	case model.MatterHandling:
		return one(owner, model.ActFinish, model.ActFinish, model.ActFinish, model.ActPause, model.ActExtend)
	case model.MatterDone, model.MatterExplained:
		caller := p.street
		if dice < 10 {
			caller = p.admin
		}
		if dice%4 == 0 {
			return one(p.reporter, model.ActRate)
		}
		return one(caller, model.ActCallback, model.ActMissCall, model.ActMissCall)
	case model.MatterCallback, model.MatterRated:
		if dice < 3 {
			return one(p.reporter, model.ActReopen, model.ActRate)
		}
		return one(p.admin, model.ActClose)
	case model.MatterClosed:
		if dice == 0 {
			return one(p.reporter, model.ActReopen)
		}
	}
	return model.Actor{}, ""
}

// sweep runs the sweeps until they find nothing more.
func (p *year) sweep() {
	for {
		wrote := p.sweepBreaches(p.t)
		moved, err := p.Sweep(p.t.Context())
		p.must(p.t, err)
		if wrote+moved == 0 {
			return
		}
	}
}

// wantWhole looks at the year when it is over.
func (p *year) wantWhole(end model.Instant) {
	lives, closed := p.lives(p.t, p.all), 0
	for _, l := range lives {
		played, err := model.ReplayMatter(l.steps)
		if err != nil || !played.SameAs(l.Matter) {
			p.t.Fatalf("matter %d: the steps make %+v of it, %v; it is %+v", l.ID, played, err, l.Matter)
		}
		for i, s := range l.steps {
			if s.OwnerAfter == 0 || i > 0 && s.OwnerBefore != l.steps[i-1].OwnerAfter || s.Data.DueAt != 0 && s.TierAfter == "" {
				p.t.Fatalf("matter %d: at step %d it has no owner", l.ID, s.Version)
			}
		}
		if l.Status == model.MatterClosed {
			closed++
		}
	}
	var counted int64
	last := end.Month()
	for month := testworld.Now.Month(); month <= last; {
		for _, by := range []model.RateBy{model.ByTier, model.ByOrganisation} {
			counted += p.wantReport(p.t, p.admin, lives, month, by)
		}
		_, next := month.Span()
		month = next.Month()
	}
	p.t.Logf("%d matters, %d of them closed, %d steps refused, %d rows counted", len(p.all), closed, p.refused, counted)
	if closed < len(p.all)/3 || counted < int64(closed) {
		p.t.Errorf("%d of %d were closed, and %d rows counted", closed, len(p.all), counted)
	}
}

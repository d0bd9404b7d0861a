package assignment_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"linbanglin/service/matching/assignment"
)

const forbidden = assignment.Forbidden

// solve returns the plan of a problem; its certificate has to be right.
func solve(t rapid.TB, p *assignment.Problem) *assignment.Plan {
	t.Helper()
	plan, err := assignment.Solve(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := assignment.Check(p, plan); err != nil {
		t.Fatalf("%+v of %+v: %v", plan, p, err)
	}
	return plan
}

func volunteers(quotas ...int) (all []assignment.Volunteer) {
	for _, q := range quotas {
		all = append(all, assignment.Volunteer{Quota: q})
	}
	return all
}

func grids(quotas ...int) (all []assignment.Grid) {
	for _, q := range quotas {
		all = append(all, assignment.Grid{Quota: q})
	}
	return all
}

// givenProblem has every reason for being left over: visit 2 is beyond the quota of grid 0, visit 3 is
// forbidden to all, visit 6 wants volunteer 1, who has another. Volunteer 2 may make none.
func givenProblem() *assignment.Problem {
	return &assignment.Problem{
		Volunteers: volunteers(5, 1, 1),
		Grids:      grids(2, assignment.NoLimit),
		Visits: []assignment.Visit{
			{Grid: 0, Costs: []int32{1, 4, forbidden}},
			{Grid: 0, Costs: []int32{2, 3, forbidden}},
			{Grid: 0, Costs: []int32{5, 5, forbidden}},
			{Grid: 1, Costs: []int32{forbidden, forbidden, forbidden}},
			{Grid: 1, Costs: []int32{3, 1, forbidden}},
			{Grid: 1, Costs: []int32{forbidden, 2, forbidden}},
			{Grid: 1, Costs: []int32{forbidden, 3, forbidden}},
		},
	}
}

func ExampleSolve() {
	plan, err := assignment.Solve(&assignment.Problem{
		Volunteers: []assignment.Volunteer{{Quota: 2}, {Quota: 1}},
		Grids:      []assignment.Grid{{Quota: 2}, {Quota: assignment.NoLimit}},
		Visits: []assignment.Visit{
			{Grid: 0, Costs: []int32{100, 400}},
			{Grid: 0, Costs: []int32{200, 300}},
			{Grid: 0, Costs: []int32{900, 900}},
			{Grid: 1, Costs: []int32{250, assignment.Forbidden}},
		},
	})
	if err != nil {
		panic(err)
	}
	for _, pair := range plan.Pairs {
		fmt.Printf("visit %d is made by volunteer %d\n", pair.Visit, pair.Volunteer)
	}
	fmt.Println("cost", plan.Cost)
	fmt.Println("left out", plan.LeftOut)
	// Output:
	// visit 0 is made by volunteer 0
	// visit 1 is made by volunteer 1
	// visit 3 is made by volunteer 0
	// cost 650
	// left out [{2 grid_used_up}]
}

func TestWhatIsLeftOverAndWhy(t *testing.T) {
	plan := solve(t, givenProblem())
	want := &assignment.Plan{
		Pairs: []assignment.Pair{{0, 0}, {1, 0}, {4, 0}, {5, 1}},
		Cost:  8,
		LeftOut: []assignment.LeftOut{
			{2, assignment.GridUsedUp}, {3, assignment.ForbiddenToAll}, {6, assignment.VolunteersUsedUp},
		},
		Idle:   []assignment.Idle{{0, assignment.NoneLeft}, {2, assignment.MayMakeNone}},
		Prices: plan.Prices,
	}
	if !reflect.DeepEqual(plan, want) {
		t.Errorf("got %+v, want %+v", plan, want)
	}
}

func TestOneMoreVisitWhateverItCosts(t *testing.T) {
	plan := solve(t, &assignment.Problem{
		Volunteers: volunteers(1, 1),
		Grids:      grids(2),
		Visits:     []assignment.Visit{{Costs: []int32{0, forbidden - 1}}, {Costs: []int32{forbidden - 1, forbidden}}},
	})
	if got, want := of(plan), (outcome{2, 2 * int64(forbidden-1)}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestNothingToDo(t *testing.T) {
	for name, p := range map[string]*assignment.Problem{
		"nothing at all":  {},
		"no visits":       {Volunteers: volunteers(1, 2), Grids: grids(1)},
		"no volunteers":   {Grids: grids(1), Visits: make([]assignment.Visit, 3)},
		"no quota":        {Volunteers: volunteers(0), Grids: grids(1), Visits: []assignment.Visit{{Costs: []int32{0}}}},
		"no quota a grid": {Volunteers: volunteers(1), Grids: grids(0), Visits: []assignment.Visit{{Costs: []int32{0}}}},
		"all forbidden":   {Volunteers: volunteers(1), Grids: grids(1), Visits: []assignment.Visit{{Costs: []int32{forbidden}}}},
	} {
		plan := solve(t, p)
		if len(plan.Pairs) != 0 || plan.Cost != 0 || len(plan.LeftOut) != len(p.Visits) {
			t.Errorf("%s: %+v", name, plan)
		}
	}
}

func TestBadInput(t *testing.T) {
	tooMany := make([]int, assignment.Most+1)
	for name, c := range map[string]struct {
		change func(p *assignment.Problem)
		want   error
	}{
		"as it is":             {func(*assignment.Problem) {}, nil},
		"the dearest cost":     {func(p *assignment.Problem) { p.Visits[1].Costs[0] = forbidden - 1 }, nil},
		"negative cost":        {func(p *assignment.Problem) { p.Visits[6].Costs[2] = -1 }, assignment.ErrInvalid},
		"negative quota":       {func(p *assignment.Problem) { p.Volunteers[2].Quota = -1 }, assignment.ErrInvalid},
		"negative grid quota":  {func(p *assignment.Problem) { p.Grids[1].Quota = -1 }, assignment.ErrInvalid},
		"a grid below all":     {func(p *assignment.Problem) { p.Visits[6].Grid = -1 }, assignment.ErrInvalid},
		"a grid above all":     {func(p *assignment.Problem) { p.Visits[6].Grid = 2 }, assignment.ErrInvalid},
		"too few costs":        {func(p *assignment.Problem) { p.Visits[6].Costs = p.Visits[6].Costs[:2] }, assignment.ErrInvalid},
		"too many costs":       {func(p *assignment.Problem) { p.Volunteers = p.Volunteers[:2] }, assignment.ErrInvalid},
		"too many visits":      {func(p *assignment.Problem) { p.Visits = make([]assignment.Visit, assignment.Most+1) }, assignment.ErrTooLarge},
		"too many volunteers":  {func(p *assignment.Problem) { p.Volunteers = volunteers(tooMany...) }, assignment.ErrTooLarge},
		"too many grids":       {func(p *assignment.Problem) { p.Grids = grids(tooMany...) }, assignment.ErrTooLarge},
		"as many grids as may": {func(p *assignment.Problem) { p.Grids = grids(tooMany[1:]...) }, nil},
	} {
		p := givenProblem()
		c.change(p)
		plan, err := assignment.Solve(p)
		if !errors.Is(err, c.want) || (err == nil) != (plan != nil) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if err := assignment.Check(p, plan); !errors.Is(err, c.want) {
			t.Errorf("%s: checked with %v, want %v", name, err, c.want)
		}
	}
}

// drawProblem draws up to 8 visits, with many ties, and with what is scarce scarce in many ways. What comes
// first is drawn most often.
func drawProblem(t *rapid.T) *assignment.Problem {
	quota := rapid.SampledFrom([]int{1, 2, 1, 3, 0, assignment.NoLimit})
	gridQuota := rapid.SampledFrom([]int{3, assignment.NoLimit, 2, 4, 1, 0})
	p := &assignment.Problem{
		Volunteers: volunteers(rapid.SliceOfN(quota, 5-rapid.IntRange(0, 5).Draw(t, "fewer"), 5).Draw(t, "volunteers")...),
		Grids:      grids(rapid.SliceOfN(gridQuota, 1, 3).Draw(t, "grids")...),
	}
	cost := rapid.SampledFrom(rapid.SampledFrom([][]int32{
		{3, 0, 2, 1, 5, 8, 999, forbidden},
		{1, 0, 1000},
		{forbidden, 0, 1, forbidden},
		{0, forbidden - 2, forbidden - 1, forbidden},
		{7},
	}).Draw(t, "kind of costs"))
	for range 8 - rapid.IntRange(0, 8).Draw(t, "fewer visits") {
		p.Visits = append(p.Visits, assignment.Visit{
			Grid:  rapid.IntRange(0, len(p.Grids)-1).Draw(t, "grid"),
			Costs: rapid.SliceOfN(cost, len(p.Volunteers), len(p.Volunteers)).Draw(t, "costs"),
		})
	}
	return p
}

// outcome is what counts in a plan.
type outcome struct {
	made int
	cost int64
}

func of(plan *assignment.Plan) outcome { return outcome{len(plan.Pairs), plan.Cost} }

func (o outcome) better(than outcome) bool {
	return o.made > than.made || o.made == than.made && o.cost < than.cost
}

// best tries everything for the visits from one on; the quotas in p are what is left of them, and are put
// back.
func best(p *assignment.Problem, from int) outcome {
	if from == len(p.Visits) {
		return outcome{}
	}
	top := best(p, from+1)
	visit := p.Visits[from]
	grid := &p.Grids[visit.Grid].Quota
	for v, cost := range visit.Costs {
		quota := &p.Volunteers[v].Quota
		if cost == forbidden || *quota == 0 || *grid == 0 {
			continue
		}
		*quota, *grid = *quota-1, *grid-1
		o := best(p, from+1)
		*quota, *grid = *quota+1, *grid+1
		if o = (outcome{o.made + 1, o.cost + int64(cost)}); o.better(top) {
			top = o
		}
	}
	return top
}

func TestNoPlanIsBetter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t)
		if got, want := of(solve(t, p)), best(p, 0); got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

// report says of who makes each visit, -1 for nobody, what a plan says; false if it may not be.
func report(p *assignment.Problem, makers []int) (*assignment.Plan, bool) {
	plan, may := &assignment.Plan{}, true
	made, visited := make([]int, len(p.Volunteers)), make([]int, len(p.Grids))
	for i, v := range makers {
		if v >= 0 {
			plan.Pairs = append(plan.Pairs, assignment.Pair{Visit: i, Volunteer: v})
			plan.Cost += int64(p.Visits[i].Costs[v])
			made[v]++
			visited[p.Visits[i].Grid]++
			within := made[v] <= p.Volunteers[v].Quota && visited[p.Visits[i].Grid] <= p.Grids[p.Visits[i].Grid].Quota
			may = may && within && p.Visits[i].Costs[v] != forbidden
		}
	}
	for i, v := range makers {
		why := assignment.VolunteersUsedUp
		if visited[p.Visits[i].Grid] == p.Grids[p.Visits[i].Grid].Quota {
			why = assignment.GridUsedUp
		}
		if !slices.ContainsFunc(p.Visits[i].Costs, func(c int32) bool { return c != forbidden }) {
			why = assignment.ForbiddenToAll
		}
		if v < 0 {
			plan.LeftOut = append(plan.LeftOut, assignment.LeftOut{Visit: i, Why: why})
		}
	}
	for v := range p.Volunteers {
		why := assignment.MayMakeNone
		for _, visit := range p.Visits {
			if visit.Costs[v] != forbidden {
				why = assignment.NoneLeft
			}
		}
		if made[v] < p.Volunteers[v].Quota {
			plan.Idle = append(plan.Idle, assignment.Idle{Volunteer: v, Why: why})
		}
	}
	return plan, may
}

func makersOf(p *assignment.Problem, plan *assignment.Plan) []int {
	makers := slices.Repeat([]int{-1}, len(p.Visits))
	for _, pair := range plan.Pairs {
		makers[pair.Visit] = pair.Volunteer
	}
	return makers
}

// The prices of one best plan prove every other that is as good, and nothing else.
func TestCheckPassesTheBestPlansAndNoOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t)
		plan := solve(t, p)
		makers := makersOf(p, plan)
		for range rapid.IntRange(0, min(4, len(makers))).Draw(t, "changes") {
			a, b := rapid.IntRange(0, len(makers)-1).Draw(t, "a"), rapid.IntRange(0, len(makers)-1).Draw(t, "b")
			makers[a], makers[b] = makers[b], makers[a]
			if rapid.Bool().Draw(t, "another") {
				makers[a] = rapid.IntRange(-1, len(p.Volunteers)-1).Draw(t, "maker")
			}
		}
		other, may := report(p, makers)
		other.Prices = plan.Prices
		err := assignment.Check(p, other)
		if want := may && of(other) == of(plan); (err == nil) != want {
			t.Fatalf("%+v of %+v: want %t, got %v", other, p, want, err)
		}
	})
}

func TestNoPricesProveAWorsePlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t)
		maker := rapid.IntRange(-1, len(p.Volunteers)-1)
		plan, _ := report(p, rapid.SliceOfN(maker, len(p.Visits), len(p.Visits)).Draw(t, "makers"))
		plan.Prices = solve(t, p).Prices
		for _, prices := range [][]int64{plan.Prices.Volunteers, plan.Prices.Grids} {
			for i := range prices {
				prices[i] += rapid.Int64Range(-2, 2).Draw(t, "more")
			}
		}
		if assignment.Check(p, plan) == nil && of(plan) != best(p, 0) {
			t.Fatalf("%+v of %+v passes", plan, p)
		}
	})
}

func TestCheckRefuses(t *testing.T) {
	type plan = assignment.Plan
	for name, spoil := range map[string]func(p *plan){
		"a visit left out":        func(p *plan) { p.Pairs = p.Pairs[1:] },
		"no visits":               func(p *plan) { p.Pairs = nil },
		"a visit made twice":      func(p *plan) { p.Pairs = append(p.Pairs, p.Pairs[0]) },
		"a visit below all":       func(p *plan) { p.Pairs[0].Visit = -1 },
		"a visit above all":       func(p *plan) { p.Pairs[3].Visit = 7 },
		"a volunteer below all":   func(p *plan) { p.Pairs[0].Volunteer = -1 },
		"a volunteer above all":   func(p *plan) { p.Pairs[0].Volunteer = 3 },
		"a forbidden pair":        func(p *plan) { p.Pairs[3].Volunteer = 0 },
		"beyond a quota":          func(p *plan) { p.Pairs[2].Volunteer = 1 },
		"beyond a grid":           func(p *plan) { p.Pairs = slices.Insert(p.Pairs, 2, assignment.Pair{Visit: 2}) },
		"a dearer visit":          func(p *plan) { p.Pairs[1].Visit = 2 },
		"a dearer pair":           func(p *plan) { p.Pairs[3].Visit = 6 },
		"another order":           func(p *plan) { slices.Reverse(p.Pairs) },
		"another cost":            func(p *plan) { p.Cost-- },
		"another reason":          func(p *plan) { p.LeftOut[0].Why = assignment.VolunteersUsedUp },
		"nothing left out":        func(p *plan) { p.LeftOut = nil },
		"nobody idle":             func(p *plan) { p.Idle = nil },
		"no prices of volunteers": func(p *plan) { p.Prices.Volunteers = nil },
		"no prices of grids":      func(p *plan) { p.Prices.Grids = nil },
		"a price of what is left": func(p *plan) { p.Prices.Volunteers[2] = 1 },
		"a price of a grid":       func(p *plan) { p.Prices.Grids[1] = 1 },
		"all for nothing":         func(p *plan) { clear(p.Prices.Volunteers); clear(p.Prices.Grids) },
	} {
		p := givenProblem()
		plan := solve(t, p)
		spoil(plan)
		if err := assignment.Check(p, plan); err == nil {
			t.Errorf("%s: passes", name)
		}
	}
}

// Each of these plans would pass but for one rule: what is forbidden, the quotas, or that no price is below 0,
// nor so high that sums overflow.
func TestCheckRefusesByEachRule(t *testing.T) {
	visit := func(grid int, costs ...int32) assignment.Visit { return assignment.Visit{Grid: grid, Costs: costs} }
	const worth = 2 * int64(forbidden) // of one of two visits
	for name, c := range map[string]struct {
		visits     []assignment.Visit
		volunteers []int
		makers     []int
		prices     assignment.Prices
	}{
		"a pair is forbidden": {
			[]assignment.Visit{visit(0, forbidden)},
			[]int{1},
			[]int{0},
			assignment.Prices{Volunteers: []int64{0}, Grids: []int64{0, 0}},
		},
		"a volunteer has too many": {
			[]assignment.Visit{visit(0, 5), visit(1, 5)},
			[]int{1},
			[]int{0, 0},
			assignment.Prices{Volunteers: []int64{worth - 5}, Grids: []int64{0, 0}},
		},
		"a grid has too many": {
			[]assignment.Visit{visit(0, 5), visit(0, 5)},
			[]int{2},
			[]int{0, 0},
			assignment.Prices{Volunteers: []int64{0}, Grids: []int64{worth - 5, 0}},
		},
		"a volunteer is paid": {
			[]assignment.Visit{visit(0, 1, 5)},
			[]int{1, 1},
			[]int{1},
			assignment.Prices{Volunteers: []int64{0, -4}, Grids: []int64{0, 0}},
		},
		"a grid is paid": {
			[]assignment.Visit{visit(0, 1), visit(1, 5)},
			[]int{1},
			[]int{-1, 0},
			assignment.Prices{Volunteers: []int64{worth - 1}, Grids: []int64{0, -4}},
		},
		"a volunteer without price": {
			[]assignment.Visit{visit(0, 5), visit(0, 1)},
			[]int{1},
			[]int{0, -1},
			assignment.Prices{Volunteers: []int64{math.MaxInt64}, Grids: []int64{worth - 2, 0}},
		},
		"a grid without price": {
			[]assignment.Visit{visit(0, 5), visit(0, 1)},
			[]int{1},
			[]int{0, -1},
			assignment.Prices{Volunteers: []int64{worth - 2}, Grids: []int64{math.MaxInt64, 0}},
		},
	} {
		p := &assignment.Problem{Visits: c.visits, Volunteers: volunteers(c.volunteers...), Grids: grids(1, 2)}
		plan, _ := report(p, c.makers)
		plan.Prices = c.prices
		if err := assignment.Check(p, plan); err == nil {
			t.Errorf("%s: passes", name)
		}
	}
}

func TestTheSameAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t)
		if a, b := solve(t, p), solve(t, p); !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v and %+v", a, b)
		}
	})
}

// shuffled returns what stands at each index of an order.
func shuffled[T any](all []T, order []int) []T {
	moved := make([]T, len(all))
	for i, from := range order {
		moved[i] = all[from]
	}
	return moved
}

func drawOrder(t *rapid.T, n int, name string) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return rapid.Permutation(order).Draw(t, name)
}

func TestNamesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t)
		byVolunteer := drawOrder(t, len(p.Volunteers), "volunteers")
		byGrid := drawOrder(t, len(p.Grids), "grids")
		renamed := &assignment.Problem{
			Volunteers: shuffled(p.Volunteers, byVolunteer),
			Grids:      shuffled(p.Grids, byGrid),
			Visits:     shuffled(p.Visits, drawOrder(t, len(p.Visits), "visits")),
		}
		for i, visit := range renamed.Visits {
			renamed.Visits[i] = assignment.Visit{Grid: slices.Index(byGrid, visit.Grid), Costs: shuffled(visit.Costs, byVolunteer)}
		}
		if got, want := of(solve(t, renamed)), of(solve(t, p)); got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

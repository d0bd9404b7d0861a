package assignment_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"linbanglin/service/matching/assignment"
)

// round is what a round of a campaign looks like.
type round struct {
	visits, volunteers, quota, grids, gridQuota int
	dearest                                     int32
}

// problem draws the costs from a seed, and forbids so many of a hundred pairs.
func (r round) problem(forbids int) *assignment.Problem {
	random := rand.New(rand.NewPCG(2000, uint64(forbids)))
	p := &assignment.Problem{
		Volunteers: volunteers(slices.Repeat([]int{r.quota}, r.volunteers)...),
		Grids:      grids(slices.Repeat([]int{r.gridQuota}, r.grids)...),
		Visits:     make([]assignment.Visit, r.visits),
	}
	for i := range p.Visits {
		costs := make([]int32, r.volunteers)
		for v := range costs {
			costs[v] = random.Int32N(r.dearest + 1)
			if random.IntN(100) < forbids {
				costs[v] = forbidden
			}
		}
		p.Visits[i] = assignment.Visit{Grid: random.IntN(r.grids), Costs: costs}
	}
	return p
}

func TestLargeRounds(t *testing.T) {
	for name, r := range map[string]round{
		"one each":         {300, 300, 1, 1, assignment.NoLimit, 1000},
		"three each":       {300, 100, 3, 1, assignment.NoLimit, 1000},
		"too few":          {300, 50, 4, 1, assignment.NoLimit, 1000},
		"grids":            {300, 300, 1, 12, 15, 1000},
		"grids, two each":  {300, 100, 2, 12, 20, 1000},
		"all cost as much": {300, 200, 2, 12, 20, 0},
		"the dearest":      {300, 200, 1, 12, 20, forbidden - 1},
	} {
		for _, forbids := range []int{0, 50, 99} {
			t.Run(fmt.Sprintf("%s, %d%% forbidden", name, forbids), func(t *testing.T) {
				solve(t, r.problem(forbids))
			})
		}
	}
}

func BenchmarkSolve2000(b *testing.B) {
	for _, c := range []struct {
		name string
		round
	}{
		{"quota=1", round{2000, 2000, 1, 1, assignment.NoLimit, 1000}},
		{"quota=3,volunteers=700", round{2000, 700, 3, 1, assignment.NoLimit, 1000}},
		{"quota=1,grids=40", round{2000, 2000, 1, 40, 35, 1000}},
		{"quota=3,volunteers=700,grids=40", round{2000, 700, 3, 40, 35, 1000}},
		{"quota=3,volunteers=400", round{2000, 400, 3, 1, assignment.NoLimit, 1000}},
		{"quota=1,costs=million", round{2000, 2000, 1, 1, assignment.NoLimit, 1_000_000}},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := c.problem(0)
			for b.Loop() {
				if _, err := assignment.Solve(p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package assignment

import "slices"

// Plan says who makes which visit, and what is left over. Its lists are in the order of the problem.
type Plan struct {
	Pairs   []Pair
	Cost    int64
	LeftOut []LeftOut // the visits that nobody makes
	Idle    []Idle    // the volunteers who would make more
	Prices  Prices    // the certificate that no plan is better
}

// Pair is a visit and the volunteer who makes it.
type Pair struct{ Visit, Volunteer int }

// LeftOut is a visit that nobody makes, and why.
type LeftOut struct {
	Visit int
	Why   Reason
}

// Idle is a volunteer whose quota is not used up, and why.
type Idle struct {
	Volunteer int
	Why       Reason
}

// Prices are what the quotas of volunteers and grids cost those who use them; where something is left of a
// quota, the price is 0. The comment of the package says what they prove.
type Prices struct {
	Volunteers []int64
	Grids      []int64
}

// Reason says why a visit or a volunteer is left over. The first that holds is given.
type Reason string

// The reasons of a visit.
const (
	ForbiddenToAll   Reason = "forbidden_to_all"   // no volunteer may make it
	GridUsedUp       Reason = "grid_used_up"       // its grid has no more visits in this round
	VolunteersUsedUp Reason = "volunteers_used_up" // all who may make it have as many as they can
)

// The reasons of a volunteer.
const (
	MayMakeNone Reason = "may_make_none" // they are forbidden all visits
	NoneLeft    Reason = "none_left"     // the visits they may make are made, or beyond the quota of their grids
)

// nobody makes a visit that is left out.
const nobody = -1

// usage is how much of each quota is used.
type usage struct{ volunteers, grids []int }

func (p *Problem) usage(makers []int) usage {
	used := usage{make([]int, len(p.Volunteers)), make([]int, len(p.Grids))}
	for visit, maker := range makers {
		if maker != nobody {
			used.volunteers[maker]++
			used.grids[p.Visits[visit].Grid]++
		}
	}
	return used
}

// plan describes who makes each visit; makers is by visit.
func (p *Problem) plan(makers []int, prices Prices) *Plan {
	plan := &Plan{Prices: prices}
	used := p.usage(makers)
	for visit, maker := range makers {
		if maker == nobody {
			plan.LeftOut = append(plan.LeftOut, LeftOut{visit, p.whyLeftOut(visit, used)})
			continue
		}
		plan.Pairs = append(plan.Pairs, Pair{visit, maker})
		plan.Cost += int64(p.Visits[visit].Costs[maker])
	}
	for v := range p.Volunteers {
		if used.volunteers[v] < p.Volunteers[v].Quota {
			plan.Idle = append(plan.Idle, Idle{v, p.whyIdle(v)})
		}
	}
	return plan
}

func (p *Problem) whyLeftOut(i int, used usage) Reason {
	visit := p.Visits[i]
	switch {
	case !slices.ContainsFunc(visit.Costs, allowed):
		return ForbiddenToAll
	case used.grids[visit.Grid] == p.Grids[visit.Grid].Quota:
		return GridUsedUp
	}
	return VolunteersUsedUp
}

func (p *Problem) whyIdle(volunteer int) Reason {
	if slices.ContainsFunc(p.Visits, func(v Visit) bool { return allowed(v.Costs[volunteer]) }) {
		return NoneLeft
	}
	return MayMakeNone
}

package assignment

import (
	"fmt"
	"slices"
)

// Check returns nil if the plan is one that [Solve] may return: it is within the quotas, its prices prove by
// the theorem of the package that none is better, and what it says of itself is so. It takes one pass over
// the pairs.
func Check(problem *Problem, plan *Plan) error {
	if err := problem.validate(); err != nil {
		return err
	}
	makers, err := problem.makers(plan.Pairs)
	if err != nil {
		return err
	}
	used := problem.usage(makers)
	if err := problem.checkQuotas(used); err != nil {
		return err
	}
	if err := problem.checkPrices(plan.Prices, used); err != nil {
		return err
	}
	if err := problem.checkGains(makers, plan.Prices); err != nil {
		return err
	}
	return checkReport(plan, problem.plan(makers, plan.Prices))
}

// makers returns who makes each visit, if each pair may be.
func (p *Problem) makers(pairs []Pair) ([]int, error) {
	makers := slices.Repeat([]int{nobody}, len(p.Visits))
	for i, pair := range pairs {
		switch {
		case pair.Visit < 0 || pair.Visit >= len(p.Visits):
			return nil, fmt.Errorf("there is no visit %d", pair.Visit)
		case pair.Volunteer < 0 || pair.Volunteer >= len(p.Volunteers):
			return nil, fmt.Errorf("there is no volunteer %d", pair.Volunteer)
		case i > 0 && pair.Visit <= pairs[i-1].Visit:
			return nil, fmt.Errorf("visit %d is made twice, or stands out of order", pair.Visit)
		case !allowed(p.Visits[pair.Visit].Costs[pair.Volunteer]):
			return nil, fmt.Errorf("visit %d is forbidden to volunteer %d", pair.Visit, pair.Volunteer)
		}
		makers[pair.Visit] = pair.Volunteer
	}
	return makers, nil
}

func (p *Problem) checkQuotas(used usage) error {
	for v, volunteer := range p.Volunteers {
		if used.volunteers[v] > volunteer.Quota {
			return fmt.Errorf("volunteer %d makes %d visits, their quota is %d", v, used.volunteers[v], volunteer.Quota)
		}
	}
	for g, grid := range p.Grids {
		if used.grids[g] > grid.Quota {
			return fmt.Errorf("%d visits of grid %d are made, its quota is %d", used.grids[g], g, grid.Quota)
		}
	}
	return nil
}

// checkPrices holds the prices against the first condition of the theorem. None needs to be above the worth
// of a visit, and none may be, so that no sum overflows.
func (p *Problem) checkPrices(prices Prices, used usage) error {
	if len(prices.Volunteers) != len(p.Volunteers) || len(prices.Grids) != len(p.Grids) {
		return fmt.Errorf("%d prices for %d volunteers, %d for %d grids",
			len(prices.Volunteers), len(p.Volunteers), len(prices.Grids), len(p.Grids))
	}
	worth := p.worth()
	for v, price := range prices.Volunteers {
		if price < 0 || price > worth || price > 0 && used.volunteers[v] < p.Volunteers[v].Quota {
			return fmt.Errorf("volunteer %d has the price %d and makes %d of %d visits",
				v, price, used.volunteers[v], p.Volunteers[v].Quota)
		}
	}
	for g, price := range prices.Grids {
		if price < 0 || price > worth || price > 0 && used.grids[g] < p.Grids[g].Quota {
			return fmt.Errorf("grid %d has the price %d and %d of %d visits", g, price, used.grids[g], p.Grids[g].Quota)
		}
	}
	return nil
}

// checkGains holds the plan against the second condition of the theorem.
func (p *Problem) checkGains(makers []int, prices Prices) error {
	worth := p.worth()
	for i, visit := range p.Visits {
		var gain, most int64 // of a visit that is left out
		for v, cost := range visit.Costs {
			if !allowed(cost) {
				continue
			}
			here := worth - int64(cost) - prices.Volunteers[v] - prices.Grids[visit.Grid]
			most = max(most, here)
			if v == makers[i] {
				gain = here
			}
		}
		if gain != most {
			return fmt.Errorf("visit %d gains %d, but could gain %d", i, gain, most)
		}
	}
	return nil
}

// checkReport compares what the plan says of itself with what its pairs say.
func checkReport(plan, want *Plan) error {
	switch {
	case plan.Cost != want.Cost:
		return fmt.Errorf("the pairs cost %d, not %d", want.Cost, plan.Cost)
	case !slices.Equal(plan.LeftOut, want.LeftOut):
		return fmt.Errorf("left out are %v, not %v", want.LeftOut, plan.LeftOut)
	case !slices.Equal(plan.Idle, want.Idle):
		return fmt.Errorf("idle are %v, not %v", want.Idle, plan.Idle)
	}
	return nil
}

package assignment

import (
	"math"
	"slices"
)

// Solve returns the plan that makes the most visits, at the least cost of all that make as many.
func Solve(problem *Problem) (*Plan, error) {
	if err := problem.validate(); err != nil {
		return nil, err
	}
	s := newSearch(problem)
	for _, visit := range s.fillRests() {
		s.bringIn(visit)
	}
	return problem.plan(s.makers(), s.prices()), nil
}

// search knows which visit is at which place. The places are the volunteers, then the rests of the grids,
// then nowhere. Each visit that was brought in is where its cost and the price of the place together are
// least, and only places without room have a price.
type search struct {
	*Problem
	worth int64   // of a visit
	at    []int   // the place of each visit
	holds [][]int // the visits at each place
	room  []int   // for so many more
	price []int64

	// What is known, while a visit is brought in, of the chains of moves that end at each place.
	bill    []int64 // of the cheapest
	mover   []int   // the visit that moves last in it
	settled []bool  // none is cheaper, but there is no room
}

func newSearch(p *Problem) *search {
	places := len(p.Volunteers) + len(p.Grids) + 1
	s := &search{
		Problem: p,
		worth:   p.worth(),
		at:      make([]int, len(p.Visits)),
		holds:   make([][]int, places),
		room:    make([]int, places),
		price:   make([]int64, places),
		bill:    make([]int64, places),
		mover:   make([]int, places),
		settled: make([]bool, places),
	}
	for v, volunteer := range p.Volunteers {
		s.room[v] = volunteer.Quota
	}
	for _, visit := range p.Visits {
		s.room[s.rest(visit.Grid)]++
	}
	for g, grid := range p.Grids {
		s.room[s.rest(g)] = max(s.room[s.rest(g)]-grid.Quota, 0)
	}
	s.room[s.nowhere()] = len(p.Visits)
	return s
}

func (s *search) rest(grid int) int { return len(s.Volunteers) + grid }
func (s *search) nowhere() int      { return len(s.Volunteers) + len(s.Grids) }

// cost is what it costs that a visit is with a volunteer, or at rest, which is free.
func (s *search) cost(visit, place int) int64 {
	if place < len(s.Volunteers) {
		return int64(s.Visits[visit].Costs[place])
	}
	return 0
}

// fillRests puts the first visits of each grid to rest, as many as are beyond its quota, and returns the
// others. Visits may change places with those at rest later, but a rest stays full.
func (s *search) fillRests() (waiting []int) {
	for i, visit := range s.Visits {
		if rest := s.rest(visit.Grid); s.room[rest] > 0 {
			s.enter(i, rest)
		} else {
			waiting = append(waiting, i)
		}
	}
	return waiting
}

func (s *search) enter(visit, place int) {
	s.at[visit] = place
	s.holds[place] = append(s.holds[place], visit)
	s.room[place]--
}

// bringIn gives one more visit a place, by the cheapest chain of moves that ends where there is room.
func (s *search) bringIn(visit int) {
	s.forget()
	s.look(visit, 0)
	end := s.nearest()
	for s.room[end] == 0 {
		s.settled[end] = true
		for _, held := range s.holds[end] {
			s.look(held, s.bill[end]-s.cost(held, end)-s.price[end])
		}
		end = s.nearest()
	}
	s.raisePrices(s.bill[end])
	s.move(visit, end)
}

func (s *search) forget() {
	for place := range s.bill {
		s.bill[place] = math.MaxInt64
	}
	clear(s.settled)
}

// look sees where a visit could go, when the chain that makes it go costs so much up to here. Most of the
// time is spent in this loop; few bills are the least, so that it is seldom asked whether a pair is allowed.
func (s *search) look(i int, soFar int64) {
	visit := s.Visits[i]
	for volunteer, cost := range visit.Costs {
		if bill := soFar + int64(cost) + s.price[volunteer]; bill < s.bill[volunteer] && allowed(cost) {
			s.bill[volunteer], s.mover[volunteer] = bill, i
		}
	}
	rest := s.rest(visit.Grid)
	s.reach(rest, i, soFar+s.price[rest])
	s.reach(s.nowhere(), i, soFar+s.worth)
}

func (s *search) reach(place, mover int, bill int64) {
	if bill < s.bill[place] {
		s.bill[place], s.mover[place] = bill, mover
	}
}

// nearest returns the place with the least bill that is not settled; of equals the first with room, because
// the search ends there. Nowhere always has room.
func (s *search) nearest() int {
	best := s.nowhere()
	least := s.bill[best]
	for place, bill := range s.bill {
		if bill > least || s.settled[place] {
			continue
		}
		if bill < least || s.room[best] == 0 && s.room[place] > 0 {
			best, least = place, bill
		}
	}
	return best
}

// raisePrices makes each settled place dearer by what its bill is below that of the whole chain. Then the
// visits that move go where it is cheapest for them, and those that stay are there already.
func (s *search) raisePrices(bill int64) {
	for place, settled := range s.settled {
		if settled {
			s.price[place] += bill - s.bill[place]
		}
	}
}

// move makes the moves of a chain, from its end back to the visit that is brought in.
func (s *search) move(broughtIn, end int) {
	visit := s.mover[end]
	freed := s.at[visit]
	s.enter(visit, end)
	for visit != broughtIn {
		next := s.mover[freed]
		left := s.at[next]
		held := s.holds[freed]
		held[slices.Index(held, visit)] = next
		s.at[next] = freed
		visit, freed = next, left
	}
}

// makers returns who makes each visit.
func (s *search) makers() []int {
	makers := slices.Clone(s.at)
	for visit, place := range makers {
		if place >= len(s.Volunteers) {
			makers[visit] = nobody
		}
	}
	return makers
}

// prices returns the certificate. A visit at rest would pay the price of the rest to stay there; what that
// is short of its worth is the price of being made, hence of its grid.
func (s *search) prices() Prices {
	prices := Prices{slices.Clone(s.price[:len(s.Volunteers)]), make([]int64, len(s.Grids))}
	for g := range s.Grids {
		if rest := s.rest(g); len(s.holds[rest]) > 0 {
			prices.Grids[g] = s.worth - s.price[rest]
		}
	}
	return prices
}

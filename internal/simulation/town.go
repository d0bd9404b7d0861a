package simulation

import (
	"math"

	"linbanglin/model"
	"linbanglin/service/matching/dispatch"
)

// helper is a member who offers help, as the service knows them.
type helper struct {
	place      model.Place
	categories []bool
	weekly     int // tasks in seven days
}

// town is a community and what its members ask for.
type town struct {
	homes      []model.Place // by household
	grids      int
	helpers    []helper
	byCategory [][]int // helpers who offer it
	requests   []request
}

// request is a call for help, as the service knows it.
type request struct {
	number   int
	at       model.Instant
	deadline model.Instant
	category int
	place    model.Place
	pace     dispatch.Pace
}

// categoryWeights says how often a category is asked for and offered, by its place in the list: the
// square root of Zipf's law; assumed.
func categoryWeights() []float64 {
	weights := make([]float64, len(model.Categories()))
	for i := range weights {
		weights[i] = 1 / math.Sqrt(float64(i+1))
	}
	return weights
}

func settle(o Options, seed uint64) *town {
	households := max(1, int(math.Round(float64(o.Residents)/householdSize)))
	t := &town{byCategory: make([][]int, len(model.Categories()))}
	for i := range households {
		t.homes = append(t.homes, home(i))
	}
	t.grids = int(t.homes[households-1].GridID)
	t.enlist(o.Residents, seed)
	t.demand(o.History+o.Days, seed)
	return t
}

// home is the place of a household in the tree.
func home(i int) model.Place {
	unit := i / householdsPerUnit
	building := unit / unitsPerBuilding
	grid := building / buildingsPerGrid
	id := func(i int) model.ID { return model.ID(i + 1) }
	return model.Place{CommunityID: 1, AreaID: id(grid / gridsPerArea), GridID: id(grid), BuildingID: id(building), UnitID: id(unit), HouseholdID: id(i)}
}

// enlist has some of the residents offer help.
func (t *town) enlist(residents int, seed uint64) {
	chance := stream(seed, streamTown)
	shares := make([]float64, t.grids)
	for i := range shares {
		shares[i] = helperShare * (1 + helperShareSpread*(2*chance.Float64()-1))
	}
	weights := categoryWeights()
	var sum float64
	for _, w := range weights {
		sum += w
	}
	for i := range residents {
		place := t.homes[i*len(t.homes)/residents]
		if chance.Float64() >= shares[place.GridID-1] {
			continue
		}
		h := helper{place: place, categories: make([]bool, len(weights)), weekly: 1 + chance.IntN(maxWeeklyLimit)}
		h.categories[picked(chance, weights)] = true
		for c, w := range weights {
			if chance.Float64() < (categoriesOffered-1)*w/sum {
				h.categories[c] = true
			}
		}
		t.add(h)
	}
}

func (t *town) add(h helper) {
	for c, offers := range h.categories {
		if offers {
			t.byCategory[c] = append(t.byCategory[c], len(t.helpers))
		}
	}
	t.helpers = append(t.helpers, h)
}

// demand draws the requests of the days, in no order.
func (t *town) demand(days int, seed uint64) {
	chance := stream(seed, streamDemand)
	n := int(math.Round(requestsPerMonth * float64(len(t.homes)) * float64(days) / 30))
	weights := categoryWeights()
	for i := range n {
		r := request{number: i, category: picked(chance, weights), place: t.homes[chance.IntN(len(t.homes))], pace: dispatch.Normal}
		switch u := chance.Float64(); {
		case u < urgentShare:
			r.pace = dispatch.Urgent
		case u < urgentShare+todayShare:
			r.pace = dispatch.Today
		}
		hours := hourWeights(r.pace)
		hour := float64(chance.IntN(days)*24+picked(chance, hours[:])) + chance.Float64()
		r.at = begins() + model.Instant(hour*3600e6)
		r.deadline = r.at.Add(patience(r.pace))
		t.requests = append(t.requests, r)
	}
}

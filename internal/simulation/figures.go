package simulation

import (
	"math"
	"slices"
)

// Figures are what one policy did; over several runs, the means of them.
type Figures struct {
	Policy string `json:"policy"`
	// Requests is how many came in; FalseAlarms of them needed nobody.
	Requests    float64 `json:"requests"`
	FalseAlarms float64 `json:"false_alarms"`
	// Filled, Expired and Cases add up to the requests that were needed.
	Filled  float64 `json:"filled"`
	Expired float64 `json:"expired"`
	Cases   float64 `json:"cases"`
	// FillRate is filled of needed, in [0,1].
	FillRate float64 `json:"fill_rate"`
	// MedianMinutes and P95Minutes are the time from a request to its acceptance, of those filled.
	MedianMinutes float64 `json:"median_minutes"`
	P95Minutes    float64 `json:"p95_minutes"`
	// Notices is every message to a member; NoticesPerFill divides it by Filled.
	Notices        float64 `json:"notices"`
	NoticesPerFill float64 `json:"notices_per_fill"`
	// Redundant is how many accepted what was not needed any more.
	Redundant float64 `json:"redundant_acceptances"`
	// Silenced is how many helpers a notice drove to silence at least once.
	Silenced float64 `json:"silenced_members"`
	// GiniPeople and GiniGrids are the inequality of tasks over helpers, and of tasks per helper over
	// grids; 0 is even, 1 is one who does all.
	GiniPeople float64 `json:"gini_people"`
	GiniGrids  float64 `json:"gini_grids"`

	// lorenz is the share of tasks done by the least busy helpers, at steps of a twentieth of them.
	lorenz []float64
}

const lorenzSteps = 20

func figuresOf(name string, t *town, c *counts) Figures {
	slices.Sort(c.waits)
	f := Figures{
		Policy: name, Requests: float64(c.needed + c.falseAlarms), FalseAlarms: float64(c.falseAlarms), Filled: float64(c.filled),
		Expired: float64(c.expired), Cases: float64(c.cases), FillRate: share(c.filled, c.needed),
		MedianMinutes: quantile(c.waits, 0.5), P95Minutes: quantile(c.waits, 0.95),
		Notices: float64(c.notices), NoticesPerFill: share(c.notices, c.filled), Redundant: float64(c.redundant),
	}
	for _, silenced := range c.silenced {
		if silenced {
			f.Silenced++
		}
	}
	loads := make([]float64, len(c.tasks))
	done, people := make([]float64, t.grids), make([]float64, t.grids)
	for i, n := range c.tasks {
		loads[i] = float64(n)
		grid := t.helpers[i].place.GridID - 1
		done[grid] += float64(n)
		people[grid]++
	}
	for i := range done {
		done[i] /= max(people[i], 1)
	}
	f.GiniPeople, f.GiniGrids, f.lorenz = gini(loads), gini(done), lorenz(loads)
	return f
}

// share is part of whole, 0 of nothing.
func share(part, whole int) float64 { return float64(part) / float64(max(whole, 1)) }

// quantile is the nearest rank in a sorted list, 0 of nothing.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}

// gini is the inequality of loads in [0,1), 0 when nobody has any.
func gini(loads []float64) float64 {
	sorted := slices.Sorted(slices.Values(loads))
	var sum, weighted float64
	for i, load := range sorted {
		sum += load
		weighted += load * float64(2*(i+1)-len(sorted)-1)
	}
	if sum == 0 {
		return 0
	}
	return weighted / (sum * float64(len(sorted)))
}

func lorenz(loads []float64) []float64 {
	sorted := slices.Sorted(slices.Values(loads))
	points := make([]float64, lorenzSteps+1)
	var sum float64
	next := 1
	for i, load := range sorted {
		sum += load
		for ; next <= lorenzSteps && (i+1)*lorenzSteps >= next*len(sorted); next++ {
			points[next] = sum
		}
	}
	for i := range points {
		points[i] /= max(sum, 1)
	}
	return points
}

// mean averages the figures of one policy over runs.
func mean(runs []Figures) Figures {
	m := Figures{Policy: runs[0].Policy, lorenz: make([]float64, lorenzSteps+1)}
	n := float64(len(runs))
	for _, f := range runs {
		for _, add := range []struct {
			to   *float64
			from float64
		}{
			{&m.Requests, f.Requests},
			{&m.FalseAlarms, f.FalseAlarms},
			{&m.Filled, f.Filled},
			{&m.Expired, f.Expired},
			{&m.Cases, f.Cases},
			{&m.FillRate, f.FillRate},
			{&m.MedianMinutes, f.MedianMinutes},
			{&m.P95Minutes, f.P95Minutes},
			{&m.Notices, f.Notices},
			{&m.NoticesPerFill, f.NoticesPerFill},
			{&m.Redundant, f.Redundant},
			{&m.Silenced, f.Silenced},
			{&m.GiniPeople, f.GiniPeople},
			{&m.GiniGrids, f.GiniGrids},
		} {
			*add.to += add.from / n
		}
		for i, p := range f.lorenz {
			m.lorenz[i] += p / n
		}
	}
	return m
}

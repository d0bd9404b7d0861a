package dispatch

import (
	"cmp"
	"math"
	"slices"
	"time"

	"linbanglin/model"
)

// The notice budget: how many notices one member gets in seven days, and how many of them may be of one
// category, so that no category can use up what the others need.
const (
	WeeklyNotices   = 6
	CategoryNotices = 3
)

// Notices counts what a member was sent in the last seven days.
type Notices struct {
	Week     int // of every category
	Category int // of the request's category
}

// Spent reports whether the budget leaves no notice for the request.
func (n Notices) Spent() bool { return n.Week >= WeeklyNotices || n.Category >= CategoryNotices }

// Candidate (候选人) is a member who fits the request and was not asked for it yet.
type Candidate struct {
	Member     model.ID
	Level      model.NodeKind // the lowest level shared with the request, as model.Place.Distance gives it
	Acceptance float64        // the chance of a yes in [0,1], as History.Acceptance estimates it
	LastAsked  model.Instant  // zero if never
	Tasks      int            // taken on in the last 30 days
	Notices    Notices
}

// The greatest that each part of a score can be; together they are 1. Tuned with the simulator of
// docs/matching.md on seeds 1 to 20, which are not among those that it reports.
const (
	maxAcceptance = 0.60
	maxEase       = 0.25
	maxRest       = 0.10
	maxCloseness  = 0.05
)

const (
	// restFades is how long after a notice a member is rested but for 1/e.
	restFades = 7 * 24 * time.Hour
	// manyTasks in 30 days leave nothing of a member's ease.
	manyTasks = 4
	// equal is how near two scores must be to count as equal.
	equal = 0.01
)

// Parts explain a score; they add up to it.
type Parts struct {
	Acceptance float64 // likely to accept: up to 0.60
	Ease       float64 // took on little lately: up to 0.25
	Rest       float64 // was not asked for long: up to 0.10
	Closeness  float64 // lives near, beyond what the open levels say: up to 0.05
}

// Score returns the sum of the parts, in [0,1].
func (p Parts) Score() float64 { return p.Acceptance + p.Ease + p.Rest + p.Closeness }

// Ranked is a candidate with what puts it in its place.
type Ranked struct {
	Candidate
	Parts Parts
}

// explain gives a candidate its parts for a notice sent at the instant.
func explain(c Candidate, at model.Instant) Ranked {
	return Ranked{c, Parts{
		Acceptance: maxAcceptance * c.Acceptance,
		Ease:       maxEase * (1 - float64(min(c.Tasks, manyTasks))/manyTasks),
		Rest:       maxRest * History{LastAsked: c.LastAsked}.Rest(at),
		Closeness:  maxCloseness * closeness(c.Level),
	}}
}

// closeness is 1 in one unit and falls by equal steps to 0.2 in one community; it is 0 where no level is shared.
func closeness(level model.NodeKind) float64 {
	wide := wideness(level)
	if wide < 0 {
		return 0
	}
	return 1 - float64(wide)/float64(len(levels))
}

// Rank orders the candidates who still have notices left, best first: by score, among equals the least
// recently asked, then by id. At is when the notice would be sent.
func Rank(candidates []Candidate, at model.Instant) []Ranked {
	ranked := make([]Ranked, 0, len(candidates))
	for _, c := range candidates {
		if !c.Notices.Spent() {
			ranked = append(ranked, explain(c, at))
		}
	}
	band := func(r Ranked) float64 { return math.Round(r.Parts.Score() / equal) }
	slices.SortFunc(ranked, func(a, b Ranked) int {
		return cmp.Or(cmp.Compare(band(b), band(a)), cmp.Compare(a.LastAsked, b.LastAsked), cmp.Compare(a.Member, b.Member))
	})
	return ranked
}

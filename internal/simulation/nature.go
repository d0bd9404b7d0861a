package simulation

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"linbanglin/model"
	"linbanglin/service/matching/dispatch"
)

// Read only.
var (
	dayParts = dispatch.DayParts()
	reaches  = model.Reaches()
	levels   = model.Levels()
)

// partAt is the place of an instant's part of the day in dayParts.
func partAt(at model.Instant) int { return slices.Index(dayParts, dispatch.PartOf(at)) }

// nature is what nobody is told: how people are, and which calls nobody needs. It is the same for every
// policy of a seed.
type nature struct {
	seed   uint64
	traits []trait         // by helper
	alarms []model.Instant // by request: when a false alarm is called off; zero when help is needed
}

// trait is how one helper is, in logarithms of the odds of accepting.
type trait struct {
	general    float64
	categories []float64
	parts      []float64 // in the order of dayParts
}

func natureOf(t *town, seed uint64) *nature {
	n := &nature{seed: seed, alarms: make([]model.Instant, len(t.requests))}
	chance := stream(seed, streamTraits)
	for range t.helpers {
		n.traits = append(n.traits, born(chance))
	}
	for i, r := range t.requests {
		after := exponential(chance, calledOffAfterMean)
		if chance.Float64() < falseShare && r.pace == dispatch.Urgent {
			n.alarms[i] = min(r.at.Add(after), r.deadline)
		}
	}
	return n
}

func born(chance *rand.Rand) trait {
	t := trait{general: acceptanceMiddle + acceptanceSpread*chance.NormFloat64()}
	for range model.Categories() {
		t.categories = append(t.categories, categorySpread*chance.NormFloat64())
	}
	for _, part := range dayParts {
		leisure := dayPartSpread * chance.NormFloat64()
		if part == dispatch.Night {
			leisure += nightAcceptance
		}
		t.parts = append(t.parts, leisure)
	}
	return t
}

// acceptance is the true chance that a helper who is not silent accepts.
func (n *nature) acceptance(helper, category int, level model.NodeKind, part int) float64 {
	t := &n.traits[helper]
	step := max(slices.Index(reaches, level), 0)
	near := nearnessAcceptance * (1 - 2*float64(step)/float64(len(reaches)-1))
	odds := t.general + t.categories[category] + t.parts[part] + near
	return 1 / (1 + math.Exp(-odds))
}

// fate is what was drawn for one helper and one request, whoever asks and when.
type fate struct {
	accept, refuse, silence float64 // in [0,1)
	pace                    float64 // standard normal
	silent                  time.Duration
}

func (n *nature) fate(request, helper int) fate {
	key := mixed(uint64(request), uint64(helper))
	chance := stream(mixed(n.seed, key), streamAnswers)
	return fate{
		accept: chance.Float64(), refuse: chance.Float64(), silence: chance.Float64(),
		pace: chance.NormFloat64(), silent: exponential(chance, silenceMean),
	}
}

// answers returns when a notice sent at the instant is answered.
func (f fate) answers(pace dispatch.Pace, at model.Instant) model.Instant {
	middle, spread, from := delay, delaySpread, at
	if pace == dispatch.Urgent {
		middle, spread = urgentDelay, urgentSpread
		if dispatch.PartOf(at) == dispatch.Night {
			middle = urgentNightDelay
		}
	} else {
		from = awake(at)
	}
	return from.Add(time.Duration(float64(middle) * math.Exp(spread*f.pace)))
}

// awake is the first instant from the given one at which people do not sleep.
func awake(at model.Instant) model.Instant {
	hour := at.Time().Hour()
	morning := at.Day().Start().Add(wakes * time.Hour)
	switch {
	case hour < wakes:
		return morning
	case hour >= sleeps:
		return morning.Add(24 * time.Hour)
	}
	return at
}

// truth is nature in one run: it also knows who is silent, which depends on the notices that were sent.
type truth struct {
	*nature
	silentUntil []model.Instant // by helper
}

// chance is the true chance that a helper accepts a notice sent at the instant.
func (t *truth) chance(helper int, r *request, level model.NodeKind, at model.Instant) float64 {
	if at < t.silentUntil[helper] {
		return 0
	}
	return t.acceptance(helper, r.category, level, partAt(at))
}

package dispatch

import (
	"math"
	"time"

	"linbanglin/model"
)

// PriorAcceptance is the chance that a member of whom nothing is known accepts: the median of twelve
// systems that alert volunteers, 28.7 % (Scquizzato et al. 2020, Resuscitation 152:16-25).
const PriorAcceptance = 0.287

// How many notices the more general knowledge is worth, beside what the more specific counts say. The
// prior alone has its 10th and 90th percentiles at 0.14 and 0.45, near the 17 to 47 % that studies report
// (Khalemsky et al. 2023, JMIR mHealth 11:e41551). The others are tuned as the weights of the score are.
const (
	priorNotices    = 12
	generalNotices  = 8 // a member's whole record, as knowledge of one category
	categoryNotices = 8 // the record in a category, as knowledge of one part of the day
)

// Silence. A notice may start a time in which a member answers nothing (Manshadi and Rodilitz 2022,
// Management Science, 10.1287/mnsc.2021.4220), and a dynamic flag of who lately answers predicts best
// (Khalemsky 2023). The numbers are tuned.
const (
	heedAfterSilence = 0.7                // is left of the chance after each notice in a row without an answer
	silenceFades     = 4 * 24 * time.Hour // in which the memory of it falls to 1/e
)

// Tally counts notices whose outcome is known, and those of them that were accepted.
type Tally struct {
	Asked, Accepted int
}

// given returns the mean of the Beta distribution that has the prior's mean and weight, and the tally.
func (t Tally) given(mean, weight float64) float64 {
	return (mean*weight + float64(t.Accepted)) / (weight + float64(t.Asked))
}

// History is what one member did with earlier notices, as far as it tells about one request: from general
// to specific, each tally contains the next.
type History struct {
	All      Tally // of every kind
	Category Tally // in the request's category
	Cell     Tally // in the request's category and at its part of the day
	// Ignored counts the last notices in a row that got no answer at all, neither yes nor no.
	Ignored   int
	LastAsked model.Instant // zero if never
}

// Acceptance estimates the chance, in (0,1), that the member accepts a notice sent at the instant. Where
// the specific counts are few, the more general ones decide, and at last the prior.
func (h History) Acceptance(at model.Instant) float64 {
	general := h.All.given(PriorAcceptance, priorNotices)
	category := h.Category.given(general, generalNotices)
	return h.Cell.given(category, categoryNotices) * h.heed(at)
}

// Rest grows from 0 after a notice to 1 for who was not asked for long.
func (h History) Rest(at model.Instant) float64 { return 1 - remembered(h.LastAsked, at, restFades) }

// heed is the chance that the member looks at notices at all.
func (h History) heed(at model.Instant) float64 {
	if h.Ignored == 0 {
		return 1
	}
	return 1 - (1-math.Pow(heedAfterSilence, float64(h.Ignored)))*remembered(h.LastAsked, at, silenceFades)
}

// remembered falls from 1 with the time since, to 1/e after the given duration; zero is long ago.
func remembered(since, at model.Instant, fades time.Duration) float64 {
	if since == 0 {
		return 0
	}
	return math.Exp(-float64(max(at-since, 0)) / float64(fades.Microseconds()))
}

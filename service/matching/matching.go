package matching

import (
	"cmp"
	"slices"

	"linbanglin/model"
	"linbanglin/service/matching/dispatch"
)

// The greatest that each part can be; together they are 1. A load and a notice lower the score by what their parts
// lack, so that no part is below 0.
const (
	weights         = 1.30
	maxCloseness    = 0.30 / weights
	maxCategory     = 0.20 / weights
	maxAvailability = 0.15 / weights
	maxAcceptance   = 0.15 / weights
	maxReliability  = 0.10 / weights
	maxTie          = 0.10 / weights
	maxLoad         = 0.15 / weights
	maxRest         = 0.15 / weights
)

// The names of the parts, as the API shows them.
const (
	partCloseness    = "closeness"
	partCategory     = "category"
	partAvailability = "availability"
	partAcceptance   = "acceptance"
	partReliability  = "reliability"
	partTie          = "tie"
	partLoad         = "load"
	partRest         = "rest"
)

// Record is what a helper did with what they were asked, as far as it tells about one request.
type Record struct {
	dispatch.History
	Declined bool // this very request
}

// Fits reports whether an offer may be proposed for a request at all. The request waits for helpers; the offer is
// active, within its reach, of the category or one near, not of who asks or their household, not already holding a
// slot; it has the skills that are needed, is free, and wishes to; and the helper has room for one more, in the
// week, at the wanted time, and at all, and is not frozen. Helped is the gender of who asks, as the roster has it.
func Fits(r *model.HelpRequest, o *model.HelpOffer, load model.Load, helped string) bool {
	own := o.MemberID == r.RequesterID || o.MemberID == r.CreatedBy || o.HouseholdID != 0 && o.HouseholdID == r.HouseholdID
	full := load.Frozen || load.Week >= o.WeeklyLimit || load.Open >= model.MaxOpenClaims || load.Clashes(r)
	switch {
	case own, full, !r.Waits(), o.Status != model.OfferActive, category(r, o) == 0, !o.Reaches(r.Place), !o.Suits(r, helped), !o.Free(r):
		return false
	}
	return !slices.ContainsFunc(r.Claims, func(c *model.Claim) bool { return c.HelperID == o.MemberID && c.Holding != nil })
}

// Score explains how well an offer that fits suits a request at an instant; the match names neither of them yet.
func Score(r *model.HelpRequest, o *model.HelpOffer, load model.Load, record Record, at model.Instant) *model.Match {
	parts := map[string]float64{
		partCloseness:    maxCloseness * closeness(r, o),
		partCategory:     maxCategory * category(r, o),
		partAvailability: maxAvailability * availability(r, o),
		partAcceptance:   maxAcceptance * acceptance(record.History, at),
		partReliability:  maxReliability * reliability(load),
		partTie:          maxTie * tie(load),
		partLoad:         maxLoad * ease(o, load),
		partRest:         maxRest * record.Rest(at),
	}
	// In one order, because floating point sums depend on it; the last digits may make it more than 1.
	score := parts[partCloseness] + parts[partCategory] + parts[partAvailability] + parts[partAcceptance] +
		parts[partReliability] + parts[partTie] + parts[partLoad] + parts[partRest]
	return &model.Match{Score: min(score, 1), Parts: parts}
}

// closeness is 1 in one unit and falls by equal steps to 0.2 in one community.
func closeness(r *model.HelpRequest, o *model.HelpOffer) float64 {
	levels := model.Levels()
	step := slices.Index(levels, r.Place.Distance(o.Place))
	if step < 0 {
		return 0
	}
	return 1 - float64(max(step-1, 0))/float64(len(levels)-1)
}

func category(r *model.HelpRequest, o *model.HelpOffer) float64 {
	if slices.Contains(o.Categories, r.Category) {
		return 1
	}
	for _, offered := range o.Categories {
		if model.NearCategory(r.Category, offered) {
			return 0.5
		}
	}
	return 0
}

// availability is 1 when an offered time meets the wanted one, 0 when none does, and in between when
// either side leaves it open.
func availability(r *model.HelpRequest, o *model.HelpOffer) float64 {
	switch {
	case len(o.Availability) == 0:
		return 0.5
	case r.StartsAt == 0:
		return 0.5 + 0.5*float64(min(len(o.Availability), 7))/7
	}
	for _, slot := range o.Availability {
		if slot.Overlaps(r.StartsAt, r.EndsAt) {
			return 1
		}
	}
	return 0
}

// acceptance is 0.5 for who is new, and full for who accepts twice as often as that.
func acceptance(h dispatch.History, at model.Instant) float64 {
	return min(h.Acceptance(at)/(2*dispatch.PriorAcceptance), 1)
}

// reliability is the share of claims that were done, as if each helper had two more that were: who is new is trusted,
// and one miss is not all.
func reliability(load model.Load) float64 {
	return float64(load.Done+2) / float64(load.Done+load.Missed+2)
}

// tie grows with how often the helper has helped who asks, and is full with the third time.
func tie(load model.Load) float64 { return float64(min(load.Helped, 3)) / 3 }

// ease halves with each open claim, and falls with the share of the weekly limit that is used.
func ease(o *model.HelpOffer, load model.Load) float64 {
	return 1 / float64(1+load.Open) * (1 - float64(load.Week)/float64(o.WeeklyLimit))
}

// Offers ranks the offers that fit a request and whose helpers did not decline it, best first; equals by age. Loads and
// records are by member.
func Offers(r *model.HelpRequest, helped string, offers []*model.HelpOffer, loads map[model.ID]model.Load, records map[model.ID]Record, at model.Instant, limit int) []*model.Match {
	var matches []*model.Match
	for _, o := range offers {
		record := records[o.MemberID]
		if !record.Declined && Fits(r, o, loads[o.MemberID], helped) {
			m := Score(r, o, loads[o.MemberID], record, at)
			m.Offer = o
			matches = append(matches, m)
		}
	}
	return best(matches, limit, func(m *model.Match) model.ID { return m.Offer.ID })
}

// Requests ranks the requests that an offer fits and its helper did not decline, best first; equals by age. The load is
// the helper's; ties are how often they helped whom, and helped the genders of those who ask, both by member; records
// are by request.
func Requests(o *model.HelpOffer, requests []*model.HelpRequest, load model.Load, ties map[model.ID]int, helped map[model.ID]string,
	records map[model.ID]Record, at model.Instant, limit int,
) []*model.Match {
	var matches []*model.Match
	for _, r := range requests {
		load.Helped = ties[r.RequesterID]
		record := records[r.ID]
		if !record.Declined && Fits(r, o, load, helped[r.RequesterID]) {
			m := Score(r, o, load, record, at)
			m.Request = r
			matches = append(matches, m)
		}
	}
	return best(matches, limit, func(m *model.Match) model.ID { return m.Request.ID })
}

func best(matches []*model.Match, limit int, id func(*model.Match) model.ID) []*model.Match {
	slices.SortFunc(matches, func(a, b *model.Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(id(a), id(b)))
	})
	return matches[:min(limit, len(matches))]
}

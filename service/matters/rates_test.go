package matters_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/matters"
)

// recount is what the rates are by their formulas, in plain words: rows for a list, and those that are good.
type recount map[model.RateMeasure]map[string][2]int64

func (r recount) add(measure model.RateMeasure, key string, good bool) {
	if r[measure] == nil {
		r[measure] = map[string][2]int64{}
	}
	n := r[measure][key]
	n[1]++
	if good {
		n[0]++
	}
	r[measure][key] = n
}

// life is all the rows of a matter.
type life struct {
	*model.Matter
	steps []*model.MatterStep
	ways  []*model.MatterDispatch
}

func (y *yard) lives(t *testing.T, all []model.ID) (lives []life) {
	t.Helper()
	for _, id := range all {
		m, err := y.store.Matters.Get(t.Context(), id)
		y.must(t, err)
		steps, err := y.store.Matters.Steps(t.Context(), id)
		y.must(t, err)
		ways, err := y.store.Matters.Dispatches(t.Context(), id)
		y.must(t, err)
		lives = append(lives, life{m, steps, ways})
	}
	return lives
}

// recounted counts the matters that were closed in a month and that somebody may read.
func recounted(who model.Actor, all []life, month model.Month, by model.RateBy) recount {
	r := recount{}
	for _, m := range all {
		if m.Status != model.MatterClosed || m.Unreachable || m.ClosedAt.Month() != month || who.May(model.OpReadMatters, m.Place) != nil {
			continue
		}
		key := func(tier model.Tier, unit model.ID) string {
			return map[model.RateBy]string{
				model.ByTier: string(tier), model.ByGrid: m.GridID.String(), model.ByOrganisation: unit.String(), model.ByCategory: m.Category,
			}[by]
		}
		stood := 0
		for _, d := range m.ways {
			if d.Outcome == "" || d.Outcome == model.ObjectionOverruled {
				stood++
				r.add(model.RateResponse, key(m.Tier, d.OrganisationID), d.ContactedAt > 0 && (d.ContactDueAt == 0 || d.ContactedAt <= d.ContactDueAt))
			}
		}
		if stood == 0 {
			r.add(model.RateResponse, key(m.Tier, m.OrganisationID), m.ContactedAt > 0 && (m.ContactDueAt == 0 || m.ContactedAt <= m.ContactDueAt))
		}
		if m.RatedAt > 0 {
			r.add(model.RateSatisfaction, key(m.Tier, m.OrganisationID), m.Satisfaction == model.Satisfied || m.Satisfaction == model.BasicallySatisfied)
		}
		if m.AnsweredAt > 0 {
			left := slices.ContainsFunc(m.steps[1:], func(s *model.MatterStep) bool { return s.TierAfter != s.TierBefore })
			r.add(model.RateResolution, key(m.Tier, m.OrganisationID), m.Resolved)
			r.add(model.RateWithinTier, key(m.steps[0].TierAfter, m.OrganisationID), m.Resolved && !left)
		}
	}
	return r
}

// wantRates wants a report to be what a plain recomputation gives, and each number the length of its list.
func (y *yard) wantRates(t *testing.T, who model.Actor, all []life, month model.Month, by model.RateBy) (counted int64) {
	t.Helper()
	report, err := y.Rates(t.Context(), who, month.String(), by)
	y.must(t, err)
	for _, measure := range model.RateMeasures() {
		for _, line := range report.Items {
			rate, group := line.Of(measure), model.RateGroup{By: by, Key: line.Key}
			y.wantListed(t, who, month, measure, model.RateNumerator, group, rate.Numerator, 100)
			y.wantListed(t, who, month, measure, model.RateDenominator, group, rate.Denominator, 100)
		}
		y.wantListed(t, who, month, measure, model.RateDenominator, model.RateGroup{}, report.Total.Of(measure).Denominator, 9)
	}
	return y.wantReport(t, who, all, month, by)
}

// wantReport wants a report to be what a plain recomputation gives, and returns how many rows it counts.
func (y *yard) wantReport(t *testing.T, who model.Actor, all []life, month model.Month, by model.RateBy) (counted int64) {
	t.Helper()
	report, err := y.Rates(t.Context(), who, month.String(), by)
	y.must(t, err)
	from, _ := month.Span()
	now, then := recounted(who, all, month, by), recounted(who, all, (from-1).Month(), by)
	for _, measure := range model.RateMeasures() {
		var total model.Rate
		for _, line := range report.Items {
			rate := line.Of(measure)
			want, before := now[measure][line.Key], then[measure][line.Key]
			if [2]int64{rate.Numerator, rate.Denominator} != want || [2]int64{rate.Before.Numerator, rate.Before.Denominator} != before {
				t.Errorf("%s of %s %s in %s: %+v, before %+v, want %v and %v", measure, by, line.Key, month, rate.Rate, rate.Before, want, before)
			}
			if (rate.Percent == nil) != (rate.Denominator == 0) || line.Name == "" {
				t.Errorf("%s of %s %q: %+v", measure, by, line.Name, rate)
			}
			total.Numerator, total.Denominator = total.Numerator+rate.Numerator, total.Denominator+rate.Denominator
		}
		for key := range now[measure] {
			if !slices.ContainsFunc(report.Items, func(l *model.RateLine) bool { return l.Key == key }) {
				t.Errorf("%s: the report lacks %s %s", measure, by, key)
			}
		}
		if got := report.Total.Of(measure); got.Numerator != total.Numerator || got.Denominator != total.Denominator {
			t.Errorf("%s in all: %+v, want %+v", measure, got, total)
		}
		counted += total.Denominator
	}
	return counted
}

// wantListed reads a list to its end and wants so many different rows, all good if they are those of a numerator.
func (y *yard) wantListed(t *testing.T, who model.Actor, month model.Month, measure model.RateMeasure, part model.RatePart, group model.RateGroup, want int64,
	size int,
) {
	t.Helper()
	seen := map[model.ID]bool{}
	for page := (model.Page{Limit: size}); ; {
		list, err := y.Rated(t.Context(), who, month.String(), measure, part, group, page)
		y.must(t, err)
		for _, e := range list.Items {
			if seen[e.ID] || part == model.RateNumerator && !e.Counts || e.ClosedAt.Month() != month {
				t.Errorf("%s %s: %+v", measure, part, e)
			}
			seen[e.ID] = true
		}
		if page.Cursor = list.NextCursor; page.Cursor == "" {
			break
		}
	}
	if int64(len(seen)) != want {
		t.Errorf("%s %s of %v lists %d rows, the report has %d", measure, part, group, len(seen), want)
	}
}

// givenRandomMatter writes the rows of a matter that may be anything.
func (y *yard) givenRandomMatter(t *testing.T, r *rand.Rand) model.ID {
	t.Helper()
	when := func() model.Instant { // around the end of a month
		return testworld.Now.Add(time.Duration(r.Int64N(int64(70 * day)))).Add(-35 * day)
	}
	maybe := func(x model.Instant) model.Instant { return x * model.Instant(r.IntN(2)) }
	pick := func(n int) int { return r.IntN(n) }
	limit := when()
	units := []model.ID{0, y.property, y.coUnit}
	m := &model.Matter{
		ID: y.store.NewID(), Place: y.Grids[pick(3)].Place, ReporterID: y.reporter.MemberID, OwnerID: y.worker.MemberID, Title: "随机", Evidence: []string{},
		Status: model.MatterStatuses()[pick(len(model.MatterStatuses()))], Tier: model.Tiers()[pick(3)], OrganisationID: units[pick(3)],
		Category: []string{"other", "facilities", "utilities"}[pick(3)], ContactDueAt: maybe(limit), ContactedAt: maybe(limit.Add(time.Duration(pick(3)-1) * time.Microsecond)),
		AnsweredAt: maybe(when()), RatedAt: maybe(when()), Resolved: pick(2) == 1, Unreachable: pick(5) == 0, ClosedAt: when(), Version: 1,
		Satisfaction: append(model.Satisfactions(), "")[pick(4)],
	}
	if pick(2) == 0 {
		m.Status = model.MatterClosed
	}
	first := model.Tiers()[pick(3)]
	m.Steps = []*model.MatterStep{{MatterID: m.ID, Version: 1, Action: model.ActReport, OwnerAfter: m.OwnerID, ToStatus: model.MatterReported, TierAfter: first}}
	for v := int64(2); v < int64(2+pick(3)); v++ {
		next := first
		if pick(3) == 0 {
			next = model.Tiers()[pick(3)]
		}
		m.Steps = append(m.Steps, &model.MatterStep{MatterID: m.ID, Version: v, Action: model.ActEscalate, TierBefore: first, TierAfter: next})
		first = next
	}
	y.must(t, y.store.Matters.Create(t.Context(), m))
	for range pick(4) {
		y.must(t, y.store.Matters.AddDispatch(t.Context(), &model.MatterDispatch{
			ID: y.store.NewID(), CommunityID: m.CommunityID, MatterID: m.ID, OrganisationID: units[1+pick(2)], ContactDueAt: limit,
			ContactedAt: maybe(limit.Add(time.Duration(pick(3)-1) * time.Microsecond)),
			Outcome:     []model.DispatchOutcome{"", model.ObjectionUpheld, model.ObjectionOverruled, model.DispatchReplaced}[pick(4)],
		}))
	}
	return m.ID
}

// TestTheReportIsTheSumOfItsLists writes matters of any kind and wants every number of every comparison, for readers of
// the community and of one grid, to be what a plain recomputation gives and what the list behind it holds.
func TestTheReportIsTheSumOfItsLists(t *testing.T) {
	t.Parallel()
	seed := testworld.Seed(t)
	each(t, func(t *testing.T, y *yard) {
		r := rand.New(rand.NewPCG(seed, 1))
		var all []model.ID
		for range 40 {
			all = append(all, y.givenRandomMatter(t, r))
		}
		var counted int64
		lives := y.lives(t, all)
		for _, by := range model.RateBys() {
			counted += y.wantRates(t, y.admin, lives, testworld.Now.Month(), by)
		}
		counted += y.wantRates(t, y.worker, lives, testworld.Now.Month(), model.ByGrid)
		if counted == 0 {
			t.Error("nothing was counted")
		}
	})
}

func TestRatesOfNothingAreNull(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		report, err := y.Rates(t.Context(), y.admin, "2026-11", model.ByTier)
		y.must(t, err)
		if total := report.Total.Response; total.Percent != nil || total.Change != nil || total.Denominator != 0 || len(report.Items) != 0 {
			t.Errorf("got %+v", report)
		}
	})
}

func TestBadRates(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		for name, x := range map[string]struct {
			who   model.Actor
			month string
			group model.RateGroup
			want  error
		}{
			"a resident":              {y.reporter, "2026-11", model.RateGroup{}, model.ErrForbidden},
			"no month":                {y.admin, "2026-13", model.RateGroup{}, model.ErrInvalid},
			"a key of nothing":        {y.admin, "2026-11", model.RateGroup{Key: "grid"}, model.ErrInvalid},
			"a tier that is none":     {y.admin, "2026-11", model.RateGroup{By: model.ByTier, Key: "moon"}, model.ErrInvalid},
			"a grid that is a word":   {y.admin, "2026-11", model.RateGroup{By: model.ByGrid, Key: "x"}, model.ErrInvalid},
			"a category without name": {y.admin, "2026-11", model.RateGroup{By: model.ByCategory}, model.ErrInvalid},
		} {
			if list, err := y.Rated(t.Context(), x.who, x.month, model.RateResponse, model.RateDenominator, x.group, model.Page{}); model.Reason(err).Code != model.Reason(x.want).Code {
				t.Errorf("%s: %v, %v", name, list, err)
			}
		}
	})
}

// givenClosed takes a matter through its life: to the unit, contacted after a time, and closed with a rating.
func (y *yard) givenClosed(t *testing.T, contactAfter time.Duration, s model.Satisfaction, resolved bool) model.ID {
	t.Helper()
	id := y.givenReport(t).ID
	y.does(t, y.worker, id, model.ActAccept, model.ActDispatch)
	y.does(t, y.officer, id, model.ActTake)
	y.wait(contactAfter)
	y.does(t, y.officer, id, model.ActContact, model.ActStart, model.ActFinish)
	_, err := y.Callback(t.Context(), y.admin, id, matters.Call{Answered: true, Resolved: resolved, Satisfaction: s})
	y.must(t, err)
	y.wait(8 * day)
	y.does(t, y.admin, id, model.ActClose)
	return id
}

// TestThreeRates has three matters: one all good, one contacted late, one whose reporter is not content.
func TestThreeRates(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		y.now.Store(int64(model.Day(20261201).Start().Add(9 * time.Hour)))
		y.givenClosed(t, time.Hour, model.Satisfied, true)
		y.givenClosed(t, 25*time.Hour, model.BasicallySatisfied, true)
		y.givenClosed(t, time.Hour, model.Unsatisfied, false)
		paused := y.givenReport(t).ID
		y.does(t, y.worker, paused, model.ActAccept, model.ActDispatch)
		y.does(t, y.officer, paused, model.ActTake, model.ActPause)
		y.wait(2 * day)
		y.does(t, y.officer, paused, model.ActResume, model.ActContact, model.ActStart, model.ActFinish)
		y.does(t, y.reporter, paused, model.ActRate)
		y.does(t, y.admin, paused, model.ActClose)
		report, err := y.Rates(t.Context(), y.admin, "2026-12", model.ByOrganisation)
		y.must(t, err)
		line := report.Items[0]
		got := fmt.Sprintf("%d/%d %d/%d %d/%d", line.Response.Numerator, line.Response.Denominator, line.Resolution.Numerator, line.Resolution.Denominator,
			line.Satisfaction.Numerator, line.Satisfaction.Denominator)
		if got != "3/4 3/4 3/4" || line.Name != "安心物业" || *line.Response.Percent != 75 || line.Response.Before.Percent != nil {
			t.Errorf("got %s, %+v", got, line)
		}
	})
}

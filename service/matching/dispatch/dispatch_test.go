package dispatch_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linbanglin/model"
	"linbanglin/service/matching/dispatch"
)

const morning = model.Instant(1_795_392_000_000_000) // 2026-11-23T08:00:00+08:00

func hours(n float64) model.Instant { return morning.Add(time.Duration(n * float64(time.Hour))) }

func TestPaceOfARequest(t *testing.T) {
	for name, c := range map[string]struct {
		urgency    model.Urgency
		start, end model.Instant
		want       dispatch.Pace
	}{
		"urgent":            {model.UrgencyUrgent, hours(48), 0, dispatch.Urgent},
		"no time":           {model.UrgencyNormal, 0, 0, dispatch.Normal},
		"begins today":      {model.UrgencyNormal, hours(5), hours(30), dispatch.Today},
		"ends today":        {model.UrgencyLow, 0, hours(15.9), dispatch.Today},
		"ends at midnight":  {model.UrgencyNormal, 0, hours(16), dispatch.Normal},
		"begins tomorrow":   {model.UrgencyNormal, hours(16), hours(20), dispatch.Normal},
		"low, without time": {model.UrgencyLow, 0, 0, dispatch.Normal},
	} {
		r := &model.HelpRequest{Urgency: c.urgency, CreatedAt: morning, StartsAt: c.start, EndsAt: c.end}
		if got := dispatch.PaceOf(r); got != c.want {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func TestWindowsAndTargets(t *testing.T) {
	for pace, want := range map[dispatch.Pace]struct {
		window time.Duration
		target float64
	}{
		dispatch.Urgent: {3 * time.Minute, 0.97}, dispatch.Today: {30 * time.Minute, 0.90}, dispatch.Normal: {4 * time.Hour, 0.90},
	} {
		if pace.Window() != want.window || pace.Target() != want.target {
			t.Errorf("%s: %s and %g", pace, pace.Window(), pace.Target())
		}
	}
}

func TestPartsOfTheDay(t *testing.T) {
	for hour, want := range map[float64]dispatch.DayPart{
		-8: dispatch.Night, -2.1: dispatch.Night, -2: dispatch.Morning, 3.9: dispatch.Morning, 4: dispatch.Afternoon,
		9.9: dispatch.Afternoon, 10: dispatch.Evening, 14.9: dispatch.Evening, 15: dispatch.Night,
	} {
		if got := dispatch.PartOf(hours(hour)); got != want {
			t.Errorf("8:00 and %g hours is in the %s, want %s", hour, got, want)
		}
	}
	if len(dispatch.DayParts()) != 4 {
		t.Error("four parts make a day")
	}
}

func TestAcceptanceFallsBackFromSpecificToGeneral(t *testing.T) {
	estimate := func(h dispatch.History) float64 { return h.Acceptance(morning) }
	yes := dispatch.Tally{Asked: 4, Accepted: 4}
	nothing := estimate(dispatch.History{})
	general := estimate(dispatch.History{All: yes})
	category := estimate(dispatch.History{All: yes, Category: yes})
	cell := estimate(dispatch.History{All: yes, Category: yes, Cell: yes})
	if nothing != dispatch.PriorAcceptance {
		t.Errorf("of nothing known it makes %f", nothing)
	}
	if !(nothing < general && general < category && category < cell && cell < 1) {
		t.Errorf("got %f %f %f %f", nothing, general, category, cell)
	}
	if much := estimate(dispatch.History{All: dispatch.Tally{Asked: 1e6, Accepted: 6e5}}); math.Abs(much-0.6) > 1e-3 {
		t.Errorf("a long record is believed: got %f", much)
	}
}

func TestSilenceIsHeededAndForgotten(t *testing.T) {
	at := func(ignored int, days float64) float64 {
		return dispatch.History{Ignored: ignored, LastAsked: morning}.Acceptance(hours(24 * days))
	}
	if !(at(3, 1) < at(1, 1) && at(1, 1) < at(0, 1)) {
		t.Errorf("more silence means less: %f %f %f", at(3, 1), at(1, 1), at(0, 1))
	}
	if !(at(3, 1) < at(3, 10)) || math.Abs(at(3, 100)-dispatch.PriorAcceptance) > 1e-3 {
		t.Errorf("silence is forgotten: %f %f %f", at(3, 1), at(3, 10), at(3, 100))
	}
}

func candidate(id model.ID, level model.NodeKind, acceptance float64) dispatch.Candidate {
	return dispatch.Candidate{Member: id, Level: level, Acceptance: acceptance}
}

func members(ranked []dispatch.Ranked) []model.ID {
	var ids []model.ID
	for _, r := range ranked {
		ids = append(ids, r.Member)
	}
	return ids
}

func TestRank(t *testing.T) {
	with := func(id model.ID, change func(*dispatch.Candidate)) dispatch.Candidate {
		c := candidate(id, model.KindGrid, 0.3)
		c.LastAsked = hours(-24 * 30)
		change(&c)
		return c
	}
	same := func(*dispatch.Candidate) {}
	for name, c := range map[string]struct {
		candidates []dispatch.Candidate
		want       []model.ID
	}{
		"likely to accept":         {[]dispatch.Candidate{with(1, same), with(2, func(c *dispatch.Candidate) { c.Acceptance = 0.6 })}, []model.ID{2, 1}},
		"near":                     {[]dispatch.Candidate{with(1, same), with(2, func(c *dispatch.Candidate) { c.Level = model.KindUnit })}, []model.ID{2, 1}},
		"in the house":             {[]dispatch.Candidate{with(1, same), with(2, func(c *dispatch.Candidate) { c.Level = model.KindHousehold })}, []model.ID{2, 1}},
		"did much":                 {[]dispatch.Candidate{with(1, func(c *dispatch.Candidate) { c.Tasks = 2 }), with(2, same)}, []model.ID{2, 1}},
		"asked just now":           {[]dispatch.Candidate{with(1, func(c *dispatch.Candidate) { c.LastAsked = hours(-1) }), with(2, same)}, []model.ID{2, 1}},
		"equals, longer not asked": {[]dispatch.Candidate{with(1, same), with(2, func(c *dispatch.Candidate) { c.LastAsked-- })}, []model.ID{2, 1}},
		"equals, by id":            {[]dispatch.Candidate{with(2, same), with(1, same)}, []model.ID{1, 2}},
		"nearly equal, longer not asked": {[]dispatch.Candidate{
			with(1, func(c *dispatch.Candidate) { c.Acceptance += 0.001 }), with(2, func(c *dispatch.Candidate) { c.LastAsked-- }),
		}, []model.ID{2, 1}},
		"the week's notices are spent": {[]dispatch.Candidate{with(1, func(c *dispatch.Candidate) { c.Notices.Week = dispatch.WeeklyNotices }), with(2, same)}, []model.ID{2}},
		"the category's are spent":     {[]dispatch.Candidate{with(1, func(c *dispatch.Candidate) { c.Notices.Category = dispatch.CategoryNotices }), with(2, same)}, []model.ID{2}},
	} {
		if got := members(dispatch.Rank(c.candidates, morning)); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestNoCategoryEmptiesTheBudget(t *testing.T) {
	var sent int
	for !(dispatch.Notices{Week: sent, Category: sent}).Spent() {
		sent++
	}
	if (dispatch.Notices{Week: sent}).Spent() {
		t.Errorf("%d notices of one category leave none for another", sent)
	}
}

// crowd makes n candidates of one level and acceptance, with ids from the first.
func crowd(first, n int, level model.NodeKind, acceptance float64) (all []dispatch.Candidate) {
	for i := range n {
		all = append(all, candidate(model.ID(first+i), level, acceptance))
	}
	return all
}

func TestWaves(t *testing.T) {
	unit, building, all := model.KindUnit, model.KindBuilding, model.KindCommunity
	for name, c := range map[string]struct {
		round      dispatch.Round
		candidates []dispatch.Candidate
		asked      int
		opened     model.NodeKind
		window     time.Duration
		hasCase    bool
	}{
		"one is sure":                    {dispatch.Round{Pace: dispatch.Normal}, crowd(1, 14, unit, 0.95), 1, unit, 4 * time.Hour, false},
		"four of even chance":            {dispatch.Round{Pace: dispatch.Today}, crowd(1, 14, unit, 0.5), 4, unit, 30 * time.Minute, false},
		"urgent asks more":               {dispatch.Round{Pace: dispatch.Urgent}, crowd(1, 14, unit, 0.5), 6, unit, 3 * time.Minute, false},
		"at most seven":                  {dispatch.Round{Pace: dispatch.Urgent}, crowd(1, 14, unit, 0.1), 7, unit, 3 * time.Minute, false},
		"too few near to choose from":    {dispatch.Round{Pace: dispatch.Normal}, append(crowd(1, 4, unit, 0.5), crowd(10, 10, building, 0.5)...), 4, building, 4 * time.Hour, false},
		"the next level after silence":   {dispatch.Round{Pace: dispatch.Normal, Opened: unit, Waiting: 4}, append(crowd(1, 14, unit, 0.5), crowd(20, 5, building, 0.5)...), 4, building, 4 * time.Hour, false},
		"again where no level is beyond": {dispatch.Round{Pace: dispatch.Normal, Opened: all}, crowd(1, 9, all, 0.5), 4, all, 4 * time.Hour, false},
		"all there are":                  {dispatch.Round{Pace: dispatch.Urgent}, crowd(1, 2, building, 0.5), 2, all, 3 * time.Minute, false},
		"nobody is left":                 {dispatch.Round{Pace: dispatch.Urgent, Opened: all}, nil, 0, all, 0, true},
		"only strangers":                 {dispatch.Round{Pace: dispatch.Urgent}, crowd(1, 9, "", 0.5), 0, all, 0, true},
	} {
		w := c.round.Next(c.candidates, morning)
		if len(w.Ask) != c.asked || w.Opened != c.opened || w.Window != c.window || w.Case != c.hasCase {
			t.Errorf("%s: %d asked, %s opened, window %s, case %t", name, len(w.Ask), w.Opened, w.Window, w.Case)
		}
	}
}

func TestARefusalIsReplacedAtOnce(t *testing.T) {
	unit, building, all := model.KindUnit, model.KindBuilding, model.KindCommunity
	near, far := candidate(1, unit, 0.2), candidate(2, building, 0.9)
	for name, c := range map[string]struct {
		opened     model.NodeKind
		waiting    int
		candidates []dispatch.Candidate
		want       []model.ID
		reached    model.NodeKind
		window     time.Duration
		hasCase    bool
	}{
		"from the open level":                 {unit, 2, []dispatch.Candidate{far, near}, []model.ID{1}, unit, 0, false},
		"the best of the open levels":         {building, 2, []dispatch.Candidate{near, far}, []model.ID{2}, building, 0, false},
		"from beyond when the level is empty": {unit, 2, []dispatch.Candidate{far}, []model.ID{2}, building, 0, false},
		"all refused, the window again":       {unit, 0, []dispatch.Candidate{near}, []model.ID{1}, unit, 30 * time.Minute, false},
		"nobody left, others may yet come":    {unit, 1, nil, nil, all, 0, false},
		"nobody left, nobody to wait for":     {unit, 0, nil, nil, all, 0, true},
	} {
		w := dispatch.Round{Pace: dispatch.Today, Opened: c.opened, Waiting: c.waiting}.Refused(c.candidates, morning)
		if got := members(w.Ask); !slices.Equal(got, c.want) || w.Opened != c.reached || w.Window != c.window || w.Case != c.hasCase {
			t.Errorf("%s: asked %v, opened %s, window %s, case %t", name, got, w.Opened, w.Window, w.Case)
		}
	}
}

func drawCandidates(t *rapid.T) []dispatch.Candidate {
	levels := append(model.Levels(), "")
	var all []dispatch.Candidate
	for i := range rapid.IntRange(0, 40).Draw(t, "candidates") {
		all = append(all, dispatch.Candidate{
			Member: model.ID(i + 1), Level: rapid.SampledFrom(levels).Draw(t, "level"), Acceptance: rapid.Float64Range(0, 1).Draw(t, "acceptance"),
			LastAsked: hours(float64(-rapid.IntRange(0, 1000).Draw(t, "asked"))), Tasks: rapid.IntRange(0, 9).Draw(t, "tasks"),
			Notices: dispatch.Notices{Week: rapid.IntRange(0, 7).Draw(t, "week"), Category: rapid.IntRange(0, 4).Draw(t, "category")},
		})
	}
	return all
}

func drawRound(t *rapid.T) dispatch.Round {
	return dispatch.Round{
		Pace:    rapid.SampledFrom([]dispatch.Pace{dispatch.Urgent, dispatch.Today, dispatch.Normal}).Draw(t, "pace"),
		Opened:  rapid.SampledFrom(append(model.Reaches(), "")).Draw(t, "opened"),
		Waiting: rapid.IntRange(0, 7).Draw(t, "waiting"),
	}
}

func TestScoresAddUpWithinBoundsInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawCandidates(t)
		ranked := dispatch.Rank(all, morning)
		for _, r := range ranked {
			if s := r.Parts.Score(); s < 0 || s > 1 || r.Notices.Spent() {
				t.Fatalf("%d has %f of %+v", r.Member, s, r.Parts)
			}
		}
		if again := dispatch.Rank(rapid.Permutation(all).Draw(t, "order"), morning); !slices.Equal(members(again), members(ranked)) {
			t.Fatal("another order gives another rank")
		}
	})
}

func TestAWaveIsTheSmallestThatReachesItsTarget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRound(t)
		w := r.Next(drawCandidates(t), morning)
		levels := model.Reaches()
		if slices.Index(levels, w.Opened) <= slices.Index(levels, r.Opened) && w.Opened != model.KindCommunity {
			t.Fatalf("%s was open, and %s is now", r.Opened, w.Opened)
		}
		nobody := 1.0
		for i, c := range w.Ask {
			if i == dispatch.MaxWave || nobody <= 1-r.Pace.Target() {
				t.Fatalf("%d asked, and %d reach it", len(w.Ask), i)
			}
			if c.Level != model.KindHousehold && (c.Level == "" || slices.Index(levels, c.Level) > slices.Index(levels, w.Opened)) {
				t.Fatalf("%s is beyond %s", c.Level, w.Opened)
			}
			nobody *= 1 - c.Acceptance
		}
		if nobody > 1-r.Pace.Target() && len(w.Ask) < dispatch.MaxWave && w.Opened != model.KindCommunity {
			t.Fatalf("%d of %s do not reach it, and there are more", len(w.Ask), w.Opened)
		}
		if w.Case != (len(w.Ask) == 0) || (w.Window == 0) != w.Case {
			t.Fatalf("%d asked, window %s, case %t", len(w.Ask), w.Window, w.Case)
		}
	})
}

// TestADispatchThatNobodyAcceptsEndsAsACase answers every notice with a no or with silence.
func TestADispatchThatNobodyAcceptsEndsAsACase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawCandidates(t)
		var fit int
		for _, c := range all {
			if c.Level != "" && !c.Notices.Spent() {
				fit++
			}
		}
		r := dispatch.Round{Pace: dispatch.Urgent}
		asked := map[model.ID]bool{}
		follow := func(w dispatch.Wave) bool {
			for _, c := range w.Ask {
				if asked[c.Member] {
					t.Fatalf("%d is asked again", c.Member)
				}
				asked[c.Member] = true
			}
			all = slices.DeleteFunc(all, func(c dispatch.Candidate) bool { return asked[c.Member] })
			r.Opened, r.Waiting = w.Opened, r.Waiting+len(w.Ask)
			return w.Case
		}
		for ended := follow(r.Next(all, morning)); !ended; {
			if r.Waiting > 0 && rapid.Bool().Draw(t, "refuses") {
				r.Waiting--
				ended = follow(r.Refused(all, morning))
				continue
			}
			w := r.Next(all, morning)
			r.Waiting = 0
			ended = follow(w)
		}
		if len(asked) != fit {
			t.Fatalf("%d of %d were asked", len(asked), fit)
		}
	})
}

func TestTheFirstWave(t *testing.T) {
	for name, c := range map[string]struct {
		pace     dispatch.Pace
		deadline float64 // hours after it was put on the board
		want     float64
	}{
		"urgent":                      {dispatch.Urgent, 2, 0},
		"today":                       {dispatch.Today, 24, 0.5},
		"today, soon":                 {dispatch.Today, 2.75, 0.25},
		"today, very soon":            {dispatch.Today, 1, 0},
		"normal, at most a day":       {dispatch.Normal, 24, 4},
		"normal, less than a day":     {dispatch.Normal, 21, 1},
		"normal, in a week":           {dispatch.Normal, 7 * 24, 4},
		"normal, past its deadline":   {dispatch.Normal, -1, 0},
		"normal, less than a ladder":  {dispatch.Normal, 20, 0},
		"today, with a ladder spared": {dispatch.Today, 3, 0.5},
	} {
		begins := c.pace.Begins(morning, hours(c.deadline))
		if begins != hours(c.want) {
			t.Errorf("%s: begins %s after it was posted, want %g hours", name, time.Duration(begins-morning)*time.Microsecond, c.want)
		}
		if c.want > 0 && begins.Add(5*c.pace.Window()) > hours(c.deadline) {
			t.Errorf("%s: five windows do not fit", name)
		}
	}
}

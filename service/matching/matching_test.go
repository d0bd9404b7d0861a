package matching_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linbanglin/model"
	"linbanglin/service/matching"
	"linbanglin/service/matching/dispatch"
)

const monday = model.Instant(1_795_392_000_000_000) // 2026-11-23T08:00:00+08:00

var home = model.Place{CommunityID: 1, AreaID: 2, GridID: 3, BuildingID: 4, UnitID: 5, HouseholdID: 6}

// nextDoor is in the unit of home; each away is one level further.
var (
	nextDoor = model.Place{CommunityID: 1, AreaID: 2, GridID: 3, BuildingID: 4, UnitID: 5, HouseholdID: 60}
	away     = []model.Place{
		nextDoor,
		{CommunityID: 1, AreaID: 2, GridID: 3, BuildingID: 4, UnitID: 50, HouseholdID: 60},
		{CommunityID: 1, AreaID: 2, GridID: 3, BuildingID: 40, UnitID: 50, HouseholdID: 60},
		{CommunityID: 1, AreaID: 2, GridID: 30, BuildingID: 40, UnitID: 50, HouseholdID: 60},
		{CommunityID: 1, AreaID: 20, GridID: 30, BuildingID: 40, UnitID: 50, HouseholdID: 60},
	}
)

func givenRequest() *model.HelpRequest {
	return &model.HelpRequest{ID: 1, Place: home, RequesterID: 11, CreatedBy: 12, Category: "shopping", Status: model.RequestOpen, Slots: 2}
}

func givenOffer() *model.HelpOffer {
	return &model.HelpOffer{
		ID: 2, Place: nextDoor, MemberID: 21, Categories: []string{"shopping"}, Reach: model.KindCommunity, WeeklyLimit: 4, Status: model.OfferActive,
	}
}

func TestFits(t *testing.T) {
	one := 1
	for name, c := range map[string]struct {
		change func(r *model.HelpRequest, o *model.HelpOffer, load *model.Load)
		want   bool
	}{
		"as they are":   {func(*model.HelpRequest, *model.HelpOffer, *model.Load) {}, true},
		"escalated":     {func(r *model.HelpRequest, _ *model.HelpOffer, _ *model.Load) { r.Status = model.RequestEscalated }, true},
		"near category": {func(_ *model.HelpRequest, o *model.HelpOffer, _ *model.Load) { o.Categories = []string{"errand"} }, true},
		"a slot given back": {func(r *model.HelpRequest, _ *model.HelpOffer, _ *model.Load) {
			r.Claims = []*model.Claim{{HelperID: 21}}
		}, true},
		"neither has a door": {func(r *model.HelpRequest, o *model.HelpOffer, _ *model.Load) { r.HouseholdID, o.HouseholdID = 0, 0 }, true},
		"claimed":            {func(r *model.HelpRequest, _ *model.HelpOffer, _ *model.Load) { r.Status = model.RequestClaimed }, false},
		"cancelled":          {func(r *model.HelpRequest, _ *model.HelpOffer, _ *model.Load) { r.Status = model.RequestCancelled }, false},
		"paused":             {func(_ *model.HelpRequest, o *model.HelpOffer, _ *model.Load) { o.Status = model.OfferPaused }, false},
		"closed":             {func(_ *model.HelpRequest, o *model.HelpOffer, _ *model.Load) { o.Status = model.OfferClosed }, false},
		"other category":     {func(_ *model.HelpRequest, o *model.HelpOffer, _ *model.Load) { o.Categories = []string{"legal"} }, false},
		"own request":        {func(r *model.HelpRequest, _ *model.HelpOffer, _ *model.Load) { r.RequesterID = 21 }, false},
		"posted for someone": {func(r *model.HelpRequest, _ *model.HelpOffer, _ *model.Load) { r.CreatedBy = 21 }, false},
		"own household":      {func(_ *model.HelpRequest, o *model.HelpOffer, _ *model.Load) { o.Place = home }, false},
		"already holds a slot": {func(r *model.HelpRequest, _ *model.HelpOffer, _ *model.Load) {
			r.Claims = []*model.Claim{{HelperID: 21, Holding: &one}}
		}, false},
		"beyond its reach": {func(_ *model.HelpRequest, o *model.HelpOffer, _ *model.Load) {
			o.Place, o.Reach = away[1], model.KindUnit
		}, false},
		"another community":       {func(_ *model.HelpRequest, o *model.HelpOffer, _ *model.Load) { o.Place = model.Place{CommunityID: 9} }, false},
		"weekly limit used up":    {func(_ *model.HelpRequest, _ *model.HelpOffer, l *model.Load) { l.Week = 4 }, false},
		"one left under the week": {func(_ *model.HelpRequest, _ *model.HelpOffer, l *model.Load) { l.Week = 3 }, true},
		"hands full":              {func(_ *model.HelpRequest, _ *model.HelpOffer, l *model.Load) { l.Open = model.MaxOpenClaims }, false},
		"one hand free":           {func(_ *model.HelpRequest, _ *model.HelpOffer, l *model.Load) { l.Open = model.MaxOpenClaims - 1 }, true},
		"busy at the time": {func(r *model.HelpRequest, _ *model.HelpOffer, l *model.Load) {
			r.StartsAt, l.Busy = monday, []model.Span{{StartsAt: monday, EndsAt: monday + 1}}
		}, false},
		"busy until the time": {func(r *model.HelpRequest, _ *model.HelpOffer, l *model.Load) {
			r.StartsAt, l.Busy = monday, []model.Span{{StartsAt: monday - 9, EndsAt: monday}}
		}, true},
		"busy, no wanted time": {func(_ *model.HelpRequest, _ *model.HelpOffer, l *model.Load) {
			l.Busy = []model.Span{{StartsAt: monday}}
		}, true},
		"not the weekly time": {func(r *model.HelpRequest, o *model.HelpOffer, _ *model.Load) {
			r.StartsAt, o.Availability = monday, []model.Slot{{Weekday: 2, From: "08:00", To: "09:00"}}
		}, false},
		"away that day": {func(r *model.HelpRequest, o *model.HelpOffer, _ *model.Load) {
			r.StartsAt, o.DaysOff = monday, []model.DaysOff{{From: 20261123, To: 20261123}}
		}, false},
		"away the day before": {func(r *model.HelpRequest, o *model.HelpOffer, _ *model.Load) {
			r.StartsAt, o.DaysOff = monday, []model.DaysOff{{From: 20261101, To: 20261122}}
		}, true},
		"away until the deadline": {func(r *model.HelpRequest, o *model.HelpOffer, _ *model.Load) {
			r.CreatedAt, r.DeadlineAt, o.DaysOff = monday, monday.Add(50*time.Hour), []model.DaysOff{{From: 20261123, To: 20261125}}
		}, false},
		"back before the deadline": {func(r *model.HelpRequest, o *model.HelpOffer, _ *model.Load) {
			r.CreatedAt, r.DeadlineAt, o.DaysOff = monday, monday.Add(50*time.Hour), []model.DaysOff{{From: 20261123, To: 20261124}}
		}, true},
		"a skill is missing": {func(r *model.HelpRequest, o *model.HelpOffer, _ *model.Load) {
			r.Skills, o.Skills = []string{"电工", "手语"}, []string{"电工"}
		}, false},
		"all skills": {func(r *model.HelpRequest, o *model.HelpOffer, _ *model.Load) {
			r.Skills, o.Skills = []string{"电工"}, []string{"手语", "电工"}
		}, true},
		"no stairs wished": {func(r *model.HelpRequest, o *model.HelpOffer, _ *model.Load) {
			r.Stairs, o.Wishes.NoStairs = true, true
		}, false},
		"a gender wished, none known": {func(_ *model.HelpRequest, o *model.HelpOffer, _ *model.Load) { o.Wishes.Gender = "女" }, false},
	} {
		r, o, load := givenRequest(), givenOffer(), model.Load{}
		c.change(r, o, &load)
		if got := matching.Fits(r, o, load, ""); got != c.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

func TestPartsOfTheScore(t *testing.T) {
	nothing := func(*model.HelpRequest, *model.HelpOffer) {}
	at := func(p model.Place) func(*model.HelpRequest, *model.HelpOffer) {
		return func(_ *model.HelpRequest, o *model.HelpOffer) { o.Place = p }
	}
	times := func(start model.Instant, slots ...model.Slot) func(*model.HelpRequest, *model.HelpOffer) {
		return func(r *model.HelpRequest, o *model.HelpOffer) { r.StartsAt, o.Availability = start, slots }
	}
	unasked := matching.Record{}
	asked := func(asked, accepted int, last model.Instant) matching.Record {
		return matching.Record{History: dispatch.History{All: dispatch.Tally{Asked: asked, Accepted: accepted}, LastAsked: last}}
	}
	for name, c := range map[string]struct {
		change func(*model.HelpRequest, *model.HelpOffer)
		load   model.Load
		part   string
		want   float64 // before the weights are made to add up to 1
		record matching.Record
	}{
		"in one unit":                 {at(away[0]), model.Load{}, "closeness", .30, unasked},
		"in one building":             {at(away[1]), model.Load{}, "closeness", .24, unasked},
		"in one grid":                 {at(away[2]), model.Load{}, "closeness", .18, unasked},
		"in one area":                 {at(away[3]), model.Load{}, "closeness", .12, unasked},
		"in one community":            {at(away[4]), model.Load{}, "closeness", .06, unasked},
		"the category":                {nothing, model.Load{}, "category", .20, unasked},
		"a near one":                  {func(_ *model.HelpRequest, o *model.HelpOffer) { o.Categories = []string{"errand"} }, model.Load{}, "category", .10, unasked},
		"the exact one among others":  {func(_ *model.HelpRequest, o *model.HelpOffer) { o.Categories = []string{"errand", "shopping"} }, model.Load{}, "category", .20, unasked},
		"no times offered":            {times(monday), model.Load{}, "availability", .075, unasked},
		"the wanted time":             {times(monday, model.Slot{Weekday: 2, From: "08:00", To: "09:00"}, model.Slot{Weekday: 1, From: "08:00", To: "09:00"}), model.Load{}, "availability", .15, unasked},
		"not the wanted time":         {times(monday, model.Slot{Weekday: 2, From: "08:00", To: "09:00"}), model.Load{}, "availability", 0, unasked},
		"no time wanted, one offered": {times(0, model.Slot{Weekday: 2, From: "08:00", To: "09:00"}), model.Load{}, "availability", .15 * (.5 + .5/7), unasked},
		"nothing else to do":          {nothing, model.Load{}, "load", .15, unasked},
		"one open claim":              {nothing, model.Load{Open: 1}, "load", .075, unasked},
		"half of the week":            {nothing, model.Load{Week: 2}, "load", .075, unasked},
		"who is new":                  {nothing, model.Load{}, "reliability", .10, unasked},
		"who missed one of two":       {nothing, model.Load{Done: 1, Missed: 1}, "reliability", .075, unasked},
		"who never came":              {nothing, model.Load{Missed: 6}, "reliability", .025, unasked},
		"strangers":                   {nothing, model.Load{}, "tie", 0, unasked},
		"helped once before":          {nothing, model.Load{Helped: 1}, "tie", .10 / 3, unasked},
		"helped often before":         {nothing, model.Load{Helped: 9}, "tie", .10, unasked},
		"never asked":                 {nothing, model.Load{}, "acceptance", .075, unasked},
		"accepted all":                {nothing, model.Load{}, "acceptance", .15, asked(1e6, 1e6, 0)},
		"accepted none":               {nothing, model.Load{}, "acceptance", .075 * 12 / 16, asked(4, 0, 0)},
		"in peace for long":           {nothing, model.Load{}, "rest", .15, unasked},
		"asked a week ago":            {nothing, model.Load{}, "rest", .15 * (1 - 1/math.E), asked(1, 1, monday.Add(-7*24*time.Hour))},
		"asked just now":              {nothing, model.Load{}, "rest", 0, asked(1, 1, monday)},
	} {
		r, o := givenRequest(), givenOffer()
		c.change(r, o)
		if got := 1.3 * matching.Score(r, o, c.load, c.record, monday).Parts[c.part]; math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %s is %f, want %f", name, c.part, got, c.want)
		}
	}
}

func drawOffer(t *rapid.T, id model.ID) (*model.HelpOffer, model.Load) {
	codes := []string{"shopping", "errand", "legal", "escort", "repair"}
	o := givenOffer()
	o.ID, o.MemberID = id, 100+id
	o.Place = rapid.SampledFrom(append([]model.Place{home}, away...)).Draw(t, "place")
	o.Categories = rapid.SliceOfNDistinct(rapid.SampledFrom(codes), 1, 3, rapid.ID).Draw(t, "categories")
	o.Reach = rapid.SampledFrom(model.Reaches()).Draw(t, "reach")
	o.WeeklyLimit = rapid.IntRange(1, 50).Draw(t, "limit")
	o.Status = rapid.SampledFrom([]model.OfferStatus{model.OfferActive, model.OfferActive, model.OfferActive, model.OfferPaused, model.OfferClosed}).Draw(t, "status")
	for range rapid.IntRange(0, 9).Draw(t, "slots") {
		o.Availability = append(o.Availability, model.Slot{Weekday: rapid.IntRange(1, 7).Draw(t, "weekday"), From: "08:00", To: "20:00"})
	}
	return o, model.Load{Open: rapid.IntRange(0, 5).Draw(t, "open"), Week: rapid.IntRange(0, 60).Draw(t, "week")}
}

func drawRecord(t *rapid.T) matching.Record {
	asked := rapid.IntRange(0, 9).Draw(t, "asked")
	return matching.Record{
		History: dispatch.History{
			All: dispatch.Tally{Asked: asked, Accepted: rapid.IntRange(0, asked).Draw(t, "accepted")}, Ignored: rapid.IntRange(0, 3).Draw(t, "ignored"),
			LastAsked: monday.Add(-time.Duration(rapid.IntRange(0, 900).Draw(t, "ago")) * time.Hour),
		},
		Declined: rapid.Bool().Draw(t, "declined"),
	}
}

func drawRequest(t *rapid.T) *model.HelpRequest {
	r := givenRequest()
	r.Category = rapid.SampledFrom([]string{"shopping", "errand", "legal", "escort"}).Draw(t, "category")
	if rapid.Bool().Draw(t, "timed") {
		r.StartsAt = monday.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "start")) * time.Hour)
		r.EndsAt = r.StartsAt.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "length")) * time.Hour)
	}
	return r
}

func TestPartsAddUpToAScoreWithinBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRequest(t)
		o, load := drawOffer(t, 1)
		if !matching.Fits(r, o, load, "") {
			return
		}
		m := matching.Score(r, o, load, drawRecord(t), monday)
		var sum float64
		for name, part := range m.Parts {
			if part < 0 || part > 1 {
				t.Fatalf("%s is %f", name, part)
			}
			sum += part
		}
		if len(m.Parts) != 8 || math.Abs(sum-m.Score) > 1e-9 || m.Score < 0 || m.Score > 1 {
			t.Fatalf("the parts add up to %f, the score is %f: %v", sum, m.Score, m.Parts)
		}
	})
}

func TestRankIsCompleteSortedAndTheSameInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRequest(t)
		loads, records := map[model.ID]model.Load{}, map[model.ID]matching.Record{}
		var offers []*model.HelpOffer
		for i := range rapid.IntRange(0, 12).Draw(t, "offers") {
			o, load := drawOffer(t, model.ID(i+1))
			offers, loads[o.MemberID], records[o.MemberID] = append(offers, o), load, drawRecord(t)
		}
		ranked := matching.Offers(r, "", offers, loads, records, monday, 100)
		fitting := 0
		for _, o := range offers {
			if matching.Fits(r, o, loads[o.MemberID], "") && !records[o.MemberID].Declined {
				fitting++
			}
		}
		if len(ranked) != fitting {
			t.Fatalf("%d offers fit, %d are ranked", fitting, len(ranked))
		}
		for i := 1; i < len(ranked); i++ {
			a, b := ranked[i-1], ranked[i]
			if a.Score < b.Score || a.Score == b.Score && a.Offer.ID >= b.Offer.ID {
				t.Fatalf("%d with %f stands before %d with %f", a.Offer.ID, a.Score, b.Offer.ID, b.Score)
			}
		}
		limit := rapid.IntRange(0, 5).Draw(t, "limit")
		again := matching.Offers(r, "", rapid.Permutation(offers).Draw(t, "order"), loads, records, monday, limit)
		if want := ranked[:min(limit, len(ranked))]; !slices.EqualFunc(again, want, same) {
			t.Fatal("another order gives another rank")
		}
	})
}

func same(a, b *model.Match) bool { return a.Offer.ID == b.Offer.ID && a.Score == b.Score }

func TestBothWaysAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRequest(t)
		o, load := drawOffer(t, 1)
		record := drawRecord(t)
		offers := matching.Offers(r, "", []*model.HelpOffer{o}, map[model.ID]model.Load{o.MemberID: load}, map[model.ID]matching.Record{o.MemberID: record}, monday, 1)
		requests := matching.Requests(o, []*model.HelpRequest{r}, load, map[model.ID]int{r.RequesterID: load.Helped}, nil, map[model.ID]matching.Record{r.ID: record}, monday, 1)
		if len(offers) != len(requests) || len(offers) == 1 && (offers[0].Score != requests[0].Score || requests[0].Request != r || offers[0].Offer != o) {
			t.Fatalf("%d offers and %d requests match", len(offers), len(requests))
		}
	})
}

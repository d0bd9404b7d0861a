package ledger

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linbanglin/model"
)

// november is the month of these trials; it begins on a Sunday and ends on a Monday.
var november = stretch{20261101, 20261130}

// history is what a machine booked, in order.
type history struct {
	m    *machine
	ids  map[model.AccountKey]model.ID
	sets map[int32]*model.RuleSet
}

const people = 3

func newHistory(sets ...*model.RuleSet) *history {
	h := &history{ids: map[model.AccountKey]model.ID{}, sets: map[int32]*model.RuleSet{}}
	s := state{accounts: map[model.ID]*model.Account{}, lots: map[model.ID]model.Lots{}, moved: map[model.ID]model.Lots{}, used: map[model.CapKey]int64{}}
	for _, measure := range []model.Measure{model.Points, model.Minutes} {
		h.ids[model.Pool(1, measure)] = model.ID(900 + measure)
		for member := model.ID(1); member <= people; member++ {
			id := member + 100*model.ID(measure)
			h.ids[model.Wallet(1, member, measure)] = id
			s.accounts[id] = &model.Account{ID: id, Measure: measure, OwnerType: model.OwnerMember, OwnerID: member, Tracked: 1, HeadHash: []byte{}}
			s.lots[id] = model.Lots{}
		}
	}
	for _, set := range sets {
		h.sets[set.Version] = set
	}
	h.m = newMachine(s)
	return h
}

// book grants as much as the caps of a version leave, or nothing.
func (h *history) book(version int32, e model.Earning, clip bool) {
	rule, err := h.sets[version].Find(e.Code)
	if err != nil {
		panic(err)
	}
	if rule.Amount != nil {
		e.Amount = *rule.Amount
	}
	if e.Amount == 0 {
		return
	}
	h.post(&Posting{
		Debit: model.Pool(1, rule.Measure), Credit: model.Wallet(1, e.MemberID, rule.Measure), Amount: e.Amount, Code: e.Code, Rules: h.sets[version],
		Class: model.Verified, Clip: clip, Campaign: e.CampaignID, Counter: e.CounterID, Member: &model.Member{ID: e.MemberID}, At: e.Day.Start(),
	})
}

// reverse takes back the i-th transfer unless it is a reversal or reversed.
func (h *history) reverse(i int) {
	o := h.m.transfers[i]
	taken := slices.ContainsFunc(h.m.transfers, func(t *model.Transfer) bool { return t.ReversesID != nil && *t.ReversesID == o.ID })
	if taken || o.Kind == model.KindReverse {
		return
	}
	h.post(&Posting{
		Debit: model.Wallet(1, o.MemberID, o.Measure), Credit: model.Pool(1, o.Measure), Amount: o.Amount, Code: model.CodeReverse, Rules: h.sets[o.RuleVersion],
		Member: &model.Member{ID: o.MemberID}, reverses: o,
	})
}

func (h *history) post(p *Posting) {
	at := len(h.m.transfers)
	_ = h.m.post([]*step{p.step(model.ID(1000+at), h.ids, model.Instant(1000+at))}) // what caps refuse is not there
}

// earnings returns what was granted, in the order of booking.
func (h *history) earnings() (list []*model.Earning) {
	byID := map[model.ID]*model.Earning{}
	for _, t := range h.m.transfers {
		if t.ReversesID != nil {
			byID[*t.ReversesID].ReversedID, byID[*t.ReversesID].ReversedAt = t.ID, t.CreatedAt
			continue
		}
		byID[t.ID] = &model.Earning{
			ID: t.ID, BookedAt: t.CreatedAt, Code: t.Code, Version: t.RuleVersion, Measure: t.Measure,
			MemberID: t.MemberID, CounterID: t.CounterID, CampaignID: t.CampaignID, Day: t.BizDay, Amount: t.Amount,
		}
		list = append(list, byID[t.ID])
	}
	return list
}

// under plays the history under a draft.
func (h *history) under(draft *model.RuleSet) *trial {
	x := newTrial(draft, november)
	x.versions = h.sets
	earnings := h.earnings()
	for _, e := range earnings {
		if november.has(e.Day) {
			x.owns(e.Code, []int32{e.Version})
		}
	}
	reach := x.reach()
	for _, e := range earnings {
		if reach.has(e.Day) {
			x.take(e)
		}
	}
	return x
}

func drawRules(t *rapid.T, version int32) *model.RuleSet {
	set := &model.RuleSet{CommunityID: 1, Version: version}
	for _, code := range []string{"A", "B", model.CodeMinutes} {
		limit := func(most int64) int64 { return rapid.SampledFrom([]int64{0, 0, 1, most / 2, most}).Draw(t, "limit") }
		r := &model.Rule{Version: version, Code: code, Measure: model.Points, Class: model.Verified}
		r.Caps = model.Caps{Day: limit(12), Week: limit(20), Cycle: limit(60), Activity: limit(14)}
		switch {
		case code == model.CodeMinutes:
			r.Measure = model.Minutes
		case rapid.Bool().Draw(t, "fixed"):
			amount := rapid.Int64Range(0, 9).Draw(t, "amount")
			r.Amount = &amount
			fallthrough
		default:
			r.Caps.Pair = limit(3)
		}
		set.Items = append(set.Items, r)
	}
	return set
}

// drawDay is a day of the month or of its neighbourhood; activities of the year before are not remembered
// longer than a year.
func drawDay(t *rapid.T) model.Day {
	days := rapid.SampledFrom([][2]int{{0, 29}, {0, 29}, {-7, 0}, {29, 37}, {-300, 60}}).Draw(t, "about")
	return dayOf(time.Date(2026, 11, 1+rapid.IntRange(days[0], days[1]).Draw(t, "day"), 0, 0, 0, 0, model.Shanghai()))
}

// drawHistory books at random, in no order of days: what was done in the month by the second version, the
// rest by either.
func drawHistory(t *rapid.T) *history {
	h := newHistory(drawRules(t, 1), drawRules(t, 2))
	for range rapid.IntRange(1, 60).Draw(t, "bookings") {
		if n := len(h.m.transfers); n > 0 && rapid.IntRange(0, 5).Draw(t, "reverses") == 0 {
			h.reverse(rapid.IntRange(0, n-1).Draw(t, "which"))
			continue
		}
		e := model.Earning{
			Code:     rapid.SampledFrom([]string{"A", "A", "B", model.CodeMinutes}).Draw(t, "code"),
			MemberID: model.ID(rapid.IntRange(1, people).Draw(t, "member")), CounterID: model.ID(rapid.IntRange(0, people).Draw(t, "counter")),
			CampaignID: model.ID(rapid.IntRange(0, 2).Draw(t, "campaign")), Day: drawDay(t), Amount: rapid.Int64Range(1, 20).Draw(t, "asked"),
		}
		version := int32(2)
		if !november.has(e.Day) {
			version = rapid.Int32Range(1, 2).Draw(t, "version")
		}
		if e.CounterID == e.MemberID {
			e.CounterID = 0
		}
		h.book(version, e, rapid.Bool().Draw(t, "clip"))
	}
	return h
}

// TestTheRulesOfAMonthMakeNoDifferenceToIt books with the ledger's machine, and plays the month under the
// rules that it was booked by.
func TestTheRulesOfAMonthMakeNoDifferenceToIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		x := h.under(h.sets[2])
		want := map[ruleUnit]int64{}
		for _, e := range h.earnings() {
			if e.ReversedID == 0 && november.has(e.Day) {
				want[ruleUnit{e.Code, e.Measure}] += e.Amount
			}
		}
		got := map[ruleUnit]int64{}
		for unit, row := range x.rules {
			if got[unit] = row.Granted; row.Difference != 0 || row.WouldBe != row.Granted || row.Missing {
				t.Fatalf("%v: %+v", unit, row)
			}
		}
		if !maps.Equal(got, want) {
			t.Fatalf("granted %v, it tells %v", want, got)
		}
		for id, m := range x.members {
			if m.points.Difference != 0 || m.minutes.Difference != 0 {
				t.Fatalf("member %d: %+v", id, m)
			}
		}
	})
}

// TestADraftKeepsItsCaps plays months under drafts that have nothing to do with how they were booked: no cap
// of the month is passed, and without caps everything is as it was, or as the draft fixes it.
func TestADraftKeepsItsCaps(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h, draft := drawHistory(t), drawRules(t, 3)
		x := newTrial(draft, november)
		x.versions = h.sets
		for _, e := range h.earnings() {
			if !november.has(e.Day) {
				continue
			}
			x.take(e)
			for _, u := range x.rule(e).Caps.Uses(e.MemberID, e.Code, e.Day, e.CampaignID, e.CounterID) {
				if x.used[u.Key] > u.Limit {
					t.Fatalf("%+v is at %d", u, x.used[u.Key])
				}
			}
		}
		for _, r := range draft.Items {
			r.Caps = model.Caps{}
		}
		free := h.under(draft)
		for unit, row := range free.rules {
			want := row.Granted
			if rule, _ := draft.Find(unit.code); rule.Amount != nil {
				want = row.Times * *rule.Amount
			}
			if row.WouldBe != want {
				t.Fatalf("without caps, %v: %+v, want %d", unit, row, want)
			}
		}
	})
}

// TestTrialByHand has months that are small enough to be checked on paper.
func TestTrialByHand(t *testing.T) {
	t.Parallel()
	ten := int64(10)
	rules := func(version int32, amount *int64, caps model.Caps) *model.RuleSet {
		return &model.RuleSet{CommunityID: 1, Version: version, Items: []*model.Rule{{Version: version, Code: "A", Name: "甲", Measure: model.Points, Amount: amount, Caps: caps}}}
	}
	task := func(day model.Day, amount int64) model.Earning {
		return model.Earning{Code: "A", MemberID: 1, Day: day, Amount: amount}
	}
	helped := func(day model.Day, member, counter model.ID) model.Earning {
		return model.Earning{Code: "A", MemberID: member, CounterID: counter, Day: day, Amount: 4}
	}
	reverse := func(i int64) model.Earning { return model.Earning{Code: model.CodeReverse, Amount: i} }
	at := func(campaign model.ID, e model.Earning) model.Earning { e.CampaignID = campaign; return e }
	week := []model.Earning{task(20261027, 4), task(20261031, 4), task(20261101, 4), task(20261102, 4), task(20261103, 4)}
	for name, c := range map[string]struct {
		before   model.Caps // under which all was booked
		earnings []model.Earning
		draft    *model.RuleSet
		granted  int64
		wouldBe  int64
	}{
		"a fixed amount instead":                          {model.Caps{}, week, rules(2, &ten, model.Caps{}), 12, 30},
		"an open one stays":                               {model.Caps{}, week, rules(2, nil, model.Caps{}), 12, 12},
		"a cap of the day":                                {model.Caps{}, append(week, task(20261101, 4)), rules(2, nil, model.Caps{Day: 5}), 16, 13},
		"a new cap of the week counts October's days":     {model.Caps{}, week, rules(2, nil, model.Caps{Week: 10}), 12, 2 + 8},
		"a new cap of the year counts all of it":          {model.Caps{}, append([]model.Earning{task(20260105, 15), task(20251230, 15)}, week...), rules(2, nil, model.Caps{Cycle: 30}), 12, 7},
		"the year is used up":                             {model.Caps{}, append([]model.Earning{task(20260105, 40)}, week...), rules(2, nil, model.Caps{Cycle: 30}), 12, 0},
		"a cap of before that is tighter now":             {model.Caps{Week: 100}, week, rules(2, nil, model.Caps{Week: 10}), 12, 2 + 8},
		"what was booked later does not stand in the way": {model.Caps{}, append(slices.Clone(week), task(20261029, 9)), rules(2, nil, model.Caps{Week: 10}), 12, 10},
		"what is reversed stands in the way until it is":  {model.Caps{}, append(slices.Clone(week), reverse(1), reverse(3)), rules(2, nil, model.Caps{Week: 4}), 8, 0},
		"and then no more": {
			model.Caps{}, []model.Earning{task(20261026, 4), reverse(0), task(20261101, 4), task(20261102, 4), reverse(3), task(20261103, 4)},
			rules(2, nil, model.Caps{Week: 4}), 8, 8,
		},
		"a pair, in either direction": {
			model.Caps{}, []model.Earning{helped(20261102, 1, 2), helped(20261103, 2, 1), helped(20261104, 1, 2), helped(20261104, 1, 3)},
			rules(2, nil, model.Caps{Pair: 2}), 16, 12,
		},
		"an activity, wherever it began": {
			model.Caps{}, []model.Earning{at(7, task(20261031, 4)), at(7, task(20261101, 4)), at(8, task(20261101, 4)), task(20261101, 4)},
			rules(2, nil, model.Caps{Activity: 6}), 12, 2 + 4 + 4,
		},
		"another unit": {model.Caps{}, week, func() *model.RuleSet {
			s := rules(2, nil, model.Caps{})
			s.Items[0].Measure = model.Minutes
			return s
		}(), 12, 0},
		"no such rule": {model.Caps{}, week, &model.RuleSet{Version: 2}, 12, 0},
	} {
		h := newHistory(rules(1, nil, c.before))
		for _, e := range c.earnings {
			if e.Code == model.CodeReverse {
				h.reverse(int(e.Amount))
				continue
			}
			h.book(1, e, false)
		}
		x := h.under(c.draft)
		row := x.rules[ruleUnit{"A", model.Points}]
		_, noRule := c.draft.Find("A")
		missing := noRule != nil || c.draft.Items[0].Measure == model.Minutes
		if row == nil || row.Granted != c.granted || row.WouldBe != c.wouldBe || row.Difference != c.wouldBe-c.granted || row.Missing != missing || row.Name != "甲" {
			t.Errorf("%s: got %+v, want %d instead of %d", name, row, c.wouldBe, c.granted)
		}
	}
}

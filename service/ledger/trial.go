package ledger

import (
	"cmp"
	"container/heap"
	"slices"

	"linbanglin/model"
)

// trial plays what was granted once more, under a draft of rules, and adds up what would have been different
// in a month. It is fed in the order of booking and touches nothing else, so it can be tested against the
// machine.
//
// What was granted for services of the month has the draft's amounts, and what the draft's caps leave of
// them. What was granted for services outside of the month only counts for the caps that the month shares
// with it (its first and last week, its year, its activities), as it was: under a cap that the month's own
// rules had, as far as the ledger counted it for that; under one that only the draft has, all of it.
type trial struct {
	draft    *model.RuleSet
	month    stretch
	versions map[int32]*model.RuleSet // under which things were granted
	own      map[string]model.Caps    // of a code: those that the month's own rules had
	periods  map[int32]bool           // that a day of the month is in
	used     map[model.CapKey]int64   // by member instead of account
	returns  returns
	rules    map[ruleUnit]*DryRunRule
	members  map[model.ID]*memberChange
}

// stretch is some days, the first and the last included.
type stretch struct{ first, last model.Day }

func (s stretch) has(d model.Day) bool { return s.first <= d && d <= s.last }

// ruleUnit is a rule by what it counts: a code may have had another unit in another version.
type ruleUnit struct {
	code    string
	measure model.Measure
}

// memberChange is what a month would have been for a member.
type memberChange struct{ points, minutes Change }

func newTrial(draft *model.RuleSet, month stretch) *trial {
	x := &trial{
		draft: draft, month: month, versions: map[int32]*model.RuleSet{}, own: map[string]model.Caps{}, periods: map[int32]bool{0: true},
		used: map[model.CapKey]int64{}, rules: map[ruleUnit]*DryRunRule{}, members: map[model.ID]*memberChange{},
	}
	for day := month.first; day <= month.last; day = day.Next() {
		for _, p := range []model.Period{model.PeriodDay, model.PeriodWeek, model.PeriodYear} {
			x.periods[p.Key(day.Start().Time())] = true
		}
	}
	return x
}

// reach returns the days whose services the caps of the draft count together with those of the month: whole
// weeks, whole years, and for activities up to a year before it.
func (x *trial) reach() stretch {
	var weeks, cycle, activities bool
	for _, r := range x.draft.Items {
		weeks = weeks || r.Caps.Week > 0 || r.Caps.Pair > 0
		cycle = cycle || r.Caps.Cycle > 0
		activities = activities || r.Caps.Activity > 0
	}
	first, last := x.month.first.Start().Time(), x.month.last.Start().Time()
	reach := x.month
	if weeks {
		reach.first = dayOf(first.AddDate(0, 0, -(int(first.Weekday())+6)%7))
		reach.last = dayOf(last.AddDate(0, 0, (7-int(last.Weekday()))%7))
	}
	if cycle {
		reach.first = min(reach.first, dayOf(first.AddDate(0, 1-int(first.Month()), 0)))
		reach.last = max(reach.last, dayOf(first.AddDate(1, 1-int(first.Month()), -1)))
	}
	if activities {
		reach.first = min(reach.first, dayOf(first.AddDate(-1, 0, 0)))
	}
	return reach
}

// take plays one earning.
func (x *trial) take(e *model.Earning) {
	x.giveBack(e)
	rule := x.rule(e)
	inMonth := x.month.has(e.Day)
	amount, uses := int64(0), []model.CapUse(nil)
	if rule != nil {
		amount = e.Amount
		if inMonth && rule.Amount != nil {
			amount = *rule.Amount
		}
		uses = x.uses(rule, e, inMonth)
	}
	if inMonth {
		amount = x.left(uses, amount)
	}
	if amount == 0 {
		uses = nil
	}
	for _, u := range uses {
		x.used[u.Key] += taken(u, amount)
	}
	switch {
	case e.ReversedID != 0 && len(uses) > 0:
		heap.Push(&x.returns, giveBack{e.ReversedAt, e.ReversedID, uses, amount})
	case e.ReversedID == 0 && inMonth:
		x.tally(e, rule, amount)
	}
}

// left returns what caps leave of an amount.
func (x *trial) left(uses []model.CapUse, amount int64) int64 {
	for _, u := range uses {
		switch left := max(0, u.Limit-x.used[u.Key]); {
		case !u.Times:
			amount = min(amount, left)
		case left == 0:
			return 0
		}
	}
	return amount
}

// taken is how much of a cap an amount takes.
func taken(u model.CapUse, amount int64) int64 {
	if u.Times {
		return 1
	}
	return amount
}

// rule returns the draft's rule for an earning, nil when it has none for that unit.
func (x *trial) rule(e *model.Earning) *model.Rule {
	rule, err := x.draft.Find(e.Code)
	if err != nil || rule.Measure != e.Measure {
		return nil
	}
	return rule
}

// uses returns which caps of the draft an earning takes, of those that matter for the month.
func (x *trial) uses(rule *model.Rule, e *model.Earning, inMonth bool) []model.CapUse {
	caps := rule.Caps
	if !inMonth {
		own, had := x.own[e.Code], x.capsOf(e.Version, e.Code)
		for _, kind := range capKinds() {
			if *kind(&own) > 0 && *kind(&had) == 0 {
				*kind(&caps) = 0 // the ledger did not count it
			}
		}
	}
	return slices.DeleteFunc(caps.Uses(e.MemberID, e.Code, e.Day, e.CampaignID, e.CounterID),
		func(u model.CapUse) bool { return !x.periods[u.Key.Period] })
}

// capKinds returns where caps keep their bound of each kind.
func capKinds() []func(*model.Caps) *int64 {
	return []func(*model.Caps) *int64{
		func(c *model.Caps) *int64 { return &c.Day },
		func(c *model.Caps) *int64 { return &c.Week },
		func(c *model.Caps) *int64 { return &c.Cycle },
		func(c *model.Caps) *int64 { return &c.Activity },
		func(c *model.Caps) *int64 { return &c.Pair },
	}
}

// capsOf returns the caps that a code had in a version, none when it was not there.
func (x *trial) capsOf(version int32, code string) model.Caps {
	set := x.versions[version]
	if set == nil {
		return model.Caps{}
	}
	rule, err := set.Find(code)
	if err != nil {
		return model.Caps{}
	}
	return rule.Caps
}

// owns says under which versions a code was granted for services of the month.
func (x *trial) owns(code string, versions []int32) {
	own := x.own[code]
	for _, v := range versions {
		had := x.capsOf(v, code)
		for _, kind := range capKinds() {
			*kind(&own) = max(*kind(&own), *kind(&had))
		}
	}
	x.own[code] = own
}

// tally adds an earning of the month, and what it would have been, to its rule and its member.
func (x *trial) tally(e *model.Earning, rule *model.Rule, amount int64) {
	unit := ruleUnit{e.Code, e.Measure}
	row := x.rules[unit]
	if row == nil {
		row = &DryRunRule{Code: e.Code, Name: e.Code, Measure: e.Measure, Missing: rule == nil}
		if named, err := x.named(e).Find(e.Code); err == nil {
			row.Name = named.Name
		}
		x.rules[unit] = row
	}
	row.Times++
	row.add(e.Amount, amount)
	m := x.members[e.MemberID]
	if m == nil {
		m = &memberChange{}
		x.members[e.MemberID] = m
	}
	if e.Measure == model.Minutes {
		m.minutes.add(e.Amount, amount)
	} else {
		m.points.add(e.Amount, amount)
	}
}

// named returns the set that gives an earning's rule its name: the draft if it has the code.
func (x *trial) named(e *model.Earning) *model.RuleSet {
	if _, err := x.draft.Find(e.Code); err == nil || x.versions[e.Version] == nil {
		return x.draft
	}
	return x.versions[e.Version]
}

// giveBack is what a reversal gives back to caps, and when.
type giveBack struct {
	at     model.Instant
	id     model.ID
	uses   []model.CapUse
	amount int64
}

// giveBack gives caps back what was reversed before an earning was booked.
func (x *trial) giveBack(before *model.Earning) {
	for len(x.returns) > 0 {
		if r := x.returns[0]; r.at > before.BookedAt || r.at == before.BookedAt && r.id > before.ID {
			return
		}
		r := heap.Pop(&x.returns).(giveBack)
		for _, u := range r.uses {
			x.used[u.Key] -= taken(u, r.amount)
		}
	}
}

// returns is a heap of what reversals give back, the soonest first.
type returns []giveBack

// Len implements heap.Interface.
func (r returns) Len() int { return len(r) }

// Less implements heap.Interface.
func (r returns) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(r[i].at, r[j].at), cmp.Compare(r[i].id, r[j].id)) < 0
}

// Swap implements heap.Interface.
func (r returns) Swap(i, j int) { r[i], r[j] = r[j], r[i] }

// Push implements heap.Interface.
func (r *returns) Push(x any) { *r = append(*r, x.(giveBack)) }

// Pop implements heap.Interface.
func (r *returns) Pop() any {
	last := len(*r) - 1
	x := (*r)[last]
	*r = (*r)[:last]
	return x
}

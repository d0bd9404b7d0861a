package model

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestRuleSetStatesByTheTable walks the whole table: each verb on a set in each state, where the table has
// an arrow and where it has none.
func TestRuleSetStatesByTheTable(t *testing.T) {
	const today = Day(20261123)
	states := []RuleSetStatus{RulesDraft, RulesPublished, RulesRetired}
	verbs := map[RuleSetStatus]func(*RuleSet) error{
		RulesPublished: func(s *RuleSet) error { return s.Publish(today, today) },
		RulesRetired:   func(s *RuleSet) error { return s.Retire(today) },
	}
	if len(RuleSetTransitions()) != len(states) {
		t.Errorf("the table has %d states", len(RuleSetTransitions()))
	}
	walked := 0
	for _, from := range states {
		for to, verb := range verbs {
			set := DefaultRules(1)
			set.Status = from
			before := *set
			err := verb(set)
			if slices.Contains(RuleSetTransitions()[from], to) {
				if err != nil || set.Status != to {
					t.Errorf("%s to %s: %v, it is %s", from, to, err, set.Status)
				}
			} else if !errors.Is(err, ErrRulesState) || set.Status != from || set.EffectiveDay != before.EffectiveDay || set.RetiredDay != before.RetiredDay {
				t.Errorf("%s to %s: %v, it is %+v", from, to, err, set)
			}
			walked++
		}
		set := DefaultRules(1)
		set.Status = from
		if err := set.Edit(DefaultRules(1), 1); (err == nil) != (from == RulesDraft) || err != nil && !errors.Is(err, ErrRulesState) {
			t.Errorf("edit in %s: %v", from, err)
		}
		if slices.Contains(RuleSetTransitions()[from], RulesDraft) {
			t.Errorf("%s becomes a draft again", from)
		}
	}
	if walked != len(states)*len(verbs) {
		t.Errorf("%d steps were walked", walked)
	}
}

func TestRuleSetDays(t *testing.T) {
	const today = Day(20261123)
	draft := func() *RuleSet { s := DefaultRules(1); s.Status = RulesDraft; return s }
	if err := draft().Publish(20261122, today); !errors.Is(err, ErrRulesPast) {
		t.Errorf("yesterday: %v", err)
	}
	for _, c := range []struct{ from, retired, want Day }{
		{today, today, today},          // given up on the day it began
		{20261101, today, today},       // in force until yesterday
		{20261201, today, 20261201},    // never in force
		{0, today, today},              // a draft
		{20261201, 20261202, 20261202}, // after a day
	} {
		s := draft()
		if c.from != 0 {
			s.Status, s.EffectiveDay = RulesPublished, c.from
		}
		if err := s.Retire(c.retired); err != nil || s.RetiredDay != c.want || s.Public() != (c.from != 0) {
			t.Errorf("from %d retired on %d: %d, %v", c.from, c.retired, s.RetiredDay, err)
		}
	}
	s := draft()
	if err := s.Edit(&RuleSet{ValidMonths: 7, Note: "x"}, 2); !errors.Is(err, ErrStale) || s.ValidMonths == 7 {
		t.Errorf("a stale edit: %v", err)
	}
	if err := s.Edit(&RuleSet{ValidMonths: 7, Note: "x"}, 1); err != nil || s.ValidMonths != 7 || s.Note != "x" || s.Revision != 2 {
		t.Errorf("an edit: %v, %+v", err, s)
	}
}

func TestRuleSetValidates(t *testing.T) {
	amount := func(n int64) *int64 { return &n }
	other := func() *Rule { return &Rule{Code: "HOUR", Name: "整点", Measure: Points, Class: Verified} }
	for name, c := range map[string]struct {
		change func(*RuleSet)
		want   error
	}{
		"the default":           {func(*RuleSet) {}, nil},
		"one more":              {func(s *RuleSet) { s.Items = append(s.Items, other()) }, nil},
		"a code twice":          {func(s *RuleSet) { s.Items = append(s.Items, other(), other()) }, ErrInvalid},
		"a core rule less":      {func(s *RuleSet) { s.Items = s.Items[1:] }, ErrInvalid},
		"a reserved code":       {func(s *RuleSet) { o := other(); o.Code = CodeDonate; s.Items = append(s.Items, o) }, ErrInvalid},
		"small letters":         {func(s *RuleSet) { o := other(); o.Code = "hour"; s.Items = append(s.Items, o) }, ErrInvalid},
		"no name":               {func(s *RuleSet) { o := other(); o.Name = " "; s.Items = append(s.Items, o) }, ErrInvalid},
		"a negative amount":     {func(s *RuleSet) { s.Items[0].Amount = amount(-1) }, ErrAmount},
		"a huge amount":         {func(s *RuleSet) { s.Items[0].Amount = amount(MaxAmount + 1) }, ErrAmount},
		"no amount for a task":  {func(s *RuleSet) { s.Items[0].Amount = nil }, ErrInvalid},
		"nothing for a task":    {func(s *RuleSet) { s.Items[0].Amount = amount(0) }, nil},
		"minutes that are set":  {func(s *RuleSet) { s.Items[1].Amount = amount(60) }, ErrInvalid},
		"a campaign that is":    {func(s *RuleSet) { s.Items[2].Amount = amount(5) }, ErrInvalid},
		"an award that is":      {func(s *RuleSet) { s.Items[3].Amount = amount(5) }, nil},
		"minutes as points":     {func(s *RuleSet) { s.Items[1].Measure = Points }, ErrInvalid},
		"a task in minutes":     {func(s *RuleSet) { s.Items[0].Measure = Minutes }, ErrInvalid},
		"no class":              {func(s *RuleSet) { s.Items[0].Class = Unclassed }, ErrInvalid},
		"a negative cap":        {func(s *RuleSet) { s.Items[0].Caps.Week = -1 }, ErrInvalid},
		"lives for ever":        {func(s *RuleSet) { s.ValidMonths = 0 }, nil},
		"lives for eleven year": {func(s *RuleSet) { s.ValidMonths = 121 }, ErrInvalid},
		"a long note":           {func(s *RuleSet) { s.Note = strings.Repeat("长", 201) }, ErrInvalid},
		"a note":                {func(s *RuleSet) { s.Note = strings.Repeat("长", 200) }, nil},
	} {
		s := DefaultRules(1)
		c.change(s)
		if err := s.Validate(); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

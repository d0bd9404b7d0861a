package model

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPeriodKeysReadWhatTheyWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMicro(rapid.Int64Range(int64(Day(20200101).Start()), int64(Day(20991231).Start())).Draw(t, "at"))
		for _, p := range CalendarPeriods() {
			key := p.Key(at)
			if got, err := p.Parse(p.Format(key), time.Now()); err != nil || got != key {
				t.Fatalf("%s %q: got %d, %v; want %d", p, p.Format(key), got, err, key)
			}
		}
	})
}

func TestPeriodBordersAreShanghais(t *testing.T) {
	at := time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC) // midnight of the new year in Shanghai
	for p, want := range map[Period][2]string{
		PeriodDay:     {"2026-12-31", "2027-01-01"},
		PeriodWeek:    {"2026-W53", "2026-W53"},
		PeriodMonth:   {"2026-12", "2027-01"},
		PeriodQuarter: {"2026-Q4", "2027-Q1"},
		PeriodYear:    {"2026", "2027"},
	} {
		before, after := p.Format(p.Key(at.Add(-time.Microsecond))), p.Format(p.Key(at))
		if before != want[0] || after != want[1] {
			t.Errorf("%s: %s then %s, want %v", p, before, after, want)
		}
	}
}

func TestPeriodRefusesWhatDoesNotExist(t *testing.T) {
	for p, keys := range map[Period][]string{
		PeriodDay:     {"2026-02-30", "2026-13-01", "20261123", "x", "2026-11-23x", " 2026-11-23"},
		PeriodWeek:    {"2026-W54", "2025-W53", "2026-W00", "2026-W5", "2026W05"},
		PeriodMonth:   {"2026-13", "2026-00", "2026-1", "2026"},
		PeriodQuarter: {"2026-Q5", "2026-Q0", "2026-Q"},
		PeriodYear:    {"26", "x", "2026-11"},
		"decade":      {"", "2026"},
	} {
		for _, key := range keys {
			if got, err := p.Parse(key, time.Now()); !errors.Is(err, ErrBoard) {
				t.Errorf("%s %q: got %d, %v", p, key, got, err)
			}
		}
	}
}

func TestRankKeySortsByPointsThenByWhoWasFirst(t *testing.T) {
	type place struct{ points, reached int64 }
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) place {
			return place{rapid.Int64Range(-(1<<24)+1, 1<<24-1).Draw(t, name+" points"), rapid.Int64Range(0, 1<<29-1).Draw(t, name+" reached")}
		}
		a, b := draw("a"), draw("b")
		if rapid.Bool().Draw(t, "equal points") {
			b.points = a.points
		}
		first := a.points > b.points || a.points == b.points && a.reached < b.reached
		ka, kb := RankKey(a.points, a.reached, 0), RankKey(b.points, b.reached, 0)
		if (ka > kb) != first || int64(float64(ka)) != ka {
			t.Fatalf("%+v has key %d, %+v has %d", a, ka, b, kb)
		}
		if PointsOfRankKey(ka) != a.points || (ka >= LowestRankKey) != (a.points > 0) {
			t.Fatalf("key %d of %+v is read as %d points", ka, a, PointsOfRankKey(ka))
		}
	})
}

func TestDigestOfStandingsCoversEveryField(t *testing.T) {
	base := []*Standing{{1, 1, 10, 5, 3}, {1, 2, 11, 4, 2}}
	for name, change := range map[string]func([]*Standing){
		"board":   func(s []*Standing) { s[0].BoardID++ },
		"rank":    func(s []*Standing) { s[0].RankNo++ },
		"subject": func(s []*Standing) { s[1].SubjectID++ },
		"points":  func(s []*Standing) { s[1].Points++ },
		"reached": func(s []*Standing) { s[1].ReachedSeq++ },
		"order":   func(s []*Standing) { slices.Reverse(s) },
	} {
		changed := []*Standing{{1, 1, 10, 5, 3}, {1, 2, 11, 4, 2}}
		change(changed)
		if string(DigestStandings(changed)) == string(DigestStandings(base)) {
			t.Errorf("a change of the %s is not seen", name)
		}
	}
}

// TestAPeriodEndsWhereTheNextBegins walks ten years day by day.
func TestAPeriodEndsWhereTheNextBegins(t *testing.T) {
	for _, period := range CalendarPeriods() {
		for day := Day(20200101); day < 20300101; day = day.Next() {
			key := period.Key(day.Start().Time())
			if end := period.End(key); end <= day.Start() || period.Key(end.Time()) == key || period.Key(end.Time().Add(-time.Second)) != key {
				t.Fatalf("%s %s ends at %s", period, period.Format(key), end.Time())
			}
		}
	}
	if end := PeriodCampaign.End(0); end != 0 {
		t.Errorf("a campaign ends at %d", end)
	}
}

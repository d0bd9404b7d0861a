package model

import (
	"strings"
	"testing"
)

func at(t *testing.T, text string) Instant {
	t.Helper()
	var i Instant
	if err := i.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return i
}

func TestAddWorkingDays(t *testing.T) {
	own := Calendar{
		20261124: {Day: 20261124, Working: false, Note: "社区停电"},
		20261128: {Day: 20261128, Working: true, Note: "补班"},
	}
	for _, c := range []struct {
		name     string
		calendar Calendar
		from     string
		n        int
		last     string // the working day at whose end it is over
	}{
		{"within a week", nil, "2026-11-23T08:00:00+08:00", 4, "2026-11-27"},
		{"over a weekend", nil, "2026-11-23T08:00:00+08:00", 5, "2026-11-30"},
		{"the last minute of a day", nil, "2026-11-23T23:59:59+08:00", 1, "2026-11-24"},
		{"the first minute of a day", nil, "2026-11-24T00:00:00+08:00", 1, "2026-11-25"},
		{"from a Saturday", nil, "2026-11-28T10:00:00+08:00", 1, "2026-11-30"},
		{"UTC still has the day before", nil, "2026-11-23T17:00:00Z", 1, "2026-11-25"},
		{"across 春节, from the Friday before its make-up Saturday", nil, "2026-02-13T10:00:00+08:00", 5, "2026-02-27"},
		{"from within 春节", nil, "2026-02-16T10:00:00+08:00", 1, "2026-02-24"},
		{"the make-up Saturday after it", nil, "2026-02-24T10:00:00+08:00", 4, "2026-02-28"},
		{"国庆 with a make-up Saturday after", nil, "2026-09-30T10:00:00+08:00", 3, "2026-10-10"},
		{"a make-up Sunday before 国庆", nil, "2026-09-18T10:00:00+08:00", 1, "2026-09-20"},
		{"中秋", nil, "2026-09-24T10:00:00+08:00", 1, "2026-09-28"},
		{"清明", nil, "2026-04-03T10:00:00+08:00", 1, "2026-04-07"},
		{"劳动节", nil, "2026-04-30T10:00:00+08:00", 4, "2026-05-09"},
		{"端午", nil, "2026-06-18T10:00:00+08:00", 1, "2026-06-22"},
		{"元旦, whose Sunday is made up", nil, "2025-12-31T10:00:00+08:00", 1, "2026-01-04"},
		{"across the end of a year that has no holidays here", nil, "2026-12-30T10:00:00+08:00", 5, "2027-01-06"},
		{"a community's own days", own, "2026-11-23T08:00:00+08:00", 5, "2026-11-30"},
		{"a community's own Saturday", own, "2026-11-27T08:00:00+08:00", 1, "2026-11-28"},
	} {
		want, err := ParseDay(c.last)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.calendar.AddWorkingDays(at(t, c.from), c.n); got != want.End() {
			t.Errorf("%s: got %s, want the end of %s", c.name, got, c.last)
		}
	}
	for _, n := range []int{0, -1} {
		if got := Calendar(nil).AddWorkingDays(monday, n); got != monday {
			t.Errorf("%d days: got %s", n, got)
		}
	}
}

func TestOfficialCalendar(t *testing.T) {
	off, work := 0, 0
	for day, known := range official {
		if known.Day != day || known.Note == "" || known.Source != FromOfficial || day/10000 != 2026 {
			t.Errorf("%s: %+v", day, known)
		}
		weekday := int(day.Start().Time().Weekday())
		if known.Working && weekday != 0 && weekday != 6 {
			t.Errorf("%s is made up for on a working day", day)
		}
		if known.Working {
			work++
		} else {
			off++
		}
	}
	if off != 33 || work != 6 {
		t.Errorf("%d days off and %d made up", off, work)
	}
	for day, want := range map[Day]CalendarDay{
		20261010: {Day: 20261010, Working: true, Note: "国庆节调休", Source: FromOfficial},
		20261001: {Day: 20261001, Working: false, Note: "国庆节", Source: FromOfficial},
		20271001: {Day: 20271001, Working: true, Source: FromWeek},
		20271002: {Day: 20271002, Working: false, Source: FromWeek},
	} {
		if got := Calendar(nil).On(day); got != want {
			t.Errorf("%s: got %+v", day, got)
		}
	}
	own := Calendar{20261001: {CommunityID: 1, Day: 20261001, Working: true, Note: "值班"}}
	if got := own.On(20261001); !got.Working || got.Source != FromCommunity || got.Note != "值班" {
		t.Errorf("got %+v", got)
	}
}

func TestAnOfficialCalendarThatCannotBeRead(t *testing.T) {
	for _, line := range []string{
		"2026-01-01 2026-01-03 off", "2026-01-01 2026-01-03 maybe 元旦", "2026-01-03 2026-01-01 off 元旦", "2026-13-01 2026-13-01 off 元旦", "2026-01-01 x off 元旦",
	} {
		func() {
			defer func() {
				if reason, _ := recover().(string); !strings.Contains(reason, "official calendar") {
					t.Errorf("%q is read: %v", line, reason)
				}
			}()
			readOfficial(line + "\n")
		}()
	}
}

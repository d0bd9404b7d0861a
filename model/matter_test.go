package model

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func workingDay(day Day, hour int) Instant { return day.Start().Add(time.Duration(hour) * time.Hour) }

func TestLimitsOnTheCalendar(t *testing.T) {
	t.Parallel()
	friday, monday := Day(20261127), Day(20261130)
	for name, x := range map[string]struct {
		from  Instant
		limit Limit
		want  Instant
	}{
		"hours go through the weekend":            {workingDay(friday, 16), Limit{24, Hours}, workingDay(20261128, 16)},
		"working hours do not":                    {workingDay(friday, 16), Limit{2, WorkingHours}, workingDay(monday, 10)},
		"working hours begin when offices open":   {workingDay(friday, 7), Limit{1, WorkingHours}, workingDay(friday, 10)},
		"eight working hours are a day":           {workingDay(friday, 12), Limit{8, WorkingHours}, workingDay(monday, 12)},
		"a working day ends with the next one":    {workingDay(friday, 16), Limit{1, WorkingDays}, monday.End()},
		"five working days jump over the weekend": {workingDay(20261123, 8), Limit{5, WorkingDays}, monday.End()},
		"official holidays are no working days":   {workingDay(20260930, 8), Limit{1, WorkingDays}, Day(20261008).End()},
	} {
		if got := (Calendar{}).After(x.from, x.limit); got != x.want {
			t.Errorf("%s: got %s, want %s", name, got, x.want)
		}
	}
}

// TestWhatIsLeftAfterAPauseIsWhatWasLeftBefore takes pauses from and to all hours of two weeks.
func TestWhatIsLeftAfterAPauseIsWhatWasLeftBefore(t *testing.T) {
	t.Parallel()
	c := Calendar{20261125: {Day: 20261125, Working: false}}
	begin := workingDay(20261123, 8)
	left := func(unit LimitUnit, from, due Instant) time.Duration {
		switch unit {
		case WorkingHours:
			return c.officeTime(from, due)
		case WorkingDays:
			n := 0
			for day := from.Day(); day < (due - 1).Day(); {
				if day = day.Next(); c.On(day).Working {
					n++
				}
			}
			return time.Duration(n)
		}
		return time.Duration(due - from)
	}
	for _, unit := range []LimitUnit{Hours, WorkingHours, WorkingDays} {
		for paused := begin; paused < begin.Add(14*24*time.Hour); paused = paused.Add(5 * time.Hour) {
			for resumed := paused; resumed < paused.Add(10*24*time.Hour); resumed = resumed.Add(7 * time.Hour) {
				due := c.After(begin, Limit{6, unit})
				got := c.Resume(due, unit, paused, resumed)
				switch {
				case due <= paused && got != due:
					t.Fatalf("%s: what was over at %s is due at %s again", unit, paused, got)
				case due > paused && left(unit, paused, due) != left(unit, resumed, got):
					t.Fatalf("%s: paused %s to %s: due %s became %s", unit, paused, resumed, due, got)
				}
			}
		}
	}
}

// TestTheTableOfMatters wants every state to be reached and, but for the ends, to be left, and every step to belong to
// somebody.
func TestTheTableOfMatters(t *testing.T) {
	t.Parallel()
	table := MatterTransitions()
	reached, taken := map[MatterStatus]bool{MatterReported: true}, map[MatterAction]bool{}
	for from, actions := range table {
		if !slices.Contains(MatterStatuses(), from) {
			t.Errorf("%s is no state", from)
		}
		for action, to := range actions {
			reached[to], taken[action] = true, true
			if len(MatterParts()[action]) == 0 {
				t.Errorf("nobody may %s", action)
			}
		}
	}
	for _, s := range MatterStatuses() {
		if !reached[s] {
			t.Errorf("%s is never reached", s)
		}
		if final := len(table[s]) == 0; final != slices.Contains([]MatterStatus{MatterRefused, MatterDuplicate, MatterRedirected, MatterWithdrawn}, s) {
			t.Errorf("%s is final: %t", s, final)
		}
	}
	for action := range MatterParts() {
		if !taken[action] {
			t.Errorf("%s is never possible", action)
		}
	}
}

func TestAReplayFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	good := func() []*MatterStep {
		m := &Matter{ID: 1, OwnerID: 7, Title: "路灯", Audience: AudienceResident}
		s := DefaultCatalogue(0).Items[0]
		if err := errors.Join(m.Report(3, s, Calendar{}, 10), m.Accept(StepBy{Member: 7, Now: 20}, 0, s, Calendar{}), m.Contacted(StepBy{Member: 7, Now: 30})); err != nil {
			t.Fatal(err)
		}
		return m.Steps
	}
	if m, err := ReplayMatter(good()); err != nil || m.Status != MatterContacted || m.OwnerID != 7 {
		t.Fatalf("got %+v, %v", m, err)
	}
	for name, spoil := range map[string]func([]*MatterStep) []*MatterStep{
		"a step is missing":         func(s []*MatterStep) []*MatterStep { return []*MatterStep{s[0], s[2]} },
		"the first is missing":      func(s []*MatterStep) []*MatterStep { return s[1:] },
		"nobody owns it":            func(s []*MatterStep) []*MatterStep { s[1].OwnerAfter = 0; return s },
		"an owner came from nobody": func(s []*MatterStep) []*MatterStep { s[2].OwnerBefore = 8; return s },
		"the table does not say so": func(s []*MatterStep) []*MatterStep { s[1].ToStatus = MatterClosed; return s },
		"time goes back":            func(s []*MatterStep) []*MatterStep { s[2].At = 5; return s },
	} {
		if _, err := ReplayMatter(spoil(good())); err == nil {
			t.Errorf("%s: not seen", name)
		}
	}
}

package model

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func givenOffer() *HelpOffer {
	return &HelpOffer{
		Categories: []string{"errand"}, Title: "跑腿", Reach: KindCommunity, WeeklyLimit: 3, Status: OfferActive, Version: 1,
		Availability: []Slot{{1, "09:00", "11:30"}},
	}
}

func TestOfferMovesAsTheTableSays(t *testing.T) {
	all := []OfferStatus{OfferActive, OfferPaused, OfferClosed}
	allowed := map[OfferStatus][]OfferStatus{
		OfferActive: {OfferPaused, OfferClosed}, OfferPaused: {OfferActive, OfferClosed},
	}
	for _, from := range all {
		for _, to := range append(all, "gone") {
			o := givenOffer()
			o.Status = from
			err := o.Move(to, monday)
			if slices.Contains(allowed[from], to) {
				if err != nil || o.Status != to || o.Version != 2 || o.UpdatedAt != monday {
					t.Errorf("%s to %s: %s at version %d, %v", from, to, o.Status, o.Version, err)
				}
			} else if !errors.Is(err, ErrOfferState) || o.Status != from || o.Version != 1 {
				t.Errorf("%s to %s: %s at version %d, %v", from, to, o.Status, o.Version, err)
			}
		}
	}
}

func TestOfferValidate(t *testing.T) {
	slot := func(s Slot) func(*HelpOffer) { return func(o *HelpOffer) { o.Availability = []Slot{s} } }
	for name, c := range map[string]struct {
		change func(o *HelpOffer)
		want   error
	}{
		"as it is":           {func(*HelpOffer) {}, nil},
		"no times":           {func(o *HelpOffer) { o.Availability = nil }, nil},
		"until midnight":     {slot(Slot{7, "00:00", "24:00"}), nil},
		"no category":        {func(o *HelpOffer) { o.Categories = nil }, ErrCategory},
		"unknown category":   {func(o *HelpOffer) { o.Categories = []string{"errand", "magic"} }, ErrCategory},
		"no title":           {func(o *HelpOffer) { o.Title = "" }, ErrInvalid},
		"ends early":         {slot(Slot{1, "11:00", "10:00"}), ErrPeriod},
		"no length":          {slot(Slot{1, "11:00", "11:00"}), ErrPeriod},
		"no weekday":         {slot(Slot{0, "10:00", "11:00"}), ErrPeriod},
		"an eighth weekday":  {slot(Slot{8, "10:00", "11:00"}), ErrPeriod},
		"no time of day":     {slot(Slot{1, "10:00", "25:00"}), ErrPeriod},
		"short time of day":  {slot(Slot{1, "9:00", "11:00"}), ErrPeriod},
		"words":              {slot(Slot{1, "early", "later"}), ErrPeriod},
		"reach of a branch":  {func(o *HelpOffer) { o.Reach = KindBranch }, ErrInvalid},
		"reach of one's own": {func(o *HelpOffer) { o.Reach = KindHousehold }, ErrInvalid},
		"no limit":           {func(o *HelpOffer) { o.WeeklyLimit = 0 }, ErrInvalid},
		"too often":          {func(o *HelpOffer) { o.WeeklyLimit = 51 }, ErrInvalid},
	} {
		o := givenOffer()
		c.change(o)
		if err := o.Validate(); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestSlotOverlaps(t *testing.T) {
	at := func(days, hours, minutes int) Instant { // from Monday midnight
		return monday.Day().Start().Add(time.Duration(days*24+hours)*time.Hour + time.Duration(minutes)*time.Minute)
	}
	morning := Slot{1, "09:00", "11:00"}
	for name, c := range map[string]struct {
		start, end Instant
		want       bool
	}{
		"within":                   {at(0, 9, 30), at(0, 10, 0), true},
		"around":                   {at(0, 8, 0), at(0, 12, 0), true},
		"a moment in it":           {at(0, 9, 0), 0, true},
		"a moment at its end":      {at(0, 11, 0), 0, false},
		"ends as it begins":        {at(0, 8, 0), at(0, 9, 0), false},
		"begins as it ends":        {at(0, 11, 0), at(0, 12, 0), false},
		"another day":              {at(1, 9, 30), at(1, 10, 0), false},
		"from the evening before":  {at(-1, 20, 0), at(0, 9, 30), true},
		"the evening before only":  {at(-1, 20, 0), at(0, 8, 0), false},
		"after it, into next week": {at(0, 12, 0), at(7, 9, 30), true},
		"after it, a whole week":   {at(0, 12, 0), at(7, 9, 0), false},
		"several weeks":            {at(3, 0, 0), at(30, 0, 0), true},
	} {
		if got := morning.Overlaps(c.start, c.end); got != c.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
	if (Slot{1, "x", "y"}).Overlaps(at(0, 0, 0), at(7, 0, 0)) {
		t.Error("what is no slot overlaps")
	}
}

func TestSlotOverlapsAsMinuteByMinute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.IntRange(0, 1438).Draw(t, "from")
		to := rapid.IntRange(from+1, 1439).Draw(t, "to")
		clock := func(m int) string { return time.Unix(int64(m)*60, 0).UTC().Format("15:04") }
		slot := Slot{rapid.IntRange(1, 7).Draw(t, "weekday"), clock(from), clock(to)}
		start := monday.Add(time.Duration(rapid.IntRange(0, 20000).Draw(t, "start")) * time.Minute)
		length := rapid.IntRange(1, 12000).Draw(t, "length")
		want := false
		for m := range length {
			at := start.Add(time.Duration(m) * time.Minute).Time()
			minute := at.Hour()*60 + at.Minute()
			if (int(at.Weekday())+6)%7+1 == slot.Weekday && from <= minute && minute < to {
				want = true
				break
			}
		}
		if got := slot.Overlaps(start, start.Add(time.Duration(length)*time.Minute)); got != want {
			t.Fatalf("%+v from %s for %d minutes: got %t", slot, start, length, got)
		}
	})
}

func TestReachesAsFarAsItSays(t *testing.T) {
	home := Place{CommunityID: 1, AreaID: 2, GridID: 3, BuildingID: 4, UnitID: 5, HouseholdID: 6}
	// Away from home by one level more each time.
	away := []Place{
		{1, 2, 3, 4, 5, 60, 0}, {1, 2, 3, 4, 50, 60, 0}, {1, 2, 3, 40, 50, 60, 0}, {1, 2, 30, 40, 50, 60, 0}, {1, 20, 30, 40, 50, 60, 0}, {10, 20, 30, 40, 50, 60, 0},
	}
	for reach, kind := range Reaches() {
		o := HelpOffer{Place: home, Reach: kind}
		for step, p := range away {
			if got, want := o.Reaches(p), step <= reach; got != want {
				t.Errorf("%s, %d steps away: got %t", kind, step, got)
			}
		}
	}
}

func TestSuitedAndServedAgreeWithNear(t *testing.T) {
	for _, wanted := range Categories() {
		for _, offered := range Categories() {
			want := wanted.Code == offered.Code || NearCategory(wanted.Code, offered.Code)
			suited := slices.Contains(Suited(wanted.Code), offered.Code)
			served := slices.Contains(Served([]string{offered.Code}), wanted.Code)
			if suited != want || served != want {
				t.Errorf("%s for %s: suited %t, served %t, want %t", offered.Code, wanted.Code, suited, served, want)
			}
		}
	}
	for _, c := range Categories() {
		for _, near := range c.Near {
			if !KnownCategory(near) {
				t.Errorf("%s is near %s, which is no category", c.Code, near)
			}
		}
	}
	if Suited("magic") != nil || len(Served(nil)) != 0 {
		t.Error("what is no category is suited")
	}
}

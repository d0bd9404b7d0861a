package model

import (
	"slices"
	"testing"
	"time"
)

// TestFullTimeIsByTheSessionsOfAMember tries members at a campaign of two sessions of two hours each.
func TestFullTimeIsByTheSessionsOfAMember(t *testing.T) {
	hour := func(n float64) Instant { return Instant(n * float64(time.Hour.Microseconds())) }
	two := &Campaign{StartsAt: hour(0), EndsAt: hour(4), Plan: CampaignPlan{Sessions: []CampaignSession{
		{StartsAt: hour(0), EndsAt: hour(2)}, {StartsAt: hour(2), EndsAt: hour(4)},
	}}}
	stay := func(session int, from, to float64) *Checkin {
		return &Checkin{Session: session, MemberID: 1, Class: Verified, CheckedInAt: hour(from), CheckedOutAt: hour(to)}
	}
	for name, x := range map[string]struct {
		c        *Campaign
		signedUp []int
		stays    []*Checkin
		want     int
	}{
		"both":                   {two, []int{1, 2}, []*Checkin{stay(1, 0, 2), stay(2, 2.1, 4)}, 1},
		"one of one":             {two, []int{2}, []*Checkin{stay(2, 2, 4)}, 1},
		"one of two":             {two, []int{1, 2}, []*Checkin{stay(1, 0, 2)}, 0},
		"all without a sign-up":  {two, nil, []*Checkin{stay(1, 0, 2), stay(2, 2, 4)}, 1},
		"some without a sign-up": {two, nil, []*Checkin{stay(1, 0, 2)}, 0},
		"late":                   {two, []int{1}, []*Checkin{stay(1, 0.5, 2)}, 0},
		"no sessions":            {&Campaign{StartsAt: hour(0), EndsAt: hour(4)}, []int{1}, []*Checkin{stay(1, 0, 4)}, 1},
		"no sessions, early":     {&Campaign{StartsAt: hour(0), EndsAt: hour(4)}, nil, []*Checkin{stay(1, 0, 2)}, 0},
		"forgotten": {two, []int{1}, []*Checkin{func() *Checkin {
			k := stay(1, 0, 2)
			k.Forgotten = true
			return k
		}()}, 0},
	} {
		var rows []*Attendance
		for _, k := range x.stays {
			rows = append(rows, &Attendance{Checkin: k, SignedUp: x.signedUp})
		}
		got := x.c.Honours(rows, hour(5))
		full := slices.DeleteFunc(got, func(h *Honour) bool { return h.Kind != HonourFullTime })
		if len(full) != x.want {
			t.Errorf("%s: got %d, want %d", name, len(full), x.want)
		}
	}
}

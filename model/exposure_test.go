package model

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// shown draws a request on the board.
func shown(t *rapid.T) *HelpRequest {
	r := &HelpRequest{
		CreatedAt: monday.Add(time.Duration(rapid.IntRange(0, 60*24*60).Draw(t, "minutes")) * time.Minute),
		Urgency:   rapid.SampledFrom(Urgencies()).Draw(t, "urgency"), Views: rapid.Int64Range(0, 1<<40).Draw(t, "views"),
	}
	if rapid.Bool().Draw(t, "timed") {
		r.StartsAt = r.CreatedAt.Add(time.Duration(rapid.IntRange(-60, 60*24*30).Draw(t, "ahead")) * time.Minute)
	}
	for range rapid.IntRange(0, 4).Draw(t, "claims") {
		one := 1
		r.Claims = append(r.Claims, &Claim{Holding: &one})
	}
	return r
}

func TestTheBoardGivesWayToWhoWasNotSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := shown(t)
		key := r.BoardKey()
		for name, change := range map[string]func(*HelpRequest){
			"more views":      func(r *HelpRequest) { r.Views += rapid.Int64Range(0, 1000).Draw(t, "more") },
			"one more helper": func(r *HelpRequest) { one := 1; r.Claims = append(r.Claims, &Claim{Holding: &one}) },
			"waits less": func(r *HelpRequest) {
				r.CreatedAt = r.CreatedAt.Add(time.Duration(rapid.IntRange(0, 10000).Draw(t, "less")) * time.Minute)
			},
			"is wanted later": func(r *HelpRequest) {
				r.StartsAt = max(r.StartsAt, r.CreatedAt).Add(time.Duration(rapid.IntRange(0, 10000).Draw(t, "later")) * time.Minute)
			},
			"is not urgent": func(r *HelpRequest) {
				r.Urgency = map[Urgency]Urgency{UrgencyUrgent: UrgencyNormal, UrgencyNormal: UrgencyLow, UrgencyLow: UrgencyLow}[r.Urgency]
			},
		} {
			other := *r
			change(&other)
			if got := other.BoardKey(); got < key {
				t.Fatalf("%s: %d comes before %d", name, got, key)
			}
		}
		gone := *r
		gone.Claims = append([]*Claim{{Status: ClaimWithdrawn}}, r.Claims...)
		if gone.BoardKey() != key {
			t.Fatal("a claim that was given back counts")
		}
	})
}

func TestUrgentComesFirstAmongThoseOfSimilarAge(t *testing.T) {
	for _, hours := range []time.Duration{0, 1, 24, 59} {
		urgent := &HelpRequest{CreatedAt: monday.Add(hours * time.Hour), Urgency: UrgencyUrgent, Views: 1 << 40}
		normal := &HelpRequest{CreatedAt: monday, Urgency: UrgencyNormal}
		if urgent.BoardKey() >= normal.BoardKey() {
			t.Errorf("an urgent request that waits %d hours less comes later", hours)
		}
	}
	low := &HelpRequest{CreatedAt: monday, Urgency: UrgencyLow}
	if fresh := (&HelpRequest{CreatedAt: monday.Add(49 * time.Hour), Urgency: UrgencyNormal}); low.BoardKey() >= fresh.BoardKey() {
		t.Error("one that waits long never comes up")
	}
	for views, want := range map[int64]time.Duration{0: 0, 10: 6 * time.Hour, 30: 9 * time.Hour} {
		if got := (&HelpRequest{CreatedAt: monday, Urgency: UrgencyNormal, Views: views}).BoardKey(); got != monday.Add(want) {
			t.Errorf("%d views move it by %s", views, time.Duration(got-monday)*time.Microsecond)
		}
	}
}

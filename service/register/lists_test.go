package register_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/register"
)

// TestDueVisitsAreAPlainRecomputation flags and visits at random, and holds the list against a count in memory.
func TestDueVisitsAreAPlainRecomputation(t *testing.T) {
	seed := testworld.Seed(t)
	each(t, func(t *testing.T, d *desk) {
		random := rand.New(rand.NewPCG(seed, 1))
		days := map[string]int{"red": 90, "blue": 30, "yellow": 60}
		type known struct {
			every int
			since model.Instant
			last  model.Instant
		}
		homes := map[model.ID]*known{}
		for i := range 12 { // of both grids of the first area
			home := &known{}
			for _, scheme := range []string{"red", "blue", "yellow"} {
				if random.IntN(3) > 0 {
					continue
				}
				f := d.flagged(i, scheme)
				if home.every == 0 || days[scheme] < home.every {
					home.every = days[scheme]
				}
				if home.since == 0 {
					home.since = f.Since
				}
			}
			for range random.IntN(3) {
				ago := random.IntN(120)
				d.visited(i, ago)
				home.last = max(home.last, d.clock.Add(-time.Duration(ago)*day))
			}
			if home.every > 0 {
				homes[d.Doors[i].ID] = home
			}
		}
		due := all(t, func(p model.Page) (*model.List[*register.DueVisit], error) {
			return d.DueVisits(t.Context(), d.admin, register.Filter{Purpose: "安排走访"}, false, p)
		})
		if len(due) != len(homes) {
			t.Fatalf("seed %d: %d are due, want %d", seed, len(due), len(homes))
		}
		for _, v := range due {
			home := homes[v.ID]
			want := model.VisitDue(cmp.Or(home.last, home.since), home.every)
			if v.DueAt != want || v.Overdue != (want < d.clock) || v.LastVisitAt != home.last {
				t.Errorf("seed %d: got %+v, want due %s after %s", seed, v, want, home.last)
			}
		}
		if !slices.IsSortedFunc(due, func(a, b *register.DueVisit) int {
			return cmp.Or(cmp.Compare(a.DueAt, b.DueAt), cmp.Compare(a.ID, b.ID))
		}) {
			t.Errorf("seed %d: not in order", seed)
		}
		overdue := all(t, func(p model.Page) (*model.List[*register.DueVisit], error) {
			return d.DueVisits(t.Context(), d.admin, register.Filter{Purpose: "安排走访"}, true, p)
		})
		late := slices.DeleteFunc(slices.Clone(due), func(v *register.DueVisit) bool { return !v.Overdue })
		if len(overdue) != len(late) {
			t.Errorf("seed %d: %d are overdue, want %d", seed, len(overdue), len(late))
		}
		mine := all(t, func(p model.Page) (*model.List[*register.DueVisit], error) {
			return d.DueVisits(t.Context(), d.worker, register.Filter{Purpose: "安排走访"}, false, p)
		})
		for _, v := range mine {
			if i := slices.IndexFunc(d.Doors, func(n model.Node) bool { return n.ID == v.ID }); i >= 6 {
				t.Errorf("a sibling's household is listed: %d", i)
			}
		}
	})
}

func TestASecretaryDoesNotLearnOfBlueByItsVisits(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.flagged(0, "blue")
		d.flagged(1, "blue")
		d.flagged(1, "red")
		list, err := d.DueVisits(t.Context(), d.as(model.RoleSecretary, d.Grids[0]), register.Filter{}, false, model.Page{})
		if err != nil || len(list.Items) != 1 || list.Items[0].DueAt != model.VisitDue(d.clock, 90) {
			t.Errorf("got %+v, %v", list, err)
		}
	})
}

func TestBlueCountsForVisitsOnlyForAPurpose(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.flagged(0, "blue")
		d.flagged(1, "red")
		for purpose, want := range map[string]int{"": 1, "安排走访": 2} {
			list, err := d.DueVisits(t.Context(), d.worker, register.Filter{Purpose: purpose}, false, model.Page{})
			if err != nil || len(list.Items) != want {
				t.Errorf("for %q: got %+v, %v", purpose, list, err)
			}
		}
		reads, err := d.Reads(t.Context(), d.admin, 0, 0, model.Page{})
		if err != nil || len(reads.Items) != 2 || reads.Items[0].What != model.ReadVisits || reads.Items[0].Purpose != "安排走访" {
			t.Errorf("noted are %+v, %v", reads, err)
		}
	})
}

func TestReviewsAreListedAndTold(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		red, blue, far := d.flagged(0, "red"), d.flagged(1, "blue"), d.flagged(7, "red")
		list := func(who model.Actor, purpose string) []*register.FlagReview {
			return all(t, func(p model.Page) (*model.List[*register.FlagReview], error) {
				return d.Reviews(ctx, who, 0, purpose, p)
			})
		}
		if got := list(d.worker, "复核"); len(got) != 0 {
			t.Errorf("long before: %+v", got)
		}
		if n, err := d.Sweep(ctx); n != 0 || err != nil {
			t.Errorf("long before: %d are told of, %v", n, err)
		}
		d.clock = red.ExpiresAt.Add(-10 * day)
		if got := list(d.worker, ""); len(got) != 1 || got[0].Flag.ID != red.ID || got[0].Flag.Expired {
			t.Errorf("without a purpose: %+v", got)
		}
		reads := len(d.reads(ctx))
		if got := list(d.worker, "复核"); len(got) != 2 || len(d.reads(ctx)) != reads+1 {
			t.Errorf("for a purpose: %+v, %d reads", got, len(d.reads(ctx)))
		}
		if got := list(d.admin, "复核"); len(got) != 3 {
			t.Errorf("by an admin: %+v", got)
		}
		errs := race(4, func(int) error { _, err := d.Sweep(ctx); return err })
		for _, err := range errs {
			d.given(err)
		}
		count := func(member model.ID) (n int) {
			told, err := d.store.Notices.List(ctx, member, true, 0, 20)
			d.given(err)
			for _, x := range told {
				if x.Kind == model.NoticeFlagReview {
					n++
				}
			}
			return n
		}
		// The second grid has no worker, so the admin is told of it.
		if w, a := count(d.worker.MemberID), count(d.admin.MemberID); w != 2 || a != 1 {
			t.Errorf("the worker is told %d times, the admin %d", w, a)
		}
		d.clock = red.ExpiresAt.Add(day)
		next, err := d.ReviewFlag(ctx, d.admin, d.Doors[0].ID, red.ID, model.FlagInput{Source: "走访", Reason: "仍是"})
		d.given(err)
		if got := list(d.worker, "复核"); len(got) != 1 || got[0].Flag.ID != blue.ID || !got[0].Flag.Expired {
			t.Errorf("after a review: %+v", got)
		}
		d.clock = next.ExpiresAt.Add(-10 * day)
		if n, err := d.Sweep(ctx); n != 1 || err != nil || count(d.worker.MemberID) != 3 {
			t.Errorf("a year later: %d are told of, %v", n, err)
		}
		_ = far
	})
}

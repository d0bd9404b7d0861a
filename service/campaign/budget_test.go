package campaign_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/campaign"
)

// wantChanges wants the changes of a campaign's budget to lead from what it was published with to what it is, and
// returns them.
func (f *fair) wantChanges(t *testing.T, who model.Actor, id model.ID, first int64) []*model.BudgetChange {
	t.Helper()
	c, err := f.Campaign(t.Context(), who, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range c.BudgetChanges {
		if x.From != first || x.To == x.From || x.Reason == "" || x.At == 0 {
			t.Errorf("after %d: got %+v", first, x)
		}
		first = x.To
	}
	if c.Budget != first {
		t.Errorf("the budget is %d, by its changes %d", c.Budget, first)
	}
	return c.BudgetChanges
}

// TestRushGoesOnWhenTheBudgetIsRaised has a crowd scan while a budget that is used up is raised, in steps.
func TestRushGoesOnWhenTheBudgetIsRaised(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.plan()) // for 20
		code := f.code(t, c.ID)
		crowd := f.Crowd(70)
		entered := make([]bool, len(crowd))
		var mu sync.Mutex
		rush := func(all *sync.WaitGroup, first, last int) {
			for i := first; i < last; i++ {
				all.Go(func() {
					k, err := f.CheckIn(t.Context(), crowd[i], c.ID, campaign.Scan{Code: code})
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err == nil && k.Points == 5 && k.Minutes == 60:
						entered[i] = true
					case !errors.Is(err, model.ErrBudget):
						t.Errorf("got %+v, %v", k, err)
					}
				})
			}
		}
		var before, meanwhile, after sync.WaitGroup
		rush(&before, 0, 30)
		before.Wait()
		f.wantLeft(t, c.ID, 0)
		rush(&meanwhile, 0, len(crowd))
		rush(&meanwhile, 0, len(crowd))
		meanwhile.Go(func() {
			for _, points := range []int64{150, 200, 253} {
				if _, err := f.SetBudget(t.Context(), f.organizer, c.ID, points, "来的人比预计多"); err != nil {
					t.Error(err)
				}
			}
		})
		meanwhile.Wait()
		rush(&after, 0, len(crowd))
		after.Wait()
		f.wantEntered(t, c.ID, crowd, entered, 50, 3)
		if n := len(f.wantChanges(t, f.organizer, c.ID, 100)); n != 3 {
			t.Errorf("%d changes, want 3", n)
		}
		f.wantClean(t)
	})
}

// TestBudgetsMoveBothWaysUnderARush raises and lowers a budget at random while people check in.
func TestBudgetsMoveBothWaysUnderARush(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		seed := testworld.Seed(t)
		dice := rand.New(rand.NewPCG(seed, 0))
		c := f.given(t, f.plan())
		code := f.code(t, c.ID)
		var all sync.WaitGroup
		for _, who := range f.Crowd(40) {
			all.Go(func() {
				if _, err := f.CheckIn(t.Context(), who, c.ID, campaign.Scan{Code: code}); err != nil && !errors.Is(err, model.ErrBudget) {
					t.Error(err)
				}
			})
		}
		for range 20 {
			points := dice.Int64N(250)
			all.Go(func() {
				_, err := f.SetBudget(t.Context(), f.organizer, c.ID, points, "调整")
				if err != nil && !errors.Is(err, model.ErrBudgetSpent) && !errors.Is(err, model.ErrInvalid) { // by chance the same
					t.Error(err)
				}
			})
		}
		all.Wait()
		in, err := f.Checkins(t.Context(), f.organizer, c.ID, 1, model.Page{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		given := int64(0)
		for _, k := range in.Items {
			given += k.Points
		}
		now, err := f.Campaign(t.Context(), f.organizer, c.ID)
		if err != nil || given > now.Budget {
			t.Fatalf("%d given of %+v, %v", given, now, err)
		}
		f.wantLeft(t, c.ID, now.Budget-given)
		f.wantChanges(t, f.organizer, c.ID, 100)
		if _, err := f.SetBudget(t.Context(), f.organizer, c.ID, given-1, "太低"); given > 0 && !errors.Is(err, model.ErrBudgetSpent) {
			t.Errorf("below what is spent: %v", err)
		}
		f.wantClean(t)
	})
}

func TestWhoWasTurnedAwayIsToldOfARaise(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.plan()
		in.Budget = 5
		c := f.given(t, in)
		scan := func(i int, want error) {
			t.Helper()
			if _, err := f.CheckIn(t.Context(), f.Resident(i), c.ID, campaign.Scan{Code: f.code(t, c.ID)}); !errors.Is(err, want) {
				t.Errorf("resident %d: got %v, want %v", i, err, want)
			}
		}
		set := func(points int64) {
			t.Helper()
			if _, err := f.SetBudget(t.Context(), f.organizer, c.ID, points, "街道追加"); err != nil {
				t.Fatal(err)
			}
		}
		told := func(want ...int) {
			t.Helper()
			for i, n := range want {
				f.wantNotices(t, f.Resident(i), model.NoticeCampaignBudget, n)
			}
		}
		scan(0, nil)
		scan(1, model.ErrBudget)
		scan(2, model.ErrBudget)
		told(0, 0, 0)
		set(10)
		told(0, 1, 1, 0)
		scan(1, nil)
		scan(2, model.ErrBudget) // used up again
		set(12)
		told(0, 1, 2, 0)
		set(10) // nothing that one would come for
		told(0, 1, 2, 0)
		f.wantRefused(t, c.ID, []model.Actor{f.Resident(0), f.Resident(1), f.Resident(2)}, []bool{true, true, false})
		f.wantLeft(t, c.ID, 0)
		changes := f.wantChanges(t, f.organizer, c.ID, 5)
		if len(changes) != 3 || changes[2].From != 12 || changes[2].To != 10 || changes[0].By == nil || changes[0].By.ID != f.organizer.MemberID {
			t.Errorf("got %+v", changes)
		}
		for _, x := range f.wantChanges(t, f.Resident(3), c.ID, 5) {
			if x.By != nil || x.Reason != "街道追加" {
				t.Errorf("a resident sees %+v", x)
			}
		}
		f.wantClean(t)
	})
}

func TestBudgetsThatAreNotChanged(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.plan())
		draft, err := f.Create(t.Context(), f.organizer, f.plan())
		if err != nil {
			t.Fatal(err)
		}
		closed := f.given(t, f.plan())
		if _, err := f.Close(t.Context(), f.organizer, closed.ID); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if _, err := f.CheckIn(t.Context(), f.Resident(i), c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
				t.Fatal(err)
			}
		}
		for name, x := range map[string]struct {
			who    model.Actor
			id     model.ID
			points int64
			want   error
		}{
			"a resident":            {f.Resident(0), c.ID, 200, model.ErrForbidden},
			"another community":     {f.Others.Holder(model.RoleCommunityAdmin), c.ID, 200, model.ErrNotFound},
			"nothing":               {f.organizer, 42, 200, model.ErrNotFound},
			"a draft":               {f.organizer, draft.ID, 200, model.ErrCampaignState},
			"a draft of others":     {f.Resident(0), draft.ID, 200, model.ErrNotFound},
			"a closed one":          {f.organizer, closed.ID, 200, model.ErrCampaignState},
			"less than is spent":    {f.organizer, c.ID, 14, model.ErrBudgetSpent},
			"less than nothing":     {f.organizer, c.ID, -1, model.ErrInvalid},
			"more than a budget is": {f.organizer, c.ID, 10_000_001, model.ErrInvalid},
			"the same":              {f.organizer, c.ID, 100, model.ErrInvalid},
		} {
			if _, err := f.SetBudget(t.Context(), x.who, x.id, x.points, "试试"); !errors.Is(err, x.want) {
				t.Errorf("%s: got %v, want %v", name, err, x.want)
			}
		}
		f.wantLeft(t, c.ID, 85)
		if n := len(f.wantChanges(t, f.organizer, c.ID, 100)); n != 0 {
			t.Errorf("%d changes", n)
		}
		if _, err := f.SetBudget(t.Context(), f.organizer, c.ID, 15, "剩余退回"); err != nil { // all that is spent
			t.Fatal(err)
		}
		f.wantLeft(t, c.ID, 0)
		f.wantClean(t)
	})
}

// TestARaiseIsOnceAndGoesBackAtTheEnd raises the budget of a campaign that had none under one key, again and again, and
// cancels the campaign.
func TestARaiseIsOnceAndGoesBackAtTheEnd(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.plan()
		in.Budget, in.StartsAt = 0, testworld.Now.Add(time.Hour)
		c := f.given(t, in)
		ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: f.organizer.MemberID, Key: "raise", Replayed: func() {}})
		for range 3 {
			if got, err := f.SetBudget(ctx, f.organizer, c.ID, 40, "开始前追加"); err != nil || got.Budget != 40 || len(got.BudgetChanges) != 1 {
				t.Fatalf("got %+v, %v", got, err)
			}
		}
		f.wantLeft(t, c.ID, 40)
		if n := len(f.wantChanges(t, f.organizer, c.ID, 0)); n != 1 {
			t.Errorf("%d changes", n)
		}
		if _, err := f.Cancel(t.Context(), f.organizer, c.ID, "下雨"); err != nil {
			t.Fatal(err)
		}
		f.wantLeft(t, c.ID, 0)
		f.wantChanges(t, f.organizer, c.ID, 0)
		f.wantClean(t)
	})
}

// TestARaiseNeedsASecondPersonWherePlansDo raises and lowers a budget by who planned it and by who did not, in a community that
// wants a second person and in one that does not.
func TestARaiseNeedsASecondPersonWherePlansDo(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		admin := f.Holder(model.RoleCommunityAdmin)
		c := f.given(t, f.plan())
		set := func(who model.Actor, points int64, want error) {
			t.Helper()
			got, err := f.SetBudget(t.Context(), who, c.ID, points, "来的人多")
			if !errors.Is(err, want) || err == nil && got.Budget != points {
				t.Errorf("to %d: got %+v, %v; want %v", points, got, err, want)
			}
		}
		set(f.organizer, 110, nil) // nobody's review is wanted
		if _, err := f.SetSettings(t.Context(), admin, true, 0); err != nil {
			t.Fatal(err)
		}
		set(f.organizer, 150, model.ErrOwnCampaign)
		f.wantLeft(t, c.ID, 110)
		set(admin, 150, nil)
		set(f.organizer, 120, nil) // less is no risk
		set(f.organizer, 121, model.ErrOwnCampaign)
		set(admin, 121, nil)
		f.wantLeft(t, c.ID, 121)
		if changes := f.wantChanges(t, f.organizer, c.ID, 100); len(changes) != 4 || changes[1].By.ID != admin.MemberID || changes[2].By.ID != f.organizer.MemberID {
			t.Errorf("got %+v", changes)
		}
		f.wantClean(t)
	})
}

// TestWhoSubmittedACampaignDoesNotRaiseIt has one plan, a second submit and a third raise.
func TestWhoSubmittedACampaignDoesNotRaiseIt(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		admin := f.Holder(model.RoleCommunityAdmin)
		if _, err := f.SetSettings(t.Context(), admin, true, 0); err != nil {
			t.Fatal(err)
		}
		c, err := f.Create(t.Context(), f.organizer, f.plan())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Submit(t.Context(), admin, c.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Approve(t.Context(), f.second(), c.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Publish(t.Context(), f.organizer, c.ID); err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct {
			who  model.Actor
			want error
		}{{f.organizer, model.ErrOwnCampaign}, {admin, model.ErrOwnCampaign}, {f.second(), nil}} {
			if _, err := f.SetBudget(t.Context(), x.who, c.ID, 200, "追加"); !errors.Is(err, x.want) {
				t.Errorf("got %v, want %v", err, x.want)
			}
		}
		f.wantLeft(t, c.ID, 200)
		settings, err := f.SetSettings(t.Context(), admin, false, 1)
		if err != nil || settings.Review {
			t.Fatalf("got %+v, %v", settings, err)
		}
		if _, err := f.SetBudget(t.Context(), admin, c.ID, 300, "追加"); !errors.Is(err, model.ErrOwnCampaign) {
			t.Errorf("with the review switched off: %v", err)
		}
		f.wantLeft(t, c.ID, 200)
	})
}

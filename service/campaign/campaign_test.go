package campaign_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/boards"
	"linbanglin/service/campaign"
	"linbanglin/service/ledger"
)

// fair is a world whose organizer runs campaigns, at a time that the test sets.
type fair struct {
	*testworld.World
	*campaign.Campaigns
	ledger    *ledger.Ledger
	boards    *boards.Boards
	store     *repository.Store
	organizer model.Actor
	now       atomic.Int64
}

func each(t *testing.T, test func(t *testing.T, f *fair)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, store *repository.Store) { test(t, open(t, store)) })
}

func open(t *testing.T, store *repository.Store) *fair {
	t.Helper()
	f := &fair{World: testworld.New(t, store), store: store}
	f.now.Store(int64(testworld.Now))
	f.ledger = ledger.New(store, f.Now)
	f.boards = boards.New(store, nil, f.Now)
	f.Campaigns = campaign.New(store, f.ledger, f.Now)
	f.organizer = f.Holder(model.RoleOrganizer)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- f.ledger.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return f
}

func (f *fair) Now() model.Instant { return model.Instant(f.now.Load()) }

func (f *fair) plan() campaign.Input {
	return campaign.Input{
		Theme: "lao", Title: "重阳敬老", Scope: f.Areas[0].ID, Budget: 100,
		StartsAt: testworld.Now, EndsAt: testworld.Now.Add(4 * time.Hour),
		Rules: model.CampaignRules{PointsPerCheckin: 5, MinutesPerCheckin: 60},
	}
}

// given publishes a campaign and returns it.
func (f *fair) given(t *testing.T, in campaign.Input) *model.Campaign {
	t.Helper()
	c, err := f.Create(t.Context(), f.organizer, in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Publish(t.Context(), f.organizer, c.ID); err != nil {
		t.Fatal(err)
	}
	return c
}

func (f *fair) code(t *testing.T, id model.ID) string {
	t.Helper()
	code, err := f.CheckinCode(t.Context(), f.organizer, id)
	if err != nil {
		t.Fatal(err)
	}
	return code.Code
}

func (f *fair) wantWallet(t *testing.T, who model.Actor, points, minutes int64) {
	t.Helper()
	b, err := f.ledger.Balance(t.Context(), who)
	if err != nil || b.Posted != points || b.Minutes != minutes {
		t.Errorf("got %d points and %d minutes, want %d and %d; %v", b.Posted, b.Minutes, points, minutes, err)
	}
}

func (f *fair) wantLeft(t *testing.T, id model.ID, points int64) {
	t.Helper()
	err := f.store.Tx(t.Context(), func(tx *repository.Store) error {
		left, err := f.ledger.BudgetTx(t.Context(), tx, &model.Campaign{ID: id, CommunityID: f.Community.ID})
		if left != points {
			t.Errorf("the budget has %d left, want %d", left, points)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func (f *fair) wantClean(t *testing.T) {
	t.Helper()
	if err := errors.Join(f.ledger.SealAll(t.Context()), f.boards.CatchUp(t.Context())); err != nil {
		t.Fatal(err)
	}
	checks, _, err := f.ledger.Verify(t.Context(), ledger.VerifyOptions{})
	for _, c := range checks {
		for _, d := range c.Differences {
			t.Errorf("%s: %s", c.Name, d)
		}
	}
	if _, differences, boardErr := f.boards.Check(t.Context()); err != nil || boardErr != nil || len(differences) > 0 {
		t.Errorf("%v, %v, %v", differences, err, boardErr)
	}
}

func TestWholeLifeOfACampaign(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.plan())
		for i := range 3 {
			k, err := f.CheckIn(t.Context(), f.Resident(i), c.ID, campaign.Scan{Code: f.code(t, c.ID)})
			if err != nil || k.Points != 5 || k.Minutes != 60 {
				t.Fatalf("got %+v, %v", k, err)
			}
		}
		f.wantWallet(t, f.Resident(0), 5, 60)
		f.wantLeft(t, c.ID, 85)
		if _, err := f.Settle(t.Context(), f.organizer, c.ID); !errors.Is(err, model.ErrCampaignState) {
			t.Errorf("settled while open: %v", err)
		}
		if _, err := f.Close(t.Context(), f.organizer, c.ID); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.ledger.SealAll(t.Context()), f.boards.CatchUp(t.Context())); err != nil {
			t.Fatal(err)
		}
		settled, err := f.Settle(t.Context(), f.organizer, c.ID)
		if err != nil || settled.Status != model.CampaignDone {
			t.Fatalf("got %+v, %v", settled, err)
		}
		f.wantLeft(t, c.ID, 0)
		list, err := f.boards.Top(t.Context(), f.Resident(0), boards.Query{Campaign: c.ID}, model.Page{})
		if err != nil || list.Source != boards.FromSettled || list.Total != 3 || list.Items[0].Member.ID != f.Resident(0).MemberID {
			t.Errorf("got %+v, %v", list, err)
		}
		f.wantClean(t)
	})
}

func TestSettleWaitsForTheBoards(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.plan())
		if _, err := f.Close(t.Context(), f.organizer, c.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Settle(t.Context(), f.organizer, c.ID); !errors.Is(err, model.ErrNotReady) {
			t.Errorf("got %v, want not ready", err)
		}
		f.wantClean(t)
		if _, err := f.Settle(t.Context(), f.organizer, c.ID); err != nil {
			t.Error(err)
		}
	})
}

// TestNoPointsStayInASettledBudget reverses what a campaign gave before, while and after it is settled.
func TestNoPointsStayInASettledBudget(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		admin := f.Holder(model.RoleCommunityAdmin)
		for round := range 4 {
			c := f.given(t, f.plan())
			var given []model.ID
			for i := range 4 {
				if _, err := f.CheckIn(t.Context(), f.Resident(i), c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
					t.Fatal(err)
				}
				book, err := f.ledger.Statement(t.Context(), f.Resident(i), ledger.StatementQuery{Measure: model.Points}, model.Page{Limit: 1})
				if err != nil {
					t.Fatal(err)
				}
				given = append(given, book.Items[0].TransferID)
			}
			if _, err := f.Close(t.Context(), f.organizer, c.ID); err != nil {
				t.Fatal(err)
			}
			f.wantClean(t)
			reverse := func(i int) {
				ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: admin.MemberID, Key: fmt.Sprint(round, i), Replayed: func() {}})
				if _, err := f.ledger.Reverse(ctx, admin, given[i], "误记"); err != nil {
					t.Error(err)
				}
			}
			reverse(0)
			var all sync.WaitGroup
			all.Go(func() {
				if _, err := f.Settle(t.Context(), f.organizer, c.ID); err != nil {
					t.Error(err)
				}
			})
			all.Go(func() { reverse(1) })
			all.Go(func() { reverse(2) })
			all.Wait()
			reverse(3)
			f.wantLeft(t, c.ID, 0)
			f.wantClean(t)
		}
	})
}

// TestSettleLocksTheBudgetBeforeTheBoards has somebody hold the budget's account while a settlement wants it:
// whoever then needs the boards must not find them locked, or two could wait for each other for ever.
func TestSettleLocksTheBudgetBeforeTheBoards(t *testing.T) {
	store := testdb.Open(t, testdb.MySQL) // SQLite has one lock
	f := open(t, store)
	c := f.given(t, f.plan())
	if _, err := f.CheckIn(t.Context(), f.Resident(0), c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Close(t.Context(), f.organizer, c.ID); err != nil {
		t.Fatal(err)
	}
	f.wantClean(t)
	settled := make(chan error, 1)
	undo := errors.New("undo")
	err := store.Tx(t.Context(), func(tx *repository.Store) error {
		if _, err := f.ledger.BudgetTx(t.Context(), tx, c); err != nil {
			return err
		}
		go func() {
			_, err := f.Settle(t.Context(), f.organizer, c.ID)
			settled <- err
		}()
		select {
		case err := <-settled:
			t.Errorf("settled without the budget: %v", err)
		case <-time.After(500 * time.Millisecond): // it waits for the budget now
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		return store.Tx(ctx, func(other *repository.Store) error {
			if _, err := other.Boards.Settle(ctx, c.ID, f.Now()); err != nil {
				t.Errorf("the boards are locked before the budget: %v", err)
			}
			return undo
		})
	})
	if !errors.Is(err, undo) {
		t.Errorf("got %v", err)
	}
	if err := <-settled; err != nil {
		t.Errorf("the settlement: %v", err)
	}
	f.wantLeft(t, c.ID, 0)
	f.wantClean(t)
}

func TestCheckInRefusals(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.plan())
		other := f.given(t, f.plan())
		draft, err := f.Create(t.Context(), f.organizer, f.plan())
		if err != nil {
			t.Fatal(err)
		}
		far := f.As(f.Members[len(f.Members)-1])
		now := f.now.Load()
		for _, x := range []struct {
			name string
			who  model.Actor
			id   model.ID
			code string
			wait time.Duration // until the scan
			want error
		}{
			{"the code", f.Resident(0), c.ID, f.code(t, c.ID), 0, nil},
			{"in small letters and with spaces", f.Resident(1), c.ID, " " + strings.ToLower(f.code(t, c.ID)), 0, nil},
			{"the code before", f.Resident(2), c.ID, f.code(t, c.ID), 30 * time.Second, nil},
			{"an old code", f.Resident(3), c.ID, f.code(t, c.ID), 61 * time.Second, model.ErrCheckinCode},
			{"another campaign's code", f.Resident(3), c.ID, f.code(t, other.ID), 0, model.ErrCheckinCode},
			{"no code", f.Resident(3), c.ID, "", 0, model.ErrCheckinCode},
			{"outside the scope", far, c.ID, f.code(t, c.ID), 0, model.ErrCampaignScope},
			{"another community", f.Others.Resident(0), c.ID, f.code(t, c.ID), 0, model.ErrNotFound},
			{"a draft", f.Resident(3), draft.ID, "x", 0, model.ErrNotFound},
			{"after the end", f.Resident(3), c.ID, f.code(t, c.ID), 4 * time.Hour, model.ErrCheckinWindow},
			{"before the start", f.Resident(3), c.ID, f.code(t, c.ID), -time.Second, model.ErrCheckinWindow},
		} {
			f.now.Store(now + x.wait.Microseconds())
			if _, err := f.CheckIn(t.Context(), x.who, x.id, campaign.Scan{Code: x.code}); !errors.Is(err, x.want) {
				t.Errorf("%s: got %v, want %v", x.name, err, x.want)
			}
		}
		f.now.Store(now)
		if _, err := f.Close(t.Context(), f.organizer, c.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := f.CheckIn(t.Context(), f.Resident(4), c.ID, campaign.Scan{Code: "x"}); !errors.Is(err, model.ErrCampaignState) {
			t.Errorf("closed: got %v", err)
		}
		f.wantLeft(t, c.ID, 85)
	})
}

func TestDuplicateScansBookOnce(t *testing.T) {
	for _, points := range []int64{5, 0} {
		each(t, func(t *testing.T, f *fair) {
			in := f.plan()
			in.Rules = model.CampaignRules{PointsPerCheckin: points}
			c := f.given(t, in)
			code := f.code(t, c.ID)
			var all sync.WaitGroup
			for range 200 {
				all.Go(func() {
					if k, err := f.CheckIn(t.Context(), f.Resident(0), c.ID, campaign.Scan{Code: code}); err != nil || k.Points != points {
						t.Errorf("got %+v, %v", k, err)
					}
				})
			}
			all.Wait()
			f.wantWallet(t, f.Resident(0), points, 0)
			f.wantLeft(t, c.ID, 100-points)
			list, err := f.Checkins(t.Context(), f.organizer, c.ID, 0, model.Page{})
			if err != nil || len(list.Items) != 1 || list.Items[0].Member.DisplayName == "" {
				t.Errorf("got %+v, %v", list, err)
			}
		})
	}
}

func TestBudgetEndsInTheMiddleOfARush(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.plan()
		in.Budget = 600 // for 120 of 200
		c := f.given(t, in)
		code := f.code(t, c.ID)
		crowd := f.Crowd(200)
		in120 := make([]bool, len(crowd))
		var lost atomic.Int64
		var all sync.WaitGroup
		for i, who := range crowd {
			all.Go(func() {
				switch _, err := f.CheckIn(t.Context(), who, c.ID, campaign.Scan{Code: code}); {
				case err == nil:
					in120[i] = true
				case errors.Is(err, model.ErrBudget):
					lost.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if lost.Load() != 80 {
			t.Errorf("%d came too late, want 80", lost.Load())
		}
		for i, who := range crowd {
			if in120[i] {
				f.wantWallet(t, who, 5, 60)
			} else {
				f.wantWallet(t, who, 0, 0)
			}
		}
		f.wantLeft(t, c.ID, 0)
		f.wantRefused(t, c.ID, crowd, in120)
		f.wantClean(t)
	})
}

func TestCheckOutBooksTheTimeOnce(t *testing.T) {
	for _, x := range []struct {
		stay time.Duration
		most int64
		want int64
	}{{90 * time.Minute, 0, 90}, {20 * time.Second, 0, 1}, {3 * time.Hour, 120, 120}} {
		each(t, func(t *testing.T, f *fair) {
			in := f.plan()
			in.Rules = model.CampaignRules{PointsPerCheckin: 5, MaxMinutes: x.most}
			c := f.given(t, in)
			if _, err := f.CheckOut(t.Context(), f.Resident(0), c.ID, campaign.Scan{Code: f.code(t, c.ID)}); !errors.Is(err, model.ErrNotCheckedIn) {
				t.Errorf("got %v, want not checked in", err)
			}
			if _, err := f.CheckIn(t.Context(), f.Resident(0), c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
				t.Fatal(err)
			}
			f.now.Add(x.stay.Microseconds())
			for range 2 {
				k, err := f.CheckOut(t.Context(), f.Resident(0), c.ID, campaign.Scan{Code: f.code(t, c.ID)})
				if err != nil || k.Minutes != x.want || k.CheckedOutAt == 0 {
					t.Fatalf("got %+v, %v; want %d minutes", k, err, x.want)
				}
				f.now.Add(time.Minute.Microseconds())
			}
			f.wantWallet(t, f.Resident(0), 5, x.want)
		})
	}
}

func TestWhoLeavesAfterTheEndHasTheMinutesUntilIt(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.plan() // four hours
		in.Rules = model.CampaignRules{PointsPerCheckin: 5}
		c := f.given(t, in)
		f.now.Add((3 * time.Hour).Microseconds())
		for i := range 3 {
			if _, err := f.CheckIn(t.Context(), f.Resident(i), c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
				t.Fatal(err)
			}
		}
		for i, wait := range []time.Duration{time.Hour, 7 * time.Hour} { // at the very end, and long after it
			f.now.Add(wait.Microseconds())
			k, err := f.CheckOut(t.Context(), f.Resident(i), c.ID, campaign.Scan{Code: f.code(t, c.ID)})
			if err != nil || k.Minutes != 60 || int64(k.CheckedOutAt) != f.now.Load() {
				t.Errorf("got %+v, %v; want 60 minutes", k, err)
			}
			f.wantWallet(t, f.Resident(i), 5, 60)
		}
		if _, err := f.CheckIn(t.Context(), f.Resident(5), c.ID, campaign.Scan{Code: f.code(t, c.ID)}); !errors.Is(err, model.ErrCheckinWindow) {
			t.Errorf("who comes after the end: %v", err)
		}
		if _, err := f.CheckOut(t.Context(), f.Resident(2), c.ID, campaign.Scan{Code: "x"}); !errors.Is(err, model.ErrCheckinCode) {
			t.Errorf("who leaves without the code: %v", err)
		}
		code := f.code(t, c.ID)
		if _, err := f.Close(t.Context(), f.organizer, c.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := f.CheckOut(t.Context(), f.Resident(2), c.ID, campaign.Scan{Code: code}); !errors.Is(err, model.ErrCampaignState) {
			t.Errorf("who leaves after the close: %v", err)
		}
		f.wantWallet(t, f.Resident(2), 5, 0)
	})
}

func TestSignupsKeepToTheCapacityAndTheOrder(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.plan()
		in.Capacity = 5
		c := f.given(t, in)
		crowd := f.Crowd(30)
		var seated atomic.Int64
		var all sync.WaitGroup
		for _, who := range crowd {
			all.Go(func() {
				s, err := f.SignUp(t.Context(), who, c.ID, campaign.SignupInput{})
				if err != nil {
					t.Error(err)
				} else if s.Status == model.SignupIn {
					seated.Add(1)
				}
			})
		}
		all.Wait()
		if seated.Load() != 5 {
			t.Errorf("%d have a place, want 5", seated.Load())
		}
		late := f.Resident(0)
		f.now.Add(1000)
		if s, err := f.SignUp(t.Context(), late, c.ID, campaign.SignupInput{}); err != nil || s.Status != model.SignupWaiting {
			t.Errorf("got %+v, %v", s, err)
		}
		for _, who := range crowd {
			if err := f.CancelSignup(t.Context(), who, c.ID, 0); err != nil {
				t.Fatal(err)
			}
		}
		if s, err := f.SignUp(t.Context(), late, c.ID, campaign.SignupInput{}); err != nil || s.Status != model.SignupIn {
			t.Errorf("the last to wait is %+v, %v", s, err)
		}
		if _, err := f.SignUp(t.Context(), f.As(f.Members[len(f.Members)-1]), c.ID, campaign.SignupInput{}); !errors.Is(err, model.ErrCampaignScope) {
			t.Errorf("outside the scope: %v", err)
		}
	})
}

func TestPlansThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		for name, x := range map[string]struct {
			who    model.Actor
			change func(*campaign.Input)
			want   error
		}{
			"unknown theme":      {f.organizer, func(in *campaign.Input) { in.Theme = "none" }, model.ErrTheme},
			"ends before starts": {f.organizer, func(in *campaign.Input) { in.EndsAt = in.StartsAt }, model.ErrPeriod},
			"no title":           {f.organizer, func(in *campaign.Input) { in.Title = " " }, model.ErrInvalid},
			"negative budget":    {f.organizer, func(in *campaign.Input) { in.Budget = -1 }, model.ErrInvalid},
			"unknown scope":      {f.organizer, func(in *campaign.Input) { in.Scope = 42 }, model.ErrNotFound},
			"foreign scope":      {f.organizer, func(in *campaign.Input) { in.Scope = f.Others.Areas[0].ID }, model.ErrNotFound},
			"scope out of reach": {f.organizer, func(in *campaign.Input) { in.Scope = f.Areas[1].ID }, model.ErrForbidden},
			"a household":        {f.organizer, func(in *campaign.Input) { in.Scope = f.Doors[0].ID }, model.ErrInvalid},
			"by a resident":      {f.Resident(0), func(*campaign.Input) {}, model.ErrForbidden},
		} {
			in := f.plan()
			x.change(&in)
			if _, err := f.Create(t.Context(), x.who, in); !errors.Is(err, x.want) {
				t.Errorf("%s: got %v, want %v", name, err, x.want)
			}
		}
		draft, err := f.Create(t.Context(), f.organizer, f.plan())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Campaign(t.Context(), f.Resident(0), draft.ID); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("a resident reads a draft: %v", err)
		}
		in := f.plan()
		if _, err := f.Edit(t.Context(), f.organizer, draft.ID, in); !errors.Is(err, model.ErrStale) {
			t.Errorf("an edit without version: %v", err)
		}
		in.Version, in.Budget = draft.Version, 7
		if c, err := f.Edit(t.Context(), f.organizer, draft.ID, in); err != nil || c.Budget != 7 {
			t.Errorf("got %+v, %v", c, err)
		}
		f.now.Add((5 * time.Hour).Microseconds())
		if _, err := f.Publish(t.Context(), f.organizer, draft.ID); !errors.Is(err, model.ErrPeriod) {
			t.Errorf("published after its end: %v", err)
		}
	})
}

func TestKeyReplaysTheCheckIn(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.plan())
		replayed := 0
		promise := &model.Idempotency{Member: f.Resident(0).MemberID, Key: "k", Replayed: func() { replayed++ }}
		ctx := model.WithIdempotency(t.Context(), promise)
		for range 2 {
			if k, err := f.CheckIn(ctx, f.Resident(0), c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil || k.Points != 5 {
				t.Fatalf("got %+v, %v", k, err)
			}
		}
		promise.Hash[0] = 1
		if _, err := f.CheckIn(ctx, f.Resident(0), c.ID, campaign.Scan{Code: "other"}); replayed != 1 || !errors.Is(err, model.ErrKeyReused) {
			t.Errorf("got %v, %d replays", err, replayed)
		}
	})
}

func TestASecondScanKeepsItsOwnKey(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.plan())
		who := f.Resident(0)
		if _, err := f.CheckIn(t.Context(), who, c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
			t.Fatal(err)
		}
		promise := &model.Idempotency{Member: who.MemberID, Key: "second", Replayed: func() {}}
		ctx := model.WithIdempotency(t.Context(), promise)
		if k, err := f.CheckIn(ctx, who, c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil || k.Points != 5 {
			t.Fatalf("got %+v, %v", k, err)
		}
		promise.Hash[0] = 1
		if _, err := f.CheckIn(ctx, who, c.ID, campaign.Scan{Code: f.code(t, c.ID)}); !errors.Is(err, model.ErrKeyReused) {
			t.Errorf("the key with another body: %v", err)
		}
	})
}

func TestKeyReplaysTheCheckOutAfterTheEnd(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.plan()
		in.Rules = model.CampaignRules{PointsPerCheckin: 5}
		c := f.given(t, in)
		who, replayed := f.Resident(0), 0
		if _, err := f.CheckIn(t.Context(), who, c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
			t.Fatal(err)
		}
		f.now.Add((90 * time.Minute).Microseconds())
		ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: who.MemberID, Key: "k", Replayed: func() { replayed++ }})
		code := f.code(t, c.ID)
		for range 2 {
			if k, err := f.CheckOut(ctx, who, c.ID, campaign.Scan{Code: code}); err != nil || k.Minutes != 90 {
				t.Fatalf("got %+v, %v", k, err)
			}
			f.now.Add((8 * time.Hour).Microseconds())
		}
		if replayed != 1 {
			t.Errorf("%d replays", replayed)
		}
	})
}

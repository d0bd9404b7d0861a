package campaign_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/model"
	"linbanglin/service/campaign"
	"linbanglin/service/notify"
)

// wantRefused wants those of a crowd who were not let in on the organizer's list, once each, and nobody else.
func (f *fair) wantRefused(t *testing.T, id model.ID, crowd []model.Actor, entered []bool) {
	t.Helper()
	listed := map[model.ID]int{}
	page := model.Page{Limit: 30}
	for {
		list, err := f.Refused(t.Context(), f.organizer, id, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list.Items {
			listed[r.Member.ID]++
			if r.Reason != model.ErrBudget.Code || r.Message != model.ErrBudget.Message || r.CreatedAt == 0 || r.Session != 1 {
				t.Errorf("got %+v", r)
			}
		}
		if page.Cursor = list.NextCursor; page.Cursor == "" {
			break
		}
	}
	for i, who := range crowd {
		if want := map[bool]int{true: 0, false: 1}[entered[i]]; listed[who.MemberID] != want {
			t.Errorf("member %d is listed %d times, want %d", i, listed[who.MemberID], want)
		}
		if _, err := f.store.Campaigns.Checkin(t.Context(), id, 1, who.MemberID); (err == nil) != entered[i] {
			t.Errorf("member %d: %v", i, err)
		}
	}
}

// TestRushWithDuplicatesAtTheEndOfABudget has everybody scan twice at once while the budget runs out.
func TestRushWithDuplicatesAtTheEndOfABudget(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.plan()
		in.Budget = 253 // for 50, and three points are left
		c := f.given(t, in)
		code := f.code(t, c.ID)
		crowd := f.Crowd(90)
		entered := make([]bool, len(crowd))
		var mu sync.Mutex
		var all sync.WaitGroup
		for i := range 2 * len(crowd) {
			all.Go(func() {
				k, err := f.CheckIn(t.Context(), crowd[i%len(crowd)], c.ID, campaign.Scan{Code: code})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil && k.Points == 5 && k.Minutes == 60:
					entered[i%len(crowd)] = true
				case !errors.Is(err, model.ErrBudget):
					t.Errorf("got %+v, %v", k, err)
				}
			})
		}
		all.Wait()
		f.wantEntered(t, c.ID, crowd, entered, 50, 3)
		f.wantClean(t)
	})
}

// wantEntered wants so many of a crowd to have come in and earned 5 points and 60 minutes, so much of the budget to be left, and
// the others on the list of the refused.
func (f *fair) wantEntered(t *testing.T, id model.ID, crowd []model.Actor, entered []bool, want int, left int64) {
	t.Helper()
	came := 0
	for i, who := range crowd {
		points := int64(0)
		if entered[i] {
			came, points = came+1, 5
		}
		f.wantWallet(t, who, points, 12*points)
	}
	if came != want {
		t.Errorf("%d were let in, want %d", came, want)
	}
	f.wantLeft(t, id, left)
	f.wantRefused(t, id, crowd, entered)
}

func TestCodesOfAStepBesides(t *testing.T) {
	f := open(t, testdb.Open(t, testdb.SQLite))
	c := f.given(t, f.plan())
	f.now.Add((10 * time.Minute).Microseconds())
	code := f.code(t, c.ID)
	for i, x := range []struct {
		off  time.Duration
		want error
	}{{0, nil}, {30 * time.Second, nil}, {-30 * time.Second, nil}, {time.Minute, model.ErrCheckinCode}, {-time.Minute, model.ErrCheckinCode}} {
		f.now.Add(x.off.Microseconds())
		if _, err := f.CheckIn(t.Context(), f.Resident(i), c.ID, campaign.Scan{Code: code}); !errors.Is(err, x.want) {
			t.Errorf("%s off: got %v, want %v", x.off, err, x.want)
		}
		f.now.Add(-x.off.Microseconds())
	}
	other := f.given(t, f.plan())
	if _, err := f.CheckIn(t.Context(), f.Resident(5), c.ID, campaign.Scan{Code: f.code(t, other.ID)}); !errors.Is(err, model.ErrCheckinCode) {
		t.Errorf("the code of another campaign: %v", err)
	}
}

func TestFenceKeepsOnlyTheSide(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.plan())
		here, near, far := model.Position{Lat: 25.0415, Lng: 118.18}, model.Position{Lat: 25.0423, Lng: 118.18}, model.Position{Lat: 25.0515, Lng: 118.18}
		if _, err := f.SetFence(t.Context(), f.Resident(0), c.ID, here, 100, true); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("by a resident: %v", err)
		}
		if _, err := f.SetFence(t.Context(), f.organizer, c.ID, here, 5, true); !errors.Is(err, model.ErrInvalid) {
			t.Errorf("five metres: %v", err)
		}
		check := func(i int, at *model.Position, side model.FenceSide, want error) {
			t.Helper()
			k, err := f.CheckIn(t.Context(), f.Resident(i), c.ID, campaign.Scan{Code: f.code(t, c.ID), At: at})
			if !errors.Is(err, want) || err == nil && k.Fence != side {
				t.Errorf("got %+v, %v; want %s, %v", k, err, side, want)
			}
		}
		check(0, &here, model.UnknownFence, nil) // there is no fence yet
		for _, required := range []bool{false, true} {
			if _, err := f.SetFence(t.Context(), f.organizer, c.ID, here, 100, required); err != nil {
				t.Fatal(err)
			}
			f.now.Add((2 * time.Second).Microseconds())
			if !required {
				check(1, &near, model.InsideFence, nil)
				check(2, &far, model.OutsideFence, nil)
				check(3, nil, model.UnknownFence, nil)
				continue
			}
			check(4, &far, "", model.ErrOutsideFence)
			check(4, nil, "", model.ErrOutsideFence)
			check(5, &near, model.InsideFence, nil)
		}
		list, err := f.Refused(t.Context(), f.organizer, c.ID, model.Page{})
		if err != nil || len(list.Items) != 1 || list.Items[0].Member.ID != f.Resident(4).MemberID || list.Items[0].Reason != model.ErrOutsideFence.Code {
			t.Errorf("got %+v, %v", list, err)
		}
		if _, err := f.Refused(t.Context(), f.Resident(0), c.ID, model.Page{}); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("got %v", err)
		}
		f.wantWallet(t, f.Resident(4), 0, 0)
	})
}

func TestCheckInByHand(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.plan())
		who := f.Resident(0)
		for name, x := range map[string]struct {
			by     model.Actor
			member model.ID
			reason string
			want   error
		}{
			"oneself":           {f.organizer, f.organizer.MemberID, "没有手机", model.ErrOwnCheckin},
			"no reason":         {f.organizer, who.MemberID, " ", model.ErrInvalid},
			"a resident":        {f.Resident(1), who.MemberID, "没有手机", model.ErrForbidden},
			"nobody":            {f.organizer, 42, "没有手机", model.ErrNotFound},
			"another community": {f.organizer, f.Others.Resident(0).MemberID, "没有手机", model.ErrNotFound},
			"outside":           {f.organizer, f.Resident(12).MemberID, "没有手机", model.ErrCampaignScope},
		} {
			if _, err := f.CheckInFor(t.Context(), x.by, c.ID, x.member, 0, x.reason); !errors.Is(err, x.want) {
				t.Errorf("%s: got %v, want %v", name, err, x.want)
			}
		}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				k, err := f.CheckInFor(t.Context(), f.organizer, c.ID, who.MemberID, 0, "没有手机")
				if err != nil || k.Points != 5 || k.Class != model.Declared || k.Recorder == nil || k.Recorder.ID != f.organizer.MemberID {
					t.Errorf("got %+v, %v", k, err)
				}
			})
		}
		all.Wait()
		f.wantWallet(t, who, 5, 60)
		list, err := f.Checkins(t.Context(), f.organizer, c.ID, 0, model.Page{})
		if err != nil || len(list.Items) != 1 || list.Items[0].Class != model.Declared || list.Items[0].Reason != "没有手机" || list.Items[0].Recorder == nil {
			t.Errorf("got %+v, %v", list, err)
		}
		if k, err := f.CheckIn(t.Context(), who, c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil || k.Class != model.Declared {
			t.Errorf("a scan after it: %+v, %v", k, err)
		}
		f.wantLeft(t, c.ID, 95)
		if _, err := f.Close(t.Context(), f.organizer, c.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := f.CheckInFor(t.Context(), f.organizer, c.ID, f.Resident(1).MemberID, 0, "漏签"); !errors.Is(err, model.ErrCampaignState) {
			t.Errorf("after the close: %v", err)
		}
		f.wantClean(t)
	})
}

// forgetting is a campaign where nobody checks out.
type forgetting struct {
	rules   model.CampaignRules
	close   bool
	wait    time.Duration
	want    int64 // minutes; -1: the check-ins stay open
	notices int
}

func TestForgottenCheckOutsEndByTheRules(t *testing.T) {
	tried := map[string]forgetting{
		"nothing is known":        {model.CampaignRules{PointsPerCheckin: 5}, false, 6 * time.Hour, 0, 1},
		"half an hour":            {model.CampaignRules{PointsPerCheckin: 5, ForgottenMinutes: 30}, false, 6 * time.Hour, 30, 1},
		"no more than the cap":    {model.CampaignRules{PointsPerCheckin: 5, ForgottenMinutes: 300, MaxMinutes: 90}, false, 6 * time.Hour, 90, 1},
		"at the close":            {model.CampaignRules{PointsPerCheckin: 5, ForgottenMinutes: 30}, true, time.Hour, 30, 1},
		"not yet":                 {model.CampaignRules{PointsPerCheckin: 5, ForgottenMinutes: 30}, false, 6*time.Hour - time.Second, -1, 0},
		"sooner":                  {model.CampaignRules{PointsPerCheckin: 5, ForgottenMinutes: 30, ForgottenAfter: 10}, false, 4*time.Hour + 10*time.Minute, 30, 1},
		"minutes at the check-in": {model.CampaignRules{PointsPerCheckin: 5, MinutesPerCheckin: 60, ForgottenMinutes: 30}, true, time.Hour, 60, 0},
		"a campaign that goes on": {model.CampaignRules{PointsPerCheckin: 5, ForgottenMinutes: 30}, false, time.Hour, -1, 0},
	}
	each(t, func(t *testing.T, f *fair) {
		crowd := f.Crowd(3 * len(tried))
		for name, x := range tried {
			f.forgets(t, name, x, crowd[:3])
			crowd = crowd[3:]
		}
		f.wantClean(t)
	})
}

// forgets has three members of a campaign not check out, and sweeps.
func (f *fair) forgets(t *testing.T, name string, x forgetting, crowd []model.Actor) {
	t.Helper()
	in := f.plan()
	in.StartsAt, in.EndsAt = f.Now(), f.Now().Add(4*time.Hour)
	in.Rules, in.Budget = x.rules, 10_000
	c := f.given(t, in)
	for _, who := range crowd {
		if _, err := f.CheckIn(t.Context(), who, c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
			t.Fatal(err)
		}
	}
	f.now.Add(x.wait.Microseconds())
	if x.close {
		if _, err := f.Close(t.Context(), f.organizer, c.ID); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := f.SweepDoor(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, who := range crowd {
		k, err := f.store.Campaigns.Checkin(t.Context(), c.ID, 1, who.MemberID)
		if err != nil || k.Forgotten != (x.want >= 0) || k.Minutes != max(x.want, 0) {
			t.Errorf("%s: got %+v, %v", name, k, err)
		}
		f.wantWallet(t, who, 5, max(x.want, 0))
	}
	inbox, err := notify.New(f.store, f.Now).Inbox(t.Context(), crowd[0], false, model.Page{})
	told := 0
	for _, n := range inbox.Items {
		if n.Kind == model.NoticeForgotCheckout && strings.Contains(n.Body, "重阳敬老") {
			told++
		}
	}
	if err != nil || told != x.notices {
		t.Errorf("%s: %d notices, want %d, %v", name, told, x.notices, err)
	}
}

// TestCheckOutsMeetTheSweep has members leave while the sweep ends what was forgotten: each is ended once.
func TestCheckOutsMeetTheSweep(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.plan()
		in.Rules, in.Budget = model.CampaignRules{PointsPerCheckin: 1, ForgottenMinutes: 7}, 10_000
		c := f.given(t, in)
		who := f.Crowd(10)
		for _, w := range who {
			if _, err := f.CheckIn(t.Context(), w, c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
				t.Fatal(err)
			}
		}
		f.now.Add((6 * time.Hour).Microseconds())
		code := f.code(t, c.ID)
		var all sync.WaitGroup
		for i := range 200 { // twenty scans each
			all.Go(func() {
				if _, err := f.CheckOut(t.Context(), who[i%len(who)], c.ID, campaign.Scan{Code: code}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Go(func() {
			if _, err := f.SweepDoor(t.Context()); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		for _, w := range who {
			k, err := f.store.Campaigns.Checkin(t.Context(), c.ID, 1, w.MemberID)
			want := int64(240)
			if k.Forgotten {
				want = 7
			}
			if err != nil || k.Minutes != want {
				t.Errorf("got %+v, %v", k, err)
			}
			f.wantWallet(t, w, 1, want)
		}
		f.wantClean(t)
	})
}

// TestScansOfOneMemberHaveOneAnswer has one member scan many times at once, by keys of which each comes twice: there is one
// check-in, which every key is answered with, then and later.
func TestScansOfOneMemberHaveOneAnswer(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.plan())
		who, code := f.Resident(0), f.code(t, c.ID)
		scan := func(key string, hash byte) (*model.Checkin, bool, error) {
			replayed := false
			ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: who.MemberID, Key: key, Hash: [32]byte{hash}, Replayed: func() { replayed = true }})
			k, err := f.CheckIn(ctx, who, c.ID, campaign.Scan{Code: code})
			return k, replayed, err
		}
		const scans = 40
		var all sync.WaitGroup
		for i := range scans {
			all.Go(func() {
				if k, _, err := scan(fmt.Sprint("k", i/2), 1); err != nil || k.CheckedInAt != f.Now() || k.Points != c.Rules.PointsPerCheckin {
					t.Errorf("scan %d has %+v, %v", i, k, err)
				}
			})
		}
		all.Wait()
		f.wantWallet(t, who, c.Rules.PointsPerCheckin, c.Rules.MinutesPerCheckin)
		first := f.Now()
		f.now.Add(time.Second.Microseconds())
		for i := range scans / 2 {
			if k, replayed, err := scan(fmt.Sprint("k", i), 1); err != nil || !replayed || k.CheckedInAt != first {
				t.Errorf("key %d again has %+v, replayed %t, %v", i, k, replayed, err)
			}
			if _, _, err := scan(fmt.Sprint("k", i), 2); !errors.Is(err, model.ErrKeyReused) {
				t.Errorf("key %d with another request: %v", i, err)
			}
		}
		f.wantClean(t)
	})
}

// TestAScanThatPanicsKeepsNoOtherWaiting has one go wrong while it is on its way.
func TestAScanThatPanicsKeepsNoOtherWaiting(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.plan())
		who, code := f.Resident(0), f.code(t, c.ID)
		scan := func(key string, replayed func()) (k *model.Checkin, err error) {
			defer func() {
				if about := recover(); about != nil {
					err = model.Panicked(about)
				}
			}()
			ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
			defer stop()
			return f.CheckIn(model.WithIdempotency(ctx, &model.Idempotency{Member: who.MemberID, Key: key, Replayed: replayed}), who, c.ID, campaign.Scan{Code: code})
		}
		first, err := scan("k", func() {})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := scan("k", func() { panic("here") }); err == nil {
			t.Fatal("nothing went wrong")
		}
		if k, err := scan("l", func() {}); err != nil || k.CheckedInAt != first.CheckedInAt {
			t.Errorf("the next has %+v, %v", k, err)
		}
	})
}

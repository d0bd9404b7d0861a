package campaign_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/awards"
	"linbanglin/service/campaign"
	"linbanglin/service/ledger"
)

func (f *fair) limited() campaign.Input {
	in := f.plan()
	in.Rules = model.CampaignRules{
		PointsPerCheckin: 5, MemberPointsLimit: 12, MemberMinutesLimit: 90,
		Items: []model.CampaignItem{{Code: "cut", Name: "理发", Points: 3, Minutes: 20}, {Code: "talk", Name: "陪聊"}},
	}
	return in
}

func TestItemsAreBookedWithinTheLimits(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.limited())
		who := f.Resident(0)
		for range 2 {
			if k, err := f.CheckIn(t.Context(), who, c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil || k.Points != 5 {
				t.Fatalf("got %+v, %v", k, err)
			}
		}
		item := campaign.ItemInput{Member: who.MemberID, Item: "cut", Times: 3}
		if d, err := f.DoItem(t.Context(), f.organizer, c.ID, item); err != nil || d.Points != 7 || d.Minutes != 60 {
			t.Errorf("got %+v, %v", d, err)
		}
		f.now.Add((2 * time.Hour).Microseconds())
		if k, err := f.CheckOut(t.Context(), who, c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil || k.Minutes != 30 {
			t.Errorf("got %+v, %v", k, err)
		}
		if _, err := f.DoItem(t.Context(), f.organizer, c.ID, item); !errors.Is(err, model.ErrCampaignCap) {
			t.Errorf("over the limit: %v", err)
		}
		item.Item = "talk" // which earns nothing
		if _, err := f.DoItem(t.Context(), f.organizer, c.ID, item); err != nil {
			t.Error(err)
		}
		f.wantWallet(t, who, 12, 90)
		f.wantLeft(t, c.ID, 88)
		list, err := f.Items(t.Context(), f.organizer, c.ID, model.Page{})
		if err != nil || len(list.Items) != 2 || list.Items[1].Member.DisplayName == "" {
			t.Errorf("got %+v, %v", list, err)
		}
		f.wantClean(t)
	})
}

func TestItemsThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.limited())
		far := f.Members[len(f.Members)-1].ID
		for name, x := range map[string]struct {
			who  model.Actor
			in   campaign.ItemInput
			want error
		}{
			"by a resident":     {f.Resident(1), campaign.ItemInput{Member: f.Resident(0).MemberID, Item: "cut", Times: 1}, model.ErrForbidden},
			"for oneself":       {f.organizer, campaign.ItemInput{Member: f.organizer.MemberID, Item: "cut", Times: 1}, model.ErrSelfAward},
			"unknown":           {f.organizer, campaign.ItemInput{Member: f.Resident(0).MemberID, Item: "cook", Times: 1}, model.ErrCampaignItem},
			"never":             {f.organizer, campaign.ItemInput{Member: f.Resident(0).MemberID, Item: "cut"}, model.ErrInvalid},
			"outside":           {f.organizer, campaign.ItemInput{Member: far, Item: "cut", Times: 1}, model.ErrCampaignScope},
			"another community": {f.organizer, campaign.ItemInput{Member: f.Others.Resident(0).MemberID, Item: "cut", Times: 1}, model.ErrNotFound},
		} {
			if _, err := f.DoItem(t.Context(), x.who, c.ID, x.in); !errors.Is(err, x.want) {
				t.Errorf("%s: got %v, want %v", name, err, x.want)
			}
		}
		f.wantLeft(t, c.ID, 100)
	})
}

// TestALimitHoldsInARush books items for one member from all sides, and a small budget from all sides for many.
func TestALimitHoldsInARush(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.limited())
		who := f.Resident(0)
		code := f.code(t, c.ID)
		var all sync.WaitGroup
		var items atomic.Int64
		for i := range 20 {
			all.Go(func() {
				if i%4 == 0 {
					if _, err := f.CheckIn(t.Context(), who, c.ID, campaign.Scan{Code: code}); err != nil {
						t.Error(err)
					}
					return
				}
				switch _, err := f.DoItem(t.Context(), f.organizer, c.ID, campaign.ItemInput{Member: who.MemberID, Item: "cut", Times: 1}); {
				case err == nil:
					items.Add(1)
				case !errors.Is(err, model.ErrCampaignCap):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if b, err := f.ledger.Balance(t.Context(), who); err != nil || b.Posted != 12 || b.Minutes > 90 {
			t.Errorf("got %+v, %v", b, err)
		}
		f.wantLeft(t, c.ID, 88)
		in := f.limited()
		in.Budget = 9
		poor := f.given(t, in)
		var booked atomic.Int64
		for i := range 8 {
			all.Go(func() {
				ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: f.organizer.MemberID, Key: fmt.Sprint(i), Replayed: func() {}})
				switch _, err := f.DoItem(ctx, f.organizer, poor.ID, campaign.ItemInput{Member: f.Resident(1 + i).MemberID, Item: "cut", Times: 1}); {
				case err == nil:
					booked.Add(1)
				case !errors.Is(err, model.ErrBudget):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if booked.Load() != 3 {
			t.Errorf("%d were booked, want 3", booked.Load())
		}
		f.wantLeft(t, poor.ID, 0)
		f.wantClean(t)
	})
}

// TestAwardsKeepToTheLimit has a campaign give by hand what its limit does not leave, from all sides.
func TestAwardsKeepToTheLimit(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.limited()) // 12 points a member
		who := f.Resident(0)
		if _, err := f.CheckIn(t.Context(), who, c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
			t.Fatal(err)
		}
		gift := ledger.Award{Member: who.MemberID, Amount: 3, Code: model.RuleAdjust, Campaign: c.ID}
		var given atomic.Int64
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				switch err := f.award(t, fmt.Sprint("rush", i), gift); {
				case err == nil:
					given.Add(1)
				case !errors.Is(err, model.ErrCampaignCap):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if given.Load() != 2 { // of the 7 that are left
			t.Errorf("%d awards were given, want 2", given.Load())
		}
		f.wantWallet(t, who, 11, 0)
		if d, err := f.DoItem(t.Context(), f.organizer, c.ID, campaign.ItemInput{Member: who.MemberID, Item: "cut", Times: 1}); err != nil || d.Points != 1 {
			t.Errorf("an item after the awards: %+v, %v", d, err)
		}
		many := awards.New(f.store, f.ledger, f.Now)
		ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: f.organizer.MemberID, Key: "batch", Replayed: func() {}})
		line := awards.Line{Member: f.Resident(1).MemberID, Amount: 5}
		batch, err := many.Create(ctx, f.organizer, awards.Input{Code: model.RuleAdjust, Campaign: c.ID, Lines: []awards.Line{line, line, line}})
		if err != nil || batch.Granted != 10 || batch.Failed != 1 {
			t.Fatalf("got %+v, %v", batch, err)
		}
		lines, err := many.Lines(t.Context(), f.organizer, batch.ID, model.Page{})
		if err != nil || lines.Items[2].Outcome != model.ErrCampaignCap.Code || lines.Items[2].Detail == "" {
			t.Errorf("got %+v, %v", lines, err)
		}
		f.wantClean(t)
	})
}

// TestForgottenMinutesOfTwoSessionsKeepToTheLimit ends both at once.
func TestForgottenMinutesOfTwoSessionsKeepToTheLimit(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.sessions()
		in.Rules = model.CampaignRules{PointsPerCheckin: 1, ForgottenMinutes: 60, MemberMinutesLimit: 90}
		c := f.given(t, in)
		for range 2 {
			if _, err := f.CheckIn(t.Context(), f.Resident(0), c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
				t.Fatal(err)
			}
			f.now.Add((150 * time.Minute).Microseconds())
		}
		if _, err := f.Close(t.Context(), f.organizer, c.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := f.SweepDoor(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.wantWallet(t, f.Resident(0), 2, 90)
		f.wantClean(t)
	})
}

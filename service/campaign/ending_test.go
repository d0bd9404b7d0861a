package campaign_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/campaign"
	"linbanglin/service/disclosure"
)

// TestACampaignThatNobodyClosesCloses waits for what becomes of a campaign after its end.
func TestACampaignThatNobodyClosesCloses(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.givenVisits(t, []int{0, 1}, []int{2, 3})
		f.share(t, c, campaign.AssignInput{MaxPerVolunteer: 1}, 2, 0)
		mine := f.visitsOf(t, f.Resident(0))[0]
		phone := func() error {
			_, err := f.VisitPhone(t.Context(), f.Resident(0), mine.ID, "约时间")
			return err
		}
		f.now.Store(int64(c.EndsAt.Add(time.Hour)))
		if err := phone(); err != nil {
			t.Errorf("an hour after the end: %v", err)
		}
		f.now.Add(time.Hour.Microseconds())
		if err := phone(); !errors.Is(err, model.ErrVisitState) {
			t.Errorf("the phone is told after the end: %v", err)
		}
		if _, err := f.Cancel(t.Context(), f.organizer, c.ID, "不办了"); !errors.Is(err, model.ErrCampaignState) {
			t.Errorf("cancelled after its end: %v", err)
		}
		for _, x := range []struct {
			at   model.Instant
			want int64
		}{{c.EndsAt.Add(24*time.Hour - time.Second), 0}, {c.EndsAt.Add(24 * time.Hour), 1}, {c.EndsAt.Add(25 * time.Hour), 0}} {
			f.now.Store(int64(x.at))
			var ended atomic.Int64
			var all sync.WaitGroup
			for range 3 {
				all.Go(func() {
					n, err := f.SweepEnds(t.Context())
					if err != nil {
						t.Error(err)
					}
					ended.Add(int64(n))
				})
			}
			all.Wait()
			if ended.Load() != x.want {
				t.Errorf("%d were closed, want %d", ended.Load(), x.want)
			}
		}
		f.wantStatus(t, c.ID, model.CampaignClosing)
		f.wantNotices(t, f.organizer, model.NoticeCampaignClosed, 1)
		if left := f.visitsOf(t, f.Resident(0)); len(left) != 0 {
			t.Errorf("visits that were not made are still assigned: %+v", left)
		}
		loads, err := f.store.Visits.Loads(t.Context(), 0, []model.ID{f.Resident(0).MemberID})
		if err != nil || loads[f.Resident(0).MemberID].Open != 0 {
			t.Errorf("got %+v, %v", loads, err)
		}
		f.settled(t, c.ID)
	})
}

// TestACampaignClosesAfterItsForgottenCheckOuts has the rules wait longer for check-outs than a day.
func TestACampaignClosesAfterItsForgottenCheckOuts(t *testing.T) {
	c := &model.Campaign{StartsAt: 0, EndsAt: model.Instant(time.Hour.Microseconds())}
	for after, want := range map[int64]time.Duration{0: 25 * time.Hour, 60: 25 * time.Hour, 3 * 24 * 60: 73 * time.Hour} {
		if c.Rules.ForgottenAfter = after; c.ClosesAt() != model.Instant(want.Microseconds()) {
			t.Errorf("%d minutes: closes at %d", after, c.ClosesAt())
		}
	}
}

// TestWhoIsThereWhenACampaignIsCancelled has one member be there without a sign-up when it starts to rain.
func TestWhoIsThereWhenACampaignIsCancelled(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.plan()
		in.Rules = model.CampaignRules{PointsPerCheckin: 5, ForgottenMinutes: 30}
		c, d := f.given(t, in), disclosure.New(f.store, f.ledger, f.Now)
		who := f.Resident(0)
		if _, err := f.CheckIn(t.Context(), who, c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
			t.Fatal(err)
		}
		f.now.Add(time.Hour.Microseconds())
		if _, err := f.Cancel(t.Context(), f.organizer, c.ID, "下雨"); err != nil {
			t.Fatal(err)
		}
		// One that was on its way at the cancellation comes after it.
		open := &model.Checkin{CampaignID: c.ID, Session: 1, MemberID: f.Resident(1).MemberID, CheckedInAt: f.Now(), Class: model.Verified}
		if err := f.store.Tx(t.Context(), func(tx *repository.Store) error {
			return tx.Insert(t.Context(), []repository.Insertion{repository.CheckinRow(open)})
		}); err != nil {
			t.Fatal(err)
		}
		f.now.Store(int64(c.EndsAt.Add(24 * time.Hour)))
		if _, err := f.SweepDoor(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			k, err := f.store.Campaigns.Checkin(t.Context(), c.ID, 1, f.Resident(i).MemberID)
			if err != nil || k.CheckedOutAt == 0 || k.Forgotten || k.Minutes != 0 {
				t.Errorf("got %+v, %v", k, err)
			}
			f.wantNotices(t, f.Resident(i), model.NoticeForgotCheckout, 0)
		}
		f.wantNotices(t, who, model.NoticeCampaignCancelled, 1)
		f.wantWallet(t, who, 5, 0)
		if _, err := d.PublishResult(t.Context(), f.organizer, c.ID, 0); !errors.Is(err, model.ErrCampaignState) {
			t.Errorf("the result of a cancelled campaign: %v", err)
		}
		f.wantClean(t)
	})
}

// TestAResultWaitsForForgottenCheckOuts publishes before and after they are booked.
func TestAResultWaitsForForgottenCheckOuts(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.plan()
		in.Rules = model.CampaignRules{PointsPerCheckin: 5, ForgottenMinutes: 30}
		c, d := f.attended(t, in, 0), disclosure.New(f.store, f.ledger, f.Now)
		if _, err := d.PublishResult(t.Context(), f.organizer, c.ID, 0); !errors.Is(err, model.ErrNotReady) {
			t.Errorf("published before: %v", err)
		}
		if _, err := f.SweepDoor(t.Context()); err != nil {
			t.Fatal(err)
		}
		p, err := d.PublishResult(t.Context(), f.organizer, c.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		items, err := d.Items(t.Context(), f.Resident(0), p.ID, model.Page{})
		if err != nil || len(items.Items) != 1 || items.Items[0].Verified != (model.Credit{Points: 5, Minutes: 30}) {
			t.Errorf("got %+v, %v", items, err)
		}
	})
}

package campaign_test

import (
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/boards"
	"linbanglin/service/campaign"
	"linbanglin/service/disclosure"
	"linbanglin/service/ledger"
)

// settled has the boards follow a closed campaign, and settles it.
func (f *fair) settled(t *testing.T, id model.ID) {
	t.Helper()
	f.wantClean(t)
	if _, err := f.Settle(t.Context(), f.organizer, id); err != nil {
		t.Fatal(err)
	}
}

// standings are the settled standings, by member.
func (f *fair) standings(t *testing.T, id model.ID) (points map[model.ID]int64, s *boards.Standings) {
	t.Helper()
	s, err := f.boards.Standings(t.Context(), f.organizer, id, 0, model.Page{})
	if err != nil {
		t.Fatal(err)
	}
	points = map[model.ID]int64{}
	for _, r := range s.Items {
		points[r.Member.ID] = r.Points
	}
	return points, s
}

// award has the organizer give points by hand, once under a key.
func (f *fair) award(t *testing.T, key string, a ledger.Award) error {
	t.Helper()
	ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: f.organizer.MemberID, Key: key, Replayed: func() {}})
	_, err := f.ledger.Award(ctx, f.organizer, a)
	return err
}

// TestWhatIsNotedAfterTheEndCounts has an organizer note after a campaign's end, before its close, what was done in it.
func TestWhatIsNotedAfterTheEndCounts(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.plan()
		in.Rules.Items = []model.CampaignItem{{Code: "cut", Name: "理发", Points: 3}}
		c := f.given(t, in)
		f.now.Store(int64(c.EndsAt.Add(25 * time.Hour))) // the next day
		if _, err := f.CheckInFor(t.Context(), f.organizer, c.ID, f.Resident(0).MemberID, 0, "漏签"); err != nil {
			t.Fatal(err)
		}
		if _, err := f.DoItem(t.Context(), f.organizer, c.ID, campaign.ItemInput{Member: f.Resident(1).MemberID, Item: "cut", Times: 2}); err != nil {
			t.Fatal(err)
		}
		if err := f.award(t, "a", ledger.Award{Member: f.Resident(2).MemberID, Amount: 7, Code: model.RuleAdjust, Campaign: c.ID}); err != nil {
			t.Fatal(err)
		}
		if k, err := f.store.Campaigns.Checkin(t.Context(), c.ID, 1, f.Resident(0).MemberID); err != nil || k.CheckedInAt != f.Now() {
			t.Errorf("the check-in is not when it was made: %+v, %v", k, err)
		}
		if _, err := f.Close(t.Context(), f.organizer, c.ID); err != nil {
			t.Fatal(err)
		}
		f.settled(t, c.ID)
		points, s := f.standings(t, c.ID)
		for i, want := range []int64{5, 6, 7} {
			if got := points[f.Resident(i).MemberID]; got != want {
				t.Errorf("member %d has %d points, want %d", i, got, want)
			}
		}
		if s.Adjusted != 0 {
			t.Errorf("got %+v", s.Adjustments)
		}
		f.wantClean(t)
	})
}

// TestAnAppealThatAwardsIsAnAdjustment rules for a member of a settled campaign after its end.
func TestAnAppealThatAwardsIsAnAdjustment(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c, d := f.attended(t, f.plan(), 0, 1), disclosure.New(f.store, f.ledger, f.Now)
		f.settled(t, c.ID) // and then published
		p, err := d.PublishResult(t.Context(), f.organizer, c.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.now.Store(int64(c.EndsAt.Add(48 * time.Hour)))
		appeal, err := d.Appeal(t.Context(), f.Resident(1), p.ID, disclosure.Objection{ItemNo: 1, Reason: "少记了"})
		if err != nil {
			t.Fatal(err)
		}
		before, _ := f.standings(t, c.ID)
		admin := f.Holder(model.RoleCommunityAdmin)
		if _, err := d.Resolve(t.Context(), admin, appeal.ID, model.Ruling{Result: model.Upheld, Reason: "补记", Award: 9}); err != nil {
			t.Fatal(err)
		}
		f.wantClean(t)
		same, s := f.standings(t, c.ID)
		if same[appeal.MemberID] != before[appeal.MemberID] || s.Adjusted != 1 || s.Adjustments[0].Points != 9 || s.Adjustments[0].Member.ID != appeal.MemberID {
			t.Fatalf("got %+v", s)
		}
		if _, err := f.boards.Revise(t.Context(), admin, c.ID, "申诉成立"); err != nil {
			t.Fatal(err)
		}
		if revised, _ := f.standings(t, c.ID); revised[appeal.MemberID] != before[appeal.MemberID]+9 {
			t.Errorf("got %d points", revised[appeal.MemberID])
		}
		f.wantLeft(t, c.ID, 0)
		f.wantClean(t)
	})
}

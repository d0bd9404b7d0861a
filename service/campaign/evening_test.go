package campaign_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/campaign"
	"linbanglin/service/disclosure"
	"linbanglin/service/ledger"
	"linbanglin/service/notify"
)

// TestTheEveningOfACampaign has five come, four of them earn, and closes the day.
func TestTheEveningOfACampaign(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.plan()
		in.Rules = model.CampaignRules{PointsPerCheckin: 5}
		c := f.given(t, in)
		crowd := f.Crowd(5)
		for i, who := range crowd[:4] { // a minute after each other
			if _, err := f.CheckIn(t.Context(), who, c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
				t.Fatal(err)
			}
			f.now.Add(time.Minute.Microseconds())
			if i == 2 {
				f.now.Add((20 * time.Minute).Microseconds()) // the fourth is late
			}
		}
		if _, err := f.CheckInFor(t.Context(), f.organizer, c.ID, crowd[4].MemberID, 0, "没有手机"); err != nil {
			t.Fatal(err)
		}
		f.now.Store(int64(c.EndsAt.Add(-time.Minute)))
		for _, who := range crowd[1:4] {
			if _, err := f.CheckOut(t.Context(), who, c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
				t.Fatal(err)
			}
		}
		d := disclosure.New(f.store, f.ledger, f.Now)
		if _, err := d.PublishResult(t.Context(), f.organizer, c.ID, 0); !errors.Is(err, model.ErrCampaignState) {
			t.Errorf("published before the close: %v", err)
		}
		if _, err := f.Close(t.Context(), f.organizer, c.ID); err != nil {
			t.Fatal(err)
		}
		f.now.Add(time.Minute.Microseconds())
		thanked := 0
		for range 2 {
			var all sync.WaitGroup
			var mu sync.Mutex
			for range 3 {
				all.Go(func() {
					_, forgot := f.SweepDoor(t.Context())
					n, err := f.SweepThanks(t.Context())
					if err = errors.Join(forgot, err); err != nil {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					thanked += n
				})
			}
			all.Wait()
		}
		if thanked != 1 {
			t.Errorf("thanked %d times", thanked)
		}
		f.wantHonours(t, crowd, [][]string{{"top"}, {"full_time", "top"}, {"full_time", "top"}, nil, nil})
		f.wantResult(t, d, c, crowd)
		f.wantReport(t, c)
		f.wantCorrected(t, d, c, crowd)
		f.wantClean(t)
	})
}

func (f *fair) wantHonours(t *testing.T, crowd []model.Actor, want [][]string) {
	t.Helper()
	for i, who := range crowd {
		list, err := f.MyHonours(t.Context(), who, model.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range list.Items {
			if got = append(got, string(h.Kind)); h.Title != "重阳敬老" || h.Kind == model.HonourTop && h.Place != i+1 {
				t.Errorf("member %d: %+v", i, h)
			}
		}
		if strings.Join(got, " ") != strings.Join(want[i], " ") {
			t.Errorf("member %d: got %v, want %v", i, got, want[i])
		}
		inbox, err := notify.New(f.store, f.Now).Inbox(t.Context(), who, false, model.Page{})
		thanks := 0
		for _, n := range inbox.Items {
			if n.Kind == model.NoticeThanks {
				thanks++
			}
		}
		if err != nil || thanks != 1 {
			t.Errorf("member %d was thanked %d times, %v", i, thanks, err)
		}
	}
}

// wantResult publishes the result once, and appeals against an item of it until a check-in is reversed.
func (f *fair) wantResult(t *testing.T, d *disclosure.Disclosure, c *model.Campaign, crowd []model.Actor) {
	t.Helper()
	if _, err := d.PublishResult(t.Context(), crowd[0], c.ID, 0); !errors.Is(err, model.ErrForbidden) {
		t.Errorf("published by a resident: %v", err)
	}
	first, err := d.PublishResult(t.Context(), f.organizer, c.ID, 0)
	if err == nil {
		_, err = d.Unpublish(t.Context(), f.organizer, first.ID, "标题有误")
	}
	if err != nil {
		t.Fatal(err)
	}
	f.wantStatus(t, c.ID, model.CampaignClosing)
	p, err := d.PublishResult(t.Context(), f.organizer, c.ID, 0)
	if err != nil || p.Listed != len(crowd) || p.Kind != model.PublishCampaign || p.EndsAt != f.Now().Add(7*24*time.Hour) || p.CampaignID != c.ID {
		t.Fatalf("got %+v, %v", p, err)
	}
	f.wantStatus(t, c.ID, model.CampaignPublication)
	if _, err := d.PublishResult(t.Context(), f.organizer, c.ID, 0); !errors.Is(err, model.ErrResultPublished) {
		t.Errorf("published twice: %v", err)
	}
	items, err := d.Items(t.Context(), crowd[1], p.ID, model.Page{})
	if err != nil || len(items.Items) != len(crowd) {
		t.Fatalf("got %+v, %v", items, err)
	}
	for _, i := range items.Items {
		switch {
		case i.Mine && (i.Verified.Points != 5 || i.Verified.Minutes != 238 && i.Verified.Minutes != 239):
			t.Errorf("got %+v", i)
		case i.MemberID == crowd[4].MemberID && (i.Declared.Points != 5 || i.Verified.Points != 0):
			t.Errorf("got %+v", i)
		}
	}
	appeal, err := d.Appeal(t.Context(), crowd[1], p.ID, disclosure.Objection{ItemNo: items.Items[0].ItemNo, Reason: "没有到场"})
	if err != nil || appeal.Status != model.AppealOpen {
		t.Errorf("got %+v, %v", appeal, err)
	}
	if _, err := d.Publish(t.Context(), f.organizer, disclosure.Plan{Kind: model.PublishCampaign, Scope: c.ScopeNodeID, Title: "x"}); !errors.Is(err, model.ErrInvalid) {
		t.Errorf("a result without its campaign: %v", err)
	}
}

func (f *fair) wantStatus(t *testing.T, id model.ID, want model.CampaignStatus) {
	t.Helper()
	if c, err := f.store.Campaigns.Get(t.Context(), id); err != nil || c.Status != want {
		t.Errorf("the campaign is %s, %v, want %s", c.Status, err, want)
	}
}

// wantCorrected has an appeal that is upheld against a result take a check-in back; then the result is withdrawn.
func (f *fair) wantCorrected(t *testing.T, d *disclosure.Disclosure, c *model.Campaign, crowd []model.Actor) {
	t.Helper()
	ctx, judge := t.Context(), f.Holder(model.RoleCommunityAdmin)
	appeals, err := d.Appeals(ctx, judge, disclosure.AppealFilter{}, model.Page{})
	if err != nil || len(appeals.Items) != 1 {
		t.Fatalf("got %+v, %v", appeals, err)
	}
	of := crowd[slices.IndexFunc(crowd, func(who model.Actor) bool { return who.MemberID == appeals.Items[0].MemberID })]
	before, err := f.ledger.Balance(ctx, of)
	if err != nil {
		t.Fatal(err)
	}
	book, err := f.ledger.Statement(ctx, of, ledger.StatementQuery{Measure: model.Points}, model.Page{})
	if err != nil || book.Items[0].Code != "CAMPAIGN" {
		t.Fatalf("got %+v, %v", book, err)
	}
	_, err = d.Resolve(ctx, judge, appeals.Items[0].ID, model.Ruling{Result: model.Upheld, Reason: "没有到场", Reverses: book.Items[0].TransferID})
	if err != nil {
		t.Fatal(err)
	}
	if after, err := f.ledger.Balance(ctx, of); err != nil || after.Posted != before.Posted-5 {
		t.Errorf("%d points became %d, %v", before.Posted, after.Posted, err)
	}
	f.wantStatus(t, c.ID, model.CampaignPublication)
	if _, err := d.Unpublish(ctx, f.organizer, appeals.Items[0].PublicationID, "重新统计"); !errors.Is(err, model.ErrPublicationState) {
		t.Errorf("withdrawn after a ruling: %v", err)
	}
}

func (f *fair) wantReport(t *testing.T, c *model.Campaign) {
	t.Helper()
	if _, err := f.Report(t.Context(), f.Resident(0), c.ID); !errors.Is(err, model.ErrForbidden) {
		t.Errorf("read by a resident: %v", err)
	}
	r, err := f.Report(t.Context(), f.organizer, c.ID)
	if err != nil || len(r.Attendance) != 5 || len(r.Grids) != 1 || len(r.Sessions) != 1 || len(r.Honours) != 5 {
		t.Fatalf("got %+v, %v", r, err)
	}
	if g := r.Grids[0]; g.Participants != 5 || g.Households != 5 || g.Verified.Points != 20 || g.Declared.Points != 5 || g.Name == "" || r.Sessions[0].Participants != 5 {
		t.Errorf("got %+v", g)
	}
}

package campaign_test

import (
	"fmt"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/campaign"
	"linbanglin/service/ledger"
)

// TestAReportCountsEverySessionAndEverybody has one member be at two sessions, one only be given something, and one only
// make a visit.
func TestAReportCountsEverySessionAndEverybody(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.sessions()
		in.Rules = model.CampaignRules{PointsPerCheckin: 5, MinutesPerCheckin: 30}
		c := f.given(t, in)
		both, given, maker := f.Resident(0), f.Resident(1), f.Resident(6)
		if _, err := f.SignUp(t.Context(), maker, c.ID, campaign.SignupInput{}); err != nil {
			t.Fatal(err)
		}
		f.planVisits(t, c, 7)
		f.share(t, c, campaign.AssignInput{MaxPerVolunteer: 1}, 1, 0)
		if _, err := f.FinishVisit(t.Context(), maker, f.visitsOf(t, maker)[0].ID, "都好"); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := f.CheckIn(t.Context(), both, c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
				t.Fatal(err)
			}
			if _, err := f.CheckOut(t.Context(), both, c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
				t.Fatal(err)
			}
			f.now.Add((2 * time.Hour).Microseconds())
		}
		for i, who := range []model.Actor{both, given} {
			if err := f.award(t, fmt.Sprint(i), ledger.Award{Member: who.MemberID, Amount: 7, Code: model.RuleAdjust, Campaign: c.ID}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.Close(t.Context(), f.organizer, c.ID); err != nil {
			t.Fatal(err)
		}
		f.now.Add(time.Minute.Microseconds())
		if _, err := f.SweepThanks(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, who := range []model.Actor{both, given, maker} {
			f.wantNotices(t, who, model.NoticeThanks, 1)
		}
		r, err := f.Report(t.Context(), f.organizer, c.ID)
		if err != nil || len(r.Sessions) != 3 || len(r.Grids) != 2 {
			t.Fatalf("got %+v, %v", r, err)
		}
		for i, want := range []model.Coverage{
			{Name: "第 1 场 上午", Participants: 1, Households: 1, Verified: model.Credit{Points: 5, Minutes: 30}},
			{Name: "第 2 场 下午", Participants: 1, Households: 1, Verified: model.Credit{Points: 5, Minutes: 30}},
			{Name: "其他", Participants: 3, Households: 3, Declared: model.Credit{Points: 14}},
		} {
			if *r.Sessions[i] != want {
				t.Errorf("got %+v, want %+v", *r.Sessions[i], want)
			}
		}
		all := r.Total()
		if all.Participants != 3 || all.Verified != (model.Credit{Points: 10, Minutes: 60}) || all.Declared != (model.Credit{Points: 14}) {
			t.Errorf("got %+v", all)
		}
		for _, g := range r.Grids {
			if g.Homes != 6 {
				t.Errorf("got %+v", g)
			}
		}
	})
}

// TestAnHonourThatLostItsGround reverses what it was given for.
func TestAnHonourThatLostItsGround(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c, who := f.attended(t, f.plan(), 0), f.Resident(0)
		f.now.Add(time.Minute.Microseconds())
		for range 2 {
			if _, err := f.SweepDoor(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := f.SweepThanks(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		want := func(withdrawn bool) {
			t.Helper()
			list, err := f.MyHonours(t.Context(), who, model.Page{})
			if err != nil || len(list.Items) != 1 || list.Items[0].Withdrawn != withdrawn {
				t.Errorf("got %+v, %v", list, err)
			}
			if r, err := f.Report(t.Context(), f.organizer, c.ID); err != nil || len(r.Honours) != 1 || r.Honours[0].Withdrawn != withdrawn {
				t.Errorf("got %+v, %v", r, err)
			}
		}
		want(false)
		book, err := f.ledger.Statement(t.Context(), who, ledger.StatementQuery{Measure: model.Points}, model.Page{})
		if err != nil {
			t.Fatal(err)
		}
		admin := f.Holder(model.RoleCommunityAdmin)
		ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: admin.MemberID, Key: "r", Replayed: func() {}})
		if _, err := f.ledger.Reverse(ctx, admin, book.Items[0].TransferID, "没有到场"); err != nil {
			t.Fatal(err)
		}
		want(true)
	})
}

package campaign_test

import (
	"errors"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/campaign"
)

// scan checks somebody in by the code of now.
func (f *fair) scan(t *testing.T, who model.Actor, id model.ID, session int) (*model.Checkin, error) {
	t.Helper()
	return f.CheckIn(t.Context(), who, id, campaign.Scan{Code: f.code(t, id), Session: session})
}

// beside is a plan whose two sessions go on at the same time.
func (f *fair) beside() campaign.Input {
	in := f.plan()
	in.Rules = model.CampaignRules{PointsPerCheckin: 5, ForgottenMinutes: 60}
	in.Plan.Sessions = []model.CampaignSession{
		{Name: "理发", StartsAt: in.StartsAt, EndsAt: in.EndsAt}, {Name: "义诊", StartsAt: in.StartsAt, EndsAt: in.EndsAt},
	}
	return in
}

func TestNobodyIsAtTwoSessionsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c, who := f.given(t, f.beside()), f.Resident(0)
		entered, refused := 0, 0
		results := make(chan error, 2)
		for session := range 2 {
			code := f.code(t, c.ID)
			go func() {
				_, err := f.CheckIn(t.Context(), who, c.ID, campaign.Scan{Code: code, Session: session + 1})
				results <- err
			}()
		}
		for range 2 {
			switch err := <-results; {
			case err == nil:
				entered++
			case errors.Is(err, model.ErrStillInside):
				refused++
			default:
				t.Error(err)
			}
		}
		if entered != 1 || refused != 1 {
			t.Errorf("%d entered, %d were refused", entered, refused)
		}
		f.now.Add(time.Hour.Microseconds())
		k, err := f.CheckOut(t.Context(), who, c.ID, campaign.Scan{Code: f.code(t, c.ID)})
		if err != nil || k.Minutes != 60 {
			t.Fatalf("got %+v, %v", k, err)
		}
		if _, err := f.scan(t, who, c.ID, 3-k.Session); err != nil {
			t.Errorf("after the check-out: %v", err)
		}
	})
}

func TestForgottenCheckOutsOfOneBatchKeepToTheLimit(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.plan()
		in.Rules = model.CampaignRules{ForgottenMinutes: 60, MemberMinutesLimit: 90}
		noon := in.StartsAt.Add(2 * time.Hour)
		in.Plan.Sessions = []model.CampaignSession{{Name: "上午", StartsAt: in.StartsAt, EndsAt: noon}, {Name: "下午", StartsAt: noon, EndsAt: in.EndsAt}}
		c := f.given(t, in)
		for session := range 2 {
			f.now.Store(int64(in.StartsAt.Add(time.Duration(session) * 2 * time.Hour)))
			if _, err := f.scan(t, f.Resident(0), c.ID, session+1); err != nil {
				t.Fatal(err)
			}
		}
		f.now.Store(int64(in.EndsAt.Add(3 * time.Hour)))
		if n, err := f.SweepDoor(t.Context()); n != 2 || err != nil {
			t.Fatalf("%d were ended, %v", n, err)
		}
		f.wantWallet(t, f.Resident(0), 0, 90)
		f.wantClean(t)
	})
}

func TestTheDoorKeepsToGuardians(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		child := f.Housemate(3)
		m := f.Members[2*3+1]
		m.BirthYear, m.Version = 2016, m.Version+1
		if err := f.store.Members.UpdateRoster(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		open := f.given(t, f.plan())
		for name, x := range map[string]struct {
			who  model.Actor
			at   model.ID
			want error
		}{
			"who never signed up": {f.Resident(2), open.ID, nil},
			"a child":             {child, open.ID, model.ErrNotSignedUp},
		} {
			if _, err := f.scan(t, x.who, x.at, 0); !errors.Is(err, x.want) {
				t.Errorf("%s: got %v, want %v", name, err, x.want)
			}
		}
		f.wantWallet(t, child, 0, 0)
		if _, err := f.SignUp(t.Context(), child, open.ID, campaign.SignupInput{Acceptance: model.Acceptance{Guardian: "母亲"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.scan(t, child, open.ID, 0); err != nil {
			t.Errorf("a child whose guardian agreed: %v", err)
		}
	})
}

func TestItemsNeedWhatTheDoorNeeds(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.plan()
		in.Rules.Items = []model.CampaignItem{{Code: "cut", Name: "理发", Points: 2}}
		in.Plan.RiskNotice = "剪刀锋利，注意安全"
		c := f.given(t, in)
		did := campaign.ItemInput{Member: f.Resident(0).MemberID, Item: "cut", Times: 1}
		if _, err := f.DoItem(t.Context(), f.organizer, c.ID, did); !errors.Is(err, model.ErrNotSignedUp) {
			t.Errorf("without the notice: %v", err)
		}
		if _, err := f.SignUp(t.Context(), f.Resident(0), c.ID, campaign.SignupInput{Acceptance: model.Acceptance{Risk: true}}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.DoItem(t.Context(), f.organizer, c.ID, did); err != nil {
			t.Errorf("with it: %v", err)
		}
		f.wantWallet(t, f.Resident(0), 2, 0)
	})
}

func TestAPlaceIsGivenBackFromOutsideOfTheScope(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.plan())
		who := f.Resident(0)
		if _, err := f.SignUp(t.Context(), who, c.ID, campaign.SignupInput{}); err != nil {
			t.Fatal(err)
		}
		who.Place = f.Holder(model.RoleAuditor).Place // moved
		if err := f.CancelSignup(t.Context(), who, c.ID, 0); err != nil {
			t.Error(err)
		}
		if err := f.CancelSignup(t.Context(), f.Others.Resident(0), c.ID, 0); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("a stranger: %v", err)
		}
	})
}

func TestTheFenceGoesWithACopyAndASeries(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.plan())
		if _, err := f.SetFence(t.Context(), f.organizer, c.ID, model.Position{Lat: 25, Lng: 118}, 100, true); err != nil {
			t.Fatal(err)
		}
		copied, err := f.Copy(t.Context(), f.organizer, c.ID, c.StartsAt.Add(24*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		fence, err := f.Fence(t.Context(), f.organizer, copied.ID)
		if err != nil || !fence.Required || fence.RadiusM != 100 {
			t.Errorf("the copy has %+v, %v", fence, err)
		}
		later := f.plan()
		later.StartsAt, later.EndsAt = later.StartsAt.Add(24*time.Hour), later.EndsAt.Add(24*time.Hour)
		series, err := f.CreateSeries(t.Context(), f.organizer, campaign.SeriesInput{Input: later, Rule: "FREQ=WEEKLY;COUNT=4"})
		if err != nil {
			t.Fatal(err)
		}
		made := func(n int) []model.CampaignInstance {
			if _, err := f.SweepSeries(t.Context()); err != nil {
				t.Fatal(err)
			}
			series, err := f.Series(t.Context(), f.organizer, series.ID)
			var list []model.CampaignInstance
			for _, i := range series.Instances {
				if i.CampaignID != 0 {
					list = append(list, *i)
				}
			}
			if err != nil || len(list) < n {
				t.Fatalf("got %+v, %v", series.Instances, err)
			}
			return list
		}
		first := made(1)
		if _, err := f.SetFence(t.Context(), f.organizer, first[0].CampaignID, model.Position{Lat: 25, Lng: 118}, 200, true); err != nil {
			t.Fatal(err)
		}
		f.now.Add((14 * 24 * time.Hour).Microseconds())
		all := made(1)
		fence, err = f.Fence(t.Context(), f.organizer, all[len(all)-1].CampaignID)
		if err != nil || fence.RadiusM != 200 || all[len(all)-1].CampaignID == first[0].CampaignID {
			t.Errorf("the series has %+v, %v", fence, err)
		}
	})
}

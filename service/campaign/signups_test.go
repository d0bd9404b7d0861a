package campaign_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/campaign"
)

// sessions is a plan with a morning for two roles, and an afternoon without a wait list.
func (f *fair) sessions() campaign.Input {
	in := f.plan()
	noon := in.StartsAt.Add(2 * time.Hour)
	in.Plan = model.CampaignPlan{
		Places: []model.CampaignPlace{{Name: "广场", Address: "一号门"}},
		Organisers: []model.JointOrganiser{
			{Organisation: "区医院", Kind: "服务联办", Duty: "义诊"},
		},
		Sessions: []model.CampaignSession{
			{
				Name: "上午", StartsAt: in.StartsAt, EndsAt: noon, Place: "广场", Capacity: 3,
				Roles: []model.SessionRole{{Name: "理发", Needed: 1}, {Name: "引导", Needed: 2}},
			},
			{Name: "下午", StartsAt: noon, EndsAt: in.EndsAt, Capacity: 1, NoWaitList: true},
		},
	}
	return in
}

func TestSessionsAndRoles(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.sessions())
		for i, x := range []struct {
			who     int
			session int
			role    string
			status  string
			want    error
		}{
			{0, 1, "理发", model.SignupIn, nil},
			{1, 1, "理发", model.SignupWaiting, nil}, // for the role
			{2, 1, "引导", model.SignupIn, nil},
			{3, 0, "", model.SignupIn, nil},        // the first session
			{4, 1, "引导", model.SignupWaiting, nil}, // for the session
			{0, 2, "", model.SignupIn, nil},        // beside the morning
			{1, 2, "", "", model.ErrCampaignFull},
			{5, 3, "", "", model.ErrSessionUnknown},
			{5, 1, "做饭", "", model.ErrSessionUnknown},
			{5, 2, "引导", "", model.ErrSessionUnknown},
		} {
			s, err := f.SignUp(t.Context(), f.Resident(x.who), c.ID, campaign.SignupInput{Session: x.session, Role: x.role})
			if !errors.Is(err, x.want) || err == nil && s.Status != x.status {
				t.Errorf("%d: got %+v, %v", i, s, err)
			}
		}
		if err := f.CancelSignup(t.Context(), f.Resident(2), c.ID, 1); err != nil {
			t.Fatal(err)
		}
		f.wantSeats(t, c.ID, 1, map[int]string{0: model.SignupIn, 1: model.SignupWaiting, 2: model.SignupCancelled, 3: model.SignupIn, 4: model.SignupIn})
		f.wantNotices(t, f.Resident(4), model.NoticeCampaignSeat, 1)
		f.wantNotices(t, f.Resident(1), model.NoticeCampaignSeat, 0)
		list, err := f.Signups(t.Context(), f.organizer, c.ID, 2, model.Page{})
		if err != nil || len(list.Items) != 1 || list.Items[0].Member.ID != f.Resident(0).MemberID {
			t.Errorf("got %+v, %v", list, err)
		}
		if _, err := f.SignUp(t.Context(), f.Resident(2), c.ID, campaign.SignupInput{Role: "引导"}); err != nil {
			t.Error(err)
		}
		f.wantSeats(t, c.ID, 1, map[int]string{2: model.SignupWaiting}) // at the end
	})
}

func (f *fair) wantSeats(t *testing.T, id model.ID, session int, want map[int]string) {
	t.Helper()
	for who, status := range want {
		if s, err := f.store.Campaigns.Signup(t.Context(), id, session, f.Resident(who).MemberID); err != nil || s.Status != status {
			t.Errorf("%d is %+v, %v; want %s", who, s, err, status)
		}
	}
}

// TestRushForTwentyPlaces has 200 people sign up for 20 places while others cancel: never are there more than 20, and
// the places that come free go to those who came first.
func TestRushForTwentyPlaces(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.sessions()
		in.Plan.Sessions[0].Capacity, in.Plan.Sessions[0].Roles = 20, nil
		c := f.given(t, in)
		crowd := f.Crowd(200)
		var all sync.WaitGroup
		for i, who := range crowd {
			all.Go(func() {
				if _, err := f.SignUp(t.Context(), who, c.ID, campaign.SignupInput{}); err != nil {
					t.Error(err)
				}
				if i%4 == 0 {
					if err := f.CancelSignup(t.Context(), who, c.ID, 0); err != nil {
						t.Error(err)
					}
				}
				seats, err := f.store.Campaigns.Seats(t.Context(), c.ID, 1)
				if err != nil || seats[""] > 20 {
					t.Errorf("%d have a place, %v", seats[""], err)
				}
			})
		}
		all.Wait()
		list, err := f.store.Campaigns.Signups(t.Context(), c.ID, 1, 0, 1000)
		if err != nil || len(list) != 150 {
			t.Fatalf("%d are left, %v", len(list), err)
		}
		slices.SortFunc(list, func(a, b *model.Signup) int { return int(a.Seq - b.Seq) })
		for i, s := range list {
			if want := i < 20; (s.Status == model.SignupIn) != want || i > 0 && list[i-1].Seq == s.Seq {
				t.Errorf("number %d (%d) is %s", i, s.Seq, s.Status)
			}
		}
	})
}

func TestWhatMustBeAccepted(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		born := func(i, year int) model.Actor {
			m := f.Members[2*i]
			m.BirthYear, m.Version = year, m.Version+1
			if err := f.store.Members.UpdateRoster(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			return f.As(m)
		}
		minor, unread := born(1, 2012), born(2, model.BirthUnreadable)
		risky, dangerous := f.plan(), f.plan()
		risky.Plan.RiskNotice = "爬楼"
		dangerous.Plan = model.CampaignPlan{Dangerous: true, Insurance: "意外险"}
		plain, other, notice, danger := f.given(t, f.plan()), f.given(t, f.plan()), f.given(t, risky), f.given(t, dangerous)
		for name, x := range map[string]struct {
			who  model.Actor
			c    *model.Campaign
			in   model.Acceptance
			want error
		}{
			"an adult":                     {f.Resident(0), plain, model.Acceptance{}, nil},
			"a minor":                      {minor, other, model.Acceptance{}, model.ErrGuardian},
			"a minor with a guardian":      {minor, plain, model.Acceptance{Guardian: "母亲"}, nil},
			"a guardian's phone":           {minor, other, model.Acceptance{Guardian: "母亲19900000000"}, model.ErrInvalid},
			"without the notice":           {f.Resident(0), notice, model.Acceptance{}, model.ErrRiskNotice},
			"with the notice":              {f.Resident(3), notice, model.Acceptance{Risk: true}, nil},
			"a minor with both":            {minor, notice, model.Acceptance{Risk: true, Guardian: "父亲"}, nil},
			"a minor in danger":            {minor, danger, model.Acceptance{Guardian: "母亲"}, model.ErrAdultsOnly},
			"an unreadable year in danger": {unread, danger, model.Acceptance{}, model.ErrAdultsOnly},
			"an adult in danger":           {f.Resident(0), danger, model.Acceptance{}, nil},
		} {
			s, err := f.SignUp(t.Context(), x.who, x.c.ID, campaign.SignupInput{Acceptance: x.in})
			if !errors.Is(err, x.want) || err == nil && ((s.AcceptedAt == 0) == x.in.Risk || (s.GuardianAt == 0) == (x.in.Guardian != "")) {
				t.Errorf("%s: got %+v, %v; want %v", name, s, err, x.want)
			}
		}
		for name, x := range map[string]struct {
			who  model.Actor
			c    *model.Campaign
			want error
		}{
			"without a sign-up":      {f.Resident(4), notice, model.ErrNotSignedUp},
			"a minor in danger":      {minor, danger, model.ErrNotSignedUp},
			"with one":               {f.Resident(3), notice, nil},
			"where nothing is asked": {f.Resident(4), plain, nil},
		} {
			if _, err := f.CheckIn(t.Context(), x.who, x.c.ID, campaign.Scan{Code: f.code(t, x.c.ID)}); !errors.Is(err, x.want) {
				t.Errorf("check-in %s: got %v, want %v", name, err, x.want)
			}
		}
	})
}

func TestCheckInsAreOfASession(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.sessions()
		in.Rules = model.CampaignRules{PointsPerCheckin: 5}
		c := f.given(t, in)
		who := f.Resident(0)
		step := func(session, want int, out bool) *model.Checkin {
			t.Helper()
			do := f.CheckIn
			if out {
				do = f.CheckOut
			}
			k, err := do(t.Context(), who, c.ID, campaign.Scan{Code: f.code(t, c.ID), Session: session})
			if err != nil || k.Session != want {
				t.Fatalf("got %+v, %v; want session %d", k, err, want)
			}
			return k
		}
		step(0, 1, false)
		if _, err := f.CheckIn(t.Context(), who, c.ID, campaign.Scan{Code: f.code(t, c.ID), Session: 2}); !errors.Is(err, model.ErrCheckinWindow) {
			t.Errorf("before the session: %v", err)
		}
		if _, err := f.CheckIn(t.Context(), who, c.ID, campaign.Scan{Code: f.code(t, c.ID), Session: 3}); !errors.Is(err, model.ErrSessionUnknown) {
			t.Errorf("no such session: %v", err)
		}
		f.now.Add((150 * time.Minute).Microseconds())
		step(0, 2, false)
		step(2, 2, false)
		if k := step(0, 1, true); k.Minutes != 120 { // no longer than the session was
			t.Errorf("got %d minutes", k.Minutes)
		}
		f.now.Add((30 * time.Minute).Microseconds())
		if k := step(0, 2, true); k.Minutes != 30 {
			t.Errorf("got %d minutes", k.Minutes)
		}
		step(0, 2, true)
		f.wantWallet(t, who, 10, 150)
		f.wantClean(t)
	})
}

func TestPlansOfSessionsThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		latitude := 31.2
		for name, x := range map[string]struct {
			change func(*campaign.Input)
			want   error
		}{
			"ends before it starts": {func(in *campaign.Input) { in.Plan.Sessions[0].EndsAt = in.StartsAt }, model.ErrPeriod},
			"after the campaign":    {func(in *campaign.Input) { in.Plan.Sessions[1].EndsAt = in.EndsAt.Add(time.Minute) }, model.ErrSession},
			"before the campaign":   {func(in *campaign.Input) { in.Plan.Sessions[0].StartsAt = in.StartsAt.Add(-time.Minute) }, model.ErrSession},
			"capacity below 0":      {func(in *campaign.Input) { in.Plan.Sessions[0].Capacity = -1 }, model.ErrSession},
			"no such place":         {func(in *campaign.Input) { in.Plan.Sessions[0].Place = "河边" }, model.ErrSession},
			"a role twice":          {func(in *campaign.Input) { in.Plan.Sessions[0].Roles[1].Name = "理发" }, model.ErrSession},
			"a role for nobody":     {func(in *campaign.Input) { in.Plan.Sessions[0].Roles[0].Needed = 0 }, model.ErrSession},
			"half a coordinate":     {func(in *campaign.Input) { in.Plan.Places[0].Latitude = &latitude }, model.ErrInvalid},
			"no way of 五联":          {func(in *campaign.Input) { in.Plan.Organisers[0].Kind = "其他" }, model.ErrInvalid},
			"danger and no cover":   {func(in *campaign.Input) { in.Plan.Dangerous = true }, model.ErrInvalid},
			"an item twice": {func(in *campaign.Input) {
				in.Rules.Items = []model.CampaignItem{{Code: "a", Name: "x"}, {Code: "a", Name: "y"}}
			}, model.ErrInvalid},
			"a limit below 0":        {func(in *campaign.Input) { in.Rules.MemberPointsLimit = -1 }, model.ErrInvalid},
			"ends before its starts": {func(in *campaign.Input) { in.EndsAt = in.StartsAt.Add(-time.Minute) }, model.ErrPeriod},
		} {
			in := f.sessions()
			x.change(&in)
			if _, err := f.Create(t.Context(), f.organizer, in); !errors.Is(err, x.want) {
				t.Errorf("%s: got %v, want %v", name, err, x.want)
			}
		}
	})
}

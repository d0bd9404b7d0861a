package market_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/market"
)

// givenProxied has the grid worker post for the second resident, and the third help.
func (s *square) givenProxied(t *testing.T) (id model.ID, worker, elder, helper model.Actor) {
	t.Helper()
	worker, elder, helper = s.Holder(model.RoleGridWorker), s.Resident(1), s.Resident(2)
	in := errand
	in.OnBehalfOf, in.Consent = elder.MemberID, agreed
	id = s.givenRequest(t, worker, in)
	for _, step := range []func() (*model.HelpRequest, error){
		func() (*model.HelpRequest, error) { return s.Claim(t.Context(), helper, id) },
		func() (*model.HelpRequest, error) { return s.Start(t.Context(), helper, id) },
		func() (*model.HelpRequest, error) { return s.Finish(t.Context(), helper, id, 30, "") },
	} {
		if _, err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return id, worker, elder, helper
}

func TestNobodyIsAskedForWithoutConsent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		worker, elder := s.Holder(model.RoleGridWorker), s.Resident(1)
		for name, c := range map[string]struct {
			given *model.ConsentGiven
			want  error
		}{
			"none":         {nil, model.ErrConsentRequired},
			"no method":    {&model.ConsentGiven{}, model.ErrInvalid},
			"other method": {&model.ConsentGiven{Method: "telepathy"}, model.ErrInvalid},
			"a long note":  {&model.ConsentGiven{Method: model.ConsentPhone, Note: strings.Repeat("长", 201)}, model.ErrInvalid},
		} {
			in, again := errand, lunch
			in.OnBehalfOf, in.Consent = elder.MemberID, c.given
			again.OnBehalfOf, again.Consent = elder.MemberID, c.given
			if _, err := s.Ask(t.Context(), worker, in); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v", name, err)
			}
			if _, err := s.AskSeries(t.Context(), worker, again); !errors.Is(err, c.want) {
				t.Errorf("%s, for a series: got %v", name, err)
			}
		}
		list, err := s.Requests(t.Context(), worker, market.RequestFilter{}, model.Page{})
		series, failed := s.SeriesList(t.Context(), worker, true, model.Page{})
		if err != nil || failed != nil || len(list.Items)+len(series.Items) != 0 {
			t.Errorf("something was kept: %v, %v", err, failed)
		}
		// One's own needs none.
		if _, err := s.Ask(t.Context(), elder, errand); err != nil {
			t.Error(err)
		}
	})
}

func TestWhoSeesTheConsent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		id, worker, elder, helper := s.givenProxied(t)
		in := lunch
		in.OnBehalfOf, in.Consent = elder.MemberID, &model.ConsentGiven{Method: model.ConsentWritten, Note: "  签了字 "}
		series := s.givenSeries(t, worker, in)
		if _, err := s.SweepSeries(t.Context()); err != nil {
			t.Fatal(err)
		}
		series, err := s.SeriesByID(t.Context(), elder, series.ID)
		if err != nil || series.Consent == nil || series.Consent.Method != model.ConsentWritten || series.Consent.Note != "签了字" {
			t.Fatalf("got %+v, %v", series, err)
		}
		if _, err := s.Confirm(t.Context(), worker, id, market.Review{Rating: 5, Call: &model.Callback{Note: "她说很好"}}); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			who  model.Actor
			want bool
		}{
			"the requester": {elder, true}, "who posted": {worker, true}, "the community": {s.Holder(model.RoleCommunityAdmin), true},
			"the helper": {helper, false}, "a neighbour": {s.Resident(3), false}, "an auditor": {s.Holder(model.RoleAuditor), false},
		} {
			for _, of := range []model.ID{id, series.Instances[0].RequestID} {
				r, err := s.Request(t.Context(), c.who, of)
				if err != nil || (r.Consent != nil) != c.want {
					t.Errorf("%s sees %+v, %v", name, r.Consent, err)
					continue
				}
				if of == id && (r.CallbackNote != "" != c.want || (r.CallbackAt != 0) != c.want) {
					t.Errorf("%s sees the call %q", name, r.CallbackNote)
				}
				if c.want && (r.Consent.Member.ID != elder.MemberID || r.Consent.Recorder.ID != worker.MemberID || r.Consent.CreatedAt != testworld.Now) {
					t.Errorf("%s sees %+v", name, r.Consent)
				}
				if text, _ := json.Marshal(r); !c.want && strings.Contains(string(text), "同意") {
					t.Errorf("%s sees %s", name, text)
				}
			}
		}
	})
}

func TestHubHouseholdsAskForTheirUnit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		hub, plain := s.Resident(0), s.Resident(1)
		var homes []*model.Household
		for _, i := range []int{0, 12} { // one in the first unit, one in the third
			homes = append(homes, &model.Household{NodeID: s.Doors[i].ID, Hub: true, UpdatedAt: testworld.Now})
		}
		homes = append(homes, &model.Household{NodeID: s.Doors[1].ID, UpdatedAt: testworld.Now})
		if err := s.store.Nodes.SaveHouseholds(t.Context(), homes); err != nil {
			t.Fatal(err)
		}
		roleless := hub
		roleless.Grants = nil
		inBuilding := hub
		inBuilding.Place.UnitID = 0
		elsewhere := inBuilding
		elsewhere.Place.BuildingID = 0
		for name, c := range map[string]struct {
			who    model.Actor
			behalf model.Actor
			want   error
		}{
			"a neighbour of the unit":            {hub, s.Resident(3), nil},
			"the housemate asks as well":         {s.Housemate(0), s.Resident(3), nil},
			"a hub without unit, its building":   {inBuilding, s.Resident(3), nil},
			"a hub of no building":               {elsewhere, s.Resident(3), model.ErrForbidden},
			"another grid":                       {hub, s.Resident(7), model.ErrForbidden},
			"a hub elsewhere":                    {s.Resident(12), s.Resident(3), model.ErrForbidden},
			"a household that is none":           {plain, s.Resident(3), model.ErrForbidden},
			"a household that nobody registered": {s.Resident(4), s.Resident(3), model.ErrForbidden},
			"without a role":                     {roleless, s.Resident(3), model.ErrForbidden},
			"another community":                  {hub, s.Others.Resident(3), model.ErrNotFound},
		} {
			in, again := errand, lunch
			in.OnBehalfOf, in.Consent = c.behalf.MemberID, agreed
			again.OnBehalfOf, again.Consent = c.behalf.MemberID, agreed
			r, err := s.Ask(t.Context(), c.who, in)
			if !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
			if err == nil && (r.Requester.ID != c.behalf.MemberID || r.HouseholdID != c.behalf.Place.HouseholdID) {
				t.Errorf("%s: got %+v", name, r)
			}
			if _, err := s.AskSeries(t.Context(), c.who, again); !errors.Is(err, c.want) {
				t.Errorf("%s, a series: got %v, want %v", name, err, c.want)
			}
			if _, err := s.Preview(t.Context(), c.who, in); !errors.Is(err, c.want) {
				t.Errorf("%s, a preview: got %v, want %v", name, err, c.want)
			}
		}
	})
}

func TestProxiedWorkIsConfirmedOnACall(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		id, worker, elder, helper := s.givenProxied(t)
		s.wait(time.Hour)
		now := testworld.Now.Add(time.Hour)
		officious := helper // who helps and holds the office
		officious.Grants = worker.Grants
		call := &model.Callback{Note: "她说很好"}
		for name, c := range map[string]struct {
			who  model.Actor
			call *model.Callback
			want error
		}{
			"the poster without a call":    {worker, nil, model.ErrCallbackRequired},
			"a call of which is no note":   {worker, &model.Callback{}, model.ErrCallbackRequired},
			"a call before the work":       {worker, &model.Callback{At: testworld.Now - 1, Note: "x"}, model.ErrInvalid},
			"a call to come":               {worker, &model.Callback{At: now + 1, Note: "x"}, model.ErrInvalid},
			"a long note":                  {worker, &model.Callback{Note: strings.Repeat("长", 201)}, model.ErrInvalid},
			"an officer without a call":    {s.Holder(model.RoleCommunityAdmin), nil, model.ErrCallbackRequired},
			"an officer of another branch": {s.Holder(model.RoleOrganizer), call, model.ErrForbidden},
			"a neighbour":                  {s.Resident(3), call, model.ErrForbidden},
			"the helper":                   {helper, call, model.ErrForbidden},
			"an officer who helped":        {officious, call, model.ErrForbidden},
		} {
			if _, err := s.Confirm(t.Context(), c.who, id, market.Review{Rating: 5, Call: c.call}); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		if r, err := s.Request(t.Context(), elder, id); err != nil || r.Status != model.RequestDone || r.Version != 4 {
			t.Errorf("it is %s at version %d, %v", r.Status, r.Version, err)
		}
		at := testworld.Now.Add(time.Minute)
		r, err := s.Confirm(t.Context(), worker, id, market.Review{Rating: 5, Comment: "好", Call: &model.Callback{At: at, Note: "她说很好"}})
		if err != nil || r.Status != model.RequestConfirmed || r.CallbackAt != at || r.CallbackNote != "她说很好" {
			t.Fatalf("got %+v, %v", r, err)
		}
		s.wantBalance(t, helper, 10, 30)
		if r, err = s.Request(t.Context(), elder, id); err != nil || r.CallbackAt != at || r.CallbackBy != worker.MemberID {
			t.Errorf("kept is %+v, %v", r, err)
		}
		// An officer who did not post it, on a call; and the requester, who needs none.
		another, _, _, _ := s.givenProxied(t)
		if r, err := s.Confirm(t.Context(), s.Holder(model.RoleCommunityAdmin), another, market.Review{Rating: 5, Call: call}); err != nil || r.CallbackAt != now {
			t.Errorf("an officer: %+v, %v", r, err)
		}
		third, _, _, _ := s.givenProxied(t)
		if r, err := s.Confirm(t.Context(), elder, third, market.Review{Rating: 5}); err != nil || r.CallbackAt != 0 {
			t.Errorf("the requester: %+v, %v", r, err)
		}
		// One's own request is no officer's to confirm.
		own, _, _ := s.givenDone(t)
		if _, err := s.Confirm(t.Context(), worker, own, market.Review{Rating: 5, Call: call}); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("an officer confirms what was not posted for somebody: %v", err)
		}
		open := s.givenRequest(t, worker, market.RequestInput{Category: "errand", Title: "x", OnBehalfOf: elder.MemberID, Consent: agreed})
		if _, err := s.Confirm(t.Context(), worker, open, market.Review{Rating: 5}); !errors.Is(err, model.ErrRequestState) {
			t.Errorf("what is not done: %v", err)
		}
	})
}

func TestSilenceOfTheHelpedPersonAsksForACall(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		id, worker, elder, helper := s.givenProxied(t)
		sweep := func(asked, moved int) {
			t.Helper()
			a, err := s.SweepCallbacks(t.Context())
			n, failed := s.Sweep(t.Context())
			if a != asked || n != moved || err != nil || failed != nil {
				t.Errorf("asked %d and moved %d, %v, %v; want %d and %d", a, n, err, failed, asked, moved)
			}
		}
		sweep(0, 0)
		s.wait(model.ConfirmAfter - time.Second)
		sweep(0, 0)
		s.wait(time.Second)
		sweep(1, 0)
		sweep(0, 0)
		if told := s.wantNotices(t, worker, model.NoticeCallbackDue, 1)[0]; told.Title != "请回访" || told.Ref.ID != id {
			t.Errorf("got %+v", told)
		}
		s.wantNotices(t, elder, model.NoticeCallbackDue, 0)
		s.wait(model.ProxyConfirmAfter - model.ConfirmAfter - time.Second)
		sweep(0, 0)
		s.wait(time.Second)
		sweep(0, 1)
		s.wantBalance(t, helper, 10, 30)
	})
}

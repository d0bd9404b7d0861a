package market_test

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/ledger"
	"linbanglin/service/market"
)

func TestWholeLife(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		asker, helpers := s.Resident(0), []model.Actor{s.Resident(1), s.Resident(13)}
		in := market.RequestInput{Category: "moving", Title: " 抬沙发 ", Description: "三楼", Slots: 2}
		r, err := s.Ask(t.Context(), asker, in)
		if err != nil || r.Title != "抬沙发" || r.Urgency != model.UrgencyNormal || r.Status != model.RequestOpen || r.DeadlineAt == 0 {
			t.Fatalf("got %+v, %v", r, err)
		}
		for _, h := range helpers {
			if r, err = s.Claim(t.Context(), h, r.ID); err != nil {
				t.Fatal(err)
			}
		}
		for i, h := range helpers {
			s.wait(time.Hour)
			if _, err = s.Start(t.Context(), h, r.ID); err != nil {
				t.Fatal(err)
			}
			s.wait(time.Hour)
			if r, err = s.Finish(t.Context(), h, r.ID, 30*(i+1), "抬好了"); err != nil {
				t.Fatal(err)
			}
		}
		if r.Status != model.RequestDone {
			t.Fatalf("all have finished, and it is %s", r.Status)
		}
		if r, err = s.Confirm(t.Context(), asker, r.ID, market.Review{Rating: 5, Comment: "多谢"}); err != nil || r.Status != model.RequestConfirmed {
			t.Fatalf("it is %s, %v", r.Status, err)
		}
		for i, h := range helpers {
			s.wantBalance(t, h, 10, int64(30*(i+1)))
			if c := r.Claims[i]; c.Status != model.ClaimConfirmed || c.Rating != 5 || c.Comment != "多谢" || c.FinishedAt <= c.StartedAt {
				t.Errorf("got claim %+v", c)
			}
		}
		if _, err := s.Finish(t.Context(), helpers[0], r.ID, 5, ""); !errors.Is(err, model.ErrRequestState) {
			t.Errorf("work on what is over: %v", err)
		}
		if err := s.ledger.SealAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		checks, _, err := s.ledger.Verify(t.Context(), ledger.VerifyOptions{})
		for _, c := range checks {
			if c.Total > 0 {
				t.Errorf("%s: %v", c.Name, c.Differences)
			}
		}
		if err != nil {
			t.Error(err)
		}
	})
}

// ids matches ids as they are told.
var ids = regexp.MustCompile(`"id":"\d+"`)

func TestWhatAReaderSees(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		id, asker, helper := s.givenDone(t)
		if _, err := s.Dispute(t.Context(), asker, id, "少了一件"); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			who      model.Actor
			private  bool
			distance model.NodeKind
		}{
			"the requester":   {asker, true, model.KindHousehold},
			"the helper":      {helper, true, model.KindUnit},
			"the grid worker": {s.Holder(model.RoleGridWorker), true, model.KindCommunity},
			"a neighbour":     {s.Resident(2), false, model.KindUnit},
			"one of the area": {s.Resident(7), false, model.KindArea},
			"an auditor":      {s.Holder(model.RoleAuditor), false, model.KindCommunity},
		} {
			r, err := s.Request(t.Context(), c.who, id)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if reason, note := r.Reason != "", r.Claims[0].Note != ""; reason != c.private || note != c.private || r.Distance != c.distance {
				t.Errorf("%s: sees the reason %t and the note %t, at %s; want %t, at %s", name, reason, note, r.Distance, c.private, c.distance)
			}
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			told := ids.ReplaceAllString(string(text), "") // an id may have the door's digits in it
			door, name0 := s.Doors[0].Name, s.Members[0].Name
			if strings.Contains(told, door) || strings.Contains(told, name0) || r.Unit.Name != "1幢" || r.Requester.DisplayName == "" {
				t.Errorf("%s sees %s", name, text)
			}
		}
	})
}

func TestAWithdrawnClaimOpensNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		curious, helper := s.Resident(2), s.Resident(1)
		in := errand
		in.Slots = 2
		id := s.givenRequest(t, s.Resident(0), in)
		for _, step := range []func() (*model.HelpRequest, error){
			func() (*model.HelpRequest, error) { return s.Claim(t.Context(), curious, id) },
			func() (*model.HelpRequest, error) { return s.Unclaim(t.Context(), curious, id, "家里有事") },
			func() (*model.HelpRequest, error) { return s.Claim(t.Context(), helper, id) },
			func() (*model.HelpRequest, error) { return s.Start(t.Context(), helper, id) },
			func() (*model.HelpRequest, error) { return s.Finish(t.Context(), helper, id, 45, "老人血压高") },
			func() (*model.HelpRequest, error) { return s.Dispute(t.Context(), s.Resident(0), id, "少了一件") },
		} {
			if _, err := step(); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			who          model.Actor
			reason, note string // of the request, of the helper's claim
			own          string // reason of the withdrawn claim
		}{{curious, "", "", "家里有事"}, {helper, "少了一件", "老人血压高", "家里有事"}, {s.Resident(3), "", "", ""}} {
			r, err := s.Request(t.Context(), c.who, id)
			if err != nil || r.Reason != c.reason || r.Claims[1].Note != c.note || r.Claims[0].Reason != c.own {
				t.Errorf("member %d reads %q, %q and %q, %v; want %+v", c.who.MemberID, r.Reason, r.Claims[1].Note, r.Claims[0].Reason, err, c)
			}
		}
	})
}

func TestAskOnBehalf(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		worker := s.Holder(model.RoleGridWorker)
		ask := func(who model.Actor, behalf model.ID) (*model.HelpRequest, error) {
			in := errand
			in.OnBehalfOf, in.Consent = behalf, agreed
			return s.Ask(t.Context(), who, in)
		}
		for name, c := range map[string]struct {
			who    model.Actor
			behalf model.ID
			want   error
		}{
			"of oneself":           {s.Resident(0), s.Resident(0).MemberID, nil},
			"as a resident":        {s.Resident(0), s.Resident(1).MemberID, model.ErrForbidden},
			"in another grid":      {worker, s.Resident(7).MemberID, model.ErrForbidden},
			"in another community": {worker, s.Others.Resident(0).MemberID, model.ErrNotFound},
			"of nobody":            {worker, 12345, model.ErrNotFound},
		} {
			if _, err := ask(c.who, c.behalf); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		elder := s.Resident(1)
		r, err := ask(worker, elder.MemberID)
		if err != nil || r.Requester.ID != elder.MemberID || r.Unit.Name != "1幢" {
			t.Fatalf("got %+v, %v", r, err)
		}
		for name, who := range map[string]model.Actor{"who posted it": worker, "the household": s.Housemate(1)} {
			if _, err := s.Claim(t.Context(), who, r.ID); !errors.Is(err, model.ErrOwnRequest) {
				t.Errorf("%s claims it: %v", name, err)
			}
		}
		if _, err := s.Cancel(t.Context(), worker, r.ID, "不用了"); err != nil {
			t.Error(err)
		}
	})
}

func TestAskRefusesWhatIsNotAcceptable(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		for name, c := range map[string]struct {
			who  model.Actor
			in   market.RequestInput
			want error
		}{
			"unknown category": {s.Resident(0), market.RequestInput{Category: "magic", Title: "x"}, model.ErrCategory},
			"blank title":      {s.Resident(0), market.RequestInput{Category: "errand", Title: "  "}, model.ErrInvalid},
			"too many slots":   {s.Resident(0), market.RequestInput{Category: "errand", Title: "x", Slots: 21}, model.ErrInvalid},
			"over already":     {s.Resident(0), market.RequestInput{Category: "errand", Title: "x", EndsAt: testworld.Now}, model.ErrPeriod},
			"as nobody yet":    {model.Actor{MemberID: s.Resident(0).MemberID}, errand, model.ErrUnbound},
			"as an office":     {model.Actor{MemberID: s.Resident(0).MemberID, Place: s.Resident(0).Place, Grants: []model.Grant{{Role: model.RoleAuditor, NodeID: s.Community.ID, NodeKind: model.KindCommunity}}}, errand, model.ErrForbidden},
		} {
			if _, err := s.Ask(t.Context(), c.who, c.in); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		if list, err := s.Requests(t.Context(), s.Resident(0), market.RequestFilter{}, model.Page{}); err != nil || len(list.Items) != 0 {
			t.Errorf("%d were posted, %v", len(list.Items), err)
		}
	})
}

func TestKeyReplaysTheAskingEvenWhenItIsOver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		replayed := 0
		ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: s.Resident(0).MemberID, Key: "ask", Replayed: func() { replayed++ }})
		in := errand
		in.EndsAt = testworld.Now.Add(time.Hour)
		first, err := s.Ask(ctx, s.Resident(0), in)
		if err != nil {
			t.Fatal(err)
		}
		s.wait(2 * time.Hour)
		again, err := s.Ask(ctx, s.Resident(0), in)
		if err != nil || again.ID != first.ID || replayed != 1 {
			t.Errorf("got %+v, %v; %d replays", again, err, replayed)
		}
	})
}

// givenManyDone takes n requests through to done, each helped by another resident.
func (s *square) givenManyDone(t *testing.T, n int) (ids []model.ID, helpers []model.Actor) {
	t.Helper()
	for i := range n {
		helper := s.Resident(1 + i)
		id := s.givenRequest(t, s.Resident(0), errand)
		for _, step := range []func() (*model.HelpRequest, error){
			func() (*model.HelpRequest, error) { return s.Claim(t.Context(), helper, id) },
			func() (*model.HelpRequest, error) { return s.Start(t.Context(), helper, id) },
			func() (*model.HelpRequest, error) { return s.Finish(t.Context(), helper, id, 20, "") },
		} {
			if _, err := step(); err != nil {
				t.Fatal(err)
			}
		}
		ids, helpers = append(ids, id), append(helpers, helper)
	}
	return ids, helpers
}

func TestManySweepsMoveAndPayEachRequestOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		_, helpers := s.givenManyDone(t, 10)
		var open []model.ID
		for i := range 10 {
			open = append(open, s.givenRequest(t, s.Resident(i), errand))
		}
		s.wait(model.ConfirmAfter)
		var moved atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				n, err := s.Sweep(t.Context())
				if err != nil {
					t.Error(err)
				}
				moved.Add(int64(n))
			})
		}
		all.Wait()
		if moved.Load() != 20 {
			t.Errorf("%d were moved, want 20", moved.Load())
		}
		for _, h := range helpers {
			s.wantBalance(t, h, 10, 20)
		}
		for _, id := range open {
			if r, err := s.Request(t.Context(), s.Resident(0), id); err != nil || r.Status != model.RequestEscalated || r.Version != 2 {
				t.Errorf("it is %s at version %d, %v", r.Status, r.Version, err)
			}
		}
		if n, err := s.Sweep(t.Context()); n != 0 || err != nil {
			t.Errorf("one more sweep moved %d, %v", n, err)
		}
	})
}

func TestConfirmAnswersItsKeys(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		asker := s.Resident(0)
		ids, _ := s.givenManyDone(t, 2)
		var replays atomic.Int64
		keyed := func(key string, hash byte) context.Context {
			return model.WithIdempotency(t.Context(), &model.Idempotency{
				Member: asker.MemberID, Key: key, Hash: [32]byte{hash}, Replayed: func() { replays.Add(1) },
			})
		}
		var first *model.HelpRequest
		for range 3 {
			r, err := s.Confirm(keyed("a", 1), asker, ids[0], market.Review{Rating: 5, Comment: "谢谢"})
			if err != nil || r.Status != model.RequestConfirmed || r.Claims[0].Comment != "谢谢" {
				t.Fatalf("got %+v, %v", r, err)
			}
			if first == nil {
				first = r
			}
			if r.Version != first.Version || r.Claims[0].Helper.DisplayName == "" {
				t.Errorf("it was %+v and is %+v", first, r)
			}
		}
		if replays.Load() != 2 {
			t.Errorf("%d were replays, want 2", replays.Load())
		}
		if _, err := s.Confirm(keyed("a", 2), asker, ids[1], market.Review{Rating: 5}); !errors.Is(err, model.ErrKeyReused) {
			t.Errorf("the key of another request: %v", err)
		}
		if _, err := s.Confirm(keyed("b", 1), asker, ids[0], market.Review{Rating: 5}); !errors.Is(err, model.ErrRequestState) {
			t.Errorf("confirmed under another key: %v", err)
		}
		if _, err := s.Confirm(keyed("c", 1), asker, ids[1], market.Review{Rating: 4}); err != nil {
			t.Error(err)
		}
	})
}

func TestConfirmAgainstSweep(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		ids, helpers := s.givenManyDone(t, 5)
		s.wait(model.ConfirmAfter)
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := s.Sweep(t.Context()); err != nil {
				t.Error(err)
			}
		})
		for _, id := range ids {
			all.Go(func() {
				if _, err := s.Confirm(t.Context(), s.Resident(0), id, market.Review{Rating: 5}); err != nil && !errors.Is(err, model.ErrRequestState) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, h := range helpers {
			s.wantBalance(t, h, 10, 20)
		}
	})
}

func TestOneBadRequestDoesNotStopTheSweep(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		_, _, helper := s.givenDone(t)
		open := s.givenRequest(t, s.Others.Resident(0), errand)
		// From today, the rules of this community say nothing about requests.
		rules := &model.RuleSet{
			CommunityID: s.Community.ID, Version: 2, Status: model.RulesPublished, EffectiveDay: 20261123,
			Items: []*model.Rule{{CommunityID: s.Community.ID, Version: 2, Code: "OTHER", Name: "x", Measure: model.Points, Class: model.Verified}},
		}
		if err := s.store.Points.AddRules(t.Context(), rules); err != nil {
			t.Fatal(err)
		}
		s.wait(model.ConfirmAfter)
		n, err := s.Sweep(t.Context())
		if n != 1 || !errors.Is(err, model.ErrRule) {
			t.Errorf("%d moved, %v", n, err)
		}
		if r, err := s.Request(t.Context(), s.Others.Resident(0), open); err != nil || r.Status != model.RequestEscalated {
			t.Errorf("the good one is %s, %v", r.Status, err)
		}
		s.wantBalance(t, helper, 0, 0)
	})
}

func TestCancelPaysWhatWasFinished(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		in := errand
		in.Slots = 2
		id := s.givenRequest(t, s.Resident(0), in)
		for _, step := range []func() (*model.HelpRequest, error){
			func() (*model.HelpRequest, error) { return s.Claim(t.Context(), s.Resident(1), id) },
			func() (*model.HelpRequest, error) { return s.Claim(t.Context(), s.Resident(2), id) },
			func() (*model.HelpRequest, error) { return s.Start(t.Context(), s.Resident(1), id) },
			func() (*model.HelpRequest, error) { return s.Finish(t.Context(), s.Resident(1), id, 25, "") },
			func() (*model.HelpRequest, error) {
				return s.Cancel(t.Context(), s.Resident(0), id, "一个人就够了")
			},
		} {
			if _, err := step(); err != nil {
				t.Fatal(err)
			}
		}
		s.wait(model.ConfirmAfter)
		if n, err := s.Sweep(t.Context()); n != 1 || err != nil {
			t.Errorf("%d moved, %v", n, err)
		}
		s.wantBalance(t, s.Resident(1), 10, 25)
		s.wantBalance(t, s.Resident(2), 0, 0)
	})
}

func TestWhoVanishesLosesTheClaim(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		asker, vanished, other := s.Resident(0), s.Resident(1), s.Resident(2)
		id := s.givenRequest(t, asker, errand)
		for _, step := range []func(context.Context, model.Actor, model.ID) (*model.HelpRequest, error){s.Claim, s.Start} {
			if _, err := step(t.Context(), vanished, id); err != nil {
				t.Fatal(err)
			}
		}
		s.wait(3*24*time.Hour - time.Second)
		if n, err := s.Sweep(t.Context()); n != 0 || err != nil {
			t.Fatalf("%d moved too early, %v", n, err)
		}
		s.wait(time.Second)
		if n, err := s.Sweep(t.Context()); n != 1 || err != nil {
			t.Fatalf("%d moved, %v", n, err)
		}
		r, err := s.Request(t.Context(), asker, id)
		if err != nil || r.Status != model.RequestEscalated || r.Claims[0].Status != model.ClaimLapsed || r.Claims[0].EndedAt == 0 {
			t.Fatalf("got %+v, %v", r, err)
		}
		if _, err := s.Finish(t.Context(), vanished, id, 60, ""); !errors.Is(err, model.ErrNotHelper) {
			t.Errorf("who lost the claim finishes: %v", err)
		}
		if r, err = s.Claim(t.Context(), other, id); err != nil || r.Status != model.RequestClaimed {
			t.Errorf("another claims it: %+v, %v", r, err)
		}
	})
}

func TestWorkThatWasFinishedOutlivesWhoVanishes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		in := errand
		in.Slots, in.EndsAt = 2, testworld.Now.Add(5*time.Hour)
		id := s.givenRequest(t, s.Resident(0), in)
		for _, step := range []func() (*model.HelpRequest, error){
			func() (*model.HelpRequest, error) { return s.Claim(t.Context(), s.Resident(1), id) },
			func() (*model.HelpRequest, error) { return s.Claim(t.Context(), s.Resident(2), id) },
			func() (*model.HelpRequest, error) { return s.Start(t.Context(), s.Resident(1), id) },
			func() (*model.HelpRequest, error) { return s.Finish(t.Context(), s.Resident(1), id, 25, "") },
		} {
			if _, err := step(); err != nil {
				t.Fatal(err)
			}
		}
		for _, step := range []struct {
			wait time.Duration
			want model.RequestStatus
		}{
			{29*time.Hour - time.Second, model.RequestInProgress},
			{time.Second, model.RequestDone},
			{model.ConfirmAfter, model.RequestConfirmed},
		} {
			s.wait(step.wait)
			if _, err := s.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if r, err := s.Request(t.Context(), s.Resident(0), id); err != nil || r.Status != step.want {
				t.Fatalf("it is %s, want %s; %v", r.Status, step.want, err)
			}
		}
		s.wantBalance(t, s.Resident(1), 10, 25)
		s.wantBalance(t, s.Resident(2), 0, 0)
	})
}

package market_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/market"
	"linbanglin/service/matching/dispatch"
)

var urgentErrand = market.RequestInput{Category: "errand", Title: "送药", Urgency: model.UrgencyUrgent}

var errands = market.OfferInput{Categories: []string{"errand"}, Title: "跑腿", WeeklyLimit: 50}

// givenHelpers has members offer to run errands.
func (s *square) givenHelpers(t *testing.T, who ...model.Actor) []model.Actor {
	t.Helper()
	for _, w := range who {
		s.givenOffer(t, w, errands)
	}
	return who
}

// wantMoved sweeps once, and wants so many requests moved on.
func (s *square) wantMoved(t *testing.T, want int) {
	t.Helper()
	if n, err := s.Dispatch(t.Context()); n != want || err != nil {
		t.Errorf("%d requests were moved on, %v; want %d", n, err, want)
	}
}

// asks returns the asks for a request, by member.
func (s *square) asks(t *testing.T, request model.ID) map[model.ID]*model.Ask {
	t.Helper()
	rows, err := s.store.Asks.Of(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	asks := map[model.ID]*model.Ask{}
	for _, a := range rows {
		if asks[a.MemberID] != nil {
			t.Errorf("%d is asked twice", a.MemberID)
		}
		asks[a.MemberID] = a
	}
	return asks
}

// wantAsks wants so many asks with each answer, and no others.
func (s *square) wantAsks(t *testing.T, request model.ID, want map[model.AskAnswer]int) map[model.ID]*model.Ask {
	t.Helper()
	asks, got := s.asks(t, request), map[model.AskAnswer]int{}
	for _, a := range asks {
		got[a.Answer]++
	}
	for _, answer := range []model.AskAnswer{model.AskSent, model.AskAccepted, model.AskDeclined, model.AskSilent, model.AskVoid} {
		if got[answer] != want[answer] {
			t.Errorf("%d asks are %s, want %d", got[answer], answer, want[answer])
		}
	}
	return asks
}

func (s *square) wantDispatch(t *testing.T, request model.ID, status model.DispatchStatus, wave int, level model.NodeKind) *model.Dispatch {
	t.Helper()
	d, err := s.store.Asks.Dispatch(t.Context(), request)
	if err != nil || d == nil || d.Status != status || d.Wave != wave || d.Level != level {
		t.Fatalf("the dispatch is %+v, %v; want it %s in wave %d at %q", d, err, status, wave, level)
	}
	return d
}

// askOf returns what a member is asked first.
func (s *square) askOf(t *testing.T, who model.Actor) *model.Ask {
	t.Helper()
	asks, err := s.Asks(t.Context(), who)
	if err != nil || len(asks) == 0 {
		t.Fatalf("asked %d things, %v", len(asks), err)
	}
	return asks[0]
}

// some returns members with an answer to a request, in the order of a crowd.
func (s *square) some(t *testing.T, request model.ID, of []model.Actor, answer model.AskAnswer) (found []model.Actor) {
	t.Helper()
	asks := s.asks(t, request)
	for _, who := range of {
		if a := asks[who.MemberID]; a != nil && a.Answer == answer {
			found = append(found, who)
		}
	}
	return found
}

func TestWavesOpenLevelByLevel(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		s.givenHelpers(t, s.Crowd(21)...)
		far := s.givenHelpers(t, s.Resident(7), s.Resident(13)) // of another grid, and of another area
		id := s.givenRequest(t, s.Resident(0), urgentErrand)
		s.wantDispatch(t, id, model.DispatchRunning, 0, "")
		s.wantMoved(t, 1)
		s.wantDispatch(t, id, model.DispatchRunning, 1, model.KindUnit)
		for _, a := range s.wantAsks(t, id, map[model.AskAnswer]int{model.AskSent: 7}) {
			if a.Level != model.KindUnit || a.Category != "errand" || a.DayPart != string(dispatch.Morning) || a.OfferID == 0 || a.Notices != 1 {
				t.Errorf("the ask is %+v", a)
			}
			if sum := a.Parts["acceptance"] + a.Parts["ease"] + a.Parts["rest"] + a.Parts["closeness"]; sum != a.Score || a.Score <= 0 {
				t.Errorf("the parts add up to %f, the score is %f", sum, a.Score)
			}
		}
		s.wait(3*time.Minute - time.Second)
		s.wantMoved(t, 0)
		s.wait(time.Second)
		s.wantMoved(t, 1)
		s.wantAsks(t, id, map[model.AskAnswer]int{model.AskSilent: 7, model.AskSent: 7})
		s.wantDispatch(t, id, model.DispatchRunning, 2, model.KindBuilding)
		s.wait(3 * time.Minute)
		s.wantMoved(t, 1) // seven are left, which is too few to choose from
		s.wantDispatch(t, id, model.DispatchRunning, 3, model.KindCommunity)
		s.wait(3 * time.Minute)
		s.wantMoved(t, 1)
		asks := s.wantAsks(t, id, map[model.AskAnswer]int{model.AskSilent: 21, model.AskSent: 2})
		for _, who := range far {
			if a := asks[who.MemberID]; a == nil || a.Wave != 4 {
				t.Errorf("who lives far is asked last: %+v", a)
			}
			if kinds := s.inbox(t, who); len(kinds) != 1 || kinds[0] != model.NoticeAsk {
				t.Errorf("told of %v", kinds)
			}
		}
	})
}

func TestAnOrdinaryRequestHasTheBoardFirst(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		s.givenHelpers(t, s.Resident(1))
		taken, id := s.givenRequest(t, s.Resident(0), errand), s.givenRequest(t, s.Resident(0), errand)
		s.wait(4*time.Hour - time.Second)
		s.wantMoved(t, 0)
		if _, err := s.Claim(t.Context(), s.Resident(2), taken); err != nil {
			t.Fatal(err)
		}
		s.wait(time.Second)
		s.wantMoved(t, 1)
		s.wantAsks(t, id, map[model.AskAnswer]int{model.AskSent: 1})
		s.wantAsks(t, taken, nil)
		s.wantDispatch(t, taken, model.DispatchFilled, 0, "")
	})
}

func TestARefusalIsReplacedAtOnceAndFree(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		crowd := s.givenHelpers(t, s.Crowd(16)...)
		id := s.givenRequest(t, s.Resident(0), urgentErrand)
		s.wantMoved(t, 1)
		next := s.wantDispatch(t, id, model.DispatchRunning, 1, model.KindUnit).NextAt
		first := s.some(t, id, crowd, model.AskSent)
		ask := s.askOf(t, first[0])
		if ask.Request == nil || ask.Request.ID != id || ask.Score != 0 || ask.Parts != nil || ask.Request.Requester.DisplayName == "" {
			t.Errorf("the invitation is %+v", ask)
		}
		if _, err := s.DeclineAsk(t.Context(), first[1], ask.ID); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("somebody else's: %v", err)
		}
		s.wait(time.Minute)
		if a, err := s.DeclineAsk(t.Context(), first[0], ask.ID); err != nil || a.Answer != model.AskDeclined {
			t.Fatalf("%+v, %v", a, err)
		}
		s.wantAsks(t, id, map[model.AskAnswer]int{model.AskSent: 7, model.AskDeclined: 1})
		if d := s.wantDispatch(t, id, model.DispatchRunning, 1, model.KindUnit); d.NextAt != next {
			t.Error("the window began again")
		}
		for name, answer := range map[string]func() error{
			"declined again": func() error { _, err := s.DeclineAsk(t.Context(), first[0], ask.ID); return err },
			"accepted after": func() error { _, err := s.AcceptAsk(t.Context(), first[0], ask.ID); return err },
		} {
			if err := answer(); !errors.Is(err, model.ErrAskState) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		s.wantAsks(t, id, map[model.AskAnswer]int{model.AskSent: 7, model.AskDeclined: 1})
		// Once the window is over, silence was the answer, and a no is not replaced: the next wave is out.
		late := s.askOf(t, first[1])
		s.wait(2 * time.Minute)
		s.wantMoved(t, 1)
		before := len(s.asks(t, id))
		if _, err := s.DeclineAsk(t.Context(), first[1], late.ID); err != nil {
			t.Fatal(err)
		}
		if after := len(s.asks(t, id)); after != before || after != 15 {
			t.Errorf("%d were asked, then %d", before, after)
		}
		// A yes after silence is as welcome.
		if _, err := s.AcceptAsk(t.Context(), first[2], s.askOf(t, first[2]).ID); err != nil {
			t.Fatal(err)
		}
		s.wantAsks(t, id, map[model.AskAnswer]int{model.AskAccepted: 1, model.AskDeclined: 2, model.AskSilent: 5, model.AskVoid: 7})
	})
}

func TestAllWhoRefuseLeaveACase(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		crowd := s.givenHelpers(t, s.Crowd(9)...)
		id := s.givenRequest(t, s.Resident(0), urgentErrand)
		s.wantMoved(t, 1)
		for range crowd {
			who := s.some(t, id, crowd, model.AskSent)[0]
			if _, err := s.DeclineAsk(t.Context(), who, s.askOf(t, who).ID); err != nil {
				t.Fatal(err)
			}
		}
		s.wantAsks(t, id, map[model.AskAnswer]int{model.AskDeclined: 9})
		if d := s.wantDispatch(t, id, model.DispatchCase, 1, model.KindCommunity); d.OwnerID != s.Holder(model.RoleGridWorker).MemberID {
			t.Errorf("%d owns it", d.OwnerID)
		}
	})
}

func TestManyAcceptAtOnceAndSlotsAreNeverOver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		crowd := s.givenHelpers(t, s.Crowd(30)...)
		in := urgentErrand
		in.Slots = 2
		id := s.givenRequest(t, s.Resident(0), in)
		for range 5 {
			s.wantMoved(t, 1)
			s.wait(3 * time.Minute)
		}
		if asks := s.asks(t, id); len(asks) != 30 {
			t.Fatalf("%d are asked", len(asks))
		}
		asks := s.asks(t, id)
		var won, lost atomic.Int64
		var all sync.WaitGroup
		for _, who := range crowd {
			all.Go(func() {
				switch _, err := s.AcceptAsk(t.Context(), who, asks[who.MemberID].ID); {
				case err == nil:
					won.Add(1)
				case errors.Is(err, model.ErrAlreadyClaimed):
					lost.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		r, err := s.Request(t.Context(), s.Resident(0), id)
		if err != nil || won.Load() != 2 || lost.Load() != 28 || len(r.Claims) != 2 || r.Status != model.RequestClaimed {
			t.Errorf("%d won, %d lost, %d claims, %v", won.Load(), lost.Load(), len(r.Claims), err)
		}
		s.wantDispatch(t, id, model.DispatchFilled, 5, model.KindCommunity)
		if got := s.some(t, id, crowd, model.AskAccepted); len(got) != 2 {
			t.Errorf("%d accepted", len(got))
		}
		s.wait(time.Hour)
		s.wantMoved(t, 0)
	})
}

func TestTheBudgetHoldsAndNoCategoryEmptiesIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		helper := s.Resident(1)
		s.givenOffer(t, helper, market.OfferInput{Categories: []string{"errand", "legal", "haircut"}, Title: "都行", WeeklyLimit: 50})
		s.givenOffer(t, helper, errands) // two offers make one candidate
		for i, c := range []struct {
			category string
			asked    bool
		}{
			{"errand", true},
			{"errand", true},
			{"errand", true},
			{"errand", false},
			{"legal", true},
			{"legal", true},
			{"haircut", true},
			{"haircut", false},
			{"legal", false},
		} {
			in := urgentErrand
			in.Category = c.category
			id := s.givenRequest(t, s.Resident(0), in)
			s.wantMoved(t, 1)
			if asks := s.asks(t, id); (asks[helper.MemberID] != nil) != c.asked {
				t.Errorf("%d, %s: asked %t, want %t", i, c.category, !c.asked, c.asked)
			}
			if _, err := s.Cancel(t.Context(), s.Resident(0), id, "不用了"); err != nil {
				t.Fatal(err)
			}
		}
		s.wait(7 * 24 * time.Hour)
		id := s.givenRequest(t, s.Resident(0), urgentErrand)
		s.wantMoved(t, 1)
		if asks := s.asks(t, id); asks[helper.MemberID] == nil {
			t.Error("a week later the budget is full again")
		}
	})
}

func TestQuietHours(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		quiet := errands
		quiet.Quiet = model.Quiet{From: "07:00", To: "13:00"}
		helper := s.Resident(1)
		s.givenOffer(t, helper, quiet)
		s.givenOffer(t, helper, market.OfferInput{Categories: []string{"errand"}, Title: "别的", WeeklyLimit: 50})
		urgent, ordinary := s.givenRequest(t, s.Resident(0), urgentErrand), s.givenRequest(t, s.Resident(0), errand)
		s.wantMoved(t, 1)
		s.wantAsks(t, urgent, nil)
		s.wantDispatch(t, urgent, model.DispatchCase, 0, model.KindCommunity)
		s.wait(4 * time.Hour) // at noon, all are quiet still
		s.wantMoved(t, 1)
		s.wantAsks(t, ordinary, nil)
		s.wantDispatch(t, ordinary, model.DispatchRunning, 0, "")
		s.wait(4 * time.Hour)
		s.wantMoved(t, 1)
		if asks := s.asks(t, ordinary); asks[helper.MemberID] == nil {
			t.Error("nobody is asked when the quiet hours are over")
		}
	})
}

func TestWhoIsNeverAsked(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		worker, asker := s.Holder(model.RoleGridWorker), s.Resident(0)
		near := errands
		near.Reach = model.KindUnit
		s.givenHelpers(t, asker, s.Housemate(0), worker, s.Others.Resident(1))
		s.givenOffer(t, s.Resident(7), near)
		auditor := s.Holder(model.RoleAuditor)
		if err := s.store.Roles.Revoke(t.Context(), s.Resident(2).MemberID, model.RoleResident, s.Community.ID, testworld.Now); err != nil {
			t.Fatal(err)
		}
		s.givenHelpers(t, s.Resident(2), auditor) // who may claim nothing any more, and who may
		in := urgentErrand
		in.OnBehalfOf, in.Consent = asker.MemberID, agreed
		id := s.givenRequest(t, worker, in)
		s.wantMoved(t, 1)
		if asks := s.asks(t, id); len(asks) != 1 || asks[auditor.MemberID] == nil {
			t.Errorf("asked are %v", asks)
		}
	})
}

func TestNobodyIsAskedForWhatIsOver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		crowd := s.givenHelpers(t, s.Crowd(9)...)
		in := urgentErrand
		in.Slots, in.EndsAt = 2, testworld.Now.Add(time.Hour)
		id := s.givenRequest(t, s.Resident(0), in)
		s.wantMoved(t, 1)
		helper, late := s.some(t, id, crowd, model.AskSent)[0], s.some(t, id, crowd, model.AskSent)[1]
		if _, err := s.AcceptAsk(t.Context(), helper, s.askOf(t, helper).ID); err != nil {
			t.Fatal(err)
		}
		s.wait(time.Hour) // one helper is there, so that the request lives on for a day
		s.wantMoved(t, 0)
		if _, err := s.DeclineAsk(t.Context(), late, s.askOf(t, late).ID); err != nil {
			t.Fatal(err)
		}
		s.wantAsks(t, id, map[model.AskAnswer]int{model.AskAccepted: 1, model.AskDeclined: 1, model.AskSent: 5})
	})
}

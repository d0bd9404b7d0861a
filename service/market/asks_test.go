package market_test

import (
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/market"
)

func TestWhoIsNotNeededAnyMoreIsTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end    func(t *testing.T, s *square, id model.ID) error
		status model.DispatchStatus
	}{
		"claimed": {func(t *testing.T, s *square, id model.ID) error {
			_, err := s.Claim(t.Context(), s.Resident(2), id)
			return err
		}, model.DispatchFilled},
		"cancelled": {func(t *testing.T, s *square, id model.ID) error {
			_, err := s.Cancel(t.Context(), s.Resident(0), id, "不用了")
			return err
		}, model.DispatchEnded},
		"expired": {func(t *testing.T, s *square, _ model.ID) error {
			s.wait(model.RequestLife)
			_, err := s.Sweep(t.Context()) // escalated
			_, again := s.Sweep(t.Context())
			return errors.Join(err, again)
		}, model.DispatchEnded},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *square) {
				helpers := s.givenHelpers(t, s.Resident(1), s.Resident(3), s.Resident(4))
				id := s.givenRequest(t, s.Resident(0), urgentErrand)
				s.wantMoved(t, 1)
				declined := s.askOf(t, helpers[0])
				if _, err := s.DeclineAsk(t.Context(), helpers[0], declined.ID); err != nil {
					t.Fatal(err)
				}
				open := s.askOf(t, helpers[1])
				if err := c.end(t, s, id); err != nil {
					t.Fatal(err)
				}
				s.wantAsks(t, id, map[model.AskAnswer]int{model.AskDeclined: 1, model.AskVoid: 2})
				s.wantDispatch(t, id, c.status, 1, model.KindCommunity)
				if kinds := s.inbox(t, helpers[0]); len(kinds) != 1 {
					t.Errorf("who had answered was told of %v", kinds)
				}
				if kinds := s.inbox(t, helpers[1]); len(kinds) != 2 || kinds[0] != model.NoticeAskOver {
					t.Errorf("who had not was told of %v", kinds)
				}
				if asks, err := s.Asks(t.Context(), helpers[1]); err != nil || len(asks) != 0 {
					t.Errorf("still asked for %d things, %v", len(asks), err)
				}
				if _, err := s.DeclineAsk(t.Context(), helpers[1], open.ID); !errors.Is(err, model.ErrAskState) {
					t.Errorf("a no that nobody needs: %v", err)
				}
				want := map[model.DispatchStatus]error{model.DispatchFilled: model.ErrAlreadyClaimed, model.DispatchEnded: model.ErrRequestState}[c.status]
				if _, err := s.AcceptAsk(t.Context(), helpers[1], open.ID); !errors.Is(err, want) {
					t.Errorf("a yes that nobody needs: %v", err)
				}
				s.wait(24 * time.Hour)
				s.wantMoved(t, 0)
			})
		})
	}
}

func TestAClaimFromTheBoardIsAYes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		helpers := s.givenHelpers(t, s.Resident(1), s.Resident(2))
		id := s.givenRequest(t, s.Resident(0), urgentErrand)
		s.wantMoved(t, 1)
		if _, err := s.Claim(t.Context(), helpers[0], id); err != nil {
			t.Fatal(err)
		}
		asks := s.wantAsks(t, id, map[model.AskAnswer]int{model.AskAccepted: 1, model.AskVoid: 1})
		if a := asks[helpers[0].MemberID]; a.Answer != model.AskAccepted || a.AnsweredAt != model.Instant(s.now.Load()) {
			t.Errorf("the ask is %+v", a)
		}
	})
}

func TestARequestThatIsReopenedIsBroughtToNeighboursAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		helpers := s.givenHelpers(t, s.Resident(1), s.Resident(2), s.Resident(3))
		id := s.givenRequest(t, s.Resident(0), urgentErrand)
		s.wantMoved(t, 1)
		if _, err := s.DeclineAsk(t.Context(), helpers[2], s.askOf(t, helpers[2]).ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.AcceptAsk(t.Context(), helpers[0], s.askOf(t, helpers[0]).ID); err != nil {
			t.Fatal(err)
		}
		s.wait(10 * time.Minute)
		s.wantMoved(t, 0)
		if _, err := s.Unclaim(t.Context(), helpers[0], id, "去不了"); err != nil {
			t.Fatal(err)
		}
		s.wantMoved(t, 1)
		// Neither who withdrew nor who declined is asked again, but who was told that there was no need is.
		asks := s.wantAsks(t, id, map[model.AskAnswer]int{model.AskSent: 1, model.AskAccepted: 1, model.AskDeclined: 1})
		if a := asks[helpers[1].MemberID]; a.Answer != model.AskSent || a.Notices != 2 || a.Wave != 2 {
			t.Errorf("the ask is %+v", a)
		}
		if kinds := s.inbox(t, helpers[1]); len(kinds) != 3 || kinds[0] != model.NoticeAsk {
			t.Errorf("told of %v", kinds)
		}
		s.wait(3 * time.Minute)
		s.wantMoved(t, 1)
		s.wantDispatch(t, id, model.DispatchCase, 2, model.KindCommunity)
		// A claim that lapses reopens it as well, and its owner goes on.
		if _, err := s.AcceptAsk(t.Context(), helpers[1], s.askOf(t, helpers[1]).ID); err != nil {
			t.Fatal(err)
		}
		d := s.wantDispatch(t, id, model.DispatchFilled, 2, model.KindCommunity)
		s.wait(25 * time.Hour)
		if _, err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		again := s.wantDispatch(t, id, model.DispatchRunning, 2, model.KindCommunity)
		if again.OwnerID == 0 || again.OwnerID != d.OwnerID || again.NextAt != model.Instant(s.now.Load()) {
			t.Errorf("reopened as %+v", again)
		}
	})
}

// acting returns an actor with more roles than the world gave them.
func (s *square) acting(t *testing.T, who model.Actor, role model.Role, at model.Node) model.Actor {
	t.Helper()
	s.givenRole(t, who.MemberID, role, at)
	who.Grants = append(append([]model.Grant{}, who.Grants...), model.Grant{Role: role, NodeID: at.ID, NodeKind: at.Kind})
	return who
}

func TestWhoAsksNeverLearnsWhoSaidNo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		helpers := s.givenHelpers(t, s.Resident(1), s.Resident(2))
		asker := s.acting(t, s.Resident(0), model.RoleOrganizer, s.Grids[0])
		worker := s.Holder(model.RoleGridWorker)
		in := urgentErrand
		in.Title = "送药"
		id := s.givenRequest(t, asker, in)
		matches := func(who model.Actor) []*model.Match {
			list, err := s.MatchesFor(t.Context(), who, id)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		before := matches(asker)
		s.wantMoved(t, 1)
		if _, err := s.DeclineAsk(t.Context(), helpers[0], s.askOf(t, helpers[0]).ID); err != nil {
			t.Fatal(err)
		}
		v, err := s.DispatchOf(t.Context(), asker, id)
		if err != nil || v.Asked != 2 || v.Waiting != 1 || v.Declined != 1 || v.Asks != nil || v.Owner != nil || v.Status != "" || v.Wave != 1 {
			t.Errorf("who asks sees %+v, %v", v, err)
		}
		if after := matches(asker); len(after) != 2 || !reflect.DeepEqual(scores(before), scores(after)) {
			t.Errorf("the matches tell: %v, then %v", scores(before), scores(after))
		}
		if shown := matches(worker); len(shown) != 1 || shown[0].Offer.MemberID != helpers[1].MemberID {
			t.Errorf("the grid worker is proposed %v", scores(shown))
		}
		v, err = s.DispatchOf(t.Context(), worker, id)
		if err != nil || len(v.Asks) != 2 || v.Status != model.DispatchRunning || v.Pace != "urgent" {
			t.Fatalf("the grid worker sees %+v, %v", v, err)
		}
		for _, a := range v.Asks {
			if a.Member.DisplayName == "" || a.Score <= 0 || len(a.Parts) != 4 || (a.Answer == model.AskDeclined) != (a.MemberID == helpers[0].MemberID) {
				t.Errorf("an ask as %+v", a)
			}
		}
		if _, err := s.DispatchOf(t.Context(), helpers[1], id); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("a neighbour: %v", err)
		}
		if _, err := s.DispatchOf(t.Context(), s.Others.Holder(model.RoleCommunityAdmin), id); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("another community: %v", err)
		}
	})
}

func scores(matches []*model.Match) map[model.ID]map[string]float64 {
	parts := map[model.ID]map[string]float64{}
	for _, m := range matches {
		parts[m.Offer.MemberID] = m.Parts
	}
	return parts
}

func TestWhatWasDeclinedIsNotProposedAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		helper := s.Resident(1)
		o := s.givenOffer(t, helper, errands)
		id := s.givenRequest(t, s.Resident(0), urgentErrand)
		other := s.givenRequest(t, s.Resident(2), errand)
		proposed := func() []*model.Match {
			list, err := s.RequestsFor(t.Context(), helper, o.ID)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		before := proposed()
		s.wantMoved(t, 1)
		if _, err := s.DeclineAsk(t.Context(), helper, s.askOf(t, helper).ID); err != nil {
			t.Fatal(err)
		}
		after := proposed()
		if len(before) != 2 || len(after) != 1 || after[0].Request.ID != other {
			t.Fatalf("%d proposed, then %d of which is %d", len(before), len(after), id)
		}
		for _, m := range before {
			if m.Request.ID == other && (m.Parts["rest"] <= after[0].Parts["rest"] || m.Parts["acceptance"] <= after[0].Parts["acceptance"]) {
				t.Errorf("the score was %v, and is %v after a no", m.Parts, after[0].Parts)
			}
		}
		// Both ways agree, and so does the next request.
		worker := s.Holder(model.RoleGridWorker)
		offers, err := s.MatchesFor(t.Context(), worker, other)
		if err != nil || len(offers) != 1 || !reflect.DeepEqual(offers[0].Parts, after[0].Parts) {
			t.Errorf("the other way it is %v, %v; want %v", scores(offers), err, after[0].Parts)
		}
		// Who writes a request is told nothing of how neighbours answer.
		seen, err := s.Preview(t.Context(), s.Resident(2), market.RequestInput{Category: "errand", Title: "取快递"})
		if err != nil || len(seen) != 1 || math.Abs(seen[0].Parts["rest"]-.15/1.3) > 1e-9 || math.Abs(seen[0].Parts["acceptance"]-.075/1.3) > 1e-9 {
			t.Errorf("previewed as %v, %v", scores(seen), err)
		}
	})
}

// TestTalliesAreWhatTheAsksSay counts the asks again.
func TestTalliesAreWhatTheAsksSay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		crowd := s.givenHelpers(t, s.Crowd(12)...)
		decline := func(who model.Actor) {
			if _, err := s.DeclineAsk(t.Context(), who, s.askOf(t, who).ID); err != nil {
				t.Error(err)
			}
		}
		var requests []model.ID
		for range 3 {
			id := s.givenRequest(t, s.Resident(0), urgentErrand)
			requests = append(requests, id)
			s.wantMoved(t, 1)
			decline(s.some(t, id, crowd, model.AskSent)[0])
			s.wait(3 * time.Minute)
			s.wantMoved(t, 1)
			silent := s.some(t, id, crowd, model.AskSilent)
			decline(silent[0])
			helper := silent[1]
			if _, err := s.AcceptAsk(t.Context(), helper, s.askOf(t, helper).ID); err != nil {
				t.Fatal(err)
			}
			s.wait(10 * time.Hour) // into another part of the day
		}
		var members []model.ID
		for _, who := range crowd {
			members = append(members, who.MemberID)
		}
		var asks []*model.Ask
		for _, id := range requests {
			for _, a := range s.asks(t, id) {
				asks = append(asks, a)
			}
		}
		s.wantTallies(t, members, asks)
	})
}

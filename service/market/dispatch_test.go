package market_test

import (
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/market"
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

// dispatch sweeps once, and wants so many requests moved on.
func (s *square) dispatch(t *testing.T, want int) {
	t.Helper()
	if n, err := s.Dispatch(t.Context()); n != want || err != nil {
		t.Errorf("%d requests were moved on, %v; want %d", n, err, want)
	}
}

// asked returns the asks for a request, by member.
func (s *square) asked(t *testing.T, request model.ID) map[model.ID]*model.Ask {
	t.Helper()
	asks, err := s.store.Asks.Of(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	byMember := map[model.ID]*model.Ask{}
	for _, a := range asks {
		if byMember[a.MemberID] != nil {
			t.Errorf("%d is asked twice", a.MemberID)
		}
		byMember[a.MemberID] = a
	}
	return byMember
}

func (s *square) wantDispatch(t *testing.T, request model.ID, status model.DispatchStatus, wave int) *model.Dispatch {
	t.Helper()
	d, err := s.store.Asks.Dispatch(t.Context(), request)
	if err != nil || d == nil || d.Status != status || d.Wave != wave {
		t.Fatalf("the dispatch is %+v, %v; want it %s in wave %d", d, err, status, wave)
	}
	return d
}

func TestWavesOpenLevelByLevel(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		near := s.givenHelpers(t, s.Crowd(15)...)
		far := s.givenHelpers(t, s.Resident(7), s.Resident(13))
		id := s.givenRequest(t, s.Resident(0), urgentErrand)
		s.dispatch(t, 1)
		if d := s.wantDispatch(t, id, model.DispatchRunning, 1); d.Level != model.KindUnit {
			t.Errorf("the unit is asked first, not the %s", d.Level)
		}
		asks := s.asked(t, id)
		if len(asks) != 7 || asks[far[0].MemberID] != nil {
			t.Errorf("%d are asked", len(asks))
		}
		s.dispatch(t, 0)
		s.wait(3 * time.Minute)
		s.dispatch(t, 1)
		if asks := s.asked(t, id); len(asks) != 14 {
			t.Errorf("%d are asked in two waves", len(asks))
		}
		s.wantDispatch(t, id, model.DispatchRunning, 2)
		_ = near
	})
}

package market_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/market"
)

func (s *square) wantBoard(t *testing.T, want ...model.ID) {
	t.Helper()
	list, err := s.Requests(t.Context(), s.Resident(15), market.RequestFilter{}, model.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var got []model.ID
	for _, r := range list.Items {
		got = append(got, r.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the board is %v, want %v", got, want)
	}
}

func TestTheBoardMovesWithLooksAndClaims(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		two := errand
		two.Slots = 2
		first := s.givenRequest(t, s.Resident(0), two)
		s.wait(time.Minute)
		second := s.givenRequest(t, s.Resident(0), two)
		s.wantBoard(t, first, second)
		look := func(who model.Actor, id model.ID) {
			t.Helper()
			if _, err := s.Request(t.Context(), who, id); err != nil {
				t.Error(err)
			}
		}
		sweep := func(want int) {
			t.Helper()
			if n, err := s.SweepViews(t.Context()); n != want || err != nil {
				t.Errorf("%d were written, %v, want %d", n, err, want)
			}
		}
		look(s.Resident(0), first) // whose it is does not count
		sweep(0)
		s.wantBoard(t, first, second)
		var all sync.WaitGroup
		for range 20 { // a neighbour counts once
			all.Go(func() { look(s.Resident(1), first) })
		}
		all.Wait()
		sweep(1)
		sweep(0)
		if r, err := s.Request(t.Context(), s.Resident(1), first); err != nil || r.Views != 1 || r.Version != 1 || r.BoardAt != r.BoardKey() {
			t.Errorf("it is %+v, %v", r, err)
		}
		s.wantBoard(t, second, first)
		for i := 2; i < 6; i++ {
			look(s.Resident(i), second)
		}
		sweep(1)
		s.wantBoard(t, first, second)
		if _, err := s.Claim(t.Context(), s.Resident(1), first); err != nil {
			t.Fatal(err)
		}
		s.wantBoard(t, second, first)
		look(s.Resident(1), first) // a party to it now
		sweep(0)
		if _, err := s.Unclaim(t.Context(), s.Resident(1), first, "有事"); err != nil {
			t.Fatal(err)
		}
		s.wantBoard(t, first, second)
		urgent := errand
		urgent.Urgency = model.UrgencyUrgent
		third := s.givenRequest(t, s.Resident(0), urgent)
		s.wantBoard(t, third, first, second)
		later := errand
		later.Urgency = model.UrgencyLow
		if _, err := s.EditRequest(t.Context(), s.Resident(0), third, later, 1); err != nil {
			t.Fatal(err)
		}
		s.wantBoard(t, first, second, third)
	})
}

func TestBoardIsPagedWithoutGaps(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		for i := range 12 {
			s.wait(time.Second)
			s.givenRequest(t, s.Resident(i%4), errand)
		}
		seen := map[model.ID]bool{}
		page := model.Page{Limit: 5}
		for {
			list, err := s.Requests(t.Context(), s.Resident(15), market.RequestFilter{Sort: repository.Recommended}, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range list.Items {
				if seen[r.ID] {
					t.Errorf("%d comes twice", r.ID)
				}
				seen[r.ID] = true
			}
			if page.Cursor = list.NextCursor; page.Cursor == "" {
				break
			}
		}
		if len(seen) != 12 {
			t.Errorf("%d of 12", len(seen))
		}
	})
}

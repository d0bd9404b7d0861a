package market_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"linbanglin/model"
	"linbanglin/service/market"
)

func TestOffersAndMatches(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		ctx := context.WithoutCancel(t.Context())
		offer := func(i int, categories ...string) *model.HelpOffer {
			o, err := s.Offer(ctx, s.Resident(i), market.OfferInput{Categories: categories, Title: "跑腿"})
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		near, far, other := offer(1, "errand"), offer(13, "errand"), offer(2, "legal")
		own := offer(0, "errand")
		id := s.givenRequest(t, s.Resident(0), errand)
		matches, err := s.MatchesFor(ctx, s.Resident(0), id)
		if err != nil || len(matches) != 2 || matches[0].Offer.ID != near.ID || matches[1].Offer.ID != far.ID {
			t.Fatalf("got %d matches, %v; %v and %v do not fit", len(matches), err, other.ID, own.ID)
		}
		if _, err := s.MoveOffer(ctx, s.Resident(1), near.ID, model.OfferPaused); err != nil {
			t.Fatal(err)
		}
		if matches, _ = s.MatchesFor(ctx, s.Resident(0), id); len(matches) != 1 {
			t.Errorf("a paused offer is proposed")
		}
		found, err := s.RequestsFor(ctx, s.Resident(13), far.ID)
		if err != nil || len(found) != 1 || found[0].Request.ID != id {
			t.Errorf("got %d requests, %v", len(found), err)
		}
		in := market.OfferInput{Categories: []string{"errand"}, Title: "改了", Version: far.Version}
		if _, err := s.EditOffer(ctx, s.Resident(13), far.ID, in); err != nil {
			t.Error(err)
		}
		if _, err := s.EditOffer(ctx, s.Resident(13), far.ID, in); !errors.Is(err, model.ErrStale) {
			t.Errorf("a stale edit: %v", err)
		}
		if _, err := s.OfferByID(ctx, s.Resident(3), far.ID); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("someone else's offer: %v", err)
		}
		for name, bad := range map[string]market.OfferInput{
			"no category":      {Title: "x"},
			"unknown category": {Title: "x", Categories: []string{"magic"}},
			"no title":         {Categories: []string{"errand"}},
			"ends too early":   {Title: "x", Categories: []string{"errand"}, Availability: []model.Slot{{Weekday: 1, From: "10:00", To: "09:00"}}},
			"too often":        {Title: "x", Categories: []string{"errand"}, WeeklyLimit: 51},
		} {
			if _, err := s.Offer(ctx, s.Resident(4), bad); model.Reason(err).Kind != model.Invalid {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}

func TestOfferBelongsToItsOwner(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		in := market.OfferInput{Categories: []string{"errand"}, Title: "跑腿"}
		o, err := s.Offer(t.Context(), s.Resident(0), in)
		if err != nil || o.WeeklyLimit != 3 || o.Reach != model.KindCommunity || o.Unit.Name == "" || o.Member.DisplayName == "" {
			t.Fatalf("got %+v, %v", o, err)
		}
		owner, neighbour, worker, stranger := s.Resident(0), s.Resident(1), s.Holder(model.RoleGridWorker), s.Others.Resident(0)
		for name, do := range map[string]func(who model.Actor) error{
			"edit": func(who model.Actor) error { _, err := s.EditOffer(t.Context(), who, o.ID, in); return err },
			"close": func(who model.Actor) error {
				_, err := s.MoveOffer(t.Context(), who, o.ID, model.OfferClosed)
				return err
			},
			"matches": func(who model.Actor) error { _, err := s.RequestsFor(t.Context(), who, o.ID); return err },
		} {
			for _, c := range []struct {
				who  model.Actor
				want error
			}{{neighbour, model.ErrNotFound}, {stranger, model.ErrNotFound}, {worker, model.ErrForbidden}} {
				if err := do(c.who); !errors.Is(err, c.want) {
					t.Errorf("%s: got %v, want %v", name, err, c.want)
				}
			}
		}
		for who, want := range map[*model.Actor]int{&owner: 1, &neighbour: 0} {
			if list, err := s.Offers(t.Context(), *who, false, model.Page{}); err != nil || len(list.Items) != want {
				t.Errorf("%d of my own, want %d; %v", len(list.Items), want, err)
			}
		}
		if list, err := s.Offers(t.Context(), worker, true, model.Page{}); err != nil || len(list.Items) != 1 {
			t.Errorf("the grid worker sees %d, %v", len(list.Items), err)
		}
		if _, err := s.Offers(t.Context(), neighbour, true, model.Page{}); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("a neighbour lists everybody's: %v", err)
		}
		for _, to := range []model.OfferStatus{model.OfferPaused, model.OfferActive, model.OfferClosed} {
			if o, err = s.MoveOffer(t.Context(), owner, o.ID, to); err != nil || o.Status != to {
				t.Fatalf("to %s: %v", to, err)
			}
		}
		if _, err := s.MoveOffer(t.Context(), owner, o.ID, model.OfferActive); !errors.Is(err, model.ErrOfferState) {
			t.Errorf("a closed offer is resumed: %v", err)
		}
		in.Version = o.Version
		if _, err := s.EditOffer(t.Context(), owner, o.ID, in); !errors.Is(err, model.ErrOfferState) {
			t.Errorf("a closed offer is edited: %v", err)
		}
	})
}

func TestOffersArePaged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		var want, got []model.ID
		for range 7 {
			o, err := s.Offer(t.Context(), s.Resident(0), market.OfferInput{Categories: []string{"errand"}, Title: "跑腿"})
			if err != nil {
				t.Fatal(err)
			}
			want = append([]model.ID{o.ID}, want...)
		}
		page := model.Page{Limit: 3}
		for pages := 0; pages < 9; pages++ {
			list, err := s.Offers(t.Context(), s.Resident(0), false, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range list.Items {
				got = append(got, o.ID)
			}
			if page.Cursor = list.NextCursor; page.Cursor == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestMatchesRespectTheWeeklyLimitAndTheState(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		once := market.OfferInput{Categories: []string{"shopping"}, Title: "买菜", WeeklyLimit: 1}
		if _, err := s.Offer(t.Context(), s.Resident(1), once); err != nil {
			t.Fatal(err)
		}
		first, second := s.givenRequest(t, s.Resident(0), errand), s.givenRequest(t, s.Resident(2), errand)
		wantMatches := func(when string, id model.ID, asker, want int) {
			t.Helper()
			if got, err := s.MatchesFor(t.Context(), s.Resident(asker), id); err != nil || len(got) != want {
				t.Errorf("%s: %d matches, want %d; %v", when, len(got), want, err)
			}
		}
		wantMatches("at first, though only of a near category", first, 0, 1)
		if _, err := s.Claim(t.Context(), s.Resident(1), second); err != nil {
			t.Fatal(err)
		}
		wantMatches("with the week used up", first, 0, 0)
		wantMatches("when it is claimed", second, 2, 0)
		s.wait(7*24*3600e9 + 1000)
		wantMatches("a week later", first, 0, 1)
	})
}

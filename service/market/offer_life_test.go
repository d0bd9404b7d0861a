package market_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/market"
	"linbanglin/service/notify"
)

var shopping = market.OfferInput{Categories: []string{"shopping"}, Title: "代买菜", WeeklyLimit: 50}

func (s *square) givenOffer(t *testing.T, who model.Actor, in market.OfferInput) *model.HelpOffer {
	t.Helper()
	o, err := s.Offer(t.Context(), who, in)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestWhoTakesConsentBackIsNotProposed withdraws the service from a helper who has offers of each kind.
func TestWhoTakesConsentBackIsNotProposed(t *testing.T) {
	each(t, func(t *testing.T, s *square) {
		ctx, who, other := t.Context(), s.Resident(1), s.Resident(2)
		kept := s.givenOffer(t, other, shopping)
		active, paused, closed := s.givenOffer(t, who, shopping), s.givenOffer(t, who, shopping), s.givenOffer(t, who, shopping)
		if _, err := s.PauseOffer(ctx, who, paused.ID, model.Instant(s.now.Load()).Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.MoveOffer(ctx, who, closed.ID, model.OfferClosed); err != nil {
			t.Fatal(err)
		}
		member := &model.Member{ID: who.MemberID}
		for range 2 {
			if err := s.store.Tx(ctx, func(tx *repository.Store) error { return s.ConsentGone(ctx, tx, member) }); err != nil {
				t.Fatal(err)
			}
		}
		s.now.Add(int64(2 * time.Hour / time.Microsecond))
		s.sweepOffers(t, 0)
		for id, want := range map[model.ID]model.OfferStatus{active.ID: model.OfferPaused, paused.ID: model.OfferPaused, closed.ID: model.OfferClosed, kept.ID: model.OfferActive} {
			o, err := s.store.Offers.Get(ctx, id)
			if err != nil || o.Status != want {
				t.Errorf("got %+v %v, want %s", o, err, want)
			}
		}
		if _, err := s.MoveOffer(ctx, who, active.ID, model.OfferActive); err != nil {
			t.Errorf("resumed: %v", err)
		}
	})
}

// inbox returns the kinds of notice that a member has, newest first.
func (s *square) inbox(t *testing.T, who model.Actor) (kinds []model.NoticeKind) {
	t.Helper()
	box, err := notify.New(s.store, func() model.Instant { return model.Instant(s.now.Load()) }).Inbox(t.Context(), who, false, model.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range box.Items {
		kinds = append(kinds, n.Kind)
	}
	return kinds
}

// sweepOffers has some processes sweep at once, and wants so many offers moved.
func (s *square) sweepOffers(t *testing.T, want int) {
	t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	moved := 0
	for range 3 {
		other := market.New(s.store, s.ledger, func() model.Instant { return model.Instant(s.now.Load()) })
		all.Go(func() {
			n, err := other.SweepOffers(t.Context())
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			moved += n
		})
	}
	all.Wait()
	if moved != want {
		t.Errorf("%d offers were moved, want %d", moved, want)
	}
}

func (s *square) wantOffer(t *testing.T, who model.Actor, id model.ID, status model.OfferStatus) {
	t.Helper()
	o, err := s.OfferByID(t.Context(), who, id)
	if err != nil || o.Status != status {
		t.Errorf("the offer is %+v, %v; want it %s", o, err, status)
	}
}

func TestAnOfferEndsUnlessItIsRenewed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		helper := s.Resident(1)
		kept, left := s.givenOffer(t, helper, shopping), s.givenOffer(t, helper, shopping)
		s.sweepOffers(t, 0)
		s.wait(model.OfferLife - model.OfferNotice)
		s.sweepOffers(t, 0)
		s.sweepOffers(t, 0)
		if kinds := s.inbox(t, helper); len(kinds) != 2 || kinds[0] != model.NoticeOfferExpiring || kinds[1] != model.NoticeOfferExpiring {
			t.Errorf("told of %v before the end", kinds)
		}
		if o, err := s.RenewOffer(t.Context(), helper, kept.ID); err != nil || o.ExpiresAt != model.Instant(s.now.Load()).Add(model.OfferLife) {
			t.Errorf("renewed: %+v, %v", o, err)
		}
		s.wait(model.OfferNotice)
		s.sweepOffers(t, 1)
		s.wantOffer(t, helper, kept.ID, model.OfferActive)
		s.wantOffer(t, helper, left.ID, model.OfferExpired)
		if kinds := s.inbox(t, helper); len(kinds) != 3 || kinds[0] != model.NoticeOfferExpired {
			t.Errorf("told of %v after the end", kinds)
		}
		if m := s.previewed(t, s.Resident(0), market.RequestInput{Category: "shopping", Title: "买菜"}); len(m) != 1 || m[0] != kept.ID {
			t.Errorf("proposed are %v, want the renewed one", m)
		}
		if _, err := s.RenewOffer(t.Context(), helper, left.ID); err != nil {
			t.Fatal(err)
		}
		s.wantOffer(t, helper, left.ID, model.OfferActive)
		// Who resumes one that has expired wants it to live as well.
		s.wait(model.OfferLife)
		s.sweepOffers(t, 2)
		if _, err := s.MoveOffer(t.Context(), helper, left.ID, model.OfferActive); err != nil {
			t.Fatal(err)
		}
		s.sweepOffers(t, 0)
		s.wantOffer(t, helper, left.ID, model.OfferActive)
		if _, err := s.MoveOffer(t.Context(), helper, left.ID, model.OfferClosed); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RenewOffer(t.Context(), helper, left.ID); !errors.Is(err, model.ErrOfferState) {
			t.Errorf("a closed offer was renewed: %v", err)
		}
		if _, err := s.RenewOffer(t.Context(), s.Resident(2), kept.ID); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("somebody else's offer was renewed: %v", err)
		}
	})
}

func TestAPauseEndsByItself(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		helper := s.Resident(1)
		o := s.givenOffer(t, helper, shopping)
		now := model.Instant(s.now.Load())
		for what, until := range map[string]model.Instant{"over": now, "too far": now.Add(400 * 24 * time.Hour)} {
			if _, err := s.PauseOffer(t.Context(), helper, o.ID, until); !errors.Is(err, model.ErrPeriod) {
				t.Errorf("a pause until a time that is %s: %v", what, err)
			}
		}
		if _, err := s.PauseOffer(t.Context(), helper, o.ID, now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		s.wait(time.Hour - time.Second)
		s.sweepOffers(t, 0)
		s.wantOffer(t, helper, o.ID, model.OfferPaused)
		s.wait(time.Second)
		s.sweepOffers(t, 1)
		s.wantOffer(t, helper, o.ID, model.OfferActive)
		if _, err := s.PauseOffer(t.Context(), helper, o.ID, 0); err != nil {
			t.Fatal(err)
		}
		s.wait(24 * time.Hour)
		s.sweepOffers(t, 0)
	})
}

// previewed returns the offers that are proposed for a request that is being written.
func (s *square) previewed(t *testing.T, who model.Actor, in market.RequestInput) (ids []model.ID) {
	t.Helper()
	found, err := s.Preview(t.Context(), who, in)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range found {
		ids = append(ids, m.Offer.ID)
	}
	return ids
}

func TestPreviewKeepsNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		skilled := shopping
		skilled.Skills, skilled.Wishes = []string{" 电工 "}, model.Wishes{NoStairs: true}
		plain, able := s.givenOffer(t, s.Resident(1), shopping), s.givenOffer(t, s.Resident(2), skilled)
		asker, in := s.Resident(0), market.RequestInput{Category: "shopping", Title: "买菜"}
		if got := s.previewed(t, asker, in); len(got) != 2 {
			t.Errorf("%d offers suit, want 2", len(got))
		}
		in.Skills = []string{"电工"}
		if got := s.previewed(t, asker, in); len(got) != 1 || got[0] != able.ID {
			t.Errorf("with the skill: %v", got)
		}
		in.Skills, in.Stairs = nil, true
		if got := s.previewed(t, asker, in); len(got) != 1 || got[0] != plain.ID {
			t.Errorf("with stairs: %v", got)
		}
		in.Category = "nothing"
		if _, err := s.Preview(t.Context(), asker, in); !errors.Is(err, model.ErrCategory) {
			t.Errorf("an unknown category: %v", err)
		}
		in.Category, in.OnBehalfOf = "shopping", s.Resident(3).MemberID
		if _, err := s.Preview(t.Context(), asker, in); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("for a neighbour: %v", err)
		}
		list, err := s.Requests(t.Context(), asker, market.RequestFilter{Sort: "newest"}, model.Page{})
		if err != nil || len(list.Items) != 0 {
			t.Errorf("there are %d requests, %v", len(list.Items), err)
		}
	})
}

func TestNobodyTakesOnTooMuch(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		helper, start := s.Resident(1), model.Instant(s.now.Load()).Add(time.Hour)
		timed := market.RequestInput{Category: "errand", Title: "取快递", StartsAt: start, EndsAt: start.Add(time.Hour)}
		first, second := s.givenRequest(t, s.Resident(2), timed), s.givenRequest(t, s.Resident(3), timed)
		// Both at once: one of them clashes with the other.
		var all sync.WaitGroup
		errs := make([]error, 2)
		for i, id := range []model.ID{first, second} {
			all.Go(func() { _, errs[i] = s.Claim(t.Context(), helper, id) })
		}
		all.Wait()
		if clash := errors.Is(errs[0], model.ErrClash) != errors.Is(errs[1], model.ErrClash); !clash || errs[0] != nil && errs[1] != nil {
			t.Errorf("two at one time: %v and %v", errs[0], errs[1])
		}
		for i := range model.MaxOpenClaims {
			_, err := s.Claim(t.Context(), helper, s.givenRequest(t, s.Resident(4), errand))
			if last := i == model.MaxOpenClaims-1; last != errors.Is(err, model.ErrTooManyClaims) || !last && err != nil {
				t.Errorf("claim %d: %v", i+2, err)
			}
		}
	})
}

func TestOffersRefuseWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		for name, c := range map[string]struct {
			change func(*market.OfferInput)
			want   error
		}{
			"a day off that ends before it begins": {func(in *market.OfferInput) { in.DaysOff = []model.DaysOff{{From: 20261224, To: 20261223}} }, model.ErrPeriod},
			"a quiet time without length":          {func(in *market.OfferInput) { in.Quiet = model.Quiet{From: "22:00", To: "22:00"} }, model.ErrPeriod},
			"a quiet time that is none":            {func(in *market.OfferInput) { in.Quiet = model.Quiet{From: "22:00", To: "25:00"} }, model.ErrPeriod},
			"an empty skill":                       {func(in *market.OfferInput) { in.Skills = []string{" "} }, model.ErrInvalid},
			"another gender":                       {func(in *market.OfferInput) { in.Wishes.Gender = "x" }, model.ErrInvalid},
		} {
			in := shopping
			c.change(&in)
			if _, err := s.Offer(t.Context(), s.Resident(1), in); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		list, err := s.Offers(t.Context(), s.Resident(1), false, model.Page{})
		if err != nil || len(list.Items) != 0 {
			t.Errorf("there are %d offers, %v", len(list.Items), err)
		}
	})
}

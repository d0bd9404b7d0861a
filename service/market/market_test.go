package market_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
	"linbanglin/service/market"
)

// square is a market in a world, at a time that the test sets.
type square struct {
	*testworld.World
	*market.Market
	ledger *ledger.Ledger
	store  *repository.Store
	now    atomic.Int64
}

func each(t *testing.T, test func(t *testing.T, s *square)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		s := &square{World: testworld.New(t, store), store: store}
		s.now.Store(int64(testworld.Now))
		now := func() model.Instant { return model.Instant(s.now.Load()) }
		s.ledger = ledger.New(store, now)
		s.Market = market.New(store, s.ledger, now)
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		done := make(chan error, 1)
		go func() { done <- s.ledger.Run(ctx) }()
		t.Cleanup(func() {
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
		test(t, s)
	})
}

func (s *square) wait(d time.Duration) { s.now.Add(d.Microseconds()) }

var agreed = &model.ConsentGiven{Method: model.ConsentPhone, Note: "电话里同意"}

var errand = market.RequestInput{Category: "errand", Title: "取快递"}

func (s *square) givenRequest(t *testing.T, who model.Actor, in market.RequestInput) model.ID {
	t.Helper()
	r, err := s.Ask(t.Context(), who, in)
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

// givenDone takes a request of the first resident through to done, helped by the second.
func (s *square) givenDone(t *testing.T) (id model.ID, asker, helper model.Actor) {
	t.Helper()
	asker, helper = s.Resident(0), s.Resident(1)
	id = s.givenRequest(t, asker, errand)
	for _, step := range []func() (*model.HelpRequest, error){
		func() (*model.HelpRequest, error) { return s.Claim(t.Context(), helper, id) },
		func() (*model.HelpRequest, error) { return s.Start(t.Context(), helper, id) },
		func() (*model.HelpRequest, error) { return s.Finish(t.Context(), helper, id, 45, "送到了") },
	} {
		if _, err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return id, asker, helper
}

func (s *square) wantBalance(t *testing.T, who model.Actor, points, minutes int64) {
	t.Helper()
	b, err := s.ledger.Balance(t.Context(), who)
	if err != nil || b.Posted != points || b.Minutes != minutes {
		t.Errorf("got %d points and %d minutes, want %d and %d; %v", b.Posted, b.Minutes, points, minutes, err)
	}
}

func TestConfirmCreditsOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		id, asker, helper := s.givenDone(t)
		var won, lost atomic.Int64
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				switch _, err := s.Confirm(t.Context(), asker, id, market.Review{Rating: 5, Comment: "谢谢"}); {
				case err == nil:
					won.Add(1)
				case errors.Is(err, model.ErrRequestState):
					lost.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 || lost.Load() != 19 {
			t.Errorf("%d confirmed, %d were refused", won.Load(), lost.Load())
		}
		s.wantBalance(t, helper, 10, 45)
		s.wantBalance(t, asker, 0, 0)
	})
}

func TestSilenceConfirmsOnceInAnyNumberOfProcesses(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		id, asker, helper := s.givenDone(t)
		s.wait(model.ConfirmAfter - time.Second)
		if n, err := s.Sweep(t.Context()); n != 0 || err != nil {
			t.Fatalf("%d moved too early, %v", n, err)
		}
		s.wait(time.Second)
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
		if moved.Load() != 1 {
			t.Errorf("it was moved %d times", moved.Load())
		}
		s.wantBalance(t, helper, 10, 45)
		if r, err := s.Request(t.Context(), asker, id); err != nil || r.Status != model.RequestConfirmed {
			t.Errorf("it is %s, %v", r.Status, err)
		}
	})
}

func TestSweepEscalatesAndExpires(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		in := errand
		in.EndsAt = testworld.Now.Add(48 * time.Hour)
		id := s.givenRequest(t, s.Resident(0), in)
		held := s.givenRequest(t, s.Resident(0), market.RequestInput{Category: "errand", Title: "两个人", Slots: 2})
		if _, err := s.Claim(t.Context(), s.Resident(1), held); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			wait time.Duration
			want model.RequestStatus
		}{
			{23 * time.Hour, model.RequestOpen},
			{time.Hour, model.RequestEscalated},
			{23 * time.Hour, model.RequestEscalated},
			{time.Hour, model.RequestExpired},
			{time.Hour, model.RequestExpired},
		} {
			s.wait(step.wait)
			if _, err := s.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if r, err := s.Request(t.Context(), s.Resident(0), id); err != nil || r.Status != step.want {
				t.Errorf("it is %s, want %s; %v", r.Status, step.want, err)
			}
		}
		if r, err := s.Request(t.Context(), s.Resident(0), held); err != nil || r.Status != model.RequestOpen {
			t.Errorf("the one that somebody holds is %s, %v", r.Status, err)
		}
	})
}

func TestWhoMayDoWhatToARequest(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		done, asker, helper := s.givenDone(t)
		open := s.givenRequest(t, asker, errand)
		worker, stranger := s.Holder(model.RoleGridWorker), s.Others.Resident(1)
		claim := func(who model.Actor) error { _, err := s.Claim(t.Context(), who, open); return err }
		confirm := func(who model.Actor) error {
			_, err := s.Confirm(t.Context(), who, done, market.Review{Rating: 5})
			return err
		}
		resolve := func(who model.Actor) error { _, err := s.Resolve(t.Context(), who, done, true, "x", nil); return err }
		cancel := func(who model.Actor) error { _, err := s.Cancel(t.Context(), who, open, "x"); return err }
		read := func(who model.Actor) error { _, err := s.Request(t.Context(), who, open); return err }
		unclaim := func(who model.Actor) error { _, err := s.Unclaim(t.Context(), who, done, "x"); return err }
		matches := func(who model.Actor) error { _, err := s.MatchesFor(t.Context(), who, open); return err }
		unbound := model.Actor{MemberID: 1, Place: model.Place{CommunityID: s.Community.ID}}
		for _, c := range []struct {
			name string
			do   func(model.Actor) error
			who  model.Actor
			want error
		}{
			{"claim one's own", claim, asker, model.ErrOwnRequest},
			{"claim one's household's", claim, s.Housemate(0), model.ErrOwnRequest},
			{"claim in another community", claim, stranger, model.ErrNotFound},
			{"claim as nobody yet", claim, unbound, model.ErrNotFound},
			{"claim as an auditor", claim, model.Actor{MemberID: 5, Place: asker.Place, Grants: []model.Grant{{Role: model.RoleAuditor, NodeID: s.Community.ID, NodeKind: model.KindCommunity}}}, model.ErrForbidden},
			{"confirm one's own work", confirm, helper, model.ErrForbidden},
			{"confirm another's", confirm, s.Resident(2), model.ErrForbidden},
			{"confirm in another community", confirm, stranger, model.ErrNotFound},
			{"resolve what is not disputed", resolve, worker, model.ErrRequestState},
			{"resolve as a resident", resolve, s.Resident(2), model.ErrForbidden},
			{"unclaim after finish", unclaim, helper, model.ErrRequestState},
			{"unclaim another's", unclaim, s.Resident(2), model.ErrNotHelper},
			{"cancel another's", cancel, s.Resident(2), model.ErrForbidden},
			{"read in another community", read, stranger, model.ErrNotFound},
			{"read near", read, s.Resident(2), nil},
			{"matches of another's", matches, s.Resident(2), model.ErrForbidden},
			{"matches of one's own", matches, asker, nil},
			{"matches by the grid worker", matches, worker, nil},
			{"cancel by the grid worker", cancel, worker, nil},
		} {
			if err := c.do(c.who); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", c.name, err, c.want)
			}
		}
	})
}

func TestDisputeIsResolvedByWhoIsNoParty(t *testing.T) {
	t.Parallel()
	for _, credit := range []bool{true, false} {
		each(t, func(t *testing.T, s *square) {
			id, asker, helper := s.givenDone(t)
			if _, err := s.Dispute(t.Context(), asker, id, "没有送到"); err != nil {
				t.Fatal(err)
			}
			r, err := s.Resolve(t.Context(), s.Holder(model.RoleGridWorker), id, credit, "核实过", nil)
			if err != nil {
				t.Fatal(err)
			}
			if credit {
				s.wantBalance(t, helper, 10, 45)
			} else {
				s.wantBalance(t, helper, 0, 0)
			}
			if want := map[bool]model.RequestStatus{true: model.RequestConfirmed, false: model.RequestClosed}[credit]; r.Status != want {
				t.Errorf("it is %s, want %s", r.Status, want)
			}
		})
	}
}

func TestNoPartyResolvesItsOwnDispute(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		worker, asker, helper := s.Holder(model.RoleGridWorker), s.Resident(1), s.Resident(2)
		in := errand
		in.OnBehalfOf, in.Consent = asker.MemberID, agreed
		id := s.givenRequest(t, worker, in)
		for _, step := range []func() (*model.HelpRequest, error){
			func() (*model.HelpRequest, error) { return s.Claim(t.Context(), helper, id) },
			func() (*model.HelpRequest, error) { return s.Start(t.Context(), helper, id) },
			func() (*model.HelpRequest, error) { return s.Finish(t.Context(), helper, id, 10, "") },
			func() (*model.HelpRequest, error) { return s.Dispute(t.Context(), asker, id, "没有来") },
		} {
			if _, err := step(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Resolve(t.Context(), worker, id, false, "x", nil); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("who posted it resolves it: %v", err)
		}
		if r, err := s.Resolve(t.Context(), s.Holder(model.RoleCommunityAdmin), id, false, "核实过", nil); err != nil || r.Status != model.RequestClosed {
			t.Errorf("who is no party does not: %v", err)
		}
		s.wantBalance(t, helper, 0, 0)
	})
}

func TestKeyReplaysTheClaim(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		id := s.givenRequest(t, s.Resident(0), errand)
		replayed := 0
		ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: s.Resident(1).MemberID, Key: "k", Replayed: func() { replayed++ }})
		first, err := s.Claim(ctx, s.Resident(1), id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Unclaim(t.Context(), s.Resident(1), id, "有事"); err != nil {
			t.Fatal(err)
		}
		again, err := s.Claim(ctx, s.Resident(1), id)
		if err != nil || replayed != 1 || again.Version != first.Version || again.Status != model.RequestClaimed || len(again.Claims) != 1 {
			t.Errorf("got %+v, %v; %d replays", again, err, replayed)
		}
		if now, err := s.Request(t.Context(), s.Resident(0), id); err != nil || now.Status != model.RequestOpen {
			t.Errorf("the replay changed something: %s, %v", now.Status, err)
		}
	})
}

func TestRequestsListIsPagedFilteredAndPrivate(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		for i := range 15 {
			in := errand
			in.Urgency = []model.Urgency{model.UrgencyLow, model.UrgencyNormal, model.UrgencyUrgent}[i%3]
			s.wait(time.Minute)
			s.givenRequest(t, s.Resident(i%5), in)
		}
		for _, sort := range []repository.Sort{repository.Newest, repository.Recommended, repository.Soonest} {
			seen, page := map[model.ID]bool{}, model.Page{Limit: 4}
			f := market.RequestFilter{Sort: sort, Statuses: []model.RequestStatus{model.RequestOpen}}
			var last *model.HelpRequest
			for {
				list, err := s.Requests(t.Context(), s.Resident(7), f, page)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range list.Items {
					if seen[r.ID] {
						t.Errorf("%s: %d comes twice", sort, r.ID)
					}
					seen[r.ID] = true
					if sort == repository.Recommended && last != nil && last.Urgency == model.UrgencyLow && r.Urgency != model.UrgencyLow {
						t.Errorf("%s after %s", r.Urgency, last.Urgency)
					}
					last = r
				}
				if page.Cursor = list.NextCursor; page.Cursor == "" {
					break
				}
			}
			if len(seen) != 15 {
				t.Errorf("%s: %d requests, want 15", sort, len(seen))
			}
		}
		mine, err := s.Requests(t.Context(), s.Resident(0), market.RequestFilter{Part: repository.Mine}, model.Page{})
		if err != nil || len(mine.Items) != 3 {
			t.Errorf("%d are mine, %v", len(mine.Items), err)
		}
		if list, err := s.Requests(t.Context(), s.Others.Resident(0), market.RequestFilter{}, model.Page{}); err != nil || len(list.Items) != 0 {
			t.Errorf("another community sees %d, %v", len(list.Items), err)
		}
		_, err = s.Requests(t.Context(), s.Resident(0), market.RequestFilter{Sort: repository.Newest}, model.Page{Cursor: model.EncodeCursor("requests", 1)})
		if !errors.Is(err, model.ErrCursor) {
			t.Errorf("a cursor of another list: %v", err)
		}
	})
}

func TestListsBeginWithWhatWaits(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		asker := s.Resident(0)
		var all []model.ID // one open, one escalated, one claimed, one cancelled
		for _, urgency := range []model.Urgency{model.UrgencyLow, model.UrgencyUrgent, model.UrgencyNormal, model.UrgencyUrgent} {
			in := errand
			in.Urgency = urgency
			all = append(all, s.givenRequest(t, asker, in))
		}
		if _, err := s.Claim(t.Context(), s.Resident(1), all[2]); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Cancel(t.Context(), asker, all[3], "不用了"); err != nil {
			t.Fatal(err)
		}
		s.wait(3 * time.Hour)
		if _, err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		claimed := []model.RequestStatus{model.RequestClaimed}
		for name, c := range map[string]struct {
			filter market.RequestFilter
			want   []model.ID
		}{
			"as it comes":           {market.RequestFilter{}, []model.ID{all[1], all[0]}},
			"soonest":               {market.RequestFilter{Sort: repository.Soonest}, []model.ID{all[1], all[0]}},
			"newest":                {market.RequestFilter{Sort: repository.Newest}, []model.ID{all[3], all[2], all[1], all[0]}},
			"of a state":            {market.RequestFilter{Statuses: claimed}, []model.ID{all[2]}},
			"mine":                  {market.RequestFilter{Part: repository.Mine}, []model.ID{all[1], all[3], all[2], all[0]}},
			"that I asked, soonest": {market.RequestFilter{Part: repository.Asked, Sort: repository.Soonest}, []model.ID{all[1], all[3], all[2], all[0]}},
		} {
			list, err := s.Requests(t.Context(), asker, c.filter, model.Page{})
			if err != nil {
				t.Fatal(err)
			}
			var got []model.ID
			for _, r := range list.Items {
				got = append(got, r.ID)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: got %v, want %v", name, got, c.want)
			}
		}
	})
}

func TestTooManyWaitingRequests(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		var won atomic.Int64
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				if _, err := s.Ask(t.Context(), s.Resident(0), errand); err == nil {
					won.Add(1)
				} else if model.Reason(err).Code != "request.too_many" {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if won.Load() != 20 {
			t.Errorf("%d were posted, want 20", won.Load())
		}
	})
}

package market_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
	"linbanglin/service/market"
)

func TestContestedClaimHasAsManyWinnersAsSlots(t *testing.T) {
	t.Parallel()
	for _, slots := range []int{1, 5} {
		each(t, func(t *testing.T, s *square) {
			in := errand
			in.Slots = slots
			id := s.givenRequest(t, s.Resident(0), in)
			const crowd = 200
			var won, lost atomic.Int64
			var all sync.WaitGroup
			start := make(chan struct{})
			for _, helper := range s.Crowd(crowd) {
				all.Go(func() {
					<-start
					switch _, err := s.Claim(t.Context(), helper, id); {
					case err == nil:
						won.Add(1)
					case errors.Is(err, model.ErrAlreadyClaimed):
						lost.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			close(start)
			all.Wait()
			if won.Load() != int64(slots) || lost.Load() != int64(crowd-slots) {
				t.Errorf("%d won and %d lost, want %d and %d", won.Load(), lost.Load(), slots, crowd-slots)
			}
			r, err := s.Request(t.Context(), s.Resident(0), id)
			if err != nil || r.Status != model.RequestClaimed || len(r.Claims) != slots || r.Version != int64(1+slots) {
				t.Errorf("the request is %s at version %d with %d claims, %v", r.Status, r.Version, len(r.Claims), err)
			}
		})
	}
}

// TestContestedClaimAcrossProcesses has two stores on one database, as two processes have.
func TestContestedClaimAcrossProcesses(t *testing.T) {
	t.Parallel()
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := testdb.URL(t, engine)
			now := func() model.Instant { return testworld.Now }
			var markets []*market.Market
			var stores []*repository.Store
			for range 2 {
				store := testdb.Connect(t, url)
				stores, markets = append(stores, store), append(markets, market.New(store, ledger.New(store, now), now))
			}
			w := testworld.New(t, stores[0])
			r, err := markets[0].Ask(t.Context(), w.Resident(0), errand)
			if err != nil {
				t.Fatal(err)
			}
			var won atomic.Int64
			var all sync.WaitGroup
			for i, helper := range w.Crowd(40) {
				all.Go(func() {
					switch _, err := markets[i%2].Claim(t.Context(), helper, r.ID); {
					case err == nil:
						won.Add(1)
					case !errors.Is(err, model.ErrAlreadyClaimed):
						t.Error(err)
					}
				})
			}
			all.Wait()
			if won.Load() != 1 {
				t.Errorf("%d won", won.Load())
			}
		})
	}
}

// TestContestedUnclaim gives one slot back many times at once, while others want it.
func TestContestedUnclaim(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		id := s.givenRequest(t, s.Resident(0), errand)
		if _, err := s.Claim(t.Context(), s.Resident(1), id); err != nil {
			t.Fatal(err)
		}
		var back, won atomic.Int64
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				switch _, err := s.Unclaim(t.Context(), s.Resident(1), id, "有事"); {
				case err == nil:
					back.Add(1)
				case !errors.Is(err, model.ErrNotHelper):
					t.Error(err)
				}
			})
			all.Go(func() {
				switch _, err := s.Claim(t.Context(), s.Resident(2+i%10), id); {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, model.ErrAlreadyClaimed):
					t.Error(err)
				}
			})
		}
		all.Wait()
		r, err := s.Request(t.Context(), s.Resident(0), id)
		if err != nil || back.Load() != 1 || won.Load() > 1 || (won.Load() == 1) != (r.Status == model.RequestClaimed) {
			t.Errorf("given back %d times, won %d times, and it is %s; %v", back.Load(), won.Load(), r.Status, err)
		}
	})
}

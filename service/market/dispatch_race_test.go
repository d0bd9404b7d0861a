package market_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
	"linbanglin/service/market"
	"linbanglin/service/matching/dispatch"
)

// twoProcesses gives a test a square and another market on the same database, which has another clock's reading of the
// same time, and its own connections.
func twoProcesses(t *testing.T, test func(t *testing.T, s *square, other *market.Market)) {
	t.Helper()
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := testdb.URL(t, engine)
			store, second := testdb.Connect(t, url), testdb.Connect(t, url)
			s := &square{World: testworld.New(t, store), store: store}
			s.now.Store(int64(testworld.Now))
			now := func() model.Instant { return model.Instant(s.now.Load()) }
			s.ledger = ledger.New(store, now)
			s.Market = market.New(store, s.ledger, now)
			test(t, s, market.New(second, ledger.New(second, now), now))
		})
	}
}

func TestTwoProcessesAskNobodyTwice(t *testing.T) {
	t.Parallel()
	twoProcesses(t, func(t *testing.T, s *square, other *market.Market) {
		crowd := s.givenHelpers(t, s.Crowd(30)...)
		var ids []model.ID
		for i := range 6 {
			ids = append(ids, s.givenRequest(t, s.Resident(i), urgentErrand))
		}
		var all sync.WaitGroup
		var mu sync.Mutex
		moved := 0
		for i := range 6 {
			all.Go(func() {
				n, err := []*market.Market{s.Market, other}[i%2].Dispatch(t.Context())
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				moved += n
			})
		}
		all.Wait()
		if moved != 6 {
			t.Errorf("%d waves went out", moved)
		}
		for _, id := range ids {
			if asks := s.asks(t, id); len(asks) != dispatch.MaxWave {
				t.Errorf("%d are asked in one wave", len(asks))
			}
		}
		told := 0
		for _, who := range crowd {
			n := len(s.inbox(t, who))
			if told += n; n > dispatch.CategoryNotices {
				t.Errorf("somebody was told %d times", n)
			}
		}
		if told != 6*dispatch.MaxWave {
			t.Errorf("%d notices", told)
		}
	})
}

// TestAllAtOnce lets two processes sweep while those who are asked accept, decline and withdraw, and the clock goes on.
func TestAllAtOnce(t *testing.T) {
	t.Parallel()
	twoProcesses(t, func(t *testing.T, s *square, other *market.Market) {
		crowd := s.givenHelpers(t, s.Crowd(24)...)
		in := urgentErrand
		in.Slots = 2
		ids := []model.ID{s.givenRequest(t, s.Resident(0), in), s.givenRequest(t, s.Resident(1), in), s.givenRequest(t, s.Resident(2), in)}
		markets := []*market.Market{s.Market, other}
		for round := range 4 {
			var all sync.WaitGroup
			for _, m := range markets {
				all.Go(func() { s.calm(t, func() error { _, err := m.Dispatch(t.Context()); return err }) })
			}
			for i, who := range crowd {
				m := markets[i%2]
				all.Go(func() {
					asks, err := m.Asks(t.Context(), who)
					if err != nil {
						t.Error(err)
					}
					for k, a := range asks {
						s.calm(t, func() error {
							if (i+k+round)%3 != 0 {
								_, err := m.DeclineAsk(t.Context(), who, a.ID)
								return err
							}
							_, err := m.AcceptAsk(t.Context(), who, a.ID)
							return err
						})
					}
					if (i+round)%4 == 0 {
						s.calm(t, func() error { _, err := m.Unclaim(t.Context(), who, ids[i%3], "有事"); return err })
					}
				})
			}
			all.Wait()
			s.wait(3 * time.Minute)
			for _, id := range ids {
				s.wantWhole(t, id)
			}
		}
		var members []model.ID
		for _, who := range crowd {
			members = append(members, who.MemberID)
		}
		var asks []*model.Ask
		for _, id := range ids {
			for _, a := range s.asks(t, id) {
				asks = append(asks, a)
			}
		}
		s.wantTallies(t, members, asks)
	})
}

// calm runs a step that others may have made impossible, and that fails in no other way.
func (s *square) calm(t *testing.T, step func() error) {
	t.Helper()
	err := step()
	for _, beaten := range []error{nil, model.ErrAskState, model.ErrAlreadyClaimed, model.ErrRequestState, model.ErrNotHelper} {
		if errors.Is(err, beaten) {
			return
		}
	}
	t.Error(err)
}

// wantWhole wants a request, its dispatch and its asks to agree.
func (s *square) wantWhole(t *testing.T, id model.ID) {
	t.Helper()
	r, err := s.store.Requests.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.store.Asks.Dispatch(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	held, sent := 0, 0
	for _, c := range r.Claims {
		if c.Holding != nil {
			held++
		}
	}
	for _, a := range s.asks(t, id) {
		if a.Answer == model.AskSent {
			if sent++; a.Wave != d.Wave {
				t.Errorf("an ask of wave %d waits in wave %d", a.Wave, d.Wave)
			}
		}
	}
	if held > r.Slots || sent > dispatch.MaxWave || r.Waits() != d.Open() || !r.Waits() && sent > 0 {
		t.Errorf("%s with %d of %d slots, its dispatch %s, %d asked", r.Status, held, r.Slots, d.Status, sent)
	}
	if d.Status == model.DispatchCase && d.OwnerID == 0 {
		t.Error("a case without an owner")
	}
}

// wantTallies counts the asks again.
func (s *square) wantTallies(t *testing.T, members []model.ID, asks []*model.Ask) {
	t.Helper()
	got, err := s.store.Asks.Tallies(t.Context(), members)
	if err != nil {
		t.Fatal(err)
	}
	want := recount(asks)
	for _, row := range got {
		key := repository.AskTally{MemberID: row.MemberID, Category: row.Category, DayPart: row.DayPart}
		if want[key] == nil || *want[key] != *row {
			t.Errorf("the tally %+v should be %+v", row, want[key])
		}
		delete(want, key)
	}
	for _, row := range want {
		t.Errorf("the tally %+v is missing", row)
	}
}

// recount makes tallies of asks.
func recount(asks []*model.Ask) map[repository.AskTally]*repository.AskTally {
	rows := map[repository.AskTally]*repository.AskTally{}
	row := func(member model.ID, category, part string) *repository.AskTally {
		key := repository.AskTally{MemberID: member, Category: category, DayPart: part}
		if rows[key] == nil {
			rows[key] = &repository.AskTally{MemberID: member, Category: category, DayPart: part}
		}
		return rows[key]
	}
	for _, a := range asks {
		whole := row(a.MemberID, "", "")
		whole.AskedAt, whole.AnsweredAt = max(whole.AskedAt, a.SentAt), max(whole.AnsweredAt, a.AnsweredAt)
		if a.Answer == model.AskAccepted || a.Answer == model.AskDeclined || a.Answer == model.AskSilent {
			row(a.MemberID, a.Category, a.DayPart).Asked++
		}
		if a.Answer == model.AskAccepted {
			row(a.MemberID, a.Category, a.DayPart).Accepted++
		}
	}
	for _, a := range asks {
		if whole := row(a.MemberID, "", ""); a.Answer == model.AskSilent && a.SentAt > whole.AnsweredAt {
			whole.Ignored++
		}
	}
	return rows
}

// TestTwoRequestsDoNotSpendOneNotice has six requests look at once for who replaces a refusal, where there is but one.
func TestTwoRequestsDoNotSpendOneNotice(t *testing.T) {
	t.Parallel()
	twoProcesses(t, func(t *testing.T, s *square, other *market.Market) {
		crowd := s.Crowd(7)
		var ids []model.ID
		for half := range 2 {
			s.givenHelpers(t, crowd[3*half:3*half+3]...)
			for i := range 3 {
				ids = append(ids, s.givenRequest(t, s.Resident(3*half+i), urgentErrand))
			}
			s.wantMoved(t, 3)
		}
		only := s.givenHelpers(t, crowd[6])[0]
		var all sync.WaitGroup
		for i, id := range ids {
			ask := s.asks(t, id)[crowd[i].MemberID]
			all.Go(func() {
				if _, err := []*market.Market{s.Market, other}[i%2].DeclineAsk(t.Context(), crowd[i], ask.ID); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if told := len(s.inbox(t, only)); told != dispatch.CategoryNotices {
			t.Errorf("told %d times", told)
		}
	})
}

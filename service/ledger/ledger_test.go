package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

// desk is a running ledger in a world.
type desk struct {
	*testworld.World
	*ledger.Ledger
	store *repository.Store
	now   atomic.Int64
}

func each(t *testing.T, test func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	testdb.Each(t, func(t *testing.T, store *repository.Store) { test(t, open(t, store)) })
}

func open(t *testing.T, store *repository.Store) *desk {
	t.Helper()
	d := &desk{World: testworld.New(t, store), store: store}
	d.now.Store(int64(testworld.Now))
	d.start(t, store)
	return d
}

// processes opens n desks over one database, as so many processes have it.
func processes(t *testing.T, engine testdb.Engine, n int) []*desk {
	t.Helper()
	url := testdb.URL(t, engine)
	desks := []*desk{open(t, testdb.Connect(t, url))}
	for range n - 1 {
		d := &desk{World: desks[0].World, store: testdb.Connect(t, url)}
		d.now.Store(int64(testworld.Now))
		d.start(t, d.store)
		desks = append(desks, d)
	}
	return desks
}

// start runs the desk's ledger until the test ends.
func (d *desk) start(t *testing.T, store *repository.Store) {
	t.Helper()
	d.Ledger = ledger.New(store, d.clock)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	run := d.Ledger
	go func() { done <- run.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// clock never stands still.
func (d *desk) clock() model.Instant { return model.Instant(d.now.Add(1)) }

// keyed is a context with an idempotency key.
func keyed(t *testing.T, who model.Actor, key string, replayed *atomic.Int64) context.Context {
	return model.WithIdempotency(t.Context(), &model.Idempotency{
		Member: who.MemberID, Key: key, Hash: [32]byte{1}, Replayed: func() {
			if replayed != nil {
				replayed.Add(1)
			}
		},
	})
}

// wantClean fails the test when the ledger differs from what its transfers make.
func (d *desk) wantClean(t *testing.T) {
	t.Helper()
	if err := d.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	checks, _, err := d.Verify(t.Context(), ledger.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		for _, difference := range c.Differences {
			t.Errorf("%s: %s", c.Name, difference)
		}
	}
}

func TestAwardIsPostedOnceForAKey(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		organizer, member := d.Holder(model.RoleOrganizer), d.Resident(0)
		award := ledger.Award{Member: member.MemberID, Amount: 5, Code: model.RuleAdjust, Memo: "帮忙"}
		var replayed atomic.Int64
		var all sync.WaitGroup
		receipts := make([]*ledger.Receipt, 20)
		for i := range receipts {
			all.Go(func() {
				var err error
				if receipts[i], err = d.Award(keyed(t, organizer, "k", &replayed), organizer, award); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, r := range receipts {
			if r == nil || *r != *receipts[0] || r.Balance != 5 {
				t.Fatalf("got %v and %v", r, receipts[0])
			}
		}
		if replayed.Load() != 19 {
			t.Errorf("%d replays, want 19", replayed.Load())
		}
		balance, err := d.Balance(t.Context(), member)
		if err != nil || balance.Posted != 5 || balance.Available != 5 || balance.Earned.Day != 5 || balance.Earned.Total != 5 {
			t.Errorf("got %+v, %v", balance, err)
		}
		other := keyed(t, organizer, "k", nil)
		model.IdempotencyOf(other).Hash[0] = 9
		if _, err := d.Award(other, organizer, award); !errors.Is(err, model.ErrKeyReused) {
			t.Errorf("got %v, want key reused", err)
		}
		d.wantClean(t)
	})
}

func TestAwardRefuses(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		organizer, stranger := d.Holder(model.RoleOrganizer), d.Others.Resident(0)
		outside := d.As(d.Members[len(d.Members)-1]) // of the second area
		ok := ledger.Award{Member: d.Resident(0).MemberID, Amount: 5, Code: model.RuleAdjust}
		for name, c := range map[string]struct {
			who    model.Actor
			change func(*ledger.Award)
			want   error
		}{
			"zero":              {organizer, func(a *ledger.Award) { a.Amount = 0 }, model.ErrAmount},
			"negative":          {organizer, func(a *ledger.Award) { a.Amount = -5 }, model.ErrAmount},
			"huge":              {organizer, func(a *ledger.Award) { a.Amount = model.MaxAmount + 1 }, model.ErrAmount},
			"unknown rule":      {organizer, func(a *ledger.Award) { a.Code = "NONE" }, model.ErrRule},
			"fixed amount":      {organizer, func(a *ledger.Award) { a.Code = model.RuleTaskDone }, model.ErrAmount},
			"unknown member":    {organizer, func(a *ledger.Award) { a.Member = 42 }, model.ErrNotFound},
			"other community":   {organizer, func(a *ledger.Award) { a.Member = stranger.MemberID }, model.ErrNotFound},
			"outside the scope": {organizer, func(a *ledger.Award) { a.Member = outside.MemberID }, model.ErrForbidden},
			"oneself":           {d.Holder(model.RoleCommunityAdmin), func(a *ledger.Award) { a.Member = d.Holder(model.RoleCommunityAdmin).MemberID }, model.ErrSelfAward},
			"a resident":        {d.Resident(1), func(*ledger.Award) {}, model.ErrForbidden},
			"unknown campaign":  {organizer, func(a *ledger.Award) { a.Campaign = 42 }, model.ErrNotFound},
		} {
			a := ok
			c.change(&a)
			if _, err := d.Award(keyed(t, c.who, name, nil), c.who, a); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		if _, err := d.Award(t.Context(), organizer, ok); !errors.Is(err, model.ErrKeyRequired) {
			t.Errorf("without a key: got %v", err)
		}
		if n, err := d.store.Stream.Counts(t.Context()); err != nil || n.Transfers != 0 {
			t.Errorf("%d transfers were written, %v", n.Transfers, err)
		}
	})
}

func TestReverseHappensOnceAndTakesTheDayBack(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		admin, member := d.Holder(model.RoleCommunityAdmin), d.Resident(0)
		receipt, err := d.Award(keyed(t, admin, "a", nil), admin, ledger.Award{Member: member.MemberID, Amount: 7, Code: model.RuleAdjust})
		if err != nil {
			t.Fatal(err)
		}
		var won, lost atomic.Int64
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				switch _, err := d.Reverse(keyed(t, admin, fmt.Sprint("r", i), nil), admin, receipt.TransferID, "录错了"); {
				case err == nil:
					won.Add(1)
				case errors.Is(err, model.ErrAlreadyReversed):
					lost.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 || lost.Load() != 15 {
			t.Errorf("%d reversed it, %d were told so", won.Load(), lost.Load())
		}
		balance, err := d.Balance(t.Context(), member)
		if err != nil || balance.Posted != 0 || balance.Earned.Day != 0 {
			t.Errorf("got %+v, %v", balance, err)
		}
		if _, err := d.Reverse(keyed(t, d.Resident(1), "x", nil), d.Resident(1), receipt.TransferID, "x"); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("a resident reversed: %v", err)
		}
		d.wantClean(t)
	})
}

func TestStatementPagesAndBalancesAddUp(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		admin, member := d.Holder(model.RoleCommunityAdmin), d.Resident(0)
		for i := range 25 {
			_, err := d.Award(keyed(t, admin, fmt.Sprint(i), nil), admin, ledger.Award{Member: member.MemberID, Amount: int64(i + 1), Code: model.RuleAdjust})
			if err != nil {
				t.Fatal(err)
			}
		}
		var lines []*ledger.Line
		page := model.Page{Limit: 10}
		for {
			part, err := d.Statement(t.Context(), member, ledger.StatementQuery{Measure: model.Points}, page)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, part.Items...)
			if page.Cursor = part.NextCursor; page.Cursor == "" {
				break
			}
		}
		if len(lines) != 25 || lines[0].Seq != 25 || lines[0].Balance != 25*26/2 {
			t.Fatalf("%d lines, the first is %+v", len(lines), lines[0])
		}
		for i, l := range lines[:24] {
			if l.Balance-l.Amount != lines[i+1].Balance {
				t.Errorf("line %d: %d - %d is not %d", l.Seq, l.Balance, l.Amount, lines[i+1].Balance)
			}
		}
		if _, err := d.Statement(t.Context(), d.Resident(1), ledger.StatementQuery{Member: member.MemberID, Measure: model.Points}, page); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("another resident read it: %v", err)
		}
		if _, err := d.Statement(t.Context(), d.Others.Holder(model.RoleAuditor), ledger.StatementQuery{Member: member.MemberID, Measure: model.Points}, page); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("another community's auditor: %v", err)
		}
		if _, err := d.Statement(t.Context(), member, ledger.StatementQuery{Measure: model.Minutes}, model.Page{Cursor: model.EncodeCursor("other", 1)}); !errors.Is(err, model.ErrCursor) {
			t.Errorf("a foreign cursor: %v", err)
		}
	})
}

func TestPostersOfManyProcessesKeepTheBooks(t *testing.T) {
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			desks := processes(t, engine, 3)
			first := desks[0]
			seed := testworld.Seed(t)
			admin := first.Holder(model.RoleCommunityAdmin)
			var want atomic.Int64
			var all sync.WaitGroup
			for w := range 12 {
				random := rand.New(rand.NewPCG(seed, uint64(w)))
				all.Go(func() {
					for i := range 40 {
						member := first.Resident(random.IntN(3))
						amount := random.Int64N(9) + 1
						key := fmt.Sprintf("%d-%d", w, i)
						for range 1 + random.IntN(2) { // some are sent twice, through any process
							d := desks[random.IntN(len(desks))]
							if _, err := d.Award(keyed(t, admin, key, nil), admin, ledger.Award{Member: member.MemberID, Amount: amount, Code: model.RuleAdjust}); err != nil {
								t.Error(err)
							}
						}
						want.Add(amount)
					}
				})
			}
			all.Wait()
			var got int64
			for i := range 3 {
				b, err := first.Balance(t.Context(), first.Resident(i))
				if err != nil {
					t.Fatal(err)
				}
				got += b.Posted
			}
			if got != want.Load() {
				t.Errorf("the wallets hold %d, %d was awarded", got, want.Load())
			}
			first.wantClean(t)
			if head, err := first.Head(t.Context()); err != nil || head.Seq != 12*40 {
				t.Errorf("%d records are sealed, want %d, %v", head.Seq, 12*40, err)
			}
		})
	}
}

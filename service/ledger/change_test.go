package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

// nickname changes a member's row as a business step does: only as it was read.
func (d *desk) nickname(m *model.Member, name string, version int64) func(context.Context, *repository.Store) error {
	return func(ctx context.Context, tx *repository.Store) error {
		changed := *m
		changed.Nickname, changed.Version = name, version+1
		return tx.Members.UpdateProfile(ctx, &changed, version)
	}
}

// grantOf makes the posting of some points to a member, from the pool or a budget.
func (d *desk) grantOf(m *model.Member, key string, debit model.AccountKey) []ledger.Posting {
	return []ledger.Posting{{
		Key: key, Debit: debit, Credit: model.Wallet(d.Community.ID, m.ID, model.Points), Amount: 3, Code: model.RuleAdjust, Class: model.Declared, Member: m,
	}}
}

// TestAChangeAndItsPostingsHappenTogether has many want to change each of a few rows, each once, some of them with
// a posting that is refused.
func TestAChangeAndItsPostingsHappenTogether(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		pool := model.Pool(d.Community.ID, model.Points)
		empty := model.Budget(d.Community.ID, 42, model.Points)
		var changed, stale, refused atomic.Int64
		var all sync.WaitGroup
		for i := range 60 {
			m := d.Members[2*(i%6)]
			job := ledger.Job{Postings: d.grantOf(m, fmt.Sprint("change ", i), pool), Row: m.ID, Change: d.nickname(m, fmt.Sprint("名", i), m.Version)}
			if i%3 == 0 {
				job.Postings[0].Debit = empty
			}
			all.Go(func() {
				_, err := d.Post(t.Context(), job)
				switch {
				case err == nil:
					changed.Add(1)
				case errors.Is(err, model.ErrStale):
					stale.Add(1)
				case errors.Is(err, model.ErrBudget):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		// The members 0 and 3 are only wanted by those whose budget is empty.
		if changed.Load() != 4 || refused.Load() != 20 || stale.Load() != 36 {
			t.Errorf("%d changed, %d stale, %d refused", changed.Load(), stale.Load(), refused.Load())
		}
		for i := range 6 {
			m, err := d.store.Members.Get(t.Context(), d.Members[2*i].ID)
			if err != nil {
				t.Fatal(err)
			}
			balance, err := d.Balance(t.Context(), d.Resident(i))
			if err != nil {
				t.Fatal(err)
			}
			if done := m.Nickname != ""; done != (i%3 != 0) || done != (balance.Posted == 3) {
				t.Errorf("member %d is called %q and has %d points", i, m.Nickname, balance.Posted)
			}
		}
		d.wantClean(t)
	})
}

// TestAnOldKeyIsAnsweredWhateverHappenedSince posts keys again whose job would change, or be refused, or be cut to
// nothing now.
func TestAnOldKeyIsAnsweredWhateverHappenedSince(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		pool, m := model.Pool(d.Community.ID, model.Points), d.Members[0]
		rules, err := d.Rules(t.Context(), d.Community.ID)
		if err != nil {
			t.Fatal(err)
		}
		helped := func(key string) ledger.Job {
			job := ledger.Job{Postings: d.grantOf(m, key, pool)}
			p := &job.Postings[0]
			p.Amount, p.Code, p.Rules, p.Class, p.Clip, p.Counter = 10, model.RuleTaskDone, rules, model.Verified, true, d.Members[2].ID
			return job
		}
		first, err := d.Post(t.Context(), helped("pair 1"))
		if err != nil || first[0].Amount != 10 {
			t.Fatalf("got %+v, %v", first, err)
		}
		for _, key := range []string{"pair 2", "pair 3"} { // the last of them has nothing left
			if _, err := d.Post(t.Context(), helped(key)); err != nil {
				t.Fatal(err)
			}
		}
		if again, err := d.Post(t.Context(), helped("pair 1")); err != nil || !again[0].Replayed || again[0].TransferID != first[0].TransferID {
			t.Errorf("a key whose cap is used up was %+v and is %+v, %v", first, again, err)
		}
		if _, err := d.Post(t.Context(), ledger.Job{Postings: d.grantOf(m, "change", pool), Row: m.ID, Change: d.nickname(m, "one", 1)}); err != nil {
			t.Fatal(err)
		}
		again, err := d.Post(t.Context(), ledger.Job{Postings: d.grantOf(m, "change", pool), Row: m.ID, Change: d.nickname(m, "two", 2)})
		now, _ := d.store.Members.Get(t.Context(), m.ID)
		if !errors.Is(err, model.ErrStale) || now.Nickname != "one" {
			t.Errorf("a key that was posted for another change: %+v, %v; the row is %q", again, err, now.Nickname)
		}
		d.wantClean(t)
	})
}

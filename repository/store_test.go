package repository_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/model"
	"linbanglin/repository"
)

func TestTxDoesNotNest(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		err := store.Tx(t.Context(), func(tx *repository.Store) error {
			return tx.Tx(t.Context(), func(*repository.Store) error { return nil })
		})
		if err == nil {
			t.Fatal("a transaction nested")
		}
	})
}

func TestTxRollsBackOnErrorAndPanic(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		boom := errors.New("boom")
		mark := func(tx *repository.Store, id model.ID) error {
			return tx.Stream.AddControl(t.Context(), &model.Control{ID: id, Kind: 1, CampaignID: id, Payload: []byte{}, CreatedAt: 1})
		}
		err := store.Tx(t.Context(), func(tx *repository.Store) error {
			return errors.Join(mark(tx, 1), boom)
		})
		if !errors.Is(err, boom) {
			t.Fatalf("got %v, want boom", err)
		}
		func() {
			defer func() { _ = recover() }()
			_ = store.Tx(t.Context(), func(tx *repository.Store) error {
				if err := mark(tx, 2); err != nil {
					t.Error(err)
				}
				panic("boom")
			})
		}()
		if rows, err := store.Stream.Waiting(t.Context(), 10); err != nil || len(rows) != 0 {
			t.Fatalf("%d rows stayed, %v", len(rows), err)
		}
	})
}

// TestATransactionWhoseCallerGaveUp is told apart from a bug, whether it is at a statement or at its commit.
func TestATransactionWhoseCallerGaveUp(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		for _, read := range []bool{false, true} {
			ctx, giveUp := context.WithCancel(t.Context())
			err := store.Tx(ctx, func(tx *repository.Store) (err error) {
				giveUp()
				time.Sleep(20 * time.Millisecond) // so that it is rolled back
				if read {
					_, err = tx.Stream.Waiting(t.Context(), 1)
				}
				return err
			})
			if !errors.Is(err, model.ErrUnavailable) {
				t.Errorf("got %v, want unavailable", err)
			}
		}
	})
}

func TestIDsAreUniqueAcrossStoresAndSorted(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		seen := sync.Map{}
		var twice atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				last := model.ID(0)
				for range 5000 {
					id := store.NewID()
					if _, dup := seen.LoadOrStore(id, true); dup || id <= last {
						twice.Add(1)
					}
					last = id
				}
			})
		}
		all.Wait()
		if n := twice.Load(); n != 0 {
			t.Fatalf("%d ids came twice or out of order", n)
		}
	})
}

func TestLeaseGivesEveryProcessItsOwnNode(t *testing.T) {
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := testdb.URL(t, engine)
			nodes := map[int64]bool{}
			for range 5 {
				node := int64(testdb.Connect(t, url).NewID()) >> 12 & model.MaxNode
				if nodes[node] {
					t.Fatalf("node %d was given twice", node)
				}
				nodes[node] = true
			}
		})
	}
}

func TestANodeNumberIsGivenBack(t *testing.T) {
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			url, last := testdb.URL(t, engine), model.ID(0)
			for run := range 3 {
				store, err := repository.Open(url, testdb.Ring())
				if err != nil {
					t.Fatal(err)
				}
				_, err = store.Migrate(t.Context())
				if err = errors.Join(err, store.Lease(t.Context())); err != nil {
					t.Fatal(err)
				}
				id := store.NewID()
				if node := int64(id) >> 12 & model.MaxNode; node != 0 || id <= last {
					t.Errorf("run %d: node %d, id %d after %d", run, node, id, last)
				}
				for range 200_000 { // so many that the ids are ahead of the clock
					last = store.NewID()
				}
				if err := store.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestTxWithoutLeaseIsRefused(t *testing.T) {
	store, err := repository.Open(testdb.URL(t, testdb.SQLite), testdb.Ring())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := store.Tx(t.Context(), func(*repository.Store) error { return nil }); !errors.Is(err, model.ErrUnavailable) {
		t.Fatalf("got %v, want unavailable", err)
	}
}

type receipt struct {
	Number int `json:"number"`
}

func promise(key string, body byte, replayed *int) *model.Idempotency {
	return &model.Idempotency{Member: 7, Key: key, Hash: [32]byte{body}, Replayed: func() { *replayed++ }}
}

func TestOnceReplaysTheFirstAnswer(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		runs, replayed := 0, 0
		call := func(ctx context.Context) (receipt, error) {
			return repository.Once(ctx, store, 1, func(*repository.Store) (receipt, error) {
				runs++
				return receipt{runs}, nil
			})
		}
		ctx := model.WithIdempotency(t.Context(), promise("k", 1, &replayed))
		for range 3 {
			if got, err := call(ctx); err != nil || got.Number != 1 {
				t.Fatalf("got %v, %v", got, err)
			}
		}
		if runs != 1 || replayed != 2 {
			t.Fatalf("%d runs, %d replays", runs, replayed)
		}
		other := model.WithIdempotency(t.Context(), promise("k", 2, &replayed))
		if _, err := call(other); !errors.Is(err, model.ErrKeyReused) {
			t.Fatalf("got %v, want key reused", err)
		}
	})
}

func TestOnceRunsOnceAcrossProcesses(t *testing.T) {
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := testdb.URL(t, engine)
			var effects atomic.Int64
			var all sync.WaitGroup
			for range 4 {
				store := testdb.Connect(t, url)
				all.Go(func() {
					replayed := 0
					ctx := model.WithIdempotency(t.Context(), promise("k", 1, &replayed))
					got, err := repository.Once(ctx, store, 1, func(tx *repository.Store) (receipt, error) {
						return receipt{42}, tx.Stream.AddControl(ctx, &model.Control{ID: store.NewID(), Kind: 1, CampaignID: store.NewID(), Payload: []byte{}, CreatedAt: 1})
					})
					if err != nil || got.Number != 42 {
						t.Errorf("got %v, %v", got, err)
					}
					if replayed == 0 {
						effects.Add(1)
					}
				})
			}
			all.Wait()
			rows, err := testdb.Connect(t, url).Stream.Waiting(t.Context(), 10)
			if err != nil || len(rows) != 1 || effects.Load() != 1 {
				t.Fatalf("%d rows, %d first answers, %v", len(rows), effects.Load(), err)
			}
		})
	}
}

func TestAnErrorOfARowQueryHasItsMeaning(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		ctx, stop := context.WithCancel(t.Context())
		stop()
		_, scanned := store.Points.Rules(ctx, 1, 20261123)
		_, read := store.Points.Transfers(ctx, []model.ID{1})
		if !errors.Is(scanned, model.ErrUnavailable) || !errors.Is(read, model.ErrUnavailable) {
			t.Errorf("got %v and %v, want unavailable", scanned, read)
		}
	})
}

func TestALockLostByAReadIsTriedAgain(t *testing.T) {
	store := testdb.Open(t, testdb.MySQL)
	one, two := model.Wallet(1, 2, model.Points), model.Wallet(1, 3, model.Points)
	for id, k := range map[model.ID]model.AccountKey{1: one, 2: two} {
		err := store.Points.CreateAccounts(t.Context(), []*model.Account{{
			ID: id, CommunityID: k.CommunityID, Measure: k.Measure, OwnerType: k.OwnerType, OwnerID: k.OwnerID, Kind: k.Kind, HeadHash: []byte{},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	var runs atomic.Int64
	var first, all sync.WaitGroup
	first.Add(2)
	for _, order := range [][2]model.ID{{1, 2}, {2, 1}} {
		all.Go(func() {
			wait := sync.OnceFunc(func() { first.Done(); first.Wait() }) // both hold one lock before they ask for the other
			err := store.Tx(t.Context(), func(tx *repository.Store) error {
				runs.Add(1)
				if _, err := tx.Points.LockAccounts(t.Context(), order[:1]); err != nil {
					return err
				}
				wait()
				_, err := tx.Points.LockAccounts(t.Context(), order[1:])
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if runs.Load() < 3 {
		t.Errorf("%d runs: nothing was tried again", runs.Load())
	}
}

func TestForgetAnswersRemovesAllThatAreOld(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		const old, before = 2500, 10_000
		answer := func(tx *repository.Store, n int, at model.Instant) error {
			ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: 7, Key: strconv.Itoa(n)})
			return tx.Remember(ctx, n, at)
		}
		err := store.Tx(t.Context(), func(tx *repository.Store) error {
			for n := range old {
				if err := answer(tx, n, model.Instant(1+n/4)); err != nil { // four of each moment
					return err
				}
			}
			return errors.Join(answer(tx, old, before), answer(tx, old+1, before+1))
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []int64{old, 0} {
			if n, err := store.ForgetAnswers(t.Context(), before); n != want || err != nil {
				t.Errorf("%d were forgotten, want %d; %v", n, want, err)
			}
		}
		for n, want := range map[int]bool{0: false, old - 1: false, old: true, old + 1: true} {
			ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: 7, Key: strconv.Itoa(n), Replayed: func() {}})
			var got int
			if found, err := repository.Replay(ctx, store, &got); found != want || err != nil {
				t.Errorf("answer %d: found %t, %v", n, found, err)
			}
		}
	})
}

func TestTextThatDoesNotFitIsInvalid(t *testing.T) {
	store := testdb.Open(t, testdb.MySQL) // SQLite has no measure
	for name, nickname := range map[string]string{"too long": strings.Repeat("长", 41), "no text": "\xff"} {
		m := model.NewPlaceholder(store.NewID(), 1)
		m.Nickname = nickname
		if err := store.Members.Create(t.Context(), m); !errors.Is(err, model.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

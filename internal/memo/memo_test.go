package memo

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestMemoTrustsForItsTimeAndNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loads := 0
		m := New(time.Second, 10, func(context.Context, int) (int, error) { loads++; return loads, nil })
		for _, step := range []struct {
			wait time.Duration
			want int
		}{{0, 1}, {900 * time.Millisecond, 1}, {200 * time.Millisecond, 2}} {
			time.Sleep(step.wait)
			if got, err := m.Get(t.Context(), 7); got != step.want || err != nil {
				t.Fatalf("got %d, %v; want %d", got, err, step.want)
			}
		}
		m.Forget(7)
		if got, _ := m.Get(t.Context(), 7); got != 3 {
			t.Fatalf("got %d after Forget, want 3", got)
		}
	})
}

func TestMemoDoesNotRememberErrorsAndStaysSmall(t *testing.T) {
	boom, fail := errors.New("boom"), true
	m := New(time.Hour, 3, func(_ context.Context, k int) (int, error) {
		if fail {
			return 0, boom
		}
		return k, nil
	})
	if _, err := m.Get(t.Context(), 1); !errors.Is(err, boom) {
		t.Fatalf("got %v", err)
	}
	fail = false
	for k := range 100 {
		if got, err := m.Get(t.Context(), k); got != k || err != nil {
			t.Fatalf("got %d, %v", got, err)
		}
		if len(m.rows) > 3 {
			t.Fatalf("%d rows", len(m.rows))
		}
	}
}

func TestThoseWhoAskAtOnceShareOneLoad(t *testing.T) {
	for _, trust := range []time.Duration{0, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			loads := 0
			m := New(trust, 10, func(context.Context, int) (int, error) {
				loads++
				time.Sleep(time.Second)
				return loads, nil
			})
			var all sync.WaitGroup
			first, cancel := context.WithCancel(t.Context())
			for i := range 20 {
				ctx := t.Context()
				if i == 0 {
					ctx = first
				}
				all.Go(func() {
					if got, err := m.Get(ctx, 7); got != 1 || err != nil {
						t.Errorf("got %d, %v", got, err)
					}
				})
				synctest.Wait()
			}
			cancel() // who asked first goes away; the others still wait
			all.Wait()
			got, err := m.Get(t.Context(), 7)
			if want := map[bool]int{true: 1, false: 2}[trust > 0]; got != want || err != nil {
				t.Errorf("with a trust of %s: got %d later, %v; want %d", trust, got, err, want)
			}
		})
	}
}

func TestWhoWaitsForAnothersLoadMayGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New(time.Minute, 10, func(context.Context, int) (int, error) { time.Sleep(time.Minute); return 1, nil })
		go func() { _, _ = m.Get(t.Context(), 7) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := m.Get(ctx, 7); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		time.Sleep(time.Minute)
	})
}

func TestWhatWasForgottenWhileItLoadedIsLoadedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loads := 0
		m := New(time.Minute, 10, func(context.Context, int) (int, error) {
			loads++
			mine := loads
			time.Sleep(time.Second)
			return mine, nil
		})
		go func() { _, _ = m.Get(t.Context(), 7) }()
		synctest.Wait()
		m.Forget(7)
		for range 2 {
			if got, err := m.Get(t.Context(), 7); got != 2 || err != nil {
				t.Errorf("got %d, %v", got, err)
			}
		}
	})
}

func TestAPanicInALoadLeavesNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New(time.Minute, 10, func(context.Context, int) (int, error) { time.Sleep(time.Second); panic("boom") })
		go func() {
			defer func() { _ = recover() }()
			_, _ = m.Get(t.Context(), 7)
		}()
		synctest.Wait()
		if _, err := m.Get(t.Context(), 7); err == nil {
			t.Error("a panic gave a value")
		}
	})
}

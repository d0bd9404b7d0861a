package memo

import (
	"context"
	"errors"
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

func TestMemoDoesNotKeepWhatWasLoadedBeforeForget(t *testing.T) {
	loading, forgotten := make(chan bool, 1), make(chan bool)
	stored := 1
	m := New(time.Hour, 3, func(context.Context, int) (int, error) {
		value := stored
		select {
		case loading <- true: // the first time: somebody changes it and forgets, meanwhile
			<-forgotten
		default:
		}
		return value, nil
	})
	got := make(chan int)
	go func() { v, _ := m.Get(t.Context(), 7); got <- v }()
	<-loading
	loading <- true // nobody waits from now on
	stored = 2
	m.Forget(7)
	close(forgotten)
	if v := <-got; v != 1 {
		t.Fatalf("got %d from before", v)
	}
	if v, err := m.Get(t.Context(), 7); v != 2 || err != nil {
		t.Fatalf("got %d, %v; want 2", v, err)
	}
}

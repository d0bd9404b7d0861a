package repository

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"linbanglin/model"
)

func TestThoseWhoComeMeanwhileShareTheNextStatement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var statements [][]model.ID
		g := gather[model.ID]{read: func(_ context.Context, ids []model.ID) (map[model.ID]model.ID, error) {
			statements = append(statements, ids)
			time.Sleep(time.Second)
			rows := map[model.ID]model.ID{}
			for _, id := range ids {
				rows[id] = 10 * id
			}
			return rows, nil
		}}
		for range 2 { // what is idle again begins anew
			statements = nil
			var all sync.WaitGroup
			for id := range model.ID(20) {
				all.Go(func() {
					start := time.Now()
					rows, err := g.get(t.Context(), []model.ID{id, 100 + id})
					if err != nil || rows[id] != 10*id || rows[100+id] != 10*(100+id) {
						t.Errorf("got %v, %v", rows, err)
					}
					if took := time.Since(start); took > 2*time.Second {
						t.Errorf("it took %s", took)
					}
				})
				synctest.Wait()
			}
			all.Wait()
			if len(statements) != 2 || len(statements[0]) != 2 || len(statements[1]) != 38 {
				t.Errorf("the statements were for %v", statements)
			}
			synctest.Wait()
		}
	})
}

func TestWhoCannotWaitKeepsNobodyElseWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		boom := errors.New("boom")
		g := gather[int]{read: func(context.Context, []model.ID) (map[model.ID]int, error) { time.Sleep(time.Second); return nil, boom }}
		var failed atomic.Int64
		var all sync.WaitGroup
		for i := range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), map[bool]time.Duration{true: time.Minute, false: time.Millisecond}[i != 1])
			defer cancel()
			all.Go(func() {
				_, err := g.get(ctx, []model.ID{1})
				if want := map[bool]error{true: boom, false: model.ErrUnavailable}[i != 1]; !errors.Is(err, want) {
					t.Errorf("caller %d: got %v, want %v", i, err, want)
				}
				failed.Add(1)
			})
			synctest.Wait()
		}
		all.Wait()
		if failed.Load() != 3 {
			t.Errorf("%d of 3 were answered", failed.Load())
		}
	})
}

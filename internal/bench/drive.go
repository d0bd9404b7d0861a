package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// drive runs an operation in many callers while more says so, and times each.
func drive(ctx context.Context, callers int, more func(start time.Time, n int) bool, do func(ctx context.Context, caller, n int) error) (result, error) {
	var all sync.WaitGroup
	var next atomic.Int64
	var mu sync.Mutex
	var took []time.Duration
	var failed error
	start := time.Now()
	for caller := range callers {
		all.Go(func() {
			var mine []time.Duration
			for {
				n := int(next.Add(1) - 1)
				if !more(start, n) {
					break
				}
				begin := time.Now()
				if err := do(ctx, caller, n); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
					return
				}
				mine = append(mine, time.Since(begin))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
		})
	}
	all.Wait()
	elapsed := time.Since(start)
	if failed != nil || len(took) == 0 {
		return result{}, failed
	}
	slices.Sort(took)
	return result{Rate: float64(len(took)) / elapsed.Seconds(), P50: microsOf(took[len(took)/2]), P95: microsOf(took[len(took)*95/100]), P99: microsOf(took[len(took)*99/100])}, nil
}

// call does one request and fails unless it succeeds.
func (b *bench) call(ctx context.Context, method, path, token, key string, body any, answer any) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+b.address+path, content)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := b.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, text)
	}
	if answer != nil {
		return json.Unmarshal(text, answer)
	}
	return nil
}

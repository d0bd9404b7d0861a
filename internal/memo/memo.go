package memo

import (
	"context"
	"sync"
	"time"
)

// Memo remembers values by key. It is safe for concurrent use.
type Memo[K comparable, V any] struct {
	trust time.Duration
	size  int
	load  func(context.Context, K) (V, error)

	mu     sync.RWMutex
	rows   map[K]row[V]
	forgot uint64 // how often something was forgotten
}

type row[V any] struct {
	value V
	until time.Time
}

// New returns a memo that trusts a value for the given time and holds at most size of them. Load reads a
// value; its errors are returned and not remembered.
func New[K comparable, V any](trust time.Duration, size int, load func(context.Context, K) (V, error)) *Memo[K, V] {
	return &Memo[K, V]{trust: trust, size: size, load: load, rows: map[K]row[V]{}}
}

// Get returns the value of a key, remembered or loaded. It fails as load does.
func (m *Memo[K, V]) Get(ctx context.Context, key K) (V, error) {
	now := time.Now()
	m.mu.RLock()
	r, known := m.rows[key]
	forgot := m.forgot
	m.mu.RUnlock()
	if known && now.Before(r.until) {
		return r.value, nil
	}
	value, err := m.load(ctx, key)
	if err != nil {
		return value, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.forgot != forgot {
		return value, nil // it may be from before what made somebody forget
	}
	if len(m.rows) >= m.size {
		clear(m.rows) // rare, and cheaper than an order of use
	}
	m.rows[key] = row[V]{value, now.Add(m.trust)}
	return value, nil
}

// Forget drops a key, so that the next Get loads it. A value that is being loaded at the time is not kept.
func (m *Memo[K, V]) Forget(key K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forgot++
	delete(m.rows, key)
}

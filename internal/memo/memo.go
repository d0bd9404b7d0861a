package memo

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Memo remembers values by key. It is safe for concurrent use.
type Memo[K comparable, V any] struct {
	trust time.Duration
	size  int
	load  func(context.Context, K) (V, error)

	mu    sync.RWMutex
	rows  map[K]row[V]
	loads map[K]*loading[V]
}

type row[V any] struct {
	value V
	until time.Time
}

// loading is a value on its way; it may be read once done is closed.
type loading[V any] struct {
	done  chan struct{}
	value V
	err   error
}

// loadTime is how long a load may take. It is not the time of who asked first, because others wait for it.
const loadTime = 20 * time.Second

var errLoad = errors.New("a value could not be loaded")

// New returns a memo that trusts a value for the given time and holds at most size of them; without any
// trust, it only has those who ask at once share one load. Load reads a value; its errors are returned and
// not remembered.
func New[K comparable, V any](trust time.Duration, size int, load func(context.Context, K) (V, error)) *Memo[K, V] {
	return &Memo[K, V]{trust: trust, size: size, load: load, rows: map[K]row[V]{}, loads: map[K]*loading[V]{}}
}

// Get returns the value of a key, remembered or loaded; of many who ask for it at once, one loads it. It
// fails as load does, and with the context's error.
func (m *Memo[K, V]) Get(ctx context.Context, key K) (V, error) {
	if value, known := m.Remembered(key); known {
		return value, nil
	}
	m.mu.Lock()
	l, busy := m.loads[key]
	if !busy {
		l = &loading[V]{done: make(chan struct{}), err: errLoad}
		m.loads[key] = l
	}
	m.mu.Unlock()
	if !busy {
		m.fill(ctx, key, l)
		return l.value, l.err
	}
	select {
	case <-l.done:
		return l.value, l.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

// Remembered returns the value of a key that is trusted still, without loading it.
func (m *Memo[K, V]) Remembered(key K) (value V, known bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	r, known := m.rows[key]
	if known = known && time.Now().Before(r.until); known {
		value = r.value
	}
	return value, known
}

// fill loads a value for all who wait for it, and remembers it unless the key was forgotten meanwhile.
func (m *Memo[K, V]) fill(ctx context.Context, key K, l *loading[V]) {
	start := time.Now()
	defer func() { // also when load panics
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.loads[key] == l {
			delete(m.loads, key)
			m.remember(key, l, start)
		}
		close(l.done)
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTime)
	defer cancel()
	l.value, l.err = m.load(ctx, key)
}

func (m *Memo[K, V]) remember(key K, l *loading[V], start time.Time) {
	if l.err != nil || m.trust <= 0 {
		return
	}
	if len(m.rows) >= m.size {
		clear(m.rows) // rare, and cheaper than an order of use
	}
	m.rows[key] = row[V]{l.value, start.Add(m.trust)}
}

// Forget drops a key, so that the next Get loads it.
func (m *Memo[K, V]) Forget(key K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.rows, key)
	delete(m.loads, key) // what is being loaded may be of before
}

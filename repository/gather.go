package repository

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"linbanglin/model"
)

// gather has callers who want rows by id at the same time share statements: while one runs, those who come
// wait together, and the next is for all of them. Who comes alone waits for nobody, and everybody gets what
// was read after they came. Rows are shared too, so nobody changes them.
type gather[T any] struct {
	read func(ctx context.Context, ids []model.ID) (map[model.ID]T, error)

	mu      sync.Mutex
	busy    bool
	waiting *round[T]
}

// round is one statement, for some callers; its rows may be read once done is closed.
type round[T any] struct {
	ids  []model.ID
	done chan struct{}
	rows map[model.ID]T
	err  error
}

var errNotRead = errors.New("the rows could not be read")

// gatherTime is how long a statement may take that is not for one caller alone.
const gatherTime = 20 * time.Second

// get returns those of the rows that there are. It fails as read does, and with ErrUnavailable when the
// caller cannot wait.
func (g *gather[T]) get(ctx context.Context, ids []model.ID) (map[model.ID]T, error) {
	g.mu.Lock()
	if g.waiting == nil {
		g.waiting = &round[T]{done: make(chan struct{})}
	}
	mine := g.waiting
	mine.ids = append(mine.ids, ids...)
	alone := !g.busy
	if alone {
		g.busy, g.waiting = true, nil
	}
	g.mu.Unlock()
	if alone {
		defer g.next()
		g.fill(ctx, mine)
		return mine.rows, mine.err
	}
	select {
	case <-mine.done:
		return mine.rows, mine.err
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", model.ErrUnavailable, ctx.Err())
	}
}

// next has those read who came meanwhile, if any.
func (g *gather[T]) next() {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.waiting
	if g.busy, g.waiting = r != nil, nil; r == nil {
		return
	}
	go func() {
		defer g.next()
		ctx, cancel := context.WithTimeout(context.Background(), gatherTime)
		defer cancel()
		g.fill(ctx, r)
	}()
}

// fill reads the rows of a round. One that panics is a failure for all of them.
func (g *gather[T]) fill(ctx context.Context, r *round[T]) {
	defer close(r.done)
	defer func() {
		if about := recover(); about != nil {
			r.err = fmt.Errorf("%w: %w", errNotRead, model.Panicked(about))
		}
	}()
	slices.Sort(r.ids)
	r.rows, r.err = g.read(ctx, slices.Compact(r.ids))
}

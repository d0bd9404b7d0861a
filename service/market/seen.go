package market

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"linbanglin/model"
	"linbanglin/repository"
)

// look is a member who looked at a request.
type look struct{ member, request model.ID }

// maxLooks is how many looks a process remembers twice over, so as to count each once.
const maxLooks = 50_000

// seen counts who looks at requests, in the process: a member counts once for a request, as long as the look is
// remembered. What was not written yet is lost when the process dies; the board can do without.
type seen struct {
	mu         sync.Mutex
	now, older map[look]bool
	views      map[model.ID]int64 // not written yet
}

// look notes that a member looks at a request.
func (s *seen) look(member, request model.ID) {
	l := look{member, request}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now[l] || s.older[l] {
		return
	}
	if s.now == nil || len(s.now) >= maxLooks {
		s.now, s.older = make(map[look]bool), s.now
	}
	s.now[l] = true
	s.add(request, 1)
}

func (s *seen) add(request model.ID, views int64) {
	if s.views == nil {
		s.views = make(map[model.ID]int64)
	}
	s.views[request] += views
}

// take returns the views that were not written yet, for who writes them.
func (s *seen) take() map[model.ID]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	views := s.views
	s.views = nil
	return views
}

// back gives views back that could not be written.
func (s *seen) back(request model.ID, views int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(request, views)
}

// SweepViews writes how many have looked at requests in this process, which moves these on the board. It returns how
// many requests those were.
func (m *Market) SweepViews(ctx context.Context) (written int, err error) {
	var failures []error
	for id, views := range m.seen.take() {
		err := m.store.Tx(ctx, func(tx *repository.Store) error {
			r, err := tx.Requests.Lock(ctx, id)
			if err != nil {
				return err
			}
			r.Views += views
			return tx.Requests.UpdateViews(ctx, r)
		})
		if err != nil {
			m.seen.back(id, views)
			failures = append(failures, fmt.Errorf("count views of request %d: %w", id, err))
			continue
		}
		written++
	}
	return written, errors.Join(failures...)
}

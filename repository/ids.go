package repository

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"linbanglin/model"
)

// The lease of a node number. A number that was not given back is taken over only long after its lease
// ended, so that clocks which differ by minutes do no harm.
const (
	leaseFor      = time.Minute
	leaseRenewed  = 15 * time.Second
	leaseGraceFor = 5 * time.Minute
	leaseReturn   = 2 * time.Second // how long giving it back may take
)

// generator makes ids for one process as long as its lease of a node number lasts.
type generator struct {
	mu      sync.Mutex
	node    int
	until   time.Time // of the lease, by the monotonic clock
	millis  int64
	counter int
}

// check fails with ErrUnavailable when the node number may belong to another process by now.
func (g *generator) check() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Now().Before(g.until) {
		return nil
	}
	return fmt.Errorf("%w: no lease of a node number", model.ErrUnavailable)
}

// next never repeats an id, whatever the wall clock does.
func (g *generator) next() model.ID {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := time.Now().UnixMilli(); now > g.millis {
		g.millis, g.counter = now, 0
	} else if g.counter++; g.counter > 0xfff {
		g.millis, g.counter = g.millis+1, 0
	}
	return model.NewID(g.millis, g.node, g.counter)
}

func (g *generator) hold(node int, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.node, g.until = node, until
}

// startAfter lets no id be of the time or before, because another process may have made it.
func (g *generator) startAfter(at model.Instant) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if millis := at.Time().UnixMilli(); millis >= g.millis {
		g.millis, g.counter = millis+1, 0
	}
}

// retire ends the right to make ids and returns the time of the last one, by its own reckoning.
func (g *generator) retire() model.Instant {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.until = time.Time{}
	return model.InstantOf(time.UnixMilli(g.millis))
}

// lease is a row of node_lease. One that was given back has no holder, and ended when its last id was made.
type lease struct {
	Node      int `gorm:"primaryKey;autoIncrement:false"`
	Holder    string
	ExpiresAt model.Instant
	DataKey   string // by which the process seals; empty for one that only reads
}

// TableName implements gorm's Tabler.
func (lease) TableName() string { return "node_lease" }

// Lease takes a node number for the ids of this process and renews it until Close. Tx works from then on.
// It fails with ErrUnavailable when the database is away or every number is taken.
func (s *Store) Lease(ctx context.Context) error {
	holder := rand.Text()
	node, err := s.takeNode(ctx, holder)
	if err != nil {
		return err
	}
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(leaseRenewed)
		defer tick.Stop()
		for {
			select {
			case <-renewing.Done():
				return
			case <-tick.C:
				// A failure shows in check when the lease has run out.
				if kept, err := s.renewNode(renewing, node, holder); err == nil && !kept {
					if taken, err := s.takeNode(renewing, holder); err == nil {
						node = taken
					}
				}
			}
		}
	})
	s.shared.stop = func() {
		stop()
		done.Wait()
		s.returnNode(context.WithoutCancel(ctx), node, holder)
	}
	return nil
}

// returnNode gives the number back. When that fails the lease ends by its time.
func (s *Store) returnNode(ctx context.Context, node int, holder string) {
	ctx, cancel := context.WithTimeout(ctx, leaseReturn)
	defer cancel()
	_ = s.to(ctx).Exec("UPDATE node_lease SET holder = '', expires_at = ? WHERE node = ? AND holder = ?", s.shared.ids.retire(), node, holder)
}

func (s *Store) takeNode(ctx context.Context, holder string) (int, error) {
	for range 20 {
		var taken []lease
		if err := s.to(ctx).Order("node").Find(&taken).Error; err != nil {
			return 0, err
		}
		start := time.Now()
		want := lease{Holder: holder, ExpiresAt: model.InstantOf(start.Add(leaseFor)), DataKey: s.SealingKey()}
		err := s.claimNode(ctx, taken, &want, model.InstantOf(start.Add(-leaseGraceFor)))
		if err == nil {
			s.shared.ids.hold(want.Node, start.Add(leaseFor))
			return want.Node, nil
		}
		if !errors.Is(err, model.ErrDuplicate) && !lostRace(err) {
			return 0, err
		}
	}
	return 0, fmt.Errorf("%w: no node number is free", model.ErrUnavailable)
}

// claimNode takes the first number that was given back, or that nobody had, or whose lease ended before stale.
func (s *Store) claimNode(ctx context.Context, taken []lease, want *lease, stale model.Instant) error {
	free := 0
	for _, l := range taken {
		if l.Holder == "" {
			return s.moveLease(ctx, &l, want)
		}
		if l.Node == free {
			free++
		}
	}
	if free <= model.MaxNode {
		want.Node = free
		return s.to(ctx).Create(want).Error
	}
	for _, l := range taken {
		if l.ExpiresAt < stale {
			return s.moveLease(ctx, &l, want)
		}
	}
	return fmt.Errorf("%w: all node numbers are taken", model.ErrUnavailable)
}

// renewNode prolongs the lease. Kept is false when another process has the number, because this one was
// away for long.
func (s *Store) renewNode(ctx context.Context, node int, holder string) (kept bool, err error) {
	start := time.Now()
	renewed := lease{Node: node, Holder: holder, ExpiresAt: model.InstantOf(start.Add(leaseFor))}
	update := s.to(ctx).Exec("UPDATE node_lease SET expires_at = ? WHERE node = ? AND holder = ?", renewed.ExpiresAt, node, holder)
	if update.Error != nil || update.RowsAffected == 0 {
		return false, update.Error
	}
	s.shared.ids.hold(node, start.Add(leaseFor))
	return true, nil
}

// moveLease takes a number over unless its lease changed meanwhile, which is ErrDuplicate. Ids go on after
// those of the lease before.
func (s *Store) moveLease(ctx context.Context, old, renewed *lease) error {
	renewed.Node = old.Node
	update := s.to(ctx).Exec("UPDATE node_lease SET holder = ?, expires_at = ?, data_key = ? WHERE node = ? AND holder = ? AND expires_at = ?",
		renewed.Holder, renewed.ExpiresAt, renewed.DataKey, old.Node, old.Holder, old.ExpiresAt)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrDuplicate
	}
	if update.Error == nil {
		s.shared.ids.startAfter(old.ExpiresAt)
	}
	return update.Error
}

package shop

import (
	"context"
	"errors"
	"sync"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// Pickup hands out the order that a code stands for, by a clerk where the buyer lives who is not of the buyer's
// household; the points are taken. It fails with ErrPickupCode for a code that no order of the community has,
// ErrTooMany after too many of those, ErrForbidden out of the clerk's reach, ErrOwnOrder, ErrOrderState and
// ErrOrderOver.
func (s *Shop) Pickup(ctx context.Context, who model.Actor, code string) (*model.Order, error) {
	if _, err := who.Reach(model.OpServeShop); err != nil {
		return nil, err
	}
	if !s.guesses.take(who.MemberID, s.now()) {
		return repository.AnswerOr[*model.Order](ctx, s.store, model.ErrTooMany)
	}
	defer s.ledger.Nudge()
	order, err := repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Order, error) {
		id, err := tx.Shop.OrderByCode(ctx, who.Place.CommunityID, model.HashPickupCode(who.Place.CommunityID, code))
		if errors.Is(err, model.ErrNotFound) {
			return nil, model.ErrPickupCode
		}
		if err != nil {
			return nil, err
		}
		return s.handOut(ctx, tx, who, id)
	})
	if !errors.Is(err, model.ErrPickupCode) {
		s.guesses.giveBack(who.MemberID)
	}
	return order, err
}

func (s *Shop) handOut(ctx context.Context, tx *repository.Store, who model.Actor, id model.ID) (*model.Order, error) {
	o, err := tx.Shop.LockOrder(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := who.May(model.OpServeShop, o.Place); err != nil {
		return nil, err
	}
	if err := wantStranger(ctx, tx, who, o); err != nil {
		return nil, err
	}
	now := s.now()
	if err := o.PickUp(who.MemberID, now); err != nil {
		return nil, err
	}
	i, err := tx.Shop.LockItem(ctx, o.ItemID)
	if err != nil {
		return nil, err
	}
	if o.SettleID, err = s.post(ctx, tx, o, model.KindSettle, who.MemberID); err != nil {
		return nil, err
	}
	i.Release(o.Quantity, now)
	if err := moved(ctx, tx, i, o, model.StockSold, who.MemberID, now); err != nil {
		return nil, err
	}
	if err := tx.Shop.UpdateOrder(ctx, o); err != nil {
		return nil, err
	}
	if err := notify.Tell(ctx, tx, notice(o, now)); err != nil {
		return nil, err
	}
	return o, views(ctx, tx, o)
}

const (
	// maxGuesses is how many wrong codes a clerk may try in an hour.
	maxGuesses = 10
	guessTime  = time.Hour
)

// guesses counts wrong codes by clerk, in this process: what is guessed has 40 bits, so that it does not matter
// that another process counts for itself. It forgets all of them together every hour.
type guesses struct {
	mu    sync.Mutex
	since model.Instant
	wrong map[model.ID]int
}

// take counts a guess before it is looked at, so that no more can be had by guessing all at once. It reports
// whether the clerk had one left.
func (g *guesses) take(clerk model.ID, now model.Instant) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.wrong == nil || now >= g.since.Add(guessTime) {
		g.wrong, g.since = map[model.ID]int{}, now
	}
	if g.wrong[clerk] >= maxGuesses {
		return false
	}
	g.wrong[clerk]++
	return true
}

// giveBack takes a guess off the count that was none.
func (g *guesses) giveBack(clerk model.ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.wrong[clerk] = max(0, g.wrong[clerk]-1)
}

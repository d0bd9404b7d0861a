package care

import (
	"context"
	"sync"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

// Send tells somebody of an alarm outside of this program. It fails when that is not certain.
type Send func(ctx context.Context, call *Call) error

// Channels are the ways outside of this program by which people are called; nil is one that is not configured.
type Channels struct {
	WeChat  Send
	Webhook Send
}

// Care looks after the homes that have a doorbell.
type Care struct {
	store    *repository.Store
	now      func() model.Instant
	channels Channels

	rung    chan struct{} // a step may be due
	pending chan struct{} // a delivery may be due
}

// New returns the care for the homes of a store.
func New(store *repository.Store, now func() model.Instant, channels Channels) *Care {
	return &Care{store: store, now: now, channels: channels, rung: make(chan struct{}, 1), pending: make(chan struct{}, senders)}
}

const (
	// pulse is how often steps and deliveries that are due are looked for, if nothing is known of.
	pulse = 500 * time.Millisecond
	// lookEvery is how often it is looked for silent devices, low batteries and missed check-ins.
	lookEvery = 20 * time.Second
	// senders is how many rounds of deliveries go on side by side, so that one slow answer keeps few waiting.
	senders = 4
)

// Run does what is due until the context ends. Any number of processes may; failures are told, each once as long as it
// lasts, and tried again.
func (c *Care) Run(ctx context.Context, onError func(error)) {
	var all sync.WaitGroup
	loop := func(every time.Duration, nudged <-chan struct{}, step func(context.Context) (int, error)) {
		all.Go(func() {
			last := ""
			for ctx.Err() == nil {
				did, err := step(ctx)
				if err == nil {
					last = ""
				} else if text := err.Error(); text != last && ctx.Err() == nil {
					last = text
					onError(err)
				}
				if did > 0 && err == nil {
					continue // there may be more
				}
				select {
				case <-ctx.Done():
				case <-nudged:
				case <-time.After(every):
				}
			}
		})
	}
	loop(pulse, c.rung, c.Sweep)
	for range senders {
		loop(pulse, c.pending, c.Deliver)
	}
	loop(lookEvery, nil, c.LookAfter)
	all.Wait()
}

// nudge has deliveries looked for at once.
func (c *Care) nudge() {
	select {
	case c.pending <- struct{}{}:
	default:
	}
}

// ring has steps looked for at once.
func (c *Care) ring() {
	select {
	case c.rung <- struct{}{}:
	default:
	}
	c.nudge()
}

// Settings returns what the caller's community chose. The duty phone is for those who may change it.
func (c *Care) Settings(ctx context.Context, who model.Actor) (*model.BellSettings, error) {
	if _, err := who.Reach(model.OpReadBell); err != nil {
		return nil, err
	}
	s, err := c.store.Doorbells.Settings(ctx, who.Place.CommunityID)
	if err != nil {
		return nil, err
	}
	if who.May(model.OpSetBell, model.Place{CommunityID: who.Place.CommunityID}) != nil {
		s.DutyPhone = ""
	}
	s.CheckIn = model.FormatClock(s.CheckInBy)
	return s, nil
}

// Set changes what the caller's community chose. It fails with ErrForbidden, ErrCascadeSteps, ErrInvalid, and ErrStale.
func (c *Care) Set(ctx context.Context, who model.Actor, s *model.BellSettings) (*model.BellSettings, error) {
	if err := who.May(model.OpSetBell, model.Place{CommunityID: who.Place.CommunityID}); err != nil {
		return nil, err
	}
	var err error
	if s.CheckInBy, err = model.ParseClock(s.CheckIn); err != nil {
		return nil, err
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	s.CommunityID, s.Version, s.UpdatedBy, s.UpdatedAt = who.Place.CommunityID, s.Version+1, who.MemberID, c.now()
	return s, c.store.Tx(ctx, func(tx *repository.Store) error { return tx.Doorbells.SaveSettings(ctx, s) })
}

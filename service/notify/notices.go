package notify

import (
	"context"
	"fmt"
	"sync/atomic"

	"linbanglin/model"
	"linbanglin/repository"
)

// Notices shows members their inbox, and warns them of points that end soon.
type Notices struct {
	store  *repository.Store
	now    func() model.Instant
	warned atomic.Int32 // the day on which this process looked for what ends soon
}

// New returns the inboxes of a store.
func New(store *repository.Store, now func() model.Instant) *Notices {
	return &Notices{store: store, now: now}
}

// Tell puts notices into inboxes within the caller's transaction. A member who has one with the key has it
// already, and gets no other.
func Tell(ctx context.Context, tx *repository.Store, notices ...*model.Notice) error {
	if len(notices) == 0 {
		return nil
	}
	for _, n := range notices {
		n.ID = tx.NewID()
	}
	return tx.Notices.Add(ctx, notices)
}

// Inbox is one page of notices, newest first, and how many there are in all that were not read.
type Inbox struct {
	Items      []*model.Notice `json:"items"`
	NextCursor string          `json:"next_cursor"`
	Unread     int64           `json:"unread"`
}

// Inbox returns the caller's notices, or with unread only those that were not read. It fails with ErrCursor.
func (s *Notices) Inbox(ctx context.Context, who model.Actor, unread bool, page model.Page) (*Inbox, error) {
	name := fmt.Sprintf("notices:%d:%t", who.MemberID, unread)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.Notices.List(ctx, who.MemberID, unread, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Notice) int64 { return int64(last.ID) })
	box := &Inbox{Items: list.Items, NextCursor: list.NextCursor}
	box.Unread, err = s.store.Notices.CountUnread(ctx, who.MemberID)
	return box, err
}

// Read marks a notice of the caller's as read; once is as good as twice. It fails with ErrNotFound.
func (s *Notices) Read(ctx context.Context, who model.Actor, id model.ID) (*model.Notice, error) {
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Notice, error) {
		if err := tx.Notices.Read(ctx, who.MemberID, id, s.now()); err != nil {
			return nil, err
		}
		return tx.Notices.Get(ctx, who.MemberID, id)
	})
}

// Reading is how many notices were marked as read.
type Reading struct {
	Read int64 `json:"read"`
}

// ReadAll marks all notices of the caller's as read.
func (s *Notices) ReadAll(ctx context.Context, who model.Actor) (*Reading, error) {
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*Reading, error) {
		n, err := tx.Notices.ReadAll(ctx, who.MemberID, s.now())
		return &Reading{n}, err
	})
}

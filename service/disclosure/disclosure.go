package disclosure

import (
	"context"
	"math"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

// Disclosure verifies, publishes and books declared work, and hears appeals.
type Disclosure struct {
	store  *repository.Store
	ledger *ledger.Ledger
	now    func() model.Instant
}

// New returns the disclosure of a store.
func New(store *repository.Store, ledger *ledger.Ledger, now func() model.Instant) *Disclosure {
	return &Disclosure{store, ledger, now}
}

// listing is a list of rows with ids, newest first.
type listing[T any] struct {
	name string // with its filters, so that a cursor fits no other
	read func(before model.ID, limit int) ([]*T, error)
	id   func(*T) model.ID
	show func([]*T) error // completes rows for the reader
}

// page returns one page of the list. It fails with ErrCursor.
func (l listing[T]) page(page model.Page) (*model.List[*T], error) {
	key, err := model.DecodeCursor(l.name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	before := model.ID(math.MaxInt64)
	if key != nil {
		before = model.ID(key[0])
	}
	rows, err := l.read(before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(l.name, page, rows, func(last *T) int64 { return int64(l.id(last)) })
	return list, l.show(list.Items)
}

// refs returns how members are shown, by id.
func refs[T any](ctx context.Context, s *repository.Store, rows []*T, people func(*T) []model.ID) (map[model.ID]model.MemberRef, error) {
	var ids []model.ID
	for _, r := range rows {
		ids = append(ids, people(r)...)
	}
	return s.Members.Refs(ctx, ids)
}

// refOf returns how a member is shown, nil for none.
func refOf(refs map[model.ID]model.MemberRef, id model.ID) *model.MemberRef {
	if id == 0 {
		return nil
	}
	ref := refs[id]
	return &ref
}

package privacy

import (
	"linbanglin/model"
	"linbanglin/repository"
)

// Privacy keeps the rights of people.
type Privacy struct {
	store *repository.Store
	now   func() model.Instant

	blobs *repository.Blobs // of copies; nil until they are kept somewhere
	key   model.LinkKey
}

// New returns the rights of people in a store.
func New(store *repository.Store, now func() model.Instant) *Privacy {
	return &Privacy{store: store, now: now}
}

// KeepExports says where copies of people's data are kept, and how links to them are signed. It is for before the first
// call.
func (p *Privacy) KeepExports(blobs *repository.Blobs, key model.LinkKey) {
	p.blobs, p.key = blobs, key
}

package photos

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/content"
	"linbanglin/service/photos/picture"
)

// Album keeps photos, whatever they are of.
type Album struct {
	store  *repository.Store
	blobs  *repository.Blobs
	key    model.LinkKey
	now    func() model.Instant
	turn   chan struct{} // to decode: a picture takes much memory
	checks *content.Checks
}

// New returns the album of a store, whose files are kept in blobs and whose links are signed with a key.
func New(store *repository.Store, blobs *repository.Blobs, key model.LinkKey, now func() model.Instant) *Album {
	return &Album{store: store, blobs: blobs, key: key, now: now, turn: make(chan struct{}, 1)}
}

// CheckWith has photos looked at before others see them. It is for before the first call.
func (a *Album) CheckWith(checks *content.Checks) { a.checks = checks }

// TakeIn makes an upload a photo, of which is said whose it is and what it is of, has keep add its row in a transaction,
// and shows it to the caller. It fails as picture.Clean, room and keep do, and with ErrUnavailable.
func (a *Album) TakeIn(ctx context.Context, who model.Actor, photo *model.Photo, upload []byte, room func() error,
	keep func(tx *repository.Store) (*model.Photo, error),
) (kept *model.Photo, err error) {
	if err := a.take(ctx, photo, upload, room); err != nil {
		return nil, err
	}
	err = a.store.Tx(ctx, func(tx *repository.Store) error {
		kept, err = keep(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return kept, a.Show(ctx, a.store, who, kept)
}

// take completes the photo that an upload is and writes its file, which is there before its row. What is new needs room; an
// upload that is there already is told by its sum, and is not decoded again.
func (a *Album) take(ctx context.Context, photo *model.Photo, upload []byte, room func() error) error {
	source := sha256.Sum256(upload)
	photo.Source = source[:]
	photo.CreatedAt = a.now()
	_, err := a.store.Photos.Same(ctx, photo)
	if !errors.Is(err, model.ErrNotFound) {
		return err
	}
	if err := room(); err != nil { // before a picture takes time and memory
		return err
	}
	clean, err := a.clean(ctx, upload)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(clean.JPEG)
	photo.ID, photo.Sum, photo.Size, photo.Width, photo.Height = a.store.NewID(), sum[:], int64(len(clean.JPEG)), clean.Width, clean.Height
	photo.Status, photo.UpdatedAt = model.PhotoKept, photo.CreatedAt
	return a.blobs.Put(ctx, photo.Key(), "image/jpeg", clean.JPEG)
}

// clean decodes and encodes one upload at a time.
func (a *Album) clean(ctx context.Context, upload []byte) (*picture.Picture, error) {
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", model.ErrUnavailable, ctx.Err())
	}
	return picture.Clean(upload)
}

// Keep adds the row of a photo that was taken, if there is room, unless what it is of has it. One that was dropped comes
// back if it may. The caller, which TakeIn calls, has locked what it is of, so that uploads wait for each other.
func (a *Album) Keep(ctx context.Context, tx *repository.Store, photo *model.Photo, back func(had *model.Photo) error, room func() error) (*model.Photo, error) {
	had, err := tx.Photos.Same(ctx, photo)
	switch {
	case err == nil && had.Status != model.PhotoDropped:
		return had, nil // what was just written is nobody's, and swept
	case err == nil:
		if err := back(had); err != nil {
			return nil, err
		}
		had.Mark(model.PhotoKept, photo.CreatedAt)
		return had, tx.Photos.Update(ctx, had)
	case !errors.Is(err, model.ErrNotFound):
		return nil, err
	case photo.ID == 0: // it was there when this upload was taken, and was forgotten since
		return nil, model.ErrUnavailable
	}
	if err := room(); err != nil {
		return nil, err
	}
	if err := a.checks.Picture(ctx, tx, photo); err != nil {
		return nil, err
	}
	return photo, tx.Photos.Create(ctx, photo)
}

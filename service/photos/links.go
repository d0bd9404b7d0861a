package photos

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// Link puts a link on a photo. One that has not passed has a link for who showed it alone, and none once it was refused.
func (a *Album) Link(photo *model.Photo, who model.Actor) {
	if photo.Passed() || photo.MemberID == who.MemberID && photo.Checked != model.CheckRisky {
		a.key.Link(photo, a.now())
	}
}

// Show puts links and names on photos.
func (a *Album) Show(ctx context.Context, store *repository.Store, who model.Actor, rows ...*model.Photo) error {
	people := make([]model.ID, len(rows))
	for i, photo := range rows {
		people[i] = photo.MemberID
		a.Link(photo, who)
	}
	refs, err := store.Members.Refs(ctx, people)
	for _, photo := range rows {
		ref := refs[photo.MemberID]
		photo.Member = &ref
	}
	return err
}

// Open returns the picture that a link leads to, for anyone who has the link. It fails with ErrPhotoLink for one that was
// not signed here or is too old, and with ErrNotFound for a photo that was dropped or refused.
func (a *Album) Open(ctx context.Context, id model.ID, until int64, signature string) ([]byte, error) {
	if err := a.key.Check(id, until, signature, a.now()); err != nil {
		return nil, err
	}
	photo, err := a.store.Photos.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if photo.Status == model.PhotoDropped || photo.Checked == model.CheckRisky {
		return nil, model.ErrNotFound
	}
	return a.Read(ctx, photo)
}

// Read returns the picture of a photo. It fails with ErrNotFound and ErrUnavailable.
func (a *Album) Read(ctx context.Context, photo *model.Photo) ([]byte, error) {
	return a.blobs.Get(ctx, photo.Key())
}

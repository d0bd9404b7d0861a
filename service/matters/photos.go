package matters

import (
	"context"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/photos"
)

// Photos has the photos of matters.
type Photos struct {
	matters *Matters
	album   *photos.Album
}

// NewPhotos returns the photos of matters that an album keeps.
func NewPhotos(matters *Matters, album *photos.Album) *Photos { return &Photos{matters, album} }

var errMatterPhotos = model.ErrTooManyPhotos.Saying("照片太多了：每件事项反映情况和办理结果的照片各最多 9 张", "A matter has at most 9 photos of each kind.")

// Add takes a photo of what was reported, from who reported it or brought it in, or of the result, from who works on it,
// until the matter has ended. The same upload again is the same photo. It fails with ErrNotFound for who has nothing to do
// with the matter, as model.Matter.MayShow does, with ErrTooManyPhotos, and for what is no photo as picture.Clean does.
func (p *Photos) Add(ctx context.Context, who model.Actor, id model.ID, kind model.PhotoKind, upload []byte) (*model.Photo, error) {
	s := p.matters
	m, parts, err := s.readable(ctx, who, id)
	if err == nil {
		err = m.MayShow(parts, kind)
	}
	if err != nil {
		return nil, err
	}
	photo := &model.Photo{CommunityID: m.CommunityID, MatterID: m.ID, Kind: kind, MemberID: who.MemberID}
	return p.album.TakeIn(ctx, who, photo, upload,
		func() error { return wantRoom(ctx, s.store, m, kind) },
		func(tx *repository.Store) (*model.Photo, error) { return p.keep(ctx, tx, who, photo) })
}

// keep adds the row of a photo to its matter, which may have ended since, or be somebody else's. One that was dropped is
// then of who brings it back.
func (p *Photos) keep(ctx context.Context, tx *repository.Store, who model.Actor, photo *model.Photo) (*model.Photo, error) {
	m, err := tx.Matters.Lock(ctx, photo.MatterID)
	if err != nil {
		return nil, err
	}
	parts, err := partsOf(ctx, tx, who, m)
	if err != nil {
		return nil, err
	}
	if err := m.MayShow(parts, photo.Kind); err != nil {
		return nil, err
	}
	room := func() error { return wantRoom(ctx, tx, m, photo.Kind) }
	return p.album.Keep(ctx, tx, photo, func(had *model.Photo) error {
		had.MemberID, had.Kind = photo.MemberID, photo.Kind
		return room()
	}, room)
}

// wantRoom fails with ErrTooManyPhotos when a matter has as many photos of a kind as may be.
func wantRoom(ctx context.Context, store *repository.Store, m *model.Matter, kind model.PhotoKind) error {
	n, err := store.Photos.CountOfMatter(ctx, m.ID, kind)
	if err == nil && n >= model.MaxMatterPhotos {
		err = errMatterPhotos
	}
	return err
}

// List lists the photos of a matter, oldest first, with links that work for ten minutes. It fails with ErrNotFound for who
// has nothing to do with the matter, and with ErrForbidden for reporters of what was merged into it.
func (p *Photos) List(ctx context.Context, who model.Actor, id model.ID) ([]*model.Photo, error) {
	s := p.matters
	_, parts, err := s.readable(ctx, who, id)
	if err != nil {
		return nil, err
	}
	if slices.Equal(parts, []model.Part{model.PartFollower}) {
		return nil, model.ErrForbidden
	}
	rows, err := s.store.Photos.OfMatter(ctx, id)
	if err != nil {
		return nil, err
	}
	return rows, p.album.Show(ctx, s.store, who, rows...)
}

// Drop takes a photo out by who added it, until the matter has ended; it is deleted a day later. It fails with ErrNotFound
// for who has nothing to do with the matter and for a photo that it has not, with ErrForbidden, and with ErrMatterState.
func (p *Photos) Drop(ctx context.Context, who model.Actor, id, photo model.ID) error {
	s := p.matters
	return s.store.Tx(ctx, func(tx *repository.Store) error {
		m, err := tx.Matters.Lock(ctx, id)
		if err != nil {
			return err
		}
		parts, err := partsOf(ctx, tx, who, m)
		if err == nil && len(parts) == 0 {
			err = model.ErrNotFound
		}
		if err != nil {
			return err
		}
		had, err := tx.Photos.Lock(ctx, photo)
		switch {
		case err != nil:
			return err
		case had.MatterID != id || had.Status == model.PhotoDropped:
			return model.ErrNotFound
		case had.MemberID != who.MemberID:
			return model.ErrForbidden
		case m.Status.Ended():
			return model.ErrMatterState
		}
		had.Mark(model.PhotoDropped, s.now())
		return tx.Photos.Update(ctx, had)
	})
}

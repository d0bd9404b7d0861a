package campaign

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/photos"
)

// Photos has the photos of campaigns.
type Photos struct {
	campaigns *Campaigns
	album     *photos.Album
}

// NewPhotos returns the photos of campaigns that an album keeps.
func NewPhotos(campaigns *Campaigns, album *photos.Album) *Photos { return &Photos{campaigns, album} }

// Add takes a photo from who manages the campaign, or has a check-in or a visit there, until it is settled. The same
// upload again is the same photo, and one that was dropped is kept again by who manages. It fails with ErrForbidden, ErrCampaignState,
// ErrTooManyPhotos, and for what is no photo as picture.Clean does.
func (p *Photos) Add(ctx context.Context, who model.Actor, id model.ID, upload []byte) (*model.Photo, error) {
	s := p.campaigns
	c, err := s.store.Campaigns.Get(ctx, id)
	if err == nil {
		err = p.mayAdd(ctx, who, c)
	}
	if err != nil {
		return nil, err
	}
	photo := &model.Photo{CommunityID: c.CommunityID, CampaignID: c.ID, MemberID: who.MemberID}
	return p.album.TakeIn(ctx, who, photo, upload,
		func() error { return wantRoom(ctx, s.store, c.ID, who.MemberID) },
		func(tx *repository.Store) (*model.Photo, error) { return p.keep(ctx, tx, who, photo) })
}

// wantRoom fails with ErrTooManyPhotos when a campaign or a member of it has as many photos as may be.
func wantRoom(ctx context.Context, store *repository.Store, campaign, of model.ID) error {
	for member, most := range map[model.ID]int64{0: model.MaxPhotos, of: model.MaxPhotosOfOne} {
		n, err := store.Photos.Count(ctx, campaign, member, "")
		if err == nil && n >= most {
			err = model.ErrTooManyPhotos
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// keep adds the row of a photo, unless the campaign has it. The campaign's lock has uploads of it wait for each other.
// One that was dropped comes back only by who may choose it.
func (p *Photos) keep(ctx context.Context, tx *repository.Store, who model.Actor, photo *model.Photo) (*model.Photo, error) {
	c, err := tx.Campaigns.Lock(ctx, photo.CampaignID)
	if err != nil {
		return nil, err
	}
	if c.SettledAt != 0 {
		return nil, model.ErrCampaignState
	}
	return p.album.Keep(ctx, tx, photo,
		func(*model.Photo) error { return p.campaigns.mayManage(ctx, tx, who, c) },
		func() error { return wantRoom(ctx, tx, photo.CampaignID, photo.MemberID) })
}

// mayAdd fails unless the caller may add photos to a campaign now.
func (p *Photos) mayAdd(ctx context.Context, who model.Actor, c *model.Campaign) error {
	if err := p.mayManageOrAttend(ctx, who, c); err != nil {
		return err
	}
	if c.PublishedYet() && c.SettledAt == 0 {
		return nil
	}
	return model.ErrCampaignState
}

// mayManageOrAttend fails unless the caller manages the campaign or takes part in it.
func (p *Photos) mayManageOrAttend(ctx context.Context, who model.Actor, c *model.Campaign) error {
	refused := p.campaigns.mayManage(ctx, p.campaigns.store, who, c)
	if !errors.Is(refused, model.ErrForbidden) {
		return refused
	}
	attends, err := p.campaigns.store.Campaigns.Attends(ctx, c.ID, who.MemberID)
	if err == nil && !attends {
		err = refused
	}
	return err
}

// List lists photos of a campaign with links that work for ten minutes: all to who manages it, to who takes part their own.
// It fails with ErrForbidden for anyone else, and with ErrCursor.
func (p *Photos) List(ctx context.Context, who model.Actor, id model.ID, page model.Page) (*model.List[*model.Photo], error) {
	s := p.campaigns
	c, err := s.store.Campaigns.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := p.mayManageOrAttend(ctx, who, c); err != nil {
		return nil, err
	}
	own := model.ID(0)
	if s.mayManage(ctx, s.store, who, c) != nil {
		own = who.MemberID
	}
	name := fmt.Sprintf("photos:%d:%d", id, own)
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.Photos.List(ctx, id, own, firstID(after), page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Photo) int64 { return int64(last.ID) })
	return list, p.album.Show(ctx, s.store, who, list.Items...)
}

// Choose takes a photo into the report of its campaign, by who manages it; one that was dropped as long as it is there. It
// fails with ErrNotFound, ErrForbidden, ErrPhotoUnchecked, and with ErrTooManyPhotos for a seventh.
func (p *Photos) Choose(ctx context.Context, who model.Actor, id model.ID) (*model.Photo, error) {
	return p.mark(ctx, who, id, model.PhotoChosen)
}

// Drop takes a photo out; it is deleted a day later. It fails as Choose does.
func (p *Photos) Drop(ctx context.Context, who model.Actor, id model.ID) (*model.Photo, error) {
	return p.mark(ctx, who, id, model.PhotoDropped)
}

func (p *Photos) mark(ctx context.Context, who model.Actor, id model.ID, as model.PhotoStatus) (*model.Photo, error) {
	s := p.campaigns
	photo, err := repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Photo, error) {
		photo, err := tx.Photos.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		c, err := tx.Campaigns.Lock(ctx, photo.CampaignID) // so that no two choose the last at once
		if err != nil {
			return nil, err
		}
		if err := s.mayManage(ctx, tx, who, c); err != nil {
			return nil, err
		}
		if photo, err = tx.Photos.Lock(ctx, id); err != nil {
			return nil, err
		}
		if photo.Status == as {
			return photo, p.album.Show(ctx, tx, who, photo)
		}
		chosen, err := tx.Photos.Count(ctx, c.ID, 0, model.PhotoChosen)
		if err != nil {
			return nil, err
		}
		if as == model.PhotoChosen && !photo.Passed() {
			return nil, model.ErrPhotoUnchecked
		}
		if as == model.PhotoChosen && chosen >= model.MaxChosenPhotos {
			return nil, model.ErrTooManyPhotos
		}
		photo.Mark(as, s.now())
		if err := tx.Photos.Update(ctx, photo); err != nil {
			return nil, err
		}
		return photo, p.album.Show(ctx, tx, who, photo)
	})
	if err != nil {
		return nil, err
	}
	p.album.Link(photo, who) // an answer that is given again has an old link
	return photo, nil
}

// Pictures returns the pictures that were chosen for the report of a campaign, for who manages it. It fails with
// ErrForbidden.
func (p *Photos) Pictures(ctx context.Context, who model.Actor, campaign model.ID) ([][]byte, error) {
	c, err := p.campaigns.store.Campaigns.Get(ctx, campaign)
	if err != nil {
		return nil, err
	}
	if err := p.campaigns.mayManage(ctx, p.campaigns.store, who, c); err != nil {
		return nil, err
	}
	chosen, err := p.campaigns.store.Photos.Chosen(ctx, campaign)
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for _, photo := range chosen {
		content, err := p.album.Read(ctx, photo)
		if err != nil {
			return nil, err
		}
		all = append(all, content)
	}
	return all, nil
}

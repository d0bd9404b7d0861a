package campaign

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/campaign/picture"
	"linbanglin/service/content"
)

// Photos keeps the photos of campaigns.
type Photos struct {
	campaigns *Campaigns
	blobs     *repository.Blobs
	key       model.LinkKey
	turn      chan struct{} // to decode: a picture takes much memory
	checks    *content.Checks
}

// NewPhotos returns the photos of campaigns, whose files are kept in blobs and whose links are signed with a key.
func NewPhotos(campaigns *Campaigns, blobs *repository.Blobs, key model.LinkKey) *Photos {
	return &Photos{campaigns: campaigns, blobs: blobs, key: key, turn: make(chan struct{}, 1)}
}

// CheckWith has photos looked at before others see them. It is for before the first call.
func (p *Photos) CheckWith(checks *content.Checks) { p.checks = checks }

// Add takes a photo from who manages the campaign, or has a check-in or a visit there, until it is settled. The same
// upload again is the same photo, and one that was dropped is kept again by who manages. It fails with ErrForbidden, ErrCampaignState,
// ErrTooManyPhotos, and for what is no photo as picture.Clean does.
func (p *Photos) Add(ctx context.Context, who model.Actor, id model.ID, upload []byte) (*model.Photo, error) {
	s := p.campaigns
	c, err := s.store.Campaigns.Get(ctx, id)
	if err == nil {
		err = p.mayAdd(ctx, who, c)
	}
	if err == nil {
		err = wantRoom(ctx, s.store, c.ID, who.MemberID) // before a picture takes time and memory
	}
	if err != nil {
		return nil, err
	}
	photo, clean, err := p.clean(ctx, who, c, upload)
	if err != nil {
		return nil, err
	}
	if err := p.blobs.Put(ctx, photo.Key(), "image/jpeg", clean.JPEG); err != nil { // the file is there before its row
		return nil, err
	}
	var kept *model.Photo
	err = s.store.Tx(ctx, func(tx *repository.Store) (err error) {
		kept, err = p.keep(ctx, tx, who, photo)
		return err
	})
	if err != nil {
		return nil, err
	}
	return kept, p.view(ctx, s.store, who, []*model.Photo{kept})
}

// clean makes a photo of an upload, one at a time.
func (p *Photos) clean(ctx context.Context, who model.Actor, c *model.Campaign, upload []byte) (*model.Photo, *picture.Picture, error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, nil, fmt.Errorf("%w: %w", model.ErrUnavailable, ctx.Err())
	}
	clean, err := picture.Clean(upload)
	if err != nil {
		return nil, nil, err
	}
	source, sum, now := sha256.Sum256(upload), sha256.Sum256(clean.JPEG), p.campaigns.now()
	return &model.Photo{
		ID: p.campaigns.store.NewID(), CommunityID: c.CommunityID, CampaignID: c.ID, MemberID: who.MemberID, Source: source[:], Sum: sum[:],
		Size: int64(len(clean.JPEG)), Width: clean.Width, Height: clean.Height, Status: model.PhotoKept, CreatedAt: now, UpdatedAt: now,
	}, clean, nil
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
	had, err := tx.Photos.Same(ctx, photo.CampaignID, photo.Source)
	if err == nil {
		if had.Status != model.PhotoDropped {
			return had, nil // what was just written is nobody's, and swept
		}
		if err := p.campaigns.mayManage(ctx, tx, who, c); err != nil {
			return nil, err
		}
		had.Mark(model.PhotoKept, photo.CreatedAt)
		return had, tx.Photos.Update(ctx, had)
	}
	if !errors.Is(err, model.ErrNotFound) {
		return nil, err
	}
	if err := wantRoom(ctx, tx, photo.CampaignID, photo.MemberID); err != nil {
		return nil, err
	}
	if err := p.checks.Picture(ctx, tx, photo); err != nil {
		return nil, err
	}
	return photo, tx.Photos.Create(ctx, photo)
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
	return list, p.view(ctx, s.store, who, list.Items)
}

// link puts a link on a photo. One that has not passed has a link for who showed it alone, and none once it was refused.
func (p *Photos) link(photo *model.Photo, who model.Actor) {
	if photo.Passed() || photo.MemberID == who.MemberID && photo.Checked != model.CheckRisky {
		p.key.Link(photo, p.campaigns.now())
	}
}

// view puts links and names on photos.
func (p *Photos) view(ctx context.Context, store *repository.Store, who model.Actor, rows []*model.Photo) error {
	people := make([]model.ID, len(rows))
	for i, photo := range rows {
		people[i] = photo.MemberID
		p.link(photo, who)
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
func (p *Photos) Open(ctx context.Context, id model.ID, until int64, signature string) ([]byte, error) {
	if err := p.key.Check(id, until, signature, p.campaigns.now()); err != nil {
		return nil, err
	}
	photo, err := p.campaigns.store.Photos.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if photo.Status == model.PhotoDropped || photo.Checked == model.CheckRisky {
		return nil, model.ErrNotFound
	}
	return p.blobs.Get(ctx, photo.Key())
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
			return photo, p.view(ctx, tx, who, []*model.Photo{photo})
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
		return photo, p.view(ctx, tx, who, []*model.Photo{photo})
	})
	if err != nil {
		return nil, err
	}
	p.link(photo, who) // an answer that is given again has an old link
	return photo, nil
}

const (
	// orphanAge is how old a file must be to be nobody's: that of a photo is there some time before its row.
	orphanAge   = time.Hour
	orphanBatch = 200
)

// Sweep deletes the rows of photos that were dropped a day ago, and then the files that no row knows. Any number of
// processes may run it, at any time. It returns how many files it deleted.
func (p *Photos) Sweep(ctx context.Context) (deleted int, err error) {
	if _, err := p.campaigns.store.Photos.Forget(ctx, p.campaigns.now().Add(-model.PhotoGrace)); err != nil {
		return 0, err
	}
	var ids []model.ID
	keys := map[model.ID]string{}
	purge := func() error {
		known, err := p.campaigns.store.Photos.Known(ctx, ids)
		for _, id := range ids {
			if err == nil && !known[id] {
				if err = p.blobs.Delete(ctx, keys[id]); err == nil {
					deleted++
				}
			}
		}
		ids = nil
		clear(keys)
		return err
	}
	err = p.blobs.Before(ctx, p.campaigns.now().Time().Add(-orphanAge), func(key string) error {
		photo, unknown := model.PhotoOfKey(key)
		if unknown != nil {
			return nil //nolint:nilerr // a file of somebody else's in the same place
		}
		ids, keys[photo.ID] = append(ids, photo.ID), key
		if len(ids) < orphanBatch {
			return nil
		}
		return purge()
	})
	return deleted, errors.Join(err, purge())
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
		content, err := p.blobs.Get(ctx, photo.Key())
		if err != nil {
			return nil, err
		}
		all = append(all, content)
	}
	return all, nil
}

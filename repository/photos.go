package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Photos holds what is known of photos; the files are in Blobs.
type Photos struct{ conn }

// Create adds a photo. It fails with ErrDuplicate when its campaign or matter has the same upload.
func (p Photos) Create(ctx context.Context, photo *model.Photo) error {
	return p.to(ctx).Create(photo).Error
}

// Get returns one photo. It fails with ErrNotFound.
func (p Photos) Get(ctx context.Context, id model.ID) (*model.Photo, error) {
	photo := new(model.Photo)
	err := p.from(ctx).Where("id = ?", id).Take(photo).Error
	return photo, err
}

// Lock returns one photo and locks it until the transaction ends. It fails with ErrNotFound.
func (p Photos) Lock(ctx context.Context, id model.ID) (*model.Photo, error) {
	photo := new(model.Photo)
	err := p.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(photo).Error
	return photo, err
}

// Same returns the photo of the same upload that the campaign or the matter of a photo has, and locks it. It fails with
// ErrNotFound.
func (p Photos) Same(ctx context.Context, photo *model.Photo) (*model.Photo, error) {
	had := new(model.Photo)
	err := p.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).
		Where("campaign_id = ? AND matter_id = ? AND source_sha256 = ?", photo.CampaignID, photo.MatterID, photo.Source).Take(had).Error
	return had, err
}

// Update writes what becomes of a locked photo, and whose it is.
func (p Photos) Update(ctx context.Context, photo *model.Photo) error {
	return p.to(ctx).Model(photo).Select("status", "updated_at", "member_id", "kind").Updates(photo).Error
}

// Count returns how many photos a campaign has of a state, "" for any, and of a member, 0 for any.
func (p Photos) Count(ctx context.Context, campaign, member model.ID, status model.PhotoStatus) (int64, error) {
	db := p.from(ctx).Model(&model.Photo{}).Where("campaign_id = ?", campaign)
	if member != 0 {
		db = db.Where("member_id = ?", member)
	}
	if status != "" {
		db = db.Where("status = ?", status)
	}
	var n int64
	err := db.Count(&n).Error
	return n, err
}

// List returns photos of a campaign after one, only those of a member if one is named; dropped ones are not among them.
func (p Photos) List(ctx context.Context, campaign, member, after model.ID, limit int) ([]*model.Photo, error) {
	db := p.from(ctx).Where("campaign_id = ? AND id > ? AND status <> ?", campaign, after, model.PhotoDropped)
	if member != 0 {
		db = db.Where("member_id = ?", member)
	}
	var rows []*model.Photo
	err := db.Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// OfMatter returns the photos of a matter, oldest first, that were not dropped.
func (p Photos) OfMatter(ctx context.Context, matter model.ID) ([]*model.Photo, error) {
	var rows []*model.Photo
	err := p.from(ctx).Where("matter_id = ? AND status <> ?", matter, model.PhotoDropped).Order("id").Find(&rows).Error
	return rows, err
}

// CountOfMatter returns how many photos of a kind a matter has, without those that were dropped.
func (p Photos) CountOfMatter(ctx context.Context, matter model.ID, kind model.PhotoKind) (int64, error) {
	var n int64
	err := p.from(ctx).Model(&model.Photo{}).Where("matter_id = ? AND kind = ? AND status <> ?", matter, kind, model.PhotoDropped).Count(&n).Error
	return n, err
}

// Chosen returns the photos that were chosen for the report of a campaign.
func (p Photos) Chosen(ctx context.Context, campaign model.ID) ([]*model.Photo, error) {
	var rows []*model.Photo
	err := p.from(ctx).Where("campaign_id = ? AND status = ?", campaign, model.PhotoChosen).Order("id").Limit(model.MaxChosenPhotos).Find(&rows).Error
	return rows, err
}

// Forget deletes the rows of photos that were dropped before a time, and returns how many. Their files are then nobody's.
func (p Photos) Forget(ctx context.Context, before model.Instant) (int64, error) {
	deleted := p.to(ctx).Where("status = ? AND updated_at < ?", model.PhotoDropped, before).Delete(&model.Photo{})
	return deleted.RowsAffected, deleted.Error
}

// Known returns which of the ids are those of photos.
func (p Photos) Known(ctx context.Context, ids []model.ID) (map[model.ID]bool, error) {
	known := map[model.ID]bool{}
	var found []model.ID
	err := p.from(ctx).Model(&model.Photo{}).Where("id IN ?", ids).Pluck("id", &found).Error
	for _, id := range found {
		known[id] = true
	}
	return known, err
}

// Attends reports whether a member has a check-in at a campaign or makes visits of it.
func (c Campaigns) Attends(ctx context.Context, campaign, member model.ID) (bool, error) {
	var n int64
	err := c.from(ctx).Raw("SELECT (SELECT COUNT(*) FROM campaign_checkin WHERE campaign_id = ? AND member_id = ?) + "+
		"(SELECT COUNT(*) FROM visit WHERE volunteer_id = ? AND campaign_id = ?)", campaign, member, member, campaign).Scan(&n).Error
	return n > 0, err
}

package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// PioneerPosts holds who is honoured at which place.
type PioneerPosts struct{ conn }

// Create adds a post.
func (p PioneerPosts) Create(ctx context.Context, post *model.PioneerPost) error {
	return p.to(ctx).Create(post).Error
}

// Lock returns one post and locks it until the transaction ends. It fails with ErrNotFound.
func (p PioneerPosts) Lock(ctx context.Context, id model.ID) (*model.PioneerPost, error) {
	post := new(model.PioneerPost)
	err := p.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(post).Error
	return post, err
}

// Update writes the state of a locked post.
func (p PioneerPosts) Update(ctx context.Context, post *model.PioneerPost) error {
	return p.to(ctx).Model(post).Select("status", "decision", "decided_by", "decided_at", "version", "updated_at").Updates(post).Error
}

// PostQuery asks for posts of a community before an id.
type PostQuery struct {
	Community model.ID
	Reach     []model.Grant // nil: everywhere
	Holder    model.ID      // 0: anybody's
	States    []model.PostStatus
	Before    model.ID
	Limit     int
}

// List returns posts, newest first.
func (p PioneerPosts) List(ctx context.Context, q *PostQuery) ([]*model.PioneerPost, error) {
	db := p.from(ctx).Where("community_id = ? AND id < ? AND status IN ?", q.Community, newestBelow(q.Before), q.States)
	if q.Reach != nil {
		db = within(db, q.Community, q.Reach)
	}
	if q.Holder != 0 {
		db = db.Where("holder_id = ?", q.Holder)
	}
	var rows []*model.PioneerPost
	err := db.Order("id DESC").Limit(q.Limit).Find(&rows).Error
	return rows, err
}

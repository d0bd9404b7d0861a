package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Publications holds publications and their items. Items are only ever inserted.
type Publications struct{ conn }

// Create adds a publication with its items.
func (p Publications) Create(ctx context.Context, publication *model.Publication, items []*model.PublicationItem) error {
	if err := p.to(ctx).Create(publication).Error; err != nil {
		return err
	}
	return createAll(p.to(ctx), items)
}

// Get returns one publication. It fails with ErrNotFound.
func (p Publications) Get(ctx context.Context, id model.ID) (*model.Publication, error) {
	publication := new(model.Publication)
	err := p.from(ctx).Where("id = ?", id).Take(publication).Error
	return publication, err
}

// Lock returns one publication and locks it until the transaction ends; its appeals and its published
// declarations change only under that lock. It fails with ErrNotFound.
func (p Publications) Lock(ctx context.Context, id model.ID) (*model.Publication, error) {
	publication := new(model.Publication)
	err := p.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(publication).Error
	return publication, err
}

// Update writes the state of a locked publication.
func (p Publications) Update(ctx context.Context, publication *model.Publication) error {
	return p.to(ctx).Model(publication).Select("status", "reason", "version", "updated_at").Updates(publication).Error
}

// Item returns one item. It fails with ErrNotFound.
func (p Publications) Item(ctx context.Context, publication model.ID, number int) (*model.PublicationItem, error) {
	item := new(model.PublicationItem)
	err := p.from(ctx).Where("publication_id = ? AND item_no = ?", publication, number).Take(item).Error
	return item, err
}

// Items returns the items of a publication after a number that may be shown to a member.
func (p Publications) Items(ctx context.Context, publication, member model.ID, after int64, limit int) ([]*model.PublicationItem, error) {
	var rows []*model.PublicationItem
	err := p.from(ctx).Where("publication_id = ? AND item_no > ?", publication, after).Where("listed = 1 OR member_id = ?", member).
		Order("item_no").Limit(limit).Find(&rows).Error
	return rows, err
}

// AllItems returns every item of a publication in order.
func (p Publications) AllItems(ctx context.Context, publication model.ID) ([]*model.PublicationItem, error) {
	var rows []*model.PublicationItem
	err := p.from(ctx).Where("publication_id = ?", publication).Order("item_no").Find(&rows).Error
	return rows, err
}

// Scan returns publications in the order of their ids, after one.
func (p Publications) Scan(ctx context.Context, after model.ID, limit int) ([]*model.Publication, error) {
	var rows []*model.Publication
	err := p.from(ctx).Where("id > ?", after).Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// PublicationQuery asks for publications. Empty filters let everything pass.
type PublicationQuery struct {
	Community model.ID
	Sight     model.Sight
	Statuses  []model.PublicationStatus
	Kinds     []model.PublicationKind
	Before    model.ID
	Limit     int
}

// List returns publications in sight, newest first.
func (p Publications) List(ctx context.Context, q *PublicationQuery) ([]*model.Publication, error) {
	db := shown(p.from(ctx), q.Community, q.Sight, "scope_node_id").Where("id < ?", q.Before)
	if len(q.Statuses) > 0 {
		db = db.Where("status IN ?", q.Statuses)
	}
	if len(q.Kinds) > 0 {
		db = db.Where("kind IN ?", q.Kinds)
	}
	var rows []*model.Publication
	err := db.Order("id DESC").Limit(q.Limit).Find(&rows).Error
	return rows, err
}

// pendingAppeal is the condition that an appeal against a publication p may still change.
const pendingAppeal = "a.publication_id = p.id AND " + pending

// Due returns, in the order of their ids and after one, publications whose time is over and that can be
// moved on: they have a declaration that no pending appeal keeps from being booked, or no pending appeal.
func (p Publications) Due(ctx context.Context, now model.Instant, after model.ID, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := p.from(ctx).Raw("SELECT p.id FROM publication p WHERE p.status = 'publishing' AND p.ends_at <= ? AND p.id > ? AND ("+
		"NOT EXISTS (SELECT 1 FROM appeal a WHERE "+pendingAppeal+") OR "+
		"EXISTS (SELECT 1 FROM declaration d WHERE d.publication_id = p.id AND d.status = 'published' AND "+
		"NOT EXISTS (SELECT 1 FROM appeal a WHERE a.declaration_id = d.id AND "+pendingAppeal+"))) ORDER BY p.id LIMIT ?",
		now, after, now, now, limit).Scan(&ids).Error
	return ids, err
}

// Earned is what a member earned of one measure and class.
type Earned struct {
	MemberID model.ID
	Measure  model.Measure
	Class    model.Class
	Amount   int64
}

// EarnedIn returns what the members of a scope earned on the days of a period, reversals taken off, by
// member. Points count as boards count them: what is spent is not taken off.
func (p Points) EarnedIn(ctx context.Context, community model.ID, scope model.Grant, from, to model.Day) ([]*Earned, error) {
	members := within(p.from(ctx).Model(&model.Member{}).Select("id"), community, []model.Grant{scope})
	var rows []*Earned
	err := p.from(ctx).Table("point_transfer").
		Select("member_id, measure, class, SUM(CASE WHEN measure = ? THEN score WHEN kind = ? THEN -amount ELSE amount END) AS amount",
			model.Points, model.KindReverse).
		Where("community_id = ? AND biz_day BETWEEN ? AND ? AND member_id IN (?)", community, from, to, members).
		Where("kind IN ? AND class IN ?", []model.TransferKind{model.KindPost, model.KindReverse}, []model.Class{model.Verified, model.Declared}).
		Group("member_id, measure, class").Order("member_id").Scan(&rows).Error
	return rows, err
}

package repository

import (
	"context"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// AuthEvents holds what happened to accounts, in chains that only grow.
type AuthEvents struct{ conn }

// Append gives events their places and keeps them, at the end of the transaction of what they tell of: the heads of their
// chains are locked until then.
func (a AuthEvents) Append(ctx context.Context, events ...*model.AuthEvent) error {
	slices.SortStableFunc(events, func(x, y *model.AuthEvent) int {
		return int(model.ChainOf(x.MemberID)) - int(model.ChainOf(y.MemberID))
	})
	for _, e := range events {
		head := new(model.AuthHead)
		chain := model.ChainOf(e.MemberID)
		if err := a.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("chain = ?", chain).Take(head).Error; err != nil {
			return err
		}
		next := e.Follow(head)
		if err := a.to(ctx).Create(e).Error; err != nil {
			return err
		}
		if err := a.to(ctx).Exec("UPDATE auth_chain SET seq = ?, hash = ? WHERE chain = ?", next.Seq, []byte(next.Hash), chain).Error; err != nil {
			return err
		}
	}
	return nil
}

// AuthQuery asks for events of a community. Empty filters let everything pass.
type AuthQuery struct {
	Community model.ID
	Reach     []model.Grant // whose members
	Member    model.ID
	Actor     model.ID
	Kinds     []model.AuthKind
	From, To  model.Instant
	Before    model.ID // of the last one of the page before
	Limit     int
}

// List returns events, the newest first.
func (a AuthEvents) List(ctx context.Context, q AuthQuery) ([]*model.AuthEvent, error) {
	below := within(a.from(ctx).Session(&gorm.Session{NewDB: true}).Model(&model.Member{}).Select("id"), q.Community, q.Reach)
	db := a.from(ctx).Where("community_id = ?", q.Community).Where("member_id IN (?)", below)
	if q.Member != 0 {
		db = db.Where("member_id = ?", q.Member)
	}
	if q.Actor != 0 {
		db = db.Where("actor_id = ?", q.Actor)
	}
	if len(q.Kinds) > 0 {
		db = db.Where("kind IN ?", q.Kinds)
	}
	if q.From != 0 {
		db = db.Where("at >= ?", q.From)
	}
	if q.To != 0 {
		db = db.Where("at < ?", q.To)
	}
	var rows []*model.AuthEvent
	err := db.Where("id < ?", newestBelow(q.Before)).Order("id DESC").Limit(q.Limit).Find(&rows).Error
	return rows, err
}

// Heads returns the last event of each chain.
func (a AuthEvents) Heads(ctx context.Context) ([]*model.AuthHead, error) {
	var rows []*model.AuthHead
	err := a.from(ctx).Order("chain").Find(&rows).Error
	return rows, err
}

// After returns the events of a chain that follow a place, in order.
func (a AuthEvents) After(ctx context.Context, chain int16, seq int64, limit int) ([]*model.AuthEvent, error) {
	var rows []*model.AuthEvent
	err := a.from(ctx).Where("chain = ? AND seq > ?", chain, seq).Order("seq").Limit(limit).Find(&rows).Error
	return rows, err
}

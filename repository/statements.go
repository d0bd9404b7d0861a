package repository

import (
	"context"
	"errors"

	"linbanglin/model"
)

// EntryBefore returns the last entry of an account that was booked before a time, nil when there is none.
func (p Points) EntryBefore(ctx context.Context, account model.ID, at model.Instant) (*model.Entry, error) {
	e := new(model.Entry)
	err := p.from(ctx).Where("account_id = ? AND created_at < ?", account, at).Order("seq DESC").Limit(1).Take(e).Error
	if errors.Is(err, model.ErrNotFound) {
		return nil, nil
	}
	return e, err
}

// Entries returns the entries of an account from one place to another, both included, in order.
func (p Points) Entries(ctx context.Context, account model.ID, from, to int64) ([]*model.Entry, error) {
	var rows []*model.Entry
	err := p.from(ctx).Where("account_id = ? AND seq >= ? AND seq <= ?", account, from, to).Order("seq").Find(&rows).Error
	return rows, err
}

// Line is an entry with its transfer: a line of a statement.
type Line struct {
	Entry    model.Entry    `gorm:"embedded;embeddedPrefix:e_"`
	Transfer model.Transfer `gorm:"embedded;embeddedPrefix:t_"`
}

// Lines returns entries of an account after one place and before another, newest first.
func (p Points) Lines(ctx context.Context, account model.ID, after, before int64, limit int) ([]*Line, error) {
	var rows []*Line
	err := p.from(ctx).Raw("SELECT e.account_id AS e_account_id, e.seq AS e_seq, e.transfer_id AS e_transfer_id, e.posted_delta AS e_posted_delta, "+
		"e.posted_after AS e_posted_after, e.held_after AS e_held_after, e.created_at AS e_created_at, e.hash AS e_hash, t.id AS t_id, t.measure AS t_measure, "+
		"t.kind AS t_kind, t.code AS t_code, t.class AS t_class, t.ref_type AS t_ref_type, t.ref_id AS t_ref_id, t.campaign_id AS t_campaign_id, t.memo AS t_memo "+
		"FROM point_entry e JOIN point_transfer t ON t.id = e.transfer_id "+
		"WHERE e.account_id = ? AND e.seq > ? AND e.seq < ? ORDER BY e.seq DESC LIMIT ?",
		account, after, before, limit).Scan(&rows).Error
	return rows, err
}

// Served is how much an account earned by one kind of service.
type Served struct {
	Source  model.RefType
	Class   model.Class
	Times   int64
	Minutes int64
}

// Served adds up an account by what its lines were for and how that was proven, for service done in days from
// one to another, both included. A reversal takes off from what it reverses.
func (p Points) Served(ctx context.Context, account model.ID, from, to model.Day) ([]*Served, error) {
	var rows []*Served
	err := p.from(ctx).Raw("SELECT COALESCE(o.ref_type, t.ref_type) AS source, t.class AS class, "+
		"SUM(CASE WHEN t.reverses_id IS NULL THEN 1 ELSE -1 END) AS times, SUM(e.posted_delta) AS minutes "+
		"FROM point_entry e JOIN point_transfer t ON t.id = e.transfer_id LEFT JOIN point_transfer o ON o.id = t.reverses_id "+
		"WHERE e.account_id = ? AND e.biz_day >= ? AND e.biz_day <= ? GROUP BY COALESCE(o.ref_type, t.ref_type), t.class "+
		"ORDER BY source, class", account, from, to).Scan(&rows).Error
	return rows, err
}

package repository

import (
	"context"
	"errors"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// WeChat holds what processes share of a mini-program: its access token, which pushes were taken in, and what users took
// back. It implements wechat.Tokens.
type WeChat struct{ conn }

// Read returns the access token of a mini-program, one at version 0 when there is none.
func (w WeChat) Read(ctx context.Context, app string) (*model.WeChatToken, error) {
	token := new(model.WeChatToken)
	err := w.to(ctx).Where("app_id = ?", app).Take(token).Error // what is read must be the newest
	if errors.Is(err, model.ErrNotFound) {
		return &model.WeChatToken{AppID: app}, nil
	}
	return token, err
}

// Lease lets one caller renew a token at a version, until a time, and reports whether this is the one.
func (w WeChat) Lease(ctx context.Context, app string, version int64, now, until model.Instant) (bool, error) {
	if version == 0 {
		err := w.to(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&model.WeChatToken{AppID: app, Sealed: []byte{}}).Error
		if err != nil {
			return false, err
		}
	}
	update := w.to(ctx).Exec("UPDATE wechat_token SET lease_until = ? WHERE app_id = ? AND version = ? AND lease_until <= ?", until, app, version, now)
	return update.RowsAffected == 1, update.Error
}

// Write writes a token over the version before, and ends the lease. Who comes too late writes nothing.
func (w WeChat) Write(ctx context.Context, token *model.WeChatToken) error {
	return w.to(ctx).Exec("UPDATE wechat_token SET sealed = ?, refresh_at = ?, ends_at = ?, forced_at = ?, lease_until = 0, version = version + 1 "+
		"WHERE app_id = ? AND version = ?", token.Sealed, token.RefreshAt, token.EndsAt, token.ForcedAt, token.AppID, token.Version).Error
}

// Release gives a lease back that came to nothing.
func (w WeChat) Release(ctx context.Context, app string, version int64) error {
	return w.to(ctx).Exec("UPDATE wechat_token SET lease_until = 0 WHERE app_id = ? AND version = ?", app, version).Error
}

// push is a row of wechat_push.
type push struct {
	Digest    []byte `gorm:"primaryKey"`
	CreatedAt model.Instant
}

// TableName implements gorm's Tabler.
func (push) TableName() string { return "wechat_push" }

// TakeIn notes a push by its digest. It fails with ErrDuplicate when it was taken in before.
func (w WeChat) TakeIn(ctx context.Context, digest []byte, now model.Instant) error {
	return w.to(ctx).Create(&push{digest, now}).Error
}

// ForgetPushes forgets the pushes that were taken in before a time.
func (w WeChat) ForgetPushes(ctx context.Context, before model.Instant) error {
	return w.to(ctx).Exec("DELETE FROM wechat_push WHERE created_at < ?", before).Error
}

// AddWithdrawal notes that a user took something back.
func (w WeChat) AddWithdrawal(ctx context.Context, row *model.Withdrawal) error {
	return w.to(ctx).Create(row).Error
}

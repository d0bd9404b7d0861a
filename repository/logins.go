package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Logins holds WeChat identities, refresh tokens and binding codes.
type Logins struct{ conn }

// Identity returns who a WeChat user is here. It fails with ErrNotFound.
func (l Logins) Identity(ctx context.Context, app, open string) (*model.Identity, error) {
	identity := new(model.Identity)
	err := l.from(ctx).Where("app_id = ? AND open_id = ?", app, open).Take(identity).Error
	return identity, err
}

// AddIdentity adds an identity. It fails with ErrDuplicate when the WeChat user is known.
func (l Logins) AddIdentity(ctx context.Context, identity *model.Identity) error {
	return l.to(ctx).Create(identity).Error
}

// Bound reports whether a WeChat user is tied to the member.
func (l Logins) Bound(ctx context.Context, member model.ID) (bool, error) {
	var n int64
	err := l.from(ctx).Model(&model.Identity{}).Where("member_id = ?", member).Count(&n).Error
	return n > 0, err
}

// MoveIdentities ties the WeChat users of one member to another.
func (l Logins) MoveIdentities(ctx context.Context, from, to model.ID) error {
	return l.to(ctx).Exec("UPDATE wechat_identity SET member_id = ? WHERE member_id = ?", to, from).Error
}

// AddToken adds a refresh token.
func (l Logins) AddToken(ctx context.Context, token *model.RefreshToken) error {
	return l.to(ctx).Create(token).Error
}

// LockToken returns the refresh token of a hash and locks it until the transaction ends. It fails with
// ErrNotFound.
func (l Logins) LockToken(ctx context.Context, hash []byte) (*model.RefreshToken, error) {
	token := new(model.RefreshToken)
	err := l.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("hash = ?", hash).Take(token).Error
	return token, err
}

// UseToken marks a locked refresh token as used.
func (l Logins) UseToken(ctx context.Context, token model.ID, now model.Instant) error {
	return l.to(ctx).Exec("UPDATE refresh_token SET used_at = ? WHERE id = ?", now, token).Error
}

// RevokeFamily ends all refresh tokens that came from one login.
func (l Logins) RevokeFamily(ctx context.Context, family model.ID, now model.Instant) error {
	return l.to(ctx).Exec("UPDATE refresh_token SET revoked_at = ? WHERE family_id = ? AND revoked_at = 0", now, family).Error
}

// RevokeMember ends all refresh tokens of a member.
func (l Logins) RevokeMember(ctx context.Context, member model.ID, now model.Instant) error {
	return l.to(ctx).Exec("UPDATE refresh_token SET revoked_at = ? WHERE member_id = ? AND revoked_at = 0", now, member).Error
}

// AddBindCode adds a binding code. It fails with ErrDuplicate when there is the same one.
func (l Logins) AddBindCode(ctx context.Context, code *model.BindCode) error {
	return l.to(ctx).Create(code).Error
}

// LockBindCode returns the binding code of a hash and locks it until the transaction ends. It fails with
// ErrNotFound.
func (l Logins) LockBindCode(ctx context.Context, hash []byte) (*model.BindCode, error) {
	code := new(model.BindCode)
	err := l.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("hash = ?", hash).Take(code).Error
	return code, err
}

// UseBindCode marks a locked binding code as used.
func (l Logins) UseBindCode(ctx context.Context, hash []byte, now model.Instant) error {
	return l.to(ctx).Exec("UPDATE bind_code SET used_at = ? WHERE hash = ?", now, hash).Error
}

// Sweep removes refresh tokens and binding codes that ended before a time.
func (l Logins) Sweep(ctx context.Context, before model.Instant) error {
	if err := l.to(ctx).Exec("DELETE FROM refresh_token WHERE expires_at < ?", before).Error; err != nil {
		return err
	}
	return l.to(ctx).Exec("DELETE FROM bind_code WHERE expires_at < ?", before).Error
}

package api

import (
	"context"
	"net/http"

	"linbanglin/middleware"
	"linbanglin/model"
	"linbanglin/service/account"
)

// Sessions registers the caller's logins, and keeping members out.
func Sessions(accounts *account.Accounts) Noun {
	return func(on *Operations) {
		get(on, "/me/sessions", "list-my-sessions", "auth", "我的登录设备",
			func(ctx context.Context, who model.Actor, _ *none) (*body[items[*model.LoginSession]], error) {
				rows, err := accounts.Sessions(ctx, who, middleware.TokenOf(ctx))
				return answer(items[*model.LoginSession]{append([]*model.LoginSession{}, rows...)}, err)
			}, own)
		del(on, "/me/sessions/{id}", "end-my-session", "auth", "让一台设备退出登录",
			func(ctx context.Context, who model.Actor, in *ByID) (*none, error) {
				return nil, accounts.EndSession(ctx, who, in.id())
			}, unasked)
		post(on, "/auth/logout-everywhere", "logout-everywhere", "auth", "所有设备退出登录",
			func(ctx context.Context, who model.Actor, _ *none) (*none, error) {
				return nil, accounts.LogoutEverywhere(ctx, who)
			}, answers(http.StatusNoContent), keyless, unasked, describes("包括本机。其他服务进程在几秒内拒绝这些设备的令牌。"))
		post(on, "/members/{id}/lock", "lock-member", "community", "锁定居民的账号",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					Reason string `json:"reason" minLength:"1" maxLength:"200"`
					Days   int    `json:"days,omitempty" minimum:"1" maximum:"366" default:"7" doc:"锁定几天"`
				}
			},
			) (*body[*account.Lock], error) {
				return answer(accounts.LockMember(ctx, who, in.id(), in.Body.Reason, in.Body.Days))
			}, unasked, describes("立即结束其所有登录；到期自动解除。不能锁定自己。"))
		post(on, "/members/{id}/unlock", "unlock-member", "community", "解锁居民的账号",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					Reason string `json:"reason" minLength:"1" maxLength:"200"`
				}
			},
			) (*body[*account.Lock], error) {
				return answer(accounts.UnlockMember(ctx, who, in.id(), in.Body.Reason))
			}, unasked)
	}
}

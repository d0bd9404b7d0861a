package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"linbanglin/middleware"
	"linbanglin/model"
	"linbanglin/service/account"
)

// Auth registers logging in, and the caller's own profile and binding.
func Auth(accounts *account.Accounts) Noun {
	return func(on *Operations) {
		post(on, "/auth/wechat/login", "login", "auth", "微信登录",
			func(ctx context.Context, _ model.Actor, in *struct {
				Body struct {
					Code   string `json:"code" minLength:"1" maxLength:"200" doc:"wx.login 得到的 code；演示模式可用 demo:resident-1 等"`
					Device string `json:"device,omitempty" maxLength:"60" doc:"设备名，例如手机型号，显示在自己的登录设备列表里"`
				}
			},
			) (*body[*account.Session], error) {
				return answer(accounts.Login(ctx, in.Body.Code, in.Body.Device))
			}, public)
		post(on, "/auth/refresh", "refresh", "auth", "换取新令牌",
			func(ctx context.Context, _ model.Actor, in *struct {
				Body struct {
					RefreshToken string `json:"refresh_token" minLength:"1" maxLength:"200"`
				}
			},
			) (*body[*account.Session], error) {
				return answer(accounts.Refresh(ctx, in.Body.RefreshToken))
			}, public)
		post(on, "/auth/logout", "logout", "auth", "退出登录",
			func(ctx context.Context, who model.Actor, _ *none) (*none, error) {
				return nil, accounts.Logout(ctx, who, middleware.TokenOf(ctx))
			}, answers(http.StatusNoContent), keyless, unasked)
		get(on, "/me", "get-me", "me", "我的资料",
			func(ctx context.Context, who model.Actor, _ *none) (*body[*account.Profile], error) {
				return answer(accounts.Me(ctx, who))
			}, own)
		put(on, "/me", "update-me", "me", "修改我的资料", updateMe(accounts))
		post(on, "/me/bind/phone", "bind-by-phone", "auth", "用微信手机号绑定住户",
			func(ctx context.Context, who model.Actor, in *struct {
				Body struct {
					Code string `json:"code" minLength:"1" maxLength:"200" doc:"getPhoneNumber 得到的 code"`
				}
			},
			) (*body[*account.Session], error) {
				return answer(accounts.BindByPhone(ctx, who, in.Body.Code))
			}, keyless, unasked)
		post(on, "/me/bind/code", "bind-by-code", "auth", "用网格员给的绑定码绑定住户",
			func(ctx context.Context, who model.Actor, in *struct {
				Body struct {
					Code string `json:"code" minLength:"1" maxLength:"20"`
				}
			},
			) (*body[*account.Session], error) {
				return answer(accounts.BindByCode(ctx, who, in.Body.Code))
			}, keyless, unasked)
		post(on, "/members/{id}/bind-codes", "issue-bind-code", "community", "为居民生成一次性绑定码",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*account.BindCode], error) {
				return answer(accounts.IssueBindCode(ctx, who, in.id()))
			}, answers(http.StatusCreated))
	}
}

// skill is something that a member can do, of a length that fits.
type skill string

// TransformSchema implements huma.SchemaTransformer.
func (skill) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	least, most := 1, model.MaxSkill
	s.MinLength, s.MaxLength = &least, &most
	return s
}

type updateMeInput struct {
	Body struct {
		Nickname  string  `json:"nickname,omitempty" maxLength:"20" doc:"昵称，1 到 20 个字；不填则不变"`
		Anonymous bool    `json:"anonymous" doc:"在排行榜上显示为匿名邻居"`
		Skills    []skill `json:"skills,omitempty" maxItems:"20" doc:"会做的事；不填则不变"`
		Version   int64   `json:"version" doc:"读到的版本；别处已修改则为 409 version.stale"`
	}
}

func updateMe(accounts *account.Accounts) handler[updateMeInput, body[*account.Profile]] {
	return func(ctx context.Context, who model.Actor, in *updateMeInput) (*body[*account.Profile], error) {
		change := account.ProfileInput{Nickname: in.Body.Nickname, Anonymous: in.Body.Anonymous, Version: in.Body.Version}
		if in.Body.Skills != nil {
			change.Skills = []string{}
		}
		for _, s := range in.Body.Skills {
			change.Skills = append(change.Skills, string(s))
		}
		return answer(accounts.UpdateMe(ctx, who, change))
	}
}

package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/campaign"
)

// ThemeBody is what a community edits of a theme.
type ThemeBody struct {
	Name      string   `json:"name" minLength:"1" maxLength:"30"`
	Content   string   `json:"content,omitempty" maxLength:"200"`
	Sort      int      `json:"sort,omitempty" minimum:"0" maximum:"1000"`
	Checklist []string `json:"checklist,omitempty" maxItems:"20" doc:"清单，每项 1 到 60 个字"`
	Active    *bool    `json:"active,omitempty" doc:"false 为停用；不填则不变"`
}

func (b ThemeBody) input() campaign.ThemeInput {
	return campaign.ThemeInput{Name: b.Name, Content: b.Content, Sort: b.Sort, Checklist: b.Checklist, Active: b.Active}
}

// ByCode names one theme.
type ByCode struct {
	Code string `path:"code" maxLength:"16" doc:"主题代码"`
}

// Themes registers the themes of 十助十送, and what a community chooses for its campaigns.
func Themes(s *campaign.Campaigns) Noun {
	return func(on *Operations) {
		get(on, "/themes", "list-themes", "campaigns", "十助十送主题",
			func(ctx context.Context, who model.Actor, in *struct {
				All bool `query:"all" doc:"包括停用的（组织者、社区管理员）"`
			},
			) (*body[items[*model.Theme]], error) {
				themes, err := s.Themes(ctx, who, in.All)
				return answer(items[*model.Theme]{themes}, err)
			})
		post(on, "/themes", "create-theme", "campaigns", "新增主题",
			func(ctx context.Context, who model.Actor, in *struct {
				Body struct {
					Code string `json:"code" pattern:"^[a-z][a-z0-9_]{0,15}$" doc:"小写字母、数字和下划线"`
					ThemeBody
				}
			},
			) (*created[*model.Theme], error) {
				t, err := s.AddTheme(ctx, who, in.Body.Code, in.Body.input())
				if err != nil {
					return nil, err
				}
				return &created[*model.Theme]{basePath + "/themes/" + t.Code, t}, nil
			}, answers(http.StatusCreated))
		put(on, "/themes/{code}", "update-theme", "campaigns", "修改主题（来源不可改）",
			func(ctx context.Context, who model.Actor, in *struct {
				ByCode
				Body ThemeBody
			},
			) (*body[*model.Theme], error) {
				return answer(s.EditTheme(ctx, who, in.Code, in.Body.input()))
			})
		del(on, "/themes/{code}", "delete-theme", "campaigns", "删除没有活动的主题",
			func(ctx context.Context, who model.Actor, in *ByCode) (*none, error) {
				return nil, s.DeleteTheme(ctx, who, in.Code)
			})
		get(on, "/campaign-settings", "get-campaign-settings", "campaigns", "活动设置",
			func(ctx context.Context, who model.Actor, _ *none) (*body[*model.CampaignSettings], error) {
				return answer(s.Settings(ctx, who))
			})
		put(on, "/campaign-settings", "update-campaign-settings", "campaigns", "修改活动设置",
			func(ctx context.Context, who model.Actor, in *struct {
				Body struct {
					Review  bool  `json:"review" doc:"活动须经第二人审核才能发布"`
					Version int64 `json:"version" minimum:"0" doc:"读到的版本，从未设置过为 0"`
				}
			},
			) (*body[*model.CampaignSettings], error) {
				return answer(s.SetSettings(ctx, who, in.Body.Review, in.Body.Version))
			})
	}
}

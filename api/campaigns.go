package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/campaign"
)

// Campaigns registers campaigns from the plan to the settlement, with what they are planned of.
func Campaigns(s *campaign.Campaigns) Noun {
	return func(on *Operations) {
		post(on, "/campaigns", "create-campaign", "campaigns", "策划活动",
			func(ctx context.Context, who model.Actor, in *struct{ Body CampaignInput }) (*created[*model.Campaign], error) {
				c, err := s.Create(ctx, who, in.Body.input())
				if err != nil {
					return nil, err
				}
				return &created[*model.Campaign]{basePath + "/campaigns/" + c.ID.String(), c}, nil
			}, answers(http.StatusCreated))
		get(on, "/campaigns", "list-campaigns", "campaigns", "列出活动",
			func(ctx context.Context, who model.Actor, in *struct {
				Paging
				Status string `query:"status" doc:"状态，可用逗号分隔多个：draft,review,published（含进行中）,running,closed,publication,settled,cancelled"`
			},
			) (*body[*model.List[*model.Campaign]], error) {
				states, err := several("status", in.Status, model.CampaignDraft, model.CampaignReview, model.CampaignPublished, model.CampaignRunning,
					model.CampaignClosing, model.CampaignPublication, model.CampaignDone, model.CampaignCancelled)
				if err != nil {
					return nil, err
				}
				return answer(s.List(ctx, who, states, in.page()))
			})
		get(on, "/campaigns/{id}", "get-campaign", "campaigns", "查看活动",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Campaign], error) {
				return answer(s.Campaign(ctx, who, in.id()))
			})
		put(on, "/campaigns/{id}", "update-campaign", "campaigns", "修改活动草稿",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					CampaignInput
					Version int64 `json:"version" doc:"读到的版本；别处已修改则为 409 version.stale"`
				}
			},
			) (*body[*model.Campaign], error) {
				edit := in.Body.input()
				edit.Version = in.Body.Version
				return answer(s.Edit(ctx, who, in.id(), edit))
			})
		for verb, x := range map[string]struct {
			summary string
			do      func(context.Context, model.Actor, model.ID) (*model.Campaign, error)
		}{
			"submit": {"提交活动审核", s.Submit}, "approve": {"审核通过活动（第二人）", s.Approve},
			"publish": {"发布活动", s.Publish}, "close": {"结束活动", s.Close}, "settle": {"结算活动", s.Settle},
		} {
			post(on, "/campaigns/{id}/"+verb, verb+"-campaign", "campaigns", x.summary,
				func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Campaign], error) {
					return answer(x.do(ctx, who, in.id()))
				})
		}
		planning(on, s)
		campaignSeries(on, s)
		attending(on, s)
	}
}

// attending registers sign-ups and check-ins.
func attending(on *Operations, s *campaign.Campaigns) {
	post(on, "/campaigns/{id}/signups", "sign-up", "campaigns", "报名（满员则候补）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body *struct {
				Session    int    `json:"session,omitempty" minimum:"0" maximum:"30" doc:"场次，不填为第 1 场"`
				Role       string `json:"role,omitempty" maxLength:"20" doc:"岗位"`
				AcceptRisk bool   `json:"accept_risk,omitempty" doc:"已阅读并同意风险告知"`
				Guardian   string `json:"guardian,omitempty" maxLength:"20" doc:"未成年人：同意报名的监护人与本人的关系，如“母亲”"`
			} `required:"false"`
		},
		) (*body[*model.Signup], error) {
			var signup campaign.SignupInput
			if b := in.Body; b != nil {
				signup = campaign.SignupInput{Session: b.Session, Role: b.Role, Acceptance: model.Acceptance{Risk: b.AcceptRisk, Guardian: b.Guardian}}
			}
			return answer(s.SignUp(ctx, who, in.id(), signup))
		}, answers(http.StatusCreated))
	del(on, "/campaigns/{id}/signups/me", "cancel-signup", "campaigns", "取消报名",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			OfSession
		},
		) (*none, error) {
			return nil, s.CancelSignup(ctx, who, in.id(), in.Session)
		})
	get(on, "/campaigns/{id}/signups", "list-signups", "campaigns", "报名名单（组织者）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			OfSession
			Paging
		},
		) (*body[*model.List[*model.Signup]], error) {
			return answer(s.Signups(ctx, who, in.id(), in.Session, in.page()))
		})
	get(on, "/campaigns/{id}/checkin-code", "get-checkin-code", "campaigns", "签到码（组织者，30 秒一换）",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*campaign.Code], error) {
			return answer(s.CheckinCode(ctx, who, in.id()))
		})
	for path, x := range map[string]struct {
		id, summary string
		do          func(context.Context, model.Actor, model.ID, campaign.Scan) (*model.Checkin, error)
	}{"checkins": {"check-in", "签到", s.CheckIn}, "checkouts": {"check-out", "签退", s.CheckOut}} {
		post(on, "/campaigns/{id}/"+path, x.id, "campaigns", x.summary,
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body ScanInput
			},
			) (*body[*model.Checkin], error) {
				return answer(x.do(ctx, who, in.id(), in.Body.scan()))
			})
	}
	get(on, "/campaigns/{id}/checkins", "list-checkins", "campaigns", "签到名单（组织者）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			OfSession
			Paging
		},
		) (*body[*model.List[*model.Checkin]], error) {
			return answer(s.Checkins(ctx, who, in.id(), in.Session, in.page()))
		})
}

// OfSession names a session of a campaign.
type OfSession struct {
	Session int `query:"session" minimum:"1" maximum:"30" default:"1" doc:"场次"`
}

// CampaignInput is what an organizer plans.
type CampaignInput struct {
	Theme       string              `json:"theme" maxLength:"16" doc:"主题，见 GET /themes"`
	Title       string              `json:"title" minLength:"1" maxLength:"50"`
	Description string              `json:"description,omitempty" maxLength:"2000"`
	StartsAt    model.Instant       `json:"starts_at"`
	EndsAt      model.Instant       `json:"ends_at"`
	Scope       model.ID            `json:"scope_unit_id" doc:"范围：社区、片区、网格、楼栋、单元或党支部的编号"`
	Budget      int64               `json:"budget" minimum:"0" maximum:"10000000" doc:"积分预算，发完为止"`
	Capacity    int                 `json:"capacity,omitempty" minimum:"0" maximum:"100000" doc:"名额，0 为不限"`
	Rules       model.CampaignRules `json:"rules"`
	Plan        model.CampaignPlan  `json:"plan,omitzero"`
}

func (in CampaignInput) input() campaign.Input {
	return campaign.Input{
		Theme: in.Theme, Title: in.Title, Description: in.Description, StartsAt: in.StartsAt, EndsAt: in.EndsAt,
		Scope: in.Scope, Budget: in.Budget, Capacity: in.Capacity, Rules: in.Rules, Plan: in.Plan,
	}
}

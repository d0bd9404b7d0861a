package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/campaign"
)

// planning registers the review of campaigns, their cancellation and copies, and items that are done.
func planning(on *Operations, s *campaign.Campaigns) {
	for verb, x := range map[string]struct {
		summary string
		do      func(context.Context, model.Actor, model.ID, string) (*model.Campaign, error)
	}{"send-back": {"退回活动修改", s.SendBack}, "cancel": {"取消活动（通知报名的人，剩余预算退回）", s.Cancel}} {
		var options []option
		if verb == "cancel" { // who calls off what is dangerous does not wait for a policy
			options = append(options, unasked)
		}
		post(on, "/campaigns/{id}/"+verb, verb+"-campaign", "campaigns", x.summary,
			func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.Campaign], error) {
				return answer(x.do(ctx, who, in.id(), in.Body.Reason))
			}, options...)
	}
	post(on, "/campaigns/{id}/budget", "set-campaign-budget", "campaigns", "调整已发布活动的积分预算（不低于已发出的；增加时通知因积分发完未能签到的人）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Budget int64  `json:"budget" minimum:"0" maximum:"10000000" doc:"调整后的积分预算总额"`
				Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"调整的原因，看得到活动的人都能看到"`
			}
		},
		) (*body[*model.Campaign], error) {
			return answer(s.SetBudget(ctx, who, in.id(), in.Body.Budget, in.Body.Reason))
		}, keyed)
	post(on, "/campaigns/{id}/copy", "copy-campaign", "campaigns", "复制活动为新草稿（不含人员）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				StartsAt model.Instant `json:"starts_at"`
			}
		},
		) (*created[*model.Campaign], error) {
			c, err := s.Copy(ctx, who, in.id(), in.Body.StartsAt)
			if err != nil {
				return nil, err
			}
			return &created[*model.Campaign]{basePath + "/campaigns/" + c.ID.String(), c}, nil
		}, answers(http.StatusCreated))
	post(on, "/campaigns/{id}/items", "do-campaign-item", "campaigns", "登记成员完成的服务项目（组织者）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Member model.ID `json:"member_id"`
				Item   string   `json:"item" maxLength:"16" doc:"活动规则里的项目代码"`
				Times  int      `json:"count" minimum:"1" maximum:"100"`
			}
		},
		) (*body[*model.ItemDone], error) {
			return answer(s.DoItem(ctx, who, in.id(), campaign.ItemInput{Member: in.Body.Member, Item: in.Body.Item, Times: in.Body.Times}))
		}, answers(http.StatusCreated), keyed)
	get(on, "/campaigns/{id}/items", "list-campaign-items", "campaigns", "已登记的服务项目（组织者）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Paging
		},
		) (*body[*model.List[*model.ItemDone]], error) {
			return answer(s.Items(ctx, who, in.id(), in.page()))
		})
}

package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/campaign"
)

// campaignSeries registers campaigns that come again.
func campaignSeries(on *Operations, s *campaign.Campaigns) {
	post(on, "/campaign-series", "create-campaign-series", "campaigns", "策划定期活动（提前 14 天生成）",
		func(ctx context.Context, who model.Actor, in *struct {
			Body struct {
				CampaignInput
				Rule        string `json:"rrule" minLength:"1" maxLength:"200" doc:"RFC 5545 重复规则，如 FREQ=WEEKLY;BYDAY=SA;COUNT=8"`
				AutoPublish bool   `json:"auto_publish,omitempty" doc:"不需要审核时，生成后直接发布"`
			}
		},
		) (*created[*model.CampaignSeries], error) {
			series, err := s.CreateSeries(ctx, who, campaign.SeriesInput{Input: in.Body.input(), Rule: in.Body.Rule, AutoPublish: in.Body.AutoPublish})
			if err != nil {
				return nil, err
			}
			return &created[*model.CampaignSeries]{basePath + "/campaign-series/" + series.ID.String(), series}, nil
		}, answers(http.StatusCreated))
	get(on, "/campaign-series", "list-campaign-series", "campaigns", "列出定期活动（组织者）",
		func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*model.CampaignSeries]], error) {
			return answer(s.SeriesList(ctx, who, in.page()))
		})
	get(on, "/campaign-series/{id}", "get-campaign-series", "campaigns", "查看定期活动和以后各次",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.CampaignSeries], error) {
			return answer(s.Series(ctx, who, in.id()))
		})
	post(on, "/campaign-series/{id}/skip", "skip-campaign-series", "campaigns", "跳过定期活动的一次（已生成的请取消那个活动）",
		func(ctx context.Context, who model.Actor, in *withInstance) (*body[*model.CampaignSeries], error) {
			return answer(s.SkipInstance(ctx, who, in.id(), in.Body.StartsAt))
		})
	post(on, "/campaign-series/{id}/end", "end-campaign-series", "campaigns", "结束定期活动（已生成的活动不变）",
		func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.CampaignSeries], error) {
			return answer(s.EndSeries(ctx, who, in.id(), in.Body.Reason))
		})
}

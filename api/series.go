package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/market"
)

// Series registers requests that come again by a rule.
func Series(m *market.Market) Noun {
	return func(on *Operations) {
		post(on, "/request-series", "create-series", "requests", "发起定期求助",
			func(ctx context.Context, who model.Actor, in *struct{ Body SeriesInput }) (*created[*model.Series], error) {
				s, err := m.AskSeries(ctx, who, in.Body.input())
				if err != nil {
					return nil, err
				}
				return &created[*model.Series]{basePath + "/request-series/" + s.ID.String(), s}, nil
			}, answers(http.StatusCreated))
		post(on, "/request-series/preview", "preview-series", "requests", "写定期求助时预览每一次的时间",
			func(ctx context.Context, who model.Actor, in *struct{ Body SeriesInput }) (*body[*model.Series], error) {
				return answer(m.PreviewSeries(ctx, who, in.Body.input()))
			}, keyless)
		get(on, "/request-series", "list-series", "requests", "列出定期求助",
			func(ctx context.Context, who model.Actor, in *struct {
				Paging
				All bool `query:"all" doc:"网格员、社区：列出管辖范围内所有人的"`
			},
			) (*body[*model.List[*model.Series]], error) {
				return answer(m.SeriesList(ctx, who, in.All, in.page()))
			})
		get(on, "/request-series/{id}", "get-series", "requests", "查看定期求助和接下来的每一次",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Series], error) {
				return answer(m.SeriesByID(ctx, who, in.id()))
			})
		post(on, "/request-series/{id}/skip", "skip-series", "requests", "跳过一次",
			func(ctx context.Context, who model.Actor, in *withInstance) (*body[*model.Series], error) {
				return answer(m.SkipInstance(ctx, who, in.id(), in.Body.StartsAt))
			})
		post(on, "/request-series/{id}/unskip", "unskip-series", "requests", "恢复跳过的一次",
			func(ctx context.Context, who model.Actor, in *withInstance) (*body[*model.Series], error) {
				return answer(m.UnskipInstance(ctx, who, in.id(), in.Body.StartsAt))
			})
		post(on, "/request-series/{id}/end", "end-series", "requests", "结束定期求助",
			func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.Series], error) {
				return answer(m.EndSeries(ctx, who, in.id(), in.Body.Reason))
			}, unasked)
	}
}

// withInstance names one time of a series.
type withInstance struct {
	ByID
	Body struct {
		StartsAt model.Instant `json:"starts_at" doc:"这一次的开始时间"`
	}
}

// SeriesInput is what someone asks for again and again.
type SeriesInput struct {
	Category    string              `json:"category" maxLength:"24" doc:"类别，见 GET /categories"`
	Title       string              `json:"title" minLength:"1" maxLength:"50"`
	Description string              `json:"description,omitempty" maxLength:"1000"`
	Urgency     model.Urgency       `json:"urgency,omitempty" enum:"low,normal,urgent" default:"normal"`
	Slots       int                 `json:"slots,omitempty" minimum:"1" maximum:"20" default:"1" doc:"每次需要几位邻居"`
	Skills      []string            `json:"skills,omitempty" maxItems:"10" doc:"帮忙的人必须会的事"`
	Stairs      bool                `json:"stairs,omitempty" doc:"需要爬楼"`
	OnBehalfOf  model.ID            `json:"on_behalf_of,omitzero" doc:"代为发起时，求助居民的编号"`
	Consent     *model.ConsentGiven `json:"consent,omitempty" doc:"代为发起时必填：求助居民的同意"`

	StartsAt model.Instant `json:"starts_at" doc:"第一次的开始时间，按上海时间重复"`
	Minutes  int           `json:"minutes" minimum:"1" maximum:"1440" doc:"每次多长时间（分钟）"`
	Rule     string        `json:"rrule" minLength:"1" maxLength:"1000" doc:"RFC 5545 重复规则，如 FREQ=WEEKLY;BYDAY=MO,TH;COUNT=8；必须有 COUNT 或 UNTIL，最多 366 次，最长 366 天"`
}

func (in SeriesInput) input() market.SeriesInput {
	return market.SeriesInput{
		RequestInput: market.RequestInput{
			Category: in.Category, Title: in.Title, Description: in.Description, Urgency: in.Urgency, StartsAt: in.StartsAt,
			Slots: in.Slots, Skills: in.Skills, Stairs: in.Stairs, OnBehalfOf: in.OnBehalfOf, Consent: in.Consent,
		},
		Minutes: in.Minutes, Rule: in.Rule,
	}
}

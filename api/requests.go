package api

import (
	"context"
	"net/http"
	"slices"

	"linbanglin/model"
	"linbanglin/service/market"
)

// Requests registers help requests, from the asking to the confirmation.
func Requests(m *market.Market) Noun {
	return func(on *Operations) {
		get(on, "/categories", "list-categories", "requests", "求助与帮忙的类别",
			func(context.Context, model.Actor, *none) (*body[items[model.Category]], error) {
				return answer(items[model.Category]{model.Categories()}, nil)
			})
		post(on, "/requests", "create-request", "requests", "发起求助", createRequest(m), answers(http.StatusCreated))
		post(on, "/requests/preview", "preview-request", "requests", "写求助时预览合适的帮忙",
			func(ctx context.Context, who model.Actor, in *createRequestInput) (*body[items[*model.Match]], error) {
				return answer(matches(m.Preview(ctx, who, in.Body.input())))
			}, keyless)
		get(on, "/requests", "list-requests", "requests", "列出求助", listRequests(m))
		get(on, "/requests/{id}", "get-request", "requests", "查看求助",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.HelpRequest], error) {
				return answer(m.Request(ctx, who, in.id()))
			})
		get(on, "/requests/{id}/matches", "match-request", "requests", "推荐合适的帮忙",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[items[*model.Match]], error) {
				return answer(matches(m.MatchesFor(ctx, who, in.id())))
			})
		ending(on, m)
	}
}

func matches(found []*model.Match, err error) (items[*model.Match], error) {
	if found == nil {
		found = []*model.Match{}
	}
	return items[*model.Match]{found}, err
}

// ending registers what ends a request, well or not.
func ending(on *Operations, m *market.Market) {
	post(on, "/requests/{id}/confirm", "confirm-request", "requests", "确认求助已完成",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Rating  int             `json:"rating" minimum:"1" maximum:"5"`
				Comment string          `json:"comment,omitempty" maxLength:"200"`
				Claims  []model.Verdict `json:"claims,omitempty" maxItems:"20" doc:"与上报不符的认领；没有列出的按上报确认"`

				Callback *model.Callback `json:"callback,omitempty" doc:"代为确认时必填：对求助人的回访"`
			}
		},
		) (*body[*model.HelpRequest], error) {
			return answer(m.Confirm(ctx, who, in.id(), market.Review{Rating: in.Body.Rating, Comment: in.Body.Comment, Verdicts: in.Body.Claims, Call: in.Body.Callback}))
		}, unasked)
	post(on, "/requests/{id}/rate", "rate-request", "requests", "评价对方（双方都评价或 7 天后才互相可见）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Rating  int      `json:"rating" minimum:"1" maximum:"5"`
				Comment string   `json:"comment,omitempty" maxLength:"200"`
				ClaimID model.ID `json:"claim_id,omitzero" doc:"求助者只评价这一位；不填为全部"`
			}
		},
		) (*body[*model.HelpRequest], error) {
			return answer(m.Rate(ctx, who, in.id(), in.Body.ClaimID, in.Body.Rating, in.Body.Comment))
		})
	post(on, "/requests/{id}/cancel", "cancel-request", "requests", "取消求助",
		func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.HelpRequest], error) {
			return answer(m.Cancel(ctx, who, in.id(), in.Body.Reason))
		}, unasked)
	get(on, "/requests/{id}/steps", "list-request-steps", "requests", "求助的流转记录",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[items[*model.Step]], error) {
			steps, err := m.Steps(ctx, who, in.id())
			return answer(items[*model.Step]{steps}, err)
		})
}

// WithReason names one thing, and why something is done to it.
type WithReason struct {
	ByID
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"原因"`
	}
}

// RequestInput is what someone asks for.
type RequestInput struct {
	Category    string        `json:"category" maxLength:"24" doc:"类别，见 GET /categories"`
	Title       string        `json:"title" minLength:"1" maxLength:"50"`
	Description string        `json:"description,omitempty" maxLength:"1000"`
	Urgency     model.Urgency `json:"urgency,omitempty" enum:"low,normal,urgent" default:"normal"`
	StartsAt    model.Instant `json:"starts_at,omitzero"`
	EndsAt      model.Instant `json:"ends_at,omitzero"`
	Slots       int           `json:"slots,omitempty" minimum:"1" maximum:"20" default:"1" doc:"需要几位邻居"`
	Skills      []string      `json:"skills,omitempty" maxItems:"10" doc:"帮忙的人必须会的事"`
	Stairs      bool          `json:"stairs,omitempty" doc:"需要爬楼"`
	OnBehalfOf  model.ID      `json:"on_behalf_of,omitzero" doc:"网格员或中心户代为发起时，求助居民的编号"`

	Consent *model.ConsentGiven `json:"consent,omitempty" doc:"代为发起时必填：求助居民的同意"`
}

func (in RequestInput) input() market.RequestInput { return market.RequestInput(in) }

type createRequestInput struct{ Body RequestInput }

func createRequest(m *market.Market) handler[createRequestInput, created[*model.HelpRequest]] {
	return func(ctx context.Context, who model.Actor, in *createRequestInput) (*created[*model.HelpRequest], error) {
		r, err := m.Ask(ctx, who, in.Body.input())
		if err != nil {
			return nil, err
		}
		return &created[*model.HelpRequest]{basePath + "/requests/" + r.ID.String(), r}, nil
	}
}

type listRequestsInput struct {
	Paging
	Status   string `query:"status" doc:"状态，可用逗号分隔多个；不填时，推荐与最急只列待认领的（open、escalated），mine 与最新列全部"`
	Category string `query:"category" doc:"类别，可用逗号分隔多个"`
	Urgency  string `query:"urgency" doc:"紧急程度，可用逗号分隔多个"`
	Mine     string `query:"mine" enum:"true,false,requested,helping" doc:"true：我发起的和我帮忙的"`
	Sort     string `query:"sort" enum:"recommended,newest,soonest" default:"recommended"`
}

func listRequests(m *market.Market) handler[listRequestsInput, body[*model.List[*model.HelpRequest]]] {
	return func(ctx context.Context, who model.Actor, in *listRequestsInput) (*body[*model.List[*model.HelpRequest]], error) {
		f := market.RequestFilter{Sort: market.Sort(in.Sort)}
		if in.Mine != "false" {
			f.Part = market.Part(in.Mine)
		}
		var err error
		if f.Statuses, err = several("status", in.Status, requestStatuses()...); err != nil {
			return nil, err
		}
		if f.Urgencies, err = several("urgency", in.Urgency, model.UrgencyLow, model.UrgencyNormal, model.UrgencyUrgent); err != nil {
			return nil, err
		}
		if f.Categories, err = several("category", in.Category, categoryCodes()...); err != nil {
			return nil, err
		}
		return answer(m.Requests(ctx, who, f, in.page()))
	}
}

// requestStatuses lists every state that a request can be in.
func requestStatuses() []model.RequestStatus {
	var known []model.RequestStatus
	for from, to := range model.RequestTransitions() {
		for _, s := range append(to, from) {
			if !slices.Contains(known, s) {
				known = append(known, s)
			}
		}
	}
	return known
}

func categoryCodes() []string {
	var codes []string
	for _, c := range model.Categories() {
		codes = append(codes, c.Code)
	}
	return codes
}

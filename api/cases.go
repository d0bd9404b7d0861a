package api

import (
	"context"

	"linbanglin/model"
	"linbanglin/service/market"
)

// Cases registers the requests that officers see to, by the request's id.
func Cases(m *market.Market) Noun {
	return func(on *Operations) {
		get(on, "/cases", "list-cases", "cases", "由我负责的求助（首问负责）",
			func(ctx context.Context, who model.Actor, in *struct {
				Paging
				All bool `query:"all" doc:"列出管辖范围内所有人的"`
			},
			) (*body[*model.List[*market.Case]], error) {
				return answer(m.Cases(ctx, who, in.All, in.page()))
			})
		post(on, "/cases/{id}/hand-over", "hand-over-case", "cases", "提出移交；对方接受之前仍由自己负责",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					To   model.ID `json:"to" doc:"接手人的编号"`
					Note string   `json:"note,omitempty" maxLength:"200"`
				}
			},
			) (*body[*market.Case], error) {
				return answer(m.HandOver(ctx, who, in.id(), in.Body.To, in.Body.Note))
			}, unasked)
		post(on, "/cases/{id}/accept", "accept-case", "cases", "接受移交",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*market.Case], error) {
				return answer(m.AcceptCase(ctx, who, in.id()))
			})
	}
}

package api

import (
	"context"

	"linbanglin/model"
	"linbanglin/service/market"
)

// Disputes registers disagreements on how requests went.
func Disputes(m *market.Market) Noun {
	return func(on *Operations) {
		post(on, "/requests/{id}/dispute", "dispute-request", "disputes", "提出异议（确认后 7 天内也可以）",
			func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.HelpRequest], error) {
				return answer(m.Dispute(ctx, who, in.id(), in.Body.Reason))
			})
		get(on, "/requests/{id}/dispute", "get-dispute", "disputes", "查看异议和双方的陈述",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Dispute], error) {
				return answer(m.DisputeOf(ctx, who, in.id()))
			})
		post(on, "/requests/{id}/evidence", "add-evidence", "disputes", "补充陈述或证据",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					Text string `json:"text" minLength:"1" maxLength:"500"`
				}
			},
			) (*body[*model.Dispute], error) {
				return answer(m.Testify(ctx, who, in.id(), in.Body.Text))
			})
		post(on, "/requests/{id}/resolve", "resolve-request", "disputes", "裁定异议（调解人、网格员、支部书记、社区）",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					Outcome string          `json:"outcome" enum:"confirm,close" doc:"confirm：计分并确认；close：不计分并关闭，已计的冲正"`
					Reason  string          `json:"reason" minLength:"1" maxLength:"200"`
					Claims  []model.Verdict `json:"claims,omitempty" maxItems:"20" doc:"confirm 时与上报不符的认领"`
				}
			},
			) (*body[*model.HelpRequest], error) {
				return answer(m.Resolve(ctx, who, in.id(), in.Body.Outcome == "confirm", in.Body.Reason, in.Body.Claims))
			})
		get(on, "/disputes", "list-disputes", "disputes", "待我调解的异议",
			func(ctx context.Context, who model.Actor, in *struct {
				Paging
				All bool `query:"all" doc:"我负责范围内的全部"`
			},
			) (*body[*model.List[*model.Dispute]], error) {
				return answer(m.Disputes(ctx, who, in.All, in.page()))
			})
	}
}

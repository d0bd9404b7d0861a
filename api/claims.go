package api

import (
	"context"

	"linbanglin/model"
	"linbanglin/service/market"
)

// Claims registers what helpers do with a request, and how their claims went.
func Claims(m *market.Market) Noun {
	return func(on *Operations) {
		step := func(verb, id, summary string, do func(ctx context.Context, who model.Actor, id model.ID) (*model.HelpRequest, error)) {
			post(on, "/requests/{id}/"+verb, id, "claims", summary, func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.HelpRequest], error) {
				return answer(do(ctx, who, in.id()))
			})
		}
		because := func(verb, id, summary string, do func(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.HelpRequest, error), options ...option) {
			post(on, "/requests/{id}/"+verb, id, "claims", summary, func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.HelpRequest], error) {
				return answer(do(ctx, who, in.id(), in.Body.Reason))
			}, options...)
		}
		step("claim", "claim-request", "认领", m.Claim)
		step("wait", "wait-for-request", "名额已满时候补，空出后按顺序自动认领", m.Wait)
		because("unclaim", "unclaim-request", "退回认领或候补", m.Unclaim, unasked)
		because("stand-in", "find-stand-in", "我来不了，找人顶替（顶替之前认领仍保留）", m.StandIn)
		step("keep", "keep-claim", "我会去（不再找人顶替，也不让别人接手）", m.Keep)
		post(on, "/requests/{id}/takeover", "take-over-claim", "claims", "接手迟迟没有开始的认领（对方不回应即生效）",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					ClaimID model.ID `json:"claim_id,omitzero" doc:"接手哪一份认领；不填为最久没有开始的"`
				} `required:"false"`
			},
			) (*body[*model.HelpRequest], error) {
				return answer(m.TakeOver(ctx, who, in.id(), in.Body.ClaimID))
			})
		step("yield", "yield-claim", "让给愿意接手的邻居", m.Yield)
		step("start", "start-request", "开始帮忙", m.Start)
		post(on, "/requests/{id}/finish", "finish-request", "claims", "帮忙完成",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					Minutes int    `json:"minutes" minimum:"1" maximum:"1440" doc:"服务时长（分钟）"`
					Note    string `json:"note,omitempty" maxLength:"200"`
				}
			},
			) (*body[*model.HelpRequest], error) {
				return answer(m.Finish(ctx, who, in.id(), in.Body.Minutes, in.Body.Note))
			}, unasked)
		reliability(on, m)
	}
}

// reliability registers how claims went, and what was broken.
func reliability(on *Operations, m *market.Market) {
	get(on, "/reliability/me", "get-my-reliability", "claims", "我的守约记录：完成、已谅解、失约的次数，是否被暂停认领",
		func(ctx context.Context, who model.Actor, _ *none) (*body[*market.Reliability], error) {
			return answer(m.Reliability(ctx, who, who.MemberID))
		}, own)
	get(on, "/members/{id}/reliability", "get-reliability", "claims", "一位邻居的守约记录",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*market.Reliability], error) {
			return answer(m.Reliability(ctx, who, in.id()))
		})
	get(on, "/misses", "list-misses", "claims", "待处理的失约说明",
		func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*model.Miss]], error) {
			return answer(m.Misses(ctx, who, in.page()))
		})
	post(on, "/misses/{id}/excuse", "excuse-miss", "claims", "说明失约的原因（7 天内；7 天没有人处理即视为谅解）",
		func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.Miss], error) {
			return answer(m.Plead(ctx, who, in.id(), in.Body.Reason))
		})
	post(on, "/misses/{id}/judge", "judge-miss", "claims", "处理失约说明（网格员、社区）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Excused bool   `json:"excused" doc:"true：谅解，不计失约"`
				Reason  string `json:"reason" minLength:"1" maxLength:"200"`
			}
		},
		) (*body[*model.Miss], error) {
			return answer(m.JudgeMiss(ctx, who, in.id(), in.Body.Excused, in.Body.Reason))
		})
}

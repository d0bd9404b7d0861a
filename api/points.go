package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/ledger"
)

// Points registers balances, awards and reversals.
func Points(l *ledger.Ledger) Noun {
	return func(on *Operations) {
		get(on, "/points/me", "get-balance", "points", "我的积分与时长",
			func(ctx context.Context, who model.Actor, _ *none) (*body[*ledger.Balance], error) {
				return answer(l.Balance(ctx, who))
			}, own)
		post(on, "/points/awards", "award-points", "points", "发放积分（组织者）",
			func(ctx context.Context, who model.Actor, in *struct {
				Body struct {
					MemberID   model.ID `json:"member_id"`
					Amount     int64    `json:"amount" minimum:"1" maximum:"1000000"`
					Code       string   `json:"code" minLength:"1" maxLength:"24" doc:"积分规则，见 GET /point-rules"`
					CampaignID model.ID `json:"campaign_id,omitzero" doc:"从这个活动的预算中发放"`
					MatterID   model.ID `json:"matter_id,omitzero" doc:"为这件事项发放；该成员在这件事项上违诺成立后收回（规则另有规定的除外）"`
					Memo       string   `json:"memo" maxLength:"100"`
				}
			},
			) (*body[*ledger.Receipt], error) {
				b := in.Body
				return answer(l.Award(ctx, who, ledger.Award{Member: b.MemberID, Amount: b.Amount, Code: b.Code, Campaign: b.CampaignID, Matter: b.MatterID, Memo: b.Memo}))
			}, answers(http.StatusCreated), keyed)
		post(on, "/points/transfers/{id}/reverse", "reverse-transfer", "points", "冲正一笔积分",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					Reason string `json:"reason" minLength:"1" maxLength:"100" doc:"原因"`
				}
			},
			) (*body[*ledger.Receipt], error) {
				return answer(l.Reverse(ctx, who, in.id(), in.Body.Reason))
			}, answers(http.StatusCreated), keyed)
	}
}

package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/ledger"
)

// Points registers balances, statements, awards and reversals.
func Points(l *ledger.Ledger) Noun {
	return func(on *Operations) {
		get(on, "/points/me", "get-balance", "points", "我的积分与时长",
			func(ctx context.Context, who model.Actor, _ *none) (*body[*ledger.Balance], error) {
				return answer(l.Balance(ctx, who))
			})
		get(on, "/points/statement", "get-statement", "points", "积分手册", statement(l))
		post(on, "/points/awards", "award-points", "points", "发放积分（组织者）",
			func(ctx context.Context, who model.Actor, in *struct {
				Body struct {
					MemberID   model.ID `json:"member_id"`
					Amount     int64    `json:"amount" minimum:"1" maximum:"1000000"`
					Code       string   `json:"code" minLength:"1" maxLength:"24" doc:"积分规则，见 GET /point-rules"`
					CampaignID model.ID `json:"campaign_id,omitzero" doc:"从这个活动的预算中发放"`
					Memo       string   `json:"memo" maxLength:"100"`
				}
			},
			) (*body[*ledger.Receipt], error) {
				b := in.Body
				return answer(l.Award(ctx, who, ledger.Award{Member: b.MemberID, Amount: b.Amount, Code: b.Code, Campaign: b.CampaignID, Memo: b.Memo}))
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
		get(on, "/ledger/head", "get-ledger-head", "points", "账本的最新序号与哈希（公开）",
			func(ctx context.Context, _ model.Actor, _ *none) (*body[*ledger.Head], error) {
				return answer(l.Head(ctx))
			}, public)
	}
}

type statementInput struct {
	Paging
	From     string `query:"from" doc:"起始日期（含），如 2026-11-01"`
	To       string `query:"to" doc:"截止日期（含）"`
	Unit     string `query:"unit" enum:"points,minutes" default:"points"`
	MemberID PathID `query:"member_id" doc:"社区管理员、审计员：查看这位居民的手册"`
}

func statement(l *ledger.Ledger) handler[statementInput, body[*model.List[*ledger.Line]]] {
	return func(ctx context.Context, who model.Actor, in *statementInput) (_ *body[*model.List[*ledger.Line]], err error) {
		q := ledger.StatementQuery{Member: in.MemberID.ID, Measure: model.Points}
		if in.Unit == model.Minutes.String() {
			q.Measure = model.Minutes
		}
		if in.From != "" {
			if q.From, err = model.ParseDay(in.From); err != nil {
				return nil, err
			}
		}
		if in.To != "" {
			if q.To, err = model.ParseDay(in.To); err != nil {
				return nil, err
			}
		}
		return answer(l.Statement(ctx, who, q, in.page()))
	}
}

package api

import (
	"context"

	"linbanglin/model"
	"linbanglin/service/matters"
)

// breachText names a breach and says something about it.
type breachText struct {
	ByID
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"500"`
	}
}

// breachDecision names a breach and what is decided about it.
type breachDecision struct {
	ByID
	Body struct {
		Uphold bool   `json:"uphold" doc:"违诺成立"`
		Reason string `json:"reason" minLength:"1" maxLength:"500"`
	}
}

// breaches registers what follows when a promise about a matter is not kept (违诺追究).
func breaches(on *Operations, m *matters.Matters) {
	get(on, "/breaches", "list-breaches", "matters", "违诺记录：自己负责的，以及所辖范围内的", listBreaches(m))
	get(on, "/breaches/{id}", "get-breach", "matters", "查看违诺记录",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Breach], error) {
			return answer(m.Breach(ctx, who, in.id()))
		})
	post(on, "/breaches/{id}/explain", "explain-breach", "matters", "说明情况（责任人）",
		func(ctx context.Context, who model.Actor, in *breachText) (*body[*model.Breach], error) {
			return answer(m.ExplainBreach(ctx, who, in.id(), in.Body.Text))
		}, unasked)
	post(on, "/breaches/{id}/decide", "decide-breach", "matters", "决定违诺是否成立（责任人以外的负责人）",
		func(ctx context.Context, who model.Actor, in *breachDecision) (*body[*model.Breach], error) {
			return answer(m.DecideBreach(ctx, who, in.id(), in.Body.Uphold, in.Body.Reason))
		})
	post(on, "/breaches/{id}/appeal", "appeal-breach", "matters", "申诉（责任人，决定后 7 天内）",
		func(ctx context.Context, who model.Actor, in *breachText) (*body[*model.Breach], error) {
			return answer(m.AppealBreach(ctx, who, in.id(), in.Body.Text))
		})
	post(on, "/breaches/{id}/decide-appeal", "decide-breach-appeal", "matters", "对申诉作出决定（第三人）",
		func(ctx context.Context, who model.Actor, in *breachDecision) (*body[*model.Breach], error) {
			return answer(m.DecideBreachAppeal(ctx, who, in.id(), in.Body.Uphold, in.Body.Reason))
		})
}

type listBreachesInput struct {
	Paging
	Mine     bool   `query:"mine" doc:"只列自己负责的"`
	MatterID PathID `query:"matter_id" doc:"事项"`
	Status   string `query:"status" doc:"状态，可用逗号分隔多个"`
	Kind     string `query:"kind" doc:"种类，可用逗号分隔多个"`
}

func listBreaches(m *matters.Matters) handler[listBreachesInput, body[*model.List[*model.Breach]]] {
	return func(ctx context.Context, who model.Actor, in *listBreachesInput) (*body[*model.List[*model.Breach]], error) {
		f := matters.BreachFilter{Mine: in.Mine, Matter: in.MatterID.ID}
		var err error
		if f.Statuses, err = several("status", in.Status, model.BreachStatuses()...); err != nil {
			return nil, err
		}
		if f.Kinds, err = several("kind", in.Kind, model.BreachKinds()...); err != nil {
			return nil, err
		}
		return answer(m.Breaches(ctx, who, f, in.page()))
	}
}

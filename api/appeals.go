package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/disclosure"
)

// appealing registers what neighbours say against publications.
func appealing(on *Operations, d *disclosure.Disclosure) {
	post(on, "/publications/{id}/appeals", "appeal", "disclosure", "对公示提出异议（公示期内）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				ItemNo    int      `json:"item_no" minimum:"1"`
				Reason    string   `json:"reason" minLength:"1" maxLength:"200"`
				Evidence  []string `json:"evidence,omitempty" maxItems:"5" doc:"佐证：文字或链接"`
				Anonymous bool     `json:"anonymous,omitempty" doc:"匿名：任何人都看不到异议人"`
			}
		},
		) (*created[*model.Appeal], error) {
			b := in.Body
			a, err := d.Appeal(ctx, who, in.id(), disclosure.Objection{ItemNo: b.ItemNo, Reason: b.Reason, Evidence: b.Evidence, Anonymous: b.Anonymous})
			if err != nil {
				return nil, err
			}
			return &created[*model.Appeal]{basePath + "/appeals/" + a.ID.String(), a}, nil
		}, answers(http.StatusCreated))
	get(on, "/appeals", "list-appeals", "disclosure", "列出异议：自己提出的、关于自己的，以及可由自己处理的",
		func(ctx context.Context, who model.Actor, in *struct {
			Paging
			Status  string `query:"status" doc:"状态，可用逗号分隔多个：open,resolved,reviewing,closed,void"`
			Overdue bool   `query:"overdue" doc:"只看逾期未答复的"`
		},
		) (*body[*model.List[*model.Appeal]], error) {
			states, err := several("status", in.Status, model.AppealStatuses()...)
			if err != nil {
				return nil, err
			}
			return answer(d.Appeals(ctx, who, disclosure.AppealFilter{Statuses: states, Overdue: in.Overdue}, in.page()))
		})
	get(on, "/appeals/{id}", "get-appeal", "disclosure", "查看异议与处理结果",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Appeal], error) {
			return answer(d.FindAppeal(ctx, who, in.id()))
		})
	post(on, "/appeals/{id}/review", "ask-review", "disclosure", "申请复核（一次，结果作出后 5 个工作日内，异议人）",
		func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.Appeal], error) {
			return answer(d.AskReview(ctx, who, in.id(), in.Body.Reason))
		})
}

// deciding registers the two decisions on an appeal.
func deciding(on *Operations, d *disclosure.Disclosure) {
	for path, x := range map[string]struct {
		id, summary string
		do          func(context.Context, model.Actor, model.ID, model.Ruling) (*model.Appeal, error)
	}{
		"resolve":        {"resolve-appeal", "处理异议（不能是评分人、异议人或受益人）", d.Resolve},
		"review/resolve": {"resolve-review", "复核（由未参与过的人作出，为最终结果）", d.Review},
	} {
		post(on, "/appeals/{id}/"+path, x.id, "disclosure", x.summary,
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body RulingInput
			},
			) (*body[*model.Appeal], error) {
				return answer(x.do(ctx, who, in.id(), in.Body.ruling()))
			})
	}
}

// RulingInput is what a handler decides.
type RulingInput struct {
	Result   model.Result  `json:"result" enum:"upheld,partly,rejected" doc:"成立、部分成立、不成立"`
	Reason   string        `json:"reason" minLength:"1" maxLength:"200"`
	Granted  *model.Credit `json:"granted,omitempty" doc:"申报部分成立时：核减后的积分和时长"`
	Reverses model.ID      `json:"reverse_transfer_id,omitzero" doc:"积分公示：冲正这位居民的一笔记录"`
	Award    int64         `json:"award,omitempty" minimum:"1" maximum:"1000000" doc:"积分公示：补发积分（荣誉类，规则 ADJUST）"`
}

func (in RulingInput) ruling() model.Ruling {
	return model.Ruling{Result: in.Result, Reason: in.Reason, Credit: in.Granted, Reverses: in.Reverses, Award: in.Award}
}

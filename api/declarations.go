package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/disclosure"
)

// Disclosure registers declarations, publications, appeals and the calendar of working days.
func Disclosure(d *disclosure.Disclosure) Noun {
	return func(on *Operations) {
		declaring(on, d)
		publishing(on, d)
		appealing(on, d)
		deciding(on, d)
		calendar(on, d)
	}
}

// declaring registers declarations.
func declaring(on *Operations, d *disclosure.Disclosure) {
	post(on, "/declarations", "declare-work", "disclosure", "申报系统外的服务（本人，或网格员、组织者代报）",
		func(ctx context.Context, who model.Actor, in *struct{ Body WorkInput }) (*created[*model.Declaration], error) {
			work, err := d.Declare(ctx, who, in.Body.work())
			if err != nil {
				return nil, err
			}
			return &created[*model.Declaration]{basePath + "/declarations/" + work.ID.String(), work}, nil
		}, answers(http.StatusCreated))
	get(on, "/declarations", "list-declarations", "disclosure", "列出申报：自己的，以及职责范围内的",
		func(ctx context.Context, who model.Actor, in *struct {
			Paging
			Status string `query:"status" doc:"状态，可用逗号分隔多个：declared,verified,published,booked,refused,withdrawn"`
			Mine   bool   `query:"mine" doc:"只看自己的（本人服务的或由本人申报的）"`
		},
		) (*body[*model.List[*model.Declaration]], error) {
			states, err := several("status", in.Status, model.DeclarationStatuses()...)
			if err != nil {
				return nil, err
			}
			return answer(d.Declarations(ctx, who, states, in.Mine, in.page()))
		})
	get(on, "/declarations/{id}", "get-declaration", "disclosure", "查看申报",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Declaration], error) {
			return answer(d.Declaration(ctx, who, in.id()))
		})
	post(on, "/declarations/{id}/withdraw", "withdraw-declaration", "disclosure", "撤回尚未公示的申报",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Declaration], error) {
			return answer(d.Withdraw(ctx, who, in.id()))
		}, unasked)
	post(on, "/declarations/{id}/verify", "verify-declaration", "disclosure", "核实申报（不能是申报人或受益人）",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Declaration], error) {
			return answer(d.Verify(ctx, who, in.id()))
		})
	post(on, "/declarations/{id}/refuse", "refuse-declaration", "disclosure", "退回尚未公示的申报（不能是申报人或受益人）",
		func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.Declaration], error) {
			return answer(d.Refuse(ctx, who, in.id(), in.Body.Reason))
		})
}

// WorkInput is what someone declares.
type WorkInput struct {
	MemberID    model.ID      `json:"member_id,omitzero" doc:"服务者；不填为本人"`
	Code        string        `json:"code" minLength:"1" maxLength:"24" doc:"积分规则，见 GET /point-rules"`
	Points      int64         `json:"points" minimum:"1" maximum:"1000000" doc:"申报积分；规则固定数量时必须相同"`
	Minutes     int64         `json:"minutes,omitempty" minimum:"0" maximum:"1440" doc:"服务时长（分钟），不超过起止时间"`
	StartedAt   model.Instant `json:"started_at" doc:"366 天之内"`
	EndedAt     model.Instant `json:"ended_at" doc:"应已结束"`
	Description string        `json:"description" minLength:"1" maxLength:"200" doc:"做了什么；公示时可见，请勿写受助者的个人信息"`
	Evidence    []string      `json:"evidence" minItems:"1" maxItems:"5" doc:"佐证：文字或链接；公示时不可见"`
}

func (in WorkInput) work() disclosure.Work {
	return disclosure.Work{
		Member: in.MemberID, Code: in.Code, Credit: model.Credit{Points: in.Points, Minutes: in.Minutes},
		StartedAt: in.StartedAt, EndedAt: in.EndedAt, Description: in.Description, Evidence: in.Evidence,
	}
}

package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/deliberation"
)

func proposalFollow(on *Operations, d *deliberation.Deliberation) {
	post(on, "/proposals/{id}/announce", "announce-decision", "proposals", "决议公开，其间可提异议",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Days int `json:"days,omitempty" minimum:"7" maximum:"60" default:"7" doc:"公开几天，至少 7 天"`
			}
		},
		) (*body[*model.Proposal], error) {
			return answer(d.Announce(ctx, who, in.id(), in.Body.Days))
		})
	get(on, "/proposals/{id}/objections", "list-objections", "proposals", "对决议的异议；一般人只看到自己的",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Paging
		},
		) (*body[*model.List[*model.ProposalObjection]], error) {
			return answer(d.Objections(ctx, who, in.id(), in.page()))
		})
	post(on, "/proposals/{id}/objections", "object", "proposals", "对决议提出异议",
		func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.ProposalObjection], error) {
			return answer(d.Object(ctx, who, in.id(), in.Body.Reason))
		}, answers(http.StatusCreated))
	post(on, "/proposal-objections/{id}/answer", "answer-objection", "proposals", "答复异议；成立则决议撤销",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Upheld bool   `json:"upheld" doc:"异议成立"`
				Answer string `json:"answer" minLength:"1" maxLength:"200"`
			}
		},
		) (*body[*model.ProposalObjection], error) {
			return answer(d.Answer(ctx, who, in.id(), in.Body.Upheld, in.Body.Answer))
		})
	post(on, "/proposals/{id}/tasks", "plan-task", "proposals", "安排落实任务",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Title   string    `json:"title" minLength:"1" maxLength:"50"`
				OwnerID model.ID  `json:"owner_id" doc:"负责人"`
				DueOn   model.Day `json:"due_on" format:"date" doc:"完成期限"`
			}
		},
		) (*body[*model.Proposal], error) {
			return answer(d.Plan(ctx, who, in.id(), in.Body.OwnerID, in.Body.Title, in.Body.DueOn))
		}, answers(http.StatusCreated))
	post(on, "/proposal-tasks/{id}/done", "finish-task", "proposals", "任务完成（决议公开期满后）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Result string `json:"result" minLength:"1" maxLength:"200"`
			}
		},
		) (*body[*model.Proposal], error) {
			return answer(d.Finish(ctx, who, in.id(), in.Body.Result))
		}, unasked)
	post(on, "/proposals/{id}/review", "review-proposal", "proposals", "回头看：结果、花费、前后对比（实施结果公开）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Result  string `json:"result" minLength:"1" maxLength:"2000"`
				CostFen int64  `json:"cost_fen" minimum:"0" doc:"花费（分）"`
				Before  string `json:"before,omitempty" maxLength:"1000"`
				After   string `json:"after,omitempty" maxLength:"1000"`
			}
		},
		) (*body[*model.Proposal], error) {
			b := &in.Body
			return answer(d.Review(ctx, who, in.id(), model.ProposalReview{Result: b.Result, CostFen: b.CostFen, Before: b.Before, After: b.After}))
		})
	post(on, "/proposals/{id}/close", "close-proposal", "proposals", "办结",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Proposal], error) {
			return answer(d.Close(ctx, who, in.id()))
		})
}

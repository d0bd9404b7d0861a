package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/disclosure"
)

// publishing registers publications.
func publishing(on *Operations, d *disclosure.Disclosure) {
	post(on, "/publications", "publish", "disclosure", "公示：范围内已核实的申报，或一段时间的积分",
		func(ctx context.Context, who model.Actor, in *struct{ Body PublicationInput }) (*created[*model.Publication], error) {
			plan, err := in.Body.plan()
			if err != nil {
				return nil, err
			}
			p, err := d.Publish(ctx, who, plan)
			if err != nil {
				return nil, err
			}
			return &created[*model.Publication]{basePath + "/publications/" + p.ID.String(), p}, nil
		}, answers(http.StatusCreated))
	post(on, "/campaigns/{id}/publication", "publish-campaign-result", "campaigns", "公示活动结果（结束后；默认 7 天，可申诉）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Days int `json:"days,omitempty" minimum:"3" maximum:"30" doc:"公示天数，默认 7"`
			} `required:"false"`
		},
		) (*created[*model.Publication], error) {
			p, err := d.PublishResult(ctx, who, in.id(), in.Body.Days)
			if err != nil {
				return nil, err
			}
			return &created[*model.Publication]{basePath + "/publications/" + p.ID.String(), p}, nil
		}, answers(http.StatusCreated))
	get(on, "/publications", "list-publications", "disclosure", "列出公示：所住范围的，以及职责范围内的",
		func(ctx context.Context, who model.Actor, in *struct {
			Paging
			Status string `query:"status" doc:"状态，可用逗号分隔多个：publishing,final,withdrawn"`
			Kind   string `query:"kind" doc:"declarations,points,campaign"`
		},
		) (*body[*model.List[*model.Publication]], error) {
			states, err := several("status", in.Status, model.PublicationOpen, model.PublicationFinal, model.PublicationWithdrawn)
			if err != nil {
				return nil, err
			}
			kinds, err := several("kind", in.Kind, model.PublicationKinds()...)
			if err != nil {
				return nil, err
			}
			return answer(d.Publications(ctx, who, states, kinds, in.page()))
		})
	get(on, "/publications/{id}", "get-publication", "disclosure", "查看公示及其快照哈希",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Publication], error) {
			return answer(d.Publication(ctx, who, in.id()))
		})
	get(on, "/publications/{id}/items", "list-publication-items", "disclosure", "公示的内容（姓名隐去，未成年人不列出）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Paging
		},
		) (*body[*model.List[*model.PublicationItem]], error) {
			return answer(d.Items(ctx, who, in.id(), in.page()))
		})
	post(on, "/publications/{id}/withdraw", "withdraw-publication", "disclosure", "撤回公示（尚无入账或处理结果时），申报回到已核实",
		func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.Publication], error) {
			return answer(d.Unpublish(ctx, who, in.id(), in.Body.Reason))
		})
}

// PublicationInput is what someone wants to publish.
type PublicationInput struct {
	Kind  model.PublicationKind `json:"kind" enum:"declarations,points" doc:"declarations：已核实的申报；points：一段时间内的积分与时长"`
	Scope model.ID              `json:"scope_unit_id" doc:"范围：社区、片区、网格、楼栋、单元或党支部的编号"`
	Title string                `json:"title" minLength:"1" maxLength:"50"`
	Days  int                   `json:"days,omitempty" minimum:"3" maximum:"30" doc:"公示天数，默认 7"`
	From  string                `json:"from,omitempty" doc:"积分公示：统计起始日期（含），如 2026-10-01"`
	To    string                `json:"to,omitempty" doc:"积分公示：统计截止日期（含），不晚于今天"`
}

func (in PublicationInput) plan() (plan disclosure.Plan, err error) {
	plan = disclosure.Plan{Kind: in.Kind, Scope: in.Scope, Title: in.Title, Days: in.Days}
	plan.From, plan.To, err = days(in.From, in.To)
	return plan, err
}

// days reads the two ends of a period, zero where one is not given. It fails with ErrInvalid.
func days(from, to string) (first, last model.Day, err error) {
	if from != "" {
		if first, err = model.ParseDay(from); err != nil {
			return 0, 0, err
		}
	}
	if to != "" {
		last, err = model.ParseDay(to)
	}
	return first, last, err
}

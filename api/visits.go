package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/campaign"
)

// Visits registers the visit lists of campaigns, and what volunteers do with their own visits.
func Visits(s *campaign.Campaigns) Noun {
	return func(on *Operations) {
		post(on, "/campaigns/{id}/visits", "plan-visits", "visits", "列入走访名单（组织者）",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					Members []model.ID `json:"members" minItems:"1" doc:"走访对象的编号，一次活动最多 2000 位，须在活动范围内"`
				}
			},
			) (*body[*campaign.VisitList], error) {
				return answer(s.PlanVisits(ctx, who, in.id(), in.Body.Members))
			}, answers(http.StatusCreated))
		post(on, "/campaigns/{id}/visits/assign", "assign-visits", "visits", "把待走访的分配给报名的志愿者（组织者；总代价最小）",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					MaxPerVolunteer int        `json:"max_per_volunteer" minimum:"1" maximum:"50" doc:"每位志愿者在这次活动中最多几户"`
					MaxPerGrid      int        `json:"max_per_grid,omitempty" minimum:"0" maximum:"2000" doc:"每个网格这一轮最多几户，0 为不限"`
					Volunteers      []model.ID `json:"volunteers,omitempty" doc:"只分给这些已报名的志愿者；不填为全部"`
				}
			},
			) (*body[*campaign.VisitPlan], error) {
				b := in.Body
				return answer(s.AssignVisits(ctx, who, in.id(), campaign.AssignInput{MaxPerVolunteer: b.MaxPerVolunteer, MaxPerGrid: b.MaxPerGrid, Volunteers: b.Volunteers}))
			})
		get(on, "/campaigns/{id}/visits", "list-visits", "visits", "走访名单与各网格进度（组织者）",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Paging
				Status string `query:"status" doc:"状态，可用逗号分隔多个：planned,assigned,done"`
			},
			) (*body[*campaign.VisitPage], error) {
				states, err := several("status", in.Status, model.VisitPlanned, model.VisitAssigned, model.VisitDone)
				if err != nil {
					return nil, err
				}
				return answer(s.Visits(ctx, who, in.id(), states, in.page()))
			})
		get(on, "/visits/me", "list-my-visits", "visits", "分配给我的走访",
			func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*model.Visit]], error) {
				return answer(s.MyVisits(ctx, who, in.page()))
			})
		visiting(on, s)
	}
}

// visiting registers what a volunteer does with a visit.
func visiting(on *Operations, s *campaign.Campaigns) {
	post(on, "/visits/{id}/done", "finish-visit", "visits", "走访完成",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Note string `json:"note,omitempty" maxLength:"200" doc:"走访情况，组织者可以看到"`
			}
		},
		) (*body[*model.Visit], error) {
			return answer(s.FinishVisit(ctx, who, in.id(), in.Body.Note))
		})
	post(on, "/visits/{id}/give-back", "give-back-visit", "visits", "退回走访（不影响任何记录）",
		func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.Visit], error) {
			return answer(s.GiveBackVisit(ctx, who, in.id(), in.Body.Reason))
		})
	post(on, "/visits/{id}/contact", "reveal-visit-contact", "visits", "查看走访对象的电话（每次留痕）",
		func(ctx context.Context, who model.Actor, in *WithPurpose) (*body[*model.Contact], error) {
			return answer(s.VisitPhone(ctx, who, in.id(), in.Body.Purpose))
		}, keyless)
	post(on, "/visits/{id}/address", "reveal-visit-address", "visits", "查看走访对象的门牌（每次留痕，完成 7 天后不再显示）",
		func(ctx context.Context, who model.Actor, in *WithPurpose) (*body[*model.Address], error) {
			return answer(s.VisitDoor(ctx, who, in.id(), in.Body.Purpose))
		}, keyless)
}

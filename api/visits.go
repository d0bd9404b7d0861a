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
		fromRegister(on, s)
		visiting(on, s)
	}
}

// fromRegister registers visit lists that are made from the register.
func fromRegister(on *Operations, s *campaign.Campaigns) {
	post(on, "/campaigns/{id}/visits/from-register", "plan-visits-from-register", "visits", "按名册条件加入走访名单（只返回人数）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				MinAge        int      `json:"min_age,omitempty" minimum:"0" maximum:"150" doc:"按出生年份计算"`
				MaxAge        int      `json:"max_age,omitempty" minimum:"0" maximum:"150"`
				BirthdayMonth int      `json:"birthday_month,omitempty" minimum:"0" maximum:"12" doc:"生日所在的月份；名册没有出生月份的人不列入，人数见 month_unknown"`
				BirthdayNow   bool     `json:"birthday_this_month,omitempty" doc:"生日在本月（北京时间）"`
				HouseholdKind string   `json:"household_kind,omitempty" maxLength:"32"`
				Flags         []string `json:"flags,omitempty" maxItems:"10" doc:"任一标记（仅社区管理员）"`
				LivingAlone   bool     `json:"living_alone,omitempty" doc:"独居：一户只有一人"`
				Unit          model.ID `json:"unit_id,omitempty" doc:"片区、网格、楼栋等，不填为整个活动范围"`
				Preview       bool     `json:"preview,omitempty" doc:"只看人数，不加入名单"`
			}
		},
		) (*body[*campaign.RegisterList], error) {
			b := in.Body
			return answer(s.VisitFromRegister(ctx, who, in.id(), campaign.RegisterInput{
				MinAge: b.MinAge, MaxAge: b.MaxAge, BirthdayMonth: b.BirthdayMonth, BirthdayNow: b.BirthdayNow, HouseholdKind: b.HouseholdKind, Flags: b.Flags,
				LivingAlone: b.LivingAlone, Unit: b.Unit, Preview: b.Preview,
			}))
		})
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
		}, unasked)
	post(on, "/visits/{id}/give-back", "give-back-visit", "visits", "退回走访（不影响任何记录）",
		func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.Visit], error) {
			return answer(s.GiveBackVisit(ctx, who, in.id(), in.Body.Reason))
		}, unasked)
	post(on, "/visits/{id}/contact", "reveal-visit-contact", "visits", "查看走访对象的电话（每次留痕）",
		func(ctx context.Context, who model.Actor, in *WithPurpose) (*body[*model.Contact], error) {
			return answer(s.VisitPhone(ctx, who, in.id(), in.Body.Purpose))
		}, keyless)
	post(on, "/visits/{id}/address", "reveal-visit-address", "visits", "查看走访对象的门牌（每次留痕，完成 7 天后不再显示）",
		func(ctx context.Context, who model.Actor, in *WithPurpose) (*body[*model.Address], error) {
			return answer(s.VisitDoor(ctx, who, in.id(), in.Body.Purpose))
		}, keyless)
}

package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	registry "linbanglin/service/register"
)

// FlagBody is what somebody says who sets or reviews a flag.
type FlagBody struct {
	Source    string              `json:"source,omitempty" doc:"来源，1 到 60 个字，如 民政部门低保名单、本人申请、走访；必填"`
	Reason    string              `json:"reason" minLength:"1" maxLength:"200"`
	ExpiresAt model.Instant       `json:"expires_at,omitempty" doc:"最晚 12 个月后；不填为 12 个月后"`
	Consent   *model.ConsentGiven `json:"consent,omitempty" doc:"需要征得同意的标准必填"`
}

func (b FlagBody) input() model.FlagInput {
	return model.FlagInput{Source: b.Source, Reason: b.Reason, ExpiresAt: b.ExpiresAt, Consent: b.Consent}
}

// ByFlag names a flag of a household.
type ByFlag struct {
	ByID
	Flag PathID `path:"flag" doc:"标记编号"`
}

// householdFlags registers the flags of households.
func householdFlags(on *Operations, s *registry.Register) {
	get(on, "/households/{id}/flags", "list-household-flags", "register", "一户的标记，包括已结束的",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			ForPurpose
			Paging
		},
		) (*body[*model.List[*model.HouseholdFlag]], error) {
			return answer(s.History(ctx, who, in.id(), in.Purpose, in.page()))
		})
	post(on, "/households/{id}/flags", "set-household-flag", "register", "给一户加标记",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Scheme string `json:"scheme" minLength:"1" maxLength:"16" doc:"分色标准的代码"`
				FlagBody
			}
		},
		) (*body[*model.HouseholdFlag], error) {
			return answer(s.SetFlag(ctx, who, in.id(), in.Body.Scheme, in.Body.input()))
		}, answers(http.StatusCreated))
	post(on, "/households/{id}/flags/{flag}/review", "review-household-flag", "register", "复核标记：继续有效，重新计期",
		func(ctx context.Context, who model.Actor, in *struct {
			ByFlag
			Body FlagBody
		},
		) (*body[*model.HouseholdFlag], error) {
			return answer(s.ReviewFlag(ctx, who, in.id(), in.Flag.ID, in.Body.input()))
		})
	post(on, "/households/{id}/flags/{flag}/clear", "clear-household-flag", "register", "取消标记",
		func(ctx context.Context, who model.Actor, in *struct {
			ByFlag
			Body struct {
				Reason string `json:"reason" minLength:"1" maxLength:"200"`
			}
		},
		) (*body[*model.HouseholdFlag], error) {
			return answer(s.ClearFlag(ctx, who, in.id(), in.Flag.ID, in.Body.Reason))
		})
}

// charges registers who answers for which household.
func charges(on *Operations, s *registry.Register) {
	get(on, "/households/{id}/responsible", "list-household-charges", "register", "包保到户：现在和以前由谁负责",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Paging
		},
		) (*body[*model.List[*model.Charge]], error) {
			return answer(s.Charges(ctx, who, in.id(), in.page()))
		})
	put(on, "/households/{id}/responsible", "assign-household", "register", "指定包保人（一户同时只有一人）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Member   model.ID `json:"member_id,omitempty" doc:"不填则由服务队队长负责"`
				Team     model.ID `json:"team_id,omitempty"`
				Replaces model.ID `json:"replaces,omitempty" doc:"读到的现任包保记录的编号，没有则不填；已被他人改动为 409"`
			}
		},
		) (*body[*model.Charge], error) {
			b := in.Body
			return answer(s.Assign(ctx, who, in.id(), registry.ChargeInput{Member: b.Member, Team: b.Team, Replaces: b.Replaces}))
		})
	del(on, "/households/{id}/responsible/{charge}", "release-household", "register", "不再由此人包保",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Charge PathID `path:"charge" doc:"读到的包保记录的编号"`
		},
		) (*none, error) {
			return nil, s.Release(ctx, who, in.id(), in.Charge.ID)
		})
	get(on, "/register/mine", "list-my-households", "register", "我包保的户（不含门牌和标记）",
		func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*registry.Mine]], error) {
			return answer(s.Mine(ctx, who, in.page()))
		})
}

// TeamBody is what is written of a team.
type TeamBody struct {
	Kind    model.TeamKind `json:"kind" enum:"help,govern" doc:"help 户助服务队，govern 户治服务队"`
	Name    string         `json:"name" minLength:"1" maxLength:"30"`
	Leader  model.ID       `json:"leader_id"`
	Members []model.ID     `json:"members,omitempty" maxItems:"100"`
}

// teams registers service teams.
func teams(on *Operations, s *registry.Register) {
	get(on, "/service-teams", "list-service-teams", "register", "服务队（户助服务队、户治服务队）",
		func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*model.ServiceTeam]], error) {
			return answer(s.Teams(ctx, who, in.page()))
		})
	post(on, "/service-teams", "create-service-team", "register", "组建服务队",
		func(ctx context.Context, who model.Actor, in *struct {
			Body struct {
				Unit model.ID `json:"unit_id" doc:"服务哪个片区、网格或楼栋"`
				TeamBody
			}
		},
		) (*body[*model.ServiceTeam], error) {
			b := in.Body
			return answer(s.AddTeam(ctx, who, b.Unit, model.TeamInput{Kind: b.Kind, Name: b.Name, Leader: b.Leader, Members: b.Members, Active: true}))
		}, answers(http.StatusCreated))
	put(on, "/service-teams/{id}", "update-service-team", "register", "修改服务队",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				TeamBody
				Active  bool  `json:"active"`
				Version int64 `json:"version" minimum:"1" doc:"读到的版本"`
			}
		},
		) (*body[*model.ServiceTeam], error) {
			b := in.Body
			return answer(s.EditTeam(ctx, who, in.id(),
				model.TeamInput{Kind: b.Kind, Name: b.Name, Leader: b.Leader, Members: b.Members, Active: b.Active}, b.Version))
		})
}

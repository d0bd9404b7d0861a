package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/care"
)

// Doorbells registers the doorbells (爱心门铃): homes and those paired with them, alarms, test rings and what is to be
// looked after.
func Doorbells(c *care.Care) Noun {
	return func(on *Operations) {
		bellHomes(on, c)
		bellPairs(on, c)
		bellDevices(on, c)
		bellAlarms(on, c)
		bellRounds(on, c)
		get(on, "/doorbell/settings", "get-doorbell-settings", "doorbell", "门铃设置：呼叫步骤、到场时限（网格员、社区）",
			func(ctx context.Context, who model.Actor, _ *none) (*body[*model.BellSettings], error) {
				return answer(c.Settings(ctx, who))
			})
		put(on, "/doorbell/settings", "set-doorbell-settings", "doorbell", "修改门铃设置（社区管理员）",
			func(ctx context.Context, who model.Actor, in *struct {
				Body struct {
					Steps         []model.CascadeStep `json:"steps" minItems:"1" maxItems:"8"`
					ArriveMinutes int                 `json:"arrive_minutes" minimum:"1" maximum:"120"`
					CheckInBy     string              `json:"check_in_by,omitempty" maxLength:"5"`
					DutyPhone     string              `json:"duty_phone,omitempty" maxLength:"20"`
					Version       int64               `json:"version"`
				}
			},
			) (*body[*model.BellSettings], error) {
				b := in.Body
				return answer(c.Set(ctx, who, &model.BellSettings{Steps: b.Steps, ArriveMinutes: b.ArriveMinutes, CheckIn: b.CheckInBy, DutyPhone: b.DutyPhone, Version: b.Version}))
			})
	}
}

func bellHomes(on *Operations, c *care.Care) {
	post(on, "/doorbell/households", "enrol-doorbell", "doorbell", "登记门铃住户（网格员凭老人或家属同意，或老人自己）",
		func(ctx context.Context, who model.Actor, in *struct {
			Body struct {
				Member  model.ID            `json:"member_id" doc:"老人"`
				Consent *model.ConsentGiven `json:"consent,omitempty" doc:"代为登记时必填"`
			}
		},
		) (*created[*model.BellHome], error) {
			h, err := c.Enrol(ctx, who, in.Body.Member, in.Body.Consent)
			if err != nil {
				return nil, err
			}
			return &created[*model.BellHome]{basePath + "/doorbell/households/" + h.HouseholdID.String(), h}, nil
		}, answers(http.StatusCreated))
	get(on, "/doorbell/households", "list-doorbell-households", "doorbell", "辖区内的门铃住户（网格员、社区）",
		func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*model.BellHome]], error) {
			return answer(c.Homes(ctx, who, in.page()))
		})
	get(on, "/doorbell/households/{id}", "get-doorbell-household", "doorbell", "门铃住户及其结对与设备",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.BellHome], error) {
			return answer(c.Home(ctx, who, in.id()))
		})
	put(on, "/doorbell/households/{id}", "update-doorbell-household", "doorbell", "停用或启用门铃，设置每日签到时间",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Active    bool   `json:"active"`
				CheckInBy string `json:"check_in_by,omitempty" maxLength:"5" doc:"例如 10:00；不填为不要求签到"`
				Version   int64  `json:"version"`
			}
		},
		) (*body[*model.BellHome], error) {
			return answer(c.EditHome(ctx, who, in.id(), in.Body.Active, in.Body.CheckInBy, in.Body.Version))
		})
	post(on, "/doorbell/households/{id}/check-in", "check-in-doorbell", "doorbell", "平安签到（老人、同住人、结对志愿者或网格员）",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.CheckIn], error) {
			return answer(c.CheckIn(ctx, who, in.id()))
		}, unasked)
}

func bellPairs(on *Operations, c *care.Care) {
	get(on, "/doorbell/households/{id}/suggestions", "suggest-pairs", "doorbell", "推荐结对志愿者：同楼优先，再按匹配得分",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[items[*care.Suggestion]], error) {
			found, err := c.Suggestions(ctx, who, in.id())
			if found == nil {
				found = []*care.Suggestion{}
			}
			return answer(items[*care.Suggestion]{found}, err)
		})
	post(on, "/doorbell/households/{id}/pairs", "propose-pair", "doorbell", "邀请志愿者结对（须老人或家属同意）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Volunteer model.ID            `json:"volunteer_id"`
				Kind      model.PairKind      `json:"kind" enum:"primary,backup"`
				Consent   *model.ConsentGiven `json:"consent,omitempty" doc:"代为邀请时必填"`
			}
		},
		) (*created[*model.BellPair], error) {
			p, err := c.Propose(ctx, who, in.id(), in.Body.Volunteer, in.Body.Kind, in.Body.Consent)
			if err != nil {
				return nil, err
			}
			return &created[*model.BellPair]{basePath + "/doorbell/pairs/" + p.ID.String(), p}, nil
		}, answers(http.StatusCreated))
	get(on, "/doorbell/pairs/me", "list-my-pairs", "doorbell", "我结对的住户",
		func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*model.BellPair]], error) {
			return answer(c.MyPairs(ctx, who, in.page()))
		})
	for verb, x := range map[string]struct {
		summary string
		yes     bool
	}{"accept": {"接受结对（志愿者）", true}, "decline": {"谢绝结对（志愿者；不影响任何记录）", false}} {
		var options []option
		if !x.yes {
			options = append(options, unasked)
		}
		post(on, "/doorbell/pairs/{id}/"+verb, verb+"-pair", "doorbell", x.summary,
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.BellPair], error) {
				return answer(c.AnswerPair(ctx, who, in.id(), x.yes))
			}, options...)
	}
	post(on, "/doorbell/pairs/{id}/end", "end-pair", "doorbell", "结束结对（双方随时可以）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Reason string `json:"reason,omitempty" maxLength:"200"`
			}
		},
		) (*body[*model.BellPair], error) {
			return answer(c.EndPair(ctx, who, in.id(), in.Body.Reason))
		}, unasked)
}

func bellAlarms(on *Operations, c *care.Care) {
	get(on, "/doorbell/alarms", "list-alarms", "doorbell", "报警：叫到我的和我家的，或辖区内所有的",
		func(ctx context.Context, who model.Actor, in *struct {
			Paging
			All    bool   `query:"all" doc:"网格员、社区：辖区内所有的"`
			Status string `query:"status" doc:"状态，可用逗号分隔多个：ringing,acked,on_site,resolved"`
		},
		) (*body[*model.List[*model.Alarm]], error) {
			states, err := several("status", in.Status, model.AlarmRinging, model.AlarmAcked, model.AlarmOnSite, model.AlarmResolved)
			if err != nil {
				return nil, err
			}
			return answer(c.Alarms(ctx, who, in.All, states, in.page()))
		}, unasked)
	get(on, "/doorbell/alarms/{id}", "get-alarm", "doorbell", "查看报警及其呼叫步骤",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Alarm], error) {
			return answer(c.Alarm(ctx, who, in.id()))
		}, unasked)
	for verb, x := range map[string]struct {
		summary string
		step    func(context.Context, model.Actor, model.ID) (*model.Alarm, error)
	}{"ack": {"接警：我去看看", c.Ack}, "on-site": {"我已到场", c.Arrive}} {
		post(on, "/doorbell/alarms/{id}/"+verb, verb+"-alarm", "doorbell", x.summary,
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Alarm], error) {
				return answer(x.step(ctx, who, in.id()))
			}, unasked)
	}
	post(on, "/doorbell/alarms/{id}/resolve", "resolve-alarm", "doorbell", "解除报警：真实、误报或测试（误报不影响任何人）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Outcome model.AlarmOutcome `json:"outcome" enum:"real,false,test"`
				Note    string             `json:"note,omitempty" maxLength:"500" doc:"真实情况须说明处置"`
			}
		},
		) (*body[*model.Alarm], error) {
			return answer(c.Resolve(ctx, who, in.id(), in.Body.Outcome, in.Body.Note))
		}, unasked)
	post(on, "/doorbell/alarms/{id}/address", "reveal-alarm-address", "doorbell", "查看报警住户的门牌（被叫到的人，解除前，每次留痕）",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Address], error) {
			return answer(c.Door(ctx, who, in.id()))
		}, keyless, unasked)
}

// bellRounds registers test rings, tasks and how alarms were met.
func bellRounds(on *Operations, c *care.Care) {
	post(on, "/doorbell/drills", "start-drill", "doorbell", "演练：在一个范围内试铃，只叫结对志愿者（社区管理员）",
		func(ctx context.Context, who model.Actor, in *struct {
			Body struct {
				Unit model.ID `json:"unit_id" doc:"社区、片区、网格、楼栋等"`
			}
		},
		) (*created[*model.Drill], error) {
			d, err := c.StartDrill(ctx, who, in.Body.Unit)
			if err != nil {
				return nil, err
			}
			return &created[*model.Drill]{basePath + "/doorbell/drills/" + d.ID.String(), d}, nil
		}, answers(http.StatusCreated))
	get(on, "/doorbell/drills", "list-drills", "doorbell", "历次演练（网格员、社区）",
		func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*model.Drill]], error) {
			return answer(c.Drills(ctx, who, in.page()))
		})
	get(on, "/doorbell/drills/{id}", "get-drill", "doorbell", "演练结果：谁在几秒内回应",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Paging
		},
		) (*body[*care.DrillReport], error) {
			return answer(c.DrillReport(ctx, who, in.id(), in.page()))
		})
	get(on, "/doorbell/tasks", "list-care-tasks", "doorbell", "关爱待办：设备失联、电量低、未签到、本月演练（网格员、社区）",
		func(ctx context.Context, who model.Actor, in *struct {
			Paging
			Status model.CareTaskStatus `query:"status" enum:"open,done"`
		},
		) (*body[*model.List[*model.CareTask]], error) {
			return answer(c.Tasks(ctx, who, in.Status, in.page()))
		}, unasked)
	post(on, "/doorbell/tasks/{id}/done", "finish-care-task", "doorbell", "办结关爱待办",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Note string `json:"note,omitempty" maxLength:"200"`
			}
		},
		) (*body[*model.CareTask], error) {
			return answer(c.FinishTask(ctx, who, in.id(), in.Body.Note))
		}, unasked)
	get(on, "/doorbell/statistics", "doorbell-statistics", "doorbell", "响应时间：按月的次数、中位数与 95 分位（网格员、社区、审计员）",
		func(ctx context.Context, who model.Actor, in *struct {
			Unit PathID `query:"unit_id" doc:"只看这个范围；不填为辖区"`
			From string `query:"from" doc:"起始日期（含），默认三个月前"`
			To   string `query:"to" doc:"截止日期（含），默认今天"`
		},
		) (*body[items[*care.MonthOfAlarms]], error) {
			from, err := dayOrNone(in.From)
			if err != nil {
				return nil, err
			}
			to, err := dayOrNone(in.To)
			if err != nil {
				return nil, err
			}
			months, err := c.Statistics(ctx, who, in.Unit.ID, from, to)
			return answer(items[*care.MonthOfAlarms]{months}, err)
		})
}

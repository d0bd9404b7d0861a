package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/reception"
)

// Reception registers the reception room (党员会客室): who is on duty when, who came for what, and what was agreed.
func Reception(r *reception.Reception) Noun {
	return func(on *Operations) {
		receptionSettings(on, r)
		receptionHosts(on, r)
		receptionRosters(on, r)
		receptionShifts(on, r)
		receptionSwaps(on, r)
		receptionVisits(on, r)
		receptionMediations(on, r)
	}
}

func receptionSettings(on *Operations, r *reception.Reception) {
	get(on, "/reception/settings", "get-reception-settings", "reception", "会客室开放时间与排班设置",
		func(ctx context.Context, who model.Actor, _ *none) (*body[*model.ReceptionSettings], error) {
			return answer(r.Settings(ctx, who))
		})
	put(on, "/reception/settings", "set-reception-settings", "reception", "修改会客室设置（社区管理员）",
		func(ctx context.Context, who model.Actor, in *struct {
			Body struct {
				HostsADay     int    `json:"hosts_a_day" minimum:"1" maximum:"10"`
				Opens         string `json:"opens" maxLength:"5" doc:"例如 09:00"`
				Closes        string `json:"closes" maxLength:"5"`
				Holidays      bool   `json:"holidays" doc:"休息日和节假日也开放"`
				MinAge        int    `json:"min_age,omitempty" minimum:"0" maximum:"100"`
				NoShowMinutes int    `json:"no_show_minutes" minimum:"0" maximum:"240"`
				Version       int64  `json:"version"`
			}
		},
		) (*body[*model.ReceptionSettings], error) {
			b := in.Body
			return answer(r.Set(ctx, who, &model.ReceptionSettings{
				HostsADay: b.HostsADay, OpensAt: b.Opens, ClosesAt: b.Closes, Holidays: b.Holidays, MinAge: b.MinAge, NoShowMinutes: b.NoShowMinutes, Version: b.Version,
			}))
		})
}

func receptionHosts(on *Operations, r *reception.Reception) {
	put(on, "/reception/hosts/me", "wish-to-host", "reception", "我的值班意愿、休息日（党员）",
		func(ctx context.Context, who model.Actor, in *struct {
			Body struct {
				Willing bool            `json:"willing"`
				Rest    []int           `json:"rest_weekdays,omitempty" maxItems:"7" doc:"每周休息日，1（周一）到 7"`
				DaysOff []model.DaysOff `json:"days_off,omitempty" maxItems:"30"`
			}
		},
		) (*body[*model.Host], error) {
			return answer(r.Wish(ctx, who, in.Body.Willing, in.Body.Rest, in.Body.DaysOff))
		})
	get(on, "/reception/hosts", "list-hosts", "reception", "愿意值班的党员与值班次数（社区管理员）",
		func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*model.Host]], error) {
			return answer(r.Hosts(ctx, who, in.page()))
		})
	for verb, x := range map[string]struct {
		summary string
		in      bool
	}{"confirm": {"确认值班党员（社区管理员）", true}, "remove": {"移出值班名单（社区管理员）", false}} {
		post(on, "/reception/hosts/{id}/"+verb, verb+"-host", "reception", x.summary,
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Host], error) {
				return answer(r.Confirm(ctx, who, in.id(), x.in))
			})
	}
}

func receptionRosters(on *Operations, r *reception.Reception) {
	post(on, "/reception/rosters", "generate-roster", "reception", "自动排班：次数相差不超过一班，每人每周至多一班（社区管理员）",
		func(ctx context.Context, who model.Actor, in *struct {
			Body struct {
				From model.Day `json:"from"`
				To   model.Day `json:"to" doc:"含，最长 92 天"`
			}
		},
		) (*created[*model.Roster], error) {
			roster, err := r.Generate(ctx, who, in.Body.From, in.Body.To)
			if err != nil {
				return nil, err
			}
			return &created[*model.Roster]{basePath + "/reception/rosters/" + roster.ID.String(), roster}, nil
		}, answers(http.StatusCreated))
	get(on, "/reception/rosters", "list-rosters", "reception", "历次排班（社区管理员）",
		func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*model.Roster]], error) {
			return answer(r.Rosters(ctx, who, in.page()))
		})
	get(on, "/reception/rosters/{id}", "get-roster", "reception", "查看排班（社区管理员）",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Roster], error) {
			return answer(r.Roster(ctx, who, in.id()))
		})
	post(on, "/reception/rosters/{id}/publish", "publish-roster", "reception", "公布排班（社区管理员）",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Roster], error) {
			return answer(r.Publish(ctx, who, in.id()))
		})
	del(on, "/reception/rosters/{id}", "discard-roster", "reception", "删除未公布的排班（社区管理员）",
		func(ctx context.Context, who model.Actor, in *ByID) (*struct{}, error) {
			return nil, r.Discard(ctx, who, in.id())
		})
	post(on, "/reception/shifts/{id}/assign", "assign-shift", "reception", "调整未公布的一班（社区管理员）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Member model.ID `json:"member_id"`
			}
		},
		) (*body[*model.Shift], error) {
			return answer(r.Assign(ctx, who, in.id(), in.Body.Member))
		})
}

func receptionShifts(on *Operations, r *reception.Reception) {
	get(on, "/reception/shifts", "list-shifts", "reception", "会客室值班表",
		func(ctx context.Context, who model.Actor, in *struct {
			From string `query:"from" doc:"起始日期（含），默认今天"`
			To   string `query:"to" doc:"截止日期（含），默认两周后"`
		},
		) (*body[items[*model.Shift]], error) {
			from, err := dayOrNone(in.From)
			if err != nil {
				return nil, err
			}
			to, err := dayOrNone(in.To)
			if err != nil {
				return nil, err
			}
			shifts, err := r.Shifts(ctx, who, from, to)
			if shifts == nil {
				shifts = []*model.Shift{}
			}
			return answer(items[*model.Shift]{shifts}, err)
		})
	for verb, x := range map[string]struct {
		id, summary string
		step        func(context.Context, model.Actor, model.ID) (*model.Shift, error)
	}{
		"check-in":  {"check-in-shift", "值班签到", r.CheckIn},
		"check-out": {"check-out-shift", "值班签退", r.CheckOut},
		"no-show":   {"miss-shift", "记缺班并请人顶班（社区管理员）", r.Miss},
		"cover":     {"cover-shift", "顶班：先到先得", r.Cover},
	} {
		post(on, "/reception/shifts/{id}/"+verb, x.id, "reception", x.summary,
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Shift], error) {
				return answer(x.step(ctx, who, in.id()))
			})
	}
}

func receptionSwaps(on *Operations, r *reception.Reception) {
	post(on, "/reception/shifts/{id}/swaps", "propose-swap", "reception", "请对方换班或代班",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				To    model.ID `json:"to_member_id"`
				Other model.ID `json:"other_shift_id,omitempty" doc:"换对方的哪一班；不填为请对方代班"`
			}
		},
		) (*created[*model.Swap], error) {
			swap, err := r.ProposeSwap(ctx, who, in.id(), in.Body.To, in.Body.Other)
			if err != nil {
				return nil, err
			}
			return &created[*model.Swap]{basePath + "/reception/swaps/" + swap.ID.String(), swap}, nil
		}, answers(http.StatusCreated), unasked)
	get(on, "/reception/swaps", "list-swaps", "reception", "我发起的和请我的换班",
		func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*model.Swap]], error) {
			return answer(r.Swaps(ctx, who, in.page()))
		})
	for verb, x := range map[string]struct {
		summary string
		yes     bool
	}{"accept": {"同意换班", true}, "decline": {"谢绝换班", false}} {
		post(on, "/reception/swaps/{id}/"+verb, verb+"-swap", "reception", x.summary,
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Swap], error) {
				return answer(r.AnswerSwap(ctx, who, in.id(), x.yes))
			})
	}
}

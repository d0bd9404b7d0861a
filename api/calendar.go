package api

import (
	"context"

	"linbanglin/model"
	"linbanglin/service/disclosure"
)

// calendar registers the calendar of working days.
func calendar(on *Operations, d *disclosure.Disclosure) {
	get(on, "/calendar", "get-calendar", "disclosure", "工作日历（含法定节假日与调休）",
		func(ctx context.Context, who model.Actor, in *struct {
			From string `query:"from" doc:"起始日期（含），默认今天"`
			To   string `query:"to" doc:"截止日期（含），默认起始后 30 天，最多 366 天"`
		},
		) (*body[items[model.CalendarDay]], error) {
			from, to, err := days(in.From, in.To)
			if err != nil {
				return nil, err
			}
			list, err := d.Calendar(ctx, who, from, to)
			return answer(items[model.CalendarDay]{list}, err)
		})
	put(on, "/calendar/{day}", "set-calendar-day", "disclosure", "调整某一天是否上班（社区管理员）",
		func(ctx context.Context, who model.Actor, in *struct {
			Day  string `path:"day" doc:"日期，如 2026-10-10"`
			Body struct {
				Working bool   `json:"working" doc:"是否工作日"`
				Note    string `json:"note,omitempty" maxLength:"50"`
			}
		},
		) (*body[*model.CalendarDay], error) {
			day, err := model.ParseDay(in.Day)
			if err != nil {
				return nil, err
			}
			return answer(d.SetDay(ctx, who, day, in.Body.Working, in.Body.Note))
		})
}

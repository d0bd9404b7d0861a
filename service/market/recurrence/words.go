package recurrence

import (
	"fmt"
	"slices"
	"strings"

	"github.com/teambition/rrule-go"

	"linbanglin/model"
)

// weekdays begin with Monday, as the library's do.
var weekdays = []string{"一", "二", "三", "四", "五", "六", "日"}

// Words says the rule in Chinese, such as 每周一、四 09:00，共 8 次.
func (r *Rule) Words() string {
	return fmt.Sprintf("%s %s，%s", r.pattern(), r.option.Dtstart.Format("15:04"), r.ends)
}

// Moment says one time in Chinese, such as 2026 年 11 月 30 日 周一 09:00.
func Moment(at model.Instant) string {
	t := at.Time()
	return fmt.Sprintf("%d 年 %d 月 %d 日 周%s %s", t.Year(), t.Month(), t.Day(), weekdays[(int(t.Weekday())+6)%7], t.Format("15:04"))
}

// pattern says how often a rule falls. What it cannot say well it leaves to the dates.
func (r *Rule) pattern() string {
	o := r.option
	if len(o.Bysetpos) > 0 || len(o.Byweekno) > 0 || len(o.Byyearday) > 0 || len(o.Byweekday) > 0 && len(o.Bymonthday) > 0 {
		return "按所列日期"
	}
	text := ""
	if len(o.Bymonth) > 0 {
		text = "在 " + numbers(o.Bymonth) + " 月，"
	}
	days := days(o.Byweekday)
	switch o.Freq {
	case rrule.WEEKLY:
		if days == "" {
			days = weekdays[(int(o.Dtstart.Weekday())+6)%7]
		}
		return text + every(o.Interval, "周", "周") + days
	case rrule.MONTHLY:
		return text + every(o.Interval, "月", "个月") + r.monthday(days)
	case rrule.YEARLY:
		return "按所列日期"
	default:
		if days != "" {
			days = "（只在周" + days + "）"
		}
		return text + every(o.Interval, "天", "天") + days
	}
}

// monthday says which day of a month it is.
func (r *Rule) monthday(days string) string {
	switch {
	case days != "":
		return "的周" + days
	case len(r.option.Bymonthday) == 0:
		return fmt.Sprintf(" %d 日", r.option.Dtstart.Day())
	case slices.Min(r.option.Bymonthday) < 0:
		return "倒数的几日"
	}
	return " " + numbers(r.option.Bymonthday) + " 日"
}

func every(interval int, one, many string) string {
	if interval <= 1 {
		return "每" + one
	}
	return fmt.Sprintf("每 %d %s", interval, many)
}

func numbers(list []int) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = fmt.Sprint(n)
	}
	return strings.Join(words, "、")
}

// days says weekdays, those of a month with which they are.
func days(list []rrule.Weekday) string {
	words := make([]string, len(list))
	for i, d := range list {
		words[i] = weekdays[d.Day()]
		switch n := d.N(); {
		case n > 0:
			words[i] += fmt.Sprintf("（第 %d 个）", n)
		case n < 0:
			words[i] += fmt.Sprintf("（倒数第 %d 个）", -n)
		}
	}
	return strings.Join(words, "、")
}

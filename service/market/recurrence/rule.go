package recurrence

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"

	"linbanglin/model"
)

// The bounds of a rule.
const (
	MaxTimes = 366
	MaxAhead = 366 * 24 * time.Hour
	maxText  = 200
)

// Rule is a rule that was read, and when it falls.
type Rule struct {
	Text  string // as it is kept
	Times []model.Instant

	option *rrule.ROption
	ends   string // in words
}

func wrong(message, english string) error { return model.ErrSeriesRule.Saying(message, english) }

// The refusals that more than one rule meets.
var (
	errUnread  = wrong("看不懂这个重复规则，请参考 FREQ=WEEKLY;BYDAY=MO;COUNT=8", "The rule is not understood; it looks like FREQ=WEEKLY;BYDAY=MO;COUNT=8.")
	errTooMany = wrong("一个系列最多 366 次", "A series has at most 366 instances.")
	errTooFar  = wrong("一个系列最长到 366 天之后", "A series ends within 366 days.")
)

// frequencies are those that a series may have.
var frequencies = []string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}

// Read reads a rule that begins at a time, and counts when it falls from then on. It fails with ErrSeriesRule on a rule
// that is not one of RFC 5545 or says more than a rule does, that has no end or a far one, that falls too often or
// never, and that begins in the past.
func Read(text string, start, now model.Instant) (*Rule, error) {
	parts, err := split(text)
	if err != nil {
		return nil, err
	}
	r := &Rule{}
	horizon := now.Add(MaxAhead)
	if r.ends, err = end(parts, horizon); err != nil {
		return nil, err
	}
	if err := bounds(parts); err != nil {
		return nil, err
	}
	r.Text = join(parts)
	r.option, err = rrule.StrToROptionInLocation(r.Text, model.Shanghai())
	if err != nil {
		return nil, errUnread
	}
	if err := ordinals(r.option); err != nil {
		return nil, err
	}
	if start <= now {
		return nil, wrong("第一次的时间必须晚于现在", "The first instance must be in the future.")
	}
	r.option.Dtstart = start.Time()
	return r, r.count(horizon)
}

// order is how the parts of a rule are kept; a part that is not here is none of ours. What asks for more than one time
// a day is left out: the time is that of the start.
var order = []string{"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST"}

// split takes a rule apart.
func split(text string) (map[string]string, error) {
	text = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(text)), "RRULE:")
	switch {
	case len(text) > maxText:
		return nil, wrong("重复规则太长", "The rule is too long.")
	case strings.ContainsAny(text, "\r\n"), strings.Contains(text, "DTSTART"), strings.Contains(text, "EXDATE"), strings.Contains(text, "RDATE"), strings.Contains(text, "EXRULE"):
		return nil, wrong("重复规则里只能有 RRULE，开始时间请填在 starts_at", "A rule is one RRULE; the start goes into starts_at.")
	}
	parts := map[string]string{}
	for _, part := range strings.Split(strings.TrimSuffix(text, ";"), ";") {
		name, value, ok := strings.Cut(part, "=")
		switch {
		case !ok || value == "":
			return nil, errUnread
		case slices.Contains([]string{"BYHOUR", "BYMINUTE", "BYSECOND"}, name):
			return nil, wrong("每次的时刻由 starts_at 决定，规则里不能再写 "+name, "The time of day is that of starts_at; a rule has no "+name+".")
		case !slices.Contains(order, name):
			return nil, wrong("重复规则里有不认识的部分", "The rule has a part that is not known.")
		case parts[name] != "":
			return nil, wrong("重复规则里 "+name+" 写了两次", "The rule has "+name+" twice.")
		}
		parts[name] = value
	}
	return parts, nil
}

func join(parts map[string]string) string {
	var text []string
	for _, name := range order {
		if parts[name] != "" {
			text = append(text, name+"="+parts[name])
		}
	}
	return strings.Join(text, ";")
}

// end checks how a rule ends, and says it in words. A day ends with its last second.
func end(parts map[string]string, horizon model.Instant) (string, error) {
	count, until := parts["COUNT"], parts["UNTIL"]
	switch {
	case count == "" && until == "":
		return "", wrong("请用 COUNT（次数）或 UNTIL（截止日期）写明何时结束", "The rule must end: give COUNT or UNTIL.")
	case count != "" && until != "":
		return "", wrong("COUNT 和 UNTIL 只能写一个", "A rule has COUNT or UNTIL, not both.")
	case count != "":
		n, err := strconv.Atoi(count)
		if err != nil || n < 1 {
			return "", errUnread
		}
		if n > MaxTimes {
			return "", errTooMany
		}
		return fmt.Sprintf("共 %d 次", n), nil
	}
	last, err := lastMoment(until)
	if err != nil {
		return "", errUnread
	}
	if last > horizon {
		return "", errTooFar
	}
	parts["UNTIL"] = last.Time().UTC().Format(rrule.DateTimeFormat)
	return "到 " + last.Day().String() + " 为止", nil
}

func lastMoment(until string) (model.Instant, error) {
	switch len(until) {
	case len(rrule.DateFormat):
		day, err := time.ParseInLocation(rrule.DateFormat, until, model.Shanghai())
		return model.InstantOf(day.Add(24*time.Hour - time.Second)), err
	case len(rrule.LocalDateTimeFormat):
		at, err := time.ParseInLocation(rrule.LocalDateTimeFormat, until, model.Shanghai())
		return model.InstantOf(at), err
	default:
		at, err := time.Parse(rrule.DateTimeFormat, until)
		return model.InstantOf(at), err
	}
}

// bounds checks how often a rule falls, and that its parts fit that: RFC 5545 has some for longer spans only.
func bounds(parts map[string]string) error {
	frequency := parts["FREQ"]
	switch {
	case slices.Contains([]string{"HOURLY", "MINUTELY", "SECONDLY"}, frequency):
		return wrong("一天最多重复一次", "A series falls at most once a day.")
	case !slices.Contains(frequencies, frequency):
		return errUnread
	case frequency != "YEARLY" && (parts["BYWEEKNO"] != "" || parts["BYYEARDAY"] != ""):
		return wrong("BYWEEKNO 和 BYYEARDAY 只能用于 FREQ=YEARLY", "BYWEEKNO and BYYEARDAY are for FREQ=YEARLY.")
	case frequency == "WEEKLY" && parts["BYMONTHDAY"] != "":
		return wrong("BYMONTHDAY 不能用于 FREQ=WEEKLY", "BYMONTHDAY is not for FREQ=WEEKLY.")
	}
	if text := parts["INTERVAL"]; text != "" {
		if n, err := strconv.Atoi(text); err != nil || n < 1 || n > MaxTimes {
			return wrong("INTERVAL 应为 1 到 366", "INTERVAL is from 1 to 366.")
		}
	}
	return nil
}

// ordinals checks which weekday of a month or of a year is asked for: the library does not, and reads past the end.
func ordinals(o *rrule.ROption) error {
	most := 0 // of a day or a week there is no second Monday
	switch {
	case o.Freq == rrule.YEARLY && len(o.Bymonth) == 0 && len(o.Byweekno) == 0:
		most = 53
	case o.Freq == rrule.MONTHLY, o.Freq == rrule.YEARLY && len(o.Byweekno) == 0:
		most = 5
	}
	for _, day := range o.Byweekday {
		if n := day.N(); n > most || n < -most {
			return wrong("BYDAY 里的序数不合适", "The ordinal in BYDAY does not fit.")
		}
	}
	return nil
}

// count finds when the rule falls, and no more of it than a series may have.
func (r *Rule) count(horizon model.Instant) error {
	bounded := *r.option
	if bounded.Until.IsZero() {
		// What falls later is too far, and a rule that never falls would be looked for until the year 9999.
		bounded.Until = horizon.Time()
	}
	rule, err := rrule.NewRRule(bounded)
	if err != nil {
		return errUnread
	}
	next := rule.Iterator()
	for at, ok := next(); ok; at, ok = next() {
		if len(r.Times) == MaxTimes {
			return errTooMany
		}
		r.Times = append(r.Times, model.InstantOf(at))
	}
	switch {
	case len(r.Times) == 0:
		return wrong("按这个规则一次也没有", "The rule has no instance at all.")
	case len(r.Times) < bounded.Count:
		return errTooFar
	}
	return nil
}

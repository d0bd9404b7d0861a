package recurrence_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linbanglin/model"
	"linbanglin/service/market/recurrence"
)

const (
	now   = model.Instant(1_795_392_000_000_000) // Monday, 2026-11-23T08:00:00+08:00
	hour  = time.Hour
	start = now + model.Instant(hour/time.Microsecond)
)

func TestRulesFallWhenTheyShould(t *testing.T) {
	for text, c := range map[string]struct{ want, words string }{
		"FREQ=WEEKLY;COUNT=3":                          {"1123 1130 1207", "每周一 09:00，共 3 次"},
		"rrule:freq=weekly;byday=mo,th;count=4;":       {"1123 1126 1130 1203", "每周一、四 09:00，共 4 次"},
		"FREQ=WEEKLY;INTERVAL=2;COUNT=2;WKST=SU":       {"1123 1207", "每 2 周一 09:00，共 2 次"},
		"FREQ=DAILY;UNTIL=20261125":                    {"1123 1124 1125", "每天 09:00，到 2026-11-25 为止"},
		"FREQ=DAILY;UNTIL=20261125T085959":             {"1123 1124", "每天 09:00，到 2026-11-25 为止"},
		"FREQ=DAILY;UNTIL=20261125T010000Z":            {"1123 1124 1125", "每天 09:00，到 2026-11-25 为止"},
		"FREQ=DAILY;BYDAY=SA,SU;COUNT=2":               {"1128 1129", "每天（只在周六、日） 09:00，共 2 次"},
		"FREQ=MONTHLY;BYDAY=-1FR;COUNT=2":              {"1127 1225", "每月的周五（倒数第 1 个） 09:00，共 2 次"},
		"FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=3":         {"1201 1215 0101", "每月 1、15 日 09:00，共 3 次"},
		"FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2":           {"1130 1231", "每月倒数的几日 09:00，共 2 次"},
		"FREQ=MONTHLY;COUNT=2":                         {"1123 1223", "每月 23 日 09:00，共 2 次"},
		"FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1;COUNT=2": {"1130 1229", "按所列日期 09:00，共 2 次"},
		"FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=26;COUNT=1": {"1226", "按所列日期 09:00，共 1 次"},
		"FREQ=DAILY;BYMONTH=12;INTERVAL=3;COUNT=2":     {"1202 1205", "在 12 月，每 3 天 09:00，共 2 次"},
		"FREQ=YEARLY;BYDAY=52MO;COUNT=1":               {"1228", "按所列日期 09:00，共 1 次"},
		"FREQ=YEARLY;BYWEEKNO=50;BYDAY=TU;COUNT=1":     {"1208", "按所列日期 09:00，共 1 次"},
		"FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=1":  {"0813", "按所列日期 09:00，共 1 次"},
	} {
		r, err := recurrence.Read(text, start, now)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var got []string
		for _, at := range r.Times {
			got = append(got, at.Time().Format("0102"))
			if clock := at.Time().Format("15:04:05"); clock != "09:00:00" {
				t.Errorf("%s falls at %s", text, clock)
			}
		}
		if strings.Join(got, " ") != c.want || r.Words() != c.words {
			t.Errorf("%s: falls on %v, %q; want %s, %q", text, got, r.Words(), c.want, c.words)
		}
		// What is kept reads as it was read.
		again, err := recurrence.Read(r.Text, start, now)
		if err != nil || again.Text != r.Text || fmt.Sprint(again.Times) != fmt.Sprint(r.Times) {
			t.Errorf("%s is kept as %s: %v", text, r.Text, err)
		}
	}
	if got := recurrence.Moment(start); got != "2026 年 11 月 23 日 周一 09:00" {
		t.Errorf("got %s", got)
	}
}

func TestBadRulesAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                                                  "看不懂",
		"every week":                                        "看不懂",
		"COUNT=3":                                           "看不懂",
		"FREQ=;COUNT=3":                                     "看不懂",
		"FREQ=SOMETIMES;COUNT=3":                            "看不懂",
		"FREQ=DAILY":                                        "何时结束",
		"FREQ=DAILY;COUNT=367":                              "最多 366 次",
		"FREQ=DAILY;COUNT=100000":                           "最多 366 次",
		"FREQ=DAILY;COUNT=99999999999999999":                "最多 366 次",
		"FREQ=DAILY;COUNT=0":                                "看不懂",
		"FREQ=DAILY;COUNT=-1":                               "看不懂",
		"FREQ=DAILY;COUNT=3;UNTIL=20261201":                 "只能写一个",
		"FREQ=DAILY;UNTIL=20271125":                         "366 天",
		"FREQ=DAILY;UNTIL=99991231":                         "366 天",
		"FREQ=DAILY;UNTIL=20261301":                         "看不懂",
		"FREQ=DAILY;UNTIL=tomorrow":                         "看不懂",
		"FREQ=DAILY;UNTIL=20261101":                         "一次也没有",
		"FREQ=WEEKLY;COUNT=54":                              "366 天",
		"FREQ=YEARLY;COUNT=3":                               "366 天",
		"FREQ=MONTHLY;INTERVAL=12;COUNT=3":                  "366 天",
		"FREQ=HOURLY;COUNT=3":                               "一天最多",
		"FREQ=MINUTELY;COUNT=3":                             "一天最多",
		"FREQ=SECONDLY;COUNT=3":                             "一天最多",
		"FREQ=DAILY;BYHOUR=1,2,3;COUNT=3":                   "时刻",
		"FREQ=DAILY;BYMINUTE=1;COUNT=3":                     "时刻",
		"FREQ=DAILY;BYEASTER=1;COUNT=3":                     "不认识",
		"FREQ=DAILY;COLOUR=RED;COUNT=3":                     "不认识",
		"FREQ=DAILY;COUNT=3;COUNT=4":                        "两次",
		"FREQ=DAILY;COUNT=3;INTERVAL=0":                     "INTERVAL",
		"FREQ=DAILY;COUNT=3;INTERVAL=-1":                    "INTERVAL",
		"FREQ=DAILY;COUNT=1;INTERVAL=367":                   "INTERVAL",
		"FREQ=DAILY;COUNT=3;BYDAY=XX":                       "看不懂",
		"FREQ=DAILY;COUNT=3;BYMONTH=13":                     "看不懂",
		"FREQ=WEEKLY;COUNT=3;BYDAY=2MO":                     "序数",
		"FREQ=MONTHLY;COUNT=3;BYDAY=53MO":                   "序数",
		"FREQ=YEARLY;COUNT=1;BYDAY=54MO":                    "序数",
		"FREQ=YEARLY;COUNT=1;BYMONTH=2;BYDAY=6MO":           "序数",
		"FREQ=DAILY;BYWEEKNO=3;COUNT=1":                     "BYWEEKNO",
		"FREQ=WEEKLY;BYMONTHDAY=3;COUNT=1":                  "BYMONTHDAY",
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=1":        "一次也没有",
		"DTSTART:20261123T090000\nRRULE:FREQ=DAILY;COUNT=3": "只能有 RRULE",
		"FREQ=DAILY;COUNT=3\nEXDATE:20261124T090000":        "只能有 RRULE",
		"FREQ=DAILY;COUNT=3;DTSTART=20200101T000000Z":       "只能有 RRULE",
		"FREQ=DAILY;COUNT=3;" + strings.Repeat("X", 200):    "太长",
	} {
		began := time.Now()
		r, err := recurrence.Read(text, start, now)
		var reason *model.Error
		if !errors.As(err, &reason) || reason.Code != "series.rule" || !strings.Contains(reason.Message, want) || reason.English == "" {
			t.Errorf("%q: got %+v, %v; want %s", text, r, err, want)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%q took %s", text, took)
		}
	}
	for _, past := range []model.Instant{now, now - 1, 1} {
		if _, err := recurrence.Read("FREQ=DAILY;COUNT=3", past, now); !errors.Is(err, model.ErrSeriesRule) {
			t.Errorf("from %s: %v", past, err)
		}
	}
	if _, err := recurrence.Read("FREQ=DAILY;COUNT=1", now.Add(367*24*hour), now); !errors.Is(err, model.ErrSeriesRule) {
		t.Errorf("a start beyond the horizon: %v", err)
	}
	if r, err := recurrence.Read("FREQ=DAILY;COUNT=366", start, now); err != nil || len(r.Times) != 366 {
		t.Errorf("the longest: %v", err)
	}
}

// TestNoRuleIsTooMuch reads rules of any parts: each is refused, or falls in order, within the bounds.
func TestNoRuleIsTooMuch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := func(name string, most int) string {
			list := rapid.SliceOfN(rapid.IntRange(-most, most), 1, 3).Draw(t, name)
			return name + "=" + strings.ReplaceAll(strings.Trim(fmt.Sprint(list), "[]"), " ", ",")
		}
		parts := []string{"FREQ=" + rapid.SampledFrom([]string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}).Draw(t, "FREQ")}
		for name, most := range map[string]int{"BYMONTH": 12, "BYWEEKNO": 53, "BYYEARDAY": 366, "BYMONTHDAY": 31, "BYSETPOS": 366, "INTERVAL": 400} {
			if rapid.IntRange(0, 3).Draw(t, "with "+name) == 0 {
				parts = append(parts, numbers(name, most))
			}
		}
		if rapid.Bool().Draw(t, "with BYDAY") {
			n := rapid.IntRange(-60, 60).Draw(t, "n")
			if rapid.Bool().Draw(t, "plain") {
				n = rapid.IntRange(-5, 5).Draw(t, "few")
			}
			parts = append(parts, fmt.Sprintf("BYDAY=%d%s,%s", n, rapid.SampledFrom([]string{"MO", "WE", "SU"}).Draw(t, "day"), "FR"))
		}
		parts = append(parts, rapid.SampledFrom([]string{"COUNT=1", "COUNT=50", "COUNT=366", "UNTIL=20270101", "UNTIL=20271101"}).Draw(t, "end"))
		text := strings.Join(parts, ";")
		r, err := recurrence.Read(text, start, now)
		if err != nil {
			if !errors.Is(err, model.ErrSeriesRule) {
				t.Fatalf("%s: %v", text, err)
			}
			return
		}
		last := now
		for _, at := range r.Times {
			if at <= last || at > now.Add(recurrence.MaxAhead) {
				t.Fatalf("%s falls at %s after %s", text, at, last)
			}
			last = at
		}
		if len(r.Times) == 0 || len(r.Times) > recurrence.MaxTimes || r.Words() == "" {
			t.Fatalf("%s falls %d times", text, len(r.Times))
		}
	})
}

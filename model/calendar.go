package model

import (
	_ "embed" // the official calendar
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// CalendarDay (日历) says whether a day is a working day, and why.
type CalendarDay struct {
	CommunityID ID      `gorm:"primaryKey" json:"-"`
	Day         Day     `gorm:"primaryKey;column:cal_day" json:"day"`
	Working     bool    `json:"working"`
	Note        string  `json:"note,omitempty"`
	UpdatedBy   ID      `json:"-"`
	UpdatedAt   Instant `json:"-"`

	Source string `gorm:"-" json:"source" enum:"week,official,community"`
}

// TableName implements gorm's Tabler.
func (CalendarDay) TableName() string { return "calendar_day" }

// Where a calendar knows a day from.
const (
	FromWeek      = "week"
	FromOfficial  = "official"
	FromCommunity = "community"
)

// maxNote bounds what is said about a day, in characters.
const maxNote = 50

// Validate checks what a community says about a day. It fails with ErrInvalid.
func (d *CalendarDay) Validate() error {
	if utf8.RuneCountInString(d.Note) > maxNote {
		return ErrInvalid.Saying("说明不能超过 50 个字", "A note has at most 50 characters.")
	}
	return nil
}

//go:embed calendar_cn.txt
var officialText string

// official is read only.
var official = readOfficial(officialText)

// readOfficial reads lines of first day, last day, off or work, and name. It panics on any other line: the
// text is part of the program.
func readOfficial(text string) map[Day]CalendarDay {
	days := map[Day]CalendarDay{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var first, last, kind, name string
		if _, err := fmt.Sscan(line, &first, &last, &kind, &name); err != nil {
			panic(fmt.Sprintf("official calendar: %q: %v", line, err))
		}
		day, err := ParseDay(first)
		end, err2 := ParseDay(last)
		if err != nil || err2 != nil || end < day || kind != "off" && kind != "work" {
			panic(fmt.Sprintf("official calendar: %q", line))
		}
		for ; day <= end; day = day.Next() {
			days[day] = CalendarDay{Day: day, Working: kind == "work", Note: name, Source: FromOfficial}
		}
	}
	return days
}

// Calendar knows the working days of a community: its own rows first, then the official holidays and
// make-up days, then the days of the week.
type Calendar map[Day]*CalendarDay

// On tells what a day is.
func (c Calendar) On(day Day) CalendarDay {
	if own, ok := c[day]; ok {
		known := *own
		known.Source = FromCommunity
		return known
	}
	if known, ok := official[day]; ok {
		return known
	}
	weekday := day.Start().Time().Weekday()
	return CalendarDay{Day: day, Working: weekday != time.Saturday && weekday != time.Sunday, Source: FromWeek}
}

// AddWorkingDays returns the end of the n-th working day after the day of from, which does not count
// itself. With n of 0 or less it returns from.
func (c Calendar) AddWorkingDays(from Instant, n int) Instant {
	if n <= 0 {
		return from
	}
	day := from.Day()
	for n > 0 {
		if day = day.Next(); c.On(day).Working {
			n--
		}
	}
	return day.End()
}

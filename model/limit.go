package model

import "time"

// LimitUnit is what a limit counts in.
type LimitUnit string

// The units: hours of the clock, hours in which offices are open, and working days, to the end of the last one.
const (
	Hours        LimitUnit = "hours"
	WorkingHours LimitUnit = "working_hours"
	WorkingDays  LimitUnit = "working_days"
)

// maxLimit bounds a limit, in its unit.
const maxLimit = 1000

// Limit (时限) is how long something may take.
type Limit struct {
	Amount int       `json:"amount" minimum:"1" maximum:"1000"`
	Unit   LimitUnit `json:"unit" enum:"hours,working_hours,working_days" doc:"自然小时、工作小时（工作日 9 至 17 时）或工作日"`
}

// valid reports whether the limit is one.
func (l Limit) valid() bool {
	return l.Amount >= 1 && l.Amount <= maxLimit && (l.Unit == Hours || l.Unit == WorkingHours || l.Unit == WorkingDays)
}

// When offices are open on a working day.
const (
	officeOpens  = 9 * time.Hour
	officeCloses = 17 * time.Hour
)

// After returns when a limit ends that begins at an instant.
func (c Calendar) After(from Instant, limit Limit) Instant {
	switch limit.Unit {
	case WorkingDays:
		return c.AddWorkingDays(from, limit.Amount)
	case WorkingHours:
		return c.addOfficeTime(from, time.Duration(limit.Amount)*time.Hour)
	}
	return from.Add(time.Duration(limit.Amount) * time.Hour)
}

// Resume returns when a limit ends that would have ended at due and stood still from one instant to another: as much of
// it is left after the pause as was before. What was over when the pause began stays over.
func (c Calendar) Resume(due Instant, unit LimitUnit, paused, resumed Instant) Instant {
	if due <= paused || due == 0 {
		return due
	}
	switch unit {
	case WorkingDays:
		lost := 0
		for day := paused.Day(); day < resumed.Day(); {
			if day = day.Next(); c.On(day).Working {
				lost++
			}
		}
		if lost == 0 {
			return due
		}
		return c.AddWorkingDays(due-1, lost) // due is the first instant after its day
	case WorkingHours:
		return c.addOfficeTime(due, c.officeTime(paused, resumed))
	}
	return due + resumed - paused
}

// office returns when offices open and close on a day; nothing on one that is no working day.
func (c Calendar) office(day Day) (opens, closes Instant) {
	start := day.Start()
	if !c.On(day).Working {
		return start, start
	}
	return start.Add(officeOpens), start.Add(officeCloses)
}

// officeTime returns for how long offices are open between two instants.
func (c Calendar) officeTime(from, to Instant) time.Duration {
	var open Instant
	for day := from.Day(); day <= to.Day(); day = day.Next() {
		opens, closes := c.office(day)
		open += max(0, min(to, closes)-max(from, opens))
	}
	return time.Duration(open) * time.Microsecond
}

// addOfficeTime returns the instant by which offices have been open for so long.
func (c Calendar) addOfficeTime(from Instant, d time.Duration) Instant {
	left := Instant(d.Microseconds())
	if left <= 0 {
		return from
	}
	for day := from.Day(); ; day = day.Next() {
		opens, closes := c.office(day)
		opens = max(opens, from)
		if open := closes - opens; open >= left {
			return opens + left
		} else if open > 0 {
			left -= open
		}
	}
}

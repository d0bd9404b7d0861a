package model

import (
	"slices"
	"time"
)

// Slot is a weekly time at which a helper is available, in Shanghai time. Weekday is 1 (Monday) to 7.
type Slot struct {
	Weekday int    `json:"weekday" minimum:"1" maximum:"7"`
	From    string `json:"from" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" example:"09:00"`
	To      string `json:"to" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$" example:"11:30"`
}

// sinceMidnight reads HH:MM, 00:00 to 24:00.
func sinceMidnight(s string) (time.Duration, bool) {
	if s == "24:00" {
		return 24 * time.Hour, true
	}
	t, err := time.Parse("15:04", s)
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, err == nil && len(s) == len("15:04")
}

// span returns where in its day the slot begins and ends, and whether it is a slot at all.
func (s Slot) span() (from, to time.Duration, ok bool) {
	from, okFrom := sinceMidnight(s.From)
	to, okTo := sinceMidnight(s.To)
	return from, to, okFrom && okTo && from < to && s.Weekday >= 1 && s.Weekday <= 7
}

// Overlaps reports whether the slot meets the time from start to end; without an end, or with one before
// the start, it is the moment of the start.
func (s Slot) Overlaps(start, end Instant) bool {
	from, to, ok := s.span()
	if !ok {
		return false
	}
	end = max(end, start+1)
	weekday := (int(start.Time().Weekday())+6)%7 + 1
	// The slot's day in the week of the start's day, and a week later when the slot was over by then.
	midnight := start.Day().Start().Add(time.Duration((s.Weekday-weekday+7)%7) * 24 * time.Hour)
	if midnight.Add(to) <= start {
		midnight = midnight.Add(7 * 24 * time.Hour)
	}
	return midnight.Add(from) < end
}

// DaysOff is a time in which a helper is away, from one day to another, both included.
type DaysOff struct {
	From Day `json:"from"`
	To   Day `json:"to"`
}

func (d DaysOff) ok() bool { return d.From > 0 && d.From <= d.To }

func (d DaysOff) covers(day Day) bool { return d.From <= day && day <= d.To }

// Quiet is the part of each day in which a helper wants no notices, in Shanghai time; zero is none. It may pass
// midnight; from and to are not the same.
type Quiet struct {
	From string `json:"from" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" example:"22:00"`
	To   string `json:"to" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" example:"07:00"`
}

func (q Quiet) ok() bool {
	if q == (Quiet{}) {
		return true
	}
	from, okFrom := sinceMidnight(q.From)
	to, okTo := sinceMidnight(q.To)
	return okFrom && okTo && from != to
}

// Covers reports whether a moment is in the quiet part of its day.
func (q Quiet) Covers(at Instant) bool {
	if q == (Quiet{}) {
		return false
	}
	from, _ := sinceMidnight(q.From)
	to, _ := sinceMidnight(q.To)
	time := at.Time().Sub(at.Day().Start().Time())
	if from < to {
		return from <= time && time < to
	}
	return from <= time || time < to
}

// Span is a time from start to end; without an end, or with one before the start, the moment of the start.
type Span struct {
	StartsAt Instant
	EndsAt   Instant
}

// Overlaps reports whether two spans have a moment in common.
func (s Span) Overlaps(t Span) bool {
	return s.StartsAt < max(t.EndsAt, t.StartsAt+1) && t.StartsAt < max(s.EndsAt, s.StartsAt+1)
}

// Free reports whether the offer's times leave room for a request: a wanted time meets a weekly one, if any are
// named, and no day off; without a wanted time, some day until the deadline is none off.
func (o *HelpOffer) Free(r *HelpRequest) bool {
	off := func(day Day) bool {
		return slices.ContainsFunc(o.DaysOff, func(d DaysOff) bool { return d.covers(day) })
	}
	if r.StartsAt == 0 {
		for at := r.CreatedAt; at <= r.DeadlineAt; at = at.Add(24 * time.Hour) {
			if !off(at.Day()) {
				return true
			}
		}
		return !off(r.DeadlineAt.Day())
	}
	meets := func(s Slot) bool { return s.Overlaps(r.StartsAt, r.EndsAt) }
	return !off(r.StartsAt.Day()) && (len(o.Availability) == 0 || slices.ContainsFunc(o.Availability, meets))
}

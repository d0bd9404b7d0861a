package dispatch

import (
	"time"

	"linbanglin/model"
)

// Pace (缓急) is how soon a request needs an answer.
type Pace string

// The paces.
const (
	Urgent Pace = "urgent" // now
	Today  Pace = "today"  // on the day on which it is asked for
	Normal Pace = "normal" // within a day or later
)

// PaceOf returns the pace of a request: urgent by its urgency, today if it begins or ends on the day on
// which it was posted, else normal.
func PaceOf(r *model.HelpRequest) Pace {
	day := r.CreatedAt.Day()
	switch {
	case r.Urgency == model.UrgencyUrgent:
		return Urgent
	case r.StartsAt != 0 && r.StartsAt.Day() <= day, r.EndsAt != 0 && r.EndsAt.Day() <= day:
		return Today
	}
	return Normal
}

// Window returns how long a wave waits for those who say nothing, before the next one: 3 minutes when
// urgent, 30 minutes today, else 4 hours. Five waves, one for each level of the tree, end before a
// request's own patience does (2 hours when urgent, else 24).
func (p Pace) Window() time.Duration {
	switch p {
	case Urgent:
		return 3 * time.Minute
	case Today:
		return 30 * time.Minute
	default:
		return 4 * time.Hour
	}
}

// ladder is how many windows there are from the first wave to the end of the community: one for each level.
const ladder = 5

// Begins returns when the first wave of a request goes out that was put on the board: an urgent one at once; others
// after they have been there for one window without a helper, or earlier, so that a window for each level of the tree
// ends before the deadline.
func (p Pace) Begins(opened, deadline model.Instant) model.Instant {
	if p == Urgent {
		return opened
	}
	return max(opened, min(opened.Add(p.Window()), deadline.Add(-ladder*p.Window())))
}

// Target returns the chance, in (0,1), that at least one of a wave accepts: 0.97 when urgent, else 0.90.
func (p Pace) Target() float64 {
	if p == Urgent {
		return 0.97
	}
	return 0.90
}

// DayPart (时段) is a part of the day in Shanghai. People are free at different hours, so history is kept by it.
type DayPart string

// The parts of the day.
const (
	Morning   DayPart = "morning"   // 06:00 to 12:00
	Afternoon DayPart = "afternoon" // 12:00 to 18:00
	Evening   DayPart = "evening"   // 18:00 to 23:00
	Night     DayPart = "night"     // 23:00 to 06:00
)

// DayParts lists the parts of the day.
func DayParts() []DayPart { return []DayPart{Morning, Afternoon, Evening, Night} }

// PartOf returns the part of the day at an instant.
func PartOf(at model.Instant) DayPart {
	switch hour := at.Time().Hour(); {
	case hour < 6 || hour >= 23:
		return Night
	case hour < 12:
		return Morning
	case hour < 18:
		return Afternoon
	default:
		return Evening
	}
}

package model

import "time"

// What moves a request on the board of those that wait: each is a time by which another may have waited less or longer
// and be as early.
const (
	urgentAhead = 3 * 24 * time.Hour // of a normal one
	lowBehind   = 2 * 24 * time.Hour
	claimBehind = 12 * time.Hour // for each helper it has
	viewsBehind = 12 * time.Hour // at most, however many have looked at it
	viewsHalf   = 10             // so many views are half of that
	soon        = 2 * 24 * time.Hour
)

// BoardKey returns the place of the request on the board: the smaller, the earlier. It is the moment from which the
// request waits, or shortly before it is wanted if that is later, moved by its urgency; who was looked at or found
// helpers gives way to who was not, so that nothing stays unseen. As all wait at the same pace it changes only with
// the request.
func (r *HelpRequest) BoardKey() Instant {
	at := max(r.CreatedAt, r.StartsAt.Add(-soon))
	switch r.Urgency {
	case UrgencyUrgent:
		at = at.Add(-urgentAhead)
	case UrgencyLow:
		at = at.Add(lowBehind)
	}
	views := max(0, r.Views)
	at += Instant(viewsBehind.Microseconds() * views / (views + viewsHalf))
	return at.Add(claimBehind * time.Duration(len(r.holding())))
}

package model

import "time"

const (
	// FairShareOpens is how long before its time a request is anybody's, however much they have had.
	FairShareOpens = 24 * time.Hour
	// maxShareCategory and maxShareRequester are how many requests of one category, and of one requester, a helper
	// claims in seven days before others have had the chance. More than two for one requester would not count either.
	maxShareCategory  = 3
	maxShareRequester = 2
)

// Share is how many requests like this one a helper has claimed in the last seven days.
type Share struct {
	Category  int
	Requester int
}

// FairShareUntil is until when fair shares are kept; it is over for what is wanted within a day.
func (r *HelpRequest) FairShareUntil() Instant {
	return max(r.DeadlineAt, r.StartsAt).Add(-FairShareOpens)
}

// FairShare fails with ErrFairShare when the helper has had theirs, and others may still want it.
func (r *HelpRequest) FairShare(had Share, now Instant) error {
	if now < r.FairShareUntil() && (had.Category >= maxShareCategory || had.Requester >= maxShareRequester) {
		return ErrFairShare
	}
	return nil
}

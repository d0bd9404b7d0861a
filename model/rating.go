package model

import (
	"time"
	"unicode/utf8"
)

// RateWithin is how long after the confirmation both sides may rate each other. Until both have, or this time is over,
// neither sees what the other said, so that nobody rates in return.
const RateWithin = 7 * 24 * time.Hour

var errRating = ErrInvalid.Saying("评分应为 1 到 5", "A rating is from 1 to 5.")

// Rate has a helper rate who asked, or who speaks for the requester rate a helper; without a claim, all whom they have
// not rated. It fails with ErrInvalid on a rating that is not from 1 to 5, with ErrNotHelper for anyone else, with
// ErrRated for a second one, and with ErrRequestState before the confirmation and RateWithin after it.
func (r *HelpRequest) Rate(by ID, claim ID, rating int, comment string, now Instant) error {
	if rating < 1 || rating > maxRating || utf8.RuneCountInString(comment) > 200 {
		return errRating
	}
	if !r.MayConfirm(by) && len(r.with(func(c *Claim) bool { return c.HelperID == by })) == 0 {
		return ErrNotHelper // what state it is in is not their business
	}
	confirmed := r.in(ClaimConfirmed)
	if r.Status != RequestConfirmed || now >= r.SettledAt().Add(RateWithin) {
		return ErrRequestState
	}
	for _, c := range confirmed {
		if c.HelperID == by {
			if c.BackRating != 0 {
				return ErrRated
			}
			c.BackRating, c.BackText, c.BackAt = rating, comment, now
			r.touch(now)
			return nil
		}
	}
	if !r.MayConfirm(by) {
		return ErrNotHelper
	}
	rated := 0
	for _, c := range confirmed {
		if c.Rating == 0 && (claim == 0 || claim == c.ID) {
			c.Rating, c.Comment, c.RatedAt = rating, comment, now
			rated++
		}
	}
	if rated == 0 {
		return ErrRated
	}
	r.touch(now)
	return nil
}

// HideRatings takes from the claims of a confirmed request what the reader may not see: a rating is for the two it is
// between, and each sees the other's only when both are in or RateWithin has passed.
func (r *HelpRequest) HideRatings(reader ID, now Instant) {
	for _, c := range r.Claims {
		asker, helper := r.MayConfirm(reader), c.HelperID == reader
		open := c.RatedAt != 0 && c.BackAt != 0 || now >= c.EndedAt.Add(RateWithin)
		if !asker && (!helper || !open) {
			c.Rating, c.Comment, c.RatedAt = 0, "", 0
		}
		if !helper && (!asker || !open) {
			c.BackRating, c.BackText, c.BackAt = 0, "", 0
		}
	}
}

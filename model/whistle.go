package model

import (
	"time"
	"unicode/utf8"
)

// Whistle (吹哨报到) calls a unit to a matter: it is to report in by a time, and answers to who leads the matter with a
// deadline of its own. Both sides rate each other at the end.
type Whistle struct {
	ID             ID      `json:"id"`
	CommunityID    ID      `json:"-"`
	MatterID       ID      `json:"-"`
	OrganisationID ID      `json:"organisation_id"`
	Task           string  `json:"task"`
	CalledBy       ID      `json:"-"`
	CalledAt       Instant `json:"called_at"`
	ReportBy       Instant `json:"report_by" doc:"报到时限"`
	DueAt          Instant `json:"due_at" doc:"协办时限"`
	ReportedBy     ID      `json:"-"`
	ReportedAt     Instant `json:"reported_at,omitzero"`
	Late           bool    `json:"late"`
	FinishedAt     Instant `json:"finished_at,omitzero"`
	Result         string  `json:"result,omitempty"`
	UnitRating     int     `json:"unit_rating,omitempty" doc:"主办方对协办单位的评价"`
	LeadRating     int     `json:"lead_rating,omitempty" doc:"协办单位对主办方的评价"`

	Organisation NodeRef `gorm:"-" json:"organisation,omitzero"`
}

// TableName implements gorm's Tabler.
func (Whistle) TableName() string { return "matter_whistle" }

// maxWhistle is how far ahead a unit is called.
const maxWhistle = 30 * 24 * time.Hour

// Whistle calls units to the matter. It fails with ErrWhistleTier at the grid, with ErrWhistleTime, with ErrInvalid
// without a task, and with ErrMatterState.
func (m *Matter) Whistle(by StepBy, calls []*Whistle) error {
	return m.take(ActWhistle, by, func() error {
		if m.Tier == TierGrid {
			return ErrWhistleTier
		}
		for _, w := range calls {
			n := utf8.RuneCountInString(w.Task)
			switch {
			case w.ReportBy <= by.Now || w.ReportBy > by.Now.Add(maxWhistle) || w.DueAt < w.ReportBy:
				return ErrWhistleTime
			case n < 1 || n > maxMatterReason:
				return errReason
			}
			w.MatterID, w.CommunityID, w.CalledBy, w.CalledAt = m.ID, m.CommunityID, by.Member, by.Now
		}
		return nil
	})
}

// ReportIn says that the unit is there; after its time it is late, and may still come. It fails with ErrWhistleState when
// it was said before, and with ErrMatterState.
func (m *Matter) ReportIn(by StepBy, w *Whistle) error {
	return m.take(ActReportIn, by, func() error {
		if w.ReportedAt != 0 {
			return ErrWhistleState
		}
		w.ReportedBy, w.ReportedAt, w.Late = by.Member, by.Now, by.Now > w.ReportBy
		return nil
	})
}

// CoFinish says that the part of the unit is done; who has not reported in has nothing to finish. It fails with
// ErrWhistleState, with ErrInvalid without a result, and with ErrMatterState.
func (m *Matter) CoFinish(by StepBy, w *Whistle, result string) error {
	return m.take(ActCoFinish, by, func() error {
		switch {
		case w.ReportedAt == 0 || w.FinishedAt != 0:
			return ErrWhistleState
		case !worded(result, maxMatterReason):
			return errResult
		}
		w.FinishedAt, w.Result = by.Now, result
		return nil
	})
}

// RateWhistle rates a unit that was called, or for the unit who leads the matter, once each. It fails with
// ErrWhistleState, with ErrInvalid, and with ErrMatterState before there is a result.
func (m *Matter) RateWhistle(by StepBy, w *Whistle, forUnit bool, rating int) error {
	return m.take(ActRateWhistle, by, func() error {
		given := &w.UnitRating
		if forUnit {
			given = &w.LeadRating
		}
		switch {
		case *given != 0:
			return ErrWhistleState
		case rating < 1 || rating > maxRating:
			return ErrInvalid
		}
		*given = rating
		return nil
	})
}

// Note writes down a step that changes nothing on the matter itself. It fails with ErrMatterState.
func (m *Matter) Note(action MatterAction, by StepBy) error { return m.take(action, by, nil) }

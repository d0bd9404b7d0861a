package model

import (
	"slices"
	"strings"
	"time"
)

// VisitOutcome says what came of a visit to a household.
type VisitOutcome string

// The outcomes. Only who was met was visited.
const (
	VisitMet     VisitOutcome = "met"
	VisitNotHome VisitOutcome = "not_home"
	VisitRefused VisitOutcome = "refused"
	VisitMoved   VisitOutcome = "moved"
)

// VisitItem is an item of the checklist of a visit.
type VisitItem struct {
	Item string `json:"item" minLength:"1" maxLength:"60"`
	Done bool   `json:"done"`
}

// HouseholdVisit (走访记录) says who was at a household, and what came of it. It is never changed.
type HouseholdVisit struct {
	ID          ID           `json:"id"`
	CommunityID ID           `json:"-"`
	HouseholdID ID           `json:"-"`
	VisitorID   ID           `json:"-"`
	VisitedAt   Instant      `json:"visited_at"`
	Outcome     VisitOutcome `json:"outcome" enum:"met,not_home,refused,moved"`
	Checklist   []VisitItem  `gorm:"serializer:json" json:"checklist"`
	Note        string       `gorm:"serializer:sealed" json:"note"`
	NextNeed    string       `gorm:"serializer:sealed" json:"next_need"`
	CreatedAt   Instant      `json:"created_at"`

	Visitor MemberRef `gorm:"-" json:"visitor"`
}

// TableName implements gorm's Tabler.
func (HouseholdVisit) TableName() string { return "household_visit" }

// VisitInput is what a visitor tells of a visit.
type VisitInput struct {
	VisitedAt Instant // zero: now
	Outcome   VisitOutcome
	Checklist []VisitItem
	Note      string
	NextNeed  string
}

// visitLate is how long after a visit it may still be written down.
const visitLate = 366 * 24 * time.Hour

// NewHouseholdVisit writes down a visit. Items says what the checklist may have. It fails with ErrVisitTime, with
// ErrVisitItem and with ErrInvalid.
func NewHouseholdVisit(id, community, household ID, in VisitInput, items []string, by ID, now Instant) (*HouseholdVisit, error) {
	if in.VisitedAt == 0 {
		in.VisitedAt = now
	}
	in.Note, in.NextNeed = strings.TrimSpace(in.Note), strings.TrimSpace(in.NextNeed)
	switch {
	case in.VisitedAt > now || in.VisitedAt < now.Add(-visitLate):
		return nil, ErrVisitTime
	case !slices.Contains([]VisitOutcome{VisitMet, VisitNotHome, VisitRefused, VisitMoved}, in.Outcome):
		return nil, ErrInvalid.Saying("走访结果应为见到、不在家、谢绝或已搬离", "A visit met somebody, nobody, was refused or they moved away.")
	case !within(in.Note, 0, 500) || !within(in.NextNeed, 0, 200):
		return nil, ErrInvalid.Saying("走访情况最多 500 个字，下一步需求最多 200 个字", "A note has at most 500 characters, a need 200.")
	}
	seen := map[string]bool{}
	for _, i := range in.Checklist {
		if seen[i.Item] || !slices.Contains(items, i.Item) {
			return nil, ErrVisitItem
		}
		seen[i.Item] = true
	}
	if in.Checklist == nil {
		in.Checklist = []VisitItem{}
	}
	return &HouseholdVisit{
		ID: id, CommunityID: community, HouseholdID: household, VisitorID: by, VisitedAt: in.VisitedAt, Outcome: in.Outcome,
		Checklist: in.Checklist, Note: in.Note, NextNeed: in.NextNeed, CreatedAt: now,
	}, nil
}

package model

import (
	"cmp"
	"slices"
	"time"
)

// HonourKind says for what an honour is.
type HonourKind string

// The kinds of honour.
const (
	HonourTop      HonourKind = "top"       // among the first three by points
	HonourFullTime HonourKind = "full_time" // there from the start to the end
)

// Honour (荣誉) is what a campaign says thank you for. Only the member sees it, and the campaign's report.
type Honour struct {
	ID          ID         `json:"-"`
	CommunityID ID         `json:"-"`
	CampaignID  ID         `json:"campaign_id"`
	MemberID    ID         `json:"-"`
	Kind        HonourKind `json:"kind" enum:"top,full_time"`
	Place       int        `json:"place,omitzero"` // of the first three
	Points      int64      `json:"points"`
	Minutes     int64      `json:"minutes"`
	CreatedAt   Instant    `json:"created_at"`

	Title  string    `gorm:"-" json:"title"` // of the campaign
	Member MemberRef `gorm:"-" json:"-"`
}

// TableName implements gorm's Tabler.
func (Honour) TableName() string { return "honour" }

const (
	// honoured is how many have a place of honour, and fullTimeSlack how late one may come and how early leave.
	honoured      = 3
	fullTimeSlack = 15 * time.Minute
	// ThanksWithin is how long after its close a campaign thanks.
	ThanksWithin = 7 * 24 * time.Hour
	// ThanksAfter is how soon: what was on its way at the close is booked by then.
	ThanksAfter = 30 * time.Second
)

// Attendance is how one member took part in a session of a campaign.
type Attendance struct {
	*Checkin
	Name      string
	Grid      string
	Place     Place
	Verified  Credit // of the whole campaign; on the first line of a member
	Declared  Credit
	Rankable  bool // an adult who did not opt out
	Household ID
}

// FullTime reports whether a member was there from the start to the end, by their own scans.
func (k *Checkin) FullTime(c *Campaign) bool {
	return k.Class == Verified && !k.Forgotten && k.CheckedInAt <= c.StartsAt.Add(fullTimeSlack) && k.CheckedOutAt >= c.EndsAt.Add(-fullTimeSlack)
}

// Honours returns who is honoured for a campaign: the first three by points, who came first before who came later, and all
// who were there the full time.
func (c *Campaign) Honours(rows []*Attendance, now Instant) (all []*Honour) {
	ranked := slices.DeleteFunc(slices.Clone(rows), func(r *Attendance) bool { return !r.Rankable || r.Verified.Points+r.Declared.Points <= 0 })
	slices.SortStableFunc(ranked, func(a, b *Attendance) int {
		return cmp.Or(cmp.Compare(b.Verified.Points+b.Declared.Points, a.Verified.Points+a.Declared.Points), cmp.Compare(a.CheckedInAt, b.CheckedInAt))
	})
	give := func(kind HonourKind, place int, r *Attendance) {
		all = append(all, &Honour{
			CommunityID: c.CommunityID, CampaignID: c.ID, MemberID: r.MemberID, Kind: kind, Place: place,
			Points: r.Verified.Points + r.Declared.Points, Minutes: r.Verified.Minutes + r.Declared.Minutes, CreatedAt: now,
		})
	}
	for i, r := range ranked[:min(honoured, len(ranked))] {
		give(HonourTop, i+1, r)
	}
	seen := map[ID]bool{}
	for _, r := range rows {
		if r.FullTime(c) && !seen[r.MemberID] {
			seen[r.MemberID] = true
			give(HonourFullTime, 0, r)
		}
	}
	return all
}

// Coverage is how far a campaign came in a grid, or how many came to a session.
type Coverage struct {
	Name         string
	Participants int
	Households   int // that took part or were visited
	Verified     Credit
	Declared     Credit
}

// Report (活动报告) is what a campaign came to.
type Report struct {
	*Poster
	Attendance []*Attendance
	Grids      []*Coverage
	Sessions   []*Coverage
	Honours    []*Honour
	Photos     int      // that were chosen
	Pictures   [][]byte // of these, as far as they are printed
}

// Total adds the lines up.
func (r *Report) Total() (all Coverage) {
	for _, g := range r.Grids {
		all.Participants, all.Households = all.Participants+g.Participants, all.Households+g.Households
		all.Verified.Points, all.Verified.Minutes = all.Verified.Points+g.Verified.Points, all.Verified.Minutes+g.Verified.Minutes
		all.Declared.Points, all.Declared.Minutes = all.Declared.Points+g.Declared.Points, all.Declared.Minutes+g.Declared.Minutes
	}
	return all
}

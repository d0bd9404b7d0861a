package model

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// HonourKind says for what an honour is.
type HonourKind string

// The kinds of honour.
const (
	HonourTop      HonourKind = "top"       // among the first three by points
	HonourFullTime HonourKind = "full_time" // there from the start to the end of all sessions that were theirs
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

	Withdrawn bool `gorm:"-" json:"withdrawn,omitempty" doc:"所依据的积分或时长后来被冲正"`

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

// Credits are points and minutes by how they were proven.
type Credits struct{ Verified, Declared Credit }

// Add adds points and minutes of a class, or takes them off.
func (c *Credits) Add(class Class, points, minutes int64) {
	credit := &c.Declared
	if class == Verified {
		credit = &c.Verified
	}
	credit.Points, credit.Minutes = credit.Points+points, credit.Minutes+minutes
}

// Attendance is how one member took part in a session of a campaign. Who earned something or made a visit without a
// check-in has a line without a session.
type Attendance struct {
	*Checkin
	Name      string
	Grid      string
	Place     Place
	Part      string // the session by its name
	Verified  Credit // of the whole campaign; on the first line of a member
	Declared  Credit
	Own       Credits // of this line alone
	Rankable  bool    // an adult who did not opt out
	Household ID
	SignedUp  []int // for which sessions
}

// came returns when a member came first, after all others for who never checked in.
func (a *Attendance) came() Instant {
	if a.CheckedInAt == 0 {
		return math.MaxInt64
	}
	return a.CheckedInAt
}

// FullTime reports whether a member was in a session from its start to its end, by their own scans.
func (k *Checkin) FullTime(c *Campaign) bool {
	s, err := c.Session(k.Session)
	return err == nil && k.Class == Verified && !k.Forgotten && k.CheckedInAt <= s.StartsAt.Add(fullTimeSlack) && k.CheckedOutAt >= s.EndsAt.Add(-fullTimeSlack)
}

// fullTimers returns who was there for all of every session that they signed up for, of all sessions when they signed up
// for none, in the order of their first lines.
func (c *Campaign) fullTimers(rows []*Attendance) (all []*Attendance) {
	full := map[ID]map[int]bool{}
	for _, r := range rows {
		if full[r.MemberID] == nil {
			full[r.MemberID] = map[int]bool{}
		}
		full[r.MemberID][r.Session] = r.FullTime(c)
	}
	everySession := make([]int, max(1, len(c.Plan.Sessions)))
	for i := range everySession {
		everySession[i] = i + 1
	}
	seen := map[ID]bool{}
	for _, r := range rows {
		theirs := r.SignedUp
		if len(theirs) == 0 {
			theirs = everySession
		}
		if !seen[r.MemberID] && !slices.ContainsFunc(theirs, func(session int) bool { return !full[r.MemberID][session] }) {
			all = append(all, r)
		}
		seen[r.MemberID] = true
	}
	return all
}

// Check marks the honour as withdrawn when its member has less of the campaign now than it was given for.
func (h *Honour) Check(now Earned) { h.Withdrawn = now.Points < h.Points || now.Minutes < h.Minutes }

// Honours returns who is honoured for a campaign: the first three by points, who came first before who came later, and all
// who were there the full time.
func (c *Campaign) Honours(rows []*Attendance, now Instant) (all []*Honour) {
	ranked := slices.DeleteFunc(slices.Clone(rows), func(r *Attendance) bool { return !r.Rankable || r.Verified.Points+r.Declared.Points <= 0 })
	slices.SortStableFunc(ranked, func(a, b *Attendance) int {
		return cmp.Or(cmp.Compare(b.Verified.Points+b.Declared.Points, a.Verified.Points+a.Declared.Points), cmp.Compare(a.came(), b.came()))
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
	for _, r := range c.fullTimers(rows) {
		give(HonourFullTime, 0, r)
	}
	return all
}

// Coverage is how far a campaign came in a grid, or how many came to a session.
type Coverage struct {
	Name         string
	Participants int
	Households   int // that took part or were visited
	Homes        int // that there are, in a grid
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

package model

import (
	"slices"
	"time"
)

// Category is a kind of help.
type Category struct {
	Code string `json:"code"`
	Name string `json:"name"`
	// Near lists categories whose helpers can often do this one as well.
	Near []string `json:"-"`
}

// Categories returns the kinds of help, for requests and offers alike.
func Categories() []Category {
	return []Category{
		{"errand", "跑腿代办", []string{"shopping"}},
		{"shopping", "代购买菜", []string{"errand"}},
		{"escort", "陪诊就医", []string{"companion"}},
		{"companion", "陪伴聊天", []string{"escort", "elder_care"}},
		{"elder_care", "照看老人", []string{"companion"}},
		{"child_care", "照看孩子", []string{"tutoring"}},
		{"tutoring", "辅导作业", []string{"child_care"}},
		{"repair", "家电维修", []string{"moving"}},
		{"moving", "搬运整理", []string{"repair", "cleaning"}},
		{"cleaning", "打扫卫生", []string{"moving"}},
		{"digital", "手机教学", nil},
		{"pet_care", "照看宠物", nil},
		{"haircut", "上门理发", nil},
		{"legal", "法律咨询", nil},
		{"other", "其他", nil},
	}
}

// categories is read only.
var categories = Categories()

// KnownCategory reports whether code names a category.
func KnownCategory(code string) bool {
	return slices.ContainsFunc(categories, func(c Category) bool { return c.Code == code })
}

// NearCategory reports whether a helper for offered can often do wanted as well.
func NearCategory(wanted, offered string) bool {
	return slices.ContainsFunc(categories, func(c Category) bool {
		return c.Code == wanted && slices.Contains(c.Near, offered)
	})
}

// Suited returns the categories of offers whose helpers can often do the wanted one: itself, and those near.
func Suited(wanted string) []string {
	for _, c := range categories {
		if c.Code == wanted {
			return append([]string{c.Code}, c.Near...)
		}
	}
	return nil
}

// Served returns the categories of requests that a helper for the offered ones can often do.
func Served(offered []string) []string {
	var served []string
	for _, c := range categories {
		if slices.ContainsFunc(Suited(c.Code), func(s string) bool { return slices.Contains(offered, s) }) {
			served = append(served, c.Code)
		}
	}
	return served
}

// OfferStatus is where an offer stands.
type OfferStatus string

// The states of an offer.
const (
	OfferActive OfferStatus = "active"
	OfferPaused OfferStatus = "paused"
	OfferClosed OfferStatus = "closed"
)

// OfferTransitions returns the one table of what may follow what.
func OfferTransitions() map[OfferStatus][]OfferStatus {
	return map[OfferStatus][]OfferStatus{
		OfferActive: {OfferPaused, OfferClosed},
		OfferPaused: {OfferActive, OfferClosed},
	}
}

// HelpOffer (提供帮助) is what a neighbour is ready to do, when, and how far from home.
type HelpOffer struct {
	ID           ID `json:"id"`
	Place        `gorm:"embedded"`
	MemberID     ID          `json:"-"`
	Categories   []string    `gorm:"serializer:json" json:"categories"`
	Title        string      `json:"title"`
	Availability []Slot      `gorm:"serializer:json" json:"availability"`
	Reach        NodeKind    `json:"reach"`
	WeeklyLimit  int         `json:"weekly_limit"`
	Status       OfferStatus `json:"status"`
	Version      int64       `json:"version"`
	CreatedAt    Instant     `json:"created_at"`
	UpdatedAt    Instant     `json:"-"`

	Member MemberRef `gorm:"-" json:"member"`
	Unit   NodeRef   `gorm:"-" json:"unit"`
}

// TableName implements gorm's Tabler.
func (HelpOffer) TableName() string { return "help_offer" }

const maxWeeklyLimit = 50

// Reaches lists how far from home an offer can go, nearest first.
func Reaches() []NodeKind { return Levels()[1:] }

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

// Validate checks what an offer promises. It fails with ErrCategory, ErrPeriod and ErrInvalid.
func (o *HelpOffer) Validate() error {
	unknown := func(code string) bool { return !KnownCategory(code) }
	wrong := func(s Slot) bool { _, _, ok := s.span(); return !ok }
	switch {
	case len(o.Categories) == 0 || slices.ContainsFunc(o.Categories, unknown):
		return ErrCategory
	case !validTitle(o.Title):
		return errTitle
	case slices.ContainsFunc(o.Availability, wrong):
		return ErrPeriod
	case !slices.Contains(Reaches(), o.Reach):
		return ErrInvalid.Saying("愿意走的范围不正确", "The reach is unit, building, grid, area or community.")
	case o.WeeklyLimit < 1 || o.WeeklyLimit > maxWeeklyLimit:
		return ErrInvalid.Saying("每周上限应为 1 到 50 次", "The weekly limit is from 1 to 50.")
	}
	return nil
}

// Move changes the offer's state. It fails with ErrOfferState when the table does not allow it.
func (o *HelpOffer) Move(to OfferStatus, now Instant) error {
	if !slices.Contains(OfferTransitions()[o.Status], to) {
		return ErrOfferState
	}
	o.Status, o.UpdatedAt, o.Version = to, now, o.Version+1
	return nil
}

// Reaches reports whether a request at the place is within the offer's reach.
func (o *HelpOffer) Reaches(p Place) bool {
	shared := o.Distance(p)
	levels := Levels()
	return shared != "" && slices.Index(levels, shared) <= slices.Index(levels, o.Reach)
}

// Load is what a helper has taken on: claims that hold a slot, and claims of the last seven days.
type Load struct {
	Open int
	Week int
}

// Match is an offer or a request with the score that explains its rank; the parts add up to the score,
// which lies in [0,1].
type Match struct {
	Offer   *HelpOffer         `json:"offer,omitempty"`
	Request *HelpRequest       `json:"request,omitempty"`
	Score   float64            `json:"score"`
	Parts   map[string]float64 `json:"parts"`
}

package model

import (
	"math"
	"strings"
	"unicode/utf8"
)

// Position is where someone says that they are, in degrees. It is never stored.
type Position struct{ Lat, Lng float64 }

// FenceSide is what is kept of where somebody checked in.
type FenceSide string

// The sides of a fence.
const (
	InsideFence  FenceSide = "in"
	OutsideFence FenceSide = "out"
	UnknownFence FenceSide = "unknown" // there is no fence, or no position was told
)

// Fence (电子围栏) is the circle around the place of a campaign.
type Fence struct {
	CampaignID ID      `gorm:"primaryKey" json:"campaign_id"`
	Lat        int64   `json:"-"` // millionths of a degree
	Lng        int64   `json:"-"`
	RadiusM    int     `json:"radius_m"`
	Required   bool    `json:"required"`
	UpdatedBy  ID      `json:"-"`
	UpdatedAt  Instant `json:"updated_at"`

	Center FenceCenter `gorm:"-" json:"center"`
}

// FenceCenter is the middle of a fence as it is shown, in degrees.
type FenceCenter struct {
	Lat float64 `json:"lat"`
	Lng float64 `json:"lng"`
}

// TableName implements gorm's Tabler.
func (Fence) TableName() string { return "campaign_fence" }

const (
	millionths  = 1_000_000
	earthMetres = 6_371_000.0
	minRadiusM  = 20
	maxRadiusM  = 20_000
)

// Valid reports whether the position is one on earth.
func (p Position) Valid() bool {
	return math.Abs(p.Lat) <= 90 && math.Abs(p.Lng) <= 180 // false for what is no number
}

// Poster is what a printed poster of a campaign says.
type Poster struct {
	*Campaign
	Theme     string
	Community string
	Scope     string
	MadeAt    Instant
}

// NewFence returns a fence around a position. It fails with ErrInvalid.
func NewFence(campaign ID, at Position, radius int, required bool, by ID, now Instant) (*Fence, error) {
	if !at.Valid() || radius < minRadiusM || radius > maxRadiusM {
		return nil, ErrInvalid.Saying("围栏需要正确的经纬度，半径 20 到 20000 米", "A fence has a latitude, a longitude and a radius of 20 to 20,000 metres.")
	}
	f := &Fence{
		CampaignID: campaign, Lat: int64(math.Round(at.Lat * millionths)), Lng: int64(math.Round(at.Lng * millionths)),
		RadiusM: radius, Required: required, UpdatedBy: by, UpdatedAt: now,
	}
	return f.Shown(), nil
}

// Shown completes a fence for its readers.
func (f *Fence) Shown() *Fence {
	f.Center = FenceCenter{float64(f.Lat) / millionths, float64(f.Lng) / millionths}
	return f
}

// Side returns on which side of the fence a position is; there may be neither.
func (f *Fence) Side(at *Position) FenceSide {
	switch {
	case f == nil || at == nil || !at.Valid():
		return UnknownFence
	case f.distance(*at) <= float64(f.RadiusM):
		return InsideFence
	}
	return OutsideFence
}

// distance returns how many metres it is from the middle to a position, along the ground.
func (f *Fence) distance(at Position) float64 {
	lat1, lat2 := radians(float64(f.Lat)/millionths), radians(at.Lat)
	dLat, dLng := lat2-lat1, radians(at.Lng)-radians(float64(f.Lng)/millionths)
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(lat1)*math.Cos(lat2)*math.Pow(math.Sin(dLng/2), 2)
	return 2 * earthMetres * math.Asin(math.Sqrt(min(h, 1)))
}

func radians(degrees float64) float64 { return degrees * math.Pi / 180 }

// LetsIn fails with ErrOutsideFence where the fence is required and the side is not known to be within.
func (f *Fence) LetsIn(side FenceSide) error {
	switch {
	case f == nil || !f.Required || side == InsideFence:
		return nil
	case side == UnknownFence:
		return ErrOutsideFence.Saying("本活动须在现场签到，请允许获取位置，或请组织者代为签到", "This campaign asks for your position at the check-in; allow it, or ask the organizer.")
	}
	return ErrOutsideFence
}

// Refusal (未能签到) is a check-in that was refused at the door, for the organizer to see to.
type Refusal struct {
	ID         ID      `json:"-"`
	CampaignID ID      `json:"campaign_id"`
	Session    int     `json:"session"`
	MemberID   ID      `json:"-"`
	Reason     string  `json:"reason"` // the code of the error
	CreatedAt  Instant `json:"created_at"`

	Message string    `gorm:"-" json:"message"`
	Member  MemberRef `gorm:"-" json:"member"`
}

// TableName implements gorm's Tabler.
func (Refusal) TableName() string { return "campaign_refusal" }

// Refusals lists the errors that put a check-in on the organizer's list.
func Refusals() []*Error { return []*Error{ErrBudget, ErrOutsideFence} }

// Record has the check-in say that an organizer made it for a member who was there, and why. It fails with
// ErrOwnCheckin for oneself and with ErrInvalid without a reason.
func (k *Checkin) Record(by ID, reason string) error {
	reason = strings.TrimSpace(reason)
	if by == k.MemberID {
		return ErrOwnCheckin
	}
	if n := utf8.RuneCountInString(reason); n < 1 || n > 100 {
		return ErrInvalid.Saying("请写明代为签到的原因（1 到 100 个字）", "Say why you check someone in, in 1 to 100 characters.")
	}
	k.RecordedBy, k.Reason, k.Class = by, reason, Declared
	return nil
}

// defaultForgottenAfter is how long after the campaign's end a check-out may still be made, in minutes.
const defaultForgottenAfter = 120

// ForgetsAt returns when check-outs that are still missing count as forgotten: when the campaign was closed, or some
// time after its end.
func (c *Campaign) ForgetsAt() Instant {
	after := c.Rules.ForgottenAfter
	if after == 0 {
		after = defaultForgottenAfter
	}
	at := c.EndsAt + Instant(after)*Instant(60_000_000)
	if c.ClosedAt != 0 {
		at = min(at, c.ClosedAt)
	}
	return at
}

// Forgives reports whether a check-out that is missing is nobody's fault: the minutes were given at the check-in, or the
// campaign was called off.
func (c *Campaign) Forgives() bool {
	return c.Rules.MinutesPerCheckin > 0 || c.Status == CampaignCancelled
}

// Forget ends a check-in whose check-out was forgotten, with the minutes that the rules have for that: none unless they
// say so, since nobody knows how long the member stayed, and never more than what a check-in counts at most.
func (k *Checkin) Forget(c *Campaign, now Instant) {
	k.CheckedOutAt, k.Forgotten = now, c.Status != CampaignCancelled
	if !c.Forgives() {
		k.Minutes = min(c.Rules.ForgottenMinutes, c.mostMinutes())
	}
}

// mostMinutes is how long one check-in counts at most.
func (c *Campaign) mostMinutes() int64 {
	if c.Rules.MaxMinutes == 0 {
		return defaultMaxMinutes
	}
	return c.Rules.MaxMinutes
}

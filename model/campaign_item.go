package model

import (
	"slices"
	"strings"
)

// CampaignItem (服务项目) is something that is done at a campaign, and what doing it once earns.
type CampaignItem struct {
	Code    string `json:"code" pattern:"^[a-z][a-z0-9_]{0,15}$" doc:"项目代码，小写字母、数字和下划线"`
	Name    string `json:"name" minLength:"1" maxLength:"60"`
	Points  int64  `json:"points,omitempty" minimum:"0" maximum:"1000"`
	Minutes int64  `json:"minutes,omitempty" minimum:"0" maximum:"1440"`
}

// validate checks the items and limits of the rules. It fails with ErrInvalid.
func (r *CampaignRules) validate() error {
	if r.MemberPointsLimit < 0 || r.MemberMinutesLimit < 0 || len(r.Items) > MaxChecklist {
		return ErrInvalid.Saying("每人上限不能为负，服务项目最多 20 个", "Limits are not negative, and there are at most 20 items.")
	}
	for i, item := range r.Items {
		again := slices.ContainsFunc(r.Items[:i], func(x CampaignItem) bool { return x.Code == item.Code })
		if again || !themeCode.MatchString(item.Code) || !within(strings.TrimSpace(item.Name), 1, 60) ||
			item.Points < 0 || item.Points > 1000 || item.Minutes < 0 || item.Minutes > 1440 {
			return ErrInvalid.Saying("服务项目的代码不能重复，积分为 0 到 1000，时长为 0 到 1440 分钟", "Items have different codes, up to 1,000 points and up to 1,440 minutes.")
		}
	}
	return nil
}

// Limited reports whether there is a limit for one member.
func (r *CampaignRules) Limited() bool { return r.MemberPointsLimit > 0 || r.MemberMinutesLimit > 0 }

// Earned is what a member had of a campaign.
type Earned struct {
	Points  int64
	Minutes int64
}

// Of returns how much of a measure that is.
func (e Earned) Of(m Measure) int64 {
	if m == Minutes {
		return e.Minutes
	}
	return e.Points
}

// Within returns how much of an amount of points and of minutes a member may still have who had so much.
func (r *CampaignRules) Within(had, more Earned) Earned {
	if r.MemberPointsLimit > 0 {
		more.Points = max(0, min(more.Points, r.MemberPointsLimit-had.Points))
	}
	if r.MemberMinutesLimit > 0 {
		more.Minutes = max(0, min(more.Minutes, r.MemberMinutesLimit-had.Minutes))
	}
	return more
}

// Item returns what doing an item so often earns. It fails with ErrCampaignItem.
func (r *CampaignRules) Item(code string, times int) (Earned, error) {
	for _, item := range r.Items {
		if item.Code == code {
			return Earned{item.Points * int64(times), item.Minutes * int64(times)}, nil
		}
	}
	return Earned{}, ErrCampaignItem
}

// ItemDone is a note that a member did an item of a campaign so often.
type ItemDone struct {
	ID         ID        `json:"id"`
	CampaignID ID        `json:"campaign_id"`
	MemberID   ID        `json:"-"`
	Item       string    `json:"item"`
	Times      int       `json:"count"`
	Points     int64     `json:"points"`
	Minutes    int64     `json:"minutes"`
	CreatedBy  ID        `json:"-"`
	CreatedAt  Instant   `json:"created_at"`
	Member     MemberRef `gorm:"-" json:"member"`
}

// TableName implements gorm's Tabler.
func (ItemDone) TableName() string { return "campaign_item" }

package model

import "time"

// CampaignTemplate is what every campaign of a series has, as of the time that it was written for.
type CampaignTemplate struct {
	Theme       string        `json:"theme"`
	Title       string        `json:"title"`
	Description string        `json:"description"`
	StartsAt    Instant       `json:"starts_at"`
	EndsAt      Instant       `json:"ends_at"`
	Budget      int64         `json:"budget"`
	Capacity    int           `json:"capacity,omitzero"`
	Rules       CampaignRules `json:"rules"`
	Plan        CampaignPlan  `json:"plan"`
}

// CampaignSeries (定期活动) is a campaign that comes again by a rule (RFC 5545 RRULE).
type CampaignSeries struct {
	ID          ID               `json:"id"`
	CommunityID ID               `json:"-"`
	ScopeNodeID ID               `json:"scope_unit_id"`
	ScopeKind   NodeKind         `json:"scope_kind"`
	Template    CampaignTemplate `gorm:"serializer:json" json:"campaign"`
	Rule        string           `json:"rrule"`
	Words       string           `json:"words" doc:"规则的中文说明"`
	StartsAt    Instant          `json:"starts_at"` // of the first one
	EndsAt      Instant          `json:"ends_at"`   // of the last one
	AutoPublish bool             `json:"auto_publish" doc:"不需要审核的社区：到时直接发布"`
	Status      SeriesStatus     `json:"status" enum:"active,ended"`
	Reason      string           `json:"reason,omitempty"`
	Version     int64            `json:"version"`
	CreatedBy   ID               `json:"-"`
	CreatedAt   Instant          `json:"created_at"`
	UpdatedAt   Instant          `json:"-"`

	Instances []*CampaignInstance `gorm:"-" json:"instances"` // the next ones
}

// TableName implements gorm's Tabler.
func (CampaignSeries) TableName() string { return "campaign_series" }

// CampaignInstance is one time of a series. There is one for each time, so that it becomes a campaign once.
type CampaignInstance struct {
	SeriesID   ID             `gorm:"primaryKey;autoIncrement:false" json:"-"`
	StartsAt   Instant        `gorm:"primaryKey;autoIncrement:false" json:"starts_at"`
	Status     InstanceStatus `json:"status" enum:"planned,made,skipped,ended"`
	CampaignID ID             `json:"campaign_id,omitzero"`
}

// TableName implements gorm's Tabler.
func (CampaignInstance) TableName() string { return "campaign_series_instance" }

// NewCampaignSeries makes a series of a campaign that was checked, at times in their order.
func NewCampaignSeries(id ID, c *Campaign, rule, words string, times []Instant, now Instant) *CampaignSeries {
	s := &CampaignSeries{
		ID: id, CommunityID: c.CommunityID, ScopeNodeID: c.ScopeNodeID, ScopeKind: c.ScopeKind, Rule: rule, Words: words,
		Template: CampaignTemplate{c.Theme, c.Title, c.Description, c.StartsAt, c.EndsAt, c.Budget, c.Capacity, c.Rules, c.Plan},
		StartsAt: times[0], EndsAt: times[len(times)-1].Add(c.EndsAt.Time().Sub(c.StartsAt.Time())), Status: SeriesActive, Version: 1,
		CreatedBy: c.CreatedBy, CreatedAt: now, UpdatedAt: now,
	}
	for _, at := range times {
		s.Instances = append(s.Instances, &CampaignInstance{SeriesID: id, StartsAt: at, Status: InstancePlanned})
	}
	return s
}

// Campaign makes the draft of one time of the series.
func (s *CampaignSeries) Campaign(id ID, at Instant, secret []byte, now Instant) *Campaign {
	t, by := s.Template, at.Time().Sub(s.Template.StartsAt.Time())
	return &Campaign{
		ID: id, CommunityID: s.CommunityID, ScopeNodeID: s.ScopeNodeID, ScopeKind: s.ScopeKind, Theme: t.Theme, Title: t.Title, Description: t.Description,
		StartsAt: at, EndsAt: t.EndsAt.Add(by), Budget: t.Budget, Capacity: t.Capacity, Rules: t.Rules, Plan: t.Plan.Shift(by), SeriesID: s.ID,
		Status: CampaignDraft, Secret: secret, CreatedBy: s.CreatedBy, PlannedBy: s.CreatedBy, Digest: []byte{}, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
}

// End has no more campaigns come of the series. It fails with ErrSeriesState when it has ended.
func (s *CampaignSeries) End(reason string, now Instant) error {
	if s.Status != SeriesActive {
		return ErrSeriesState
	}
	s.Status, s.Reason, s.UpdatedAt, s.Version = SeriesEnded, reason, now, s.Version+1
	return nil
}

// Skip leaves one time of the series out. It fails with ErrSeriesState when the series or that time is over, or a campaign
// was made of it, which can be cancelled instead.
func (s *CampaignSeries) Skip(i *CampaignInstance, now Instant) error {
	switch {
	case s.Status == SeriesActive && i.Status == InstanceMade:
		return ErrSeriesState.Saying("这一次已经生成活动，请直接取消那个活动", "There is a campaign for this time; cancel that.")
	case s.Status != SeriesActive || i.Status != InstancePlanned || i.StartsAt <= now:
		return ErrSeriesState
	}
	i.Status, s.UpdatedAt, s.Version = InstanceSkipped, now, s.Version+1
	return nil
}

// CampaignsAhead is how long before its time an instance of a series becomes a campaign.
const CampaignsAhead = 14 * 24 * time.Hour

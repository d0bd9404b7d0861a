package model

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"slices"
	"strings"
	"time"
)

// CampaignStatus is where a campaign stands.
type CampaignStatus string

// The states of a campaign, as they are kept. One that is published runs from its start on: see Shown.
const (
	CampaignDraft       CampaignStatus = "draft"
	CampaignReview      CampaignStatus = "review" // waits for a second person, or has their approval
	CampaignPublished   CampaignStatus = "published"
	CampaignClosing     CampaignStatus = "closed"
	CampaignPublication CampaignStatus = "publication" // of its result
	CampaignDone        CampaignStatus = "settled"
	CampaignCancelled   CampaignStatus = "cancelled"
)

// CampaignRunning is how a published campaign is shown once it has started.
const CampaignRunning CampaignStatus = "running"

// CampaignTransitions returns the one table of what may follow what. A status that is no key is final.
func CampaignTransitions() map[CampaignStatus][]CampaignStatus {
	return map[CampaignStatus][]CampaignStatus{
		CampaignDraft:       {CampaignReview, CampaignPublished, CampaignCancelled},
		CampaignReview:      {CampaignDraft, CampaignPublished, CampaignCancelled},
		CampaignPublished:   {CampaignClosing, CampaignCancelled},
		CampaignClosing:     {CampaignPublication, CampaignDone},
		CampaignPublication: {CampaignClosing, CampaignDone},
	}
}

// Private reports whether the campaign is there only for those who manage it.
func (s CampaignStatus) Private() bool { return s == CampaignDraft || s == CampaignReview }

// Over reports whether the campaign's budget is with the community's pool again.
func (s CampaignStatus) Over() bool { return s == CampaignDone || s == CampaignCancelled }

// CampaignRules says what taking part earns.
type CampaignRules struct {
	PointsPerCheckin  int64 `json:"points_per_checkin" minimum:"0" maximum:"1000" doc:"签到得分"`
	MinutesPerCheckin int64 `json:"minutes_per_checkin,omitempty" minimum:"0" maximum:"1440" doc:"签到即记的服务时长（分钟）；为 0 时按签退时间计算"`
	MaxMinutes        int64 `json:"max_minutes,omitempty" minimum:"0" maximum:"1440" doc:"签退计时的上限（分钟），默认 480"`
	ForgottenMinutes  int64 `json:"forgotten_minutes,omitempty" minimum:"0" maximum:"1440" doc:"忘记签退的人记多少分钟，默认 0，不超过上限"`
	ForgottenAfter    int64 `json:"forgotten_after,omitempty" minimum:"0" maximum:"10080" doc:"活动结束多久（分钟）后仍未签退算忘记，默认 120"`

	Items              []CampaignItem `json:"items,omitempty" maxItems:"20" doc:"服务项目：由组织者登记，每完成一次的积分和时长"`
	MemberPointsLimit  int64          `json:"member_points_limit,omitempty" minimum:"0" maximum:"1000000" doc:"本次活动每人积分上限，0 为不限"`
	MemberMinutesLimit int64          `json:"member_minutes_limit,omitempty" minimum:"0" maximum:"1000000" doc:"本次活动每人时长上限（分钟），0 为不限"`
}

// Campaign (活动) gathers neighbours at a time and rewards those who come, out of a budget in points.
type Campaign struct {
	ID          ID             `json:"id"`
	CommunityID ID             `json:"-"`
	ScopeNodeID ID             `json:"scope_unit_id"`
	ScopeKind   NodeKind       `json:"scope_kind"`
	Theme       string         `json:"theme"`
	Title       string         `json:"title"`
	Description string         `json:"description"`
	StartsAt    Instant        `json:"starts_at"`
	EndsAt      Instant        `json:"ends_at"`
	Budget      int64          `json:"budget"`
	Capacity    int            `json:"capacity,omitzero"` // 0: no limit
	Rules       CampaignRules  `gorm:"serializer:json" json:"rules"`
	Status      CampaignStatus `json:"status"`
	Secret      []byte         `json:"-"`
	CreatedBy   ID             `json:"-"`
	Digest      []byte         `json:"-"`
	Version     int64          `json:"version"`
	CreatedAt   Instant        `json:"created_at"`
	UpdatedAt   Instant        `json:"-"`
	ClosedAt    Instant        `json:"closed_at,omitzero"`
	SettledAt   Instant        `json:"settled_at,omitzero"`
	Plan        CampaignPlan   `gorm:"serializer:json" json:"plan"`
	Reason      string         `json:"reason,omitempty" doc:"退回或取消的原因"`
	PlannedBy   ID             `json:"-"` // who wrote the plan last
	SubmittedBy ID             `json:"-"`
	ApprovedBy  ID             `json:"-"`
	SeriesID    ID             `json:"series_id,omitzero"`

	Approved      bool            `gorm:"-" json:"approved,omitempty" doc:"已由第二人审核通过，可以发布"`
	BudgetChanges []*BudgetChange `gorm:"-" json:"budget_changes,omitempty" doc:"发布后预算的每次调整，由早到晚"`
}

// TableName implements gorm's Tabler.
func (Campaign) TableName() string { return "campaign" }

// Scope returns the campaign's grant of reach: whose subtree may take part.
func (c *Campaign) Scope() Grant { return Grant{NodeID: c.ScopeNodeID, NodeKind: c.ScopeKind} }

// Within reports whether what happened then counts for the campaign.
func (c *Campaign) Within(at Instant) bool { return at >= c.StartsAt && at <= c.EndsAt }

// Counts returns when something that is booked for the campaign counts: its own time, as far as that is within the
// campaign's. What an organizer notes after the end was done before it.
func (c *Campaign) Counts(at Instant) Instant { return max(min(at, c.EndsAt), c.StartsAt) }

// PublishedYet reports whether the campaign was ever opened to its scope.
func (c *Campaign) PublishedYet() bool { return !c.Status.Private() }

// Validate checks what a campaign promises. It fails with ErrPeriod and ErrInvalid.
func (c *Campaign) Validate() error {
	switch {
	case c.EndsAt <= c.StartsAt:
		return ErrPeriod
	case c.Capacity < 0 || c.Rules.PointsPerCheckin < 0 || c.Rules.MinutesPerCheckin < 0 || c.Rules.MaxMinutes < 0 ||
		c.Rules.ForgottenMinutes < 0 || c.Rules.ForgottenAfter < 0:
		return ErrInvalid
	}
	if err := validBudget(c.Budget); err != nil {
		return err
	}
	if err := c.Rules.validate(); err != nil {
		return err
	}
	return c.Plan.validate(c)
}

// Move changes the campaign's state. It fails with ErrCampaignState when the table does not allow it.
func (c *Campaign) Move(to CampaignStatus, now Instant) error {
	if !slices.Contains(CampaignTransitions()[c.Status], to) {
		return ErrCampaignState
	}
	c.Status, c.UpdatedAt, c.Version = to, now, c.Version+1
	switch to {
	case CampaignClosing:
		if c.ClosedAt == 0 { // else it comes back from the publication of its result
			c.ClosedAt = now
		}
	case CampaignDone:
		c.SettledAt = now
	}
	return nil
}

// LetsIn reports whether people can check in now: between its start and its end. It fails with
// ErrCampaignState and ErrCheckinWindow.
func (c *Campaign) LetsIn(now Instant) error {
	if err := c.LetsOut(now); err != nil {
		return err
	}
	if now >= c.EndsAt {
		return ErrCheckinWindow
	}
	return nil
}

// LetsOut reports whether people can check out now: from its start until it is closed, since who stays to the
// end leaves after it. It fails with ErrCampaignState and ErrCheckinWindow.
func (c *Campaign) LetsOut(now Instant) error {
	switch {
	case c.Status != CampaignPublished:
		return ErrCampaignState
	case now < c.StartsAt:
		return ErrCheckinWindow
	}
	return nil
}

// codeStep is how long a check-in code is shown.
const codeStep = 30 * time.Second

// Code returns the check-in code of a moment and when it changes: eight characters of an HMAC over the
// 30-second step, in base32.
func (c *Campaign) Code(now Instant) (code string, expires Instant) {
	step := int64(now) / codeStep.Microseconds()
	return c.codeOf(step), Instant((step + 1) * codeStep.Microseconds())
}

func (c *Campaign) codeOf(step int64) string {
	mac := hmac.New(sha256.New, c.Secret)
	mac.Write(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(c.ID)), uint64(step)))
	return base32.StdEncoding.EncodeToString(mac.Sum(nil)[:5])
}

// CheckCode accepts the code of now and, for slow hands and for clocks that differ, of the steps before and after. It
// fails with ErrCheckinCode.
func (c *Campaign) CheckCode(code string, now Instant) error {
	step := int64(now) / codeStep.Microseconds()
	given := []byte(strings.ToUpper(strings.TrimSpace(code)))
	for _, s := range []int64{step, step - 1, step + 1} {
		if hmac.Equal(given, []byte(c.codeOf(s))) {
			return nil
		}
	}
	return ErrCheckinCode
}

// Signup (报名) is a place, or a place on the wait list, in a session of a campaign.
type Signup struct {
	CampaignID ID      `gorm:"primaryKey;autoIncrement:false" json:"campaign_id"`
	Session    int     `gorm:"primaryKey;autoIncrement:false" json:"session"`
	MemberID   ID      `gorm:"primaryKey;autoIncrement:false" json:"-"`
	Role       string  `json:"role,omitempty"`
	Status     string  `json:"status" enum:"signed_up,waiting,cancelled"`
	Seq        int64   `json:"-"` // in the order in which people signed up
	CreatedAt  Instant `json:"created_at"`
	AcceptedAt Instant `json:"accepted_at,omitzero" doc:"同意风险告知的时间"`
	Guardian   string  `json:"guardian,omitempty" doc:"同意的监护人与本人的关系"`
	GuardianAt Instant `json:"guardian_accepted_at,omitzero"`

	Member *MemberRef `gorm:"-" json:"member,omitempty"`
}

// The states of a sign-up.
const (
	SignupIn        = "signed_up"
	SignupWaiting   = "waiting"
	SignupCancelled = "cancelled"
)

// TableName implements gorm's Tabler.
func (Signup) TableName() string { return "campaign_signup" }

// Checkin (签到) proves that a member was there. Session is 1 in a campaign without several.
type Checkin struct {
	CampaignID   ID      `gorm:"primaryKey" json:"campaign_id"`
	Session      int     `gorm:"primaryKey" json:"session"`
	MemberID     ID      `gorm:"primaryKey" json:"-"`
	CheckedInAt  Instant `json:"checked_in_at"`
	CheckedOutAt Instant `json:"checked_out_at,omitzero"`
	Points       int64   `json:"points"`
	Minutes      int64   `json:"minutes"`

	Fence      FenceSide `json:"fence"`
	Class      Class     `json:"class"`              // declared: an organizer made it
	RecordedBy ID        `json:"-"`                  // that organizer
	Reason     string    `json:"reason,omitempty"`   // theirs
	Forgotten  bool      `json:"forgotten,omitzero"` // the check-out

	Member   *MemberRef `gorm:"-" json:"member,omitempty"`
	Recorder *MemberRef `gorm:"-" json:"recorded_by,omitempty"`
}

// Stayed returns the minutes from check-in to check-out, or to the end of the session when that is earlier:
// at least 1 and at most what the rules allow.
func (k *Checkin) Stayed(c *Campaign) int64 {
	until := min(k.CheckedOutAt, c.EndsAt)
	if s, err := c.Session(k.Session); err == nil {
		until = min(until, s.EndsAt)
	}
	minutes := int64(until.Time().Sub(k.CheckedInAt.Time()).Minutes())
	return min(max(minutes, 1), c.mostMinutes())
}

// defaultMaxMinutes is how long one check-in counts at most, when a campaign does not say.
const defaultMaxMinutes = 480

// TableName implements gorm's Tabler.
func (Checkin) TableName() string { return "campaign_checkin" }

package model

import "time"

// Shown returns the state as readers see it: what is published runs from its start on.
func (c *Campaign) Shown(now Instant) CampaignStatus {
	if c.Status == CampaignPublished && now >= c.StartsAt {
		return CampaignRunning
	}
	return c.Status
}

// Submit asks for a second person's review. It fails with ErrCampaignState, and with ErrPeriod when it is over already.
func (c *Campaign) Submit(by ID, now Instant) error {
	if err := c.Move(CampaignReview, now); err != nil {
		return err
	}
	if c.EndsAt <= now {
		return ErrPeriod
	}
	c.SubmittedBy, c.ApprovedBy, c.Reason = by, 0, ""
	return nil
}

// Approve says as a second person that a campaign may be published. It fails with ErrCampaignState and, for who made
// it, with ErrOwnCampaign.
func (c *Campaign) Approve(by ID, now Instant) error {
	switch {
	case c.Status != CampaignReview || c.ApprovedBy != 0:
		return ErrCampaignState
	case c.madeBy(by):
		return ErrOwnCampaign
	}
	c.ApprovedBy, c.UpdatedAt, c.Version = by, now, c.Version+1
	return nil
}

// madeBy reports whether a member created the campaign, edited its plan last or submitted it last. Who edited it in
// between is not known.
func (c *Campaign) madeBy(member ID) bool {
	return member == c.CreatedBy || member == c.PlannedBy || member == c.SubmittedBy
}

// SendBack makes a campaign a draft again that waits for a review or has been through it. It fails with ErrCampaignState.
func (c *Campaign) SendBack(reason string, now Instant) error {
	if err := c.Move(CampaignDraft, now); err != nil {
		return err
	}
	c.SubmittedBy, c.ApprovedBy, c.Reason = 0, 0, reason
	return nil
}

// Publish opens a campaign to its scope. It fails with ErrReviewRequired when a second person must approve it first, or
// was asked to and has not, with ErrPeriod when it is over already, and with ErrCampaignState.
func (c *Campaign) Publish(review bool, now Instant) error {
	if c.ApprovedBy == 0 && (c.Status == CampaignReview || review && c.Status == CampaignDraft) {
		return ErrReviewRequired
	}
	if err := c.Move(CampaignPublished, now); err != nil {
		return err
	}
	if c.EndsAt <= now {
		return ErrPeriod
	}
	c.Reason = ""
	return nil
}

// Cancel calls a campaign off. It fails with ErrCampaignState once it is over or closed.
func (c *Campaign) Cancel(reason string, now Instant) error {
	published := c.Status == CampaignPublished
	if published && now >= c.EndsAt {
		return ErrCampaignState.Saying("活动已经结束，不能取消，请结束活动", "The campaign is over; close it instead.")
	}
	if err := c.Move(CampaignCancelled, now); err != nil {
		return err
	}
	if c.Reason = reason; published {
		c.ClosedAt = now
	}
	return nil
}

// Private reports whether the campaign is there only for those who manage it: it was never published.
func (c *Campaign) Private() bool {
	return c.Status.Private() || c.Status == CampaignCancelled && c.ClosedAt == 0
}

// closedAfter is how long after its end a campaign that nobody closed is closed.
const closedAfter = 24 * time.Hour

// ClosesAt returns when a campaign closes that nobody closed: a day after its end, and not before check-outs that are
// missing count as forgotten.
func (c *Campaign) ClosesAt() Instant { return max(c.EndsAt.Add(closedAfter), c.ForgetsAt()) }

// CampaignSettings is what a community chose for its campaigns.
type CampaignSettings struct {
	CommunityID ID      `gorm:"primaryKey" json:"-"`
	Review      bool    `json:"review" doc:"活动须经第二人审核才能发布"`
	Version     int64   `json:"version"`
	UpdatedBy   ID      `json:"-"`
	UpdatedAt   Instant `json:"updated_at,omitzero"`
}

// TableName implements gorm's Tabler.
func (CampaignSettings) TableName() string { return "campaign_setting" }

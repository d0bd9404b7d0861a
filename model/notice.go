package model

// NoticeKind says what a notice is about.
type NoticeKind string

// The kinds of notice.
const (
	NoticeOrderReserved  NoticeKind = "order_reserved"
	NoticeOrderPickedUp  NoticeKind = "order_picked_up"
	NoticeOrderCancelled NoticeKind = "order_cancelled"
	NoticeOrderLapsed    NoticeKind = "order_lapsed"
	NoticeOrderRefunded  NoticeKind = "order_refunded"
	NoticePointsExpiring NoticeKind = "points_expiring"
	NoticeOfferExpiring  NoticeKind = "offer_expiring"
	NoticeOfferExpired   NoticeKind = "offer_expired"
	NoticeAsk            NoticeKind = "ask"
	NoticeAskOver        NoticeKind = "ask_over"
	NoticeCase           NoticeKind = "case"
	NoticeCaseProposed   NoticeKind = "case_proposed"
	NoticeCaseAccepted   NoticeKind = "case_accepted"
	NoticeMediation      NoticeKind = "mediation" // one is to mediate
	NoticeMiss           NoticeKind = "miss"      // a claim of one's own was broken, or its excuse judged
	NoticeReminder       NoticeKind = "reminder"  // of a service that begins soon

	// A step of a request that concerns the member: what was done to it, or what became of their claim.
	NoticeRequest NoticeKind = "request"
	NoticeClaim   NoticeKind = "claim"

	NoticeRequestApproved NoticeKind = "request_approved"
	NoticeRequestReturned NoticeKind = "request_returned"
	NoticeCallbackDue     NoticeKind = "callback_due"
	NoticeVisitsAssigned  NoticeKind = "visits_assigned"
	NoticeForgotCheckout  NoticeKind = "forgot_checkout"
	NoticeThanks          NoticeKind = "thanks"

	NoticeCampaignReview    NoticeKind = "campaign_review" // what became of a review
	NoticeCampaignCancelled NoticeKind = "campaign_cancelled"
	NoticeCampaignSeat      NoticeKind = "campaign_seat"   // a place came free
	NoticeCampaignBudget    NoticeKind = "campaign_budget" // there is one again

	NoticeFlagReview        NoticeKind = "flag_review" // a household is to be looked at again
	NoticeCharge            NoticeKind = "charge"      // one answers for a household now
	NoticeAlarm             NoticeKind = "alarm"       // a doorbell rings
	NoticeAlarmMet          NoticeKind = "alarm_met"
	NoticePair              NoticeKind = "pair"
	NoticeCareTask          NoticeKind = "care_task"
	NoticeShift             NoticeKind = "shift"  // of the reception room
	NoticeMatter            NoticeKind = "matter" // a step of a matter that concerns the member
	NoticeCampaignClosed    NoticeKind = "campaign_closed"
	NoticeCampaignDraft     NoticeKind = "campaign_draft"     // of a series
	NoticeCampaignSubmitted NoticeKind = "campaign_submitted" // waits for a review
	NoticeCampaignResult    NoticeKind = "campaign_result"    // is published
	NoticeContentRefused    NoticeKind = "content_refused"    // by a moderator

	NoticeRoleProposed NoticeKind = "role_proposed" // one may decide
	NoticeRoleDecided  NoticeKind = "role_decided"
	NoticeAccount      NoticeKind = "account" // one's own was locked, or let in again
	NoticeBreach       NoticeKind = "breach"  // a promise about a matter that was not kept
	NoticePrivacy      NoticeKind = "privacy" // about one's own data: a copy, the closing of the account, an answer
)

// Notice (通知) tells a member that something happened. A member has one with a key, so that whatever sends
// it may do so again.
type Notice struct {
	ID          ID         `json:"id"`
	CommunityID ID         `json:"-"`
	MemberID    ID         `json:"-"`
	Kind        NoticeKind `json:"kind"`
	Title       string     `json:"title"`
	Body        string     `json:"body"`
	Ref         NoticeRef  `gorm:"embedded;embeddedPrefix:ref_" json:"ref,omitzero"`
	Key         string     `gorm:"column:notice_key" json:"-"`
	CreatedAt   Instant    `json:"created_at"`
	ReadAt      Instant    `json:"read_at,omitzero"`
	ToSend      bool       `json:"-"` // somebody has to look whether it goes out as a message
}

// TableName implements gorm's Tabler.
func (Notice) TableName() string { return "notice" }

// NoticeRef names the thing that a notice is about.
type NoticeRef struct {
	Type RefType `json:"type"`
	ID   ID      `json:"id"`
}

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
	NoticeVisitsAssigned NoticeKind = "visits_assigned"
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
}

// TableName implements gorm's Tabler.
func (Notice) TableName() string { return "notice" }

// NoticeRef names the thing that a notice is about.
type NoticeRef struct {
	Type RefType `json:"type"`
	ID   ID      `json:"id"`
}

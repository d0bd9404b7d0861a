package model

import "time"

// Priority says how much a notice matters as a message: the smaller, the more.
type Priority int

// The priorities. Only what is urgent comes in the quiet hours.
const (
	PriorityNone   Priority = 0 // it is for the inbox alone
	PriorityUrgent Priority = 1
	PriorityHigh   Priority = 2
	PriorityLow    Priority = 3
)

// priorities is the one table of what matters most when a member's consent is spent. It is read only.
var priorities = map[NoticeKind]Priority{
	NoticeReminder: PriorityUrgent, NoticeCampaignCancelled: PriorityUrgent, NoticeAlarm: PriorityUrgent,

	NoticeRequest: PriorityHigh, NoticeClaim: PriorityHigh, NoticeAsk: PriorityHigh, NoticeCase: PriorityHigh, NoticeCaseProposed: PriorityHigh,
	NoticeMediation: PriorityHigh, NoticeCampaignSeat: PriorityHigh, NoticeCampaignBudget: PriorityHigh, NoticeCallbackDue: PriorityHigh, NoticeVisitsAssigned: PriorityHigh,
	NoticeRequestApproved: PriorityHigh, NoticeRequestReturned: PriorityHigh, NoticeForgotCheckout: PriorityHigh, NoticeContentRefused: PriorityHigh,

	NoticeMiss: PriorityLow, NoticeOrderReserved: PriorityLow, NoticeOrderPickedUp: PriorityLow, NoticeOrderCancelled: PriorityLow,
	NoticeOrderLapsed: PriorityLow, NoticeOrderRefunded: PriorityLow, NoticePointsExpiring: PriorityLow, NoticeOfferExpiring: PriorityLow,
	NoticeOfferExpired: PriorityLow, NoticeAskOver: PriorityLow, NoticeCaseAccepted: PriorityLow, NoticeThanks: PriorityLow,
	NoticeCampaignReview: PriorityLow,
}

// Priority returns how much a kind matters as a message.
func (k NoticeKind) Priority() Priority { return priorities[k] }

// MessageKinds returns the kinds that may go out as messages, in no order.
func MessageKinds() []NoticeKind {
	kinds := make([]NoticeKind, 0, len(priorities))
	for k := range priorities {
		kinds = append(kinds, k)
	}
	return kinds
}

// MessageTemplate (消息模板) is which template of a mini-program tells of a kind of notice in a community. Fields says what
// goes into each field of the template: title, body, time or date of the notice, or = and a text.
type MessageTemplate struct {
	CommunityID ID                `gorm:"primaryKey;autoIncrement:false" json:"-"`
	AppID       string            `gorm:"primaryKey" json:"-"`
	Kind        NoticeKind        `gorm:"primaryKey" json:"kind"`
	TemplateID  string            `json:"template_id"`
	Page        string            `json:"page" doc:"小程序页面；{id} 是相关事项的编号"`
	Fields      map[string]string `gorm:"serializer:json" json:"fields" doc:"模板字段取自通知的 title、body、time 或 date，或 = 加固定文字"`
	UpdatedBy   ID                `json:"-"`
	UpdatedAt   Instant           `json:"updated_at"`
	Version     int64             `json:"version"`
}

// TableName implements gorm's Tabler.
func (MessageTemplate) TableName() string { return "message_template" }

// Stock (订阅额度) is how many messages of a template a member has allowed. The client and WeChat both tell of the same
// consents, so the larger number counts.
type Stock struct {
	MemberID   ID     `gorm:"primaryKey;autoIncrement:false"`
	TemplateID string `gorm:"primaryKey"`
	Reported   int64  // by the client
	Pushed     int64  // by WeChat
	Spent      int64
	RefusedAt  Instant
	UpdatedAt  Instant
}

// TableName implements gorm's Tabler.
func (Stock) TableName() string { return "message_stock" }

// MaxStock is how many consents of one template count.
const MaxStock = 50

// Left returns how many messages the stock is good for.
func (s *Stock) Left() int64 { return max(0, max(s.Reported, s.Pushed)-s.Spent) }

// Accept adds consents that the client tells of, or that WeChat does. Beyond MaxStock they do not count.
func (s *Stock) Accept(pushed bool, count int64, now Instant) {
	s.UpdatedAt = now
	counter := &s.Reported
	if pushed {
		counter = &s.Pushed
	}
	*counter = min(*counter+count, s.Spent+MaxStock)
}

// Spend uses a consent unless only so many are left, and reports whether it did.
func (s *Stock) Spend(reserve int64, now Instant) bool {
	if s.Left() <= reserve {
		return false
	}
	s.Spent, s.UpdatedAt = s.Spent+1, now
	return true
}

// Refund gives a consent back that was not used after all.
func (s *Stock) Refund(now Instant) { s.Spent, s.UpdatedAt = max(0, s.Spent-1), now }

// Empty takes all consents away, because the user refused.
func (s *Stock) Empty(now Instant) {
	s.Reported, s.Pushed, s.Spent, s.RefusedAt, s.UpdatedAt = 0, 0, 0, now, now
}

// NightQuiet is when members get no messages unless they say otherwise.
func NightQuiet() Quiet { return Quiet{From: "22:00", To: "07:00"} }

// Valid fails with ErrInvalid for times that are none.
func (q Quiet) Valid() error {
	if !q.ok() {
		return ErrInvalid.Saying("免打扰时间应类似 22:00 到 07:00", "Quiet hours look like 22:00 to 07:00.")
	}
	return nil
}

// After returns the first moment from one on that is not quiet.
func (q Quiet) After(at Instant) Instant {
	if !q.Covers(at) {
		return at
	}
	since, _ := sinceMidnight(q.To)
	end := at.Day().Start().Add(since)
	if end <= at {
		end = at.Day().End().Add(since)
	}
	return end
}

// MessageStatus is what becomes of a message.
type MessageStatus string

// The states of a message. What was not allowed any more is in the inbox alone.
const (
	MessageWaiting MessageStatus = "waiting"
	MessageSent    MessageStatus = "sent"
	MessageRefused MessageStatus = "refused" // by the user, which is normal
	MessageUnpaid  MessageStatus = "unpaid"  // no consent was left
	MessageDead    MessageStatus = "dead"    // given up
)

// messageMoves is the one table of what a message may become.
var messageMoves = map[MessageStatus][]MessageStatus{
	MessageWaiting: {MessageSent, MessageRefused, MessageUnpaid, MessageDead},
	MessageSent:    {MessageRefused},
	MessageDead:    {MessageWaiting},
}

// MessageMoves returns what a message of a state may become.
func MessageMoves(from MessageStatus) []MessageStatus { return messageMoves[from] }

const (
	// maxMessageTries is after how many tries a message is given up.
	maxMessageTries = 5
	// firstWait is how long after the first try the second comes; each waits four times longer.
	firstWait = 30 * time.Second
	// MessageLease is how long a process has for sending a message before another does.
	MessageLease = time.Minute
)

// Message (订阅消息) is a notice on its way to WeChat.
type Message struct {
	ID ID `json:"id"`
	Place
	MemberID   ID            `json:"-"`
	NoticeID   ID            `json:"-"`
	Kind       NoticeKind    `json:"kind"`
	Priority   Priority      `json:"-"`
	TemplateID string        `json:"template_id"`
	Status     MessageStatus `json:"status" enum:"waiting,sent,refused,unpaid,dead"`
	Attempts   int           `json:"attempts"`
	Spent      bool          `json:"-"` // a consent was used for it
	DueAt      Instant       `json:"-"`
	LeaseUntil Instant       `json:"-"`
	Code       int           `json:"wechat_code" doc:"微信最后一次的错误码，0 表示没有回答"`
	Failure    string        `json:"failure" doc:"为什么没有发出去"`
	SentID     string        `json:"-"`
	CreatedAt  Instant       `json:"created_at"`
	UpdatedAt  Instant       `json:"updated_at"`

	Member *MemberRef `gorm:"-" json:"member,omitempty"`
}

// TableName implements gorm's Tabler.
func (Message) TableName() string { return "message" }

// Take leases a message for one try. It reports whether it was free to take.
func (m *Message) Take(now Instant) bool {
	if m.Status != MessageWaiting || m.DueAt > now || m.LeaseUntil > now {
		return false
	}
	m.Attempts, m.LeaseUntil, m.UpdatedAt = m.Attempts+1, now.Add(MessageLease), now
	return true
}

// End moves a message to where it stays. It fails with ErrMessageState.
func (m *Message) End(as MessageStatus, code int, failure string, now Instant) error {
	for _, to := range messageMoves[m.Status] {
		if to == as {
			m.Status, m.Code, m.Failure, m.LeaseUntil, m.UpdatedAt = as, code, failure, 0, now
			return nil
		}
	}
	return ErrMessageState
}

// Postpone has a message wait for the next try, outside of quiet hours, or gives it up after the last.
func (m *Message) Postpone(code int, failure string, quiet Quiet, now Instant) error {
	if m.Attempts >= maxMessageTries {
		return m.End(MessageDead, code, failure, now)
	}
	m.Code, m.Failure, m.LeaseUntil, m.UpdatedAt = code, failure, 0, now
	m.DueAt = m.Waits(now.Add(firstWait<<(2*(m.Attempts-1))), quiet)
	return nil
}

// PutOff has a message wait for a try that was not made.
func (m *Message) PutOff(now Instant) {
	m.Attempts, m.LeaseUntil, m.DueAt, m.UpdatedAt = m.Attempts-1, 0, now.Add(firstWait), now
}

// Waits returns when a message that is due may go out.
func (m *Message) Waits(due Instant, quiet Quiet) Instant {
	if m.Priority == PriorityUrgent {
		return due
	}
	return quiet.After(due)
}

// Resend has a message that was given up go out after all. It fails with ErrMessageState.
func (m *Message) Resend(now Instant) error {
	if m.Status != MessageDead {
		return ErrMessageState
	}
	m.Status, m.Attempts, m.DueAt, m.UpdatedAt = MessageWaiting, 0, now, now
	return nil
}

// The failures of messages.
var (
	ErrMessageState    = &Error{Conflict, "message.state", "这条消息当前不能这样操作", "The state of the message does not allow this."}
	ErrMessageTemplate = &Error{Invalid, "message.template_unknown", "社区没有使用这个消息模板", "The community does not use this template."}
	ErrMessageKind     = &Error{Invalid, "message.kind_unknown", "没有这种通知，或者它不发微信消息", "There is no such kind of notice, or it is no message."}
	ErrMessageField    = &Error{Invalid, "message.field", "模板字段的取值不符合微信的要求", "A field of the template does not take what is given."}
)

package model

import (
	"strings"
	"unicode/utf8"
)

// RightKind is what somebody asks for about their personal information.
type RightKind string

// The rights.
const (
	RightAccess   RightKind = "access"   // 查阅、复制 (个人信息保护法 45)
	RightCorrect  RightKind = "correct"  // 更正、补充 (46)
	RightDelete   RightKind = "delete"   // 删除 (47)
	RightExplain  RightKind = "explain"  // 解释处理规则 (48)
	RightRelative RightKind = "relative" // of a near relative of somebody who died (49)
)

// RightStatus is where such a request stands.
type RightStatus string

// The states of a request.
const (
	RightOpen     RightStatus = "open"
	RightAnswered RightStatus = "answered"
	RightRefused  RightStatus = "refused" // with the reason (个人信息保护法 50)
)

const (
	// RightDays is within how many working days a request is answered (网络数据安全管理条例 23: in time).
	RightDays = 15
	// MaxOpenRights is how many open requests a member may have.
	MaxOpenRights = 5
	maxRightText  = 1000
)

// RightsRequest (个人信息权利请求) is what somebody asks for about their personal information, and the answer.
type RightsRequest struct {
	ID          ID          `json:"id"`
	CommunityID ID          `json:"-"`
	MemberID    ID          `json:"-"`
	Kind        RightKind   `json:"kind" enum:"access,correct,delete,explain,relative"`
	Body        string      `json:"text"`
	Status      RightStatus `json:"status" enum:"open,answered,refused"`
	DueAt       Instant     `json:"due_at"`
	Answer      string      `json:"answer,omitempty" doc:"答复，或不同意的理由"`
	AnsweredBy  ID          `json:"-"`
	AnsweredAt  Instant     `json:"answered_at,omitzero"`
	Version     int64       `json:"version"`
	CreatedAt   Instant     `json:"created_at"`

	Member  MemberRef `gorm:"-" json:"member"`
	Overdue bool      `gorm:"-" json:"overdue"`
}

// TableName implements gorm's Tabler.
func (RightsRequest) TableName() string { return "rights_request" }

// Validate fails with ErrInvalid unless the text has 1 to 1000 characters.
func (r *RightsRequest) Validate() error { return rightText(r.Body) }

func rightText(text string) error {
	if n := utf8.RuneCountInString(strings.TrimSpace(text)); n < 1 || n > maxRightText {
		return ErrInvalid.Saying("请用 1 到 1000 个字说明", "The text has 1 to 1000 characters.")
	}
	return nil
}

// Reply answers a request, or refuses it with the reason, by an officer. It fails with ErrRightOwn for one's own,
// ErrRightState when it was answered, and ErrInvalid.
func (r *RightsRequest) Reply(by ID, refuse bool, text string, now Instant) error {
	switch {
	case by == r.MemberID:
		return ErrRightOwn
	case r.Status != RightOpen:
		return ErrRightState
	}
	if err := rightText(text); err != nil {
		return err
	}
	if r.Status = RightAnswered; refuse {
		r.Status = RightRefused
	}
	r.Answer, r.AnsweredBy, r.AnsweredAt, r.Version = strings.TrimSpace(text), by, now, r.Version+1
	return nil
}

// The failures of requests.
var (
	ErrRightOwn   = &Error{Forbidden, "rights_request.own", "自己的请求须由别人答复", "One's own request is answered by somebody else."}
	ErrRightState = &Error{Conflict, "rights_request.answered", "这个请求已经答复", "The request is answered already."}
	ErrRightOpen  = &Error{Conflict, "rights_request.too_many", "您还有 5 个请求没有答复，请先等待答复", "You have five requests that wait for an answer."}
)

package model

import "time"

// Subject is what somebody wrote or showed.
type Subject string

// The subjects of content checks.
const (
	SubjectRequest     Subject = "request"
	SubjectSeries      Subject = "series"
	SubjectOffer       Subject = "offer"
	SubjectNickname    Subject = "nickname"
	SubjectSkills      Subject = "skills"
	SubjectComment     Subject = "comment"      // of who asked, on a helper
	SubjectCommentBack Subject = "comment_back" // of a helper
	SubjectPhoto       Subject = "photo"
)

// Suggestion is what a check comes to.
type Suggestion string

// The suggestions. What is not passed is not shown.
const (
	CheckPass    Suggestion = "pass"
	CheckReview  Suggestion = "review" // a human decides
	CheckRisky   Suggestion = "risky"
	CheckWaiting Suggestion = "waiting" // for the verdict on a picture
)

// CheckSource is whose verdict it is.
type CheckSource string

// The sources.
const (
	SourceWeChat    CheckSource = "wechat"
	SourceNobody    CheckSource = "nobody" // who was asked did not answer
	SourceModerator CheckSource = "moderator"
)

const (
	// CheckPatience is how long a picture waits for its verdict; WeChat has half an hour.
	CheckPatience = 35 * time.Minute
	// CheckLease is how long a process has for asking for it.
	CheckLease = time.Minute
)

// Check (内容检查) is a verdict on what somebody wrote or showed. The text itself is not in it.
type Check struct {
	ID          ID
	CommunityID ID
	MemberID    ID // who wrote it
	Subject     Subject
	SubjectID   ID // 0 for what was refused, and is nowhere
	Suggest     Suggestion
	Label       int
	Source      CheckSource
	TraceID     string
	Attempts    int
	LeaseUntil  Instant
	DueAt       Instant
	CreatedAt   Instant
	DecidedAt   Instant
}

// TableName implements gorm's Tabler.
func (Check) TableName() string { return "content_check" }

// Holds reports whether what was checked waits for a human; what was not checked, because nothing checks here, does not.
func (c *Check) Holds() bool { return c != nil && c.Suggest == CheckReview }

// Decide writes the verdict on a picture that waits for one, and reports whether it did.
func (c *Check) Decide(as Suggestion, label int, source CheckSource, now Instant) bool {
	if c.Suggest != CheckWaiting {
		return false
	}
	c.Suggest, c.Label, c.Source, c.DecidedAt, c.LeaseUntil = as, label, source, now, 0
	return true
}

// labels is what WeChat's numbers stand for.
var labels = map[int]string{
	10001: "广告", 20001: "时政", 20002: "色情", 20003: "辱骂", 20006: "违法犯罪", 20008: "欺诈", 20012: "低俗", 20013: "版权",
}

// Refusal returns why what was checked is refused.
func (c *Check) Refusal() *Error {
	if word := labels[c.Label]; word != "" {
		return ErrContentRisky.Saying("内容没有通过审核（"+word+"），请修改后重试", "The content was refused; please change it.")
	}
	return ErrContentRisky
}

// HoldStatus is what becomes of what waits for a moderator.
type HoldStatus string

// The states of a hold.
const (
	HoldWaiting  HoldStatus = "waiting"
	HoldApproved HoldStatus = "approved"
	HoldRefused  HoldStatus = "refused"
	HoldReplaced HoldStatus = "replaced" // by something newer
)

// Held (待审内容) is something that waits for a moderator and has no state of its own to wait in. Until it is approved, what
// it is for shows what was there before, or nothing.
type Held struct {
	ID ID `json:"id"`
	Place
	MemberID  ID         `json:"-"`
	Subject   Subject    `json:"subject" enum:"offer,nickname,skills,comment,comment_back,photo"`
	SubjectID ID         `json:"subject_id"`
	Body      string     `json:"text,omitempty"`
	Status    HoldStatus `json:"status" enum:"waiting,approved,refused,replaced"`
	Reason    string     `json:"reason,omitempty"`
	DecidedBy ID         `json:"-"`
	CreatedAt Instant    `json:"created_at"`
	DecidedAt Instant    `json:"decided_at,omitzero"`

	Photo *Photo `gorm:"-" json:"photo,omitempty"`
}

// TableName implements gorm's Tabler.
func (Held) TableName() string { return "content_hold" }

// Judges fails with ErrForbidden unless the moderator neither wrote it nor lives with who did.
func (h *Held) Judges(moderator Actor) error {
	if h.MemberID == moderator.MemberID || h.HouseholdID != 0 && h.HouseholdID == moderator.Place.HouseholdID {
		return ErrForbidden
	}
	return nil
}

// Decide approves or refuses what waits. It fails with ErrHoldState when it does not wait.
func (h *Held) Decide(as HoldStatus, reason string, by ID, now Instant) error {
	if h.Status != HoldWaiting {
		return ErrHoldState
	}
	h.Status, h.Reason, h.DecidedBy, h.DecidedAt = as, reason, by, now
	return nil
}

// The failures of content checks.
var (
	ErrContentRisky   = &Error{Invalid, "content.risky", "内容没有通过审核，请修改后重试", "The content was refused; please change it."}
	ErrHoldState      = &Error{Conflict, "content.state", "这条内容已经审核过了", "This was decided already."}
	ErrPhotoUnchecked = &Error{Conflict, "photo.unchecked", "照片还没有通过审核", "The photo was not checked yet."}
)

package model

import (
	"slices"
	"strings"
)

// PostStatus is where a pioneer post stands.
type PostStatus string

// The states of a post.
const (
	PostProposed  PostStatus = "proposed"
	PostPublished PostStatus = "published"
	PostRejected  PostStatus = "rejected"
	PostRevoked   PostStatus = "revoked"
)

// PostTransitions returns the one table of what may follow what. A status that is no key is final.
func PostTransitions() map[PostStatus][]PostStatus {
	return map[PostStatus][]PostStatus{
		PostProposed:  {PostPublished, PostRejected},
		PostPublished: {PostRevoked},
	}
}

// The failures of pioneer posts.
var (
	ErrPostState = &Error{Conflict, "pioneer_post.state", "先锋岗当前状态不能这样操作", "The state of the post does not allow this."}
	ErrOwnPost   = &Error{Forbidden, "pioneer_post.own", "提名人和本人不能审批", "Neither who proposed it nor its holder approves a post."}
)

// NoticePost tells of a pioneer post.
const NoticePost NoticeKind = "pioneer_post"

// PioneerPost (两学一做先锋岗) honours a member at a place for some time: for what, on which basis, and approved by
// somebody else than who proposed it.
type PioneerPost struct {
	ID         ID `json:"id"`
	Place      `gorm:"embedded"`
	NodeID     ID         `json:"unit_id"`
	NodeKind   NodeKind   `json:"unit_kind"`
	Spot       string     `json:"place"`
	Title      string     `json:"title"`
	HolderID   ID         `json:"-"`
	FromDay    Day        `json:"from"`
	ToDay      Day        `json:"to"`
	Reason     string     `json:"reason"` // 事迹
	Basis      string     `json:"basis"`  // 依据
	Status     PostStatus `json:"status"`
	Decision   string     `json:"decision,omitempty"` // why it was rejected or revoked
	ProposedBy ID         `json:"-"`
	DecidedBy  ID         `json:"-"`
	DecidedAt  Instant    `json:"decided_at,omitzero"`
	Version    int64      `json:"version"`
	CreatedAt  Instant    `json:"created_at"`
	UpdatedAt  Instant    `json:"-"`

	Holder MemberRef `gorm:"-" json:"holder"`
	Now    bool      `gorm:"-" json:"now"` // today is within its time
}

// TableName implements gorm's Tabler.
func (PioneerPost) TableName() string { return "pioneer_post" }

// maxPostDays is for how long a post is held at most.
const maxPostDays = 366

// Propose puts a post up for approval. It fails with ErrInvalid and ErrDays.
func (p *PioneerPost) Propose(now Instant) error {
	p.Spot, p.Title, p.Reason, p.Basis = strings.TrimSpace(p.Spot), strings.TrimSpace(p.Title), strings.TrimSpace(p.Reason), strings.TrimSpace(p.Basis)
	switch {
	case !within(p.Spot, 1, 50) || !within(p.Title, 1, 50):
		return ErrInvalid.Saying("请写明岗位的地点和名称，各 50 字以内", "A post has a place and a title of at most 50 characters.")
	case !within(p.Reason, 1, 500) || !within(p.Basis, 1, 200):
		return ErrInvalid.Saying("请写明事迹（500 字以内）和依据（200 字以内）", "Say what for in 500, and on which basis in 200 characters.")
	case p.FromDay == 0 || p.ToDay < p.FromDay || p.ToDay.Start() >= p.FromDay.Start().Add(days(maxPostDays)):
		return ErrDays.Saying("起止日期应为不超过 366 天的一段日期", "A post is held for 1 to 366 days.")
	}
	p.Status, p.Version, p.CreatedAt, p.UpdatedAt = PostProposed, 1, now, now
	return nil
}

func (p *PioneerPost) move(to PostStatus, by ID, now Instant) error {
	if !slices.Contains(PostTransitions()[p.Status], to) {
		return ErrPostState
	}
	p.Status, p.DecidedBy, p.DecidedAt, p.UpdatedAt, p.Version = to, by, now, now, p.Version+1
	return nil
}

// Approve publishes a post. It fails with ErrOwnPost for its holder and who proposed it, and with ErrPostState.
func (p *PioneerPost) Approve(by ID, now Instant) error {
	if by == p.ProposedBy || by == p.HolderID {
		return ErrOwnPost
	}
	return p.move(PostPublished, by, now)
}

// Reject turns a post down, with a reason. It fails as Approve does, and with ErrInvalid.
func (p *PioneerPost) Reject(by ID, reason string, now Instant) error {
	reason, err := wantReason(reason)
	switch {
	case err != nil:
		return err
	case by == p.ProposedBy || by == p.HolderID:
		return ErrOwnPost
	}
	if err := p.move(PostRejected, by, now); err != nil {
		return err
	}
	p.Decision = reason
	return nil
}

// Revoke takes a published post back, with a reason. It fails with ErrOwnPost for its holder, with ErrInvalid and
// ErrPostState.
func (p *PioneerPost) Revoke(by ID, reason string, now Instant) error {
	reason, err := wantReason(reason)
	switch {
	case err != nil:
		return err
	case by == p.HolderID:
		return ErrOwnPost
	}
	if err := p.move(PostRevoked, by, now); err != nil {
		return err
	}
	p.Decision = reason
	return nil
}

package model

import "strings"

// CommentStatus is where a comment stands.
type CommentStatus string

// The states of a comment.
const (
	CommentShown   CommentStatus = "shown"
	CommentHeld    CommentStatus = "held"    // waits for a moderator
	CommentRemoved CommentStatus = "removed" // by a moderator, with a reason
)

// ProposalComment (发言) is what a neighbour says in a discussion.
type ProposalComment struct {
	ID         ID `json:"id"`
	ProposalID ID `json:"proposal_id"`
	Place      `gorm:"embedded"`
	MemberID   ID            `json:"-"`
	Body       string        `json:"body"`
	Status     CommentStatus `json:"status"`
	Reason     string        `json:"reason,omitempty"`
	DecidedBy  ID            `json:"-"`
	CreatedAt  Instant       `json:"created_at"`

	Author MemberRef `gorm:"-" json:"author"`
	Mine   bool      `gorm:"-" json:"mine"`
}

// TableName implements gorm's Tabler.
func (ProposalComment) TableName() string { return "proposal_comment" }

// Say puts a comment into the discussion, or has it wait for a moderator when words of the community's list stand in it.
// It fails with ErrInvalid, and with ErrProposalState while there is no discussion.
func (p *Proposal) Say(c *ProposalComment, list *ModerationList, now Instant) error {
	c.Body = strings.TrimSpace(c.Body)
	switch {
	case !within(c.Body, 1, 500):
		return ErrInvalid.Saying("发言应为 1 到 500 个字", "A comment has 1 to 500 characters.")
	case !p.Discusses():
		return ErrProposalState
	}
	c.ProposalID, c.Place, c.Status, c.CreatedAt = p.ID, p.Place, CommentShown, now
	if len(list.Hits("", c.Body)) > 0 {
		c.Status = CommentHeld
	}
	return nil
}

// Judge shows a comment that waits, or removes one, with a reason. It fails with ErrForbidden for one's own, with
// ErrInvalid without a reason, and with ErrCommentState.
func (c *ProposalComment) Judge(by ID, show bool, reason string) error {
	if by == c.MemberID {
		return ErrForbidden
	}
	if show {
		if c.Status != CommentHeld {
			return ErrCommentState
		}
		c.Status, c.DecidedBy, c.Reason = CommentShown, by, ""
		return nil
	}
	reason, err := wantReason(reason)
	if err != nil {
		return err
	}
	if c.Status == CommentRemoved {
		return ErrCommentState
	}
	c.Status, c.DecidedBy, c.Reason = CommentRemoved, by, reason
	return nil
}

package model

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Admin reports whether a role needs two people: to be given, and to be taken.
func (r Role) Admin() bool {
	return r == RoleCommunityAdmin || r == RoleStreetOfficer || r == RoleAuditor
}

// RoleAction says what is proposed.
type RoleAction string

// The actions.
const (
	GrantIt  RoleAction = "grant"
	RevokeIt RoleAction = "revoke"
)

// RoleProposalStatus is where a proposal stands.
type RoleProposalStatus string

// The states of a proposal.
const (
	RoleProposalOpen      RoleProposalStatus = "open"
	RoleProposalApproved  RoleProposalStatus = "approved"
	RoleProposalDeclined  RoleProposalStatus = "declined"
	RoleProposalWithdrawn RoleProposalStatus = "withdrawn"
	RoleProposalLapsed    RoleProposalStatus = "lapsed"
)

// RoleProposalLife is how long a proposal waits for a second person.
const RoleProposalLife = 7 * 24 * time.Hour

// RoleProposal (任命提议) is an admin role that one person proposes to give or to take; it takes effect when another one
// approves.
type RoleProposal struct {
	ID         ID `json:"id"`
	Place      `gorm:"embedded" json:"-"`
	NodeID     ID                 `json:"unit_id"`
	NodeKind   NodeKind           `json:"unit_kind"`
	MemberID   ID                 `json:"-"`
	Role       Role               `json:"role"`
	Action     RoleAction         `json:"action"`
	Reason     string             `json:"reason"`
	Status     RoleProposalStatus `json:"status"`
	ProposedBy ID                 `json:"-"`
	DecidedBy  ID                 `json:"-"`
	DecidedAt  Instant            `json:"decided_at,omitzero"`
	Decision   string             `json:"decision,omitempty" doc:"不同意的理由"`
	ExpiresAt  Instant            `json:"expires_at"`
	CreatedAt  Instant            `json:"created_at"`

	Member   MemberRef  `gorm:"-" json:"member"`
	Proposer MemberRef  `gorm:"-" json:"proposed_by"`
	Decider  *MemberRef `gorm:"-" json:"decided_by,omitempty"`
}

// TableName implements gorm's Tabler.
func (RoleProposal) TableName() string { return "role_proposal" }

// Validate fails with ErrInvalid for what cannot be proposed.
func (p *RoleProposal) Validate() error {
	p.Reason = strings.TrimSpace(p.Reason)
	n := utf8.RuneCountInString(p.Reason)
	switch {
	case !p.Role.Admin():
		return ErrInvalid.Saying("这个角色不需要两人经手，请直接授予或撤销", "This role needs no second person.")
	case p.Action != GrantIt && p.Action != RevokeIt:
		return ErrInvalid
	case n < 1 || n > 200:
		return ErrInvalid.Saying("请写明理由（不超过 200 字）", "A reason of at most 200 characters is needed.")
	case p.MemberID == p.ProposedBy:
		return ErrOwnRole
	}
	return nil
}

// Decide approves or declines a proposal. It fails with ErrRoleProposalState unless it is open, with ErrOwnRole for who
// proposed it and for whom it is about, and with ErrInvalid when it is declined without a reason.
func (p *RoleProposal) Decide(by ID, to RoleProposalStatus, why string, now Instant) error {
	switch {
	case p.Status != RoleProposalOpen || p.ExpiresAt <= now:
		return ErrRoleProposalState
	case by == p.ProposedBy || by == p.MemberID:
		return ErrOwnRole
	case to == RoleProposalDeclined && strings.TrimSpace(why) == "":
		return ErrInvalid.Saying("请写明理由", "A reason is needed.")
	}
	p.end(by, to, strings.TrimSpace(why), now)
	return nil
}

// Withdraw takes a proposal back. It fails with ErrRoleProposalState unless it is open, and with ErrForbidden for anyone but
// who made it.
func (p *RoleProposal) Withdraw(by ID, now Instant) error {
	switch {
	case by != p.ProposedBy:
		return ErrForbidden
	case p.Status != RoleProposalOpen || p.ExpiresAt <= now:
		return ErrRoleProposalState
	}
	p.end(by, RoleProposalWithdrawn, "", now)
	return nil
}

// Lapse ends a proposal whose time is over. It reports whether it did.
func (p *RoleProposal) Lapse(now Instant) bool {
	if p.Status != RoleProposalOpen || p.ExpiresAt > now {
		return false
	}
	p.end(0, RoleProposalLapsed, "", now)
	return true
}

func (p *RoleProposal) end(by ID, to RoleProposalStatus, why string, now Instant) {
	p.DecidedBy, p.Status, p.Decision, p.DecidedAt = by, to, why, now
}

// Chinese returns what people call a role.
func (r Role) Chinese() string {
	switch r {
	case RoleResident:
		return "居民"
	case RolePartyMember:
		return "党员"
	case RoleGridWorker:
		return "网格员"
	case RoleOrganizer:
		return "组织者"
	case RoleSecretary:
		return "支部书记"
	case RoleCommunityAdmin:
		return "社区管理员"
	case RoleStreetOfficer:
		return "街道干部"
	case RoleAuditor:
		return "审计员"
	}
	return string(r)
}

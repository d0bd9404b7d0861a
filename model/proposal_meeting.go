package model

import (
	"slices"
	"strings"
)

// MeetingStage (四议) is a stage of a decision that goes through four of them.
type MeetingStage string

// The stages, in their order.
const (
	StageBranch     MeetingStage = "branch_proposal"   // 党支部会提议
	StageCommittees MeetingStage = "committees"        // 两委会商议
	StageAssembly   MeetingStage = "party_assembly"    // 党员大会审议
	StageResidents  MeetingStage = "residents_meeting" // 居民（代表）会议决议
)

// MeetingStages lists the stages in their order.
func MeetingStages() []MeetingStage {
	return []MeetingStage{StageBranch, StageCommittees, StageAssembly, StageResidents}
}

// ProposalMeeting (会议记录) is a meeting that was held on a stage of a proposal.
type ProposalMeeting struct {
	ID           ID           `json:"id"`
	ProposalID   ID           `json:"-"`
	Stage        MeetingStage `json:"stage"`
	HeldOn       Day          `json:"held_on"`
	DueCount     int          `json:"due_count"`     // 应到
	PresentCount int          `json:"present_count"` // 实到
	VotesFor     int          `json:"votes_for"`
	VotesAgainst int          `json:"votes_against"`
	Abstained    int          `json:"abstained"`
	Minutes      string       `json:"minutes"` // 会议记录
	Quorum       bool         `json:"quorum"`
	Passed       bool         `json:"passed"`
	LegalBasis   string       `json:"legal_basis"`
	RecordedBy   ID           `json:"-"`
	CreatedAt    Instant      `json:"created_at"`

	Recorder MemberRef `gorm:"-" json:"recorder"`
}

// TableName implements gorm's Tabler.
func (ProposalMeeting) TableName() string { return "proposal_meeting" }

// nextStage returns the stage that is to be passed next, empty after the last.
func (p *Proposal) nextStage(meetings []*ProposalMeeting) MeetingStage {
	for _, stage := range MeetingStages() {
		if !slices.ContainsFunc(meetings, func(m *ProposalMeeting) bool { return m.Stage == stage && m.Passed }) {
			return stage
		}
	}
	return ""
}

// Hold judges a meeting by the rule of its stage and takes its result: a meeting under quorum, or without a majority, is
// on record and does not pass. The last stage decides as a vote does. It fails with ErrInvalid for numbers that cannot be,
// with ErrStagePassed and ErrStageOrder, and with ErrProposalState.
func (p *Proposal) Hold(m *ProposalMeeting, before []*ProposalMeeting, rule *VotingRule, now Instant) error {
	if err := m.validate(now); err != nil {
		return err
	}
	next := p.nextStage(before)
	switch {
	case !p.FourStages || p.Status != ProposalPublished && p.Status != ProposalDiscussion:
		return ErrProposalState
	case m.Stage != next && slices.ContainsFunc(before, func(b *ProposalMeeting) bool { return b.Stage == m.Stage && b.Passed }):
		return ErrStagePassed
	case m.Stage != next:
		return ErrStageOrder
	case m.Stage == StageResidents && p.Status != ProposalDiscussion:
		return ErrProposalState
	case m.Stage == StageResidents && now < p.DiscussedAt.Add(days(p.Rule.DiscussDays)):
		return ErrProposalSoon
	}
	m.Quorum, m.Passed = rule.judge(m.DueCount, m.PresentCount, m.VotesFor)
	m.LegalBasis = rule.LegalBasis
	if m.Stage != StageResidents || !m.Passed {
		return nil
	}
	if err := p.move(ProposalDecided, now); err != nil {
		return err
	}
	p.Tally = &Tally{
		Electorate: m.DueCount, Voted: m.PresentCount, Quorum: true, Passed: true, Binding: true,
		Counts: map[string]int{ChoiceFor: m.VotesFor, ChoiceAgainst: m.VotesAgainst, ChoiceAbstain: m.Abstained},
	}
	p.DecidedAt, p.ToldOpening = now, AllTold
	return nil
}

func (m *ProposalMeeting) validate(now Instant) error {
	m.Minutes = strings.TrimSpace(m.Minutes)
	switch {
	case !slices.Contains(MeetingStages(), m.Stage):
		return ErrInvalid.Saying("没有这种会议", "There is no such meeting.")
	case m.DueCount < 1 || m.PresentCount < 0 || m.PresentCount > m.DueCount:
		return ErrInvalid.Saying("实到人数不能超过应到人数", "No more are present than are due.")
	case m.VotesFor < 0 || m.VotesAgainst < 0 || m.Abstained < 0 || m.VotesFor+m.VotesAgainst+m.Abstained != m.PresentCount:
		return ErrInvalid.Saying("赞成、反对和弃权的票数之和应等于实到人数", "The votes add up to those present.")
	case m.HeldOn == 0 || m.HeldOn > now.Day():
		return ErrInvalid.Saying("会议日期不能晚于今天", "A meeting was held today or earlier.")
	case !within(m.Minutes, 1, 5000):
		return ErrInvalid.Saying("请写会议记录，1 到 5000 个字", "The minutes have 1 to 5,000 characters.")
	}
	return nil
}

package model

import (
	"slices"
	"strings"
	"time"
)

// ProposalKind says what becomes of a vote on a proposal.
type ProposalKind string

// The kinds of proposal.
const (
	KindResidentsDecision ProposalKind = "residents_decision" // 居民会议决议
	KindConsultation      ProposalKind = "consultation"       // 协商议事
	KindSurvey            ProposalKind = "survey"             // 意见征询：不具约束力
)

// ProposalKinds lists every kind.
func ProposalKinds() []ProposalKind {
	return []ProposalKind{KindResidentsDecision, KindConsultation, KindSurvey}
}

// ProposalSource says where a proposal comes from.
type ProposalSource string

// The sources of proposals.
const (
	SourceResidents ProposalSource = "residents" // 党员群众建议
	SourceCadres    ProposalSource = "cadres"    // 干部提议
	SourceSuperiors ProposalSource = "superiors" // 上级安排
)

// ProposalStatus is where a proposal stands.
type ProposalStatus string

// The states of a proposal, in the order of an ordinary life.
const (
	ProposalDraft      ProposalStatus = "draft"
	ProposalPublished  ProposalStatus = "published"  // 公示
	ProposalDiscussion ProposalStatus = "discussion" // 讨论
	ProposalVoting     ProposalStatus = "voting"     // 表决
	ProposalDecided    ProposalStatus = "decided"    // 通过
	ProposalFailed     ProposalStatus = "failed"     // 未通过
	ProposalCounted    ProposalStatus = "counted"    // a survey's end
	ProposalAnnounced  ProposalStatus = "announced"  // 决议公开: objections are heard
	ProposalExecuting  ProposalStatus = "executing"  // 实施
	ProposalReviewed   ProposalStatus = "reviewed"   // 回头看，实施结果公开
	ProposalClosed     ProposalStatus = "closed"
	ProposalCancelled  ProposalStatus = "cancelled"
)

// ProposalTransitions returns the one table of what may follow what. A status that is no key is final.
func ProposalTransitions() map[ProposalStatus][]ProposalStatus {
	return map[ProposalStatus][]ProposalStatus{
		ProposalDraft:      {ProposalPublished, ProposalCancelled},
		ProposalPublished:  {ProposalDiscussion, ProposalCancelled},
		ProposalDiscussion: {ProposalVoting, ProposalDecided, ProposalCancelled},
		ProposalVoting:     {ProposalDecided, ProposalFailed, ProposalCounted, ProposalCancelled},
		ProposalDecided:    {ProposalAnnounced},
		ProposalFailed:     {ProposalClosed},
		ProposalCounted:    {ProposalClosed},
		ProposalAnnounced:  {ProposalExecuting, ProposalCancelled},
		ProposalExecuting:  {ProposalReviewed},
		ProposalReviewed:   {ProposalClosed},
	}
}

// proposalTransitions is read only.
var proposalTransitions = ProposalTransitions()

// The failures of deliberation.
var (
	ErrProposalState   = &Error{Conflict, "proposal.state", "议题当前状态不能这样操作", "The state of the proposal does not allow this."}
	ErrProposalSoon    = &Error{Conflict, "proposal.too_soon", "还没有到规定的时间", "It is too soon for this."}
	ErrSeconders       = &Error{Conflict, "proposal.seconders", "附议人数还不够", "Too few have seconded the proposal."}
	ErrNoElectorate    = &Error{Conflict, "proposal.electorate", "范围内有表决权的太少，不能无记名表决，请开会表决", "There are too few voters for a secret ballot; please hold a meeting."}
	ErrNotElector      = &Error{Forbidden, "vote.not_elector", "您不在本次表决的名册里", "You are not on the roll of this vote."}
	ErrMinorVote       = &Error{Forbidden, "vote.minor", "未成年人不参加表决", "Minors do not vote."}
	ErrVoteClosed      = &Error{Conflict, "vote.closed", "现在不在表决时间内", "The vote is not open now."}
	ErrVoted           = &Error{Conflict, "vote.twice", "您或您家已经投过票", "You or your household have voted already."}
	ErrChoice          = &Error{Invalid, "vote.choice", "没有这个选项", "There is no such choice."}
	ErrStageOrder      = &Error{Conflict, "meeting.order", "请按四议的顺序进行", "The meetings come in their order."}
	ErrStagePassed     = &Error{Conflict, "meeting.passed", "这一环节已经通过", "This stage is passed already."}
	ErrCommentState    = &Error{Conflict, "comment.state", "这条发言当前不能这样操作", "The state of the comment does not allow this."}
	ErrObjectionWindow = &Error{Conflict, "objection.window_closed", "不在决议公开期内，不能提出异议", "Objections are heard while the decision is published."}
	ErrObjectionState  = &Error{Conflict, "objection.state", "这个异议已经处理", "This objection is answered already."}
	ErrOwnObjection    = &Error{Forbidden, "objection.own", "不能处理自己提出的异议", "One does not answer an objection of one's own."}
	ErrTaskState       = &Error{Conflict, "task.state", "任务当前状态不能这样操作", "The state of the task does not allow this."}
	ErrTooManyTasks    = &Error{Conflict, "proposal.too_many_tasks", "一个议题最多 50 项落实任务", "A proposal has at most 50 tasks."}
	ErrTasksOpen       = &Error{Conflict, "proposal.tasks_open", "还没有任务，或还有任务没有完成", "There is no task, or some are not done."}
)

// SurveyNote is what is said with every survey.
const SurveyNote = "本次为意见征询，结果仅供参考，不是有约束力的表决"

// Proposal (议题) is what the people of a part of the tree deliberate and decide on (民主协商).
type Proposal struct {
	ID          ID                `json:"id"`
	Place       `gorm:"embedded"` // of the scope
	ScopeNodeID ID                `json:"-"`
	ScopeKind   NodeKind          `json:"scope_kind"`
	Kind        ProposalKind      `json:"kind"`
	Source      ProposalSource    `json:"source"`
	Category    string            `json:"category"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	VoteBy      VotingUnit        `json:"vote_by"`
	FourStages  bool              `json:"four_stages"`                             // 四议两公开
	Options     []string          `gorm:"serializer:json" json:"-"`                // of a survey
	Rule        *VotingRule       `gorm:"serializer:json" json:"rule,omitempty"`   // in force for it, since its publication
	Tally       *Tally            `gorm:"serializer:json" json:"tally,omitempty"`  // null until the vote is over
	Outcome     *ProposalReview   `gorm:"serializer:json" json:"review,omitempty"` // 回头看
	Status      ProposalStatus    `json:"status"`
	Reason      string            `json:"reason,omitempty"` // why it was cancelled
	Seconders   int               `json:"seconders"`
	Electorate  int               `json:"electorate"` // votes there are, frozen at the opening

	PublishedAt     Instant `json:"published_at,omitzero"`
	DiscussedAt     Instant `json:"discussed_at,omitzero"`
	OpensAt         Instant `json:"opens_at,omitzero"`
	ClosesAt        Instant `json:"closes_at,omitzero"`
	DecidedAt       Instant `json:"decided_at,omitzero"`
	ObjectionsUntil Instant `json:"objections_until,omitzero"`

	ToldOpening ID      `json:"-"` // the last of those who were told, AllTold once all were
	ToldResult  ID      `json:"-"`
	CreatedBy   ID      `json:"-"`
	Version     int64   `json:"version"`
	CreatedAt   Instant `json:"created_at"`
	UpdatedAt   Instant `json:"-"`

	Scope    NodeRef   `gorm:"-" json:"scope"`
	Proposer MemberRef `gorm:"-" json:"proposer"`
	Binding  bool      `gorm:"-" json:"binding" doc:"意见征询为 false"`
	Note     string    `gorm:"-" json:"note,omitempty"`
	Choices  []Choice  `gorm:"-" json:"choices"`

	// For who reads one proposal.
	Mine     *MyPart            `gorm:"-" json:"mine,omitempty"`
	Meetings []*ProposalMeeting `gorm:"-" json:"meetings,omitempty"`
	Tasks    []*ProposalTask    `gorm:"-" json:"tasks,omitempty"`
}

// TableName implements gorm's Tabler.
func (Proposal) TableName() string { return "proposal" }

// The notices of deliberation.
const (
	NoticeVoteOpened   NoticeKind = "vote_opened"
	NoticeVoteResult   NoticeKind = "vote_result"
	NoticeProposalTask NoticeKind = "proposal_task"
	NoticeObjection    NoticeKind = "objection_answered"
	NoticeComment      NoticeKind = "comment_judged"
)

// AllTold marks that everybody was told.
const AllTold ID = 1<<63 - 1

// Part returns the part of the tree that the proposal is for.
func (p *Proposal) Part() *Node {
	return &Node{ID: p.ScopeNodeID, Kind: p.ScopeKind, Place: p.Place}
}

// Scoped reports whether somebody who lives at a place is of the proposal's scope.
func (p *Proposal) Scoped(at Place) bool {
	return Grant{NodeID: p.ScopeNodeID, NodeKind: p.ScopeKind}.Covers(at)
}

// Binds reports whether the vote decides something.
func (p *Proposal) Binds() bool { return p.Kind != KindSurvey }

// ProposalCategories lists what proposals are about.
func ProposalCategories() []string {
	return []string{"works", "environment", "order", "safety", "funds", "rules", "events", "other"}
}

// maxOptions is how many options a survey has at most.
const maxOptions = 10

// Validate trims what was written of a proposal and checks it. It fails with ErrInvalid.
func (p *Proposal) Validate() error {
	p.Title, p.Description = strings.TrimSpace(p.Title), strings.TrimSpace(p.Description)
	switch {
	case !slices.Contains(ProposalKinds(), p.Kind):
		return ErrInvalid.Saying("没有这种议题", "There is no such kind of proposal.")
	case !slices.Contains([]ProposalSource{SourceResidents, SourceCadres, SourceSuperiors}, p.Source):
		return ErrInvalid.Saying("来源应为党员群众建议、干部提议或上级安排", "A proposal comes from residents, cadres or superiors.")
	case !slices.Contains(ProposalCategories(), p.Category):
		return ErrCategory
	case !validTitle(p.Title):
		return errTitle
	case !within(p.Description, 1, 5000):
		return ErrInvalid.Saying("请说明议题，1 到 5000 个字", "A proposal is described in 1 to 5,000 characters.")
	case p.VoteBy != ByHousehold && p.VoteBy != ByPerson:
		return ErrInvalid.Saying("表决应按户或按人", "One votes by household or by person.")
	case p.ScopeKind == KindHousehold:
		return ErrInvalid.Saying("议题的范围不能是一户", "A household is no scope of a proposal.")
	case p.FourStages && p.Kind != KindResidentsDecision:
		return ErrInvalid.Saying("只有居民会议决议才走四议两公开", "Only decisions of the residents go through the four stages.")
	}
	return p.validateOptions()
}

func (p *Proposal) validateOptions() error {
	if p.Binds() {
		p.Options = nil
		return nil
	}
	if len(p.Options) < 2 || len(p.Options) > maxOptions {
		return ErrInvalid.Saying("意见征询应有 2 到 10 个选项", "A survey has 2 to 10 options.")
	}
	for i, o := range p.Options {
		if p.Options[i] = strings.TrimSpace(o); !within(p.Options[i], 1, 50) || slices.Contains(p.Options[:i], p.Options[i]) {
			return ErrInvalid.Saying("选项应为 1 到 50 个字，不能重复", "Options have 1 to 50 characters and are different.")
		}
	}
	return nil
}

// Shown completes a proposal for its readers.
func (p *Proposal) Shown() *Proposal {
	if p.Binding = p.Binds(); !p.Binding {
		p.Note = SurveyNote
	}
	p.Choices = p.choices()
	return p
}

// Draft begins a proposal.
func (p *Proposal) Draft(now Instant) error {
	if err := p.Validate(); err != nil {
		return err
	}
	p.Status, p.Version, p.CreatedAt, p.UpdatedAt = ProposalDraft, 1, now, now
	return nil
}

// move is the only way a proposal changes its state.
func (p *Proposal) move(to ProposalStatus, now Instant) error {
	if !slices.Contains(proposalTransitions[p.Status], to) {
		return ErrProposalState
	}
	p.Status, p.UpdatedAt, p.Version = to, now, p.Version+1
	return nil
}

// Publish puts a draft before the neighbours, under a rule that stays. It fails with ErrSeconders when a proposal of
// residents has too few, and with ErrProposalState.
func (p *Proposal) Publish(rule *VotingRule, now Instant) error {
	if p.Status == ProposalDraft && p.Source == SourceResidents && p.Seconders < rule.Seconders {
		return ErrSeconders
	}
	if err := p.move(ProposalPublished, now); err != nil {
		return err
	}
	p.Rule, p.PublishedAt = rule, now
	return nil
}

// Discuss opens the discussion. It fails with ErrProposalSoon before the days of the publication are over, and with
// ErrProposalState.
func (p *Proposal) Discuss(now Instant) error {
	if p.Status == ProposalPublished && now < p.PublishedAt.Add(days(p.Rule.PublicDays)) {
		return ErrProposalSoon
	}
	if err := p.move(ProposalDiscussion, now); err != nil {
		return err
	}
	p.DiscussedAt = now
	return nil
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// Discusses reports whether neighbours may speak.
func (p *Proposal) Discusses() bool { return p.Status == ProposalDiscussion }

// Cancel ends a proposal, with a reason. It fails with ErrInvalid without one, and with ErrProposalState.
func (p *Proposal) Cancel(reason string, now Instant) error {
	reason, err := wantReason(reason)
	if err != nil {
		return err
	}
	if err := p.move(ProposalCancelled, now); err != nil {
		return err
	}
	p.Reason = reason
	return nil
}

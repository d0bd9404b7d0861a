package model

import (
	"slices"
	"strconv"
	"time"
)

// VotingUnit says who has one vote.
type VotingUnit string

// The units of a vote.
const (
	ByHousehold VotingUnit = "household" // 一户一票
	ByPerson    VotingUnit = "person"    // 一人一票
)

// Choice is what one may vote.
type Choice struct {
	Key  string `json:"key"`
	Text string `json:"text"`
}

// The choices of a vote that decides.
const (
	ChoiceFor     = "for"
	ChoiceAgainst = "against"
	ChoiceAbstain = "abstain"
)

func (p *Proposal) choices() []Choice {
	if p.Binds() {
		return []Choice{{ChoiceFor, "赞成"}, {ChoiceAgainst, "反对"}, {ChoiceAbstain, "弃权"}}
	}
	all := make([]Choice, len(p.Options))
	for i, o := range p.Options {
		all[i] = Choice{strconv.Itoa(i + 1), o}
	}
	return all
}

// ChoiceKeys lists the keys of the choices.
func (p *Proposal) ChoiceKeys() []string {
	var keys []string
	for _, c := range p.choices() {
		keys = append(keys, c.Key)
	}
	return keys
}

const (
	// leastElectorate is how many votes a secret ballot needs to be one.
	leastElectorate = 3
	// maxVote is how long a vote may be open.
	maxVote = 60 * 24 * time.Hour
	// leastShown is how many have taken part before a survey shows what they said.
	leastShown = 5
)

// Open opens the vote until a time. It fails with ErrProposalSoon before the days of the discussion are over, with
// ErrPeriod for a time that is too soon or too late, with ErrStageOrder unless the stages before are passed, and with
// ErrProposalState.
func (p *Proposal) Open(closes Instant, meetings []*ProposalMeeting, now Instant) error {
	if p.Status == ProposalDiscussion {
		least := now.Add(time.Duration(p.Rule.VoteHours) * time.Hour)
		switch {
		case now < p.DiscussedAt.Add(days(p.Rule.DiscussDays)):
			return ErrProposalSoon
		case closes <= now || closes < least || closes > now.Add(maxVote):
			return ErrPeriod.Saying("表决的截止时间太早或太晚（至少 "+strconv.Itoa(p.Rule.VoteHours)+" 小时，至多 60 天）", "The vote would be too short, or longer than 60 days.")
		case p.FourStages && p.nextStage(meetings) != StageResidents:
			return ErrStageOrder.Saying("前三议还没有全部通过，不能表决", "The three stages before the vote are not all passed.")
		}
	}
	if err := p.move(ProposalVoting, now); err != nil {
		return err
	}
	p.OpensAt, p.ClosesAt = now, closes
	return nil
}

// Freeze takes down how many votes there are. It fails with ErrNoElectorate when they are too few to be secret.
func (p *Proposal) Freeze(votes int) error {
	if votes < leastElectorate {
		return ErrNoElectorate
	}
	p.Electorate = votes
	return nil
}

// Takes reports whether a choice may be voted now. It fails with ErrVoteClosed and ErrChoice.
func (p *Proposal) Takes(choice string, now Instant) error {
	switch {
	case p.Status != ProposalVoting || now >= p.ClosesAt:
		return ErrVoteClosed
	case !slices.Contains(p.ChoiceKeys(), choice):
		return ErrChoice
	}
	return nil
}

// VoteOver reports whether the time of the vote is over and it was not counted yet.
func (p *Proposal) VoteOver(now Instant) bool {
	return p.Status == ProposalVoting && now >= p.ClosesAt
}

// Why a vote did not pass.
const (
	FailedByQuorum   = "quorum"
	FailedByMajority = "majority"
)

// Tally (计票结果) is what a vote came to.
type Tally struct {
	Electorate int            `json:"electorate" doc:"应投票数"`
	Voted      int            `json:"voted" doc:"实投票数"`
	Counts     map[string]int `json:"counts" doc:"各选项票数；少于 5 人参与的意见征询、未达法定人数的表决不公布"`
	Quorum     bool           `json:"quorum" doc:"是否达到法定人数"`
	Passed     bool           `json:"passed"`
	Failed     string         `json:"failed,omitempty" enum:"quorum,majority"`
	Binding    bool           `json:"binding"`
}

// Close ends the vote with what was counted. It fails with ErrProposalState.
func (p *Proposal) Close(voted int, counts map[string]int, now Instant) error {
	t := &Tally{Electorate: p.Electorate, Voted: voted, Counts: counts, Binding: p.Binds()}
	to := ProposalFailed
	switch t.Quorum, t.Passed = p.Rule.judge(t.Electorate, voted, counts[ChoiceFor]); {
	case !t.Binding:
		to, t.Quorum, t.Passed = ProposalCounted, false, false
		if voted < leastShown {
			t.Counts = map[string]int{}
		}
	case t.Passed:
		to = ProposalDecided
	case t.Quorum:
		t.Failed = FailedByMajority
	default:
		t.Failed = FailedByQuorum
		if voted < leastShown {
			t.Counts = map[string]int{}
		}
	}
	if err := p.move(to, now); err != nil {
		return err
	}
	p.Tally, p.DecidedAt = t, now
	return nil
}

// MyPart is what a member has to do with a proposal: that they voted, never what.
type MyPart struct {
	Elector  bool `json:"elector" doc:"是否在表决名册里"`
	Voted    bool `json:"voted" doc:"本人或本户是否已投票；投了什么不保存"`
	Seconded bool `json:"seconded"`
}

package model

import (
	"slices"
	"strings"
)

// Fraction is a part of a whole that must be reached, or with Over exceeded.
type Fraction struct {
	Num  int  `json:"num" minimum:"0" maximum:"100"`
	Den  int  `json:"den" minimum:"1" maximum:"100"`
	Over bool `json:"over" doc:"true 为超过，false 为达到"`
}

// Reached reports whether a part of a whole is enough.
func (s Fraction) Reached(part, whole int) bool {
	if s.Over {
		return part*s.Den > whole*s.Num
	}
	return part*s.Den >= whole*s.Num
}

func (s Fraction) ok() bool { return s.Den >= 1 && s.Num >= 0 && s.Num <= s.Den && s.Den <= 100 }

// VotingRule (表决规则) says how a kind of vote or meeting decides, and by which basis in law. A community edits it.
type VotingRule struct {
	CommunityID ID       `gorm:"primaryKey;autoIncrement:false" json:"-"`
	Kind        string   `gorm:"primaryKey;column:rule_kind" json:"kind"`
	Quorum      Fraction `gorm:"serializer:json" json:"quorum" doc:"应到的多少须参加"`
	Majority    Fraction `gorm:"serializer:json" json:"majority" doc:"多少须赞成"`
	OfDue       bool     `json:"majority_of_due" doc:"true：赞成占应到的比例；false：占参加的比例"`
	Seconders   int      `json:"seconders" doc:"群众建议须有多少人附议"`
	PublicDays  int      `json:"public_days" doc:"公示至少几天"`
	DiscussDays int      `json:"discuss_days" doc:"讨论至少几天"`
	VoteHours   int      `json:"vote_hours" doc:"表决至少几小时"`
	LegalBasis  string   `json:"legal_basis" doc:"法律依据"`
	Version     int64    `json:"version" doc:"0 为默认值"`
	UpdatedBy   ID       `json:"-"`
	UpdatedAt   Instant  `json:"updated_at,omitzero"`
}

// TableName implements gorm's Tabler.
func (VotingRule) TableName() string { return "voting_rule" }

// toCheck is said of each default: who uses it must look the articles up.
const toCheck = "；城市居民委员会组织法 2025-10-28 修订、2026-01-01 起施行，修订后的会议人数条款请社区核对后再用"

// DefaultVotingRules returns how a community decides that has said nothing else.
func DefaultVotingRules() []*VotingRule {
	half, none := Fraction{1, 2, true}, Fraction{0, 1, false}
	return []*VotingRule{
		{
			Kind: string(KindResidentsDecision), Quorum: half, Majority: half, Seconders: 5, PublicDays: 3, DiscussDays: 3, VoteHours: 24,
			LegalBasis: "居民会议须有应到的过半数参加，由参加者的过半数通过（原城市居民委员会组织法 1989/2018 文本）" + toCheck,
		},
		{
			Kind: string(KindConsultation), Quorum: half, Majority: half, Seconders: 3, PublicDays: 3, DiscussDays: 3, VoteHours: 24,
			LegalBasis: "中办发〔2015〕41号 关于加强城乡社区协商的意见，未规定人数，过半数为本系统的默认值" + toCheck,
		},
		{
			Kind: string(KindSurvey), Quorum: none, Majority: none,
			LegalBasis: "意见征询没有法定效力，不设人数要求",
		},
		{
			Kind: string(StageBranch), Quorum: half, Majority: half,
			LegalBasis: "四议两公开：党支部会提议，过半数为本系统的默认值" + toCheck,
		},
		{
			Kind: string(StageCommittees), Quorum: half, Majority: half,
			LegalBasis: "四议两公开：两委会商议，过半数为本系统的默认值" + toCheck,
		},
		{
			Kind: string(StageAssembly), Quorum: Fraction{2, 3, false}, Majority: half, OfDue: true,
			LegalBasis: "四议两公开：党员大会审议，须三分之二以上到会、应到的过半数赞成（各地通行做法）" + toCheck,
		},
		{
			Kind: string(StageResidents), Quorum: half, Majority: half,
			LegalBasis: "四议两公开：居民会议或居民代表会议决议，过半数到会、到会的过半数赞成（原 1989/2018 文本）" + toCheck,
		},
	}
}

// DefaultVotingRule returns the default of a kind, nil for what is none.
func DefaultVotingRule(kind string) *VotingRule {
	all := DefaultVotingRules()
	if i := slices.IndexFunc(all, func(r *VotingRule) bool { return r.Kind == kind }); i >= 0 {
		return all[i]
	}
	return nil
}

// Validate checks what a community says of a rule. It fails with ErrInvalid, also without a basis in law.
func (r *VotingRule) Validate() error {
	r.LegalBasis = strings.TrimSpace(r.LegalBasis)
	switch {
	case !r.Quorum.ok() || !r.Majority.ok():
		return ErrInvalid.Saying("比例应为 0 到 1 之间的分数，分母不超过 100", "A share is a fraction from 0 to 1 with a denominator of at most 100.")
	case r.Kind != string(KindSurvey) && (r.Quorum.Num == 0 || r.Majority.Num == 0):
		return ErrInvalid.Saying("有约束力的表决须有人数和赞成比例的要求", "A vote that binds needs a quorum and a majority.")
	case r.Seconders < 0 || r.Seconders > 1000 || r.PublicDays < 0 || r.PublicDays > 90 || r.DiscussDays < 0 || r.DiscussDays > 90 || r.VoteHours < 0 || r.VoteHours > 720:
		return ErrInvalid.Saying("附议 0 到 1000 人，公示和讨论 0 到 90 天，表决 0 到 720 小时", "There are 0 to 1,000 seconders, 0 to 90 days and 0 to 720 hours.")
	case !within(r.LegalBasis, 1, 500):
		return ErrInvalid.Saying("请写明法律依据，1 到 500 个字", "Name the basis in law, in 1 to 500 characters.")
	}
	return nil
}

// judge says what a number of votes comes to among those who were due.
func (r *VotingRule) judge(due, present, inFavour int) (quorum, passed bool) {
	quorum = r.Quorum.Reached(present, due)
	of := present
	if r.OfDue {
		of = due
	}
	return quorum, quorum && r.Majority.Reached(inFavour, of)
}

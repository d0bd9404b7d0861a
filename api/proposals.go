package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/deliberation"
)

// ProposalBody is what somebody proposes.
type ProposalBody struct {
	Kind        model.ProposalKind   `json:"kind" enum:"residents_decision,consultation,survey" doc:"居民会议决议、协商议事、意见征询（不具约束力）"`
	Source      model.ProposalSource `json:"source" enum:"residents,cadres,superiors" doc:"党员群众建议、干部提议、上级安排；后两种只有支部书记和社区管理员可用"`
	Category    string               `json:"category" enum:"works,environment,order,safety,funds,rules,events,other"`
	Title       string               `json:"title" minLength:"1" maxLength:"50"`
	Description string               `json:"description" minLength:"1" maxLength:"5000"`
	VoteBy      model.VotingUnit     `json:"vote_by" enum:"household,person" doc:"一户一票或一人一票"`
	FourStages  bool                 `json:"four_stages,omitempty" doc:"走四议两公开"`
	Options     []string             `json:"options,omitempty" maxItems:"10" doc:"意见征询的选项"`
}

func (b ProposalBody) draft() deliberation.Draft {
	return deliberation.Draft{
		Kind: b.Kind, Source: b.Source, Category: b.Category, Title: b.Title, Description: b.Description, VoteBy: b.VoteBy, FourStages: b.FourStages, Options: b.Options,
	}
}

// Proposals registers deliberation (民主协商): proposals, their discussion, the vote and what follows.
func Proposals(d *deliberation.Deliberation) Noun {
	return func(on *Operations) {
		proposalDrafts(on, d)
		proposalSteps(on, d)
		ballots(on, d)
		proposalComments(on, d)
		proposalFollow(on, d)
	}
}

func proposalDrafts(on *Operations, d *deliberation.Deliberation) {
	get(on, "/proposals", "list-proposals", "proposals", "议题，新的在前",
		func(ctx context.Context, who model.Actor, in *struct {
			Paging
			Status string `query:"status" doc:"逗号分隔：draft,published,discussion,voting,decided,failed,counted,announced,executing,reviewed,closed,cancelled"`
		},
		) (*body[*model.List[*model.Proposal]], error) {
			states, err := several("status", in.Status, model.ProposalDraft, model.ProposalPublished, model.ProposalDiscussion, model.ProposalVoting, model.ProposalDecided,
				model.ProposalFailed, model.ProposalCounted, model.ProposalAnnounced, model.ProposalExecuting, model.ProposalReviewed, model.ProposalClosed, model.ProposalCancelled)
			if err != nil {
				return nil, err
			}
			return answer(d.List(ctx, who, states, in.page()))
		})
	post(on, "/proposals", "create-proposal", "proposals", "提出议题（草稿）",
		func(ctx context.Context, who model.Actor, in *struct {
			Body struct {
				UnitID model.ID `json:"unit_id" doc:"范围：社区树中的一个编号；居民只能提自己所在的范围"`
				ProposalBody
			}
		},
		) (*created[*model.Proposal], error) {
			p, err := d.Propose(ctx, who, in.Body.UnitID, in.Body.draft())
			if err != nil {
				return nil, err
			}
			return &created[*model.Proposal]{basePath + "/proposals/" + p.ID.String(), p}, nil
		}, answers(http.StatusCreated))
	get(on, "/proposals/{id}", "get-proposal", "proposals", "议题，连同会议、任务和与我有关的情况；表决到期后第一次读取即计票",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Proposal], error) {
			return answer(d.Proposal(ctx, who, in.id()))
		})
	put(on, "/proposals/{id}", "update-proposal", "proposals", "修改草稿",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				ProposalBody
				Version int64 `json:"version" minimum:"1" doc:"读到的版本"`
			}
		},
		) (*body[*model.Proposal], error) {
			return answer(d.Edit(ctx, who, in.id(), in.Body.Version, in.Body.draft()))
		})
	post(on, "/proposals/{id}/second", "second-proposal", "proposals", "附议",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Proposal], error) {
			return answer(d.Second(ctx, who, in.id()))
		})
	get(on, "/voting-rules", "list-voting-rules", "proposals", "表决规则和法律依据",
		func(ctx context.Context, who model.Actor, _ *none) (*body[items[*model.VotingRule]], error) {
			rules, err := d.Rules(ctx, who)
			return answer(items[*model.VotingRule]{rules}, err)
		})
	put(on, "/voting-rules/{kind}", "set-voting-rule", "proposals", "修改表决规则；已公示的议题不变",
		func(ctx context.Context, who model.Actor, in *votingRule) (*body[*model.VotingRule], error) {
			return answer(d.SetRule(ctx, who, in.rule()))
		})
}

// votingRule is what a community says of a kind of vote or meeting.
type votingRule struct {
	Kind string `path:"kind" maxLength:"24" doc:"表决或会议的种类，见 GET /voting-rules"`
	Body struct {
		Quorum      model.Fraction `json:"quorum"`
		Majority    model.Fraction `json:"majority"`
		OfDue       bool           `json:"majority_of_due,omitempty"`
		Seconders   int            `json:"seconders,omitempty" minimum:"0" maximum:"1000"`
		PublicDays  int            `json:"public_days,omitempty" minimum:"0" maximum:"90"`
		DiscussDays int            `json:"discuss_days,omitempty" minimum:"0" maximum:"90"`
		VoteHours   int            `json:"vote_hours,omitempty" minimum:"0" maximum:"720"`
		LegalBasis  string         `json:"legal_basis" minLength:"1" maxLength:"500"`
		Version     int64          `json:"version" minimum:"0" doc:"读到的版本，默认值为 0"`
	}
}

func (in *votingRule) rule() model.VotingRule {
	b := &in.Body
	return model.VotingRule{
		Kind: in.Kind, Quorum: b.Quorum, Majority: b.Majority, OfDue: b.OfDue, Seconders: b.Seconders, PublicDays: b.PublicDays, DiscussDays: b.DiscussDays,
		VoteHours: b.VoteHours, LegalBasis: b.LegalBasis, Version: b.Version,
	}
}

func proposalSteps(on *Operations, d *deliberation.Deliberation) {
	post(on, "/proposals/{id}/publish", "publish-proposal", "proposals", "公示议题",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Proposal], error) {
			return answer(d.Publish(ctx, who, in.id()))
		})
	post(on, "/proposals/{id}/discuss", "discuss-proposal", "proposals", "公示期满，开始讨论",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Proposal], error) {
			return answer(d.Discuss(ctx, who, in.id()))
		})
	post(on, "/proposals/{id}/cancel", "cancel-proposal", "proposals", "撤销议题；已投的票作废",
		func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.Proposal], error) {
			return answer(d.Cancel(ctx, who, in.id(), in.Body.Reason))
		})
	post(on, "/proposals/{id}/meetings", "record-meeting", "proposals", "四议两公开：登记会议；人数不够或未过半的会议记录在案但不通过",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Stage        model.MeetingStage `json:"stage" enum:"branch_proposal,committees,party_assembly,residents_meeting" doc:"党支部会提议、两委会商议、党员大会审议、居民（代表）会议决议"`
				HeldOn       model.Day          `json:"held_on" format:"date"`
				DueCount     int                `json:"due_count" minimum:"1" maximum:"100000" doc:"应到"`
				PresentCount int                `json:"present_count" minimum:"0" maximum:"100000" doc:"实到"`
				VotesFor     int                `json:"votes_for" minimum:"0"`
				VotesAgainst int                `json:"votes_against" minimum:"0"`
				Abstained    int                `json:"abstained" minimum:"0"`
				Minutes      string             `json:"minutes" minLength:"1" maxLength:"5000" doc:"会议记录"`
			}
		},
		) (*body[*model.Proposal], error) {
			b := &in.Body
			return answer(d.Hold(ctx, who, in.id(), &model.ProposalMeeting{
				Stage: b.Stage, HeldOn: b.HeldOn, DueCount: b.DueCount, PresentCount: b.PresentCount, VotesFor: b.VotesFor, VotesAgainst: b.VotesAgainst,
				Abstained: b.Abstained, Minutes: b.Minutes,
			}))
		}, answers(http.StatusCreated))
}

func ballots(on *Operations, d *deliberation.Deliberation) {
	post(on, "/proposals/{id}/open", "open-vote", "proposals", "开始表决，并固定表决名册",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				ClosesAt model.Instant `json:"closes_at" doc:"表决截止"`
			}
		},
		) (*body[*model.Proposal], error) {
			return answer(d.Open(ctx, who, in.id(), in.Body.ClosesAt))
		})
	post(on, "/proposals/{id}/vote", "vote", "proposals", "无记名投票：只记谁投了，不记投了什么",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Choice string `json:"choice" minLength:"1" maxLength:"8" doc:"议题 choices 中的 key"`
			}
		},
		) (*none, error) {
			return nil, d.Vote(ctx, who, in.id(), in.Body.Choice)
		}, keyless, answers(http.StatusNoContent), describes("不接受 Idempotency-Key，因为保存请求就等于保存选票。没有收到回答时，用 GET /proposals/{id} 的 mine.voted 查看是否已投。"))
}

func proposalComments(on *Operations, d *deliberation.Deliberation) {
	get(on, "/proposals/{id}/comments", "list-comments", "proposals", "讨论发言，早的在前",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Paging
		},
		) (*body[*model.List[*model.ProposalComment]], error) {
			return answer(d.Comments(ctx, who, in.id(), in.page()))
		})
	post(on, "/proposals/{id}/comments", "add-comment", "proposals", "发言；含审核词的先等审核",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Text string `json:"body" minLength:"1" maxLength:"500"`
			}
		},
		) (*body[*model.ProposalComment], error) {
			return answer(d.Say(ctx, who, in.id(), in.Body.Text))
		}, answers(http.StatusCreated))
	get(on, "/proposal-comments", "list-held-comments", "moderation", "待审核的发言",
		func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*model.ProposalComment]], error) {
			return answer(d.HeldComments(ctx, who, in.page()))
		})
	post(on, "/proposal-comments/{id}/approve", "approve-comment", "moderation", "发言通过审核",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.ProposalComment], error) {
			return answer(d.Moderate(ctx, who, in.id(), true, ""))
		})
	post(on, "/proposal-comments/{id}/remove", "remove-comment", "moderation", "撤下发言，并告诉作者原因",
		func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.ProposalComment], error) {
			return answer(d.Moderate(ctx, who, in.id(), false, in.Body.Reason))
		})
}

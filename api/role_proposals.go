package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/community"
)

// RoleProposals registers admin roles, which take two people.
func RoleProposals(c *community.Community) Noun {
	return func(on *Operations) {
		post(on, "/role-proposals", "propose-role", "community", "提出任命或免职（社区管理员、街道干部、审计员）",
			func(ctx context.Context, who model.Actor, in *struct {
				Body struct {
					MemberID model.ID         `json:"member_id"`
					Role     model.Role       `json:"role" enum:"community_admin,street_officer,auditor"`
					UnitID   model.ID         `json:"unit_id" doc:"在哪里生效：社区树中的一个编号"`
					Action   model.RoleAction `json:"action" enum:"grant,revoke"`
					Reason   string           `json:"reason" minLength:"1" maxLength:"200"`
				}
			},
			) (*body[*model.RoleProposal], error) {
				b := in.Body
				return answer(c.ProposeRole(ctx, who, community.ProposalInput{Member: b.MemberID, Role: b.Role, Node: b.UnitID, Action: b.Action, Reason: b.Reason}))
			}, answers(http.StatusCreated), describes("由另一位有权的人在 7 天内同意后生效；提出人和本人不能审批。本人辞任可直接撤销自己的角色。"))
		get(on, "/role-proposals", "list-role-proposals", "community", "任免提议",
			func(ctx context.Context, who model.Actor, in *struct {
				Paging
				Status model.RoleProposalStatus `query:"status" enum:"open,approved,declined,withdrawn,lapsed"`
			},
			) (*body[*model.List[*model.RoleProposal]], error) {
				return answer(c.RoleProposals(ctx, who, in.Status, in.page()))
			})
		post(on, "/role-proposals/{id}/approve", "approve-role", "community", "同意任免，立即生效",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.RoleProposal], error) {
				return answer(c.ApproveRole(ctx, who, in.id()))
			})
		post(on, "/role-proposals/{id}/decline", "decline-role", "community", "不同意任免",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					Reason string `json:"reason" minLength:"1" maxLength:"200"`
				}
			},
			) (*body[*model.RoleProposal], error) {
				return answer(c.DeclineRole(ctx, who, in.id(), in.Body.Reason))
			})
		post(on, "/role-proposals/{id}/withdraw", "withdraw-role", "community", "撤回自己的提议",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.RoleProposal], error) {
				return answer(c.WithdrawRole(ctx, who, in.id()))
			})
	}
}

package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/community"
)

// Community registers the tree, its people and their roles.
func Community(c *community.Community) Noun {
	return func(on *Operations) {
		get(on, "/units", "list-units", "community", "社区的片区、网格、楼栋、单元、党支部",
			func(ctx context.Context, who model.Actor, in *struct {
				Paging
				Kind     model.NodeKind `query:"kind" enum:"community,area,grid,branch,building,unit,household"`
				ParentID PathID         `query:"parent_id"`
			},
			) (*body[*model.List[*model.Node]], error) {
				return answer(c.Units(ctx, who, in.Kind, in.ParentID.ID, in.page()))
			})
		get(on, "/members", "list-members", "community", "管辖范围内的居民（姓名打码）",
			func(ctx context.Context, who model.Actor, in *struct {
				Paging
				Role model.Role `query:"role" enum:"resident,party_member,grid_worker,organizer,branch_secretary,community_admin,street_officer,auditor"`
			},
			) (*body[*model.List[*community.Person]], error) {
				return answer(c.Members(ctx, who, in.Role, in.page()))
			})
		post(on, "/members/{id}/roles", "grant-role", "community", "授予角色",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					Role   model.Role `json:"role" enum:"resident,party_member,grid_worker,organizer,branch_secretary,community_admin,street_officer,auditor"`
					UnitID model.ID   `json:"unit_id" doc:"在哪里生效：社区树中的一个编号"`
				}
			},
			) (*body[*model.Grant], error) {
				return answer(c.GrantRole(ctx, who, in.id(), in.Body.Role, in.Body.UnitID))
			}, answers(http.StatusCreated))
		del(on, "/members/{id}/roles/{role}/{unit_id}", "revoke-role", "community", "撤销角色",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Role   model.Role `path:"role"`
				UnitID PathID     `path:"unit_id"`
			},
			) (*none, error) {
				return nil, c.RevokeRole(ctx, who, in.id(), in.Role, in.UnitID.ID)
			})
	}
}

package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/boards"
	"linbanglin/service/dashboard"
	"linbanglin/service/honours"
)

// HonoursList is what is honoured in a community: pioneer posts, and those at the top of this quarter's board.
type HonoursList struct {
	Items      []*model.PioneerPost `json:"items"`
	NextCursor string               `json:"next_cursor"`
	Pioneers   *boards.Pioneers     `json:"pioneers,omitempty" doc:"本季度先锋岗名单，只在第一页"`
}

// Honours registers pioneer posts, and the one list of what is honoured.
func Honours(h *honours.Honours, b *boards.Boards) Noun {
	return func(on *Operations) {
		get(on, "/honours", "list-honours", "community", "荣誉榜：先锋岗和本季度服务先锋",
			func(ctx context.Context, who model.Actor, in *struct {
				Paging
				Mine bool `query:"mine" doc:"只看自己的先锋岗，包括撤销的；活动荣誉见 GET /me/honours"`
			},
			) (*body[HonoursList], error) {
				posts, err := h.List(ctx, who, in.Mine, in.page())
				if err != nil {
					return nil, err
				}
				list := HonoursList{posts.Items, posts.NextCursor, nil}
				if !in.Mine && in.Cursor == "" && who.May(model.OpReadBoards, model.Place{CommunityID: who.Place.CommunityID}) == nil {
					list.Pioneers, err = b.Pioneers(ctx, who, boards.Query{})
				}
				return answer(list, err)
			})
		get(on, "/pioneer-posts", "list-pioneer-posts", "community", "管辖范围内的先锋岗，包括待审批的",
			func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*model.PioneerPost]], error) {
				return answer(h.Managed(ctx, who, in.page()))
			})
		post(on, "/pioneer-posts", "propose-pioneer-post", "community", "提名先锋岗",
			func(ctx context.Context, who model.Actor, in *struct {
				Body struct {
					UnitID   model.ID  `json:"unit_id" doc:"在哪里：社区树中的一个编号"`
					HolderID model.ID  `json:"holder_id" doc:"谁"`
					Place    string    `json:"place" minLength:"1" maxLength:"50" doc:"岗位地点，如 党群服务中心窗口"`
					Title    string    `json:"title" minLength:"1" maxLength:"50" doc:"岗位名称"`
					From     model.Day `json:"from" format:"date"`
					To       model.Day `json:"to" format:"date"`
					Reason   string    `json:"reason" minLength:"1" maxLength:"500" doc:"事迹"`
					Basis    string    `json:"basis" minLength:"1" maxLength:"200" doc:"依据，如支部大会决议"`
				}
			},
			) (*body[*model.PioneerPost], error) {
				b := &in.Body
				return answer(h.Propose(ctx, who, b.UnitID, honours.PostInput{
					Holder: b.HolderID, Spot: b.Place, Title: b.Title, From: b.From, To: b.To, Reason: b.Reason, Basis: b.Basis,
				}))
			}, answers(http.StatusCreated))
		post(on, "/pioneer-posts/{id}/approve", "approve-pioneer-post", "community", "审批并公布先锋岗（提名人以外的人）",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.PioneerPost], error) {
				return answer(h.Approve(ctx, who, in.id()))
			})
		post(on, "/pioneer-posts/{id}/reject", "reject-pioneer-post", "community", "不批准先锋岗",
			func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.PioneerPost], error) {
				return answer(h.Reject(ctx, who, in.id(), in.Body.Reason))
			})
		post(on, "/pioneer-posts/{id}/revoke", "revoke-pioneer-post", "community", "撤销先锋岗",
			func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.PioneerPost], error) {
				return answer(h.Revoke(ctx, who, in.id(), in.Body.Reason))
			})
	}
}

// Dashboard registers the counts of a grid, an area, a community and a street.
func Dashboard(d *dashboard.Dashboard) Noun {
	return func(on *Operations) {
		get(on, "/dashboard", "get-dashboard", "community", "看板：网格、片区、社区、街道各级的本月数据",
			func(ctx context.Context, who model.Actor, in *struct {
				Unit PathID `query:"unit_id" doc:"网格、片区或社区；不填为本社区"`
				Tier string `query:"tier" enum:"street" doc:"street：以街道一级查看社区"`
			},
			) (*body[*model.Dashboard], error) {
				return answer(d.Read(ctx, who, in.Unit.ID, in.Tier == string(model.DashboardStreet)))
			})
	}
}

package api

import (
	"context"

	"linbanglin/model"
	"linbanglin/service/boards"
)

// Leaderboards registers the boards and the caller's place on them.
func Leaderboards(b *boards.Boards) Noun {
	return func(on *Operations) {
		get(on, "/leaderboards", "get-leaderboard", "leaderboards", "排行榜",
			func(ctx context.Context, who model.Actor, in *struct {
				BoardInput
				Paging
				Kind model.BoardKind `query:"kind" enum:"member,team" default:"member"`
			},
			) (*body[*boards.Listing], error) {
				q := in.query()
				q.Kind = in.Kind
				return answer(b.Top(ctx, who, q, in.page()))
			})
		get(on, "/leaderboards/me", "get-my-rank", "leaderboards", "我的名次",
			func(ctx context.Context, who model.Actor, in *BoardInput) (*body[*boards.Standing], error) {
				return answer(b.Me(ctx, who, in.query()))
			})
		get(on, "/leaderboards/around-me", "get-ranks-around-me", "leaderboards", "我前后的邻居",
			func(ctx context.Context, who model.Actor, in *struct {
				BoardInput
				Limit int `query:"limit" minimum:"1" maximum:"100" default:"20"`
			},
			) (*body[*boards.Listing], error) {
				return answer(b.AroundMe(ctx, who, in.query(), in.Limit))
			})
	}
}

// BoardInput is which board is asked for.
type BoardInput struct {
	Period   model.Period   `query:"period" enum:"day,week,month,quarter,year,campaign" doc:"默认 month"`
	Key      string         `query:"key" maxLength:"10" doc:"哪一期：2026-11-23、2026-W48、2026-11、2026-Q4、2026；不填为当期"`
	Scope    model.NodeKind `query:"scope" enum:"community,area,grid,branch" doc:"默认 community；团队榜默认 grid"`
	ScopeID  PathID         `query:"scope_id" doc:"范围的编号；不填为自己所在的"`
	Campaign PathID         `query:"campaign_id"`
}

func (in BoardInput) query() boards.Query {
	return boards.Query{Period: in.Period, Key: in.Key, Scope: in.Scope, ScopeID: in.ScopeID.ID, Campaign: in.Campaign.ID}
}

package api

import (
	"context"
	"slices"
	"strings"

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
				Kind  model.BoardKind `query:"kind" enum:"member,team" default:"member"`
				Heads model.HeadsOf   `query:"heads" enum:"residents,party_members" default:"residents" doc:"团队榜的人均：按居民人数或党员人数；已结算的活动按结算时的人数"`
			},
			) (*body[*boards.Listing], error) {
				q := in.query()
				q.Kind, q.Heads = in.Kind, in.Heads
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
		get(on, "/leaderboards/friends", "get-ranks-of-friends", "leaderboards", "好友榜：名单中的邻居和我",
			func(ctx context.Context, who model.Actor, in *struct {
				BoardInput
				Members string `query:"members" maxLength:"2500" doc:"邻居的编号，逗号分隔，最多 100 位；本社区以外的、选择匿名的和未成年人不出现"`
			},
			) (*body[*boards.Listing], error) {
				ids, err := idsIn("members", in.Members)
				if err != nil {
					return nil, err
				}
				return answer(b.Friends(ctx, who, in.query(), ids))
			})
		get(on, "/leaderboards/pioneers", "get-pioneers", "leaderboards", "先锋岗：季度榜的前列",
			func(ctx context.Context, who model.Actor, in *struct {
				Key     string         `query:"key" maxLength:"10" doc:"哪一季度：2026-Q4；不填为当季"`
				Scope   model.NodeKind `query:"scope" enum:"community,area,grid,branch" doc:"默认 community"`
				ScopeID PathID         `query:"scope_id" doc:"范围的编号；不填为自己所在的"`
			},
			) (*body[*boards.Pioneers], error) {
				return answer(b.Pioneers(ctx, who, boards.Query{Key: in.Key, Scope: in.Scope, ScopeID: in.ScopeID.ID}))
			})
		standings(on, b)
	}
}

// idsIn reads a comma-separated list of ids, each once. It fails with ErrInvalid.
func idsIn(name, text string) ([]model.ID, error) {
	var ids []model.ID
	for _, part := range strings.Split(text, ",") {
		if part == "" {
			continue
		}
		id, err := model.ParseID(part)
		if err != nil {
			return nil, model.ErrInvalid.Saying("参数 "+name+" 应为逗号分隔的编号", "The parameter "+name+" is a comma-separated list of ids.")
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// BoardInput is which board is asked for.
type BoardInput struct {
	Period   model.Period   `query:"period" enum:"day,week,month,quarter,year,campaign" doc:"默认 month"`
	Key      string         `query:"key" maxLength:"10" doc:"哪一期：2026-11-23、2026-W48、2026-11、2026-Q4、2026；不填为当期"`
	Scope    model.NodeKind `query:"scope" enum:"community,area,grid,branch" doc:"默认 community；团队榜默认 grid"`
	ScopeID  PathID         `query:"scope_id" doc:"范围的编号；不填为自己所在的"`
	Campaign PathID         `query:"campaign_id"`
	Ranking  string         `query:"ranking" enum:"first,shared" default:"first" doc:"first：同分先达到者在前；shared：同分并列（1、2、2、4）"`
}

func (in BoardInput) query() boards.Query {
	return boards.Query{Period: in.Period, Key: in.Key, Scope: in.Scope, ScopeID: in.ScopeID.ID, Campaign: in.Campaign.ID, Shared: in.Ranking == "shared"}
}

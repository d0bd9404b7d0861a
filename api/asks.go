package api

import (
	"context"

	"linbanglin/model"
	"linbanglin/service/market"
)

// Asks registers what neighbours are asked for, and how a request was brought to them.
func Asks(m *market.Market) Noun {
	return func(on *Operations) {
		get(on, "/asks", "list-asks", "asks", "我收到的邀请：还没有回复、求助还在等人的",
			func(ctx context.Context, who model.Actor, _ *none) (*body[items[*model.Ask]], error) {
				asks, err := m.Asks(ctx, who)
				return answer(items[*model.Ask]{asks}, err)
			})
		post(on, "/asks/{id}/accept", "accept-ask", "asks", "接受邀请，即认领求助",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.HelpRequest], error) {
				return answer(m.AcceptAsk(ctx, who, in.id()))
			})
		post(on, "/asks/{id}/decline", "decline-ask", "asks", "婉拒邀请，没有任何代价",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Ask], error) {
				return answer(m.DeclineAsk(ctx, who, in.id()))
			})
		get(on, "/requests/{id}/dispatch", "get-dispatch", "asks", "求助问到了哪里；求助者只看到人数",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*market.DispatchView], error) {
				return answer(m.DispatchOf(ctx, who, in.id()))
			})
	}
}

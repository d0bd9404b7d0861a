package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/ledger"
)

// Donations registers giving points back to the community, and what its pool did.
func Donations(l *ledger.Ledger) Noun {
	return func(on *Operations) {
		post(on, "/points/donations", "donate-points", "points", "把积分捐回社区（不影响排名）",
			func(ctx context.Context, who model.Actor, in *struct {
				Body struct {
					Amount int64  `json:"amount" minimum:"1" maximum:"1000000"`
					Memo   string `json:"memo,omitempty" maxLength:"100"`
				}
			},
			) (*body[*ledger.Receipt], error) {
				return answer(l.Donate(ctx, who, in.Body.Amount, in.Body.Memo))
			}, answers(http.StatusCreated), keyed)
		get(on, "/points/pool", "get-pool", "points", "社区积分池今年的发放、捐回、到期与兑换",
			func(ctx context.Context, who model.Actor, _ *none) (*body[*ledger.Pool], error) {
				return answer(l.Pool(ctx, who))
			})
	}
}

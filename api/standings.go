package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/boards"
)

// standings registers the settled standings of campaigns.
func standings(on *Operations, b *boards.Boards) {
	get(on, "/campaigns/{id}/standings", "get-standings", "leaderboards", "活动的最终排名、摘要与赛后调整",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Paging
			Revision int `query:"revision" minimum:"0" maximum:"9" doc:"第几版；不填为现行的一版"`
		},
		) (*body[*boards.Standings], error) {
			return answer(b.Standings(ctx, who, in.id(), in.Revision, in.page()))
		})
	post(on, "/campaigns/{id}/standings/revise", "revise-standings", "leaderboards", "把赛后调整计入，公布新的一版排名（管理员）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"修订原因，公开显示"`
			}
		},
		) (*body[*boards.RevisionEntry], error) {
			return answer(b.Revise(ctx, who, in.id(), in.Body.Reason))
		}, answers(http.StatusCreated))
}

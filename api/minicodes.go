package api

import (
	"context"

	"linbanglin/model"
	"linbanglin/service/campaign"
)

// MiniCodes registers the mini-program codes of campaigns, which WeChat draws.
func MiniCodes(s *campaign.Campaigns, draw func(ctx context.Context, page, scene string) ([]byte, error)) Noun {
	return func(on *Operations) {
		get(on, "/campaigns/{id}/mini-code.png", "get-campaign-mini-code", "campaigns", "活动的小程序码（组织者）；scene 是 c= 加编号的 36 进制",
			func(ctx context.Context, who model.Actor, in *ByID) (*picture, error) {
				content, err := s.MiniCode(ctx, who, in.id(), draw)
				return &picture{mediaPNG, neverKept, content}, err
			}, media(mediaPNG))
	}
}

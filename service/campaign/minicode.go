package campaign

import (
	"context"
	"strconv"

	"linbanglin/model"
)

// miniPage is the page of the mini-program that shows a campaign; its scene says which.
const miniPage = "pages/campaign/index"

// MiniCode returns a mini-program code (小程序码) that opens a campaign, for who manages it, as WeChat draws it. It fails with
// ErrForbidden, and as drawing does.
func (s *Campaigns) MiniCode(ctx context.Context, who model.Actor, id model.ID, draw func(ctx context.Context, page, scene string) ([]byte, error)) ([]byte, error) {
	c, err := s.store.Campaigns.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.mayManage(ctx, s.store, who, c); err != nil {
		return nil, err
	}
	return draw(ctx, miniPage, "c="+strconv.FormatInt(int64(id), 36))
}

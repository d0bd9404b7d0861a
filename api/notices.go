package api

import (
	"context"

	"linbanglin/model"
	"linbanglin/service/notify"
)

// Notices registers the inbox.
func Notices(s *notify.Notices) Noun {
	return func(on *Operations) {
		get(on, "/notices", "list-notices", "notices", "我的通知",
			func(ctx context.Context, who model.Actor, in *struct {
				Paging
				Unread bool `query:"unread" doc:"只看未读"`
			},
			) (*body[*notify.Inbox], error) {
				return answer(s.Inbox(ctx, who, in.Unread, in.page()))
			}, own)
		post(on, "/notices/{id}/read", "read-notice", "notices", "标为已读",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Notice], error) {
				return answer(s.Read(ctx, who, in.id()))
			})
		post(on, "/notices/read-all", "read-all-notices", "notices", "全部标为已读",
			func(ctx context.Context, who model.Actor, _ *none) (*body[*notify.Reading], error) {
				return answer(s.ReadAll(ctx, who))
			})
	}
}

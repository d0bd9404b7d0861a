package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"linbanglin/model"
	"linbanglin/service/boards"
	"linbanglin/service/booklet"
)

const mediaPNG = "image/png"

// Screens registers pictures of boards, and their stream for big screens.
func Screens(b *boards.Boards, press *booklet.Press) Noun { return screensEvery(b, press, heartbeat) }

func screensEvery(b *boards.Boards, press *booklet.Press, silence time.Duration) Noun {
	return func(on *Operations) {
		get(on, "/leaderboards/card.png", "get-leaderboard-card", "leaderboards", "排行榜分享图（PNG，前 10 名）",
			func(ctx context.Context, who model.Actor, in *struct {
				BoardInput
				Kind model.BoardKind `query:"kind" enum:"member,team" default:"member"`
			},
			) (*file, error) {
				q := in.query()
				q.Kind = in.Kind
				card, err := b.Card(ctx, who, q)
				if err != nil {
					return nil, err
				}
				picture, err := press.BoardCard(ctx, card)
				return save(picture, err, mediaPNG, "leaderboard.png")
			}, media(mediaPNG))
		get(on, "/leaderboards/stream", "watch-leaderboard", "leaderboards", "排行榜的事件流（SSE），供大屏使用", watchBoard(b, silence), media(mediaEvents), streams,
			describes("连接后先发送当前的榜单，之后榜单变化时再发送：event 是 board，id 是 as_of_seq，data 与 GET /leaderboards 第一页相同。"+
				"安静时每 15 秒发送一行注释；每 10 分钟断开一次，请自动重连。不填 key 时总是当期的榜，到期自动换到新的一期。"))
	}
}

type watchBoardInput struct {
	BoardInput
	Kind  model.BoardKind `query:"kind" enum:"member,team" default:"member"`
	Limit int             `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

func watchBoard(b *boards.Boards, silence time.Duration) handler[watchBoardInput, huma.StreamResponse] {
	return func(ctx context.Context, who model.Actor, in *watchBoardInput) (*huma.StreamResponse, error) {
		q := in.query()
		q.Kind = in.Kind
		watch, err := b.Watch(ctx, who, q, in.Limit)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(h huma.Context) {
			defer watch.Close()
			ctx, cancel := context.WithTimeout(ctx, eventsTime)
			defer cancel()
			sendBoard(ctx, watch, openEvents(h), silence)
		}}, nil
	}
}

// sendBoard writes a board whenever it changed, until the watch ends.
func sendBoard(ctx context.Context, watch *boards.Watch, out *events, silence time.Duration) {
	if out.write("retry: %d\n\n", retryEvents.Milliseconds()) != nil {
		return
	}
	for {
		list, on := watch.Next(ctx, silence)
		switch {
		case !on:
			return
		case list == nil:
			if out.write(":\n\n") != nil {
				return
			}
		case out.event(list.AsOfSeq, "board", list) != nil:
			return
		}
	}
}

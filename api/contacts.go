package api

import (
	"context"

	"linbanglin/model"
	"linbanglin/service/community"
	"linbanglin/service/market"
)

// Contacts registers who is told whose phone and door, and who sees that. What is told is kept under no key.
func Contacts(m *market.Market, c *community.Community) Noun {
	return func(on *Operations) {
		post(on, "/requests/{id}/contact", "reveal-contact", "requests", "查看对方电话（帮忙进行中的双方；每次留痕，每人每天最多 20 次）",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					Of      string `json:"of,omitempty" maxLength:"20" doc:"帮忙的人查看时不填或填 requester；求助的人查看时填帮忙者的编号，只有一位时可不填"`
					Purpose string `json:"purpose" minLength:"1" maxLength:"200" doc:"用途，对方可以看到"`
				}
			},
			) (*body[*model.Contact], error) {
				of := model.ID(0)
				if in.Body.Of != "" && in.Body.Of != "requester" {
					var err error
					if of, err = model.ParseID(in.Body.Of); err != nil {
						return nil, err
					}
				}
				return answer(m.Contact(ctx, who, in.id(), of, in.Body.Purpose))
			}, keyless)
		post(on, "/requests/{id}/address", "reveal-address", "requests", "查看门牌（认领之后；每次留痕，结束 7 天后不再显示）",
			func(ctx context.Context, who model.Actor, in *WithPurpose) (*body[*model.Address], error) {
				return answer(m.Address(ctx, who, in.id(), in.Body.Purpose))
			}, keyless)
		get(on, "/requests/{id}/reveals", "list-request-reveals", "requests", "谁看过这条求助的联系方式（本人、网格员、社区）",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Paging
			},
			) (*body[*model.List[*model.Reveal]], error) {
				return answer(m.Reveals(ctx, who, in.id(), in.page()))
			})
		get(on, "/me/reveals", "list-my-reveals", "me", "谁看过我的联系方式",
			func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*model.Reveal]], error) {
				return answer(c.Reveals(ctx, who, in.page()))
			}, own)
	}
}

// WithPurpose names one thing, and what its phone or door is wanted for.
type WithPurpose struct {
	ByID
	Body struct {
		Purpose string `json:"purpose" minLength:"1" maxLength:"200" doc:"用途，对方可以看到"`
	}
}

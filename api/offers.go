package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/market"
)

// Offers registers what neighbours are ready to do.
func Offers(m *market.Market) Noun {
	return func(on *Operations) {
		post(on, "/offers", "create-offer", "offers", "提供帮助",
			func(ctx context.Context, who model.Actor, in *struct{ Body OfferInput }) (*created[*model.HelpOffer], error) {
				o, err := m.Offer(ctx, who, in.Body.input())
				if err != nil {
					return nil, err
				}
				return &created[*model.HelpOffer]{basePath + "/offers/" + o.ID.String(), o}, nil
			}, answers(http.StatusCreated))
		get(on, "/offers", "list-offers", "offers", "列出帮忙",
			func(ctx context.Context, who model.Actor, in *struct {
				Paging
				All bool `query:"all" doc:"网格员、组织者：列出管辖范围内所有人的"`
			},
			) (*body[*model.List[*model.HelpOffer]], error) {
				return answer(m.Offers(ctx, who, in.All, in.page()))
			})
		get(on, "/offers/{id}", "get-offer", "offers", "查看帮忙",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.HelpOffer], error) {
				return answer(m.OfferByID(ctx, who, in.id()))
			})
		put(on, "/offers/{id}", "update-offer", "offers", "修改帮忙",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					OfferInput
					Version int64 `json:"version" doc:"读到的版本；别处已修改则为 409 version.stale"`
				}
			},
			) (*body[*model.HelpOffer], error) {
				edit := in.Body.input()
				edit.Version = in.Body.Version
				return answer(m.EditOffer(ctx, who, in.id(), edit))
			})
		for verb, x := range map[string]struct {
			summary string
			to      model.OfferStatus
		}{"resume": {"恢复帮忙", model.OfferActive}, "close": {"结束帮忙", model.OfferClosed}} {
			post(on, "/offers/{id}/"+verb, verb+"-offer", "offers", x.summary,
				func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.HelpOffer], error) {
					return answer(m.MoveOffer(ctx, who, in.id(), x.to))
				})
		}
		post(on, "/offers/{id}/pause", "pause-offer", "offers", "暂停帮忙",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body *struct {
					Until model.Instant `json:"until,omitzero" doc:"到时自动恢复；不填则一直暂停，最长一年"`
				}
			},
			) (*body[*model.HelpOffer], error) {
				until := model.Instant(0)
				if in.Body != nil {
					until = in.Body.Until
				}
				return answer(m.PauseOffer(ctx, who, in.id(), until))
			})
		post(on, "/offers/{id}/renew", "renew-offer", "offers", "续期帮忙",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.HelpOffer], error) {
				return answer(m.RenewOffer(ctx, who, in.id()))
			})
		get(on, "/offers/{id}/matches", "match-offer", "offers", "推荐合适的求助",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[items[*model.Match]], error) {
				return answer(matches(m.RequestsFor(ctx, who, in.id())))
			})
	}
}

// OfferInput is what someone is ready to do.
type OfferInput struct {
	Categories   []string        `json:"categories" minItems:"1" maxItems:"10" doc:"类别，见 GET /categories"`
	Title        string          `json:"title" minLength:"1" maxLength:"50"`
	Skills       []string        `json:"skills,omitempty" maxItems:"10" doc:"会做的事，如 电工、手语；求助要求的技能都会才推荐"`
	Availability []model.Slot    `json:"availability,omitempty" maxItems:"50" doc:"每周有空的时间；不填表示都可以商量"`
	DaysOff      []model.DaysOff `json:"days_off,omitempty" maxItems:"30" doc:"不在的日子，首尾都算"`
	Quiet        *model.Quiet    `json:"quiet,omitempty" doc:"不打扰时段，可以跨午夜"`
	Wishes       *model.Wishes   `json:"wishes,omitempty"`
	Reach        model.NodeKind  `json:"reach,omitempty" enum:"unit,building,grid,area,community" default:"community" doc:"愿意走多远"`
	WeeklyLimit  int             `json:"weekly_limit,omitempty" minimum:"1" maximum:"50" default:"3" doc:"每周最多几次"`
}

func (in OfferInput) input() market.OfferInput {
	wanted := market.OfferInput{
		Categories: in.Categories, Title: in.Title, Skills: in.Skills, Availability: in.Availability, DaysOff: in.DaysOff,
		Reach: in.Reach, WeeklyLimit: in.WeeklyLimit,
	}
	if in.Quiet != nil {
		wanted.Quiet = *in.Quiet
	}
	if in.Wishes != nil {
		wanted.Wishes = *in.Wishes
	}
	return wanted
}

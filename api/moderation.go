package api

import (
	"context"

	"linbanglin/model"
	"linbanglin/service/content"
	"linbanglin/service/market"
)

// Moderation registers what waits for a moderator before neighbours see it.
func Moderation(m *market.Market, checks *content.Checks) Noun {
	return func(on *Operations) {
		get(on, "/moderation/words", "get-moderation-words", "moderation", "审核词",
			func(ctx context.Context, who model.Actor, _ *none) (*body[*model.ModerationList], error) {
				return answer(m.ModerationWords(ctx, who))
			})
		put(on, "/moderation/words", "set-moderation-words", "moderation", "修改审核词；没有词则不审核",
			func(ctx context.Context, who model.Actor, in *struct {
				Body struct {
					Words   []string `json:"words" maxItems:"500" doc:"不分大小写和全半角，字间的空格和标点不计"`
					Version int64    `json:"version" minimum:"0" doc:"读到的版本；别处已修改则为 409 version.stale"`
				}
			},
			) (*body[*model.ModerationList], error) {
				return answer(m.SetModerationWords(ctx, who, in.Body.Words, in.Body.Version))
			})
		get(on, "/moderation/queue", "list-moderation-queue", "moderation", "待审核的求助和其他内容，先来的在前",
			func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*model.Review]], error) {
				return answer(m.ModerationQueue(ctx, who, in.page()))
			})
		post(on, "/moderation/content/{id}/approve", "approve-content", "moderation", "待审内容通过审核",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Held], error) {
				return answer(checks.Approve(ctx, who, in.id()))
			})
		post(on, "/moderation/content/{id}/refuse", "refuse-content", "moderation", "待审内容不予展示",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"原因，会告诉作者"`
				}
			},
			) (*body[*model.Held], error) {
				return answer(checks.Refuse(ctx, who, in.id(), in.Body.Reason))
			})
		post(on, "/requests/{id}/approve", "approve-request", "moderation", "通过审核，立即发布",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.HelpRequest], error) {
				return answer(m.Approve(ctx, who, in.id()))
			})
		post(on, "/requests/{id}/return", "return-request", "moderation", "退回修改",
			func(ctx context.Context, who model.Actor, in *withField) (*body[*model.HelpRequest], error) {
				return answer(m.Return(ctx, who, in.id(), in.Body.Field, in.Body.Reason))
			})
		post(on, "/request-series/{id}/approve", "approve-series", "moderation", "定期求助通过审核",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Series], error) {
				return answer(m.ApproveSeries(ctx, who, in.id()))
			})
		post(on, "/request-series/{id}/return", "return-series", "moderation", "退回定期求助",
			func(ctx context.Context, who model.Actor, in *withField) (*body[*model.Series], error) {
				return answer(m.ReturnSeries(ctx, who, in.id(), in.Body.Field, in.Body.Reason))
			})
		put(on, "/requests/{id}", "update-request", "requests", "修改求助（还没有人认领时）",
			func(ctx context.Context, who model.Actor, in *editRequestInput) (*body[*model.HelpRequest], error) {
				return answer(m.EditRequest(ctx, who, in.id(), in.input(), in.Body.Version))
			})
	}
}

// withField names one thing, and what of it is to be changed, and why.
type withField struct {
	ByID
	Body struct {
		Field  string `json:"field" enum:"title,description,other" doc:"要修改的是标题、描述还是其他"`
		Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"原因，会告诉发起人"`
	}
}

type editRequestInput struct {
	ByID
	Body struct {
		Category    string        `json:"category" maxLength:"24" doc:"类别，见 GET /categories"`
		Title       string        `json:"title" minLength:"1" maxLength:"50"`
		Description string        `json:"description,omitempty" maxLength:"1000"`
		Urgency     model.Urgency `json:"urgency,omitempty" enum:"low,normal,urgent" default:"normal"`
		StartsAt    model.Instant `json:"starts_at,omitzero"`
		EndsAt      model.Instant `json:"ends_at,omitzero"`
		Slots       int           `json:"slots,omitempty" minimum:"1" maximum:"20" default:"1" doc:"需要几位邻居"`
		Skills      []string      `json:"skills,omitempty" maxItems:"10" doc:"帮忙的人必须会的事"`
		Stairs      bool          `json:"stairs,omitempty" doc:"需要爬楼"`
		Version     int64         `json:"version" doc:"读到的版本；别处已修改则为 409 version.stale"`
	}
}

func (in *editRequestInput) input() market.RequestInput {
	b := &in.Body
	return market.RequestInput{
		Category: b.Category, Title: b.Title, Description: b.Description, Urgency: b.Urgency, StartsAt: b.StartsAt, EndsAt: b.EndsAt,
		Slots: b.Slots, Skills: b.Skills, Stairs: b.Stairs,
	}
}

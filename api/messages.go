package api

import (
	"context"

	"linbanglin/model"
	"linbanglin/service/notify"
)

// Messages registers what members allow to be sent to them by WeChat, and what became of messages.
func Messages(m *notify.Messages) Noun {
	return func(on *Operations) {
		get(on, "/me/subscriptions", "list-subscriptions", "me", "我允许的微信消息和免打扰时间",
			func(ctx context.Context, who model.Actor, _ *none) (*body[*notify.Subscriptions], error) {
				return answer(m.Subscriptions(ctx, who))
			}, own)
		post(on, "/me/subscriptions", "report-subscription", "me", "上报 wx.requestSubscribeMessage 的结果",
			func(ctx context.Context, who model.Actor, in *struct {
				Body struct {
					Template string `json:"template" minLength:"1" maxLength:"64" doc:"模板编号，见 GET /me/subscriptions"`
					Result   string `json:"result,omitempty" enum:"accept,acceptWithAlert,acceptWithAudio,acceptWithForcePush,reject,ban,filter" default:"accept"`
					Count    int64  `json:"count,omitempty" minimum:"1" maximum:"5" default:"1" doc:"同意了几次"`
				}
			},
			) (*body[*notify.Subscriptions], error) {
				return answer(m.Subscribe(ctx, who, in.Body.Template, in.Body.Result, in.Body.Count))
			})
		put(on, "/me/quiet-hours", "set-quiet-hours", "me", "设置免打扰时间；都不填则随时可以收到",
			func(ctx context.Context, who model.Actor, in *struct {
				Body struct {
					From string `json:"from,omitempty" maxLength:"5" example:"22:00"`
					To   string `json:"to,omitempty" maxLength:"5" example:"07:00"`
				}
			},
			) (*body[*notify.Subscriptions], error) {
				return answer(m.SetQuiet(ctx, who, model.Quiet{From: in.Body.From, To: in.Body.To}))
			})
		get(on, "/messages/dead", "list-dead-messages", "notices", "没有发出去的微信消息，新的在前",
			func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*model.Message]], error) {
				return answer(m.Dead(ctx, who, in.page()))
			})
		post(on, "/messages/{id}/resend", "resend-message", "notices", "重新发送",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Message], error) {
				return answer(m.Resend(ctx, who, in.id()))
			})
		get(on, "/message-templates", "list-message-templates", "notices", "消息模板",
			func(ctx context.Context, who model.Actor, _ *none) (*body[items[*model.MessageTemplate]], error) {
				rows, err := m.Templates(ctx, who)
				return answer(items[*model.MessageTemplate]{rows}, err)
			})
		put(on, "/message-templates/{kind}", "set-message-template", "notices", "设置一种通知用哪个消息模板；不填模板编号则不再发送",
			func(ctx context.Context, who model.Actor, in *templateInput) (*body[*model.MessageTemplate], error) {
				b := &in.Body
				return answer(m.SetTemplate(ctx, who, &model.MessageTemplate{
					Kind: model.NoticeKind(in.Kind), TemplateID: b.TemplateID, Page: b.Page, Fields: b.Fields, Version: b.Version,
				}))
			})
	}
}

type templateInput struct {
	Kind string `path:"kind" maxLength:"24" doc:"通知的种类"`
	Body struct {
		TemplateID string            `json:"template_id,omitempty" maxLength:"64" pattern:"^[0-9A-Za-z_-]*$"`
		Page       string            `json:"page,omitempty" maxLength:"200" pattern:"^[0-9A-Za-z_/?=&{}.-]*$" doc:"点开消息后的页面；{id} 是相关事项的编号"`
		Fields     map[string]string `json:"fields,omitempty" doc:"例如 {\"thing1\":\"title\",\"time2\":\"time\",\"phrase3\":\"=已认领\"}"`
		Version    int64             `json:"version" minimum:"0" doc:"读到的版本，还没有设置过为 0；别处已修改则为 409 version.stale"`
	}
}

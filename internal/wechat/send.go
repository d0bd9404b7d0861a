package wechat

import (
	"context"
	"net/http"
)

// Message is a subscribe message (订阅消息). Its data must fit the fields of its template: see Fit.
type Message struct {
	OpenID   string
	Template string
	Page     string // of the mini-program, with its query
	Data     map[string]string
}

// Send sends a subscribe message (cgi-bin/message/subscribe/send), and returns the id by which WeChat tells later what
// became of it, if it gives one. A call whose answer got lost is not made again. It fails with an *Error, of which Refused
// is normal, with ErrWeChatBusy when nobody knows whether it was sent, and with ErrWeChatOff.
func (c *Client) Send(ctx context.Context, m Message) (string, error) {
	data := map[string]map[string]string{}
	for field, value := range m.Data {
		data[field] = map[string]string{"value": value}
	}
	var answer struct {
		ID loose `json:"msgid"`
	}
	err := c.do(ctx, call{
		name: "subscribe_send", method: http.MethodPost, path: "/cgi-bin/message/subscribe/send", token: true,
		body: map[string]any{"touser": m.OpenID, "template_id": m.Template, "page": m.Page, "data": data, "lang": "zh_CN"},
	}, &answer)
	return string(answer.ID), err
}

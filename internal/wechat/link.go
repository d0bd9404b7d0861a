package wechat

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"linbanglin/model"
)

// sceneForm is what a scene may be: the characters that WeChat takes in fact, of those that it documents.
var sceneForm = regexp.MustCompile(`^[0-9A-Za-z=_-]{1,32}$`)

var errScene = model.ErrInvalid.Saying("小程序码的参数只能是 1 到 32 个字母、数字或 = _ -", "The scene of a code has 1 to 32 letters, digits or = _ -.")

// maxLinkDays is how long a link may live.
const maxLinkDays = 30

// Code makes a mini-program code (wxacode.getUnlimited): a picture that opens a page with a scene. It fails with
// ErrInvalid for a scene that is none, with an *Error, ErrWeChatBusy and ErrWeChatOff.
func (c *Client) Code(ctx context.Context, page, scene string) ([]byte, error) {
	if !sceneForm.MatchString(scene) {
		return nil, errScene
	}
	var picture []byte
	err := c.do(ctx, call{
		name: "getwxacodeunlimit", method: http.MethodPost, path: "/wxa/getwxacodeunlimit", token: true, repeats: true, picture: true,
		body: map[string]any{"scene": scene, "page": strings.TrimPrefix(page, "/"), "width": 430},
	}, &picture)
	return picture, err
}

// Link makes an address that opens a page of the mini-program from anywhere, for some days (wxa/generate_urllink). It
// fails as Code does.
func (c *Client) Link(ctx context.Context, page, query string, days int) (string, error) {
	var answer struct {
		Link string `json:"url_link"`
	}
	err := c.do(ctx, call{
		name: "generate_urllink", method: http.MethodPost, path: "/wxa/generate_urllink", token: true,
		body: map[string]any{"path": page, "query": query, "expire_type": 1, "expire_interval": min(max(days, 1), maxLinkDays)},
	}, &answer)
	if err == nil && answer.Link == "" {
		err = fmt.Errorf("%w: no link", model.ErrWeChatBusy)
	}
	return answer.Link, err
}

// Scheme makes a weixin:// address as Link does (wxa/generatescheme).
func (c *Client) Scheme(ctx context.Context, page, query string, days int) (string, error) {
	var answer struct {
		Link string `json:"openlink"`
	}
	err := c.do(ctx, call{
		name: "generatescheme", method: http.MethodPost, path: "/wxa/generatescheme", token: true,
		body: map[string]any{
			"jump_wxa": map[string]string{"path": page, "query": query}, "is_expire": true, "expire_type": 1,
			"expire_interval": min(max(days, 1), maxLinkDays),
		},
	}, &answer)
	if err == nil && answer.Link == "" {
		err = fmt.Errorf("%w: no link", model.ErrWeChatBusy)
	}
	return answer.Link, err
}

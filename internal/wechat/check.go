package wechat

import (
	"context"
	"fmt"
	"net/http"

	"linbanglin/model"
)

// Scene is where something is to be shown.
type Scene int

// The scenes.
const (
	SceneProfile Scene = 1
	SceneComment Scene = 2
	SceneForum   Scene = 3
	SceneDiary   Scene = 4
)

// What WeChat suggests.
const (
	SuggestPass   = "pass"
	SuggestReview = "review"
	SuggestRisky  = "risky"
)

// Opinion is what WeChat thinks of a text or a picture.
type Opinion struct {
	Suggest string `json:"suggest"`
	Label   int    `json:"label"`
	Trace   string `json:"-"`
}

// worse reports whether an opinion is worse than another; one that says nothing known is one to review.
func (o Opinion) worse(than Opinion) bool {
	rank := func(s string) int {
		switch s {
		case "":
			return -1
		case SuggestPass:
			return 0
		case SuggestRisky:
			return 2
		default:
			return 1
		}
	}
	return rank(o.Suggest) > rank(than.Suggest)
}

// maxText is how many characters of a text are checked at a time.
const maxText = 2500

// CheckText asks what to think of a text by somebody (wxa/msg_sec_check, version 2), who must have been here within two
// hours. A long text is checked in parts, and the worst opinion counts. It fails with an *Error, ErrWeChatBusy and
// ErrWeChatOff.
func (c *Client) CheckText(ctx context.Context, openID string, scene Scene, text string) (Opinion, error) {
	worst := Opinion{}
	for runes := []rune(text); len(runes) > 0; {
		part := runes[:min(maxText, len(runes))]
		runes = runes[len(part):]
		got, err := c.checkPart(ctx, openID, scene, string(part))
		if err != nil {
			return Opinion{}, err
		}
		if got.worse(worst) {
			worst = got
		}
	}
	return worst, nil
}

func (c *Client) checkPart(ctx context.Context, openID string, scene Scene, text string) (Opinion, error) {
	var answer struct {
		Trace  string  `json:"trace_id"`
		Result Opinion `json:"result"`
	}
	err := c.do(ctx, call{
		name: "msg_sec_check", method: http.MethodPost, path: "/wxa/msg_sec_check", token: true, repeats: true,
		body: map[string]any{"version": 2, "openid": openID, "scene": scene, "content": text},
	}, &answer)
	answer.Result.Trace = answer.Trace
	if err == nil && answer.Result.Suggest == "" {
		err = fmt.Errorf("%w: no opinion", model.ErrWeChatBusy)
	}
	return answer.Result, err
}

// mediaPicture is the kind of media that is checked.
const mediaPicture = 2

// CheckPicture asks for an opinion on the picture at an address that WeChat can read (wxa/media_check_async, version 2),
// and returns the trace by which it is pushed later. It fails as CheckText does.
func (c *Client) CheckPicture(ctx context.Context, openID string, scene Scene, address string) (string, error) {
	var answer struct {
		Trace string `json:"trace_id"`
	}
	err := c.do(ctx, call{
		name: "media_check_async", method: http.MethodPost, path: "/wxa/media_check_async", token: true,
		body: map[string]any{"version": 2, "media_type": mediaPicture, "media_url": address, "openid": openID, "scene": scene},
	}, &answer)
	if err == nil && answer.Trace == "" {
		err = fmt.Errorf("%w: no trace", model.ErrWeChatBusy)
	}
	return answer.Trace, err
}

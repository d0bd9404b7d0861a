package wechat

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"linbanglin/model"
)

// Session is who logged in.
type Session struct {
	OpenID  string `json:"openid"`
	UnionID string `json:"unionid"`
}

// CodeToSession asks who a login code stands for (sns/jscode2session). It fails with ErrLoginCode,
// ErrLoginBlocked, ErrTooMany, ErrWeChatBusy and ErrWeChatOff.
func (c *Client) CodeToSession(ctx context.Context, code string) (Session, error) {
	var answer Session
	err := c.do(ctx, call{
		name: "code2session", method: http.MethodGet, path: "/sns/jscode2session",
		query: url.Values{"appid": {c.appID}, "secret": {c.secret}, "js_code": {code}, "grant_type": {"authorization_code"}},
	}, &answer)
	if err == nil && answer.OpenID == "" {
		err = fmt.Errorf("%w: no openid", model.ErrWeChatBusy)
	}
	return answer, err
}

// PhoneNumber asks for the verified phone that a code stands for (wxa/business/getuserphonenumber), as
// digits with the country code, such as 8619900000001. It fails as CodeToSession does.
func (c *Client) PhoneNumber(ctx context.Context, code string) (string, error) {
	var answer struct {
		Phone struct {
			Pure      string `json:"purePhoneNumber"`
			Country   loose  `json:"countryCode"`
			Watermark struct {
				AppID string `json:"appid"`
			} `json:"watermark"`
		} `json:"phone_info"`
	}
	err := c.do(ctx, call{
		name: "phone", method: http.MethodPost, path: "/wxa/business/getuserphonenumber", body: map[string]string{"code": code}, token: true,
	}, &answer)
	switch mark := answer.Phone.Watermark.AppID; {
	case err != nil:
		return "", err
	case answer.Phone.Pure == "":
		return "", fmt.Errorf("%w: no phone", model.ErrWeChatBusy)
	case mark != "" && mark != c.appID:
		return "", model.ErrLoginCode // of another mini-program
	}
	return string(answer.Phone.Country) + answer.Phone.Pure, nil
}

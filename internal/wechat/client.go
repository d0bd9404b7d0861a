package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"linbanglin/model"
)

// DefaultBase is WeChat's own host.
const DefaultBase = "https://api.weixin.qq.com"

const (
	callTime  = 5 * time.Second
	maxAnswer = 1 << 20
	maxTries  = 3
	// tokenMargin is how long before its end an access token is not used any more.
	tokenMargin = 5 * time.Minute
)

// Client calls WeChat for one mini-program. It is safe for concurrent use.
type Client struct {
	appID, secret, base string
	http                *http.Client

	mu    sync.Mutex // held while a token is fetched, so that callers share it
	token string
	until time.Time
}

// New returns a client. An empty base is DefaultBase; an empty appID makes every call fail with ErrWeChatOff.
func New(appID, secret, base string) *Client {
	if base == "" {
		base = DefaultBase
	}
	return &Client{appID: appID, secret: secret, base: base, http: &http.Client{Timeout: callTime}}
}

// AppID returns the mini-program's id.
func (c *Client) AppID() string { return c.appID }

// Error is what WeChat answers when it refuses.
type Error struct {
	Code    int    `json:"errcode"`
	Message string `json:"errmsg"`
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("wechat: %d %s", e.Code, e.Message) }

// The codes that mean something to us, of the official table.
const (
	codeBusy          = -1
	codeBadSecret     = 40001 // or an access token that has ended
	codeBadToken      = 40014
	codeBadAppID      = 40013
	codeBadCode       = 40029
	codeInvalidSecret = 40125
	codeUsedCode      = 40163
	codeBlocked       = 40226
	codeTokenExpired  = 42001
)

// reason maps a refusal to what it means for a use case.
func (e *Error) reason() *model.Error {
	switch e.Code {
	case codeBadCode, codeUsedCode:
		return model.ErrLoginCode
	case codeBlocked:
		return model.ErrLoginBlocked
	case codeBadAppID, codeInvalidSecret:
		return model.ErrWeChatOff
	default:
		return model.ErrWeChatBusy
	}
}

// Session is who logged in.
type Session struct {
	OpenID  string `json:"openid"`
	UnionID string `json:"unionid"`
}

// CodeToSession asks who a login code stands for (sns/jscode2session). It fails with ErrLoginCode,
// ErrLoginBlocked, ErrWeChatBusy and ErrWeChatOff.
func (c *Client) CodeToSession(ctx context.Context, code string) (Session, error) {
	query := url.Values{"appid": {c.appID}, "secret": {c.secret}, "js_code": {code}, "grant_type": {"authorization_code"}}
	var answer Session
	err := c.call(ctx, http.MethodGet, "/sns/jscode2session?"+query.Encode(), nil, &answer)
	if err == nil && answer.OpenID == "" {
		err = fmt.Errorf("%w: no openid", model.ErrWeChatBusy)
	}
	return answer, err
}

// PhoneNumber asks for the verified phone that a code stands for (wxa/business/getuserphonenumber), as
// digits with the country code, such as 8619900000001. It fails as CodeToSession does.
func (c *Client) PhoneNumber(ctx context.Context, code string) (string, error) {
	body := map[string]string{"code": code}
	var answer struct {
		Phone struct {
			Pure    string `json:"purePhoneNumber"`
			Country string `json:"countryCode"`
		} `json:"phone_info"`
	}
	for renewed := false; ; renewed = true {
		token, err := c.accessToken(ctx, renewed)
		if err != nil {
			return "", err
		}
		err = c.call(ctx, http.MethodPost, "/wxa/business/getuserphonenumber?access_token="+url.QueryEscape(token), body, &answer)
		if expired(err) && !renewed {
			continue
		}
		if err == nil && answer.Phone.Pure == "" {
			err = fmt.Errorf("%w: no phone", model.ErrWeChatBusy)
		}
		return answer.Phone.Country + answer.Phone.Pure, err
	}
}

func expired(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Code == codeBadSecret || e.Code == codeBadToken || e.Code == codeTokenExpired)
}

// accessToken returns a token that all callers share (cgi-bin/stable_token).
func (c *Client) accessToken(ctx context.Context, renew bool) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !renew && time.Now().Before(c.until) {
		return c.token, nil
	}
	var answer struct {
		Token   string `json:"access_token"`
		Seconds int    `json:"expires_in"`
	}
	body := map[string]any{"grant_type": "client_credential", "appid": c.appID, "secret": c.secret, "force_refresh": false}
	if err := c.call(ctx, http.MethodPost, "/cgi-bin/stable_token", body, &answer); err != nil {
		return "", err
	}
	c.token, c.until = answer.Token, time.Now().Add(time.Duration(answer.Seconds)*time.Second-tokenMargin)
	return c.token, nil
}

// call tries a few times while WeChat says that it is busy.
func (c *Client) call(ctx context.Context, method, path string, body, answer any) error {
	if c.appID == "" || c.secret == "" {
		return model.ErrWeChatOff
	}
	for try := 1; ; try++ {
		err := c.once(ctx, method, path, body, answer)
		var refusal *Error
		if try == maxTries || !errors.As(err, &refusal) || refusal.Code != codeBusy {
			return err
		}
		select {
		case <-time.After(time.Duration(50+rand.Int64N(100)) * time.Millisecond): //nolint:gosec // jitter is no secret
		case <-ctx.Done():
			return err
		}
	}
}

func (c *Client) once(ctx context.Context, method, path string, body, answer any) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("ask wechat: %w", err)
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, content)
	if err != nil {
		return fmt.Errorf("%w: bad address", model.ErrWeChatBusy)
	}
	response, err := c.http.Do(request)
	if err != nil {
		var address *url.Error
		if errors.As(err, &address) {
			err = address.Err // the address has the secret in it
		}
		return fmt.Errorf("%w: %w", model.ErrWeChatBusy, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%w: %w", model.ErrWeChatBusy, err)
	}
	return read(response.StatusCode, text, answer)
}

func read(status int, text []byte, answer any) error {
	var refusal Error
	if status != http.StatusOK || json.Unmarshal(text, &refusal) != nil {
		return fmt.Errorf("%w: status %d", model.ErrWeChatBusy, status)
	}
	if refusal.Code != 0 {
		return fmt.Errorf("%w: %w", refusal.reason(), &refusal)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("%w: unreadable answer", model.ErrWeChatBusy)
	}
	return nil
}

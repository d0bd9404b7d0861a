package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"linbanglin/model"
)

// maxAnswer is how many bytes of an answer are read.
const maxAnswer = 2 << 20

// once makes a call and reads its answer.
func (c *Client) once(ctx context.Context, k call, token string, answer any) error {
	request, err := c.request(ctx, k, token)
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		var address *url.Error
		if errors.As(err, &address) {
			err = address.Err // the address has the secret or the token in it
		}
		return fmt.Errorf("%w: %w", model.ErrWeChatBusy, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%w: %w", model.ErrWeChatBusy, err)
	}
	if picture, ok := answer.(*[]byte); ok && k.picture && response.StatusCode == http.StatusOK && isPicture(response.Header.Get("Content-Type")) {
		*picture = text
		return nil
	}
	return read(k, response.StatusCode, text, answer)
}

func isPicture(kind string) bool {
	kind, _, err := mime.ParseMediaType(kind)
	return err == nil && strings.HasPrefix(kind, "image/")
}

func (c *Client) request(ctx context.Context, k call, token string) (*http.Request, error) {
	query := url.Values{}
	for name, values := range k.query {
		query[name] = values
	}
	if token != "" {
		query.Set("access_token", token)
	}
	var content io.Reader
	if k.body != nil {
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false) // what is checked is what was written
		if err := encoder.Encode(k.body); err != nil {
			return nil, fmt.Errorf("ask wechat: %w", err)
		}
		content = &text
	}
	request, err := http.NewRequestWithContext(ctx, k.method, c.base+k.path+"?"+query.Encode(), content)
	if err != nil {
		return nil, fmt.Errorf("%w: bad address", model.ErrWeChatBusy)
	}
	if content != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}

func read(k call, status int, text []byte, answer any) error {
	refusal := Error{Call: k.name}
	if status != http.StatusOK || json.Unmarshal(text, &refusal) != nil {
		return fmt.Errorf("%w: status %d", model.ErrWeChatBusy, status)
	}
	if refusal.Code != 0 {
		return fmt.Errorf("%w: %w", refusal.reason(), &refusal)
	}
	if k.picture {
		return fmt.Errorf("%w: no picture", model.ErrWeChatBusy)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("%w: unreadable answer", model.ErrWeChatBusy)
	}
	return nil
}

// loose is a text that WeChat writes as a number as well.
type loose string

// UnmarshalJSON implements json.Unmarshaler.
func (l *loose) UnmarshalJSON(text []byte) error {
	var number json.Number
	if json.Unmarshal(text, &number) == nil {
		*l = loose(number)
		return nil
	}
	return json.Unmarshal(text, (*string)(l))
}

// UnmarshalText implements encoding.TextUnmarshaler, for XML.
func (l *loose) UnmarshalText(text []byte) error {
	*l = loose(text)
	return nil
}

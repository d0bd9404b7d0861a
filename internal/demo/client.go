package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// visitor is one person's client: a mini-program, as it were.
type visitor struct {
	base   string
	http   *http.Client
	handle string
	token  string
	id     string
	name   string
	home   string // community
}

// problem is what the server says when it refuses.
type problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// Error implements error.
func (p *problem) Error() string { return fmt.Sprintf("%d %s %s", p.Status, p.Code, p.Detail) }

// calls makes the idempotency keys of a day differ.
type calls struct{ n atomic.Int64 }

func (c *calls) key() string { return "demo-" + strconv.FormatInt(c.n.Add(1), 10) }

// do calls an operation; answer may be nil. It fails with *problem when the server refuses.
func (v *visitor) do(ctx context.Context, method, path, key string, body, answer any) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, v.base+"/api/v1"+path, content)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	request.Header.Set("Content-Type", "application/json")
	if v.token != "" {
		request.Header.Set("Authorization", "Bearer "+v.token)
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := v.http.Do(request)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		refusal := &problem{Status: response.StatusCode}
		if err := json.Unmarshal(text, refusal); err != nil {
			return fmt.Errorf("%s %s: status %d", method, path, response.StatusCode)
		}
		return refusal
	}
	if answer == nil || len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

func (v *visitor) get(ctx context.Context, path string, answer any) error {
	return v.do(ctx, http.MethodGet, path, "", nil, answer)
}

func (v *visitor) post(ctx context.Context, path, key string, body, answer any) error {
	if body == nil {
		body = struct{}{}
	}
	return v.do(ctx, http.MethodPost, path, key, body, answer)
}

// login makes the visitor someone.
func (v *visitor) login(ctx context.Context) error {
	var session struct {
		Token  string `json:"access_token"`
		Member struct {
			ID        string `json:"id"`
			Name      string `json:"display_name"`
			Community string `json:"community_id"`
		} `json:"member"`
	}
	err := v.post(ctx, "/auth/wechat/login", "", map[string]string{"code": "demo:" + v.handle}, &session)
	v.token, v.id, v.name, v.home = session.Token, session.Member.ID, session.Member.Name, session.Member.Community
	return err
}

// request is as much of a help request as the day needs.
type request struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Status string `json:"status"`
	Claims []struct {
		Status string `json:"status"`
		Helper struct {
			ID   string `json:"id"`
			Name string `json:"display_name"`
		} `json:"helper"`
	} `json:"claims"`
}

// ranks is a stretch of a board.
type ranks struct {
	Seq    int64  `json:"as_of_seq"`
	Source string `json:"source"`
	Total  int64  `json:"total"`
	Items  []struct {
		Rank   int64 `json:"rank"`
		Points int64 `json:"points"`
		Member struct {
			ID   string `json:"id"`
			Name string `json:"display_name"`
		} `json:"member"`
		Team struct {
			Name string `json:"name"`
		} `json:"team"`
		PerHead float64 `json:"per_head"`
	} `json:"items"`
}

func newClient() *http.Client {
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
}

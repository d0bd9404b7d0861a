package wechat_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"linbanglin/internal/wechat"
	"linbanglin/internal/wechattest"
	"linbanglin/model"
)

func TestCodeToSession(t *testing.T) {
	server := wechattest.New()
	defer server.Close()
	client := wechat.New(wechattest.AppID, wechattest.Secret, server.URL)
	for _, c := range []struct {
		code, want string
		err        error
	}{
		{"ok-a", "a", nil},
		{"ok-a", "", model.ErrLoginCode},
		{"nonsense", "", model.ErrLoginCode},
		{"blocked", "", model.ErrLoginBlocked},
		{"html", "", model.ErrWeChatBusy},
		{"busy", "busy", nil},
	} {
		got, err := client.CodeToSession(t.Context(), c.code)
		if got.OpenID != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: got %+v, %v", c.code, got, err)
		}
		if text := fmt.Sprintf("%+v %v", got, err); strings.Contains(text, wechattest.SessionKey) || strings.Contains(text, wechattest.Secret) {
			t.Errorf("%s: a secret is seen in %s", c.code, text)
		}
	}
}

func TestFailuresTellNoSecret(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	address := server.URL
	gone := wechat.New(wechattest.AppID, wechattest.Secret, address)
	for name, ask := range map[string]func() error{
		"404":     func() error { _, err := gone.CodeToSession(t.Context(), "x"); return err },
		"refused": func() error { server.Close(); _, err := gone.CodeToSession(t.Context(), "x"); return err },
		"cancelled": func() error {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := gone.PhoneNumber(ctx, "x")
			return err
		},
	} {
		if err := ask(); !errors.Is(err, model.ErrWeChatBusy) || strings.Contains(err.Error(), wechattest.Secret) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := wechat.New("", "", address).CodeToSession(t.Context(), "x"); !errors.Is(err, model.ErrWeChatOff) {
		t.Errorf("not configured: %v", err)
	}
}

func TestManyCallersShareOneToken(t *testing.T) {
	server := wechattest.New()
	defer server.Close()
	client := wechat.New(wechattest.AppID, wechattest.Secret, server.URL)
	var all sync.WaitGroup
	for i := range 50 {
		code := fmt.Sprint("p", i)
		server.Phone(code, "19900000001")
		all.Go(func() {
			if got, err := client.PhoneNumber(t.Context(), code); err != nil || got != "8619900000001" {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
	all.Wait()
	if n := server.Calls("/cgi-bin/stable_token"); n != 1 {
		t.Errorf("%d tokens were fetched, want 1", n)
	}
	server.ExpireToken()
	server.Phone("again", "19900000002")
	if got, err := client.PhoneNumber(t.Context(), "again"); err != nil || got != "8619900000002" {
		t.Errorf("after the token's end: %s, %v", got, err)
	}
	if _, err := client.PhoneNumber(t.Context(), "again"); !errors.Is(err, model.ErrLoginCode) {
		t.Errorf("a code used twice: %v", err)
	}
}

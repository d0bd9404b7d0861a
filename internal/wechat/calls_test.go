package wechat_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/wechat"
	"linbanglin/internal/wechattest"
	"linbanglin/model"
	"linbanglin/repository"
)

func given(t *testing.T) (*wechattest.Server, *wechat.Client) {
	t.Helper()
	server := wechattest.New()
	t.Cleanup(server.Close)
	return server, wechat.New(wechattest.AppID, wechattest.Secret, server.URL)
}

// TestProcessesShareOneToken has eight callers on two stores ask for what needs a token, when there is none, and again
// when it is over.
func TestProcessesShareOneToken(t *testing.T) {
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			server, _ := given(t)
			address := testdb.URL(t, engine)
			var clients []*wechat.Client
			for range 2 {
				c := wechat.New(wechattest.AppID, wechattest.Secret, server.URL)
				c.ShareTokens(testdb.Connect(t, address).WeChat)
				clients = append(clients, c)
			}
			all := func(round string) {
				var done sync.WaitGroup
				for i := range 8 {
					done.Go(func() {
						if _, err := clients[i%2].CheckText(t.Context(), "o", wechat.SceneForum, round); err != nil {
							t.Error(err)
						}
					})
				}
				done.Wait()
			}
			all("first")
			if n := server.Calls("/cgi-bin/stable_token"); n != 1 {
				t.Errorf("%d tokens were fetched, want 1", n)
			}
			server.ExpireToken()
			all("second")
			if n := server.Calls("/cgi-bin/stable_token"); n != 2 {
				t.Errorf("%d tokens were fetched, want 2", n)
			}
			if server.Forced() != 0 {
				t.Error("a token was forced")
			}
			token, err := repositoryOf(t, address).WeChat.Read(t.Context(), wechattest.AppID)
			if err != nil || token.Version != 2 || strings.Contains(string(token.Sealed), "token-") || token.RefreshAt >= token.EndsAt {
				t.Errorf("kept is %+v, %v", token, err)
			}
			if _, err := wechat.New(wechattest.AppID, "another secret", server.URL).CodeToSession(t.Context(), "ok-x"); !errors.Is(err, model.ErrWeChatOff) {
				t.Errorf("a wrong secret: %v", err)
			}
		})
	}
}

func repositoryOf(t *testing.T, address string) *repository.Store {
	t.Helper()
	return testdb.Connect(t, address)
}

func TestATokenIsForcedOnlyWhenWeChatGivesOutTheRejectedOne(t *testing.T) {
	server, client := given(t)
	ask := func() error {
		_, err := client.CheckText(t.Context(), "o", wechat.SceneForum, "x")
		return err
	}
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	server.Stick()
	if err := ask(); err != nil || server.Forced() != 1 {
		t.Errorf("forced %d times, %v", server.Forced(), err)
	}
	server.Stick()
	if err := ask(); err == nil || server.Forced() != 1 {
		t.Errorf("forced again at once: %d times, %v", server.Forced(), err)
	}
}

func TestAShortTokenIsUsedAndRenewed(t *testing.T) {
	server, client := given(t)
	server.Life(1)
	for range 3 {
		if _, err := client.CheckText(t.Context(), "o", wechat.SceneForum, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if n := server.Calls("/cgi-bin/stable_token"); n != 1 {
		t.Errorf("%d tokens, want 1", n)
	}
	time.Sleep(600 * time.Millisecond)
	if _, err := client.CheckText(t.Context(), "o", wechat.SceneForum, "x"); err != nil || server.Calls("/cgi-bin/stable_token") != 2 {
		t.Errorf("%d tokens, want 2; %v", server.Calls("/cgi-bin/stable_token"), err)
	}
}

func TestCalls(t *testing.T) {
	server, client := given(t)
	outcomes := map[string]int{}
	client.Observe(func(call, outcome string, _ time.Duration) { outcomes[call+" "+outcome]++ })
	id, err := client.Send(t.Context(), wechat.Message{OpenID: "o1", Template: "T", Page: "pages/x?id=1", Data: map[string]string{"thing1": "取快递<&>"}})
	if sent := server.Sent(); err != nil || id != "9000000000" || len(sent) != 1 || sent[0].Data["thing1"] != "取快递<&>" || sent[0].Page != "pages/x?id=1" {
		t.Errorf("sent %s, %+v, %v", id, sent, err)
	}
	for name, c := range map[string]struct {
		m    wechat.Message
		code int
		want wechat.Policy
	}{
		"refused":    {wechat.Message{OpenID: "o1", Template: "tmpl-refuse", Data: map[string]string{"thing1": "x"}}, 43101, wechat.Refused},
		"no such":    {wechat.Message{OpenID: "o1", Template: "tmpl-gone", Data: map[string]string{"thing1": "x"}}, 40037, wechat.Operator},
		"bad field":  {wechat.Message{OpenID: "o1", Template: "T", Data: map[string]string{"thing1": strings.Repeat("长", 21)}}, 47003, wechat.Operator},
		"bad openid": {wechat.Message{Template: "T", Data: map[string]string{"thing1": "x"}}, 40003, wechat.Final},
	} {
		_, err := client.Send(t.Context(), c.m)
		refusal := wechat.Refusal(err)
		if refusal == nil || refusal.Code != c.code || refusal.Policy() != c.want {
			t.Errorf("%s: got %v", name, err)
		}
		if name == "bad field" && (refusal.Field() != "thing1" || !strings.Contains(err.Error(), "rid 6655aa00-12345678-0badcafe")) {
			t.Errorf("the field is %q in %v", refusal.Field(), err)
		}
	}
	for text, want := range map[string]string{"好": "pass", "[[risky]]": "risky", "[[review]]": "review", strings.Repeat("长", 2500) + "[[risky]]": "risky"} {
		if got, err := client.CheckText(t.Context(), "o1", wechat.SceneForum, text); err != nil || got.Suggest != want || got.Trace == "" {
			t.Errorf("%.20s: got %+v, %v", text, got, err)
		}
	}
	if _, err := client.CheckText(t.Context(), "away-1", wechat.SceneForum, "x"); wechat.Refusal(err) == nil || wechat.Refusal(err).Code != 61010 {
		t.Errorf("who is away: %v", err)
	}
	if trace, err := client.CheckPicture(t.Context(), "o1", wechat.SceneForum, "http://127.0.0.1/p.jpg"); err != nil || trace != "media-1" {
		t.Errorf("picture: %s, %v", trace, err)
	}
	if picture, err := client.Code(t.Context(), "pages/campaign", "c=1a"); err != nil || !strings.HasPrefix(string(picture), "\x89PNG") {
		t.Errorf("code: %v", err)
	}
	for scene, want := range map[string]error{"": model.ErrInvalid, strings.Repeat("a", 33): model.ErrInvalid, "a&b": model.ErrInvalid, "签到": model.ErrInvalid} {
		if _, err := client.Code(t.Context(), "pages/x", scene); !errors.Is(err, want) {
			t.Errorf("scene %q: %v", scene, err)
		}
	}
	if _, err := client.Code(t.Context(), "pages/gone", "a"); wechat.Refusal(err) == nil || wechat.Refusal(err).Code != 41030 {
		t.Errorf("no such page: %v", err)
	}
	link, err := client.Link(t.Context(), "pages/x", "id=1", 99)
	scheme, failed := client.Scheme(t.Context(), "pages/x", "id=1", 0)
	if err != nil || failed != nil || !strings.HasPrefix(link, "https://") || !strings.HasPrefix(scheme, "weixin://") {
		t.Errorf("links %s, %s, %v, %v", link, scheme, err, failed)
	}
	for _, want := range []string{"subscribe_send ok", "subscribe_send refused", "subscribe_send argument", "msg_sec_check away", "getwxacodeunlimit page", "stable_token ok"} {
		if outcomes[want] == 0 {
			t.Errorf("%q was not observed, but %v", want, outcomes)
		}
	}
}

func TestWhatIsTriedAgain(t *testing.T) {
	const check, send = "/wxa/msg_sec_check", "/cgi-bin/message/subscribe/send"
	for name, c := range map[string]struct {
		path  string
		codes []int
		calls int
		want  error
	}{
		"busy once":                   {check, []int{-1}, 2, nil},
		"busy on and on":              {check, []int{-1, -1, -1, -1}, 3, model.ErrWeChatBusy},
		"a gateway's page":            {check, []int{0}, 2, nil},
		"too often":                   {check, []int{45009}, 1, model.ErrTooMany},
		"not allowed":                 {check, []int{48001}, 1, model.ErrWeChatOff},
		"nobody knows":                {check, []int{99999}, 1, model.ErrWeChatBusy},
		"a token that ended":          {check, []int{42001}, 2, nil},
		"a token that ends every day": {check, []int{42001, 40014}, 2, model.ErrWeChatBusy},
		"sent, busy":                  {send, []int{-1}, 2, nil},
		"sent, or not":                {send, []int{0}, 1, model.ErrWeChatBusy},
	} {
		t.Run(name, func(t *testing.T) {
			server, client := given(t)
			server.Fail(c.path, c.codes...)
			var err error
			if c.path == send {
				_, err = client.Send(t.Context(), wechat.Message{OpenID: "o", Template: "T", Data: map[string]string{"thing1": "x"}})
			} else {
				_, err = client.CheckText(t.Context(), "o", wechat.SceneForum, "x")
			}
			if !errors.Is(err, c.want) || server.Calls(c.path) != c.calls {
				t.Errorf("got %v after %d calls, want %d", err, server.Calls(c.path), c.calls)
			}
		})
	}
}

func TestTheCircuitOpens(t *testing.T) {
	server, client := given(t)
	server.Fail("/wxa/msg_sec_check", 0, 0, 0, 0, 0, 0, 0, 0, 0)
	for range 4 {
		if _, err := client.CheckText(t.Context(), "o", wechat.SceneForum, "x"); !errors.Is(err, model.ErrWeChatBusy) {
			t.Errorf("got %v", err)
		}
	}
	if n := server.Calls("/wxa/msg_sec_check"); n != 5 {
		t.Errorf("%d calls went out, want 5", n)
	}
	// Other calls have circuits of their own.
	if _, err := client.CodeToSession(t.Context(), "ok-1"); err != nil {
		t.Error(err)
	}
}

func TestFit(t *testing.T) {
	long := strings.Repeat("长", 25)
	for _, c := range []struct{ key, value, want string }{
		{"thing1", "取快递", "取快递"},
		{"thing1", "  两\n行\x00\u202e ", "两 行"},
		{"thing1", long, strings.Repeat("长", 19) + "…"},
		{"thing1", " ", ""},
		{"phrase2", "已认领了吗还没有", "已认领了吗"},
		{"phrase2", "已认领!", ""},
		{"name3", "张三丰", "张三丰"},
		{"name3", long, strings.Repeat("长", 10)},
		{"name3", strings.Repeat("a", 30), strings.Repeat("a", 20)},
		{"number4", "12.5", "12.5"},
		{"number4", "十二", ""},
		{"number4", strings.Repeat("1", 33), ""},
		{"letter5", "abc", "abc"},
		{"letter5", "ab1", ""},
		{"symbol6", "+-*", "+-*"},
		{"symbol6", "++++++", ""},
		{"character_string7", "AB-12", "AB-12"},
		{"character_string7", "编号", ""},
		{"time8", "15:01", "15:01"},
		{"time8", "2019年10月1日 15:01~16:01", "2019年10月1日 15:01~16:01"},
		{"time8", "明天", ""},
		{"date9", "2019年10月1日", "2019年10月1日"},
		{"date9", "2019年10月1日 15:01", "2019年10月1日 15:01"},
		{"date9", "15:01", ""},
		{"amount10", "¥100.5元", "¥100.5元"},
		{"amount10", "一百", ""},
		{"phone_number11", "+86-0766-66888866", "+86-0766-66888866"},
		{"phone_number11", "123456789012345678", ""},
		{"car_number12", "粤A8Z888挂", "粤A8Z888挂"},
		{"car_number12", "粤A8Z8888挂挂", ""},
		{"enum13", "x", "x"},
		{"thing", "x", ""},
		{"other1", "x", ""},
	} {
		got, err := wechat.Fit(c.key, c.value)
		if got != c.want || (c.want == "") != errors.Is(err, wechat.ErrField) {
			t.Errorf("%s %q: got %q, %v", c.key, c.value, got, err)
		}
	}
}

func TestNothingPersonalIsInAnError(t *testing.T) {
	server, client := given(t)
	server.Fail("/cgi-bin/message/subscribe/send", 40003)
	_, err := client.Send(t.Context(), wechat.Message{OpenID: "oSECRETopenid", Template: "T", Data: map[string]string{"thing1": "密文"}})
	for _, secret := range []string{"oSECRETopenid", "密文", "token-", wechattest.Secret} {
		if strings.Contains(fmt.Sprintf("%v %+v", err, err), secret) {
			t.Errorf("%s is in %v", secret, err)
		}
	}
}

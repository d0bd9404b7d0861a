package api_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/internal/wechattest"
	"linbanglin/model"
	"linbanglin/repository"
)

// deadMessage is a message to the neighbour that was given up.
func (s *subtree) deadMessage() any {
	m := &model.Message{
		ID: s.store.NewID(), Place: s.neighbor.Place, MemberID: s.neighbor.MemberID, NoticeID: s.store.NewID(), Kind: model.NoticeClaim, Priority: model.PriorityHigh,
		TemplateID: "T", Status: model.MessageDead, CreatedAt: testworld.Now, UpdatedAt: testworld.Now,
	}
	if err := s.store.Messages.Looked(s.t.Context(), []model.ID{m.NoticeID}, []*model.Message{m}); err != nil {
		s.t.Fatal(err)
	}
	return m.ID
}

// TestPushesAreRefusedAtTheDoor posts what is no push of ours, over HTTP.
func TestPushesAreRefusedAtTheDoor(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		s := givenStallOn(t, store)
		at := testworld.Now.Time()
		address := s.server.URL + "/wechat/push"
		event := wechattest.Popup("o1", "T", "accept", at)
		for name, c := range map[string]struct {
			push   *wechattest.Push
			spoil  func(p *wechattest.Push)
			status int
			want   string
		}{
			"a good one":       {wechattest.NewPush(event, at), func(*wechattest.Push) {}, http.StatusOK, "success"},
			"a good one again": {wechattest.NewPush(event, at), func(*wechattest.Push) {}, http.StatusOK, "success"},
			"forged":           {wechattest.NewPush(event, at), func(p *wechattest.Push) { p.Query.Set("msg_signature", p.Query.Get("signature")) }, http.StatusForbidden, "wechat.push_signature"},
			"plain": {wechattest.NewPush(event, at), func(p *wechattest.Push) {
				p.Body = []byte(event)
				p.Query.Del("encrypt_type")
			}, http.StatusForbidden, "wechat.push_plain"},
			"of another app": {wechattest.Seal(wechattest.PushToken, wechattest.PushKey, "wxother", event, at), func(*wechattest.Push) {}, http.StatusForbidden, "wechat.push_app"},
			"old":            {wechattest.NewPush(event, at.Add(-time.Hour)), func(*wechattest.Push) {}, http.StatusForbidden, "wechat.push_time"},
			"nonsense":       {wechattest.NewPush(event, at), func(p *wechattest.Push) { p.Body = []byte("{") }, http.StatusBadRequest, "wechat.push_body"},
			"too large":      {wechattest.NewPush(event, at), func(p *wechattest.Push) { p.Body = []byte(strings.Repeat("x", 70<<10)) }, http.StatusRequestEntityTooLarge, "body.too_large"},
			"an early verdict": {
				wechattest.NewPush(wechattest.Media("nobody asked", "pass", at), at), func(*wechattest.Push) {}, http.StatusServiceUnavailable, "unavailable",
			},
			"a late verdict": {
				wechattest.NewPush(wechattest.Media("nobody asked", "pass", at.Add(-time.Hour)), at), func(*wechattest.Push) {}, http.StatusOK, "success",
			},
		} {
			c.spoil(c.push)
			status, text, err := c.push.Post(address)
			if err != nil || status != c.status || !strings.Contains(text, c.want) {
				t.Errorf("%s: got %d %s, %v", name, status, text, err)
			}
		}
		for query, want := range map[string]string{wechattest.Echo(at).Encode(): "4375120948345356249", "signature=x&echostr=%3Cscript%3E": "wechat.push_signature"} {
			answer, err := http.Get(address + "?" + query) //nolint:bodyclose // readAll closes it
			if err != nil {
				t.Fatal(err)
			}
			if text := readAll(t, answer); !strings.Contains(text, want) || strings.Contains(text, "script") {
				t.Errorf("%s: got %d %s", query, answer.StatusCode, text)
			}
		}
	})
}

func TestBadSubscriptionsAndTemplates(t *testing.T) {
	s := givenStall(t)
	admin, resident := s.Holder(model.RoleCommunityAdmin), s.Resident(0)
	for _, c := range []struct {
		who        model.Actor
		method     string
		path, body string
		status     int
		code       string
	}{
		{resident, "POST", "/me/subscriptions", `{"template":"unknown"}`, 422, "message.template_unknown"},
		{resident, "POST", "/me/subscriptions", `{"template":"T","result":"maybe"}`, 422, "validation"},
		{resident, "POST", "/me/subscriptions", `{"template":"T","count":6}`, 422, "validation"},
		{resident, "PUT", "/me/quiet-hours", `{"from":"25:00","to":"07:00"}`, 422, "validation"},
		{resident, "PUT", "/me/quiet-hours", `{"from":"22:00"}`, 422, "validation"},
		{resident, "PUT", "/message-templates/claim", `{"template_id":"T","fields":{"thing1":"title"},"version":0}`, 403, "auth.forbidden"},
		{admin, "PUT", "/message-templates/nothing", `{"template_id":"T","fields":{"thing1":"title"},"version":0}`, 422, "message.kind_unknown"},
		{admin, "PUT", "/message-templates/claim", `{"template_id":"T","fields":{},"version":0}`, 422, "message.field"},
		{admin, "PUT", "/message-templates/claim", `{"template_id":"T","fields":{"thing":"title"},"version":0}`, 422, "message.field"},
		{admin, "PUT", "/message-templates/claim", `{"template_id":"T","fields":{"thing1":"phone"},"version":0}`, 422, "message.field"},
		{admin, "PUT", "/message-templates/claim", `{"template_id":"T","fields":{"phrase1":"title"},"version":0}`, 422, "message.field"},
		{admin, "PUT", "/message-templates/claim", `{"template_id":"T","fields":{"time1":"=明天"},"version":0}`, 422, "message.field"},
		{admin, "PUT", "/message-templates/claim", `{"template_id":"T","fields":{"thing1":"title","phrase2":"=已认领","time3":"time","date4":"date"},"page":"pages/x?id={id}","version":0}`, 200, ""},
		{admin, "PUT", "/message-templates/claim", `{"template_id":"T","fields":{"thing1":"title"},"version":0}`, 409, "version.stale"},
		{resident, "POST", "/me/subscriptions", `{"template":"T"}`, 200, ""},
		{admin, "POST", "/messages/5/resend", ``, 404, "not_found"},
		{admin, "PUT", "/message-templates/claim", `{"version":1}`, 200, ""},
		{resident, "POST", "/me/subscriptions", `{"template":"T"}`, 422, "message.template_unknown"},
	} {
		got := s.call(c.who, c.method, c.path, c.body)
		if got.status != c.status || got.Code != c.code {
			t.Errorf("%s %s %s: got %d %s", c.method, c.path, c.body, got.status, got.text)
		}
	}
}

func readAll(t *testing.T, answer *http.Response) string {
	t.Helper()
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

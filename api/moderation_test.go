package api_test

import (
	"strings"
	"testing"

	"linbanglin/model"
)

func TestModerationOverHTTP(t *testing.T) {
	s := givenStall(t)
	author, worker, admin := s.Resident(0), s.Holder(model.RoleGridWorker), s.Holder(model.RoleCommunityAdmin)
	s.want(s.call(admin, "PUT", "/moderation/words", `{"words":["刷单"],"version":0}`), 200, "")
	s.want(s.call(admin, "PUT", "/moderation/words", `{"words":["x"],"version":0}`), 409, "version.stale")
	s.want(s.call(admin, "PUT", "/moderation/words", `{"words":["。"],"version":1}`), 422, "validation")
	s.want(s.call(admin, "PUT", "/moderation/words", `{"words":["x"]}`), 422, "validation")
	s.want(s.call(worker, "PUT", "/moderation/words", `{"words":[],"version":1}`), 403, "auth.forbidden")
	if got := s.want(s.call(admin, "GET", "/moderation/words", ""), 200, ""); !strings.Contains(got.text, `"words":["刷单"],"version":1`) {
		t.Errorf("got %s", got.text)
	}
	asked := s.want(s.call(author, "POST", "/requests", `{"category":"errand","title":"找人刷单"}`), 201, "")
	path := "/requests/" + asked.ID
	if asked.Status != "pending_review" {
		t.Fatalf("got %s", asked.text)
	}
	s.want(s.call(s.Resident(1), "GET", path, ""), 404, "not_found")
	queue := s.want(s.call(worker, "GET", "/moderation/queue", ""), 200, "")
	if len(queue.Items) != 1 || queue.Items[0].Kind != "request" || queue.Items[0].Request.ID != asked.ID || !strings.Contains(queue.text, `"hits":[{"word":"刷单","field":"title","from":2,"to":4,"text":"刷单"}]`) {
		t.Errorf("got %s", queue.text)
	}
	s.want(s.call(author, "GET", "/moderation/queue", ""), 403, "auth.forbidden")
	s.want(s.call(worker, "GET", "/moderation/queue?cursor=abc", ""), 422, "cursor.invalid")
	s.want(s.call(author, "POST", path+"/approve", ""), 403, "auth.forbidden")
	s.want(s.call(worker, "POST", path+"/return", `{"field":"colour","reason":"x"}`), 422, "validation")
	s.want(s.call(worker, "POST", path+"/return", `{"field":"title"}`), 422, "validation")
	s.want(s.call(worker, "POST", path+"/return", `{"field":"title","reason":"不能刷单"}`), 200, "")
	s.want(s.call(worker, "POST", path+"/approve", ""), 409, "request.state")
	if got := s.want(s.call(author, "GET", path, ""), 200, ""); got.Status != "returned" || !strings.Contains(got.text, `"returned_field":"title"`) || !strings.Contains(got.text, `"reason":"不能刷单"`) {
		t.Errorf("got %s", got.text)
	}
	if box := s.want(s.call(author, "GET", "/notices", ""), 200, ""); len(box.Items) != 1 || box.Items[0].Kind != "request_returned" {
		t.Errorf("got %s", box.text)
	}
	if list := s.want(s.call(author, "GET", "/requests?mine=requested&status=returned", ""), 200, ""); len(list.Items) != 1 {
		t.Errorf("got %s", list.text)
	}
	edit := `{"category":"errand","title":"取快递","version":2}`
	s.want(s.call(author, "PUT", path, `{"category":"errand","title":"取快递"}`), 422, "validation")
	s.want(s.call(author, "PUT", path, `{"category":"errand","title":"取快递","version":1}`), 409, "version.stale")
	s.want(s.call(author, "PUT", path, `{"category":"errand","title":"取快递","version":2,"on_behalf_of":"5"}`), 422, "validation")
	s.want(s.call(worker, "PUT", path, edit), 403, "auth.forbidden")
	s.want(s.call(s.Resident(1), "PUT", path, edit), 404, "not_found")
	if got := s.want(s.call(author, "PUT", path, edit), 200, ""); got.Status != "open" || got.Title != "取快递" || got.Version != 3 {
		t.Errorf("got %s", got.text)
	}
	s.want(s.call(s.Resident(1), "POST", path+"/claim", ""), 200, "")
	s.want(s.call(author, "PUT", path, `{"category":"errand","title":"x","version":4}`), 409, "request.state")
}

func TestProxyOverHTTP(t *testing.T) {
	s := givenStall(t)
	worker, elder, helper := s.Holder(model.RoleGridWorker), s.Resident(1), s.Resident(2)
	behalf := `{"category":"errand","title":"取药","on_behalf_of":"` + elder.MemberID.String() + `"`
	for name, c := range map[string]struct{ body, code string }{
		"without consent":  {behalf + `}`, "request.consent_required"},
		"another method":   {behalf + `,"consent":{"method":"telepathy"}}`, "validation"},
		"no method":        {behalf + `,"consent":{"note":"x"}}`, "validation"},
		"more than a note": {behalf + `,"consent":{"method":"phone","member_id":"1"}}`, "validation"},
		"a long note":      {behalf + `,"consent":{"method":"phone","note":"` + strings.Repeat("长", 201) + `"}}`, "validation"},
	} {
		if got := s.call(worker, "POST", "/requests", c.body); got.status != 422 || got.Code != c.code {
			t.Errorf("%s: got %d %s", name, got.status, got.text)
		}
	}
	if list := s.want(s.call(worker, "GET", "/requests?sort=newest", ""), 200, ""); len(list.Items) != 0 {
		t.Errorf("something was kept: %s", list.text)
	}
	asked := s.want(s.call(worker, "POST", "/requests", behalf+`,"consent":{"method":"in_person","note":"当面"}}`), 201, "")
	if !strings.Contains(asked.text, `"consent":{"method":"in_person","note":"当面"`) {
		t.Errorf("got %s", asked.text)
	}
	path := "/requests/" + asked.ID
	for _, step := range []string{"claim", "start"} {
		if got := s.want(s.call(helper, "POST", path+"/"+step, ""), 200, ""); strings.Contains(got.text, "consent") {
			t.Errorf("the helper sees %s", got.text)
		}
	}
	s.want(s.call(helper, "POST", path+"/finish", `{"minutes":30}`), 200, "")
	s.want(s.call(worker, "POST", path+"/confirm", `{"rating":5}`), 422, "request.callback_required")
	s.want(s.call(worker, "POST", path+"/confirm", `{"rating":5,"callback":{}}`), 422, "validation")
	s.want(s.call(worker, "POST", path+"/confirm", `{"rating":5,"callback":{"note":"x","at":"2020-01-01T00:00:00+08:00"}}`), 422, "validation")
	s.want(s.call(helper, "POST", path+"/confirm", `{"rating":5,"callback":{"note":"x"}}`), 403, "auth.forbidden")
	done := s.want(s.call(worker, "POST", path+"/confirm", `{"rating":5,"callback":{"note":"她说很好"}}`, "Idempotency-Key", "c"), 200, "")
	again := s.want(s.call(worker, "POST", path+"/confirm", `{"rating":5,"callback":{"note":"她说很好"}}`, "Idempotency-Key", "c"), 200, "")
	if done.Status != "confirmed" || !strings.Contains(done.text, `"callback_note":"她说很好"`) || done.text != again.text {
		t.Errorf("got %s, then %s", done.text, again.text)
	}
}

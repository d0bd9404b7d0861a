package api_test

import (
	"strings"
	"testing"

	"linbanglin/model"
)

func TestContactOverHTTP(t *testing.T) {
	s := givenStall(t)
	asker, helper := s.Resident(0), s.Resident(1)
	path := "/requests/" + s.want(s.call(asker, "POST", "/requests", `{"category":"errand","title":"取快递"}`), 201, "").ID
	s.want(s.call(helper, "POST", path+"/contact", `{"purpose":"约时间"}`), 403, "request.not_helper")
	s.want(s.call(helper, "POST", path+"/claim", ""), 200, "")
	for range 2 { // a key keeps nothing
		got := s.want(s.call(helper, "POST", path+"/contact", `{"of":"requester","purpose":"约时间"}`, "Idempotency-Key", "k"), 200, "")
		if !strings.Contains(got.text, "+8619900000000") || got.head.Get("Cache-Control") != "no-store" || got.head.Get("Idempotent-Replayed") != "" {
			t.Errorf("got %v %s", got.head, got.text)
		}
	}
	s.want(s.call(asker, "POST", path+"/contact", `{"of":"`+helper.MemberID.String()+`","purpose":"约时间"}`), 200, "")
	s.want(s.call(asker, "POST", path+"/contact", `{"of":"abc","purpose":"约时间"}`), 404, "not_found")
	s.want(s.call(helper, "POST", path+"/contact", `{}`), 422, "validation")
	if got := s.want(s.call(helper, "POST", path+"/address", `{"purpose":"上门"}`), 200, ""); !strings.Contains(got.text, `"door":"101"`) {
		t.Errorf("got %s", got.text)
	}
	s.want(s.call(s.Resident(2), "POST", path+"/address", `{"purpose":"上门"}`), 403, "request.not_helper")
	first := s.want(s.call(asker, "GET", path+"/reveals?limit=2", ""), 200, "")
	rest := s.want(s.call(asker, "GET", path+"/reveals?limit=2&cursor="+first.Next, ""), 200, "")
	if len(first.Items) != 2 || len(rest.Items) != 1 || rest.Next != "" {
		t.Errorf("got %s and %s", first.text, rest.text)
	}
	if got := s.want(s.call(helper, "GET", "/me/reveals", ""), 200, ""); len(got.Items) != 1 || strings.Contains(got.text, "8619900") {
		t.Errorf("got %s", got.text)
	}
	if got := s.want(s.call(s.Holder(model.RoleGridWorker), "GET", path+"/reveals", ""), 200, ""); len(got.Items) != 4 {
		t.Errorf("got %s", got.text)
	}
	s.want(s.call(asker, "GET", "/me/reveals?cursor=abc", ""), 422, "cursor.invalid")
	s.want(s.call(s.Others.Resident(0), "GET", path+"/reveals", ""), 404, "not_found")
}

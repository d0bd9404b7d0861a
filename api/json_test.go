package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestBodiesAreReadStrictly tries what a decoder would let pass, or refuse in its own words.
func TestBodiesAreReadStrictly(t *testing.T) {
	s := givenStall(t)
	who, admin := s.Resident(0), s.Holder("community_admin")
	campaign := fmt.Sprintf(`{"theme":"x","title":"活动","starts_at":"2026-11-23T08:00:00+08:00","ends_at":"2026-11-23T18:00:00+08:00","scope_unit_id":"%d","budget":0,"rules":{"points_per_checkin":2.0}}`, s.Community.ID)
	for _, c := range []struct{ path, body, location, message string }{
		{"/requests", `{"category":"errand","TITLE":"x"}`, "body.TITLE", "不认识的字段"},
		{"/requests", `{"category":"errand","title":"x","Category":"legal"}`, "body.Category", "不认识的字段"},
		{"/requests", `{"category":"errand","title":"x","colour":"red"}`, "body.colour", "不认识的字段"},
		{"/requests", `{"category":"errand","title":"a\u0000b"}`, "body.title", "含有不能保存的字符"},
		{"/requests", "{\"category\":\"errand\",\"title\":\"a\xff\"}", "body.title", "含有不能保存的字符"},
		{"/requests", `{"category":"errand","title":"a\ud800"}`, "body.title", "含有不能保存的字符"},
		{"/requests", `{"category":"errand","title":"x","description":"\u0000"}`, "body.description", "含有不能保存的字符"},
		{"/offers", `{"categories":["errand","legal\u0000"],"title":"x"}`, "body.categories[1]", "含有不能保存的字符"},
		{"/requests", `{"category":"errand","title":"x","slots":1.0}`, "body.slots", "应为整数"},
		{"/requests", `{"category":"errand","title":"x","slots":1e1}`, "body.slots", "应为整数"},
		{"/requests", `{"category":"errand","title":"x","slots":"1"}`, "body.slots", "应为整数"},
		{"/requests", `{"category":"errand","title":"x","on_behalf_of":"abc"}`, "body.on_behalf_of", "不是编号"},
		{"/requests", `{"category":"errand","title":"x","on_behalf_of":"9999999999999999999"}`, "body.on_behalf_of", "不是编号"},
		{"/requests", `{"category":"errand","title":"x","starts_at":"1999-01-01T00:00:00+08:00"}`, "body.starts_at", "应为带时区的时间，例如 2026-11-23T08:00:00+08:00"},
		{"/offers", `{"categories":["errand"],"title":"x","availability":[{"weekday":1,"from":"08:00","to":"09:00"},{"weekday":2.0,"from":"08:00","to":"09:00"}]}`, "body.availability[1].weekday", "应为整数"},
		{"/campaigns", campaign, "body.rules.points_per_checkin", "应为整数"},
	} {
		caller := who
		if c.path == "/campaigns" {
			caller = admin
		}
		got := s.want(s.call(caller, "POST", c.path, c.body), 422, "validation")
		var problem struct {
			Errors []struct{ Location, Message string }
		}
		_ = json.Unmarshal([]byte(got.text), &problem)
		told := false
		for _, e := range problem.Errors {
			told = told || e.Location == c.location && e.Message == c.message
		}
		if !told || strings.Contains(got.text, "json:") || strings.Contains(got.text, "Go ") {
			t.Errorf("%q: got %s, want %q at %s", c.body, got.text, c.message, c.location)
		}
	}
	for language, message := range map[string]string{"zh": "不是编号", "en": "expected an id"} {
		got := s.want(s.call(who, "GET", "/units?parent_id=abc", "", "Accept-Language", language), 422, "validation")
		if !strings.Contains(got.text, `"message":"`+message+`"`) || !strings.Contains(got.text, `"query.parent_id"`) {
			t.Errorf("%s: got %s", language, got.text)
		}
	}
	if list := s.call(who, "GET", "/requests?mine=requested", ""); len(list.Items) != 0 {
		t.Errorf("something was written: %s", list.text)
	}
	for _, fine := range []string{`{"category":"errand","title":"a\\u0000b"}`, `{"category":"errand","title":"\u4e00\ud83d\ude00"}`} {
		s.want(s.call(who, "POST", "/requests", fine), 201, "")
	}
	if got := s.call(who, "POST", "/requests", `{"category":"errand","title":"x","slots":1.0}`, "Accept-Language", "en"); !strings.Contains(got.text, "expected integer") {
		t.Errorf("in English: %s", got.text)
	}
}

package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"linbanglin/model"
)

// TestACampaignFromTheThemeToTheCancellation goes through what organizers and members send.
func TestACampaignFromTheThemeToTheCancellation(t *testing.T) {
	s := givenStall(t)
	admin, one := s.Holder(model.RoleCommunityAdmin), s.Resident(0)
	do := func(who model.Actor, method, path, body string, status int, code string) *reply {
		t.Helper()
		return s.want(s.call(who, method, path, body), status, code)
	}
	do(admin, "POST", "/themes", `{"code":"he","name":"助河送清波","checklist":["捡拾垃圾"]}`, http.StatusCreated, "he")
	do(admin, "PUT", "/themes/he", `{"name":"助河送清波","checklist":["捡拾垃圾","劝阻"]}`, http.StatusOK, "he")
	do(admin, "PUT", "/themes/he", `{"name":"助河送清波","origin":"seed"}`, http.StatusUnprocessableEntity, "validation")
	session := `{"name":"%s","starts_at":"2026-11-23T%s:00:00+08:00","ends_at":"2026-11-23T%s:00:00+08:00","capacity":1,"roles":[{"name":"巡河","needed":1}]}`
	plan := fmt.Sprintf(`{"risk_notice":"小心地滑","sessions":[`+session+`,`+session+`]}`, "上午", "07", "12", "下午", "13", "18")
	body := fmt.Sprintf(`{"theme":"he","title":"清河","starts_at":"2026-11-23T07:00:00+08:00","ends_at":"2026-11-23T18:00:00+08:00",`+
		`"scope_unit_id":"%d","budget":10,"rules":{"points_per_checkin":1},"plan":%s}`, s.Community.ID, plan)
	id := do(admin, "POST", "/campaigns", body, http.StatusCreated, "").ID
	at := "/campaigns/" + id
	do(admin, "DELETE", "/themes/he", "", http.StatusConflict, "theme.used")
	do(admin, "POST", at+"/publish", "", http.StatusOK, "")
	if got := do(one, "GET", at, "", http.StatusOK, ""); got.Status != "running" || !strings.Contains(got.text, "小心地滑") {
		t.Errorf("got %s", got.text)
	}
	if got := do(one, "GET", "/campaigns?status=running", "", http.StatusOK, ""); len(got.Items) != 1 {
		t.Errorf("got %s", got.text)
	}
	do(one, "POST", at+"/signups", "", http.StatusUnprocessableEntity, "campaign.risk_not_accepted")
	do(one, "POST", at+"/signups", `{"session":3,"accept_risk":true}`, http.StatusUnprocessableEntity, "campaign.session_unknown")
	do(one, "POST", at+"/signups", `{"session":2,"role":"巡河","accept_risk":true}`, http.StatusCreated, "")
	if got := do(s.Resident(1), "POST", at+"/signups", `{"session":2,"accept_risk":true}`, http.StatusCreated, ""); got.Status != "waiting" {
		t.Errorf("got %s", got.text)
	}
	do(one, "DELETE", at+"/signups/me", "", http.StatusNotFound, "not_found") // of the first session
	do(one, "DELETE", at+"/signups/me?session=2", "", http.StatusNoContent, "")
	if got := do(admin, "GET", at+"/signups?session=2", "", http.StatusOK, ""); len(got.Items) != 1 || got.Items[0].Status != "signed_up" {
		t.Errorf("got %s", got.text)
	}
	if got := do(admin, "POST", at+"/visits/from-register", `{"min_age":1,"preview":true}`, http.StatusOK, ""); !strings.Contains(got.text, `"planned":0`) {
		t.Errorf("got %s", got.text)
	}
	if got := do(admin, "POST", at+"/visits/from-register", `{"birthday_this_month":true}`, http.StatusOK, ""); !strings.Contains(got.text, `"month_unknown":`) {
		t.Errorf("got %s", got.text)
	}
	do(admin, "POST", at+"/visits/from-register", `{"birthday_month":13}`, http.StatusUnprocessableEntity, "validation")
	do(admin, "POST", at+"/visits/from-register", `{"birthday_month":11,"birthday_this_month":true}`, http.StatusUnprocessableEntity, "validation")
	copied := do(admin, "POST", at+"/copy", `{"starts_at":"2026-12-01T07:00:00+08:00"}`, http.StatusCreated, "")
	do(admin, "POST", "/campaigns/"+copied.ID+"/submit", "", http.StatusOK, "")
	do(admin, "POST", "/campaigns/"+copied.ID+"/approve", "", http.StatusForbidden, "campaign.own")
	do(admin, "POST", "/campaigns/"+copied.ID+"/send-back", `{"reason":"改日期"}`, http.StatusOK, "")
	do(admin, "POST", at+"/cancel", `{"reason":"下雨"}`, http.StatusOK, "")
	do(admin, "POST", at+"/cancel", `{"reason":"下雨"}`, http.StatusConflict, "campaign.state")
}

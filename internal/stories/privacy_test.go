package stories

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"linbanglin/internal/testdb"
)

// TestStory_Privacy is about personal information: the street publishes what is done with it, nobody changes anything before
// they agree, and what is agreed to separately is taken back as easily as it was given. It has servers of its own, as a
// policy is for everybody on a server.
func TestStory_Privacy(t *testing.T) {
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			s := makeServer(t, engine)
			if err := s.start(); err != nil {
				t.Fatal(err)
			}
			defer s.kill()
			wantConsents(t, s)
			wantFlagReviewed(t, s)
		})
	}
}

// privacyTerms is what a policy of the stories says about a purpose.
func privacyTerms(purpose string) object {
	return object{
		"purpose": purpose, "handler": "街道办事处", "contact": "0592-0000000", "aim": "邻里互助", "method": "在本系统内", "kinds": []string{"昵称"},
		"retention": "账号存续期间", "recipients": []string{}, "rights": "在“我的”中办理",
	}
}

func wantConsents(t *testing.T, s *server) {
	t.Helper()
	resident, street, nobody := s.login(t, "resident-1"), s.login(t, "street-1"), &person{t: t, s: s}
	ask := object{"category": "errand", "title": "取快递"}
	nobody.refused("GET", "/privacy/policy", nil, 404, "not_found")
	if due := resident.get("/me").records("consents_due"); len(due) != 0 {
		t.Errorf("without a policy is due %v", due)
	}
	resident.post("/requests", ask)
	resident.post("/doorbell/households", object{"member_id": resident.ID})
	body := object{"text": "我们这样处理您的个人信息。", "purposes": []object{privacyTerms("service"), privacyTerms("location_checkin"), privacyTerms("household_flag")}}
	s.login(t, "admin-1").refused("POST", "/privacy/policies", body, 403, "auth.forbidden")
	street.post("/privacy/policies", body)
	if p := nobody.get("/privacy/policy"); p.at("version") != "1" || len(p.records("purposes")) != 3 {
		t.Errorf("anybody reads %v", p)
	}

	resident.refused("POST", "/requests", ask, 403, "privacy.consent_required")
	resident.get("/requests")
	resident.post("/doorbell/alerts", nil) // nobody agrees to anything before they call for help
	if due := s.login(t, "resident-1").get("/me").records("consents_due"); len(due) != 3 || due[0].at("purpose") != "service" {
		t.Errorf("due is %v", due)
	}
	resident.refused("PUT", "/me/consents/service", object{"version": 2}, 422, "privacy.version_unknown")
	resident.put("/me/consents/service", object{"version": 1})
	resident.post("/requests", ask)
	resident.put("/me/consents/location_checkin", object{"version": 1})
	resident.want(http.MethodDelete, "/me/consents/location_checkin", nil)
	for _, c := range resident.get("/me/consents").list() {
		if want := map[string]string{"service": "given", "location_checkin": "withdrawn", "household_flag": "none"}[c.at("purpose")]; c.at("state") != want {
			t.Errorf("%s is %s, want %s", c.at("purpose"), c.at("state"), want)
		}
		if asked := c.at("purpose") == "household_flag"; c["asked"] != asked {
			t.Errorf("%s is asked for: %v", c.at("purpose"), c["asked"])
		}
	}
	resident.want(http.MethodDelete, "/me/consents/service", nil)
	resident.refused("POST", "/requests", ask, 403, "privacy.consent_required")
	resident.refused("GET", "/requests", nil, 403, "privacy.consent_required")
	resident.get("/points/me")
	resident.put("/me/consents/service", object{"version": 1})
	resident.get("/requests")
}

// wantFlagReviewed has a household that is marked take its consent back: the mark counts no more, its grid worker is told,
// and it is renewed by a new consent only.
func wantFlagReviewed(t *testing.T, s *server) {
	t.Helper()
	resident, admin := s.login(t, "resident-1"), s.login(t, "admin-1")
	admin.put("/me/consents/service", object{"version": 1})
	path := "/households/" + householdOf(resident, admin)
	had := slices.ContainsFunc(admin.get(path+"?purpose=visit").records("flags"), func(f object) bool { return f.at("scheme") == "blue" })
	if !had {
		flag(admin, strings.TrimPrefix(path, "/households/"), "blue", "走访")
	}
	resident.want(http.MethodDelete, "/me/consents/household_flag", nil)
	for _, f := range admin.get(path + "?purpose=visit").records("flags") {
		if f.at("scheme") != "blue" {
			continue
		}
		if f.at("expired") != "true" {
			t.Errorf("the flag counts on: %v", f)
		}
		again := path + "/flags/" + f.at("id") + "/review"
		admin.refused("POST", again, object{"source": "走访", "reason": "再看"}, 422, "request.consent_required")
		admin.post(again, object{"source": "走访", "reason": "再看", "consent": object{"method": "written"}})
	}
	told := 0
	for n := range 6 {
		for _, notice := range s.login(t, fmt.Sprintf("gridworker-%d", n+1)).get("/notices?limit=100").list() {
			if notice.at("kind") == "flag_review" && notice.at("ref", "id") == strings.TrimPrefix(path, "/households/") {
				told++
			}
		}
	}
	if told == 0 {
		t.Error("no grid worker was told")
	}
}

// householdOf returns where somebody lives.
func householdOf(p, admin *person) string {
	p.t.Helper()
	for _, home := range admin.get("/register/households?limit=100&unit_id=" + p.get("/me").at("unit", "id")).list() {
		for _, m := range admin.get("/households/" + home.at("id")).records("members") {
			if m.at("id") == p.ID {
				return home.at("id")
			}
		}
	}
	p.t.Fatal("nobody knows where the resident lives")
	return ""
}

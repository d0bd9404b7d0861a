package api_test

import (
	"fmt"
	"strings"
	"testing"

	"linbanglin/model"
)

func TestVisitsOverHTTP(t *testing.T) {
	s := givenStall(t)
	organizer, volunteer, visited := s.Holder(model.RoleOrganizer), s.Resident(0), s.Resident(1)
	body := fmt.Sprintf(`{"theme":"lao","title":"重阳走访","starts_at":"2026-11-23T08:00:00+08:00","ends_at":"2026-11-25T18:00:00+08:00",`+
		`"scope_unit_id":"%d","budget":0,"rules":{"points_per_checkin":0}}`, s.Areas[0].ID)
	campaign := "/campaigns/" + s.want(s.call(organizer, "POST", "/campaigns", body), 201, "").ID
	s.want(s.call(organizer, "POST", campaign+"/publish", ""), 200, "")
	s.want(s.call(volunteer, "POST", campaign+"/signups", ""), 201, "")
	list := fmt.Sprintf(`{"members":["%d","%d"]}`, visited.MemberID, s.Resident(2).MemberID)
	if got := s.want(s.call(organizer, "POST", campaign+"/visits", list), 201, ""); !strings.Contains(got.text, `"planned":2,"already":0`) {
		t.Errorf("got %s", got.text)
	}
	s.want(s.call(organizer, "POST", campaign+"/visits", `{"members":[]}`), 422, "validation")
	s.want(s.call(organizer, "POST", campaign+"/visits", `{"members":["1"]}`), 422, "visit.member_unknown")
	s.want(s.call(organizer, "POST", campaign+"/visits", fmt.Sprintf(`{"members":["%d"]}`, s.outsider().MemberID)), 422, "visit.outside_scope")
	s.want(s.call(organizer, "POST", campaign+"/visits", `{"members":[`+strings.Repeat(`"1",`, 2000)+`"1"]}`), 422, "visit.too_many")
	s.want(s.call(volunteer, "POST", campaign+"/visits", list), 403, "auth.forbidden")
	s.want(s.call(volunteer, "GET", campaign+"/visits", ""), 403, "auth.forbidden")
	s.want(s.call(organizer, "POST", campaign+"/visits/assign", `{"max_per_volunteer":0}`), 422, "validation")
	s.want(s.call(organizer, "POST", campaign+"/visits/assign", fmt.Sprintf(`{"max_per_volunteer":1,"volunteers":["%d"]}`, visited.MemberID)), 422, "visit.not_volunteer")
	plan := s.want(s.call(organizer, "POST", campaign+"/visits/assign", `{"max_per_volunteer":1}`), 200, "")
	if !strings.Contains(plan.text, `"why":"volunteers_used_up"`) || !strings.Contains(plan.text, `"optimal":true`) || !strings.Contains(plan.text, `"cost":175`) {
		t.Errorf("got %s", plan.text)
	}
	mine := s.want(s.call(volunteer, "GET", "/visits/me", ""), 200, "")
	if len(mine.Items) != 1 || mine.Items[0].Status != "assigned" || strings.Contains(mine.text, "8619900") || strings.Contains(mine.text, `"01"`) {
		t.Fatalf("got %s", mine.text)
	}
	if notices := s.want(s.call(volunteer, "GET", "/notices", ""), 200, ""); len(notices.Items) != 1 || notices.Items[0].Kind != "visits_assigned" {
		t.Errorf("got %s", notices.text)
	}
	visit := "/visits/" + mine.Items[0].ID
	s.want(s.call(organizer, "POST", visit+"/contact", `{"purpose":"看看"}`), 404, "not_found")
	if got := s.want(s.call(volunteer, "POST", visit+"/contact", `{"purpose":"约时间"}`), 200, ""); !strings.Contains(got.text, "+8619900") {
		t.Errorf("got %s", got.text)
	}
	if got := s.want(s.call(volunteer, "POST", visit+"/address", `{"purpose":"上门"}`), 200, ""); !strings.Contains(got.text, `"building":"1幢"`) {
		t.Errorf("got %s", got.text)
	}
	s.want(s.call(volunteer, "POST", visit+"/give-back", `{}`), 422, "validation")
	if got := s.want(s.call(volunteer, "POST", visit+"/done", `{"note":"都好"}`), 200, ""); got.Status != "done" {
		t.Errorf("got %s", got.text)
	}
	s.want(s.call(volunteer, "POST", visit+"/give-back", `{"reason":"晚了"}`), 409, "visit.state")
	all := s.want(s.call(organizer, "GET", campaign+"/visits?status=done,planned", ""), 200, "")
	if len(all.Items) != 2 || !strings.Contains(all.text, `"planned":1,"assigned":0,"done":1`) {
		t.Errorf("got %s", all.text)
	}
	s.want(s.call(organizer, "GET", campaign+"/visits?status=lost", ""), 422, "validation")
	if seen := s.want(s.call(visited, "GET", "/me/reveals", ""), 200, ""); len(seen.Items) > 0 && !strings.Contains(seen.text, `"type":"visit"`) {
		t.Errorf("got %s", seen.text)
	}
}

package api_test

import (
	"bytes"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	qr "github.com/piglig/go-qr"

	"linbanglin/model"
)

// givenDoor publishes a campaign of the first area that is open now, and returns its path.
func (s *stall) givenDoor(budget int) string {
	s.t.Helper()
	body := fmt.Sprintf(`{"theme":"lao","title":"重阳敬老慰问活动","description":"为高龄老人理发、量血压、包饺子。","starts_at":"2026-11-23T07:00:00+08:00",`+
		`"ends_at":"2026-11-23T11:00:00+08:00","scope_unit_id":"%d","budget":%d,"rules":{"points_per_checkin":5,"minutes_per_checkin":60}}`, s.Areas[0].ID, budget)
	admin := s.Holder(model.RoleCommunityAdmin)
	made := s.want(s.call(admin, "POST", "/campaigns", body), http.StatusCreated, "")
	s.want(s.call(admin, "POST", "/campaigns/"+made.ID+"/publish", ""), http.StatusOK, "")
	return "/campaigns/" + made.ID
}

// raw reads what is no JSON.
func (s *stall) raw(who model.Actor, path string) *reply {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.server.URL+"/api/v1"+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if who.MemberID != 0 {
		r.Header.Set("Authorization", "Bearer "+token(who))
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return &reply{status: answer.StatusCode, head: answer.Header, text: string(text)}
}

// doorCode returns the code that is shown at the door of a campaign.
func (s *stall) doorCode(door string) string {
	s.t.Helper()
	return s.call(s.Holder(model.RoleCommunityAdmin), "GET", door+"/checkin-code", "").Code
}

func TestCodesAtTheDoorOverHTTP(t *testing.T) {
	s := givenStall(t)
	door := s.givenDoor(100)
	admin := s.Holder(model.RoleCommunityAdmin)
	image := s.raw(admin, door+"/checkin-qr.png")
	drawing, err := png.Decode(bytes.NewReader([]byte(image.text)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := qr.Decode(drawing)
	if err != nil {
		t.Fatal(err)
	}
	link, err := url.Parse(text)
	if err != nil || link.Host != "linbanglin.example" || "/campaigns/"+link.Query().Get("c") != door || link.Query().Get("code") != s.doorCode(door) {
		t.Errorf("got %s, %v", text, err)
	}
	if image.head.Get("Content-Type") != "image/png" || image.head.Get("Cache-Control") != "no-store" {
		t.Errorf("got %v", image.head)
	}
	if svg := s.raw(admin, door+"/checkin-qr.svg"); !strings.HasPrefix(svg.text, "<svg") || svg.head.Get("Content-Type") != "image/svg+xml" {
		t.Errorf("got %v %s", svg.head, svg.text)
	}
	s.want(s.call(s.Resident(0), "GET", door+"/checkin-qr.png", ""), 403, "auth.forbidden")
	s.want(s.call(s.Resident(0), "GET", door+"/poster.pdf", ""), 403, "auth.forbidden")
	if poster := s.raw(admin, door+"/poster.pdf"); poster.status != 503 && (poster.status != 200 || !strings.HasPrefix(poster.text, "%PDF")) {
		t.Errorf("got %d, %d bytes", poster.status, len(poster.text))
	}
}

func TestBadCheckInsAreRefusedOverHTTP(t *testing.T) {
	s := givenStall(t)
	admin, organizer := s.Holder(model.RoleCommunityAdmin), s.Holder(model.RoleOrganizer)
	door, empty, foreign := s.givenDoor(100), s.givenDoor(4), s.givenDoor(100)
	closed, over := s.givenDoor(100), s.givenDoor(100)
	code := func(of string) string { return `{"code":"` + s.doorCode(of) + `"}` }
	closedCode := code(closed)
	s.want(s.call(admin, "POST", closed+"/close", ""), 200, "")
	manual := func(id model.ID) string { return fmt.Sprintf(`{"member_id":"%d","reason":"没有手机"}`, id) }
	for name, c := range map[string]struct {
		who        model.Actor
		path, body string
		status     int
		code       string
	}{
		"a foreign code":     {s.Resident(0), door + "/checkins", code(foreign), 409, "campaign.code_invalid"},
		"no code":            {s.Resident(0), door + "/checkins", `{}`, 422, "validation"},
		"outside the scope":  {s.outsider(), door + "/checkins", code(door), 403, "campaign.outside_scope"},
		"a closed campaign":  {s.Resident(0), closed + "/checkins", closedCode, 409, "campaign.state"},
		"no budget":          {s.Resident(0), empty + "/checkins", code(empty), 409, "points.budget_exhausted"},
		"no latitude":        {s.Resident(0), door + "/checkins", `{"code":"x","lat":91,"lng":0}`, 422, "validation"},
		"no session":         {s.Resident(0), door + "/checkins", `{"code":"x","session":-1}`, 422, "validation"},
		"not checked in":     {s.Resident(0), over + "/checkouts", code(over), 409, "campaign.not_checked_in"},
		"by hand, oneself":   {organizer, door + "/checkins/manual", manual(organizer.MemberID), 403, "campaign.own_checkin"},
		"by hand, no reason": {organizer, door + "/checkins/manual", `{"member_id":"1","reason":""}`, 422, "validation"},
		"by hand, resident":  {s.Resident(0), door + "/checkins/manual", manual(s.Resident(1).MemberID), 403, "auth.forbidden"},
		"by hand, nobody":    {organizer, door + "/checkins/manual", manual(42), 404, "not_found"},
	} {
		if got := s.call(c.who, "POST", c.path, c.body); got.status != c.status || got.Code != c.code {
			t.Errorf("%s: got %d %s, want %d %s", name, got.status, got.text, c.status, c.code)
		}
	}
	if got := s.call(admin, "PUT", door+"/geofence", `{"lat":0,"lng":0,"radius_m":1}`); got.status != 422 {
		t.Errorf("got %d %s", got.status, got.text)
	}
	refused := s.want(s.call(admin, "GET", empty+"/refused", ""), 200, "")
	if len(refused.Items) != 1 || !strings.Contains(refused.text, `"reason":"points.budget_exhausted"`) || !strings.Contains(refused.text, s.Resident(0).MemberID.String()) {
		t.Errorf("got %s", refused.text)
	}
	raise := func(who model.Actor, points, status int, code string) {
		t.Helper()
		body := fmt.Sprintf(`{"budget":%d,"reason":"来的人多"}`, points)
		s.want(s.call(who, "POST", empty+"/budget", body, "Idempotency-Key", fmt.Sprintf("raise-%d-%d", who.MemberID, points)), status, code)
	}
	raise(s.Resident(0), 9, 403, "auth.forbidden")
	raise(organizer, 4, 422, "validation")
	raise(organizer, 9, 200, "")
	s.want(s.call(s.Resident(0), "POST", empty+"/checkins", code(empty)), 200, "")
	raise(organizer, 4, 409, "campaign.budget_spent")
	if got := s.want(s.call(admin, "GET", empty, ""), 200, ""); !strings.Contains(got.text, `"from":4,"to":9,"reason":"来的人多","by":{`) {
		t.Errorf("got %s", got.text)
	}
	if got := s.want(s.call(s.Resident(0), "GET", empty, ""), 200, ""); !strings.Contains(got.text, `"to":9`) || strings.Contains(got.text, `"by"`) {
		t.Errorf("got %s", got.text)
	}
	if got := s.want(s.call(admin, "GET", empty+"/refused", ""), 200, ""); len(got.Items) != 0 {
		t.Errorf("who came in since is listed: %s", got.text)
	}
	if got := s.want(s.call(admin, "GET", door+"/checkins", ""), 200, ""); len(got.Items) != 0 {
		t.Errorf("somebody was let in: %s", got.text)
	}
	by := s.want(s.call(organizer, "POST", door+"/checkins/manual", manual(s.Resident(1).MemberID)), 200, "")
	if f := fieldsOf(t, by); f["class"] != "declared" || f["points"] != 5.0 || f["reason"] != "没有手机" {
		t.Errorf("got %s", by.text)
	}
	s.want(s.call(admin, "PUT", door+"/geofence", `{"lat":25.04,"lng":118.18,"radius_m":100,"required":true}`), 200, "")
}

package stories

import (
	"strings"
	"testing"
)

// directory gives a community a unit with an officer, and a catalogue that names it for two categories.
func directory(t *testing.T, admin, officer *person, name string) (unit string) {
	t.Helper()
	unit = admin.post("/organisations", object{"kind": "property_company", "name": name, "unit_id": admin.Home}).at("id")
	admin.post("/organisations/"+unit+"/officers", object{"member_id": officer.ID})
	read := admin.get("/service-catalogue?community_id=" + admin.Home)
	var items []any
	for _, item := range read.list() {
		entry := object{}
		for _, field := range []string{"category", "name", "organisation_id", "tier", "limits", "papers", "steps", "promise", "community_primary"} {
			if value, ok := item[field]; ok {
				entry[field] = value
			}
		}
		if item.at("category") == "property" || item.at("category") == "facilities" {
			entry["organisation_id"] = unit
		}
		items = append(items, entry)
	}
	admin.put("/service-catalogue", object{"version": read["version"], "items": items})
	return unit
}

// TestStory_Matters is row 10 (社情民意): a resident reports a broken lamp, hears at once all that there is to know, and it
// goes to the unit that the catalogue names, which repairs it; both show photos; a second report of it follows the first; the resident is
// called back, rates it, has it done again, and it is closed.
func TestStory_Matters(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		admin, resident, officer := s.login(t, "admin-1"), s.login(t, "resident-11"), s.login(t, "resident-12")
		unit := directory(t, admin, officer, "安居物业（事项）")
		reported := resident.post("/matters", object{"category": "facilities", "title": "路灯不亮", "text": "三幢门口", "audience": "resident"})
		path := "/matters/" + reported.at("id")
		if reported.at("owner", "id") == "" || reported.at("status") != "reported" || reported.at("checklist", "promise") == "" {
			t.Fatalf("reported: %v", reported)
		}
		stranger := s.login(t, "resident-13")
		stranger.refused("GET", path, nil, 404, "not_found")
		resident.upload(path+"/photos", "report", 20)
		stranger.refused("GET", path+"/photos", nil, 404, "not_found")
		if accepted := admin.post(path+"/accept", nil); accepted.at("due_at") == "" {
			t.Fatalf("accepted: %v", accepted)
		}
		if sent := admin.post(path+"/dispatch", nil); sent.at("organisation", "id") != unit || sent.at("owner", "id") != reported.at("owner", "id") {
			t.Fatalf("dispatched: %v", sent)
		}
		if taken := officer.post(path+"/accept-handover", nil); taken.at("owner", "id") != officer.ID {
			t.Fatalf("taken: %v", taken)
		}
		officer.post(path+"/contact", object{"note": "明天上午来修"})
		officer.post(path+"/start", nil)
		officer.refused("POST", path+"/close", nil, 409, "matter.no_result")
		second := stranger.post("/matters", object{"category": "facilities", "title": "灯坏了"})
		admin.post("/matters/"+second.at("id")+"/merge", object{"into": reported.at("id")})
		if seen := stranger.get(path); seen.at("reporter", "id") != "" {
			t.Errorf("who follows a matter sees whose it is: %v", seen)
		}
		officer.upload(path+"/photos", "result", 200)
		officer.post(path+"/finish", object{"result": "换了灯泡"})
		shown := resident.get(path + "/photos").list()
		if len(shown) != 2 || shown[0].at("kind") != "report" || shown[1].at("member", "id") != officer.ID {
			t.Fatalf("photos: %v", shown)
		}
		if status, head, _ := stranger.call("GET", strings.TrimPrefix(shown[1].at("url"), "/api/v1"), nil); status != 200 || head.Get("Content-Type") != "image/jpeg" {
			t.Errorf("the link leads to %d %v", status, head)
		}
		admin.refused("DELETE", path+"/photos/"+shown[0].at("id"), nil, 403, "auth.forbidden")
		admin.post(path+"/callback", object{"answered": true, "resolved": false, "satisfaction": "unsatisfied", "note": "又灭了"})
		again := resident.post(path+"/reopen", object{"reason": "又不亮了"})
		if again.at("owner", "id") == officer.ID || again.at("owner", "id") == "" || again.at("reopens") != "1" {
			t.Fatalf("reopened: %v", again)
		}
		life(t, s, path, again.at("owner", "id"))
		resident.post(path+"/rate", object{"satisfaction": "satisfied", "resolved": true})
		if closed := admin.post(path+"/close", nil); closed.at("status") != "closed" {
			t.Fatalf("closed: %v", closed)
		}
		steps := resident.get(path + "/steps").list()
		for i, step := range steps {
			if step.at("owner", "id") == "" || i > 0 && step.at("owner_before", "id") != steps[i-1].at("owner", "id") {
				t.Errorf("nobody owned it at step %d: %v", i, step)
			}
		}
	})
}

// life has the owner of an accepted matter do it.
func life(t *testing.T, s *server, path, owner string) {
	t.Helper()
	who := s.holder(t, owner)
	who.post(path+"/contact", object{})
	who.post(path+"/start", nil)
	who.post(path+"/finish", object{"result": "换了新灯"})
}

// holder logs in as the officer of an id.
func (s *server) holder(t *testing.T, id string) *person {
	t.Helper()
	for _, handle := range []string{"admin-1", "street-1", "gridworker-1", "gridworker-2", "gridworker-3", "gridworker-4", "gridworker-5", "gridworker-6"} {
		if p := s.login(t, handle); p.ID == id {
			return p
		}
	}
	t.Fatalf("nobody of the demo is %s", id)
	return nil
}

package stories

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// homeOf returns a household that a grid worker looks after and nobody of the stories has touched, the i-th.
func homeOf(p *person, i int) object {
	p.t.Helper()
	homes := p.get("/register/households?limit=100").list()
	if i >= len(homes) {
		p.t.Fatalf("the worker looks after %d households", len(homes))
	}
	return homes[i]
}

// flag marks a household, and returns the flag.
func flag(p *person, household, scheme, source string) object {
	p.t.Helper()
	return p.post("/households/"+household+"/flags", object{
		"scheme": scheme, "source": source, "reason": "上门核实", "consent": object{"method": "in_person"},
	})
}

// ids lists the ids of items.
func ids(items []object) (found []string) {
	for _, item := range items {
		found = append(found, item.at("id"))
	}
	return found
}

// TestStory_Grid is row 4 (网格、包保到户): a grid worker forms a team, gives its people households to answer for, and
// visits those that are due; a worker of another grid is told nothing of it.
func TestStory_Grid(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		worker, sibling := s.login(t, "gridworker-1"), s.login(t, "gridworker-2")
		grid := worker.get("/units?kind=grid&limit=100").list()[0].at("id")
		homes := worker.get("/register/households?unassigned=true&limit=100").list()
		if len(homes) < 4 {
			t.Fatalf("%d households", len(homes))
		}
		home, next := homes[0].at("id"), homes[1].at("id")
		leader, helper := s.login(t, "party-3"), s.login(t, "resident-9")

		team := worker.post("/service-teams", object{"unit_id": grid, "kind": "help", "name": "户助服务队（故事）", "leader_id": leader.ID, "members": []string{helper.ID}})
		worker.refused("POST", "/service-teams", object{"unit_id": grid, "kind": "help", "name": "户助服务队（故事）", "leader_id": leader.ID}, 409, "duplicate")
		sibling.refused("POST", "/service-teams", object{"unit_id": grid, "kind": "help", "name": "越界", "leader_id": leader.ID}, 403, "auth.forbidden")

		charge := worker.put("/households/"+home+"/responsible", object{"team_id": team.at("id")})
		if charge.at("member", "id") != leader.ID {
			t.Errorf("the team's leader does not answer: %v", charge)
		}
		worker.refused("PUT", "/households/"+home+"/responsible", object{"member_id": helper.ID}, 409, "version.stale")
		worker.put("/households/"+home+"/responsible", object{"member_id": helper.ID, "team_id": team.at("id"), "replaces": charge.at("id")})
		if history := worker.get("/households/" + home + "/responsible").list(); len(history) != 2 || history[0].at("member", "id") != helper.ID {
			t.Errorf("who answered: %v", history)
		}
		if found := ids(worker.get("/register/households?responsible=" + helper.ID).list()); !slices.Equal(found, []string{home}) {
			t.Errorf("the helper answers for %v", found)
		}
		if free := ids(worker.get("/register/households?unassigned=true&limit=100").list()); slices.Contains(free, home) || !slices.Contains(free, next) {
			t.Errorf("without anybody: %v", free)
		}
		mine := helper.get("/register/mine").list()
		if len(mine) != 1 || mine[0].at("household_id") != home || strings.Contains(mine[0].at("building", "name"), "单元") {
			t.Errorf("the helper sees %v", mine)
		}
		dueVisits(t, s, worker, helper, home, next)

		sibling.refused("GET", "/households/"+home, nil, 403, "auth.forbidden")
		sibling.refused("POST", "/households/"+home+"/visits", object{"outcome": "met"}, 403, "auth.forbidden")
		if seen := ids(sibling.get("/register/due-visits?limit=100").list()); slices.Contains(seen, next) {
			t.Error("a sibling is told whom to visit here")
		}
	})
}

// dueVisits has two households flagged long ago come up by their last visit, and go down again when somebody was there.
func dueVisits(t *testing.T, s *server, worker, helper *person, home, next string) {
	t.Helper()
	flag(worker, home, "yellow", "走访")
	flag(worker, next, "yellow", "走访")
	for household, days := range map[string]int{home: 200, next: 100} {
		worker.post("/households/"+household+"/visits", object{"outcome": "met", "visited_at": hence(-time.Duration(days) * 24 * time.Hour)})
	}
	order := func() []string {
		return slices.DeleteFunc(ids(worker.get("/register/due-visits?overdue=true&limit=100").list()), func(id string) bool { return id != home && id != next })
	}
	if got := order(); !slices.Equal(got, []string{home, next}) {
		t.Errorf("overdue: %v, want %v", got, []string{home, next})
	}
	worker.refused("POST", "/households/"+home+"/visits", object{"outcome": "met", "visited_at": hence(time.Hour)}, 422, "household_visit.time_invalid")
	worker.post("/households/"+home+"/visits", object{"outcome": "not_home"})
	if got := order(); len(got) != 2 {
		t.Errorf("nobody was at home, and overdue are %v", got)
	}
	helper.post("/households/"+home+"/visits", object{"outcome": "met", "note": "一切都好", "next_need": "换灯泡"})
	worker.post("/households/"+next+"/visits", object{"outcome": "met", "checklist": []object{{"item": "检查消防和用电安全", "done": true}}})
	if got := order(); len(got) != 0 {
		t.Errorf("both were visited, and overdue are %v", got)
	}
	if visits := worker.get("/households/" + home + "/visits").list(); len(visits) != 3 || visits[0].at("visitor", "id") != helper.ID {
		t.Errorf("visits: %v", visits)
	}
}

// TestStory_Colours is row 5 (分级分色): what the colours mean is the community's, a flag says where it comes from and ends
// within a year, blue is read for a purpose and each read is noted, no resident sees a colour, and the map hides small cells.
func TestStory_Colours(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		admin, worker := s.login(t, "admin-1"), s.login(t, "gridworker-1")
		home := homeOf(worker, 6).at("id")
		path := "/households/" + home

		worker.refused("POST", path+"/flags", object{"scheme": "red", "reason": "党员家庭"}, 422, "flag.no_source")
		worker.refused("POST", path+"/flags", object{"scheme": "red", "source": "走访", "reason": "党员家庭", "expires_at": hence(400 * 24 * time.Hour)}, 422, "flag.expiry_invalid")
		worker.refused("POST", path+"/flags", object{"scheme": "mauve", "source": "走访", "reason": "党员家庭"}, 422, "flag_scheme.unknown")
		for _, scheme := range []string{"red", "blue", "yellow"} {
			had := slices.ContainsFunc(worker.get(path+"?purpose=prepare").records("flags"), func(f object) bool { return f.at("scheme") == scheme })
			if !had {
				flag(worker, home, scheme, "民政和党组织名单")
			}
			worker.refused("POST", path+"/flags", object{"scheme": scheme, "source": "走访", "reason": "重复", "consent": object{"method": "phone"}}, 409, "flag.already_set")
		}
		blue := wantColours(t, worker, path)
		worker.post(path+"/flags/"+blue+"/clear", object{"reason": "已脱贫"})
		worker.refused("POST", path+"/flags/"+blue+"/review", object{"source": "走访", "reason": "再看"}, 409, "flag.state")

		scheme := admin.get("/flag-schemes").list()[0]
		admin.refused("DELETE", "/flag-schemes/"+scheme.at("code"), nil, 409, "flag_scheme.used")
		worker.refused("DELETE", "/flag-schemes/"+scheme.at("code"), nil, 403, "auth.forbidden")
		reads := admin.get("/register/reads?unit_id=" + home).list()
		if len(reads) == 0 || reads[0].at("purpose") != "visit" || reads[0].at("reader", "id") != worker.ID {
			t.Errorf("who read what: %v", reads)
		}
		wantNoColours(t, s, path)
		wantMap(t, s, admin)
	})
}

// records returns a list within an answer.
func (o object) records(name string) []object { return object{"items": o[name]}.list() }

// wantColours wants blue shown for a purpose only, and returns that flag.
func wantColours(t *testing.T, worker *person, path string) (blue string) {
	t.Helper()
	seen := func(record object) (codes []string) {
		for _, f := range record.records("flags") {
			if codes = append(codes, f.at("scheme")); f.at("scheme") == "blue" {
				blue = f.at("id")
			}
		}
		return codes
	}
	if got := seen(worker.get(path)); slices.Contains(got, "blue") || !slices.Contains(got, "red") || !slices.Contains(got, "yellow") {
		t.Errorf("without a purpose: %v", got)
	}
	if got := seen(worker.get(path + "?purpose=visit")); !slices.Contains(got, "blue") {
		t.Errorf("for a purpose: %v", got)
	}
	return blue
}

// wantNoColours wants residents, the people of a sibling grid and the street told of no household's colour.
func wantNoColours(t *testing.T, s *server, path string) {
	t.Helper()
	for _, handle := range []string{"resident-1", "party-1", "organizer-1", "street-1", "auditor-1", "gridworker-2"} {
		p := s.login(t, handle)
		for _, what := range []string{"", "?purpose=look", "/flags", "/visits"} {
			p.refused("GET", path+what, nil, 403, "auth.forbidden")
		}
		p.refused("POST", path+"/flags", object{"scheme": "red", "source": "听说", "reason": "听说"}, 403, "auth.forbidden")
	}
	resident := s.login(t, "resident-1")
	for _, list := range []string{"/flag-schemes", "/map", "/map.svg", "/register/households", "/register/due-visits", "/register/reviews", "/register/reads"} {
		resident.refused("GET", list, nil, 403, "auth.forbidden")
	}
}

// wantMap wants small cells hidden from the street, and no unit told to it; an admin sees them for a purpose.
func wantMap(t *testing.T, s *server, admin *person) {
	t.Helper()
	street := s.login(t, "street-1")
	street.refused("GET", "/map?by=unit", nil, 403, "auth.forbidden")
	whole, public := admin.get("/map?purpose=check"), street.get("/map?purpose=check")
	hidden := 0
	for i, place := range public.records("places") {
		truths := whole.records("places")[i].records("cells")
		for k, cell := range place.records("cells") {
			count, shown := cell["count"].(float64)
			if truth, known := truths[k]["count"].(float64); !known || shown && (count < 5 || count != truth) {
				t.Errorf("%s: the street sees %v, there are %v", place.at("place", "name"), cell, truths[k])
			}
			if !shown {
				hidden++
			}
		}
	}
	if hidden == 0 {
		t.Error("nothing is hidden from the street")
	}
	status, head, picture := street.call(http.MethodGet, "/map.svg", nil)
	if status != http.StatusOK || head.Get("Content-Type") != "image/svg+xml" || !strings.Contains(string(picture), "党员户") {
		t.Errorf("the picture: %d %s %.80s", status, head.Get("Content-Type"), picture)
	}
}

// TestStory_FourClear is row 6 (四清): what is known of a household follows from what was written down, conduct being only
// that somebody was there; what is missing is named until it is there.
func TestStory_FourClear(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		worker := s.login(t, "gridworker-1")
		home := homeOf(worker, 9).at("id")
		path := "/households/" + home
		record := worker.get(path)
		if record.at("four_clear", "conduct", "clear") != "false" || record.at("four_clear", "needs", "clear") != "false" {
			t.Errorf("at first: %v", record["four_clear"])
		}
		for _, m := range record.records("members") {
			if _, told := m["phone"]; told || !strings.Contains(m.at("display_name"), "*") {
				t.Errorf("a member is shown as %v", m)
			}
		}
		worker.refused("PUT", path, object{"kind": "自住", "occupancy": "owner", "version": 999}, 409, "version.stale")
		record = worker.put(path, object{"kind": "自住", "occupancy": "owner", "version": record["version"]})
		if record.at("four_clear", "facts", "clear") != "true" {
			t.Errorf("with its facts: %v", record["four_clear"])
		}
		note := worker.post(path+"/notes", object{"kind": "need", "text": "代买药"})
		worker.post(path+"/notes", object{"kind": "health", "text": "每周透析"})
		worker.put(path+"/notes/"+note.at("id"), object{"text": "代买药，已安排", "closed": true, "version": note["version"]})
		worker.post(path+"/visits", object{"outcome": "met"})
		record = worker.get(path)
		for _, part := range []string{"facts", "conduct", "needs"} {
			if record.at("four_clear", part, "clear") != "true" {
				t.Errorf("%s is not clear: %v", part, record["four_clear"])
			}
		}
		if notes := record.records("notes"); len(notes) != 1 || record.at("withheld") != "true" {
			t.Errorf("without a purpose: %v", notes)
		}
		if notes := worker.get(path + "?purpose=care").records("notes"); len(notes) != 2 {
			t.Errorf("for a purpose: %v", notes)
		}
		for _, line := range worker.get("/register/households?limit=100").list() {
			if line.at("id") == home && line.at("four_clear", "needs", "clear") != "true" {
				t.Errorf("in the list: %v", line)
			}
		}
		exported(t, s)
	})
}

// exported has an admin take the register of a grid home, for a purpose, and finds that noted.
func exported(t *testing.T, s *server) {
	t.Helper()
	admin, worker := s.login(t, "admin-1"), s.login(t, "gridworker-1")
	grid := worker.get("/units?kind=grid&limit=100").list()[0].at("id")
	admin.refused("GET", "/register/export.xlsx?unit_id="+grid, nil, 422, "register.purpose_required")
	worker.refused("GET", "/register/export.xlsx?purpose=print&unit_id="+grid, nil, 403, "auth.forbidden")
	status, _, file := admin.call(http.MethodGet, "/register/export.xlsx?purpose=quarterly&unit_id="+grid, nil)
	if status != http.StatusOK || !strings.HasPrefix(string(file), "PK") {
		t.Errorf("the export: %d", status)
	}
	reads := admin.get("/register/reads?unit_id=" + grid).list()
	if len(reads) == 0 || reads[0].at("what") != "export" || reads[0].at("purpose") != "quarterly" {
		t.Errorf("the export is not noted: %v", reads)
	}
}

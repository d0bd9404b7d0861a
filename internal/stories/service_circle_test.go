package stories

import "testing"

// TestStory_ServiceCircle is row 15 (10分钟党建服务圈): the community has service points with their hours, and somebody sees
// which of them are within ten minutes of their home.
func TestStory_ServiceCircle(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		admin, resident := s.login(t, "admin-1"), s.login(t, "resident-5")
		building := admin.buildingOf(resident)
		always := []object{}
		for weekday := 1; weekday <= 7; weekday++ {
			always = append(always, object{"weekday": weekday, "from": "00:00", "to": "24:00"})
		}
		point := object{"kind": "good_neighbour", "name": "睦邻点（故事）", "address": "架空层", "services": []string{"量血压"}, "hours": always, "open_on_holidays": true, "unit_id": admin.Home}
		resident.refused("POST", "/service-points", point, 403, "auth.forbidden")
		admin.refused("POST", "/service-points", with(point, "hours", []object{{"weekday": 1, "from": "10:00", "to": "09:00"}}), 422, "validation")
		admin.refused("POST", "/service-points", with(point, "position", object{"lat": 25, "lng": 999}), 422, "validation")
		near := admin.post("/service-points", with(point, "position", object{"lat": 24.503, "lng": 118.1})).at("id")
		far := admin.post("/service-points", with(with(with(point, "name", "远处的中心（故事）"), "position", object{"lat": 24.6, "lng": 118.1}), "hours", []object{})).at("id")
		admin.refused("POST", "/service-points", point, 409, "duplicate")

		before := resident.circle()
		if n := before[near]; n == nil || n.at("near", "walk_minutes") != "" || n.at("near", "within") != "false" {
			t.Errorf("a home without a position is near to %v", n)
		}
		resident.refused("PUT", "/units/"+building+"/position", object{"lat": 24.5, "lng": 118.1}, 403, "auth.forbidden")
		admin.put("/units/"+building+"/position", object{"lat": 24.5, "lng": 118.1})
		after := resident.circle()
		if n := after[near]; n.at("near", "walk_minutes") != "6" || n.at("near", "estimated") != "true" || n.at("near", "within") != "true" || n.at("open_now") != "true" {
			t.Errorf("got %v", n)
		}
		if n := after[far]; n.at("near", "within") != "false" || n.at("open_now") != "false" {
			t.Errorf("got %v", n)
		}
		if list := resident.get("/service-points?kind=good_neighbour&limit=100").list(); len(list) < 2 {
			t.Errorf("the points are %v", list)
		}
	})
}

// circle returns the points around somebody's home by id.
func (p *person) circle() map[string]object {
	p.t.Helper()
	found := map[string]object{}
	for _, point := range p.get("/service-circle").list() {
		found[point.at("id")] = point
	}
	return found
}

// buildingOf returns the building that somebody lives in: the parent of their unit.
func (p *person) buildingOf(who *person) string {
	p.t.Helper()
	return p.parents("unit")[who.get("/me").at("unit", "id")]
}

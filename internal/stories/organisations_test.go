package stories

import "testing"

// TestStory_Organisations is row 8 (一心四翼五联): the community's bodies are known to everybody in it, each acts through its
// officers, and what they undertake together has a lead and a duty for each.
func TestStory_Organisations(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		admin, resident := s.login(t, "admin-1"), s.login(t, "resident-1")
		body := object{"kind": "property_company", "name": "安心物业（故事）", "duties": "维修、保洁", "phone": "0592-1234567", "unit_id": admin.Home}
		resident.refused("POST", "/organisations", body, 403, "auth.forbidden")
		property := admin.post("/organisations", body).at("id")
		admin.refused("POST", "/organisations", body, 409, "duplicate")
		admin.post("/organisations/"+property+"/officers", object{"member_id": resident.ID})
		officers := resident.get("/organisations/" + property + "/officers").list()
		if len(officers) != 1 || officers[0].at("member", "id") != resident.ID {
			t.Errorf("the officers are %v", officers)
		}
		playUndertaking(t, s, admin, resident, property)
	})
}

// playUndertaking has a school and the property company, whose officer is given, share a duty.
func playUndertaking(t *testing.T, s *server, admin, officer *person, property string) {
	teacher, other := s.login(t, "resident-2"), s.login(t, "resident-3")
	school := admin.post("/organisations", object{"kind": "local_unit", "name": "实验小学（故事）", "unit_id": admin.Home}).at("id")
	admin.post("/organisations/"+school+"/officers", object{"member_id": teacher.ID})
	body := object{
		"kind": "matter", "way": "责任联担", "title": "校门口停车", "lead": object{"organisation_id": property, "duty": "划线、值守"},
		"partners": []object{{"organisation_id": school, "duty": "错峰放学"}},
	}
	other.refused("POST", "/undertakings", body, 403, "organisation.not_officer")
	officer.refused("POST", "/undertakings", with(body, "partners", []object{{"organisation_id": property, "duty": "又一份"}}), 422, "validation")
	path := "/undertakings/" + officer.post("/undertakings", body).at("id")
	if !teacher.told("undertaking") {
		t.Error("the partner's officer is not told")
	}
	officer.refused("POST", path+"/partners/"+school+"/accept", nil, 403, "organisation.not_officer")
	if got := teacher.post(path+"/partners/"+school+"/accept", nil); got.at("status") != "active" {
		t.Errorf("got %v", got)
	}
	teacher.refused("POST", path+"/partners/"+school+"/accept", nil, 409, "undertaking.state")
	teacher.post(path+"/partners/"+school+"/notes", object{"body": "一二年级 16:20 放学"})
	officer.refused("POST", path+"/finish", object{"reason": "不堵了"}, 409, "undertaking.duties_open")
	teacher.post(path+"/partners/"+school+"/done", nil)
	officer.post(path+"/partners/"+property+"/done", nil)
	teacher.refused("POST", path+"/finish", object{"reason": "不堵了"}, 403, "organisation.not_officer")
	officer.post(path+"/finish", object{"reason": "不堵了"})
	if got := other.get(path); got.at("status") != "done" || got.at("result") != "不堵了" {
		t.Errorf("got %v", got)
	}
	if mine := other.get("/undertakings?organisation_id=" + school).list(); len(mine) != 1 {
		t.Errorf("the school undertakes %v", mine)
	}
}

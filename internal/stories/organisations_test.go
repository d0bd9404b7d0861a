package stories

import "testing"

// TestStory_Organisations is row 8 (一心四翼五联): the community's bodies are known to everybody in it, and each acts through
// its officers.
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
	})
}

package stories

import (
	"testing"
	"time"
)

// TestStory_Tiers is row 11 (小事不出网格、大事不出社区、难事不出街道): a small thing is solved in the grid; one beyond its power goes
// up to the community, which calls units to it, and up to the street, which gives it back; each tier has a clock of its own.
func TestStory_Tiers(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		admin, street := s.login(t, "admin-1"), s.login(t, "street-1")
		resident, officer := s.login(t, "resident-31"), s.login(t, "resident-32")
		unit := directory(t, admin, officer, "安居物业（层级）")
		small := resident.post("/matters", object{"category": "neighbours", "title": "楼上太吵"})
		worker := s.holder(t, small.at("owner", "id"))
		worker.refused("POST", "/matters/"+small.at("id")+"/finish", object{"result": "劝好了"}, 422, "validation")
		if solved := worker.post("/matters/"+small.at("id")+"/finish", object{"result": "劝好了", "evidence": []string{"双方签字"}}); solved.at("tier") != "grid" || solved.at("status") != "done" {
			t.Errorf("solved: %v", solved)
		}
		path := "/matters/" + resident.post("/matters", object{"category": "facilities", "title": "整条路没有灯"}).at("id")
		grid := worker.post(path+"/accept", nil)
		call := object{"organisations": []string{unit}, "task": "现场查看", "report_by": hence(time.Hour), "due_at": hence(3 * time.Hour)}
		admin.refused("POST", path+"/whistle", call, 409, "matter.whistle_tier")
		up := worker.post(path+"/escalate", object{"cause": "beyond_power", "reason": "要停电施工"})
		if up.at("tier") != "community" || up.at("owner", "id") != worker.ID || up.at("proposed", "id") != admin.ID || up.at("tier_due_at") <= grid.at("tier_due_at") {
			t.Errorf("up: %v", up)
		}
		if taken := admin.post(path+"/accept-handover", nil); taken.at("owner", "id") != admin.ID {
			t.Errorf("taken: %v", taken)
		}
		admin.post(path+"/whistle", call)
		officer.post(path+"/report-in", nil)
		officer.refused("POST", path+"/report-in", nil, 409, "matter.whistle_state")
		officer.post(path+"/co-finish", object{"result": "已查明线路"})
		admin.post(path+"/escalate", object{"cause": "beyond_power", "reason": "要供电公司配合"})
		admin.refused("POST", path+"/descend", object{"reason": "退回"}, 403, "auth.forbidden")
		if down := street.post(path+"/descend", object{"reason": "已协调供电公司"}); down.at("tier") != "community" || down.at("owner", "id") != admin.ID {
			t.Errorf("down: %v", down)
		}
		life(t, s, path, admin.ID)
		admin.post(path+"/rate-whistle", object{"organisation_id": unit, "rating": 5})
		officer.post(path+"/rate-whistle", object{"rating": 4})
		if here := admin.get("/matters?tier=community&status=done").list(); len(here) == 0 {
			t.Error("the list of the tier is empty")
		}
		if elsewhere := s.login(t, "resident-33").get("/matters?tier=community").list(); len(elsewhere) != 0 {
			t.Errorf("a resident lists others' matters: %v", elsewhere)
		}
	})
}

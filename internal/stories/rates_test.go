package stories

import (
	"strconv"
	"testing"
)

// TestStory_Rates is rows 9 and 11 as numbers (三率、违诺追究): a matter is closed and counted, each number is the length of its
// list; papers that were asked for twice are a breach, which the owner explains, a leader decides on, and a third on the
// appeal.
func TestStory_Rates(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		admin, street, resident := s.login(t, "admin-1"), s.login(t, "street-1"), s.login(t, "resident-38")
		path := "/matters/" + resident.post("/matters", object{"category": "neighbours", "title": "楼道堆物"}).at("id")
		worker := s.holder(t, admin.get(path).at("owner", "id"))
		worker.post(path+"/accept", nil)
		life(t, s, path, worker.ID)
		resident.post(path+"/rate", object{"satisfaction": "satisfied", "resolved": true})
		closed := admin.post(path+"/close", nil)
		month := closed.at("closed_at")[:len("2026-11")]
		resident.refused("GET", "/matters/rates?month="+month, nil, 403, "auth.forbidden")
		report := admin.get("/matters/rates?month=" + month + "&by=category")
		found := false
		for _, line := range report.list() {
			for _, measure := range []string{"response", "resolution", "satisfaction", "within_tier"} {
				for _, part := range []string{"numerator", "denominator"} {
					rows := admin.get("/matters/rates/list?limit=100&month=" + month + "&by=category&key=" + line.at("key") + "&measure=" + measure + "&part=" + part).list()
					if want := line.at(measure, part); want != strconv.Itoa(len(rows)) {
						t.Errorf("%s of %s in %s: %s, and the list has %d", part, measure, line.at("key"), want, len(rows))
					}
				}
			}
			if line.at("key") == "neighbours" {
				found = line.at("satisfaction", "numerator") != "0"
			}
		}
		if !found {
			t.Errorf("the matter is not counted: %v", report)
		}
		second := "/matters/" + resident.post("/matters", object{"category": "papers", "title": "开证明"}).at("id")
		worker = s.holder(t, admin.get(second).at("owner", "id"))
		worker.post(second+"/accept", nil)
		for range 2 {
			worker.post(second+"/pause", object{"reason": "缺材料", "papers": true})
			worker.post(second+"/resume", nil)
		}
		mine := worker.get("/breaches?mine=true&kind=papers_twice&matter_id=" + second[len("/matters/"):]).list()
		if len(mine) != 1 {
			t.Fatalf("breaches: %v", mine)
		}
		breach := "/breaches/" + mine[0].at("id")
		resident.refused("GET", breach, nil, 404, "not_found")
		admin.refused("POST", breach+"/decide", object{"uphold": true, "reason": "应一次告知"}, 409, "breach.unexplained")
		worker.post(breach+"/explain", object{"text": "清单有误"})
		admin.post(breach+"/decide", object{"uphold": true, "reason": "应一次告知"})
		worker.post(breach+"/appeal", object{"text": "清单由社区提供"})
		admin.refused("POST", breach+"/decide-appeal", object{"uphold": true, "reason": "维持"}, 403, "breach.own_decision")
		if over := street.post(breach+"/decide-appeal", object{"uphold": false, "reason": "清单确有误"}); over.at("status") != "cancelled" {
			t.Errorf("decided: %v", over)
		}
	})
}

package stories

import (
	"strconv"
	"testing"
)

// TestStory_Rates is rows 9 and 11 as numbers (三率): a matter is closed and counted, and each number is the length of its list.
func TestStory_Rates(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		admin, resident := s.login(t, "admin-1"), s.login(t, "resident-38")
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
	})
}

package stories

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"linbanglin/model"
)

// TestStory_Birthdays is the visit list of 十助: all over 80 with a birthday this month in the second area are visited, by
// volunteers who get their own visits and never the list; of whom no month is known the organizer is told the number.
func TestStory_Birthdays(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		admin, volunteer := s.login(t, "admin-1"), s.login(t, "party-5")
		areas := admin.get("/units?kind=area&limit=100").list()
		if len(areas) < 2 {
			t.Fatalf("%d areas", len(areas))
		}
		campaign := "/campaigns/" + admin.post("/campaigns", object{
			"theme": "lao", "title": "八十以上生日走访（故事）", "starts_at": hence(-time.Minute), "ends_at": hence(time.Hour), "scope_unit_id": admin.Home, "budget": 0,
			"rules": object{"points_per_checkin": 0},
		}).at("id")
		admin.post(campaign+"/publish", nil)
		asked := func(more object) (matching, unknown int) {
			body := object{"min_age": 80, "unit_id": areas[1].at("id"), "preview": true}
			for k, v := range more {
				body[k] = v
			}
			got := admin.post(campaign+"/visits/from-register", body)
			matching, _ = strconv.Atoi(got.at("matching"))
			unknown, _ = strconv.Atoi(got.at("month_unknown"))
			return matching, unknown
		}
		all, _ := asked(nil)
		months, sum, left := make([]int, 13), 0, 0
		for month := 1; month <= 12; month++ {
			months[month], left = asked(object{"birthday_month": month})
			sum += months[month]
		}
		if sum == 0 || left == 0 || sum+left != all {
			t.Errorf("%d over 80: %v by month and %d of no known month", all, months, left)
		}
		before := time.Now()
		this, _ := asked(object{"birthday_this_month": true})
		if this != monthOf(months, before) && this != monthOf(months, time.Now()) {
			t.Errorf("%d have a birthday this month, by month %v", this, months)
		}
		month := slices.IndexFunc(months, func(n int) bool { return n > 0 })
		if month < 1 {
			t.Fatalf("nobody over 80 has a birthday: %v", months)
		}
		admin.post(campaign+"/visits/from-register", object{"min_age": 80, "unit_id": areas[1].at("id"), "birthday_month": month})
		volunteer.refused("GET", campaign+"/visits", nil, 403, "auth.forbidden")
		volunteer.post(campaign+"/signups", nil)
		admin.post(campaign+"/visits/assign", object{"max_per_volunteer": 1})
		mine := 0
		for _, v := range volunteer.get("/visits/me").list() {
			if fmt.Sprint("/campaigns/", v.at("campaign_id")) == campaign {
				mine++
			}
		}
		if mine != 1 {
			t.Errorf("the volunteer has %d visits of %d", mine, months[month])
		}
	})
}

// monthOf returns the number of the month that it is in Shanghai.
func monthOf(months []int, at time.Time) int { return months[model.InstantOf(at).Time().Month()] }

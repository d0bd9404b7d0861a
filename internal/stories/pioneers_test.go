package stories

import (
	"testing"
	"time"
)

// TestStory_Pioneers is row 16 (先锋岗、十个一、定期活动): a pioneer post is proposed by one and approved by another, shown
// beside the quarter's pioneers, and revoked with a reason; a series makes its campaigns by itself; and the dashboard counts.
func TestStory_Pioneers(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		admin, holder, resident := s.login(t, "admin-1"), s.login(t, "party-3"), s.login(t, "resident-6")
		branch, members := admin.comrades()
		second := s.login(t, "party-4")
		admin.post("/members/"+second.ID+"/roles", object{"role": "branch_secretary", "unit_id": admin.Home})
		if branch == "" || len(members) == 0 {
			t.Fatal("there is no branch")
		}
		body := object{
			"unit_id": admin.Home, "holder_id": holder.ID, "place": "党群服务中心窗口", "title": "服务先锋岗", "from": "2020-01-01", "to": "2020-12-31", "reason": "每天第一个到岗", "basis": "支部大会 1 月决议",
		}
		resident.refused("POST", "/pioneer-posts", body, 403, "auth.forbidden")
		admin.refused("POST", "/pioneer-posts", with(body, "to", "2019-01-01"), 422, "period.days")
		post := admin.post("/pioneer-posts", body).at("id")
		admin.refused("POST", "/pioneer-posts/"+post+"/approve", nil, 403, "pioneer_post.own")
		second.post("/pioneer-posts/"+post+"/approve", nil)
		if !resident.honours(post) || !holder.told("pioneer_post") {
			t.Error("the post is not published, or its holder not told")
		}
		if list := resident.get("/honours"); list.at("pioneers", "title") == "" {
			t.Errorf("the quarter's pioneers are not in the list: %v", list)
		}
		holder.get("/me/honours")
		second.refused("POST", "/pioneer-posts/"+post+"/revoke", object{"reason": " "}, 422, "validation")
		second.post("/pioneer-posts/"+post+"/revoke", object{"reason": "调离岗位"})
		if resident.honours(post) {
			t.Error("a post that was revoked is shown")
		}
		playSeries(t, admin, resident)
		playDashboards(t, s, admin, resident)
	})
}

// honours reports whether a post is in the list of honours.
func (p *person) honours(post string) bool {
	p.t.Helper()
	for _, h := range p.get("/honours?limit=100").list() {
		if h.at("id") == post {
			return true
		}
	}
	return false
}

// playSeries has a campaign come again (爱心便民).
func playSeries(t *testing.T, admin, resident *person) {
	begins := time.Now().Add(48 * time.Hour).Truncate(time.Hour)
	series := admin.post("/campaign-series", object{
		"theme": "lao", "title": "爱心便民（故事）", "starts_at": begins.Format(time.RFC3339), "ends_at": begins.Add(2 * time.Hour).Format(time.RFC3339), "scope_unit_id": admin.Home,
		"budget": 0, "rules": object{"points_per_checkin": 0}, "rrule": "FREQ=WEEKLY;COUNT=10", "auto_publish": true,
	})
	if series.at("words") == "" {
		t.Errorf("the rule is not told in words: %v", series)
	}
	eventually(t, "the series makes its campaigns", func() bool {
		made := 0
		for _, c := range resident.get("/campaigns?limit=100").list() {
			if c.at("title") == "爱心便民（故事）" {
				made++
			}
		}
		return made == 2 // within the next fourteen days
	})
}

// playDashboards reads the tiers.
func playDashboards(t *testing.T, s *server, admin, resident *person) {
	resident.refused("GET", "/dashboard", nil, 403, "auth.forbidden")
	worker, street := s.login(t, "gridworker-1"), s.login(t, "street-1")
	worker.refused("GET", "/dashboard", nil, 403, "auth.forbidden")
	whole, above := admin.get("/dashboard"), street.get("/dashboard?tier=street")
	if whole.at("tier") != "community" || above.at("tier") != "street" {
		t.Errorf("got %v and %v", whole, above)
	}
	figures := map[string]string{}
	for _, f := range whole.items("figures") {
		figures[f.at("code")] = f.at("value")
	}
	if figures["members"] == "0" || figures["members"] == "" || figures["campaigns"] == "" || figures["points_earned"] == "" {
		t.Errorf("the figures are %v", figures)
	}
}

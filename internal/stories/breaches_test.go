package stories

import (
	"strconv"
	"strings"
	"testing"
)

// TestStory_Breaches is row 9 (违诺追究): papers that were asked for twice are a breach by themselves, which the owner
// explains, a leader decides on, and a third on the appeal. What was given for the matter is kept when the appeal is won; when it
// is lost the points are taken back with the decision, and cannot be given again.
func TestStory_Breaches(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		admin, street, resident := s.login(t, "admin-1"), s.login(t, "street-1"), s.login(t, "resident-39")
		worker, matter, breach := brokenPromise(t, s, admin, resident)
		before := points(worker)
		give := object{"member_id": worker.ID, "amount": 20, "code": "ADJUST", "matter_id": matter, "memo": "连夜办理"}
		admin.post("/points/awards", give)
		resident.refused("GET", breach, nil, 404, "not_found")
		admin.refused("POST", breach+"/decide", object{"uphold": true, "reason": "应一次告知"}, 409, "breach.unexplained")
		appealed(worker, admin, breach)
		admin.refused("POST", breach+"/decide-appeal", object{"uphold": false, "reason": "维持"}, 403, "breach.own_decision")
		if over := street.post(breach+"/decide-appeal", object{"uphold": false, "reason": "清单确有误"}); over.at("status") != "cancelled" {
			t.Errorf("decided: %v", over)
		}
		if has := points(worker); has != before+20 {
			t.Errorf("who won has %d points, want %d", has, before+20)
		}
		worker, matter, breach = brokenPromise(t, s, admin, resident)
		before = points(worker)
		give["member_id"], give["matter_id"] = worker.ID, matter
		given := admin.post("/points/awards", give)
		appealed(worker, admin, breach)
		if over := street.post(breach+"/decide-appeal", object{"uphold": true, "reason": "清单没有误"}); over.at("status") != "confirmed" {
			t.Errorf("decided: %v", over)
		}
		if has := points(worker); has != before {
			t.Errorf("who lost has %d points, want %d", has, before)
		}
		admin.refused("POST", "/points/awards", give, 409, "breach.forfeited")
		admin.refused("POST", "/points/transfers/"+given.at("transfer_id")+"/reverse", object{"reason": "再冲一次"}, 409, "points.already_reversed")
		for _, notice := range worker.get("/notices?limit=100").list() {
			if notice.at("title") == "违诺决定已生效" && strings.Contains(notice.at("body"), "20 积分已收回") {
				return
			}
		}
		t.Error("nobody told the worker")
	})
}

// brokenPromise has papers asked for twice, and returns who answers for it, the matter and the path of the breach.
func brokenPromise(t *testing.T, s *server, admin, resident *person) (worker *person, matter, breach string) {
	t.Helper()
	matter = resident.post("/matters", object{"category": "papers", "title": "开证明"}).at("id")
	path := "/matters/" + matter
	worker = s.holder(t, admin.get(path).at("owner", "id"))
	worker.post(path+"/accept", nil)
	for range 2 {
		worker.post(path+"/pause", object{"reason": "缺材料", "papers": true})
		worker.post(path+"/resume", nil)
	}
	mine := worker.get("/breaches?mine=true&kind=papers_twice&matter_id=" + matter).list()
	if len(mine) != 1 {
		t.Fatalf("breaches: %v", mine)
	}
	return worker, matter, "/breaches/" + mine[0].at("id")
}

// appealed has a breach explained, upheld and appealed against.
func appealed(worker, admin *person, breach string) {
	worker.post(breach+"/explain", object{"text": "清单有误"})
	admin.post(breach+"/decide", object{"uphold": true, "reason": "应一次告知"})
	worker.post(breach+"/appeal", object{"text": "清单由社区提供"})
}

// points tells how many somebody has.
func points(p *person) int64 {
	p.t.Helper()
	n, err := strconv.ParseInt(p.get("/points/me").at("available"), 10, 64)
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

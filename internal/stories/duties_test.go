package stories

import (
	"strings"
	"testing"
	"time"
)

// TestStory_Duties is row 9 (360 工作法): who is asked first owns a matter until somebody accepts it; what is promised is
// public; more time is asked before the deadline and granted by somebody else; a no takes effect when a leader has agreed,
// and is told in writing; an errand costs nothing and everything comes back.
func TestStory_Duties(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		admin, officer := s.login(t, "admin-1"), s.login(t, "resident-22")
		directory(t, admin, officer, "安居物业（职责）")
		migrant := s.login(t, "resident-21")
		stranger := &person{t: t, s: s}
		if promised := stranger.get("/service-catalogue?community_id=" + admin.Home); len(promised.list()) < 10 {
			t.Fatalf("anyone reads %v", promised)
		}
		reported := migrant.post("/matters", object{"category": "migrants", "title": "办居住证", "audience": "migrant"})
		path := "/matters/" + reported.at("id")
		owner := s.holder(t, reported.at("first_handler", "id"))
		if reported.at("owner", "id") != owner.ID || reported.at("audience") != "migrant" {
			t.Fatalf("reported: %v", reported)
		}
		handOver(t, s, owner, admin, path)
		noAndYes(t, s, admin, migrant, path)
		moreTime(admin, s.login(t, "street-1"), path)
		errand(t, admin, migrant, path)
		admin.post(path+"/finish", object{"result": "证已办好"})
		migrant.post(path+"/rate", object{"satisfaction": "satisfied", "resolved": true})
		migrant.refused("POST", path+"/close", nil, 403, "auth.forbidden")
		admin.post(path+"/close", nil)
	})
}

// handOver passes a matter from its owner to the community, which owns it once it has accepted.
func handOver(t *testing.T, s *server, owner, admin *person, path string) {
	t.Helper()
	if owner.ID == admin.ID {
		return
	}
	owner.refused("POST", path+"/handover", object{"to": owner.ID}, 422, "matter.handover_self")
	if proposed := owner.post(path+"/handover", object{"to": admin.ID}); proposed.at("owner", "id") != owner.ID {
		t.Errorf("proposed: %v", proposed)
	}
	s.login(t, "street-1").refused("POST", path+"/accept-handover", nil, 403, "auth.forbidden")
	if taken := admin.post(path+"/accept-handover", nil); taken.at("owner", "id") != admin.ID || taken.at("first_handler", "id") != owner.ID {
		t.Errorf("taken: %v", taken)
	}
}

// noAndYes has the community refuse, which the street does not agree to, and accept; another one is refused for good.
func noAndYes(t *testing.T, s *server, admin, migrant *person, path string) {
	t.Helper()
	street := s.login(t, "street-1")
	admin.refused("POST", path+"/refuse", object{"reason": "不归我管", "legal_basis": ""}, 422, "validation")
	admin.post(path+"/refuse", object{"reason": "不归我管", "legal_basis": "职责清单"})
	if seen := migrant.get(path); seen.at("legal_basis") != "" || seen.at("result") != "" {
		t.Errorf("a no is told before a leader agreed: %v", seen)
	}
	admin.refused("POST", path+"/approve-refusal", object{"approve": true}, 403, "auth.forbidden")
	street.post(path+"/approve-refusal", object{"approve": false, "reason": "应当受理"})
	admin.post(path+"/accept", nil)
	other := "/matters/" + migrant.post("/matters", object{"category": "migrants", "title": "补发奖金"}).at("id")
	admin.post(other+"/refuse", object{"reason": "属于劳动争议", "legal_basis": "劳动争议调解仲裁法"})
	if refused := street.post(other+"/approve-refusal", object{"approve": true}); refused.at("status") != "refused" {
		t.Errorf("refused: %v", refused)
	}
	for _, notice := range migrant.get("/notices?limit=100").list() {
		if notice.at("title") == "不予受理告知书" && strings.Contains(notice.at("body"), "12345") && strings.Contains(notice.at("body"), "劳动争议调解仲裁法") {
			return
		}
	}
	t.Error("the migrant has no refusal in writing")
}

// moreTime asks for it and has it granted by somebody else.
func moreTime(admin, street *person, path string) {
	admin.post(path+"/contact", object{"note": "请带身份证"})
	admin.post(path+"/start", nil)
	admin.post(path+"/extend", object{"until": hence(40 * 24 * time.Hour), "reason": "等派出所"})
	admin.refused("POST", path+"/approve-extension", object{"approve": true}, 403, "matter.own_decision")
	street.post(path+"/approve-extension", object{"approve": true})
}

// errand does the papers for somebody, for nothing.
func errand(t *testing.T, admin, migrant *person, path string) {
	t.Helper()
	admin.refused("POST", path+"/errand", object{"papers": []string{"身份证复印件"}, "fee": 10}, 422, "validation")
	if opened := admin.post(path+"/errand", object{"papers": []string{"身份证复印件"}}); opened.at("fee") != "0" {
		t.Errorf("opened: %v", opened)
	}
	receipt := func(kind string, more object) {
		more["kind"] = kind
		admin.post(path+"/errand/receipts", more)
	}
	receipt("papers_received", object{"papers": []string{"身份证复印件"}, "counterpart": "本人"})
	receipt("money_received", object{"cents": 2000})
	receipt("papers_submitted", object{"papers": []string{"身份证复印件"}, "counterpart": "派出所"})
	receipt("money_paid", object{"cents": 500, "note": "工本费收据"})
	receipt("papers_collected", object{"papers": []string{"居住证"}})
	admin.refused("POST", path+"/errand/close", nil, 409, "errand.open")
	receipt("papers_returned", object{"papers": []string{"居住证"}})
	receipt("money_returned", object{"cents": 1500})
	admin.post(path+"/errand/close", nil)
	if seen := migrant.get(path + "/errand"); seen.at("status") != "closed" {
		t.Errorf("closed: %v", seen)
	}
}

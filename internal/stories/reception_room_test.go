package stories

import (
	"fmt"
	"testing"
	"time"

	"linbanglin/model"
)

// TestStory_ReceptionRoom is row 13 (党员会客室): senior party members are on duty by a fair roster, swap, receive visitors,
// and mediate; what they served and solved is counted from rows.
func TestStory_ReceptionRoom(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		admin := s.login(t, "admin-1")
		settings := admin.get("/reception/settings")
		admin.put("/reception/settings", object{
			"hosts_a_day": 1, "opens": "00:01", "closes": "23:59", "holidays": true, "no_show_minutes": 0, "version": settings["version"],
		})
		hosts := map[string]*person{}
		for i := range 8 {
			p := s.login(t, fmt.Sprintf("party-%d", i+11))
			p.put("/reception/hosts/me", object{"willing": true, "rest_weekdays": []int{}})
			admin.post("/reception/hosts/"+p.ID+"/confirm", nil)
			hosts[p.ID] = p
		}
		today := model.InstantOf(time.Now()).Day()
		days := object{"from": today.String(), "to": today.Start().Add(13 * 24 * time.Hour).Day().String()}
		s.login(t, "resident-35").refused("POST", "/reception/rosters", days, 403, "auth.forbidden")
		roster := admin.post("/reception/rosters", days)
		admin.refused("POST", "/reception/rosters", days, 409, "roster.taken")
		shifts := admin.post("/reception/rosters/"+roster.at("id")+"/publish", nil)["shifts"].([]any)
		if len(shifts) < 10 {
			t.Fatalf("only %d shifts: %v", len(shifts), roster["gaps"])
		}
		at := func(i int) object { return shifts[i].(map[string]any) }
		host := hosts[at(0).at("member", "id")]
		duty := "/reception/shifts/" + at(0).at("id")
		host.post(duty+"/check-in", nil)
		before := admin.get("/reception/counters")
		host.post(duty+"/visits", object{"kind": "consult", "audience": "migrant", "outcome": "solved", "topic": "居住证怎么办"})
		after := admin.get("/reception/counters")
		if after["served"].(float64) != before["served"].(float64)+1 || after["solved"].(float64) != before["solved"].(float64)+1 {
			t.Errorf("the counters went from %v to %v", before, after)
		}
		visit := host.post(duty+"/visits", object{"kind": "mediation", "audience": "resident", "outcome": "served", "topic": "楼上漏水"}).at("id")
		party, stranger := s.login(t, "resident-36"), s.login(t, "resident-37")
		mediation := "/reception/mediations/" + host.post("/reception/visits/"+visit+"/mediation", object{
			"parties": []object{{"member_id": party.ID}, {"name": "楼上业主"}}, "agreement": "一周内修好", "follow_up_on": today.String(),
		}).at("id")
		party.get(mediation)
		stranger.refused("GET", mediation, nil, 404, "not_found")
		host.post(mediation+"/follow-up", object{"outcome": "kept"})
		last := at(len(shifts) - 1)
		from, to := hosts[last.at("member", "id")], idle(t, hosts, shifts, last)
		swap := "/reception/swaps/" + from.post("/reception/shifts/"+last.at("id")+"/swaps", object{"to_member_id": to.ID}).at("id")
		to.post(swap+"/accept", nil)
		to.refused("POST", swap+"/accept", nil, 409, "swap.state")
		day := last.at("day")
		if now := admin.get("/reception/shifts?from=" + day + "&to=" + day).list(); now[0].at("member", "id") != to.ID {
			t.Errorf("the shift is %v", now)
		}
	})
}

// idle returns a host who has no duty in the week of a shift.
func idle(t *testing.T, hosts map[string]*person, shifts []any, of object) *person {
	t.Helper()
	week := func(o object) model.Day {
		day, err := model.ParseDay(o.at("day"))
		if err != nil {
			t.Fatal(err)
		}
		return day.Monday()
	}
	busy := map[string]bool{}
	for _, s := range shifts {
		if o := object(s.(map[string]any)); week(o) == week(of) {
			busy[o.at("member", "id")] = true
		}
	}
	for id, p := range hosts {
		if !busy[id] {
			return p
		}
	}
	t.Fatal("everybody is on duty")
	return nil
}

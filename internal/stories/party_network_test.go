package stories

import "testing"

// TestStory_PartyNetwork is row 7 (党组织网络): committee, branches, hub households and family groups stand as a tree beside
// the grids, kept by the secretary of a branch.
func TestStory_PartyNetwork(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		admin, resident := s.login(t, "admin-1"), s.login(t, "resident-4")
		admin.post("/organisations", object{"kind": "party_committee", "name": "社区党委（故事）", "unit_id": admin.Home})
		branch, members := admin.comrades()
		if len(members) < 3 {
			t.Fatalf("the branch has %v", members)
		}
		admin.post("/members/"+members[0]+"/roles", object{"role": "branch_secretary", "unit_id": branch})
		body := object{"branch_id": branch, "name": "初心小组（故事）", "leader_id": members[1], "member_ids": members[:2]}
		resident.refused("POST", "/family-groups", body, 403, "auth.forbidden")
		admin.refused("POST", "/family-groups", with(body, "member_ids", []string{members[1], resident.ID}), 422, "family_group.member")
		admin.refused("POST", "/family-groups", with(body, "leader_id", members[2]), 422, "family_group.member")
		group := admin.post("/family-groups", body).at("id")
		admin.refused("POST", "/family-groups", with(body, "name", "另一小组（故事）"), 409, "family_group.member_taken")
		admin.put("/family-groups/"+group, object{"name": "初心小组（故事）", "leader_id": members[1], "member_ids": members[:3], "version": 1})

		net := resident.get("/party-network")
		if net.at("committee") != "社区党委（故事）" || net.at("party_members") == "0" || net.at("hub_households") == "0" {
			t.Errorf("got %v", net)
		}
		found := false
		for _, b := range net.items("branches") {
			for _, g := range b.items("family_groups") {
				if g.at("id") != group {
					continue
				}
				found = true
				if b.at("id") != branch || g.at("leader", "display_name") == "" || len(g.items("members")) != 0 || len(b.items("secretaries")) == 0 {
					t.Errorf("a resident reads %v of %v", g, b)
				}
			}
		}
		if !found {
			t.Error("the group is not in the tree")
		}
		if got := admin.get("/family-groups/" + group); len(got.items("members")) != 3 {
			t.Errorf("got %v", got)
		}
		resident.refused("DELETE", "/family-groups/"+group, nil, 403, "auth.forbidden")
		admin.want("DELETE", "/family-groups/"+group, nil)
		admin.refused("GET", "/family-groups/"+group, nil, 404, "not_found")
	})
}

// items returns the objects of a field that is a list.
func (o object) items(name string) []object { return object{"items": o[name]}.list() }

// comrades returns a branch of the community and members of it.
func (p *person) comrades() (branch string, members []string) {
	p.t.Helper()
	byBranch := map[string][]string{}
	for cursor := ""; ; {
		page := p.get("/members?role=party_member&limit=100&cursor=" + cursor)
		for _, m := range page.list() {
			for _, r := range m.items("roles") {
				if r.at("role") == "party_member" && r.at("unit_kind") == "branch" {
					byBranch[r.at("unit_id")] = append(byBranch[r.at("unit_id")], m.at("id"))
				}
			}
		}
		if cursor = page.at("next_cursor"); cursor == "" {
			break
		}
	}
	for id, of := range byBranch {
		if len(of) > len(members) {
			branch, members = id, of
		}
	}
	return branch, members
}

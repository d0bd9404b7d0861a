package api_test

import "fmt"

// deliberate makes something of all that is deliberated on, undertaken and honoured.
func (g *gallery) deliberate(asker string) {
	g.t.Helper()
	grid := g.Grids[0].ID
	g.do("second organisation", "office", "/organisations", "/organisations", fmt.Sprintf(`{"kind":"local_unit","name":"学校","unit_id":"%d"}`, grid))
	g.do("undertaking", "office", "/undertakings", "/undertakings", fmt.Sprintf(`{"kind":"matter","way":"责任联担","title":"楼道整治","lead":{"organisation_id":"%s","duty":"牵头"},`+
		`"partners":[{"organisation_id":"%s","duty":"出人"}]}`, g.ids["organisation"], g.ids["second organisation"]))
	g.do("point", "office", "/service-points", "/service-points", fmt.Sprintf(`{"kind":"good_neighbour","name":"睦邻点","address":"一楼","unit_id":"%d"}`, grid))
	g.do("group", "office", "/family-groups", "/family-groups", fmt.Sprintf(`{"branch_id":"%d","name":"小组","leader_id":"%[2]d","member_ids":["%[2]d"]}`, g.Branch.ID, g.Members[0].ID))
	g.do("post", "office", "/pioneer-posts", "/pioneer-posts",
		fmt.Sprintf(`{"unit_id":"%d","holder_id":"%s","place":"窗口","title":"先锋","from":"2026-11-01","to":"2026-12-01","reason":"热心","basis":"支部大会"}`, grid, asker))
	g.do("proposal", "asker", "/proposals", "/proposals", fmt.Sprintf(proposalBody, grid))
	path := "/proposals/" + g.ids["proposal"]
	g.do("", "office", "/proposals/{id}/publish", path+"/publish", "")
	g.do("", "office", "/proposals/{id}/discuss", path+"/discuss", "")
	g.do("", "asker", "/proposals/{id}/comments", path+"/comments", `{"body":"周六好"}`)
}

// network lists how what network_fields_test makes is read.
func (g *gallery) network(all map[string][]string) {
	for pattern, name := range map[string]string{
		"/proposals/": "proposal", "/undertakings/": "undertaking", "/service-points/": "point", "/family-groups/": "group",
	} {
		all[pattern+"{id}"] = []string{pattern + g.ids[name]}
	}
	all["/proposals/{id}/comments"] = []string{"/proposals/" + g.ids["proposal"] + "/comments"}
	all["/proposals/{id}/objections"] = []string{"/proposals/" + g.ids["proposal"] + "/objections"}
	all["/honours"] = []string{"/honours", "/honours?mine=true"}
	for _, path := range []string{
		"/proposals", "/voting-rules", "/proposal-comments", "/undertakings", "/party-network", "/service-points", "/service-circle", "/pioneer-posts", "/dashboard",
	} {
		all[path] = []string{path}
	}
}

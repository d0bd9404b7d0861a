package api_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
)

// canary is a private value that the world is full of, in a form that nothing else has.
type canary string

// The canaries: what product.md keeps from others.
const (
	phoneCanary  canary = "phone"
	doorCanary   canary = "door"
	flagCanary   canary = "flag"
	birthCanary  canary = "birth"
	nameCanary   canary = "full name"
	noteCanary   canary = "note"    // what the parties of a request write to each other
	reasonCanary canary = "reason"  // why a helper gave the claim back
	useCanary    canary = "purpose" // what a phone was wanted for
)

func patterns() map[canary]*regexp.Regexp {
	return map[canary]*regexp.Regexp{
		phoneCanary:  regexp.MustCompile(`13700000\d{3}|137\*|(^|\D)86 ?137`),
		doorCanary:   regexp.MustCompile(`密室`),
		flagCanary:   regexp.MustCompile(`密旗|密租`),
		birthCanary:  regexp.MustCompile(`\b190[1-9]\b`),
		nameCanary:   regexp.MustCompile(`密名.`),
		noteCanary:   regexp.MustCompile(`密条`),
		reasonCanary: regexp.MustCompile(`密由`),
		useCanary:    regexp.MustCompile(`密用`),
	}
}

// permission is a place where a canary may be, and to whom. Nothing else may show one to anybody.
type permission struct {
	what    canary
	at      string   // method and path of the operations, as a regular expression
	readers []string // by name
	own     bool     // only what is the reader's own
}

// permissions is the table of what is shown to whom.
func permissions() []permission {
	managers := []string{"grid_worker inside", "community_admin inside", "office"}
	staff := []string{"grid_worker inside", "organizer inside", "branch_secretary inside", "community_admin inside", "auditor inside", "office"}
	keepers := []string{"grid_worker inside", "branch_secretary inside", "community_admin inside", "office", "second office"}
	parties := []string{"asker", "housemate", "helper", "gone", "elder", "poster"}
	steps := `(GET|POST) /requests(/{id}(/(claim|unclaim|wait|start|finish|confirm|dispute|resolve|cancel))?)?`
	return []permission{
		// To the matched helper or who asked, each noted; that nobody else has an answer is seen beside.
		{phoneCanary, `POST /requests/{id}/contact`, []string{"helper", "asker", "poster"}, false},
		{doorCanary, `POST /requests/{id}/address`, []string{"helper"}, false},
		{phoneCanary, `POST /visits/{id}/contact`, []string{"asker"}, false},
		{doorCanary, `POST /visits/{id}/address`, []string{"asker"}, false},
		{phoneCanary, `POST /matters/{id}/reporter-phone`, []string{"first handler"}, false},
		// The doors of the tree, without who lives there, for those who look after the people there.
		{doorCanary, `GET /units`, staff, false},
		// The register of households is for those who look after them; a flag and its door are shown together to nobody else.
		{doorCanary, `GET /(households/{id}|register/(households|due-visits|reviews))`, keepers, false},
		{doorCanary, `GET /register/export.xlsx`, []string{"community_admin inside", "office"}, false},
		{flagCanary, `GET /(households/{id}(/flags)?|register/reviews)`, keepers, false},
		{flagCanary, `POST /households/{id}/flags`, []string{"office"}, false},
		{flagCanary, `GET /register/export.xlsx`, []string{"community_admin inside", "office"}, false},
		{useCanary, `GET /register/reads`, []string{"community_admin inside", "auditor inside", "office"}, false},
		{noteCanary, `GET /households/{id}(/visits)?`, keepers, false},
		{noteCanary, `POST /households/{id}/(notes|visits)`, []string{"office"}, false},
		// One's own papers have one's own name; the community signs certificates.
		{nameCanary, `GET /(points/statement.*|certificates.*)`, parties, true},
		{nameCanary, `POST /certificates`, []string{"asker"}, true},
		{nameCanary, `GET /certificates.*`, []string{"community_admin inside", "office"}, false},
		// What the parties write stays between them and those who manage requests there.
		{noteCanary, steps, append([]string{"asker", "helper"}, managers...), false},
		{noteCanary, `(GET /disputes|(GET|POST) /requests/{id}/(dispute|evidence))`, append([]string{"asker", "helper", "branch_secretary inside"}, managers...), false},
		// What was agreed in the reception room is for the mediator, the parties and the community.
		{noteCanary, `(POST /reception/visits/{id}/mediation|GET /reception/mediations(/{id})?)`, []string{"host", "asker", "office"}, false},
		{doorCanary, `POST /doorbell/alarms/{id}/address`, []string{"helper"}, false},
		{reasonCanary, steps, append([]string{"asker", "helper", "gone", "elder", "poster", "poster at work"}, managers...), false},
		// A copy of one's own data has what is one's own, and nobody else's name.
		{nameCanary, `GET /me/data-exports/{id}/file`, []string{"asker"}, true},
		{phoneCanary, `GET /me/data-exports/{id}/file`, []string{"asker"}, false},
		{doorCanary, `GET /me/data-exports/{id}/file`, []string{"asker"}, false},
		{birthCanary, `GET /me/data-exports/{id}/file`, []string{"asker"}, false},
		{flagCanary, `GET /me/data-exports/{id}/file`, []string{"asker"}, false},
		{noteCanary, `GET /me/data-exports/{id}/file`, []string{"asker"}, false},
		{useCanary, `GET /me/data-exports/{id}/file`, []string{"asker"}, false},
		// Who wanted a phone for what is for whose it is, and for those who manage requests there.
		{useCanary, `GET /requests/{id}/reveals`, append([]string{"asker", "helper", "poster"}, managers...), false},
		{useCanary, `GET /me/reveals`, []string{"asker", "helper", "poster", "gone"}, false},
	}
}

// gallery is a world full of canaries, and what its people have done.
type gallery struct {
	*stall
	readers map[string]model.Actor
	names   map[string]string // what is only the reader's own, by reader
	seen    map[int]bool      // permissions that were made use of
	rules   []permission
	ids     map[string]string
	tried   map[string]bool // operations
}

func givenGallery(t *testing.T, s *stall) *gallery {
	t.Helper()
	g := &gallery{stall: s, readers: map[string]model.Actor{}, names: map[string]string{}, seen: map[int]bool{}, rules: permissions(), ids: map[string]string{}, tried: map[string]bool{}}
	g.people()
	for i, role := range model.Roles() {
		for k, at := range map[string]model.Node{"inside": g.Grids[0], "outside": g.Grids[1]} {
			who := g.As(g.Members[2*perGrid+i])
			who.Grants = []model.Grant{{Role: role, NodeID: at.ID, NodeKind: at.Kind}}
			g.reader(fmt.Sprintf("%s %s", role, k), who)
		}
	}
	g.reader("office", g.Holder(model.RoleCommunityAdmin)) // of the whole community
	g.reader("neighbour", g.Resident(0))
	g.reader("admin of another community", g.Others.Holder(model.RoleCommunityAdmin))
	g.reader("nobody yet", model.Actor{MemberID: g.store.NewID()})
	g.readers["stranger"] = model.Actor{}
	return g
}

func (g *gallery) reader(name string, who model.Actor) {
	g.callers[token(who)] = who
	g.readers[name] = who
}

// people gives the first grid doors and people whose every private value is a canary.
func (g *gallery) people() {
	g.t.Helper()
	unit := g.Doors[0].Place
	unit.HouseholdID = 0
	for i, name := range []string{"asker", "housemate", "helper", "gone", "elder"} {
		door := &model.Node{ID: g.store.NewID(), Kind: model.KindHousehold, ParentID: unit.UnitID, Name: fmt.Sprintf("密室%d", i), Place: unit, CreatedAt: testworld.Now}
		if name == "housemate" {
			door = nil
		}
		if door != nil {
			door.Settle()
			g.must(g.store.Nodes.Create(g.t.Context(), door))
			g.must(g.store.Nodes.SaveHouseholds(g.t.Context(), []*model.Household{{NodeID: door.ID, Kind: "密租", UpdatedAt: testworld.Now}}))
		}
		m := &model.Member{
			ID: g.store.NewID(), Name: "秦密名" + string([]rune("甲乙丙丁戊")[i]), Phone: fmt.Sprintf("8613700000%03d", i), BirthYear: 1901 + i, Skills: []string{},
			RosterKey: name, Version: 1, CreatedAt: testworld.Now, UpdatedAt: testworld.Now,
		}
		if m.Place = g.readers["asker"].Place; door != nil {
			m.Place = door.Place
		}
		if name == "elder" {
			m.Phone = ""
		}
		g.must(g.store.Members.Create(g.t.Context(), m))
		g.names[name] = strings.TrimPrefix(m.Name, "秦")
		who := model.Actor{MemberID: m.ID, Place: m.Place, Grants: []model.Grant{{Role: model.RoleResident, NodeID: g.Community.ID, NodeKind: model.KindCommunity}}}
		g.reader(name, who)
	}
	poster := g.readers["elder"]
	poster.MemberID = g.store.NewID()
	poster.Grants = []model.Grant{{Role: model.RoleGridWorker, NodeID: g.Grids[3].ID, NodeKind: model.KindGrid}, {Role: model.RoleResident, NodeID: g.Community.ID, NodeKind: model.KindCommunity}}
	g.must(g.store.Members.Create(g.t.Context(), &model.Member{
		ID: poster.MemberID, Place: poster.Place, Name: "秦密名己", Phone: "8613700000009", BirthYear: 1909, Skills: []string{}, RosterKey: "poster",
		Version: 1, CreatedAt: testworld.Now, UpdatedAt: testworld.Now,
	}))
	g.reader("poster", poster)
	g.names["poster"] = "密名己"
}

func (g *gallery) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

// ask calls an operation and wants no canary in its answer but those that the table has. It returns the status and the
// text of the answer.
func (g *gallery) ask(reader, method, template, path, body string) (int, string) {
	g.t.Helper()
	g.tried[method+" "+template] = true
	status, text := g.fetch(g.readers[reader], method, path, body)
	for what, pattern := range patterns() {
		for _, at := range pattern.FindAllStringIndex(text, -1) {
			if !g.allowed(what, text[at[0]:at[1]], reader, method+" "+template) {
				g.t.Errorf("%s %s shows %s a %s: %s", method, path, reader, what, strings.ToValidUTF8(text[max(0, at[0]-200):min(len(text), at[1]+50)], ""))
				break
			}
		}
	}
	if status >= http.StatusInternalServerError {
		g.t.Errorf("%s %s by %s: %d %s", method, path, reader, status, text)
	}
	return status, text
}

// allowed reports whether the table shows a reader a canary at an operation.
func (g *gallery) allowed(what canary, found, reader, operation string) bool {
	for i, p := range g.rules {
		fits := p.what == what && slices.Contains(p.readers, reader) && (!p.own || found == g.names[reader])
		if fits && regexp.MustCompile("^"+p.at+"$").MatchString(operation) {
			g.seen[i] = true
			return true
		}
	}
	return false
}

// patience is how long a stream of events is read.
const patience = 300 * time.Millisecond

func (g *gallery) fetch(who model.Actor, method, path, body string) (int, string) {
	g.t.Helper()
	ctx, cancel := context.WithCancel(g.t.Context())
	defer cancel()
	root := g.server.URL + "/api/v1"
	if strings.HasPrefix(path, "/verify") || path == "/openapi.json" {
		root = g.server.URL
	}
	r, err := http.NewRequestWithContext(ctx, method, root+path, strings.NewReader(body))
	g.must(err)
	if who.MemberID != 0 {
		r.Header.Set("Authorization", "Bearer "+token(who))
	}
	r.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(body, "--x\r\n") {
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	}
	r.Header.Set("Idempotency-Key", fmt.Sprintf("k%d", g.store.NewID()))
	answer, err := http.DefaultClient.Do(r)
	g.must(err)
	defer func() { _ = answer.Body.Close() }()
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
		defer time.AfterFunc(patience, cancel).Stop()
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil && !errors.Is(err, context.Canceled) {
		g.t.Fatal(err)
	}
	if bytes.HasPrefix(text, []byte("PK")) {
		text = g.unpack(text)
	}
	return answer.StatusCode, string(text)
}

// unpack returns all that a workbook holds.
func (g *gallery) unpack(file []byte) []byte {
	g.t.Helper()
	book, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	g.must(err)
	var all bytes.Buffer
	for _, part := range book.File {
		in, err := part.Open()
		g.must(err)
		_, err = io.Copy(&all, in)
		g.must(errors.Join(err, in.Close()))
	}
	return all.Bytes()
}

// do makes something that later calls look at, and remembers its id by a name.
func (g *gallery) do(name, reader, template, path, body string) {
	g.t.Helper()
	status, text := g.ask(reader, "POST", template, path, body)
	if status >= http.StatusBadRequest {
		g.t.Fatalf("%s by %s: %d %s", path, reader, status, text)
	}
	if name != "" {
		var made struct{ ID, Number string }
		g.must(json.Unmarshal([]byte(text), &made))
		g.ids[name] = made.ID + made.Number
	}
}

// put changes something that later calls look at.
func (g *gallery) put(reader, path, body string) error {
	if status, text := g.fetch(g.readers[reader], "PUT", path, body); status >= http.StatusBadRequest {
		return fmt.Errorf("%s: %d %s", path, status, text)
	}
	return nil
}

// history makes a request that was confirmed, one that is claimed, one that was posted for someone, and something of all
// else that there is.
func (g *gallery) history() {
	g.t.Helper()
	step := func(reader, request, verb, body string) {
		g.t.Helper()
		g.do("", reader, "/requests/{id}/"+verb, "/requests/"+g.ids[request]+"/"+verb, body)
	}
	g.do("confirmed", "asker", "/requests", "/requests", `{"category":"errand","title":"取快递"}`)
	step("helper", "confirmed", "claim", "")
	step("helper", "confirmed", "contact", `{"purpose":"密用"}`)
	step("asker", "confirmed", "contact", `{"of":"`+g.readers["helper"].MemberID.String()+`","purpose":"密用"}`)
	step("helper", "confirmed", "address", `{"purpose":"密用"}`)
	step("helper", "confirmed", "start", "")
	step("helper", "confirmed", "finish", `{"minutes":30,"note":"密条"}`)
	step("asker", "confirmed", "confirm", `{"rating":5,"comment":"密条"}`)
	g.do("held", "asker", "/requests", "/requests", `{"category":"errand","title":"取药","slots":2}`)
	step("gone", "held", "claim", "")
	step("gone", "held", "unclaim", `{"reason":"密由"}`)
	step("helper", "held", "claim", "")
	g.do("disputed", "asker", "/requests", "/requests", `{"category":"errand","title":"浇花"}`)
	step("helper", "disputed", "claim", "")
	step("helper", "disputed", "start", "")
	step("helper", "disputed", "finish", `{"minutes":30,"note":"密条"}`)
	step("asker", "disputed", "dispute", `{"reason":"密条"}`)
	step("helper", "disputed", "evidence", `{"text":"密条"}`)
	g.do("free", "asker", "/requests", "/requests", `{"category":"errand","title":"买菜","slots":20}`)
	poster := g.readers["poster"]
	poster.Grants = []model.Grant{{Role: model.RoleGridWorker, NodeID: g.Grids[0].ID, NodeKind: model.KindGrid}}
	g.reader("poster at work", poster)
	g.do("for elder", "poster at work", "/requests", "/requests", `{"category":"errand","title":"代办","on_behalf_of":"`+g.readers["elder"].MemberID.String()+`","consent":{"method":"phone","note":"密由"}}`)
	step("helper", "for elder", "claim", "")
	step("helper", "for elder", "contact", `{"purpose":"密用"}`)
	step("poster", "for elder", "contact", `{"purpose":"密用"}`)
	delete(g.readers, "poster at work")
	g.do("offer", "helper", "/offers", "/offers", `{"categories":["errand"],"title":"跑腿"}`)
	g.aside()
}

// aside does what is not of the market.
func (g *gallery) aside() {
	g.t.Helper()
	asker := g.readers["asker"].MemberID.String()
	award := func(code string) string {
		return `{"member_id":"` + asker + `","amount":30,"code":"` + code + `","memo":"帮忙"}`
	}
	g.reader("street", g.Holder(model.RoleStreetOfficer))
	g.do("", "street", "/privacy/policies", "/privacy/policies", policyBody)
	delete(g.readers, "street")
	g.ids["child"] = g.born(g.readers["asker"].Place, 2015).MemberID.String()
	g.do("", "asker", "/me/wards/{id}/consent", "/me/wards/"+g.ids["child"]+"/consent", `{"version":1}`)
	g.do("", "office", "/points/awards", "/points/awards", award("ADJUST"))
	g.do("", "office", "/points/awards", "/points/awards", award("MINUTES"))
	home := "/households/" + g.readers["asker"].Place.HouseholdID.String()
	g.do("", "office", "/households/{id}/flags", home+"/flags", `{"scheme":"red","source":"密旗","reason":"密旗","expires_at":"2026-12-01T00:00:00+08:00"}`)
	g.do("", "office", "/households/{id}/notes", home+"/notes", `{"kind":"remark","text":"密条"}`)
	g.do("", "office", "/households/{id}/visits", home+"/visits", `{"outcome":"met","note":"密条"}`)
	g.must(g.put("office", home+"/responsible", `{"member_id":"`+g.readers["helper"].MemberID.String()+`"}`))
	g.do("team", "office", "/service-teams", "/service-teams", fmt.Sprintf(`{"unit_id":"%d","kind":"help","name":"户助队","leader_id":"%s"}`, g.Grids[0].ID, asker))
	g.ask("office", "GET", "/households/{id}", home+"?purpose=密用", "")
	g.do("organisation", "office", "/organisations", "/organisations", fmt.Sprintf(`{"kind":"property_company","name":"物业","unit_id":"%d"}`, g.Grids[0].ID))
	g.do("", "office", "/organisations/{id}/officers", "/organisations/"+g.ids["organisation"]+"/officers", `{"member_id":"`+asker+`"}`)
	g.deliberate(asker)
	g.do("batch", "office", "/points/batches", "/points/batches", `{"code":"ADJUST","memo":"值勤","lines":[{"member_id":"`+asker+`","amount":2}]}`)
	g.do("certificate", "asker", "/certificates", "/certificates", `{"from":"2026-11-01","to":"2026-11-23"}`)
	g.do("campaign", "office", "/campaigns", "/campaigns", fmt.Sprintf(`{"theme":"lao","title":"活动","starts_at":"2026-11-23T07:00:00+08:00",`+
		`"ends_at":"2026-11-23T18:00:00+08:00","scope_unit_id":"%d","budget":0,"rules":{"points_per_checkin":0,"items":[{"code":"cut","name":"理发"}]}}`, g.Grids[0].ID))
	g.do("", "office", "/campaigns/{id}/publish", "/campaigns/"+g.ids["campaign"]+"/publish", "")
	g.do("", "asker", "/campaigns/{id}/signups", "/campaigns/"+g.ids["campaign"]+"/signups", "")
	g.contest(asker)
	g.must(g.put("office", "/campaigns/"+g.ids["campaign"]+"/geofence", `{"lat":25,"lng":118,"radius_m":100}`))
	g.ids["photo link"] = g.stall.photo(g.readers["office"], "/campaigns/"+g.ids["campaign"], "asker", 1).URL
	visits := "/campaigns/" + g.ids["campaign"] + "/visits"
	g.do("", "office", "/campaigns/{id}/visits", visits, `{"members":["`+g.readers["helper"].MemberID.String()+`","`+g.readers["gone"].MemberID.String()+`"]}`)
	g.do("", "office", "/campaigns/{id}/visits/assign", visits+"/assign", `{"max_per_volunteer":1}`)
	_, mine := g.ask("asker", "GET", "/visits/me", "/visits/me", "")
	var list struct{ Items []struct{ ID string } }
	g.must(json.Unmarshal([]byte(mine), &list))
	g.ids["visit"] = list.Items[0].ID
	g.do("", "asker", "/visits/{id}/contact", "/visits/"+g.ids["visit"]+"/contact", `{"purpose":"密用"}`)
	g.do("", "asker", "/visits/{id}/address", "/visits/"+g.ids["visit"]+"/address", `{"purpose":"密用"}`)
	g.do("", "office", "/campaigns/{id}/visits/from-register", visits+"/from-register", `{"min_age":100,"living_alone":true}`)
	g.do("", "office", "/campaigns/{id}/items", "/campaigns/"+g.ids["campaign"]+"/items", `{"member_id":"`+asker+`","item":"cut","count":1}`)
	g.do("campaign series", "office", "/campaign-series", "/campaign-series", fmt.Sprintf(`{"theme":"lao","title":"爱心便民","starts_at":"2026-11-25T09:00:00+08:00",`+
		`"ends_at":"2026-11-25T11:00:00+08:00","scope_unit_id":"%d","budget":0,"rules":{"points_per_checkin":0},"rrule":"FREQ=WEEKLY;COUNT=3"}`, g.Grids[0].ID))
	g.do("declaration", "asker", "/declarations", "/declarations", workBody)
	g.do("", "office", "/declarations/{id}/verify", "/declarations/"+g.ids["declaration"]+"/verify", "")
	g.reader("second office", (&subtree{stall: g.stall}).officer(1, model.RoleCommunityAdmin))
	g.do("publication", "second office", "/publications", "/publications", fmt.Sprintf(`{"kind":"declarations","scope_unit_id":"%d","title":"公示"}`, g.Grids[0].ID))
	delete(g.readers, "second office")
	g.do("appeal", "helper", "/publications/{id}/appeals", "/publications/"+g.ids["publication"]+"/appeals", appealBody)
	g.do("series", "asker", "/request-series", "/request-series",
		`{"category":"errand","title":"取药","starts_at":"2026-11-24T09:00:00+08:00","minutes":30,"rrule":"FREQ=WEEKLY;COUNT=3"}`)
	g.matters()
	g.do("item", "office", "/shop/items", "/shop/items", fmt.Sprintf(`{"name":"大米","category":"food","points":1,"stock":9,"scope_unit_id":"%d"}`, g.Grids[0].ID))
	g.do("", "office", "/shop/items/{id}/on-sale", "/shop/items/"+g.ids["item"]+"/on-sale", "")
	g.care()
	g.do("order", "asker", "/shop/orders", "/shop/orders", `{"item_id":"`+g.ids["item"]+`","quantity":1}`)
	g.copy()
}

// care makes a doorbell that rings, a test ring, and a mediation in the reception room.
func (g *gallery) care() {
	g.t.Helper()
	asker := g.readers["asker"].MemberID.String()
	g.do("bell", "asker", "/doorbell/households", "/doorbell/households", `{"member_id":"`+asker+`"}`)
	g.do("pair", "asker", "/doorbell/households/{id}/pairs", "/doorbell/households/"+g.ids["bell"]+"/pairs",
		`{"volunteer_id":"`+g.readers["helper"].MemberID.String()+`","kind":"primary"}`)
	g.do("", "helper", "/doorbell/pairs/{id}/accept", "/doorbell/pairs/"+g.ids["pair"]+"/accept", "")
	g.do("", "office", "/doorbell/households/{id}/devices", "/doorbell/households/"+g.ids["bell"]+"/devices", `{"name":"按钮"}`)
	g.do("drill", "office", "/doorbell/drills", "/doorbell/drills", fmt.Sprintf(`{"unit_id":"%d"}`, g.Community.ID))
	g.do("alarm", "asker", "/doorbell/alerts", "/doorbell/alerts", `{}`)
	g.do("", "helper", "/doorbell/alarms/{id}/address", "/doorbell/alarms/"+g.ids["alarm"]+"/address", "")
	g.must(g.put("office", "/reception/settings", `{"hosts_a_day":1,"opens":"08:10","closes":"17:00","holidays":true,"no_show_minutes":5,"version":0}`))
	host := g.Resident(10)
	host.Grants = []model.Grant{{Role: model.RolePartyMember, NodeID: g.Community.ID, NodeKind: model.KindCommunity}}
	g.reader("host", host)
	g.must(g.put("host", "/reception/hosts/me", `{"willing":true}`))
	g.do("", "office", "/reception/hosts/{id}/confirm", "/reception/hosts/"+host.MemberID.String()+"/confirm", "")
	g.do("roster", "office", "/reception/rosters", "/reception/rosters", `{"from":"2026-11-23","to":"2026-11-23"}`)
	g.do("", "office", "/reception/rosters/{id}/publish", "/reception/rosters/"+g.ids["roster"]+"/publish", "")
	shifts, err := g.store.Reception.ShiftsBetween(g.t.Context(), g.Community.ID, 20261123, 20261123, false)
	g.must(err)
	duty := "/reception/shifts/" + shifts[0].ID.String()
	g.do("", "host", "/reception/shifts/{id}/check-in", duty+"/check-in", "")
	g.do("reception visit", "host", "/reception/shifts/{id}/visits", duty+"/visits", `{"kind":"mediation","audience":"resident","outcome":"served","topic":"漏水"}`)
	g.do("mediation", "host", "/reception/visits/{id}/mediation", "/reception/visits/"+g.ids["reception visit"]+"/mediation",
		`{"parties":[{"member_id":"`+asker+`"},{"name":"楼上"}],"agreement":"密条","follow_up_on":"2026-11-30"}`)
	delete(g.readers, "host")
}

// matters makes a matter with an errand, of which the phone was revealed.
func (g *gallery) matters() {
	g.t.Helper()
	g.reader("first handler", g.Holder(model.RoleGridWorker))
	g.do("matter", "asker", "/matters", "/matters", `{"category":"papers","title":"开证明","contact_name":"秦密名壬","contact_phone":"13700000777"}`)
	path := "/matters/" + g.ids["matter"]
	g.ids["matter photo"] = g.stall.photo(g.readers["asker"], path, "lamp", 1).ID
	g.do("", "first handler", "/matters/{id}/reporter-phone", path+"/reporter-phone", `{"purpose":"约时间"}`)
	g.do("", "first handler", "/matters/{id}/accept", path+"/accept", "")
	g.do("", "first handler", "/matters/{id}/errand", path+"/errand", `{"papers":["身份证复印件"]}`)
	for range 2 { // papers asked for twice are a breach
		g.do("", "first handler", "/matters/{id}/pause", path+"/pause", `{"reason":"缺材料","papers":true}`)
		g.do("", "first handler", "/matters/{id}/resume", path+"/resume", "")
	}
	var breaches struct{ Items []struct{ ID string } }
	_, text := g.ask("first handler", "GET", "/breaches", "/breaches", "")
	g.must(json.Unmarshal([]byte(text), &breaches))
	g.ids["breach"] = breaches.Items[0].ID
	g.do("", "first handler", "/breaches/{id}/explain", "/breaches/"+g.ids["breach"]+"/explain", `{"text":"材料不齐"}`)
	delete(g.readers, "first handler")
}

// contest makes a campaign with standings and something that was booked since.
func (g *gallery) contest(member string) {
	g.t.Helper()
	g.do("contest", "office", "/campaigns", "/campaigns", fmt.Sprintf(`{"theme":"lao","title":"比赛","starts_at":"2026-11-23T07:00:00+08:00",`+
		`"ends_at":"2026-11-23T18:00:00+08:00","scope_unit_id":"%d","budget":20,"rules":{"points_per_checkin":0}}`, g.Grids[0].ID))
	path := "/campaigns/" + g.ids["contest"]
	award := func() {
		g.do("", "office", "/points/awards", "/points/awards", `{"member_id":"`+member+`","amount":5,"code":"CAMPAIGN","memo":"帮忙","campaign_id":"`+g.ids["contest"]+`"}`)
	}
	g.do("", "office", "/campaigns/{id}/publish", path+"/publish", "")
	award()
	award()
	g.do("", "office", "/campaigns/{id}/close", path+"/close", "")
	(&subtree{stall: g.stall}).count()
	g.do("", "office", "/campaigns/{id}/settle", path+"/settle", "")
}

// copy has a copy of the asker's data made.
func (g *gallery) copy() {
	g.t.Helper()
	g.do("right", "asker", "/me/rights-requests", "/me/rights-requests", `{"kind":"explain","text":"积分怎么算"}`)
	g.do("copy", "asker", "/me/data-exports", "/me/data-exports", "")
	_, err := g.rights.MakeExports(g.t.Context())
	g.must(err)
	_, text := g.ask("asker", "GET", "/me/data-exports/{id}", "/me/data-exports/"+g.ids["copy"], "")
	var made struct{ URL string }
	g.must(json.Unmarshal([]byte(text), &made))
	g.ids["copy link"] = strings.TrimPrefix(made.URL, "/api/v1")
}

// reads lists how each operation that reads is called: its path, and more of it that is to be tried.
func (g *gallery) reads() map[string][]string {
	id := func(pattern, name string) []string { return []string{strings.Replace(pattern, "{id}", g.ids[name], 1)} }
	member := "member_id=" + g.readers["asker"].MemberID.String()
	certificate := "/certificates/" + g.ids["certificate"]
	all := map[string][]string{
		"/units": {"/units?limit=100", "/units?kind=household&limit=100"}, "/members": {"/members?limit=100"},
		"/requests": {"/requests?limit=100&sort=newest", "/requests?mine=true"}, "/offers": {"/offers", "/offers?all=true"},
		"/events": {"/events?last_event_id=1"}, "/calendar": {"/calendar?year=2026"},
		"/certificates": {"/certificates", "/certificates?" + member}, "/certificates/{number}": {certificate},
		"/certificates/{number}/html": {certificate + "/html"}, "/certificates/{number}/pdf": {certificate + "/pdf"},
		"/points/statement": {"/points/statement", "/points/statement?" + member}, "/points/entries/{seq}/proof": {"/points/entries/1/proof", "/points/entries/1/proof?" + member},
		"/point-rules/versions/{version}": {"/point-rules/versions/1"}, "/point-rules/versions/{version}/dry-run": {"/point-rules/versions/1/dry-run"},
		"/shop/reports/{month}": {"/shop/reports/2026-11"}, "/shop/orders": {"/shop/orders", "/shop/orders?all=true"}, "/shop/items": {"/shop/items", "/shop/items?all=true"},
		"/leaderboards/friends": {"/leaderboards/friends", "/leaderboards/friends?members=" + g.readers["asker"].MemberID.String()},
		"/declarations":         {"/declarations", "/declarations?all=true"}, "/appeals": {"/appeals", "/appeals?all=true"},
		"/audit/auth-events": {"/audit/auth-events?limit=100"}, "/me/sessions": {"/me/sessions"}, "/role-proposals": {"/role-proposals"},
		"/me/erasure": {"/me/erasure"}, "/me/data-exports": {"/me/data-exports"}, "/me/rights-requests": {"/me/rights-requests"}, "/rights-requests": {"/rights-requests"}, "/privacy/retention": {"/privacy/retention"},
		"/audit/flags": {"/audit/flags", "/audit/flags?kind=declared_share"},
	}
	for _, suffix := range []string{"xlsx", "html", "pdf"} {
		all["/points/statement."+suffix] = []string{"/points/statement." + suffix, "/points/statement." + suffix + "?" + member}
	}
	for pattern, name := range map[string]string{
		"/campaigns/{id}/checkin-qr.png": "campaign", "/campaigns/{id}/checkin-qr.svg": "campaign", "/campaigns/{id}/poster.pdf": "campaign", "/campaigns/{id}/mini-code.png": "campaign", "/campaigns/{id}/geofence": "campaign",
		"/campaigns/{id}/refused": "campaign", "/campaigns/{id}/photos": "campaign", "/campaigns/{id}/report.xlsx": "campaign", "/campaigns/{id}/report.pdf": "campaign", "/requests/{id}/matches": "held", "/offers/{id}": "offer", "/offers/{id}/matches": "offer", "/points/batches/{id}": "batch", "/points/batches/{id}/lines": "batch",
		"/points/batches/{id}/report.xlsx": "batch", "/points/batches/{id}/events": "batch", "/campaigns/{id}": "campaign", "/campaigns/{id}/checkin-code": "campaign",
		"/campaigns/{id}/checkins": "campaign", "/campaigns/{id}/items": "campaign", "/campaigns/{id}/signups": "campaign", "/campaigns/{id}/visits": "campaign", "/campaigns/{id}/standings": "contest", "/declarations/{id}": "declaration",
		"/publications/{id}": "publication", "/publications/{id}/items": "publication", "/appeals/{id}": "appeal", "/shop/items/{id}": "item",
		"/shop/items/{id}/moves": "item", "/shop/orders/{id}": "order",
	} {
		all[pattern] = id(pattern, name)
	}
	home := "/households/" + g.readers["asker"].Place.HouseholdID.String()
	for _, suffix := range []string{"", "/flags", "/visits", "/responsible", "/help"} {
		all["/households/{id}"+suffix] = []string{home + suffix, home + suffix + "?purpose=check"}
	}
	all["/register/export.xlsx"] = []string{"/register/export.xlsx?purpose=check", fmt.Sprintf("/register/export.xlsx?purpose=check&unit_id=%d", g.Grids[0].ID)}
	all["/register/reviews"] = []string{"/register/reviews", "/register/reviews?purpose=check"}
	all["/map"] = []string{"/map", "/map?by=unit&purpose=check"}
	g.network(all)
	all["/organisations/{id}"] = id("/organisations/{id}", "organisation")
	all["/organisations/{id}/officers"] = id("/organisations/{id}/officers", "organisation")
	all["/doorbell/households/{id}"] = id("/doorbell/households/{id}", "bell")
	all["/doorbell/households/{id}/suggestions"] = id("/doorbell/households/{id}/suggestions", "bell")
	all["/doorbell/drills/{id}"] = id("/doorbell/drills/{id}", "drill")
	all["/doorbell/alarms"], all["/doorbell/alarms/{id}"] = []string{"/doorbell/alarms", "/doorbell/alarms?all=true"}, id("/doorbell/alarms/{id}", "alarm")
	all["/reception/rosters/{id}"] = id("/reception/rosters/{id}", "roster")
	all["/reception/visits"] = []string{"/reception/visits", "/reception/visits?all=true"}
	all["/reception/mediations"] = []string{"/reception/mediations", "/reception/mediations?all=true"}
	all["/reception/mediations/{id}"] = id("/reception/mediations/{id}", "mediation")
	all["/campaign-series/{id}"] = id("/campaign-series/{id}", "campaign series")
	all["/request-series/{id}"] = id("/request-series/{id}", "series")
	all["/requests/{id}/dispatch"] = id("/requests/{id}/dispatch", "held")
	all["/requests/{id}/dispute"] = id("/requests/{id}/dispute", "disputed")
	for _, suffix := range []string{"", "/steps", "/errand", "/photos"} {
		all["/matters/{id}"+suffix] = id("/matters/{id}"+suffix, "matter")
	}
	all["/breaches/{id}"] = id("/breaches/{id}", "breach")
	all["/matters/rates"] = []string{"/matters/rates?month=2026-11", "/matters/rates?month=2026-11&by=grid"}
	all["/matters/rates/list"] = []string{"/matters/rates/list?month=2026-11&measure=response"}
	all["/service-catalogue"] = []string{"/service-catalogue?community_id=" + g.Community.ID.String()}
	all["/members/{id}/guardian-consent"] = id("/members/{id}/guardian-consent", "child")
	all["/members/{id}/reliability"] = []string{"/members/" + g.readers["helper"].MemberID.String() + "/reliability"}
	all["/photos/{id}"] = []string{g.ids["photo link"]}
	all["/me/data-exports/{id}"], all["/me/data-exports/{id}/file"] = id("/me/data-exports/{id}", "copy"), []string{g.ids["copy link"]}
	for _, pattern := range []string{"/requests/{id}", "/requests/{id}/reveals", "/requests/{id}/steps"} {
		all[pattern] = slices.Concat(id(pattern, "confirmed"), id(pattern, "held"), id(pattern, "for elder"))
	}
	for _, path := range []string{
		"/asks", "/cases", "/organisations", "/flag-schemes", "/service-teams", "/register/households", "/register/mine", "/register/due-visits", "/register/reads", "/map.svg", "/request-series", "/moderation/words", "/moderation/queue", "/disputes", "/misses", "/reliability/me", "/categories", "/themes", "/privacy/policy", "/me/consents", "/me/wards", "/campaign-settings", "/campaign-series", "/visits/me", "/me", "/me/honours", "/me/reveals", "/notices", "/campaigns", "/publications", "/point-rules", "/point-rules/versions", "/points/me", "/points/pool",
		"/doorbell/settings", "/doorbell/households", "/doorbell/pairs/me", "/doorbell/drills", "/doorbell/tasks", "/doorbell/statistics", "/reception/settings", "/reception/hosts", "/reception/rosters", "/reception/shifts", "/reception/swaps", "/reception/counters",
		"/matters", "/breaches",
		"/points/batches", "/points/batches/template.xlsx", "/ledger/head", "/ledger/anchors", "/ledger/keys", "/leaderboards", "/leaderboards/me", "/leaderboards/around-me", "/leaderboards/pioneers",
		"/leaderboards/card.png", "/leaderboards/stream", "/me/subscriptions", "/messages/dead", "/message-templates",
	} {
		all[path] = []string{path}
	}
	return all
}

// documented returns the operations of a method that the OpenAPI document has.
func (g *gallery) documented(method string) (templates []string) {
	g.t.Helper()
	_, text := g.fetch(model.Actor{}, "GET", "/openapi.json", "")
	var document struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	g.must(json.Unmarshal([]byte(text), &document))
	for path, methods := range document.Paths {
		if _, ok := methods[method]; ok {
			templates = append(templates, strings.TrimPrefix(path, "/api/v1"))
		}
	}
	slices.Sort(templates)
	return templates
}

// TestNoAnswerShowsWhatIsPrivate has every role, inside and outside of its part of the community, and the parties read
// all that there is to read, and take the steps of the market, and looks for canaries in what they are answered.
func TestNoAnswerShowsWhatIsPrivate(t *testing.T) {
	g := givenGallery(t, givenStall(t))
	g.history()
	reads := g.reads()
	templates := g.documented("get")
	if len(templates) < 50 {
		t.Errorf("only %d operations are read", len(templates))
	}
	answered := map[string]int{}
	for _, template := range templates {
		paths, known := reads[template]
		if !known {
			t.Errorf("GET %s is not looked at", template)
		}
		for reader := range g.readers {
			for _, path := range paths {
				if status, _ := g.ask(reader, "GET", template, path, ""); status < http.StatusBadRequest {
					answered[template]++
				}
			}
		}
		// Without a font there is no PDF, and without a signed head no proof.
		if answered[template] == 0 && !strings.HasSuffix(template, "pdf") && !strings.HasSuffix(template, "png") && !strings.HasSuffix(template, "proof") {
			t.Errorf("GET %s answers nobody", template)
		}
	}
	g.ask("stranger", "GET", "/verify/{number}", "/verify/"+g.ids["certificate"], "")
	g.wantSteps()
	for i, p := range g.rules {
		if !g.seen[i] {
			t.Errorf("nobody is shown what the table allows: %+v", p)
		}
	}
}

// wantSteps has everybody who is no party take the steps of the market on a request, and wants no phone and no door told.
func (g *gallery) wantSteps() {
	g.t.Helper()
	steps := [][2]string{
		{"contact", `{"purpose":"密用"}`},
		{"address", `{"purpose":"密用"}`},
		{"unclaim", `{"reason":"改天"}`},
		{"start", ""},
		{"finish", `{"minutes":5,"note":"密条"}`},
		{"confirm", `{"rating":5,"comment":"密条"}`},
		{"dispute", `{"reason":"密条"}`},
		{"resolve", `{"outcome":"close","reason":"密条"}`},
		{"wait", ""},
		{"takeover", ""},
		{"keep", ""},
		{"stand-in", ""},
		{"yield", ""},
		{"evidence", `{"text":"密条"}`},
		{"rate", `{"rating":5,"comment":"密条"}`},
		{"approve", ""},
		{"return", `{"field":"title","reason":"密条"}`},
	}
	for reader := range g.readers {
		if slices.Contains([]string{"asker", "helper", "poster", "elder"}, reader) {
			continue
		}
		for _, on := range []string{"confirmed", "held", "for elder"} {
			for _, step := range steps {
				path := "/requests/" + g.ids[on] + "/" + step[0]
				status, text := g.ask(reader, "POST", "/requests/{id}/"+step[0], path, step[1])
				if reveals := step[0] == "contact" || step[0] == "address"; reveals && status < http.StatusBadRequest {
					g.t.Errorf("%s is told by %s: %s", reader, path, text)
				}
			}
		}
		if status, _ := g.ask(reader, "POST", "/requests/{id}/claim", "/requests/"+g.ids["free"]+"/claim", ""); status < http.StatusBadRequest {
			g.ask(reader, "POST", "/requests/{id}/unclaim", "/requests/"+g.ids["free"]+"/unclaim", `{"reason":"改天"}`)
		}
		for _, step := range [][2]string{{"contact", `{"purpose":"密用"}`}, {"address", `{"purpose":"密用"}`}, {"done", `{"note":"密条"}`}, {"give-back", `{"reason":"密由"}`}} {
			status, text := g.ask(reader, "POST", "/visits/{id}/"+step[0], "/visits/"+g.ids["visit"]+"/"+step[0], step[1])
			if reader != "stranger" && status != http.StatusNotFound {
				g.t.Errorf("%s of a visit by %s: %d %s", step[0], reader, status, text)
			}
		}
		g.ask(reader, "POST", "/requests/preview", "/requests/preview", `{"category":"errand","title":"取快递"}`)
	}
	for _, template := range g.documented("post") {
		market := strings.HasPrefix(template, "/requests/{id}/") || strings.HasPrefix(template, "/visits/{id}/")
		if market && !g.tried["POST "+template] && template != "/requests/{id}/cancel" {
			g.t.Errorf("POST %s is not looked at", template)
		}
	}
}

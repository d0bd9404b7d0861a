package api_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"linbanglin/internal/testworld"
	"linbanglin/model"
)

// possessions makes what the table of owners needs and the gallery has not: all of it in the first grid, and of the asker or
// the helper where it is somebody's.
func (g *gallery) possessions() {
	g.t.Helper()
	g.reader("villager", g.Resident(6))
	g.reader("second office", (&subtree{stall: g.stall}).officer(1, model.RoleCommunityAdmin))
	g.reader("worker", g.Holder(model.RoleGridWorker))
	for name, who := range g.readers {
		g.ids[name] = who.MemberID.String()
	}
	for name, value := range map[string]string{
		"home": g.readers["asker"].Place.HouseholdID.String(), "grid": g.Grids[0].ID.String(), "building": g.readers["asker"].Place.BuildingID.String(),
		"branch member": g.Members[0].ID.String(), "role": string(model.RoleResident), "community": g.Community.ID.String(),
		"theme": "lao", "scheme": "red", "voting kind": "survey", "message kind": "claim", "day": "2026-12-01", "month": "2026-11", "version": "1", "seq": "1", "purpose": "service",
	} {
		g.ids[name] = value
	}
	_, link, _ := strings.Cut(g.ids["photo link"], "/photos/")
	g.ids["photo"], _, _ = strings.Cut(link, "?")
	home := "/households/" + g.ids["home"]
	g.ids["flag"], g.ids["charge"] = g.first("office", home+"/flags"), g.first("office", home+"/responsible")
	g.ids["comment"] = g.first("asker", "/proposals/"+g.ids["proposal"]+"/comments")
	g.ids["notice"] = g.first("asker", "/notices")
	g.do("note", "office", "/households/{id}/notes", home+"/notes", `{"kind":"need","text":"密条"}`)
	g.do("device", "office", "/doorbell/households/{id}/devices", "/doorbell/households/"+g.ids["bell"]+"/devices", `{"name":"按钮"}`)
	here := &subtree{stall: g.stall, grid: g.Grids[0], neighbor: g.readers["asker"]}
	g.ids["transfer"], g.ids["message"] = fmt.Sprint(here.transfer()), fmt.Sprint(here.deadMessage())
	g.ids["role proposal"], g.ids["child"] = fmt.Sprint(here.proposedRole()), fmt.Sprint(here.child())
	here.policy()
	g.asked()
	g.kept()
	g.moving()
}

// moving makes matters that are on their way: handed over to the office, whistled for to an organisation of which the asker
// is an officer, and given to it.
func (g *gallery) moving() {
	g.t.Helper()
	step := func(name, reader, verb, body string) {
		g.t.Helper()
		g.do("", reader, "/matters/{id}/"+verb, "/matters/"+g.ids[name]+"/"+verb, g.filled(body))
	}
	here := &subtree{stall: g.stall, neighbor: g.readers["asker"]}
	services := strings.Replace(here.services(), `"category":"other"`, g.filled(`"category":"other","organisation_id":"<organisation>"`), 1)
	g.must(g.put("office", "/service-catalogue", services))
	for _, name := range []string{"handed", "whistled", "dispatched"} {
		g.do(name, "asker", "/matters", "/matters", `{"category":"other","title":"路灯不亮"}`)
	}
	step("dispatched", "worker", "accept", "")
	step("dispatched", "worker", "dispatch", `{"organisation_id":"<organisation>"}`)
	step("handed", "worker", "accept", "")
	step("handed", "worker", "handover", `{"to":"<office>"}`)
	step("whistled", "worker", "accept", "")
	step("whistled", "worker", "escalate", `{"cause":"beyond_power","reason":"核实"}`)
	step("whistled", "office", "accept-handover", "")
	step("whistled", "office", "whistle", `{"organisations":["<organisation>"],"task":"核实","report_by":"2026-11-23T10:00:00+08:00","due_at":"2026-11-23T12:00:00+08:00"}`)
}

// filled puts ids where a body has the names of things.
func (g *gallery) filled(body string) string {
	for name, id := range g.ids {
		body = strings.ReplaceAll(body, "<"+name+">", id)
	}
	return body
}

// first returns the id of the first thing of a list.
func (g *gallery) first(reader, path string) string {
	g.t.Helper()
	status, text := g.fetch(g.readers[reader], "GET", path, "")
	var list struct{ Items []struct{ ID string } }
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list.Items) == 0 {
		g.t.Fatalf("%s by %s has nothing: %d %s", path, reader, status, text)
	}
	return list.Items[0].ID
}

// id reads an id by the name of its thing.
func (g *gallery) id(name string) model.ID {
	g.t.Helper()
	id, err := model.ParseID(g.ids[name])
	g.must(err)
	return id
}

// asked has the asker's request brought to the helper, whose promise to come was broken once, and be an officer's case.
func (g *gallery) asked() {
	g.t.Helper()
	ctx, helper := g.t.Context(), g.readers["helper"].MemberID
	ask := &model.Ask{
		ID: g.store.NewID(), RequestID: g.id("held"), MemberID: helper, OfferID: g.id("offer"), CommunityID: g.Community.ID, Wave: 1, Level: model.KindUnit,
		Category: "errand", DayPart: "morning", Answer: model.AskSent, Parts: map[string]float64{}, SentAt: testworld.Now,
	}
	miss := &model.Miss{
		ID: g.store.NewID(), CommunityID: g.Community.ID, RequestID: g.id("held"), ClaimID: g.store.NewID(), MemberID: helper, Kind: model.MissNoShow,
		Status: model.MissRecorded, At: testworld.Now,
	}
	g.must(g.store.Asks.UpdateDispatch(ctx, &model.Dispatch{
		RequestID: g.id("held"), CommunityID: g.Community.ID, Pace: "urgent", Status: model.DispatchCase, Level: model.KindUnit, Wave: 1,
		OwnerID: g.readers["worker"].MemberID, OwnedAt: testworld.Now, ProposedID: g.readers["office"].MemberID, CreatedAt: testworld.Now, UpdatedAt: testworld.Now,
	}))
	g.must(g.store.Asks.Add(ctx, []*model.Ask{ask}))
	g.must(g.store.Misses.Add(ctx, []*model.Miss{miss}))
	g.ids["ask"], g.ids["miss"], g.ids["case"] = ask.ID.String(), miss.ID.String(), g.ids["held"]
}

// kept is what is there of a decision, of a swap in the reception room, of a task of care, of a login and of moderation.
func (g *gallery) kept() {
	g.t.Helper()
	ctx, asker := g.t.Context(), g.readers["asker"]
	objection := &model.ProposalObjection{ID: g.store.NewID(), ProposalID: g.id("proposal"), MemberID: asker.MemberID, Reason: "密由", Status: model.ObjectionOpen, CreatedAt: testworld.Now}
	task := &model.ProposalTask{
		ID: g.store.NewID(), ProposalID: g.id("proposal"), Title: "买灯", OwnerID: asker.MemberID, DueDay: 20261202, CreatedBy: asker.MemberID, CreatedAt: testworld.Now,
	}
	care := model.NewCareTask(g.store.NewID(), asker.Place, model.CareCheckIn, asker.Place.HouseholdID, 1, testworld.Now)
	session := &model.LoginSession{ID: g.store.NewID(), MemberID: asker.MemberID, Device: "手机", CreatedAt: testworld.Now, UsedAt: testworld.Now}
	held := &model.Held{
		ID: g.store.NewID(), Place: asker.Place, MemberID: asker.MemberID, Subject: model.SubjectNickname, SubjectID: asker.MemberID, Body: "密条",
		Status: model.HoldWaiting, CreatedAt: testworld.Now,
	}
	_, err := g.store.Care.AddTask(ctx, care)
	g.must(err)
	g.must(g.store.Proposals.AddObjection(ctx, objection))
	g.must(g.store.Proposals.AddTask(ctx, task))
	g.must(g.store.Sessions.Add(ctx, session))
	g.must(g.store.Checks.Hold(ctx, held))
	shifts, err := g.store.Reception.ShiftsBetween(ctx, g.Community.ID, 20261123, 20261123, false)
	g.must(err)
	g.ids["shift"], g.ids["host"] = shifts[0].ID.String(), g.Resident(10).MemberID.String()
	swap := &model.Swap{
		ID: g.store.NewID(), CommunityID: g.Community.ID, ShiftID: shifts[0].ID, FromID: g.Resident(10).MemberID, ToID: g.readers["helper"].MemberID,
		Status: model.SwapProposed, CreatedAt: testworld.Now,
	}
	g.must(g.store.Reception.AddSwap(ctx, swap))
	host := g.Resident(10)
	host.Grants = []model.Grant{{Role: model.RolePartyMember, NodeID: g.Community.ID, NodeKind: model.KindCommunity}}
	g.reader("host", host)
	for name, id := range map[string]model.ID{"objection": objection.ID, "proposal task": task.ID, "care task": care.ID, "session": session.ID, "check": held.ID, "swap": swap.ID} {
		g.ids[name] = id.String()
	}
}

package stories

import (
	"fmt"
	"testing"
	"time"
)

// TestStory_Deliberation is row 14 (民主协商): a resident proposes, neighbours second and discuss it, the electorate is
// frozen and votes in secret by household, the decision is published and objected to, and its tasks are given out; a
// decision in four stages; a survey that binds nobody.
func TestStory_Deliberation(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		admin := s.login(t, "admin-1")
		grid, residents := s.neighbours(t, admin)
		rule := object{
			"quorum": object{"num": 1, "den": 100, "over": true}, "majority": object{"num": 1, "den": 2, "over": true}, "seconders": 2, "legal_basis": "本社区居民公约第 5 条",
		}
		residents[0].refused("PUT", "/voting-rules/consultation", with(rule, "version", 0), 403, "auth.forbidden")
		admin.refused("PUT", "/voting-rules/consultation", with(with(rule, "version", 0), "legal_basis", " "), 422, "validation")
		for _, kind := range []string{"consultation", "residents_decision"} {
			admin.put("/voting-rules/"+kind, with(rule, "version", 0))
		}
		decided := playVote(t, admin, residents, grid)
		playDecision(admin, residents, decided)
		playStages(t, admin, residents[0])
		playSurvey(t, admin, residents)
	})
}

// neighbours returns a grid, and eight residents of the demo who live in it, each in a household of their own.
func (s *server) neighbours(t *testing.T, admin *person) (grid string, residents []*person) {
	t.Helper()
	parents := admin.parents("unit")
	for id, parent := range admin.parents("building") {
		parents[id] = parent
	}
	byGrid := map[string][]*person{}
	for i := range 40 {
		r := s.login(t, fmt.Sprintf("resident-%d", i+1))
		at := parents[parents[r.get("/me").at("unit", "id")]]
		if byGrid[at] = append(byGrid[at], r); at != "" && len(byGrid[at]) == 8 {
			return at, byGrid[at]
		}
	}
	t.Fatal("no eight residents live in one grid")
	return "", nil
}

// parents returns the parent of each part of the community of a kind.
func (p *person) parents(kind string) map[string]string {
	p.t.Helper()
	found := map[string]string{}
	for cursor := ""; ; {
		page := p.get("/units?kind=" + kind + "&limit=100&cursor=" + cursor)
		for _, u := range page.list() {
			found[u.at("id")] = u.at("parent_id")
		}
		if cursor = page.at("next_cursor"); cursor == "" {
			return found
		}
	}
}

// with returns an object with one more field.
func with(o object, name string, value any) object {
	more := object{name: value}
	for k, v := range o {
		if k != name {
			more[k] = v
		}
	}
	return more
}

func proposal(title, kind, source string) object {
	return object{"kind": kind, "source": source, "category": "works", "title": title, "description": "把架空层改成活动室", "vote_by": "household"}
}

// playVote brings a resident's proposal to its decision and returns its path.
func playVote(t *testing.T, admin *person, residents []*person, grid string) string {
	author := residents[0]
	body := with(proposal("架空层改造", "consultation", "residents"), "unit_id", grid)
	author.refused("POST", "/proposals", with(body, "source", "cadres"), 403, "auth.forbidden")
	path := "/proposals/" + author.post("/proposals", body).at("id")
	residents[1].refused("GET", path, nil, 404, "not_found")
	admin.refused("POST", path+"/publish", nil, 409, "proposal.seconders")
	for _, neighbour := range residents[1:3] {
		neighbour.post(path+"/second", nil)
	}
	residents[1].refused("POST", path+"/second", nil, 409, "duplicate")
	author.refused("POST", path+"/publish", nil, 403, "auth.forbidden")
	admin.post(path+"/publish", nil)
	admin.post(path+"/discuss", nil)
	residents[3].post(path+"/comments", object{"body": "支持，但要隔音"})
	residents[1].refused("POST", path+"/vote", object{"choice": "for"}, 409, "vote.closed")
	opened := admin.post(path+"/open", object{"closes_at": hence(10 * time.Second)})
	if opened.at("binding") != "true" || opened.at("electorate") == "0" {
		t.Errorf("opened: %v", opened)
	}
	for i, choice := range []string{"for", "for", "for", "for", "against", "abstain", "for"} {
		residents[i].post(path+"/vote", object{"choice": choice})
	}
	residents[0].refused("POST", path+"/vote", object{"choice": "against"}, 409, "vote.twice")
	residents[7].refused("POST", path+"/vote", object{"choice": "maybe"}, 422, "vote.choice")
	if mine := residents[0].get(path); mine.at("mine", "voted") != "true" || mine["tally"] != nil {
		t.Errorf("while it is open: %v", mine)
	}
	eventually(t, "the vote is counted", func() bool { return residents[4].get(path).at("status") == "decided" })
	residents[7].refused("POST", path+"/vote", object{"choice": "for"}, 409, "vote.closed")
	tally := residents[4].get(path)
	if tally.at("tally", "voted") != "7" || tally.at("tally", "counts", "for") != "5" || tally.at("tally", "counts", "against") != "1" || tally.at("tally", "passed") != "true" {
		t.Errorf("the tally is %v", tally["tally"])
	}
	eventually(t, "the electorate is told", func() bool { return residents[7].told("vote_opened") && residents[7].told("vote_result") })
	return path
}

// told reports whether somebody has a notice of a kind among their last ones.
func (p *person) told(kind string) bool {
	p.t.Helper()
	for _, n := range p.get("/notices?limit=100").list() {
		if n.at("kind") == kind {
			return true
		}
	}
	return false
}

// playDecision publishes a decision, hears an objection and gives a task out. That the work begins after seven days, and
// the look back, are for a clock that can be set: service/deliberation.
func playDecision(admin *person, residents []*person, path string) {
	admin.refused("POST", path+"/announce", object{"days": 3}, 422, "validation")
	residents[5].refused("POST", path+"/objections", object{"reason": "太吵"}, 409, "objection.window_closed")
	admin.post(path+"/announce", object{})
	objection := residents[5].post(path+"/objections", object{"reason": "太吵"}).at("id")
	residents[5].refused("POST", path+"/objections", object{"reason": "还是太吵"}, 409, "duplicate")
	residents[6].refused("POST", "/proposal-objections/"+objection+"/answer", object{"upheld": true, "answer": "对"}, 403, "auth.forbidden")
	admin.post("/proposal-objections/"+objection+"/answer", object{"upheld": false, "answer": "加装隔音门"})
	day := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	planned := admin.post(path+"/tasks", object{"title": "找三家报价", "owner_id": residents[2].ID, "due_on": day})
	tasks, _ := planned["tasks"].([]any)
	task, _ := tasks[0].(map[string]any)
	residents[2].refused("POST", "/proposal-tasks/"+object(task).at("id")+"/done", object{"result": "做了"}, 409, "proposal.state")
	admin.refused("POST", path+"/review", object{"result": "好了", "cost_fen": 0}, 409, "proposal.state")
	if got := residents[7].get(path); got.at("status") != "announced" {
		admin.t.Errorf("got %v", got)
	}
}

// playStages takes a proposal through 四议两公开.
func playStages(t *testing.T, admin, resident *person) {
	body := with(with(proposal("公共收益的使用", "residents_decision", "cadres"), "unit_id", admin.Home), "four_stages", true)
	path := "/proposals/" + admin.post("/proposals", body).at("id")
	admin.post(path+"/publish", nil)
	admin.post(path+"/discuss", nil)
	hold := func(stage string, due, in int) object {
		return object{
			"stage": stage, "held_on": time.Now().UTC().Add(8 * time.Hour).Format(time.DateOnly), "due_count": due, "present_count": in, "votes_for": in, "votes_against": 0,
			"abstained": 0, "minutes": "一致同意",
		}
	}
	admin.refused("POST", path+"/meetings", hold("committees", 9, 9), 409, "meeting.order")
	resident.refused("POST", path+"/meetings", hold("branch_proposal", 9, 9), 403, "auth.forbidden")
	admin.refused("POST", path+"/meetings", hold("branch_proposal", 5, 6), 422, "validation")
	admin.post(path+"/meetings", hold("branch_proposal", 9, 4)) // under quorum: on record, not passed
	admin.refused("POST", path+"/meetings", hold("committees", 9, 9), 409, "meeting.order")
	for _, stage := range []string{"branch_proposal", "committees", "party_assembly", "residents_meeting"} {
		admin.post(path+"/meetings", hold(stage, 30, 25))
	}
	if got := resident.get(path); got.at("status") != "decided" || got.at("tally", "counts", "for") != "25" {
		t.Errorf("got %v", got)
	}
}

// playSurvey asks for opinions, which bind nobody.
func playSurvey(t *testing.T, admin *person, residents []*person) {
	body := with(with(proposal("邻里节办在哪天", "survey", "cadres"), "unit_id", admin.Home), "options", []string{"周六", "周日"})
	path := "/proposals/" + admin.post("/proposals", body).at("id")
	admin.post(path+"/publish", nil)
	admin.post(path+"/discuss", nil)
	opened := admin.post(path+"/open", object{"closes_at": hence(8 * time.Second)})
	if opened.at("binding") != "false" || opened.at("note") == "" {
		t.Errorf("a survey is not labelled: %v", opened)
	}
	for _, r := range residents[:5] {
		r.post(path+"/vote", object{"choice": "2"})
	}
	eventually(t, "the survey is counted", func() bool { return residents[0].get(path).at("status") == "counted" })
	if got := residents[0].get(path); got.at("tally", "counts", "2") != "5" || got.at("tally", "binding") != "false" {
		t.Errorf("got %v", got)
	}
	admin.refused("POST", path+"/announce", object{}, 409, "proposal.state")
}

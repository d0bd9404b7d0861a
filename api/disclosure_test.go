package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/model"
	"linbanglin/service/disclosure"
	"linbanglin/service/ledger"
)

// fieldsOf reads the fields of an answer that reply does not know.
func fieldsOf(t *testing.T, got *reply) map[string]any {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(got.text), &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

func TestDeclarationLifeOverHTTP(t *testing.T) {
	store := testdb.Open(t, testdb.SQLite)
	s := givenStallOn(t, store)
	neighbor, worker, organizer, admin := s.Resident(0), s.Holder(model.RoleGridWorker), s.Holder(model.RoleOrganizer), s.Holder(model.RoleCommunityAdmin)
	declared := s.want(s.call(neighbor, "POST", "/declarations", workBody, "Idempotency-Key", "d"), 201, "ADJUST")
	path := "/declarations/" + declared.ID
	again := s.want(s.call(neighbor, "POST", "/declarations", workBody, "Idempotency-Key", "d"), 201, "ADJUST")
	if again.ID != declared.ID || again.head.Get("Idempotent-Replayed") != "true" || declared.head.Get("Location") != "/api/v1"+path {
		t.Errorf("got %v, then %v %s", declared.head, again.head, again.text)
	}
	// The code of a declaration is that of its rule.
	if f := fieldsOf(t, declared); f["points"] != 5.0 || f["minutes"] != 30.0 || f["status"] != "declared" || f["member"].(map[string]any)["display_name"] != "甲**" {
		t.Errorf("got %s", declared.text)
	}
	s.want(s.call(neighbor, "POST", path+"/verify", ""), 403, "auth.forbidden")
	s.want(s.call(worker, "POST", path+"/refuse", `{"reason":""}`), 422, "validation")
	s.want(s.call(worker, "POST", path+"/verify", ""), 200, "ADJUST")
	s.want(s.call(worker, "POST", path+"/verify", ""), 409, "declaration.state")
	plan := fmt.Sprintf(`{"kind":"declarations","scope_unit_id":"%d","title":"十一月申报"}`, s.Areas[0].ID)
	published := s.want(s.call(organizer, "POST", "/publications", plan), 201, "")
	s.want(s.call(organizer, "POST", "/publications", plan), 409, "publication.empty")
	if f := fieldsOf(t, published); len(f["snapshot_hash"].(string)) != 64 || f["ends_at"] != "2026-11-30T08:00:00+08:00" || published.Count != 1 || published.Status != "publishing" {
		t.Errorf("got %s", published.text)
	}
	s.want(s.call(neighbor, "POST", path+"/withdraw", ""), 409, "declaration.state")
	items := s.want(s.call(s.Resident(1), "GET", "/publications/"+published.ID+"/items", ""), 200, "")
	if len(items.Items) != 1 || !strings.Contains(items.text, `"verified":{"points":0,"minutes":0},"declared":{"points":5,"minutes":30}`) || strings.Contains(items.text, "照片") {
		t.Errorf("got %s", items.text)
	}
	appeal := s.want(s.call(s.Resident(1), "POST", "/publications/"+published.ID+"/appeals", `{"item_no":1,"reason":"没有看到","anonymous":true}`), 201, "")
	s.want(s.call(s.Resident(1), "POST", "/publications/"+published.ID+"/appeals", appealBody), 409, "appeal.duplicate")
	s.want(s.call(s.Resident(1), "POST", "/publications/"+published.ID+"/appeals", `{"item_no":9,"reason":"x"}`), 404, "not_found")
	s.want(s.call(s.outsider(), "POST", "/publications/"+published.ID+"/appeals", appealBody), 404, "not_found")
	if got := s.want(s.call(admin, "GET", "/appeals/"+appeal.ID, ""), 200, ""); strings.Contains(got.text, `"appellant"`) || fieldsOf(t, got)["due_at"] != "2026-12-01T00:00:00+08:00" {
		t.Errorf("got %s", got.text)
	}
	s.want(s.call(organizer, "POST", "/appeals/"+appeal.ID+"/resolve", rejection), 403, "disclosure.own_record")
	s.want(s.call(organizer, "GET", "/appeals/"+appeal.ID, ""), 404, "not_found")
	s.want(s.call(admin, "POST", "/appeals/"+appeal.ID+"/resolve", `{"result":"partly","reason":"核减","granted":{"points":6,"minutes":1}}`), 422, "validation")
	partly := s.want(s.call(admin, "POST", "/appeals/"+appeal.ID+"/resolve", `{"result":"partly","reason":"核减","granted":{"points":2,"minutes":30}}`), 200, "")
	if partly.Status != "resolved" || !strings.Contains(partly.text, `"credit":{"points":2,"minutes":30}`) {
		t.Errorf("got %s", partly.text)
	}
	s.want(s.call(s.Resident(1), "POST", "/appeals/"+appeal.ID+"/review", `{"reason":"应当全部不计"}`), 200, "")
	s.want(s.call(admin, "POST", "/appeals/"+appeal.ID+"/review/resolve", rejection), 403, "disclosure.own_record")
	s.want(s.call(s.Holder(model.RoleStreetOfficer), "POST", "/appeals/"+appeal.ID+"/review/resolve", `{"result":"upheld","reason":"不属实"}`), 200, "")
	if got := s.want(s.call(neighbor, "GET", path, ""), 200, "ADJUST"); got.Status != "refused" {
		t.Errorf("got %s", got.text)
	}
	s.want(s.call(organizer, "POST", "/publications/"+published.ID+"/withdraw", `{"reason":"有误"}`), 409, "publication.state")
	later := func() model.Instant { return model.Day(20261201).Start() }
	if n, err := disclosure.New(store, ledger.New(store, later), later).Sweep(t.Context()); n != 0 || err != nil {
		t.Errorf("%d were booked, %v", n, err)
	}
	if got := s.want(s.call(neighbor, "GET", "/publications?status=final&kind=declarations", ""), 200, ""); len(got.Items) != 1 {
		t.Errorf("got %s", got.text)
	}
	s.want(s.call(s.Resident(2), "POST", "/publications/"+published.ID+"/appeals", appealBody), 409, "appeal.window_closed")
}

// outsider lives in the second area.
func (s *stall) outsider() model.Actor { return s.Resident(12) }

func TestBadDisclosureIsRefusedOverHTTP(t *testing.T) {
	s := givenStall(t)
	neighbor, admin := s.Resident(0), s.Holder(model.RoleCommunityAdmin)
	change := func(before, after string) string {
		t.Helper()
		if !strings.Contains(workBody, before) {
			t.Fatalf("%s is not in the body", before)
		}
		return strings.Replace(workBody, before, after, 1)
	}
	scope := s.Community.ID.String()
	for name, c := range map[string]struct {
		who                model.Actor
		method, path, body string
		status             int
		code               string
	}{
		"no points":             {neighbor, "POST", "/declarations", change(`"points":5`, `"points":0`), 422, "validation"},
		"negative points":       {neighbor, "POST", "/declarations", change(`"points":5`, `"points":-5`), 422, "validation"},
		"huge points":           {neighbor, "POST", "/declarations", change(`"points":5`, `"points":1000001`), 422, "validation"},
		"beyond every integer":  {neighbor, "POST", "/declarations", change(`"points":5`, `"points":1e30`), 422, "validation"},
		"half a point":          {neighbor, "POST", "/declarations", change(`"points":5`, `"points":0.5`), 422, "validation"},
		"negative minutes":      {neighbor, "POST", "/declarations", change(`"minutes":30`, `"minutes":-1`), 422, "validation"},
		"too many minutes":      {neighbor, "POST", "/declarations", change(`"minutes":30`, `"minutes":121`), 422, "validation"},
		"an unknown rule":       {neighbor, "POST", "/declarations", change("ADJUST", "MAGIC"), 422, "points.rule_unknown"},
		"a rule's fixed amount": {neighbor, "POST", "/declarations", change("ADJUST", "TASK_DONE"), 422, "points.amount"},
		"an unknown member":     {admin, "POST", "/declarations", `{"member_id":"42",` + workBody[1:], 404, "not_found"},
		"no id of a member":     {admin, "POST", "/declarations", `{"member_id":"x",` + workBody[1:], 422, "validation"},
		"a neighbour's":         {neighbor, "POST", "/declarations", fmt.Sprintf(`{"member_id":"%d",`, s.Resident(1).MemberID) + workBody[1:], 403, "auth.forbidden"},
		"the future":            {neighbor, "POST", "/declarations", change("2026-11-22T10", "2026-11-23T10"), 422, "declaration.work_time"},
		"long ago":              {neighbor, "POST", "/declarations", change("2026-11-22T08", "2025-11-22T07"), 422, "declaration.work_time"},
		"no evidence":           {neighbor, "POST", "/declarations", change(`["照片"]`, `[]`), 422, "validation"},
		"empty evidence":        {neighbor, "POST", "/declarations", change(`["照片"]`, `[" "]`), 422, "validation"},
		"much evidence":         {neighbor, "POST", "/declarations", change(`["照片"]`, `["1","2","3","4","5","6"]`), 422, "validation"},
		"an unknown field":      {neighbor, "POST", "/declarations", change(`"points":5`, `"points":5,"phone":"1"`), 422, "validation"},
		"an unknown state":      {neighbor, "GET", "/declarations?status=lost", "", 422, "validation"},
		"a bad cursor":          {neighbor, "GET", "/publications?cursor=x", "", 422, "cursor.invalid"},
		"no kind":               {admin, "POST", "/publications", `{"kind":"fund","scope_unit_id":"` + scope + `","title":"x"}`, 422, "validation"},
		"two days":              {admin, "POST", "/publications", `{"kind":"declarations","scope_unit_id":"` + scope + `","title":"x","days":2}`, 422, "validation"},
		"31 days":               {admin, "POST", "/publications", `{"kind":"declarations","scope_unit_id":"` + scope + `","title":"x","days":31}`, 422, "validation"},
		"no scope":              {admin, "POST", "/publications", `{"kind":"declarations","scope_unit_id":"42","title":"x"}`, 404, "not_found"},
		"no period":             {admin, "POST", "/publications", `{"kind":"points","scope_unit_id":"` + scope + `","title":"x"}`, 422, "period.invalid"},
		"a date that is none":   {admin, "POST", "/publications", `{"kind":"points","scope_unit_id":"` + scope + `","title":"x","from":"2026-02-30","to":"2026-03-01"}`, 422, "validation"},
		"another scope":         {s.Others.Holder(model.RoleCommunityAdmin), "POST", "/publications", `{"kind":"declarations","scope_unit_id":"` + scope + `","title":"x"}`, 404, "not_found"},
		"no such declaration":   {admin, "POST", "/declarations/42/verify", "", 404, "not_found"},
		"no such publication":   {admin, "GET", "/publications/42/items", "", 404, "not_found"},
		"no such appeal":        {admin, "POST", "/appeals/42/resolve", rejection, 404, "not_found"},
		"no result":             {admin, "POST", "/appeals/42/resolve", `{"result":"maybe","reason":"x"}`, 422, "validation"},
		"a zero award":          {admin, "POST", "/appeals/42/resolve", `{"result":"upheld","reason":"x","award":0}`, 422, "validation"},
		"a huge award":          {admin, "POST", "/appeals/42/resolve", `{"result":"upheld","reason":"x","award":1000001}`, 422, "validation"},
		"no day":                {admin, "PUT", "/calendar/tomorrow", `{"working":false}`, 422, "validation"},
		"a long period":         {admin, "GET", "/calendar?from=2026-01-01&to=2027-06-01", "", 422, "period.invalid"},
	} {
		if got := s.call(c.who, c.method, c.path, c.body, "Idempotency-Key", "bad-"+strings.ReplaceAll(name, " ", "-")); got.status != c.status || got.Code != c.code {
			t.Errorf("%s: got %d %s, want %d %s", name, got.status, got.text, c.status, c.code)
		}
	}
	if got := s.want(s.call(admin, "GET", "/declarations", ""), http.StatusOK, ""); len(got.Items) != 0 {
		t.Errorf("something was written: %s", got.text)
	}
}

func TestCalendarOverHTTP(t *testing.T) {
	s := givenStall(t)
	got := s.want(s.call(s.Resident(0), "GET", "/calendar?from=2026-10-09&to=2026-10-11", ""), 200, "")
	want := `{"items":[{"day":"2026-10-09","working":true,"source":"week"},{"day":"2026-10-10","working":true,"note":"国庆节调休","source":"official"},` +
		`{"day":"2026-10-11","working":false,"source":"week"}]}`
	if strings.TrimSpace(got.text) != want {
		t.Errorf("got %s", got.text)
	}
	set := s.want(s.call(s.Holder(model.RoleCommunityAdmin), "PUT", "/calendar/2026-10-09", `{"working":false,"note":"社区休息"}`), 200, "")
	if strings.TrimSpace(set.text) != `{"day":"2026-10-09","working":false,"note":"社区休息","source":"community"}` {
		t.Errorf("got %s", set.text)
	}
	if got = s.want(s.call(s.Resident(0), "GET", "/calendar?from=2026-10-09&to=2026-10-09", ""), 200, ""); !strings.Contains(got.text, "社区休息") {
		t.Errorf("got %s", got.text)
	}
}

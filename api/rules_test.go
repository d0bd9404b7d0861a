package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"linbanglin/model"
)

// draftBody is a draft with so many points for a task, and more fields behind the rules.
func draftBody(amount int, more string) string {
	return fmt.Sprintf(`{"valid_months":24,"items":[{"code":"TASK_DONE","name":"完成求助","unit":"points","amount":%d,"class":"verified","caps":{"pair_per_week":2}},`+
		`{"code":"MINUTES","name":"服务时长","unit":"minutes","class":"verified"},{"code":"CAMPAIGN","name":"参加活动","unit":"points","class":"verified"},`+
		`{"code":"ADJUST","name":"核定","unit":"points","class":"declared","caps":{"week":20}}]%s}`, amount, more)
}

// ruleSet is what these tests look at of a version.
type ruleSet struct {
	Version       int    `json:"version"`
	Status        string `json:"status"`
	Revision      int    `json:"revision"`
	EffectiveFrom string `json:"effective_from"`
	RetiredFrom   string `json:"retired_from"`
	Note          string `json:"note"`
	Items         []struct {
		Code   string         `json:"code"`
		Unit   string         `json:"unit"`
		Amount *int           `json:"amount"`
		Caps   map[string]int `json:"caps"`
	} `json:"items"`
}

func read[T any](t *testing.T, got *reply) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(got.text), &v); err != nil {
		t.Fatalf("%v: %s", err, got.text)
	}
	return v
}

func TestRulesLifeOverHTTP(t *testing.T) {
	s := givenStall(t)
	admin, resident := s.Holder(model.RoleCommunityAdmin), s.Resident(0)
	made := s.want(s.call(admin, "POST", "/point-rules/versions", draftBody(12, `,"note":"提高求助分"`), "Idempotency-Key", "draft"), 201, "")
	draft := read[ruleSet](t, made)
	if draft.Version != 2 || draft.Status != "draft" || draft.Revision != 1 || draft.Note != "提高求助分" || len(draft.Items) != 4 || made.head.Get("Location") != "/api/v1/point-rules/versions/2" {
		t.Fatalf("got %s", made.text)
	}
	again := s.want(s.call(admin, "POST", "/point-rules/versions", draftBody(12, `,"note":"提高求助分"`), "Idempotency-Key", "draft"), 201, "")
	if read[ruleSet](t, again).Version != 2 || again.head.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the same again: %s", again.text)
	}
	const path = "/point-rules/versions/2"
	s.want(s.call(resident, "GET", path, ""), 404, "not_found")
	edited := read[ruleSet](t, s.want(s.call(admin, "PUT", path, draftBody(15, `,"revision":1`)), 200, ""))
	if edited.Revision != 2 || edited.Note != "" || edited.Items[3].Amount == nil || *edited.Items[3].Amount != 15 {
		t.Errorf("got %+v", edited)
	}
	s.want(s.call(admin, "PUT", path, draftBody(16, `,"revision":1`)), 409, "version.stale")
	s.want(s.call(admin, "POST", path+"/publish", `{"effective_from":"2026-11-22"}`), 422, "rules.past")
	for _, day := range []string{`"tomorrow"`, `""`, `20261124`, `"2026-02-30"`} {
		s.want(s.call(admin, "POST", path+"/publish", `{"effective_from":`+day+`}`), 422, "validation")
	}
	s.want(s.call(admin, "POST", path+"/publish", `{}`), 422, "validation")
	if in := read[ruleSet](t, s.call(resident, "GET", "/point-rules", "")); in.Version != 1 {
		t.Errorf("before: %+v", in)
	}
	published := read[ruleSet](t, s.want(s.call(admin, "POST", path+"/publish", `{"effective_from":"2026-11-23"}`, "Idempotency-Key", "publish"), 200, ""))
	if published.Status != "published" || published.EffectiveFrom != "2026-11-23" {
		t.Errorf("got %+v", published)
	}
	if in := read[ruleSet](t, s.call(resident, "GET", "/point-rules", "")); in.Version != 2 || in.Items[0].Code != "ADJUST" || in.Items[0].Caps["week"] != 20 {
		t.Errorf("after: %+v", in)
	}
	s.want(s.call(admin, "PUT", path, draftBody(16, `,"revision":2`)), 409, "rules.state")
	list := s.want(s.call(resident, "GET", "/point-rules/versions?limit=1", ""), 200, "")
	if len(list.Items) != 1 || list.Items[0].Version != 2 || list.Next == "" {
		t.Errorf("got %s", list.text)
	}
	list = s.want(s.call(resident, "GET", "/point-rules/versions?limit=1&cursor="+list.Next, ""), 200, "")
	if len(list.Items) != 1 || list.Items[0].Version != 1 || list.Next != "" {
		t.Errorf("got %s", list.text)
	}
	retired := read[ruleSet](t, s.want(s.call(admin, "POST", path+"/retire", ""), 200, ""))
	if retired.Status != "retired" || retired.RetiredFrom != "2026-11-23" {
		t.Errorf("got %+v", retired)
	}
	s.want(s.call(admin, "POST", path+"/retire", ""), 409, "rules.state")
	s.want(s.call(admin, "POST", "/point-rules/versions/1/retire", ""), 409, "rules.last")
	s.want(s.call(s.Others.Resident(0), "GET", path, ""), 404, "not_found")
	s.want(s.call(admin, "GET", "/point-rules/versions/9", ""), 404, "not_found")
}

func TestRulesThatAreRefusedOverHTTP(t *testing.T) {
	s := givenStall(t)
	admin := s.Holder(model.RoleCommunityAdmin)
	for name, body := range map[string]string{
		"nothing":            `{}`,
		"no rules":           `{"valid_months":1,"items":[]}`,
		"no list":            `{"valid_months":1,"items":null}`,
		"no rule":            `{"valid_months":1,"items":[null]}`,
		"a missing code":     `{"valid_months":1,"items":[{"code":"A","name":"x","unit":"points","class":"verified"}]}`,
		"an unknown unit":    strings.Replace(draftBody(1, ""), `"points"`, `"money"`, 1),
		"an unknown class":   strings.Replace(draftBody(1, ""), `"verified"`, `"sure"`, 1),
		"an unknown field":   strings.Replace(draftBody(1, ""), `"valid_months"`, `"x":1,"valid_months"`, 1),
		"a negative amount":  draftBody(-1, ""),
		"a huge amount":      draftBody(1_000_001, ""),
		"a negative cap":     strings.Replace(draftBody(1, ""), `"week":20`, `"week":-1`, 1),
		"a reserved code":    strings.Replace(draftBody(1, ""), `"ADJUST"`, `"DONATE"`, 1),
		"a code twice":       strings.Replace(draftBody(1, ""), `"ADJUST"`, `"CAMPAIGN"`, 1),
		"a life of 11 years": strings.Replace(draftBody(1, ""), `24`, `121`, 1),
		"a long note":        draftBody(1, `,"note":"`+strings.Repeat("长", 201)+`"`),
	} {
		if got := s.call(admin, "POST", "/point-rules/versions", body); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
	}
	if list := s.call(admin, "GET", "/point-rules/versions", ""); len(list.Items) != 1 {
		t.Errorf("something was written: %s", list.text)
	}
	for _, version := range []string{"0", "-1", "x", "99999999999"} {
		if got := s.call(admin, "GET", "/point-rules/versions/"+version, ""); got.status != http.StatusUnprocessableEntity && got.status != http.StatusNotFound {
			t.Errorf("version %s: %d %s", version, got.status, got.text)
		}
	}
}

func TestDryRunOverHTTP(t *testing.T) {
	s := givenStall(t)
	admin, member := s.Holder(model.RoleCommunityAdmin), s.Resident(0)
	for i, amount := range []int{15, 15} {
		body := fmt.Sprintf(`{"member_id":"%d","amount":%d,"code":"ADJUST","memo":"x"}`, member.MemberID, amount)
		s.want(s.call(admin, "POST", "/points/awards", body, "Idempotency-Key", fmt.Sprint("a", i)), 201, "")
	}
	s.want(s.call(admin, "POST", "/point-rules/versions", draftBody(12, "")), 201, "")
	run := read[struct {
		Month    string `json:"month"`
		Complete bool   `json:"complete"`
		Rows     int    `json:"rows"`
		Affected int    `json:"members_affected"`
		Items    []struct {
			Code, Unit                                   string
			Times, Granted, WouldBe, Difference, Missing any
			Would                                        int `json:"would_be"`
		} `json:"items"`
		Largest []struct {
			Member map[string]string `json:"member"`
			Points map[string]int    `json:"points"`
		} `json:"largest"`
		Missing []string `json:"missing_codes"`
	}](t, s.want(s.call(admin, "GET", "/point-rules/versions/2/dry-run?month=2026-11", ""), 200, ""))
	if run.Month != "2026-11" || !run.Complete || run.Rows != 2 || run.Affected != 1 || len(run.Items) != 1 || run.Items[0].Would != 20 ||
		len(run.Largest) != 1 || run.Largest[0].Points["difference"] != -10 || run.Largest[0].Member["display_name"] != "甲**" || run.Missing == nil {
		t.Errorf("got %+v", run)
	}
	s.want(s.call(admin, "GET", "/point-rules/versions/2/dry-run?month=2027-01", ""), 422, "validation")
	s.want(s.call(admin, "GET", "/point-rules/versions/2/dry-run?month=May", ""), 422, "validation")
	s.want(s.call(member, "GET", "/point-rules/versions/2/dry-run", ""), 403, "auth.forbidden")
}

func TestDonationAndPoolOverHTTP(t *testing.T) {
	s := givenStall(t)
	admin, member := s.Holder(model.RoleCommunityAdmin), s.Resident(0)
	s.want(s.call(admin, "POST", "/points/awards", fmt.Sprintf(`{"member_id":"%d","amount":30,"code":"ADJUST","memo":"x"}`, member.MemberID), "Idempotency-Key", "a"), 201, "")
	s.want(s.call(member, "POST", "/points/donations", `{"amount":10}`), 400, "idempotency.key_required")
	for range 2 {
		given := s.want(s.call(member, "POST", "/points/donations", `{"amount":10,"memo":"给社区"}`, "Idempotency-Key", "d"), 201, "")
		if given.Transfer == "" || !strings.Contains(given.text, `"balance":20`) {
			t.Errorf("got %s", given.text)
		}
	}
	s.want(s.call(member, "POST", "/points/donations", `{"amount":11,"memo":"给社区"}`, "Idempotency-Key", "d"), 422, "idempotency.key_reused")
	if short := s.want(s.call(member, "POST", "/points/donations", `{"amount":21}`, "Idempotency-Key", "e"), 409, "points.insufficient"); !strings.Contains(short.text, "还剩 20") {
		t.Errorf("got %s", short.text)
	}
	for i, body := range []string{`{"amount":0}`, `{"amount":-1}`, `{"amount":1000001}`, `{}`, `{"amount":1,"memo":"` + strings.Repeat("长", 101) + `"}`} {
		if got := s.call(member, "POST", "/points/donations", body, "Idempotency-Key", fmt.Sprint("bad", i)); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", body, got.status, got.text)
		}
	}
	pool := read[map[string]int](t, s.want(s.call(s.Resident(5), "GET", "/points/pool", ""), 200, ""))
	if pool["year"] != 2026 || pool["granted"] != 30 || pool["donated"] != 10 || pool["expired"] != 0 || pool["redeemed"] != 0 {
		t.Errorf("got %v", pool)
	}
	s.want(s.call(model.Actor{}, "GET", "/points/pool", ""), 401, "auth.token_missing")
}

func TestFlagsOverHTTP(t *testing.T) {
	s := givenStall(t)
	admin, auditor := s.Holder(model.RoleCommunityAdmin), s.Holder(model.RoleAuditor)
	for i := range 5 {
		body := fmt.Sprintf(`{"member_id":"%d","amount":5,"code":"ADJUST","memo":"x"}`, s.Resident(0).MemberID)
		s.want(s.call(admin, "POST", "/points/awards", body, "Idempotency-Key", fmt.Sprint("a", i)), 201, "")
	}
	report := read[struct {
		From, To string
		Complete bool
		Items    []struct {
			Kind    string
			Members []map[string]string
			Figures map[string]any
			Rows    []struct{ Type, ID string }
		}
	}](t, s.want(s.call(auditor, "GET", "/audit/flags?from=2026-11-23&to=2026-11-23&kind=declared_by_actor,overlap", ""), 200, ""))
	if report.From != "2026-11-23" || !report.Complete || len(report.Items) != 1 {
		t.Fatalf("got %+v", report)
	}
	f := report.Items[0]
	if f.Kind != "declared_by_actor" || f.Members[0]["id"] != admin.MemberID.String() || f.Figures["percent"] != 100.0 || f.Figures["unit"] != "points" || len(f.Rows) != 5 || f.Rows[0].Type != "transfer" || f.Rows[0].ID == "" {
		t.Errorf("got %+v", f)
	}
	for _, query := range []string{"?kind=bribe", "?from=today", "?from=2026-11-23&to=2026-11-22", "?from=2020-01-01"} {
		s.want(s.call(auditor, "GET", "/audit/flags"+query, ""), 422, "validation")
	}
	s.want(s.call(s.Resident(0), "GET", "/audit/flags", ""), 403, "auth.forbidden")
}

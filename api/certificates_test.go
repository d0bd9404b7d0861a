package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"linbanglin/api"
	"linbanglin/model"
	"linbanglin/service/ledger/proof"
)

// fetch gets a path of the server as a browser would, and returns the answer and its body, whatever it is.
func (s *stall) fetch(who model.Actor, path, accept string) (*reply, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.server.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if who.MemberID != 0 {
		r.Header.Set("Authorization", "Bearer "+token(who))
	}
	r.Header.Set("Accept", accept)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return &reply{status: answer.StatusCode, head: answer.Header}, string(text)
}

// award gives a resident points or minutes by hand.
func (s *stall) award(to model.Actor, code string, amount int, key string) {
	s.t.Helper()
	body := fmt.Sprintf(`{"member_id":"%d","amount":%d,"code":%q,"memo":"<b>=1+1</b>"}`, to.MemberID, amount, code)
	s.want(s.call(s.Holder(model.RoleCommunityAdmin), "POST", "/points/awards", body, "Idempotency-Key", key), 201, "")
}

func TestStatementsAsFilesOverHTTP(t *testing.T) {
	s := givenStall(t)
	member, name := s.Resident(0), s.Members[0].Name
	for i := range 3 {
		s.award(member, "ADJUST", 10, fmt.Sprint(i))
	}
	const path = "/api/v1/points/statement"
	for _, c := range []struct{ suffix, kind, begins, shows string }{
		{".html?from=2026-11-01&to=2026-11-23", "text/html; charset=utf-8", "<!DOCTYPE html>", name},
		{".html", "text/html; charset=utf-8", "<!DOCTYPE html>", "&lt;b&gt;=1&#43;1&lt;/b&gt;"},
		{".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK", "xl/worksheets/sheet1.xml"},
	} {
		got, text := s.fetch(member, path+c.suffix, "*/*")
		if got.status != 200 || got.head.Get("Content-Type") != c.kind || !strings.HasPrefix(text, c.begins) || !strings.Contains(text, c.shows) ||
			!strings.Contains(got.head.Get("Content-Disposition"), "statement-2026-11-23.") || !strings.HasPrefix(got.head.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %d %v %.300s", c.suffix, got.status, got.head, text)
		}
	}
	s.wantPDF(member, path+".pdf")
	if _, text := s.fetch(s.Holder(model.RoleAuditor), fmt.Sprintf("%s.html?member_id=%d", path, member.MemberID), "*/*"); strings.Contains(text, name) || !strings.Contains(text, model.MaskName(name)) {
		t.Errorf("the auditor sees %.600s", text)
	}
	for _, suffix := range []string{"", ".html", ".xlsx", ".pdf"} {
		s.want(s.call(model.Actor{}, "GET", "/points/statement"+suffix, ""), 401, "auth.token_missing")
		s.want(s.call(s.Resident(1), "GET", fmt.Sprintf("/points/statement%s?member_id=%d", suffix, member.MemberID), ""), 403, "auth.forbidden")
		s.want(s.call(s.Others.Holder(model.RoleAuditor), "GET", fmt.Sprintf("/points/statement%s?member_id=%d", suffix, member.MemberID), ""), 404, "not_found")
		s.want(s.call(member, "GET", "/points/statement"+suffix+"?from=2026-11-24&to=2026-11-23", ""), 422, "period.days")
		s.want(s.call(member, "GET", "/points/statement"+suffix+"?from=2026-13-01", ""), 422, "validation")
		s.want(s.call(member, "GET", "/points/statement"+suffix+"?unit=hours", ""), 422, "validation")
	}
	got := s.want(s.call(member, "GET", "/points/statement?from=2026-11-23&limit=2", ""), 200, "")
	var statement struct {
		Member           struct{ ID, DisplayName string }
		Unit, From, To   string
		Opening, Closing int64
		Footer           struct {
			Seq  int64
			Hash string
		}
	}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(got.text, "display_name", "displayname")), &statement); err != nil {
		t.Fatal(err)
	}
	if statement.Member.DisplayName != name || statement.Unit != "points" || statement.From != "2026-11-23" || statement.To != "" || statement.Opening != 0 ||
		statement.Closing != 30 || statement.Footer.Seq != 3 || len(statement.Footer.Hash) != 64 || len(got.Items) != 2 || got.Next == "" {
		t.Errorf("got %s", got.text)
	}
}

// wantPDF wants a PDF where there is a font to make it with, and else the sentence that says what to do.
func (s *stall) wantPDF(who model.Actor, path string) {
	s.t.Helper()
	got, text := s.fetch(who, path, "*/*")
	switch got.status {
	case http.StatusOK:
		if got.head.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(text, "%PDF-") {
			s.t.Errorf("got %v %.100s", got.head, text)
		}
	default:
		if got.status != http.StatusServiceUnavailable || !strings.Contains(text, `"pdf.no_font"`) || !strings.Contains(text, "LBL_PDF_FONT") {
			s.t.Errorf("got %d %s", got.status, text)
		}
	}
}

func TestCertificatesOverHTTP(t *testing.T) {
	s := givenStall(t)
	member, admin, name := s.Resident(0), s.Holder(model.RoleCommunityAdmin), s.Members[0].Name
	masked := model.MaskName(name)
	s.want(s.call(member, "POST", "/certificates", `{"from":"2026-11-01","to":"2026-11-23"}`), 409, "certificate.no_service")
	s.award(member, "MINUTES", 90, "m")
	for body, code := range map[string]string{
		`{"from":"2026-11-01"}`: "validation", `{"from":"2026-11-01","to":"2026-11-31"}`: "validation", `{"from":"2026-11-01","to":"yesterday"}`: "validation",
		`{"from":"2026-11-02","to":"2026-11-01"}`: "period.days", `{"from":"2026-11-01","to":"2026-11-24"}`: "period.future",
	} {
		s.want(s.call(member, "POST", "/certificates", body), 422, code)
	}
	made := s.want(s.call(member, "POST", "/certificates", `{"from":"2026-11-01","to":"2026-11-23"}`, "Idempotency-Key", "c"), 201, "")
	if again := s.call(member, "POST", "/certificates", `{"from":"2026-11-01","to":"2026-11-23"}`, "Idempotency-Key", "c"); again.Number != made.Number || again.head.Get("Idempotent-Replayed") != "true" {
		t.Errorf("got %s", again.text)
	}
	path := "/certificates/" + made.Number
	if made.head.Get("Location") != "/api/v1"+path || !strings.Contains(made.text, `"declared_minutes":90`) || !strings.Contains(made.text, `"from":"2026-11-01"`) {
		t.Errorf("got %s", made.text)
	}
	if list := s.want(s.call(member, "GET", "/certificates", ""), 200, ""); len(list.Items) != 1 || list.Items[0].Number != made.Number {
		t.Errorf("got %s", list.text)
	}
	if got, text := s.fetch(member, "/api/v1"+path+"/html", "*/*"); got.status != 200 || !strings.Contains(text, name) || !strings.Contains(text, "https://linbanglin.example/verify/"+made.Number) {
		t.Errorf("got %d %.500s", got.status, text)
	}
	s.wantPDF(member, "/api/v1"+path+"/pdf")
	s.wantChecked(made.Number, `{"valid":true,"name":"`+masked+`"}`, "证明有效")
	for _, suffix := range []string{"", "/html", "/pdf"} {
		s.want(s.call(s.Resident(1), "GET", path+suffix, ""), 404, "not_found")
		s.want(s.call(s.Others.Holder(model.RoleAuditor), "GET", path+suffix, ""), 404, "not_found")
		s.want(s.call(model.Actor{}, "GET", path+suffix, ""), 401, "auth.token_missing")
		s.want(s.call(member, "GET", "/certificates/LBL-2026"+suffix, ""), 404, "not_found")
	}
	s.want(s.call(member, "POST", path+"/revoke", `{"reason":"x"}`), 403, "auth.forbidden")
	s.want(s.call(admin, "POST", path+"/revoke", `{"reason":""}`), 422, "validation")
	s.want(s.call(admin, "POST", path+"/revoke", `{"reason":"记错"}`), 200, "")
	s.want(s.call(admin, "POST", path+"/revoke", `{"reason":"记错"}`), 409, "certificate.revoked")
	none := s.wantChecked(made.Number, `{"valid":false}`, "没有查到有效的证明")
	for _, number := range []string{model.NewCertificateNumber(2026), "LBL", "%3Cscript%3E", strings.Repeat("9", 500)} {
		if page := s.wantChecked(number, `{"valid":false}`, "没有查到有效的证明"); page != none {
			t.Errorf("%s is told from others: %s", number, page)
		}
	}
}

// wantChecked asks the public page and wants it to say so much and no more; it returns the page.
func (s *stall) wantChecked(number, answer, shows string) string {
	s.t.Helper()
	got, text := s.fetch(model.Actor{}, "/verify/"+number, "application/json")
	if got.status != 200 || strings.TrimSpace(text) != answer || got.head.Get("Vary") != "Accept" {
		s.t.Errorf("got %d %s, want %s", got.status, text, answer)
	}
	got, page := s.fetch(model.Actor{}, "/verify/"+number, "text/html")
	_, page, _ = strings.Cut(page, "</style>")
	if got.status != 200 || got.head.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(page, shows) || strings.Contains(page, s.Members[0].Name) ||
		strings.Contains(page, "90") || strings.Contains(page, number) || !strings.HasPrefix(got.head.Get("Content-Security-Policy"), "default-src 'none'") {
		s.t.Errorf("got %d %v %s", got.status, got.head, page)
	}
	return page
}

// TestGuessersAreSlowedDown guesses at numbers of certificates as fast as it can.
func TestGuessersAreSlowedDown(t *testing.T) {
	g := givenGate(t, api.Edge{RateFactor: 1})
	for range 2000 {
		status, head, text := g.call("GET", "/verify/LBL-2026-K7QM-3XWD-P", "", "Accept", "application/json")
		if status == http.StatusTooManyRequests {
			if head.Get("Retry-After") == "" || !strings.Contains(text, `"rate.limited"`) {
				t.Errorf("got %v %s", head, text)
			}
			return
		}
	}
	t.Error("nobody slowed it down")
}

func TestProofsOverHTTP(t *testing.T) {
	s := givenStall(t)
	member := s.Resident(0)
	s.award(member, "ADJUST", 10, "a")
	if err := s.ledger.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.want(s.call(member, "GET", "/points/entries/1/proof", ""), 409, "proof.not_signed")
	signer, err := proof.ParseSigner("k1:" + strings.Repeat("ab", 32))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ledger.SignWith(t.Context(), signer); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ledger.Anchor(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, text := s.fetch(member, "/api/v1/points/entries/1/proof", "application/json")
	p, err := proof.Read([]byte(text))
	if err != nil || got.status != 200 {
		t.Fatalf("%v: %s", err, text)
	}
	_, head := s.fetch(model.Actor{}, "/api/v1/ledger/head", "application/json")
	held, err := proof.ReadHead([]byte(head))
	if err != nil {
		t.Fatalf("%v: %s", err, head)
	}
	if _, err := p.Check(proof.Trust{Key: signer.Public(), Head: held}); err != nil {
		t.Error(err)
	}
	_, keys := s.fetch(model.Actor{}, "/api/v1/ledger/keys", "application/json")
	_, anchors := s.fetch(model.Actor{}, "/api/v1/ledger/anchors", "application/json")
	if !strings.Contains(keys, `"id":"k1","public_key":"`+signer.Public().Key.String()+`"`) || !strings.Contains(anchors, `"items":[{"from_seq":1,"seq":1,`) || !strings.Contains(anchors, `"next_cursor":""`) {
		t.Errorf("got %s and %s", keys, anchors)
	}
	for path, want := range map[string]int{"/points/entries/2/proof": 404, "/points/entries/0/proof": 404, "/points/entries/x/proof": 404, "/points/entries/1/proof?unit=minutes": 404, "/points/entries/1/proof?unit=x": 422} {
		if got := s.call(member, "GET", path, ""); got.status != want {
			t.Errorf("%s: got %d %s", path, got.status, got.text)
		}
	}
	s.want(s.call(s.Resident(1), "GET", fmt.Sprintf("/points/entries/1/proof?member_id=%d", member.MemberID), ""), 403, "auth.forbidden")
	s.want(s.call(s.Holder(model.RoleAuditor), "GET", fmt.Sprintf("/points/entries/1/proof?member_id=%d", member.MemberID), ""), 200, "")
	s.want(s.call(model.Actor{}, "GET", "/points/entries/1/proof", ""), 401, "auth.token_missing")
}

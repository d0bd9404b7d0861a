package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"linbanglin/internal/testdb"
)

// reply is an answer whose body was read.
type reply struct {
	StatusCode int
	Header     http.Header
}

// raw sends a request as it is given, headers as "Name: value".
func (s *server) raw(method, path, body string, headers ...string) (reply, string) {
	s.t.Helper()
	request, err := http.NewRequest(method, "http://"+s.address+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header}, string(text)
}

func TestBadInputIsRefusedByTheContract(t *testing.T) {
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			s := newServer(t, testdb.URL(t, engine), "")
			s.start()
			asker, helper, organizer := s.login("resident-1"), s.login("party-1"), s.login("organizer-1")
			status, text := asker.call(http.MethodPost, "/requests", "", map[string]any{"category": "errand", "title": "取快递"})
			mine := want[struct{ ID string }](t, status, text).ID
			status, text = asker.call(http.MethodPost, "/requests", "", map[string]any{"category": "errand", "title": "取快递"})
			done := want[struct{ ID string }](t, status, text).ID
			for _, step := range []struct {
				who        *person
				path, body string
			}{{helper, "claim", "{}"}, {helper, "start", "{}"}, {helper, "finish", `{"minutes":30}`}, {asker, "confirm", `{"rating":5}`}} {
				if r, text := s.raw("POST", "/api/v1/requests/"+done+"/"+step.path, step.body, "Authorization: Bearer "+step.who.token); r.StatusCode != http.StatusOK {
					t.Fatalf("%s: %d %s", step.path, r.StatusCode, text)
				}
			}
			me, other, boss := "Authorization: Bearer "+asker.token, "Authorization: Bearer "+helper.token, "Authorization: Bearer "+organizer.token
			parts := strings.Split(asker.token, ".")
			ask := `{"category":"errand","title":"x"}`
			s.raw("POST", "/api/v1/points/awards", fmt.Sprintf(`{"member_id":%q,"amount":5,"code":"ADJUST","memo":""}`, asker.ID), boss, "Idempotency-Key: used")
			s.raw("POST", "/api/v1/requests", ask, me, "Idempotency-Key: used")
			_, page := s.raw("GET", "/api/v1/requests?sort=newest&limit=1", "", me)
			var list struct {
				Next string `json:"next_cursor"`
			}
			_ = json.Unmarshal([]byte(page), &list)
			if list.Next == "" {
				t.Fatalf("no cursor in %s", page)
			}
			_, before := s.raw("GET", "/api/v1/requests?mine=requested&limit=100", "", me)
			for _, c := range []struct {
				name, method, path, body string
				headers                  []string
				status                   int
				code                     string
			}{
				{"malformed JSON", "POST", "/requests", `{"category":`, []string{me}, 400, "malformed"},
				{"no body", "POST", "/requests", ``, []string{me}, 400, "malformed"},
				{"wrong type", "POST", "/requests", `{"category":1,"title":"x"}`, []string{me}, 422, "validation"},
				{"an array", "POST", "/requests", `[]`, []string{me}, 422, "validation"},
				{"unknown field", "POST", "/requests", `{"category":"errand","title":"x","colour":"red"}`, []string{me}, 422, "validation"},
				{"missing field", "POST", "/requests", `{"category":"errand"}`, []string{me}, 422, "validation"},
				{"long title", "POST", "/requests", `{"category":"errand","title":"` + strings.Repeat("长", 51) + `"}`, []string{me}, 422, "validation"},
				{"unknown category", "POST", "/requests", `{"category":"magic","title":"x"}`, []string{me}, 422, "category.unknown"},
				{"ends before it starts", "POST", "/requests", `{"category":"errand","title":"x","starts_at":"2030-01-02T00:00:00+08:00","ends_at":"2030-01-01T00:00:00+08:00"}`, []string{me}, 422, "period.invalid"},
				{"a series without end", "POST", "/request-series", `{"category":"errand","title":"x","minutes":30,"starts_at":"2027-01-02T09:00:00+08:00","rrule":"FREQ=DAILY"}`, []string{me}, 422, "series.rule"},
				{"a series of 100,000", "POST", "/request-series", `{"category":"errand","title":"x","minutes":30,"starts_at":"2027-01-02T09:00:00+08:00","rrule":"FREQ=DAILY;COUNT=100000"}`, []string{me}, 422, "series.rule"},
				{"an edit of another's request", "PUT", "/requests/" + mine, `{"category":"errand","title":"x","version":1}`, []string{other}, 403, "auth.forbidden"},
				{"a stale edit", "PUT", "/requests/" + mine, `{"category":"errand","title":"x","version":9}`, []string{me}, 409, "version.stale"},
				{"no time at all", "POST", "/requests", `{"category":"errand","title":"x","starts_at":"tomorrow"}`, []string{me}, 422, "validation"},
				{"2 MiB", "POST", "/requests", `{"category":"errand","title":"` + strings.Repeat("x", 2<<20) + `"}`, []string{me}, 413, "body.too_large"},
				{"2 MiB with a key", "POST", "/requests", strings.Repeat("x", 2<<20), []string{me, "Idempotency-Key: big"}, 413, "body.too_large"},
				{"not JSON", "POST", "/requests", ask, []string{me, "Content-Type: text/plain"}, 415, "body.unsupported"},
				{"bad cursor", "GET", "/requests?cursor=zzz", "", []string{me}, 422, "cursor.invalid"},
				{"cursor of another order", "GET", "/requests?sort=soonest&cursor=" + list.Next, "", []string{me}, 422, "cursor.invalid"},
				{"cursor of another list", "GET", "/campaigns?cursor=" + list.Next, "", []string{me}, 422, "cursor.invalid"},
				{"cursor of another person", "GET", "/requests?sort=newest&cursor=" + list.Next, "", []string{other}, 422, "cursor.invalid"},
				{"limit of 101", "GET", "/requests?limit=101", "", []string{me}, 422, "validation"},
				{"limit of 0", "GET", "/requests?limit=0", "", []string{me}, 422, "validation"},
				{"unknown status", "GET", "/requests?status=asleep", "", []string{me}, 422, "validation"},
				{"bad date", "GET", "/points/statement?from=2026-13-01", "", []string{me}, 422, "validation"},
				{"unknown board", "GET", "/leaderboards?period=day&key=2026-02-30", "", []string{me}, 422, "board.unknown"},
				{"no token", "GET", "/me", "", nil, 401, "auth.token_missing"},
				{"another scheme", "GET", "/me", "", []string{"Authorization: Basic eDp5"}, 401, "auth.token_missing"},
				{"no token but bad JSON", "POST", "/requests", `{`, nil, 401, "auth.token_missing"},
				{"forged token", "GET", "/me", "", []string{"Authorization: Bearer " + parts[0] + "." + parts[1] + ".AAAA"}, 401, "auth.token_invalid"},
				{"alg none", "GET", "/me", "", []string{"Authorization: Bearer eyJhbGciOiJub25lIiwia2lkIjoiazEifQ." + parts[1] + "."}, 401, "auth.token_invalid"},
				{"unknown login code", "POST", "/auth/wechat/login", `{"code":"demo:king-1"}`, nil, 401, "auth.code_invalid"},
				{"unknown refresh token", "POST", "/auth/refresh", `{"refresh_token":"x"}`, nil, 401, "auth.token_invalid"},
				{"unknown id", "GET", "/requests/1", "", []string{me}, 404, "not_found"},
				{"no id", "GET", "/requests/abc", "", []string{me}, 404, "not_found"},
				{"negative id", "GET", "/requests/-1", "", []string{me}, 404, "not_found"},
				{"unknown route", "GET", "/nothing", "", []string{me}, 404, "not_found"},
				{"wrong method", "DELETE", "/requests", "", []string{me}, 405, "method_not_allowed"},
				{"one's own request", "POST", "/requests/" + mine + "/claim", `{}`, []string{me}, 409, "request.own"},
				{"double confirm", "POST", "/requests/" + done + "/confirm", `{"rating":5}`, []string{me}, 409, "request.state"},
				{"someone else confirms", "POST", "/requests/" + done + "/confirm", `{"rating":5}`, []string{boss}, 403, "auth.forbidden"},
				{"a rating of 6", "POST", "/requests/" + done + "/confirm", `{"rating":6}`, []string{me}, 422, "validation"},
				{"a used key with another body", "POST", "/requests", `{"category":"errand","title":"y"}`, []string{me, "Idempotency-Key: used"}, 422, "idempotency.key_reused"},
				{"a used key with another award", "POST", "/points/awards", fmt.Sprintf(`{"member_id":%q,"amount":6,"code":"ADJUST","memo":""}`, asker.ID), []string{boss, "Idempotency-Key: used"}, 422, "idempotency.key_reused"},
				{"a key with a space", "POST", "/requests", ask, []string{me, "Idempotency-Key: a b"}, 400, "idempotency.key_invalid"},
				{"a key of 81", "POST", "/requests", ask, []string{me, "Idempotency-Key: " + strings.Repeat("k", 81)}, 400, "idempotency.key_invalid"},
				{"an award without a key", "POST", "/points/awards", `{}`, []string{boss}, 400, "idempotency.key_required"},
				{"an award by a resident", "POST", "/points/awards", fmt.Sprintf(`{"member_id":%q,"amount":5,"code":"ADJUST","memo":""}`, helper.ID), []string{me, "Idempotency-Key: r"}, 403, "auth.forbidden"},
				{"an award of nothing", "POST", "/points/awards", fmt.Sprintf(`{"member_id":%q,"amount":0,"code":"ADJUST","memo":""}`, asker.ID), []string{boss, "Idempotency-Key: z"}, 422, "validation"},
				{"an award by no rule", "POST", "/points/awards", fmt.Sprintf(`{"member_id":%q,"amount":5,"code":"NONE","memo":""}`, asker.ID), []string{boss, "Idempotency-Key: n"}, 422, "points.rule_unknown"},
				{"an award to nobody", "POST", "/points/awards", `{"member_id":"42","amount":5,"code":"ADJUST","memo":""}`, []string{boss, "Idempotency-Key: w"}, 404, "not_found"},
				{"a reversal of nothing", "POST", "/points/transfers/42/reverse", `{"reason":"x"}`, []string{boss, "Idempotency-Key: v"}, 404, "not_found"},
				{"a campaign of no theme", "POST", "/campaigns", `{"theme":"none","title":"x","starts_at":"2030-01-01T00:00:00+08:00","ends_at":"2030-01-02T00:00:00+08:00","scope_unit_id":"` + organizer.Home + `","budget":1,"rules":{"points_per_checkin":1}}`, []string{boss}, 422, "theme.unknown"},
				{"a campaign that ends before it starts", "POST", "/campaigns", campaignBody(organizer.Home, "2029-01-01", ""), []string{boss}, 422, "period.invalid"},
				{"a session outside of the campaign", "POST", "/campaigns", campaignBody(organizer.Home, "2030-01-02", `,"plan":{"sessions":[{"name":"早","starts_at":"2029-12-31T00:00:00+08:00","ends_at":"2030-01-01T01:00:00+08:00"}]}`), []string{boss}, 422, "campaign.session_invalid"},
				{"a capacity below 0", "POST", "/campaigns", campaignBody(organizer.Home, "2030-01-02", `,"capacity":-1`), []string{boss}, 422, "validation"},
				{"danger without insurance", "POST", "/campaigns", campaignBody(organizer.Home, "2030-01-02", `,"plan":{"dangerous":true}`), []string{boss}, 422, "validation"},
				{"a campaign series without end", "POST", "/campaign-series", campaignBody(organizer.Home, "2030-01-02", `,"rrule":"FREQ=DAILY"`), []string{boss}, 422, "series.rule"},
				{"a theme of no name", "PUT", "/themes/lao", `{"name":""}`, []string{boss}, 422, "validation"},
				{"a theme by a resident", "PUT", "/themes/lao", `{"name":"x"}`, []string{me}, 403, "auth.forbidden"},
				{"settings by a resident", "PUT", "/campaign-settings", `{"review":true,"version":0}`, []string{me}, 403, "auth.forbidden"},
				{"a stale profile", "PUT", "/me", `{"anonymous":false,"version":99}`, []string{me}, 409, "version.stale"},
			} {
				r, text := s.raw(c.method, "/api/v1"+c.path, c.body, c.headers...)
				var p struct {
					Type, Title, Detail, Instance, Code string
					Status                              int
					RequestID                           string `json:"request_id"`
				}
				_ = json.Unmarshal([]byte(text), &p)
				if r.StatusCode != c.status || p.Code != c.code || p.Status != c.status {
					t.Errorf("%s: got %d %s, want %d %s", c.name, r.StatusCode, text, c.status, c.code)
					continue
				}
				if r.Header.Get("Content-Type") != "application/problem+json" || p.Detail == "" || p.Type == "" || p.Title == "" ||
					p.RequestID == "" || p.RequestID != r.Header.Get("X-Request-ID") || !strings.HasPrefix(p.Instance, "/api/v1/") {
					t.Errorf("%s: not a whole problem: %s %s", c.name, r.Header, text)
				}
				for _, leak := range []string{"goroutine", ".go:", "SELECT ", "sql", "panic"} {
					if strings.Contains(text, leak) {
						t.Errorf("%s: %q is seen in %s", c.name, leak, text)
					}
				}
			}
			if _, after := s.raw("GET", "/api/v1/requests?mine=requested&limit=100", "", me); after != before {
				t.Errorf("something was written: %s\n%s", before, after)
			}
		})
	}
}

// campaignBody is a campaign from the first day of 2030 until another day, and more of it.
func campaignBody(scope, until, more string) string {
	return `{"theme":"lao","title":"x","starts_at":"2030-01-01T00:00:00+08:00","ends_at":"` + until + `T00:00:00+08:00","scope_unit_id":"` + scope +
		`","budget":1,"rules":{"points_per_checkin":1}` + more + `}`
}

func TestConventionsOfTheContract(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.URL(t, testdb.SQLite), "")
	s.start()
	who := s.login("resident-1")
	me := "Authorization: Bearer " + who.token
	r, text := s.raw("GET", "/api/v1/requests/1", "", me, "Accept-Language: en-GB,en;q=0.9", "X-Request-ID: abc-1")
	if !strings.Contains(text, "There is no such thing.") || r.Header.Get("X-Request-ID") != "abc-1" {
		t.Errorf("got %s %s", r.Header, text)
	}
	first, body := s.raw("POST", "/api/v1/requests", `{"category":"errand","title":"x"}`, me, "Idempotency-Key: k")
	again, same := s.raw("POST", "/api/v1/requests", `{"category":"errand","title":"x"}`, me, "Idempotency-Key: k")
	if first.StatusCode != http.StatusCreated || again.StatusCode != http.StatusCreated || body != same ||
		first.Header.Get("Idempotent-Replayed") != "" || again.Header.Get("Idempotent-Replayed") != "true" ||
		!strings.HasPrefix(again.Header.Get("Location"), "/api/v1/requests/") {
		t.Errorf("got %d %s, then %d %s %s", first.StatusCode, body, again.StatusCode, again.Header, same)
	}
	if !strings.Contains(body, `+08:00"`) || strings.Contains(body, `"id":1`) {
		t.Errorf("times or ids are not as agreed: %s", body)
	}
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": `"database":"ok"`, "/metrics": "linbanglin_http_request_seconds", "/docs": "邻帮邻", "/openapi.json": `"openapi":"3.1.0"`, "/openapi.yaml": "openapi: 3.1.0"} {
		if r, text := s.raw("GET", path, ""); r.StatusCode != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%s: got %d %.200s", path, r.StatusCode, text)
		}
	}
	_, docs := s.raw("GET", "/docs", "")
	if strings.Contains(docs, "http://") || strings.Contains(docs, "https://") {
		t.Error("the docs page asks another host")
	}
	for _, secret := range []string{who.token, "demo:resident", "严", "1990000"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("%s is in the log", secret)
		}
	}
}

// TestTheDocumentIsWhole walks the OpenAPI document: every operation says what it is, is no PATCH, and is
// closed to strangers unless it says otherwise.
func TestTheDocumentIsWhole(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.URL(t, testdb.SQLite), "")
	s.start()
	_, text := s.raw("GET", "/openapi.json", "")
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string                `json:"operationId"`
			Summary     string                `json:"summary"`
			Tags        []string              `json:"tags"`
			Security    []map[string][]string `json:"security"`
		} `json:"paths"`
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	public, operations := 0, 0
	for path, methods := range document.Paths {
		for method, o := range methods {
			operations++
			if o.OperationID == "" || o.Summary == "" || len(o.Tags) != 1 || method == "patch" {
				t.Errorf("%s %s: %+v", method, path, o)
			}
			concrete := strings.NewReplacer("{id}", "1", "{role}", "resident", "{unit_id}", "1").Replace(path)
			r, body := s.raw(strings.ToUpper(method), concrete, "{}")
			if len(o.Security) == 0 {
				public++
			} else if r.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s %s: a stranger got %d %s", method, path, r.StatusCode, body)
			}
		}
	}
	if operations < 200 || public != 10 {
		t.Errorf("%d operations, %d of them public", operations, public)
	}
}

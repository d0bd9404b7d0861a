package api_test

import (
	"fmt"
	"strings"
	"testing"

	"linbanglin/model"
)

// lunchBody is a series, given its start and its rule.
func lunchBody(start, rule string) string {
	return fmt.Sprintf(`{"category":"shopping","title":"买午饭","minutes":60,"starts_at":%q,"rrule":%q}`, start, rule)
}

func TestSeriesOverHTTP(t *testing.T) {
	s := givenStall(t)
	asker, neighbour := s.Resident(0), s.Resident(1)
	const first = "2026-11-24T11:00:00+08:00"
	good := lunchBody(first, "FREQ=DAILY;COUNT=3")
	preview := s.want(s.call(asker, "POST", "/request-series/preview", good), 200, "")
	for _, part := range []string{`"words":"每天 11:00，共 3 次"`, `"words":"2026 年 11 月 25 日 周三 11:00"`, `"ends_at":"2026-11-26T12:00:00+08:00"`} {
		if !strings.Contains(preview.text, part) {
			t.Errorf("no %s in %s", part, preview.text)
		}
	}
	made := s.want(s.call(asker, "POST", "/request-series", good, "Idempotency-Key", "a"), 201, "")
	if again := s.want(s.call(asker, "POST", "/request-series", good, "Idempotency-Key", "a"), 201, ""); again.ID != made.ID {
		t.Errorf("made twice: %s", again.text)
	}
	path := "/request-series/" + made.ID
	if made.head.Get("Location") != "/api/v1"+path {
		t.Errorf("it is at %s", made.head.Get("Location"))
	}
	at := `{"starts_at":"2026-11-25T11:00:00+08:00"}`
	if got := s.want(s.call(asker, "POST", path+"/skip", at), 200, ""); !strings.Contains(got.text, `"status":"skipped"`) {
		t.Errorf("got %s", got.text)
	}
	s.want(s.call(asker, "POST", path+"/skip", at), 409, "series.state")
	s.want(s.call(asker, "POST", path+"/skip", `{"starts_at":"2026-11-25T12:00:00+08:00"}`), 404, "not_found")
	s.want(s.call(asker, "POST", path+"/skip", `{}`), 422, "validation")
	s.want(s.call(asker, "POST", path+"/unskip", at), 200, "")
	s.want(s.call(neighbour, "GET", path, ""), 404, "not_found")
	s.want(s.call(neighbour, "POST", path+"/end", `{"reason":"x"}`), 404, "not_found")
	if list := s.want(s.call(s.Holder(model.RoleGridWorker), "GET", "/request-series?all=true", ""), 200, ""); len(list.Items) != 1 || list.Items[0].ID != made.ID {
		t.Errorf("got %s", list.text)
	}
	s.want(s.call(neighbour, "GET", "/request-series?all=true", ""), 403, "auth.forbidden")
	s.want(s.call(asker, "POST", path+"/end", `{"reason":""}`), 422, "validation")
	s.want(s.call(asker, "POST", path+"/end", `{"reason":"不用了"}`), 200, "")
	s.want(s.call(asker, "POST", path+"/end", `{"reason":"不用了"}`), 409, "series.state")
	for name, c := range map[string]struct{ body, code string }{
		"no end":               {lunchBody(first, "FREQ=DAILY"), "series.rule"},
		"100,000 instances":    {lunchBody(first, "FREQ=DAILY;COUNT=100000"), "series.rule"},
		"every minute":         {lunchBody(first, "FREQ=MINUTELY;COUNT=3"), "series.rule"},
		"a far end":            {lunchBody(first, "FREQ=DAILY;UNTIL=20300101"), "series.rule"},
		"another start in it":  {lunchBody(first, "DTSTART:20200101T000000Z\nRRULE:FREQ=DAILY;COUNT=3"), "series.rule"},
		"no rule":              {lunchBody(first, "often"), "series.rule"},
		"in the past":          {lunchBody("2026-11-22T11:00:00+08:00", "FREQ=DAILY;COUNT=3"), "series.rule"},
		"an empty rule":        {lunchBody(first, ""), "validation"},
		"no time":              {lunchBody("soon", "FREQ=DAILY;COUNT=3"), "validation"},
		"no start":             {`{"category":"shopping","title":"x","minutes":60,"rrule":"FREQ=DAILY;COUNT=3"}`, "validation"},
		"an unknown category":  {strings.Replace(good, "shopping", "magic", 1), "category.unknown"},
		"more than a day long": {strings.Replace(good, `"minutes":60`, `"minutes":1441`, 1), "validation"},
	} {
		for _, to := range []string{"/request-series", "/request-series/preview"} {
			if got := s.call(asker, "POST", to, c.body); got.status != 422 || got.Code != c.code {
				t.Errorf("%s: got %d %s", name, got.status, got.text)
			}
		}
	}
	if list := s.want(s.call(asker, "GET", "/request-series", ""), 200, ""); len(list.Items) != 1 {
		t.Errorf("something was kept: %s", list.text)
	}
}

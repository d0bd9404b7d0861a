package api_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"linbanglin/model"
)

func TestOfferLifeOverHTTP(t *testing.T) {
	s := givenStall(t)
	asker, helper := s.Resident(0), s.Resident(1)
	const body = `"categories":["errand"],"title":"跑腿","availability":[{"weekday":1,"from":"08:00","to":"24:00"}],"reach":"area","weekly_limit":2`
	offer := s.want(s.call(helper, "POST", "/offers", "{"+body+"}"), 201, "")
	path := "/offers/" + offer.ID
	if offer.head.Get("Location") != "/api/v1"+path || offer.Status != "active" || offer.Version != 1 {
		t.Errorf("got %v %s", offer.head, offer.text)
	}
	request := s.want(s.call(asker, "POST", "/requests", `{"category":"errand","title":"取快递"}`), 201, "")
	found := s.want(s.call(asker, "GET", "/requests/"+request.ID+"/matches", ""), 200, "")
	back := s.want(s.call(helper, "GET", path+"/matches", ""), 200, "")
	if len(found.Items) != 1 || found.Items[0].Offer == nil || found.Items[0].Offer.ID != offer.ID ||
		len(back.Items) != 1 || back.Items[0].Request == nil || back.Items[0].Request.ID != request.ID {
		t.Fatalf("got %s and %s", found.text, back.text)
	}
	sum := 0.0
	for _, part := range found.Items[0].Parts {
		sum += part
	}
	if math.Abs(sum-found.Items[0].Score) > 1e-9 || sum == 0 {
		t.Errorf("the parts add up to %f: %s", sum, found.text)
	}
	s.want(s.call(helper, "GET", "/requests/"+request.ID+"/matches", ""), 403, "auth.forbidden")
	s.want(s.call(asker, "GET", path, ""), 404, "not_found")
	s.want(s.call(s.Holder(model.RoleGridWorker), "GET", path, ""), 200, "")
	edit := func(version int) string { return fmt.Sprintf(`{%s,"version":%d}`, body, version) }
	if edited := s.want(s.call(helper, "PUT", path, edit(1)), 200, ""); edited.Version != 2 {
		t.Errorf("edited, it is at version %d", edited.Version)
	}
	s.want(s.call(helper, "PUT", path, edit(1)), 409, "version.stale")
	for _, step := range []struct{ verb, want string }{{"pause", "paused"}, {"resume", "active"}, {"close", "closed"}} {
		if got := s.want(s.call(helper, "POST", path+"/"+step.verb, ""), 200, ""); got.Status != step.want {
			t.Errorf("%s: got %v", step.verb, got.Status)
		}
	}
	s.want(s.call(helper, "POST", path+"/resume", ""), 409, "offer.state")
	if list := s.want(s.call(helper, "GET", "/offers", ""), 200, ""); len(list.Items) != 1 {
		t.Errorf("got %s", list.text)
	}
	s.want(s.call(helper, "GET", "/offers?all=true", ""), 403, "auth.forbidden")
}

// TestWhatAnOfferKeepsToItself sees that nobody but the helper reads when they are away.
func TestWhatAnOfferKeepsToItself(t *testing.T) {
	s := givenStall(t)
	asker, helper := s.Resident(0), s.Resident(1)
	offer := s.want(s.call(helper, "POST", "/offers", `{"categories":["repair"],"title":"修家电","skills":["电工"],
		"days_off":[{"from":"2026-12-24","to":"2026-12-31"}],"quiet":{"from":"22:00","to":"07:00"},"wishes":{"no_stairs":true}}`), 201, "")
	wanted := `{"category":"repair","title":"修灯","skills":["电工"]}`
	own := s.want(s.call(helper, "GET", "/offers/"+offer.ID, ""), 200, "")
	found := s.want(s.call(asker, "POST", "/requests/preview", wanted), 200, "")
	worker := s.want(s.call(s.Holder(model.RoleGridWorker), "GET", "/offers/"+offer.ID, ""), 200, "")
	if len(found.Items) != 1 || found.Items[0].Offer.ID != offer.ID {
		t.Fatalf("got %s", found.text)
	}
	for _, private := range []string{"2026-12-24", "22:00", "no_stairs"} {
		if !strings.Contains(own.text, private) || strings.Contains(found.text, private) || strings.Contains(worker.text, private) {
			t.Errorf("%s: %s, %s, %s", private, own.text, found.text, worker.text)
		}
	}
	s.want(s.call(asker, "POST", "/requests/preview", `{"category":"magic","title":"x"}`), 422, "category.unknown")
	s.want(s.call(asker, "POST", "/requests/preview", `{"category":"repair","title":"x","on_behalf_of":"`+helper.MemberID.String()+`"}`), 403, "auth.forbidden")
	if list := s.want(s.call(asker, "GET", "/requests?mine=true", ""), 200, ""); len(list.Items) != 0 {
		t.Errorf("a preview was kept: %s", list.text)
	}
	path := "/offers/" + offer.ID
	s.want(s.call(helper, "POST", path+"/pause", `{"until":"2020-01-01T00:00:00+08:00"}`), 422, "period.invalid")
	if got := s.want(s.call(helper, "POST", path+"/pause", `{"until":"2026-12-01T00:00:00+08:00"}`), 200, ""); !strings.Contains(got.text, `"resumes_at":"2026-12-01T00:00:00`) {
		t.Errorf("paused: %s", got.text)
	}
	s.want(s.call(helper, "POST", path+"/renew", ""), 200, "")
	s.want(s.call(asker, "POST", path+"/renew", ""), 404, "not_found")
}

func TestOfferIsValidated(t *testing.T) {
	s := givenStall(t)
	for name, c := range map[string]struct{ body, code string }{
		"no category":      {`{"categories":[],"title":"x"}`, "validation"},
		"unknown category": {`{"categories":["magic"],"title":"x"}`, "category.unknown"},
		"no title":         {`{"categories":["errand"]}`, "validation"},
		"unknown reach":    {`{"categories":["errand"],"title":"x","reach":"city"}`, "validation"},
		"no weekday":       {`{"categories":["errand"],"title":"x","availability":[{"weekday":8,"from":"08:00","to":"09:00"}]}`, "validation"},
		"no time":          {`{"categories":["errand"],"title":"x","availability":[{"weekday":1,"from":"8","to":"09:00"}]}`, "validation"},
		"ends early":       {`{"categories":["errand"],"title":"x","availability":[{"weekday":1,"from":"10:00","to":"09:00"}]}`, "period.invalid"},
		"too often":        {`{"categories":["errand"],"title":"x","weekly_limit":51}`, "validation"},
		"unknown field":    {`{"categories":["errand"],"title":"x","price":3}`, "validation"},
	} {
		if got := s.call(s.Resident(0), "POST", "/offers", c.body); got.status != 422 || got.Code != c.code {
			t.Errorf("%s: got %d %s", name, got.status, got.text)
		}
	}
}

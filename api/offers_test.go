package api_test

import (
	"fmt"
	"math"
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

package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
)

const policyBody = `{"text":"我们这样处理您的个人信息。","purposes":[` + serviceTerms + `,` + locationTerms + `]}`

const (
	serviceTerms  = `{"purpose":"service",` + otherTerms
	locationTerms = `{"purpose":"location_checkin",` + otherTerms
	otherTerms    = `"handler":"街道办事处","contact":"0592-0000000","aim":"邻里互助","method":"在本系统内","kinds":["昵称"],"retention":"账号存续期间","recipients":[],"rights":"在“我的”中办理"}`
)

// policy returns the newest version of the policy, which it publishes when there is none.
func (s *stall) policy() int32 {
	s.t.Helper()
	p, err := s.store.Privacy.Newest(s.t.Context())
	if err == nil && p == nil {
		s.want(s.call(s.Holder(model.RoleStreetOfficer), "POST", "/privacy/policies", policyBody), http.StatusCreated, "")
		p, err = s.store.Privacy.Newest(s.t.Context())
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return p.Version
}

// born adds somebody who was born in a year to the household at a place.
func (s *stall) born(at model.Place, year int) model.Actor {
	s.t.Helper()
	m := &model.Member{
		ID: s.store.NewID(), Place: at, Name: "丙某", BirthYear: year, Skills: []string{}, Version: 1, CreatedAt: testworld.Now, UpdatedAt: testworld.Now,
	}
	m.RosterKey = "born/" + m.ID.String()
	if err := s.store.Members.Create(s.t.Context(), m); err != nil {
		s.t.Fatal(err)
	}
	who := model.Actor{MemberID: m.ID, Place: at, Grants: []model.Grant{{Role: model.RoleResident, NodeID: s.Community.ID, NodeKind: model.KindCommunity}}}
	s.callers[token(who)] = who
	return who
}

// child is a child of the neighbour's household.
func (s *subtree) child() any { return s.born(s.neighbor.Place, 2015).MemberID }

// unaskedOperations is what remains open to who has not agreed to the policy.
var unaskedOperations = regexp.MustCompile(`^(POST /auth/.*|POST /me/bind/.*|DELETE /me/sessions/.*|(PUT|DELETE) /me/consents/.*|(POST|DELETE) /me/wards/.*|POST /me/(data-exports|erasure|erasure/cancel|rights-requests)|` +
	`POST /members/[^/]*/(guardian-consent.*|lock|unlock)|POST /privacy/policies|POST /doorbell/alarms/.*|POST /doorbell/tasks/.*|` +
	`POST /doorbell/households/[^/]*/check-in|POST /campaigns/[^/]*/cancel|` +
	`POST /requests/[^/]*/(cancel|confirm|unclaim|finish)|POST /request-series/[^/]*/end|POST /visits/[^/]*/(done|give-back)|POST /shop/orders/[^/]*/cancel|` +
	`POST /declarations/[^/]*/withdraw|POST /matters/[^/]*/(withdraw|handover|errand/receipts|errand/close)|POST /cases/[^/]*/hand-over|POST /breaches/[^/]*/explain|` +
	`POST /doorbell/pairs/[^/]*/(decline|end)|POST /reception/shifts/[^/]*/swaps|POST /proposal-tasks/[^/]*/done)$`)

// endsOfDuties has for each duty that keeps an account from being closed what its owner ends it by, nothing where they wait
// for somebody else.
func endsOfDuties() map[string][]string {
	return map[string][]string{
		"requests": {"POST /requests/{id}/cancel", "POST /requests/{id}/confirm"}, "series": {"POST /request-series/{id}/end"},
		"claims": {"POST /requests/{id}/unclaim", "POST /requests/{id}/finish"}, "cases": {"POST /cases/{id}/hand-over"}, "shifts": {"POST /reception/shifts/{id}/swaps"},
		"campaigns": {"POST /campaigns/{id}/cancel"}, "visits": {"POST /visits/{id}/done", "POST /visits/{id}/give-back"}, "orders": {"POST /shop/orders/{id}/cancel"},
		"declarations": {"POST /declarations/{id}/withdraw"}, "matters": {"POST /matters/{id}/withdraw"}, "matters_owned": {"POST /matters/{id}/handover"},
		"errands": {"POST /matters/{id}/errand/receipts", "POST /matters/{id}/errand/close"}, "breaches": {"POST /breaches/{id}/explain"},
		"pairs": {"POST /doorbell/pairs/{id}/decline", "POST /doorbell/pairs/{id}/end"}, "alarms": {"POST /doorbell/alarms/{id}/resolve"},
		"proposal_tasks": {"POST /proposal-tasks/{id}/done"},
		"disputes":       nil, "appeals": nil, "publications": nil, // decided by others, or run out
		"doorbell": nil, "charges": nil, "teams": nil, "groups": nil, "last_admin": nil, // given to somebody else by an office
	}
}

// TestEveryDutyCanBeEndedWithoutConsent wants open what somebody has to end before their account can be closed.
func TestEveryDutyCanBeEndedWithoutConsent(t *testing.T) {
	operations, ends := givenStall(t).documented(), endsOfDuties()
	for _, duty := range repository.Duties() {
		list, known := ends[duty]
		if !known {
			t.Errorf("by what is %s ended?", duty)
		}
		for _, operation := range list {
			if !slices.Contains(operations, operation) || !unaskedOperations.MatchString(operation) {
				t.Errorf("%s is ended by %s, which is not open", duty, operation)
			}
		}
		delete(ends, duty)
	}
	for duty := range ends {
		t.Errorf("%s is no duty any more", duty)
	}
}

// ownReads is what remains open to who took their consent back.
var ownReads = regexp.MustCompile(`^GET /(me|me/.*|notices|events|points/me|points/statement.*|points/entries/.*|certificates.*|reliability/me|doorbell/alarms.*|doorbell/tasks)$`)

// documented lists the operations of the document that need a login, as "GET /me".
func (s *stall) documented() (operations []string) {
	s.t.Helper()
	_, text := s.fetch(model.Actor{}, "/openapi.json", "*/*")
	var document struct {
		Paths map[string]map[string]struct{ Security []any }
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		s.t.Fatal(err)
	}
	for path, methods := range document.Paths {
		for method, o := range methods {
			if len(o.Security) > 0 {
				operations = append(operations, strings.ToUpper(method)+" "+strings.TrimPrefix(path, "/api/v1"))
			}
		}
	}
	slices.Sort(operations)
	return operations
}

// TestTheGateOfEveryOperation calls every operation of the document by somebody who has not agreed, by who took their consent
// back, and by who has agreed.
func TestTheGateOfEveryOperation(t *testing.T) {
	s := givenStall(t)
	s.policy()
	s.gated.Store(true)
	fresh, gone, good := s.Resident(0), s.Resident(1), s.Resident(2)
	for _, who := range []model.Actor{gone, good} {
		s.want(s.call(who, "PUT", "/me/consents/service", `{"version":1}`), http.StatusOK, "")
	}
	s.want(s.call(gone, "DELETE", "/me/consents/service", ""), http.StatusNoContent, "")
	braces := regexp.MustCompile(`{[^}]*}`)
	changes, reads := 0, 0
	for _, operation := range s.documented() {
		method, path, _ := strings.Cut(operation, " ")
		if strings.Contains(path, "stream") || path == "/events" || strings.HasSuffix(path, "logout") || strings.HasSuffix(path, "everywhere") {
			continue
		}
		path = braces.ReplaceAllString(path, "1")
		open := unaskedOperations.MatchString(operation) || method == "GET" && ownReads.MatchString(operation)
		for who, refused := range map[*model.Actor]bool{&fresh: method != "GET" && !open, &gone: !open, &good: false} {
			got := s.call(*who, method, path, `{"x":1}`, "Idempotency-Key", fmt.Sprintf("gate-%d-%d", changes+reads, who.MemberID))
			if (got.Code == "privacy.consent_required") != refused {
				t.Errorf("%s: got %d %s, want refused %t", operation, got.status, got.text, refused)
			}
		}
		if method == "GET" {
			reads++
		} else {
			changes++
		}
	}
	if changes < 150 || reads < 100 {
		t.Errorf("%d changes and %d reads were tried", changes, reads)
	}
}

func TestConsentsOverHTTP(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		s := givenStallOn(t, store)
		s.gated.Store(true)
		who, street, admin := s.Resident(0), s.Holder(model.RoleStreetOfficer), s.Holder(model.RoleCommunityAdmin)
		post := func() *reply { return s.call(who, "POST", "/requests", `{"category":"errand","title":"取快递"}`) }
		s.want(s.call(model.Actor{}, "GET", "/privacy/policy", ""), http.StatusNotFound, "not_found")
		s.want(post(), http.StatusCreated, "")
		for body, code := range map[string]string{
			`{"text":"全文","purposes":[]}`: "validation", `{"text":"","purposes":[` + serviceTerms + `]}`: "validation", `{"text":"全文","purposes":[` + locationTerms + `]}`: "privacy.terms",
			`{"text":"全文","purposes":[` + serviceTerms + `,` + serviceTerms + `]}`: "privacy.terms",
		} {
			s.want(s.call(street, "POST", "/privacy/policies", body), http.StatusUnprocessableEntity, code)
		}
		s.want(s.call(admin, "POST", "/privacy/policies", policyBody), http.StatusForbidden, "auth.forbidden")
		s.want(s.call(street, "POST", "/privacy/policies", policyBody), http.StatusCreated, "")
		got := s.want(s.call(model.Actor{}, "GET", "/privacy/policy?version=1", ""), http.StatusOK, "")
		if !strings.Contains(got.text, `"version":1`) || !strings.Contains(got.text, `"handler":"街道办事处"`) || strings.Contains(got.text, street.MemberID.String()) {
			t.Errorf("got %s", got.text)
		}
		s.want(s.call(model.Actor{}, "GET", "/privacy/policy?version=2", ""), http.StatusNotFound, "not_found")
		if got := s.want(post(), http.StatusForbidden, "privacy.consent_required"); !strings.Contains(got.text, `"policy_version":1`) || !strings.Contains(got.text, "第 1 版") {
			t.Errorf("got %s", got.text)
		}
		s.want(s.call(street, "POST", "/privacy/policies", policyBody), http.StatusCreated, "")
		for _, c := range []struct {
			path, body, code string
			status           int
		}{
			{"/me/consents/advertising", `{"version":2}`, "privacy.purpose_unknown", 404},
			{"/me/consents/service", `{"version":1}`, "privacy.version_old", 409},
			{"/me/consents/service", `{"version":3}`, "privacy.version_unknown", 422},
			{"/me/consents/service", `{"version":0}`, "validation", 422},
			{"/me/consents/service", `{}`, "validation", 422},
			{"/me/consents/guardian", `{"version":2}`, "privacy.guardian_only", 403},
			{"/me/consents/publish_name", `{"version":2}`, "privacy.purpose_unknown", 404},
		} {
			s.want(s.call(who, "PUT", c.path, c.body), c.status, c.code)
		}
		s.want(s.call(model.Actor{}, "PUT", "/me/consents/service", `{"version":2}`), http.StatusUnauthorized, "auth.token_missing")
		s.want(post(), http.StatusForbidden, "privacy.consent_required")
		s.want(s.call(who, "PUT", "/me/consents/service", `{"version":2}`), http.StatusOK, "")
		s.want(post(), http.StatusCreated, "")
		s.want(s.call(who, "DELETE", "/me/consents/service", ""), http.StatusNoContent, "")
		s.want(s.call(who, "DELETE", "/me/consents/service", ""), http.StatusNoContent, "")
		s.want(post(), http.StatusForbidden, "privacy.consent_required")
		s.want(s.call(who, "GET", "/requests", ""), http.StatusForbidden, "privacy.consent_required")
		s.want(s.call(who, "GET", fmt.Sprintf("/points/statement?member_id=%d", s.Resident(1).MemberID), ""), http.StatusForbidden, "privacy.consent_required")
		s.want(s.call(who, "GET", "/points/statement", ""), http.StatusOK, "")
		s.guardians()
	})
}

// guardians has a child refused until somebody of their household agrees, and let in then.
func (s *stall) guardians() {
	s.t.Helper()
	parent, stranger, child := s.Resident(3), s.Resident(4), s.born(s.Resident(3).Place, 2015)
	s.want(s.call(child, "PUT", "/me/consents/service", `{"version":2}`), http.StatusOK, "")
	post := func() *reply { return s.call(child, "POST", "/matters", `{"category":"other","title":"路灯不亮"}`) }
	s.want(post(), http.StatusForbidden, "privacy.guardian_required")
	path := fmt.Sprintf("/me/wards/%d/consent", child.MemberID)
	s.want(s.call(stranger, "POST", path, `{"version":2}`), http.StatusForbidden, "privacy.not_ward")
	s.want(s.call(s.born(parent.Place, 2010), "POST", path, `{"version":2}`), http.StatusForbidden, "privacy.guardian_age")
	s.want(s.call(parent, "POST", path, `{"version":1}`), http.StatusConflict, "privacy.version_old")
	if list := s.want(s.call(parent, "GET", "/me/wards", ""), http.StatusOK, ""); len(list.Items) != 1 {
		s.t.Errorf("wards: %s", list.text)
	}
	s.want(post(), http.StatusForbidden, "privacy.guardian_required")
	s.want(s.call(parent, "POST", path, `{"version":2}`), http.StatusOK, "")
	s.want(post(), http.StatusCreated, "")
	s.want(s.call(parent, "DELETE", path, ""), http.StatusNoContent, "")
	s.want(post(), http.StatusForbidden, "privacy.guardian_required")
}

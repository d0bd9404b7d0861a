package api_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/model"
	"linbanglin/repository"
)

// subtree is what the calls of the role walk aim at within one grid.
type subtree struct {
	*stall
	grid     model.Node
	neighbor model.Actor // whose things are at stake
	n        int         // of the call
}

// probe is how one operation is tried over HTTP in a subtree; shows names what a list that is answered must
// contain within reach, and must not beyond it. At home says that it is about where the caller lives.
type probe struct {
	method string
	path   func(s *subtree) string
	body   func(s *subtree) string
	shows  func(s *subtree) string
	atHome bool
}

// walk is where the caller lives and what the call aims at: the grid that the role is held at, another one,
// or no grid at all.
type walk struct{ living, aim int }

const nowhere = -1

// walks lists how an operation is tried. What is about where the caller lives is tried there; all else has
// nothing to do with where that is.
func (p probe) walks() []walk {
	if p.atHome {
		return []walk{{0, 0}, {1, 1}}
	}
	return []walk{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {nowhere, 0}, {nowhere, 1}}
}

func fixed(text string) func(*subtree) string { return func(*subtree) string { return text } }

// probes has one probe for each operation of the role table.
func probes() map[model.Operation]probe {
	none := fixed("")
	about := func(format string, of func(*subtree) any) func(*subtree) string {
		return func(s *subtree) string { return fmt.Sprintf(format, of(s)) }
	}
	member := func(s *subtree) any { return s.neighbor.MemberID }
	grid := func(s *subtree) any { return s.grid.ID }
	household := func(s *subtree) any { return s.neighbor.Place.HouseholdID }
	entered := map[model.ID]string{} // by grid, an award there that was entered by hand
	return map[model.Operation]probe{
		model.OpReadTree:       {"GET", fixed("/units?kind=grid"), none, about(`"id":"%v"`, grid), false},
		model.OpReadRequests:   {"GET", about("/requests/%v", (*subtree).request), none, nil, false},
		model.OpPostRequest:    {"POST", fixed("/requests"), fixed(`{"category":"errand","title":"取快递"}`), nil, true},
		model.OpPostFor:        {"POST", fixed("/requests"), about(`{"category":"errand","title":"代办","on_behalf_of":"%v","consent":{"method":"phone"}}`, member), nil, false},
		model.OpClaimRequest:   {"POST", about("/requests/%v/claim", (*subtree).request), none, nil, false},
		model.OpManageRequest:  {"POST", about("/requests/%v/cancel", (*subtree).request), fixed(`{"reason":"重复"}`), nil, false},
		model.OpMatchRequest:   {"GET", about("/requests/%v/matches", (*subtree).request), none, nil, false},
		model.OpMediate:        {"POST", about("/requests/%v/resolve", (*subtree).disputed), fixed(`{"outcome":"close","reason":"核实过"}`), nil, false},
		model.OpModerate:       {"POST", about("/requests/%v/approve", (*subtree).withheld), none, nil, false},
		model.OpManageWords:    {"GET", fixed("/moderation/words"), none, nil, false},
		model.OpPostOffer:      {"POST", fixed("/offers"), fixed(`{"categories":["errand"],"title":"跑腿"}`), nil, true},
		model.OpReadOffers:     {"GET", about("/offers/%v", (*subtree).offer), none, nil, false},
		model.OpReadPoints:     {"GET", about("/points/statement?member_id=%v", member), none, nil, false},
		model.OpAward:          {"POST", fixed("/points/awards"), about(`{"member_id":"%v","amount":3,"code":"ADJUST","memo":"帮忙"}`, member), nil, false},
		model.OpReverse:        {"POST", about("/points/transfers/%v/reverse", (*subtree).transfer), fixed(`{"reason":"记错"}`), nil, false},
		model.OpReadCampaigns:  {"GET", about("/campaigns/%v", (*subtree).campaign), none, nil, false},
		model.OpManageCampaign: {"GET", about("/campaigns/%v/checkin-code", (*subtree).campaign), none, nil, false},
		model.OpJoinCampaign:   {"POST", about("/campaigns/%v/signups", (*subtree).campaign), none, nil, true},
		model.OpReadBoards:     {"GET", about("/leaderboards?scope=grid&scope_id=%v", grid), none, nil, false},
		model.OpRevise:         {"POST", about("/campaigns/%v/standings/revise", (*subtree).settled), fixed(`{"reason":"申诉成立"}`), nil, false},
		model.OpReadMembers:    {"GET", fixed("/members?limit=100"), none, about(`"id":"%v"`, member), false},
		model.OpIssueBindCode:  {"POST", about("/members/%v/bind-codes", member), none, nil, false},
		model.OpGrantRole: {"POST", about("/members/%v/roles", member), func(s *subtree) string {
			return fmt.Sprintf(`{"role":"party_member","unit_id":"%d"}`, s.grid.ID)
		}, nil, false},

		model.OpDeclare:          {"POST", fixed("/declarations"), fixed(workBody), nil, true},
		model.OpDeclareFor:       {"POST", fixed("/declarations"), about(`{"member_id":"%v",`+workBody[1:], member), nil, false},
		model.OpVerifyWork:       {"POST", about("/declarations/%v/verify", (*subtree).declared), none, nil, false},
		model.OpReadDisclosure:   {"GET", about("/declarations/%v", (*subtree).declared), none, nil, false},
		model.OpPublish:          {"POST", fixed("/publications"), (*subtree).plan, nil, false},
		model.OpReadPublications: {"GET", about("/publications/%v/items", (*subtree).published), none, nil, true},
		model.OpAppeal:           {"POST", about("/publications/%v/appeals", (*subtree).published), fixed(appealBody), nil, true},
		model.OpHandleAppeal:     {"POST", about("/appeals/%v/resolve", (*subtree).appealed), fixed(rejection), nil, false},
		model.OpReviewAppeal:     {"POST", about("/appeals/%v/review/resolve", (*subtree).inReview), fixed(rejection), nil, false},
		model.OpReadCalendar:     {"GET", fixed("/calendar"), none, nil, true},
		model.OpEditCalendar:     {"PUT", fixed("/calendar/2026-12-01"), fixed(`{"working":false}`), nil, false},

		model.OpReadShop:   {"GET", about("/shop/items/%v", (*subtree).item), none, nil, false},
		model.OpOrderItem:  {"POST", fixed("/shop/orders"), about(`{"item_id":"%v","quantity":1}`, (*subtree).itemForAll), nil, true},
		model.OpServeShop:  {"POST", fixed("/shop/pickups"), about(`{"code":"%v"}`, (*subtree).pickupCode), nil, false},
		model.OpManageShop: {"POST", fixed("/shop/items"), about(`{"name":"大米","category":"food","points":1,"scope_unit_id":"%v"}`, grid), nil, false},
		model.OpReadOrders: {"GET", about("/shop/orders/%v", (*subtree).order), none, nil, false},
		model.OpCertify:    {"POST", fixed("/certificates"), about(`{"member_id":"%v","from":"2026-11-01","to":"2026-11-23"}`, (*subtree).served), nil, false},
		model.OpUncertify:  {"POST", about("/certificates/%v/revoke", (*subtree).certificate), fixed(`{"reason":"记错"}`), nil, false},

		model.OpEditThemes:   {"PUT", fixed("/themes/shou"), fixed(`{"name":"助寿送万福"}`), nil, false},
		model.OpSetCampaigns: {"PUT", fixed("/campaign-settings"), (*subtree).settings, nil, false},
		model.OpSelectHousehold: {
			"POST", about("/campaigns/%v/visits/from-register", (*subtree).campaign), fixed(`{"flags":["red"],"preview":true}`), nil, false,
		},

		model.OpApproveRole: {"POST", about("/role-proposals/%v/approve", (*subtree).proposedRole), none, nil, false},
		model.OpAnswerRights: {
			"POST", func(s *subtree) string {
				return fmt.Sprintf("/rights-requests/%v/answer", s.made(s.neighbor, "/me/rights-requests", `{"kind":"explain","text":"怎么算"}`).ID)
			}, fixed(`{"text":"见说明"}`), nil, false,
		},
		model.OpLockMember: {"POST", about("/members/%v/lock", member), fixed(`{"reason":"核实","days":1}`), nil, false},
		model.OpReadAuthEvents: {
			"GET", func(s *subtree) string {
				s.proposeRole(s.neighbor.MemberID) // once is enough
				return "/audit/auth-events?kind=role_proposed&limit=100"
			}, none, about(`"member":{"id":"%v"`, member), false,
		},

		model.OpPublishPolicy: {"POST", fixed("/privacy/policies"), fixed(policyBody), nil, false},
		model.OpNoteConsent: {
			"POST", about("/members/%v/guardian-consent", (*subtree).child), about(`{"version":%v,"note":"存档"}`, func(s *subtree) any { return s.policy() }), nil, false,
		},

		model.OpManageOrganisations: {"POST", fixed("/organisations"), func(s *subtree) string {
			return fmt.Sprintf(`{"kind":"local_unit","name":"单位%d","unit_id":"%d"}`, s.n, s.grid.ID)
		}, nil, false},
		model.OpReadRegister: {"GET", about("/households/%v", household), none, nil, false},
		model.OpEditRegister: {"POST", about("/households/%v/notes", household), fixed(`{"kind":"need","text":"代买药"}`), nil, false},
		model.OpSetFlags: {"POST", about("/households/%v/flags", household), func(s *subtree) string {
			return fmt.Sprintf(`{"scheme":"%s","source":"走访","reason":"核实过"}`, s.scheme())
		}, nil, false},
		model.OpAssignHousehold: {"POST", fixed("/service-teams"), func(s *subtree) string {
			return fmt.Sprintf(`{"unit_id":"%d","kind":"help","name":"服务队%d","leader_id":"%d"}`, s.grid.ID, s.n, s.neighbor.MemberID)
		}, nil, false},
		model.OpReadMap:        {"GET", fixed("/map"), none, about(`"id":"%v"`, func(s *subtree) any { return s.neighbor.Place.BuildingID }), false},
		model.OpEditSchemes:    {"POST", fixed("/flag-schemes"), func(s *subtree) string { return schemeBody(fmt.Sprintf("made%d", s.n)) }, nil, false},
		model.OpExportRegister: {"GET", about("/register/export.xlsx?purpose=check&unit_id=%v", grid), none, nil, false},
		model.OpReadReads: {"GET", func(s *subtree) string {
			s.want(s.call(s.Holder(model.RoleCommunityAdmin), "GET", fmt.Sprintf("/households/%d?purpose=check", s.neighbor.Place.HouseholdID), ""), http.StatusOK, "")
			return "/register/reads?limit=100"
		}, none, about(`"id":"%v"`, household), false},
		model.OpJoinBell: {"POST", fixed("/doorbell/households"), (*subtree).ownHome, nil, true},
		model.OpManageBell: {
			"POST", fixed("/doorbell/households"), about(`{"member_id":"%v","consent":{"method":"phone"}}`, member), nil, false,
		},
		model.OpReadBell:        {"GET", about("/doorbell/households/%v", (*subtree).home), none, nil, false},
		model.OpSetBell:         {"PUT", fixed("/doorbell/settings"), (*subtree).bellSettings, nil, false},
		model.OpDrillBell:       {"POST", fixed("/doorbell/drills"), (*subtree).drill, nil, false},
		model.OpReadReception:   {"GET", fixed("/reception/counters"), none, nil, true},
		model.OpHostReception:   {"PUT", fixed("/reception/hosts/me"), fixed(`{"willing":true}`), nil, true},
		model.OpManageReception: {"GET", fixed("/reception/hosts"), none, nil, false},
		model.OpReportMatter:    {"POST", fixed("/matters"), fixed(`{"category":"other","title":"路灯不亮"}`), nil, true},
		model.OpReportMatterFor: {"POST", fixed("/matters"), about(`{"category":"other","title":"路灯不亮","on_behalf_of":"%v"}`, member), nil, false},
		model.OpReadMatters:     {"GET", about("/matters/%v", (*subtree).matter), none, nil, false},
		model.OpHandleMatter:    {"POST", about("/matters/%v/accept", (*subtree).matter), none, nil, false},
		model.OpReviewMatter:    {"POST", about("/matters/%v/approve-refusal", (*subtree).refusal), fixed(`{"approve":true}`), nil, false},
		model.OpEditCatalogue:   {"PUT", fixed("/service-catalogue"), (*subtree).services, nil, false},
		model.OpReadProposals:   {"GET", about("/proposals/%v", (*subtree).proposed), none, nil, false},
		model.OpDeliberate:      {"POST", fixed("/proposals"), about(proposalBody, grid), nil, true},
		model.OpManageProposals: {"POST", about("/proposals/%v/discuss", (*subtree).proposed), none, nil, false},
		model.OpSetVotingRules:  {"PUT", fixed("/voting-rules/survey"), (*subtree).votingRule, nil, false},
		model.OpManageGroups:    {"POST", fixed("/family-groups"), (*subtree).group, nil, false},
		model.OpManagePlaces: {"POST", fixed("/service-points"), func(s *subtree) string {
			return fmt.Sprintf(`{"kind":"good_neighbour","name":"睦邻点%d","address":"一楼","unit_id":"%d"}`, s.n, s.grid.ID)
		}, nil, false},
		model.OpManagePosts: {"POST", fixed("/pioneer-posts"), func(s *subtree) string {
			return fmt.Sprintf(`{"unit_id":"%d","holder_id":"%d","place":"窗口","title":"先锋","from":"2026-11-01","to":"2026-12-01","reason":"热心","basis":"支部大会"}`,
				s.grid.ID, s.neighbor.MemberID)
		}, nil, false},
		model.OpReadDashboard: {"GET", about("/dashboard?unit_id=%v", grid), none, nil, false},

		model.OpSetMessages:   {"GET", fixed("/message-templates"), none, nil, false},
		model.OpResendMessage: {"POST", about("/messages/%v/resend", (*subtree).deadMessage), none, nil, false},

		model.OpManageRules: {"POST", fixed("/point-rules/versions"), func(*subtree) string { return draftBody(12, "") }, nil, false},
		model.OpReadFlags: {"GET", func(s *subtree) string {
			if entered[s.grid.ID] == "" {
				entered[s.grid.ID] = s.entered(5)
			}
			return "/audit/flags?kind=declared_share"
		}, none, about(`"id":"%v"`, func(s *subtree) any { return entered[s.grid.ID] }), false},
	}
}

// ofTheWhole reports whether an operation is on the whole community, beyond who holds a role at one grid of it.
func ofTheWhole(operation model.Operation) bool {
	return operation == model.OpEditCalendar || operation == model.OpManageWords || operation == model.OpManageRules ||
		operation == model.OpEditThemes || operation == model.OpSetCampaigns || operation == model.OpEditSchemes || operation == model.OpSetBell || operation == model.OpManageReception || operation == model.OpEditCatalogue || operation == model.OpPublishPolicy || operation == model.OpSetMessages || operation == model.OpAnswerRights || operation == model.OpSetVotingRules
}

// TestEveryOperationByEveryRoleOverHTTP walks the role table from outside: each operation is called by a
// holder of each role, held at one grid, for what lies in that grid and for what lies in another.
func TestEveryOperationByEveryRoleOverHTTP(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		s := givenStallOn(t, store)
		calls, want := 0, 0
		// In one order: who was granted an office by one call is refused a binding code by the next.
		for _, operation := range slices.Sorted(maps.Keys(model.Permissions())) {
			permitted := model.Permissions()[operation]
			p, ok := probes()[operation]
			if !ok {
				t.Errorf("%s is not tried over HTTP", operation)
				continue
			}
			want += len(model.Roles()) * len(p.walks())
			for _, role := range model.Roles() {
				for _, w := range p.walks() {
					aim := s.subtree(w.aim, calls)
					at := s.Grids[0]
					if w.aim == 0 && ofTheWhole(operation) {
						at = s.Community
					}
					who := s.holding(role, at, w.living)
					got := s.call(who, p.method, p.path(aim), p.body(aim), "Idempotency-Key", fmt.Sprintf("walk-%d", calls))
					may := w.aim == 0 && slices.Contains(permitted, role)
					if answered := p.answered(got, aim); answered != may {
						t.Errorf("%s by %s, %+v: got %d %s, want allowed %t", operation, role, w, got.status, got.text, may)
					}
					calls++
				}
			}
		}
		if calls == 0 || calls != want {
			t.Errorf("%d calls, want %d", calls, want)
		}
	})
}

// answered reports whether a call was allowed. What is neither a success nor one of the refusals that the
// contract has for a role is a fault of the walk.
func (p probe) answered(got *reply, aim *subtree) bool {
	switch {
	case got.Code == "claim.too_many": // the walk claims more than one helper may
		return true
	case got.status < http.StatusBadRequest:
		return p.shows == nil || strings.Contains(got.text, p.shows(aim))
	case got.status == http.StatusForbidden && got.Code == "auth.forbidden", got.status == http.StatusNotFound && got.Code == "not_found":
		return false
	}
	aim.t.Fatalf("neither answered nor refused: %d %s", got.status, got.text)
	return false
}

// perGrid and perDoor are how many people of the world live in a grid and behind a door.
const perGrid, perDoor = 12, 2

// holding returns a caller who lives in a grid, or nowhere, and holds nothing but a role at a node.
func (s *stall) holding(role model.Role, at model.Node, grid int) model.Actor {
	who := s.As(s.Members[max(grid, 0)*perGrid])
	if grid == nowhere {
		who.Place = model.Place{CommunityID: s.Community.ID}
	}
	who.Grants = []model.Grant{{Role: role, NodeID: at.ID, NodeKind: at.Kind}}
	s.callers[token(who)] = who
	return who
}

// subtree is the part of the world in a grid; calls with different n are about different neighbours.
func (s *stall) subtree(grid, n int) *subtree {
	neighbor := s.As(s.Members[grid*perGrid+perDoor+n/2%(perGrid-perDoor)])
	neighbor.Grants = []model.Grant{{Role: model.RoleResident, NodeID: s.Community.ID, NodeKind: model.KindCommunity}}
	s.callers[token(neighbor)] = neighbor
	return &subtree{s, s.Grids[grid], neighbor, n}
}

// made does what a call needs to be there, and returns what came of it.
func (s *subtree) made(who model.Actor, path, body string, what ...string) *reply {
	s.t.Helper()
	got := s.call(who, "POST", path, body, "Idempotency-Key", fmt.Sprintf("made-%d%s", s.n, strings.Join(what, "")))
	if got.status >= http.StatusBadRequest {
		s.t.Fatalf("%s: %d %s", path, got.status, got.text)
	}
	return got
}

func (s *subtree) request() any {
	return s.made(s.neighbor, "/requests", `{"category":"errand","title":"取快递"}`).ID
}

// withheld asks what a moderator looks at first.
func (s *subtree) withheld() any {
	s.call(s.Holder(model.RoleCommunityAdmin), "PUT", "/moderation/words", `{"words":["刷单"],"version":0}`) // the first call makes the list
	return s.made(s.neighbor, "/requests", `{"category":"errand","title":"找人刷单"}`).ID
}

// ownHome is what the caller of the walk says to have a doorbell at home.
func (s *subtree) ownHome() string {
	at := slices.IndexFunc(s.Members, func(m *model.Member) bool { return m.GridID == s.grid.ID })
	return fmt.Sprintf(`{"member_id":"%d"}`, s.Members[at].ID)
}

// home gives the neighbour a doorbell and returns the household.
func (s *subtree) home() any {
	s.made(s.Holder(model.RoleCommunityAdmin), "/doorbell/households", fmt.Sprintf(`{"member_id":"%d","consent":{"method":"phone"}}`, s.neighbor.MemberID), "home")
	return s.neighbor.Place.HouseholdID
}

// drill rings the doorbells of the grid, in which there is one.
func (s *subtree) drill() string {
	s.home()
	return fmt.Sprintf(`{"unit_id":"%d"}`, s.grid.ID)
}

func (s *subtree) bellSettings() string {
	got := s.want(s.call(s.Holder(model.RoleCommunityAdmin), "GET", "/doorbell/settings", ""), http.StatusOK, "")
	return fmt.Sprintf(`{"steps":[{"after_seconds":0,"targets":["primary"]}],"arrive_minutes":5,"version":%d}`, got.Version)
}

func (s *subtree) offer() any {
	return s.made(s.neighbor, "/offers", `{"categories":["errand"],"title":"跑腿"}`).ID
}

func (s *subtree) transfer() any {
	body := fmt.Sprintf(`{"member_id":"%d","amount":5,"code":"ADJUST","memo":"帮忙"}`, s.neighbor.MemberID)
	return s.made(s.Holder(model.RoleCommunityAdmin), "/points/awards", body).Transfer
}

// entered awards n times by hand, and returns the last transfer.
func (s *subtree) entered(n int) (last string) {
	body := fmt.Sprintf(`{"member_id":"%d","amount":5,"code":"ADJUST","memo":"帮忙"}`, s.neighbor.MemberID)
	for i := range n {
		got := s.call(s.Holder(model.RoleCommunityAdmin), "POST", "/points/awards", body, "Idempotency-Key", fmt.Sprintf("entered-%d-%d", s.n, i))
		last = s.want(got, http.StatusCreated, "").Transfer
	}
	return last
}

// disputed is a request of the neighbour's with which they were not content.
func (s *subtree) disputed() any {
	id, helper := s.request(), s.officer(4, model.RoleResident)
	for _, step := range []struct {
		by         model.Actor
		verb, body string
	}{{helper, "claim", ""}, {helper, "start", ""}, {helper, "finish", `{"minutes":30}`}, {s.neighbor, "dispute", `{"reason":"没有来"}`}} {
		s.want(s.call(step.by, "POST", fmt.Sprintf("/requests/%v/%s", id, step.verb), step.body), http.StatusOK, "")
	}
	return id
}

// served gives the neighbour minutes and returns who that is.
func (s *subtree) served() any {
	body := fmt.Sprintf(`{"member_id":"%d","amount":30,"code":"MINUTES","memo":"帮忙"}`, s.neighbor.MemberID)
	s.made(s.Holder(model.RoleCommunityAdmin), "/points/awards", body)
	return s.neighbor.MemberID
}

// certificate has the neighbour's service certified to themselves.
func (s *subtree) certificate() any {
	s.served()
	got := s.call(s.neighbor, "POST", "/certificates", `{"from":"2026-11-01","to":"2026-11-23"}`)
	return s.want(got, http.StatusCreated, "").Number
}

// campaign makes one that is published in the grid.
func (s *subtree) campaign() any {
	admin := s.Holder(model.RoleCommunityAdmin)
	body := fmt.Sprintf(`{"theme":"%s","title":"活动","starts_at":"2026-11-23T08:00:00+08:00","ends_at":"2026-11-23T18:00:00+08:00",`+
		`"scope_unit_id":"%d","budget":0,"rules":{"points_per_checkin":0}}`, model.DefaultThemes(0)[0].Code, s.grid.ID)
	id := s.made(admin, "/campaigns", body).ID
	s.want(s.call(admin, "POST", "/campaigns/"+id+"/publish", ""), http.StatusOK, "")
	return id
}

// settings is a change of the community's settings, as they are now.
func (s *subtree) settings() string {
	admin := s.Holder(model.RoleCommunityAdmin)
	got := s.want(s.call(admin, "GET", "/campaign-settings", ""), http.StatusOK, "")
	return fmt.Sprintf(`{"review":false,"version":%d}`, got.Version)
}

// settled is a campaign in the grid that is settled, and in which something was booked since.
func (s *subtree) settled() any {
	admin, other := s.Holder(model.RoleCommunityAdmin), s.officer(5, model.RoleCommunityAdmin)
	body := fmt.Sprintf(`{"theme":"%s","title":"活动","starts_at":"2026-11-23T08:00:00+08:00","ends_at":"2026-11-23T18:00:00+08:00",`+
		`"scope_unit_id":"%d","budget":10,"rules":{"points_per_checkin":0}}`, model.DefaultThemes(0)[0].Code, s.grid.ID)
	path := "/campaigns/" + s.made(admin, "/campaigns", body, "settled").ID
	earned := fmt.Sprintf(`{"member_id":"%d","amount":5,"code":"CAMPAIGN","memo":"帮忙","campaign_id":"%s"}`, s.neighbor.MemberID, path[len("/campaigns/"):])
	s.want(s.call(admin, "POST", path+"/publish", ""), http.StatusOK, "")
	transfer := s.made(admin, "/points/awards", earned, "earned").Transfer
	s.want(s.call(admin, "POST", path+"/close", ""), http.StatusOK, "")
	s.count()
	s.want(s.call(admin, "POST", path+"/settle", ""), http.StatusOK, "")
	s.made(other, "/points/transfers/"+transfer+"/reverse", `{"reason":"记错"}`, "undone")
	s.count()
	return path[len("/campaigns/"):]
}

// count has the boards count all that was booked.
func (s *subtree) count() {
	s.t.Helper()
	if err := errors.Join(s.ledger.SealAll(s.t.Context()), s.boards.CatchUp(s.t.Context())); err != nil {
		s.t.Fatal(err)
	}
}

// What the walk declares, objects and decides.
const (
	workBody = `{"code":"ADJUST","points":5,"minutes":30,"started_at":"2026-11-22T08:00:00+08:00","ended_at":"2026-11-22T10:00:00+08:00",` +
		`"description":"打扫楼道","evidence":["照片"]}`
	appealBody = `{"item_no":1,"reason":"不实"}`
	rejection  = `{"result":"rejected","reason":"属实"}`
)

// officer returns someone of the last grid, whom no call of the walk is by or about, with a role in the whole community.
func (s *subtree) officer(i int, role model.Role) model.Actor {
	who := s.As(s.Members[len(s.Members)-24+i])
	who.Grants = []model.Grant{{Role: role, NodeID: s.Community.ID, NodeKind: model.KindCommunity}}
	s.callers[token(who)] = who
	return who
}

// schemeBody is a scheme of flags that grid workers may set.
func schemeBody(code string) string {
	return `{"code":"` + code + `","name":"标准","colour":"green","sensitivity":"normal","roles":["grid_worker","community_admin"],"active":true}`
}

// scheme makes a scheme of flags that no household has.
func (s *subtree) scheme() string {
	code := fmt.Sprintf("free%d", s.n)
	s.made(s.Holder(model.RoleCommunityAdmin), "/flag-schemes", schemeBody(code), "scheme")
	return code
}

func (s *subtree) declared() any { return s.made(s.neighbor, "/declarations", workBody).ID }

// plan has something verified to publish in the grid.
func (s *subtree) plan() string {
	s.made(s.officer(0, model.RoleCommunityAdmin), fmt.Sprintf("/declarations/%v/verify", s.declared()), "")
	return fmt.Sprintf(`{"kind":"declarations","scope_unit_id":"%d","title":"申报公示"}`, s.grid.ID)
}

func (s *subtree) publication() *reply {
	return s.made(s.officer(1, model.RoleCommunityAdmin), "/publications", s.plan())
}

func (s *subtree) published() any { return s.publication().ID }

// appealed has the neighbor appeal against the last item, which is what was declared for this call.
func (s *subtree) appealed() any {
	p := s.publication()
	body := fmt.Sprintf(`{"item_no":%d,"reason":"不实"}`, p.Count)
	return s.made(s.neighbor, "/publications/"+p.ID+"/appeals", body, "appeal").ID
}

func (s *subtree) inReview() any {
	id := s.appealed()
	s.made(s.officer(2, model.RoleCommunityAdmin), fmt.Sprintf("/appeals/%v/resolve", id), rejection)
	return s.made(s.neighbor, fmt.Sprintf("/appeals/%v/review", id), `{"reason":"不服"}`, "review").ID
}

// sold makes an item on sale for a part of the tree.
func (s *subtree) sold(scope model.ID) string {
	admin := s.Holder(model.RoleCommunityAdmin)
	body := fmt.Sprintf(`{"name":"大米","category":"food","points":1,"stock":9,"scope_unit_id":"%d"}`, scope)
	id := s.want(s.call(admin, "POST", "/shop/items", body), http.StatusCreated, "").ID
	s.want(s.call(admin, "POST", "/shop/items/"+id+"/on-sale", ""), http.StatusOK, "")
	return id
}

func (s *subtree) item() any { return s.sold(s.grid.ID) }

// itemForAll makes an item for the whole community, and gives the caller of the walk the points for it.
func (s *subtree) itemForAll() any {
	s.give(s.Members[slices.IndexFunc(s.Members, func(m *model.Member) bool { return m.GridID == s.grid.ID })].ID)
	return s.sold(s.Community.ID)
}

func (s *subtree) give(member model.ID) {
	body := fmt.Sprintf(`{"member_id":"%d","amount":5,"code":"ADJUST","memo":"帮忙"}`, member)
	s.want(s.call(s.Holder(model.RoleCommunityAdmin), "POST", "/points/awards", body, "Idempotency-Key", fmt.Sprintf("give-%d", s.n)), http.StatusCreated, "")
}

// ordered is an order of the neighbour's.
func (s *subtree) ordered() *reply {
	s.give(s.neighbor.MemberID)
	return s.made(s.neighbor, "/shop/orders", fmt.Sprintf(`{"item_id":"%s","quantity":1}`, s.sold(s.grid.ID)))
}

func (s *subtree) order() any { return s.ordered().ID }

func (s *subtree) pickupCode() any { return s.ordered().PickupCode }

// matter is something that the neighbour has reported.
func (s *subtree) matter() any {
	return s.made(s.neighbor, "/matters", `{"category":"other","title":"路灯不亮"}`, "matter").ID
}

// refusal is a matter of the neighbour's that its owner does not want to accept.
func (s *subtree) refusal() any {
	id, owner := s.matter(), s.Holder(model.RoleGridWorker)
	if s.grid.ID != s.Grids[0].ID {
		owner = s.Holder(model.RoleCommunityAdmin)
	}
	s.made(owner, fmt.Sprintf("/matters/%v/refuse", id), `{"reason":"不归社区","legal_basis":"职责清单"}`, "refuse")
	return id
}

// services is a new version of the catalogue, as it is now.
func (s *subtree) services() string {
	got := s.want(s.call(s.neighbor, "GET", fmt.Sprintf("/service-catalogue?community_id=%d", s.Community.ID), ""), http.StatusOK, "")
	return fmt.Sprintf(`{"version":%d,"items":[{"category":"other","name":"其他","tier":"grid","limits":{"contact":{"amount":1,"unit":"hours"},`+
		`"due":{"amount":5,"unit":"working_days"},"grid":{"amount":3,"unit":"working_days"},"community":{"amount":5,"unit":"working_days"},`+
		`"street":{"amount":9,"unit":"working_days"}},"papers":[],"steps":[],"promise":"","community_primary":true}]}`, got.Version)
}

// proposeRole has an admin propose that somebody audits the grid.
func (s *subtree) proposeRole(member model.ID) *reply {
	body := fmt.Sprintf(`{"member_id":"%d","role":"auditor","unit_id":"%d","action":"grant","reason":"工作需要"}`, member, s.grid.ID)
	return s.call(s.Holder(model.RoleCommunityAdmin), "POST", "/role-proposals", body)
}

// proposedRole is what is proposed for somebody who has just moved in beside the neighbour.
func (s *subtree) proposedRole() any {
	m := &model.Member{ID: s.store.NewID(), Place: s.neighbor.Place, Name: "丙某", Skills: []string{}, Version: 1, CreatedAt: 1, UpdatedAt: 1}
	m.RosterKey = m.ID.String()
	if err := s.store.Members.Create(s.t.Context(), m); err != nil {
		s.t.Fatal(err)
	}
	return s.want(s.proposeRole(m.ID), http.StatusCreated, "").ID
}

package api_test

import (
	"fmt"
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
	living   model.Place // where the caller lives when that decides
	n        int         // of the call
}

// probe is how one operation is tried over HTTP in a subtree; shows names what a list that is answered must
// contain within reach, and must not beyond it.
type probe struct {
	method string
	path   func(s *subtree) string
	body   func(s *subtree) string
	shows  func(s *subtree) string
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
	var entered string // the last award by hand
	return map[model.Operation]probe{
		model.OpReadTree:       {"GET", fixed("/units?kind=grid"), none, about(`"id":"%v"`, grid)},
		model.OpReadRequests:   {"GET", about("/requests/%v", (*subtree).request), none, nil},
		model.OpPostRequest:    {"POST", fixed("/requests"), fixed(`{"category":"errand","title":"取快递"}`), nil},
		model.OpPostFor:        {"POST", fixed("/requests"), about(`{"category":"errand","title":"代办","on_behalf_of":"%v"}`, member), nil},
		model.OpClaimRequest:   {"POST", about("/requests/%v/claim", (*subtree).request), none, nil},
		model.OpManageRequest:  {"POST", about("/requests/%v/cancel", (*subtree).request), fixed(`{"reason":"重复"}`), nil},
		model.OpMatchRequest:   {"GET", about("/requests/%v/matches", (*subtree).request), none, nil},
		model.OpPostOffer:      {"POST", fixed("/offers"), fixed(`{"categories":["errand"],"title":"跑腿"}`), nil},
		model.OpReadOffers:     {"GET", about("/offers/%v", (*subtree).offer), none, nil},
		model.OpReadPoints:     {"GET", about("/points/statement?member_id=%v", member), none, nil},
		model.OpAward:          {"POST", fixed("/points/awards"), about(`{"member_id":"%v","amount":3,"code":"ADJUST","memo":"帮忙"}`, member), nil},
		model.OpReverse:        {"POST", about("/points/transfers/%v/reverse", (*subtree).transfer), fixed(`{"reason":"记错"}`), nil},
		model.OpReadCampaigns:  {"GET", fixed("/themes"), none, nil},
		model.OpManageCampaign: {"GET", about("/campaigns/%v/checkin-code", (*subtree).campaign), none, nil},
		model.OpJoinCampaign:   {"POST", about("/campaigns/%v/signups", (*subtree).campaign), none, nil},
		model.OpReadBoards:     {"GET", fixed("/leaderboards"), none, nil},
		model.OpReadMembers:    {"GET", fixed("/members?limit=100"), none, about(`"id":"%v"`, member)},
		model.OpIssueBindCode:  {"POST", about("/members/%v/bind-codes", member), none, nil},
		model.OpGrantRole: {"POST", about("/members/%v/roles", member), func(s *subtree) string {
			return fmt.Sprintf(`{"role":"auditor","unit_id":"%d"}`, s.grid.ID)
		}, nil},
		model.OpManageRules: {"POST", fixed("/point-rules/versions"), func(*subtree) string { return draftBody(12, "") }, nil},
		model.OpReadFlags: {"GET", func(s *subtree) string {
			entered = s.entered(5)
			return "/audit/flags?kind=declared_share"
		}, none, about(`"id":"%v"`, func(*subtree) any { return entered })},
	}
}

// ofTheWhole are the operations on what holds in all of a community: a role at a part of it does not do.
func ofTheWhole() []model.Operation { return []model.Operation{model.OpManageRules} }

// TestEveryOperationByEveryRoleOverHTTP walks the role table from outside: each operation is called by a
// holder of each role, held at one grid, for what lies in that grid and for what lies in another.
func TestEveryOperationByEveryRoleOverHTTP(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		s := givenStallOn(t, store)
		calls := 0
		for operation, permitted := range model.Permissions() {
			p, ok := probes()[operation]
			if !ok {
				t.Errorf("%s is not tried over HTTP", operation)
				continue
			}
			for _, role := range model.Roles() {
				for _, inside := range []bool{true, false} {
					aim := s.subtree(map[bool]int{true: 0, false: 1}[inside], calls)
					held := s.Grids[0]
					if inside && slices.Contains(ofTheWhole(), operation) {
						held = s.Community
					}
					who := s.holding(role, held, aim.living)
					got := s.call(who, p.method, p.path(aim), p.body(aim), "Idempotency-Key", fmt.Sprintf("walk-%d", calls))
					may := inside && slices.Contains(permitted, role)
					if answered := p.answered(got, aim); answered != may {
						t.Errorf("%s by %s, inside %t: got %d %s, want allowed %t", operation, role, inside, got.status, got.text, may)
					}
					calls++
				}
			}
		}
		if calls != len(model.Permissions())*len(model.Roles())*2 {
			t.Errorf("%d calls", calls)
		}
	})
}

// answered reports whether a call was allowed. What is neither a success nor one of the refusals that the
// contract has for a role is a fault of the walk.
func (p probe) answered(got *reply, aim *subtree) bool {
	switch {
	case got.status < http.StatusBadRequest:
		return p.shows == nil || strings.Contains(got.text, p.shows(aim))
	case got.status == http.StatusForbidden && got.Code == "auth.forbidden", got.status == http.StatusNotFound && got.Code == "not_found":
		return false
	}
	aim.t.Fatalf("neither answered nor refused: %d %s", got.status, got.text)
	return false
}

// holding returns a caller who lives at a place and holds nothing but a role at a node.
func (s *stall) holding(role model.Role, at model.Node, living model.Place) model.Actor {
	i := slices.IndexFunc(s.Members, func(m *model.Member) bool { return m.HouseholdID == living.HouseholdID })
	who := model.Actor{MemberID: s.Members[i].ID, Place: s.Members[i].Place, Grants: []model.Grant{{Role: role, NodeID: at.ID, NodeKind: at.Kind}}}
	s.callers[token(who)] = who
	return who
}

// subtree is the part of the world in a grid; calls with different n are about different neighbours.
func (s *stall) subtree(grid, n int) *subtree {
	const perGrid, perDoor = 12, 2
	home := s.Members[grid*perGrid]
	neighbor := s.As(s.Members[grid*perGrid+perDoor*(1+n%5)])
	neighbor.Grants = []model.Grant{{Role: model.RoleResident, NodeID: s.Community.ID, NodeKind: model.KindCommunity}}
	s.callers[token(neighbor)] = neighbor
	return &subtree{s, s.Grids[grid], neighbor, home.Place, n}
}

// made does what a call needs to be there, and returns what came of it.
func (s *subtree) made(who model.Actor, path, body string) *reply {
	s.t.Helper()
	got := s.call(who, "POST", path, body, "Idempotency-Key", fmt.Sprintf("made-%d", s.n))
	if got.status >= http.StatusBadRequest {
		s.t.Fatalf("%s: %d %s", path, got.status, got.text)
	}
	return got
}

func (s *subtree) request() any {
	return s.made(s.neighbor, "/requests", `{"category":"errand","title":"取快递"}`).ID
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

// campaign makes one that is published in the grid.
func (s *subtree) campaign() any {
	admin := s.Holder(model.RoleCommunityAdmin)
	body := fmt.Sprintf(`{"theme":"%s","title":"活动","starts_at":"2026-11-23T08:00:00+08:00","ends_at":"2026-11-23T18:00:00+08:00",`+
		`"scope_unit_id":"%d","budget":0,"rules":{"points_per_checkin":0}}`, model.DefaultThemes(0)[0].Code, s.grid.ID)
	id := s.made(admin, "/campaigns", body).ID
	s.want(s.call(admin, "POST", "/campaigns/"+id+"/publish", ""), http.StatusOK, "")
	return id
}

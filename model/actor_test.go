package model

import (
	"errors"
	"slices"
	"testing"
)

// TestEveryOperationByEveryRole walks the whole table: each operation by each role, inside and outside of
// the subtree that the role is held at, in another community, and by someone with no role at all.
func TestEveryOperationByEveryRole(t *testing.T) {
	inside := Place{CommunityID: 1, AreaID: 2, GridID: 3, BuildingID: 4, UnitID: 5, HouseholdID: 6, BranchID: 7}
	outside := Place{CommunityID: 1, AreaID: 12, GridID: 13, BuildingID: 14, UnitID: 15, HouseholdID: 16, BranchID: 17}
	abroad := Place{CommunityID: 21, AreaID: 2, GridID: 3, BuildingID: 4, UnitID: 5, HouseholdID: 6, BranchID: 7}
	rows := 0
	for operation, permitted := range Permissions() {
		for _, role := range Roles() {
			for _, kind := range append(Levels(), KindBranch) {
				who := Actor{MemberID: 1, Place: inside, Grants: []Grant{{role, inside.At(kind), kind}}}
				may := slices.Contains(permitted, role)
				want := map[bool]error{true: nil, false: ErrForbidden}
				reachesOutside := may && kind == KindCommunity
				for _, c := range []struct {
					name string
					at   Place
					want error
				}{
					{"inside", inside, want[may]}, {"outside", outside, want[reachesOutside]}, {"abroad", abroad, ErrNotFound},
				} {
					if err := who.May(operation, c.at); !errors.Is(err, c.want) {
						t.Errorf("%s by %s at %s, %s: got %v, want %v", operation, role, kind, c.name, err, c.want)
					}
					rows++
				}
				if reach, err := who.Reach(operation); (err == nil) != may || len(reach) > 1 {
					t.Errorf("%s by %s: reach %v, %v", operation, role, reach, err)
				}
			}
		}
		nobody := Actor{MemberID: 1, Grants: []Grant{{permitted[0], inside.CommunityID, KindCommunity}}}
		_, reach := nobody.Reach(operation)
		if may := nobody.May(operation, inside); !errors.Is(may, ErrUnbound) || !errors.Is(reach, ErrUnbound) {
			t.Errorf("%s by nobody: got %v, %v", operation, may, reach)
		}
		without := Actor{MemberID: 1, Place: inside}
		_, reach = without.Reach(operation)
		if may := without.May(operation, inside); !errors.Is(may, ErrForbidden) || !errors.Is(reach, ErrForbidden) {
			t.Errorf("%s without a role: got %v, %v", operation, may, reach)
		}
	}
	if rows != len(Permissions())*len(Roles())*7*3 {
		t.Errorf("%d rows were walked", rows)
	}
}

// TestWhatNoRoleMayDo holds the table against the decisions of the product, so that a slip in it is seen.
func TestWhatNoRoleMayDo(t *testing.T) {
	table := Permissions()
	for _, c := range []struct {
		role Role
		may  []Operation
	}{
		{RoleAuditor, []Operation{
			OpReadTree, OpReadRequests, OpReadOffers, OpReadPoints, OpReadCampaigns, OpReadBoards, OpReadMembers,
			OpReadPublications, OpReadDisclosure, OpReadCalendar, OpReadShop, OpReadOrders, OpReadFlags,
			OpReadMatters, OpReadReads, OpReadMap, OpReadBell, OpReadReception, OpReadAuthEvents,
			OpReadProposals, OpReadDashboard,
		}},
		{RoleStreetOfficer, []Operation{
			OpReadTree, OpReadRequests, OpReadCampaigns, OpReadBoards,
			OpReadPublications, OpReadDisclosure, OpReviewAppeal, OpReadCalendar, OpReadShop,
			OpReadMatters, OpHandleMatter, OpReviewMatter, OpReadMap, OpReadReception, OpApproveRole,
			OpReadProposals, OpReadDashboard, OpPublishPolicy,
		}},
		{RoleResident, []Operation{
			OpReadTree, OpReadRequests, OpPostRequest, OpClaimRequest, OpPostOffer, OpReadCampaigns, OpJoinCampaign, OpReadBoards,
			OpDeclare, OpReadPublications, OpAppeal, OpReadCalendar, OpReadShop, OpOrderItem,
			OpReportMatter, OpJoinBell, OpReadReception,
			OpReadProposals, OpDeliberate,
		}},
	} {
		for operation, permitted := range table {
			if slices.Contains(permitted, c.role) != slices.Contains(c.may, operation) {
				t.Errorf("%s: %s is %t", c.role, operation, slices.Contains(permitted, c.role))
			}
		}
	}
	for operation, want := range map[Operation][]Role{
		OpReverse: {RoleCommunityAdmin}, OpGrantRole: {RoleCommunityAdmin}, OpManageRules: {RoleCommunityAdmin}, OpAward: {RoleOrganizer, RoleCommunityAdmin},
	} {
		if !slices.Equal(table[operation], want) {
			t.Errorf("%s is for %v", operation, table[operation])
		}
	}
}

package campaign_test

import (
	"errors"
	"slices"
	"testing"

	"linbanglin/model"
)

// TestWhoReadsWhichCampaign has campaigns of the first area, of the second and of the branch read by holders
// of one role each, most of them without a home in the community.
func TestWhoReadsWhichCampaign(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		admin := f.Holder(model.RoleCommunityAdmin)
		var all []model.ID
		for _, scope := range []model.Node{f.Areas[0], f.Areas[1], f.Branch} {
			in := f.plan()
			in.Scope = scope.ID
			c, err := f.Create(t.Context(), admin, in)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Publish(t.Context(), admin, c.ID); err != nil {
				t.Fatal(err)
			}
			all = append(all, c.ID)
		}
		holding := func(role model.Role, at model.Node) model.Actor {
			return model.Actor{MemberID: 5, Place: model.Place{CommunityID: f.Community.ID}, Grants: []model.Grant{{Role: role, NodeID: at.ID, NodeKind: at.Kind}}}
		}
		member := f.Resident(0) // of the branch, with a role that reaches no further than the door
		member.Grants = []model.Grant{{Role: model.RoleResident, NodeID: f.Doors[0].ID, NodeKind: model.KindHousehold}}
		for name, c := range map[string]struct {
			who  model.Actor
			want []model.ID
		}{
			"a resident":                          {f.Resident(3), all},
			"an officer of the community":         {holding(model.RoleStreetOfficer, f.Community), all},
			"an officer of the first area":        {holding(model.RoleStreetOfficer, f.Areas[0]), []model.ID{all[0], all[2]}},
			"an auditor of a grid in the second":  {holding(model.RoleAuditor, f.Grids[2]), []model.ID{all[1]}},
			"a worker of a grid in the first":     {holding(model.RoleGridWorker, f.Grids[1]), []model.ID{all[0]}},
			"the secretary":                       {holding(model.RoleSecretary, f.Branch), []model.ID{all[0], all[2]}},
			"a door of the first area and branch": {member, []model.ID{all[0], all[2]}},
			"another community":                   {f.Others.Resident(0), nil},
		} {
			list, err := f.List(t.Context(), c.who, nil, model.Page{})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var got []model.ID
			for _, x := range list.Items {
				got = append([]model.ID{x.ID}, got...)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: lists %v, want %v", name, got, c.want)
			}
			for _, id := range all {
				want := error(nil)
				if !slices.Contains(c.want, id) {
					want = model.ErrNotFound
				}
				if _, err := f.Campaign(t.Context(), c.who, id); !errors.Is(err, want) {
					t.Errorf("%s: reads %d: %v, want %v", name, slices.Index(all, id), err, want)
				}
			}
			if themes, err := f.Themes(t.Context(), c.who, false); err != nil || len(themes) != 10 {
				t.Errorf("%s: %d themes, %v", name, len(themes), err)
			}
		}
		nobody := model.Actor{MemberID: 5}
		if _, err := f.Campaign(t.Context(), nobody, all[0]); !errors.Is(err, model.ErrUnbound) {
			t.Errorf("nobody yet: %v", err)
		}
	})
}

func TestPagesOfCampaignsWithinReach(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		admin := f.Holder(model.RoleCommunityAdmin)
		var want []model.ID
		for i := range 9 {
			in := f.plan()
			in.Scope = f.Areas[i%2].ID
			c, err := f.Create(t.Context(), admin, in)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Publish(t.Context(), admin, c.ID); err != nil {
				t.Fatal(err)
			}
			if i%2 == 1 {
				want = append([]model.ID{c.ID}, want...)
			}
		}
		auditor := model.Actor{MemberID: 5, Place: model.Place{CommunityID: f.Community.ID}, Grants: []model.Grant{{Role: model.RoleAuditor, NodeID: f.Areas[1].ID, NodeKind: model.KindArea}}}
		var got []model.ID
		page := model.Page{Limit: 3}
		for {
			list, err := f.List(t.Context(), auditor, []model.CampaignStatus{model.CampaignPublished}, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range list.Items {
				got = append(got, c.ID)
			}
			if page.Cursor = list.NextCursor; page.Cursor == "" {
				break
			}
			if len(list.Items) != 3 {
				t.Errorf("a page of %d before the last", len(list.Items))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

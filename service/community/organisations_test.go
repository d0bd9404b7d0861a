package community_test

import (
	"errors"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/community"
)

var property = community.OrganisationInput{Kind: model.KindPropertyCompany, Name: " 安心物业 ", Duties: "维修、保洁", WorkPhone: "0592-1234567"}

func TestOrganisationsAreKeptByTheirCommunity(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		c, ctx := community.New(store, now), t.Context()
		admin, resident, stranger := w.Holder(model.RoleCommunityAdmin), w.Resident(0), w.Others.Resident(0)
		o, err := c.AddOrganisation(ctx, admin, w.Grids[0].ID, property)
		if err != nil || o.Name != "安心物业" || o.GridID != w.Grids[0].ID {
			t.Fatalf("got %+v, %v", o, err)
		}
		unnamed, faceless := property, property
		unnamed.Name, faceless.Kind = " ", "club"
		for name, x := range map[string]struct {
			who  model.Actor
			node model.ID
			in   community.OrganisationInput
			want error
		}{
			"the same name":        {admin, w.Grids[0].ID, property, model.ErrDuplicate},
			"by a resident":        {resident, w.Grids[0].ID, property, model.ErrForbidden},
			"in another community": {admin, w.Others.Grids[0].ID, property, model.ErrNotFound},
			"at no node":           {admin, 42, property, model.ErrNotFound},
			"without a name":       {admin, w.Grids[0].ID, unnamed, model.ErrInvalid},
			"of no kind":           {admin, w.Grids[0].ID, faceless, model.ErrInvalid},
		} {
			if _, err := c.AddOrganisation(ctx, x.who, x.node, x.in); !errors.Is(err, x.want) {
				t.Errorf("%s: got %v, want %v", name, err, x.want)
			}
		}
		ended := false
		edit := property
		edit.Active = &ended
		if _, err := c.EditOrganisation(ctx, admin, o.ID, 9, edit); !errors.Is(err, model.ErrStale) {
			t.Errorf("a stale edit: %v", err)
		}
		wantNames(t, c, resident, false, 1)
		wantNames(t, c, stranger, true, 0)
		if _, err := c.EditOrganisation(ctx, admin, o.ID, 1, edit); err != nil {
			t.Fatal(err)
		}
		wantNames(t, c, resident, false, 0)
		wantNames(t, c, resident, true, 1)
		if _, err := c.Organisation(ctx, stranger, o.ID); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("a stranger reads it: %v", err)
		}
	})
}

func wantNames(t *testing.T, c *community.Community, who model.Actor, all bool, want int) {
	t.Helper()
	if list, err := c.Organisations(t.Context(), who, "", all, model.Page{}); err != nil || len(list.Items) != want {
		t.Errorf("all %t: %+v, %v, want %d", all, list, err, want)
	}
}

func TestOfficersActForAnOrganisation(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		c, ctx := community.New(store, now), t.Context()
		admin, officer := w.Holder(model.RoleCommunityAdmin), w.Resident(1)
		o, err := c.AddOrganisation(ctx, admin, w.Community.ID, property)
		if err != nil {
			t.Fatal(err)
		}
		for name, x := range map[string]struct {
			who    model.Actor
			member model.ID
			want   error
		}{
			"a neighbour":  {admin, officer.MemberID, nil},
			"a stranger":   {admin, w.Others.Members[0].ID, model.ErrNotFound},
			"nobody":       {admin, 42, model.ErrNotFound},
			"by a neigbor": {officer, w.Resident(2).MemberID, model.ErrForbidden},
		} {
			if _, err := c.AddOfficer(ctx, x.who, o.ID, x.member); !errors.Is(err, x.want) {
				t.Errorf("%s: got %v, want %v", name, err, x.want)
			}
		}
		if _, err := c.AddOfficer(ctx, admin, o.ID, officer.MemberID); !errors.Is(err, model.ErrDuplicate) {
			t.Errorf("twice: %v", err)
		}
		crowd := w.Crowd(model.MaxOfficers)
		for _, who := range crowd[1:] {
			if _, err := c.AddOfficer(ctx, admin, o.ID, who.MemberID); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.AddOfficer(ctx, admin, o.ID, crowd[0].MemberID); !errors.Is(err, model.ErrOfficers) {
			t.Errorf("one too many: %v", err)
		}
		for _, who := range crowd[1:] {
			if err := c.RemoveOfficer(ctx, admin, o.ID, who.MemberID); err != nil {
				t.Fatal(err)
			}
		}
		officers, err := c.Officers(ctx, w.Resident(0), o.ID)
		if err != nil || len(officers) != 1 || officers[0].Member.ID != officer.MemberID {
			t.Fatalf("got %+v, %v", officers, err)
		}
		if of, err := store.Organisations.OfMember(ctx, officer.MemberID); err != nil || len(of) != 1 || of[0] != o.ID {
			t.Errorf("acts for %v, %v", of, err)
		}
		for _, want := range []error{nil, model.ErrNotFound} {
			if err := c.RemoveOfficer(ctx, admin, o.ID, officer.MemberID); !errors.Is(err, want) {
				t.Errorf("remove: got %v, want %v", err, want)
			}
		}
	})
}

package campaign_test

import (
	"errors"
	"testing"

	"linbanglin/internal/testworld"
	"linbanglin/model"
)

// givenOrganisation puts an organisation with one officer, if any, into a community.
func (f *fair) givenOrganisation(t *testing.T, w *testworld.World, name string, active bool, officer model.ID) model.ID {
	t.Helper()
	o := &model.Organisation{
		ID: f.store.NewID(), Kind: model.KindLocalUnit, Name: name, NodeID: w.Community.ID, NodeKind: model.KindCommunity,
		Place: w.Community.Place, Active: active, Version: 1, CreatedAt: f.Now(), UpdatedAt: f.Now(),
	}
	err := f.store.Organisations.Create(t.Context(), o)
	if err == nil && officer != 0 {
		err = f.store.Organisations.AddOfficer(t.Context(), &model.Officer{OrganisationID: o.ID, MemberID: officer, CreatedAt: f.Now()})
	}
	if err != nil {
		t.Fatal(err)
	}
	return o.ID
}

// TestOrganisationsMakeACampaignTogether plans with an organisation of the community beside one that is only named.
func TestOrganisationsMakeACampaignTogether(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		far := f.Resident(12) // of another area
		hospital := f.givenOrganisation(t, f.World, "区医院", true, far.MemberID)
		f.givenOrganisation(t, f.World, "小学", true, f.Resident(3).MemberID)
		in := f.plan()
		in.Plan.Organisers = []model.JointOrganiser{
			{OrganisationID: hospital, Organisation: "别的名字", Kind: "服务联办", Duty: "义诊"}, {Organisation: "面馆", Kind: "品牌联创", Duty: "长寿面"},
		}
		c, err := f.Create(t.Context(), f.organizer, in)
		if err != nil || c.Plan.Organisers[0].Organisation != "区医院" || c.Plan.Organisers[1].Organisation != "面馆" {
			t.Fatalf("got %+v, %v", c, err)
		}
		if in.Plan.Organisers[0].Organisation != "别的名字" {
			t.Error("the plan of the caller was changed")
		}
		want := func(what string, who model.Actor, want error) {
			t.Helper()
			if got, err := f.Campaign(t.Context(), who, c.ID); !errors.Is(err, want) || err == nil && got.Plan.Organisers[0].OrganisationID != hospital {
				t.Errorf("%s: got %+v, %v; want %v", what, got, err, want)
			}
		}
		want("a draft, by its officer", far, nil)
		want("a draft, by another's officer", f.Resident(3), model.ErrNotFound)
		want("a draft, by a resident", f.Resident(4), model.ErrNotFound)
		want("a draft, by its organizer", f.organizer, nil)
		in.Version = 1
		if _, err := f.Edit(t.Context(), far, c.ID, in); err == nil {
			t.Error("an officer edits the plan")
		}
		if _, err := f.Publish(t.Context(), f.organizer, c.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := f.CheckinCode(t.Context(), far, c.ID); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("an officer sees the code: %v", err)
		}
		if _, err := f.SetBudget(t.Context(), far, c.ID, 200, "多发"); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("an officer raises the budget: %v", err)
		}
		if err := f.store.Organisations.RemoveOfficer(t.Context(), hospital, far.MemberID); err != nil {
			t.Fatal(err)
		}
		other, err := f.Create(t.Context(), f.organizer, in)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Campaign(t.Context(), far, other.ID); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("who acts for it no more: %v", err)
		}
	})
}

func TestOrganisersThatAreNoOrganisations(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		plan := func(o model.JointOrganiser) error {
			in := f.plan()
			o.Kind, o.Duty = "服务联办", "义诊"
			in.Plan.Organisers = []model.JointOrganiser{o}
			_, err := f.Create(t.Context(), f.organizer, in)
			return err
		}
		for name, x := range map[string]struct {
			o    model.JointOrganiser
			want error
		}{
			"one of the community": {model.JointOrganiser{OrganisationID: f.givenOrganisation(t, f.World, "区医院", true, 0)}, nil},
			"one that has ended":   {model.JointOrganiser{OrganisationID: f.givenOrganisation(t, f.World, "旧厂", false, 0)}, model.ErrInvalid},
			"another community's":  {model.JointOrganiser{OrganisationID: f.givenOrganisation(t, f.Others, "他处", true, 0)}, model.ErrInvalid},
			"an unknown one":       {model.JointOrganiser{OrganisationID: 42, Organisation: "有名字"}, model.ErrInvalid},
			"neither id nor name":  {model.JointOrganiser{}, model.ErrInvalid},
			"a name":               {model.JointOrganiser{Organisation: "面馆"}, nil},
		} {
			if err := plan(x.o); !errors.Is(err, x.want) {
				t.Errorf("%s: got %v, want %v", name, err, x.want)
			}
		}
	})
}

package network_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/community"
	"linbanglin/service/network"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

// town is a world with three organisations, each with an officer.
type town struct {
	*testworld.World
	*network.Network
	t        *testing.T
	store    *repository.Store
	admin    model.Actor
	bodies   []model.ID
	officers []model.Actor
	now      atomic.Int64
}

func each(t *testing.T, test func(t *testing.T, w *town)) {
	t.Helper()
	t.Parallel()
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := &town{World: testworld.New(t, store), t: t, store: store}
		w.now.Store(int64(testworld.Now))
		clock := func() model.Instant { return model.Instant(w.now.Load()) }
		w.Network, w.admin = network.New(store, clock), w.Holder(model.RoleCommunityAdmin)
		c := community.New(store, clock)
		for i, kind := range []model.OrganisationKind{model.KindPartyCommittee, model.KindPropertyCompany, model.KindLocalUnit} {
			o, err := c.AddOrganisation(t.Context(), w.admin, w.Community.ID, community.OrganisationInput{Kind: kind, Name: fmt.Sprintf("组织%d", i)})
			w.must(err)
			w.officers, w.bodies = append(w.officers, w.Resident(i)), append(w.bodies, o.ID)
			w.must(only(c.AddOfficer(t.Context(), w.admin, o.ID, w.officers[i].MemberID)))
		}
		test(t, w)
	})
}

func only[T any](_ T, err error) error { return err }

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) joint(change ...func(*network.JointInput)) network.JointInput {
	in := network.JointInput{
		Kind: model.JointMatter, Way: "责任联担", Title: "整治楼道", Lead: network.Duty{Organisation: w.bodies[0], Duty: "牵头"},
		Partners: []network.Duty{{Organisation: w.bodies[1], Duty: "清运"}, {Organisation: w.bodies[2], Duty: "出志愿者"}},
	}
	for _, c := range change {
		c(&in)
	}
	return in
}

func TestOrganisationsShareADuty(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		u, err := w.Undertake(ctx, w.officers[0], w.joint())
		w.must(err)
		if u.Status != model.JointProposed || u.Partners[0].Status != model.PartnerAccepted {
			t.Fatalf("got %+v", u)
		}
		for name, c := range map[string]struct {
			call func() error
			want error
		}{
			"for another organisation": {func() error { return only(w.Answer(ctx, w.officers[2], u.ID, w.bodies[1], true)) }, model.ErrNotOfficer},
			"by a resident":            {func() error { return only(w.Answer(ctx, w.Resident(5), u.ID, w.bodies[1], true)) }, model.ErrNotOfficer},
			"twice":                    {func() error { return only(w.Answer(ctx, w.officers[0], u.ID, w.bodies[0], true)) }, model.ErrPartnerState},
			"a note before":            {func() error { return only(w.Note(ctx, w.officers[0], u.ID, w.bodies[0], "开始")) }, model.ErrJointState},
			"done before":              {func() error { return only(w.Finish(ctx, w.officers[0], u.ID, "好了")) }, model.ErrJointState},
			"of no such":               {func() error { return only(w.Answer(ctx, w.officers[0], 42, w.bodies[0], true)) }, model.ErrNotFound},
			"from another community":   {func() error { return only(w.Undertaking(ctx, w.Others.Resident(0), u.ID)) }, model.ErrNotFound},
		} {
			if err := c.call(); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		w.must(only(w.Answer(ctx, w.officers[1], u.ID, w.bodies[1], true)))
		u, err = w.Answer(ctx, w.officers[2], u.ID, w.bodies[2], false)
		if w.must(err); u.Status != model.JointActive {
			t.Fatalf("got %+v", u)
		}
		w.must(only(w.Note(ctx, w.officers[1], u.ID, w.bodies[1], "清了三个楼道")))
		if _, err := w.Note(ctx, w.officers[2], u.ID, w.bodies[2], "没参加"); !errors.Is(err, model.ErrPartnerState) {
			t.Errorf("a note of who declined: %v", err)
		}
		if _, err := w.Finish(ctx, w.officers[0], u.ID, "好了"); !errors.Is(err, model.ErrDutiesOpen) {
			t.Errorf("finished with duties open: %v", err)
		}
		w.must(only(w.Do(ctx, w.officers[0], u.ID, w.bodies[0])))
		w.must(only(w.Do(ctx, w.officers[1], u.ID, w.bodies[1])))
		if _, err := w.Finish(ctx, w.officers[1], u.ID, "好了"); !errors.Is(err, model.ErrNotOfficer) {
			t.Errorf("finished by a partner: %v", err)
		}
		w.must(only(w.Finish(ctx, w.officers[0], u.ID, "楼道清空")))
		got, err := w.Undertaking(ctx, w.Resident(9), u.ID)
		if w.must(err); got.Status != model.JointDone || len(got.Notes) != 1 || got.Partners[0].Name == "" || !got.Partners[0].Lead {
			t.Errorf("got %+v", got)
		}
		for organisation, want := range map[model.ID]int{0: 1, w.bodies[1]: 1, 42: 0} {
			if list, err := w.Undertakings(ctx, w.Resident(9), organisation, model.Page{}); err != nil || len(list.Items) != want {
				t.Errorf("%+v, %v", list, err)
			}
		}
		rows, err := w.store.Notices.List(ctx, w.officers[2].MemberID, false, 0, 10)
		if w.must(err); len(rows) != 2 {
			t.Errorf("an officer was told %d times", len(rows))
		}
	})
}

func TestUndertakingsThatAreRefusedOrComeToNothing(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		for name, c := range map[string]struct {
			who    model.Actor
			change func(*network.JointInput)
			want   error
		}{
			"by another's officer": {w.officers[1], func(*network.JointInput) {}, model.ErrNotOfficer},
			"alone":                {w.officers[0], func(in *network.JointInput) { in.Partners = nil }, model.ErrInvalid},
			"with itself":          {w.officers[0], func(in *network.JointInput) { in.Partners[0].Organisation = w.bodies[0] }, model.ErrInvalid},
			"without a duty":       {w.officers[0], func(in *network.JointInput) { in.Partners[0].Duty = " " }, model.ErrInvalid},
			"in no way":            {w.officers[0], func(in *network.JointInput) { in.Way = "联欢" }, model.ErrInvalid},
			"with nobody":          {w.officers[0], func(in *network.JointInput) { in.Partners[0].Organisation = 42 }, model.ErrNotFound},
			"for no campaign":      {w.officers[0], func(in *network.JointInput) { in.Campaign = 42 }, model.ErrNotFound},
			"due long ago":         {w.officers[0], func(in *network.JointInput) { in.Due = 20200101 }, model.ErrInvalid},
		} {
			if _, err := w.Undertake(ctx, c.who, w.joint(c.change)); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		u, err := w.Undertake(ctx, w.admin, w.joint())
		w.must(err)
		u, err = w.Answer(ctx, w.officers[0], u.ID, w.bodies[0], false)
		if w.must(err); u.Status != model.JointCancelled {
			t.Errorf("without its lead: %+v", u)
		}
		lonely, err := w.Undertake(ctx, w.officers[0], w.joint(func(in *network.JointInput) { in.Partners = in.Partners[:1] }))
		w.must(err)
		lonely, err = w.Answer(ctx, w.officers[1], lonely.ID, w.bodies[1], false)
		if w.must(err); lonely.Status != model.JointCancelled {
			t.Errorf("without a partner: %+v", lonely)
		}
	})
}

func TestFamilyGroupsAreOfTheirBranch(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		leader, mate := w.Members[0], w.Members[1]
		hub := w.Doors[0].ID
		in := network.GroupInput{Name: "一号小组", Leader: leader.ID, Members: []model.ID{leader.ID, mate.ID}}
		secretary := w.Holder(model.RoleSecretary)
		for name, c := range map[string]struct {
			who    model.Actor
			branch model.ID
			change func(*network.GroupInput)
			want   error
		}{
			"by a resident":         {w.Resident(0), w.Branch.ID, func(*network.GroupInput) {}, model.ErrForbidden},
			"of a grid":             {w.admin, w.Grids[0].ID, func(*network.GroupInput) {}, model.ErrInvalid},
			"without its leader":    {secretary, w.Branch.ID, func(in *network.GroupInput) { in.Members = in.Members[1:] }, model.ErrGroupMember},
			"with somebody else":    {secretary, w.Branch.ID, func(in *network.GroupInput) { in.Members = append(in.Members, w.Resident(3).MemberID) }, model.ErrGroupMember},
			"around no hub":         {secretary, w.Branch.ID, func(in *network.GroupInput) { in.Hub = hub }, model.ErrGroupHub},
			"without a name":        {secretary, w.Branch.ID, func(in *network.GroupInput) { in.Name = "" }, model.ErrInvalid},
			"of another community":  {w.Others.Holder(model.RoleCommunityAdmin), w.Branch.ID, func(*network.GroupInput) {}, model.ErrNotFound},
			"without anybody in it": {secretary, w.Branch.ID, func(in *network.GroupInput) { in.Members = nil }, model.ErrInvalid},
		} {
			asked := in
			asked.Members = slices.Clone(in.Members)
			c.change(&asked)
			if _, err := w.AddGroup(ctx, c.who, c.branch, asked); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		w.must(w.store.Nodes.SaveHouseholds(ctx, []*model.Household{{NodeID: hub, Hub: true, UpdatedAt: 1}}))
		in.Hub = hub
		g, err := w.AddGroup(ctx, secretary, w.Branch.ID, in)
		w.must(err)
		if g.Hub == nil || g.Hub.Name != "1幢" || len(g.Members) != 2 {
			t.Errorf("got %+v", g)
		}
		second := in
		if second.Name = "二号小组"; !errors.Is(only(w.AddGroup(ctx, secretary, w.Branch.ID, second)), model.ErrGrouped) {
			t.Error("somebody is of two groups")
		}
		if _, err := w.EditGroup(ctx, secretary, g.ID, 7, in); !errors.Is(err, model.ErrStale) {
			t.Errorf("a stale edit: %v", err)
		}
		in.Members = in.Members[:1]
		w.must(only(w.EditGroup(ctx, secretary, g.ID, 1, in)))
		for name, c := range map[string]struct {
			who   model.Actor
			named int
		}{"the admin": {w.admin, 1}, "a resident": {w.Resident(3), 0}} {
			net, err := w.PartyNetwork(ctx, c.who)
			w.must(err)
			b := net.Branches[0]
			if net.PartyMembers != 2 || net.Hubs != 1 || net.FamilyGroups != 1 || net.Committee != "组织0" || len(b.Hubs) != 1 || b.Hubs[0].Groups != 1 || b.PartyMembers != 2 ||
				len(b.Secretaries) != 1 || len(b.Groups[0].Members) != c.named || b.Groups[0].Leader.DisplayName != "甲**" {
				t.Errorf("%s: got %+v, %+v", name, net, b)
			}
		}
		if err := w.RemoveGroup(ctx, w.Resident(0), g.ID); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("removed by a resident: %v", err)
		}
		w.must(w.RemoveGroup(ctx, secretary, g.ID))
		w.must(only(w.AddGroup(ctx, secretary, w.Branch.ID, second)))
	})
}

func TestTheCircleAroundAHome(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ctx, home := t.Context(), w.Resident(0)
		monday := []model.Slot{{Weekday: 1, From: "08:00", To: "11:30"}, {Weekday: 1, From: "14:00", To: "17:00"}}
		point := func(name string, at model.ID, position *model.Position) *model.ServicePoint {
			t.Helper()
			p, err := w.AddPoint(ctx, w.admin, at, network.PointInput{Kind: model.PointNeighbour, Name: name, Address: "一楼", Hours: monday, At: position})
			w.must(err)
			return p
		}
		here := &model.Position{Lat: 25, Lng: 118}
		point("far", w.Community.ID, &model.Position{Lat: 25.02, Lng: 118})
		near := point("near", w.Grids[2].ID, &model.Position{Lat: 25.003, Lng: 118}) // 334 m
		own := point("own grid", w.Grids[0].ID, nil)
		point("next grid", w.Grids[1].ID, nil)
		w.wantCircle(home, false, []string{"own grid", "next grid", "far", "near"}, 1)
		w.must(only(w.PutBuilding(ctx, w.admin, home.Place.BuildingID, *here)))
		circle := w.wantCircle(home, true, []string{"near", "own grid", "next grid", "far"}, 2)
		if n := circle.Items[0].Near; n.Minutes != 6 || !n.Estimated || !n.Within {
			t.Errorf("got %+v", n)
		}
		if n := circle.Items[3].Near; n.Minutes != 37 || n.Within {
			t.Errorf("got %+v", n)
		}
		for _, c := range []struct {
			after time.Duration
			open  bool
		}{{0, true}, {3*time.Hour + 29*time.Minute, true}, {3*time.Hour + 30*time.Minute, false}, {6 * time.Hour, true}, {24 * time.Hour, false}, {7 * 24 * time.Hour, true}} {
			w.now.Store(int64(testworld.Now.Add(c.after)))
			if p, err := w.Point(ctx, home, own.ID); err != nil || p.OpenNow != c.open {
				t.Errorf("after %s: %+v, %v", c.after, p, err)
			}
		}
		w.must(w.store.Calendar.Set(ctx, &model.CalendarDay{CommunityID: w.Community.ID, Day: 20261130, Working: false}))
		if p, err := w.Point(ctx, home, own.ID); err != nil || p.OpenNow {
			t.Errorf("on a day off: %+v, %v", p, err)
		}
		off := false
		w.must(only(w.EditPoint(ctx, w.admin, near.ID, 1, network.PointInput{Kind: model.PointNeighbour, Name: "near", Address: "一楼", Active: &off})))
		w.wantCircle(home, true, []string{"own grid", "next grid", "far"}, 1)
	})
}

func (w *town) wantCircle(who model.Actor, located bool, names []string, within int) *model.ServiceCircle {
	w.t.Helper()
	circle, err := w.Circle(w.t.Context(), who)
	w.must(err)
	var got []string
	for _, p := range circle.Items {
		got = append(got, p.Name)
	}
	if !slices.Equal(got, names) || circle.Within != within || circle.HomeKnown != located {
		w.t.Errorf("got %v, %+v, want %v", got, circle, names)
	}
	return circle
}

func TestPointsThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		good := network.PointInput{Kind: model.PointCentre, Name: "中心", Address: "一楼"}
		w.must(only(w.AddPoint(ctx, w.admin, w.Community.ID, good)))
		for name, c := range map[string]struct {
			who    model.Actor
			node   model.ID
			change func(*network.PointInput)
			want   error
		}{
			"the same name": {w.admin, w.Community.ID, func(*network.PointInput) {}, model.ErrDuplicate},
			"by a resident": {w.Resident(0), w.Grids[0].ID, func(in *network.PointInput) { in.Name = "x" }, model.ErrForbidden},
			"at somebody's": {w.admin, w.Doors[0].ID, func(in *network.PointInput) { in.Name = "x" }, model.ErrInvalid},
			"of no kind":    {w.admin, w.Community.ID, func(in *network.PointInput) { in.Kind = "bar" }, model.ErrInvalid},
			"backwards":     {w.admin, w.Community.ID, func(in *network.PointInput) { in.Hours = []model.Slot{{Weekday: 1, From: "10:00", To: "09:00"}} }, model.ErrInvalid},
			"over each other": {w.admin, w.Community.ID, func(in *network.PointInput) {
				in.Hours = []model.Slot{{Weekday: 1, From: "08:00", To: "10:00"}, {Weekday: 1, From: "09:00", To: "11:00"}}
			}, model.ErrInvalid},
			"off the earth": {w.admin, w.Community.ID, func(in *network.PointInput) { in.At = &model.Position{Lat: 91} }, model.ErrInvalid},
			"elsewhere":     {w.admin, w.Others.Community.ID, func(*network.PointInput) {}, model.ErrNotFound},
		} {
			in := good
			c.change(&in)
			if _, err := w.AddPoint(ctx, c.who, c.node, in); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		if _, err := w.PutBuilding(ctx, w.admin, w.Grids[0].ID, model.Position{}); !errors.Is(err, model.ErrInvalid) {
			t.Errorf("a grid has a position: %v", err)
		}
		if _, err := w.PutBuilding(ctx, w.Resident(0), w.Resident(0).Place.BuildingID, model.Position{}); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("a position by a resident: %v", err)
		}
	})
}

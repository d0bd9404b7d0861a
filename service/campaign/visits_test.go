package campaign_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/model"
	"linbanglin/service/campaign"
	"linbanglin/service/matching/assignment"
)

// givenVisits publishes a campaign for which some residents signed up and in which others are to be visited.
func (f *fair) givenVisits(t *testing.T, volunteers, visited []int) *model.Campaign {
	t.Helper()
	in := f.plan()
	in.Budget = 0
	c := f.given(t, in)
	for _, i := range volunteers {
		if _, err := f.SignUp(t.Context(), f.Resident(i), c.ID); err != nil {
			t.Fatal(err)
		}
	}
	f.planVisits(t, c, visited...)
	return c
}

func (f *fair) planVisits(t *testing.T, c *model.Campaign, visited ...int) {
	t.Helper()
	var people []model.ID
	for _, i := range visited {
		people = append(people, f.Resident(i).MemberID)
	}
	if _, err := f.PlanVisits(t.Context(), f.organizer, c.ID, people); err != nil {
		t.Fatal(err)
	}
}

// share shares visits out, and wants so many assigned and left out.
func (f *fair) share(t *testing.T, c *model.Campaign, in campaign.AssignInput, assigned, left int) *campaign.VisitPlan {
	t.Helper()
	plan, err := f.AssignVisits(t.Context(), f.organizer, c.ID, in)
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Assigned) != assigned || len(plan.LeftOut) != left || !plan.Optimal {
		t.Errorf("got %+v, want %d assigned and %d left out", plan, assigned, left)
	}
	return plan
}

func (f *fair) visitsOf(t *testing.T, who model.Actor) []*model.Visit {
	t.Helper()
	list, err := f.MyVisits(t.Context(), who, model.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func (f *fair) noticesOf(t *testing.T, who model.Actor) int {
	t.Helper()
	rows, err := f.store.Notices.List(t.Context(), who.MemberID, false, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return len(rows)
}

// TestVisitsAreSharedOut has two volunteers, one in each grid, visit those who live near them; a second round shares out
// only what came since.
func TestVisitsAreSharedOut(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, f *fair) {
		c := f.givenVisits(t, []int{0, 6}, []int{1, 2, 7, 8})
		first := f.share(t, c, campaign.AssignInput{MaxPerVolunteer: 3}, 4, 0)
		for _, a := range first.Assigned {
			want := f.Resident(0).MemberID
			if a.Member.ID == f.Resident(7).MemberID || a.Member.ID == f.Resident(8).MemberID {
				want = f.Resident(6).MemberID
			}
			if a.Volunteer.ID != want || a.Member.DisplayName != "甲**" {
				t.Errorf("got %+v", a)
			}
		}
		// In one unit, strangers, nothing else to do: each costs one step and three meetings.
		if first.Cost != 4*(100+75) || first.Volunteers != 2 {
			t.Errorf("got %+v", first)
		}
		if f.noticesOf(t, f.Resident(0)) != 1 || f.noticesOf(t, f.Resident(6)) != 1 || f.noticesOf(t, f.Resident(1)) != 0 {
			t.Error("the volunteers are not told, or others are")
		}
		f.share(t, c, campaign.AssignInput{MaxPerVolunteer: 3}, 0, 0)
		f.planVisits(t, c, 1, 3, 4) // one is on the list already
		second := f.share(t, c, campaign.AssignInput{MaxPerVolunteer: 3}, 2, 0)
		if by := []model.ID{second.Assigned[0].Volunteer.ID, second.Assigned[1].Volunteer.ID}; by[0] == by[1] {
			t.Errorf("a volunteer has more than three: %+v", second)
		}
		if mine := f.visitsOf(t, f.Resident(0)); len(mine) != 3 || mine[0].Unit.Name != "1幢" || mine[0].Member.DisplayName != "甲**" {
			t.Errorf("got %+v", mine)
		}
		if f.noticesOf(t, f.Resident(0)) != 2 {
			t.Error("the second round is not told")
		}
		f.planVisits(t, c, 5)
		last := f.share(t, c, campaign.AssignInput{MaxPerVolunteer: 3}, 0, 1)
		if last.LeftOut[0].Why != assignment.VolunteersUsedUp || last.LeftOut[0].Member.ID != f.Resident(5).MemberID {
			t.Errorf("got %+v", last.LeftOut[0])
		}
	})
}

// TestWhoMayVisitWhom has volunteers who may not make a visit: of the household, a minor, who gave it back.
func TestWhoMayVisitWhom(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, f *fair) {
		minor := f.Members[2*3]
		minor.BirthYear, minor.Version = 2015, minor.Version+1
		if err := f.store.Members.UpdateRoster(t.Context(), minor); err != nil {
			t.Fatal(err)
		}
		c := f.givenVisits(t, []int{1, 3}, nil)
		people := []model.ID{f.Housemate(1).MemberID, f.Resident(1).MemberID}
		if got, err := f.PlanVisits(t.Context(), f.organizer, c.ID, people); err != nil || got.Planned != 2 {
			t.Fatal(got, err)
		}
		for _, left := range f.share(t, c, campaign.AssignInput{MaxPerVolunteer: 9}, 0, 2).LeftOut {
			if left.Why != assignment.ForbiddenToAll {
				t.Errorf("got %+v", left)
			}
		}
		if _, err := f.SignUp(t.Context(), f.Resident(2), c.ID); err != nil {
			t.Fatal(err)
		}
		f.share(t, c, campaign.AssignInput{MaxPerVolunteer: 9, Volunteers: []model.ID{f.Resident(2).MemberID}}, 2, 0)
		back := f.visitsOf(t, f.Resident(2))[0]
		given, err := f.GiveBackVisit(t.Context(), f.Resident(2), back.ID, "出差")
		if err != nil || given.Status != model.VisitPlanned || given.Volunteer != nil {
			t.Fatal(given, err)
		}
		f.share(t, c, campaign.AssignInput{MaxPerVolunteer: 9}, 0, 1) // not to them again
		if _, err := f.SignUp(t.Context(), f.Resident(4), c.ID); err != nil {
			t.Fatal(err)
		}
		f.share(t, c, campaign.AssignInput{MaxPerVolunteer: 9, MaxPerGrid: 1}, 1, 0)
		if mine := f.visitsOf(t, f.Resident(4)); len(mine) != 1 || mine[0].Reason != "" {
			t.Errorf("got %+v", mine)
		}
		// Who leaves the campaign leaves the visits that were not made.
		if err := f.CancelSignup(t.Context(), f.Resident(4), c.ID); err != nil {
			t.Fatal(err)
		}
		if mine := f.visitsOf(t, f.Resident(4)); len(mine) != 0 {
			t.Errorf("got %+v", mine)
		}
	})
}

func TestTiesAndLoadsDecideBetweenEquals(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, f *fair) {
		before := f.givenVisits(t, []int{2}, []int{5})
		f.share(t, before, campaign.AssignInput{MaxPerVolunteer: 1}, 1, 0)
		if _, err := f.FinishVisit(t.Context(), f.Resident(2), f.visitsOf(t, f.Resident(2))[0].ID, "聊了聊"); err != nil {
			t.Fatal(err)
		}
		c := f.givenVisits(t, []int{1, 2, 3}, []int{5})
		known := f.share(t, c, campaign.AssignInput{MaxPerVolunteer: 1}, 1, 0)
		if known.Assigned[0].Volunteer.ID != f.Resident(2).MemberID || known.Cost != 100+50 {
			t.Errorf("got %+v, want who was there before", known)
		}
		f.planVisits(t, c, 4)
		free := f.share(t, c, campaign.AssignInput{MaxPerVolunteer: 2, Volunteers: []model.ID{f.Resident(2).MemberID, f.Resident(3).MemberID}}, 1, 0)
		if free.Assigned[0].Volunteer.ID != f.Resident(3).MemberID {
			t.Errorf("got %+v, want who has nothing to do", free)
		}
	})
}

func TestVisitLists(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, f *fair) {
		c := f.givenVisits(t, []int{0, 6}, []int{1, 2, 7})
		f.share(t, c, campaign.AssignInput{MaxPerVolunteer: 1}, 2, 1)
		mine := f.visitsOf(t, f.Resident(6))[0]
		if _, err := f.FinishVisit(t.Context(), f.Resident(6), mine.ID, "身体都好"); err != nil {
			t.Fatal(err)
		}
		list, err := f.Visits(t.Context(), f.organizer, c.ID, nil, model.Page{Limit: 2})
		if err != nil || len(list.Items) != 2 || list.NextCursor == "" || len(list.Grids) != 2 {
			t.Fatal(list, err)
		}
		if a, b := list.Grids[0], list.Grids[1]; a.Planned != 1 || a.Assigned != 1 || a.Done != 0 || b.Done != 1 || b.Grid.Name != "第2网格" {
			t.Errorf("got %+v and %+v", a, b)
		}
		if done, err := f.Visits(t.Context(), f.organizer, c.ID, []model.VisitStatus{model.VisitDone}, model.Page{}); err != nil || len(done.Items) != 1 || done.Items[0].Note != "身体都好" {
			t.Errorf("got %+v, %v", done, err)
		}
		for _, who := range []model.Actor{f.Resident(1), f.Resident(6), f.Holder(model.RoleGridWorker), f.Holder(model.RoleAuditor)} {
			if _, err := f.Visits(t.Context(), who, c.ID, nil, model.Page{}); !errors.Is(err, model.ErrForbidden) {
				t.Errorf("%d: %v", who.MemberID, err)
			}
		}
		if _, err := f.Visits(t.Context(), f.Others.Holder(model.RoleOrganizer), c.ID, nil, model.Page{}); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("another community: %v", err)
		}
		if mine := f.visitsOf(t, f.Resident(1)); len(mine) != 0 {
			t.Errorf("who is visited sees %+v", mine)
		}
	})
}

func TestVisitIsOfItsVolunteerOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, f *fair) {
		c := f.givenVisits(t, []int{0, 1}, []int{2})
		f.share(t, c, campaign.AssignInput{MaxPerVolunteer: 1, Volunteers: []model.ID{f.Resident(0).MemberID}}, 1, 0)
		me, id := f.Resident(0), f.visitsOf(t, f.Resident(0))[0].ID
		phone := func(who model.Actor) error { _, err := f.VisitPhone(t.Context(), who, id, "约时间"); return err }
		door := func(who model.Actor) error { _, err := f.VisitDoor(t.Context(), who, id, "上门"); return err }
		finish := func(who model.Actor) error { _, err := f.FinishVisit(t.Context(), who, id, ""); return err }
		back := func(who model.Actor) error { _, err := f.GiveBackVisit(t.Context(), who, id, "x"); return err }
		for _, who := range []model.Actor{f.Resident(1), f.Resident(2), f.organizer, f.Others.Resident(0)} {
			for name, do := range map[string]func(model.Actor) error{"phone": phone, "door": door, "finish": finish, "give back": back} {
				if err := do(who); !errors.Is(err, model.ErrNotFound) {
					t.Errorf("%s by %d: %v", name, who.MemberID, err)
				}
			}
		}
		told, err := f.VisitPhone(t.Context(), me, id, "约时间")
		if err != nil || told.Phone != "+8619900000004" || told.Member.ID != f.Resident(2).MemberID {
			t.Errorf("got %+v, %v", told, err)
		}
		address, err := f.VisitDoor(t.Context(), me, id, "上门")
		if err != nil || address.Door != "301" || address.Building != "1幢" {
			t.Errorf("got %+v, %v", address, err)
		}
		seen, err := f.store.Contacts.OfSubject(t.Context(), f.Resident(2).MemberID, 0, 10)
		if err != nil || len(seen) != 2 || seen[0].What != model.RevealedAddress || seen[1].Ref != (model.NoticeRef{Type: model.RefVisit, ID: id}) {
			t.Errorf("got %+v, %v", seen, err)
		}
		if err := finish(me); err != nil {
			t.Fatal(err)
		}
		for name, do := range map[string]func(model.Actor) error{"phone": phone, "finish": finish, "give back": back} {
			if err := do(me); !errors.Is(err, model.ErrVisitState) {
				t.Errorf("%s after it is done: %v", name, err)
			}
		}
		if err := door(me); err != nil {
			t.Errorf("the door after it is done: %v", err)
		}
		f.now.Add(model.DoorHidden.Microseconds())
		if err := door(me); !errors.Is(err, model.ErrVisitState) {
			t.Errorf("the door a week later: %v", err)
		}
	})
}

func TestBadVisitListsAreRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, f *fair) {
		c := f.givenVisits(t, []int{0}, []int{1})
		plan := func(who model.Actor, people ...model.ID) error {
			_, err := f.PlanVisits(t.Context(), who, c.ID, people)
			return err
		}
		share := func(who model.Actor, in campaign.AssignInput) error {
			_, err := f.AssignVisits(t.Context(), who, c.ID, in)
			return err
		}
		near := f.Resident(2).MemberID
		for name, got := range map[string]struct{ err, want error }{
			"unknown":                  {plan(f.organizer, near, 99), model.ErrVisitMember},
			"of another community":     {plan(f.organizer, near, f.Others.Resident(0).MemberID), model.ErrVisitMember},
			"outside of the scope":     {plan(f.organizer, near, f.Resident(12).MemberID), model.ErrVisitScope},
			"too many":                 {plan(f.organizer, make([]model.ID, model.MaxVisits+1)...), model.ErrTooManyVisits},
			"by a resident":            {plan(f.Resident(0), near), model.ErrForbidden},
			"by a grid worker":         {plan(f.Holder(model.RoleGridWorker), near), model.ErrForbidden},
			"in another community":     {plan(f.Others.Holder(model.RoleOrganizer), near), model.ErrNotFound},
			"shared out by a resident": {share(f.Resident(0), campaign.AssignInput{MaxPerVolunteer: 1}), model.ErrForbidden},
			"nobody makes any":         {share(f.organizer, campaign.AssignInput{}), model.ErrInvalid},
			"too many for one":         {share(f.organizer, campaign.AssignInput{MaxPerVolunteer: 51}), model.ErrInvalid},
			"no volunteer":             {share(f.organizer, campaign.AssignInput{MaxPerVolunteer: 1, Volunteers: []model.ID{near}}), model.ErrVolunteer},
		} {
			if !errors.Is(got.err, got.want) {
				t.Errorf("%s: got %v, want %v", name, got.err, got.want)
			}
		}
		list, err := f.Visits(t.Context(), f.organizer, c.ID, nil, model.Page{})
		if err != nil || len(list.Items) != 1 {
			t.Errorf("something changed: %+v, %v", list, err)
		}
		f.now.Add((5 * time.Hour).Microseconds())
		for name, err := range map[string]error{"plan": plan(f.organizer, near), "share": share(f.organizer, campaign.AssignInput{MaxPerVolunteer: 1})} {
			if !errors.Is(err, model.ErrCampaignState) {
				t.Errorf("%s after the end: %v", name, err)
			}
		}
	})
}

// TestSharingOutAtOnce has several share out while visits are given back and people leave: no visit has two volunteers,
// no volunteer more than their quota, and each is told of what they have.
func TestSharingOutAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, f *fair) {
		c := f.givenVisits(t, []int{0, 1, 6, 7}, []int{2, 3, 4, 5, 8, 9, 10, 11})
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				for range 3 {
					if _, err := f.AssignVisits(t.Context(), f.organizer, c.ID, campaign.AssignInput{MaxPerVolunteer: 2}); err != nil && !errors.Is(err, model.ErrStale) {
						t.Error(err)
					}
				}
			})
			all.Go(func() {
				who := f.Resident([]int{0, 1, 6, 7}[i])
				list, err := f.MyVisits(t.Context(), who, model.Page{})
				if err != nil {
					t.Error(err)
					return
				}
				for _, v := range list.Items {
					if _, err := f.GiveBackVisit(t.Context(), who, v.ID, "有事"); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		list, err := f.Visits(t.Context(), f.organizer, c.ID, nil, model.Page{Limit: 100})
		if err != nil || len(list.Items) != 8 {
			t.Fatal(list, err)
		}
		has := map[model.ID]int{}
		for _, v := range list.Items {
			if (v.Status == model.VisitAssigned) != (v.Volunteer != nil) {
				t.Errorf("got %+v", v)
			}
			if v.Volunteer != nil {
				has[v.Volunteer.ID]++
			}
		}
		for who, n := range has {
			if n > 2 {
				t.Errorf("%d has %d visits", who, n)
			}
		}
	})
}

// TestAnswerToSharingOutIsRepeated has the same call come twice.
func TestAnswerToSharingOutIsRepeated(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, f *fair) {
		c := f.givenVisits(t, []int{0}, []int{1, 2})
		replayed := 0
		ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: f.organizer.MemberID, Key: "k", Replayed: func() { replayed++ }})
		in := campaign.AssignInput{MaxPerVolunteer: 5}
		first, err := f.AssignVisits(ctx, f.organizer, c.ID, in)
		if err != nil {
			t.Fatal(err)
		}
		again, err := f.AssignVisits(ctx, f.organizer, c.ID, in)
		if err != nil || replayed != 1 || !slices.Equal(again.Assigned, first.Assigned) {
			t.Errorf("got %+v, %v after %d", again, err, replayed)
		}
	})
}

// TestManyVisits shares 300 visits out among 60 volunteers within quotas.
func TestManyVisits(t *testing.T) {
	t.Parallel()
	f := open(t, testdb.Open(t, testdb.MySQL))
	crowd := f.Crowd(360)
	in := f.plan()
	in.Budget = 0
	c := f.given(t, in)
	for _, who := range crowd[:60] {
		if _, err := f.SignUp(t.Context(), who, c.ID); err != nil {
			t.Fatal(err)
		}
	}
	var people []model.ID
	for _, who := range crowd[60:] {
		people = append(people, who.MemberID)
	}
	if _, err := f.PlanVisits(t.Context(), f.organizer, c.ID, people); err != nil {
		t.Fatal(err)
	}
	plan := f.share(t, c, campaign.AssignInput{MaxPerVolunteer: 4}, 240, 60)
	has := map[model.ID]int{}
	for _, a := range plan.Assigned {
		has[a.Volunteer.ID]++
	}
	if len(has) != 60 || slices.ContainsFunc(plan.LeftOut, func(l campaign.LeftVisit) bool { return l.Why != assignment.VolunteersUsedUp }) {
		t.Errorf("%d volunteers visit; %v", len(has), fmt.Sprint(plan.LeftOut[:3]))
	}
}

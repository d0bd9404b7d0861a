package reception_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/reception"
)

// room is the reception room of a world, at a time that the test sets.
type room struct {
	*testworld.World
	*reception.Reception
	store *repository.Store
	now   atomic.Int64
	admin model.Actor
}

func each(t *testing.T, test func(t *testing.T, r *room)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		r := &room{World: testworld.New(t, store), store: store}
		r.now.Store(int64(testworld.Now))
		r.Reception = reception.New(store, func() model.Instant { return model.Instant(r.now.Load()) })
		r.admin = r.Holder(model.RoleCommunityAdmin)
		test(t, r)
	})
}

func (r *room) wait(d time.Duration) { r.now.Add(d.Microseconds()) }

// host is a resident who is a party member as well.
func (r *room) host(i int) model.Actor {
	who := r.Resident(i)
	who.Grants = append(slices.Clone(who.Grants), model.Grant{Role: model.RolePartyMember, NodeID: r.Community.ID, NodeKind: model.KindCommunity})
	return who
}

// givenHosts confirms so many hosts, with the days of the week on which they rest.
func (r *room) givenHosts(t *testing.T, n int, rest map[int][]int) {
	t.Helper()
	for i := range n {
		r.givenHost(t, r.host(i), rest[i], nil)
	}
}

// givenHost confirms a host.
func (r *room) givenHost(t *testing.T, host model.Actor, rest []int, off []model.DaysOff) {
	t.Helper()
	if _, err := r.Wish(t.Context(), host, true, rest, off); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Confirm(t.Context(), r.admin, host.MemberID, true); err != nil {
		t.Fatal(err)
	}
}

// givenRoster publishes the roster of a period.
func (r *room) givenRoster(t *testing.T, from, to model.Day) *model.Roster {
	t.Helper()
	roster, err := r.Generate(t.Context(), r.admin, from, to)
	if err != nil {
		t.Fatal(err)
	}
	if roster, err = r.Publish(t.Context(), r.admin, roster.ID); err != nil {
		t.Fatal(err)
	}
	return roster
}

// who returns the host of a shift.
func (r *room) who(t *testing.T, s *model.Shift) model.Actor {
	t.Helper()
	for i := range 16 {
		if r.Resident(i).MemberID == s.Member.ID {
			return r.host(i)
		}
	}
	t.Fatalf("%d is nobody's", s.Member.ID)
	return model.Actor{}
}

func TestTheRosterIsFair(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *room) {
		r.givenHosts(t, 9, map[int][]int{0: {1, 2}, 3: {5}})
		if err := r.store.Calendar.Set(t.Context(), &model.CalendarDay{CommunityID: r.Community.ID, Day: 20261202, Note: "社区节"}); err != nil {
			t.Fatal(err)
		}
		first := r.givenRoster(t, 20261124, 20261218)
		second, err := r.Generate(t.Context(), r.admin, 20261221, 20270129)
		if err != nil {
			t.Fatal(err)
		}
		count := map[model.ID]int{}
		weeks := map[model.ID]map[model.Day]int{}
		days := map[model.Day]bool{}
		for _, s := range append(slices.Clone(first.Shifts), second.Shifts...) {
			count[s.Member.ID]++
			if weeks[s.Member.ID] == nil {
				weeks[s.Member.ID] = map[model.Day]int{}
			}
			weeks[s.Member.ID][s.Day.Monday()]++
			days[s.Day] = true
			if weekday := s.Day.Start().Time().Weekday(); s.Member.ID == r.Resident(0).MemberID && (weekday == 1 || weekday == 2) || s.Why == "" {
				t.Errorf("%s: %+v", s.Day, s)
			}
		}
		least, most := 1000, 0
		for id, n := range count {
			least, most = min(least, n), max(most, n)
			for monday, times := range weeks[id] {
				if times > 1 {
					t.Errorf("%d is on duty %d times in the week of %s", id, times, monday)
				}
			}
		}
		if len(count) != 9 || most-least > 1 || len(first.Gaps)+len(second.Gaps) != 0 {
			t.Errorf("%d hosts have from %d to %d duties; gaps %v %v", len(count), least, most, first.Gaps, second.Gaps)
		}
		if days[20261128] || days[20261202] || !days[20261201] {
			t.Error("the room is open on days off, or closed on a working day")
		}
		if _, err := r.Generate(t.Context(), r.admin, 20270125, 20270210); !errors.Is(err, model.ErrRosterTaken) {
			t.Errorf("days have two rosters: %v", err)
		}
		if err := r.Discard(t.Context(), r.admin, second.ID); err != nil {
			t.Fatal(err)
		}
		again, err := r.Generate(t.Context(), r.admin, 20261221, 20270129)
		if err != nil || len(again.Shifts) != len(second.Shifts) {
			t.Fatalf("%d shifts, %v", len(again.Shifts), err)
		}
		for i, s := range again.Shifts {
			if s.Member.ID != second.Shifts[i].Member.ID || s.Day != second.Shifts[i].Day {
				t.Errorf("%s is %d's, and was %d's", s.Day, s.Member.ID, second.Shifts[i].Member.ID)
			}
		}
	})
}

func TestBadRostersAreRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *room) {
		ctx := t.Context()
		if _, err := r.Generate(ctx, r.admin, 20261124, 20261127); !errors.Is(err, model.ErrHost) {
			t.Errorf("without hosts: %v", err)
		}
		if _, err := r.Wish(ctx, r.Resident(0), true, nil, nil); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("who is no party member: %v", err)
		}
		s := model.DefaultReception(0)
		s.HostsADay, s.MinAge, s.OpensAt, s.ClosesAt = 2, 60, "09:00", "17:00"
		if _, err := r.Set(ctx, r.admin, s); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Wish(ctx, r.host(0), true, nil, nil); !errors.Is(err, model.ErrHostAge) {
			t.Errorf("who is too young: %v", err)
		}
		s.MinAge, s.OpensAt, s.ClosesAt = 40, "09:00", "17:00"
		if _, err := r.Set(ctx, r.admin, s); err != nil {
			t.Fatal(err)
		}
		r.givenHosts(t, 4, map[int][]int{3: {4}})
		draft, err := r.Generate(ctx, r.admin, 20261124, 20261127) // Tuesday to Friday
		if err != nil || len(draft.Shifts) != 4 || len(draft.Gaps) != 4 {
			t.Fatalf("got %+v, %v", draft, err)
		}
		shift := draft.Shifts[0]
		resting, away := r.host(6), r.host(7)
		r.givenHost(t, resting, []int{2}, nil)
		r.givenHost(t, away, nil, []model.DaysOff{{From: 20261120, To: 20261124}})
		for name, c := range map[string]struct {
			member model.ID
			want   error
		}{
			"twice a day":  {draft.Shifts[1].Member.ID, model.ErrShiftTwice},
			"twice a week": {draft.Shifts[2].Member.ID, model.ErrShiftWeek},
			"no host":      {r.Resident(9).MemberID, model.ErrHost},
			"a rest day":   {resting.MemberID, model.ErrShiftRest},
			"a day off":    {away.MemberID, model.ErrShiftRest},
		} {
			if _, err := r.Assign(ctx, r.admin, shift.ID, c.member); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		if _, err := r.CheckIn(ctx, r.who(t, shift), shift.ID); !errors.Is(err, model.ErrShiftState) && !errors.Is(err, model.ErrShiftTime) {
			t.Errorf("checked in to a draft: %v", err)
		}
		got, err := r.Roster(ctx, r.admin, draft.ID)
		if err != nil || got.Shifts[0].Member.ID != shift.Member.ID || got.Shifts[0].Version != 1 {
			t.Errorf("got %+v, %v", got.Shifts[0], err)
		}
		if _, err := r.Generate(ctx, r.admin, 20261101, 20261127); !errors.Is(err, model.ErrRosterDays) {
			t.Errorf("a roster of the past: %v", err)
		}
		if _, err := r.Generate(ctx, r.host(0), 20261201, 20261202); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("by a host: %v", err)
		}
	})
}

func TestASwapIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *room) {
		ctx := t.Context()
		r.givenHosts(t, 8, nil)
		roster := r.givenRoster(t, 20261124, 20261204)
		a, b := roster.Shifts[1], roster.Shifts[5]
		from, to := r.who(t, a), r.who(t, b)
		if _, err := r.ProposeSwap(ctx, to, a.ID, from.MemberID, b.ID); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("another's shift: %v", err)
		}
		if _, err := r.ProposeSwap(ctx, from, a.ID, r.who(t, roster.Shifts[2]).MemberID, 0); !errors.Is(err, model.ErrShiftWeek) {
			t.Errorf("twice a week: %v", err)
		}
		swap, err := r.ProposeSwap(ctx, from, a.ID, to.MemberID, b.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.AnswerSwap(ctx, from, swap.ID, true); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("accepted by who proposed: %v", err)
		}
		var won, lost atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				switch _, err := r.AnswerSwap(ctx, to, swap.ID, true); {
				case err == nil:
					won.Add(1)
				case errors.Is(err, model.ErrSwapState):
					lost.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		shifts, err := r.Shifts(ctx, r.Resident(0), 20261124, 20261204)
		if err != nil || won.Load() != 1 || lost.Load() != 7 || shifts[1].Member.ID != to.MemberID || shifts[5].Member.ID != from.MemberID {
			t.Errorf("%d accepted, %d were refused; %v", won.Load(), lost.Load(), err)
		}
	})
}

func TestNoSwapBreaksADayOfRest(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *room) {
		ctx := t.Context()
		r.givenHosts(t, 8, nil)
		roster := r.givenRoster(t, 20261124, 20261204)
		a, b := roster.Shifts[1], roster.Shifts[5] // Wednesday, and Tuesday of the next week
		from, to := r.who(t, a), r.who(t, b)
		resting := r.host(8)
		r.givenHost(t, resting, []int{3}, nil)
		if _, err := r.ProposeSwap(ctx, from, a.ID, resting.MemberID, 0); !errors.Is(err, model.ErrShiftRest) {
			t.Errorf("proposed to who rests: %v", err)
		}
		swap, err := r.ProposeSwap(ctx, from, a.ID, to.MemberID, b.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Wish(ctx, from, true, nil, []model.DaysOff{{From: b.Day, To: b.Day}}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.AnswerSwap(ctx, to, swap.ID, true); !errors.Is(err, model.ErrShiftRest) {
			t.Errorf("accepted for a day off of who proposed: %v", err)
		}
		shifts, err := r.Shifts(ctx, r.Resident(0), 20261124, 20261204)
		if err != nil || shifts[1].Member.ID != from.MemberID || shifts[5].Member.ID != to.MemberID {
			t.Errorf("shifts have changed hands; %v", err)
		}
	})
}

func TestANoShowIsCoveredByTheFirst(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *room) {
		ctx := t.Context()
		r.givenHosts(t, 6, nil)
		s := r.givenRoster(t, 20261124, 20261127).Shifts[0]
		missed := r.who(t, s)
		r.wait(25 * time.Hour) // 9:00
		if _, err := r.Miss(ctx, r.admin, s.ID); !errors.Is(err, model.ErrShiftTime) {
			t.Errorf("at once: %v", err)
		}
		r.wait(15 * time.Minute)
		if _, err := r.Miss(ctx, missed, s.ID); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("by a host: %v", err)
		}
		if _, err := r.Miss(ctx, r.admin, s.ID); err != nil {
			t.Fatal(err)
		}
		var won, lost atomic.Int64
		var all sync.WaitGroup
		for i := range 6 {
			if r.host(i).MemberID == missed.MemberID {
				continue
			}
			all.Go(func() {
				switch _, err := r.Cover(ctx, r.host(i), s.ID); {
				case err == nil:
					won.Add(1)
				case errors.Is(err, model.ErrShiftState):
					lost.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		shifts, err := r.Shifts(ctx, r.Resident(0), 20261124, 20261124)
		if err != nil || won.Load() != 1 || lost.Load() != 4 || shifts[0].Member.ID == missed.MemberID || shifts[0].Missed == nil {
			t.Errorf("%d covered, %d were refused; %+v %v", won.Load(), lost.Load(), shifts[0], err)
		}
		if _, err := r.CheckIn(ctx, missed, s.ID); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("who missed it checks in: %v", err)
		}
	})
}

func TestCountersComeFromRowsAndMediationsAreConfidential(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *room) {
		ctx := t.Context()
		r.givenHosts(t, 5, nil)
		s := r.givenRoster(t, 20261124, 20261127).Shifts[0]
		host := r.who(t, s)
		note := func(kind model.ReceptionKind, outcome string) (*model.ReceptionVisit, error) {
			return r.Note(ctx, host, s.ID, &model.ReceptionVisit{Kind: kind, Audience: model.VisitorMigrant, Outcome: outcome, Topic: "居住证怎么办"})
		}
		if _, err := note(model.ReceptionConsult, model.VisitServed); !errors.Is(err, model.ErrShiftState) {
			t.Errorf("before the check-in: %v", err)
		}
		r.wait(25 * time.Hour)
		if _, err := r.CheckIn(ctx, host, s.ID); err != nil {
			t.Fatal(err)
		}
		asked, err := note(model.ReceptionConsult, model.VisitServed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := note(model.ReceptionPolicy, model.VisitSolved); err != nil {
			t.Fatal(err)
		}
		dispute, err := note(model.ReceptionMediate, model.VisitServed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Solve(ctx, host, asked.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Solve(ctx, host, asked.ID); !errors.Is(err, model.ErrVisitSolved) {
			t.Errorf("solved twice: %v", err)
		}
		c, err := r.Counters(ctx, r.Resident(9), 0, 0)
		if err != nil || c.Served != 3 || c.Solved != 2 || c.ByKind[model.ReceptionMediate].Served != 1 || c.ByAudience["migrant"].Solved != 2 || c.Attended != 1 {
			t.Errorf("got %+v, %v", c, err)
		}
		r.wantMediation(t, host, dispute)
	})
}

// wantMediation puts a mediation on record and sees who may read it, and that it is followed up once.
func (r *room) wantMediation(t *testing.T, host model.Actor, v *model.ReceptionVisit) {
	t.Helper()
	ctx, party := t.Context(), r.Resident(8)
	parties := func() []*model.Party { return []*model.Party{{MemberID: party.MemberID}, {Name: "楼上的租户"}} }
	if _, err := r.Mediate(ctx, host, v.ID, parties()[:1], "十点后不再装修", 20261201); !errors.Is(err, model.ErrInvalid) {
		t.Errorf("with one party: %v", err)
	}
	m, err := r.Mediate(ctx, host, v.ID, parties(), "十点后不再装修", 20261201)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		who  model.Actor
		want error
	}{
		"the mediator": {host, nil}, "a party": {party, nil}, "the admin": {r.admin, nil}, "another host": {r.host(15), model.ErrNotFound},
		"the auditor": {r.Holder(model.RoleAuditor), model.ErrNotFound}, "the grid worker": {r.Holder(model.RoleGridWorker), model.ErrNotFound},
		"another community's admin": {r.Others.Holder(model.RoleCommunityAdmin), model.ErrNotFound},
	} {
		if _, err := r.Mediation(ctx, c.who, m.ID); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if n, err := r.Sweep(ctx); n != 0 || err != nil {
		t.Errorf("%d follow-ups before their day; %v", n, err)
	}
	r.wait(7 * 24 * time.Hour)
	for _, want := range []int{1, 0} {
		if n, err := r.Sweep(ctx); n != want || err != nil {
			t.Errorf("%d follow-ups, want %d; %v", n, want, err)
		}
	}
	if _, err := r.FollowUp(ctx, party, m.ID, model.MediationKept, ""); !errors.Is(err, model.ErrForbidden) {
		t.Errorf("followed up by a party: %v", err)
	}
	if _, err := r.FollowUp(ctx, host, m.ID, model.MediationKept, "已履行"); err != nil {
		t.Error(err)
	}
	if _, err := r.FollowUp(ctx, host, m.ID, model.MediationBroken, ""); !errors.Is(err, model.ErrMediation) {
		t.Errorf("followed up twice: %v", err)
	}
}

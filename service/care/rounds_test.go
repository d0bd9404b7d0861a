package care_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/care"
)

// lookAfter runs the rounds twice, since they do each thing once.
func (h *house) lookAfter(t *testing.T) {
	t.Helper()
	for range 2 {
		if _, err := h.LookAfter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// wantTasks wants so many open tasks of each kind.
func (h *house) wantTasks(t *testing.T, want map[model.CareTaskKind]int) []*model.CareTask {
	t.Helper()
	list, err := h.Tasks(t.Context(), h.Holder(model.RoleGridWorker), model.CareOpen, model.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	got := map[model.CareTaskKind]int{}
	for _, task := range list.Items {
		got[task.Kind]++
	}
	for _, kind := range model.CareTaskKinds() {
		if got[kind] != want[kind] {
			t.Errorf("%d open tasks of kind %s, want %d", got[kind], kind, want[kind])
		}
	}
	return list.Items
}

const heartbeatPath = "/api/v1/doorbell/heartbeats"

func (h *house) beat(t *testing.T, b *button, battery int, well bool) {
	t.Helper()
	if _, err := h.Heartbeat(t.Context(), h.message(b, heartbeatPath), battery, well); err != nil {
		t.Fatal(err)
	}
}

func TestSilentAndLowDevicesMakeOneTaskEach(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		b := h.givenButton(t, h.givenHome(t, h.Resident(0)))
		far := h.givenButton(t, h.givenHome(t, h.Resident(8)))
		h.beat(t, b, 80, true)
		h.beat(t, far, 10, true)
		h.lookAfter(t)
		h.wantTasks(t, nil) // the other grid's is not this worker's
		h.wait(25 * time.Hour)
		h.lookAfter(t)
		tasks := h.wantTasks(t, map[model.CareTaskKind]int{model.CareSilent: 1})
		h.beat(t, b, 15, true)
		h.lookAfter(t)
		h.wantTasks(t, map[model.CareTaskKind]int{model.CareBattery: 1}) // it is heard of again
		h.beat(t, b, 15, false)
		h.lookAfter(t)
		low := h.wantTasks(t, map[model.CareTaskKind]int{model.CareBattery: 1})
		if _, err := h.FinishTask(t.Context(), h.Holder(model.RoleGridWorker), low[0].ID, "换了电池"); err != nil {
			t.Error(err)
		}
		if _, err := h.FinishTask(t.Context(), h.Holder(model.RoleGridWorker), tasks[0].ID, ""); !errors.Is(err, model.ErrCareTaskState) {
			t.Errorf("done twice: %v", err)
		}
		if _, err := h.FinishTask(t.Context(), h.Resident(1), low[0].ID, ""); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("by a resident: %v", err)
		}
	})
}

func TestAMissedCheckInMakesATaskAndAWordEndsIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		home := h.givenHome(t, h.Resident(0))
		volunteer := h.Resident(1)
		h.givenPair(t, home, volunteer, model.PairPrimary)
		h.wait(3 * time.Hour) // 11:00 on the day of the enrolment
		h.lookAfter(t)
		h.wantTasks(t, nil)
		h.wait(22 * time.Hour) // 9:00 on the next
		h.lookAfter(t)
		h.wantTasks(t, nil)
		h.wait(2 * time.Hour)
		h.lookAfter(t)
		h.wantTasks(t, map[model.CareTaskKind]int{model.CareCheckIn: 1})
		in, err := h.CheckIn(t.Context(), volunteer, home.HouseholdID)
		if err != nil || in.Source != "volunteer" {
			t.Errorf("got %+v, %v", in, err)
		}
		h.wantTasks(t, nil)
		h.wait(22 * time.Hour)
		if in, err = h.CheckIn(t.Context(), h.Resident(0), home.HouseholdID); err != nil || in.Source != "elder" {
			t.Errorf("got %+v, %v", in, err)
		}
		h.wait(2 * time.Hour)
		h.lookAfter(t)
		h.wantTasks(t, nil)
	})
}

// wantDrillTasks wants so many tasks of drills of a state, of the whole community's.
func (h *house) wantDrillTasks(t *testing.T, status model.CareTaskStatus, want int) []*model.CareTask {
	t.Helper()
	list, err := h.Tasks(t.Context(), h.Holder(model.RoleCommunityAdmin), status, model.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	tasks := slices.DeleteFunc(list.Items, func(task *model.CareTask) bool { return task.Kind != model.CareDrill })
	if len(tasks) != want {
		t.Errorf("%d tasks of drills are %s, want %d", len(tasks), status, want)
	}
	return tasks
}

func TestEachMonthAsksForOneDrill(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		admin := h.Holder(model.RoleCommunityAdmin)
		h.lookAfter(t)
		h.wantDrillTasks(t, model.CareOpen, 0) // there is no doorbell
		home := h.givenHome(t, h.Resident(0))
		h.lookAfter(t)
		h.wantDrillTasks(t, model.CareOpen, 1)
		h.wantTasks(t, nil) // it is not the grid's
		if _, err := h.StartDrill(t.Context(), admin, h.Grids[0].ID); err != nil {
			t.Fatal(err)
		}
		h.lookAfter(t)
		h.wantDrillTasks(t, model.CareOpen, 0)
		december := model.Day(20261201).Start()
		h.now.Store(int64(december) - 1)
		h.lookAfter(t)
		h.wantDrillTasks(t, model.CareOpen, 0)
		h.now.Store(int64(december))
		h.lookAfter(t)
		task := h.wantDrillTasks(t, model.CareOpen, 1)[0]
		if _, err := h.FinishTask(t.Context(), h.Holder(model.RoleGridWorker), task.ID, ""); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("by a grid worker: %v", err)
		}
		h.now.Store(int64(model.Day(20270101).Start())) // nobody drilled in December
		h.sweep(t)                                      // and the drill of November is over
		if _, err := h.StartDrill(t.Context(), admin, h.Grids[0].ID); err != nil {
			t.Fatal(err)
		}
		h.lookAfter(t)
		left := h.wantDrillTasks(t, model.CareOpen, 1)
		h.wantDrillTasks(t, model.CareDone, 2)
		if left[0].ID != task.ID {
			t.Error("a drill of January is taken for that of December")
		}
		if _, err := h.EditHome(t.Context(), admin, home.HouseholdID, false, "", 1); !errors.Is(err, model.ErrAlarmState) {
			t.Errorf("switched off while it rings: %v", err)
		}
	})
}

func TestARoundMeetsWhatHasChanged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		admin := h.Holder(model.RoleCommunityAdmin)
		never, later := h.givenHome(t, h.Resident(0)), h.givenHome(t, h.Resident(2))
		gone := h.givenButton(t, never)
		h.beat(t, gone, 10, false)
		h.wait(27 * time.Hour) // 11:00 on the next day
		for home, hour := range map[*model.BellHome]string{never: "", later: "18:00"} {
			if _, err := h.EditHome(t.Context(), admin, home.HouseholdID, true, hour, home.Version); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.RevokeDevice(t.Context(), admin, gone.id); err != nil {
			t.Fatal(err)
		}
		if err := h.LookAt(t.Context(), []model.ID{gone.id}, []model.ID{never.HouseholdID, later.HouseholdID}); err != nil {
			t.Fatal(err)
		}
		h.wantTasks(t, nil)
		h.wait(7 * time.Hour)
		h.lookAfter(t)
		h.wantTasks(t, map[model.CareTaskKind]int{model.CareCheckIn: 1}) // the later hour holds
	})
}

func TestARevokedDeviceIsNobodysTaskAndMakesRoom(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		admin := h.Holder(model.RoleCommunityAdmin)
		home := h.givenHome(t, h.Resident(0))
		var last *button
		for range model.MaxDevices {
			last = h.givenButton(t, home)
		}
		if _, err := h.AddDevice(t.Context(), admin, home.HouseholdID, "多一个"); !errors.Is(err, model.ErrInvalid) {
			t.Errorf("one too many: %v", err)
		}
		h.beat(t, last, 10, true)
		h.wait(25 * time.Hour)
		h.lookAfter(t)
		h.wantTasks(t, map[model.CareTaskKind]int{model.CareSilent: 1, model.CareBattery: 1, model.CareCheckIn: 0})
		if err := h.RevokeDevice(t.Context(), admin, last.id); err != nil {
			t.Fatal(err)
		}
		h.lookAfter(t)
		h.wantTasks(t, nil)
		h.givenButton(t, home)
	})
}

func TestADrillCallsVolunteersAndNobodyElse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		admin := h.Holder(model.RoleCommunityAdmin)
		home, ringing := h.givenHome(t, h.Resident(0)), h.givenHome(t, h.Resident(2))
		h.givenPair(t, home, h.Resident(1), model.PairPrimary)
		b := h.givenButton(t, home)
		h.givenAlarm(t, h.givenButton(t, ringing))
		d, err := h.StartDrill(t.Context(), admin, h.Grids[0].ID)
		if err != nil || d.Rung != 1 || d.Skipped != 1 {
			t.Fatalf("got %+v, %v", d, err)
		}
		h.wait(7 * time.Second)
		mine, err := h.Alarms(t.Context(), h.Resident(1), false, nil, model.Page{})
		if err != nil || len(mine.Items) != 1 {
			t.Fatalf("%d alarms, %v", len(mine.Items), err)
		}
		test := mine.Items[0]
		if _, err := h.Ack(t.Context(), h.Resident(1), test.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Resolve(t.Context(), h.Resident(1), test.ID, model.OutcomeReal, "摔倒"); !errors.Is(err, model.ErrInvalid) {
			t.Errorf("a drill is real: %v", err)
		}
		report, err := h.DrillReport(t.Context(), admin, d.ID, model.Page{})
		if err != nil || report.Answered != 1 || len(report.Items) != 1 || report.Items[0].Seconds == nil || *report.Items[0].Seconds != 7 {
			t.Errorf("got %+v, %v", report, err)
		}
		h.wait(time.Minute)
		if real := h.givenAlarm(t, b); real.ID == test.ID || real.Drill() || h.status(t, test.ID) != model.AlarmResolved {
			t.Error("a press is taken for a part of the drill")
		}
		if _, err := h.DrillReport(t.Context(), h.Resident(1), d.ID, model.Page{}); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("for a resident: %v", err)
		}
		other, err := h.StartDrill(t.Context(), admin, h.Grids[1].ID)
		if !errors.Is(err, model.ErrDrillEmpty) {
			t.Errorf("got %+v, %v", other, err)
		}
	})
}

func TestADrillEndsByItself(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		home := h.givenHome(t, h.Resident(0))
		if _, err := h.StartDrill(t.Context(), h.Holder(model.RoleCommunityAdmin), h.Community.ID); err != nil {
			t.Fatal(err)
		}
		h.wait(model.DrillTime)
		h.sweep(t)
		got, err := h.store.Doorbells.Home(t.Context(), home.HouseholdID)
		if err != nil || got.AlarmID != 0 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestStatisticsAreOfTheAlarms(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		home := h.givenHome(t, h.Resident(0))
		h.givenPair(t, home, h.Resident(1), model.PairPrimary)
		b := h.givenButton(t, home)
		for i := range 20 {
			a := h.givenAlarm(t, b)
			h.wait(time.Duration(i+1) * time.Second)
			if _, err := h.Ack(t.Context(), h.Resident(1), a.ID); err != nil {
				t.Fatal(err)
			}
			if _, err := h.Resolve(t.Context(), h.Resident(1), a.ID, model.OutcomeFalse, ""); err != nil {
				t.Fatal(err)
			}
		}
		months, err := h.Statistics(t.Context(), h.Holder(model.RoleGridWorker), 0, 0, 0)
		if err != nil || len(months) != 1 {
			t.Fatalf("%d months, %v", len(months), err)
		}
		m := months[0]
		if m.Alarms != 20 || m.False != 20 || m.Ack.Count != 20 || *m.Ack.Median != 10 || *m.Ack.P95 != 19 || m.Arrival.Median != nil {
			t.Errorf("got %+v", m)
		}
		if _, err := h.Statistics(t.Context(), h.Holder(model.RoleGridWorker), h.Grids[1].ID, 0, 0); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("of another grid: %v", err)
		}
		if _, err := h.Statistics(t.Context(), h.Holder(model.RoleAuditor), 0, 20260101, 20270601); !errors.Is(err, model.ErrDays) {
			t.Errorf("of too long a time: %v", err)
		}
	})
}

func TestSuggestionsPreferTheBuilding(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		home := h.givenHome(t, h.Resident(0))
		for _, i := range []int{1, 2, 7} { // the last lives in another building
			who := h.Resident(i)
			o := &model.HelpOffer{
				ID: h.store.NewID(), Place: who.Place, MemberID: who.MemberID, Categories: []string{"elder_care"}, Title: "照看老人", Skills: []string{},
				Availability: []model.Slot{}, DaysOff: []model.DaysOff{}, Reach: model.KindCommunity, WeeklyLimit: 3, Status: model.OfferActive, Version: 1,
			}
			if err := h.store.Offers.Create(t.Context(), o); err != nil {
				t.Fatal(err)
			}
		}
		h.givenPair(t, home, h.Resident(2), model.PairPrimary)
		var list []*care.Suggestion
		list, err := h.Suggestions(t.Context(), h.Holder(model.RoleGridWorker), home.HouseholdID)
		if err != nil || len(list) != 2 {
			t.Fatalf("%d suggestions, %v", len(list), err)
		}
		if list[0].Volunteer.ID != h.Resident(1).MemberID || !list[0].SameBuilding || list[1].SameBuilding {
			t.Errorf("got %+v and %+v", list[0], list[1])
		}
		a := h.givenAlarm(t, h.givenButton(t, home))
		h.wait(time.Minute)
		h.sweep(t)
		h.wantCalled(t, a.ID, 1, h.Resident(1)) // a neighbour who offered; who is paired was called before
	})
}

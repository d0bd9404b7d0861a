package matters_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/matters"
)

// breachesOf returns the breaches of a matter as the community's leader sees them, the oldest first.
func (y *yard) breachesOf(t *testing.T, id model.ID) []*model.Breach {
	t.Helper()
	list, err := y.Breaches(t.Context(), y.admin, matters.BreachFilter{Matter: id}, model.Page{})
	y.must(t, err)
	slices.Reverse(list.Items)
	return list.Items
}

// wantBreach wants a matter to have one breach of a kind that somebody answers for.
func (y *yard) wantBreach(t *testing.T, id model.ID, kind model.BreachKind, who model.Actor) *model.Breach {
	t.Helper()
	var found []*model.Breach
	for _, b := range y.breachesOf(t, id) {
		if b.Kind == kind {
			found = append(found, b)
		}
	}
	if len(found) != 1 || found[0].Accountable.ID != who.MemberID || found[0].Status != model.BreachOpen || found[0].Title == "" {
		t.Fatalf("%s: %+v", kind, found)
	}
	return found[0]
}

func (y *yard) sweepBreaches(t *testing.T) int {
	t.Helper()
	n, err := y.SweepBreaches(t.Context())
	y.must(t, err)
	return n
}

// TestABrokenPromiseIsWrittenOnce has time and steps break each promise; many sweeps find each once.
func TestABrokenPromiseIsWrittenOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		late := y.givenReport(t).ID
		y.does(t, y.worker, late, model.ActAccept)
		stepped := y.givenReport(t).ID
		y.does(t, y.worker, stepped, model.ActAccept, model.ActDispatch)
		good := y.givenReport(t).ID
		y.does(t, y.worker, good, model.ActAccept, model.ActContact)
		still := y.givenReport(t).ID
		y.does(t, y.worker, still, model.ActAccept, model.ActPause)
		if n := y.sweepBreaches(t); n != 0 {
			t.Fatalf("%d breaches before any limit", n)
		}
		y.wait(25 * time.Hour)
		y.does(t, y.officer, stepped, model.ActTake)
		y.wantBreach(t, stepped, model.BreachContact, y.worker) // whose it was until then
		var wrote atomic.Int64
		sweep := func() error { n, err := y.SweepBreaches(t.Context()); wrote.Add(int64(n)); return err }
		together(t, sweep, sweep, sweep)
		if wrote.Load() != 1 {
			t.Errorf("%d were written", wrote.Load())
		}
		y.wantBreach(t, late, model.BreachContact, y.worker)
		y.wait(20 * day)
		y.does(t, y.officer, stepped, model.ActContact) // long overdue by now
		y.wantBreach(t, stepped, model.BreachOverdue, y.officer)
		y.sweepBreaches(t)
		y.wantBreach(t, late, model.BreachOverdue, y.worker)
		y.wantBreach(t, good, model.BreachOverdue, y.worker)
		if found := y.breachesOf(t, still); len(found) != 0 {
			t.Errorf("a paused clock broke a promise: %+v", found)
		}
		if n := y.sweepBreaches(t); n != 0 {
			t.Errorf("%d once more", n)
		}
	})
}

func TestPapersUnitsAndErrandsBreakPromises(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		id := y.givenReport(t).ID
		y.does(t, y.worker, id, model.ActAccept, model.ActContact, model.ActStart)
		for i := range 2 {
			if n := len(y.breachesOf(t, id)); n != 0 {
				t.Fatalf("%d breaches after papers were asked for %d times", n, i)
			}
			_, err := y.Pause(t.Context(), y.worker, id, "缺身份证", true)
			y.must(t, err)
			y.does(t, y.worker, id, model.ActResume)
		}
		y.wantBreach(t, id, model.BreachPapers, y.worker)
		y.does(t, y.worker, id, model.ActEscalate, model.ActErrand)
		call := func(unit model.ID) {
			_, err := y.Whistle(t.Context(), y.admin, id, []*model.Whistle{{OrganisationID: unit, Task: "到场", ReportBy: y.at().Add(time.Hour), DueAt: y.at().Add(2 * time.Hour)}})
			y.must(t, err)
		}
		call(y.coUnit)
		y.wait(2 * time.Hour)
		y.does(t, y.helper, id, model.ActReportIn) // late, and before a sweep
		y.wantBreach(t, id, model.BreachUnit, y.helper)
		call(y.property)
		y.wait(2 * time.Hour)
		if n := y.sweepBreaches(t); n != 1 {
			t.Errorf("the sweep wrote for %d matters", n)
		}
		if units := len(y.breachesOf(t, id)); units != 3 {
			t.Errorf("%d breaches, want papers and two units", units)
		}
		y.wait(4 * day)
		y.sweepBreaches(t)
		y.wantBreach(t, id, model.BreachErrand, y.worker)
	})
}

// TestABreachIsExplainedDecidedAndAppealed goes the whole way; nobody decides on their own, and a third on the appeal.
func TestABreachIsExplainedDecidedAndAppealed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		id := y.givenReport(t).ID
		y.does(t, y.worker, id, model.ActAccept)
		y.wait(25 * time.Hour)
		y.sweepBreaches(t)
		b := y.wantBreach(t, id, model.BreachContact, y.worker)
		ctx := t.Context()
		explain := func(who model.Actor) error { _, err := y.ExplainBreach(ctx, who, b.ID, "网格里停电"); return err }
		decide := func(who model.Actor) error {
			_, err := y.DecideBreach(ctx, who, b.ID, true, "没有打电话")
			return err
		}
		appeal := func(who model.Actor) error { _, err := y.AppealBreach(ctx, who, b.ID, "当天在抢险"); return err }
		review := func(who model.Actor) error {
			_, err := y.DecideBreachAppeal(ctx, who, b.ID, false, "属实")
			return err
		}
		want := func(what string, err, want error) {
			t.Helper()
			if model.Reason(err).Code != model.Reason(want).Code {
				t.Errorf("%s: got %v, want %v", what, err, want)
			}
		}
		want("before it is explained", decide(y.admin), model.ErrBreachEarly)
		want("explained by another", explain(y.admin), model.ErrForbidden)
		want("by a stranger", explain(y.stranger), model.ErrNotFound)
		want("by the other community", decide(y.Others.Holder(model.RoleCommunityAdmin)), model.ErrNotFound)
		want("appealed too early", appeal(y.worker), model.ErrBreachState)
		y.must(t, explain(y.worker))
		want("explained twice", explain(y.worker), model.ErrBreachState)
		want("one's own", decide(y.worker), model.ErrForbidden)
		_, err := y.DecideBreach(ctx, y.admin, b.ID, true, " ")
		want("without a reason", err, model.ErrInvalid)
		if n := together(t, func() error { return decide(y.admin) }, func() error { return decide(y.street) }, func() error { return decide(y.admin) }); n != 1 {
			t.Errorf("decided %d times", n)
		}
		y.must(t, appeal(y.worker))
		now, err := y.Breach(ctx, y.worker, b.ID)
		y.must(t, err)
		first, third := y.admin, y.street
		if now.Decider.ID == y.street.MemberID {
			first, third = third, first
		}
		want("the appeal by who decided", review(first), model.ErrBreachOwn)
		want("the appeal by oneself", review(y.worker), model.ErrForbidden)
		y.must(t, review(third))
		if now, err = y.Breach(ctx, y.worker, b.ID); err != nil || now.Status != model.BreachCancelled || now.Reviewer.ID != third.MemberID {
			t.Errorf("got %+v, %v", now, err)
		}
		want("decided again", review(third), model.ErrBreachState)
		for who, n := range map[*model.Actor]int{&y.worker: 1, &y.stranger: 0, &y.reporter: 0} {
			if list, err := y.Breaches(ctx, *who, matters.BreachFilter{}, model.Page{}); err != nil || len(list.Items) != n {
				t.Errorf("lists %v, %v, want %d", list, err, n)
			}
		}
	})
}

func TestABreachIsDecidedUnexplainedAndAppealedInTime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		id := y.givenReport(t).ID
		y.does(t, y.worker, id, model.ActAccept)
		y.wait(25 * time.Hour)
		y.sweepBreaches(t)
		b := y.wantBreach(t, id, model.BreachContact, y.worker)
		y.wait(model.BreachExplainWithin)
		_, err := y.DecideBreach(t.Context(), y.admin, b.ID, true, "没有说明")
		y.must(t, err)
		y.wait(model.BreachAppealWithin + time.Second)
		if _, err := y.AppealBreach(t.Context(), y.worker, b.ID, "晚了"); model.Reason(err) != model.ErrBreachLate {
			t.Errorf("an appeal after its time: %v", err)
		}
	})
}

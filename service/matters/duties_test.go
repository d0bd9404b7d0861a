package matters_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/matters"
	"linbanglin/service/notify"
)

const day = 24 * time.Hour

// givenHandled takes a matter to the unit and to work.
func (y *yard) givenHandled(t *testing.T) model.ID {
	t.Helper()
	id := y.givenReport(t).ID
	y.does(t, y.worker, id, model.ActAccept, model.ActDispatch)
	y.does(t, y.officer, id, model.ActTake, model.ActContact, model.ActStart)
	return id
}

func TestIntakeHasAnOwnerAndTellsAllAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		ctx := t.Context()
		m := y.givenReport(t)
		if m.Owner.ID != y.worker.MemberID || m.FirstHandler.ID != y.worker.MemberID || m.Notice == nil || m.Notice.Promise == "" || m.Notice.Organisation == nil {
			t.Errorf("taken in as %+v", m)
		}
		if m.HouseholdID != 0 || m.Where.Name != "1幢" {
			t.Errorf("it is at %v", m.Where)
		}
		elsewhere, err := y.Report(ctx, y.reporter, matters.Report{Category: "other", Title: "树倒了", NodeID: y.Grids[2].ID})
		y.must(t, err)
		if elsewhere.Owner.ID != y.admin.MemberID {
			t.Errorf("without a worker it is %v's", elsewhere.Owner)
		}
		own, err := y.Report(ctx, y.worker, matters.Report{Category: "other", Title: "井盖", NodeID: y.Grids[0].ID})
		y.must(t, err)
		if own.Owner.ID == y.worker.MemberID {
			t.Error("who reports owns it")
		}
		phoned, err := y.Report(ctx, y.admin, matters.Report{Category: "other", Title: "漏水", OnBehalfOf: y.reporter.MemberID, ByPhone: true, Audience: model.AudienceMigrant})
		y.must(t, err)
		if phoned.Channel != model.IntakePhone || phoned.Owner.ID != y.admin.MemberID || phoned.Reporter.ID != y.reporter.MemberID {
			t.Errorf("phoned in as %+v", phoned)
		}
	})
}

func TestHubHouseholdsReportForNeighbours(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		in := lamp
		in.OnBehalfOf = y.reporter.MemberID
		if _, err := y.Report(t.Context(), y.stranger, in); model.Reason(err) != model.ErrForbidden {
			t.Fatalf("any neighbour reports for another: %v", err)
		}
		y.must(t, y.store.Nodes.SaveHouseholds(t.Context(), []*model.Household{{NodeID: y.stranger.Place.HouseholdID, Hub: true}}))
		m, err := y.Report(t.Context(), y.stranger, in)
		y.must(t, err)
		if m.Channel != model.IntakeHub || m.Owner.ID != y.worker.MemberID {
			t.Errorf("got %s owned by %v", m.Channel, m.Owner)
		}
		if _, err := y.Matter(t.Context(), y.stranger, m.ID); err != nil {
			t.Errorf("who brought it in does not see it: %v", err)
		}
	})
}

func TestBadReports(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		other := y.givenUnit(t, model.KindLocalUnit, "目录外的单位")
		for name, x := range map[string]struct {
			change func(*matters.Report)
			want   error
		}{
			"a category that is not there": {func(r *matters.Report) { r.Category = "space" }, model.ErrMatterCategory},
			"a unit outside the directory": {func(r *matters.Report) { r.Organisation = other }, model.ErrMatterUnit},
			"a door":                       {func(r *matters.Report) { r.NodeID = y.Doors[0].ID }, model.ErrMatterPlace},
			"another community":            {func(r *matters.Report) { r.NodeID = y.Others.Grids[0].ID }, model.ErrMatterPlace},
			"no title":                     {func(r *matters.Report) { r.Title = "  " }, model.ErrInvalid},
			"an audience that is none":     {func(r *matters.Report) { r.Audience = "cats" }, model.ErrInvalid},
			"a phone that is none":         {func(r *matters.Report) { r.ContactPhone = "12ab" }, model.ErrInvalid},
			"for somebody elsewhere":       {func(r *matters.Report) { r.OnBehalfOf = y.Others.Members[0].ID }, model.ErrNotFound},
		} {
			in := lamp
			x.change(&in)
			if m, err := y.Report(t.Context(), y.reporter, in); model.Reason(err).Code != model.Reason(x.want).Code {
				t.Errorf("%s: %v, %v", name, m, err)
			}
		}
		if list, err := y.List(t.Context(), y.admin, matters.Filter{}, model.Page{}); err != nil || len(list.Items) != 0 {
			t.Errorf("refused reports left %v, %v", list, err)
		}
	})
}

func TestAHandOverCountsOnceAccepted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		id := y.givenReport(t).ID
		ctx := t.Context()
		hand := func(to model.ID) func() error {
			return func() error { _, err := y.Handover(ctx, y.worker, id, to, ""); return err }
		}
		y.wants(t, model.ErrHandoverSelf, id, hand(y.worker.MemberID))
		y.wants(t, model.ErrHandoverTo, id, hand(y.stranger.MemberID))
		y.wants(t, model.ErrHandoverTo, id, hand(y.reporter.MemberID))
		y.wants(t, model.ErrHandoverTo, id, hand(y.Others.Members[0].ID))
		y.wants(t, model.ErrForbidden, id, func() error { _, err := y.AcceptHandover(ctx, y.admin, id); return err })
		_, err := y.Handover(ctx, y.street, id, y.admin.MemberID, "网格员休假")
		y.must(t, err)
		if m, err := y.Matter(ctx, y.worker, id); err != nil || m.Owner.ID != y.worker.MemberID || m.Proposed.ID != y.admin.MemberID {
			t.Errorf("proposed: %+v, %v", m, err)
		}
		if m := y.does(t, y.admin, id, model.ActTake); m.Owner.ID != y.admin.MemberID || m.FirstHandler.ID != y.worker.MemberID || m.Proposed != nil {
			t.Errorf("taken: %+v", m)
		}
		y.wantReplay(t, id)
	})
}

func TestADispatchLeavesTheOwnerUntilTheUnitAccepts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		ctx := t.Context()
		id := y.givenReport(t).ID
		y.does(t, y.worker, id, model.ActAccept)
		y.wants(t, model.ErrMatterUnit, id, func() error { _, err := y.Dispatch(ctx, y.worker, id, y.committee); return err })
		sent := y.does(t, y.worker, id, model.ActDispatch)
		if sent.Owner.ID != y.worker.MemberID || sent.Organisation.ID != y.property || sent.ContactDueAt != testworld.Now.Add(day) {
			t.Errorf("sent: %+v", sent)
		}
		y.wants(t, model.ErrUnitPending, id, func() error { _, err := y.Contact(ctx, y.worker, id, ""); return err })
		y.wants(t, model.ErrInvalid, id, func() error { _, err := y.Object(ctx, y.officer, id, " "); return err })
		y.does(t, y.officer, id, model.ActObject)
		again := y.does(t, y.admin, id, model.ActUphold)
		if again.Status != model.MatterAccepted || again.Organisation != nil || again.FailedTries != 1 || again.Owner.ID != y.worker.MemberID {
			t.Errorf("upheld: %+v", again)
		}
		y.wants(t, model.ErrUnitObjected, id, func() error { _, err := y.Dispatch(ctx, y.worker, id, y.property); return err })
		_, err := y.Dispatch(ctx, y.worker, id, y.coUnit)
		y.must(t, err)
		_, err = y.Object(ctx, y.helper, id, "不归我们")
		y.must(t, err)
		_, err = y.Adjudicate(ctx, y.admin, id, false, "就归你们")
		y.must(t, err)
		y.wants(t, model.ErrUnitAccepted, id, func() error { _, err := y.Object(ctx, y.helper, id, "还是不归"); return err })
		if m := y.does(t, y.helper, id, model.ActTake); m.Owner.ID != y.helper.MemberID {
			t.Errorf("taken: %+v", m)
		}
		y.wants(t, model.ErrUnitAccepted, id, func() error { _, err := y.Object(ctx, y.helper, id, "推回"); return err })
		y.wantReplay(t, id)
	})
}

func TestWhatIsNotTheCommitteesIsNotPassedOnToIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		items := model.DefaultCatalogue(y.Community.ID).Items
		for _, item := range items {
			item.OrganisationID = y.committee
		}
		if _, err := y.EditCatalogue(t.Context(), y.admin, 1, "", items); model.Reason(err) != model.ErrMatterCommittee {
			t.Errorf("the directory passes it on: %v", err)
		}
		y.givenCatalogue(t, map[string]model.ID{"facilities": y.property, "papers": y.committee})
		id := y.givenReport(t).ID
		y.does(t, y.worker, id, model.ActAccept)
		y.wants(t, model.ErrMatterCommittee, id, func() error { _, err := y.Dispatch(t.Context(), y.worker, id, y.committee); return err })
	})
}

func TestARefusalNeedsALeader(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		ctx := t.Context()
		id := y.givenReport(t).ID
		y.wants(t, model.ErrInvalid, id, func() error { _, err := y.Refuse(ctx, y.worker, id, "不归我管", " "); return err })
		y.wants(t, model.ErrInvalid, id, func() error { _, err := y.Refuse(ctx, y.worker, id, "", "条例"); return err })
		y.does(t, y.worker, id, model.ActRefuse)
		if m, err := y.Matter(ctx, y.reporter, id); err != nil || m.Result != "" || m.LegalBasis != "" {
			t.Errorf("the reporter is refused before a leader agreed: %+v, %v", m, err)
		}
		y.wants(t, model.ErrForbidden, id, func() error { _, err := y.DecideRefusal(ctx, y.worker, id, true, ""); return err })
		y.wants(t, model.ErrInvalid, id, func() error { _, err := y.DecideRefusal(ctx, y.admin, id, false, ""); return err })
		_, err := y.DecideRefusal(ctx, y.admin, id, false, "应当受理")
		y.must(t, err)
		if m := y.does(t, y.worker, id, model.ActRefuse); m.Status != model.MatterRefusal {
			t.Fatalf("it is %s", m.Status)
		}
		if m := y.does(t, y.admin, id, model.ActApproveRefusal); m.Status != model.MatterRefused {
			t.Fatalf("it is %s", m.Status)
		}
		y.wantTold(t, y.reporter, "不予受理告知书", "12345", "条例第十一条")
		y.wantReplay(t, id)
		own, err := y.Report(ctx, y.reporter, matters.Report{Category: "papers", Title: "开证明"})
		y.must(t, err)
		_, err = y.Refuse(ctx, y.admin, own.ID, "不再开具", "减证便民清单")
		y.must(t, err)
		y.wants(t, model.ErrForbidden, own.ID, func() error { _, err := y.DecideRefusal(ctx, y.admin, own.ID, true, ""); return err })
		y.does(t, y.street, own.ID, model.ActApproveRefusal)
	})
}

// wantTold looks for a notice with a title and words.
func (y *yard) wantTold(t *testing.T, who model.Actor, title string, words ...string) {
	t.Helper()
	rows, err := y.store.Notices.List(t.Context(), who.MemberID, false, 0, 100)
	y.must(t, err)
	if !slices.ContainsFunc(rows, func(n *model.Notice) bool {
		return n.Title == title && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(n.Body, w) })
	}) {
		t.Errorf("no notice %q with %v", title, words)
	}
}

func TestMoreTimeIsAskedBeforeTheDeadline(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		ctx := t.Context()
		id := y.givenHandled(t)
		m, err := y.Matter(ctx, y.worker, id)
		y.must(t, err)
		if want := model.Day(20261130).End(); m.DueAt != want {
			t.Errorf("due %s, want %s: five working days after a Monday", m.DueAt, want)
		}
		until := m.DueAt.Add(5 * day)
		ask := func() error { _, err := y.Extend(ctx, y.officer, id, until, "等配件"); return err }
		grant := func(who model.Actor) func() error {
			return func() error { _, err := y.DecideExtension(ctx, who, id, true, ""); return err }
		}
		y.wants(t, model.ErrExtensionState, id, grant(y.admin))
		y.wants(t, model.ErrExtensionTo, id, func() error { _, err := y.Extend(ctx, y.officer, id, m.DueAt, "等配件"); return err })
		y.must(t, ask())
		y.wants(t, model.ErrExtensionState, id, ask)
		y.wants(t, model.ErrForbidden, id, grant(y.officer))
		y.must(t, grant(y.admin)())
		if m, err = y.Matter(ctx, y.worker, id); err != nil || m.DueAt != until || m.ExtensionTo != 0 {
			t.Errorf("extended: %+v, %v", m, err)
		}
		y.wantTold(t, y.reporter, "办理时限已延长", until.Time().Format("2006-01-02 15:04"))
		until = m.DueAt.Add(day)
		y.must(t, ask())
		y.now.Store(int64(m.DueAt))
		y.wants(t, model.ErrExtensionLate, id, grant(y.admin))
		_, err = y.DecideExtension(ctx, y.admin, id, false, "")
		y.must(t, err)
		y.wants(t, model.ErrExtensionLate, id, ask)
		y.wantReplay(t, id)
	})
}

func TestAPausedClockDoesNotRun(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		ctx := t.Context()
		id := y.givenHandled(t)
		before, err := y.Matter(ctx, y.worker, id)
		y.must(t, err)
		y.wants(t, model.ErrInvalid, id, func() error { _, err := y.Pause(ctx, y.officer, id, " ", false); return err })
		_, err = y.Pause(ctx, y.officer, id, "等居民补材料", true)
		y.must(t, err)
		y.wants(t, model.ErrMatterPaused, id, func() error { _, err := y.Finish(ctx, y.officer, id, "好了", nil); return err })
		y.wait(14 * day)
		if n, err := y.Sweep(ctx); n != 0 || err != nil {
			t.Errorf("%d were moved while the clock stood still, %v", n, err)
		}
		if m, err := y.Matter(ctx, y.worker, id); err != nil || m.Overdue || m.PaperAsks != 1 {
			t.Errorf("paused: %+v, %v", m, err)
		}
		after := y.does(t, y.officer, id, model.ActResume)
		if after.DueAt != before.DueAt.Add(14*day) || after.TierDueAt != before.TierDueAt.Add(14*day) {
			t.Errorf("due %s and %s, was %s and %s", after.DueAt, after.TierDueAt, before.DueAt, before.TierDueAt)
		}
		y.wantReplay(t, id)
	})
}

func TestTheTiers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		ctx := t.Context()
		id := y.givenHandled(t)
		m, err := y.Matter(ctx, y.worker, id)
		y.must(t, err)
		y.wants(t, model.ErrTierTries, id, func() error {
			_, err := y.Escalate(ctx, y.worker, id, model.CauseFailedTwice, "试过两次")
			return err
		})
		y.now.Store(int64(m.TierDueAt) - 1)
		if n, err := y.Sweep(ctx); n != 0 || err != nil {
			t.Errorf("%d moved too early, %v", n, err)
		}
		y.now.Store(int64(m.TierDueAt))
		if n, err := y.Sweep(ctx); n != 1 || err != nil {
			t.Errorf("%d moved, %v", n, err)
		}
		if n, err := y.Sweep(ctx); n != 0 || err != nil {
			t.Errorf("%d moved again, %v", n, err)
		}
		up, err := y.Matter(ctx, y.worker, id)
		y.must(t, err)
		if up.Tier != model.TierCommunity || up.Owner.ID != y.officer.MemberID || up.Proposed.ID != y.admin.MemberID || up.TierDueAt <= m.TierDueAt {
			t.Errorf("up: %+v", up)
		}
		if m := y.does(t, y.admin, id, model.ActTake); m.Owner.ID != y.admin.MemberID {
			t.Errorf("taken: %+v", m)
		}
		y.wants(t, model.ErrInvalid, id, func() error { _, err := y.Descend(ctx, y.admin, id, " "); return err })
		if m := y.does(t, y.admin, id, model.ActDescend); m.Tier != model.TierGrid || m.Owner.ID != y.admin.MemberID || m.Proposed.ID != y.worker.MemberID {
			t.Errorf("down: %+v", m)
		}
		y.wants(t, model.ErrTierBottom, id, func() error { _, err := y.Descend(ctx, y.admin, id, "再下"); return err })
		y.does(t, y.admin, id, model.ActEscalate, model.ActEscalate)
		y.wants(t, model.ErrTierTop, id, func() error {
			_, err := y.Escalate(ctx, y.admin, id, model.CauseBeyondPower, "还要上")
			return err
		})
		y.wants(t, model.ErrForbidden, id, func() error { _, err := y.Descend(ctx, y.admin, id, "下去"); return err })
		y.wantReplay(t, id)
	})
}

func TestAWhistleCallsUnitsAndBothSidesRate(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		ctx := t.Context()
		id := y.givenHandled(t)
		call := func(by time.Duration, units ...model.ID) func() error {
			return func() error {
				var calls []*model.Whistle
				for _, u := range units {
					calls = append(calls, &model.Whistle{OrganisationID: u, Task: "停电配合", ReportBy: y.at().Add(by), DueAt: y.at().Add(by + day)})
				}
				_, err := y.Whistle(ctx, y.admin, id, calls)
				return err
			}
		}
		y.wants(t, model.ErrWhistleTier, id, call(time.Hour, y.coUnit))
		y.does(t, y.worker, id, model.ActEscalate)
		y.wants(t, model.ErrWhistleTime, id, call(-time.Hour, y.coUnit))
		y.wants(t, model.ErrMatterUnit, id, call(time.Hour, y.committee))
		y.must(t, call(time.Hour, y.coUnit, y.property)())
		y.wants(t, model.ErrDuplicate, id, call(time.Hour, y.coUnit))
		y.wantTold(t, y.helper, "吹哨：请您单位报到")
		m := y.does(t, y.helper, id, model.ActReportIn)
		if w := m.Whistles[0]; w.ReportedAt == 0 || w.Late || m.Owner.ID != y.officer.MemberID {
			t.Errorf("reported in: %+v", w)
		}
		y.wants(t, model.ErrWhistleState, id, func() error { _, err := y.ReportIn(ctx, y.helper, id); return err })
		y.wants(t, model.ErrWhistleState, id, func() error { _, err := y.CoFinish(ctx, y.second, id, "来不了"); return err })
		if w := y.does(t, y.helper, id, model.ActCoFinish).Whistles[0]; w.FinishedAt == 0 || w.FinishedAt > w.DueAt || w.Result == "" {
			t.Errorf("its part is done: %+v", w)
		}
		y.wants(t, model.ErrWhistleState, id, func() error { _, err := y.CoFinish(ctx, y.helper, id, "又好了"); return err })
		y.wait(2 * time.Hour)
		if m := y.does(t, y.second, id, model.ActReportIn); !m.Whistles[1].Late {
			t.Error("who comes too late is not late")
		}
		y.wants(t, model.ErrMatterState, id, func() error { _, err := y.RateWhistle(ctx, y.officer, id, y.coUnit, 5, ""); return err })
		y.does(t, y.officer, id, model.ActFinish)
		y.does(t, y.officer, id, model.ActRateWhistle)
		m = y.does(t, y.helper, id, model.ActRateWhistle)
		if w := m.Whistles[0]; w.LeadRating != 5 || w.UnitRating != 5 {
			t.Errorf("rated: %+v", w)
		}
		y.wants(t, model.ErrWhistleState, id, func() error { _, err := y.RateWhistle(ctx, y.helper, id, 0, 4, ""); return err })
	})
}

func TestDuplicatesFollow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		ctx := t.Context()
		first := y.givenReport(t).ID
		second, err := y.Report(ctx, y.stranger, lamp)
		y.must(t, err)
		merge := func(id, into model.ID) func() error {
			return func() error { _, err := y.Merge(ctx, y.worker, id, into); return err }
		}
		y.wants(t, model.ErrMergeTarget, first, merge(first, first))
		y.wants(t, model.ErrMergeTarget, first, merge(first, 42))
		if err := merge(42, 42)(); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("what is not there was merged into itself: %v", err)
		}
		y.must(t, merge(second.ID, first)())
		y.wants(t, model.ErrMatterState, second.ID, merge(second.ID, first))
		y.wants(t, model.ErrMergeTarget, first, merge(first, second.ID))
		third := y.givenReport(t).ID
		y.wants(t, model.ErrMatterFollowed, first, merge(first, third))
		y.wants(t, model.ErrMatterFollowed, first, func() error { _, err := y.Withdraw(ctx, y.reporter, first, "不用了"); return err })
		seen, err := y.Matter(ctx, y.stranger, first)
		if err != nil || seen.Reporter.ID != 0 || seen.Followers != 1 {
			t.Errorf("who follows sees %+v, %v", seen, err)
		}
		y.does(t, y.worker, first, model.ActAccept)
		y.wantTold(t, y.stranger, "您的事项已受理")
		list, err := y.List(ctx, y.stranger, matters.Filter{Part: "reported"}, model.Page{})
		if err != nil || len(list.Items) != 2 {
			t.Errorf("they have %v, %v", list, err)
		}
	})
}

func TestCallbackRatingAndTwoReopenings(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		ctx := t.Context()
		id := y.givenHandled(t)
		y.wants(t, model.ErrMatterNoResult, id, func() error { _, err := y.Close(ctx, y.worker, id); return err })
		y.wants(t, model.ErrInvalid, id, func() error { _, err := y.Finish(ctx, y.officer, id, " ", nil); return err })
		owner := y.officer.MemberID
		for round := range 2 {
			m, err := y.Matter(ctx, y.admin, id)
			y.must(t, err)
			who := y.member(m.Owner.ID)
			if round > 0 {
				y.does(t, who, id, model.ActContact, model.ActStart)
			}
			y.does(t, who, id, model.ActFinish)
			y.wants(t, model.ErrMatterState, id, func() error { _, err := y.Close(ctx, y.worker, id); return err })
			_, err = y.Rate(ctx, y.reporter, id, model.Unsatisfied, false, "没修好")
			y.must(t, err)
			y.wants(t, model.ErrMatterUnresolved, id, func() error { _, err := y.Close(ctx, y.worker, id); return err })
			again := y.does(t, y.reporter, id, model.ActReopen)
			if again.Owner.ID == owner || again.Owner.ID == 0 || again.Reopens != round+1 || again.Result != "" {
				t.Errorf("reopened: %+v", again)
			}
			owner = again.Owner.ID
		}
		if n, err := y.Sweep(ctx); n != 1 || err != nil {
			t.Errorf("%d went up after two failed tries, %v", n, err)
		}
		m := y.does(t, y.member(owner), id, model.ActContact, model.ActStart, model.ActFinish)
		if m.Tier != model.TierCommunity {
			t.Errorf("it is at the %s", m.Tier)
		}
		_, err := y.Rate(ctx, y.reporter, id, model.Unsatisfied, false, "还是没修好")
		y.must(t, err)
		y.wants(t, model.ErrMatterReopens, id, func() error { _, err := y.Reopen(ctx, y.reporter, id, "再来"); return err })
		y.does(t, y.worker, id, model.ActClose)
		y.wantReplay(t, id)
	})
}

// member returns the actor of an id.
func (y *yard) member(id model.ID) model.Actor {
	i := slices.IndexFunc(y.Members, func(m *model.Member) bool { return m.ID == id })
	return y.As(y.Members[i])
}

func TestWhoCannotBeReached(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		id := y.givenHandled(t)
		y.does(t, y.officer, id, model.ActFinish)
		for range 2 {
			if m := y.does(t, y.admin, id, model.ActMissCall); m.Status != model.MatterDone || m.Unreachable {
				t.Fatalf("it is %s", m.Status)
			}
			y.wait(model.MatterCallGap - time.Second)
			y.wants(t, model.ErrMatterCallSoon, id, func() error {
				_, err := y.Callback(t.Context(), y.admin, id, matters.Call{})
				return err
			})
			y.wait(time.Second)
		}
		if m := y.does(t, y.admin, id, model.ActMissCall); m.Status != model.MatterCallback || !m.Unreachable || m.Callbacks != 3 {
			t.Fatalf("after three calls: %+v", m)
		}
		y.wants(t, model.ErrMatterState, id, func() error {
			_, err := y.Callback(t.Context(), y.admin, id, matters.Call{})
			return err
		})
		y.wait(30 * day)
		if n, err := y.Sweep(t.Context()); n != 1 || err != nil {
			t.Errorf("%d were closed, %v", n, err)
		}
		y.wantReplay(t, id)
	})
}

func TestSomebodyIsAskedToCallTheReporter(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		id := y.givenHandled(t)
		y.does(t, y.officer, id, model.ActFinish)
		asked := func() (n int) {
			for _, who := range []model.Actor{y.worker, y.admin, y.Holder(model.RoleStreetOfficer)} {
				inbox, err := notify.New(y.store, y.at).Inbox(t.Context(), who, false, model.Page{Limit: 100})
				y.must(t, err)
				for _, notice := range inbox.Items {
					if notice.Title == "请回访反映人" {
						n++
					}
				}
			}
			return n
		}
		for round, want := range []int{0, 0, 1, 1, 2} {
			if round > 0 {
				y.wait(2 * day)
			}
			for range 2 {
				if _, err := y.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if n := asked(); n != want {
				t.Errorf("after %d days: asked %d times, want %d", 2*round, n, want)
			}
		}
		if m, err := y.store.Matters.Get(t.Context(), id); err != nil || m.Status != model.MatterDone {
			t.Errorf("it is %+v, %v", m, err)
		}
		y.wantReplay(t, id)
	})
}

func TestAnErrandEndsAfterItsMatter(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		id, ctx := y.givenHandled(t), t.Context()
		papers := []string{"身份证复印件"}
		_, err := y.OpenErrand(ctx, y.officer, id, papers)
		y.must(t, err)
		_, err = y.HandReceipt(ctx, y.officer, id, &model.ErrandReceipt{Kind: model.PapersReceived, Papers: papers})
		y.must(t, err)
		y.does(t, y.officer, id, model.ActFinish)
		y.does(t, y.reporter, id, model.ActRate)
		y.does(t, y.admin, id, model.ActClose)
		give := &model.ErrandReceipt{Kind: model.PapersReturned, Papers: papers}
		for who, want := range map[*model.Actor]*model.Error{&y.stranger: model.ErrNotFound, &y.reporter: model.ErrForbidden} {
			if _, err := y.HandReceipt(ctx, *who, id, give); model.Reason(err) != want {
				t.Errorf("got %v, want %v", err, want)
			}
		}
		_, err = y.HandReceipt(ctx, y.officer, id, give)
		y.must(t, err)
		e, err := y.CloseErrand(ctx, y.officer, id)
		if err != nil || e.Status != model.ErrandClosed {
			t.Errorf("got %+v, %v", e, err)
		}
	})
}

func TestNobodySetsOutForAMatterThatIsOver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		id := y.givenHandled(t)
		_, err := y.OpenErrand(t.Context(), y.officer, id, []string{"身份证复印件"})
		y.must(t, err)
		y.does(t, y.reporter, id, model.ActWithdraw)
		y.wait(10 * day)
		if n, err := y.SweepBreaches(t.Context()); n != 0 || err != nil {
			t.Errorf("%d breaches, %v", n, err)
		}
	})
}

func TestSolvedOnTheSpot(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		id := y.givenReport(t).ID
		y.wants(t, model.ErrInvalid, id, func() error { _, err := y.Finish(t.Context(), y.worker, id, "劝好了", nil); return err })
		if m := y.does(t, y.worker, id, model.ActFinish); m.Status != model.MatterDone || m.Tier != model.TierGrid || m.ContactedAt == 0 {
			t.Errorf("solved: %+v", m)
		}
	})
}

func TestAMatterKeepsTheCatalogueThatItWasAcceptedUnder(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		ctx := t.Context()
		early, late := y.givenReport(t).ID, y.givenReport(t).ID
		y.does(t, y.worker, early, model.ActAccept)
		read, err := y.Catalogue(ctx, y.Community.ID, -1)
		y.must(t, err)
		items := model.DefaultCatalogue(y.Community.ID).Items
		for _, item := range items {
			item.OrganisationID, item.Limits.Due = y.coUnit, model.Limit{Amount: 1, Unit: model.WorkingDays}
		}
		if _, err := y.EditCatalogue(ctx, y.worker, read.Version, "", items); model.Reason(err) != model.ErrForbidden {
			t.Errorf("a grid worker edits it: %v", err)
		}
		if _, err := y.EditCatalogue(ctx, y.admin, read.Version-1, "", items); model.Reason(err) != model.ErrStale {
			t.Errorf("a stale version: %v", err)
		}
		_, err = y.EditCatalogue(ctx, y.admin, read.Version, "", items)
		y.must(t, err)
		if m := y.does(t, y.worker, early, model.ActDispatch); m.Organisation.ID != y.property || m.CatalogueVersion != 1 {
			t.Errorf("the early one: %+v", m)
		}
		if m := y.does(t, y.worker, late, model.ActAccept, model.ActDispatch); m.Organisation.ID != y.coUnit || m.CatalogueVersion != 2 || m.DueAt != model.Day(20261124).End() {
			t.Errorf("the late one: %+v", m)
		}
		if old, err := y.Catalogue(ctx, y.Community.ID, 1); err != nil || len(old.Units()) != 2 {
			t.Errorf("version 1 is %+v, %v", old, err)
		}
	})
}

func TestAnErrandCostsNothingAndReturnsEverything(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		ctx := t.Context()
		id := y.givenHandled(t)
		papers := []string{"身份证复印件", "户口簿"}
		_, err := y.OpenErrand(ctx, y.officer, id, papers)
		y.must(t, err)
		if _, err := y.OpenErrand(ctx, y.officer, id, papers); model.Reason(err) != model.ErrDuplicate {
			t.Errorf("a second one: %v", err)
		}
		hand := func(kind model.ReceiptKind, cents int64, papers ...string) error {
			_, err := y.HandReceipt(ctx, y.officer, id, &model.ErrandReceipt{Kind: kind, Cents: cents, Papers: papers})
			return err
		}
		for i, x := range []struct {
			kind   model.ReceiptKind
			cents  int64
			papers []string
			want   error
		}{
			{model.PapersSubmitted, 0, papers, model.ErrErrandPaper}, // the courier has none yet
			{model.PapersReceived, 0, papers, nil},
			{model.PapersReceived, 0, []string{"房产证"}, model.ErrErrandPaper},
			{model.MoneyPaid, 500, nil, model.ErrErrandMoney}, // of nobody's money
			{model.MoneyReceived, 2000, nil, nil},
			{model.MoneyReceived, -5, nil, model.ErrErrandMoney},
			{model.PapersSubmitted, 0, papers[:1], nil},
			{model.MoneyPaid, 1500, nil, nil},
			{model.PapersCollected, 0, []string{"居住证"}, nil},
			{model.MoneyReturned, 600, nil, model.ErrErrandMoney},
		} {
			if err := hand(x.kind, x.cents, x.papers...); (x.want == nil) != (err == nil) || err != nil && !errors.Is(err, x.want) {
				t.Fatalf("%d, %s: %v, want %v", i, x.kind, err, x.want)
			}
		}
		if _, err := y.CloseErrand(ctx, y.officer, id); model.Reason(err) != model.ErrErrandOpen {
			t.Errorf("closed with papers and money: %v", err)
		}
		y.must(t, hand(model.PapersReturned, 0, papers[1], "居住证"))
		y.must(t, hand(model.MoneyReturned, 500))
		_, err = y.CloseErrand(ctx, y.officer, id)
		y.must(t, err)
		e, err := y.Errand(ctx, y.reporter, id)
		if err != nil || e.Fee != 0 || len(e.Receipts) != 7 || e.Status != model.ErrandClosed {
			t.Errorf("got %+v, %v", e, err)
		}
	})
}

func TestThePhoneIsRevealedByAStep(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		ctx := t.Context()
		in := lamp
		in.ContactName, in.ContactPhone = "王大力", "13812345678"
		m, err := y.Report(ctx, y.reporter, in)
		y.must(t, err)
		if _, err := y.Reveal(ctx, y.street, y.givenReport(t).ID, "约时间"); err != nil {
			t.Errorf("the reporter's own: %v", err)
		}
		contact, err := y.Reveal(ctx, y.worker, m.ID, "约时间")
		if err != nil || contact.Phone != "+8613812345678" || contact.Member.DisplayName != "王**" {
			t.Errorf("got %+v, %v", contact, err)
		}
		y.wants(t, model.ErrInvalid, m.ID, func() error { _, err := y.Reveal(ctx, y.worker, m.ID, " "); return err })
		steps := y.wantReplay(t, m.ID)
		if steps[len(steps)-1].Action != model.ActReveal {
			t.Errorf("the last step is %s", steps[len(steps)-1].Action)
		}
		told, err := y.store.Contacts.OfThing(ctx, model.NoticeRef{Type: model.RefMatter, ID: m.ID}, nil, 0, 10)
		if err != nil || len(told) != 1 || told[0].SubjectID != y.reporter.MemberID {
			t.Errorf("noted %v, %v", told, err)
		}
	})
}

package ledger_test

import (
	"errors"
	"fmt"
	"testing"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/ledger"
)

// giveOn awards on a day, by hand, to a resident; the same again is one.
func (d *desk) giveOn(t *testing.T, day model.Day, who model.Actor, code string, amount int64) *ledger.Receipt {
	t.Helper()
	d.to(day)
	admin := d.Holder(model.RoleCommunityAdmin)
	key := fmt.Sprint("give ", day, who.MemberID, code, amount)
	receipt, err := d.Award(keyed(t, admin, key, nil), admin, ledger.Award{Member: who.MemberID, Amount: amount, Code: code, Memo: "x"})
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

// draftLike makes a draft of the default rules with a change to them, and returns it.
func (d *desk) draftLike(t *testing.T, change func(items map[string]*model.Rule)) *model.RuleSet {
	t.Helper()
	in, items := rulesOf(10), map[string]*model.Rule{}
	for _, r := range in.Items {
		items[r.Code] = r
	}
	change(items)
	set, err := d.DraftRules(t.Context(), d.Holder(model.RoleCommunityAdmin), in)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// october books a month and what is around it, with a rule that only the second version has.
func (d *desk) october(t *testing.T) {
	t.Helper()
	d.to(20260901)
	admin := d.Holder(model.RoleCommunityAdmin)
	in := rulesOf(10)
	in.Items = append(in.Items, &model.Rule{Code: "HOUR", Name: "整点", Measure: model.Points, Class: model.Verified})
	set, err := d.DraftRules(t.Context(), admin, in)
	if err != nil {
		t.Fatal(err)
	}
	d.publish(t, set.Version, 20260901)
	for i := range 12 {
		d.giveOn(t, 20260915, d.Resident(i), model.RuleAdjust, 20)
		d.giveOn(t, 20261005, d.Resident(i), model.RuleTaskDone, 10)
		d.giveOn(t, 20261006, d.Resident(i), model.RuleAdjust, int64(10+i))
		d.giveOn(t, 20261006, d.Resident(i), model.CodeMinutes, 60)
	}
	d.giveOn(t, 20261007, d.Resident(0), "HOUR", 7)
	wrong := d.giveOn(t, 20261007, d.Resident(0), "HOUR", 1000)
	if _, err := d.Reverse(keyed(t, admin, "wrong", nil), admin, wrong.TransferID, "记错"); err != nil {
		t.Fatal(err)
	}
	d.giveOn(t, 20261101, d.Resident(0), model.RuleTaskDone, 10) // in the last week of October
	d.to(20261123)
}

func TestDryRunOfLastMonth(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		admin := d.Holder(model.RoleCommunityAdmin)
		d.shy(t, 10, 11)
		d.october(t)
		if err := d.SealAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		before, err := d.store.Stream.Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		same, err := d.DryRun(t.Context(), admin, 2, "")
		if err != nil || same.Month != "2026-10" || same.Rows != 12*3+3 || !same.Complete || same.MembersAffected != 0 || len(same.Largest) != 0 || len(same.Items) != 4 {
			t.Fatalf("under its own rules: %+v, %v", same, err)
		}
		for _, row := range same.Items {
			if row.Difference != 0 || row.Missing || row.Times != map[string]int64{"HOUR": 1}[row.Code] && row.Times != 12 {
				t.Errorf("under its own rules: %+v", row)
			}
		}
		draft := d.draftLike(t, func(items map[string]*model.Rule) {
			*items[model.RuleTaskDone].Amount = 12
			items[model.RuleAdjust].Caps = model.Caps{Cycle: 35}
			items[model.CodeMinutes].Caps = model.Caps{Day: 45}
		})
		run, err := d.DryRun(t.Context(), admin, draft.Version, "2026-10")
		if err != nil {
			t.Fatal(err)
		}
		// 20 of the year were granted in September, so 15 are left of ADJUST: residents 6 and up lose some.
		for i, want := range []ledger.DryRunRule{
			{Code: model.RuleAdjust, Name: "组织者核定", Measure: model.Points, Times: 12, Change: ledger.Change{Granted: 186, WouldBe: 165, Difference: -21}},
			{Code: "HOUR", Name: "整点", Measure: model.Points, Missing: true, Times: 1, Change: ledger.Change{Granted: 7, Difference: -7}},
			{Code: model.CodeMinutes, Name: "服务时长", Measure: model.Minutes, Times: 12, Change: ledger.Change{Granted: 720, WouldBe: 540, Difference: -180}},
			{Code: model.RuleTaskDone, Name: "完成一次求助", Measure: model.Points, Times: 12, Change: ledger.Change{Granted: 120, WouldBe: 144, Difference: 24}},
		} {
			if len(run.Items) != 4 || *run.Items[i] != want {
				t.Errorf("got %+v, want %+v", run.Items[i], want)
			}
		}
		if len(run.MissingCodes) != 1 || run.MissingCodes[0] != "HOUR" || run.MembersAffected != 12 || run.CountedFrom != 20260101 || run.CountedTo != 20261231 {
			t.Errorf("got %+v", run)
		}
		d.wantLargest(t, run)
		after, err := d.store.Stream.Counts(t.Context())
		if set, setErr := d.RuleVersion(t.Context(), admin, draft.Version); err != nil || setErr != nil || after != before || set.Status != model.RulesDraft || set.Revision != 1 {
			t.Errorf("it wrote: %+v, %+v, %+v", before, after, set)
		}
	})
}

// shy makes one resident anonymous, and another one a minor.
func (d *desk) shy(t *testing.T, anonymous, minor int) {
	t.Helper()
	a, err := d.store.Members.Get(t.Context(), d.Resident(anonymous).MemberID)
	if err != nil {
		t.Fatal(err)
	}
	a.Anonymous = true
	m, err := d.store.Members.Get(t.Context(), d.Resident(minor).MemberID)
	if err != nil {
		t.Fatal(err)
	}
	m.BirthYear, m.Version = 2012, m.Version+1
	if err := errors.Join(d.store.Members.UpdateProfile(t.Context(), a, 1), d.store.Members.UpdateRoster(t.Context(), m)); err != nil {
		t.Fatal(err)
	}
}

// wantLargest sees that ten are named, the largest change first: not resident 11, who is a minor and would be
// second, and without the name of resident 10, who does not want to be.
func (d *desk) wantLargest(t *testing.T, run *ledger.DryRun) {
	t.Helper()
	if len(run.Largest) != 10 {
		t.Fatalf("%d are named", len(run.Largest))
	}
	for i, c := range run.Largest {
		if c.Member.ID == d.Resident(11).MemberID {
			t.Errorf("a minor is named: %+v", c)
		}
		if i > 0 && max(c.Points.Difference, -c.Points.Difference) > max(run.Largest[i-1].Points.Difference, -run.Largest[i-1].Points.Difference) {
			t.Errorf("%d: %+v after %+v", i, c, run.Largest[i-1])
		}
	}
	if first := run.Largest[0]; first.Member.ID != d.Resident(0).MemberID || first.Points.Difference != 2-7 || first.Minutes.Difference != -15 || first.Member.DisplayName != "甲**" {
		t.Errorf("first is %+v", first)
	}
	if shy := run.Largest[1]; shy.Member != (model.MemberRef{DisplayName: model.AnonymousName}) || shy.Points.Difference != 2-5 {
		t.Errorf("second is %+v", shy)
	}
}

func TestDryRunReadsAsMuchAsItMay(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.october(t)
		draft := d.draftLike(t, func(items map[string]*model.Rule) { *items[model.RuleTaskDone].Amount = 11 })
		for _, c := range []struct {
			most, atOnce, rows int
			complete           bool
		}{{1000, 1000, 39, true}, {1000, 1, 39, true}, {39, 7, 39, true}, {38, 7, 38, false}, {38, 100, 38, false}, {1, 1, 1, false}, {0, 1, 0, false}} {
			run, err := ledger.DryRunIn(t.Context(), d.store, draft, 20261001, 20261031, c.most, c.atOnce)
			if err != nil || run.Rows != c.rows || run.Complete != c.complete {
				t.Errorf("at most %d: got %+v, %v", c.most, run, err)
			}
			if c.complete && run.Items[len(run.Items)-1].Difference != 12 {
				t.Errorf("%d at once: %+v", c.atOnce, run.Items[len(run.Items)-1])
			}
		}
		admin := d.Holder(model.RoleCommunityAdmin)
		for month, want := range map[string]error{
			"2026-12": model.ErrInvalid, "2026-13": model.ErrInvalid, "2026-1": model.ErrInvalid, "10": model.ErrInvalid, "2026-11": nil, "2019-01": nil,
		} {
			if run, err := d.DryRun(t.Context(), admin, draft.Version, month); !errors.Is(err, want) || err == nil && run.Month != month {
				t.Errorf("%s: %+v, %v", month, run, err)
			}
		}
		if _, err := d.DryRun(t.Context(), admin, 9, ""); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("no such version: %v", err)
		}
		d.now.Store(int64(testworld.Now))
	})
}

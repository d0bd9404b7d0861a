package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/ledger"
)

// rulesOf makes the default rules with another amount for a task.
func rulesOf(amount int64) ledger.RulesInput {
	set := model.DefaultRules(1)
	set.Items[0].Amount = &amount
	return ledger.RulesInput{ValidMonths: 12, Items: set.Items, Note: fmt.Sprint("完成求助计 ", amount, " 分")}
}

// givenDraft makes a draft and returns its version.
func (d *desk) givenDraft(t *testing.T, amount int64) int32 {
	t.Helper()
	set, err := d.DraftRules(t.Context(), d.Holder(model.RoleCommunityAdmin), rulesOf(amount))
	if err != nil || set.Status != model.RulesDraft || set.Revision != 1 {
		t.Fatalf("got %+v, %v", set, err)
	}
	return set.Version
}

func (d *desk) publish(t *testing.T, version int32, from model.Day) {
	t.Helper()
	set, err := d.PublishRules(t.Context(), d.Holder(model.RoleCommunityAdmin), version, from)
	if err != nil || set.Status != model.RulesPublished || set.EffectiveDay != from {
		t.Fatalf("version %d from %s: got %+v, %v", version, from, set, err)
	}
}

func (d *desk) retire(t *testing.T, version int32) {
	t.Helper()
	if set, err := d.RetireRules(t.Context(), d.Holder(model.RoleCommunityAdmin), version); err != nil || set.Status != model.RulesRetired {
		t.Fatalf("version %d: got %+v, %v", version, set, err)
	}
}

// to sets the clock to the morning of a day.
func (d *desk) to(day model.Day) { d.now.Store(int64(day.Start().Add(8 * time.Hour))) }

// inForce returns which versions are in force on each day up to and with one.
func (d *desk) inForce(t *testing.T, last model.Day) map[model.Day]int32 {
	t.Helper()
	versions := map[model.Day]int32{}
	for day := model.Day(20261101); day <= last; day = day.Next() {
		set, err := d.store.Points.Rules(t.Context(), d.Community.ID, day)
		if err != nil {
			t.Fatalf("on %s: %v", day, err)
		}
		versions[day] = set.Version
	}
	return versions
}

// TestThePastOfRulesNeverChanges publishes and retires sets day by day in every way, and asks after each for
// each day that was past before.
func TestThePastOfRulesNeverChanges(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		admin := d.Holder(model.RoleCommunityAdmin)
		for _, step := range []struct {
			day  model.Day
			do   func()
			want int32 // on that day
		}{
			{20261123, func() { d.givenDraft(t, 11) }, 1},
			{20261124, func() { d.publish(t, 2, 20261124) }, 2},
			{20261125, func() { d.publish(t, d.givenDraft(t, 12), 20261130) }, 2}, // 3, to come
			{20261126, func() { d.retire(t, d.givenDraft(t, 13)) }, 2},            // 4, given up
			{20261127, func() { d.retire(t, 2) }, 1},
			{20261128, func() { d.publish(t, d.givenDraft(t, 14), 20261128); d.publish(t, d.givenDraft(t, 15), 20261128) }, 6},
			{20261129, func() { d.retire(t, 6) }, 5},
			{20261130, func() {}, 3},
			{20261201, func() { d.publish(t, d.givenDraft(t, 16), 20261210); d.retire(t, 7) }, 3}, // 7 never came
			{20261202, func() { d.retire(t, 1) }, 3},
			{20261203, func() { d.retire(t, 3) }, 5},
			{20261210, func() {}, 5},
		} {
			d.to(step.day)
			yesterday := (step.day.Start() - 1).Day()
			before := d.inForce(t, yesterday)
			step.do()
			if after := d.inForce(t, yesterday); !maps.Equal(before, after) {
				t.Errorf("%s changed what was in force before it: from %v to %v", step.day, before, after)
			}
			if set, err := d.Rules(t.Context(), d.Community.ID); err != nil || set.Version != step.want {
				t.Errorf("on %s: got %+v, %v, want version %d", step.day, set, err, step.want)
			}
		}
		if _, err := d.RetireRules(t.Context(), admin, 5); !errors.Is(err, model.ErrRulesLast) {
			t.Errorf("the last: %v", err)
		}
		if set, err := d.RuleVersion(t.Context(), admin, 5); err != nil || set.Status != model.RulesPublished {
			t.Errorf("after that: %+v, %v", set, err)
		}
		for _, day := range []model.Day{20191231, 20261122} { // a draft that was given up has no day, and is in force on none
			set, err := d.store.Points.Rules(t.Context(), d.Community.ID, day)
			if day < 20200101 && !errors.Is(err, model.ErrNotFound) || day > 20200101 && set.Version != 1 {
				t.Errorf("on %s: %+v, %v", day, set, err)
			}
		}
	})
}

func TestRulesAreForThoseWhoManageThem(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		admin, draft := d.Holder(model.RoleCommunityAdmin), d.givenDraft(t, 11)
		elsewhere := d.Others.Holder(model.RoleCommunityAdmin)
		ofGrid := admin
		ofGrid.Grants = []model.Grant{{Role: model.RoleCommunityAdmin, NodeID: d.Grids[3].ID, NodeKind: model.KindGrid}}
		for name, c := range map[string]struct {
			who    model.Actor
			change error // of the draft
			read   error
			sees   int
		}{
			"the admin":           {admin, nil, nil, 2},
			"an organizer":        {d.Holder(model.RoleOrganizer), model.ErrForbidden, model.ErrNotFound, 1},
			"a resident":          {d.Resident(0), model.ErrForbidden, model.ErrNotFound, 1},
			"an auditor":          {d.Holder(model.RoleAuditor), model.ErrForbidden, model.ErrNotFound, 1},
			"an admin of a grid":  {ofGrid, model.ErrForbidden, model.ErrNotFound, 1},
			"another community's": {elsewhere, model.ErrNotFound, model.ErrNotFound, 1},
			"nobody":              {model.Actor{MemberID: 1}, model.ErrUnbound, model.ErrUnbound, 0},
		} {
			_, editErr := d.EditRules(t.Context(), c.who, draft, 99, rulesOf(1))
			if c.change == nil {
				c.change = model.ErrStale
			}
			if !errors.Is(editErr, c.change) {
				t.Errorf("%s edits: %v", name, editErr)
			}
			if _, err := d.RuleVersion(t.Context(), c.who, draft); !errors.Is(err, c.read) {
				t.Errorf("%s reads: %v", name, err)
			}
			list, err := d.RuleVersions(t.Context(), c.who, model.Page{})
			if c.sees == 0 && errors.Is(err, model.ErrUnbound) {
				continue
			}
			if err != nil || len(list.Items) != c.sees || len(list.Items[0].Items) != 4 {
				t.Errorf("%s lists: %+v, %v", name, list, err)
			}
			if errors.Is(c.change, model.ErrStale) || c.who.Place.CommunityID != d.Community.ID {
				continue
			}
			_, draftErr := d.DraftRules(t.Context(), c.who, rulesOf(1))
			_, publishErr := d.PublishRules(t.Context(), c.who, draft, 20261123)
			_, retireErr := d.RetireRules(t.Context(), c.who, draft)
			_, dryErr := d.DryRun(t.Context(), c.who, draft, "")
			for _, err := range []error{draftErr, publishErr, retireErr, dryErr} {
				if !errors.Is(err, c.change) {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if set, err := d.RuleVersion(t.Context(), admin, draft); err != nil || set.Status != model.RulesDraft || set.Revision != 1 {
			t.Errorf("the draft is %+v, %v", set, err)
		}
	})
}

func TestDraftsAreEditedByRevision(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		admin, version := d.Holder(model.RoleCommunityAdmin), d.givenDraft(t, 11)
		var all sync.WaitGroup
		errs := make([]error, 6)
		for i := range errs {
			all.Go(func() { _, errs[i] = d.EditRules(t.Context(), admin, version, 1, rulesOf(int64(20+i))) })
		}
		all.Wait()
		won := -1
		for i, err := range errs {
			switch {
			case err == nil && won < 0:
				won = i
			case !errors.Is(err, model.ErrStale):
				t.Errorf("edit %d: %v, and %d won", i, err, won)
			}
		}
		set, err := d.RuleVersion(t.Context(), admin, version)
		if err != nil || won < 0 || set.Revision != 2 || *set.Items[len(set.Items)-1].Amount != int64(20+won) || set.ValidMonths != 12 {
			t.Fatalf("%d won; got %+v, %v", won, set, err)
		}
		bad := rulesOf(1)
		bad.Items = bad.Items[1:]
		if _, err := d.EditRules(t.Context(), admin, version, 2, bad); !errors.Is(err, model.ErrInvalid) {
			t.Errorf("a core rule less: %v", err)
		}
		if _, err := d.PublishRules(t.Context(), admin, version, 20261122); !errors.Is(err, model.ErrRulesPast) {
			t.Errorf("from yesterday: %v", err)
		}
		if set, err = d.RuleVersion(t.Context(), admin, version); err != nil || set.Revision != 2 || set.Status != model.RulesDraft || len(set.Items) != 4 {
			t.Errorf("after that: %+v, %v", set, err)
		}
		d.publish(t, version, 20261124)
		for name, err := range map[string]error{
			"edit":    second(d.EditRules(t.Context(), admin, version, 2, rulesOf(1))),
			"publish": second(d.PublishRules(t.Context(), admin, version, 20261125)),
		} {
			if !errors.Is(err, model.ErrRulesState) {
				t.Errorf("%s of what is published: %v", name, err)
			}
		}
		d.retire(t, version)
		if _, err := d.RetireRules(t.Context(), admin, version); !errors.Is(err, model.ErrRulesState) {
			t.Errorf("retired twice: %v", err)
		}
		if _, err := d.RetireRules(t.Context(), admin, 77); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("what is not there: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestDraftsMadeAtOnceHaveTheirOwnVersions(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		admin := d.Holder(model.RoleCommunityAdmin)
		other := &desk{World: d.World, store: d.store} // another process
		other.now.Store(int64(testworld.Now))
		other.start(t, d.store)
		var all sync.WaitGroup
		versions := make([]int32, 12)
		for i := range versions {
			all.Go(func() {
				set, err := []*desk{d, other}[i%2].DraftRules(t.Context(), admin, rulesOf(int64(i)))
				if err != nil {
					t.Error(err)
					return
				}
				versions[i] = set.Version
			})
		}
		all.Wait()
		seen := map[int32]bool{}
		for _, v := range versions {
			if v < 2 || v > 13 || seen[v] {
				t.Errorf("got %v", versions)
			}
			seen[v] = true
		}
		if set, err := other.DraftRules(t.Context(), other.Others.Holder(model.RoleCommunityAdmin), rulesOf(1)); err != nil || set.Version != 2 {
			t.Errorf("the other community: %+v, %v", set, err)
		}
		page, got := model.Page{Limit: 5}, int32(14)
		for {
			list, err := d.RuleVersions(t.Context(), admin, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, set := range list.Items {
				if got--; set.Version != got || len(set.Items) != 4 {
					t.Errorf("got %+v, want version %d", set, got)
				}
			}
			if page.Cursor = list.NextCursor; page.Cursor == "" {
				break
			}
		}
		if got != 1 {
			t.Errorf("the list ends at %d", got)
		}
	})
}

func TestADraftIsMadeOnceForAKey(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		admin := d.Holder(model.RoleCommunityAdmin)
		do := func(key string, f func(context.Context) (*model.RuleSet, error)) *model.RuleSet {
			set, err := f(keyed(t, admin, key, nil))
			if err != nil {
				t.Fatal(err)
			}
			return set
		}
		for range 2 {
			if set := do("d", func(ctx context.Context) (*model.RuleSet, error) { return d.DraftRules(ctx, admin, rulesOf(11)) }); set.Version != 2 || len(set.Items) != 4 {
				t.Errorf("got %+v", set)
			}
		}
		for range 2 {
			if set := do("p", func(ctx context.Context) (*model.RuleSet, error) { return d.PublishRules(ctx, admin, 2, 20261123) }); set.EffectiveDay != 20261123 {
				t.Errorf("got %+v", set)
			}
		}
	})
}

// TestNewRulesHoldAtOnce sees that what a process remembers of the rules is forgotten when they change.
func TestNewRulesHoldAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		admin, member := d.Holder(model.RoleCommunityAdmin), d.Resident(0)
		award := func(key string, amount int64) error {
			return second(d.Award(keyed(t, admin, key, nil), admin, ledger.Award{Member: member.MemberID, Amount: amount, Code: model.RuleTaskDone}))
		}
		if err := award("a", 10); err != nil {
			t.Fatal(err)
		}
		version := d.givenDraft(t, 11)
		d.publish(t, version, 20261123)
		if err := errors.Join(award("b", 11)); err != nil {
			t.Errorf("by the new rules: %v", err)
		}
		if err := award("c", 10); !errors.Is(err, model.ErrAmount) {
			t.Errorf("by the old rules: %v", err)
		}
		d.retire(t, version)
		if err := award("d", 10); err != nil {
			t.Errorf("by the old rules again: %v", err)
		}
		d.wantClean(t)
	})
}

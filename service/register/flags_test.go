package register_test

import (
	"fmt"
	"strings"
	"testing"

	"linbanglin/model"
	"linbanglin/service/register"
)

func TestAFlagIsRefused(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		door, other := d.Doors[0].ID, d.Doors[6].ID
		good := model.FlagInput{Source: "走访", Reason: "核实过", Consent: consented}
		with := func(change func(in *model.FlagInput)) model.FlagInput {
			in := good
			change(&in)
			return in
		}
		for _, c := range []struct {
			name   string
			who    model.Actor
			home   model.ID
			scheme string
			in     model.FlagInput
			want   error
		}{
			{"without a source", d.worker, door, "red", with(func(in *model.FlagInput) { in.Source = " " }), model.ErrFlagSource},
			{"with a long source", d.worker, door, "red", with(func(in *model.FlagInput) { in.Source = strings.Repeat("源", 61) }), model.ErrFlagSource},
			{"without a reason", d.worker, door, "red", with(func(in *model.FlagInput) { in.Reason = "" }), model.ErrInvalid},
			{"that is over", d.worker, door, "red", with(func(in *model.FlagInput) { in.ExpiresAt = d.clock }), model.ErrFlagExpiry},
			{"for more than a year", d.worker, door, "red", with(func(in *model.FlagInput) { in.ExpiresAt = d.clock.Add(367 * day) }), model.ErrFlagExpiry},
			{"without consent", d.worker, door, "blue", with(func(in *model.FlagInput) { in.Consent = nil }), model.ErrConsentRequired},
			{"with odd consent", d.worker, door, "red", with(func(in *model.FlagInput) { in.Consent = &model.ConsentGiven{Method: "shout"} }), model.ErrInvalid},
			{"of no scheme", d.worker, door, "mauve", good, model.ErrSchemeUnknown},
			{"on no household", d.worker, d.Grids[0].ID, "red", good, model.ErrNotFound},
			{"on one that is not there", d.worker, 5, "red", good, model.ErrNotFound},
			{"in a sibling grid", d.worker, other, "red", good, model.ErrForbidden},
			{"in another community", d.worker, d.Others.Doors[0].ID, "red", good, model.ErrNotFound},
			{"by a resident", d.Resident(0), door, "red", good, model.ErrForbidden},
			{"by a secretary", d.as(model.RoleSecretary, d.Grids[0]), door, "red", good, model.ErrForbidden},
			{"by an organizer", d.Holder(model.RoleOrganizer), door, "red", good, model.ErrForbidden},
			{"by an auditor", d.Holder(model.RoleAuditor), door, "red", good, model.ErrForbidden},
			{"by nobody", model.Actor{}, door, "red", good, model.ErrNotFound},
		} {
			_, err := d.SetFlag(t.Context(), c.who, c.home, c.scheme, c.in)
			wantErr(t, c.name, err, c.want)
		}
		if flags, err := d.store.Register.StandingFlags(t.Context(), d.Community.ID); err != nil || len(flags) != 0 {
			t.Errorf("%d flags were set, %v", len(flags), err)
		}
	})
}

func TestAFlagIsSetReviewedAndCleared(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, door := t.Context(), d.Doors[0].ID
		first := d.flagged(0, "blue")
		if first.ExpiresAt != model.FlagExpiry(d.clock) || first.Consent != model.ConsentInPerson || first.Setter.DisplayName == "" {
			t.Errorf("got %+v", first)
		}
		_, err := d.SetFlag(ctx, d.worker, door, "blue", model.FlagInput{Source: "走访", Reason: "又来", Consent: consented})
		wantErr(t, "a second time", err, model.ErrFlagSet)
		d.clock = first.ExpiresAt
		record, err := d.Household(ctx, d.worker, door, "复核")
		d.given(err)
		if len(record.Flags) != 1 || !record.Flags[0].Expired || len(record.Checklist) != 0 {
			t.Errorf("an expired flag: got %+v", record.Flags)
		}
		_, err = d.ReviewFlag(ctx, d.worker, door, first.ID, model.FlagInput{Reason: "仍然困难"})
		wantErr(t, "a review without a source", err, model.ErrFlagSource)
		next, err := d.ReviewFlag(ctx, d.worker, door, first.ID, model.FlagInput{Source: "民政部门名单", Reason: "仍然困难"})
		d.given(err)
		if next.Renews != first.ID || next.Since != first.Since || next.Consent != model.ConsentInPerson || next.ExpiresAt != model.FlagExpiry(d.clock) {
			t.Errorf("got %+v", next)
		}
		_, err = d.ReviewFlag(ctx, d.worker, door, first.ID, model.FlagInput{Source: "走访", Reason: "再来"})
		wantErr(t, "a review of what was renewed", err, model.ErrFlagState)
		_, err = d.ClearFlag(ctx, d.worker, door, next.ID, " ")
		wantErr(t, "cleared without a reason", err, model.ErrInvalid)
		_, err = d.ClearFlag(ctx, d.worker, d.Doors[1].ID, next.ID, "不是这户")
		wantErr(t, "cleared on another household", err, model.ErrNotFound)
		_, err = d.ClearFlag(ctx, d.as(model.RoleGridWorker, d.Grids[1]), door, next.ID, "别的网格")
		wantErr(t, "cleared by a sibling", err, model.ErrForbidden)
		ended, err := d.ClearFlag(ctx, d.worker, door, next.ID, "已脱贫")
		if err == nil && (ended.Source != "" || ended.Reason != "" || ended.ConsentNote != "") {
			t.Errorf("who clears it is told of why it was set: %+v", ended)
		}
		d.given(err)
		_, err = d.ClearFlag(ctx, d.worker, door, next.ID, "已脱贫")
		wantErr(t, "cleared twice", err, model.ErrFlagState)
		history := all(t, func(p model.Page) (*model.List[*model.HouseholdFlag], error) {
			return d.History(ctx, d.worker, door, "回看", p)
		})
		if len(history) != 2 || history[0].Ending != model.FlagCleared || history[1].Ending != model.FlagRenewed || history[1].EndReason != "仍然困难" {
			t.Errorf("got %+v", history)
		}
		if plain := all(t, func(p model.Page) (*model.List[*model.HouseholdFlag], error) {
			return d.History(ctx, d.worker, door, "", p)
		}); len(plain) != 0 {
			t.Errorf("what is sensitive is shown without a purpose: %+v", plain[0])
		}
		d.flagged(0, "blue") // free again
	})
}

func TestTwoSetTheSameFlagAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		errs := race(8, func(int) error {
			_, err := d.SetFlag(t.Context(), d.worker, d.Doors[0].ID, "red", model.FlagInput{Source: "走访", Reason: "党员"})
			return err
		})
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
			} else {
				wantErr(t, "a loser", err, model.ErrFlagSet)
			}
		}
		flags, err := d.store.Register.FlagsOf(t.Context(), []model.ID{d.Doors[0].ID})
		if done != 1 || err != nil || len(flags) != 1 {
			t.Errorf("%d set it, there are %d, %v", done, len(flags), err)
		}
	})
}

func TestACommunityHasSoManySchemes(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for i := len(model.DefaultFlagSchemes(d.Community.ID)); i < model.MaxSchemes; i++ {
			d.given(d.store.Register.AddSchemes(t.Context(), []*model.FlagScheme{model.SchemeOfWord(d.Community.ID, fmt.Sprintf("标记%d", i))}))
		}
		in := register.SchemeInput{Name: "独居老人", Colour: "green", Sensitivity: model.SensitivityNormal, Roles: []model.Role{model.RoleGridWorker}, Active: true}
		_, err := d.AddScheme(t.Context(), d.admin, "lone", in)
		wantErr(t, "one too many", err, model.ErrSchemes)
	})
}

func TestSchemesAreTheCommunitysOwn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		in := register.SchemeInput{
			Name: "独居老人", Colour: "green", IntervalDays: 7, Sensitivity: model.SensitivityHigh,
			Roles: []model.Role{model.RoleGridWorker, model.RoleCommunityAdmin}, Active: true, Checklist: []string{"量血压"},
		}
		for name, change := range map[string]func(in *register.SchemeInput){
			"for residents": func(in *register.SchemeInput) { in.Roles = []model.Role{model.RoleResident} },
			"for auditors":  func(in *register.SchemeInput) { in.Roles = []model.Role{model.RoleGridWorker, model.RoleAuditor} },
			"for nobody":    func(in *register.SchemeInput) { in.Roles = nil },
			"mauve":         func(in *register.SchemeInput) { in.Colour = "mauve" },
			"every century": func(in *register.SchemeInput) { in.IntervalDays = 36500 },
			"a bit secret":  func(in *register.SchemeInput) { in.Sensitivity = "low" },
			"an empty item": func(in *register.SchemeInput) { in.Checklist = []string{" "} },
		} {
			bad := in
			change(&bad)
			_, err := d.AddScheme(ctx, d.admin, "lone", bad)
			wantErr(t, name, err, model.ErrInvalid)
		}
		_, err := d.AddScheme(ctx, d.worker, "lone", in)
		wantErr(t, "by a grid worker", err, model.ErrForbidden)
		_, err = d.AddScheme(ctx, d.admin, "red", in)
		wantErr(t, "of a code that is taken", err, model.ErrDuplicate)
		_, err = d.AddScheme(ctx, d.admin, "lone", in)
		d.given(err)
		d.given(d.DeleteScheme(ctx, d.admin, "lone"))
		s, err := d.AddScheme(ctx, d.admin, "lone", in)
		d.given(err)
		f := d.flagged(0, "lone")
		wantErr(t, "in use", d.DeleteScheme(ctx, d.admin, "lone"), model.ErrSchemeUsed)
		in.Active = false
		_, err = d.EditScheme(ctx, d.admin, "lone", in, s.Version+1)
		wantErr(t, "of another version", err, model.ErrStale)
		_, err = d.EditScheme(ctx, d.admin, "lone", in, s.Version)
		d.given(err)
		_, err = d.SetFlag(ctx, d.worker, d.Doors[1].ID, "lone", model.FlagInput{Source: "走访", Reason: "独居"})
		wantErr(t, "set when it is not in use", err, model.ErrSchemeInactive)
		due := all(t, func(p model.Page) (*model.List[*register.DueVisit], error) {
			return d.DueVisits(ctx, d.worker, register.Filter{}, false, p)
		})
		if record, err := d.Household(ctx, d.worker, d.Doors[0].ID, "看看"); err != nil || len(record.Flags) != 0 || len(due) != 0 {
			t.Errorf("a scheme that is not in use still counts: %v, %d due, %v", record, len(due), err)
		}
		_, err = d.ClearFlag(ctx, d.worker, d.Doors[0].ID, f.ID, "停用")
		d.given(err)
		wantErr(t, "that was used", d.DeleteScheme(ctx, d.admin, "lone"), model.ErrSchemeUsed)
		if _, err := d.Schemes(ctx, d.Resident(0)); err == nil {
			t.Error("a resident is told what colours there are")
		}
	})
}

package register_test

import (
	"slices"
	"strings"
	"testing"

	"linbanglin/model"
	"linbanglin/service/register"
)

func TestWhatIsSensitiveIsReadForAPurpose(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, door := t.Context(), d.Doors[0].ID
		d.flagged(0, "red")
		d.flagged(0, "blue")
		for kind, text := range map[model.NoteKind]string{model.NoteNeed: "代买药", model.NoteHealth: "透析", model.NoteRemark: "请先敲门"} {
			_, err := d.AddNote(ctx, d.worker, door, kind, text)
			d.given(err)
		}
		inGrid := d.as(model.RoleSecretary, d.Grids[0])
		for _, c := range []struct {
			name    string
			who     model.Actor
			purpose string
			flags   []string
			notes   int
		}{
			{"without a purpose", d.worker, "", []string{"red"}, 2},
			{"for a purpose", d.worker, "上门走访", []string{"blue", "red"}, 3},
			{"by a secretary for a purpose", inGrid, "慰问党员", []string{"red"}, 3},
			{"by an admin", d.admin, "核对", []string{"blue", "red"}, 3},
		} {
			record, err := d.Household(ctx, c.who, door, c.purpose)
			d.given(err)
			var flags []string
			for _, f := range record.Flags {
				flags = append(flags, f.Scheme)
			}
			if !slices.Equal(flags, c.flags) || len(record.Notes) != c.notes || record.Withheld != (c.purpose == "") {
				t.Errorf("%s: got %v and %d notes, withheld %t", c.name, flags, len(record.Notes), record.Withheld)
			}
		}
		reads := d.reads(ctx)
		if len(reads) != 3 || reads[0].Purpose != "核对" || reads[0].ReaderID != d.admin.MemberID || reads[2].NodeID != door || reads[2].Place.Name != "" {
			t.Errorf("%d reads: %+v", len(reads), reads)
		}
		_, err := d.Household(ctx, d.worker, door, "  ")
		wantErr(t, "for an empty purpose", err, model.ErrPurpose)
		_, err = d.Household(ctx, d.worker, door, strings.Repeat("长", 201))
		wantErr(t, "for a long purpose", err, model.ErrPurpose)
		for name, who := range map[string]model.Actor{
			"its own people": d.Resident(0), "a sibling": d.as(model.RoleGridWorker, d.Grids[1]), "an organizer": d.Holder(model.RoleOrganizer),
			"the street": d.Holder(model.RoleStreetOfficer), "an auditor": d.Holder(model.RoleAuditor),
		} {
			_, err := d.Household(ctx, who, door, "看看")
			wantErr(t, name, err, model.ErrForbidden)
		}
		if _, err := d.Reads(ctx, d.worker, 0, 0, model.Page{}); err == nil {
			t.Error("a grid worker reads who read what")
		}
		if list, err := d.Reads(ctx, d.as(model.RoleAuditor, d.Grids[1]), 0, 0, model.Page{}); err != nil || len(list.Items) != 0 {
			t.Errorf("an auditor of another grid: got %+v, %v", list, err)
		}
	})
}

func TestTheListOfAFlagNotesEachHousehold(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		for _, i := range []int{0, 2, 7} {
			d.flagged(i, "blue")
		}
		_, err := d.Households(ctx, d.worker, register.Filter{Flag: "blue"}, model.Page{})
		wantErr(t, "without a purpose", err, model.ErrPurpose)
		list, err := d.Households(ctx, d.worker, register.Filter{Flag: "blue", Purpose: "慰问"}, model.Page{})
		if err != nil || len(list.Items) != 2 || len(d.reads(ctx)) != 2 {
			t.Errorf("got %+v, %d reads, %v", list, len(d.reads(ctx)), err)
		}
		if list, err := d.Households(ctx, d.as(model.RoleSecretary, d.Areas[0]), register.Filter{Flag: "blue", Purpose: "慰问"}, model.Page{}); err != nil || len(list.Items) != 0 {
			t.Errorf("a secretary is told of blue: %+v, %v", list, err)
		}
		_, err = d.Households(ctx, d.worker, register.Filter{Flag: "mauve"}, model.Page{})
		wantErr(t, "of no scheme", err, model.ErrSchemeUnknown)
		if list, err := d.Households(ctx, d.worker, register.Filter{Unit: d.Grids[1].ID}, model.Page{}); err != nil || len(list.Items) != 0 {
			t.Errorf("below a sibling grid: %+v, %v", list, err)
		}
	})
}

func TestTheFourAreDerived(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, door := t.Context(), d.Doors[0].ID
		missing := func() []string {
			record, err := d.Household(ctx, d.worker, door, "")
			d.given(err)
			c := record.Clear
			return slices.Concat(c.Numbers.Missing, c.Facts.Missing, c.Conduct.Missing, c.Needs.Missing)
		}
		if got := missing(); !slices.Equal(got, []string{"kind", "occupancy", "visit", "needs"}) {
			t.Errorf("at first: %v", got)
		}
		_, err := d.WriteFacts(ctx, d.worker, door, model.HouseholdFacts{Kind: "自住", Occupancy: model.OccupancyOwner}, 1)
		wantErr(t, "a version that is none", err, model.ErrStale)
		record, err := d.WriteFacts(ctx, d.worker, door, model.HouseholdFacts{Kind: "自住", Occupancy: model.OccupancyOwner}, 0)
		d.given(err)
		_, err = d.WriteFacts(ctx, d.worker, door, model.HouseholdFacts{}, 0)
		wantErr(t, "a version that has moved on", err, model.ErrStale)
		_, err = d.WriteFacts(ctx, d.worker, door, model.HouseholdFacts{Occupancy: "squatted"}, record.Version)
		wantErr(t, "an odd occupancy", err, model.ErrInvalid)
		_, err = d.Visit(ctx, d.worker, door, model.VisitInput{Outcome: model.VisitNotHome})
		d.given(err)
		if got := missing(); !slices.Equal(got, []string{"visit", "needs"}) {
			t.Errorf("when nobody was at home: %v", got)
		}
		_, err = d.Visit(ctx, d.worker, door, model.VisitInput{Outcome: model.VisitMet, NextNeed: "修灯"})
		d.given(err)
		if got := missing(); len(got) != 0 {
			t.Errorf("after a visit: %v", got)
		}
		d.flagged(0, "red") // every 90 days
		d.clock = d.clock.Add(90 * day)
		if got := missing(); !slices.Equal(got, []string{"visit"}) {
			t.Errorf("90 days later: %v", got)
		}
	})
}

func TestVisitsOfAHousehold(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, door := t.Context(), d.Doors[0].ID
		helper := d.Resident(3)
		met := func(in model.VisitInput) model.VisitInput { in.Outcome = model.VisitMet; return in }
		check := []model.VisitItem{{Item: "检查用电用气安全", Done: true}}
		for _, c := range []struct {
			name string
			who  model.Actor
			in   model.VisitInput
			want error
		}{
			{"in the future", d.worker, met(model.VisitInput{VisitedAt: d.clock + 1}), model.ErrVisitTime},
			{"long ago", d.worker, met(model.VisitInput{VisitedAt: d.clock.Add(-400 * day)}), model.ErrVisitTime},
			{"of no outcome", d.worker, model.VisitInput{}, model.ErrInvalid},
			{"with an odd item", d.worker, met(model.VisitInput{Checklist: []model.VisitItem{{Item: "喝茶"}}}), model.ErrVisitItem},
			{"with an item twice", d.worker, met(model.VisitInput{Checklist: slices.Concat(check, check)}), model.ErrVisitItem},
			{"by a sibling", d.as(model.RoleGridWorker, d.Grids[1]), met(model.VisitInput{}), model.ErrForbidden},
			{"by a neighbour", helper, met(model.VisitInput{}), model.ErrForbidden},
		} {
			_, err := d.Visit(ctx, c.who, door, c.in)
			wantErr(t, c.name, err, c.want)
		}
		_, err := d.Assign(ctx, d.worker, door, register.ChargeInput{Member: helper.MemberID})
		d.given(err)
		_, err = d.Visit(ctx, helper, door, met(model.VisitInput{Note: "都好"}))
		d.given(err)
		_, err = d.Visit(ctx, helper, door, met(model.VisitInput{Checklist: check}))
		wantErr(t, "an item tells a volunteer of a flag", err, model.ErrVisitItem)
		_, err = d.Visit(ctx, d.worker, door, met(model.VisitInput{Checklist: check}))
		d.given(err)
		visits := all(t, func(p model.Page) (*model.List[*model.HouseholdVisit], error) {
			return d.Visits(ctx, d.worker, door, p)
		})
		if len(visits) != 2 || visits[1].Visitor.ID != helper.MemberID || len(visits[0].Checklist) != 1 {
			t.Errorf("got %+v", visits)
		}
		_, err = d.Visits(ctx, helper, door, model.Page{})
		wantErr(t, "read by who answers for it", err, model.ErrForbidden)
	})
}

func TestNotesAreEditedByVersion(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, door := t.Context(), d.Doors[0].ID
		_, err := d.AddNote(ctx, d.worker, door, "gossip", "听说")
		wantErr(t, "of no kind", err, model.ErrInvalid)
		_, err = d.AddNote(ctx, d.worker, d.Doors[6].ID, model.NoteNeed, "代买药")
		wantErr(t, "in a sibling grid", err, model.ErrForbidden)
		note, err := d.AddNote(ctx, d.worker, door, model.NoteNeed, "代买药")
		d.given(err)
		_, err = d.EditNote(ctx, d.worker, d.Doors[1].ID, note.ID, "代买菜", false, 1)
		wantErr(t, "of another household", err, model.ErrNotFound)
		closed, err := d.EditNote(ctx, d.worker, door, note.ID, "代买药，已办", true, 1)
		d.given(err)
		if closed.ClosedAt == 0 || closed.Version != 2 {
			t.Errorf("got %+v", closed)
		}
		_, err = d.EditNote(ctx, d.worker, door, note.ID, "代买菜", false, 1)
		wantErr(t, "of a version that has moved on", err, model.ErrStale)
	})
}

package privacy_test

import (
	"context"
	"testing"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/privacy"
)

// child adds somebody who was born in a year to the i-th household.
func (o *office) child(i, born int) model.Actor {
	o.t.Helper()
	m := &model.Member{
		ID: o.store.NewID(), Place: o.Doors[i].Place, Name: "丙某", BirthYear: born, Skills: []string{}, RosterKey: o.store.NewID().String(), Version: 1,
		CreatedAt: o.clock, UpdatedAt: o.clock,
	}
	o.given(o.store.Members.Create(o.t.Context(), m))
	return model.Actor{MemberID: m.ID, Place: m.Place, Grants: []model.Grant{{Role: model.RoleResident, NodeID: o.Community.ID, NodeKind: model.KindCommunity}}}
}

func TestAChildNeedsAGuardian(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx, parent := t.Context(), o.Resident(0)
		o.published()
		for born, want := range map[int]error{2011: nil, 2012: model.ErrGuardianNeeded, 2020: model.ErrGuardianNeeded, 0: nil, model.BirthUnreadable: nil} {
			who := o.child(0, born)
			o.want("before both", o.Admit(ctx, who, true), model.ErrConsentMissing)
			o.agreed(who, model.PurposeService, 1)
			o.want("agreed by themselves", o.Admit(ctx, who, true), want)
			o.want("reads", o.Admit(ctx, who, false), nil)
		}
		child := o.child(0, 2015)
		for range 2 {
			_, err := o.GiveForWard(ctx, parent, child.MemberID, 1)
			o.given(err)
		}
		o.wantRows(child.MemberID, model.PurposeGuardian, 1)
		o.want("a guardian's alone", o.Admit(ctx, child, true), model.ErrConsentMissing)
		o.agreed(child, model.PurposeService, 1)
		o.want("with both", o.Admit(ctx, child, true), nil)
		o.given(o.WithdrawForWard(ctx, o.Housemate(0), child.MemberID)) // any adult of the household
		o.want("taken back", o.Admit(ctx, child, true), model.ErrGuardianNeeded)
		_, err := o.GiveForWard(ctx, parent, child.MemberID, 1)
		o.given(err)
		o.published()
		o.agreed(child, model.PurposeService, 2)
		o.want("a new version", o.Admit(ctx, child, true), model.ErrGuardianNeeded)
	})
}

func TestWhoIsNoGuardian(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx, child, older := t.Context(), o.child(0, 2015), o.child(0, 2009)
		o.published()
		o.published()
		for name, c := range map[string]struct {
			who     model.Actor
			ward    model.ID
			version int32
			want    error
		}{
			"of another household":      {o.Resident(1), child.MemberID, 2, model.ErrNotWard},
			"of another community":      {o.Others.Resident(0), child.MemberID, 2, model.ErrNotWard},
			"a minor":                   {older, child.MemberID, 2, model.ErrGuardianAge},
			"another child":             {o.child(0, 2014), child.MemberID, 2, model.ErrGuardianAge},
			"oneself":                   {child, child.MemberID, 2, model.ErrNotWard},
			"for an adult of the house": {o.Resident(0), o.Housemate(0).MemberID, 2, model.ErrNotWard},
			"for one of 17":             {o.Resident(0), older.MemberID, 2, model.ErrNotWard},
			"for nobody":                {o.Resident(0), 42, 2, model.ErrNotWard},
			"an old version":            {o.Resident(0), child.MemberID, 1, model.ErrPolicyOld},
			"an unknown version":        {o.Resident(0), child.MemberID, 9, model.ErrPolicyUnknown},
		} {
			_, err := o.GiveForWard(ctx, c.who, c.ward, c.version)
			o.want(name, err, c.want)
			if c.version == 2 {
				o.want(name+" takes back", o.WithdrawForWard(ctx, c.who, c.ward), c.want)
			}
		}
		o.wantRows(child.MemberID, model.PurposeGuardian, 0)
	})
}

func TestWards(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx, parent, child := t.Context(), o.Resident(0), o.child(0, 2015)
		want := func(who model.Actor, n int) []*privacy.Ward {
			t.Helper()
			wards, err := o.Wards(ctx, who)
			if err != nil || len(wards) != n {
				t.Fatalf("got %d, %v, want %d", len(wards), err, n)
			}
			return wards
		}
		want(parent, 0)
		o.published()
		if w := want(parent, 1)[0]; w.Member.ID != child.MemberID || w.State != model.AgreementNone || !w.Asked {
			t.Errorf("got %+v", w)
		}
		want(child, 0)
		want(o.Resident(1), 0)
		_, err := o.GiveForWard(ctx, parent, child.MemberID, 1)
		o.given(err)
		if w := want(parent, 1)[0]; w.State != model.AgreementGiven || w.Asked || w.By != model.AgreedByGuardian {
			t.Errorf("got %+v", w)
		}
	})
}

func TestAnOfficerNotesAWrittenConsent(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx, child, worker := t.Context(), o.child(0, 2015), o.Holder(model.RoleGridWorker)
		note := func(who model.Actor, member model.ID, version int32, text string) error {
			_, err := o.NoteGuardian(ctx, who, member, version, text)
			return err
		}
		o.want("without a policy", note(worker, child.MemberID, 1, "存档"), model.ErrNoPolicy)
		o.published()
		o.want("by a resident", note(o.Resident(0), child.MemberID, 1, "存档"), model.ErrForbidden)
		o.want("in another grid", note(worker, o.child(6, 2015).MemberID, 1, "存档"), model.ErrForbidden)
		o.want("in another community", note(o.Others.Holder(model.RoleGridWorker), child.MemberID, 1, "存档"), model.ErrNotFound)
		o.want("for an adult", note(worker, o.Resident(0).MemberID, 1, "存档"), model.ErrNotChild)
		o.want("without a note", note(worker, child.MemberID, 1, " "), model.ErrInvalid)
		o.want("an unknown version", note(worker, child.MemberID, 2, "存档"), model.ErrPolicyUnknown)
		o.wantRows(child.MemberID, model.PurposeGuardian, 0)
		o.agreed(child, model.PurposeService, 1)
		o.given(note(worker, child.MemberID, 1, "纸质同意书，社区档案柜"))
		o.want("noted", o.Admit(ctx, child, true), nil)
		_, err := o.NoteGuardianWithdrawn(ctx, worker, child.MemberID, "书面撤回")
		o.given(err)
		o.want("taken back", o.Admit(ctx, child, true), model.ErrGuardianNeeded)
		o.wantLogged(ctx, child.MemberID, model.AuthConsentNoted, model.AuthConsentEnded)
	})
}

// TestAGridWorkerEndsTheConsentOfWhoIsNoGuardian has a housemate speak for a child who is not theirs.
func TestAGridWorkerEndsTheConsentOfWhoIsNoGuardian(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx, child, worker, parent, housemate := t.Context(), o.child(0, 2015), o.Holder(model.RoleGridWorker), o.Resident(0), o.Housemate(0)
		o.published()
		o.agreed(child, model.PurposeService, 1)
		_, err := o.GiveForWard(ctx, housemate, child.MemberID, 1)
		o.given(err)
		wards, err := o.Wards(ctx, parent)
		o.given(err)
		seen, err := o.WardOf(ctx, worker, child.MemberID)
		o.given(err)
		for who, w := range map[string]*privacy.Ward{"the household": wards[0], "the grid worker": seen} {
			if w.Guardian == nil || w.Guardian.ID != housemate.MemberID || w.State != model.AgreementGiven || w.By != model.AgreedByGuardian {
				t.Errorf("%s sees %+v", who, w)
			}
		}
		for name, c := range map[string]struct {
			who    model.Actor
			member model.ID
			want   error
		}{
			"a resident": {parent, child.MemberID, model.ErrForbidden}, "of another grid": {worker, o.child(6, 2015).MemberID, model.ErrForbidden},
			"of another community": {o.Others.Holder(model.RoleGridWorker), child.MemberID, model.ErrNotFound}, "an adult": {worker, parent.MemberID, model.ErrNotChild},
		} {
			_, err := o.WardOf(ctx, c.who, c.member)
			o.want(name, err, c.want)
		}
		reads, err := o.store.Register.Reads(ctx, &repository.ReadQuery{
			Community: o.Community.ID, Reach: []model.Grant{{NodeID: o.Community.ID, NodeKind: model.KindCommunity}},
		}, 0, 10)
		o.given(err)
		if len(reads) != 1 || reads[0].What != model.ReadGuardian || reads[0].ReaderID != worker.MemberID || reads[0].NodeID != child.Place.HouseholdID {
			t.Errorf("the reads on record are %+v", reads)
		}
		_, err = o.NoteGuardianWithdrawn(ctx, worker, child.MemberID, "同住人，不是监护人")
		o.given(err)
		o.want("ended", o.Admit(ctx, child, true), model.ErrGuardianNeeded)
		for name, who := range map[string]model.Actor{"the housemate again": housemate, "around it": housemate, "a parent without a paper": parent} {
			o.given(o.WithdrawForWard(ctx, who, child.MemberID))
			_, err = o.GiveForWard(ctx, who, child.MemberID, 1)
			o.want(name, err, model.ErrGuardianEnded)
		}
		_, err = o.NoteGuardian(ctx, worker, child.MemberID, 1, "母亲书面同意")
		o.given(err)
		o.want("with the parent's paper", o.Admit(ctx, child, true), nil)
	})
}

// TestAnOfficersEndHoldsThoughTheConsentWasTakenBackBefore has a housemate be quicker than the officer who stops them.
func TestAnOfficersEndHoldsThoughTheConsentWasTakenBackBefore(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx, child, worker, housemate := t.Context(), o.child(0, 2015), o.Holder(model.RoleGridWorker), o.Housemate(0)
		o.published()
		o.agreed(child, model.PurposeService, 1)
		_, err := o.GiveForWard(ctx, housemate, child.MemberID, 1)
		o.given(err)
		o.given(o.WithdrawForWard(ctx, housemate, child.MemberID))
		for range 2 {
			ended, err := o.NoteGuardianWithdrawn(ctx, worker, child.MemberID, "同住人，不是监护人")
			o.given(err)
			if ended.State != model.AgreementWithdrawn || ended.By != model.AgreedByOfficer {
				t.Errorf("got %+v", ended)
			}
			o.wantRows(child.MemberID, model.PurposeGuardian, 3)
		}
		_, err = o.GiveForWard(ctx, housemate, child.MemberID, 1)
		o.want("the housemate again", err, model.ErrGuardianEnded)
		o.want("the child", o.Admit(ctx, child, true), model.ErrGuardianNeeded)
	})
}

// wantLogged wants events of a member on record, the newest last.
func (o *office) wantLogged(ctx context.Context, member model.ID, kinds ...model.AuthKind) {
	o.t.Helper()
	rows, err := o.store.AuthEvents.List(ctx, repository.AuthQuery{
		Community: o.Community.ID, Reach: []model.Grant{{NodeID: o.Community.ID, NodeKind: model.KindCommunity}}, Member: member, Limit: 10,
	})
	o.given(err)
	if len(rows) != len(kinds) {
		o.t.Fatalf("%d events, want %d", len(rows), len(kinds))
	}
	for i, kind := range kinds {
		if got := rows[len(rows)-1-i].Kind; got != kind {
			o.t.Errorf("event %d is %s, want %s", i, got, kind)
		}
	}
}

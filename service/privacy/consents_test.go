package privacy_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/privacy"
)

// mine returns how things stand between a member and a purpose, nil when it is not there.
func (o *office) mine(who model.Actor, purpose model.Purpose) *privacy.ConsentStanding {
	o.t.Helper()
	list, err := o.Mine(o.t.Context(), who.MemberID)
	o.given(err)
	for _, s := range list {
		if s.Code == purpose {
			return s
		}
	}
	return nil
}

func (o *office) wantMine(who model.Actor, purpose model.Purpose, state model.AgreementState, asked bool) {
	o.t.Helper()
	if s := o.mine(who, purpose); s == nil || s.State != state || s.Asked != asked {
		o.t.Errorf("%s: got %+v, want %s, asked %t", purpose, s, state, asked)
	}
}

func TestConsentsAreGivenAndTakenBack(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx, who := t.Context(), o.Resident(0)
		_, err := o.Give(ctx, who, model.PurposeService, 1)
		o.want("without a policy", err, model.ErrNoPolicy)
		o.want("withdrawn without a policy", o.Withdraw(ctx, who, model.PurposeService), model.ErrNoPolicy)
		if list, err := o.Mine(ctx, who.MemberID); err != nil || len(list) != 0 {
			t.Errorf("without a policy: %+v, %v", list, err)
		}
		o.published(model.PurposeLocation)
		o.published(model.PurposeLocation)
		for name, c := range map[string]struct {
			purpose model.Purpose
			version int32
			want    error
		}{
			"an unknown purpose":                 {"advertising", 2, model.ErrPurposeUnknown},
			"a purpose that the policy has not":  {model.PurposeName, 2, model.ErrPurposeUnknown},
			"an old version":                     {model.PurposeService, 1, model.ErrPolicyOld},
			"a version that is yet to come":      {model.PurposeService, 3, model.ErrPolicyUnknown},
			"no version":                         {model.PurposeService, 0, model.ErrPolicyUnknown},
			"what guardians decide":              {model.PurposeGuardian, 2, model.ErrGuardianOnly},
			"an old version of a separate thing": {model.PurposeLocation, 1, model.ErrPolicyOld},
		} {
			_, err := o.Give(ctx, who, c.purpose, c.version)
			o.want(name, err, c.want)
		}
		o.want("an unknown purpose is withdrawn", o.Withdraw(ctx, who, "advertising"), model.ErrPurposeUnknown)
		o.want("what guardians decide is withdrawn", o.Withdraw(ctx, who, model.PurposeGuardian), model.ErrGuardianOnly)
		o.wantMine(who, model.PurposeService, model.AgreementNone, true)

		for range 2 {
			o.agreed(who, model.PurposeLocation, 2)
		}
		o.wantRows(who.MemberID, model.PurposeLocation, 1)
		o.wantMine(who, model.PurposeLocation, model.AgreementGiven, false)
		for range 2 {
			o.given(o.Withdraw(ctx, who, model.PurposeLocation))
		}
		o.wantRows(who.MemberID, model.PurposeLocation, 2)
		o.wantMine(who, model.PurposeLocation, model.AgreementWithdrawn, false)
		o.clock = o.clock.Add(model.AskAgainAfter - time.Second)
		o.wantMine(who, model.PurposeLocation, model.AgreementWithdrawn, false)
		o.clock = o.clock.Add(time.Second)
		o.wantMine(who, model.PurposeLocation, model.AgreementWithdrawn, true)
		if s := o.mine(who, model.PurposeGuardian); s != nil {
			t.Errorf("an adult is asked for a guardian: %+v", s)
		}
	})
}

// TestSeparateConsentsLastAsLongAsTheirTerms has a consent hold under later versions that say the same of its purpose.
func TestSeparateConsentsLastAsLongAsTheirTerms(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx, who := t.Context(), o.Resident(0)
		holds := func(when string, want bool) {
			t.Helper()
			if held, err := o.Holds(ctx, who.MemberID, model.PurposeLocation); held != want || err != nil {
				t.Errorf("%s: got %t, %v", when, held, err)
			}
		}
		holds("without a policy", true)
		o.published()
		holds("under a policy without it", false)
		o.published(model.PurposeLocation)
		holds("before it was given", false)
		o.agreed(who, model.PurposeLocation, 2)
		holds("when it was given", true)
		o.published(model.PurposeLocation, model.PurposeName)
		holds("under the same terms", true)
		_, err := o.PublishPolicy(ctx, o.street, "全文", []*model.PurposeTerms{terms(model.PurposeService, "邻里互助"), terms(model.PurposeLocation, "统计分析")})
		o.given(err)
		holds("under other terms", false)
		o.wantMine(who, model.PurposeLocation, model.AgreementOutdated, true)
	})
}

func TestWithTheServiceGoesAllElse(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx, who, shy := t.Context(), o.Resident(0), o.Resident(1)
		var told []model.ID
		o.OnWithdrawal(model.PurposeFlag, func(_ context.Context, _ *repository.Store, m *model.Member) error {
			told = append(told, m.ID)
			return nil
		})
		o.published(model.PurposeLocation, model.PurposeName, model.PurposeFlag)
		for _, purpose := range []model.Purpose{model.PurposeService, model.PurposeLocation, model.PurposeFlag} {
			o.agreed(who, purpose, 1)
		}
		o.agreed(shy, model.PurposeService, 1)
		o.given(o.Withdraw(ctx, shy, model.PurposeService))
		o.given(o.Withdraw(ctx, who, model.PurposeService))
		for _, purpose := range []model.Purpose{model.PurposeService, model.PurposeLocation, model.PurposeFlag} {
			o.wantMine(who, purpose, model.AgreementWithdrawn, false)
		}
		o.wantMine(who, model.PurposeName, model.AgreementNone, true)
		o.given(o.Withdraw(ctx, shy, model.PurposeFlag)) // which they never gave here, but may have on paper
		o.given(o.Withdraw(ctx, who, model.PurposeFlag)) // which is taken back already
		if !slices.Equal(told, []model.ID{who.MemberID, shy.MemberID}) {
			t.Errorf("the register was told of %v", told)
		}
		o.agreed(who, model.PurposeService, 1)
		o.wantMine(who, model.PurposeLocation, model.AgreementWithdrawn, false)
	})
}

func TestWhatIsDue(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx, who := t.Context(), o.Resident(0)
		want := func(when string, purposes ...model.Purpose) {
			t.Helper()
			due, err := o.Due(ctx, who.MemberID)
			o.given(err)
			var got []model.Purpose
			for _, d := range due {
				got = append(got, d.Code)
			}
			if !slices.Equal(got, purposes) {
				t.Errorf("%s: %v, want %v", when, got, purposes)
			}
		}
		want("without a policy")
		o.published(model.PurposeLocation, model.PurposeName)
		want("at first", model.PurposeService, model.PurposeLocation, model.PurposeName)
		o.agreed(who, model.PurposeService, 1)
		o.given(o.Withdraw(ctx, who, model.PurposeLocation))
		want("what was answered is not asked again", model.PurposeName)
		o.published(model.PurposeLocation, model.PurposeName)
		want("under a new version", model.PurposeService, model.PurposeName)
	})
}

// TestAConsentIsCarriedOver has what somebody said before their login was bound count afterwards.
func TestAConsentIsCarriedOver(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx, person := t.Context(), o.Resident(0)
		before := model.NewPlaceholder(o.store.NewID(), o.clock)
		o.given(o.store.Members.Create(ctx, before))
		o.published(model.PurposeLocation, model.PurposeFlag)
		login := model.Actor{MemberID: before.ID}
		var told []model.ID
		o.OnWithdrawal(model.PurposeFlag, func(_ context.Context, _ *repository.Store, m *model.Member) error {
			told = append(told, m.ID)
			return nil
		})
		o.agreed(person, model.PurposeFlag, 1)
		o.given(o.Withdraw(ctx, login, model.PurposeFlag))
		o.agreed(login, model.PurposeService, 1)
		o.given(o.Withdraw(ctx, login, model.PurposeLocation))
		o.given(o.store.Tx(ctx, func(tx *repository.Store) error { return o.Carry(ctx, tx, before.ID, person.MemberID) }))
		o.want("bound", o.Admit(ctx, person, true), nil)
		if !slices.Equal(told, []model.ID{before.ID, person.MemberID}) {
			t.Errorf("the register was told of %v", told)
		}
		o.wantMine(person, model.PurposeLocation, model.AgreementWithdrawn, false)
	})
}

package privacy_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/privacy"
)

// office is a world with its privacy and a clock that stands until a test moves it.
type office struct {
	*testworld.World
	*privacy.Privacy
	t      *testing.T
	store  *repository.Store
	clock  model.Instant
	street model.Actor
}

func each(t *testing.T, test func(t *testing.T, o *office)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		o := &office{World: testworld.New(t, store), t: t, store: store, clock: testworld.Now}
		o.Privacy, o.street = o.another(), o.Holder(model.RoleStreetOfficer)
		test(t, o)
	})
}

// another is the privacy of another process.
func (o *office) another() *privacy.Privacy {
	return privacy.New(o.store, func() model.Instant { return o.clock })
}

func (o *office) given(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) want(what string, err, want error) {
	o.t.Helper()
	if !errors.Is(err, want) || want == nil && err != nil {
		o.t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

func terms(purpose model.Purpose, aim string) *model.PurposeTerms {
	return &model.PurposeTerms{
		Purpose: purpose, Handler: "祥和街道办事处", Contact: "0592-0000000", Aim: aim, Method: "在本系统内处理", Kinds: []string{"昵称"},
		Retention: "账号存续期间", Rights: "在小程序的“我的”中查看、更正、撤回",
	}
}

// published publishes a policy with terms of the service and of more purposes, all for the same aim.
func (o *office) published(more ...model.Purpose) *model.PrivacyPolicy {
	o.t.Helper()
	list := []*model.PurposeTerms{terms(model.PurposeService, "邻里互助")}
	for _, p := range more {
		list = append(list, terms(p, "邻里互助"))
	}
	policy, err := o.PublishPolicy(o.t.Context(), o.street, "我们这样处理您的个人信息。", list)
	o.given(err)
	return policy
}

// agreed has somebody agree to a purpose at the newest version.
func (o *office) agreed(who model.Actor, purpose model.Purpose, version int32) {
	o.t.Helper()
	_, err := o.Give(o.t.Context(), who, purpose, version)
	o.given(err)
}

func (o *office) wantRows(member model.ID, purpose model.Purpose, want int64) {
	o.t.Helper()
	newest, err := o.store.Privacy.AgreementsOf(o.t.Context(), member)
	o.given(err)
	got := int64(0)
	if a := newest[purpose]; a != nil {
		got = a.Seq
	}
	if got != want {
		o.t.Errorf("%s has %d rows, want %d", purpose, got, want)
	}
}

func TestTheGate(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx, who := t.Context(), o.Resident(0)
		o.want("without a policy", o.Admit(ctx, who, true), nil)
		o.published()
		err := o.Admit(ctx, who, true)
		var missing *model.Unagreed
		o.want("before agreeing", err, model.ErrConsentMissing)
		if !errors.As(err, &missing) || missing.Version != 1 {
			t.Errorf("it names %+v", missing)
		}
		o.want("a read before agreeing", o.Admit(ctx, who, false), nil)
		o.agreed(who, model.PurposeService, 1)
		o.want("having agreed", o.Admit(ctx, who, true), nil)
		o.want("somebody else", o.Admit(ctx, o.Resident(1), true), model.ErrConsentMissing)
		o.want("nobody yet", o.Admit(ctx, model.Actor{MemberID: 42}, true), model.ErrConsentMissing)
		o.published()
		o.want("a new version", o.Admit(ctx, who, true), model.ErrConsentMissing)
		o.want("a read under a new version", o.Admit(ctx, who, false), nil)
		o.agreed(who, model.PurposeService, 2)
		o.want("having agreed anew", o.Admit(ctx, who, true), nil)
		o.given(o.Withdraw(ctx, who, model.PurposeService))
		o.want("having withdrawn", o.Admit(ctx, who, true), model.ErrConsentMissing)
		o.want("a read, having withdrawn", o.Admit(ctx, who, false), model.ErrConsentMissing)
		o.agreed(who, model.PurposeService, 2)
		o.want("having agreed again", o.Admit(ctx, who, true), nil)
		o.want("a read, having agreed again", o.Admit(ctx, who, false), nil)
	})
}

// TestOtherProcessesHear has one process remember a consent, and another take it back.
func TestOtherProcessesHear(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx, who, other := t.Context(), o.Resident(0), o.another()
		o.published(model.PurposeLocation)
		o.agreed(who, model.PurposeService, 1)
		o.agreed(who, model.PurposeLocation, 1)
		o.want("at first", other.Admit(ctx, who, true), nil)
		if held, err := other.Holds(ctx, who.MemberID, model.PurposeLocation); !held || err != nil {
			t.Fatalf("got %t, %v", held, err)
		}
		o.given(o.Withdraw(ctx, who, model.PurposeService))
		heard := func() bool {
			held, err := other.Holds(ctx, who.MemberID, model.PurposeLocation)
			return errors.Is(other.Admit(ctx, who, true), model.ErrConsentMissing) && !held && err == nil
		}
		for deadline := time.Now().Add(30 * time.Second); !heard(); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the other process goes on")
			}
		}
		o.agreed(who, model.PurposeService, 1)
		o.want("agreed again", other.Admit(ctx, who, true), nil)
	})
}

// TestAGoodConsentIsRemembered changes the database behind the gate's back: only a process that asks it would see.
func TestAGoodConsentIsRemembered(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx, who := t.Context(), o.Resident(0)
		o.published()
		o.agreed(who, model.PurposeService, 1)
		o.want("at first", o.Admit(ctx, who, true), nil)
		o.given(o.store.Privacy.Add(ctx, &model.Agreement{
			MemberID: who.MemberID, Purpose: model.PurposeService, Seq: 2, Version: 1, Agreer: model.AgreedBySelf, ActorID: who.MemberID,
			Channel: model.AgreedOnline, At: o.clock.Add(-time.Hour),
		}))
		o.want("remembered", o.Admit(ctx, who, true), nil)
		o.want("asked for", o.another().Admit(ctx, who, true), model.ErrConsentMissing)
	})
}

func TestAnswersAtOnceAreCountedInARow(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx, who := t.Context(), o.Resident(0)
		o.published()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if _, err := o.Give(ctx, who, model.PurposeService, 1); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		o.wantRows(who.MemberID, model.PurposeService, 1)
		for range 8 {
			all.Go(func() {
				if err := o.Withdraw(ctx, who, model.PurposeService); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		o.wantRows(who.MemberID, model.PurposeService, 2)
		o.want("in the end", o.Admit(ctx, who, true), model.ErrConsentMissing)
	})
}

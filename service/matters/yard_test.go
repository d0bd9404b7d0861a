package matters_test

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
	"linbanglin/service/matters"
)

// yard is the matters of a world whose directory names two units, at a time that the test sets.
type yard struct {
	*testworld.World
	*matters.Matters
	store  *repository.Store
	ledger *ledger.Ledger
	now    atomic.Int64

	property, coUnit, committee model.ID // organisations
	worker, admin, street       model.Actor
	reporter, stranger          model.Actor
	officer, second             model.Actor // of the property company
	helper                      model.Actor // of the unit that is called
}

func each(t *testing.T, test func(t *testing.T, y *yard)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, store *repository.Store) { test(t, givenYard(t, store)) })
}

func givenYard(t *testing.T, store *repository.Store) *yard {
	t.Helper()
	y := &yard{World: testworld.New(t, store), store: store}
	y.now.Store(int64(testworld.Now))
	y.ledger = ledger.New(store, y.at)
	y.Matters = matters.New(store, y.ledger, y.at)
	y.worker, y.admin, y.street = y.Holder(model.RoleGridWorker), y.Holder(model.RoleCommunityAdmin), y.Holder(model.RoleStreetOfficer)
	y.reporter, y.stranger, y.officer, y.second, y.helper = y.Resident(0), y.Resident(1), y.Resident(7), y.Resident(8), y.Resident(9)
	y.property = y.givenUnit(t, model.KindPropertyCompany, "安心物业", y.officer, y.second)
	y.coUnit = y.givenUnit(t, model.KindLocalUnit, "供电所", y.helper)
	y.committee = y.givenUnit(t, model.KindResidentsCommittee, "居委会")
	y.givenCatalogue(t, map[string]model.ID{"facilities": y.property, "property": y.property, "utilities": y.coUnit})
	return y
}

func (y *yard) at() model.Instant { return model.Instant(y.now.Load()) }

func (y *yard) wait(d time.Duration) { y.now.Add(d.Microseconds()) }

func (y *yard) givenUnit(t *testing.T, kind model.OrganisationKind, name string, officers ...model.Actor) model.ID {
	t.Helper()
	o := &model.Organisation{
		ID: y.store.NewID(), Kind: kind, Name: name, NodeID: y.Community.ID, NodeKind: model.KindCommunity, Place: y.Community.Place, Active: true, Version: 1,
		CreatedAt: testworld.Now, UpdatedAt: testworld.Now,
	}
	y.must(t, y.store.Organisations.Create(t.Context(), o))
	for _, who := range officers {
		y.must(t, y.store.Organisations.AddOfficer(t.Context(), &model.Officer{OrganisationID: o.ID, MemberID: who.MemberID, CreatedAt: testworld.Now}))
	}
	return o.ID
}

// givenCatalogue makes a version of the catalogue that names units for some categories.
func (y *yard) givenCatalogue(t *testing.T, units map[string]model.ID) *model.Catalogue {
	t.Helper()
	read, err := y.Catalogue(t.Context(), y.Community.ID, -1)
	y.must(t, err)
	items := model.DefaultCatalogue(y.Community.ID).Items
	for _, item := range items {
		item.OrganisationID = units[item.Category]
	}
	c, err := y.EditCatalogue(t.Context(), y.admin, read.Version, "新目录", items)
	y.must(t, err)
	return c
}

func (y *yard) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var lamp = matters.Report{Category: "facilities", Title: "路灯不亮", Text: "三幢门口"}

func (y *yard) givenReport(t *testing.T) *model.Matter {
	t.Helper()
	m, err := y.Report(t.Context(), y.reporter, lamp)
	y.must(t, err)
	return m
}

// step is one use case on a matter.
type step func(who model.Actor, id model.ID) (*model.Matter, error)

// steps are the use cases that move a matter, with input that is good.
func (y *yard) steps(t *testing.T) map[model.MatterAction]step {
	ctx := t.Context()
	return map[model.MatterAction]step{
		model.ActAccept: func(who model.Actor, id model.ID) (*model.Matter, error) { return y.Accept(ctx, who, id) },
		model.ActRefuse: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.Refuse(ctx, who, id, "不属于社区", "条例第十一条")
		},
		model.ActApproveRefusal: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.DecideRefusal(ctx, who, id, true, "")
		},
		model.ActRedirect: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.Redirect(ctx, who, id, "110", "请报警")
		},
		model.ActMerge: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.Merge(ctx, who, id, y.givenReport(t).ID)
		},
		model.ActDispatch: func(who model.Actor, id model.ID) (*model.Matter, error) { return y.Dispatch(ctx, who, id, 0) },
		model.ActObject: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.Object(ctx, who, id, "不归我们管")
		},
		model.ActUphold: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.Adjudicate(ctx, who, id, true, "确实不归")
		},
		model.ActOverrule: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.Adjudicate(ctx, who, id, false, "归你们管")
		},
		model.ActContact: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.Contact(ctx, who, id, "打过电话")
		},
		model.ActStart: func(who model.Actor, id model.ID) (*model.Matter, error) { return y.Start(ctx, who, id) },
		model.ActPause: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.Pause(ctx, who, id, "等配件", false)
		},
		model.ActResume: func(who model.Actor, id model.ID) (*model.Matter, error) { return y.Resume(ctx, who, id) },
		model.ActExtend: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.Extend(ctx, who, id, y.at().Add(20*24*time.Hour), "要定做")
		},
		model.ActGrantExtension: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.DecideExtension(ctx, who, id, true, "")
		},
		model.ActFinish: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.Finish(ctx, who, id, "修好了", []string{"照片一张"})
		},
		model.ActExplain: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.Explain(ctx, who, id, "没有经费", "条例第十四条")
		},
		model.ActCallback: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.Callback(ctx, who, id, matters.Call{Answered: true, Resolved: true})
		},
		model.ActMissCall: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.Callback(ctx, who, id, matters.Call{})
		},
		model.ActRate: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.Rate(ctx, who, id, model.Satisfied, true, "")
		},
		model.ActClose:  func(who model.Actor, id model.ID) (*model.Matter, error) { return y.Close(ctx, who, id) },
		model.ActReopen: func(who model.Actor, id model.ID) (*model.Matter, error) { return y.Reopen(ctx, who, id, "又坏了") },
		model.ActHandover: func(who model.Actor, id model.ID) (*model.Matter, error) {
			to := y.admin.MemberID
			if who.MemberID == to {
				to = y.street.MemberID
			}
			return y.Handover(ctx, who, id, to, "请接手")
		},
		model.ActTake: func(who model.Actor, id model.ID) (*model.Matter, error) { return y.AcceptHandover(ctx, who, id) },
		model.ActEscalate: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.Escalate(ctx, who, id, model.CauseBeyondPower, "超出职权")
		},
		model.ActDescend: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.Descend(ctx, who, id, "网格能办")
		},
		model.ActWhistle: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.Whistle(ctx, who, id, []*model.Whistle{{OrganisationID: y.property, Task: "到场", ReportBy: y.at().Add(time.Hour), DueAt: y.at().Add(2 * time.Hour)}})
		},
		model.ActReportIn: func(who model.Actor, id model.ID) (*model.Matter, error) { return y.ReportIn(ctx, who, id) },
		model.ActCoFinish: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.CoFinish(ctx, who, id, "已停电配合")
		},
		model.ActRateWhistle: func(who model.Actor, id model.ID) (*model.Matter, error) {
			unit := y.coUnit
			if who.MemberID == y.helper.MemberID {
				unit = 0
			}
			return y.RateWhistle(ctx, who, id, unit, 5, "")
		},
		model.ActErrand: func(who model.Actor, id model.ID) (*model.Matter, error) {
			_, err := y.OpenErrand(ctx, who, id, []string{"身份证复印件"})
			return nil, err
		},
		model.ActReveal: func(who model.Actor, id model.ID) (*model.Matter, error) {
			_, err := y.Reveal(ctx, who, id, "约时间")
			return nil, err
		},
		model.ActWithdraw: func(who model.Actor, id model.ID) (*model.Matter, error) {
			return y.Withdraw(ctx, who, id, "不用了")
		},
	}
}

// does has somebody take steps that must succeed.
func (y *yard) does(t *testing.T, who model.Actor, id model.ID, actions ...model.MatterAction) (m *model.Matter) {
	t.Helper()
	all := y.steps(t)
	for _, a := range actions {
		var err error
		if m, err = all[a](who, id); err != nil {
			t.Fatalf("%s: %v", a, err)
		}
	}
	return m
}

// wants has somebody take a step that must fail, and change nothing.
func (y *yard) wants(t *testing.T, want error, id model.ID, act func() error) {
	t.Helper()
	before, err := y.store.Matters.Get(t.Context(), id)
	y.must(t, err)
	if err := act(); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
	after, err := y.store.Matters.Get(t.Context(), id)
	y.must(t, err)
	if before.Version != after.Version || before.Status != after.Status {
		t.Errorf("a refusal changed it: %d %s, was %d %s", after.Version, after.Status, before.Version, before.Status)
	}
}

// wantReplay plays the life of a matter again, and wants the same and no instant without an owner.
func (y *yard) wantReplay(t *testing.T, id model.ID) []*model.MatterStep {
	t.Helper()
	kept, err := y.store.Matters.Get(t.Context(), id)
	y.must(t, err)
	steps, err := y.store.Matters.Steps(t.Context(), id)
	y.must(t, err)
	played, err := model.ReplayMatter(steps)
	if err != nil || !played.SameAs(kept) {
		t.Errorf("the steps make %+v of it, %v; it is %+v", played, err, kept)
	}
	if slices.ContainsFunc(steps, func(s *model.MatterStep) bool { return s.OwnerAfter == 0 }) {
		t.Error("at some instant nobody owned it")
	}
	return steps
}

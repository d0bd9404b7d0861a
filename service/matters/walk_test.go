package matters_test

import (
	"cmp"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"linbanglin/model"
)

// allowed is what each of the people of the walk may do in some state, as the duties say it.
var (
	ofOfficers = []model.MatterAction{
		model.ActAccept, model.ActRefuse, model.ActRedirect, model.ActMerge, model.ActDispatch, model.ActClose, model.ActEscalate, model.ActReveal,
	}
	ofHandlers = []model.MatterAction{
		model.ActContact, model.ActStart, model.ActPause, model.ActResume, model.ActExtend, model.ActFinish, model.ActExplain, model.ActErrand,
	}
	ofLeaders = []model.MatterAction{
		model.ActApproveRefusal, model.ActUphold, model.ActOverrule, model.ActGrantExtension, model.ActDescend, model.ActWhistle, model.ActReopen,
		model.ActCallback, model.ActMissCall, model.ActHandover,
	}
)

// person is somebody of the walk: what they may do, or that they may not know of the matter.
type person struct {
	who    model.Actor
	may    []model.MatterAction
	hidden bool
}

func (y *yard) people() map[string]person {
	sibling := y.As(y.Members[21])
	sibling.Grants = []model.Grant{{Role: model.RoleGridWorker, NodeID: y.Grids[1].ID, NodeKind: model.KindGrid}}
	unit := append(slices.Clone(ofHandlers), model.ActObject, model.ActTake, model.ActEscalate, model.ActReveal)
	return map[string]person{
		"reporter":        {y.reporter, []model.MatterAction{model.ActRate, model.ActWithdraw, model.ActReopen}, false},
		"stranger":        {y.stranger, nil, true},
		"owner":           {y.worker, slices.Concat(ofOfficers, ofHandlers, []model.MatterAction{model.ActHandover, model.ActRateWhistle}), false},
		"sibling's":       {sibling, nil, true},
		"unit":            {y.officer, unit, false},
		"co-unit":         {y.helper, []model.MatterAction{model.ActReportIn, model.ActCoFinish, model.ActRateWhistle}, false},
		"admin":           {y.admin, slices.Concat(ofOfficers, ofLeaders, []model.MatterAction{model.ActTake}), false},
		"street":          {y.street, slices.Concat(ofOfficers, ofLeaders), false},
		"auditor":         {y.Holder(model.RoleAuditor), nil, false},
		"other community": {y.Others.Holder(model.RoleCommunityAdmin), nil, true},
	}
}

// possible is what may be done in each state, written down once more.
func possible() map[model.MatterStatus][]model.MatterAction {
	open := []model.MatterAction{model.ActWithdraw, model.ActHandover, model.ActTake, model.ActEscalate, model.ActReveal}
	working := slices.Concat(open, []model.MatterAction{
		model.ActDescend,
		model.ActMerge, model.ActPause, model.ActResume, model.ActExtend, model.ActGrantExtension, model.ActWhistle, model.ActReportIn, model.ActCoFinish, model.ActErrand,
	})
	done := []model.MatterAction{model.ActRateWhistle, model.ActReveal}
	with := func(some []model.MatterAction, more ...model.MatterAction) []model.MatterAction {
		return slices.Concat(some, more)
	}
	return map[model.MatterStatus][]model.MatterAction{
		model.MatterReported:   with(open, model.ActDescend, model.ActAccept, model.ActRefuse, model.ActRedirect, model.ActMerge, model.ActFinish),
		model.MatterRefusal:    with(open, model.ActApproveRefusal),
		model.MatterAccepted:   with(working, model.ActDispatch, model.ActContact),
		model.MatterDispatched: with(working, model.ActDispatch, model.ActObject, model.ActContact),
		model.MatterObjected:   with(open, model.ActDescend, model.ActUphold, model.ActOverrule),
		model.MatterContacted:  with(working, model.ActStart, model.ActExplain),
		model.MatterHandling:   with(working, model.ActFinish, model.ActExplain),
		model.MatterExplaining: with(open, model.ActApproveRefusal),
		model.MatterDone:       with(done, model.ActRate, model.ActCallback, model.ActMissCall),
		model.MatterExplained:  with(done, model.ActRate, model.ActCallback, model.ActMissCall),
		model.MatterCallback:   with(done, model.ActRate, model.ActReopen, model.ActClose),
		model.MatterRated:      with(done, model.ActReopen, model.ActClose),
		model.MatterClosed:     {model.ActRateWhistle, model.ActReopen},
	}
}

// given makes a matter in a state in which everything that the state allows, of an action, may be done.
func (y *yard) given(t *testing.T, state model.MatterStatus, action model.MatterAction) model.ID {
	t.Helper()
	now := y.at()
	m := &model.Matter{
		ID: y.store.NewID(), Place: y.Grids[0].Place, ReporterID: y.reporter.MemberID, FiledBy: y.reporter.MemberID, Channel: model.IntakeApp,
		Audience: model.AudienceResident, Category: "facilities", Title: "路灯不亮", Status: state, Tier: model.TierGrid, TierSince: now, Evidence: []string{},
		FirstHandlerID: y.worker.MemberID, OwnerID: y.worker.MemberID, CatalogueVersion: 1, ContactDueAt: now.Add(time.Hour),
		DueAt: now.Add(5 * 24 * time.Hour), TierDueAt: now.Add(3 * 24 * time.Hour), Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	untaken := action == model.ActObject || action == model.ActDispatch || action == model.ActTake || state == model.MatterObjected
	if state != model.MatterReported && state != model.MatterRefusal && state != model.MatterAccepted {
		m.OrganisationID = y.property
		if !untaken {
			m.TakenAt = now
		}
	}
	if state.Answered() {
		m.FinishedBy, m.AnsweredAt, m.Resolved, m.Satisfaction, m.ClosedAt = y.officer.MemberID, now, true, model.Satisfied, now
	}
	switch action {
	case model.ActResume:
		m.PausedAt = now
	case model.ActGrantExtension:
		m.ExtensionTo, m.ExtensionBy = now.Add(9*24*time.Hour), y.worker.MemberID
	case model.ActTake:
		m.ProposedID = y.admin.MemberID
	case model.ActDescend, model.ActWhistle:
		m.Tier = model.TierCommunity
	}
	m.RefusalBy = y.worker.MemberID
	y.must(t, y.store.Matters.Create(t.Context(), m))
	reported := now
	if action == model.ActReportIn {
		reported = 0
	}
	y.must(t, y.store.Matters.AddWhistles(t.Context(), []*model.Whistle{{ReportedAt: reported, ID: y.store.NewID(), CommunityID: m.CommunityID, MatterID: m.ID, OrganisationID: y.coUnit, Task: "到场", CalledAt: now, ReportBy: now.Add(time.Hour), DueAt: now.Add(2 * time.Hour)}}))
	if m.OrganisationID != 0 {
		y.must(t, y.store.Matters.AddDispatch(t.Context(), &model.MatterDispatch{ID: y.store.NewID(), CommunityID: m.CommunityID, MatterID: m.ID, OrganisationID: y.property, DispatchedAt: now, ObjectedBy: y.officer.MemberID}))
	}
	return m.ID
}

// succeeds reports whether a step is to succeed, and else how it is to fail.
func (p person) succeeds(state model.MatterStatus, action model.MatterAction) (bool, model.Kind) {
	handles := slices.Contains(ofHandlers, action)
	unit := slices.Contains(p.may, model.ActObject)
	calls := action == model.ActCallback || action == model.ActMissCall
	own := slices.Contains(p.may, model.ActStart) && !unit // nobody asks how their own work was
	taken := state != model.MatterReported && state != model.MatterRefusal && state != model.MatterAccepted && state != model.MatterObjected
	switch {
	case p.hidden:
		return false, model.NotFound
	case calls && own && slices.Contains(possible()[state], action):
		return false, model.Forbidden
	case calls && own:
		return false, model.Conflict
	case !slices.Contains(p.may, action):
		return false, model.Forbidden
	case unit && handles && (!taken || action == model.ActDispatch):
		return false, model.Forbidden
	case !slices.Contains(possible()[state], action):
		return false, model.Conflict
	case action == model.ActTake && unit && state != model.MatterDispatched:
		return false, model.Conflict
	}
	return true, 0
}

// TestEveryStepInEveryStateByEverybody walks state x step x person: what the duties allow succeeds, nothing else does, and
// what fails changes nothing.
func TestEveryStepInEveryStateByEverybody(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		people, steps := y.people(), y.steps(t)
		calls, succeeded := 0, 0
		for _, state := range model.MatterStatuses() {
			for action, step := range steps {
				id := y.given(t, state, action)
				for name, p := range people {
					// Who is in no part of the matter before it was dispatched is a stranger.
					if name == "unit" && (state == model.MatterReported || state == model.MatterRefusal || state == model.MatterAccepted) {
						p.hidden = true
					}
					want, kind := p.succeeds(state, action)
					if rules := strings.HasSuffix(t.Name(), "mysql") && calls%5 != 0; rules && !want {
						calls++ // the rules are the same everywhere
						continue
					}
					_, err := step(p.who, id)
					calls++
					switch {
					case want && err != nil, !want && err == nil:
						t.Errorf("%s when %s by %s: %v, want success %t", action, state, name, err, want)
					case !want && model.Reason(err).Kind != kind:
						t.Errorf("%s when %s by %s: %v, want kind %d", action, state, name, err, kind)
					}
					if err == nil {
						succeeded++
						id = y.given(t, state, action)
					} else if m, err := y.store.Matters.Get(t.Context(), id); err != nil || m.Version != 1 || m.Status != state {
						t.Errorf("%s when %s by %s was refused and left %v, %v", action, state, name, m, err)
					}
				}
			}
		}
		if succeeded < 200 || calls < 5000 {
			t.Errorf("%d of %d calls succeeded", succeeded, calls)
		}
	})
}

func TestErrorsOfWhoMayNotKnow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		m := y.givenReport(t)
		if _, err := y.Matter(t.Context(), y.stranger, m.ID); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("a stranger reads it: %v", err)
		}
		if _, err := y.Steps(t.Context(), y.stranger, m.ID); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("a stranger reads its steps: %v", err)
		}
	})
}

// TestRandomLivesHaveAnOwnerAtEveryInstant has everybody try anything, while time goes on, and plays the lives again.
func TestRandomLivesHaveAnOwnerAtEveryInstant(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		chance := rand.New(rand.NewPCG(7, 11))
		people, steps, can := inOrder(y.people()), y.steps(t), possible()
		every := slices.Sorted(maps.Keys(steps))
		tried, taken := 0, 0
		for range 15 {
			id := y.givenReport(t).ID
			y.does(t, y.worker, id, model.ActAccept)
			for range 60 {
				action, by := every[chance.IntN(len(every))], people[chance.IntN(len(people))]
				m, err := y.store.Matters.Get(t.Context(), id)
				y.must(t, err)
				if some := can[m.Status]; len(some) > 0 && chance.IntN(2) > 0 { // else a life would hardly begin
					action = some[chance.IntN(len(some))]
					may := slices.DeleteFunc(slices.Clone(people), func(p person) bool { return !slices.Contains(p.may, action) })
					by = may[chance.IntN(len(may))]
				}
				if _, err := steps[action](by.who, id); err == nil {
					taken++
				} else if kind := model.Reason(err).Kind; kind == model.Internal {
					t.Fatal(err)
				}
				tried++
				y.wait(time.Duration(chance.IntN(30)) * time.Hour)
			}
			if _, err := y.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			y.wantReplay(t, id)
		}
		if taken < 50 {
			t.Errorf("only %d of %d steps were taken", taken, tried)
		}
	})
}

// inOrder returns the values of a map in the order of their keys, so that a seed plays the same game each time.
func inOrder[K cmp.Ordered, V any](all map[K]V) []V {
	var values []V
	for _, k := range slices.Sorted(maps.Keys(all)) {
		values = append(values, all[k])
	}
	return values
}

package deliberation_test

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/deliberation"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

// forum is a world whose people deliberate, at a time that the test sets.
type forum struct {
	*testworld.World
	*deliberation.Deliberation
	t     *testing.T
	store *repository.Store
	admin model.Actor
	now   atomic.Int64
}

const day = 24 * time.Hour

func each(t *testing.T, test func(t *testing.T, f *forum)) {
	t.Helper()
	t.Parallel()
	testdb.Each(t, func(t *testing.T, store *repository.Store) { test(t, givenForum(t, store)) })
}

func once(t *testing.T, test func(t *testing.T, f *forum)) {
	t.Helper()
	t.Parallel()
	test(t, givenForum(t, testdb.Open(t, testdb.SQLite)))
}

func givenForum(t *testing.T, store *repository.Store) *forum {
	t.Helper()
	f := &forum{World: testworld.New(t, store), t: t, store: store}
	f.now.Store(int64(testworld.Now))
	f.Deliberation = deliberation.New(store, f.clock)
	f.admin = f.Holder(model.RoleCommunityAdmin)
	return f
}

func (f *forum) clock() model.Instant { return model.Instant(f.now.Load()) }

func (f *forum) wait(d time.Duration) { f.now.Add(d.Microseconds()) }

func (f *forum) until(d time.Duration) model.Instant { return f.clock().Add(d) }

func must[T any](t *testing.T, result T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// draft is a proposal of the cadres that a test may change.
func draft(change ...func(*deliberation.Draft)) deliberation.Draft {
	in := deliberation.Draft{
		Kind: model.KindConsultation, Source: model.SourceCadres, Category: "works", Title: "加装电梯", Description: "在 1 幢加装电梯", VoteBy: model.ByHousehold,
	}
	for _, c := range change {
		c(&in)
	}
	return in
}

func byPerson(in *deliberation.Draft) { in.VoteBy = model.ByPerson }

func survey(in *deliberation.Draft) {
	in.Kind, in.Options = model.KindSurvey, []string{"早上", "晚上"}
}

func staged(in *deliberation.Draft) { in.Kind, in.FourStages = model.KindResidentsDecision, true }

// discussed brings a proposal of the admin's to its discussion, past the days that it takes.
func (f *forum) discussed(scope model.Node, change ...func(*deliberation.Draft)) *model.Proposal {
	f.t.Helper()
	ctx := f.t.Context()
	p, err := f.Propose(ctx, f.admin, scope.ID, draft(change...))
	p = must(f.t, p, err)
	_, err = f.Publish(ctx, f.admin, p.ID)
	must(f.t, p, err)
	f.wait(3 * day)
	got, err := f.Discuss(ctx, f.admin, p.ID)
	must(f.t, got, err)
	f.wait(3 * day)
	return got
}

// voting opens the vote on such a proposal for two days.
func (f *forum) voting(scope model.Node, change ...func(*deliberation.Draft)) *model.Proposal {
	f.t.Helper()
	p := f.discussed(scope, change...)
	got, err := f.Open(f.t.Context(), f.admin, p.ID, f.until(2*day))
	return must(f.t, got, err)
}

// decided has everybody of the first grid vote for a proposal.
func (f *forum) decided(change ...func(*deliberation.Draft)) *model.Proposal {
	f.t.Helper()
	p := f.voting(f.Grids[0], change...)
	for i := range 6 {
		f.votes(f.Resident(i), p, model.ChoiceFor, nil)
	}
	f.wait(2 * day)
	got := f.read(f.admin, p.ID)
	if got.Status != model.ProposalDecided {
		f.t.Fatalf("got %+v", got)
	}
	return got
}

func (f *forum) votes(who model.Actor, p *model.Proposal, choice string, want error) {
	f.t.Helper()
	if err := f.Vote(f.t.Context(), who, p.ID, choice); !errors.Is(err, want) {
		f.t.Errorf("a vote: got %v, want %v", err, want)
	}
}

func (f *forum) read(who model.Actor, id model.ID) *model.Proposal {
	f.t.Helper()
	p, err := f.Proposal(f.t.Context(), who, id)
	return must(f.t, p, err)
}

// sibling is somebody of the second grid who holds nothing but a role there.
func (f *forum) sibling(role model.Role) model.Actor {
	who := f.Resident(7)
	who.Grants = []model.Grant{{Role: role, NodeID: f.Grids[1].ID, NodeKind: model.KindGrid}}
	return who
}

// wantAll tries calls that must fail, and wants the proposal to be as it was.
func (f *forum) wantAll(p *model.Proposal, calls map[string]struct {
	call func(ctx context.Context) error
	want error
},
) {
	f.t.Helper()
	before := f.read(f.admin, p.ID)
	for name, c := range calls {
		if err := c.call(f.t.Context()); !errors.Is(err, c.want) {
			f.t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if after := f.read(f.admin, p.ID); after.Version != before.Version || after.Status != before.Status || after.Seconders != before.Seconders {
		f.t.Errorf("what was refused changed the proposal from %+v to %+v", before, after)
	}
}

package deliberation_test

import (
	"context"
	"errors"
	"testing"

	"linbanglin/model"
	"linbanglin/service/deliberation"
)

// only drops what a call answers beside its error.
func only[T any](_ T, err error) error { return err }

type calls = map[string]struct {
	call func(ctx context.Context) error
	want error
}

func TestALifeFromTheDraftToTheLookBack(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		ctx, grid := t.Context(), f.Grids[0]
		author, neighbour := f.Resident(0), f.Resident(1)
		p, err := f.Propose(ctx, author, grid.ID, draft(func(in *deliberation.Draft) { in.Source = model.SourceResidents }))
		must(t, p, err)
		f.wantAll(p, calls{
			"published without seconders": {func(ctx context.Context) error { return only(f.Publish(ctx, f.admin, p.ID)) }, model.ErrSeconders},
			"seconded by its author":      {func(ctx context.Context) error { return only(f.Second(ctx, author, p.ID)) }, model.ErrForbidden},
			"seconded from elsewhere":     {func(ctx context.Context) error { return only(f.Second(ctx, f.Resident(7), p.ID)) }, model.ErrForbidden},
			"read by a neighbour":         {func(ctx context.Context) error { return only(f.Proposal(ctx, neighbour, p.ID)) }, model.ErrNotFound},
			"published by its author":     {func(ctx context.Context) error { return only(f.Publish(ctx, author, p.ID)) }, model.ErrForbidden},
		})
		for i := 1; i <= 3; i++ {
			if _, err := f.Second(ctx, f.Resident(i), p.ID); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.Second(ctx, neighbour, p.ID); !errors.Is(err, model.ErrDuplicate) {
			t.Errorf("seconded twice: %v", err)
		}
		must(t, p, only(f.Publish(ctx, f.admin, p.ID)))
		f.wantAll(p, calls{
			"discussed too soon":   {func(ctx context.Context) error { return only(f.Discuss(ctx, f.admin, p.ID)) }, model.ErrProposalSoon},
			"spoken before":        {func(ctx context.Context) error { return only(f.Say(ctx, neighbour, p.ID, "好")) }, model.ErrProposalState},
			"edited":               {func(ctx context.Context) error { return only(f.Edit(ctx, author, p.ID, 1, draft())) }, model.ErrProposalState},
			"read in another grid": {func(ctx context.Context) error { return only(f.Proposal(ctx, f.sibling(model.RoleGridWorker), p.ID)) }, model.ErrNotFound},
			"discussed by a sibling": {func(ctx context.Context) error {
				return only(f.Discuss(ctx, f.sibling(model.RoleCommunityAdmin), p.ID))
			}, model.ErrNotFound},
			"read in another community": {func(ctx context.Context) error { return only(f.Proposal(ctx, f.Others.Resident(0), p.ID)) }, model.ErrNotFound},
			"opened":                    {func(ctx context.Context) error { return only(f.Open(ctx, f.admin, p.ID, f.until(2*day))) }, model.ErrProposalState},
		})
		f.wait(3 * day)
		must(t, p, only(f.Discuss(ctx, f.admin, p.ID)))
		f.wantAll(p, calls{
			"opened too soon": {func(ctx context.Context) error { return only(f.Open(ctx, f.admin, p.ID, f.until(2*day))) }, model.ErrProposalSoon},
			"spoken from elsewhere": {
				func(ctx context.Context) error { return only(f.Say(ctx, f.Resident(7), p.ID, "好")) }, model.ErrForbidden,
			},
		})
		must(t, p, only(f.Say(ctx, neighbour, p.ID, "好")))
		f.wait(3 * day)
		f.wantAll(p, calls{
			"opened for an hour": {func(ctx context.Context) error { return only(f.Open(ctx, f.admin, p.ID, f.until(day/24))) }, model.ErrPeriod},
			"opened by another":  {func(ctx context.Context) error { return only(f.Open(ctx, author, p.ID, f.until(2*day))) }, model.ErrForbidden},
		})
		opened, err := f.Open(ctx, f.admin, p.ID, f.until(2*day))
		if must(t, opened, err); opened.Electorate != 6 || !opened.Binding {
			t.Errorf("got %+v", opened)
		}
		for i := range 4 {
			f.votes(f.Resident(i), p, model.ChoiceFor, nil)
		}
		f.wait(2 * day)
		if moved, err := f.Sweep(ctx); err != nil || moved != 1 {
			t.Fatalf("%d were swept, %v", moved, err)
		}
		f.afterwards(f.read(f.admin, p.ID))
	})
}

// afterwards plays what comes after a decision.
func (f *forum) afterwards(p *model.Proposal) {
	t, ctx, owner, neighbour := f.t, f.t.Context(), f.Resident(2), f.Resident(1)
	t.Helper()
	if p.Status != model.ProposalDecided || p.Tally.Voted != 4 || p.Tally.Counts[model.ChoiceFor] != 4 || !p.Tally.Passed {
		t.Fatalf("got %+v, %+v", p, p.Tally)
	}
	planned, err := f.Plan(ctx, f.admin, p.ID, owner.MemberID, "找三家报价", model.Instant(f.now.Load()).Add(60*day).Day())
	task := must(t, planned, err).Tasks[0].ID
	f.wantAll(p, calls{
		"published for six days": {func(ctx context.Context) error { return only(f.Announce(ctx, f.admin, p.ID, 6)) }, model.ErrInvalid},
		"objected before":        {func(ctx context.Context) error { return only(f.Object(ctx, neighbour, p.ID, "太吵")) }, model.ErrObjectionWindow},
		"a task long ago": {func(ctx context.Context) error {
			return only(f.Plan(ctx, f.admin, p.ID, owner.MemberID, "x", 20200101))
		}, model.ErrInvalid},
		"a task of a stranger": {func(ctx context.Context) error {
			return only(f.Plan(ctx, f.admin, p.ID, f.Others.Resident(0).MemberID, "x", 20270101))
		}, model.ErrNotFound},
		"a task done before": {func(ctx context.Context) error { return only(f.Finish(ctx, owner, task, "做了")) }, model.ErrProposalState},
		"cancelled":          {func(ctx context.Context) error { return only(f.Cancel(ctx, f.admin, p.ID, "算了")) }, model.ErrProposalState},
	})
	must(t, p, only(f.Announce(ctx, f.admin, p.ID, 0)))
	objection, err := f.Object(ctx, neighbour, p.ID, "太吵")
	must(t, objection, err)
	f.wantAll(p, calls{
		"objected twice":        {func(ctx context.Context) error { return only(f.Object(ctx, neighbour, p.ID, "太吵")) }, model.ErrDuplicate},
		"objected elsewhere":    {func(ctx context.Context) error { return only(f.Object(ctx, f.Resident(7), p.ID, "太吵")) }, model.ErrForbidden},
		"cancelled":             {func(ctx context.Context) error { return only(f.Cancel(ctx, f.admin, p.ID, "算了")) }, model.ErrProposalState},
		"answered by neighbour": {func(ctx context.Context) error { return only(f.Answer(ctx, neighbour, objection.ID, true, "对")) }, model.ErrForbidden},
	})
	f.wait(7 * day)
	if moved, err := f.Sweep(ctx); err != nil || moved != 0 {
		t.Fatalf("it went on with an objection open: %d, %v", moved, err)
	}
	must(t, p, only(f.Answer(ctx, f.admin, objection.ID, false, "白天施工")))
	if moved, err := f.Sweep(ctx); err != nil || moved != 1 {
		t.Fatalf("%d were swept, %v", moved, err)
	}
	look := model.ProposalReview{Result: "电梯投用", CostFen: 30_000_000, Before: "爬六楼", After: "坐电梯"}
	f.wantAll(p, calls{
		"looked back too soon": {func(ctx context.Context) error { return only(f.Review(ctx, f.admin, p.ID, look)) }, model.ErrTasksOpen},
		"done by another":      {func(ctx context.Context) error { return only(f.Finish(ctx, neighbour, task, "做了")) }, model.ErrForbidden},
		"done without result":  {func(ctx context.Context) error { return only(f.Finish(ctx, owner, task, " ")) }, model.ErrInvalid},
		"answered again":       {func(ctx context.Context) error { return only(f.Answer(ctx, f.admin, objection.ID, true, "对")) }, model.ErrObjectionState},
		"closed":               {func(ctx context.Context) error { return only(f.Close(ctx, f.admin, p.ID)) }, model.ErrProposalState},
	})
	must(t, p, only(f.Finish(ctx, owner, task, "选了一家")))
	if _, err := f.Finish(ctx, owner, task, "又做了"); !errors.Is(err, model.ErrTaskState) {
		t.Errorf("done twice: %v", err)
	}
	must(t, p, only(f.Review(ctx, f.admin, p.ID, look)))
	closed, err := f.Close(ctx, f.admin, p.ID)
	if must(t, closed, err); closed.Status != model.ProposalClosed || closed.Outcome.CostFen != look.CostFen {
		t.Errorf("got %+v", closed)
	}
}

func TestAnObjectionThatIsUpheldCancelsTheDecision(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		ctx, p := t.Context(), f.decided()
		must(t, p, only(f.Announce(ctx, f.admin, p.ID, 10)))
		o, err := f.Object(ctx, f.Resident(3), p.ID, "没有公示图纸")
		must(t, o, err)
		must(t, o, only(f.Answer(ctx, f.admin, o.ID, true, "补齐后重新表决")))
		if got := f.read(f.Resident(0), p.ID); got.Status != model.ProposalCancelled || got.Reason != "异议成立：补齐后重新表决" {
			t.Errorf("got %+v", got)
		}
		mine, err := f.Objections(ctx, f.Resident(3), p.ID, model.Page{})
		if must(t, mine, err); len(mine.Items) != 1 || mine.Items[0].Status != model.ObjectionSustained {
			t.Errorf("got %+v", mine)
		}
		others, err := f.Objections(ctx, f.Resident(4), p.ID, model.Page{})
		if must(t, others, err); len(others.Items) != 0 {
			t.Errorf("a neighbour reads who objected: %+v", others)
		}
	})
}

func TestDraftsThatAreRefused(t *testing.T) {
	once(t, func(t *testing.T, f *forum) {
		grid := f.Grids[0].ID
		for name, c := range map[string]struct {
			who    model.Actor
			scope  model.ID
			change func(*deliberation.Draft)
			want   error
		}{
			"for cadres by a resident": {f.Resident(0), grid, func(*deliberation.Draft) {}, model.ErrForbidden},
			"elsewhere by a resident":  {f.Resident(7), grid, func(in *deliberation.Draft) { in.Source = model.SourceResidents }, model.ErrForbidden},
			"by a grid worker":         {f.Holder(model.RoleGridWorker), grid, func(*deliberation.Draft) {}, model.ErrForbidden},
			"in another community":     {f.admin, f.Others.Grids[0].ID, func(*deliberation.Draft) {}, model.ErrNotFound},
			"nowhere":                  {f.admin, 42, func(*deliberation.Draft) {}, model.ErrNotFound},
			"of no kind":               {f.admin, grid, func(in *deliberation.Draft) { in.Kind = "decree" }, model.ErrInvalid},
			"from nobody":              {f.admin, grid, func(in *deliberation.Draft) { in.Source = "" }, model.ErrInvalid},
			"about nothing":            {f.admin, grid, func(in *deliberation.Draft) { in.Category = "x" }, model.ErrCategory},
			"without a title":          {f.admin, grid, func(in *deliberation.Draft) { in.Title = " " }, model.ErrInvalid},
			"without a description":    {f.admin, grid, func(in *deliberation.Draft) { in.Description = "" }, model.ErrInvalid},
			"by nobody's vote":         {f.admin, grid, func(in *deliberation.Draft) { in.VoteBy = "" }, model.ErrInvalid},
			"for a household":          {f.admin, f.Doors[0].ID, func(*deliberation.Draft) {}, model.ErrInvalid},
			"one option":               {f.admin, grid, func(in *deliberation.Draft) { survey(in); in.Options = in.Options[:1] }, model.ErrInvalid},
			"the same option":          {f.admin, grid, func(in *deliberation.Draft) { survey(in); in.Options[1] = in.Options[0] }, model.ErrInvalid},
			"a survey in four stages":  {f.admin, grid, func(in *deliberation.Draft) { survey(in); in.FourStages = true }, model.ErrInvalid},
		} {
			if _, err := f.Propose(t.Context(), c.who, c.scope, draft(c.change)); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		if list, err := f.List(t.Context(), f.admin, nil, model.Page{}); err != nil || len(list.Items) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestDraftsAreListedForTheirAuthorAndWhoManagesThem(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		p, err := f.Propose(t.Context(), f.Resident(0), f.Grids[0].ID, draft(func(in *deliberation.Draft) { in.Source = model.SourceResidents }))
		must(t, p, err)
		edited, err := f.Edit(t.Context(), f.Resident(0), p.ID, 1, draft(func(in *deliberation.Draft) { in.Source, in.Title = model.SourceResidents, "换灯" }))
		if must(t, edited, err); edited.Title != "换灯" {
			t.Errorf("got %+v", edited)
		}
		if _, err := f.Edit(t.Context(), f.Resident(0), p.ID, 1, draft(func(in *deliberation.Draft) { in.Source = model.SourceResidents })); !errors.Is(err, model.ErrStale) {
			t.Errorf("a stale edit: %v", err)
		}
		published := f.discussed(f.Grids[0])
		for name, c := range map[string]struct {
			who  model.Actor
			want []model.ID
		}{
			"the author": {f.Resident(0), []model.ID{published.ID, p.ID}}, "the admin": {f.admin, []model.ID{published.ID, p.ID}},
			"a neighbour": {f.Resident(1), []model.ID{published.ID}}, "another community": {f.Others.Resident(0), nil},
			"who manages the next grid": {f.sibling(model.RoleCommunityAdmin), nil},
		} {
			first, err := f.List(t.Context(), c.who, nil, model.Page{Limit: 1})
			got := must(t, first, err).Items
			if first.NextCursor != "" {
				second, err := f.List(t.Context(), c.who, nil, model.Page{Limit: 1, Cursor: first.NextCursor})
				got = append(got, must(t, second, err).Items...)
			}
			if len(got) != len(c.want) {
				t.Errorf("%s: got %d, want %d", name, len(got), len(c.want))
				continue
			}
			for i, id := range c.want {
				if got[i].ID != id {
					t.Errorf("%s: got %d at %d, want %d", name, got[i].ID, i, id)
				}
			}
		}
	})
}

package deliberation_test

import (
	"context"
	"errors"
	"testing"

	"linbanglin/model"
)

// meeting is one of so many who were due, with so many votes for and against.
func meeting(stage model.MeetingStage, due, in, against, abstained int) *model.ProposalMeeting {
	return &model.ProposalMeeting{
		Stage: stage, HeldOn: 20261123, DueCount: due, PresentCount: in + against + abstained, VotesFor: in, VotesAgainst: against, Abstained: abstained, Minutes: "记录",
	}
}

func TestFourStagesComeInTheirOrderAndNotUnderQuorum(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		ctx := t.Context()
		p := f.discussed(f.Grids[0], staged)
		hold := func(m *model.ProposalMeeting) func(context.Context) error {
			return func(ctx context.Context) error { return only(f.Hold(ctx, f.admin, p.ID, m)) }
		}
		crowded, tomorrow, silent := meeting(model.StageBranch, 5, 6, 0, 0), meeting(model.StageBranch, 5, 4, 0, 0), meeting(model.StageBranch, 5, 4, 0, 0)
		tomorrow.HeldOn, silent.Minutes = 20300101, ""
		short := meeting(model.StageBranch, 5, 3, 0, 0)
		short.PresentCount = 4
		f.wantAll(p, calls{
			"the second first":           {hold(meeting(model.StageCommittees, 5, 5, 0, 0)), model.ErrStageOrder},
			"more than are due":          {hold(crowded), model.ErrInvalid},
			"votes that do not add up":   {hold(short), model.ErrInvalid},
			"tomorrow":                   {hold(tomorrow), model.ErrInvalid},
			"without minutes":            {hold(silent), model.ErrInvalid},
			"of no kind":                 {hold(meeting("party", 5, 5, 0, 0)), model.ErrInvalid},
			"the vote before the stages": {func(ctx context.Context) error { return only(f.Open(ctx, f.admin, p.ID, f.until(2*day))) }, model.ErrStageOrder},
			"by a neighbour": {
				func(ctx context.Context) error {
					return only(f.Hold(ctx, f.Resident(0), p.ID, meeting(model.StageBranch, 5, 5, 0, 0)))
				}, model.ErrForbidden,
			},
		})
		for _, c := range []struct {
			m              *model.ProposalMeeting
			quorum, passed bool
		}{
			{meeting(model.StageBranch, 6, 3, 0, 0), false, false}, // half is not more than half
			{meeting(model.StageBranch, 6, 4, 0, 0), true, true},
			{meeting(model.StageCommittees, 10, 3, 3, 0), true, false},
			{meeting(model.StageCommittees, 10, 4, 3, 0), true, true},
			{meeting(model.StageAssembly, 30, 19, 0, 0), false, false}, // under two thirds
			{meeting(model.StageAssembly, 30, 15, 5, 0), true, false},  // half of those due
			{meeting(model.StageAssembly, 30, 16, 4, 0), true, true},
		} {
			got, err := f.Hold(ctx, f.admin, p.ID, c.m)
			last := must(t, got, err).Meetings[len(got.Meetings)-1]
			if last.Quorum != c.quorum || last.Passed != c.passed || last.LegalBasis == "" || got.Status != model.ProposalDiscussion {
				t.Errorf("%+v: got %+v", c.m, last)
			}
		}
		f.wantAll(p, calls{"passed again": {hold(meeting(model.StageBranch, 5, 5, 0, 0)), model.ErrStagePassed}})
		got, err := f.Hold(ctx, f.admin, p.ID, meeting(model.StageResidents, 40, 21, 9, 1))
		if must(t, got, err); got.Status != model.ProposalDecided || got.Tally.Counts[model.ChoiceAgainst] != 9 || !got.Tally.Passed {
			t.Errorf("got %+v, %+v", got, got.Tally)
		}
		must(t, got, only(f.Announce(ctx, f.admin, p.ID, 7)))
		if told, err := f.SweepNotices(ctx); err != nil || told != 1 {
			t.Errorf("%d, %v", told, err)
		}
		if _, results := f.notices(f.Resident(3)); results != 1 {
			t.Error("residents are not told of what a meeting decided")
		}
	})
}

func TestTheFourthStageMayBeABallot(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		p := f.discussed(f.Grids[0], staged)
		for _, stage := range model.MeetingStages()[:3] {
			must(t, p, only(f.Hold(t.Context(), f.admin, p.ID, meeting(stage, 9, 9, 0, 0))))
		}
		must(t, p, only(f.Open(t.Context(), f.admin, p.ID, f.until(2*day))))
		if _, err := f.Hold(t.Context(), f.admin, p.ID, meeting(model.StageResidents, 9, 9, 0, 0)); !errors.Is(err, model.ErrProposalState) {
			t.Errorf("a meeting beside the ballot: %v", err)
		}
		plain := f.discussed(f.Grids[1])
		if _, err := f.Hold(t.Context(), f.admin, plain.ID, meeting(model.StageBranch, 9, 9, 0, 0)); !errors.Is(err, model.ErrProposalState) {
			t.Errorf("a meeting on what has no stages: %v", err)
		}
	})
}

func TestCommentsWaitForAModeratorWhenAWordIsHit(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		ctx := t.Context()
		err := f.store.Moderation.Replace(ctx, &model.ModerationList{CommunityID: f.Community.ID, Words: []string{"骗子"}, Version: 1, UpdatedAt: 1})
		must(t, 0, err)
		p := f.discussed(f.Grids[0])
		author, worker := f.Resident(1), f.Holder(model.RoleGridWorker)
		plain, err := f.Say(ctx, author, p.ID, " 支持 ")
		if must(t, plain, err); plain.Status != model.CommentShown || plain.Body != "支持" {
			t.Errorf("got %+v", plain)
		}
		held, err := f.Say(ctx, author, p.ID, "物业是骗 子！")
		if must(t, held, err); held.Status != model.CommentHeld {
			t.Errorf("got %+v", held)
		}
		wantComments := func(who model.Actor, want int) {
			t.Helper()
			if list, err := f.Comments(ctx, who, p.ID, model.Page{}); err != nil || len(list.Items) != want {
				t.Errorf("got %+v, %v, want %d", list, err, want)
			}
		}
		wantComments(author, 2)
		wantComments(f.Resident(2), 1)
		if _, err := f.HeldComments(ctx, author, model.Page{}); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("the queue by a resident: %v", err)
		}
		if list, err := f.HeldComments(ctx, f.sibling(model.RoleGridWorker), model.Page{}); err != nil || len(list.Items) != 0 {
			t.Errorf("the queue of the next grid: %+v, %v", list, err)
		}
		queue, err := f.HeldComments(ctx, worker, model.Page{})
		if must(t, queue, err); len(queue.Items) != 1 || queue.Items[0].ID != held.ID {
			t.Errorf("got %+v", queue)
		}
		own := author
		own.Grants = worker.Grants
		f.wantAll(p, calls{
			"judged by a resident": {func(ctx context.Context) error { return only(f.Moderate(ctx, f.Resident(2), held.ID, true, "")) }, model.ErrForbidden},
			"judged by a sibling": {func(ctx context.Context) error {
				return only(f.Moderate(ctx, f.sibling(model.RoleGridWorker), held.ID, true, ""))
			}, model.ErrForbidden},
			"judged by its author":     {func(ctx context.Context) error { return only(f.Moderate(ctx, own, held.ID, true, "")) }, model.ErrForbidden},
			"shown that is shown":      {func(ctx context.Context) error { return only(f.Moderate(ctx, worker, plain.ID, true, "")) }, model.ErrCommentState},
			"removed without a reason": {func(ctx context.Context) error { return only(f.Moderate(ctx, worker, held.ID, false, "")) }, model.ErrInvalid},
			"nothing said":             {func(ctx context.Context) error { return only(f.Say(ctx, author, p.ID, " ")) }, model.ErrInvalid},
		})
		must(t, held, only(f.Moderate(ctx, worker, held.ID, true, "")))
		wantComments(f.Resident(2), 2)
		must(t, held, only(f.Moderate(ctx, worker, held.ID, false, "人身攻击")))
		wantComments(f.Resident(2), 1)
		if _, err := f.Moderate(ctx, worker, held.ID, false, "人身攻击"); !errors.Is(err, model.ErrCommentState) {
			t.Errorf("removed twice: %v", err)
		}
	})
}

func TestRulesAreTheCommunitysAndStayForWhatIsPublished(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		ctx := t.Context()
		rules, err := f.Rules(ctx, f.Resident(0))
		if must(t, rules, err); len(rules) != 7 {
			t.Errorf("got %d", len(rules))
		}
		before := f.discussed(f.Grids[0])
		rule := *model.DefaultVotingRule(string(model.KindConsultation))
		rule.Quorum, rule.LegalBasis = model.Fraction{Num: 2, Den: 3}, "本社区居民公约第 5 条"
		wrong := rule
		wrong.LegalBasis = " "
		free, odd := rule, rule
		free.Quorum, odd.Majority = model.Fraction{Den: 1}, model.Fraction{Num: 3, Den: 2}
		unknown := rule
		unknown.Kind = "decree"
		for name, c := range map[string]struct {
			who  model.Actor
			rule model.VotingRule
			want error
		}{
			"without a basis": {f.admin, wrong, model.ErrInvalid}, "without a quorum": {f.admin, free, model.ErrInvalid}, "more than all": {f.admin, odd, model.ErrInvalid},
			"of no kind": {f.admin, unknown, model.ErrNotFound}, "by a resident": {f.Resident(0), rule, model.ErrForbidden},
			"by who administers a grid": {f.sibling(model.RoleCommunityAdmin), rule, model.ErrForbidden},
		} {
			if _, err := f.SetRule(ctx, c.who, c.rule); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		set, err := f.SetRule(ctx, f.admin, rule)
		must(t, set, err)
		if _, err := f.SetRule(ctx, f.admin, rule); !errors.Is(err, model.ErrStale) {
			t.Errorf("written twice: %v", err)
		}
		rule.Version = 1
		must(t, set, only(f.SetRule(ctx, f.admin, rule)))
		if got := f.read(f.admin, before.ID); got.Rule.Quorum != (model.Fraction{Num: 1, Den: 2, Over: true}) {
			t.Errorf("what is published has another rule: %+v", got.Rule)
		}
		if got := f.discussed(f.Grids[0]); got.Rule.Quorum != rule.Quorum || got.Rule.LegalBasis != rule.LegalBasis {
			t.Errorf("got %+v", got.Rule)
		}
	})
}

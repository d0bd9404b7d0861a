package deliberation_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/model"
	"linbanglin/service/deliberation"
)

// newcomer adds somebody to a household, born in a year.
func (f *forum) newcomer(door model.Node, born int) model.Actor {
	f.t.Helper()
	m := &model.Member{
		ID: f.store.NewID(), Place: door.Place, Name: "新来", BirthYear: born, Skills: []string{}, RosterKey: fmt.Sprintf("new-%d", f.store.NewID()),
		Version: 1, CreatedAt: f.clock(), UpdatedAt: f.clock(),
	}
	if err := f.store.Members.Create(f.t.Context(), m); err != nil {
		f.t.Fatal(err)
	}
	return model.Actor{MemberID: m.ID, Place: m.Place, Grants: []model.Grant{{Role: model.RoleResident, NodeID: f.Community.ID, NodeKind: model.KindCommunity}}}
}

func TestOneVoteAHouseholdOfThoseWhoWereThere(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		minor := f.newcomer(f.Doors[1], 2010)
		early := f.discussed(f.Grids[0])
		f.votes(f.Resident(0), early, model.ChoiceFor, model.ErrVoteClosed)
		p := f.voting(f.Grids[0])
		late, grown := f.newcomer(f.Doors[2], 1980), f.newcomer(f.Doors[0], 1970)
		f.votes(f.Resident(0), p, "yes", model.ErrChoice)
		f.votes(f.Resident(0), p, model.ChoiceFor, nil)
		f.votes(f.Resident(0), p, model.ChoiceAgainst, model.ErrVoted)
		f.votes(f.Housemate(0), p, model.ChoiceAgainst, model.ErrVoted)
		f.votes(late, p, model.ChoiceFor, model.ErrNotElector)
		f.votes(grown, p, model.ChoiceFor, model.ErrNotElector)
		f.votes(minor, p, model.ChoiceFor, model.ErrNotElector)
		f.votes(f.Resident(7), p, model.ChoiceFor, model.ErrNotElector)
		f.votes(f.Others.Resident(0), p, model.ChoiceFor, model.ErrNotFound)
		f.votes(f.Housemate(1), p, model.ChoiceAbstain, nil)
		if got := f.read(f.Housemate(0), p.ID); !got.Mine.Elector || !got.Mine.Voted || got.Tally != nil || got.Electorate != 6 {
			t.Errorf("while it is open: %+v, %+v", got, got.Mine)
		}
		if got := f.read(late, p.ID); got.Mine.Elector || got.Mine.Voted {
			t.Errorf("who came late: %+v", got.Mine)
		}
		f.wait(2 * day)
		f.votes(f.Resident(3), p, model.ChoiceFor, model.ErrVoteClosed) // before anything counted it
		got := f.read(f.Resident(3), p.ID)                              // the first read counts
		want := model.Tally{Electorate: 6, Voted: 2, Failed: model.FailedByQuorum, Binding: true}
		tally := *got.Tally
		counts := tally.Counts
		if tally.Counts = nil; got.Status != model.ProposalFailed || fmt.Sprint(tally) != fmt.Sprint(want) || len(counts) != 0 { // of two votes nobody may know which was whose
			t.Errorf("got %+v, %v", got.Tally, counts)
		}
		f.votes(f.Resident(3), p, model.ChoiceFor, model.ErrVoteClosed)
		if _, err := f.Close(t.Context(), f.admin, p.ID); err != nil {
			t.Error(err)
		}
	})
}

func TestOneVoteAPerson(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		p := f.voting(f.Grids[0], byPerson)
		for i := range 4 {
			f.votes(f.Resident(i), p, model.ChoiceAgainst, nil)
			f.votes(f.Housemate(i), p, model.ChoiceFor, nil)
		}
		f.wait(2 * day)
		got := f.read(f.admin, p.ID)
		if got.Electorate != 12 || got.Tally.Voted != 8 || !got.Tally.Quorum || got.Tally.Failed != model.FailedByMajority || got.Status != model.ProposalFailed {
			t.Errorf("half is no majority: %+v", got.Tally)
		}
	})
}

func TestTooFewForASecret(t *testing.T) {
	once(t, func(t *testing.T, f *forum) {
		p := f.discussed(f.Branch) // one household of two
		f.wantAll(p, calls{"opened": {func(ctx context.Context) error { return only(f.Open(ctx, f.admin, p.ID, f.until(2*day))) }, model.ErrNoElectorate}})
	})
}

func TestACancelledVoteCountsNothing(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		p := f.voting(f.Grids[0])
		f.votes(f.Resident(0), p, model.ChoiceFor, nil)
		f.wantAll(p, calls{
			"without a reason": {func(ctx context.Context) error { return only(f.Cancel(ctx, f.admin, p.ID, " ")) }, model.ErrInvalid},
			"by a neighbour":   {func(ctx context.Context) error { return only(f.Cancel(ctx, f.Resident(1), p.ID, "不")) }, model.ErrForbidden},
		})
		must(t, p, only(f.Cancel(t.Context(), f.admin, p.ID, "方案有误")))
		f.votes(f.Resident(1), p, model.ChoiceFor, model.ErrVoteClosed)
		f.wait(2 * day)
		if moved, err := f.Sweep(t.Context()); err != nil || moved != 0 || f.read(f.admin, p.ID).Tally != nil {
			t.Errorf("%d were swept, %v", moved, err)
		}
	})
}

func TestASurveyBindsNobodyAndStaysOpenToNewcomers(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		ctx := t.Context()
		p := f.discussedAtOnce(f.Grids[0], survey, byPerson)
		if opened, err := f.Open(ctx, f.admin, p.ID, f.until(day)); err != nil || opened.Binding || opened.Note != model.SurveyNote || len(opened.Choices) != 2 {
			t.Fatalf("got %+v, %v", opened, err)
		}
		late, minor := f.newcomer(f.Doors[2], 1980), f.newcomer(f.Doors[2], 2012)
		f.votes(late, p, "1", nil)
		f.votes(late, p, "2", model.ErrVoted)
		f.votes(minor, p, "1", model.ErrMinorVote)
		f.votes(f.Resident(7), p, "1", model.ErrNotElector)
		f.votes(f.Resident(0), p, "3", model.ErrChoice)
		for i := range 3 {
			f.votes(f.Resident(i), p, "2", nil)
		}
		few := f.discussedAtOnce(f.Grids[1], survey, byPerson)
		must(t, few, only(f.Open(ctx, f.admin, few.ID, f.until(day))))
		f.votes(f.Resident(7), few, "1", nil)
		f.votes(f.Housemate(0), p, "1", nil)
		f.wait(day)
		if moved, err := f.Sweep(ctx); err != nil || moved != 2 {
			t.Fatalf("%d were swept, %v", moved, err)
		}
		got := f.read(f.Resident(0), p.ID)
		if got.Status != model.ProposalCounted || got.Tally.Binding || got.Tally.Passed || got.Tally.Counts["1"] != 2 || got.Tally.Counts["2"] != 3 || got.Tally.Voted != 5 {
			t.Errorf("got %+v, %+v", got, got.Tally)
		}
		if got := f.read(f.Resident(7), few.ID); got.Tally.Voted != 1 || len(got.Tally.Counts) != 0 {
			t.Errorf("what one person said is shown: %+v", got.Tally)
		}
		if _, err := f.Announce(ctx, f.admin, p.ID, 7); !errors.Is(err, model.ErrProposalState) {
			t.Errorf("a survey as a decision: %v", err)
		}
	})
}

// discussedAtOnce brings a proposal of a kind that waits for nothing to its discussion.
func (f *forum) discussedAtOnce(scope model.Node, change ...func(*deliberation.Draft)) *model.Proposal {
	f.t.Helper()
	p, err := f.Propose(f.t.Context(), f.admin, scope.ID, draft(change...))
	must(f.t, p, err)
	must(f.t, p, only(f.Publish(f.t.Context(), f.admin, p.ID)))
	must(f.t, p, only(f.Discuss(f.t.Context(), f.admin, p.ID)))
	return p
}

func TestHousematesWhoVoteAtOnce(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		p := f.voting(f.Grids[0])
		var took atomic.Int64
		var all sync.WaitGroup
		for i := range 6 {
			for _, who := range []model.Actor{f.Resident(i), f.Housemate(i), f.Resident(i)} {
				all.Go(func() {
					switch err := f.Vote(t.Context(), who, p.ID, model.ChoiceFor); {
					case err == nil:
						took.Add(1)
					case !errors.Is(err, model.ErrVoted):
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		f.wait(2 * day)
		if got := f.read(f.admin, p.ID); took.Load() != 6 || got.Tally.Voted != 6 || got.Tally.Counts[model.ChoiceFor] != 6 {
			t.Errorf("%d votes were taken, %+v", took.Load(), got.Tally)
		}
	})
}

// TestTheLastVotesAndTheClosing has people vote while several processes close the vote: whoever was told that their vote
// was taken is counted, and nobody else.
func TestTheLastVotesAndTheClosing(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		crowd := f.Crowd(100)
		p := f.voting(f.Grids[0], byPerson)
		var took atomic.Int64
		for _, who := range crowd[:76] { // more than two thirds of all, so that what was voted is told
			must[any](t, nil, f.Vote(t.Context(), who, p.ID, model.ChoiceFor))
			took.Add(1)
		}
		var all sync.WaitGroup
		crowd = crowd[76:]
		for i, who := range crowd {
			if i == len(crowd)/2 {
				for range 3 {
					all.Go(func() {
						f.now.Store(int64(p.ClosesAt))
						if _, err := f.Sweep(t.Context()); err != nil {
							t.Error(err)
						}
					})
				}
			}
			all.Go(func() {
				switch err := f.Vote(t.Context(), who, p.ID, model.ChoiceFor); {
				case err == nil:
					took.Add(1)
				case !errors.Is(err, model.ErrVoteClosed):
					t.Error(err)
				}
			})
		}
		all.Wait()
		got := f.read(f.admin, p.ID)
		if int64(got.Tally.Voted) != took.Load() || got.Tally.Counts[model.ChoiceFor] != got.Tally.Voted {
			t.Errorf("%d were told that they voted, %+v", took.Load(), got.Tally)
		}
	})
}

// TestManyVotersAtOnce has a whole community vote at once, some of them twice. On SQLite it is a small one: there one vote is
// written at a time, and a large crowd shows nothing but how long its queue is.
func TestManyVotersAtOnce(t *testing.T) {
	for engine, voters := range map[testdb.Engine]int{testdb.SQLite: 400, testdb.MySQL: 5000} {
		t.Run(string(engine), func(t *testing.T) {
			f := givenForum(t, testdb.Open(t, engine))
			crowd := f.Crowd(voters)
			p := f.voting(f.Grids[0], byPerson)
			want := map[string]int{}
			choices := []string{model.ChoiceFor, model.ChoiceFor, model.ChoiceAgainst, model.ChoiceAbstain, model.ChoiceFor}
			var took, twice atomic.Int64
			work, start := make(chan int), time.Now()
			var all sync.WaitGroup
			for range 64 {
				all.Go(func() {
					for i := range work {
						switch err := f.Vote(t.Context(), crowd[i], p.ID, choices[i%len(choices)]); {
						case err == nil:
							took.Add(1)
						case errors.Is(err, model.ErrVoted):
							twice.Add(1)
						default:
							t.Error(err)
						}
					}
				})
			}
			for i := range crowd {
				want[choices[i%len(choices)]]++
				if work <- i; i%10 == 0 {
					work <- i
				}
			}
			close(work)
			all.Wait()
			t.Logf("%d voters in %s", voters, time.Since(start))
			f.wait(2 * day)
			got := f.read(f.admin, p.ID)
			if took.Load() != int64(voters) || twice.Load() != int64(voters/10) || got.Tally.Voted != voters || fmt.Sprint(got.Tally.Counts) != fmt.Sprint(want) || got.Status != model.ProposalDecided {
				t.Errorf("%d taken, %d refused, %+v, want %v", took.Load(), twice.Load(), got.Tally, want)
			}
			if got.Electorate != voters+12 {
				t.Errorf("%d electors", got.Electorate)
			}
		})
	}
}

func TestTheElectorateIsToldInBatches(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		crowd := f.Crowd(600)
		p := f.voting(f.Grids[0])
		late := f.newcomer(f.Doors[0], 1980)
		for _, want := range []struct{ told, opened, results int }{{2, 1, 0}, {0, 1, 0}, {2, 1, 1}, {0, 1, 1}} {
			if want.results == 1 && want.told > 0 {
				f.votes(crowd[0], p, model.ChoiceFor, nil)
				f.wait(2 * day)
				must(t, p, only(f.Sweep(t.Context())))
			}
			if told, err := f.SweepNotices(t.Context()); err != nil || told != want.told {
				t.Errorf("%d batches, %v, want %d", told, err, want.told)
			}
			for _, who := range []model.Actor{crowd[0], crowd[599], f.Housemate(0)} {
				if opened, results := f.notices(who); opened != want.opened || results != want.results {
					t.Errorf("%d openings and %d results, want %+v", opened, results, want)
				}
			}
			if opened, results := f.notices(late); opened+results != 0 {
				t.Errorf("who came late is told")
			}
		}
	})
}

func TestAResultIsToldThoughTheProposalIsClosed(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		ctx := t.Context()
		failed := f.voting(f.Grids[0])
		f.wait(2 * day)
		if got := f.read(f.admin, failed.ID); got.Status != model.ProposalFailed {
			t.Fatalf("got %+v", got)
		}
		must(t, failed, only(f.Close(ctx, f.admin, failed.ID)))
		executed := f.decided()
		must(t, executed, only(f.Announce(ctx, f.admin, executed.ID, 0)))
		f.wait(7 * day)
		must(t, executed, only(f.Sweep(ctx)))
		fallen := f.decided()
		must(t, fallen, only(f.Announce(ctx, f.admin, fallen.ID, 0)))
		objection, err := f.Object(ctx, f.Resident(1), fallen.ID, "没有公示")
		must(t, objection, err)
		must(t, fallen, only(f.Answer(ctx, f.admin, objection.ID, true, "补齐后重新表决")))
		for _, want := range []int{2, 0} {
			if told, err := f.SweepNotices(ctx); err != nil || told != want {
				t.Errorf("%d batches, %v, want %d", told, err, want)
			}
		}
		if _, results := f.notices(f.Resident(0)); results != 2 {
			t.Errorf("%d results were told, want those of what was closed and of what is carried out", results)
		}
	})
}

func TestAProposalHasSoManyTasks(t *testing.T) {
	each(t, func(t *testing.T, f *forum) {
		p, due := f.decided(), f.until(60*day).Day()
		for i := range 50 {
			if _, err := f.Plan(t.Context(), f.admin, p.ID, f.Resident(i%3).MemberID, "一项", due); err != nil {
				t.Fatal(err)
			}
		}
		f.wantAll(p, calls{
			"one more": {func(ctx context.Context) error {
				return only(f.Plan(ctx, f.admin, p.ID, f.Resident(0).MemberID, "多一项", due))
			}, model.ErrTooManyTasks},
		})
	})
}

func (f *forum) notices(who model.Actor) (opened, results int) {
	f.t.Helper()
	rows, err := f.store.Notices.List(f.t.Context(), who.MemberID, false, 0, 100)
	for _, n := range must(f.t, rows, err) {
		switch n.Kind {
		case model.NoticeVoteOpened:
			opened++
		case model.NoticeVoteResult:
			results++
		}
	}
	return opened, results
}

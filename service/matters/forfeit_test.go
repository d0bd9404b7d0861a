package matters_test

import (
	"context"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

// givenLedger runs the ledger until the test ends, which then must find nothing wrong in it.
func (y *yard) givenLedger(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- y.ledger.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		checks, _, err := y.ledger.Verify(context.WithoutCancel(t.Context()), ledger.VerifyOptions{})
		y.must(t, err)
		for _, c := range checks {
			for _, difference := range c.Differences {
				t.Errorf("%s: %s", c.Name, difference)
			}
		}
	})
}

var givenKeys atomic.Int64

// keyed is a context with a key that nobody had.
func keyed(t *testing.T, who model.Actor) context.Context {
	return model.WithIdempotency(t.Context(), &model.Idempotency{
		Member: who.MemberID, Key: strconv.FormatInt(givenKeys.Add(1), 10), Hash: [32]byte{1}, Replayed: func() {},
	})
}

// award has the community's leader give somebody something by hand, for a matter or for none.
func (y *yard) award(t *testing.T, who model.Actor, amount int64, code string, matter model.ID) (*ledger.Receipt, error) {
	t.Helper()
	return y.ledger.Award(keyed(t, y.admin), y.admin, ledger.Award{Member: who.MemberID, Amount: amount, Code: code, Matter: matter, Memo: "处理及时"})
}

func (y *yard) givenAward(t *testing.T, who model.Actor, amount int64, matter model.ID) *ledger.Receipt {
	t.Helper()
	r, err := y.award(t, who, amount, model.RuleAdjust, matter)
	y.must(t, err)
	return r
}

func (y *yard) wantPoints(t *testing.T, who model.Actor, want int64) {
	t.Helper()
	b, err := y.ledger.Balance(t.Context(), who)
	y.must(t, err)
	if b.Available != want {
		t.Errorf("%d points, want %d", b.Available, want)
	}
}

func (y *yard) sweepUpheld(t *testing.T) int {
	t.Helper()
	n, err := y.SweepUpheld(t.Context())
	y.must(t, err)
	return n
}

// givenBreach makes a breach that the grid's worker has explained.
func (y *yard) givenBreach(t *testing.T) *model.Breach {
	t.Helper()
	id := y.givenReport(t).ID
	y.does(t, y.worker, id, model.ActAccept)
	y.wait(25 * time.Hour)
	y.sweepBreaches(t)
	b := y.wantBreach(t, id, model.BreachContact, y.worker)
	_, err := y.ExplainBreach(t.Context(), y.worker, b.ID, "网格里停电")
	y.must(t, err)
	return b
}

// givenUpheld makes one that the community's leader has upheld.
func (y *yard) givenUpheld(t *testing.T) *model.Breach {
	t.Helper()
	b := y.givenBreach(t)
	b, err := y.DecideBreach(t.Context(), y.admin, b.ID, true, "没有打电话")
	y.must(t, err)
	return b
}

// givenAppealed makes one that the worker has appealed against.
func (y *yard) givenAppealed(t *testing.T) *model.Breach {
	t.Helper()
	b, err := y.AppealBreach(t.Context(), y.worker, y.givenUpheld(t).ID, "当天在抢险")
	y.must(t, err)
	return b
}

func (y *yard) review(t *testing.T, b *model.Breach, uphold bool) error {
	_, err := y.DecideBreachAppeal(t.Context(), y.street, b.ID, uphold, "已核实")
	return err
}

func wantCode(t *testing.T, what string, err, want error) {
	t.Helper()
	if model.Reason(err).Code != model.Reason(want).Code {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

// TestABreachThatStandsTakesBackWhatWasGiven waits for the end of the time to appeal: then what was given for the matter is
// gone, once, and nothing else is.
func TestABreachThatStandsTakesBackWhatWasGiven(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		y.givenLedger(t)
		other := y.givenReport(t).ID
		b := y.givenBreach(t)
		given := y.givenAward(t, y.worker, 30, b.MatterID)
		y.givenAward(t, y.worker, 5, 0)
		y.givenAward(t, y.worker, 7, other)
		y.givenAward(t, y.helper, 9, b.MatterID)
		_, err := y.award(t, y.worker, 60, model.CodeMinutes, b.MatterID)
		y.must(t, err)
		_, err = y.DecideBreach(t.Context(), y.admin, b.ID, true, "没有打电话")
		y.must(t, err)
		y.wait(model.BreachAppealWithin)
		if n := y.sweepUpheld(t); n != 0 {
			t.Errorf("%d became final while there was time to appeal", n)
		}
		y.wantPoints(t, y.worker, 42)
		y.wait(time.Second)
		if n := y.sweepUpheld(t) + y.sweepUpheld(t); n != 1 {
			t.Errorf("%d became final, want one", n)
		}
		y.wantPoints(t, y.worker, 12)
		y.wantPoints(t, y.helper, 9)
		if has, err := y.ledger.Balance(t.Context(), y.worker); err != nil || has.Minutes != 60 {
			t.Errorf("minutes that were worked: %+v, %v", has, err)
		}
		now, err := y.Breach(t.Context(), y.worker, b.ID)
		if err != nil || now.Status != model.BreachConfirmed || now.Reviewer.ID != 0 || now.Final() != y.admin.MemberID {
			t.Errorf("got %+v, %v", now, err)
		}
		_, err = y.AppealBreach(t.Context(), y.worker, b.ID, "晚了")
		wantCode(t, "an appeal against what is final", err, model.ErrBreachState)
		_, err = y.ledger.Reverse(keyed(t, y.admin), y.admin, given.TransferID, "再冲一次")
		wantCode(t, "reversed again", err, model.ErrAlreadyReversed)
		_, err = y.award(t, y.worker, 1, model.RuleAdjust, b.MatterID)
		wantCode(t, "given again", err, model.ErrForfeited)
		_, err = y.award(t, y.worker, 15, model.CodeMinutes, b.MatterID)
		y.must(t, err)
		if has, err := y.ledger.Balance(t.Context(), y.worker); err != nil || has.Minutes != 75 {
			t.Errorf("minutes that are written down late: %+v, %v", has, err)
		}
		y.givenAward(t, y.worker, 1, other)
		y.wantReversal(t, given, b)
		y.wantTold(t, y.worker, "违诺决定已生效", "30 积分已收回")
	})
}

// wantReversal wants the last line but one of the worker's book to take back an award, in words that name the breach.
func (y *yard) wantReversal(t *testing.T, given *ledger.Receipt, b *model.Breach) {
	t.Helper()
	book, err := y.ledger.Book(t.Context(), y.worker, ledger.StatementQuery{Measure: model.Points})
	y.must(t, err)
	for _, line := range book.Items {
		if line.Kind == model.KindReverse {
			if line.Ref.ID != given.TransferID || line.Amount != -30 || !strings.Contains(line.Memo, b.ID.String()) {
				t.Errorf("the line is %+v", line)
			}
			return
		}
	}
	t.Error("no line of the book takes anything back")
}

// TestAnAppealDecidesAboutPoints takes them with the decision that confirms, and never when it cancels.
func TestAnAppealDecidesAboutPoints(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		y.givenLedger(t)
		lost := y.givenAppealed(t)
		y.givenAward(t, y.worker, 30, lost.MatterID)
		won := y.givenAppealed(t)
		y.givenAward(t, y.worker, 8, won.MatterID)
		y.wait(2 * model.BreachAppealWithin)
		if n := y.sweepUpheld(t); n != 0 {
			t.Errorf("%d became final while an appeal was open", n)
		}
		y.wantPoints(t, y.worker, 38)
		y.must(t, y.review(t, lost, true))
		y.wantPoints(t, y.worker, 8)
		y.must(t, y.review(t, won, false))
		y.sweepUpheld(t)
		y.wantPoints(t, y.worker, 8)
		y.givenAward(t, y.worker, 2, won.MatterID)
		_, err := y.award(t, y.worker, 2, model.RuleAdjust, lost.MatterID)
		wantCode(t, "given again", err, model.ErrForfeited)
	})
}

// TestNobodyIsToldOfAClosedAccount makes a breach final whose accountable member closed their account meanwhile.
func TestNobodyIsToldOfAClosedAccount(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		b := y.givenUpheld(t)
		y.must(t, y.store.Tx(t.Context(), func(tx *repository.Store) error {
			m, err := tx.Members.Lock(t.Context(), y.worker.MemberID)
			if err != nil {
				return err
			}
			m.Erase(y.at())
			return tx.Personal.EraseMember(t.Context(), m)
		}))
		told := func() int {
			rows, err := y.store.Notices.List(t.Context(), y.worker.MemberID, false, 0, 100)
			y.must(t, err)
			return len(rows)
		}
		before := told()
		y.wait(model.BreachAppealWithin + time.Second)
		if n := y.sweepUpheld(t); n != 1 {
			t.Errorf("%d became final, want one", n)
		}
		if now, err := y.Breach(t.Context(), y.admin, b.ID); err != nil || now.Status != model.BreachConfirmed {
			t.Errorf("got %+v, %v", now, err)
		}
		if after := told(); after != before {
			t.Errorf("%d notices, want %d", after, before)
		}
	})
}

// TestPointsThatAreSpentBecomeADebt takes back what is gone already, as every reversal does; two breaches take it once.
func TestPointsThatAreSpentBecomeADebt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		y.givenLedger(t)
		b := y.givenAppealed(t)
		y.givenAward(t, y.worker, 30, b.MatterID)
		y.givenAward(t, y.worker, 4, b.MatterID)
		_, err := y.ledger.Donate(keyed(t, y.worker), y.worker, 25, "捐回")
		y.must(t, err)
		y.wait(20 * day)
		y.sweepBreaches(t)
		late := y.wantBreach(t, b.MatterID, model.BreachOverdue, y.worker)
		y.must(t, y.review(t, b, true))
		y.wantPoints(t, y.worker, -25)
		y.wait(model.BreachExplainWithin)
		_, err = y.DecideBreach(t.Context(), y.admin, late.ID, true, "没有办")
		y.must(t, err)
		y.wait(model.BreachAppealWithin + time.Second)
		if n := y.sweepUpheld(t); n != 1 {
			t.Errorf("%d became final", n)
		}
		y.wantPoints(t, y.worker, -25)
		y.givenAward(t, y.worker, 30, 0)
		y.wantPoints(t, y.worker, 5)
	})
}

// TestARuleMayLetThemKeepIt goes by the version of the rules under which something was given.
func TestARuleMayLetThemKeepIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		y.givenLedger(t)
		b := y.givenAppealed(t)
		y.givenAward(t, y.worker, 30, b.MatterID)
		in := ledger.RulesInput{ValidMonths: model.DefaultValidMonths, Items: model.DefaultRules(y.Community.ID).Items}
		for _, r := range in.Items {
			r.KeptOnBreach = r.Code == model.RuleAdjust
		}
		set, err := y.ledger.DraftRules(t.Context(), y.admin, in)
		y.must(t, err)
		_, err = y.ledger.PublishRules(t.Context(), y.admin, set.Version, y.at().Day())
		y.must(t, err)
		if read, err := y.ledger.RuleVersion(t.Context(), y.admin, set.Version); err != nil || !read.Items[0].KeptOnBreach || read.Items[1].KeptOnBreach {
			t.Errorf("the rules are %+v, %v", read, err)
		}
		y.givenAward(t, y.worker, 8, b.MatterID)
		y.must(t, y.review(t, b, true))
		y.wantPoints(t, y.worker, 8)
		y.givenAward(t, y.worker, 1, b.MatterID)
		_, err = y.award(t, y.worker, 1, model.RuleCampaign, b.MatterID)
		wantCode(t, "by a rule that does not", err, model.ErrForfeited)
	})
}

func TestAnAwardIsForAMatterThatOneReads(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		y.givenLedger(t)
		id := y.givenReport(t).ID
		for what, c := range map[string]struct {
			who  model.Actor
			a    ledger.Award
			want error
		}{
			"no matter":           {y.admin, ledger.Award{Matter: 1}, model.ErrNotFound},
			"who reads none":      {y.Holder(model.RoleOrganizer), ledger.Award{Matter: id}, model.ErrNotFound},
			"and for a campaign":  {y.admin, ledger.Award{Matter: id, Campaign: id}, model.ErrInvalid},
			"one's own":           {y.admin, ledger.Award{Matter: id, Member: y.admin.MemberID}, model.ErrSelfAward},
			"without being in it": {y.worker, ledger.Award{Matter: id}, model.ErrForbidden},
		} {
			c.a.Amount, c.a.Code = 3, model.RuleAdjust
			if c.a.Member == 0 {
				c.a.Member = y.Resident(2).MemberID
			}
			_, err := y.ledger.Award(keyed(t, c.who), c.who, c.a)
			wantCode(t, what, err, c.want)
		}
		theirs, err := y.Report(t.Context(), y.Others.Resident(0), lamp)
		y.must(t, err)
		_, err = y.award(t, y.Resident(2), 3, model.RuleAdjust, theirs.ID)
		wantCode(t, "of the other community", err, model.ErrNotFound)
		y.wantPoints(t, y.Resident(2), 0)
		ctx, a := keyed(t, y.admin), ledger.Award{Member: y.Resident(2).MemberID, Amount: 3, Code: model.RuleAdjust, Matter: id}
		for range 3 { // one key is one award
			_, err := y.ledger.Award(ctx, y.admin, a)
			y.must(t, err)
		}
		y.wantPoints(t, y.Resident(2), 3)
	})
}

// TestTheLastMomentOfAnAppeal has the worker appeal while the time for it ends: one of the two happens, and the points are
// there or gone as it says. First each of the two comes before the other, then both at once.
func TestTheLastMomentOfAnAppeal(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		y.givenLedger(t)
		left := int64(0)
		for round := range 6 {
			b := y.givenUpheld(t)
			y.givenAward(t, y.worker, 10, b.MatterID)
			left += 10
			y.now.Store(int64(b.DecidedAt.Add(model.BreachAppealWithin)))
			appeal := func() error { _, err := y.AppealBreach(t.Context(), y.worker, b.ID, "当天在抢险"); return err }
			sweep := func() error {
				y.now.Store(int64(b.DecidedAt.Add(model.BreachAppealWithin + time.Second)))
				_, err := y.SweepUpheld(t.Context())
				return err
			}
			var forced model.BreachStatus
			switch round {
			case 0:
				y.must(t, appeal())
				y.must(t, sweep())
				forced = model.BreachAppealed
			case 1:
				y.must(t, sweep())
				wantCode(t, "an appeal after the sweep", appeal(), model.ErrBreachState)
				forced = model.BreachConfirmed
			default:
				together(t, appeal, sweep, appeal, sweep)
			}
			now, err := y.Breach(t.Context(), y.admin, b.ID)
			y.must(t, err)
			if forced != "" && now.Status != forced {
				t.Errorf("it is %s, want %s", now.Status, forced)
			}
			switch now.Status {
			case model.BreachConfirmed:
				left -= 10
			case model.BreachAppealed:
			default:
				t.Errorf("it is %s", now.Status)
			}
			y.wantPoints(t, y.worker, left)
		}
	})
}

// TestAnAwardRacesTheDecision gives for a matter, and reverses by hand, while the appeal is decided and time runs out for
// another breach about it: in the end nothing of it is left, and nothing was taken twice.
func TestAnAwardRacesTheDecision(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, y *yard) {
		y.givenLedger(t)
		for range 8 {
			b := y.givenAppealed(t)
			first := y.givenAward(t, y.worker, 10, b.MatterID)
			second := y.givenAward(t, y.worker, 5, b.MatterID)
			award := func() error { _, err := y.award(t, y.worker, 3, model.RuleAdjust, b.MatterID); return err }
			decide := func() error {
				err := y.review(t, b, true)
				if err != nil {
					wantCode(t, "the second decision", err, model.ErrBreachState) // and not that a part was reversed by hand
				}
				return err
			}
			byHand := func(given *ledger.Receipt) func() error {
				return func() error {
					_, err := y.ledger.Reverse(keyed(t, y.admin), y.admin, given.TransferID, "重复发放")
					return err
				}
			}
			together(t, award, byHand(first), decide, byHand(second), award, decide, byHand(first), byHand(second), award)
			now, err := y.Breach(t.Context(), y.admin, b.ID)
			if err != nil || now.Status != model.BreachConfirmed {
				t.Errorf("got %+v, %v", now, err)
			}
			y.wantPoints(t, y.worker, 0)
		}
	})
}

package market_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/market"
)

// tomorrow is an errand at a time.
func (s *square) tomorrow(slots int) market.RequestInput {
	in := errand
	in.Slots, in.StartsAt, in.EndsAt = slots, testworld.Now.Add(24*time.Hour), testworld.Now.Add(26*time.Hour)
	return in
}

// step is one act of one neighbour.
type act func() (*model.HelpRequest, error)

func (s *square) wantAll(t *testing.T, acts ...act) *model.HelpRequest {
	t.Helper()
	var r *model.HelpRequest
	for i, a := range acts {
		var err error
		if r, err = a(); err != nil {
			t.Fatalf("act %d: %v", i, err)
		}
	}
	return r
}

func (s *square) wantStatuses(t *testing.T, id model.ID, status model.RequestStatus, claims ...model.ClaimStatus) *model.HelpRequest {
	t.Helper()
	r, err := s.Request(t.Context(), s.Resident(0), id)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]model.ClaimStatus, len(r.Claims))
	for i, c := range r.Claims {
		got[i] = c.Status
	}
	if r.Status != status || fmt.Sprint(got) != fmt.Sprint(claims) {
		t.Errorf("it is %s with claims %v, want %s with %v", r.Status, got, status, claims)
	}
	return r
}

// notices returns the titles of what a member was told, newest first.
func (s *square) notices(t *testing.T, who model.Actor) (titles []string) {
	t.Helper()
	rows, err := s.store.Notices.List(t.Context(), who.MemberID, false, 0, 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range rows {
		titles = append(titles, n.Title)
	}
	return titles
}

func (s *square) wantTitles(t *testing.T, name string, who model.Actor, want ...string) {
	t.Helper()
	if got := s.notices(t, who); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s was told %q, want %q", name, got, want)
	}
}

func (s *square) swept(t *testing.T) {
	t.Helper()
	if _, err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestAStandInTakesOverWithoutAMiss(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		ctx, asker, first, second := t.Context(), s.Resident(0), s.Resident(1), s.Resident(2)
		id := s.givenRequest(t, asker, s.tomorrow(1))
		s.wantAll(t, func() (*model.HelpRequest, error) { return s.Claim(ctx, first, id) })
		s.wait(23 * time.Hour)
		s.wantAll(t,
			func() (*model.HelpRequest, error) { return s.StandIn(ctx, first, id, "孩子病了") },
			func() (*model.HelpRequest, error) { return s.Claim(ctx, second, id) })
		r := s.wantStatuses(t, id, model.RequestClaimed, model.ClaimReplaced, model.ClaimActive)
		if r.Claims[1].ReplacesID != r.Claims[0].ID {
			t.Errorf("the stand-in replaces %d, want %d", r.Claims[1].ReplacesID, r.Claims[0].ID)
		}
		s.wantTitles(t, "who could not come", first, "已有邻居接替您")
		s.wantTitles(t, "who asked", asker, "有邻居认领了您的求助", "正在找人顶替", "有邻居认领了您的求助")
		rel, err := s.Reliability(ctx, first, first.MemberID)
		if err != nil || rel.Missed != 0 || rel.Score != 0 {
			t.Errorf("got %+v, %v", rel, err)
		}
	})
}

func TestNoStandInIsFoundInTime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		ctx, asker, helper := t.Context(), s.Resident(0), s.Resident(1)
		id := s.givenRequest(t, asker, s.tomorrow(1))
		s.wantAll(t, func() (*model.HelpRequest, error) { return s.Claim(ctx, helper, id) })
		s.wait(23 * time.Hour)
		s.wantAll(t, func() (*model.HelpRequest, error) { return s.StandIn(ctx, helper, id, "孩子病了") })
		s.wait(time.Hour - time.Second)
		s.swept(t)
		s.wantStatuses(t, id, model.RequestOpen, model.ClaimLeaving)
		s.wait(time.Second)
		s.swept(t)
		s.wantStatuses(t, id, model.RequestOpen, model.ClaimWithdrawn)
		s.wantTitles(t, "the helper", helper, "记录了一次失约", "没有找到顶替的邻居")
		rel, err := s.Reliability(ctx, helper, helper.MemberID)
		if err != nil || rel.Missed != 1 || len(rel.Misses) != 1 || rel.Misses[0].Kind != model.MissLate {
			t.Errorf("got %+v, %v", rel, err)
		}
		if seen, err := s.Reliability(ctx, s.Resident(3), helper.MemberID); err != nil || seen.Missed != 1 || seen.Misses != nil || seen.Reliability != nil {
			t.Errorf("a neighbour sees %+v, %v", seen, err)
		}
		if _, err := s.Reliability(ctx, s.Others.Resident(0), helper.MemberID); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("from another community: %v", err)
		}
	})
}

func TestTheWaitListGetsFreeSlotsInTurn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		ctx, asker := t.Context(), s.Resident(0)
		id := s.givenRequest(t, asker, s.tomorrow(1))
		if _, err := s.Wait(ctx, s.Resident(1), id); !errors.Is(err, model.ErrRequestState) {
			t.Errorf("waits beside a free slot: %v", err)
		}
		s.wantAll(t,
			func() (*model.HelpRequest, error) { return s.Claim(ctx, s.Resident(1), id) },
			func() (*model.HelpRequest, error) { return s.Wait(ctx, s.Resident(2), id) },
			func() (*model.HelpRequest, error) { return s.Wait(ctx, s.Resident(3), id) })
		if _, err := s.Wait(ctx, asker, id); !errors.Is(err, model.ErrOwnRequest) {
			t.Errorf("waits for one's own: %v", err)
		}
		// The first in the list is busy then, so the second gets the slot.
		other := s.givenRequest(t, s.Resident(4), s.tomorrow(1))
		s.wantAll(t,
			func() (*model.HelpRequest, error) { return s.Claim(ctx, s.Resident(2), other) },
			func() (*model.HelpRequest, error) { return s.Unclaim(ctx, s.Resident(1), id, "有事") })
		s.wantStatuses(t, id, model.RequestClaimed, model.ClaimWithdrawn, model.ClaimWaiting, model.ClaimActive)
		s.wantTitles(t, "who had a turn", s.Resident(3), "轮到您了")
		s.wantAll(t,
			func() (*model.HelpRequest, error) { return s.Unclaim(ctx, s.Resident(2), other, "换一个") },
			func() (*model.HelpRequest, error) { return s.StandIn(ctx, s.Resident(3), id, "有事") })
		s.wantStatuses(t, id, model.RequestClaimed, model.ClaimWithdrawn, model.ClaimActive, model.ClaimReplaced)
	})
}

func TestAStalledClaimIsTakenOverInSilence(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		ctx, asker, slow, eager := t.Context(), s.Resident(0), s.Resident(1), s.Resident(2)
		id := s.givenRequest(t, asker, s.tomorrow(1))
		s.wantAll(t, func() (*model.HelpRequest, error) { return s.Claim(ctx, slow, id) })
		s.wait(24*time.Hour + 29*time.Minute)
		if _, err := s.TakeOver(ctx, eager, id, 0); !errors.Is(err, model.ErrNotStalled) {
			t.Errorf("in time: %v", err)
		}
		s.wait(time.Minute)
		s.wantAll(t, func() (*model.HelpRequest, error) { return s.TakeOver(ctx, eager, id, 0) })
		s.wantTitles(t, "who is slow", slow, "有邻居愿意接手")
		s.wait(12*time.Hour - time.Second)
		s.swept(t)
		s.wantStatuses(t, id, model.RequestClaimed, model.ClaimActive, model.ClaimTaking)
		s.wait(time.Second)
		s.swept(t)
		s.wantStatuses(t, id, model.RequestClaimed, model.ClaimReplaced, model.ClaimActive)
		s.wantTitles(t, "who is slow", slow, "记录了一次失约", "已有邻居接替您", "有邻居愿意接手")
		s.wantTitles(t, "who is eager", eager, "轮到您了")
	})
}

func TestAHelperWhoAnswersIsNotReplaced(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		ctx, asker, slow, eager := t.Context(), s.Resident(0), s.Resident(1), s.Resident(2)
		id := s.givenRequest(t, asker, s.tomorrow(1))
		s.wantAll(t, func() (*model.HelpRequest, error) { return s.Claim(ctx, slow, id) })
		s.wait(25 * time.Hour)
		s.wantAll(t,
			func() (*model.HelpRequest, error) { return s.TakeOver(ctx, eager, id, 0) },
			func() (*model.HelpRequest, error) { return s.Keep(ctx, slow, id) })
		s.wantStatuses(t, id, model.RequestClaimed, model.ClaimActive, model.ClaimVoid)
		s.wantTitles(t, "who is eager", eager, "不用接手了")
		if _, err := s.TakeOver(ctx, eager, id, 0); !errors.Is(err, model.ErrNotStalled) {
			t.Errorf("just after: %v", err)
		}
		s.wait(30 * time.Minute)
		s.wantAll(t,
			func() (*model.HelpRequest, error) { return s.TakeOver(ctx, eager, id, 0) },
			func() (*model.HelpRequest, error) { return s.Yield(ctx, slow, id) })
		s.wantStatuses(t, id, model.RequestClaimed, model.ClaimReplaced, model.ClaimVoid, model.ClaimActive)
		if rel, err := s.Reliability(ctx, slow, slow.MemberID); err != nil || rel.Missed != 0 {
			t.Errorf("to yield is no miss: %+v, %v", rel, err)
		}
	})
}

func TestWhoMissesTooOftenIsFrozenForAWhile(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		ctx, helper := t.Context(), s.Resident(1)
		miss := func() *model.Miss { // a no-show
			id := s.givenRequest(t, s.Resident(0), market.RequestInput{
				Category: "moving", Title: "搬桌子", StartsAt: s.at().Add(time.Hour), EndsAt: s.at().Add(2 * time.Hour),
			})
			s.wantAll(t, func() (*model.HelpRequest, error) { return s.Claim(ctx, helper, id) })
			s.wait(2*time.Hour + model.ClaimGrace)
			s.swept(t)
			s.wantStatuses(t, id, model.RequestExpired, model.ClaimLapsed)
			rel, err := s.Reliability(ctx, helper, helper.MemberID)
			if err != nil {
				t.Fatal(err)
			}
			return rel.Misses[len(rel.Misses)-1]
		}
		miss()
		second := miss()
		frozen := func() error {
			id := s.givenRequest(t, s.Resident(0), errand)
			_, err := s.Claim(ctx, helper, id)
			return err
		}
		if err := frozen(); !errors.Is(err, model.ErrFrozen) {
			t.Errorf("after two no-shows: %v", err)
		}
		offer, err := s.Offer(ctx, helper, market.OfferInput{Categories: []string{"errand"}, Title: "跑腿"})
		if err != nil {
			t.Fatal(err)
		}
		if found, err := s.RequestsFor(ctx, helper, offer.ID); err != nil || len(found) != 0 {
			t.Errorf("%d requests are proposed to who is frozen, %v", len(found), err)
		}
		for _, c := range []struct {
			name string
			who  model.Actor
			want error
		}{
			{"the helper", helper, model.ErrForbidden}, {"a neighbour", s.Resident(3), model.ErrForbidden}, {"who asked", s.Resident(0), model.ErrForbidden},
		} {
			if _, err := s.JudgeMiss(ctx, c.who, second.ID, true, "x"); !errors.Is(err, c.want) {
				t.Errorf("judged by %s: got %v, want %v", c.name, err, c.want)
			}
		}
		if _, err := s.Plead(ctx, s.Resident(3), second.ID, "x"); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("someone else's excuse: %v", err)
		}
		if _, err := s.Plead(ctx, helper, second.ID, "住院了"); err != nil {
			t.Fatal(err)
		}
		worker := s.Holder(model.RoleGridWorker)
		if list, err := s.Misses(ctx, worker, model.Page{}); err != nil || len(list.Items) != 1 || list.Items[0].Excuse != "住院了" {
			t.Errorf("the grid worker's list is %+v, %v", list, err)
		}
		if _, err := s.JudgeMiss(ctx, worker, second.ID, true, "有病历"); err != nil {
			t.Fatal(err)
		}
		if err := frozen(); err != nil {
			t.Errorf("an excuse thaws at once: %v", err)
		}
		s.wantTitles(t, "the helper", helper, "失约说明已通过", "记录了一次失约", "认领已失效", "记录了一次失约", "认领已失效")
	})
}

func (s *square) at() model.Instant { return model.Instant(s.now.Load()) }

func TestFairSharesOpenOnTheLastDay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		ctx, helper := t.Context(), s.Resident(1)
		far := func(asker, hour int) model.ID {
			at := testworld.Now.Add(72*time.Hour + time.Duration(hour)*time.Hour)
			return s.givenRequest(t, s.Resident(asker), market.RequestInput{Category: "escort", Title: "陪诊", StartsAt: at, EndsAt: at.Add(time.Hour)})
		}
		for i := range 3 {
			if _, err := s.Claim(ctx, helper, far(2+i, 2*i)); err != nil {
				t.Fatal(err)
			}
		}
		fourth := far(6, 8)
		if _, err := s.Claim(ctx, helper, fourth); !errors.Is(err, model.ErrFairShare) {
			t.Errorf("a fourth of the kind: %v", err)
		}
		s.wait(56 * time.Hour) // it begins in a day
		if _, err := s.Claim(ctx, helper, fourth); err != nil {
			t.Errorf("on the last day: %v", err)
		}
	})
}

func TestHelpersAreRemindedOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		ctx, helper := t.Context(), s.Resident(1)
		id := s.givenRequest(t, s.Resident(0), s.tomorrow(1))
		s.wantAll(t, func() (*model.HelpRequest, error) { return s.Claim(ctx, helper, id) })
		other := market.New(s.store, s.ledger, s.at) // another process
		for range 25 * 4 {
			for _, m := range []*market.Market{s.Market, other} {
				if _, err := m.Remind(ctx); err != nil {
					t.Fatal(err)
				}
			}
			s.wait(15 * time.Minute)
		}
		s.wantTitles(t, "the helper", helper, "帮忙快开始了", "帮忙快开始了")
		s.wantTitles(t, "who waits for nothing", s.Resident(2))
	})
}

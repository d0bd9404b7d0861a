package market_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/market"
)

// bad is a request that hits a word.
var bad = market.RequestInput{Category: "errand", Title: "找人刷 单", Description: "加ＷＥＣＨＡＴ"}

func (s *square) givenWords(t *testing.T, words ...string) {
	t.Helper()
	admin := s.Holder(model.RoleCommunityAdmin)
	list, err := s.ModerationWords(t.Context(), admin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetModerationWords(t.Context(), admin, words, list.Version); err != nil {
		t.Fatal(err)
	}
}

func TestWordsBelongToTheAdmin(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		admin := s.Holder(model.RoleCommunityAdmin)
		for _, who := range []model.Actor{s.Resident(0), s.Holder(model.RoleGridWorker), s.Holder(model.RoleAuditor)} {
			_, read := s.ModerationWords(t.Context(), who)
			_, written := s.SetModerationWords(t.Context(), who, []string{"x"}, 0)
			if !errors.Is(read, model.ErrForbidden) || !errors.Is(written, model.ErrForbidden) {
				t.Errorf("member %d: %v, %v", who.MemberID, read, written)
			}
		}
		if r, err := s.Ask(t.Context(), s.Resident(0), bad); err != nil || r.Status != model.RequestOpen {
			t.Errorf("without words it is %+v, %v", r, err)
		}
		var won atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				switch _, err := s.SetModerationWords(t.Context(), admin, []string{"刷单", "wechat"}, 0); {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, model.ErrStale):
					t.Error(err)
				}
			})
		}
		all.Wait()
		list, err := s.ModerationWords(t.Context(), admin)
		if err != nil || won.Load() != 1 || list.Version != 1 || len(list.Words) != 2 || list.Words[0] != "刷单" {
			t.Errorf("%d won, and it is %+v, %v", won.Load(), list, err)
		}
		if _, err := s.SetModerationWords(t.Context(), admin, []string{"。"}, 1); !errors.Is(err, model.ErrInvalid) {
			t.Errorf("a word that is none: %v", err)
		}
		if _, err := s.SetModerationWords(t.Context(), admin, nil, 1); err != nil {
			t.Error(err)
		}
		if list, err := s.ModerationWords(t.Context(), admin); err != nil || list.Version != 2 || len(list.Words) != 0 {
			t.Errorf("emptied, it is %+v, %v", list, err)
		}
		if list, err := s.ModerationWords(t.Context(), s.Others.Holder(model.RoleCommunityAdmin)); err != nil || list.Version != 0 {
			t.Errorf("the other community has %+v, %v", list, err)
		}
	})
}

func TestWhatWaitsIsHidden(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		s.givenWords(t, "刷单")
		author := s.Resident(0)
		r, err := s.Ask(t.Context(), author, bad)
		if err != nil || r.Status != model.RequestPending {
			t.Fatalf("got %+v, %v", r, err)
		}
		see := func(when string) {
			t.Helper()
			for name, c := range map[string]struct {
				who  model.Actor
				want bool
			}{
				"the author": {author, true}, "the grid worker": {s.Holder(model.RoleGridWorker), true}, "the admin": {s.Holder(model.RoleCommunityAdmin), true},
				"a neighbour": {s.Resident(1), false}, "the household": {s.Housemate(0), false}, "an organizer": {s.Holder(model.RoleOrganizer), false},
				"an auditor": {s.Holder(model.RoleAuditor), false}, "another community": {s.Others.Holder(model.RoleCommunityAdmin), false},
			} {
				_, err := s.Request(t.Context(), c.who, r.ID)
				list, failed := s.Requests(t.Context(), c.who, market.RequestFilter{Sort: repository.Newest}, model.Page{})
				if failed != nil {
					t.Fatal(failed)
				}
				if read, listed := err == nil, len(list.Items) == 1; read != c.want || listed != c.want {
					t.Errorf("%s, %s: read %t, listed %t", when, name, read, listed)
				}
				if _, err := s.Claim(t.Context(), c.who, r.ID); err == nil {
					t.Errorf("%s, %s claims it", when, name)
				}
			}
		}
		see("waiting")
		if _, err := s.Return(t.Context(), s.Holder(model.RoleGridWorker), r.ID, model.FieldTitle, "不能刷单"); err != nil {
			t.Fatal(err)
		}
		see("returned")
		if _, err := s.Cancel(t.Context(), author, r.ID, "算了"); err != nil {
			t.Fatal(err)
		}
		see("cancelled")
	})
}

func TestModeratorsDecide(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		s.givenWords(t, "刷单", "wechat")
		author, worker, admin := s.Resident(0), s.Holder(model.RoleGridWorker), s.Holder(model.RoleCommunityAdmin)
		first := s.givenRequest(t, author, bad)
		far := s.givenRequest(t, s.Resident(7), bad) // in another grid
		in := lunch
		in.Title = "刷单"
		series := s.givenSeries(t, author, in)
		for name, c := range map[string]struct {
			who  model.Actor
			want []model.ID
		}{"the grid worker": {worker, []model.ID{first, series.ID}}, "the admin": {admin, []model.ID{first, far, series.ID}}} {
			var got []model.ID
			page := model.Page{Limit: 2}
			for {
				list, err := s.ModerationQueue(t.Context(), c.who, page)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range list.Items {
					got = append(got, r.Key())
				}
				if page.Cursor = list.NextCursor; page.Cursor == "" {
					break
				}
			}
			if len(got) != len(c.want) || got[0] != c.want[0] || got[len(got)-1] != c.want[len(c.want)-1] {
				t.Errorf("%s sees %v, want %v", name, got, c.want)
			}
		}
		queue, err := s.ModerationQueue(t.Context(), worker, model.Page{})
		if err != nil || len(queue.Items[0].Hits) != 2 || queue.Items[0].Hits[0] != (model.Hit{Word: "刷单", Field: "title", From: 2, To: 5, Text: "刷 单"}) || queue.Items[0].Hits[1].Text != "ＷＥＣＨＡＴ" {
			t.Errorf("got %+v, %v", queue.Items[0], err)
		}
		if _, err := s.ModerationQueue(t.Context(), author, model.Page{}); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("a resident sees the queue: %v", err)
		}
		mine := s.givenRequest(t, worker, bad) // lives elsewhere than the grid of the office
		for name, c := range map[string]struct {
			who  model.Actor
			id   model.ID
			want error
		}{
			"the author": {author, first, model.ErrForbidden}, "a neighbour": {s.Resident(1), first, model.ErrNotFound},
			"of another grid": {worker, far, model.ErrNotFound}, "one's own": {worker, mine, model.ErrForbidden}, "what is not there": {worker, 5, model.ErrNotFound},
		} {
			_, approved := s.Approve(t.Context(), c.who, c.id)
			_, returned := s.Return(t.Context(), c.who, c.id, model.FieldOther, "x")
			if !errors.Is(approved, c.want) || !errors.Is(returned, c.want) {
				t.Errorf("%s: %v, %v; want %v", name, approved, returned, c.want)
			}
		}
		s.wait(5 * time.Hour)
		r, err := s.Approve(t.Context(), worker, first)
		if err != nil || r.Status != model.RequestOpen || r.DeadlineAt != testworld.Now.Add(29*time.Hour) {
			t.Errorf("approved, it is %+v, %v", r, err)
		}
		s.wantNotices(t, author, model.NoticeRequestApproved, 1)
		if _, err := s.Claim(t.Context(), s.Resident(1), first); err != nil {
			t.Errorf("nobody can help: %v", err)
		}
		if _, err := s.Return(t.Context(), admin, first, model.FieldTitle, "x"); !errors.Is(err, model.ErrRequestState) {
			t.Errorf("what is open is returned: %v", err)
		}
		if r, err = s.Return(t.Context(), admin, far, model.FieldDescription, "不能留微信"); err != nil || r.Status != model.RequestReturned {
			t.Errorf("returned, it is %+v, %v", r, err)
		}
		if told := s.wantNotices(t, s.Resident(7), model.NoticeRequestReturned, 1)[0]; told.Body != "《找人刷 单》没有通过审核，请修改描述：不能留微信" || told.Ref.ID != far {
			t.Errorf("told %+v", told)
		}
		if r, err = s.Request(t.Context(), s.Resident(7), far); err != nil || r.ReturnedField != model.FieldDescription || r.Reason != "不能留微信" {
			t.Errorf("the author sees %+v, %v", r, err)
		}
	})
}

func TestSeriesWaitAndThenMakeRequests(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		s.givenWords(t, "刷单")
		author, worker := s.Resident(0), s.Holder(model.RoleGridWorker)
		in := lunch
		in.Title = "刷单"
		series := s.givenSeries(t, author, in)
		if made := s.made(t, author, series.ID); series.Status != model.SeriesPending || len(made) != 0 {
			t.Fatalf("it is %s with %d requests", series.Status, len(made))
		}
		if _, err := s.ApproveSeries(t.Context(), author, series.ID); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("the author approves: %v", err)
		}
		if _, err := s.ApproveSeries(t.Context(), worker, series.ID); err != nil {
			t.Fatal(err)
		}
		made := s.made(t, author, series.ID)
		if len(made) != 3 || made[0].Status != model.RequestOpen {
			t.Errorf("%d requests were made, %+v", len(made), made)
		}
		s.wantNotices(t, author, model.NoticeRequestApproved, 1)
		other := s.givenSeries(t, author, in)
		if returned, err := s.ReturnSeries(t.Context(), worker, other.ID, model.FieldTitle, "不能刷单"); err != nil || returned.Status != model.SeriesReturned {
			t.Errorf("got %+v, %v", returned, err)
		}
		s.wantNotices(t, author, model.NoticeRequestReturned, 1)
		// A word that came later holds back what a series makes from then on.
		later := s.givenSeries(t, author, lunch)
		s.givenWords(t, "午饭")
		if made := s.made(t, author, later.ID); len(made) != 3 || made[0].Status != model.RequestPending {
			t.Errorf("got %+v", made)
		}
	})
}

func TestEdit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		s.givenWords(t, "刷单")
		author := s.Resident(0)
		good := market.RequestInput{Category: "legal", Title: " 问合同 ", Urgency: model.UrgencyLow, Slots: 2, Stairs: true, Skills: []string{"法律"}, EndsAt: testworld.Now.Add(9 * day)}
		id := s.givenRequest(t, author, bad)
		r, err := s.EditRequest(t.Context(), author, id, good, 1)
		if err != nil || r.Status != model.RequestOpen || r.Version != 2 {
			t.Fatalf("got %+v, %v", r, err)
		}
		if r, err = s.Request(t.Context(), s.Resident(1), id); err != nil || r.Title != "问合同" || r.Category != "legal" || r.Slots != 2 || !r.Stairs || len(r.Skills) != 1 ||
			r.Urgency != model.UrgencyLow || r.EndsAt != good.EndsAt || r.DeadlineAt != testworld.Now.Add(7*day) || r.Description != "" {
			t.Errorf("a neighbour sees %+v, %v", r, err)
		}
		past := good
		past.EndsAt = testworld.Now
		for name, c := range map[string]struct {
			who     model.Actor
			in      market.RequestInput
			version int64
			want    error
		}{
			"a neighbour": {s.Resident(1), good, 2, model.ErrForbidden}, "the grid worker": {s.Holder(model.RoleGridWorker), good, 2, model.ErrForbidden},
			"another community": {s.Others.Resident(0), good, 2, model.ErrNotFound}, "a stale version": {author, good, 1, model.ErrStale},
			"a blank title": {author, market.RequestInput{Category: "legal"}, 2, model.ErrInvalid}, "over already": {author, past, 2, model.ErrPeriod},
			"no such category": {author, market.RequestInput{Category: "magic", Title: "x"}, 2, model.ErrCategory},
		} {
			if _, err := s.EditRequest(t.Context(), c.who, id, c.in, c.version); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		// Who hides a word in an edit is seen as well.
		if r, err = s.EditRequest(t.Context(), author, id, bad, 2); err != nil || r.Status != model.RequestPending {
			t.Errorf("got %+v, %v", r, err)
		}
		if _, err := s.Request(t.Context(), s.Resident(1), id); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("a neighbour sees it: %v", err)
		}
		if _, err = s.Return(t.Context(), s.Holder(model.RoleGridWorker), id, model.FieldTitle, "x"); err != nil {
			t.Fatal(err)
		}
		if r, err = s.EditRequest(t.Context(), author, id, good, 4); err != nil || r.Status != model.RequestOpen || r.ReturnedField != "" || r.Reason != "" {
			t.Errorf("got %+v, %v", r, err)
		}
		if _, err := s.Claim(t.Context(), s.Resident(1), id); err != nil {
			t.Fatal(err)
		}
		if _, err := s.EditRequest(t.Context(), author, id, good, 6); !errors.Is(err, model.ErrRequestState) {
			t.Errorf("with a claim: %v", err)
		}
	})
}

// TestEditsAndDecisionsMeetOthers has an edit meet claims, and an approval a cancellation: one of them is first, and the
// other knows.
func TestEditsAndDecisionsMeetOthers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		s.givenWords(t, "刷单")
		author, worker := s.Resident(0), s.Holder(model.RoleGridWorker)
		for round := range 10 {
			open, waiting := s.givenRequest(t, author, errand), s.givenRequest(t, author, bad)
			var edited, claimed, approved, cancelled error
			var all sync.WaitGroup
			all.Go(func() {
				_, edited = s.EditRequest(t.Context(), author, open, market.RequestInput{Category: "errand", Title: "找人刷单"}, 1)
			})
			all.Go(func() { _, claimed = s.Claim(t.Context(), s.Resident(1+round), open) })
			all.Go(func() { _, approved = s.Approve(t.Context(), worker, waiting) })
			all.Go(func() { _, cancelled = s.Cancel(t.Context(), author, waiting, "算了") })
			all.Wait()
			r, err := s.Request(t.Context(), author, open)
			switch {
			case err != nil:
				t.Fatal(err)
			case claimed == nil && (!errors.Is(edited, model.ErrStale) && !errors.Is(edited, model.ErrRequestState) || r.Status != model.RequestClaimed || r.Title != errand.Title):
				t.Errorf("claimed, the edit got %v, and it is %+v", edited, r)
			case claimed != nil && (edited != nil || r.Status != model.RequestPending || r.Title != "找人刷单"):
				t.Errorf("the claim got %v, the edit %v, and it is %+v", claimed, edited, r)
			}
			if r, err = s.Request(t.Context(), author, waiting); err != nil || cancelled != nil || r.Status != model.RequestCancelled || approved != nil && !errors.Is(approved, model.ErrRequestState) {
				t.Errorf("approved %v, cancelled %v, and it is %s, %v", approved, cancelled, r.Status, err)
			}
			for _, id := range []model.ID{open} {
				_, _ = s.Cancel(t.Context(), author, id, "下一轮")
			}
		}
	})
}

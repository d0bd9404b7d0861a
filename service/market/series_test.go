package market_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
	"linbanglin/service/market"
)

const day = 24 * time.Hour

// lunch is wanted at eleven on three days from tomorrow on.
var lunch = market.SeriesInput{
	RequestInput: market.RequestInput{Category: "shopping", Title: "买午饭", StartsAt: testworld.Now.Add(27 * time.Hour)},
	Minutes:      60, Rule: "FREQ=DAILY;COUNT=3",
}

func (s *square) givenSeries(t *testing.T, who model.Actor, in market.SeriesInput) *model.Series {
	t.Helper()
	series, err := s.AskSeries(t.Context(), who, in)
	if err != nil {
		t.Fatal(err)
	}
	return series
}

// made sweeps, and returns the requests that a series has made, the soonest first.
func (s *square) made(t *testing.T, who model.Actor, id model.ID) []*model.HelpRequest {
	t.Helper()
	if _, err := s.SweepSeries(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := s.Requests(t.Context(), who, market.RequestFilter{Sort: repository.Soonest, Part: repository.Asked}, model.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var found []*model.HelpRequest
	for _, r := range list.Items {
		if r.SeriesID == id {
			found = append(found, r)
		}
	}
	return found
}

func (s *square) wantInstances(t *testing.T, who model.Actor, id model.ID, want string) {
	t.Helper()
	series, err := s.SeriesByID(t.Context(), who, id)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range series.Instances {
		got = append(got, string(i.Status))
	}
	if strings.Join(got, " ") != want {
		t.Errorf("the instances are %v, want %s", got, want)
	}
}

func TestSeriesMakesRequestsTwoWeeksAhead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		asker := s.Resident(0)
		in := lunch
		in.Rule = "FREQ=WEEKLY;COUNT=5"
		series := s.givenSeries(t, asker, in)
		if series.Words != "每周二 11:00，共 5 次" || series.Status != model.SeriesActive || len(series.Instances) != 5 || series.EndsAt != in.StartsAt.Add(28*day+time.Hour) {
			t.Fatalf("got %+v", series)
		}
		made := s.made(t, asker, series.ID)
		if len(made) != 2 {
			t.Fatalf("%d requests, want 2", len(made))
		}
		for n, r := range made {
			at := in.StartsAt.Add(time.Duration(n) * 7 * day)
			if r.StartsAt != at || r.EndsAt != at.Add(time.Hour) || r.Title != "买午饭" || r.Status != model.RequestOpen || r.DeadlineAt != at || r.Requester.ID != asker.MemberID {
				t.Errorf("request %d is %+v", n, r)
			}
		}
		s.wantInstances(t, asker, series.ID, "made made planned planned planned")
		s.wait(8 * day)
		s.made(t, asker, series.ID)
		s.wait(8 * day)
		if made := s.made(t, asker, series.ID); len(made) != 5 {
			t.Errorf("%d requests, want 5", len(made))
		}
		s.wantInstances(t, asker, series.ID, "made made")
		if n, err := s.SweepSeries(t.Context()); n != 0 || err != nil {
			t.Errorf("one more sweep made requests of %d, %v", n, err)
		}
	})
}

// TestAnInstanceIsMadeOnce has many sweeps of two processes meet, and skips among them.
func TestAnInstanceIsMadeOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		asker := s.Resident(0)
		in := lunch
		in.Rule = "FREQ=DAILY;COUNT=10"
		series := s.givenSeries(t, asker, in)
		now := func() model.Instant { return model.Instant(s.now.Load()) }
		markets := []*market.Market{s.Market, market.New(s.store, ledger.New(s.store, now), now)}
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() {
				if _, err := markets[i%2].SweepSeries(t.Context()); err != nil {
					t.Error(err)
				}
			})
			if i < 3 {
				all.Go(func() {
					if _, err := markets[i%2].SkipInstance(t.Context(), asker, series.ID, in.StartsAt.Add(time.Duration(i)*day)); err != nil {
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		open := map[model.Instant]int{}
		for _, r := range s.made(t, asker, series.ID) {
			if r.Status == model.RequestOpen {
				open[r.StartsAt]++
			}
		}
		if len(open) != 7 {
			t.Errorf("%d times have a request, want 7", len(open))
		}
		for at, n := range open {
			if n != 1 || at < in.StartsAt.Add(3*day) {
				t.Errorf("%d requests for %s", n, at)
			}
		}
	})
}

func TestSeriesDoNotCountAsWaiting(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		in := lunch
		in.Rule = "FREQ=DAILY;COUNT=13"
		for range 2 {
			s.made(t, s.Resident(0), s.givenSeries(t, s.Resident(0), in).ID)
		}
		if _, err := s.Ask(t.Context(), s.Resident(0), errand); err != nil {
			t.Errorf("26 requests of series wait: %v", err)
		}
		for range 18 {
			s.givenSeries(t, s.Resident(0), in)
		}
		if _, err := s.AskSeries(t.Context(), s.Resident(0), in); model.Reason(err).Code != "series.too_many" {
			t.Errorf("series 21: %v", err)
		}
	})
}

func TestSkipAndUnskip(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		asker, helper := s.Resident(0), s.Resident(1)
		series := s.givenSeries(t, asker, lunch)
		first, second, third := lunch.StartsAt, lunch.StartsAt.Add(day), lunch.StartsAt.Add(2*day)
		skip := func(at model.Instant) error { _, err := s.SkipInstance(t.Context(), asker, series.ID, at); return err }
		unskip := func(at model.Instant) error {
			_, err := s.UnskipInstance(t.Context(), asker, series.ID, at)
			return err
		}
		if err := skip(third); err != nil { // before there is a request
			t.Fatal(err)
		}
		made := s.made(t, asker, series.ID)
		s.wantInstances(t, asker, series.ID, "made made skipped")
		for _, r := range made {
			if _, err := s.Claim(t.Context(), helper, r.ID); err != nil {
				t.Fatal(err)
			}
		}
		if err := skip(second); err != nil {
			t.Fatal(err)
		}
		if r, err := s.Request(t.Context(), helper, made[1].ID); err != nil || r.Status != model.RequestCancelled || r.Claims[0].Status != model.ClaimVoid {
			t.Errorf("the request of what was skipped is %+v, %v", r, err)
		}
		s.wantNotices(t, helper, model.NoticeClaim, 1)
		if _, err := s.Start(t.Context(), helper, made[0].ID); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct{ got, want error }{
			"what somebody began":     {skip(first), model.ErrRequestState},
			"what is skipped":         {skip(second), model.ErrSeriesState},
			"no such time":            {skip(first + 1), model.ErrNotFound},
			"take in what is not out": {unskip(first), model.ErrSeriesState},
			"take in no such time":    {unskip(first + 1), model.ErrNotFound},
		} {
			if !errors.Is(c.got, c.want) {
				t.Errorf("%s: got %v, want %v", name, c.got, c.want)
			}
		}
		if err := errors.Join(unskip(second), unskip(third)); err != nil {
			t.Fatal(err)
		}
		s.wantInstances(t, asker, series.ID, "made planned planned")
		if again := s.made(t, asker, series.ID); len(again) != 4 {
			t.Errorf("%d requests, want 4 with the one that was cancelled", len(again))
		}
		s.wait(30 * day)
		if err := skip(third); !errors.Is(err, model.ErrSeriesState) {
			t.Errorf("a time that is over: %v", err)
		}
	})
}

func TestEndOfASeries(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		asker, helper := s.Resident(0), s.Resident(1)
		in := lunch
		in.Rule = "FREQ=DAILY;COUNT=20"
		series := s.givenSeries(t, asker, in)
		made := s.made(t, asker, series.ID)
		for _, r := range made[:2] {
			if _, err := s.Claim(t.Context(), helper, r.ID); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Start(t.Context(), helper, made[0].ID); err != nil {
			t.Fatal(err)
		}
		ended, err := s.EndSeries(t.Context(), asker, series.ID, "女儿回来了")
		if err != nil || ended.Status != model.SeriesEnded || ended.Reason != "女儿回来了" || ended.Version != 2 {
			t.Fatalf("got %+v, %v", ended, err)
		}
		s.wait(10 * day)
		after := s.made(t, asker, series.ID)
		cancelled := 0
		for _, r := range after {
			if r.Status == model.RequestCancelled {
				cancelled++
			}
		}
		if len(after) != len(made) || cancelled != len(made)-1 {
			t.Errorf("%d requests, %d of them cancelled; %d were made", len(after), cancelled, len(made))
		}
		s.wantNotices(t, helper, model.NoticeClaim, 1)
		if _, err := s.EndSeries(t.Context(), asker, series.ID, "又"); !errors.Is(err, model.ErrSeriesState) {
			t.Errorf("it ends twice: %v", err)
		}
		if _, err := s.SkipInstance(t.Context(), asker, series.ID, in.StartsAt.Add(19*day)); !errors.Is(err, model.ErrSeriesState) {
			t.Errorf("skip what has ended: %v", err)
		}
	})
}

func TestWhoMayReadAndChangeASeries(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		series := s.givenSeries(t, s.Resident(0), lunch)
		for name, c := range map[string]struct {
			who  model.Actor
			want error
		}{
			"the requester":     {s.Resident(0), nil},
			"the grid worker":   {s.Holder(model.RoleGridWorker), nil},
			"the community":     {s.Holder(model.RoleCommunityAdmin), nil},
			"a neighbour":       {s.Resident(1), model.ErrNotFound},
			"the household":     {s.Housemate(0), model.ErrNotFound},
			"an auditor":        {s.Holder(model.RoleAuditor), model.ErrNotFound},
			"another community": {s.Others.Resident(0), model.ErrNotFound},
		} {
			_, read := s.SeriesByID(t.Context(), c.who, series.ID)
			_, skipped := s.SkipInstance(t.Context(), c.who, series.ID, lunch.StartsAt)
			_, back := s.UnskipInstance(t.Context(), c.who, series.ID, lunch.StartsAt)
			for _, err := range []error{read, skipped, back} {
				if !errors.Is(err, c.want) {
					t.Errorf("%s: got %v, want %v", name, err, c.want)
				}
			}
		}
		for name, c := range map[string]struct {
			who  model.Actor
			all  bool
			want int
			err  error
		}{
			"mine":                   {s.Resident(0), false, 1, nil},
			"a neighbour's own":      {s.Resident(1), false, 0, nil},
			"all, of the grid":       {s.Holder(model.RoleGridWorker), true, 1, nil},
			"all, of none":           {s.Resident(0), true, 0, model.ErrForbidden},
			"all, of the other side": {s.Others.Holder(model.RoleCommunityAdmin), true, 0, nil},
		} {
			list, err := s.SeriesList(t.Context(), c.who, c.all, model.Page{})
			if !errors.Is(err, c.err) || err == nil && len(list.Items) != c.want {
				t.Errorf("%s: got %+v, %v", name, list, err)
			}
		}
	})
}

func TestBadSeriesChangeNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		for name, c := range map[string]struct {
			change func(*market.SeriesInput)
			want   error
		}{
			"no end":               {func(in *market.SeriesInput) { in.Rule = "FREQ=DAILY" }, model.ErrSeriesRule},
			"100,000 instances":    {func(in *market.SeriesInput) { in.Rule = "FREQ=DAILY;COUNT=100000" }, model.ErrSeriesRule},
			"in the past":          {func(in *market.SeriesInput) { in.StartsAt = testworld.Now }, model.ErrSeriesRule},
			"an unknown category":  {func(in *market.SeriesInput) { in.Category = "magic" }, model.ErrCategory},
			"a blank title":        {func(in *market.SeriesInput) { in.Title = " " }, model.ErrInvalid},
			"no time at all":       {func(in *market.SeriesInput) { in.Minutes = 0 }, model.ErrInvalid},
			"more than a day long": {func(in *market.SeriesInput) { in.Minutes = 1441 }, model.ErrInvalid},
			"for a neighbour":      {func(in *market.SeriesInput) { in.OnBehalfOf = s.Resident(1).MemberID }, model.ErrForbidden},
			"for nobody":           {func(in *market.SeriesInput) { in.OnBehalfOf = 12345 }, model.ErrNotFound},
		} {
			in := lunch
			c.change(&in)
			if _, err := s.AskSeries(t.Context(), s.Resident(0), in); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
			if _, err := s.PreviewSeries(t.Context(), s.Resident(0), in); !errors.Is(err, c.want) {
				t.Errorf("%s, previewed: got %v, want %v", name, err, c.want)
			}
		}
		if p, err := s.PreviewSeries(t.Context(), s.Resident(0), lunch); err != nil || len(p.Instances) != 3 || p.Instances[0].Words != "2026 年 11 月 24 日 周二 11:00" || p.Instances[0].EndsAt != lunch.StartsAt.Add(time.Hour) {
			t.Errorf("got %+v, %v", p, err)
		}
		list, err := s.SeriesList(t.Context(), s.Resident(0), false, model.Page{})
		if err != nil || len(list.Items) != 0 {
			t.Errorf("%d series were kept, %v", len(list.Items), err)
		}
	})
}

// wantNotices looks for how many notices of a kind a member has.
func (s *square) wantNotices(t *testing.T, who model.Actor, kind model.NoticeKind, want int) []*model.Notice {
	t.Helper()
	rows, err := s.store.Notices.List(t.Context(), who.MemberID, false, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var found []*model.Notice
	for _, n := range rows {
		if n.Kind == kind {
			found = append(found, n)
		}
	}
	if len(found) != want {
		t.Fatalf("there are %d notices %s, want %d", len(found), kind, want)
	}
	return found
}

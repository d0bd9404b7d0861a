package campaign_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/campaign"
)

func TestACopyHasAllButThePeople(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.sessions())
		if _, err := f.SignUp(t.Context(), f.Resident(0), c.ID, campaign.SignupInput{}); err != nil {
			t.Fatal(err)
		}
		at := c.StartsAt.Add(7 * 24 * time.Hour)
		copied, err := f.Copy(t.Context(), f.second(), c.ID, at)
		if err != nil || copied.Status != model.CampaignDraft || copied.StartsAt != at || copied.EndsAt != at.Add(4*time.Hour) || copied.Budget != 100 {
			t.Fatalf("got %+v, %v", copied, err)
		}
		if s := copied.Plan.Sessions; len(s) != 2 || s[1].StartsAt != at.Add(2*time.Hour) || len(copied.Plan.Organisers) != 1 || string(copied.Secret) == string(c.Secret) {
			t.Errorf("got %+v", copied.Plan)
		}
		list, err := f.Signups(t.Context(), f.organizer, copied.ID, 1, model.Page{})
		if err != nil || len(list.Items) != 0 {
			t.Errorf("got %+v, %v", list, err)
		}
		if _, err := f.Copy(t.Context(), f.Resident(0), c.ID, at); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("by a resident: %v", err)
		}
	})
}

func (f *fair) weekly(t *testing.T, publish bool) *model.CampaignSeries {
	t.Helper()
	in := campaign.SeriesInput{Input: f.sessions(), Rule: "FREQ=WEEKLY;COUNT=4", AutoPublish: publish}
	day := 24 * time.Hour
	in.StartsAt, in.EndsAt = in.StartsAt.Add(day), in.EndsAt.Add(day)
	in.Plan = in.Plan.Shift(day)
	series, err := f.CreateSeries(t.Context(), f.organizer, in)
	if err != nil || len(series.Instances) != 4 || series.Words == "" {
		t.Fatalf("got %+v, %v", series, err)
	}
	return series
}

func (f *fair) sweep(t *testing.T, processes int) {
	t.Helper()
	var all sync.WaitGroup
	for range processes {
		all.Go(func() {
			if _, err := f.SweepSeries(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func (f *fair) wantOfSeries(t *testing.T, id model.ID, status model.CampaignStatus, want int) (found []*model.Campaign) {
	t.Helper()
	list, err := f.List(t.Context(), f.organizer, nil, model.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list.Items {
		if c.SeriesID == id {
			if found = append(found, c); c.Status != status {
				t.Errorf("%s is %s, want %s", c.StartsAt, c.Status, status)
			}
		}
	}
	if len(found) != want {
		t.Errorf("%d campaigns, want %d", len(found), want)
	}
	return found
}

func TestASeriesMakesEachCampaignOnce(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		series := f.weekly(t, false)
		if err := f.DeleteTheme(t.Context(), f.Holder(model.RoleCommunityAdmin), "lao"); !errors.Is(err, model.ErrThemeUsed) {
			t.Errorf("the theme of a series is deleted: %v", err)
		}
		f.sweep(t, 4)
		made := f.wantOfSeries(t, series.ID, model.CampaignDraft, 2) // within 14 days
		if first := made[len(made)-1]; first.StartsAt != series.StartsAt || first.Plan.Sessions[0].StartsAt != series.StartsAt {
			t.Errorf("got %+v", first)
		}
		f.now.Add((7 * 24 * time.Hour).Microseconds())
		f.sweep(t, 4)
		f.wantOfSeries(t, series.ID, model.CampaignDraft, 3)
		ended, err := f.EndSeries(t.Context(), f.second(), series.ID, "夏天不办")
		if err != nil || ended.Status != model.SeriesEnded {
			t.Fatalf("got %+v, %v", ended, err)
		}
		if _, err := f.EndSeries(t.Context(), f.organizer, series.ID, "再停"); !errors.Is(err, model.ErrSeriesState) {
			t.Errorf("ended twice: %v", err)
		}
		f.now.Add((7 * 24 * time.Hour).Microseconds())
		f.sweep(t, 1)
		f.wantOfSeries(t, series.ID, model.CampaignDraft, 3)
		if _, err := f.Series(t.Context(), f.Resident(0), series.ID); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("a resident reads it: %v", err)
		}
		if _, err := f.SeriesList(t.Context(), f.Resident(0), model.Page{}); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("a resident lists: %v", err)
		}
		if list, err := f.SeriesList(t.Context(), f.organizer, model.Page{}); err != nil || len(list.Items) != 1 {
			t.Errorf("got %+v, %v", list, err)
		}
	})
}

func TestASeriesPublishesWhereNoReviewIsWanted(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		series := f.weekly(t, true)
		f.sweep(t, 3)
		for _, c := range f.wantOfSeries(t, series.ID, model.CampaignPublished, 2) {
			f.wantLeft(t, c.ID, 100)
		}
		if _, err := f.SetSettings(t.Context(), f.Holder(model.RoleCommunityAdmin), true, 0); err != nil {
			t.Fatal(err)
		}
		reviewed := f.weekly(t, true)
		f.sweep(t, 3)
		f.wantOfSeries(t, reviewed.ID, model.CampaignDraft, 2)
		f.wantClean(t)
	})
}

func TestSeriesThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		for name, x := range map[string]struct {
			who    model.Actor
			change func(*campaign.SeriesInput)
			want   error
		}{
			"no end":         {f.organizer, func(in *campaign.SeriesInput) { in.Rule = "FREQ=DAILY" }, model.ErrSeriesRule},
			"in the past":    {f.organizer, func(in *campaign.SeriesInput) { in.StartsAt = testworld.Now.Add(-time.Hour) }, model.ErrSeriesRule},
			"no such theme":  {f.organizer, func(in *campaign.SeriesInput) { in.Theme = "none" }, model.ErrTheme},
			"ends at once":   {f.organizer, func(in *campaign.SeriesInput) { in.EndsAt = in.StartsAt }, model.ErrPeriod},
			"by a resident":  {f.Resident(0), func(*campaign.SeriesInput) {}, model.ErrForbidden},
			"another's area": {f.organizer, func(in *campaign.SeriesInput) { in.Scope = f.Areas[1].ID }, model.ErrForbidden},
		} {
			in := campaign.SeriesInput{Input: f.plan(), Rule: "FREQ=DAILY;COUNT=2"}
			in.StartsAt = testworld.Now.Add(time.Hour)
			x.change(&in)
			if _, err := f.CreateSeries(t.Context(), x.who, in); !errors.Is(err, x.want) {
				t.Errorf("%s: got %v, want %v", name, err, x.want)
			}
		}
	})
}

// TestASeriesIsNotPublishedByWhoMayNot takes the planner's role, and the theme, between the plan and the time.
func TestASeriesIsNotPublishedByWhoMayNot(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		admin := f.Holder(model.RoleCommunityAdmin)
		hide := func(active bool) {
			t.Helper()
			if _, err := f.EditTheme(t.Context(), admin, "lao", campaign.ThemeInput{Name: "助老送关怀", Active: &active}); err != nil {
				t.Fatal(err)
			}
		}
		themeless := f.weekly(t, true)
		hide(false)
		f.sweep(t, 2)
		f.wantOfSeries(t, themeless.ID, model.CampaignDraft, 2)
		f.wantNotices(t, f.organizer, model.NoticeCampaignDraft, 2)
		f.wantNotices(t, admin, model.NoticeCampaignDraft, 0)
		hide(true)
		orphan := f.weekly(t, true)
		if err := f.store.Roles.Revoke(t.Context(), f.organizer.MemberID, model.RoleOrganizer, f.Areas[0].ID, f.Now()); err != nil {
			t.Fatal(err)
		}
		f.sweep(t, 2)
		f.wantOfSeries(t, orphan.ID, model.CampaignDraft, 2)
		f.wantNotices(t, f.organizer, model.NoticeCampaignDraft, 2)
		f.wantNotices(t, admin, model.NoticeCampaignDraft, 2)
	})
}

func TestOneTimeOfASeriesIsSkipped(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		series := f.weekly(t, false)
		at := func(i int) model.Instant { return series.Instances[i].StartsAt }
		skip := func(who model.Actor, at model.Instant) error {
			_, err := f.SkipInstance(t.Context(), who, series.ID, at)
			return err
		}
		skipped, err := f.SkipInstance(t.Context(), f.second(), series.ID, at(1))
		if err != nil || skipped.Instances[1].Status != model.InstanceSkipped || skipped.Version != series.Version+1 {
			t.Fatalf("got %+v, %v", skipped, err)
		}
		f.sweep(t, 2)
		f.wantOfSeries(t, series.ID, model.CampaignDraft, 1)
		for name, x := range map[string]struct{ got, want error }{
			"twice":         {skip(f.organizer, at(1)), model.ErrSeriesState},
			"what is made":  {skip(f.organizer, at(0)), model.ErrSeriesState},
			"no such time":  {skip(f.organizer, at(1)+1), model.ErrNotFound},
			"by a resident": {skip(f.Resident(0), at(2)), model.ErrNotFound},
		} {
			if !errors.Is(x.got, x.want) {
				t.Errorf("%s: got %v, want %v", name, x.got, x.want)
			}
		}
	})
}

// TestListsForWhoManagesAPartAreFull has drafts and series of another area between those of one's own.
func TestListsForWhoManagesAPartAreFull(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		admin := f.Holder(model.RoleCommunityAdmin)
		for i := range 6 {
			in := campaign.SeriesInput{Input: f.plan(), Rule: "FREQ=DAILY;COUNT=2"}
			in.StartsAt, in.EndsAt = in.StartsAt.Add(time.Hour), in.EndsAt.Add(time.Hour)
			in.Scope = f.Areas[i%2].ID
			if _, err := f.CreateSeries(t.Context(), admin, in); err != nil {
				t.Fatal(err)
			}
			if _, err := f.Create(t.Context(), admin, in.Input); err != nil {
				t.Fatal(err)
			}
		}
		page := model.Page{Limit: 2}
		if list, err := f.SeriesList(t.Context(), f.organizer, page); err != nil || len(list.Items) != 2 || list.NextCursor == "" {
			t.Errorf("got %+v, %v", list, err)
		}
		for _, states := range [][]model.CampaignStatus{nil, {model.CampaignDraft}} {
			list, err := f.List(t.Context(), f.organizer, states, page)
			if err != nil || len(list.Items) != 2 || list.NextCursor == "" {
				t.Fatalf("got %+v, %v", list, err)
			}
			page.Cursor = list.NextCursor
			if list, err = f.List(t.Context(), f.organizer, states, page); err != nil || len(list.Items) != 1 || list.NextCursor != "" {
				t.Errorf("got %+v, %v", list, err)
			}
			page.Cursor = ""
			if list, err = f.List(t.Context(), f.Resident(0), states, page); err != nil || len(list.Items) != 0 {
				t.Errorf("a resident sees %+v, %v", list, err)
			}
		}
	})
}

func TestTheThemeOfASeriesIsTheOneItHas(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		admin := f.Holder(model.RoleCommunityAdmin)
		for _, code := range []string{"a_c", "abc"} {
			if _, err := f.AddTheme(t.Context(), admin, code, campaign.ThemeInput{Name: code}); err != nil {
				t.Fatal(err)
			}
		}
		in := campaign.SeriesInput{Input: f.plan(), Rule: "FREQ=DAILY;COUNT=2"}
		in.Theme, in.StartsAt = "abc", in.StartsAt.Add(time.Hour)
		if _, err := f.CreateSeries(t.Context(), f.organizer, in); err != nil {
			t.Fatal(err)
		}
		if err := f.DeleteTheme(t.Context(), admin, "abc"); !errors.Is(err, model.ErrThemeUsed) {
			t.Errorf("got %v", err)
		}
		if err := f.DeleteTheme(t.Context(), admin, "a_c"); err != nil {
			t.Errorf("another theme: %v", err)
		}
	})
}

package campaign_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/campaign"
)

// second is another organizer of the first area.
func (f *fair) second() model.Actor {
	who := f.Resident(1)
	who.Grants = append(slices.Clone(who.Grants), model.Grant{Role: model.RoleOrganizer, NodeID: f.Areas[0].ID, NodeKind: model.KindArea})
	return who
}

// TestWalkOfTheStates takes every step in every state, and wants those of the table and no others.
func TestWalkOfTheStates(t *testing.T) {
	type step struct {
		to model.CampaignStatus
		do func(f *fair, ctx context.Context, id model.ID) error
	}
	steps := map[string]step{
		"submit": {model.CampaignReview, func(f *fair, ctx context.Context, id model.ID) error {
			_, err := f.Submit(ctx, f.organizer, id)
			return err
		}},
		"send back": {model.CampaignDraft, func(f *fair, ctx context.Context, id model.ID) error {
			_, err := f.SendBack(ctx, f.second(), id, "请写明地点")
			return err
		}},
		"publish": {model.CampaignPublished, func(f *fair, ctx context.Context, id model.ID) error {
			_, _ = f.Approve(ctx, f.second(), id) // where it is in review
			_, err := f.Publish(ctx, f.organizer, id)
			return err
		}},
		"close": {model.CampaignClosing, func(f *fair, ctx context.Context, id model.ID) error {
			_, err := f.Close(ctx, f.organizer, id)
			return err
		}},
		"settle": {model.CampaignDone, func(f *fair, ctx context.Context, id model.ID) error {
			if err := errors.Join(f.ledger.SealAll(ctx), f.boards.CatchUp(ctx)); err != nil {
				return err
			}
			_, err := f.Settle(ctx, f.organizer, id)
			return err
		}},
		"cancel": {model.CampaignCancelled, func(f *fair, ctx context.Context, id model.ID) error {
			_, err := f.Cancel(ctx, f.organizer, id, "下雨")
			return err
		}},
	}
	ways := map[model.CampaignStatus][]string{
		model.CampaignDraft: {}, model.CampaignReview: {"submit"}, model.CampaignPublished: {"publish"}, model.CampaignClosing: {"publish", "close"},
		model.CampaignDone: {"publish", "close", "settle"}, model.CampaignCancelled: {"cancel"},
	}
	each(t, func(t *testing.T, f *fair) {
		for from, way := range ways {
			for name, x := range steps {
				c, err := f.Create(t.Context(), f.organizer, f.plan())
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range way {
					if err := steps[s].do(f, t.Context(), c.ID); err != nil {
						t.Fatalf("%s to %s: %v", s, from, err)
					}
				}
				allowed := slices.Contains(model.CampaignTransitions()[from], x.to)
				err = x.do(f, t.Context(), c.ID)
				kept, readErr := f.store.Campaigns.Get(t.Context(), c.ID)
				switch {
				case readErr != nil:
					t.Fatal(readErr)
				case allowed && (err != nil || kept.Status != x.to):
					t.Errorf("%s from %s: %s, %v", name, from, kept.Status, err)
				case !allowed && (!errors.Is(err, model.ErrCampaignState) || kept.Status != from):
					t.Errorf("%s from %s: %s, %v; want it refused", name, from, kept.Status, err)
				}
			}
		}
		f.wantClean(t)
	})
}

func TestAPublicationLeadsToTheSettlement(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.given(t, f.plan())
		closed, err := f.Close(t.Context(), f.organizer, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := closed.Move(model.CampaignPublication, f.Now()); err != nil {
			t.Fatal(err)
		}
		if err := f.store.Campaigns.Update(t.Context(), closed); err != nil {
			t.Fatal(err)
		}
		f.wantClean(t)
		if settled, err := f.Settle(t.Context(), f.organizer, c.ID); err != nil || settled.Status != model.CampaignDone {
			t.Errorf("got %+v, %v", settled, err)
		}
		f.wantLeft(t, c.ID, 0)
	})
}

func TestReviewBySecondPerson(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		admin, ctx := f.Holder(model.RoleCommunityAdmin), t.Context()
		if _, err := f.SetSettings(ctx, f.organizer, true, 0); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("an organizer sets: %v", err)
		}
		if set, err := f.SetSettings(ctx, admin, true, 0); err != nil || !set.Review || set.Version != 1 {
			t.Fatalf("got %+v, %v", set, err)
		}
		if _, err := f.SetSettings(ctx, admin, false, 0); !errors.Is(err, model.ErrStale) {
			t.Errorf("settings of an old version: %v", err)
		}
		c, err := f.Create(ctx, f.organizer, f.plan())
		if err != nil {
			t.Fatal(err)
		}
		want := func(what string, got, want error) {
			t.Helper()
			if !errors.Is(got, want) {
				t.Errorf("%s: got %v, want %v", what, got, want)
			}
		}
		step := func(do func(context.Context, model.Actor, model.ID) (*model.Campaign, error), who model.Actor) error {
			_, err := do(ctx, who, c.ID)
			return err
		}
		want("a draft is published", step(f.Publish, f.organizer), model.ErrReviewRequired)
		want("a draft is approved", step(f.Approve, f.second()), model.ErrCampaignState)
		want("submitted", step(f.Submit, f.organizer), nil)
		f.wantNotices(t, admin, model.NoticeCampaignSubmitted, 1)
		f.wantNotices(t, f.organizer, model.NoticeCampaignSubmitted, 0)
		want("published before the review", step(f.Publish, f.organizer), model.ErrReviewRequired)
		want("approved by who made it", step(f.Approve, f.organizer), model.ErrOwnCampaign)
		want("approved by a resident", step(f.Approve, f.Resident(3)), model.ErrNotFound)
		if _, err := f.Campaign(ctx, f.Resident(3), c.ID); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("a resident reads what is in review: %v", err)
		}
		_, err = f.SendBack(ctx, f.second(), c.ID, "请写明地点")
		want("sent back", err, nil)
		in := f.plan()
		in.Version = 3
		_, err = f.Edit(ctx, f.second(), c.ID, in)
		want("edited by the second", err, nil)
		want("submitted again", step(f.Submit, f.organizer), nil)
		want("approved by who wrote some of it", step(f.Approve, f.second()), model.ErrOwnCampaign)
		want("approved", step(f.Approve, admin), nil)
		want("approved twice", step(f.Approve, admin), model.ErrCampaignState)
		want("published", step(f.Publish, f.organizer), nil)
		f.wantNotices(t, f.organizer, model.NoticeCampaignReview, 2)
	})
}

func (f *fair) wantNotices(t *testing.T, who model.Actor, kind model.NoticeKind, want int) {
	t.Helper()
	list, err := f.store.Notices.List(t.Context(), who.MemberID, false, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	for _, n := range list {
		if n.Kind == kind {
			got++
		}
	}
	if got != want {
		t.Errorf("%d notices %s, want %d", got, kind, want)
	}
}

func TestRunningIsSeenAndListed(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		later := f.plan()
		later.StartsAt = later.StartsAt.Add(time.Hour)
		now, next := f.given(t, f.plan()), f.given(t, later)
		for id, want := range map[model.ID]model.CampaignStatus{now.ID: model.CampaignRunning, next.ID: model.CampaignPublished} {
			if c, err := f.Campaign(t.Context(), f.Resident(0), id); err != nil || c.Status != want {
				t.Errorf("got %+v, %v; want %s", c, err, want)
			}
		}
		for state, want := range map[model.CampaignStatus][]model.ID{
			model.CampaignRunning: {now.ID}, model.CampaignPublished: {next.ID, now.ID}, model.CampaignClosing: {},
		} {
			list, err := f.List(t.Context(), f.Resident(0), []model.CampaignStatus{state}, model.Page{})
			got := []model.ID{}
			if err == nil {
				for _, c := range list.Items {
					got = append(got, c.ID)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: got %v, %v; want %v", state, got, err, want)
			}
		}
	})
}

func TestCancellingTellsAllAndReturnsTheBudgetOnce(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		in := f.plan()
		in.Capacity = 2
		c := f.given(t, in)
		for i := range 3 { // the last one waits
			if _, err := f.SignUp(t.Context(), f.Resident(i), c.ID, campaign.SignupInput{}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.CheckIn(t.Context(), f.Resident(0), c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
			t.Fatal(err)
		}
		f.wantLeft(t, c.ID, 95)
		var won atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				switch _, err := f.Cancel(t.Context(), f.organizer, c.ID, "下雨"); {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, model.ErrCampaignState):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Errorf("cancelled %d times", won.Load())
		}
		f.wantLeft(t, c.ID, 0)
		f.wantWallet(t, f.Resident(0), 5, 60)
		for i := range 3 {
			f.wantNotices(t, f.Resident(i), model.NoticeCampaignCancelled, 1)
		}
		f.wantNotices(t, f.Resident(3), model.NoticeCampaignCancelled, 0)
		if shown, err := f.Campaign(t.Context(), f.Resident(3), c.ID); err != nil || shown.Status != model.CampaignCancelled || shown.Reason != "下雨" {
			t.Errorf("got %+v, %v", shown, err)
		}
		if _, err := f.SignUp(t.Context(), f.Resident(4), c.ID, campaign.SignupInput{}); !errors.Is(err, model.ErrCampaignState) {
			t.Errorf("signed up after: %v", err)
		}
		draft, err := f.Create(t.Context(), f.organizer, f.plan())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Cancel(t.Context(), f.organizer, draft.ID, "不办了"); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Campaign(t.Context(), f.Resident(3), draft.ID); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("a draft that was cancelled is shown: %v", err)
		}
		f.wantClean(t)
	})
}

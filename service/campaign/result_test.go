package campaign_test

import (
	"errors"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/campaign"
	"linbanglin/service/disclosure"
)

// attended publishes a campaign that some residents check in to, and closes it.
func (f *fair) attended(t *testing.T, in campaign.Input, residents ...int) *model.Campaign {
	t.Helper()
	c := f.given(t, in)
	for _, i := range residents {
		if _, err := f.CheckIn(t.Context(), f.Resident(i), c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
			t.Fatal(err)
		}
	}
	closed, err := f.Close(t.Context(), f.organizer, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	return closed
}

// TestNoSettlementWhileTheResultIsPublished wants a campaign to be settled when nobody can appeal against its result any
// more, and its close to stay where it was.
func TestNoSettlementWhileTheResultIsPublished(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c, d := f.attended(t, f.plan(), 0, 1), disclosure.New(f.store, f.ledger, f.Now)
		f.wantClean(t)
		f.now.Add(time.Minute.Microseconds())
		settle := func(want error) {
			t.Helper()
			if _, err := f.Settle(t.Context(), f.organizer, c.ID); !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
		}
		withdrawn, err := d.PublishResult(t.Context(), f.organizer, c.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		settle(model.ErrResultOpen)
		f.wantNotices(t, f.Resident(0), model.NoticeCampaignResult, 1)
		f.wantNotices(t, f.Resident(2), model.NoticeCampaignResult, 0)
		if _, err := d.Unpublish(t.Context(), f.organizer, withdrawn.ID, "重新统计"); err != nil {
			t.Fatal(err)
		}
		if back, err := f.store.Campaigns.Get(t.Context(), c.ID); err != nil || back.Status != model.CampaignClosing || back.ClosedAt != c.ClosedAt {
			t.Errorf("the close moved from %d: %+v, %v", c.ClosedAt, back, err)
		}
		p, err := d.PublishResult(t.Context(), f.organizer, c.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		appeal, err := d.Appeal(t.Context(), f.Resident(1), p.ID, disclosure.Objection{ItemNo: 1, Reason: "没有到场"})
		if err != nil {
			t.Fatal(err)
		}
		f.now.Store(int64(p.EndsAt))
		f.sweepResult(t, d)
		settle(model.ErrResultOpen) // the appeal waits
		if _, err := d.Resolve(t.Context(), f.Holder(model.RoleCommunityAdmin), appeal.ID, model.Ruling{Result: model.Rejected, Reason: "照片里有"}); err != nil {
			t.Fatal(err)
		}
		f.now.Add((30 * 24 * time.Hour).Microseconds()) // no review is asked for
		f.sweepResult(t, d)
		settle(nil)
		f.wantLeft(t, c.ID, 0)
		f.wantClean(t)
	})
}

func (f *fair) sweepResult(t *testing.T, d *disclosure.Disclosure) {
	t.Helper()
	if _, err := d.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

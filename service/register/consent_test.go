package register_test

import (
	"errors"
	"testing"

	"linbanglin/model"
	"linbanglin/repository"
)

// TestAConsentThatIsTakenBackIsReviewedAtOnce has a household's sensitive flag count no more, its grid worker told, and the
// flag on the list of reviews, until somebody renews it by a consent of then.
func TestAConsentThatIsTakenBackIsReviewedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		blue, red, neighbours := d.flagged(0, "blue"), d.flagged(0, "red"), d.flagged(1, "blue")
		child := &model.Member{ID: 1, Place: d.Members[1].Place, BirthYear: d.clock.Time().Year() - 10}
		d.given(d.store.Tx(ctx, func(tx *repository.Store) error { return d.ConsentGone(ctx, tx, child) }))
		if f, err := d.store.Register.FlagsOf(ctx, []model.ID{d.Doors[0].ID}); err != nil || len(f) != 2 || !f[0].Live(d.clock) || !f[1].Live(d.clock) {
			t.Errorf("by a child's word: %+v, %v", f, err)
		}
		for range 2 {
			d.given(d.store.Tx(ctx, func(tx *repository.Store) error { return d.ConsentGone(ctx, tx, d.Members[1]) }))
		}
		for _, c := range []struct {
			home model.ID
			flag *model.HouseholdFlag
			live bool
		}{{d.Doors[0].ID, blue, false}, {d.Doors[0].ID, red, true}, {d.Doors[1].ID, neighbours, true}} {
			list, err := d.History(ctx, d.worker, c.home, "复核", model.Page{})
			d.given(err)
			for _, f := range list.Items {
				if f.ID == c.flag.ID && f.Live(d.clock) != c.live {
					t.Errorf("%s of %d: %+v", f.Scheme, c.home, f)
				}
			}
		}
		notices, err := d.store.Notices.List(ctx, d.worker.MemberID, false, 0, 10)
		if err != nil || len(notices) != 1 || notices[0].Kind != model.NoticeFlagReview || notices[0].Ref.ID != d.Doors[0].ID {
			t.Errorf("the worker was told %+v, %v", notices, err)
		}
		if _, err := d.ReviewFlag(ctx, d.worker, d.Doors[0].ID, blue.ID, model.FlagInput{Source: "走访", Reason: "再看"}); !errors.Is(err, model.ErrConsentRequired) {
			t.Errorf("renewed by the consent of before: %v", err)
		}
		next, err := d.ReviewFlag(ctx, d.worker, d.Doors[0].ID, blue.ID, model.FlagInput{Source: "走访", Reason: "再看", Consent: consented})
		if err != nil || !next.Live(d.clock) {
			t.Errorf("renewed by one of now: %+v, %v", next, err)
		}
	})
}

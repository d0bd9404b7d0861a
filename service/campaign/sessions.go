package campaign

import (
	"context"
	"errors"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// sessionNow returns the session that a member may check in to: the one that is named, or 0 for the one whose time it is.
// It fails with ErrSessionUnknown, with ErrCheckinWindow outside of its time, and with ErrNotSignedUp where something must
// be accepted first.
func (s *Campaigns) sessionNow(ctx context.Context, c *model.Campaign, member model.ID, number int) (int, error) {
	now := s.now()
	if number == 0 {
		number = c.SessionAt(now)
	}
	session, err := c.Session(number)
	if err != nil {
		return 0, err
	}
	if now < session.StartsAt || now >= session.EndsAt {
		return 0, model.ErrCheckinWindow
	}
	return number, s.wantSignup(ctx, c, number, member)
}

// wantSignup fails with ErrNotSignedUp for a member who must accept something first, or whose guardian must, and has not.
func (s *Campaigns) wantSignup(ctx context.Context, c *model.Campaign, session int, member model.ID) error {
	m, err := s.store.Members.Known(ctx, member)
	if err != nil || !c.SignupFirst(m) {
		return err
	}
	signup, err := s.store.Campaigns.Signup(ctx, c.ID, session, member)
	if errors.Is(err, model.ErrNotFound) || err == nil && signup.Status != model.SignupIn {
		err = model.ErrNotSignedUp
	}
	return err
}

// wantLeft fails with ErrStillInside for who has not left a session that goes on beside the one of a check-in. The member
// is locked, so that of two scans at once the second sees the first.
func wantLeft(ctx context.Context, tx *repository.Store, c *model.Campaign, k *model.Checkin) error {
	beside := c.Beside(k.Session)
	if len(beside) == 0 {
		return nil
	}
	all, err := tx.Campaigns.CheckinsOf(ctx, c.ID, k.MemberID)
	for _, had := range all {
		if had.CheckedOutAt == 0 && slices.Contains(beside, had.Session) {
			return model.ErrStillInside
		}
	}
	return err
}

// lockStay locks the check-in that a member leaves by: that of a session, or 0 for the first that they have not left,
// else the last. It fails with ErrNotFound.
func lockStay(ctx context.Context, tx *repository.Store, campaign model.ID, session int, member model.ID) (*model.Checkin, error) {
	if session == 0 {
		all, err := tx.Campaigns.CheckinsOf(ctx, campaign, member)
		if err != nil {
			return nil, err
		}
		for _, k := range all {
			if session = k.Session; k.CheckedOutAt == 0 {
				break
			}
		}
	}
	return tx.Campaigns.LockCheckin(ctx, campaign, session, member)
}

package reception

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

const (
	week = 7 * 24 * time.Hour
	// maxShown is how long a period is shown at once.
	maxShown = 92 * 24 * time.Hour
)

// duty changes a shift of the caller's own.
func (r *Reception) duty(ctx context.Context, who model.Actor, id model.ID, step func(s *model.Shift) error) (*model.Shift, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.Shift, error) {
		s, err := r.lockShift(ctx, tx, who, id)
		switch {
		case err != nil:
			return nil, err
		case s.MemberID != who.MemberID:
			return nil, hidden(s)
		}
		if err := step(s); err != nil {
			return nil, err
		}
		if err := tx.Reception.UpdateShift(ctx, s); err != nil {
			return nil, err
		}
		return s, viewShifts(ctx, tx, s)
	})
}

// hidden returns how somebody is refused who has no part in a shift: a draft is not there.
func hidden(s *model.Shift) error {
	if s.Status == model.ShiftDraft {
		return model.ErrNotFound
	}
	return model.ErrForbidden
}

// CheckIn says that the caller is in the room for their shift. It fails with ErrNotFound, ErrForbidden, ErrShiftTime and
// ErrShiftState.
func (r *Reception) CheckIn(ctx context.Context, who model.Actor, id model.ID) (*model.Shift, error) {
	return r.duty(ctx, who, id, func(s *model.Shift) error { return s.CheckIn(r.now()) })
}

// CheckOut ends the caller's shift. It fails as CheckIn does.
func (r *Reception) CheckOut(ctx context.Context, who model.Actor, id model.ID) (*model.Shift, error) {
	return r.duty(ctx, who, id, func(s *model.Shift) error { return s.CheckOut(r.now()) })
}

// Miss says that nobody came to a shift, and asks the other hosts to cover it. It fails with ErrForbidden, ErrNotFound,
// ErrShiftTime and ErrShiftState.
func (r *Reception) Miss(ctx context.Context, who model.Actor, id model.ID) (*model.Shift, error) {
	if err := mayManage(who); err != nil {
		return nil, err
	}
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.Shift, error) {
		s, err := r.lockShift(ctx, tx, who, id)
		if err != nil {
			return nil, err
		}
		chosen, err := tx.Reception.Settings(ctx, s.CommunityID)
		if err != nil {
			return nil, err
		}
		if err := s.Miss(chosen.NoShowMinutes, r.now()); err != nil {
			return nil, err
		}
		if err := tx.Reception.UpdateShift(ctx, s); err != nil {
			return nil, err
		}
		hosts, err := tx.Reception.Hosts(ctx, s.CommunityID, []model.HostStatus{model.HostConfirmed}, 0, everybody)
		if err != nil {
			return nil, err
		}
		var people []model.ID
		for _, h := range hosts {
			if h.MemberID != s.MemberID && !h.Rests(s.Day) {
				people = append(people, h.MemberID)
			}
		}
		text := fmt.Sprintf("今天 %s 开始的一班没有人到，能来的请点“顶班”", s.StartsAt.Time().Format("15:04"))
		if err := r.tell(ctx, tx, s, fmt.Sprintf("cover:%d", s.Version), "会客室请人顶班", text, people...); err != nil {
			return nil, err
		}
		return s, viewShifts(ctx, tx, s)
	})
}

// Cover gives a shift that was missed to the caller, if nobody was faster. Who covers is not bound to one duty a week, as
// it is their own choice, but to one a day. It fails with ErrNotFound, ErrForbidden for who is no host, ErrShiftTwice,
// ErrShiftTime and ErrShiftState.
func (r *Reception) Cover(ctx context.Context, who model.Actor, id model.ID) (*model.Shift, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.Shift, error) {
		s, err := r.lockShift(ctx, tx, who, id)
		switch {
		case err != nil:
			return nil, err
		case s.Status == model.ShiftDraft:
			return nil, model.ErrNotFound
		}
		switch _, err := confirmed(ctx, tx, who.MemberID, s.CommunityID); {
		case errors.Is(err, model.ErrHost): // who calls, not whom they name
			return nil, model.ErrForbidden
		case err != nil:
			return nil, err
		}
		missed := s.MissedBy
		if err := s.Cover(who.MemberID, r.now()); err != nil {
			return nil, err
		}
		if err := tx.Reception.UpdateShift(ctx, s); err != nil {
			return nil, err
		}
		if err := r.tell(ctx, tx, s, fmt.Sprintf("covered:%d", s.Version), "会客室值班", "您没有到的一班已有人顶上", missed); err != nil {
			return nil, err
		}
		return s, viewShifts(ctx, tx, s)
	})
}

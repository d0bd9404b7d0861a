package reception

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// Reception keeps the rooms of communities.
type Reception struct {
	store *repository.Store
	now   func() model.Instant
}

// New returns the reception rooms of a store.
func New(store *repository.Store, now func() model.Instant) *Reception { return &Reception{store, now} }

// mayManage fails unless the caller manages the room of their community.
func mayManage(who model.Actor) error {
	return who.May(model.OpManageReception, model.Place{CommunityID: who.Place.CommunityID})
}

// Settings returns what the caller's community chose.
func (r *Reception) Settings(ctx context.Context, who model.Actor) (*model.ReceptionSettings, error) {
	if err := who.May(model.OpReadReception, who.Place); err != nil {
		return nil, err
	}
	s, err := r.store.Reception.Settings(ctx, who.Place.CommunityID)
	if err != nil {
		return nil, err
	}
	s.OpensAt, s.ClosesAt = model.FormatClock(s.Opens), model.FormatClock(s.Closes)
	return s, nil
}

// Set changes what the caller's community chose. It fails with ErrForbidden, ErrInvalid, ErrPeriod and ErrStale.
func (r *Reception) Set(ctx context.Context, who model.Actor, s *model.ReceptionSettings) (*model.ReceptionSettings, error) {
	if err := mayManage(who); err != nil {
		return nil, err
	}
	opens, err := model.ParseClock(s.OpensAt)
	closes, err2 := model.ParseClock(s.ClosesAt)
	if err = errors.Join(err, err2); err != nil {
		return nil, err
	}
	s.Opens, s.Closes = opens, closes
	if err := s.Validate(); err != nil {
		return nil, err
	}
	s.CommunityID, s.Version, s.UpdatedBy, s.UpdatedAt = who.Place.CommunityID, s.Version+1, who.MemberID, r.now()
	return s, r.store.Tx(ctx, func(tx *repository.Store) error { return tx.Reception.SaveSettings(ctx, s) })
}

// Wish says whether the caller is willing to be on duty, and when they rest. It fails with ErrForbidden for who is no
// party member, with ErrHostAge, ErrInvalid and ErrPeriod.
func (r *Reception) Wish(ctx context.Context, who model.Actor, willing bool, rest []int, off []model.DaysOff) (*model.Host, error) {
	if err := who.May(model.OpHostReception, who.Place); err != nil {
		return nil, err
	}
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.Host, error) {
		m, err := tx.Members.Lock(ctx, who.MemberID)
		if err != nil {
			return nil, err
		}
		s, err := tx.Reception.Settings(ctx, who.Place.CommunityID)
		switch {
		case err != nil:
			return nil, err
		case willing && !s.OldEnough(m, r.now()):
			return nil, model.ErrHostAge
		}
		h, err := tx.Reception.Host(ctx, who.MemberID)
		keep := tx.Reception.UpdateHost
		if errors.Is(err, model.ErrNotFound) {
			h, err, keep = &model.Host{MemberID: m.ID, CommunityID: who.Place.CommunityID, CreatedAt: r.now()}, nil, tx.Reception.AddHost
		}
		if err != nil {
			return nil, err
		}
		if err := h.Wishes(willing, rest, off, r.now()); err != nil {
			return nil, err
		}
		if err := keep(ctx, h); err != nil {
			return nil, err
		}
		return h, viewHosts(ctx, tx, h)
	})
}

// everybody is more hosts than a community has.
const everybody = 1000

// Confirm takes who is willing into the roster, or out of it. Who comes new starts at what the others have served least,
// so that they need not catch up. It fails with ErrForbidden, ErrNotFound, and with ErrHostState for who is not willing.
func (r *Reception) Confirm(ctx context.Context, who model.Actor, member model.ID, in bool) (*model.Host, error) {
	if err := mayManage(who); err != nil {
		return nil, err
	}
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.Host, error) {
		h, err := tx.Reception.Host(ctx, member)
		switch {
		case err != nil:
			return nil, err
		case h.CommunityID != who.Place.CommunityID:
			return nil, model.ErrNotFound
		case h.Status == model.HostOut:
			return nil, model.ErrHostState
		}
		switch {
		case !in:
			h.Status = model.HostOut
		case h.Status == model.HostOffered:
			if err := r.confirm(ctx, tx, h); err != nil {
				return nil, err
			}
		}
		h.ConfirmedBy, h.UpdatedAt, h.Version = who.MemberID, r.now(), h.Version+1
		if err := tx.Reception.UpdateHost(ctx, h); err != nil {
			return nil, err
		}
		return h, viewHosts(ctx, tx, h)
	})
}

// confirm sets where a host begins to be counted.
func (r *Reception) confirm(ctx context.Context, tx *repository.Store, h *model.Host) error {
	others, err := tx.Reception.Hosts(ctx, h.CommunityID, []model.HostStatus{model.HostConfirmed}, 0, everybody)
	if err != nil {
		return err
	}
	duties, err := tx.Reception.Duties(ctx, h.CommunityID)
	if err != nil {
		return err
	}
	h.Status = model.HostConfirmed
	if len(others) > 0 {
		least := slices.MinFunc(others, func(a, b *model.Host) int {
			return a.Base + duties[a.MemberID].Count - b.Base - duties[b.MemberID].Count
		})
		h.Base = max(h.Base, least.Base+duties[least.MemberID].Count-duties[h.MemberID].Count)
	}
	return nil
}

// Hosts lists who is willing or confirmed, for who manages the room. It fails with ErrForbidden and ErrCursor.
func (r *Reception) Hosts(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.Host], error) {
	if err := mayManage(who); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("hosts:%d", who.Place.CommunityID)
	after, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Reception.Hosts(ctx, who.Place.CommunityID, []model.HostStatus{model.HostOffered, model.HostConfirmed}, after, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Host) int64 { return int64(last.MemberID) })
	duties, err := r.store.Reception.Duties(ctx, who.Place.CommunityID)
	if err != nil {
		return nil, err
	}
	for _, h := range list.Items {
		h.Duties = duties[h.MemberID].Count
	}
	return list, viewHosts(ctx, r.store, list.Items...)
}

func viewHosts(ctx context.Context, s *repository.Store, hosts ...*model.Host) error {
	var ids []model.ID
	for _, h := range hosts {
		ids = append(ids, h.MemberID)
	}
	refs, err := s.Members.Refs(ctx, ids)
	for _, h := range hosts {
		h.Member = refs[h.MemberID]
	}
	return err
}

// viewShifts completes shifts with who is on duty.
func viewShifts(ctx context.Context, s *repository.Store, shifts ...*model.Shift) error {
	var ids []model.ID
	for _, shift := range shifts {
		ids = append(ids, shift.MemberID, shift.MissedBy)
	}
	refs, err := s.Members.Refs(ctx, ids)
	for _, shift := range shifts {
		shift.Member = refs[shift.MemberID]
		if missed, ok := refs[shift.MissedBy]; ok {
			shift.Missed = &missed
		}
	}
	return err
}

// tell puts a notice about a shift into inboxes.
func (r *Reception) tell(ctx context.Context, tx *repository.Store, s *model.Shift, key, title, text string, people ...model.ID) error {
	var notices []*model.Notice
	for _, id := range people {
		notices = append(notices, &model.Notice{
			CommunityID: s.CommunityID, MemberID: id, Kind: model.NoticeShift, Title: title, Body: text, Ref: model.NoticeRef{Type: model.RefShift, ID: s.ID},
			Key: fmt.Sprintf("shift:%d:%s", s.ID, key), CreatedAt: r.now(),
		})
	}
	return notify.Tell(ctx, tx, notices...)
}

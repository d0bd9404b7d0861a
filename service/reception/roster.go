package reception

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// Generate makes a draft of the roster of a period: fair, by the rules of rest, and the same for the same hosts. It fails
// with ErrForbidden, ErrRosterDays, with ErrRosterTaken when some of the days have a roster, and with ErrHost when there
// is nobody.
func (r *Reception) Generate(ctx context.Context, who model.Actor, from, to model.Day) (*model.Roster, error) {
	if err := mayManage(who); err != nil {
		return nil, err
	}
	community := who.Place.CommunityID
	roster, err := repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.Roster, error) {
		roster, err := model.NewRoster(tx.NewID(), community, from, to, who.MemberID, r.now())
		if err != nil {
			return nil, err
		}
		if err := tx.Nodes.Lock(ctx, community); err != nil { // one roster at a time
			return nil, err
		}
		taken, err := tx.Reception.RosterAround(ctx, community, from, to)
		switch {
		case err != nil:
			return nil, err
		case taken:
			return nil, model.ErrRosterTaken
		}
		if err := r.fill(ctx, tx, roster); err != nil {
			return nil, err
		}
		if err := tx.Reception.AddRoster(ctx, roster); err != nil {
			return nil, err
		}
		return roster, viewShifts(ctx, tx, roster.Shifts...)
	})
	if errors.Is(err, model.ErrDuplicate) {
		err = model.ErrRosterTaken
	}
	return roster, err
}

func (r *Reception) fill(ctx context.Context, tx *repository.Store, roster *model.Roster) error {
	s, err := tx.Reception.Settings(ctx, roster.CommunityID)
	if err != nil {
		return err
	}
	hosts, err := tx.Reception.Hosts(ctx, roster.CommunityID, []model.HostStatus{model.HostConfirmed}, 0, everybody)
	switch {
	case err != nil:
		return err
	case len(hosts) == 0:
		return model.ErrHost.Saying("值班名单里还没有人，请先确认愿意值班的党员", "There are no hosts: confirm who is willing first.")
	}
	duties, err := tx.Reception.Duties(ctx, roster.CommunityID)
	if err != nil {
		return err
	}
	for _, h := range hosts {
		d := duties[h.MemberID]
		duties[h.MemberID] = model.Duty{Count: d.Count + h.Base, Last: d.Last}
	}
	calendar, err := tx.Calendar.Days(ctx, roster.CommunityID, roster.FromDay, roster.ToDay)
	if err != nil {
		return err
	}
	near, err := tx.Reception.ShiftsBetween(ctx, roster.CommunityID, roster.FromDay.Monday(), roster.ToDay.Monday().Start().Add(week).Day(), true)
	if err != nil {
		return err
	}
	roster.Fill(s, calendar, hosts, duties, near, tx.NewID)
	return nil
}

// roster changes a draft.
func (r *Reception) draft(ctx context.Context, tx *repository.Store, who model.Actor, id model.ID) (*model.Roster, error) {
	if err := mayManage(who); err != nil {
		return nil, err
	}
	roster, err := tx.Reception.LockRoster(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case roster.CommunityID != who.Place.CommunityID:
		return nil, model.ErrNotFound
	case roster.Status != model.RosterDraft:
		return nil, model.ErrRosterState
	}
	return roster, nil
}

// Publish makes a draft known and tells those who are on duty. It fails with ErrForbidden, ErrNotFound and
// ErrRosterState.
func (r *Reception) Publish(ctx context.Context, who model.Actor, id model.ID) (*model.Roster, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.Roster, error) {
		roster, err := r.draft(ctx, tx, who, id)
		if err != nil {
			return nil, err
		}
		roster.Status, roster.PublishedAt = model.RosterPublished, r.now()
		if err := tx.Reception.PublishRoster(ctx, roster); err != nil {
			return nil, err
		}
		if roster.Shifts, err = tx.Reception.Shifts(ctx, id); err != nil {
			return nil, err
		}
		for _, s := range roster.Shifts {
			text := fmt.Sprintf("%s 请到会客室值班", s.StartsAt.Time().Format("2006-01-02 15:04"))
			if err := r.tell(ctx, tx, s, "published", "会客室值班", text, s.MemberID); err != nil {
				return nil, err
			}
		}
		return roster, viewShifts(ctx, tx, roster.Shifts...)
	})
}

// Discard removes a draft. It fails as Publish does.
func (r *Reception) Discard(ctx context.Context, who model.Actor, id model.ID) error {
	return r.store.Tx(ctx, func(tx *repository.Store) error {
		if _, err := r.draft(ctx, tx, who, id); err != nil {
			return err
		}
		return tx.Reception.DropRoster(ctx, id)
	})
}

// Assign gives a shift of a draft to another host, by the same rules. It fails with ErrForbidden, ErrNotFound, ErrHost,
// ErrShiftState, and with ErrShiftTwice, ErrShiftWeek and ErrShiftRest.
func (r *Reception) Assign(ctx context.Context, who model.Actor, id, member model.ID) (*model.Shift, error) {
	if err := mayManage(who); err != nil {
		return nil, err
	}
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.Shift, error) {
		s, err := r.lockShift(ctx, tx, who, id)
		if err != nil {
			return nil, err
		}
		if err := allows(ctx, tx, member, s, 0); err != nil {
			return nil, err
		}
		if err := s.Assign(member); err != nil {
			return nil, err
		}
		if err := tx.Reception.UpdateShift(ctx, s); err != nil {
			return nil, err
		}
		return s, viewShifts(ctx, tx, s)
	})
}

func (r *Reception) lockShift(ctx context.Context, tx *repository.Store, who model.Actor, id model.ID) (*model.Shift, error) {
	s, err := tx.Reception.LockShift(ctx, id)
	if err == nil && s.CommunityID != who.Place.CommunityID {
		return nil, model.ErrNotFound
	}
	return s, err
}

// allows checks whether a host may have a shift, when they give another of theirs away. It fails with ErrHost, and as
// Host.Allows does.
func allows(ctx context.Context, tx *repository.Store, member model.ID, s *model.Shift, gives model.ID) error {
	if _, err := tx.Members.Lock(ctx, member); err != nil { // nobody else gives them a duty meanwhile
		return err
	}
	h, err := confirmed(ctx, tx, member, s.CommunityID)
	if err != nil {
		return err
	}
	monday := s.Day.Monday()
	duties, err := tx.Reception.ShiftsOf(ctx, member, monday, monday.Start().Add(week).Day())
	if err != nil {
		return err
	}
	return h.Allows(s.Day, duties, gives)
}

// confirmed returns a host who may be on duty. It fails with ErrHost.
func confirmed(ctx context.Context, tx *repository.Store, member, community model.ID) (*model.Host, error) {
	h, err := tx.Reception.Host(ctx, member)
	switch {
	case errors.Is(err, model.ErrNotFound), err == nil && (h.Status != model.HostConfirmed || h.CommunityID != community):
		return nil, model.ErrHost
	case err != nil:
		return nil, err
	}
	return h, nil
}

// Rosters lists the rosters of the caller's community, for who manages the room. It fails with ErrForbidden and
// ErrCursor.
func (r *Reception) Rosters(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.Roster], error) {
	if err := mayManage(who); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("rosters:%d", who.Place.CommunityID)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Reception.Rosters(ctx, who.Place.CommunityID, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	for _, roster := range rows {
		roster.Shifts = []*model.Shift{}
	}
	return model.PageOf(name, page, rows, func(last *model.Roster) int64 { return int64(last.ID) }), nil
}

// Roster returns a roster with its shifts, for who manages the room. It fails with ErrForbidden and ErrNotFound.
func (r *Reception) Roster(ctx context.Context, who model.Actor, id model.ID) (*model.Roster, error) {
	if err := mayManage(who); err != nil {
		return nil, err
	}
	roster, err := r.store.Reception.Roster(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case roster.CommunityID != who.Place.CommunityID:
		return nil, model.ErrNotFound
	}
	if roster.Shifts, err = r.store.Reception.Shifts(ctx, id); err != nil {
		return nil, err
	}
	return roster, viewShifts(ctx, r.store, roster.Shifts...)
}

// Shifts tells who is on duty in a period of at most some weeks, to everybody of the community. It fails with
// ErrForbidden and ErrRosterDays.
func (r *Reception) Shifts(ctx context.Context, who model.Actor, from, to model.Day) ([]*model.Shift, error) {
	if err := who.May(model.OpReadReception, who.Place); err != nil {
		return nil, err
	}
	if from == 0 {
		from = r.now().Day()
	}
	if to == 0 {
		to = from.Start().Add(2 * week).Day()
	}
	if to < from || to.Start() > from.Start().Add(maxShown) {
		return nil, model.ErrDays
	}
	shifts, err := r.store.Reception.ShiftsBetween(ctx, who.Place.CommunityID, from, to, false)
	if err != nil {
		return nil, err
	}
	return shifts, viewShifts(ctx, r.store, shifts...)
}

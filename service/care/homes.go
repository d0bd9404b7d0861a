package care

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// athome reports whether the caller lives in a home.
func athome(who model.Actor, h *model.BellHome) bool {
	return who.Bound() && who.Place.HouseholdID == h.HouseholdID
}

// mayRead lets those who live in a home and those who look after it see it; for others it is not there.
func mayRead(who model.Actor, h *model.BellHome) error {
	if athome(who, h) || who.May(model.OpReadBell, h.Place()) == nil {
		return nil
	}
	return model.ErrNotFound
}

// mayManage lets those who live in a home and those who manage doorbells there change it. It fails with ErrForbidden for
// who may see it, and with ErrNotFound for others.
func mayManage(who model.Actor, h *model.BellHome) error {
	if athome(who, h) || who.May(model.OpManageBell, h.Place()) == nil {
		return nil
	}
	if err := mayRead(who, h); err != nil {
		return err
	}
	return model.ErrForbidden
}

// Enrol gives the home of an elder a doorbell; a home that has one stays as it is. It fails with ErrForbidden, with
// ErrNotFound for who is nobody of the community, with ErrBellHousehold, and with ErrBellConsent when another than the
// elder asks and no consent is on record.
func (c *Care) Enrol(ctx context.Context, who model.Actor, elder model.ID, given *model.ConsentGiven) (*model.BellHome, error) {
	return repository.Once(ctx, c.store, c.now(), func(tx *repository.Store) (*model.BellHome, error) {
		m, err := tx.Members.Get(ctx, elder)
		switch {
		case err != nil:
			return nil, err
		case m.MergedInto != 0:
			return nil, model.ErrNotFound
		}
		operation, at := model.OpManageBell, m.Place
		if elder == who.MemberID {
			operation, at = model.OpJoinBell, who.Place
		}
		if err := who.May(operation, at); err != nil {
			return nil, err
		}
		h, err := tx.Doorbells.Home(ctx, m.HouseholdID)
		if errors.Is(err, model.ErrNotFound) {
			h, err = c.enrol(ctx, tx, who, m, given)
		}
		if err != nil {
			return nil, err
		}
		return h, c.viewHomes(ctx, tx, h)
	})
}

func (c *Care) enrol(ctx context.Context, tx *repository.Store, who model.Actor, elder *model.Member, given *model.ConsentGiven) (*model.BellHome, error) {
	consent, err := model.ConsentFor(elder.ID, who.MemberID, given)
	if err != nil {
		return nil, err
	}
	h, err := model.NewBellHome(elder, consent, who.MemberID, c.now())
	if err != nil {
		return nil, err
	}
	s, err := tx.Doorbells.Settings(ctx, h.CommunityID)
	if err != nil {
		return nil, err
	}
	h.CheckInBy, h.LookedDay = s.CheckInBy, c.now().Day() // from tomorrow on
	return h, tx.Doorbells.AddHome(ctx, h)
}

// EditHome switches a doorbell on or off and sets by which hour its elder is to be well each day. It fails with
// ErrForbidden, ErrNotFound, with ErrStale when it was changed meanwhile, and with ErrInvalid.
func (c *Care) EditHome(ctx context.Context, who model.Actor, id model.ID, active bool, checkIn string, version int64) (*model.BellHome, error) {
	minutes, err := model.ParseClock(checkIn)
	if err != nil {
		return nil, err
	}
	return repository.Once(ctx, c.store, c.now(), func(tx *repository.Store) (*model.BellHome, error) {
		h, err := tx.Doorbells.LockHome(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := mayManage(who, h); err != nil {
			return nil, err
		}
		switch {
		case h.Version != version:
			return nil, model.ErrStale
		case !active && h.AlarmID != 0:
			return nil, model.ErrAlarmState
		}
		h.Active, h.CheckInBy, h.Version = active, minutes, h.Version+1
		if err := tx.Doorbells.UpdateHome(ctx, h); err != nil {
			return nil, err
		}
		return h, c.viewHomes(ctx, tx, h)
	})
}

// Home returns a home with its pairs and devices. It fails with ErrNotFound.
func (c *Care) Home(ctx context.Context, who model.Actor, id model.ID) (*model.BellHome, error) {
	h, err := c.store.Doorbells.Home(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := mayRead(who, h); err != nil {
		return nil, err
	}
	if h.Devices, err = c.store.Doorbells.Devices(ctx, []model.ID{id}); err != nil {
		return nil, err
	}
	if h.Pairs, err = c.store.Doorbells.Pairs(ctx, id); err != nil {
		return nil, err
	}
	if err := viewPairs(ctx, c.store, h.Pairs); err != nil {
		return nil, err
	}
	return h, c.viewHomes(ctx, c.store, h)
}

// Homes lists the homes with a doorbell within the caller's reach. It fails with ErrForbidden and ErrCursor.
func (c *Care) Homes(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.BellHome], error) {
	reach, err := who.Reach(model.OpReadBell)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("doorbell homes:%d", who.MemberID)
	after, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := c.store.Doorbells.Homes(ctx, who.Place.CommunityID, reach, after, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.BellHome) int64 { return int64(last.HouseholdID) })
	return list, c.viewHomes(ctx, c.store, list.Items...)
}

// viewHomes completes homes with what a reader is shown.
func (c *Care) viewHomes(ctx context.Context, s *repository.Store, homes ...*model.BellHome) error {
	var elders, buildings []model.ID
	for _, h := range homes {
		elders, buildings = append(elders, h.ElderID), append(buildings, h.BuildingID)
	}
	refs, err := s.Members.Refs(ctx, elders)
	if err != nil {
		return err
	}
	names, err := s.Nodes.Names(ctx, buildings)
	for _, h := range homes {
		h.Elder, h.CheckIn = refs[h.ElderID], model.FormatClock(h.CheckInBy)
		h.Unit = model.NodeRef{ID: h.BuildingID, Name: names[h.BuildingID]}
	}
	return err
}

package care

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// Where the word that an elder is well comes from.
const (
	bySelf       = "elder"
	bySelfDevice = "device"
	byVolunteer  = "volunteer"
	byStaff      = "staff"
)

// CheckIn is the word that an elder is well today: their own or of who lives with them, of a volunteer who is paired with
// the home, or of who manages doorbells there. The first of a day stays. It fails with ErrNotFound for anyone else.
func (c *Care) CheckIn(ctx context.Context, who model.Actor, home model.ID) (*model.CheckIn, error) {
	return repository.Once(ctx, c.store, c.now(), func(tx *repository.Store) (*model.CheckIn, error) {
		h, err := tx.Doorbells.LockHome(ctx, home)
		if err != nil {
			return nil, err
		}
		source, err := wordOf(ctx, tx, who, h)
		if err != nil {
			return nil, err
		}
		if err := c.checkIn(ctx, tx, h, source, who.MemberID); err != nil {
			return nil, err
		}
		return tx.Care.CheckedIn(ctx, home, c.now().Day())
	})
}

// wordOf returns whose word the caller's is about a home. It fails with ErrNotFound.
func wordOf(ctx context.Context, tx *repository.Store, who model.Actor, h *model.BellHome) (string, error) {
	if athome(who, h) {
		return bySelf, nil
	}
	pairs, err := tx.Doorbells.Pairs(ctx, h.HouseholdID)
	for _, p := range pairs {
		if p.VolunteerID == who.MemberID && p.Status == model.PairActive {
			return byVolunteer, nil
		}
	}
	if err == nil && who.May(model.OpManageBell, h.Place()) != nil {
		err = model.ErrNotFound
	}
	return byStaff, err
}

// checkIn notes the word for today, and that nobody need look any more.
func (c *Care) checkIn(ctx context.Context, tx *repository.Store, h *model.BellHome, source string, by model.ID) error {
	now := c.now()
	err := tx.Care.CheckIn(ctx, &model.CheckIn{HouseholdID: h.HouseholdID, Day: now.Day(), Source: source, MemberID: by, CreatedAt: now})
	if err != nil {
		return err
	}
	return tx.Care.Settle(ctx, model.CareCheckIn, h.HouseholdID, "已签到", now)
}

// LookAfter makes the tasks that are due, each once: for devices that are silent, for low batteries, for homes from which
// no word came by their hour, and for the drill of the month. Any number of processes may run it. It returns how many
// things it looked at.
func (c *Care) LookAfter(ctx context.Context) (looked int, err error) {
	now := c.now()
	devices, err := c.store.Doorbells.UnnotedDevices(ctx, now.Add(-model.SilentAfter), sweepBatch)
	if err != nil {
		return 0, err
	}
	looked, failed := c.store.Each(ctx, "look at device", devices, func(tx *repository.Store, id model.ID) (bool, error) {
		return c.lookAtDevice(ctx, tx, id)
	})
	homes, err := c.store.Doorbells.HomesToLookAt(ctx, now.Day(), minuteOf(now), sweepBatch)
	if err != nil {
		return looked, errors.Join(failed, err)
	}
	visited, err := c.store.Each(ctx, "look at home", homes, func(tx *repository.Store, id model.ID) (bool, error) {
		return c.lookAtHome(ctx, tx, id)
	})
	failed = errors.Join(failed, err)
	from, _ := now.Month().Span()
	communities, err := c.store.Care.Undrilled(ctx, from, sweepBatch)
	if err != nil {
		return looked + visited, errors.Join(failed, err)
	}
	asked, err := c.store.Each(ctx, "ask for drill", communities, func(tx *repository.Store, id model.ID) (bool, error) {
		return c.askForDrill(ctx, tx, id)
	})
	return looked + visited + asked, errors.Join(failed, err)
}

// minuteOf returns the minute of the day of a time.
func minuteOf(t model.Instant) int { return t.Time().Hour()*60 + t.Time().Minute() }

// lookAtDevice notes that a device is silent or its battery low.
func (c *Care) lookAtDevice(ctx context.Context, tx *repository.Store, id model.ID) (bool, error) {
	d, err := tx.Doorbells.Device(ctx, id)
	if err != nil {
		return false, err
	}
	h, err := tx.Doorbells.LockHome(ctx, d.HouseholdID)
	if err != nil {
		return false, err
	}
	if d, err = tx.Doorbells.Device(ctx, id); err != nil || d.RevokedAt != 0 {
		return false, err
	}
	now := c.now()
	silent := d.LastSeenAt <= now.Add(-model.SilentAfter) && d.SilentNoted != d.LastSeenAt
	low := d.LowSince != 0 && d.LowNoted != d.LowSince
	if silent {
		d.SilentNoted = d.LastSeenAt
		if err := c.task(ctx, tx, h, model.CareSilent, d.ID, int64(d.LastSeenAt), "门铃设备超过 24 小时没有联系"); err != nil {
			return false, err
		}
	}
	if low {
		d.LowNoted = d.LowSince
		if err := c.task(ctx, tx, h, model.CareBattery, d.ID, int64(d.LowSince), "门铃设备电量低"); err != nil {
			return false, err
		}
	}
	if !silent && !low {
		return false, nil
	}
	return tx.Doorbells.NoteDevice(ctx, d)
}

// lookAtHome makes a task for a home from which no word came, and tells its volunteers.
func (c *Care) lookAtHome(ctx context.Context, tx *repository.Store, id model.ID) (bool, error) {
	h, err := tx.Doorbells.LockHome(ctx, id)
	if err != nil {
		return false, err
	}
	today := c.now().Day()
	if h.LookedDay >= today || !h.Active || h.CheckInBy == 0 || h.CheckInBy > minuteOf(c.now()) {
		return false, nil
	}
	h.LookedDay = today
	if err := tx.Doorbells.UpdateHome(ctx, h); err != nil {
		return false, err
	}
	_, err = tx.Care.CheckedIn(ctx, id, today)
	if !errors.Is(err, model.ErrNotFound) {
		return err == nil, err
	}
	volunteers, err := paired(ctx, tx, &model.Alarm{Place: h.Place()}, model.PairPrimary)
	if err != nil {
		return false, err
	}
	return true, c.task(ctx, tx, h, model.CareCheckIn, id, int64(today), "今天还没有平安签到，请联系或上门看看", volunteers...)
}

// task makes a task for a cause, unless there is one, and tells the grid workers of the home and some others.
func (c *Care) task(ctx context.Context, tx *repository.Store, h *model.BellHome, kind model.CareTaskKind, ref model.ID, cause int64, text string, others ...model.ID) error {
	t := model.NewCareTask(tx.NewID(), h.Place(), kind, ref, cause, c.now())
	added, err := tx.Care.AddTask(ctx, t)
	if err != nil || !added {
		return err
	}
	workers, err := officers(ctx, tx, h.Place(), model.RoleGridWorker)
	if err != nil {
		return err
	}
	refs, err := tx.Members.Refs(ctx, []model.ID{h.ElderID})
	if err != nil {
		return err
	}
	names, err := tx.Nodes.Names(ctx, []model.ID{h.BuildingID})
	var notices []*model.Notice
	for _, id := range unique(append(workers, others...)) {
		notices = append(notices, &model.Notice{
			CommunityID: h.CommunityID, MemberID: id, Kind: model.NoticeCareTask, Title: "爱心门铃待办",
			Body: fmt.Sprintf("%s的%s：%s", names[h.BuildingID], refs[h.ElderID].DisplayName, text),
			Ref:  model.NoticeRef{Type: model.RefCareTask, ID: t.ID}, Key: "care:" + t.Key, CreatedAt: c.now(),
		})
	}
	return errors.Join(err, notify.Tell(ctx, tx, notices...))
}

// bellTasks are the kinds of task about doorbells. Others have lists of their own.
func bellTasks() []model.CareTaskKind {
	return []model.CareTaskKind{model.CareSilent, model.CareBattery, model.CareCheckIn, model.CareDrill}
}

// Tasks lists what is to be looked after within the caller's reach, newest first. It fails with ErrForbidden and
// ErrCursor.
func (c *Care) Tasks(ctx context.Context, who model.Actor, status model.CareTaskStatus, page model.Page) (*model.List[*model.CareTask], error) {
	reach, err := who.Reach(model.OpReadBell)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("care tasks:%d:%s", who.MemberID, status)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := c.store.Care.Tasks(ctx, who.Place.CommunityID, reach, status, bellTasks(), before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.CareTask) int64 { return int64(last.ID) })
	return list, c.viewTasks(ctx, c.store, list.Items...)
}

// FinishTask says what was done. It fails with ErrNotFound, ErrForbidden, ErrCareTaskState and ErrInvalid.
func (c *Care) FinishTask(ctx context.Context, who model.Actor, id model.ID, note string) (*model.CareTask, error) {
	return repository.Once(ctx, c.store, c.now(), func(tx *repository.Store) (*model.CareTask, error) {
		t, err := tx.Care.LockTask(ctx, id)
		if err != nil {
			return nil, err
		}
		if t.Kind == model.CareFollowUp {
			return nil, model.ErrNotFound // it is of the reception room
		}
		if err := who.May(model.OpManageBell, t.Place); err != nil {
			return nil, err
		}
		if err := t.Finish(who.MemberID, note, c.now()); err != nil {
			return nil, err
		}
		if err := tx.Care.FinishTask(ctx, t); err != nil {
			return nil, err
		}
		return t, c.viewTasks(ctx, tx, t)
	})
}

// viewTasks completes tasks with whom they are about.
func (c *Care) viewTasks(ctx context.Context, s *repository.Store, tasks ...*model.CareTask) error {
	var households, buildings []model.ID
	for _, t := range tasks {
		households, buildings = append(households, t.HouseholdID), append(buildings, t.BuildingID)
	}
	homes, err := s.Doorbells.HomesByID(ctx, households)
	if err != nil {
		return err
	}
	var elders []model.ID
	for _, h := range homes {
		elders = append(elders, h.ElderID)
	}
	refs, err := s.Members.Refs(ctx, elders)
	if err != nil {
		return err
	}
	names, err := s.Nodes.Names(ctx, buildings)
	for _, t := range tasks {
		if t.BuildingID != 0 {
			t.Unit = model.NodeRef{ID: t.BuildingID, Name: names[t.BuildingID]}
		}
		if h := homes[t.HouseholdID]; h != nil {
			ref := refs[h.ElderID]
			t.Elder = &ref
		}
	}
	return err
}

package care

import (
	"context"
	"fmt"
	"slices"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/community"
)

// PressDevice raises an alarm for the home of a device that signed a message, or counts one more press of the alarm that
// is open there. It fails with ErrDeviceUnknown, ErrDeviceClock, with ErrDeviceReplay for a message that was heard
// before, and with ErrBellHome.
func (c *Care) PressDevice(ctx context.Context, m *Message, battery int) (*model.Alarm, error) {
	checked, err := c.heard(ctx, m)
	if err != nil {
		return nil, err
	}
	var alarm *model.Alarm
	err = c.store.Tx(ctx, func(tx *repository.Store) error {
		d, h, err := c.hear(ctx, tx, m, checked, battery)
		if err != nil {
			return err
		}
		alarm, err = c.press(ctx, tx, h, model.AlarmByDevice, d.ID, 0)
		return err
	})
	if err == nil {
		c.ring()
	}
	return alarm, err
}

// Press raises an alarm for the caller's own home, or on behalf of a home that the caller manages. It fails with
// ErrNotFound, ErrForbidden, and ErrBellHome.
func (c *Care) Press(ctx context.Context, who model.Actor, home model.ID) (*model.Alarm, error) {
	if home == 0 {
		home = who.Place.HouseholdID
	}
	alarm, err := repository.Once(ctx, c.store, c.now(), func(tx *repository.Store) (*model.Alarm, error) {
		h, err := tx.Doorbells.LockHome(ctx, home)
		if err != nil {
			return nil, err
		}
		if err := mayManage(who, h); err != nil {
			return nil, err
		}
		source := model.AlarmByStaff
		if athome(who, h) {
			source = model.AlarmByApp
		}
		a, err := c.press(ctx, tx, h, source, 0, who.MemberID)
		if err != nil {
			return nil, err
		}
		return a, c.viewAlarms(ctx, tx, who, a)
	})
	if err == nil {
		c.ring()
	}
	return alarm, err
}

// press raises an alarm for a locked home, unless one is open: then it is one more press of it. A test ring that goes on
// there ends, so that what is real is never taken for one, and so does an alarm that was forgotten.
func (c *Care) press(ctx context.Context, tx *repository.Store, h *model.BellHome, source model.AlarmSource, device, by model.ID) (*model.Alarm, error) {
	if !h.Active {
		return nil, model.ErrBellHome
	}
	now := c.now()
	if h.AlarmID != 0 {
		open, err := tx.Alarms.Lock(ctx, h.AlarmID)
		if err != nil {
			return nil, err
		}
		forgotten, err := c.forgotten(ctx, tx, open, now)
		if err != nil {
			return nil, err
		}
		outcome, why := model.OutcomeTest, "演练中收到真实报警"
		switch {
		case open.Drill():
		case forgotten:
			outcome, why = model.OutcomeReal, "上次报警未解除，又收到报警"
		default:
			open.Press(now)
			return open, tx.Alarms.Update(ctx, open)
		}
		if err := c.resolve(ctx, tx, open, h, outcome, why, 0); err != nil {
			return nil, err
		}
	}
	a := model.NewAlarm(tx.NewID(), h, source, now)
	a.DeviceID, a.RaisedBy = device, by
	return a, c.raise(ctx, tx, h, a)
}

// pressesMerge is how long after an alarm was last heard of a press is still one more of it.
const pressesMerge = 10 * time.Minute

// forgotten reports whether nothing more comes of an open alarm that nobody has ended: then who presses again needs help
// anew.
func (c *Care) forgotten(ctx context.Context, tx *repository.Store, a *model.Alarm, now model.Instant) (bool, error) {
	if now < max(a.RaisedAt, a.OnSiteAt).Add(pressesMerge) {
		return false, nil
	}
	steps, err := tx.Alarms.Steps(ctx, a.ID)
	waits := slices.ContainsFunc(steps, func(s *model.AlarmStep) bool { return s.State == model.StepWaiting })
	return !waits, err
}

// raise keeps an alarm with its steps and does the first of them.
func (c *Care) raise(ctx context.Context, tx *repository.Store, h *model.BellHome, a *model.Alarm) error {
	s, err := tx.Doorbells.Settings(ctx, h.CommunityID)
	if err != nil {
		return err
	}
	steps := s.Cascade(a)
	first := steps[0]
	first.State, first.DoneAt = model.StepDone, a.RaisedAt
	if err := tx.Alarms.Add(ctx, a, steps); err != nil {
		return err
	}
	h.AlarmID = a.ID
	if err := tx.Doorbells.UpdateHome(ctx, h); err != nil {
		return err
	}
	if err := c.fire(ctx, tx, a, first); err != nil {
		return err
	}
	return tx.Alarms.UpdateSteps(ctx, first)
}

// answer changes an alarm under its lock, for those who were called and those who manage doorbells there.
func (c *Care) answer(ctx context.Context, who model.Actor, id model.ID, step func(tx *repository.Store, a *model.Alarm, h *model.BellHome) error) (*model.Alarm, error) {
	return repository.Once(ctx, c.store, c.now(), func(tx *repository.Store) (*model.Alarm, error) {
		a, err := tx.Alarms.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		h, err := tx.Doorbells.LockHome(ctx, a.HouseholdID) // the home before its alarm, as who presses does
		if err != nil {
			return nil, err
		}
		if a, err = tx.Alarms.Lock(ctx, id); err != nil {
			return nil, err
		}
		if err := c.mayAnswer(ctx, tx, who, a); err != nil {
			return nil, err
		}
		if err := step(tx, a, h); err != nil {
			return nil, err
		}
		return a, c.viewAlarms(ctx, tx, who, a)
	})
}

// mayAnswer lets who was called, who lives there, and who manages doorbells there. For others an alarm is not there,
// unless they may read it.
func (c *Care) mayAnswer(ctx context.Context, s *repository.Store, who model.Actor, a *model.Alarm) error {
	if a.CommunityID != who.Place.CommunityID {
		return model.ErrNotFound
	}
	if a.HouseholdID == who.Place.HouseholdID || who.May(model.OpManageBell, a.Place) == nil {
		return nil
	}
	called, err := s.Alarms.Called(ctx, a.ID, who.MemberID)
	switch {
	case err != nil || called:
		return err
	case who.May(model.OpReadBell, a.Place) == nil:
		return model.ErrForbidden
	}
	return model.ErrNotFound
}

// Ack says that the caller is on their way: nobody else is called, unless they do not arrive in time. It fails with
// ErrNotFound for who was not called, with ErrForbidden for those who live there, and with ErrAlarmState when another
// was faster.
func (c *Care) Ack(ctx context.Context, who model.Actor, id model.ID) (*model.Alarm, error) {
	return c.answer(ctx, who, id, func(tx *repository.Store, a *model.Alarm, _ *model.BellHome) error {
		if a.HouseholdID == who.Place.HouseholdID {
			return model.ErrForbidden
		}
		s, err := tx.Doorbells.Settings(ctx, a.CommunityID)
		if err != nil {
			return err
		}
		if err := a.Ack(who.MemberID, time.Duration(s.ArriveMinutes)*time.Minute, c.now()); err != nil {
			return err
		}
		if err := tx.Alarms.Update(ctx, a); err != nil {
			return err
		}
		if !a.Drill() {
			if err := tx.Alarms.MoveSteps(ctx, a.ID, model.StepHeld, model.StepWaiting); err != nil {
				return err
			}
			if err := tx.Alarms.AddStep(ctx, a.Arrival()); err != nil {
				return err
			}
		}
		return c.tellCalled(ctx, tx, a, who.MemberID, fmt.Sprintf("acked:%d", a.Lapses), "已有人接警", "已有邻居接警，正在赶去，您可以先等一等")
	})
}

// Arrive says that the caller is there. It fails as Ack does.
func (c *Care) Arrive(ctx context.Context, who model.Actor, id model.ID) (*model.Alarm, error) {
	return c.answer(ctx, who, id, func(tx *repository.Store, a *model.Alarm, _ *model.BellHome) error {
		if a.HouseholdID == who.Place.HouseholdID {
			return model.ErrForbidden
		}
		if err := a.Arrive(who.MemberID, c.now()); err != nil {
			return err
		}
		if err := tx.Alarms.Update(ctx, a); err != nil {
			return err
		}
		return c.silence(ctx, tx, a)
	})
}

// silence ends the steps of an alarm that were not needed; a drill ends by its own.
func (c *Care) silence(ctx context.Context, tx *repository.Store, a *model.Alarm) error {
	if a.Drill() && a.Open() {
		return nil
	}
	return tx.Alarms.MoveSteps(ctx, a.ID, model.StepVoid, model.StepWaiting, model.StepHeld)
}

// Resolve ends an alarm with what it was, and tells all who were called. Those who live there may, too: then it is said
// that they did. It fails with ErrNotFound, ErrAlarmState and ErrInvalid.
func (c *Care) Resolve(ctx context.Context, who model.Actor, id model.ID, outcome model.AlarmOutcome, note string) (*model.Alarm, error) {
	return c.answer(ctx, who, id, func(tx *repository.Store, a *model.Alarm, h *model.BellHome) error {
		return c.resolve(ctx, tx, a, h, outcome, note, who.MemberID)
	})
}

// outcomes are what people are told of an outcome.
func outcomes(o model.AlarmOutcome) string {
	switch o {
	case model.OutcomeReal:
		return "情况属实，已处置"
	case model.OutcomeFalse:
		return "误报，谢谢您的关心"
	default:
		return "测试结束"
	}
}

func (c *Care) resolve(ctx context.Context, tx *repository.Store, a *model.Alarm, h *model.BellHome, outcome model.AlarmOutcome, note string, by model.ID) error {
	if err := a.Resolve(outcome, note, by, c.now()); err != nil {
		return err
	}
	if err := tx.Alarms.Update(ctx, a); err != nil {
		return err
	}
	if err := c.silence(ctx, tx, a); err != nil {
		return err
	}
	h.AlarmID = 0
	if err := tx.Doorbells.UpdateHome(ctx, h); err != nil {
		return err
	}
	return c.tellCalled(ctx, tx, a, by, "over", "爱心门铃已解除", outcomes(outcome))
}

// Door tells who was called where an alarm is, while it is open, and notes it. It is an emergency (PIPL 13(4)), so it does
// not count against how often one is told. It fails with ErrNotFound for who was not called, with ErrAlarmState when it
// is over, and with ErrNoContact.
func (c *Care) Door(ctx context.Context, who model.Actor, id model.ID) (door *model.Address, err error) {
	err = c.store.Tx(ctx, func(tx *repository.Store) error {
		a, err := tx.Alarms.Lock(ctx, id)
		if err != nil {
			return err
		}
		if err := c.mayAnswer(ctx, tx, who, a); err != nil {
			return err
		}
		if !a.Open() {
			return model.ErrAlarmState
		}
		noted, err := model.NewReveal(tx.NewID(), who, model.RevealedAddress, model.NoticeRef{Type: model.RefAlarm, ID: a.ID}, "爱心门铃报警，紧急救助", c.now())
		if err != nil {
			return err
		}
		door, err = community.RevealInEmergency(ctx, tx, noted, a.ElderID, a.Place)
		return err
	})
	if err != nil {
		return nil, err
	}
	return door, nil
}

// Alarm returns an alarm with its steps, and for those who manage doorbells there who was told by which channel. It fails
// with ErrNotFound.
func (c *Care) Alarm(ctx context.Context, who model.Actor, id model.ID) (*model.Alarm, error) {
	a, err := c.store.Alarms.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if who.May(model.OpReadBell, a.Place) != nil {
		if err := c.mayAnswer(ctx, c.store, who, a); err != nil {
			return nil, err
		}
	} else if err := c.viewDeliveries(ctx, a); err != nil {
		return nil, err
	}
	if a.Steps, err = c.store.Alarms.Steps(ctx, id); err != nil {
		return nil, err
	}
	return a, c.viewAlarms(ctx, c.store, who, a)
}

func (c *Care) viewDeliveries(ctx context.Context, a *model.Alarm) (err error) {
	if a.Told, err = c.store.Alarms.Deliveries(ctx, a.ID); err != nil {
		return err
	}
	people := make([]model.ID, len(a.Told))
	for i, d := range a.Told {
		people[i] = d.RecipientID
	}
	refs, err := c.store.Members.Refs(ctx, people)
	for _, d := range a.Told {
		if d.Recipient = refs[d.RecipientID]; d.RecipientID == 0 {
			d.Recipient.DisplayName = "社区值班电话"
		}
	}
	return err
}

// Alarms lists alarms, newest first: those to which the caller was called or of the caller's home, or with all those
// within the caller's reach. It fails with ErrForbidden and ErrCursor.
func (c *Care) Alarms(ctx context.Context, who model.Actor, all bool, statuses []model.AlarmStatus, page model.Page) (*model.List[*model.Alarm], error) {
	q := repository.AlarmQuery{Community: who.Place.CommunityID, Member: who.MemberID, Household: who.Place.HouseholdID, Statuses: statuses, Limit: page.Size() + 1}
	if all {
		var err error
		if q.Reach, err = who.Reach(model.OpReadBell); err != nil {
			return nil, err
		}
	}
	return c.alarms(ctx, who, fmt.Sprintf("alarms:%d:%t:%v", who.MemberID, all, statuses), q, page)
}

func (c *Care) alarms(ctx context.Context, who model.Actor, name string, q repository.AlarmQuery, page model.Page) (*model.List[*model.Alarm], error) {
	var err error
	if q.Before, err = page.After(name); err != nil {
		return nil, err
	}
	rows, err := c.store.Alarms.List(ctx, q)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Alarm) int64 { return int64(last.ID) })
	return list, c.viewAlarms(ctx, c.store, who, list.Items...)
}

// emergency is what everybody who sees an open alarm is told.
const emergency = "情况紧急请先拨打 120"

// viewAlarms completes alarms with what a reader is shown. Who was called sees whose alarm it is as long as it is open.
func (c *Care) viewAlarms(ctx context.Context, s *repository.Store, who model.Actor, alarms ...*model.Alarm) error {
	var people, buildings []model.ID
	for _, a := range alarms {
		people, buildings = append(people, a.ElderID, a.AckedBy, a.OnSiteBy, a.ResolvedBy), append(buildings, a.BuildingID)
	}
	refs, err := s.Members.Refs(ctx, people)
	if err != nil {
		return err
	}
	names, err := s.Nodes.Names(ctx, buildings)
	shown := func(id model.ID) *model.MemberRef {
		if ref, ok := refs[id]; ok {
			return &ref
		}
		return nil
	}
	for _, a := range alarms {
		a.Elder, a.Unit = refs[a.ElderID], model.NodeRef{ID: a.BuildingID, Name: names[a.BuildingID]}
		a.Acker, a.Arrived, a.Resolver = shown(a.AckedBy), shown(a.OnSiteBy), shown(a.ResolvedBy)
		switch helper := a.HouseholdID != who.Place.HouseholdID && who.May(model.OpReadBell, a.Place) != nil; {
		case !a.Open() && helper:
			a.Elder, a.Unit, a.Note = model.MemberRef{}, model.NodeRef{}, ""
		case a.Open() && !a.Drill():
			a.Hint = emergency
		}
	}
	return err
}

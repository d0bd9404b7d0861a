package care

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// sweepBatch is how many steps one sweep does.
const sweepBatch = 200

// sweepers is how many alarms one sweep works on at a time.
const sweepers = 8

// Sweep does the steps of alarms whose time has come. It reads the state, not a timer, so any number of processes may
// run it, at any time, and one that ends loses nothing. It returns how many it did.
func (c *Care) Sweep(ctx context.Context) (done int, err error) {
	now := c.now()
	due, err := c.store.Alarms.DueSteps(ctx, now, sweepBatch)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	ids, numbers := make([]model.ID, len(due)), make(map[model.ID][]int, len(due))
	for i, step := range due {
		ids[i], numbers[step.AlarmID] = step.AlarmID, append(numbers[step.AlarmID], step.StepNo)
	}
	ids = unique(ids)
	var all sync.WaitGroup
	var mu sync.Mutex
	for part := range slices.Chunk(apart(ids), (len(ids)+sweepers-1)/sweepers) {
		all.Go(func() {
			did, failed := c.store.Each(ctx, "step of alarm", part, func(tx *repository.Store, id model.ID) (bool, error) {
				return c.advance(ctx, tx, id, numbers[id], now)
			})
			mu.Lock()
			defer mu.Unlock()
			done, err = done+did, errors.Join(err, failed)
		})
	}
	all.Wait()
	if done > 0 {
		c.nudge()
	}
	return done, err
}

// apart returns ids so that processes that have the same begin at different ones.
func apart(ids []model.ID) []model.ID {
	first := rand.IntN(len(ids)) //nolint:gosec // no secret
	return append(slices.Clone(ids[first:]), ids[:first]...)
}

// unique returns each id once, in the order in which they come.
func unique(ids []model.ID) []model.ID {
	seen := make(map[model.ID]bool, len(ids))
	return slices.DeleteFunc(ids, func(id model.ID) bool {
		had := seen[id]
		seen[id] = true
		return had
	})
}

// advance does steps of one alarm that are due, but for those that another process did.
func (c *Care) advance(ctx context.Context, tx *repository.Store, id model.ID, numbers []int, now model.Instant) (did bool, err error) {
	var h *model.BellHome
	if slices.Contains(numbers, model.StepDrillEnd) { // which ends the alarm, and so its home is locked before
		if h, err = homeOf(ctx, tx, id); err != nil {
			return false, err
		}
	}
	a, err := tx.Alarms.Lock(ctx, id)
	if err != nil {
		return false, err
	}
	steps, err := tx.Alarms.Steps(ctx, id)
	if err != nil {
		return false, err
	}
	for _, step := range steps {
		if step.State != model.StepWaiting || step.DueAt > now || !slices.Contains(numbers, step.StepNo) {
			continue
		}
		step.State, step.DoneAt, did = model.StepDone, c.now(), true
		switch {
		case step.StepNo == model.StepDrillEnd:
			err = c.resolve(ctx, tx, a, h, model.OutcomeTest, "演练时间到", 0)
		case step.OfArrival():
			err = c.lapse(ctx, tx, a, step)
		case a.Status == model.AlarmRinging:
			err = c.fire(ctx, tx, a, step)
		}
		if err == nil {
			err = tx.Alarms.TakeStep(ctx, step)
		}
		if err != nil {
			return false, err
		}
	}
	return did, nil
}

// homeOf locks the home of an alarm.
func homeOf(ctx context.Context, tx *repository.Store, alarm model.ID) (*model.BellHome, error) {
	a, err := tx.Alarms.Get(ctx, alarm)
	if err != nil {
		return nil, err
	}
	return tx.Doorbells.LockHome(ctx, a.HouseholdID)
}

// lapse has an alarm go on that somebody acknowledged who has not arrived: with the steps that were held, the first of
// them now, and with a word to all who were called.
func (c *Care) lapse(ctx context.Context, tx *repository.Store, a *model.Alarm, step *model.AlarmStep) error {
	if a.Lapse(c.now()) != nil {
		return nil // they have, or it is over
	}
	if err := tx.Alarms.Update(ctx, a); err != nil {
		return err
	}
	steps, err := tx.Alarms.Steps(ctx, a.ID)
	if err != nil {
		return err
	}
	var held []*model.AlarmStep
	for _, s := range steps {
		if s.State == model.StepHeld {
			held = append(held, s)
		}
	}
	for i := len(held) - 1; i >= 0; i-- {
		held[i].State, held[i].DueAt = model.StepWaiting, c.now()+held[i].DueAt-held[0].DueAt
	}
	if err := tx.Alarms.UpdateSteps(ctx, held...); err != nil {
		return err
	}
	if err := c.tellCalled(ctx, tx, a, 0, fmt.Sprintf("lapsed:%d", a.Lapses), "接警人还没有到场", "请能去的邻居尽快去看看；"+emergency); err != nil {
		return err
	}
	return c.fire(ctx, tx, a, step)
}

// fire calls all whom a step goes to. One that reaches nobody does not keep the next one waiting.
func (c *Care) fire(ctx context.Context, tx *repository.Store, a *model.Alarm, step *model.AlarmStep) error {
	people, phone, err := c.called(ctx, tx, a, step)
	if err != nil {
		return err
	}
	step.Told = len(people)
	if phone {
		step.Told++
	}
	if step.Told == 0 {
		return c.hasten(ctx, tx, a, step)
	}
	if err := tx.Alarms.AddDeliveries(ctx, c.deliveries(tx, a, step, people, phone)); err != nil {
		return err
	}
	title, text, err := c.words(ctx, tx, a)
	if err != nil {
		return err
	}
	notices := make([]*model.Notice, len(people))
	for i, id := range people {
		notices[i] = c.notice(a, id, model.NoticeAlarm, strconv.Itoa(step.StepNo), title, text)
	}
	return notify.Tell(ctx, tx, notices...)
}

// hasten has the next step done now.
func (c *Care) hasten(ctx context.Context, tx *repository.Store, a *model.Alarm, after *model.AlarmStep) error {
	steps, err := tx.Alarms.Steps(ctx, a.ID)
	if err != nil {
		return err
	}
	for _, s := range steps {
		if s.State == model.StepWaiting && s.StepNo > after.StepNo && s.StepNo != model.StepDrillEnd && !s.OfArrival() {
			s.DueAt = c.now()
			return tx.Alarms.UpdateSteps(ctx, s)
		}
	}
	return nil
}

// deliveries returns a row for each person and channel: what goes into the inbox is there with it, all else is sent after
// the transaction.
func (c *Care) deliveries(tx *repository.Store, a *model.Alarm, step *model.AlarmStep, people []model.ID, phone bool) []*model.Delivery {
	var rows []*model.Delivery
	now := c.now()
	add := func(to model.ID, channel model.Channel, status model.DeliveryStatus) {
		d := &model.Delivery{ID: tx.NewID(), AlarmID: a.ID, StepNo: step.StepNo, RecipientID: to, Channel: channel, Status: status, NextAt: now, CreatedAt: now}
		if status == model.DeliverySent {
			d.Attempts, d.SentAt = 1, now
		}
		rows = append(rows, d)
	}
	ready := func(send Send) model.DeliveryStatus {
		if send == nil {
			return model.DeliveryNotConfigured
		}
		return model.DeliveryPending
	}
	for _, id := range people {
		add(id, model.ChannelInbox, model.DeliverySent)
		add(id, model.ChannelWeChat, ready(c.channels.WeChat))
		add(id, model.ChannelWebhook, ready(c.channels.Webhook))
	}
	if phone {
		add(0, model.ChannelWebhook, ready(c.channels.Webhook))
	}
	return rows
}

// words returns what people are told of an alarm. The door is not in it: who was called asks for it.
func (c *Care) words(ctx context.Context, s *repository.Store, a *model.Alarm) (title, text string, err error) {
	refs, err := s.Members.Refs(ctx, []model.ID{a.ElderID})
	if err != nil {
		return "", "", err
	}
	names, err := s.Nodes.Names(ctx, []model.ID{a.BuildingID, a.UnitID})
	where := names[a.BuildingID] + names[a.UnitID]
	if a.Drill() {
		return "【演练】爱心门铃", fmt.Sprintf("这是测试：%s的%s，请点“接警”回应", where, refs[a.ElderID].DisplayName), err
	}
	return "爱心门铃报警", fmt.Sprintf("%s的%s按响了门铃，请尽快去看看；%s", where, refs[a.ElderID].DisplayName, emergency), err
}

func (c *Care) notice(a *model.Alarm, to model.ID, kind model.NoticeKind, key, title, text string) *model.Notice {
	return &model.Notice{
		CommunityID: a.CommunityID, MemberID: to, Kind: kind, Title: title, Body: text, Ref: model.NoticeRef{Type: model.RefAlarm, ID: a.ID},
		Key: fmt.Sprintf("alarm:%d:%s", a.ID, key), CreatedAt: c.now(),
	}
}

// tellCalled tells all who were called what became of an alarm, but for one.
func (c *Care) tellCalled(ctx context.Context, tx *repository.Store, a *model.Alarm, but model.ID, key, title, text string) error {
	people, err := tx.Alarms.Recipients(ctx, a.ID)
	if err != nil {
		return err
	}
	var notices []*model.Notice
	for _, id := range people {
		if id != 0 && id != but {
			notices = append(notices, c.notice(a, id, model.NoticeAlarmMet, key, title, text))
		}
	}
	return notify.Tell(ctx, tx, notices...)
}

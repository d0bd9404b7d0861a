package repository

import (
	"context"
	"slices"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Alarms holds the alarms of doorbells, their steps, and who was told.
type Alarms struct{ conn }

// Add adds an alarm and its steps.
func (a Alarms) Add(ctx context.Context, alarm *model.Alarm, steps []*model.AlarmStep) error {
	if err := a.to(ctx).Create(alarm).Error; err != nil {
		return err
	}
	return createAll(a.to(ctx), steps)
}

// AddStep adds a step to an alarm.
func (a Alarms) AddStep(ctx context.Context, step *model.AlarmStep) error {
	return a.to(ctx).Create(step).Error
}

// Get returns one alarm. It fails with ErrNotFound.
func (a Alarms) Get(ctx context.Context, id model.ID) (*model.Alarm, error) {
	alarm := new(model.Alarm)
	err := a.from(ctx).Where("id = ?", id).Take(alarm).Error
	return alarm, err
}

// Lock returns one alarm and locks it until the transaction ends. It fails with ErrNotFound.
func (a Alarms) Lock(ctx context.Context, id model.ID) (*model.Alarm, error) {
	alarm := new(model.Alarm)
	err := a.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(alarm).Error
	return alarm, err
}

// Update writes the state of a locked alarm after one step. It fails with ErrStale unless the row is at the version
// before that step.
func (a Alarms) Update(ctx context.Context, alarm *model.Alarm) error {
	update := a.to(ctx).Model(alarm).Where("version = ?", alarm.Version-1).
		Select("status", "outcome", "presses", "lapses", "pressed_at", "first_acked_at", "first_acked_by", "acked_at", "acked_by", "arrive_by",
			"on_site_at", "on_site_by", "resolved_at", "resolved_by", "note", "version").Updates(alarm)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrStale
	}
	return update.Error
}

// AlarmQuery says which alarms a list shows: those within a reach, those of one member, or those of a drill.
type AlarmQuery struct {
	Community model.ID
	Reach     []model.Grant // of who looks after a part of the tree
	Member    model.ID      // who was called, or whose home it is
	Household model.ID      // of that member
	Drill     model.ID
	Statuses  []model.AlarmStatus
	Before    model.ID
	Limit     int
}

// List returns alarms, newest first.
func (a Alarms) List(ctx context.Context, q AlarmQuery) ([]*model.Alarm, error) {
	db := a.from(ctx)
	switch {
	case q.Reach != nil:
		db = within(db, q.Community, q.Reach)
	default:
		db = db.Where("community_id = ?", q.Community).
			Where("id IN (SELECT alarm_id FROM doorbell_delivery WHERE recipient_id = ?) OR household_id = ? AND household_id > 0", q.Member, q.Household)
	}
	if q.Drill != 0 {
		db = db.Where("drill_id = ?", q.Drill)
	}
	if len(q.Statuses) > 0 {
		db = db.Where("status IN ?", q.Statuses)
	}
	var rows []*model.Alarm
	err := db.Where("id < ?", newestBelow(q.Before)).Order("id DESC").Limit(q.Limit).Find(&rows).Error
	return rows, err
}

// StepName is the identity of a step.
type StepName struct {
	AlarmID model.ID
	StepNo  int
}

// DueSteps returns the steps whose time has come, the longest due first.
func (a Alarms) DueSteps(ctx context.Context, now model.Instant, limit int) ([]StepName, error) {
	var rows []StepName
	err := a.from(ctx).Raw("SELECT alarm_id, step_no FROM doorbell_step WHERE state = 'waiting' AND due_at <= ? ORDER BY due_at LIMIT ?", now, limit).
		Scan(&rows).Error
	return rows, err
}

// TakeStep writes that a step was done which was to be. When it was not any more the transaction runs again.
func (a Alarms) TakeStep(ctx context.Context, step *model.AlarmStep) error {
	update := a.to(ctx).Exec("UPDATE doorbell_step SET state = 'done', done_at = ?, told = ? WHERE alarm_id = ? AND step_no = ? AND state IN ('waiting', 'void')",
		step.DoneAt, step.Told, step.AlarmID, step.StepNo)
	if update.Error == nil && update.RowsAffected == 0 {
		return errLostRace
	}
	return update.Error
}

// Steps returns the steps of an alarm in their order.
func (a Alarms) Steps(ctx context.Context, alarm model.ID) ([]*model.AlarmStep, error) {
	var rows []*model.AlarmStep
	err := a.from(ctx).Where("alarm_id = ?", alarm).Order("step_no").Find(&rows).Error
	return rows, err
}

// UpdateSteps writes the states of steps of a locked alarm.
func (a Alarms) UpdateSteps(ctx context.Context, steps ...*model.AlarmStep) error {
	for _, s := range steps {
		err := a.to(ctx).Exec("UPDATE doorbell_step SET state = ?, due_at = ?, done_at = ?, told = ? WHERE alarm_id = ? AND step_no = ?",
			s.State, s.DueAt, s.DoneAt, s.Told, s.AlarmID, s.StepNo).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// MoveSteps gives all steps of a locked alarm that are in some states another one.
func (a Alarms) MoveSteps(ctx context.Context, alarm model.ID, to model.StepState, from ...model.StepState) error {
	return a.to(ctx).Exec("UPDATE doorbell_step SET state = ? WHERE alarm_id = ? AND state IN ?", to, alarm, from).Error
}

// AddDeliveries adds that people are told.
func (a Alarms) AddDeliveries(ctx context.Context, rows []*model.Delivery) error {
	return createAll(a.to(ctx), rows)
}

// Deliveries returns who was told of an alarm, in the order of it.
func (a Alarms) Deliveries(ctx context.Context, alarm model.ID) ([]*model.Delivery, error) {
	var rows []*model.Delivery
	err := a.from(ctx).Where("alarm_id = ?", alarm).Order("id").Find(&rows).Error
	return rows, err
}

// Recipients returns who was told of an alarm, each once.
func (a Alarms) Recipients(ctx context.Context, alarm model.ID) ([]model.ID, error) {
	var ids []model.ID
	err := a.from(ctx).Raw("SELECT DISTINCT recipient_id FROM doorbell_delivery WHERE alarm_id = ? ORDER BY recipient_id", alarm).Scan(&ids).Error
	return ids, err
}

// Called reports whether a member was told of an alarm.
func (a Alarms) Called(ctx context.Context, alarm, member model.ID) (bool, error) {
	var n int64
	err := a.from(ctx).Model(&model.Delivery{}).Where("recipient_id = ? AND alarm_id = ?", member, alarm).Count(&n).Error
	return n > 0, err
}

// DueDeliveries returns the deliveries that are due, the longest due first.
func (a Alarms) DueDeliveries(ctx context.Context, now model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := a.from(ctx).Model(&model.Delivery{}).Where("status = ? AND next_at <= ?", model.DeliveryPending, now).
		Order("next_at").Limit(limit).Pluck("id", &ids).Error
	return ids, err
}

// ClaimDeliveries gives a process those of some deliveries that are due, under a claim of its own; until a time no other
// takes them. It locks them by their ids, in one order, so that those who claim and those who add do not meet in the
// index of what is due.
func (a Alarms) ClaimDeliveries(ctx context.Context, ids []model.ID, claim model.ID, now, until model.Instant) ([]*model.Delivery, error) {
	var rows []*model.Delivery
	err := a.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id IN ?", slices.Sorted(slices.Values(ids))).Order("id").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(d *model.Delivery) bool { return d.Status != model.DeliveryPending || d.NextAt > now })
	if len(rows) == 0 {
		return nil, nil
	}
	mine := make([]model.ID, len(rows))
	for i, d := range rows {
		mine[i], d.Claim, d.NextAt = d.ID, claim, until
	}
	return rows, a.to(ctx).Exec("UPDATE doorbell_delivery SET claim = ?, next_at = ? WHERE id IN ?", claim, until, mine).Error
}

// UpdateDelivery writes how an attempt went that was made under a claim, unless another process holds it by now.
func (a Alarms) UpdateDelivery(ctx context.Context, claim model.ID, d *model.Delivery) error {
	return a.to(ctx).Model(d).Where("claim = ?", claim).Select("status", "attempts", "next_at", "claim", "answer", "sent_at").Updates(d).Error
}

// ByIDs returns those of the alarms that there are.
func (a Alarms) ByIDs(ctx context.Context, ids []model.ID) (map[model.ID]*model.Alarm, error) {
	found := map[model.ID]*model.Alarm{}
	for part := range slices.Chunk(ids, rowsPerStatement) {
		var rows []*model.Alarm
		if err := a.from(ctx).Where("id IN ?", part).Find(&rows).Error; err != nil {
			return nil, err
		}
		for _, r := range rows {
			found[r.ID] = r
		}
	}
	return found, nil
}

// Times returns when alarms of a period were raised and met, within a reach: so many after an id.
func (a Alarms) Times(ctx context.Context, community model.ID, reach []model.Grant, from, to model.Instant, after model.ID, limit int) ([]*model.Alarm, error) {
	var rows []*model.Alarm
	err := within(a.from(ctx), community, reach).
		Select("id", "source", "status", "outcome", "raised_at", "first_acked_at", "on_site_at", "resolved_at").
		Where("raised_at >= ? AND raised_at < ? AND id > ?", from, to, after).Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// CountAnswered returns how many alarms of a drill within a reach were acknowledged.
func (a Alarms) CountAnswered(ctx context.Context, q AlarmQuery) (int, error) {
	var n int64
	err := within(a.from(ctx).Model(&model.Alarm{}), q.Community, q.Reach).Where("drill_id = ? AND first_acked_at > 0", q.Drill).Count(&n).Error
	return int(n), err
}

// AddDrill adds a drill.
func (a Alarms) AddDrill(ctx context.Context, d *model.Drill) error { return a.to(ctx).Create(d).Error }

// Drill returns one drill. It fails with ErrNotFound.
func (a Alarms) Drill(ctx context.Context, id model.ID) (*model.Drill, error) {
	d := new(model.Drill)
	err := a.from(ctx).Where("id = ?", id).Take(d).Error
	return d, err
}

// Drills returns drills of a community for parts of the tree in sight, newest first.
func (a Alarms) Drills(ctx context.Context, community model.ID, sight model.Sight, before model.ID, limit int) ([]*model.Drill, error) {
	var rows []*model.Drill
	err := shown(a.from(ctx), community, sight, "scope_node_id").Where("id < ?", newestBelow(before)).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

package care

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// StartDrill rings the doorbells of a part of the tree as a test: those who are paired are called, and nobody else. A home
// whose alarm is open is left alone. The community has had its drill of the month by it. It fails with ErrForbidden, ErrNotFound, ErrDrillEmpty, and ErrDrillSize.
func (c *Care) StartDrill(ctx context.Context, who model.Actor, scope model.ID) (*model.Drill, error) {
	drill, err := repository.Once(ctx, c.store, c.now(), func(tx *repository.Store) (*model.Drill, error) {
		node, err := tx.Nodes.Get(ctx, scope)
		if err != nil {
			return nil, err
		}
		if err := who.May(model.OpDrillBell, node.Place); err != nil {
			return nil, err
		}
		homes, err := tx.Doorbells.ActiveHomes(ctx, node.CommunityID, model.Grant{NodeID: node.ID, NodeKind: node.Kind}, model.MaxDrill+1)
		switch {
		case err != nil:
			return nil, err
		case len(homes) == 0:
			return nil, model.ErrDrillEmpty
		case len(homes) > model.MaxDrill:
			return nil, model.ErrDrillSize
		}
		d := &model.Drill{ID: tx.NewID(), CommunityID: node.CommunityID, ScopeNodeID: scope, StartedBy: who.MemberID, StartedAt: c.now()}
		for _, h := range homes {
			if err := c.test(ctx, tx, d, h.HouseholdID); err != nil {
				return nil, err
			}
		}
		d.Scope = model.NodeRef{ID: node.ID, Name: node.Name}
		if err := tx.Alarms.AddDrill(ctx, d); err != nil {
			return nil, err
		}
		return d, c.drilled(ctx, tx, d)
	})
	if err == nil {
		c.ring()
	}
	return drill, err
}

// test rings one home for a drill.
func (c *Care) test(ctx context.Context, tx *repository.Store, d *model.Drill, home model.ID) error {
	h, err := tx.Doorbells.LockHome(ctx, home)
	if err != nil {
		return err
	}
	if h.AlarmID != 0 || !h.Active {
		d.Skipped++
		return nil
	}
	d.Rung++
	a := model.NewAlarm(tx.NewID(), h, model.AlarmByDrill, d.StartedAt)
	a.DrillID, a.RaisedBy = d.ID, d.StartedBy
	return c.raise(ctx, tx, h, a)
}

// drilled ends the task of the month of a drill. When there is none yet it is made, so that nobody is asked for it.
func (c *Care) drilled(ctx context.Context, tx *repository.Store, d *model.Drill) error {
	t := model.NewDrillTask(tx.NewID(), d.CommunityID, d.StartedAt)
	if _, err := tx.Care.AddTask(ctx, t); err != nil {
		return err
	}
	return tx.Care.SettleCause(ctx, t.Key, "已演练", d.StartedBy, d.StartedAt)
}

// askForDrill makes a community's task of the month, and tells who may start a drill.
func (c *Care) askForDrill(ctx context.Context, tx *repository.Store, community model.ID) (bool, error) {
	t := model.NewDrillTask(tx.NewID(), community, c.now())
	added, err := tx.Care.AddTask(ctx, t)
	if err != nil || !added {
		return false, err
	}
	admins, err := officers(ctx, tx, t.Place, model.RoleCommunityAdmin)
	if err != nil {
		return false, err
	}
	var notices []*model.Notice
	for _, id := range unique(admins) {
		notices = append(notices, &model.Notice{
			CommunityID: community, MemberID: id, Kind: model.NoticeCareTask, Title: "爱心门铃待办", Body: "本月还没有演练，请安排一次",
			Ref: model.NoticeRef{Type: model.RefCareTask, ID: t.ID}, Key: "care:" + t.Key, CreatedAt: c.now(),
		})
	}
	return true, notify.Tell(ctx, tx, notices...)
}

// Drills lists the drills that were for a part of the tree in the caller's sight, newest first. It fails with
// ErrForbidden and ErrCursor.
func (c *Care) Drills(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.Drill], error) {
	sight, err := c.sight(ctx, who)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("drills:%d", who.MemberID)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := c.store.Alarms.Drills(ctx, who.Place.CommunityID, sight, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Drill) int64 { return int64(last.ID) })
	return list, c.viewDrills(ctx, list.Items...)
}

func (c *Care) sight(ctx context.Context, who model.Actor) (model.Sight, error) {
	return who.Sees(model.OpReadBell, func(ids []model.ID) ([]*model.Node, error) { return c.store.Nodes.ByIDs(ctx, ids) })
}

func (c *Care) viewDrills(ctx context.Context, drills ...*model.Drill) error {
	var scopes []model.ID
	for _, d := range drills {
		scopes = append(scopes, d.ScopeNodeID)
	}
	names, err := c.store.Nodes.Names(ctx, scopes)
	for _, d := range drills {
		d.Scope = model.NodeRef{ID: d.ScopeNodeID, Name: names[d.ScopeNodeID]}
	}
	return err
}

// DrillReport is a page of what came of a drill, by home, and how many answered in all.
type DrillReport struct {
	*model.Drill
	Answered   int         `json:"answered"`
	Items      []*Answered `json:"items"`
	NextCursor string      `json:"next_cursor"`
}

// Answered is how a home's volunteers answered a drill.
type Answered struct {
	AlarmID model.ID         `json:"alarm_id"`
	Elder   model.MemberRef  `json:"elder"`
	Unit    model.NodeRef    `json:"unit"`
	By      *model.MemberRef `json:"acked_by,omitempty"`
	Seconds *int64           `json:"seconds,omitempty" doc:"几秒后回应；没有为无人回应"`
}

// DrillReport tells who answered a drill in what time, of those homes that are within the caller's reach. It fails with
// ErrNotFound, ErrForbidden and ErrCursor.
func (c *Care) DrillReport(ctx context.Context, who model.Actor, id model.ID, page model.Page) (*DrillReport, error) {
	reach, err := who.Reach(model.OpReadBell)
	if err != nil {
		return nil, err
	}
	d, err := c.store.Alarms.Drill(ctx, id)
	if err != nil {
		return nil, err
	}
	sight, err := c.sight(ctx, who)
	if err != nil {
		return nil, err
	}
	node, err := c.store.Nodes.Get(ctx, d.ScopeNodeID)
	if err != nil {
		return nil, err
	}
	if d.CommunityID != who.Place.CommunityID || !sight.Shows(node) {
		return nil, model.ErrNotFound
	}
	q := repository.AlarmQuery{Community: d.CommunityID, Reach: reach, Drill: id, Limit: page.Size() + 1}
	list, err := c.alarms(ctx, who, fmt.Sprintf("drill:%d:%d", id, who.MemberID), q, page)
	if err != nil {
		return nil, err
	}
	report := &DrillReport{Drill: d, Items: []*Answered{}, NextCursor: list.NextCursor}
	if report.Answered, err = c.store.Alarms.CountAnswered(ctx, q); err != nil {
		return nil, err
	}
	if err := c.answered(ctx, report, list.Items); err != nil {
		return nil, err
	}
	return report, c.viewDrills(ctx, d)
}

func (c *Care) answered(ctx context.Context, report *DrillReport, alarms []*model.Alarm) error {
	var people []model.ID
	for _, a := range alarms {
		people = append(people, a.FirstAckedBy)
	}
	refs, err := c.store.Members.Refs(ctx, people)
	for _, a := range alarms {
		line := &Answered{AlarmID: a.ID, Elder: a.Elder, Unit: a.Unit}
		if a.FirstAckedAt != 0 {
			by, seconds := refs[a.FirstAckedBy], seconds(a.FirstAckedAt-a.RaisedAt)
			line.By, line.Seconds = &by, &seconds
		}
		report.Items = append(report.Items, line)
	}
	return err
}

// seconds returns a span in whole seconds.
func seconds(span model.Instant) int64 { return int64(span) / 1_000_000 }

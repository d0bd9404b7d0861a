package reception

import (
	"context"
	"fmt"
	"strings"

	"linbanglin/model"
	"linbanglin/repository"
)

// Note notes that somebody came to the room during the caller's shift. It fails with ErrNotFound, ErrForbidden, with
// ErrShiftState unless the caller has checked in, and with ErrInvalid.
func (r *Reception) Note(ctx context.Context, who model.Actor, shift model.ID, v *model.ReceptionVisit) (*model.ReceptionVisit, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.ReceptionVisit, error) {
		s, err := r.lockShift(ctx, tx, who, shift)
		switch {
		case err != nil:
			return nil, err
		case s.MemberID != who.MemberID:
			return nil, hidden(s)
		case s.Status != model.ShiftCheckedIn && s.Status != model.ShiftDone:
			return nil, model.ErrShiftState.Saying("请先签到再登记来访", "Check in before you note visits.")
		}
		now := r.now()
		v.ID, v.CommunityID, v.ShiftID, v.HostID, v.Day, v.CreatedAt = tx.NewID(), s.CommunityID, shift, who.MemberID, s.Day, now
		if v.Topic = strings.TrimSpace(v.Topic); v.Outcome == model.VisitSolved {
			v.SolvedAt = now
		}
		if err := v.Validate(); err != nil {
			return nil, err
		}
		if err := tx.ReceptionVisits.Add(ctx, v); err != nil {
			return nil, err
		}
		return v, viewVisits(ctx, tx, v)
	})
}

// lockVisit locks a visit that the caller noted, or one of the room that the caller manages. For others it is not there.
func (r *Reception) lockVisit(ctx context.Context, tx *repository.Store, who model.Actor, id model.ID) (*model.ReceptionVisit, error) {
	v, err := tx.ReceptionVisits.Lock(ctx, id)
	if err == nil && v.HostID != who.MemberID && (v.CommunityID != who.Place.CommunityID || mayManage(who) != nil) {
		return nil, model.ErrNotFound
	}
	return v, err
}

// Solve says that what somebody came for is solved. It fails with ErrNotFound and ErrVisitSolved.
func (r *Reception) Solve(ctx context.Context, who model.Actor, id model.ID) (*model.ReceptionVisit, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.ReceptionVisit, error) {
		v, err := r.lockVisit(ctx, tx, who, id)
		if err != nil {
			return nil, err
		}
		if err := v.Solve(r.now()); err != nil {
			return nil, err
		}
		if err := tx.ReceptionVisits.Solve(ctx, v); err != nil {
			return nil, err
		}
		return v, viewVisits(ctx, tx, v)
	})
}

// Visits lists the visits that the caller noted, or with all those of the room that the caller manages, newest first. It
// fails with ErrForbidden and ErrCursor.
func (r *Reception) Visits(ctx context.Context, who model.Actor, all bool, page model.Page) (*model.List[*model.ReceptionVisit], error) {
	host := who.MemberID
	if all {
		if err := mayManage(who); err != nil {
			return nil, err
		}
		host = 0
	}
	name := fmt.Sprintf("reception visits:%d:%d", who.Place.CommunityID, host)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.ReceptionVisits.List(ctx, who.Place.CommunityID, host, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.ReceptionVisit) int64 { return int64(last.ID) })
	return list, viewVisits(ctx, r.store, list.Items...)
}

func viewVisits(ctx context.Context, s *repository.Store, visits ...*model.ReceptionVisit) error {
	var hosts []model.ID
	for _, v := range visits {
		hosts = append(hosts, v.HostID)
	}
	refs, err := s.Members.Refs(ctx, hosts)
	for _, v := range visits {
		v.Host = refs[v.HostID]
	}
	return err
}

// Counts is how many came, and for how many it was solved.
type Counts struct {
	Served int `json:"served" doc:"接待"`
	Solved int `json:"solved" doc:"其中办结"`
}

func (c *Counts) add(t repository.VisitTally) {
	c.Served += t.Times
	if t.Outcome == model.VisitSolved {
		c.Solved += t.Times
	}
}

// Counters are what a period of the room comes to. They are counted from the visits and shifts.
type Counters struct {
	From model.Day `json:"from"`
	To   model.Day `json:"to"`
	Counts
	ByKind     map[model.ReceptionKind]*Counts `json:"by_kind"`
	ByAudience map[string]*Counts              `json:"by_audience"`
	Shifts     int                             `json:"shifts" doc:"已公布的班次"`
	Attended   int                             `json:"attended" doc:"其中已签到"`
	NoShows    int                             `json:"no_shows" doc:"其中缺班（含已顶班）"`
}

// Counters counts a period, this month when none is given, for everybody of the community. It fails with ErrForbidden
// and ErrDays.
func (r *Reception) Counters(ctx context.Context, who model.Actor, from, to model.Day) (*Counters, error) {
	if err := who.May(model.OpReadReception, who.Place); err != nil {
		return nil, err
	}
	if from == 0 && to == 0 {
		first, next := r.now().Month().Span()
		from, to = first.Day(), next.Add(-1).Day()
	}
	if from == 0 || to < from || to.Start() > from.Start().Add(maxCounted) {
		return nil, model.ErrDays
	}
	c := &Counters{From: from, To: to, ByKind: map[model.ReceptionKind]*Counts{}, ByAudience: map[string]*Counts{}}
	for _, kind := range model.ReceptionKinds() {
		c.ByKind[kind] = &Counts{}
	}
	for _, audience := range []string{model.VisitorResident, model.VisitorMigrant, model.VisitorUnit} {
		c.ByAudience[audience] = &Counts{}
	}
	rows, err := r.store.ReceptionVisits.Tally(ctx, who.Place.CommunityID, from, to)
	if err != nil {
		return nil, err
	}
	for _, t := range rows {
		c.add(t)
		c.ByKind[t.Kind].add(t)
		c.ByAudience[t.Audience].add(t)
	}
	shifts, err := r.store.Reception.ShiftsBetween(ctx, who.Place.CommunityID, from, to, false)
	for _, s := range shifts {
		c.Shifts++
		if s.CheckedInAt != 0 {
			c.Attended++
		}
		if s.MissedBy != 0 {
			c.NoShows++
		}
	}
	return c, err
}

// maxCounted is how long a period is counted at once.
const maxCounted = 4 * maxShown

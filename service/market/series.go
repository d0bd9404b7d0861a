package market

import (
	"context"
	"errors"
	"fmt"
	"math"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/content"
	"linbanglin/service/recurrence"
)

// SeriesInput is what someone asks for again and again. Its StartsAt is that of the first time, and it has no EndsAt.
type SeriesInput struct {
	RequestInput
	Minutes int    // that each time takes
	Rule    string // RFC 5545 RRULE
}

// maxSeries is how many series of one person may run at a time.
const maxSeries = 20

var errTooManySeries = &model.Error{
	Kind: model.Conflict, Code: "series.too_many",
	Message: "您还有太多没有结束的定期求助", English: "You have too many series that have not ended.",
}

// AskSeries posts a series. Its requests are made by SweepSeries, and none of them counts against what one person may
// have waiting. It fails with ErrSeriesRule, as Ask does, and in conflict when too many series run.
func (m *Market) AskSeries(ctx context.Context, who model.Actor, in SeriesInput) (*model.Series, error) {
	check, err := m.look(ctx, who, model.SubjectSeries, in.RequestInput)
	if err != nil {
		return repository.AnswerOr[*model.Series](ctx, m.store, err)
	}
	now := m.now()
	return repository.Once(ctx, m.store, now, func(tx *repository.Store) (*model.Series, error) {
		// The requester's row keeps two series from counting at once.
		s, err := in.series(ctx, tx, who, tx.Members.Lock, now)
		if err != nil {
			return nil, err
		}
		s.ID = m.store.NewID()
		for _, i := range s.Instances {
			i.SeriesID = s.ID
		}
		running, err := tx.Series.CountRunning(ctx, s.RequesterID, now)
		if err != nil {
			return nil, err
		}
		if running >= maxSeries {
			return nil, errTooManySeries
		}
		hit, err := hits(ctx, tx, s.CommunityID, s.Title, s.Description)
		if err != nil {
			return nil, err
		}
		if hit || check.Holds() {
			s.Withhold()
		}
		if err := tx.Series.Create(ctx, s); err != nil {
			return nil, err
		}
		if err := content.Keep(ctx, tx, check, s.ID); err != nil {
			return nil, err
		}
		if s.Proxied() {
			about := model.Consent{CommunityID: s.CommunityID, SeriesID: s.ID, MemberID: s.RequesterID, RecordedBy: who.MemberID}
			if err := m.record(ctx, tx, in.Consent, about); err != nil {
				return nil, err
			}
		}
		return m.seriesView(ctx, tx, s)
	})
}

// PreviewSeries tells when a series would fall; nothing is kept. It fails as AskSeries does.
func (m *Market) PreviewSeries(ctx context.Context, who model.Actor, in SeriesInput) (*model.Series, error) {
	s, err := in.series(ctx, m.store, who, m.store.Members.Get, m.now())
	if err != nil {
		return nil, err
	}
	return s, viewSeries(ctx, m.store, s)
}

// series makes a series that has no id yet. Read finds the requester.
func (in SeriesInput) series(ctx context.Context, tx *repository.Store, who model.Actor,
	read func(context.Context, model.ID) (*model.Member, error), now model.Instant,
) (*model.Series, error) {
	r := in.request(who)
	s := &model.Series{
		RequesterID: r.RequesterID, CreatedBy: r.CreatedBy, Category: r.Category, Title: r.Title, Description: r.Description,
		Urgency: r.Urgency, Slots: r.Slots, Skills: r.Skills, Stairs: r.Stairs, Minutes: in.Minutes,
	}
	requester, err := read(ctx, s.RequesterID)
	if err != nil {
		return nil, err
	}
	if s.Place, err = mayAsk(ctx, tx, who, requester); err != nil {
		return nil, err
	}
	rule, err := recurrence.Read(in.Rule, in.StartsAt, now)
	if err != nil {
		return nil, err
	}
	s.Rule, s.Words = rule.Text, rule.Words()
	return s, s.Begin(rule.Times, now)
}

// mayReadSeries lets who asked for a series, who posted it, and those who manage requests there see it; for others it
// is not there.
func mayReadSeries(who model.Actor, s *model.Series) error {
	if who.Place.CommunityID == s.CommunityID && (s.Asks(who.MemberID) || who.May(model.OpManageRequest, s.Place) == nil) {
		return nil
	}
	return model.ErrNotFound
}

// SeriesByID returns one series with its next instances. It fails with ErrNotFound.
func (m *Market) SeriesByID(ctx context.Context, who model.Actor, id model.ID) (*model.Series, error) {
	s, err := m.store.Series.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := mayReadSeries(who, s); err != nil {
		return nil, err
	}
	return m.seriesView(ctx, m.store, s)
}

// SeriesList lists the series that the caller asked for or posted, or with all those that the caller manages, newest
// first, without their instances. It fails with ErrForbidden and ErrCursor.
func (m *Market) SeriesList(ctx context.Context, who model.Actor, all bool, page model.Page) (*model.List[*model.Series], error) {
	owner, reach := who.MemberID, []model.Grant(nil)
	if all {
		var err error
		if reach, err = who.Reach(model.OpManageRequest); err != nil {
			return nil, err
		}
		owner = 0
	}
	name := fmt.Sprintf("series:%d:%t", who.MemberID, all)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := m.store.Series.List(ctx, who.Place.CommunityID, owner, reach, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Series) int64 { return int64(last.ID) })
	return list, viewSeries(ctx, m.store, list.Items...)
}

// maxInstances is how many instances of a series are shown.
const maxInstances = 100

// seriesView completes one series with its next instances.
func (m *Market) seriesView(ctx context.Context, tx *repository.Store, s *model.Series) (*model.Series, error) {
	var err error
	if s.Instances, err = tx.Series.Instances(ctx, s.ID, m.now(), math.MaxInt64, maxInstances); err != nil {
		return nil, err
	}
	return s, viewSeries(ctx, tx, s)
}

// viewSeries completes series for who may read them.
func viewSeries(ctx context.Context, tx *repository.Store, list ...*model.Series) error {
	var people, buildings, proxied []model.ID
	for _, s := range list {
		if s.Proxied() {
			proxied = append(proxied, s.ID)
		}
		people, buildings = append(people, s.RequesterID), append(buildings, building(s.Place))
	}
	refs, err := tx.Members.Refs(ctx, people)
	if err != nil {
		return err
	}
	names, err := tx.Nodes.Names(ctx, buildings)
	if err != nil {
		return err
	}
	given, err := consents(ctx, tx, nil, proxied)
	for _, s := range list {
		s.Consent = given[s.ID]
		s.Requester = refs[s.RequesterID]
		s.Unit = model.NodeRef{ID: building(s.Place), Name: names[building(s.Place)]}
		if s.Instances == nil {
			s.Instances = []*model.SeriesInstance{}
		}
		for _, i := range s.Instances {
			s.Spell(i, recurrence.Moment)
		}
	}
	return err
}

// changeSeries runs one step on a series under its lock.
func (m *Market) changeSeries(ctx context.Context, who model.Actor, id model.ID,
	step func(tx *repository.Store, s *model.Series, now model.Instant) error,
) (*model.Series, error) {
	return repository.Once(ctx, m.store, m.now(), func(tx *repository.Store) (*model.Series, error) {
		s, err := tx.Series.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := mayReadSeries(who, s); err != nil {
			return nil, err
		}
		if err := step(tx, s, m.now()); err != nil {
			return nil, err
		}
		if err := tx.Series.Update(ctx, s); err != nil {
			return nil, err
		}
		return m.seriesView(ctx, tx, s)
	})
}

// SkipInstance leaves one time of a series out; a request that was made for it is cancelled. It fails with ErrNotFound
// when the series has no such time, with ErrSeriesState when that is over, and with ErrRequestState once somebody has
// begun to help.
func (m *Market) SkipInstance(ctx context.Context, who model.Actor, id model.ID, at model.Instant) (*model.Series, error) {
	return m.changeSeries(ctx, who, id, func(tx *repository.Store, s *model.Series, now model.Instant) error {
		i, err := tx.Series.Instance(ctx, id, at)
		if err != nil {
			return err
		}
		if err := s.Skip(i, now); err != nil {
			return err
		}
		if i.RequestID != 0 {
			if err := m.cancelInstance(ctx, tx, i, who.MemberID, "这一次不需要了", now); err != nil {
				return err
			}
		}
		return tx.Series.UpdateInstances(ctx, i)
	})
}

// UnskipInstance takes one time of a series back in, as another request. It fails with ErrNotFound and ErrSeriesState.
func (m *Market) UnskipInstance(ctx context.Context, who model.Actor, id model.ID, at model.Instant) (*model.Series, error) {
	return m.changeSeries(ctx, who, id, func(tx *repository.Store, s *model.Series, now model.Instant) error {
		i, err := tx.Series.Instance(ctx, id, at)
		if err != nil {
			return err
		}
		if err := s.Unskip(i, now); err != nil {
			return err
		}
		return tx.Series.UpdateInstances(ctx, i)
	})
}

// EndSeries has nothing more come of a series: what it made for later, and nobody has begun, is cancelled. It fails with
// ErrNotFound, and with ErrSeriesState when it has ended.
func (m *Market) EndSeries(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.Series, error) {
	return m.changeSeries(ctx, who, id, func(tx *repository.Store, s *model.Series, now model.Instant) error {
		if err := s.End(reason, now); err != nil {
			return err
		}
		later, err := tx.Series.Instances(ctx, id, now, math.MaxInt64, recurrence.MaxTimes, model.InstancePlanned, model.InstanceMade)
		if err != nil {
			return err
		}
		for _, i := range later {
			if i.Status == model.InstanceMade {
				if err := m.cancelInstance(ctx, tx, i, who.MemberID, reason, now); err != nil && !errors.Is(err, model.ErrRequestState) {
					return err
				}
			} else {
				i.Status = model.InstanceEnded
			}
		}
		return tx.Series.UpdateInstances(ctx, later...)
	})
}

// cancelInstance cancels the request of an instance, of which its helpers are told, unless it is over already. It fails
// with ErrRequestState, and has changed nothing, once somebody has begun to help.
func (m *Market) cancelInstance(ctx context.Context, tx *repository.Store, i *model.SeriesInstance, by model.ID, reason string, now model.Instant) error {
	r, err := tx.Requests.Lock(ctx, i.RequestID)
	switch {
	case err != nil:
		return err
	case r.Status == model.RequestCancelled || r.Status == model.RequestExpired:
		return nil
	case r.Begun():
		return model.ErrRequestState
	}
	if err := m.take(ctx, tx, r, model.ActionCancel, by, now, func() error { return r.Cancel(reason, now) }); err != nil {
		return err
	}
	return m.goOn(ctx, tx, r, now)
}

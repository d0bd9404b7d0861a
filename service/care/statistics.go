package care

import (
	"context"
	"slices"
	"time"

	"linbanglin/model"
)

// Times is how long something took, of so many.
type Times struct {
	Count  int    `json:"count"`
	Median *int64 `json:"median_seconds" doc:"没有样本为 null"`
	P95    *int64 `json:"p95_seconds"`
}

// MonthOfAlarms is how the alarms of a month went. Drills are counted apart.
type MonthOfAlarms struct {
	Month   model.Month `json:"month"`
	Alarms  int         `json:"alarms"`
	Real    int         `json:"real"`
	False   int         `json:"false"`
	Test    int         `json:"test"`
	Open    int         `json:"open"`
	Drills  int         `json:"drills"`
	Ack     Times       `json:"ack" doc:"报警到接警"`
	Arrival Times       `json:"arrival" doc:"报警到到场"`

	acks, arrivals []int64
}

// statisticsPage is how many alarms one statement reads.
const statisticsPage = 2000

// maxStatistics is how long a time one question is about.
const maxStatistics = 366 * 24 * time.Hour

// Statistics tells how alarms were met, month by month, within the caller's reach, or in a part of the tree there. It
// fails with ErrForbidden, ErrNotFound, and ErrInvalid for days that are no period of at most a year.
func (c *Care) Statistics(ctx context.Context, who model.Actor, unit model.ID, from, to model.Day) ([]*MonthOfAlarms, error) {
	reach, err := who.Reach(model.OpReadBell)
	if err != nil {
		return nil, err
	}
	if unit != 0 {
		node, err := c.store.Nodes.Get(ctx, unit)
		if err != nil {
			return nil, err
		}
		if err := who.May(model.OpReadBell, node.Place); err != nil {
			return nil, err
		}
		reach = []model.Grant{{NodeID: node.ID, NodeKind: node.Kind}}
	}
	if to == 0 {
		to = c.now().Day()
	}
	if from == 0 {
		from = model.InstantOf(to.Start().Time().AddDate(0, -3, 0)).Day()
	}
	if from > to || to.Start() > from.Start().Add(maxStatistics) {
		return nil, model.ErrDays
	}
	return c.statistics(ctx, who.Place.CommunityID, reach, from, to)
}

func (c *Care) statistics(ctx context.Context, community model.ID, reach []model.Grant, from, to model.Day) ([]*MonthOfAlarms, error) {
	byMonth := map[model.Month]*MonthOfAlarms{}
	list := []*MonthOfAlarms{}
	for after := model.ID(0); ; {
		rows, err := c.store.Alarms.Times(ctx, community, reach, from.Start(), to.End(), after, statisticsPage)
		if err != nil {
			return nil, err
		}
		for _, a := range rows {
			month := a.RaisedAt.Month()
			m := byMonth[month]
			if m == nil {
				m = &MonthOfAlarms{Month: month}
				byMonth[month], list = m, append(list, m)
			}
			m.count(a)
			after = a.ID
		}
		if len(rows) < statisticsPage {
			break
		}
	}
	slices.SortFunc(list, func(a, b *MonthOfAlarms) int { return int(a.Month) - int(b.Month) })
	for _, m := range list {
		m.Ack, m.Arrival = times(m.acks), times(m.arrivals)
	}
	return list, nil
}

// count takes an alarm into its month.
func (m *MonthOfAlarms) count(a *model.Alarm) {
	if a.Drill() {
		m.Drills++
		return
	}
	m.Alarms++
	switch a.Outcome {
	case model.OutcomeReal:
		m.Real++
	case model.OutcomeFalse:
		m.False++
	case model.OutcomeTest:
		m.Test++
	default:
		m.Open++
	}
	if a.FirstAckedAt != 0 {
		m.acks = append(m.acks, seconds(a.FirstAckedAt-a.RaisedAt))
	}
	if a.OnSiteAt != 0 {
		m.arrivals = append(m.arrivals, seconds(a.OnSiteAt-a.RaisedAt))
	}
}

// times returns the median and the 95th percentile of samples, each the smallest sample that so many are not above.
func times(samples []int64) Times {
	if len(samples) == 0 {
		return Times{}
	}
	slices.Sort(samples)
	at := func(percent int) *int64 { return &samples[(len(samples)*percent+99)/100-1] }
	return Times{len(samples), at(50), at(95)}
}

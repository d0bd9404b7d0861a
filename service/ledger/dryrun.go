package ledger

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

// reading bounds how many rows are read, in all and at once.
type reading struct{ most, atOnce int }

// dryRunReading reads what two thousand helpers are granted in a year, who help once a week, in a few seconds.
func dryRunReading() reading { return reading{200_000, 2_000} }

// dryRunNamed is of how many members the change is told.
const dryRunNamed = 10

// Change is what was granted, and what would have been.
type Change struct {
	Granted    int64 `json:"granted"`
	WouldBe    int64 `json:"would_be"`
	Difference int64 `json:"difference"`
}

func (c *Change) add(granted, wouldBe int64) {
	c.Granted += granted
	c.WouldBe += wouldBe
	c.Difference = c.WouldBe - c.Granted
}

// DryRunRule is what a month would have been by one rule.
type DryRunRule struct {
	Code    string        `json:"code"`
	Name    string        `json:"name"`
	Measure model.Measure `json:"unit"`
	Missing bool          `json:"missing" doc:"草案中没有这条规则（或单位不同），按 0 计"`
	Times   int64         `json:"times"`
	Change
}

// DryRunMember is what a month would have been for one member.
type DryRunMember struct {
	Member  model.MemberRef `json:"member"`
	Points  Change          `json:"points"`
	Minutes Change          `json:"minutes"`
}

// DryRun tells what a month would have been under a version of the rules.
type DryRun struct {
	Version         int32           `json:"version"`
	Month           string          `json:"month"`
	CountedFrom     model.Day       `json:"counted_from" doc:"上限从这一天起计入：跨月的周、年度、活动中已经发放的按原数计入"`
	CountedTo       model.Day       `json:"counted_to"`
	Rows            int             `json:"rows" doc:"读取的发放笔数"`
	Complete        bool            `json:"complete" doc:"false：笔数超过上限，只算了先入账的部分"`
	Items           []*DryRunRule   `json:"items"`
	MissingCodes    []string        `json:"missing_codes" doc:"当月用到而草案没有的规则"`
	MembersAffected int             `json:"members_affected"`
	Largest         []*DryRunMember `json:"largest" doc:"变化最大的十位；不列未成年人，匿名者不显示姓名"`
}

// DryRun plays a month ("2026-10"; the last one when empty) under a version of the rules, and writes nothing.
// Grants are played in the order of their booking; those that were reversed do not count, but stood in the
// way of others until they were. What caps refused then is not known any more, so it is not granted now; a
// campaign's budget is not looked at. It fails with ErrForbidden, ErrNotFound, and with ErrInvalid for a
// month that has not begun.
func (l *Ledger) DryRun(ctx context.Context, who model.Actor, version int32, month string) (*DryRun, error) {
	if err := mayManageRules(who); err != nil {
		return nil, err
	}
	days, err := monthOf(month, l.now())
	if err != nil {
		return nil, err
	}
	var run *DryRun
	err = l.store.Snapshot(ctx, func(view *repository.Store) error {
		draft, err := view.Points.RuleSet(ctx, who.Place.CommunityID, version)
		if err != nil {
			return err
		}
		run, err = dryRun(ctx, view, draft, days, dryRunReading())
		return err
	})
	return run, err
}

// monthOf returns the days of a month, of the one before now when it is empty.
func monthOf(month string, now model.Instant) (stretch, error) {
	start := time.Date(now.Time().Year(), now.Time().Month()-1, 1, 0, 0, 0, 0, model.Shanghai())
	if month != "" {
		if _, err := model.PeriodMonth.Parse(month, now.Time()); err != nil {
			return stretch{}, model.ErrInvalid.Saying("月份格式应为 2026-10", "A month looks like 2026-10.")
		}
		start, _ = time.ParseInLocation("2006-01", month, model.Shanghai())
	}
	days := stretch{dayOf(start), dayOf(start.AddDate(0, 1, -1))}
	if days.first > now.Day() {
		return stretch{}, model.ErrInvalid.Saying("这个月还没有到", "This month has not begun.")
	}
	return days, nil
}

func dayOf(t time.Time) model.Day { return model.InstantOf(t).Day() }

// dryRun reads what was granted, and plays it under a draft.
func dryRun(ctx context.Context, view *repository.Store, draft *model.RuleSet, month stretch, rows reading) (*DryRun, error) {
	x := newTrial(draft, month)
	if err := x.learn(ctx, view); err != nil {
		return nil, err
	}
	reach := x.reach()
	run := &DryRun{
		Version: draft.Version, Month: model.PeriodMonth.Format(int32(month.first / 100)), CountedFrom: reach.first, CountedTo: reach.last, Complete: true,
	}
	q := &repository.EarningQuery{Community: draft.CommunityID, From: reach.first, To: reach.last}
	for {
		q.Limit = min(rows.atOnce, rows.most-run.Rows+1)
		earnings, err := view.Points.Earnings(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, e := range earnings {
			if run.Rows == rows.most {
				run.Complete = false
				return run, run.tell(ctx, view, x)
			}
			if err := x.know(ctx, view, e.Version); err != nil {
				return nil, err
			}
			x.take(e)
			run.Rows++
			q.AfterAt, q.AfterID = e.BookedAt, e.ID
		}
		if len(earnings) < q.Limit {
			return run, run.tell(ctx, view, x)
		}
	}
}

// learn reads which caps the month's own rules had.
func (x *trial) learn(ctx context.Context, view *repository.Store) error {
	granted, err := view.Points.EarningVersions(ctx, x.draft.CommunityID, x.month.first, x.month.last)
	if err != nil {
		return err
	}
	for code, versions := range granted {
		for _, v := range versions {
			if err := x.know(ctx, view, v); err != nil {
				return err
			}
		}
		x.owns(code, versions)
	}
	return nil
}

// know reads a version of the rules that something was granted under.
func (x *trial) know(ctx context.Context, view *repository.Store, version int32) (err error) {
	if x.versions[version] != nil {
		return nil
	}
	x.versions[version], err = view.Points.RuleSet(ctx, x.draft.CommunityID, version)
	if errors.Is(err, model.ErrNotFound) {
		x.versions[version], err = &model.RuleSet{}, nil
	}
	return err
}

// tell makes the answer of what a trial came to.
func (run *DryRun) tell(ctx context.Context, view *repository.Store, x *trial) error {
	run.Items, run.MissingCodes = []*DryRunRule{}, []string{}
	for _, row := range x.rules {
		run.Items = append(run.Items, row)
		if row.Missing {
			run.MissingCodes = append(run.MissingCodes, row.Code)
		}
	}
	slices.SortFunc(run.Items, func(a, b *DryRunRule) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Measure, b.Measure))
	})
	slices.Sort(run.MissingCodes)
	run.MissingCodes = slices.Compact(run.MissingCodes)
	maps.DeleteFunc(x.members, func(_ model.ID, m *memberChange) bool { return m.points.Difference == 0 && m.minutes.Difference == 0 })
	run.MembersAffected = len(x.members)
	return run.name(ctx, view, x)
}

// name tells the largest changes, of points first, of those who may be named.
func (run *DryRun) name(ctx context.Context, view *repository.Store, x *trial) error {
	ids := slices.SortedFunc(maps.Keys(x.members), func(a, b model.ID) int {
		p, q := x.members[a], x.members[b]
		return cmp.Or(cmp.Compare(size(q.points), size(p.points)), cmp.Compare(size(q.minutes), size(p.minutes)), cmp.Compare(a, b))
	})
	run.Largest = []*DryRunMember{}
	for part := range slices.Chunk(ids, 10*dryRunNamed) {
		shown, err := view.Members.Some(ctx, part)
		if err != nil {
			return err
		}
		for _, id := range part {
			m := shown[id]
			if m == nil || !m.Adult(int(x.month.last)/10000) {
				continue
			}
			ref := model.MemberRef{ID: m.ID, DisplayName: m.DisplayName()}
			if m.Anonymous {
				ref = model.MemberRef{DisplayName: model.AnonymousName}
			}
			run.Largest = append(run.Largest, &DryRunMember{ref, x.members[id].points, x.members[id].minutes})
			if len(run.Largest) == dryRunNamed {
				return nil
			}
		}
	}
	return nil
}

func size(c Change) int64 { return max(c.Difference, -c.Difference) }

package matters

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"linbanglin/model"
	"linbanglin/repository"
)

// Rates returns the rates (三率) of the matters within the caller's reach that were closed in a month, such as 2026-11,
// beside those of the month before. Every number is the length of a list that Rated returns. It fails with ErrForbidden for
// who reads no matters of others, and with ErrInvalid for what is no month.
func (s *Matters) Rates(ctx context.Context, who model.Actor, month string, by model.RateBy) (*model.RateReport, error) {
	q, err := s.counting(who, month)
	if err != nil {
		return nil, err
	}
	report := &model.RateReport{Month: q.From.Month(), By: by, Items: []*model.RateLine{}}
	lines := map[string]*model.RateLine{}
	for _, measure := range model.RateMeasures() {
		now, then, err := s.months(ctx, *q, measure, by)
		if err != nil {
			return nil, err
		}
		*report.Total.Of(measure) = model.TrendOf(sum(now), sum(then))
		for _, rates := range []map[string]model.Rate{now, then} {
			for key := range rates {
				if lines[key] == nil {
					lines[key] = &model.RateLine{Key: key}
					report.Items = append(report.Items, lines[key])
				}
				*lines[key].Of(measure) = model.TrendOf(now[key], then[key])
			}
		}
	}
	slices.SortFunc(report.Items, func(a, b *model.RateLine) int { return cmp.Compare(a.Key, b.Key) })
	return report, s.nameLines(ctx, who.Place.CommunityID, report)
}

// months counts a measure in a month and in the one before.
func (s *Matters) months(ctx context.Context, q repository.RateQuery, measure model.RateMeasure, by model.RateBy) (now, then map[string]model.Rate, err error) {
	q.Measure = measure
	if now, err = s.store.Matters.Rates(ctx, &q, by); err != nil {
		return nil, nil, err
	}
	q.Until = q.From
	q.From, _ = (q.Until - 1).Month().Span()
	then, err = s.store.Matters.Rates(ctx, &q, by)
	return now, then, err
}

func sum(rates map[string]model.Rate) model.Rate {
	var numerator, denominator int64
	for _, r := range rates {
		numerator, denominator = numerator+r.Numerator, denominator+r.Denominator
	}
	return model.RateOf(numerator, denominator)
}

// counting asks for the matters of a month within somebody's reach.
func (s *Matters) counting(who model.Actor, month string) (*repository.RateQuery, error) {
	reach, err := who.Reach(model.OpReadMatters)
	if err != nil {
		return nil, err
	}
	m, err := model.ParseMonth(month)
	if err != nil {
		return nil, err
	}
	q := &repository.RateQuery{Community: who.Place.CommunityID, Reach: reach}
	q.From, q.Until = m.Span()
	return q, nil
}

// Rated lists the rows that one number of the rates counts, the newest first. It fails as Rates does, with ErrInvalid for
// a group that cannot be, and with ErrCursor.
func (s *Matters) Rated(ctx context.Context, who model.Actor, month string, measure model.RateMeasure, part model.RatePart, group model.RateGroup,
	page model.Page,
) (*model.List[*model.RateEntry], error) {
	q, err := s.counting(who, month)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("rated:%d:%s:%s:%s:%s:%s", who.MemberID, month, measure, part, group.By, group.Key)
	if q.Before, err = page.After(name); err != nil {
		return nil, err
	}
	q.Measure, q.Part, q.Group, q.Limit = measure, part, group, page.Size()+1
	rows, err := s.store.Matters.Rated(ctx, q)
	if err != nil {
		return nil, err
	}
	return model.PageOf(name, page, rows, func(last *model.RateEntry) int64 { return int64(last.ID) }), nil
}

// nameLines fills in the names of the lines of a report.
func (s *Matters) nameLines(ctx context.Context, community model.ID, report *model.RateReport) error {
	names := map[string]string{"grid": "网格", "community": "社区", "street": "街道"}
	var ids []model.ID
	for _, line := range report.Items {
		if id, err := strconv.ParseInt(line.Key, 10, 64); err == nil {
			ids = append(ids, model.ID(id))
		}
	}
	switch report.By {
	case model.ByGrid:
		nodes, err := s.store.Nodes.Names(ctx, ids)
		if err != nil {
			return err
		}
		names = map[string]string{"0": "未落到网格"}
		for id, name := range nodes {
			names[id.String()] = name
		}
	case model.ByOrganisation:
		units, err := s.store.Matters.Organisations(ctx, community, ids)
		if err != nil {
			return err
		}
		names = map[string]string{"0": "未派给单位"}
		for id, unit := range units {
			names[id.String()] = unit.Name
		}
	case model.ByCategory:
		catalogue, err := s.Catalogue(ctx, community, -1)
		if err != nil {
			return err
		}
		for _, item := range catalogue.Items {
			names[item.Category] = item.Name
		}
	case model.ByTier:
	}
	for _, line := range report.Items {
		if line.Name = names[line.Key]; line.Name == "" {
			line.Name = line.Key
		}
	}
	return nil
}

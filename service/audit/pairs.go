package audit

import (
	"cmp"
	"context"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// maxPairs bounds how many pairs are looked at.
const maxPairs = 20_000

// pair is who earned from whom.
type pair struct{ member, counter model.ID }

// pairs flags two members who earned from each other again and again, and a member who earned mostly from one
// person.
func (s *search) pairs(ctx context.Context) ([]*Flag, error) {
	totals, err := s.view.Points.PairTotals(ctx, s.GrantQuery, min(circularTimes, sourceTimes), maxPairs+1)
	if err != nil {
		return nil, err
	}
	s.partial = len(totals) > maxPairs
	flags, err := s.circular(ctx, totals)
	if err != nil {
		return nil, err
	}
	sources, err := s.mainSources(ctx, totals)
	return append(flags, sources...), err
}

func (s *search) circular(ctx context.Context, totals []*repository.PairTotal) ([]*Flag, error) {
	byPair := make(map[pair]*repository.PairTotal, len(totals))
	for _, t := range totals {
		byPair[pair{t.MemberID, t.CounterID}] = t
	}
	var flags []*Flag
	for _, t := range totals {
		back := byPair[pair{t.CounterID, t.MemberID}]
		if back == nil || t.MemberID > t.CounterID || min(t.Times, back.Times) < circularTimes {
			continue
		}
		flags = append(flags, &Flag{
			Kind: CircularPair, ids: []model.ID{t.MemberID, t.CounterID},
			Figures: Figures{Entries: t.Times, Amount: t.Amount, BackTimes: back.Times, BackAmount: back.Amount},
		})
	}
	slices.SortStableFunc(flags, func(a, b *Flag) int {
		return cmp.Compare(b.Figures.Entries+b.Figures.BackTimes, a.Figures.Entries+a.Figures.BackTimes)
	})
	flags = flags[:min(len(flags), maxFlags+1)]
	for _, f := range flags {
		there, err := s.view.Points.PairIDs(ctx, s.GrantQuery, f.ids[0], f.ids[1], maxRows/2)
		if err != nil {
			return nil, err
		}
		back, err := s.view.Points.PairIDs(ctx, s.GrantQuery, f.ids[1], f.ids[0], maxRows/2)
		if err != nil {
			return nil, err
		}
		f.Rows = transfers(append(there, back...)...)
	}
	return flags, nil
}

func (s *search) mainSources(ctx context.Context, totals []*repository.PairTotal) ([]*Flag, error) {
	often := slices.DeleteFunc(slices.Clone(totals), func(t *repository.PairTotal) bool { return t.Times < sourceTimes })
	members := make([]model.ID, len(often))
	for i, t := range often {
		members[i] = t.MemberID
	}
	points, err := s.view.Points.PointsOf(ctx, s.GrantQuery, slices.Compact(members))
	if err != nil {
		return nil, err
	}
	var flags []*Flag
	for _, t := range often {
		all := points[t.MemberID]
		if t.Amount*100 <= all*sourcePercent {
			continue
		}
		flags = append(flags, &Flag{
			Kind: MainSource, ids: []model.ID{t.MemberID, t.CounterID},
			Figures: Figures{Unit: model.Points.String(), Entries: t.Times, Amount: t.Amount, Total: all, Percent: t.Amount * 100 / all},
		})
	}
	slices.SortStableFunc(flags, func(a, b *Flag) int { return cmp.Compare(b.Figures.Percent, a.Figures.Percent) })
	flags = flags[:min(len(flags), maxFlags+1)]
	for _, f := range flags {
		ids, err := s.view.Points.PairIDs(ctx, s.GrantQuery, f.ids[0], f.ids[1], maxRows)
		if err != nil {
			return nil, err
		}
		f.Rows = transfers(ids...)
	}
	return flags, nil
}

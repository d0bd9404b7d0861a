package audit

import (
	"cmp"
	"context"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// maxPairs and maxPairRows bound how many pairs are looked at, and how many rows of those that are flagged.
const (
	maxPairs    = 20_000
	maxPairRows = 20_000
)

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
	sources, err := s.mainSources(ctx, totals)
	if err != nil {
		return nil, err
	}
	flags := append(circular(totals), sources...)
	return flags, s.enterPairs(ctx, flags)
}

// circular flags pairs of whom each earned from the other, most often first.
func circular(totals []*repository.PairTotal) (flags []*Flag) {
	byPair := make(map[pair]*repository.PairTotal, len(totals))
	for _, t := range totals {
		byPair[pair{t.MemberID, t.CounterID}] = t
	}
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
	return flags[:min(len(flags), maxFlags+1)]
}

// mainSources flags members who earned mostly from one person, the largest part first.
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
	return flags[:min(len(flags), maxFlags+1)], nil
}

// enterPairs gives flags about pairs their transfers, newest first: those of the first member, and for a
// circular pair those of the second.
func (s *search) enterPairs(ctx context.Context, flags []*Flag) error {
	if len(flags) == 0 {
		return nil
	}
	var ids []model.ID
	for _, f := range flags {
		ids = append(ids, f.ids...)
	}
	rows, err := s.view.Points.PairRows(ctx, s.GrantQuery, ids, ids, maxPairRows)
	byPair := map[pair][]Row{}
	for _, r := range rows {
		p := pair{r.MemberID, r.CounterID}
		byPair[p] = append(byPair[p], Row{model.RefTransfer, r.ID})
	}
	for _, f := range flags {
		there, back := byPair[pair{f.ids[0], f.ids[1]}], byPair[pair{f.ids[1], f.ids[0]}]
		if f.Kind == MainSource {
			f.Rows = append([]Row{}, there[:min(len(there), maxRows)]...)
			continue
		}
		f.Rows = append([]Row{}, there[:min(len(there), maxRows/2)]...)
		f.Rows = append(f.Rows, back[:min(len(back), maxRows/2)]...)
	}
	return err
}

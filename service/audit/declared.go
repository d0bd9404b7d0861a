package audit

import (
	"context"

	"linbanglin/model"
)

// maxActors is more than can each have entered over sharePercent of one measure.
const maxActors = 100 / sharePercent

// declared flags what was entered by hand, where that is a large part of all that was granted in points or in
// minutes: by everybody, and by one person.
func (s *search) declared(ctx context.Context) ([]*Flag, error) {
	totals, err := s.view.Points.ClassTotals(ctx, s.GrantQuery)
	if err != nil {
		return nil, err
	}
	all := map[model.Measure]int64{}
	for _, t := range totals {
		all[t.Measure] += t.Amount
	}
	var flags []*Flag
	for _, t := range totals {
		if f := shareOf(DeclaredShare, t.Measure, t.Entries, t.Amount, all[t.Measure]); t.Class == model.Declared && f != nil {
			flags = append(flags, f)
			if err := s.enter(ctx, f, t.Measure, 0); err != nil {
				return nil, err
			}
		}
	}
	for _, m := range []model.Measure{model.Points, model.Minutes} {
		actors, err := s.view.Points.DeclaredBy(ctx, s.GrantQuery, m, shareEntries, maxActors)
		if err != nil {
			return nil, err
		}
		for _, a := range actors {
			if f := shareOf(DeclaredByActor, m, a.Entries, a.Amount, all[m]); f != nil {
				f.ids = []model.ID{a.ActorID}
				flags = append(flags, f)
				if err := s.enter(ctx, f, m, a.ActorID); err != nil {
					return nil, err
				}
			}
		}
	}
	return flags, nil
}

// shareOf makes a flag of a part of what was granted, nil when it is a small one.
func shareOf(kind Kind, m model.Measure, entries, amount, total int64) *Flag {
	if entries < shareEntries || amount*100 <= total*sharePercent {
		return nil
	}
	return &Flag{Kind: kind, Figures: Figures{Unit: m.String(), Entries: entries, Amount: amount, Total: total, Percent: amount * 100 / total}}
}

// enter gives a flag its transfers: those of one person, of all when actor is zero.
func (s *search) enter(ctx context.Context, f *Flag, m model.Measure, actor model.ID) error {
	ids, err := s.view.Points.DeclaredIDs(ctx, s.GrantQuery, m, actor, maxRows)
	f.Rows = transfers(ids...)
	return err
}

package boards

import (
	"cmp"
	"context"
	"math"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// teams returns a whole board of teams, by points per head. Teams are few, so it has one page.
func (b *Boards) teams(ctx context.Context, p *place) (*Listing, error) {
	list := &Listing{Board: p.ref, Source: FromSQL, Items: []*model.Rank{}}
	if p.settled {
		list.Source = FromSettled
	}
	err := b.store.Snapshot(ctx, func(view *repository.Store) error {
		cursor, err := view.Stream.Cursor(ctx, projectionCursor)
		if err != nil {
			return err
		}
		list.AsOfSeq = cursor.Seq
		if p.section.Board == 0 {
			return nil
		}
		whole := repository.Section{Board: p.section.Board, Kind: model.KindCommunity}
		scores, err := view.Boards.Top(ctx, whole, math.MaxInt64, maxTeams)
		if err != nil {
			return err
		}
		heads, err := view.Boards.HeadCounts(ctx, p.key.CommunityID, p.key.Scope)
		if err != nil {
			return err
		}
		ids := make([]model.ID, len(scores))
		for i, s := range scores {
			ids[i] = s.SubjectID
		}
		names, err := view.Nodes.Names(ctx, ids)
		for _, s := range scores {
			list.Items = append(list.Items, team(s, names[s.SubjectID], heads[s.SubjectID]))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	// A stable sort: equals stay in the order of the points, then of who reached them first.
	slices.SortStableFunc(list.Items, func(x, y *model.Rank) int { return cmp.Compare(y.PerHead, x.PerHead) })
	for i, item := range list.Items {
		item.Rank = int64(i + 1)
	}
	list.Total = int64(len(list.Items))
	return list, nil
}

// maxTeams bounds a board of teams; a community has some dozens.
const maxTeams = 1000

func team(s *model.Score, name string, heads int64) *model.Rank {
	r := &model.Rank{Team: &model.NodeRef{ID: s.SubjectID, Name: name}, Points: s.Points, Members: heads}
	if heads > 0 {
		r.PerHead = math.Round(100*float64(s.Points)/float64(heads)) / 100
	}
	return r
}

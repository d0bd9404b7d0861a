package boards

import (
	"cmp"
	"context"
	"math"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// teams returns a page of a board of teams, by points per head. All teams are read for it, since their order
// is no column; a community has some dozens.
func (b *Boards) teams(ctx context.Context, p *place, page model.Page) (*Listing, error) {
	name := p.listName()
	after, err := model.DecodeCursor(name, page.Cursor, 2)
	if err != nil {
		return nil, err
	}
	list := &Listing{Board: p.ref, Source: FromSQL, Items: []*model.Rank{}}
	if p.settled {
		list.Source = FromSettled
	}
	var all []ranked
	err = b.store.Snapshot(ctx, func(view *repository.Store) error {
		cursor, err := view.Stream.Cursor(ctx, projectionCursor)
		if err != nil {
			return err
		}
		list.AsOfSeq = cursor.Seq
		all, err = rankTeams(ctx, view, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	list.Total = int64(len(all))
	if after != nil {
		all = slices.DeleteFunc(all, func(r ranked) bool { return !r.behind(after) })
	}
	if len(all) > page.Size() {
		all = all[:page.Size()]
		list.NextCursor = model.EncodeCursor(name, all[len(all)-1].hundredths, all[len(all)-1].rankKey)
	}
	for _, r := range all {
		list.Items = append(list.Items, r.rank)
	}
	return list, nil
}

// ranked is a team with what its place goes by: points per head, then points and who reached them first.
type ranked struct {
	rank       *model.Rank
	hundredths int64
	rankKey    int64
}

func (r ranked) behind(key []int64) bool {
	return r.hundredths < key[0] || r.hundredths == key[0] && r.rankKey < key[1]
}

// headsOf returns how many people the teams of a board have; when it is settled as many as they had then.
func headsOf(ctx context.Context, view *repository.Store, p *place) (map[model.ID]int64, error) {
	of := cmp.Or(p.heads, model.HeadsResidents)
	if p.settled {
		if kept, err := view.Boards.KeptHeads(ctx, p.key.CampaignID, of); err != nil || len(kept) > 0 {
			return kept, err
		}
	}
	return view.Boards.HeadCounts(ctx, p.key.CommunityID, p.key.Scope, of)
}

// rankTeams reads the teams of a board in their order.
func rankTeams(ctx context.Context, view *repository.Store, p *place) ([]ranked, error) {
	if p.section.Board == 0 {
		return nil, nil
	}
	whole := repository.Section{Board: p.section.Board, Kind: model.KindCommunity, Revision: p.section.Revision}
	rows, err := view.Boards.Top(ctx, whole, math.MaxInt64, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	heads, err := headsOf(ctx, view, p)
	if err != nil {
		return nil, err
	}
	ids := make([]model.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.Member
	}
	names, err := view.Nodes.Names(ctx, ids)
	if err != nil {
		return nil, err
	}
	all := make([]ranked, len(rows))
	for i, r := range rows {
		rank := &model.Rank{Team: &model.NodeRef{ID: r.Member, Name: names[r.Member]}, Points: r.Points(), Members: heads[r.Member]}
		all[i] = ranked{rank: rank, rankKey: r.RankKey}
		if rank.Members > 0 {
			all[i].hundredths = int64(math.Round(100 * float64(r.Points()) / float64(rank.Members)))
			rank.PerHead = float64(all[i].hundredths) / 100
		}
	}
	slices.SortFunc(all, func(x, y ranked) int {
		return cmp.Or(cmp.Compare(y.hundredths, x.hundredths), cmp.Compare(y.rankKey, x.rankKey))
	})
	for i, r := range all {
		r.rank.Rank = int64(i + 1)
		if p.shared && i > 0 && r.hundredths == all[i-1].hundredths {
			r.rank.Rank = all[i-1].rank.Rank
		}
	}
	return all, nil
}

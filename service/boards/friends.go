package boards

import (
	"context"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// MaxFriends is how many neighbours one list of friends may have.
const MaxFriends = 100

// Friends returns those of a list who are on a board, and the caller, best first, each with the rank that they have
// on the whole of it. Of the list are only people of the caller's community: who opted out, and minors, do not
// appear. It fails with ErrInvalid when the list is too long, and as Top does.
func (b *Boards) Friends(ctx context.Context, who model.Actor, q Query, ids []model.ID) (*Listing, error) {
	if len(ids) > MaxFriends {
		return nil, model.ErrInvalid.Saying("一次最多查 100 位邻居", "A list of friends has at most 100 members.")
	}
	q.Kind = model.BoardMembers
	p, err := b.resolve(ctx, who, q)
	if err != nil {
		return nil, err
	}
	friends, err := b.store.Members.Listable(ctx, who.Place.CommunityID, ids)
	if err != nil {
		return nil, err
	}
	year := b.now().Time().Year()
	shown := []model.ID{who.MemberID}
	for _, m := range friends {
		if m.ID != who.MemberID && m.Adult(year) {
			shown = append(shown, m.ID)
		}
	}
	w, ranks, err := b.among(ctx, p, shown)
	if err != nil {
		return nil, err
	}
	list, err := b.listing(ctx, p, w)
	if err != nil {
		return nil, err
	}
	for i, item := range list.Items {
		item.Rank = ranks[i]
	}
	return list, nil
}

// among reads those members who are on a board, and their ranks on it.
func (b *Boards) among(ctx context.Context, p *place, members []model.ID) (w stretch, ranks []int64, err error) {
	if p.section.Board == 0 {
		w, err = b.read(ctx, stretchKey{place: *p})
		return w, nil, err
	}
	placed, w, ok := b.amongCopies(ctx, p, members)
	if !ok {
		if placed, w, err = b.amongScores(ctx, p, members); err != nil {
			return w, nil, err
		}
	}
	for _, r := range placed {
		rank := r.Rank + 1
		if p.shared {
			rank = w.ties[r.Points()].Ahead + 1
		}
		w.Rows, ranks = append(w.Rows, r.Row), append(ranks, rank)
	}
	return w, ranks, nil
}

// pointsOf returns what points rows have, each once.
func pointsOf(placed []repository.Placed) []int64 {
	points := make([]int64, len(placed))
	for i, r := range placed {
		points[i] = r.Points()
	}
	return slices.Compact(points)
}

// amongCopies is among from Redis; ok is false when there is no copy that can be trusted.
func (b *Boards) amongCopies(ctx context.Context, p *place, members []model.ID) (placed []repository.Placed, w stretch, ok bool) {
	generation := b.copied(p)
	if generation == "" {
		return nil, w, false
	}
	for range moments {
		cursor, total, placed, err := b.redis.Among(ctx, p.key.Group(), generation, p.section, members)
		b.missed(p, err)
		if err != nil || total == 0 {
			return nil, w, false
		}
		w = stretch{&repository.Window{Cursor: cursor, Total: total, Rank: -1}, FromRedis, nil}
		if !p.shared || len(placed) == 0 {
			return placed, w, true
		}
		var then string
		then, w.ties, err = b.redis.Ties(ctx, p.key.Group(), generation, p.section, pointsOf(placed))
		b.missed(p, err)
		if err != nil {
			return nil, w, false
		}
		if then == cursor {
			return placed, w, true
		}
	}
	return nil, w, false
}

// amongScores is among from SQL.
func (b *Boards) amongScores(ctx context.Context, p *place, members []model.ID) (placed []repository.Placed, w stretch, err error) {
	w = stretch{&repository.Window{Rank: -1}, FromSQL, nil}
	if p.settled {
		w.source = FromSettled
	}
	err = b.store.Snapshot(ctx, func(view *repository.Store) error {
		placed = nil
		moment, err := openWindow(ctx, view, p.section, w.Window)
		if err != nil {
			return err
		}
		rows, err := moment.Among(ctx, p.section, members)
		if err != nil {
			return err
		}
		for _, row := range rows {
			ahead, err := moment.CountFrom(ctx, p.section, row.RankKey+1)
			if err != nil {
				return err
			}
			placed = append(placed, repository.Placed{Row: row, Rank: ahead})
		}
		if p.shared {
			w.ties, err = tiesOf(ctx, moment, p.section, pointsOf(placed))
		}
		return err
	})
	return placed, w, err
}

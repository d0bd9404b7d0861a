package boards

import (
	"context"
	"errors"
	"math"

	"linbanglin/model"
	"linbanglin/repository"
)

// BoardRef tells which board an answer is of.
type BoardRef struct {
	Kind       model.BoardKind `json:"kind"`
	Period     model.Period    `json:"period"`
	Key        string          `json:"key"`
	Scope      model.NodeKind  `json:"scope"`
	ScopeID    model.ID        `json:"scope_id,omitzero"`
	CampaignID model.ID        `json:"campaign_id,omitzero"`
}

// The places that an answer can come from.
const (
	FromRedis   = "redis"
	FromSQL     = "sql"
	FromSettled = "settled"
)

// Listing is a stretch of a board.
type Listing struct {
	Board      BoardRef      `json:"board"`
	AsOfSeq    int64         `json:"as_of_seq"` // all records up to this place are counted
	Source     string        `json:"source" enum:"redis,sql,settled"`
	Total      int64         `json:"total"`
	Items      []*model.Rank `json:"items"`
	NextCursor string        `json:"next_cursor"`
}

// Top returns a page of a board, best first. It fails with ErrBoard, ErrNotFound and ErrCursor.
func (b *Boards) Top(ctx context.Context, who model.Actor, q Query, page model.Page) (*Listing, error) {
	p, err := b.resolve(ctx, who, q)
	if err != nil {
		return nil, err
	}
	return b.page(ctx, p, page)
}

// page returns a page of a board that was resolved.
func (b *Boards) page(ctx context.Context, p *place, page model.Page) (*Listing, error) {
	if p.key.Kind == model.BoardTeams {
		return b.teams(ctx, p, page)
	}
	name := p.listName()
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	below := int64(0)
	if after != nil {
		below = after[0]
	}
	w, err := b.stretch(ctx, p, page.Size(), 0, below)
	if err != nil {
		return nil, err
	}
	list, err := b.listing(ctx, p, w)
	if err == nil && len(w.Rows) > 0 && w.First+int64(len(w.Rows)) < w.Total {
		list.NextCursor = model.EncodeCursor(name, w.Rows[len(w.Rows)-1].RankKey)
	}
	return list, err
}

// AroundMe returns the stretch of a board that the caller is in the middle of, filled up at both ends; the
// top for a caller who is not on the board.
func (b *Boards) AroundMe(ctx context.Context, who model.Actor, q Query, limit int) (*Listing, error) {
	q.Kind = model.BoardMembers
	p, err := b.resolve(ctx, who, q)
	if err != nil {
		return nil, err
	}
	w, err := b.stretch(ctx, p, model.Page{Limit: limit}.Size(), who.MemberID, 0)
	if err != nil {
		return nil, err
	}
	return b.listing(ctx, p, w)
}

// Standing is where the caller is on a board.
type Standing struct {
	Board      BoardRef `json:"board"`
	AsOfSeq    int64    `json:"as_of_seq"`
	Source     string   `json:"source" enum:"redis,sql,settled"`
	Rank       *int64   `json:"rank"` // null when not on the board
	Points     int64    `json:"points"`
	Total      int64    `json:"total"`
	Percentile float64  `json:"percentile"` // of the others, how many are behind: 0 to 100
	ToNext     int64    `json:"to_next"`    // points that reach the next rank; 0 at the top
}

// Me returns where the caller is on a board.
func (b *Boards) Me(ctx context.Context, who model.Actor, q Query) (*Standing, error) {
	q.Kind = model.BoardMembers
	p, err := b.resolve(ctx, who, q)
	if err != nil {
		return nil, err
	}
	w, err := b.stretch(ctx, p, 3, who.MemberID, 0)
	if err != nil {
		return nil, err
	}
	s := &Standing{Board: p.ref, AsOfSeq: seqOf(w.Cursor), Source: w.source, Total: w.Total}
	if w.Rank < 0 {
		if n := len(w.Rows); n > 0 && w.Total > 0 {
			s.ToNext = 1
		}
		return s, nil
	}
	s.place(w, p.shared)
	return s, nil
}

// place says where the member is whose window it is, and what is around them.
func (s *Standing) place(w stretch, shared bool) {
	rank := w.ranks()[w.Rank-w.First]
	s.Rank = &rank
	s.Points = w.Rows[w.Rank-w.First].Points()
	behind := w.Total - rank
	tie := w.ties[s.Points]
	switch {
	case shared:
		behind = w.Total - tie.Through
		if tie.Next != 0 {
			s.ToNext = model.PointsOfRankKey(tie.Next) - s.Points
		}
	case w.Rank > w.First:
		// With as many points the one before stays before, having been there first.
		s.ToNext = w.Rows[w.Rank-w.First-1].Points() - s.Points + 1
	}
	s.Percentile = 100
	if w.Total > 1 {
		s.Percentile = math.Round(1000*float64(behind)/float64(w.Total-1)) / 10
	}
}

// stretch is a window, where it was read from, and which ranks are shared in it.
type stretch struct {
	*repository.Window
	source string
	ties   map[int64]repository.Tie // by points; of those that cannot be told from the window itself
}

// ranks returns the ranks of the rows, from 1.
func (w stretch) ranks() []int64 {
	ranks := make([]int64, len(w.Rows))
	for i, r := range w.Rows {
		ranks[i] = w.First + int64(i) + 1
		if w.ties == nil {
			continue
		}
		points := r.Points()
		if tie, known := w.ties[points]; known {
			ranks[i] = tie.Ahead + 1
		} else if i > 0 && points == w.Rows[i-1].Points() {
			ranks[i] = ranks[i-1]
		}
	}
	return ranks
}

// untold returns the points of which the window does not tell how many have more: those of its first row, which may
// go on above it, and those of the member that it is around.
func untold(w *repository.Window) []int64 {
	if len(w.Rows) == 0 {
		return nil
	}
	points := []int64{w.Rows[0].Points()}
	if w.Rank >= 0 {
		if own := w.Rows[w.Rank-w.First].Points(); own != points[0] {
			points = append(points, own)
		}
	}
	return points
}

// stretchKey asks for a stretch of a board around a member when one is given, else below a rank key, else from
// the top.
type stretchKey struct {
	place  place
	want   int
	member model.ID
	below  int64
}

// stretch reads a stretch of a board. Those who want the same one at once, as on the evening of a campaign,
// share one reading; around a member there is nothing to share.
func (b *Boards) stretch(ctx context.Context, p *place, want int, member model.ID, below int64) (stretch, error) {
	k := stretchKey{*p, want, member, below}
	if member != 0 {
		return b.read(ctx, k)
	}
	return b.stretches.Get(ctx, k)
}

// read reads a stretch from where it is best read.
func (b *Boards) read(ctx context.Context, k stretchKey) (stretch, error) {
	if k.place.section.Board == 0 {
		cursor, err := b.store.Stream.Cursor(ctx, projectionCursor)
		if err != nil {
			return stretch{}, err
		}
		source := FromSQL
		if k.place.settled {
			source = FromSettled
		}
		return stretch{&repository.Window{Cursor: cursorText(cursor.Seq, cursor.Hash), Rank: -1}, source, nil}, nil
	}
	if k.place.settled {
		// Scores of a closed campaign do not change any more, so they are the standings; a revision has its own.
		w, err := b.fromSQL(ctx, k)
		w.source = FromSettled
		return w, err
	}
	if w, ok := b.fromRedis(ctx, k); ok {
		return w, nil
	}
	return b.fromSQL(ctx, k)
}

// copied returns the generation of a place's copy, empty when there is none to be read.
func (b *Boards) copied(p *place) string {
	if b.redis == nil || p.settled || lifeOf(p.key, b.now()) == 0 {
		return ""
	}
	return b.generation(p.key.Group())
}

// missed has a copy looked for anew when it was that which a reader did not find.
func (b *Boards) missed(p *place, err error) {
	if errors.Is(err, repository.ErrMoved) {
		b.remember(p.key.Group(), "")
		b.lost.Store(true)
		b.Nudge()
	}
}

// moments is how often ranks are read that must be of one moment with what was read before.
const moments = 3

// fromRedis reads a stretch of a copy; ok is false when there is none that can be trusted.
func (b *Boards) fromRedis(ctx context.Context, k stretchKey) (stretch, bool) {
	generation := b.copied(&k.place)
	if generation == "" {
		return stretch{}, false
	}
	for range moments {
		w, err := b.redis.Window(ctx, k.place.key.Group(), generation, k.place.section, k.want, k.member, k.below)
		b.missed(&k.place, err)
		// An empty copy may be one that has ended; SQL knows.
		if err != nil || w.Total == 0 {
			return stretch{}, false
		}
		if !k.place.shared {
			return stretch{w, FromRedis, nil}, true
		}
		cursor, ties, err := b.redis.Ties(ctx, k.place.key.Group(), generation, k.place.section, untold(w))
		b.missed(&k.place, err)
		if err != nil {
			return stretch{}, false
		}
		if cursor == w.Cursor {
			return stretch{w, FromRedis, ties}, true
		}
	}
	return stretch{}, false
}

// fromSQL reads a stretch of a board at one instant.
func (b *Boards) fromSQL(ctx context.Context, k stretchKey) (w stretch, err error) {
	if seen, err := b.glance(ctx, k); err != nil || seen != nil {
		return stretch{seen, FromSQL, nil}, err
	}
	w = stretch{&repository.Window{Rank: -1}, FromSQL, nil}
	s := k.place.section
	err = b.store.Snapshot(ctx, func(view *repository.Store) error {
		moment, err := openWindow(ctx, view, s, w.Window)
		if err != nil {
			return err
		}
		if err := fillWindow(ctx, moment, k, w.Window); err != nil || !k.place.shared {
			return err
		}
		w.ties, err = tiesOf(ctx, moment, s, untold(w.Window))
		return err
	})
	return w, err
}

// glance reads a window around a member without a view of the database, which costs as much again. It returns nil when only a view
// tells, or the board went on too fast.
func (b *Boards) glance(ctx context.Context, k stretchKey) (*repository.Window, error) {
	s := k.place.section
	if k.member == 0 || k.place.shared || s.Kind != model.KindCommunity || s.Revision > model.FirstRevision {
		return nil, nil
	}
	for range moments {
		w, at, err := b.store.Boards.Glance(ctx, s.Board, k.member, int64(k.want))
		switch {
		case errors.Is(err, repository.ErrMoved):
			continue
		case err != nil || w == nil:
			return nil, err
		}
		w.Cursor = cursorText(at.Seq, at.Hash)
		return w, nil
	}
	return nil, nil
}

// openWindow says of a window how far the scores have come, and how many there are.
func openWindow(ctx context.Context, view *repository.Store, s repository.Section, w *repository.Window) (repository.Moment, error) {
	moment, err := view.Boards.Moment(ctx)
	if err != nil {
		return moment, err
	}
	w.Cursor = cursorText(moment.Seq, moment.Hash)
	w.Total, err = moment.CountFrom(ctx, s, 0)
	return moment, err
}

// fillWindow reads the rows that are asked for.
func fillWindow(ctx context.Context, moment repository.Moment, k stretchKey, w *repository.Window) (err error) {
	s := k.place.section
	if k.member != 0 {
		if err := around(ctx, moment, s, w, int64(k.want), k.member); err != nil || w.Rank >= 0 {
			return err
		}
	}
	below := int64(math.MaxInt64)
	if k.below != 0 {
		below = k.below
		if w.First, err = moment.CountFrom(ctx, s, k.below); err != nil {
			return err
		}
	}
	w.Rows, err = moment.Top(ctx, s, below, k.want)
	return err
}

// tiesOf reads where those with so many points are.
func tiesOf(ctx context.Context, moment repository.Moment, s repository.Section, points []int64) (map[int64]repository.Tie, error) {
	ties := make(map[int64]repository.Tie, len(points))
	for _, p := range points {
		tie, err := moment.Tied(ctx, s, p)
		if err != nil {
			return nil, err
		}
		ties[p] = tie
	}
	return ties, nil
}

// around fills the window around a member, if the member is in the section.
func around(ctx context.Context, moment repository.Moment, s repository.Section, w *repository.Window, want int64, member model.ID) error {
	own, err := moment.Among(ctx, s, []model.ID{member})
	if err != nil || len(own) == 0 {
		return err
	}
	key := own[0].RankKey
	from, err := moment.CountFrom(ctx, s, key)
	if err != nil {
		return err
	}
	w.Rank = from - 1
	above := w.Center(want)
	w.Rows, err = moment.Beside(ctx, s, key, int(above), int(want-above))
	return err
}

// listing puts names on a stretch.
func (b *Boards) listing(ctx context.Context, p *place, w stretch) (*Listing, error) {
	ids := make([]model.ID, len(w.Rows))
	for i, r := range w.Rows {
		ids[i] = r.Member
	}
	refs, err := b.names.of(ctx, ids)
	if err != nil {
		return nil, err
	}
	list := &Listing{Board: p.ref, AsOfSeq: seqOf(w.Cursor), Source: w.source, Total: w.Total, Items: make([]*model.Rank, len(w.Rows))}
	ranks, lines := w.ranks(), make([]model.Rank, len(w.Rows))
	for i, r := range w.Rows {
		lines[i] = model.Rank{Rank: ranks[i], Member: &refs[i], Points: r.Points()}
		list.Items[i] = &lines[i]
	}
	return list, nil
}

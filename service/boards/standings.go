package boards

import (
	"cmp"
	"context"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"linbanglin/model"
	"linbanglin/repository"
)

// Standings are the settled standings of a campaign, with what was booked after its close.
type Standings struct {
	CampaignID model.ID         `json:"campaign_id"`
	Revision   int              `json:"revision"`
	Digest     string           `json:"digest" doc:"这一版排名的 SHA-256，记入密封的账本"`
	AsOfSeq    int64            `json:"as_of_seq" doc:"这一版计入账本流中到此为止的记录"`
	Total      int64            `json:"total"`
	Items      []*model.Rank    `json:"items"`
	NextCursor string           `json:"next_cursor"`
	Revisions  []*RevisionEntry `json:"revisions"`
	// Adjustments come with the first page only.
	Adjustments []*Adjustment `json:"adjustments"`
	Adjusted    int64         `json:"adjustments_total"`
}

// RevisionEntry tells of one version of a campaign's standings.
type RevisionEntry struct {
	Revision  int           `json:"revision"`
	Digest    string        `json:"digest"`
	AsOfSeq   int64         `json:"as_of_seq"`
	Reason    string        `json:"reason,omitempty"`
	CreatedAt model.Instant `json:"created_at"`
}

// Adjustment (赛后调整) is what a member earned or lost for a campaign after it was closed.
type Adjustment struct {
	Member   model.MemberRef `json:"member"`
	Points   int64           `json:"points"`
	At       model.Instant   `json:"at"`
	Code     string          `json:"code" doc:"事由代码，如 REVERSE"`
	Revision int             `json:"revision,omitzero" doc:"从哪一版排名起计入；没有则尚未计入"`
}

// adjustmentsShown is how many adjustments are listed, the latest.
const adjustmentsShown = 200

// Standings returns a version of a settled campaign's standings, the one in force when revision is 0. It fails with
// ErrUnsettled before there are any, and with ErrNotFound for a version that there is not.
func (b *Boards) Standings(ctx context.Context, who model.Actor, campaign model.ID, revision int, page model.Page) (*Standings, error) {
	p, err := b.resolve(ctx, who, Query{Campaign: campaign})
	if err != nil {
		return nil, err
	}
	if !p.settled {
		return nil, model.ErrUnsettled
	}
	s := &Standings{CampaignID: campaign, Items: []*model.Rank{}, Adjustments: []*Adjustment{}}
	var ids []model.ID
	err = b.store.Snapshot(ctx, func(view *repository.Store) error {
		if err := s.version(ctx, view, revision); err != nil {
			return err
		}
		s.Items, s.Adjustments = []*model.Rank{}, []*Adjustment{}
		if ids, err = s.read(ctx, view, p, page); err != nil || page.Cursor != "" {
			return err
		}
		return s.adjust(ctx, view)
	})
	if err != nil {
		return nil, err
	}
	return s, b.nameAll(ctx, s, ids)
}

// version finds the version that is asked for.
func (s *Standings) version(ctx context.Context, view *repository.Store, revision int) error {
	c, err := view.Campaigns.Get(ctx, s.CampaignID)
	if err != nil {
		return err
	}
	closes, err := view.Stream.CampaignCloses(ctx, []model.ID{c.ID})
	if err != nil {
		return err
	}
	revised, err := view.Boards.Revisions(ctx, c.ID)
	if err != nil {
		return err
	}
	s.Revisions = []*RevisionEntry{{model.FirstRevision, hex.EncodeToString(c.Digest), closes[c.ID], "", c.SettledAt}}
	for _, r := range revised {
		s.Revisions = append(s.Revisions, &RevisionEntry{r.Revision, hex.EncodeToString(r.Digest), r.AsOfSeq, r.Reason, r.CreatedAt})
	}
	if revision == 0 {
		revision = len(s.Revisions)
	}
	if revision < model.FirstRevision || revision > len(s.Revisions) {
		return model.ErrNotFound
	}
	chosen := s.Revisions[revision-1]
	s.Revision, s.Digest, s.AsOfSeq = chosen.Revision, chosen.Digest, chosen.AsOfSeq
	return nil
}

// read reads a page of the standings and returns whose they are, in order.
func (s *Standings) read(ctx context.Context, view *repository.Store, p *place, page model.Page) (ids []model.ID, err error) {
	section := p.section
	section.Revision = s.Revision
	at := *p
	at.section = section
	after, err := model.DecodeCursor("standings:"+at.listName(), page.Cursor, 2)
	if err != nil {
		return nil, err
	}
	rank, below := int64(0), int64(1)<<62
	if after != nil {
		rank, below = after[0], after[1]
	}
	rows, err := s.rows(ctx, view, section, rank, below, page.Size()+1)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		if i == page.Size() {
			last := rows[i-1]
			s.NextCursor = model.EncodeCursor("standings:"+at.listName(), rank, last.RankKey)
			break
		}
		rank++
		s.Items = append(s.Items, &model.Rank{Rank: rank, Points: r.Points()})
		ids = append(ids, r.Member)
	}
	return ids, nil
}

// rows reads those of the standings after a rank, which is that of a rank key, and how many there are.
func (s *Standings) rows(ctx context.Context, view *repository.Store, section repository.Section, rank, below int64, limit int) (rows []repository.Row, err error) {
	if section.Board == 0 {
		return nil, nil
	}
	if s.Revision > model.FirstRevision {
		if s.Total, err = view.Boards.CountBetween(ctx, section, 0, math.MaxInt64); err != nil {
			return nil, err
		}
		return view.Boards.Top(ctx, section, below, limit)
	}
	if s.Total, err = view.Boards.CountStandings(ctx, section.Board); err != nil {
		return nil, err
	}
	standings, err := view.Boards.StandingsAfter(ctx, section.Board, rank, limit)
	for _, r := range standings {
		rows = append(rows, repository.Row{Member: r.SubjectID, RankKey: model.LeastRankKey(r.Points)})
	}
	return rows, err
}

// adjust lists what was booked for the campaign after its close, as far as the boards have come. Minors are on no
// board, so they are not on this list.
func (s *Standings) adjust(ctx context.Context, view *repository.Store) error {
	c, err := view.Campaigns.Get(ctx, s.CampaignID)
	if err != nil {
		return err
	}
	cursor, err := view.Stream.Cursor(ctx, projectionCursor)
	if err != nil {
		return err
	}
	late, err := view.Stream.OfCampaign(ctx, s.CampaignID, s.Revisions[0].AsOfSeq, cursor.Seq)
	if err != nil {
		return err
	}
	late = slices.DeleteFunc(late, func(x repository.SealedTransfer) bool { return x.Ranked != 1 || !c.Within(x.EffectiveAt) })
	s.Adjusted = int64(len(late))
	for _, x := range slices.Backward(late[max(0, len(late)-adjustmentsShown):]) {
		a := &Adjustment{Member: model.MemberRef{ID: x.MemberID}, Points: x.Score, At: x.CreatedAt, Code: x.Code}
		for _, r := range s.Revisions[1:] {
			if a.Revision == 0 && x.Seq <= r.AsOfSeq {
				a.Revision = r.Revision
			}
		}
		s.Adjustments = append(s.Adjustments, a)
	}
	return nil
}

// nameAll puts names on standings and adjustments.
func (b *Boards) nameAll(ctx context.Context, s *Standings, ids []model.ID) error {
	for _, a := range s.Adjustments {
		ids = append(ids, a.Member.ID)
	}
	refs, err := b.names.of(ctx, ids)
	if err != nil {
		return err
	}
	for i, item := range s.Items {
		item.Member = &refs[i]
	}
	for i, a := range s.Adjustments {
		a.Member = refs[len(s.Items)+i]
	}
	return nil
}

// maxReason is how many characters a reason may have.
const maxReason = 200

// Revise counts a settled campaign's standings anew, with all that was booked for it since, and keeps those before. It
// fails with ErrForbidden for who may not at the campaign's scope, ErrUnsettled, ErrUnchanged when nothing was booked,
// and ErrRevisions when there are too many.
func (b *Boards) Revise(ctx context.Context, who model.Actor, campaign model.ID, reason string) (*RevisionEntry, error) {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n < 1 || n > maxReason {
		return nil, model.ErrInvalid.Saying("请写明修订原因，不超过 200 个字", "A revision needs a reason of 1 to 200 characters.")
	}
	defer b.Nudge()
	defer b.revisions.Forget(campaign)
	return repository.Once(ctx, b.store, b.now(), func(tx *repository.Store) (*RevisionEntry, error) {
		c, err := tx.Campaigns.Lock(ctx, campaign)
		if err != nil {
			return nil, err
		}
		if err := mayRevise(ctx, tx, who, c); err != nil {
			return nil, err
		}
		r, err := b.next(ctx, tx, c)
		if err != nil {
			return nil, err
		}
		r.Reason, r.MadeBy, r.CreatedAt = reason, who.MemberID, b.now()
		scores, err := b.countAnew(ctx, tx, c, r.AsOfSeq)
		if err != nil {
			return nil, err
		}
		r.Digest = model.DigestStandings(standingsOf(scores.members))
		if err := tx.Boards.AddRevision(ctx, r, scores.all); err != nil {
			return nil, err
		}
		return &RevisionEntry{r.Revision, hex.EncodeToString(r.Digest), r.AsOfSeq, r.Reason, r.CreatedAt}, tx.Stream.AddControl(ctx, r.Mark(b.store.NewID()))
	})
}

// mayRevise fails unless the caller may revise the standings of a campaign, and it has any.
func mayRevise(ctx context.Context, tx *repository.Store, who model.Actor, c *model.Campaign) error {
	node, err := tx.Nodes.Get(ctx, c.ScopeNodeID)
	if err != nil {
		return err
	}
	if err := who.May(model.OpRevise, node.Place); err != nil {
		return err
	}
	if c.Status != model.CampaignDone {
		return model.ErrUnsettled
	}
	return nil
}

// next returns the revision that comes next, as far as the boards have come.
func (b *Boards) next(ctx context.Context, tx *repository.Store, c *model.Campaign) (*model.Revision, error) {
	cursor, err := tx.Stream.Cursor(ctx, projectionCursor)
	if err != nil {
		return nil, err
	}
	closes, err := tx.Stream.CampaignCloses(ctx, []model.ID{c.ID})
	if err != nil {
		return nil, err
	}
	r := &model.Revision{CampaignID: c.ID, Revision: model.FirstRevision + 1, AsOfSeq: cursor.Seq}
	after := closes[c.ID]
	before, err := tx.Boards.Revisions(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	if n := len(before); n > 0 {
		r.Revision, after = before[n-1].Revision+1, before[n-1].AsOfSeq
	}
	if r.Revision > model.MaxRevisions {
		return nil, model.ErrRevisions
	}
	fresh, err := tx.Stream.OfCampaign(ctx, c.ID, after+1, cursor.Seq)
	if err == nil && !slices.ContainsFunc(fresh, func(x repository.SealedTransfer) bool { return c.Within(x.EffectiveAt) }) {
		err = model.ErrUnchanged
	}
	return r, err
}

// counted is what counting a campaign anew makes.
type counted struct {
	all     []*model.Score // of members and teams, by board and subject
	members []*model.Score
}

// countAnew adds up all that was sealed for a campaign up to a place in the stream, whenever it was closed.
func (b *Boards) countAnew(ctx context.Context, tx *repository.Store, c *model.Campaign, upTo int64) (*counted, error) {
	t, err := tallyCampaign(ctx, tx, c, upTo)
	if err != nil {
		return nil, err
	}
	firsts := map[model.BoardKey]int64{}
	for cell, sum := range t.cells {
		if first, ok := firsts[cell.board]; !ok || sum.first < first {
			firsts[cell.board] = sum.first
		}
	}
	boards, err := b.needBoards(ctx, tx, firsts)
	if err != nil {
		return nil, err
	}
	closes, err := tx.Stream.CampaignCloses(ctx, []model.ID{c.ID})
	if err != nil {
		return nil, err
	}
	if err := tx.Boards.MarkSettled(ctx, c, closes[c.ID]); err != nil {
		return nil, err
	}
	return t.scores(boards), nil
}

// tallyCampaign adds up all that was sealed for a campaign up to a place in the stream.
func tallyCampaign(ctx context.Context, view *repository.Store, c *model.Campaign, upTo int64) (*tally, error) {
	transfers, err := view.Stream.OfCampaign(ctx, c.ID, 0, upTo)
	if err != nil {
		return nil, err
	}
	t := newTally()
	t.campaigns[c.ID] = c
	for _, x := range transfers {
		t.addToCampaign(x.Seq, x.Transfer)
	}
	return t, nil
}

// scores makes scores of the sums of a tally, on boards.
func (t *tally) scores(boards map[model.BoardKey]*model.Board) *counted {
	made := &counted{}
	for c, sum := range t.cells {
		s := sum.onto(nil, boards[c.board], c.subject)
		made.all = append(made.all, s)
		if c.board.Kind == model.BoardMembers {
			made.members = append(made.members, s)
		}
	}
	slices.SortFunc(made.all, func(x, y *model.Score) int {
		return cmp.Or(cmp.Compare(x.BoardID, y.BoardID), cmp.Compare(x.SubjectID, y.SubjectID))
	})
	return made
}

// standingsOf returns the standings that scores of one board make: of those above zero, best first.
func standingsOf(scores []*model.Score) []*model.Standing {
	listed := slices.DeleteFunc(slices.Clone(scores), func(s *model.Score) bool { return s.RankKey < model.LowestRankKey })
	slices.SortFunc(listed, func(x, y *model.Score) int { return cmp.Compare(y.RankKey, x.RankKey) })
	standings := make([]*model.Standing, len(listed))
	for i, s := range listed {
		standings[i] = &model.Standing{BoardID: s.BoardID, RankNo: i + 1, SubjectID: s.SubjectID, Points: s.Points, ReachedSeq: s.ReachedSeq}
	}
	return standings
}

package boards

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

const (
	// freezeAtOnce is how many boards are read together.
	freezeAtOnce = 50
	// commitTime is how long after its time a posting may be committed, and clocks of processes may differ: a list is
	// frozen so much later than it is due, so that all that was booked in time is seen.
	commitTime = time.Minute
	// overdue is how long a list may wait for what is not counted before that is a failure.
	overdue = time.Hour
)

// FreezePioneers freezes the pioneer lists of quarters that have been over for long enough, and returns of how many
// boards. While anything that was booked in time is not counted yet, a board waits for the next sweep. Any number of
// processes may sweep.
func (b *Boards) FreezePioneers(ctx context.Context) (frozen int, err error) {
	now := b.now()
	var failures []error
	for after := model.ID(0); ; {
		ids, err := b.store.Boards.Unfrozen(ctx, now.Add(-commitTime), after, freezeAtOnce)
		if err != nil {
			return frozen, errors.Join(append(failures, err)...)
		}
		n, err := b.store.Each(ctx, "pioneers of board", ids, func(tx *repository.Store, id model.ID) (bool, error) {
			return b.freeze(ctx, tx, id, now)
		})
		frozen, failures = frozen+n, append(failures, err)
		if len(ids) < freezeAtOnce || ctx.Err() != nil {
			return frozen, errors.Join(failures...)
		}
		after = ids[len(ids)-1]
	}
}

var errUncounted = errors.New("what was booked in time is not counted yet")

// freeze freezes the lists of one board. The scores stand still meanwhile, because nobody else has the projection's cursor.
func (b *Boards) freeze(ctx context.Context, tx *repository.Store, id model.ID, now model.Instant) (bool, error) {
	cursor, err := tx.Stream.LockCursor(ctx, projectionCursor)
	if err != nil {
		return false, err
	}
	done, err := tx.Boards.PioneerList(ctx, id, 0)
	if err != nil || done != nil { // by another process
		return false, err
	}
	found, err := tx.Boards.ByIDs(ctx, []model.ID{id})
	if err != nil {
		return false, err
	}
	due := found[id].FreezesAt()
	late, err := uncounted(ctx, tx, cursor.Seq, due)
	if err == nil && late && now >= due.Add(overdue) {
		err = errUncounted
	}
	if err != nil || late {
		return false, err
	}
	return true, drawUp(ctx, tx, model.PioneerList{BoardID: id, Percent: b.percent, AsOfSeq: cursor.Seq, FrozenAt: now})
}

// uncounted reports whether anything booked before a moment is not counted up to a place in the stream. One that is far from
// the end, as when all is counted anew, is not looked at closely.
func uncounted(ctx context.Context, tx *repository.Store, seq int64, before model.Instant) (bool, error) {
	far, err := tx.Stream.After(ctx, seq+projectBatch, 1)
	if err != nil || len(far) > 0 {
		return true, err
	}
	return tx.Stream.Uncounted(ctx, seq, before)
}

// drawUp adds the lists of a whole board, and of the parts of it that somebody is ranked in, as the scores are. What all
// of them have in common is given.
func drawUp(ctx context.Context, tx *repository.Store, common model.PioneerList) error {
	moment, err := tx.Boards.Moment(ctx)
	if err != nil {
		return err
	}
	sections, err := sectionsOfBoard(ctx, tx, common.BoardID)
	if err != nil {
		return err
	}
	var lists []*model.PioneerList
	var lines []*model.Pioneer
	for _, s := range sections {
		list := common
		list.NodeID = s.Node
		if list.Total, err = moment.CountFrom(ctx, s, 0); err != nil {
			return err
		}
		ranks, err := moment.Top(ctx, s, math.MaxInt64, int(pioneers(list.Total, list.Percent)))
		if err != nil {
			return err
		}
		rows := make([]*model.Pioneer, len(ranks))
		for i, x := range ranks {
			rows[i] = &model.Pioneer{BoardID: s.Board, NodeID: s.Node, RankNo: i + 1, SubjectID: x.Member, Points: x.Points()}
		}
		if list.Digest = list.DigestOf(rows); list.NodeID == 0 || list.Total > 0 {
			lists, lines = append(lists, &list), append(lines, rows...)
		}
	}
	return tx.Boards.AddPioneers(ctx, lists, lines)
}

// sectionsOfBoard returns a whole board, and each part of it once.
func sectionsOfBoard(ctx context.Context, view *repository.Store, board model.ID) ([]repository.Section, error) {
	sections := []repository.Section{{Board: board, Kind: model.KindCommunity}}
	parts, err := view.Boards.Parts(ctx, board)
	seen := map[repository.Section]bool{sections[0]: true}
	for _, p := range parts {
		for _, s := range sectionsOf(p) {
			if !seen[s] {
				seen[s] = true
				sections = append(sections, s)
			}
		}
	}
	return sections, err
}

// checkPioneers compares every frozen pioneer list of a board with its digest.
func checkPioneers(ctx context.Context, view *repository.Store, board *model.Board) (differs []string, err error) {
	if board.Period != model.PeriodQuarter || board.Kind != model.BoardMembers {
		return nil, nil
	}
	lists, err := view.Boards.PioneerLists(ctx, board.ID)
	if err != nil {
		return nil, err
	}
	lines, err := view.Boards.EveryPioneer(ctx, board.ID)
	for _, list := range lists {
		if !bytes.Equal(list.DigestOf(lines[list.NodeID]), list.Digest) {
			differs = append(differs, fmt.Sprintf("board %d: the frozen pioneer list of node %d does not have its digest", board.ID, list.NodeID))
		}
		delete(lines, list.NodeID)
	}
	for node := range lines {
		differs = append(differs, fmt.Sprintf("board %d: pioneers of node %d are on no list", board.ID, node))
	}
	return differs, err
}

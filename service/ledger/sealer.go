package ledger

import (
	"context"
	"fmt"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

const (
	sealBatch = 500
	// sealPoll is how soon records of other processes are sealed at the latest.
	sealPoll = 200 * time.Millisecond
	// sealRest lets records gather, because a seal of many costs little more than one of a few. Under load
	// the sealer rests as long as sealShare times what it worked, so that postings come first.
	sealRest  = 20 * time.Millisecond
	sealShare = 2
)

// sealCursor names the head of the stream.
const sealCursor = "seal"

// Nudge has the sealer look for records at once.
func (l *Ledger) Nudge() {
	select {
	case l.sealing <- struct{}{}:
	default:
	}
}

// runSealer seals what is there until the context ends.
func (l *Ledger) runSealer(ctx context.Context) {
	poll := time.NewTicker(sealPoll)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.sealing:
		case <-poll.C:
		}
		start := time.Now()
		// What fails is tried again at the next tick.
		if err := l.SealAll(ctx); ctx.Err() == nil {
			l.failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(sealRest, sealShare*time.Since(start))):
		}
	}
}

// SealAll seals until nothing waits.
func (l *Ledger) SealAll(ctx context.Context) error {
	for {
		n, err := l.seal(ctx)
		if err != nil || n < sealBatch {
			return err
		}
	}
}

// seal gives a place in the stream to the records that wait. It reads what is there, never what is newer
// than something, so a transaction that commits late is not missed. Any number of processes may run it.
func (l *Ledger) seal(ctx context.Context) (n int, err error) {
	if waiting, err := l.store.Stream.Waiting(ctx, 1); err != nil || len(waiting) == 0 {
		return 0, err
	}
	err = l.store.Tx(ctx, func(tx *repository.Store) error {
		head, err := tx.Stream.LockCursor(ctx, sealCursor)
		if err != nil {
			return err
		}
		waiting, err := tx.Stream.Waiting(ctx, sealBatch)
		if err != nil {
			return err
		}
		if n = len(waiting); n == 0 {
			return nil
		}
		_, canonical, err := canonicals(ctx, tx, waiting)
		if err != nil {
			return err
		}
		if len(canonical) != n {
			return fmt.Errorf("%d of %d records of the outbox are there", len(canonical), n)
		}
		seals := make([]*model.Seal, n)
		for i, w := range waiting {
			s := &model.Seal{Seq: head.Seq + 1, RecType: w.RecType, RecID: w.RecID}
			s.Hash = s.Link(head.Hash, canonical[record{w.RecType, w.RecID}])
			head.Seq, head.Hash, seals[i] = s.Seq, s.Hash, s
		}
		if err := tx.Stream.Seal(ctx, seals); err != nil {
			return err
		}
		head.UpdatedAt = l.now()
		return tx.Stream.MoveCursor(ctx, head)
	})
	if err == nil && n > 0 {
		l.sealed()
	}
	return n, err
}

// record names a row of the stream.
type record struct {
	kind model.RecordType
	id   model.ID
}

// canonicals reads those records that are there: the transfers among them, and the bytes that the seals of
// all cover.
func canonicals(ctx context.Context, s *repository.Store, rows []*model.Outbox) ([]*model.Transfer, map[record][]byte, error) {
	ids := map[model.RecordType][]model.ID{}
	for _, r := range rows {
		ids[r.RecType] = append(ids[r.RecType], r.RecID)
	}
	transfers, err := s.Points.Transfers(ctx, ids[model.RecordTransfer])
	if err != nil {
		return nil, nil, err
	}
	controls, err := s.Stream.Controls(ctx, ids[model.RecordControl])
	if err != nil {
		return nil, nil, err
	}
	bytes := make(map[record][]byte, len(rows))
	for _, t := range transfers {
		bytes[record{model.RecordTransfer, t.ID}] = t.Canonical()
	}
	for _, c := range controls {
		bytes[record{model.RecordControl, c.ID}] = c.Canonical()
	}
	return transfers, bytes, nil
}

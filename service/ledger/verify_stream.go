package ledger

import (
	"bytes"
	"context"

	"linbanglin/model"
)

// checkStream follows the seal chain, sees that every record is in it, or waits for it, once, and adds up
// the transfers in it.
func (v *verifier) checkStream(ctx context.Context, c *Check) error {
	r := v.reached
	if r.Seq > 0 {
		if at, err := v.view.Stream.At(ctx, r.Seq); err != nil || !bytes.Equal(at.Hash, r.Hash) {
			c.differ("seal %d is not what it was when it was checked before", r.Seq)
			return nil
		}
	}
	of := v.counts.Seals - r.Seq
	for {
		seals, err := v.view.Stream.After(ctx, r.Seq, scanRows)
		if err != nil {
			return err
		}
		if len(seals) == 0 {
			break
		}
		if err := v.checkSeals(ctx, c, seals); err != nil {
			return err
		}
		v.step(c, len(seals), of)
	}
	head, err := v.view.Stream.Cursor(ctx, sealCursor)
	if err != nil {
		return err
	}
	if head.Seq != r.Seq || !bytes.Equal(head.Hash, r.Hash) {
		c.differ("the head is at %d, the last seal at %d", head.Seq, r.Seq)
	}
	n := v.counts
	if n.Seals+n.Waiting != n.Transfers+n.Controls {
		c.differ("%d transfers and %d marks, but %d are sealed and %d wait", n.Transfers, n.Controls, n.Seals, n.Waiting)
	}
	return nil
}

func (v *verifier) checkSeals(ctx context.Context, c *Check, seals []*model.Seal) error {
	transfers, canonical, err := v.records(ctx, seals)
	if err != nil {
		return err
	}
	r := v.reached
	for _, s := range seals {
		bytesOf, there := canonical[record{s.RecType, s.RecID}]
		r.Seq++
		switch {
		case s.Seq != r.Seq:
			c.differ("seal %d stands at place %d", s.Seq, r.Seq)
			r.Seq = s.Seq
		case !there:
			c.differ("seal %d: its record %d is gone", s.Seq, s.RecID)
		case !bytes.Equal(s.Hash, s.Link(r.Hash, bytesOf)):
			c.differ("seal %d: the hash does not follow from record %d and the seal before", s.Seq, s.RecID)
		}
		r.Hash = s.Hash
	}
	return v.addUp(ctx, c, transfers)
}

// records returns the transfers among sealed records, and the bytes of all that are there.
func (v *verifier) records(ctx context.Context, seals []*model.Seal) ([]*model.Transfer, map[record][]byte, error) {
	rows := make([]*model.Outbox, len(seals))
	for i, s := range seals {
		rows[i] = &model.Outbox{RecType: s.RecType, RecID: s.RecID}
	}
	return canonicals(ctx, v.view, rows)
}

// checkWaiting adds up the transfers that have no place in the stream yet.
func (v *verifier) checkWaiting(ctx context.Context, c *Check) error {
	v.sealed = v.reached.clone()
	waiting, err := v.view.Stream.Waiting(ctx, int(v.counts.Waiting)+1)
	if err != nil || len(waiting) == 0 {
		return err
	}
	transfers, there, err := canonicals(ctx, v.view, waiting)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		if there[record{w.RecType, w.RecID}] == nil {
			c.differ("record %d waits for its place and is gone", w.RecID)
		}
	}
	v.step(c, len(waiting), v.counts.Waiting)
	return v.addUp(ctx, c, transfers)
}

package ledger

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/service/ledger/proof"
)

// Proof returns what proves one line of a member's account without the database. It fails with ErrNotFound
// for a line that is not there, with ErrProofNotSealed and ErrProofNotSigned while that is so, and as Statement
// does.
func (l *Ledger) Proof(ctx context.Context, who model.Actor, q StatementQuery, seq int64) (*proof.Proof, error) {
	member, err := l.reader(ctx, who, q.Member)
	if err != nil {
		return nil, err
	}
	ids, err := l.existing(ctx, model.Wallet(member.CommunityID, member.ID, q.Measure))
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 || seq < 1 {
		return nil, model.ErrNotFound
	}
	p := &proof.Proof{Format: proof.Format}
	if p.Entry, err = l.provenEntry(ctx, ids[0], seq); err != nil {
		return nil, err
	}
	transfer, err := l.store.Points.Transfer(ctx, p.Entry.TransferID)
	if err != nil {
		return nil, err
	}
	p.Transfer = transfer.Canonical()
	if err := l.proveSeal(ctx, p); err != nil {
		return nil, err
	}
	return p, l.proveSigned(ctx, p)
}

func (l *Ledger) provenEntry(ctx context.Context, account model.ID, seq int64) (e proof.ProvenEntry, err error) {
	rows, err := l.store.Points.Entries(ctx, account, seq-1, seq)
	if err != nil {
		return e, err
	}
	if len(rows) == 0 || rows[len(rows)-1].Seq != seq {
		return e, model.ErrNotFound
	}
	previous := model.Hex{}
	if len(rows) == 2 {
		previous = rows[0].Hash
	}
	return proof.EntryOf(rows[len(rows)-1], previous), nil
}

// proveSeal adds the place of the transfer in the stream.
func (l *Ledger) proveSeal(ctx context.Context, p *proof.Proof) error {
	seal, err := l.store.Stream.SealOf(ctx, model.RecordTransfer, p.Entry.TransferID)
	if errors.Is(err, model.ErrNotFound) {
		return model.ErrProofNotSealed
	}
	if err != nil {
		return err
	}
	p.Seal = proof.ProvenSeal{Seq: seal.Seq, PreviousHash: model.Hex{}, Hash: seal.Hash}
	if seal.Seq > 1 {
		before, err := l.store.Stream.After(ctx, seal.Seq-2, 1)
		if err != nil {
			return err
		}
		if before[0].Seq != seal.Seq-1 {
			return fmt.Errorf("seal %d is missing", seal.Seq-1)
		}
		p.Seal.PreviousHash = before[0].Hash
	}
	return nil
}

// proveSigned adds the anchor over the seal, and the way to its root.
func (l *Ledger) proveSigned(ctx context.Context, p *proof.Proof) error {
	anchor, err := l.store.Anchors.Covering(ctx, p.Seal.Seq)
	if errors.Is(err, model.ErrNotFound) {
		return model.ErrProofNotSigned
	}
	if err != nil {
		return err
	}
	covered, err := leaves(ctx, l.store, anchor.FromSeq, anchor.Seq)
	if err != nil {
		return err
	}
	index := p.Seal.Seq - anchor.FromSeq
	if index >= int64(len(covered)) {
		return fmt.Errorf("the stream ends before anchor %d", anchor.Seq)
	}
	p.Anchor, p.Seal.Lines, p.Path = *anchor, covered[index].Lines, proof.Path(covered, int(index))
	keys, err := l.store.Anchors.Keys(ctx)
	for _, k := range keys {
		if k.KeyID == anchor.KeyID {
			p.PublicKey = k.PublicKey
		}
	}
	return err
}

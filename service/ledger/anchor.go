package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger/proof"
)

const (
	// anchorEvery is how old the last signed head is before another is made, if anything was sealed since.
	anchorEvery = time.Hour
	// anchorSpan is how many seals one anchor covers at most: a proof reads them all.
	anchorSpan = 8192
)

// signing is what anchors are made with.
type signing struct {
	signer *proof.Signer // nil: none are made
	span   int64
}

// SignWith has heads signed by a key from now on, and makes its public half known. It must be called before
// Run. It fails when the key's name stands for another key already.
func (l *Ledger) SignWith(ctx context.Context, signer *proof.Signer) error {
	public := signer.Public()
	err := l.store.Tx(ctx, func(tx *repository.Store) error {
		known, err := tx.Anchors.AddKey(ctx, &model.LedgerKey{KeyID: public.ID, PublicKey: public.Key, CreatedAt: l.now()})
		if err == nil && !bytes.Equal(known.PublicKey, public.Key) {
			err = fmt.Errorf("the name %s stands for another key in this ledger; give a new key a new name", public.ID)
		}
		return err
	})
	if err == nil {
		l.signing.signer = signer
	}
	return err
}

// Anchor signs what was sealed since the last signed head, when that is an hour old or more, and returns how
// many anchors it made. Any number of processes may run it at any time; an anchor is made once, because only
// one can begin where the last one ends. It fails when the stream does not continue from the last anchor: then
// its tail was cut or rewritten.
func (l *Ledger) Anchor(ctx context.Context) (made int, err error) {
	if l.signing.signer == nil {
		return 0, nil
	}
	last, err := l.store.Anchors.Last(ctx)
	if err != nil || last != nil && l.now() < last.MadeAt.Add(anchorEvery) {
		return 0, err
	}
	for {
		next, err := l.nextAnchor(ctx, last)
		if err != nil || next == nil {
			return made, err
		}
		err = l.store.Tx(ctx, func(tx *repository.Store) error { return tx.Anchors.Add(ctx, next) })
		if errors.Is(err, model.ErrDuplicate) {
			return made, nil // by another process
		}
		if err != nil {
			return made, err
		}
		last = next
		made++
	}
}

// nextAnchor makes the anchor that follows the last, nil when nothing was sealed since. Seals never change, so
// they are read without a lock.
func (l *Ledger) nextAnchor(ctx context.Context, last *model.Anchor) (*model.Anchor, error) {
	next := &model.Anchor{FromSeq: 1, PreviousHash: model.Hex{}}
	if last != nil {
		if err := l.wantContinued(ctx, last); err != nil {
			return nil, err
		}
		next.FromSeq, next.PreviousHash = last.Seq+1, last.Digest()
	}
	leaves, err := leaves(ctx, l.store, next.FromSeq, next.FromSeq+l.signing.span-1)
	if err != nil || len(leaves) == 0 {
		return nil, err
	}
	next.Seq = next.FromSeq + int64(len(leaves)) - 1
	next.Hash, next.Root = leaves[len(leaves)-1].Seal, proof.Root(leaves)
	next.MadeAt = model.InstantOf(l.now().Time().Truncate(time.Second))
	l.signing.signer.Sign(next)
	return next, nil
}

// wantContinued fails unless the stream still has what the last anchor signed.
func (l *Ledger) wantContinued(ctx context.Context, last *model.Anchor) error {
	seal, err := l.store.Stream.At(ctx, last.Seq)
	switch {
	case errors.Is(err, model.ErrNotFound):
		return fmt.Errorf("the signed head covers seals up to %d, but the stream does not reach it: its tail was cut", last.Seq)
	case err == nil && !bytes.Equal(seal.Hash, last.Hash):
		return fmt.Errorf("the signed head covers seal %d, but the stream has another one there", last.Seq)
	}
	return err
}

var errGap = errors.New("the stream has a gap")

// leaves reads a part of the stream. It fails with errGap when a place in it is empty, but not for its end.
func leaves(ctx context.Context, s *repository.Store, from, to int64) ([]*proof.Leaf, error) {
	rows, err := s.Anchors.SealedLines(ctx, from, to)
	if err != nil {
		return nil, err
	}
	var list []*proof.Leaf
	for _, r := range rows {
		end := from + int64(len(list))
		if r.Seq == end {
			list = append(list, &proof.Leaf{Seal: r.Hash, Lines: []model.Hex{}})
		} else if r.Seq != end-1 {
			return nil, fmt.Errorf("%w: seal %d is missing", errGap, end)
		}
		if r.Line != nil {
			leaf := list[len(list)-1]
			leaf.Lines = append(leaf.Lines, r.Line)
		}
	}
	return list, nil
}

// Head is the end of the sealed stream, and the last of it that was signed.
type Head struct {
	Seq    int64         `json:"seq"`
	Hash   string        `json:"hash"` // SHA-256, hexadecimal; empty before the first record
	At     model.Instant `json:"at,omitzero"`
	Signed *model.Anchor `json:"signed,omitempty" doc:"最近一次签名的账本头；没有签名密钥时没有"`
}

// Head returns the end of the stream, by which anyone can hold us to what was recorded.
func (l *Ledger) Head(ctx context.Context) (*Head, error) {
	c, err := l.store.Stream.Cursor(ctx, sealCursor)
	if err != nil {
		return nil, err
	}
	signed, err := l.store.Anchors.Last(ctx)
	return &Head{c.Seq, fmt.Sprintf("%x", c.Hash), c.UpdatedAt, signed}, err
}

// Anchors lists the signed heads, newest first. It fails with ErrCursor.
func (l *Ledger) Anchors(ctx context.Context, page model.Page) (*model.List[*model.Anchor], error) {
	const name = "anchors"
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	before := int64(math.MaxInt64)
	if after != nil {
		before = after[0]
	}
	rows, err := l.store.Anchors.Before(ctx, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	return model.PageOf(name, page, rows, func(last *model.Anchor) int64 { return last.Seq }), nil
}

// Keys lists the public keys that heads were signed with.
func (l *Ledger) Keys(ctx context.Context) ([]*model.LedgerKey, error) {
	return l.store.Anchors.Keys(ctx)
}

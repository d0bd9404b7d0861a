package ledger

import (
	"bytes"
	"context"
	"errors"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger/proof"
)

// anchorsAtOnce is how many anchors are read at a time; each is checked by itself.
const anchorsAtOnce = 200

// CheckAnchors holds every signed head against the stream as it is now, on one snapshot, and returns what
// differs. Of those that end before a checkpoint only the signatures are checked. Trusted is the key of the
// configuration, which the database must not gainsay; nil when there is none. An error is a failure to read, never
// a difference.
func (l *Ledger) CheckAnchors(ctx context.Context, o VerifyOptions, trusted *proof.Public) (*Check, error) {
	c := &Check{Name: "anchors", Differences: []string{}}
	err := l.store.Snapshot(ctx, func(view *repository.Store) error {
		v := newVerifier(view, o)
		if err := v.checkTrusted(ctx, c, trusted); err != nil {
			return err
		}
		since := int64(0)
		if o.Since != nil {
			since = o.Since.Seq
		}
		return v.checkAnchors(ctx, c, since)
	})
	return c, err
}

// checkTrusted sees that the key of the configuration has its name in the database. Whoever can write there
// could sign another history with a key of their own.
func (v *verifier) checkTrusted(ctx context.Context, c *Check, trusted *proof.Public) error {
	if trusted == nil {
		return nil
	}
	keys, err := v.view.Anchors.Keys(ctx)
	for _, k := range keys {
		if k.KeyID == trusted.ID && !bytes.Equal(k.PublicKey, trusted.Key) {
			c.differ("key %s: the database has another key under this name than the configuration", k.KeyID)
		}
	}
	return err
}

// checkAnchors re-derives every anchor that ends after a place from the seals and lines that it covers.
func (v *verifier) checkAnchors(ctx context.Context, c *Check, since int64) error {
	keys, err := v.view.Anchors.Keys(ctx)
	if err != nil {
		return err
	}
	public := map[string]*proof.Public{}
	for _, k := range keys {
		public[k.KeyID] = &proof.Public{ID: k.KeyID, Key: k.PublicKey}
	}
	of, end, err := v.view.Anchors.Counts(ctx)
	if err != nil {
		return err
	}
	before := &model.Anchor{}
	for {
		anchors, err := v.view.Anchors.After(ctx, before.Seq, anchorsAtOnce)
		if err != nil || len(anchors) == 0 {
			return err
		}
		for _, a := range anchors {
			v.checkSigned(c, a, before, public[a.KeyID])
			if a.Seq > since {
				err = v.checkCovered(ctx, c, a, end)
			}
			if err != nil {
				return err
			}
			before = a
		}
		v.step(c, len(anchors), of)
	}
}

// checkSigned sees that an anchor is signed and follows from the one before.
func (v *verifier) checkSigned(c *Check, a, before *model.Anchor, key *proof.Public) {
	follows := model.Hex{}
	if before.Seq != 0 {
		follows = before.Digest()
	}
	switch {
	case key == nil:
		c.differ("anchor %d: its key %s is not known", a.Seq, a.KeyID)
	case !key.Signed(a):
		c.differ("anchor %d: the signature is not one of key %s", a.Seq, a.KeyID)
	}
	if a.FromSeq != before.Seq+1 {
		c.differ("anchor %d: begins at %d, but the one before ends at %d", a.Seq, a.FromSeq, before.Seq)
	}
	if !bytes.Equal(a.PreviousHash, follows) {
		c.differ("anchor %d: does not follow from the one before", a.Seq)
	}
}

// checkCovered holds an anchor against the part of the stream that it covers.
func (v *verifier) checkCovered(ctx context.Context, c *Check, a *model.Anchor, end int64) error {
	if a.Seq-a.FromSeq >= anchorSpan {
		c.differ("anchor %d: covers more than %d seals", a.Seq, anchorSpan)
		return nil
	}
	covered, err := leaves(ctx, v.view, a.FromSeq, a.Seq)
	if errors.Is(err, errGap) {
		c.differ("anchor %d: %v", a.Seq, err)
		return nil
	}
	if err != nil {
		return err
	}
	there := int64(len(covered))
	switch {
	case end < a.Seq:
		c.differ("anchor %d: covers the stream up to %d, but the stream ends at %d", a.Seq, a.Seq, end)
	case there == 0 || there != a.Seq-a.FromSeq+1:
		c.differ("anchor %d: seal %d is missing", a.Seq, a.FromSeq+there)
	case !bytes.Equal(covered[there-1].Seal, a.Hash):
		c.differ("anchor %d: seal %d has another hash than was signed", a.Seq, a.Seq)
	case !bytes.Equal(proof.Root(covered), a.Root):
		c.differ("anchor %d: a seal or a line from %d to %d is not as it was signed", a.Seq, a.FromSeq, a.Seq)
	}
	return nil
}

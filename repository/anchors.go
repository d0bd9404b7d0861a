package repository

import (
	"context"
	"errors"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Anchors holds signed heads and the public keys that signed them. Both are only ever inserted.
type Anchors struct{ conn }

// AddKey adds a public key under its name unless the name is taken, and returns the key of the name.
func (a Anchors) AddKey(ctx context.Context, key *model.LedgerKey) (*model.LedgerKey, error) {
	if err := a.to(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(key).Error; err != nil {
		return nil, err
	}
	known := new(model.LedgerKey)
	err := a.to(ctx).Where("key_id = ?", key.KeyID).Take(known).Error
	return known, err
}

// Keys returns every public key, oldest first.
func (a Anchors) Keys(ctx context.Context) ([]*model.LedgerKey, error) {
	var rows []*model.LedgerKey
	err := a.from(ctx).Order("created_at, key_id").Find(&rows).Error
	return rows, err
}

// Add adds an anchor. It fails with ErrDuplicate when one begins at the same place already.
func (a Anchors) Add(ctx context.Context, anchor *model.Anchor) error {
	return a.to(ctx).Create(anchor).Error
}

// Last returns the newest anchor, nil when there is none.
func (a Anchors) Last(ctx context.Context) (*model.Anchor, error) {
	anchor := new(model.Anchor)
	err := a.from(ctx).Order("seq DESC").Limit(1).Take(anchor).Error
	if errors.Is(err, model.ErrNotFound) {
		return nil, nil
	}
	return anchor, err
}

// Covering returns the anchor over a place in the stream. It fails with ErrNotFound while there is none.
func (a Anchors) Covering(ctx context.Context, seq int64) (*model.Anchor, error) {
	anchor := new(model.Anchor)
	err := a.from(ctx).Where("seq >= ? AND from_seq <= ?", seq, seq).Order("seq").Limit(1).Take(anchor).Error
	return anchor, err
}

// Before returns anchors that end before a place, newest first.
func (a Anchors) Before(ctx context.Context, seq int64, limit int) ([]*model.Anchor, error) {
	var rows []*model.Anchor
	err := a.from(ctx).Where("seq < ?", seq).Order("seq DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// After returns anchors that end after a place, oldest first.
func (a Anchors) After(ctx context.Context, seq int64, limit int) ([]*model.Anchor, error) {
	var rows []*model.Anchor
	err := a.from(ctx).Where("seq > ?", seq).Order("seq").Limit(limit).Find(&rows).Error
	return rows, err
}

// SealedLine is a seal beside one line that its record made; a record may have several lines, or none.
type SealedLine struct {
	Seq  int64
	Hash []byte
	Line []byte // the hash of the line, nil for none
}

// SealedLines returns the seals from one place to another, both included, with their lines in the order of
// their accounts.
func (a Anchors) SealedLines(ctx context.Context, from, to int64) ([]*SealedLine, error) {
	return readRows(a.from(ctx).Raw("SELECT l.seq, l.hash, e.hash AS line FROM point_seal l "+
		"LEFT JOIN point_entry e ON e.transfer_id = l.rec_id AND l.rec_type = ? WHERE l.seq >= ? AND l.seq <= ? ORDER BY l.seq, e.account_id",
		model.RecordTransfer, from, to), func(r *SealedLine) []any { return []any{&r.Seq, &r.Hash, &r.Line} })
}

// Counts returns how many anchors there are, and where the stream ends by the seals themselves.
func (a Anchors) Counts(ctx context.Context) (anchors, lastSeal int64, err error) {
	var row struct{ Anchors, LastSeal int64 }
	err = a.from(ctx).Raw("SELECT (SELECT COUNT(*) FROM point_anchor) AS anchors, (SELECT COALESCE(MAX(seq), 0) FROM point_seal) AS last_seal").Scan(&row).Error
	return row.Anchors, row.LastSeal, err
}

package model

import (
	"bytes"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"errors"
)

// Hex is bytes that JSON shows as lower-case hexadecimal digits: a hash, a key or a signature.
type Hex []byte

var errHex = errors.New("expected lower-case hexadecimal digits")

// String returns the digits.
func (h Hex) String() string { return hex.EncodeToString(h) }

// MarshalText implements encoding.TextMarshaler.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// UnmarshalText implements encoding.TextUnmarshaler. It takes what MarshalText writes and nothing else.
func (h *Hex) UnmarshalText(text []byte) error {
	read, err := hex.AppendDecode(nil, text)
	if err != nil || !bytes.Equal(hex.AppendEncode(nil, read), text) {
		return errHex
	}
	*h = read
	return nil
}

// Value implements driver.Valuer: none is stored as empty, never as NULL.
func (h Hex) Value() (driver.Value, error) { return append([]byte{}, h...), nil }

// Anchor (签名的账本头) signs the seals from FromSeq to Seq, both included. Each anchor follows from the one
// before, so a copy of any of them outside of the database holds us to everything up to its Seq.
type Anchor struct {
	FromSeq      int64   `json:"from_seq"`
	Seq          int64   `gorm:"primaryKey;autoIncrement:false" json:"seq"`
	Hash         Hex     `json:"hash" doc:"第 seq 号封存的链哈希"`
	Root         Hex     `json:"root" doc:"这一段封存的 Merkle 树根（RFC 6962，SHA-256）"`
	PreviousHash Hex     `json:"previous_hash" doc:"上一个签名账本头的哈希；第一个为空"`
	MadeAt       Instant `json:"at"` // in whole seconds, so that its text says all of it
	KeyID        string  `json:"key_id"`
	Signature    Hex     `json:"signature" doc:"Ed25519"`
}

// TableName implements gorm's Tabler.
func (Anchor) TableName() string { return "point_anchor" }

// anchorDomain keeps a signature of an anchor from being one of anything else.
const anchorDomain = "linbanglin/anchor/1\x00"

// Message returns the bytes that the signature covers: every field but the signature, numbers at a fixed
// width and the others behind their length.
func (a *Anchor) Message() []byte {
	buf := append(make([]byte, 0, 256), anchorDomain...)
	for _, n := range []int64{a.FromSeq, a.Seq, int64(a.MadeAt)} {
		buf = binary.BigEndian.AppendUint64(buf, uint64(n))
	}
	for _, part := range [][]byte{a.Hash, a.Root, a.PreviousHash, []byte(a.KeyID)} {
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(part)))
		buf = append(buf, part...)
	}
	return buf
}

// Digest returns the hash by which the next anchor follows from this one.
func (a *Anchor) Digest() Hex {
	buf := append([]byte("LBLA1"), a.Message()...)
	sum := sha256.Sum256(append(buf, a.Signature...))
	return sum[:]
}

// LedgerKey is the public half of a key that signs anchors.
type LedgerKey struct {
	KeyID     string  `gorm:"primaryKey" json:"id"`
	PublicKey Hex     `json:"public_key" doc:"Ed25519 公钥"`
	CreatedAt Instant `json:"created_at"`
}

// TableName implements gorm's Tabler.
func (LedgerKey) TableName() string { return "ledger_key" }

package model

import (
	"crypto/sha256"
	"encoding/binary"
)

// RecordType says what a sealed record is.
type RecordType int16

// The records of the stream.
const (
	RecordTransfer RecordType = 1
	RecordControl  RecordType = 2
)

// ControlKind says what a control record marks in the stream.
type ControlKind int16

// The control records.
const (
	CampaignClosed  ControlKind = 1 // from here on nothing counts for the campaign
	CampaignSettled ControlKind = 2 // carries the digest of the standings

	campaignRevised ControlKind = 100 // and the number of the revision
)

// Control is a mark in the sealed stream.
type Control struct {
	ID         ID
	Kind       ControlKind
	CampaignID ID
	Payload    []byte
	CreatedAt  Instant
}

// TableName implements gorm's Tabler.
func (Control) TableName() string { return "point_control" }

// Canonical returns the bytes that the seal chain covers.
func (c *Control) Canonical() []byte {
	buf := make([]byte, 0, 96)
	for _, n := range []int64{int64(c.ID), int64(c.Kind), int64(c.CampaignID), int64(c.CreatedAt)} {
		buf = binary.BigEndian.AppendUint64(buf, uint64(n))
	}
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(c.Payload)))
	return append(buf, c.Payload...)
}

// Outbox is a committed record that has no place in the stream yet.
type Outbox struct {
	RecType   RecordType `gorm:"primaryKey"`
	RecID     ID         `gorm:"primaryKey"`
	CreatedAt Instant
}

// TableName implements gorm's Tabler.
func (Outbox) TableName() string { return "point_outbox" }

// Seal gives a record its place in the one dense sequence, with a hash over all that came before.
type Seal struct {
	Seq     int64 `gorm:"primaryKey"`
	RecType RecordType
	RecID   ID
	Hash    []byte
}

// TableName implements gorm's Tabler.
func (Seal) TableName() string { return "point_seal" }

// Link returns the seal's hash: SHA-256 over the hash before it, its place and the canonical record.
func (s *Seal) Link(previous, canonical []byte) []byte {
	buf := make([]byte, 0, 64+len(canonical))
	buf = append(buf, "LBLS1"...)
	buf = append(buf, previous...)
	buf = binary.BigEndian.AppendUint64(buf, uint64(s.Seq))
	buf = binary.BigEndian.AppendUint16(buf, uint16(s.RecType))
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(canonical)))
	buf = append(buf, canonical...)
	sum := sha256.Sum256(buf)
	return sum[:]
}

// Cursor is how far a consumer of the stream has come.
type Cursor struct {
	Name      string `gorm:"primaryKey"`
	Seq       int64
	Hash      []byte
	UpdatedAt Instant
}

// TableName implements gorm's Tabler.
func (Cursor) TableName() string { return "stream_cursor" }

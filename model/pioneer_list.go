package model

import (
	"crypto/sha256"
	"time"
)

// PioneersOpen is how long after its quarter a pioneer list (先锋岗) stays open to what arrives late and to appeals.
const PioneersOpen = 7 * 24 * time.Hour

// FreezesAt returns from when on the pioneer list of a quarter's board is frozen: after the end of the quarter, or after
// the board was begun when all that is on it came later.
func (b *Board) FreezesAt() Instant {
	return max(b.Period.End(b.PeriodKey), b.CreatedAt).Add(PioneersOpen)
}

// PioneerList is the frozen pioneer list of a quarter's board, or of the part of it that a node is. It never changes.
type PioneerList struct {
	BoardID  ID `gorm:"primaryKey"`
	NodeID   ID `gorm:"primaryKey"` // an area, a grid or a branch; 0: the whole board
	Percent  int
	Total    int64 // on the board, pioneers or not
	AsOfSeq  int64
	Digest   []byte
	FrozenAt Instant
}

// TableName implements gorm's Tabler.
func (PioneerList) TableName() string { return "pioneer_list" }

// Pioneer is a line of a frozen pioneer list.
type Pioneer struct {
	BoardID   ID  `gorm:"primaryKey"`
	NodeID    ID  `gorm:"primaryKey"`
	RankNo    int `gorm:"primaryKey"`
	SubjectID ID
	Points    int64
}

// TableName implements gorm's Tabler.
func (Pioneer) TableName() string { return "pioneer" }

// DigestOf returns SHA-256 over the list and its lines in their order.
func (l *PioneerList) DigestOf(rows []*Pioneer) []byte {
	h := sha256.New()
	buf := appendNumbers(nil, int64(l.BoardID), int64(l.NodeID), int64(l.Percent), l.Total, l.AsOfSeq, int64(l.FrozenAt))
	h.Write(buf)
	for _, r := range rows {
		buf = appendNumbers(buf[:0], int64(r.RankNo), int64(r.SubjectID), r.Points)
		h.Write(buf)
	}
	return h.Sum(nil)
}

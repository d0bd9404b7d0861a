package model

import (
	"bytes"
	"encoding/binary"
)

const (
	// FirstRevision is the number of the standings that a campaign is settled with.
	FirstRevision = 1
	// MaxRevisions is how many standings a campaign may have.
	MaxRevisions = 9
)

// Revision is standings of a settled campaign that were counted anew, with what was booked since. Its rows, like those
// of the first standings, never change.
type Revision struct {
	CampaignID ID  `gorm:"primaryKey"`
	Revision   int `gorm:"primaryKey"` // from 2
	AsOfSeq    int64
	Digest     []byte
	Reason     string
	MadeBy     ID
	CreatedAt  Instant
}

// TableName implements gorm's Tabler.
func (Revision) TableName() string { return "board_revision" }

// Mark returns the record of the revision in the sealed stream, which has what it was counted up to and its digest.
func (r *Revision) Mark(id ID) *Control {
	payload := append(binary.BigEndian.AppendUint64(nil, uint64(r.AsOfSeq)), r.Digest...)
	return &Control{ID: id, Kind: RevisedAs(r.Revision), CampaignID: r.CampaignID, Payload: payload, CreatedAt: r.CreatedAt}
}

// MarkedBy reports whether a record of the sealed stream is the revision's.
func (r *Revision) MarkedBy(c *Control) bool {
	want := r.Mark(c.ID)
	return c.Kind == want.Kind && c.CampaignID == want.CampaignID && bytes.Equal(c.Payload, want.Payload)
}

// RevisedAs is the mark of a campaign's standings with a number from 2 on; each is in the stream once.
func RevisedAs(revision int) ControlKind { return campaignRevised + ControlKind(revision) }

// Revised returns the number of the standings that a mark is of, 0 when it is of none that were counted anew.
func (k ControlKind) Revised() int {
	if k <= campaignRevised+FirstRevision || k > campaignRevised+MaxRevisions {
		return 0
	}
	return int(k - campaignRevised)
}

package model

import (
	"bytes"
	"encoding/binary"
	"errors"
)

var errCanonical = errors.New("not the canonical bytes of a transfer")

// ReadTransfer reads what Transfer.Canonical writes. It fails on any other bytes.
func ReadTransfer(canonical []byte) (*Transfer, error) {
	r := canonicalReader{rest: canonical}
	optional := func() *ID {
		if id := ID(r.number()); id != 0 {
			return &id
		}
		return nil
	}
	t := &Transfer{
		ID: ID(r.number()), CommunityID: ID(r.number()), Measure: Measure(r.number()), Kind: TransferKind(r.number()),
		RuleVersion: int32(r.number()), Class: Class(r.number()), DebitID: ID(r.number()), CreditID: ID(r.number()), Amount: r.number(),
		HoldID: optional(), ReversesID: optional(), BatchID: optional(),
		RefType: RefType(r.number()), RefID: ID(r.number()), CampaignID: ID(r.number()), AreaID: ID(r.number()), GridID: ID(r.number()),
		BranchID: ID(r.number()), MemberID: ID(r.number()), Score: r.number(), Ranked: int16(r.number()), BizDay: Day(r.number()),
		EffectiveAt: Instant(r.number()), CreatedAt: Instant(r.number()), ActorID: ID(r.number()),
		Code: r.text(), IdemKey: r.text(), IdemHash: []byte(r.text()), Memo: r.text(),
	}
	if len(r.rest) > 0 {
		t.CounterID = ID(r.number())
	}
	if !bytes.Equal(t.Canonical(), canonical) {
		return nil, errCanonical
	}
	return t, nil
}

// canonicalReader takes values off the front of bytes; past their end it gives zeros.
type canonicalReader struct{ rest []byte }

func (r *canonicalReader) take(n int) []byte {
	if n > len(r.rest) {
		r.rest = nil
		return make([]byte, 8)
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *canonicalReader) number() int64 { return int64(binary.BigEndian.Uint64(r.take(8))) }

func (r *canonicalReader) text() string {
	n := int(binary.BigEndian.Uint32(r.take(4)))
	if n > len(r.rest) {
		return ""
	}
	return string(r.take(n))
}

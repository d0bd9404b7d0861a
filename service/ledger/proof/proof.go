package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"linbanglin/model"
)

// Format names the kind of file and its version.
const Format = "linbanglin/proof/1"

// Proof (一笔记录的证明) holds all that is needed to check one line of a booklet without the database.
type Proof struct {
	Format    string       `json:"format"`
	Entry     ProvenEntry  `json:"entry" doc:"分录：一行变动和变动后的余额"`
	Transfer  model.Hex    `json:"transfer" doc:"流水的规范字节"`
	Seal      ProvenSeal   `json:"seal" doc:"流水在封存序列中的位置"`
	Path      []model.Hex  `json:"path" doc:"Merkle 审计路径，自下而上"`
	Anchor    model.Anchor `json:"anchor" doc:"覆盖这次封存的签名账本头"`
	PublicKey model.Hex    `json:"public_key" doc:"签名公钥；请与社区公布的核对"`
}

// ProvenEntry is the line with everything that its hash covers.
type ProvenEntry struct {
	AccountID    model.ID  `json:"account_id"`
	Seq          int64     `json:"seq"`
	TransferID   model.ID  `json:"transfer_id"`
	PostedDelta  int64     `json:"posted_delta"`
	HeldDelta    int64     `json:"held_delta"`
	PostedAfter  int64     `json:"posted_after"`
	HeldAfter    int64     `json:"held_after"`
	BizDay       model.Day `json:"biz_day"`
	CreatedAt    Moment    `json:"created_at"`
	PreviousHash model.Hex `json:"previous_hash" doc:"上一行的哈希；第一行为空"`
	Hash         model.Hex `json:"hash"`
}

// ProvenSeal is the place of the transfer in the stream.
type ProvenSeal struct {
	Seq          int64       `json:"seq"`
	PreviousHash model.Hex   `json:"previous_hash" doc:"上一号封存的哈希；第一号为空"`
	Hash         model.Hex   `json:"hash"`
	Lines        []model.Hex `json:"lines" doc:"这笔流水写下的各行的哈希，按账户排列"`
}

// EntryOf returns the proof's view of a line that follows a hash.
func EntryOf(e *model.Entry, previous []byte) ProvenEntry {
	return ProvenEntry{
		e.AccountID, e.Seq, e.TransferID, e.PostedDelta, e.HeldDelta, e.PostedAfter, e.HeldAfter, e.BizDay, Moment(e.CreatedAt), previous, e.Hash,
	}
}

func (e *ProvenEntry) entry() *model.Entry {
	return &model.Entry{
		AccountID: e.AccountID, Seq: e.Seq, TransferID: e.TransferID, PostedDelta: e.PostedDelta, HeldDelta: e.HeldDelta,
		PostedAfter: e.PostedAfter, HeldAfter: e.HeldAfter, BizDay: e.BizDay, CreatedAt: model.Instant(e.CreatedAt), Hash: e.Hash,
	}
}

// Moment is an instant whose text has its microseconds, because a hash covers them.
type Moment model.Instant

// momentForm is RFC 3339 with microseconds.
const momentForm = "2006-01-02T15:04:05.000000Z07:00"

// MarshalText implements encoding.TextMarshaler.
func (m Moment) MarshalText() ([]byte, error) {
	return model.Instant(m).Time().AppendFormat(nil, momentForm), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *Moment) UnmarshalText(text []byte) error {
	t, err := time.Parse(momentForm, string(text))
	if err != nil {
		return errors.New("expected a time with microseconds and offset")
	}
	*m = Moment(model.InstantOf(t))
	return nil
}

// Read reads a proof. It fails on anything but what the ledger writes, spaces between the parts aside, so
// that nothing in the file is unread.
func Read(file []byte) (*Proof, error) {
	p := new(Proof)
	if err := json.Unmarshal(file, p); err != nil {
		return nil, fmt.Errorf("read the proof: %w", err)
	}
	if p.Format != Format {
		return nil, fmt.Errorf("the format is %q, not %q", p.Format, Format)
	}
	written, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("read the proof: %w", err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, file); err != nil || !bytes.Equal(compact.Bytes(), written) {
		return nil, errors.New("the file is not as the ledger writes it: a part is missing, unknown or written in another way")
	}
	return p, nil
}

// ReadHead reads an anchor, alone or as the signed part of an answer of GET /ledger/head. It fails when there
// is none.
func ReadHead(file []byte) (*model.Anchor, error) {
	var head struct {
		Signed *model.Anchor `json:"signed"`
		model.Anchor
	}
	if err := json.Unmarshal(file, &head); err != nil {
		return nil, fmt.Errorf("read the head: %w", err)
	}
	a := head.Signed
	if a == nil {
		a = &head.Anchor
	}
	if len(a.Signature) == 0 {
		return nil, errors.New("there is no signed head in the file")
	}
	return a, nil
}

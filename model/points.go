package model

import (
	"crypto/sha256"
	"encoding/binary"
)

// MaxAmount bounds one award, in points or minutes.
const MaxAmount = 1_000_000

// Measure (计量) is what a ledger counts. Points are earned, spent and expire; minutes are only earned or reversed.
type Measure int16

// The two measures.
const (
	Points  Measure = 1 // 服务积分
	Minutes Measure = 2 // 服务时长
)

// String returns the name used in JSON.
func (m Measure) String() string {
	if m == Minutes {
		return "minutes"
	}
	return "points"
}

// MarshalText implements encoding.TextMarshaler.
func (m Measure) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. It fails with ErrInvalid.
func (m *Measure) UnmarshalText(text []byte) error {
	switch string(text) {
	case Points.String():
		*m = Points
	case Minutes.String():
		*m = Minutes
	default:
		return ErrInvalid
	}
	return nil
}

// Class says how a service was proven.
type Class int16

// The classes. They stay apart in every total.
const (
	Unclassed Class = 0 // not an award
	Verified  Class = 1 // 信用: by system check-in or by both sides
	Declared  Class = 2 // 荣誉: later, by an organizer
)

// String returns the name used in JSON, empty for what is no award.
func (c Class) String() string {
	switch c {
	case Verified:
		return "verified"
	case Declared:
		return "declared"
	}
	return ""
}

// MarshalText implements encoding.TextMarshaler.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. It fails with ErrInvalid.
func (c *Class) UnmarshalText(text []byte) error {
	switch string(text) {
	case "":
		*c = Unclassed
	case Verified.String():
		*c = Verified
	case Declared.String():
		*c = Declared
	default:
		return ErrInvalid
	}
	return nil
}

// TransferKind says what a transfer does to its accounts.
type TransferKind int16

// The kinds. Hold to Lapse and Expire belong to the shop and to expiry.
const (
	KindPost    TransferKind = 1
	KindHold    TransferKind = 2
	KindSettle  TransferKind = 3
	KindRelease TransferKind = 4
	KindLapse   TransferKind = 5
	KindReverse TransferKind = 6
	KindExpire  TransferKind = 7
)

// EndsHold reports whether a transfer of the kind ends a hold.
func (k TransferKind) EndsHold() bool {
	return k == KindSettle || k == KindRelease || k == KindLapse
}

// String returns the name used in JSON.
func (k TransferKind) String() string {
	switch k {
	case KindPost:
		return "post"
	case KindHold:
		return "hold"
	case KindSettle:
		return "settle"
	case KindRelease:
		return "release"
	case KindLapse:
		return "lapse"
	case KindReverse:
		return "reverse"
	case KindExpire:
		return "expire"
	}
	return "unknown"
}

// MarshalText implements encoding.TextMarshaler.
func (k TransferKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Fits reports whether the transfer may have the account as a side: that of its member, of its campaign, or
// the account of the community that things of its kind go to and come from. What it reverses decides for a
// reversal.
func (t *Transfer) Fits(a *Account, reversed *Transfer) bool {
	if a.CommunityID != t.CommunityID || a.Measure != t.Measure {
		return false
	}
	if reversed != nil {
		return reversed.Fits(a, nil) && (a.OwnerType != OwnerMember || a.OwnerID == t.MemberID)
	}
	switch a.OwnerType {
	case OwnerMember:
		return a.OwnerID == t.MemberID
	case OwnerCampaign:
		return a.OwnerID == t.CampaignID || a.OwnerID == t.RefID
	}
	switch {
	case t.Kind == KindExpire:
		return a.Kind == AccountExpired
	case t.Kind == KindHold || t.Kind.EndsHold():
		return a.Kind == AccountRedeemed
	}
	return a.Kind == AccountPool
}

// RefType says what a transfer was for.
type RefType int16

// What transfers are for.
const (
	RefNone     RefType = 0
	RefRequest  RefType = 1
	RefCampaign RefType = 2
	RefTransfer RefType = 3
	RefAward    RefType = 4
	RefBatch    RefType = 5
	RefOrder    RefType = 6 // 积分超市
	RefDeclared RefType = 7 // 申报
	RefAppeal   RefType = 8 // 申诉
	RefOffer    RefType = 9
	RefSeries   RefType = 10
	RefVisit    RefType = 12 // 走访

	RefHousehold RefType = 28 // 一户一档
	RefAlarm     RefType = 40 // 爱心门铃报警
	RefPair      RefType = 41 // 结对
	RefCareTask  RefType = 42
	RefShift     RefType = 43 // 会客室值班
	RefMatter    RefType = 31 // 社情民意
	RefProposal  RefType = 33 // 议题
	RefJoint     RefType = 34 // 共建事项
	RefPost      RefType = 35 // 先锋岗
)

// String returns the name used in JSON.
func (r RefType) String() string {
	switch r {
	case RefRequest:
		return "request"
	case RefCampaign:
		return "campaign"
	case RefTransfer:
		return "transfer"
	case RefAward:
		return "award"
	case RefBatch:
		return "batch"
	case RefOrder:
		return "order"
	case RefDeclared:
		return "declaration"
	case RefAppeal:
		return "appeal"
	case RefOffer:
		return "offer"
	case RefSeries:
		return "series"
	case RefVisit:
		return "visit"
	case RefHousehold:
		return "household"
	case RefAlarm:
		return "alarm"
	case RefPair:
		return "pair"
	case RefCareTask:
		return "care_task"
	case RefShift:
		return "shift"
	case RefMatter:
		return "matter"
	case RefProposal:
		return "proposal"
	case RefJoint:
		return "undertaking"
	case RefPost:
		return "pioneer_post"
	}
	return ""
}

// MarshalText implements encoding.TextMarshaler.
func (r RefType) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Transfer is the double entry itself: one debit, one credit, a positive amount. It is never changed
// nor deleted; what was wrong is corrected by another one.
type Transfer struct {
	ID          ID
	CommunityID ID
	Measure     Measure
	Kind        TransferKind
	Code        string
	RuleVersion int32
	Class       Class
	DebitID     ID
	CreditID    ID
	Amount      int64
	HoldID      *ID
	ReversesID  *ID
	IdemKey     string
	IdemHash    []byte
	BatchID     *ID
	RefType     RefType
	RefID       ID
	CampaignID  ID
	AreaID      ID
	GridID      ID
	BranchID    ID
	MemberID    ID
	CounterID   ID    // who was helped, where that is one person
	Score       int64 // points earned, as boards count them; negative in a reversal
	Ranked      int16 // 1 when the member may appear on a board of members
	BizDay      Day
	EffectiveAt Instant
	CreatedAt   Instant
	ActorID     ID
	Memo        string
}

// TableName implements gorm's Tabler.
func (Transfer) TableName() string { return "point_transfer" }

// Canonical returns the bytes of the transfer that the seal chain covers: every field, at a fixed width
// or behind its length, so that no two transfers share them.
func (t *Transfer) Canonical() []byte {
	deref := func(id *ID) int64 {
		if id == nil {
			return 0
		}
		return int64(*id)
	}
	buf := make([]byte, 0, 320)
	for _, n := range []int64{
		int64(t.ID), int64(t.CommunityID), int64(t.Measure), int64(t.Kind), int64(t.RuleVersion), int64(t.Class),
		int64(t.DebitID), int64(t.CreditID), t.Amount, deref(t.HoldID), deref(t.ReversesID), deref(t.BatchID),
		int64(t.RefType), int64(t.RefID), int64(t.CampaignID), int64(t.AreaID), int64(t.GridID), int64(t.BranchID),
		int64(t.MemberID), t.Score, int64(t.Ranked), int64(t.BizDay), int64(t.EffectiveAt), int64(t.CreatedAt), int64(t.ActorID),
	} {
		buf = binary.BigEndian.AppendUint64(buf, uint64(n))
	}
	for _, s := range []string{t.Code, t.IdemKey, string(t.IdemHash), t.Memo} {
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(s)))
		buf = append(buf, s...)
	}
	if t.CounterID != 0 { // sealed records from before there was one stay as they were
		buf = binary.BigEndian.AppendUint64(buf, uint64(t.CounterID))
	}
	return buf
}

// Change is what a transfer does to one side: to what is posted, and to what of that is held.
type Change struct{ Posted, Held int64 }

// Effect returns what the transfer does to its two sides. Hold is the amount of the hold that it ends, for
// the kinds that end one.
func (t *Transfer) Effect(hold int64) (debit, credit Change) {
	switch t.Kind {
	case KindHold:
		return Change{0, t.Amount}, Change{}
	case KindSettle:
		return Change{-t.Amount, -hold}, Change{t.Amount, 0}
	case KindRelease, KindLapse:
		return Change{0, -hold}, Change{}
	default:
		return Change{-t.Amount, 0}, Change{t.Amount, 0}
	}
}

// Entry is one line of a tracked account: the change and the balance after it.
type Entry struct {
	AccountID   ID    `gorm:"primaryKey"`
	Seq         int64 `gorm:"primaryKey"`
	TransferID  ID
	PostedDelta int64
	HeldDelta   int64
	PostedAfter int64
	HeldAfter   int64
	BizDay      Day
	CreatedAt   Instant
	Hash        []byte
}

// TableName implements gorm's Tabler.
func (Entry) TableName() string { return "point_entry" }

// Link returns the entry's hash in the chain of its account: SHA-256 over the hash before it and every
// field of the entry.
func (e *Entry) Link(previous []byte) []byte {
	buf := make([]byte, 0, 128)
	buf = append(buf, "LBLE1"...)
	buf = append(buf, previous...)
	for _, n := range []int64{
		int64(e.AccountID), e.Seq, int64(e.TransferID), e.PostedDelta, e.HeldDelta,
		e.PostedAfter, e.HeldAfter, int64(e.BizDay), int64(e.CreatedAt),
	} {
		buf = binary.BigEndian.AppendUint64(buf, uint64(n))
	}
	sum := sha256.Sum256(buf)
	return sum[:]
}

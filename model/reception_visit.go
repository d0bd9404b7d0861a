package model

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// SwapStatus is where a swap stands.
type SwapStatus string

// The states of a swap.
const (
	SwapProposed SwapStatus = "proposed"
	SwapAccepted SwapStatus = "accepted"
	SwapDeclined SwapStatus = "declined"
)

// Swap (换班) is that a host asks another to take a shift, in exchange for one of theirs or for none.
type Swap struct {
	ID           ID         `json:"id"`
	CommunityID  ID         `json:"-"`
	ShiftID      ID         `json:"shift_id"`
	OtherShiftID ID         `json:"other_shift_id,omitzero"`
	FromID       ID         `json:"-"`
	ToID         ID         `json:"-"`
	Status       SwapStatus `json:"status" enum:"proposed,accepted,declined"`
	CreatedAt    Instant    `json:"created_at"`
	AnsweredAt   Instant    `json:"answered_at,omitzero"`

	From  MemberRef `gorm:"-" json:"from"`
	To    MemberRef `gorm:"-" json:"to"`
	Shift *Shift    `gorm:"-" json:"shift,omitempty"`
	Other *Shift    `gorm:"-" json:"other_shift,omitempty"`
}

// TableName implements gorm's Tabler.
func (Swap) TableName() string { return "reception_swap" }

// Answer is what the other host says. It fails with ErrSwapState when they did before.
func (s *Swap) Answer(to SwapStatus, now Instant) error {
	if s.Status != SwapProposed {
		return ErrSwapState
	}
	s.Status, s.AnsweredAt = to, now
	return nil
}

// ReceptionKind is what somebody comes to the room for.
type ReceptionKind string

// The kinds of visit.
const (
	ReceptionConsult ReceptionKind = "consult"   // 办事咨询
	ReceptionMediate ReceptionKind = "mediation" // 矛盾调解
	ReceptionPolicy  ReceptionKind = "policy"    // 政策解读
)

// ReceptionKinds lists every kind.
func ReceptionKinds() []ReceptionKind {
	return []ReceptionKind{ReceptionConsult, ReceptionMediate, ReceptionPolicy}
}

// The three audiences, and what comes of a visit.
const (
	VisitorResident = "resident"
	VisitorMigrant  = "migrant" // 外来人员
	VisitorUnit     = "unit"    // 驻区单位

	VisitServed = "served"
	VisitSolved = "solved"
)

// ReceptionVisit (来访记录) is that somebody came to the room.
type ReceptionVisit struct {
	ID          ID            `json:"id"`
	CommunityID ID            `json:"-"`
	ShiftID     ID            `json:"shift_id"`
	HostID      ID            `json:"-"`
	Day         Day           `gorm:"column:visit_day" json:"day"`
	Kind        ReceptionKind `json:"kind" enum:"consult,mediation,policy"`
	Audience    string        `json:"audience" enum:"resident,migrant,unit"`
	Outcome     string        `json:"outcome" enum:"served,solved"`
	Topic       string        `json:"topic"`
	CreatedAt   Instant       `json:"created_at"`
	SolvedAt    Instant       `json:"solved_at,omitzero"`

	Host MemberRef `gorm:"-" json:"host"`
}

// TableName implements gorm's Tabler.
func (ReceptionVisit) TableName() string { return "reception_visit" }

// maxTopic is how many characters the topic of a visit has.
const maxTopic = 200

// Validate checks what was noted. It fails with ErrInvalid.
func (v *ReceptionVisit) Validate() error {
	n := utf8.RuneCountInString(v.Topic)
	switch {
	case n < 1 || n > maxTopic:
		return ErrInvalid.Saying("事由应为 1 到 200 个字", "A topic has 1 to 200 characters.")
	case !slices.Contains(ReceptionKinds(), v.Kind), !slices.Contains([]string{VisitorResident, VisitorMigrant, VisitorUnit}, v.Audience),
		v.Outcome != VisitServed && v.Outcome != VisitSolved:
		return ErrInvalid
	}
	return nil
}

// Solve says that what somebody came for is solved. It fails with ErrVisitSolved when it is.
func (v *ReceptionVisit) Solve(now Instant) error {
	if v.Outcome == VisitSolved {
		return ErrVisitSolved
	}
	v.Outcome, v.SolvedAt = VisitSolved, now
	return nil
}

// The outcomes of a mediation.
const (
	MediationOpen   = "open" // nobody asked yet whether it is kept
	MediationKept   = "kept"
	MediationBroken = "broken"
)

// Mediation (调解记录) is what the parties of a dispute agreed on, and whether they kept it.
type Mediation struct {
	ID          ID      `json:"id"`
	CommunityID ID      `json:"-"`
	VisitID     ID      `json:"visit_id"`
	MediatorID  ID      `json:"-"`
	Agreement   string  `json:"agreement"`
	FollowUpDay Day     `json:"follow_up_on"`
	AskedDay    Day     `json:"-"` // on which a task was made of it
	Outcome     string  `json:"outcome" enum:"open,kept,broken"`
	Note        string  `json:"note,omitempty"`
	FollowedAt  Instant `json:"followed_at,omitzero"`
	CreatedAt   Instant `json:"created_at"`

	Parties  []*Party  `gorm:"-" json:"parties"`
	Mediator MemberRef `gorm:"-" json:"mediator"`
}

// TableName implements gorm's Tabler.
func (Mediation) TableName() string { return "reception_mediation" }

// Party (当事人) is one side of a dispute: a member, or somebody who is known by name.
type Party struct {
	MediationID ID     `gorm:"primaryKey;autoIncrement:false" json:"-"`
	PartyNo     int    `gorm:"primaryKey;autoIncrement:false" json:"-"`
	MemberID    ID     `json:"member_id,omitzero"`
	Name        string `json:"name,omitempty"`
}

// TableName implements gorm's Tabler.
func (Party) TableName() string { return "reception_party" }

const (
	maxParties   = 10
	maxAgreement = 2000
	maxParty     = 50
)

// Validate checks what was agreed. It fails with ErrInvalid.
func (m *Mediation) Validate(now Instant) error {
	n := utf8.RuneCountInString(m.Agreement)
	nobody := func(p *Party) bool {
		return p.MemberID == 0 && p.Name == "" || utf8.RuneCountInString(p.Name) > maxParty
	}
	switch {
	case n < 1 || n > maxAgreement:
		return ErrInvalid.Saying("协议内容应为 1 到 2000 个字", "An agreement has 1 to 2,000 characters.")
	case len(m.Parties) < 2 || len(m.Parties) > maxParties || slices.ContainsFunc(m.Parties, nobody):
		return ErrInvalid.Saying("当事人应为 2 到 10 位，写明居民或姓名", "There are 2 to 10 parties, by member or by name.")
	case m.FollowUpDay < now.Day():
		return ErrInvalid.Saying("回访日期不能早于今天", "The follow-up is today or later.")
	}
	return nil
}

// Involves reports whether a member is the mediator or a party.
func (m *Mediation) Involves(member ID) bool {
	return m.MediatorID == member || slices.ContainsFunc(m.Parties, func(p *Party) bool { return p.MemberID == member })
}

// FollowUp says whether the agreement was kept. It fails with ErrMediation when that is known, and with ErrInvalid.
func (m *Mediation) FollowUp(outcome, note string, now Instant) error {
	note = strings.TrimSpace(note)
	switch {
	case m.Outcome != MediationOpen:
		return ErrMediation
	case outcome != MediationKept && outcome != MediationBroken:
		return ErrInvalid
	case utf8.RuneCountInString(note) > maxAlarmNote:
		return ErrInvalid.Saying("备注不能超过 500 个字", "A note has at most 500 characters.")
	}
	m.Outcome, m.Note, m.FollowedAt = outcome, note, now
	return nil
}

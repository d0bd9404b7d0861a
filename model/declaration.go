package model

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// DeclarationStatus is where a declaration stands.
type DeclarationStatus string

// The states of a declaration, in the order of an ordinary life.
const (
	DeclarationDeclared  DeclarationStatus = "declared"
	DeclarationVerified  DeclarationStatus = "verified"
	DeclarationPublished DeclarationStatus = "published"
	DeclarationBooked    DeclarationStatus = "booked"
	DeclarationRefused   DeclarationStatus = "refused"
	DeclarationWithdrawn DeclarationStatus = "withdrawn"
)

// DeclarationStatuses lists every state.
func DeclarationStatuses() []DeclarationStatus {
	return []DeclarationStatus{
		DeclarationDeclared, DeclarationVerified, DeclarationPublished, DeclarationBooked, DeclarationRefused, DeclarationWithdrawn,
	}
}

// DeclarationTransitions returns the one table of what may follow what. A status that is no key is final.
// What is published goes back to verified when its publication is withdrawn.
func DeclarationTransitions() map[DeclarationStatus][]DeclarationStatus {
	return map[DeclarationStatus][]DeclarationStatus{
		DeclarationDeclared:  {DeclarationVerified, DeclarationRefused, DeclarationWithdrawn},
		DeclarationVerified:  {DeclarationPublished, DeclarationRefused, DeclarationWithdrawn},
		DeclarationPublished: {DeclarationBooked, DeclarationRefused, DeclarationVerified},
	}
}

// declarationTransitions is read only.
var declarationTransitions = DeclarationTransitions()

// The bounds of a declaration.
const (
	// DeclarableFor is how long ago work may have begun that is declared now.
	DeclarableFor    = 366 * 24 * time.Hour
	maxWorkMinutes   = 24 * 60
	maxWorkText      = 200 // characters of a description
	maxEvidence      = 5
	maxEvidenceText  = 300 // characters of each
	maxDecisionWords = 200 // characters of a reason
)

// Credit is what someone gets for a service.
type Credit struct {
	Points  int64 `json:"points"`
	Minutes int64 `json:"minutes"`
}

// AtMost reports whether the credit asks for nothing that c does not have, and for nothing below zero.
func (k Credit) AtMost(c Credit) bool {
	return k.Points >= 0 && k.Minutes >= 0 && k.Points <= c.Points && k.Minutes <= c.Minutes
}

// Declaration (申报) says that work was done outside of the system. It earns its member points and minutes of
// class declared, once a second person has verified it and a third has published it.
type Declaration struct {
	ID            ID `json:"id"`
	Place         `gorm:"embedded"`
	MemberID      ID                `json:"-"` // who did the work
	DeclaredBy    ID                `json:"-"`
	VerifiedBy    ID                `json:"-"`
	PublishedBy   ID                `json:"-"`
	PublicationID ID                `json:"publication_id,omitzero"`
	Code          string            `json:"code"`
	RuleVersion   int32             `json:"rule_version"`
	Credit        `gorm:"embedded"` // asked for
	StartedAt     Instant           `json:"started_at"`
	EndedAt       Instant           `json:"ended_at"`
	Description   string            `json:"description"`
	Evidence      []string          `gorm:"serializer:json" json:"evidence"`
	Status        DeclarationStatus `json:"status"`
	Reason        string            `json:"reason,omitempty"` // why it was refused, or booked with less
	Booked        Credit            `gorm:"embedded;embeddedPrefix:booked_" json:"booked,omitzero"`
	TransferID    ID                `json:"transfer_id,omitzero"` // the first that it was booked by
	Version       int64             `json:"version"`
	CreatedAt     Instant           `json:"created_at"`
	UpdatedAt     Instant           `json:"updated_at"`

	Member    MemberRef  `gorm:"-" json:"member"`
	Declarer  MemberRef  `gorm:"-" json:"declared_by"`
	Verifier  *MemberRef `gorm:"-" json:"verified_by,omitempty"`
	Publisher *MemberRef `gorm:"-" json:"published_by,omitempty"`
}

// TableName implements gorm's Tabler.
func (Declaration) TableName() string { return "declaration" }

// Open makes a declaration of what was filled in. It fails with ErrAmount, ErrWorkTime and ErrInvalid.
func (d *Declaration) Open(now Instant) error {
	d.Description = strings.TrimSpace(d.Description)
	for i, text := range d.Evidence {
		d.Evidence[i] = strings.TrimSpace(text)
	}
	length := int64((d.EndedAt - d.StartedAt) / Instant(time.Minute.Microseconds()))
	switch {
	case d.Points < 1 || d.Points > MaxAmount:
		return ErrAmount
	case d.EndedAt <= d.StartedAt, d.EndedAt > now, d.StartedAt < now.Add(-DeclarableFor):
		return ErrWorkTime
	case d.Minutes < 0 || d.Minutes > min(length, maxWorkMinutes):
		return ErrInvalid.Saying("服务时长不能超过起止时间，也不能超过 1440 分钟", "The minutes are more than the work took, or than 1,440.")
	case !wordy(d.Description, maxWorkText):
		return ErrInvalid.Saying("说明应为 1 到 200 个字", "A description has 1 to 200 characters.")
	}
	if err := validEvidence(d.Evidence, 1); err != nil {
		return err
	}
	d.Status, d.Version, d.CreatedAt, d.UpdatedAt = DeclarationDeclared, 1, now, now
	return nil
}

// wordy reports whether a text has from 1 to so many characters.
func wordy(s string, most int) bool {
	n := utf8.RuneCountInString(s)
	return n >= 1 && n <= most
}

// validEvidence fails with ErrInvalid unless there are from least to 5 texts of 1 to 300 characters.
func validEvidence(evidence []string, least int) error {
	short := func(text string) bool { return !wordy(text, maxEvidenceText) }
	if len(evidence) < least || len(evidence) > maxEvidence || slices.ContainsFunc(evidence, short) {
		return ErrInvalid.Saying("佐证最多 5 条，每条 1 到 300 个字；申报至少要有 1 条", "Evidence is at most 5 texts of 1 to 300 characters; a declaration has at least one.")
	}
	return nil
}

// Price holds what is asked for against the rule that is in force on the day of the work. It fails with
// ErrRule for a rule that gives no points, and with ErrAmount when the rule fixes another amount.
func (d *Declaration) Price(rule *Rule, version int32) error {
	switch {
	case rule.Measure != Points:
		return ErrRule
	case rule.Amount != nil && *rule.Amount != d.Points:
		return ErrAmount.Saying("这条规则的数量是固定的", "The rule fixes the amount.")
	}
	d.RuleVersion = version
	return nil
}

// WorkDay is the day whose rules the work is counted by, and whose totals it is in.
func (d *Declaration) WorkDay() Day { return d.EndedAt.Day() }

// Involves reports whether the member did the work or declared it.
func (d *Declaration) Involves(member ID) bool { return member == d.MemberID || member == d.DeclaredBy }

// move is the only way a declaration changes its state.
func (d *Declaration) move(to DeclarationStatus, now Instant) error {
	if !slices.Contains(declarationTransitions[d.Status], to) {
		return ErrDeclarationState
	}
	d.Status, d.UpdatedAt, d.Version = to, now, d.Version+1
	return nil
}

// Verify confirms that the work was done. It fails with ErrOwnRecord for who did it or declared it, and
// with ErrDeclarationState.
func (d *Declaration) Verify(by ID, now Instant) error {
	if d.Involves(by) {
		return ErrOwnRecord
	}
	if d.Status != DeclarationDeclared {
		return ErrDeclarationState
	}
	d.VerifiedBy = by
	return d.move(DeclarationVerified, now)
}

// Refuse ends a declaration that is not published yet, with a reason. It fails with ErrOwnRecord for who
// did the work or declared it, with ErrInvalid without a reason, and with ErrDeclarationState.
func (d *Declaration) Refuse(by ID, reason string, now Instant) error {
	switch {
	case d.Involves(by):
		return ErrOwnRecord
	case d.Status == DeclarationPublished:
		return ErrDeclarationState
	}
	return d.Reject(reason, now)
}

// Reject ends a declaration that an appeal was upheld against, or that the ledger does not take. It fails
// with ErrInvalid without a reason, and with ErrDeclarationState.
func (d *Declaration) Reject(reason string, now Instant) error {
	reason, err := wantReason(reason)
	if err != nil {
		return err
	}
	if err := d.move(DeclarationRefused, now); err != nil {
		return err
	}
	d.Reason = reason
	return nil
}

// wantReason returns a reason without the space around it. It fails with ErrInvalid unless it has 1 to 200
// characters.
func wantReason(reason string) (string, error) {
	if reason = strings.TrimSpace(reason); !wordy(reason, maxDecisionWords) {
		return "", ErrInvalid.Saying("理由应为 1 到 200 个字", "A reason has 1 to 200 characters.")
	}
	return reason, nil
}

// Withdraw takes back a declaration that is not published yet. It fails with ErrForbidden for anyone but
// who did the work or declared it, and with ErrDeclarationState.
func (d *Declaration) Withdraw(by ID, now Instant) error {
	switch {
	case !d.Involves(by):
		return ErrForbidden
	case d.Status == DeclarationPublished:
		return ErrDeclarationState
	}
	return d.move(DeclarationWithdrawn, now)
}

// Publish puts a verified declaration before the neighbours. It fails with ErrOwnRecord for who did the
// work, declared it or verified it, and with ErrDeclarationState.
func (d *Declaration) Publish(by, publication ID, now Instant) error {
	if d.Involves(by) || by == d.VerifiedBy {
		return ErrOwnRecord
	}
	if err := d.move(DeclarationPublished, now); err != nil {
		return err
	}
	d.PublishedBy, d.PublicationID = by, publication
	return nil
}

// Unpublish takes a declaration out of a publication that is withdrawn. It fails with ErrDeclarationState.
func (d *Declaration) Unpublish(now Instant) error {
	if d.Status != DeclarationPublished {
		return ErrDeclarationState
	}
	d.PublishedBy, d.PublicationID = 0, 0
	return d.move(DeclarationVerified, now)
}

// Book says what a published declaration was booked with, and why when that is less than what it asked for.
// It fails with ErrDeclarationState.
func (d *Declaration) Book(credit Credit, reason string, transfer ID, now Instant) error {
	if err := d.move(DeclarationBooked, now); err != nil {
		return err
	}
	d.Booked, d.Reason, d.TransferID = credit, reason, transfer
	return nil
}

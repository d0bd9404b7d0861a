package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"
)

// PublicationKind says what a publication shows.
type PublicationKind string

// The kinds.
const (
	PublishDeclarations PublicationKind = "declarations" // work that is to be booked
	PublishPoints       PublicationKind = "points"       // what members earned in a period
	PublishCampaign     PublicationKind = "campaign"     // what members earned in a campaign
)

// PublicationKinds lists every kind.
func PublicationKinds() []PublicationKind {
	return []PublicationKind{PublishDeclarations, PublishPoints, PublishCampaign}
}

// PublicationStatus is where a publication stands.
type PublicationStatus string

// The states of a publication.
const (
	PublicationOpen      PublicationStatus = "publishing"
	PublicationFinal     PublicationStatus = "final"
	PublicationWithdrawn PublicationStatus = "withdrawn"
)

// PublicationTransitions returns the one table of what may follow what.
func PublicationTransitions() map[PublicationStatus][]PublicationStatus {
	return map[PublicationStatus][]PublicationStatus{
		PublicationOpen: {PublicationFinal, PublicationWithdrawn},
	}
}

// The bounds of a publication.
const (
	DefaultPublicationDays = 7
	minPublicationDays     = 3
	maxPublicationDays     = 30
	maxPeriodDays          = 366
	// MaxPublishedWork is how many declarations one publication takes.
	MaxPublishedWork = 500
	// MaxPublishedMembers is how many members one publication lists.
	MaxPublishedMembers = 10_000
)

// Publication (公示) is a frozen list that neighbours may appeal against for some days.
type Publication struct {
	ID          ID                `json:"id"`
	Place       `gorm:"embedded"` // of the scope
	ScopeNodeID ID                `json:"-"`
	ScopeKind   NodeKind          `json:"scope_kind"`
	Kind        PublicationKind   `json:"kind"`
	CampaignID  ID                `json:"campaign_id,omitzero"`
	Title       string            `json:"title"`
	FromDay     Day               `json:"from,omitzero"` // of the period, both included
	ToDay       Day               `json:"to,omitzero"`
	StartsAt    Instant           `json:"starts_at"`
	EndsAt      Instant           `json:"ends_at"`
	Status      PublicationStatus `json:"status"`
	Reason      string            `json:"reason,omitempty"` // why it was withdrawn
	Listed      int               `json:"item_count"`       // items that may be shown
	Snapshot    []byte            `json:"-"`
	CreatedBy   ID                `json:"-"`
	Version     int64             `json:"version"`
	CreatedAt   Instant           `json:"created_at"`
	UpdatedAt   Instant           `json:"-"`

	Scope        NodeRef   `gorm:"-" json:"scope"`
	Publisher    MemberRef `gorm:"-" json:"publisher"`
	SnapshotHash string    `gorm:"-" json:"snapshot_hash"` // SHA-256 over all items, hexadecimal
}

// TableName implements gorm's Tabler.
func (Publication) TableName() string { return "publication" }

// Subtree returns the publication's grant of reach: whose work and points it shows, and who may read it.
func (p *Publication) Subtree() Grant { return Grant{NodeID: p.ScopeNodeID, NodeKind: p.ScopeKind} }

// Part returns the part of the tree that the publication is for.
func (p *Publication) Part() *Node {
	return &Node{ID: p.ScopeNodeID, Kind: p.ScopeKind, Place: p.Place}
}

// Open begins a publication for so many days, 7 when 0. It fails with ErrInvalid, and with ErrPeriod for a
// period that is none or is not over by today.
func (p *Publication) Open(days int, now Instant) error {
	if days == 0 {
		days = DefaultPublicationDays
	}
	p.Title = strings.TrimSpace(p.Title)
	switch {
	case !slices.Contains(PublicationKinds(), p.Kind):
		return ErrInvalid.Saying("没有这种公示", "There is no such kind of publication.")
	case !validTitle(p.Title):
		return errTitle
	case days < minPublicationDays || days > maxPublicationDays:
		return ErrInvalid.Saying("公示期应为 3 到 30 天", "A publication lasts 3 to 30 days.")
	case p.Kind == PublishDeclarations && (p.FromDay != 0 || p.ToDay != 0):
		return ErrInvalid.Saying("申报公示没有统计期间", "A publication of declarations has no period.")
	case p.Kind == PublishPoints && !p.validPeriod(now.Day()):
		return ErrPeriod.Saying("统计期间应为不超过 366 天、截止到今天或更早的一段日期", "A period has at most 366 days and ends today or earlier.")
	}
	p.StartsAt, p.EndsAt = now, now.Add(time.Duration(days)*24*time.Hour)
	p.Status, p.Version, p.CreatedAt, p.UpdatedAt = PublicationOpen, 1, now, now
	return nil
}

func (p *Publication) validPeriod(today Day) bool {
	return p.FromDay != 0 && p.FromDay <= p.ToDay && p.ToDay <= today &&
		p.ToDay.Start() < p.FromDay.Start().Add(maxPeriodDays*24*time.Hour)
}

// PublicationItem is one line of a publication. Nothing of it ever changes: what becomes of it is told by
// the declaration and by appeals.
type PublicationItem struct {
	PublicationID ID      `gorm:"primaryKey" json:"-"`
	ItemNo        int     `gorm:"primaryKey" json:"item_no"`
	MemberID      ID      `json:"-"`
	DeclarationID ID      `json:"-"`
	DisplayName   string  `json:"-"` // masked
	Anonymous     bool    `json:"-"`
	Listed        bool    `json:"-"` // false for minors: only they see it
	Code          string  `json:"code,omitempty"`
	RuleVersion   int32   `json:"rule_version,omitzero"`
	Verified      Credit  `gorm:"embedded;embeddedPrefix:verified_" json:"verified"`
	Declared      Credit  `gorm:"embedded;embeddedPrefix:declared_" json:"declared"`
	StartedAt     Instant `json:"started_at,omitzero"`
	EndedAt       Instant `json:"ended_at,omitzero"`
	Description   string  `json:"description,omitempty"`

	Member   MemberRef         `gorm:"-" json:"member"`
	Mine     bool              `gorm:"-" json:"mine"`
	Disputed bool              `gorm:"-" json:"disputed"` // an appeal is not settled
	Status   DeclarationStatus `gorm:"-" json:"status,omitempty"`
	Booked   *Credit           `gorm:"-" json:"booked,omitempty"`
}

// TableName implements gorm's Tabler.
func (PublicationItem) TableName() string { return "publication_item" }

// Shows reports whether the item may be shown to a member.
func (i *PublicationItem) Shows(member ID) bool { return i.Listed || i.MemberID == member }

// NewItem returns an item about a member, as neighbours may see them on a day.
func NewItem(m *Member, on Day) *PublicationItem {
	item := &PublicationItem{MemberID: m.ID, DisplayName: m.DisplayName(), Anonymous: m.Anonymous, Listed: m.Adult(int(on) / 10000)}
	if m.Anonymous {
		item.DisplayName = AnonymousName
	}
	return item
}

// Declares has the item say what a declaration says.
func (i *PublicationItem) Declares(d *Declaration) {
	i.MemberID, i.DeclarationID, i.Code, i.RuleVersion, i.Declared = d.MemberID, d.ID, d.Code, d.RuleVersion, d.Credit
	i.StartedAt, i.EndedAt, i.Description = d.StartedAt, d.EndedAt, d.Description
}

// Freeze numbers the items and takes the hash of them all.
func (p *Publication) Freeze(items []*PublicationItem) {
	p.Listed = 0
	for n, i := range items {
		i.PublicationID, i.ItemNo = p.ID, n+1
		if i.Listed {
			p.Listed++
		}
	}
	p.Snapshot = p.hash(items)
}

// Intact reports whether the items are those that were frozen.
func (p *Publication) Intact(items []*PublicationItem) bool {
	return bytes.Equal(p.Snapshot, p.hash(items))
}

// hash returns SHA-256 over what the publication says of itself and over every field of every item, in order.
func (p *Publication) hash(items []*PublicationItem) []byte {
	f := fields("LBLP1").
		integers(int64(p.ID), int64(p.CommunityID), int64(p.ScopeNodeID), int64(p.FromDay), int64(p.ToDay), int64(p.StartsAt), int64(p.EndsAt),
			int64(p.CreatedBy), int64(len(items))).
		texts(string(p.ScopeKind), string(p.Kind), p.Title)
	if p.CampaignID != 0 { // publications from before there were those of campaigns keep their hash
		f = f.integers(int64(p.CampaignID))
	}
	for _, i := range items {
		f = f.texts(string(i.canonical()))
	}
	sum := sha256.Sum256(f)
	return sum[:]
}

// canonical returns every field of the item, at a fixed width or behind its length.
func (i *PublicationItem) canonical() []byte {
	bit := map[bool]int64{true: 1}
	return fields(nil).
		integers(int64(i.PublicationID), int64(i.ItemNo), int64(i.MemberID), int64(i.DeclarationID), bit[i.Anonymous], bit[i.Listed],
			int64(i.RuleVersion), i.Verified.Points, i.Verified.Minutes, i.Declared.Points, i.Declared.Minutes, int64(i.StartedAt), int64(i.EndedAt)).
		texts(i.DisplayName, i.Code, i.Description)
}

// fields are the bytes that a hash is taken of.
type fields []byte

// integers adds numbers of eight bytes each.
func (f fields) integers(numbers ...int64) fields {
	for _, n := range numbers {
		f = binary.BigEndian.AppendUint64(f, uint64(n))
	}
	return f
}

// texts adds texts, each behind its length.
func (f fields) texts(texts ...string) fields {
	for _, s := range texts {
		f = append(binary.BigEndian.AppendUint32(f, uint32(len(s))), s...)
	}
	return f
}

// Accepts reports whether neighbours may appeal now. It fails with ErrAppealWindow.
func (p *Publication) Accepts(now Instant) error {
	if p.Status != PublicationOpen || now < p.StartsAt || now >= p.EndsAt {
		return ErrAppealWindow
	}
	return nil
}

// Due reports whether the time of the publication is over and its items are not all decided yet.
func (p *Publication) Due(now Instant) bool { return p.Status == PublicationOpen && now >= p.EndsAt }

func (p *Publication) move(to PublicationStatus, now Instant) error {
	if !slices.Contains(PublicationTransitions()[p.Status], to) {
		return ErrPublicationState
	}
	p.Status, p.UpdatedAt, p.Version = to, now, p.Version+1
	return nil
}

// Finish ends a publication whose items are all decided. It fails with ErrPublicationState before its end.
func (p *Publication) Finish(now Instant) error {
	if !p.Due(now) {
		return ErrPublicationState
	}
	return p.move(PublicationFinal, now)
}

// Withdraw takes a publication back, with a reason. It fails with ErrInvalid without one, and with
// ErrPublicationState.
func (p *Publication) Withdraw(reason string, now Instant) error {
	reason, err := wantReason(reason)
	if err != nil {
		return err
	}
	if err := p.move(PublicationWithdrawn, now); err != nil {
		return err
	}
	p.Reason = reason
	return nil
}

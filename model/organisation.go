package model

import (
	"slices"
	"strings"
)

// OrganisationKind says what an organisation is to its community (一心四翼).
type OrganisationKind string

// The kinds of organisation: the heart, the four wings, and what stands above them.
const (
	KindPartyCommittee     OrganisationKind = "party_committee"     // 社区党委，一心
	KindResidentsCommittee OrganisationKind = "residents_committee" // 居委会
	KindOwnersCommittee    OrganisationKind = "owners_committee"    // 业委会
	KindPropertyCompany    OrganisationKind = "property_company"    // 物业公司
	KindLocalUnit          OrganisationKind = "local_unit"          // 辖区单位
	KindStreetDepartment   OrganisationKind = "street_department"   // 街道科室
)

// OrganisationKinds lists every kind.
func OrganisationKinds() []OrganisationKind {
	return []OrganisationKind{KindPartyCommittee, KindResidentsCommittee, KindOwnersCommittee, KindPropertyCompany, KindLocalUnit, KindStreetDepartment}
}

// Organisation (组织、单位) is a body that acts in a community through its officers. Its place is the part of the tree that
// it works for.
type Organisation struct {
	ID        ID               `json:"id"`
	Kind      OrganisationKind `json:"kind"`
	Name      string           `json:"name"`
	Duties    string           `json:"duties"`    // 职责
	WorkPhone string           `json:"phone"`     // of its office, which it wants known; empty when it has none
	NodeID    ID               `json:"unit_id"`   // the part of the tree that it works for
	NodeKind  NodeKind         `json:"unit_kind"` // its level
	Place     `gorm:"embedded"`
	Active    bool    `json:"active"`
	Version   int64   `json:"version"`
	CreatedAt Instant `json:"created_at"`
	UpdatedAt Instant `json:"-"`
}

// TableName implements gorm's Tabler.
func (Organisation) TableName() string { return "organisation" }

// Officer (单位联络员) acts for an organisation.
type Officer struct {
	OrganisationID ID      `gorm:"primaryKey" json:"-"`
	MemberID       ID      `gorm:"primaryKey" json:"-"`
	AddedBy        ID      `json:"-"`
	CreatedAt      Instant `json:"created_at"`

	Member MemberRef `gorm:"-" json:"member"`
}

// MaxOfficers is how many members act for an organisation.
const MaxOfficers = 50

// ErrOfficers is the failure of one officer too many.
var ErrOfficers = &Error{Conflict, "organisation.too_many_officers", "一个组织最多 50 位联络员", "An organisation has at most 50 officers."}

// TableName implements gorm's Tabler.
func (Officer) TableName() string { return "organisation_officer" }

// Validate trims what was written of an organisation and checks it. It fails with ErrInvalid.
func (o *Organisation) Validate() error {
	o.Name, o.Duties, o.WorkPhone = strings.TrimSpace(o.Name), strings.TrimSpace(o.Duties), strings.TrimSpace(o.WorkPhone)
	switch {
	case !slices.Contains(OrganisationKinds(), o.Kind):
		return ErrInvalid.Saying("没有这种组织类型", "There is no such kind of organisation.")
	case !within(o.Name, 1, 50):
		return ErrInvalid.Saying("组织名称应为 1 到 50 个字", "A name has 1 to 50 characters.")
	case !within(o.Duties, 0, 500):
		return ErrInvalid.Saying("职责最多 500 个字", "Duties have at most 500 characters.")
	case o.WorkPhone != "" && !phoneDigits(o.WorkPhone):
		return ErrInvalid.Saying("办公电话应为 5 到 20 位数字，可带 + 和 -", "A phone has 5 to 20 digits, and may have + and -.")
	}
	return nil
}

// phoneDigits reports whether a text looks like the number of an office.
func phoneDigits(text string) bool {
	return within(text, 5, 20) && strings.Trim(text, "0123456789+-") == ""
}

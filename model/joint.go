package model

import (
	"slices"
	"strings"
)

// JointKind says whether organisations undertake an activity or a matter together.
type JointKind string

// The kinds of undertaking.
const (
	JointActivity JointKind = "activity"
	JointMatter   JointKind = "matter"
)

// JointStatus is where an undertaking stands.
type JointStatus string

// The states of an undertaking.
const (
	JointProposed  JointStatus = "proposed" // some partners have not answered
	JointActive    JointStatus = "active"
	JointDone      JointStatus = "done"
	JointCancelled JointStatus = "cancelled"
)

// JointTransitions returns the one table of what may follow what. A status that is no key is final.
func JointTransitions() map[JointStatus][]JointStatus {
	return map[JointStatus][]JointStatus{
		JointProposed: {JointActive, JointCancelled},
		JointActive:   {JointDone, JointCancelled},
	}
}

// The failures of undertakings.
var (
	ErrJointState   = &Error{Conflict, "undertaking.state", "共建事项当前状态不能这样操作", "The state of the undertaking does not allow this."}
	ErrPartnerState = &Error{Conflict, "undertaking.partner_state", "这个单位当前不能这样操作", "The state of the partner does not allow this."}
	ErrDutiesOpen   = &Error{Conflict, "undertaking.duties_open", "还有单位的责任没有完成", "Some partners have not done their duty."}
	ErrNotOfficer   = &Error{Forbidden, "organisation.not_officer", "您不是这个单位的联络员", "You do not act for this organisation."}
)

// JointUndertaking (五联共建事项) is what organisations of a community do together, each with its duty.
type JointUndertaking struct {
	ID          ID `json:"id"`
	Place       `gorm:"embedded"`
	NodeID      ID          `json:"unit_id"`
	NodeKind    NodeKind    `json:"unit_kind"`
	Kind        JointKind   `json:"kind"`
	Way         string      `json:"way"` // one of JointKinds
	Title       string      `json:"title"`
	Description string      `json:"description"`
	LeadID      ID          `json:"lead_id"` // 牵头单位
	CampaignID  ID          `json:"campaign_id,omitzero"`
	DueDay      Day         `json:"due_on,omitzero"`
	Status      JointStatus `json:"status"`
	Result      string      `json:"result,omitempty"` // or why it was cancelled
	CreatedBy   ID          `json:"-"`
	Version     int64       `json:"version"`
	CreatedAt   Instant     `json:"created_at"`
	UpdatedAt   Instant     `json:"-"`

	Partners []*JointPartner `gorm:"-" json:"partners"`
	Notes    []*JointNote    `gorm:"-" json:"notes,omitempty"`
}

// TableName implements gorm's Tabler.
func (JointUndertaking) TableName() string { return "joint_undertaking" }

// PartnerStatus is where an organisation stands in an undertaking.
type PartnerStatus string

// The states of a partner.
const (
	PartnerAsked    PartnerStatus = "asked"
	PartnerAccepted PartnerStatus = "accepted"
	PartnerDeclined PartnerStatus = "declined"
	PartnerDone     PartnerStatus = "done"
)

// JointPartner is an organisation in an undertaking, its lead among them, and what it answers for (责任联担).
type JointPartner struct {
	UndertakingID  ID            `gorm:"primaryKey;autoIncrement:false" json:"-"`
	OrganisationID ID            `gorm:"primaryKey;autoIncrement:false" json:"organisation_id"`
	Duty           string        `json:"duty"`
	Status         PartnerStatus `json:"status"`
	AnsweredBy     ID            `json:"-"`
	AnsweredAt     Instant       `json:"answered_at,omitzero"`

	Name string `gorm:"-" json:"name"`
	Lead bool   `gorm:"-" json:"lead"`
}

// TableName implements gorm's Tabler.
func (JointPartner) TableName() string { return "joint_partner" }

// JointNote (进展) is what a partner writes of its part.
type JointNote struct {
	ID             ID      `json:"id"`
	UndertakingID  ID      `json:"-"`
	OrganisationID ID      `json:"organisation_id"`
	MemberID       ID      `json:"-"`
	Body           string  `json:"body"`
	CreatedAt      Instant `json:"created_at"`
}

// TableName implements gorm's Tabler.
func (JointNote) TableName() string { return "joint_note" }

// maxPartners is how many organisations one undertaking has, its lead included.
const maxPartners = 20

// Begin proposes an undertaking to its partners. It fails with ErrInvalid.
func (u *JointUndertaking) Begin(now Instant) error {
	u.Title, u.Description = strings.TrimSpace(u.Title), strings.TrimSpace(u.Description)
	switch {
	case u.Kind != JointActivity && u.Kind != JointMatter:
		return ErrInvalid.Saying("共建的是活动或事项", "An undertaking is an activity or a matter.")
	case !slices.Contains(JointKinds(), u.Way):
		return ErrInvalid.Saying("联建方式应为五联之一", "The way is one of the five.")
	case !validTitle(u.Title):
		return errTitle
	case !within(u.Description, 0, 1000):
		return ErrInvalid.Saying("说明最多 1000 个字", "A description has at most 1,000 characters.")
	case u.DueDay != 0 && u.DueDay < now.Day():
		return ErrInvalid.Saying("完成期限不能早于今天", "It is due today or later.")
	case len(u.Partners) < 2 || len(u.Partners) > maxPartners:
		return ErrInvalid.Saying("除牵头单位外，应有 1 到 19 个参与单位", "There are 1 to 19 partners beside the lead.")
	}
	seen := map[ID]bool{}
	for _, p := range u.Partners {
		if p.Duty = strings.TrimSpace(p.Duty); !within(p.Duty, 1, 200) || seen[p.OrganisationID] {
			return ErrInvalid.Saying("每个单位写明一次自己的责任，1 到 200 个字", "Each organisation has one duty, of 1 to 200 characters.")
		}
		seen[p.OrganisationID] = true
		p.UndertakingID, p.Status = u.ID, PartnerAsked
	}
	u.Status, u.Version, u.CreatedAt, u.UpdatedAt = JointProposed, 1, now, now
	return nil
}

// Partner returns an organisation's part. It fails with ErrNotFound.
func (u *JointUndertaking) Partner(organisation ID) (*JointPartner, error) {
	i := slices.IndexFunc(u.Partners, func(p *JointPartner) bool { return p.OrganisationID == organisation })
	if i < 0 {
		return nil, ErrNotFound
	}
	return u.Partners[i], nil
}

func (u *JointUndertaking) move(to JointStatus, now Instant) error {
	if !slices.Contains(JointTransitions()[u.Status], to) {
		return ErrJointState
	}
	u.Status = to
	u.touch(now)
	return nil
}

func (u *JointUndertaking) touch(now Instant) { u.UpdatedAt, u.Version = now, u.Version+1 }

// Answer takes what an organisation's officer says. When all have answered it begins, or is off when the lead or everybody
// else declined. It fails with ErrNotFound, ErrPartnerState and ErrJointState.
func (u *JointUndertaking) Answer(organisation, by ID, accept bool, now Instant) error {
	p, err := u.Partner(organisation)
	switch {
	case err != nil:
		return err
	case u.Status != JointProposed:
		return ErrJointState
	case p.Status != PartnerAsked:
		return ErrPartnerState
	}
	if p.Status = PartnerDeclined; accept {
		p.Status = PartnerAccepted
	}
	p.AnsweredBy, p.AnsweredAt = by, now
	waiting, joined := 0, 0
	for _, x := range u.Partners {
		switch {
		case x.Status == PartnerAsked:
			waiting++
		case x.Status == PartnerAccepted && x.OrganisationID != u.LeadID:
			joined++
		}
	}
	switch {
	case !accept && organisation == u.LeadID:
		u.Result = "牵头单位没有接受"
		return u.move(JointCancelled, now)
	case waiting > 0:
		u.touch(now)
		return nil
	case joined == 0:
		u.Result = "没有单位接受"
		return u.move(JointCancelled, now)
	}
	return u.move(JointActive, now)
}

// Takes reports whether an organisation may write of its part now. It fails with ErrNotFound, ErrJointState and
// ErrPartnerState.
func (u *JointUndertaking) Takes(organisation ID) (*JointPartner, error) {
	p, err := u.Partner(organisation)
	switch {
	case err != nil:
		return nil, err
	case u.Status != JointActive:
		return nil, ErrJointState
	case p.Status != PartnerAccepted:
		return nil, ErrPartnerState
	}
	return p, nil
}

// Do says that an organisation has done its duty. It fails as Takes does.
func (u *JointUndertaking) Do(organisation ID, now Instant) error {
	p, err := u.Takes(organisation)
	if err != nil {
		return err
	}
	p.Status = PartnerDone
	u.touch(now)
	return nil
}

// Finish ends an undertaking with its result when all who accepted have done their duty. It fails with ErrInvalid without
// a result, with ErrDutiesOpen and ErrJointState.
func (u *JointUndertaking) Finish(result string, now Instant) error {
	result, err := wantReason(result)
	switch {
	case err != nil:
		return err
	case u.Status == JointActive && slices.ContainsFunc(u.Partners, func(p *JointPartner) bool { return p.Status == PartnerAccepted }):
		return ErrDutiesOpen
	}
	if err := u.move(JointDone, now); err != nil {
		return err
	}
	u.Result = result
	return nil
}

// Cancel ends an undertaking, with a reason. It fails with ErrInvalid and ErrJointState.
func (u *JointUndertaking) Cancel(reason string, now Instant) error {
	reason, err := wantReason(reason)
	if err != nil {
		return err
	}
	if err := u.move(JointCancelled, now); err != nil {
		return err
	}
	u.Result = reason
	return nil
}

// Validate trims a note and checks it. It fails with ErrInvalid.
func (n *JointNote) Validate() error {
	if n.Body = strings.TrimSpace(n.Body); !within(n.Body, 1, 500) {
		return ErrInvalid.Saying("进展应为 1 到 500 个字", "A note has 1 to 500 characters.")
	}
	return nil
}

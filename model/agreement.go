package model

import (
	"fmt"
	"time"
)

// Agreer says who agreed, or took that back.
type Agreer string

// Who agrees.
const (
	AgreedBySelf     Agreer = "self"
	AgreedByGuardian Agreer = "guardian" // an adult of the household, for a child
	AgreedByOfficer  Agreer = "officer"  // who has a guardian's written word
)

// AgreeChannel is how somebody agreed.
type AgreeChannel string

// The channels.
const (
	AgreedOnline  AgreeChannel = "online"
	AgreedWritten AgreeChannel = "written"
	AgreedBinding AgreeChannel = "binding" // before the login was bound to the person
	AgreedWeChat  AgreeChannel = "wechat"  // in WeChat's settings, which told us
)

// Agreement (个人信息处理同意) is that a member agreed to a purpose under a version of the policy, or took that back. Rows are
// only ever inserted; the one with the highest number says how things stand.
type Agreement struct {
	MemberID ID           `gorm:"primaryKey;autoIncrement:false" json:"-"`
	Purpose  Purpose      `gorm:"primaryKey" json:"purpose"`
	Seq      int64        `gorm:"primaryKey;autoIncrement:false" json:"-"`
	Version  int32        `json:"version"`
	Given    bool         `json:"given"`
	Agreer   Agreer       `json:"by"`
	ActorID  ID           `json:"-"`
	Channel  AgreeChannel `json:"channel"`
	Note     string       `json:"note,omitempty"`
	At       Instant      `json:"at"`
}

// TableName implements gorm's Tabler.
func (Agreement) TableName() string { return "privacy_agreement" }

// Follows numbers the agreement as the one that comes after another, nil for none, and reports whether it says anything new.
// An officer's end of a consent that was taken back already does: from then on it begins again in writing only.
func (a *Agreement) Follows(before *Agreement) bool {
	if a.Seq = 1; before == nil {
		return true
	}
	a.Seq = before.Seq + 1
	officers := !a.Given && a.Agreer == AgreedByOfficer && before.Agreer != AgreedByOfficer
	return before.Given != a.Given || a.Given && before.Version < a.Version || officers
}

// Holds reports whether the agreement, nil for none, is good under a policy.
func (a *Agreement) Holds(p *PrivacyPolicy) bool {
	if a == nil || !a.Given {
		return false
	}
	needs, asked := p.Needs(a.Purpose)
	return asked && a.Version >= needs
}

// Withdrawn reports whether the agreement was taken back, or refused.
func (a *Agreement) Withdrawn() bool { return a != nil && !a.Given }

// AskAgainAfter is how long who refused is left alone (网络数据安全管理条例 22(5)).
const AskAgainAfter = 30 * 24 * time.Hour

// Due reports whether a client should ask for the purpose now, given the newest agreement of the member to it.
func (a *Agreement) Due(p *PrivacyPolicy, now Instant) bool {
	return !a.Holds(p) && (!a.Withdrawn() || now >= a.At.Add(AskAgainAfter))
}

// ByHousehold fails with ErrGuardianEnded when an officer ended the consent of a child's guardian, nil for one that was never
// given: somebody of the household was no guardian, or the guardian said so in writing, so it is given anew in writing.
func (a *Agreement) ByHousehold() error {
	if a.Withdrawn() && a.Agreer == AgreedByOfficer {
		return ErrGuardianEnded
	}
	return nil
}

// AgreementState is how things stand between a member and a purpose.
type AgreementState string

// The states.
const (
	AgreementNone      AgreementState = "none"
	AgreementGiven     AgreementState = "given"
	AgreementOutdated  AgreementState = "outdated" // given, and the policy says something else since
	AgreementWithdrawn AgreementState = "withdrawn"
)

// State returns how things stand, given the newest agreement, nil for none.
func (a *Agreement) State(p *PrivacyPolicy) AgreementState {
	switch {
	case a == nil:
		return AgreementNone
	case !a.Given:
		return AgreementWithdrawn
	case a.Holds(p):
		return AgreementGiven
	}
	return AgreementOutdated
}

// ConsentDue is a purpose that a member is to be asked about.
type ConsentDue struct {
	PurposeInfo
	Version int32 `json:"version" doc:"现行隐私政策的版本"`
}

// Missing returns the failure of who would need the agreement, which is not good for a version.
func (a *Agreement) Missing(purpose Purpose, version int32) *Unagreed {
	if purpose == PurposeGuardian {
		return ErrGuardianNeeded.To(version)
	}
	if !a.Withdrawn() {
		return ErrConsentMissing.To(version)
	}
	gone := ErrConsentMissing.Saying("您已撤回同意，只能查看自己的资料；继续使用请重新同意隐私政策", "You have withdrawn your consent: what is left is to read your own data, until you agree again.").To(version)
	gone.Withdrawn = true
	return gone
}

// childYears is until which age a guardian decides (PIPL 31).
const childYears = 14

// Child reports whether the member is or may be under 14 in the given year: of a birth only the year is known. Of whom no
// year is known it is not assumed.
func (m *Member) Child(year int) bool { return m.BirthYear > 0 && year-m.BirthYear <= childYears }

// WardOf fails with ErrNotWard unless the member is a child of the household of somebody else, and with ErrGuardianAge
// unless that one is an adult.
func (m *Member) WardOf(guardian *Member, year int) error {
	switch {
	case m.HouseholdID == 0 || m.HouseholdID != guardian.HouseholdID || m.ID == guardian.ID || m.MergedInto != 0 || !m.Child(year):
		return ErrNotWard
	case !guardian.Adult(year):
		return ErrGuardianAge
	}
	return nil
}

// The failures of personal information.
var (
	ErrConsentMissing = &Error{Forbidden, "privacy.consent_required", "请先阅读并同意隐私政策", "Please read the privacy policy and agree to it first."}
	ErrGuardianNeeded = &Error{Forbidden, "privacy.guardian_required", "未满 14 周岁，需要监护人先同意", "A child under 14 needs the consent of a guardian first."}
	ErrNoPolicy       = &Error{Conflict, "privacy.no_policy", "本系统还没有发布隐私政策", "No privacy policy has been published here."}
	ErrPolicyTerms    = &Error{Invalid, "privacy.terms", "每个用途都须写明处理者、联系方式、目的、方式、信息种类、保存期限和行使权利的办法", "Each purpose says who is responsible and how to reach them, why, how, which data, for how long, and how rights are exercised."}
	ErrPurposeUnknown = &Error{NotFound, "privacy.purpose_unknown", "现行隐私政策中没有这个用途", "The privacy policy has no such purpose."}
	ErrPolicyUnknown  = &Error{Invalid, "privacy.version_unknown", "没有这个版本的隐私政策", "There is no such version of the privacy policy."}
	ErrPolicyOld      = &Error{Conflict, "privacy.version_old", "隐私政策已更新，请阅读最新版本后再同意", "The privacy policy has changed; please read the newest version."}
	ErrGuardianOnly   = &Error{Forbidden, "privacy.guardian_only", "这一项须由同一户的成年监护人同意或撤回", "Only an adult guardian of the same household decides on this."}
	ErrNotWard        = &Error{Forbidden, "privacy.not_ward", "只能为同一户未满 14 周岁的孩子作出同意", "One consents only for a child under 14 of one's own household."}
	ErrNotChild       = &Error{Invalid, "privacy.not_child", "这位居民已满 14 周岁，由本人同意", "This member is 14 or older and decides for themselves."}
	ErrGuardianEnded  = &Error{Forbidden, "privacy.guardian_ended", "社区已登记监护同意终止；再次同意请监护人带书面材料到社区办理", "The community has noted that the guardian's consent is ended; a guardian gives a new one in writing."}
	ErrGuardianAge    = &Error{Forbidden, "privacy.guardian_age", "监护人须年满 18 周岁", "A guardian is an adult."}
)

// Unagreed is a failure because a version of the policy was not agreed to, or not any more.
type Unagreed struct {
	Of        *Error
	Version   int32
	Withdrawn bool
}

// Error returns the code of what is missing.
func (u *Unagreed) Error() string { return u.Of.Code }

// Unwrap makes the failure known as what it is.
func (u *Unagreed) Unwrap() error { return u.Of }

// To returns e as a failure for want of an agreement to a version, which it names.
func (e *Error) To(version int32) *Unagreed {
	return &Unagreed{Of: e.Saying(fmt.Sprintf("%s（第 %d 版）", e.Message, version), fmt.Sprintf("%s (version %d)", e.English, version)), Version: version}
}

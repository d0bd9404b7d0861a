package model

import (
	"reflect"
	"slices"
	"strings"
)

// Purpose is what personal information is used for that somebody agrees to.
type Purpose string

// The purposes. Each is honoured somewhere: there is none that only has a text.
const (
	PurposeService  Purpose = "service"          // the privacy policy as such
	PurposeLocation Purpose = "location_checkin" // the position that a client sends at a check-in
	PurposeName     Purpose = "publish_name"     // 公示 with the full name
	PurposeFlag     Purpose = "household_flag"   // sensitive flags of the household that rest on consent
	PurposeGuardian Purpose = "guardian"         // a guardian's consent for a child under 14
)

// PurposeKind says how freely a purpose may be refused.
type PurposeKind string

// The kinds.
const (
	PurposeNecessary PurposeKind = "necessary" // without it there is no service
	PurposeSeparate  PurposeKind = "separate"  // 单独同意: asked for by itself; the service goes on without it
)

// PurposeInfo is what is fixed about a purpose.
type PurposeInfo struct {
	Code    Purpose     `json:"purpose" enum:"service,location_checkin,publish_name,household_flag,guardian"`
	Title   string      `json:"title"`
	Kind    PurposeKind `json:"kind" enum:"necessary,separate" doc:"necessary：服务所必需；separate：单独同意，不同意不影响使用"`
	Article string      `json:"article" doc:"法律依据"`
}

// Purposes lists every purpose.
func Purposes() []PurposeInfo {
	return []PurposeInfo{
		{PurposeService, "隐私政策", PurposeNecessary, "个人信息保护法第十三、十四、十七条"},
		{PurposeLocation, "签到时使用位置", PurposeSeparate, "个人信息保护法第二十九条"},
		{PurposeName, "公示中显示全名", PurposeSeparate, "个人信息保护法第二十五条"},
		{PurposeFlag, "本户的敏感标记", PurposeSeparate, "个人信息保护法第二十九条"},
		{PurposeGuardian, "监护人同意未满14周岁的孩子使用", PurposeNecessary, "个人信息保护法第三十一条"},
	}
}

// Info returns what is fixed about a purpose. It fails with ErrPurposeUnknown.
func (p Purpose) Info() (PurposeInfo, error) {
	for _, info := range Purposes() {
		if info.Code == p {
			return info, nil
		}
	}
	return PurposeInfo{}, ErrPurposeUnknown
}

// PurposeTerms is what a policy says about one purpose (PIPL 17, 23 and 30; 网络数据安全管理条例 21).
type PurposeTerms struct {
	Purpose    Purpose  `json:"purpose" enum:"service,location_checkin,publish_name,household_flag,guardian"`
	Handler    string   `json:"handler" minLength:"1" maxLength:"100" doc:"个人信息处理者"`
	Contact    string   `json:"contact" minLength:"1" maxLength:"200" doc:"联系方式"`
	Aim        string   `json:"aim" minLength:"1" maxLength:"500" doc:"处理目的；敏感个人信息还应写明必要性和对个人权益的影响"`
	Method     string   `json:"method" minLength:"1" maxLength:"500" doc:"处理方式"`
	Kinds      []string `json:"kinds" minItems:"1" maxItems:"20" doc:"个人信息的种类"`
	Retention  string   `json:"retention" minLength:"1" maxLength:"200" doc:"保存期限，或确定期限的方法"`
	Recipients []string `json:"recipients" maxItems:"10" doc:"提供给谁；没有则为空"`
	Rights     string   `json:"rights" minLength:"1" maxLength:"500" doc:"如何查阅、更正、删除和撤回同意"`

	// Since is the version from which on the terms are as they are: who agreed to that one or a later one has agreed to these.
	Since int32 `json:"since_version" readOnly:"true" doc:"从哪一版起内容没有变化"`
}

// PrivacyPolicy (隐私政策) is one version of what an installation does with personal information. Rows never change.
type PrivacyPolicy struct {
	Version     int32           `gorm:"primaryKey;autoIncrement:false" json:"version"`
	Body        string          `json:"text"`
	Terms       []*PurposeTerms `gorm:"serializer:json" json:"purposes"`
	PublishedAt Instant         `json:"published_at"`
	PublishedBy ID              `json:"-"`
}

// TableName implements gorm's Tabler.
func (PrivacyPolicy) TableName() string { return "privacy_policy" }

// MaxPolicyText is how many characters a policy has at most.
const MaxPolicyText = 15_000

// NewPrivacyPolicy returns the version that follows one before, which is nil for the first. It fails with ErrPolicyTerms
// unless it says all that the law asks for of each purpose, the service among them, and each once; and with ErrInvalid.
func NewPrivacyPolicy(before *PrivacyPolicy, text string, terms []*PurposeTerms, by ID, now Instant) (*PrivacyPolicy, error) {
	p := &PrivacyPolicy{Version: 1, Body: strings.TrimSpace(text), PublishedAt: now, PublishedBy: by}
	if before != nil {
		p.Version = before.Version + 1
	}
	if !within(p.Body, 1, MaxPolicyText) {
		return nil, ErrInvalid.Saying("隐私政策全文应为 1 到 15000 个字", "The text of a policy has 1 to 15,000 characters.")
	}
	for _, given := range terms {
		t, err := given.clean()
		if err != nil {
			return nil, err
		}
		if p.Of(t.Purpose) != nil {
			return nil, ErrPolicyTerms.Saying("每个用途只能写一次", "A purpose comes once.")
		}
		t.Since = p.Version
		if had := before.Of(t.Purpose); had != nil && had.same(t) {
			t.Since = had.Since
		}
		p.Terms = append(p.Terms, t)
	}
	if p.Of(PurposeService) == nil {
		return nil, ErrPolicyTerms.Saying("隐私政策须写明服务本身（service）的处理规则", "A policy says what is done for the service itself.")
	}
	return p, nil
}

// clean returns the terms without what surrounds their texts. It fails with ErrPurposeUnknown and ErrPolicyTerms.
func (t *PurposeTerms) clean() (*PurposeTerms, error) {
	if _, err := t.Purpose.Info(); err != nil {
		return nil, err
	}
	c := *t
	for _, field := range []struct {
		text *string
		most int
	}{{&c.Handler, 100}, {&c.Contact, 200}, {&c.Aim, 500}, {&c.Method, 500}, {&c.Retention, 200}, {&c.Rights, 500}} {
		if *field.text = strings.TrimSpace(*field.text); !within(*field.text, 1, field.most) {
			return nil, ErrPolicyTerms
		}
	}
	var err error
	if c.Kinds, err = trimmed(t.Kinds, 20, 60, "个人信息种类"); err != nil {
		return nil, err
	}
	if c.Recipients, err = trimmed(t.Recipients, 10, 60, "接收方"); err != nil {
		return nil, err
	}
	if len(c.Kinds) == 0 {
		return nil, ErrPolicyTerms
	}
	return &c, nil
}

// same reports whether the terms say what others say.
func (t *PurposeTerms) same(other *PurposeTerms) bool {
	a, b := *t, *other
	a.Since, b.Since = 0, 0
	return reflect.DeepEqual(a, b)
}

// Of returns what the policy says about a purpose, nil for nothing. A nil policy says nothing.
func (p *PrivacyPolicy) Of(purpose Purpose) *PurposeTerms {
	if p == nil {
		return nil
	}
	if i := slices.IndexFunc(p.Terms, func(t *PurposeTerms) bool { return t.Purpose == purpose }); i >= 0 {
		return p.Terms[i]
	}
	return nil
}

// Needs returns the oldest version whose consent to a purpose is good: the policy itself, and for a child, is agreed to at
// the newest one, a separate purpose at any since its terms are as they are (PIPL 14). It reports false for a purpose that
// the policy does not have.
func (p *PrivacyPolicy) Needs(purpose Purpose) (int32, bool) {
	if purpose == PurposeService || purpose == PurposeGuardian {
		return p.Version, true
	}
	terms := p.Of(purpose)
	if terms == nil {
		return 0, false
	}
	return terms.Since, true
}

package model

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Sensitivity says how carefully a flag is read.
type Sensitivity string

// The sensitivities. What is high is read for a purpose only, and each read of it is noted.
const (
	SensitivityNormal Sensitivity = "normal"
	SensitivityHigh   Sensitivity = "high"
)

// FlagScheme (分色标准) is a kind of flag that a community marks households with; each community edits its own rows.
type FlagScheme struct {
	CommunityID     ID          `gorm:"primaryKey" json:"-"`
	Code            string      `gorm:"primaryKey" json:"code"`
	Name            string      `json:"name"`
	Colour          string      `json:"colour" enum:"red,blue,yellow,green,orange,pink,purple,grey"`
	Meaning         string      `json:"meaning"`
	IntervalDays    int         `json:"visit_interval_days" doc:"至少多少天走访一次，0 为不要求"`
	Sensitivity     Sensitivity `json:"sensitivity" enum:"normal,high" doc:"high：每次查看须说明用途并留痕"`
	Roles           []Role      `gorm:"serializer:json" json:"roles" doc:"谁可以看到是哪一户"`
	Words           []string    `gorm:"serializer:json" json:"words" doc:"花名册中的写法"`
	Checklist       []string    `gorm:"serializer:json" json:"checklist" doc:"走访清单"`
	RequiresConsent bool        `json:"requires_consent" doc:"标记前须征得本户同意"`
	Active          bool        `json:"active"`
	Sort            int         `json:"sort"`
	Version         int64       `json:"version"`
}

// TableName implements gorm's Tabler.
func (FlagScheme) TableName() string { return "flag_scheme" }

// FlagRoles lists who may be shown which household has a flag. Nobody else ever is.
func FlagRoles() []Role { return []Role{RoleGridWorker, RoleSecretary, RoleCommunityAdmin} }

// FlagColours lists the colours of flags.
func FlagColours() []string {
	return []string{"red", "blue", "yellow", "green", "orange", "pink", "purple", "grey"}
}

// schemeCode is what the code of a scheme looks like.
var schemeCode = regexp.MustCompile(`^[a-z][a-z0-9_]{0,15}$`)

// The bounds of a scheme.
const (
	maxIntervalDays = 366
	maxFlagWords    = 20
)

// MaxSchemes is how many schemes a community has before it may add no more of its own.
const MaxSchemes = 100

// Validate trims what a community wrote and checks it. It fails with ErrInvalid.
func (s *FlagScheme) Validate() error {
	s.Name, s.Meaning = strings.TrimSpace(s.Name), strings.TrimSpace(s.Meaning)
	switch {
	case !schemeCode.MatchString(s.Code):
		return ErrInvalid.Saying("标准代码由小写字母开头，只含小写字母、数字和下划线，最多 16 个", "A code begins with a small letter and has up to 16 small letters, digits and underscores.")
	case !within(s.Name, 1, 30):
		return ErrInvalid.Saying("标准名称应为 1 到 30 个字", "A name has 1 to 30 characters.")
	case !within(s.Meaning, 0, 200):
		return ErrInvalid.Saying("含义最多 200 个字", "The meaning has at most 200 characters.")
	case !slices.Contains(FlagColours(), s.Colour):
		return ErrInvalid.Saying("没有这种颜色", "There is no such colour.")
	case s.IntervalDays < 0 || s.IntervalDays > maxIntervalDays:
		return ErrInvalid.Saying("走访间隔应为 0 到 366 天", "The interval of visits is from 0 to 366 days.")
	case s.Sensitivity != SensitivityNormal && s.Sensitivity != SensitivityHigh:
		return ErrInvalid.Saying("敏感程度应为 normal 或 high", "The sensitivity is normal or high.")
	case s.Sort < 0 || s.Sort > 1000:
		return ErrInvalid.Saying("排序应为 0 到 1000", "The place in the order is from 0 to 1,000.")
	case len(s.Roles) == 0 || slices.ContainsFunc(s.Roles, func(r Role) bool { return !slices.Contains(FlagRoles(), r) }):
		return ErrInvalid.Saying("可见角色只能是网格员、支部书记、社区管理员，至少一个", "Flags are for grid workers, branch secretaries and community admins; name one at least.")
	}
	slices.Sort(s.Roles)
	s.Roles = slices.Compact(s.Roles)
	var err error
	if s.Words, err = trimmed(s.Words, maxFlagWords, MaxSkill, "花名册写法"); err != nil {
		return err
	}
	s.Checklist, err = trimmed(s.Checklist, MaxChecklist, 60, "清单")
	return err
}

// trimmed returns the items of a list without what surrounds them. It fails with ErrInvalid when there are too many, or one
// is empty or too long.
func trimmed(items []string, most, longest int, what string) ([]string, error) {
	if len(items) > most {
		return nil, ErrInvalid.Saying(what+"的项目太多", "The list has too many items.")
	}
	clean := make([]string, len(items))
	for i, item := range items {
		if clean[i] = strings.TrimSpace(item); !within(clean[i], 1, longest) {
			return nil, ErrInvalid.Saying(what+"的每一项不能为空，也不能太长", "An item is empty or too long.")
		}
	}
	return clean, nil
}

// High reports whether each read of the flag needs a purpose.
func (s *FlagScheme) High() bool { return s.Sensitivity == SensitivityHigh }

// VisibleTo reports whether the actor may know which household at the place has the flag.
func (s *FlagScheme) VisibleTo(who Actor, at Place) bool {
	return slices.ContainsFunc(who.Grants, func(g Grant) bool { return s.VisibleBy(g) && g.Covers(at) })
}

// VisibleBy reports whether a grant lets its holder know which household in its subtree has the flag.
func (s *FlagScheme) VisibleBy(g Grant) bool {
	return slices.Contains(s.Roles, g.Role) && slices.Contains(FlagRoles(), g.Role)
}

// SchemeOf returns the scheme that a word of a roster means: by its code, its name or one of its words; nil when none does.
func SchemeOf(schemes []*FlagScheme, word string) *FlagScheme {
	for _, s := range schemes {
		if word == s.Code || word == s.Name || slices.Contains(s.Words, word) {
			return s
		}
	}
	return nil
}

// flagMonths is how long a flag stands at most without a review.
const flagMonths = 12

// FlagExpiry returns the latest time to which a flag may stand that is set or renewed now.
func FlagExpiry(now Instant) Instant { return InstantOf(now.Time().AddDate(0, flagMonths, 0)) }

// FlagReviewAhead is how long before its end a flag is on the list of reviews.
const FlagReviewAhead = 30 * 24 * time.Hour

// SourceRoster is the source of flags that an import set.
const SourceRoster = "roster"

// FlagEnding says why a flag does not stand any more.
type FlagEnding string

// The endings.
const (
	FlagRenewed FlagEnding = "renewed"
	FlagCleared FlagEnding = "cleared"
)

// HouseholdFlag (标记) says that a household is of a scheme, from when it was set until it was renewed or cleared. A renewal
// is a row of its own, so nothing that was said is lost.
type HouseholdFlag struct {
	ID          ID            `json:"id"`
	CommunityID ID            `json:"-"`
	HouseholdID ID            `json:"-"`
	Scheme      string        `json:"scheme"`
	Slot        ID            `json:"-"` // 0 while it stands
	Source      string        `json:"source"`
	Reason      string        `gorm:"serializer:sealed" json:"reason"`
	Consent     ConsentMethod `json:"consent,omitempty"`
	ConsentNote string        `gorm:"serializer:sealed" json:"consent_note,omitempty"`
	Renews      ID            `json:"renews,omitzero"`
	Since       Instant       `json:"since"` // of the first of those that it renews
	SetBy       ID            `json:"-"`
	SetAt       Instant       `json:"set_at"`
	ExpiresAt   Instant       `json:"expires_at"`
	ToldAt      Instant       `json:"-"` // when its review was asked for
	Ending      FlagEnding    `json:"ending,omitempty" enum:"renewed,cleared"`
	EndedBy     ID            `json:"-"`
	EndedAt     Instant       `json:"ended_at,omitzero"`
	EndReason   string        `gorm:"serializer:sealed" json:"end_reason,omitempty"`

	Expired bool      `gorm:"-" json:"expired" doc:"已到期，不再计入，等待复核"`
	Setter  MemberRef `gorm:"-" json:"set_by"`
}

// TableName implements gorm's Tabler.
func (HouseholdFlag) TableName() string { return "household_flag" }

// FlagInput is what somebody says who sets or renews a flag.
type FlagInput struct {
	Source    string
	Reason    string
	ExpiresAt Instant // zero: as late as it may be
	Consent   *ConsentGiven
}

// NewFlag marks a household. It fails with ErrFlagSource without a source, with ErrFlagExpiry, with ErrSchemeInactive,
// with ErrConsentRequired where the scheme wants consent, and with ErrInvalid.
func NewFlag(id, household ID, s *FlagScheme, in FlagInput, by ID, now Instant) (*HouseholdFlag, error) {
	source, reason := strings.TrimSpace(in.Source), strings.TrimSpace(in.Reason)
	if in.ExpiresAt == 0 {
		in.ExpiresAt = FlagExpiry(now)
	}
	switch {
	case !s.Active:
		return nil, ErrSchemeInactive
	case !within(source, 1, 60):
		return nil, ErrFlagSource
	case !within(reason, 1, 200):
		return nil, ErrInvalid.Saying("请用 1 到 200 个字说明标记的原因", "A reason has 1 to 200 characters.")
	case in.ExpiresAt <= now || in.ExpiresAt > FlagExpiry(now):
		return nil, ErrFlagExpiry
	}
	f := &HouseholdFlag{
		ID: id, CommunityID: s.CommunityID, HouseholdID: household, Scheme: s.Code, Source: source, Reason: reason,
		Since: now, SetBy: by, SetAt: now, ExpiresAt: in.ExpiresAt,
	}
	if s.RequiresConsent || in.Consent != nil {
		if err := in.Consent.Check(); err != nil {
			return nil, err
		}
		f.Consent, f.ConsentNote = in.Consent.Method, in.Consent.Note
	}
	return f, nil
}

// RosterFlag marks a household as a roster says. Whether it should stand is reviewed as that of any other.
func RosterFlag(id, household ID, s *FlagScheme, now Instant) *HouseholdFlag {
	return &HouseholdFlag{
		ID: id, CommunityID: s.CommunityID, HouseholdID: household, Scheme: s.Code, Source: SourceRoster, Reason: "花名册导入",
		Since: now, SetAt: now, ExpiresAt: FlagExpiry(now),
	}
}

// Standing reports whether the flag was neither renewed nor cleared.
func (f *HouseholdFlag) Standing() bool { return f.Slot == 0 }

// Live reports whether the flag counts.
func (f *HouseholdFlag) Live(now Instant) bool { return f.Standing() && now < f.ExpiresAt }

// Renew ends the flag and returns the one that follows it. It fails with ErrFlagState unless the flag stands, and as
// NewFlag does; the consent that was given holds on, unless it was withdrawn.
func (f *HouseholdFlag) Renew(id ID, s *FlagScheme, in FlagInput, by ID, now Instant) (*HouseholdFlag, error) {
	if !f.Standing() {
		return nil, ErrFlagState
	}
	if f.Consent == ConsentWithdrawn && in.Consent == nil {
		return nil, ErrConsentRequired
	}
	if in.Consent == nil && f.Consent != "" {
		in.Consent = &ConsentGiven{Method: f.Consent, Note: f.ConsentNote}
	}
	next, err := NewFlag(id, f.HouseholdID, s, in, by, now)
	if err != nil {
		return nil, err
	}
	next.Renews, next.Since = f.ID, f.Since
	f.end(FlagRenewed, next.Reason, by, now)
	return next, nil
}

// LoseConsent has the flag of a scheme count no more until it is reviewed: its household took the consent back. It reports
// false for a flag that does not stand, lost it before, is not sensitive or does not rest on consent.
func (f *HouseholdFlag) LoseConsent(s *FlagScheme, now Instant) bool {
	if !f.Standing() || f.Consent == ConsentWithdrawn || !s.High() || f.Consent == "" && !s.RequiresConsent {
		return false
	}
	f.Consent, f.ExpiresAt, f.ToldAt = ConsentWithdrawn, min(f.ExpiresAt, now), now
	return true
}

// Clear ends the flag. It fails with ErrFlagState unless it stands, and with ErrInvalid without a reason.
func (f *HouseholdFlag) Clear(reason string, by ID, now Instant) error {
	reason = strings.TrimSpace(reason)
	switch {
	case !f.Standing():
		return ErrFlagState
	case !within(reason, 1, 200):
		return ErrInvalid.Saying("请用 1 到 200 个字说明取消的原因", "A reason has 1 to 200 characters.")
	}
	f.end(FlagCleared, reason, by, now)
	return nil
}

func (f *HouseholdFlag) end(how FlagEnding, reason string, by ID, now Instant) {
	f.Slot, f.Ending, f.EndReason, f.EndedBy, f.EndedAt = f.ID, how, reason, by, now
}

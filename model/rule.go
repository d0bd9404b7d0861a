package model

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// The rule codes of the default rule set.
const (
	RuleTaskDone = "TASK_DONE" // 完成求助
	RuleCampaign = "CAMPAIGN"  // 参加活动
	RuleAdjust   = "ADJUST"    // 调整
	CodeMinutes  = "MINUTES"   // 服务时长
	CodeBudget   = "BUDGET"    // 活动预算
	CodeReverse  = "REVERSE"   // 冲正
	CodeExpire   = "EXPIRE"    // 到期
	CodeDonate   = "DONATE"    // 捐回社区
	CodeRedeem   = "REDEEM"    // 兑换
)

// coreCodes are the rules that the service itself books by: every rule set has them.
func coreCodes() []string { return []string{RuleTaskDone, CodeMinutes, RuleCampaign, RuleAdjust} }

// reservedCodes name what is booked without a rule.
func reservedCodes() []string {
	return []string{CodeBudget, CodeReverse, CodeExpire, CodeDonate, CodeRedeem}
}

// Caps bound what is granted by a rule, in its unit; zero is no bound. Days, ISO weeks and years are of
// Shanghai time, by the day on which the service was done. What was granted under a version that has the
// same kind of cap counts; a reversal takes it off.
type Caps struct {
	Day      int64 `json:"day,omitempty" minimum:"0" maximum:"1000000" doc:"每人每天上限"`
	Week     int64 `json:"week,omitempty" minimum:"0" maximum:"1000000" doc:"每人每周上限"`
	Cycle    int64 `json:"cycle,omitempty" minimum:"0" maximum:"10000000" doc:"每人每年度上限"`
	Activity int64 `json:"activity,omitempty" minimum:"0" maximum:"1000000" doc:"每人每次活动上限"`
	// Pair is how often two people may earn from each other in a week, in either direction.
	Pair int64 `json:"pair_per_week,omitempty" minimum:"0" maximum:"100" doc:"同样两人之间每周最多计几次"`
}

// Rule (积分规则) says what a service earns. A nil amount is given by who awards.
type Rule struct {
	CommunityID ID      `gorm:"primaryKey" json:"-"`
	Version     int32   `gorm:"primaryKey" json:"-"`
	Code        string  `gorm:"primaryKey" json:"code" minLength:"1" maxLength:"24"`
	Name        string  `json:"name" minLength:"1" maxLength:"30"`
	Measure     Measure `json:"unit" enum:"points,minutes"`
	Amount      *int64  `json:"amount,omitempty" minimum:"0" maximum:"1000000" doc:"固定数量；不填则由发放者决定"`
	Class       Class   `json:"class" enum:"verified,declared"`
	Caps        Caps    `gorm:"serializer:json" json:"caps,omitempty"`
	// KeptOnBreach lets who was given points by it for a matter keep them when a promise about that was broken.
	KeptOnBreach bool `json:"kept_on_breach,omitempty" doc:"为事项发放的积分，该事项违诺成立后也不收回"`
}

// TableName implements gorm's Tabler.
func (Rule) TableName() string { return "point_rule" }

// RuleSetStatus is where a rule set is in its life.
type RuleSetStatus string

// The states of rule sets.
const (
	RulesDraft     RuleSetStatus = "draft"
	RulesPublished RuleSetStatus = "published"
	RulesRetired   RuleSetStatus = "retired"
)

// RuleSetTransitions is the one table of states: from each, where a rule set may go.
func RuleSetTransitions() map[RuleSetStatus][]RuleSetStatus {
	return map[RuleSetStatus][]RuleSetStatus{
		RulesDraft:     {RulesPublished, RulesRetired},
		RulesPublished: {RulesRetired},
		RulesRetired:   {},
	}
}

// RuleSet is one version of a community's rules.
type RuleSet struct {
	CommunityID ID            `gorm:"primaryKey" json:"-"`
	Version     int32         `gorm:"primaryKey" json:"version"`
	Status      RuleSetStatus `json:"status"`
	// EffectiveDay is the first day on which it is in force, RetiredDay the first on which it is not any
	// more; zero while that is open. Which set is in force on a day that is past never changes.
	EffectiveDay Day `json:"effective_from,omitzero"`
	RetiredDay   Day `json:"retired_from,omitzero"`
	// ValidMonths is how long points live that are earned under it: to the end of the month that is so
	// many months after that of the service. Zero: they do not expire.
	ValidMonths int     `json:"valid_months"`
	Note        string  `json:"note"`
	Revision    int64   `json:"revision"` // grows with every edit of the draft
	CreatedBy   ID      `json:"-"`
	CreatedAt   Instant `json:"created_at"`
	Items       []*Rule `gorm:"-" json:"items"`
}

// TableName implements gorm's Tabler.
func (RuleSet) TableName() string { return "point_rule_set" }

// Find returns the rule with the code. It fails with ErrRule.
func (s *RuleSet) Find(code string) (*Rule, error) {
	for _, r := range s.Items {
		if r.Code == code {
			return r, nil
		}
	}
	return nil, ErrRule
}

// ExpiryOf returns the day after which points end that are earned on a day: Never where they do not.
func (s *RuleSet) ExpiryOf(earned Day) Day {
	if s.ValidMonths == 0 {
		return Never
	}
	return monthEnd(earned, s.ValidMonths)
}

// Public reports whether the set is or was to come into force, so that everybody may read it; a draft, and
// one that was given up, never was.
func (s *RuleSet) Public() bool { return s.EffectiveDay != 0 }

// Edit replaces what a draft says by what another one says. It fails with ErrRulesState once the set is no
// draft any more, and with ErrStale when it is not at the revision.
func (s *RuleSet) Edit(to *RuleSet, revision int64) error {
	switch {
	case s.Status != RulesDraft:
		return ErrRulesState
	case s.Revision != revision:
		return ErrStale
	}
	s.ValidMonths, s.Note, s.Items, s.Revision = to.ValidMonths, to.Note, to.Items, s.Revision+1
	return nil
}

// Publish puts a draft into force from a day on, today or later, so that the past stays as it was. Of two
// sets from the same day the one with the higher version is in force. It fails with ErrRulesState and
// ErrRulesPast.
func (s *RuleSet) Publish(from, today Day) error {
	switch {
	case !slices.Contains(RuleSetTransitions()[s.Status], RulesPublished):
		return ErrRulesState
	case from < today:
		return ErrRulesPast
	}
	s.Status, s.EffectiveDay = RulesPublished, from
	return nil
}

// Retire takes a set out of force from today on; the one before it is in force again. A draft is given up. It
// fails with ErrRulesState.
func (s *RuleSet) Retire(today Day) error {
	if !slices.Contains(RuleSetTransitions()[s.Status], RulesRetired) {
		return ErrRulesState
	}
	s.Status, s.RetiredDay = RulesRetired, max(today, s.EffectiveDay)
	return nil
}

// maxValidMonths bounds how long points may live before they never expire.
const maxValidMonths = 120

// maxRules and maxRulesNote bound the rules of a set, and what is said about it.
const (
	maxRules     = 100
	maxRulesNote = 200
)

// Validate fails with ErrInvalid, in words, unless the set can be published: no code twice, none that is
// reserved, and the rules that the service books by among them.
func (s *RuleSet) Validate() error {
	if s.ValidMonths < 0 || s.ValidMonths > maxValidMonths {
		return ErrInvalid.Saying("积分有效期应为 0 到 120 个月", "Points live for 0 to 120 months.")
	}
	if len(s.Items) > maxRules {
		return ErrInvalid.Saying("规则不能超过 100 条", "A set has at most 100 rules.")
	}
	if utf8.RuneCountInString(s.Note) > maxRulesNote {
		return ErrInvalid.Saying("说明不能超过 200 个字", "A note has at most 200 characters.")
	}
	seen := map[string]bool{}
	for _, r := range s.Items {
		if err := r.validate(); err != nil {
			return err
		}
		if seen[r.Code] {
			return ErrInvalid.Saying("规则代码 "+r.Code+" 重复", "The rule "+r.Code+" comes twice.")
		}
		seen[r.Code] = true
	}
	for _, code := range coreCodes() {
		if !seen[code] {
			return ErrInvalid.Saying("缺少规则 "+code, "The rule "+code+" is missing.")
		}
	}
	return nil
}

func (r *Rule) validate() error {
	for _, c := range r.Code {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return ErrInvalid.Saying("规则代码只能用大写字母、数字和下划线", "A rule's code has capital letters, digits and underscores.")
		}
	}
	name := utf8.RuneCountInString(strings.TrimSpace(r.Name))
	switch {
	case len(r.Code) < 1 || len(r.Code) > 24 || name < 1 || name > 30:
		return ErrInvalid.Saying("规则需要 1 到 24 位的代码和 1 到 30 个字的名称", "A rule needs a code and a name.")
	case slices.Contains(reservedCodes(), r.Code):
		return ErrInvalid.Saying("规则代码 "+r.Code+" 由系统保留", "The code "+r.Code+" is reserved.")
	case r.Amount != nil && (*r.Amount < 0 || *r.Amount > MaxAmount):
		return ErrAmount
	case r.Code == RuleTaskDone && r.Amount == nil:
		return ErrInvalid.Saying("规则 "+r.Code+" 由系统自动记分，需要固定数量", "The service books "+r.Code+" by itself, so it needs an amount.")
	case r.Amount != nil && (r.Code == CodeMinutes || r.Code == RuleCampaign):
		return ErrInvalid.Saying("规则 "+r.Code+" 的数量由服务时间或活动决定，不能固定", "The time or the campaign decides the amount of "+r.Code+".")
	case r.Measure != Points && r.Measure != Minutes, r.Class != Verified && r.Class != Declared:
		return ErrInvalid.Saying("规则 "+r.Code+" 的单位或类别不正确", "The unit or class of "+r.Code+" is not known.")
	case (r.Code == CodeMinutes) != (r.Measure == Minutes) && slices.Contains(coreCodes(), r.Code):
		return ErrInvalid.Saying("规则 "+r.Code+" 的单位不正确", "The unit of "+r.Code+" cannot be this.")
	case min(r.Caps.Day, r.Caps.Week, r.Caps.Cycle, r.Caps.Activity, r.Caps.Pair) < 0:
		return ErrInvalid.Saying("上限不能为负", "A cap is not negative.")
	}
	return nil
}

// DefaultValidMonths is how long points live by the default rules: three years, as shops of such communities
// have it.
const DefaultValidMonths = 36

// DefaultRules returns the rules that a new community starts with. Two people earn from each other at most
// twice a week.
func DefaultRules(community ID) *RuleSet {
	ten := int64(10)
	return &RuleSet{
		CommunityID: community, Version: 1, Revision: 1, Status: RulesPublished, ValidMonths: DefaultValidMonths,
		Items: []*Rule{
			{community, 1, RuleTaskDone, "完成一次求助", Points, &ten, Verified, Caps{Pair: 2}, false},
			{community, 1, CodeMinutes, "服务时长", Minutes, nil, Verified, Caps{}, false},
			{community, 1, RuleCampaign, "参加活动", Points, nil, Verified, Caps{}, false},
			{community, 1, RuleAdjust, "组织者核定", Points, nil, Declared, Caps{}, false},
		},
	}
}

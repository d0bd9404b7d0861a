package model

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Where a theme comes from.
const (
	OriginSeed     = "seed"     // named in the source
	OriginProposed = "proposed" // ours
	OriginOwn      = "own"      // of the community
)

// Theme (十助十送主题) is a kind of campaign; each community edits its own rows.
type Theme struct {
	CommunityID ID       `gorm:"primaryKey" json:"-"`
	Code        string   `gorm:"primaryKey" json:"code"`
	Name        string   `json:"name"`
	Origin      string   `json:"origin" enum:"seed,proposed,own"`
	Content     string   `json:"content"`
	Sort        int      `json:"sort"`
	Checklist   []string `gorm:"serializer:json" json:"checklist"`
	Active      bool     `json:"active" doc:"停用的主题不再用于新活动"`
}

// TableName implements gorm's Tabler.
func (Theme) TableName() string { return "theme" }

// MaxChecklist is how many items the checklist of a theme may have.
const MaxChecklist = 20

// themeCode is what the code of a theme looks like.
var themeCode = regexp.MustCompile(`^[a-z][a-z0-9_]{0,15}$`)

// Validate trims what a community wrote and checks it. It fails with ErrInvalid.
func (t *Theme) Validate() error {
	t.Name, t.Content = strings.TrimSpace(t.Name), strings.TrimSpace(t.Content)
	switch {
	case !themeCode.MatchString(t.Code):
		return ErrInvalid.Saying("主题代码由小写字母开头，只含小写字母、数字和下划线，最多 16 个", "A code begins with a small letter and has up to 16 small letters, digits and underscores.")
	case !within(t.Name, 1, 30):
		return ErrInvalid.Saying("主题名称应为 1 到 30 个字", "A name has 1 to 30 characters.")
	case !within(t.Content, 0, 200):
		return ErrInvalid.Saying("主题内容最多 200 个字", "The content has at most 200 characters.")
	case t.Sort < 0 || t.Sort > 1000:
		return ErrInvalid.Saying("排序应为 0 到 1000", "The place in the order is from 0 to 1,000.")
	case len(t.Checklist) > MaxChecklist:
		return ErrInvalid.Saying("清单最多 20 项", "A checklist has at most 20 items.")
	}
	items := make([]string, len(t.Checklist))
	for i, item := range t.Checklist {
		if items[i] = strings.TrimSpace(item); !within(items[i], 1, 60) {
			return ErrInvalid.Saying("清单的每一项应为 1 到 60 个字", "An item of the checklist has 1 to 60 characters.")
		}
	}
	t.Checklist = items
	return nil
}

// within reports whether a text has from so many to so many characters.
func within(text string, least, most int) bool {
	n := utf8.RuneCountInString(text)
	return n >= least && n <= most
}

// DefaultThemes returns the ten themes that a new community starts with.
func DefaultThemes(community ID) []*Theme {
	rows := []struct{ code, name, origin, content, checklist string }{
		{"shou", "助寿送万福", OriginSeed, "高龄生日、长寿面、送福字", "生日祝福、长寿面、送福字、合影"},
		{"lao", "助老送关怀", OriginSeed, "探望独居老人、电话问候、理发、手机教学", "探望独居老人、电话问候、理发、手机教学"},
		{"kun", "助困送温暖", OriginProposed, "走访困难家庭、认领微心愿", "走访困难家庭、认领微心愿"},
		{"can", "助残送便利", OriginProposed, "代办跑腿、康复器具借用", "代办跑腿、康复器具借用、上报障碍"},
		{"xue", "助学送希望", OriginProposed, "课业辅导、赠书、暑期课堂", "课业辅导、赠书、暑期课堂"},
		{"yi", "助医送健康", OriginProposed, "义诊、陪诊、代取药", "义诊、陪诊、代取药"},
		{"you", "助幼送呵护", OriginProposed, "课后托管、关爱儿童", "课后托管、关爱儿童"},
		{"ye", "助业送岗位", OriginProposed, "招聘信息、技能培训", "招聘信息、技能培训"},
		{"jun", "助军送敬意", OriginProposed, "慰问退役军人和军属", "慰问退役军人、慰问军属"},
		{"an", "助安送平安", OriginProposed, "燃气用电检查、巡逻、反诈宣传", "燃气用电检查、巡逻、反诈宣传"},
	}
	themes := make([]*Theme, len(rows))
	for i, r := range rows {
		themes[i] = &Theme{community, r.code, r.name, r.origin, r.content, i + 1, strings.Split(r.checklist, "、"), true}
	}
	return themes
}

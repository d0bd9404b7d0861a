package model

import (
	"strings"
	"unicode/utf8"
)

// Member (成员) is a person of a community's roster, or the placeholder of someone who logged in and is not
// bound to one yet. A placeholder belongs to no community.
type Member struct {
	ID         ID `json:"id"`
	Place      `gorm:"embedded"`
	Name       string   `json:"-"`
	Nickname   string   `json:"nickname,omitempty"`
	Phone      string   `gorm:"serializer:sealed" json:"-"` // E.164 without the plus, such as 8619900000001; empty when unknown
	BirthYear  int      `json:"-"`                          // 0 when unknown, BirthUnreadable when a roster has something that is no year
	BirthMonth int      `json:"-"`                          // 1 to 12, 0 when unknown; the day is kept nowhere
	Gender     string   `json:"-"`
	Skills     []string `gorm:"serializer:json" json:"skills"`
	OwnSkills  bool     `json:"-"`                         // the member wrote them, so a roster does not
	Head       bool     `json:"-"`                         // of the household
	Anonymous  bool     `json:"anonymous"`                 // listed as 匿名邻居 on boards
	PhoneIndex string   `gorm:"serializer:blind" json:"-"` // of the phone, made when it is written
	RosterKey  string   `gorm:"serializer:alike" json:"-"` // identity within the roster, so that a second import finds the first
	MergedInto ID       `json:"-"`                         // set when a login was bound to a person of the roster
	Version    int64    `json:"version"`
	CreatedAt  Instant  `json:"created_at"`
	UpdatedAt  Instant  `json:"-"`
}

// TableName implements gorm's Tabler.
func (Member) TableName() string { return "member" }

// NewPlaceholder returns the member that a login is until it is bound.
func NewPlaceholder(id ID, now Instant) *Member {
	return &Member{ID: id, Nickname: "新邻居", Skills: []string{}, RosterKey: "login:" + id.String(), Version: 1, CreatedAt: now, UpdatedAt: now}
}

// MaxSkill is how many characters one skill may have.
const MaxSkill = 30

// AnonymousName is how a member who opted out appears on boards.
const AnonymousName = "匿名邻居"

// DisplayName returns the nickname, or the family name with the rest masked (张三丰 -> 张**).
func (m *Member) DisplayName() string {
	if m.Nickname != "" {
		return m.Nickname
	}
	return MaskName(m.Name)
}

// MaskName keeps the family name and masks the rest: 张三 -> 张*, 欧阳小明 -> 欧阳**.
func MaskName(name string) string {
	runes := []rune(strings.TrimSpace(name))
	switch n := len(runes); n {
	case 0:
		return "邻居"
	case 1:
		return "*"
	default:
		keep := 1
		if n > 2 && compoundSurname(string(runes[:2])) {
			keep = 2
		}
		return string(runes[:keep]) + strings.Repeat("*", n-keep)
	}
}

func compoundSurname(s string) bool {
	switch s {
	case "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯", "端木", "南宫":
		return true
	}
	return false
}

// BirthUnreadable is the birth year of someone whose roster has a birth that cannot be read.
const BirthUnreadable = -1

// Adult reports whether the member is surely 18 or older in the given year. Of whom no birth is written
// down is taken for one, but not of whom it cannot be read.
func (m *Member) Adult(year int) bool {
	return m.BirthYear == 0 || m.BirthYear > 0 && year-m.BirthYear > 18
}

// SetNickname changes how the member is shown. It fails with ErrInvalid unless it has 1 to 20 characters.
func (m *Member) SetNickname(s string) error {
	s = strings.TrimSpace(s)
	if n := utf8.RuneCountInString(s); n < 1 || n > 20 {
		return ErrInvalid.Saying("昵称应为 1 到 20 个字", "A nickname has 1 to 20 characters.")
	}
	m.Nickname = s
	return nil
}

// MemberRef names a member for another one.
type MemberRef struct {
	ID          ID     `json:"id,omitzero"`
	DisplayName string `json:"display_name"`
}

// Identity (微信身份) ties a WeChat user to a member.
type Identity struct {
	ID        ID
	AppID     string
	OpenID    string
	UnionID   string
	MemberID  ID
	CreatedAt Instant
}

// TableName implements gorm's Tabler.
func (Identity) TableName() string { return "wechat_identity" }

// RefreshToken is one link of a family of rotating refresh tokens; only its hash is stored.
type RefreshToken struct {
	ID        ID
	FamilyID  ID
	MemberID  ID
	Hash      []byte
	ExpiresAt Instant
	UsedAt    Instant
	RevokedAt Instant
	CreatedAt Instant
}

// TableName implements gorm's Tabler.
func (RefreshToken) TableName() string { return "refresh_token" }

// BindCode (绑定码) lets its bearer bind a login to a person of the roster, once; only its hash is stored.
type BindCode struct {
	Hash      []byte `gorm:"primaryKey"`
	MemberID  ID
	IssuedBy  ID
	ExpiresAt Instant
	UsedAt    Instant
	CreatedAt Instant
}

// TableName implements gorm's Tabler.
func (BindCode) TableName() string { return "bind_code" }

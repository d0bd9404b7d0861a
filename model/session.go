package model

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// LoginSession (登录设备) is one login of a member: the family of refresh tokens that came from it has its id.
type LoginSession struct {
	ID        ID      `json:"id"`
	MemberID  ID      `json:"-"`
	Device    string  `json:"device" doc:"登录时客户端报的设备名，可能为空"`
	CreatedAt Instant `json:"created_at"`
	UsedAt    Instant `json:"last_used_at" doc:"最近一次换取令牌的时间"`
	EndedAt   Instant `json:"-"` // zero while it goes on
	Current   bool    `gorm:"-" json:"current" doc:"本次请求所用的登录"`
}

// TableName implements gorm's Tabler.
func (LoginSession) TableName() string { return "login_session" }

// The lives of logins. An access token that was made just before the end is good for its half hour.
const (
	LoginIdle  = 30 * 24 * time.Hour
	LoginWhole = 90 * 24 * time.Hour
	AdminIdle  = 12 * time.Hour
	AdminWhole = 7 * 24 * time.Hour
)

// LoginLife is how long a login goes on by itself (OWASP ASVS 5.0, 7.3).
type LoginLife struct {
	Idle  time.Duration // without new tokens
	Whole time.Duration // since it began, however often it is used
}

// LifeOf returns how long the logins of who holds roles go on: those of administrators end sooner.
func LifeOf(held []Grant) LoginLife {
	if slices.ContainsFunc(held, func(g Grant) bool { return g.Role.Admin() }) {
		return LoginLife{AdminIdle, AdminWhole}
	}
	return LoginLife{LoginIdle, LoginWhole}
}

// Over reports whether the login has come to its end by itself.
func (s *LoginSession) Over(life LoginLife, now Instant) bool {
	return s.UsedAt.Add(life.Idle) <= now || s.CreatedAt.Add(life.Whole) <= now
}

// MaxDevice is how many characters the name of a device has.
const MaxDevice = 60

// DeviceName returns what is kept of the name that a client gives its device: without what cannot be seen, and not longer
// than MaxDevice.
func DeviceName(s string) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, s))
	if runes := []rune(s); len(runes) > MaxDevice {
		s = strings.TrimSpace(string(runes[:MaxDevice]))
	}
	return s
}

// Guard (防护) counts what looks like guessing at a member's account, and keeps the member out for a time.
type Guard struct {
	MemberID    ID `gorm:"primaryKey;autoIncrement:false"`
	Strikes     int
	StruckAt    Instant
	WaitUntil   Instant
	LockedAt    Instant
	LockedUntil Instant // zero: not locked
	LockedBy    ID      // zero: by the rules below
	Reason      string
}

// TableName implements gorm's Tabler.
func (Guard) TableName() string { return "member_guard" }

// How guessing is met: some strikes are free, then each wait is twice the one before, then nobody gets in for a day. A day
// without one forgets them.
const (
	freeStrikes  = 3
	lockStrikes  = 10
	guessWait    = 30 * time.Second
	strikesFade  = 24 * time.Hour
	abuseLock    = 24 * time.Hour
	abuseReason  = "多次输入错误的绑定码或重复使用登录凭证，系统自动锁定"
	MaxLockDays  = 366
	maxLockWords = 200
)

// Locked reports whether the member is kept out at a time.
func (g *Guard) Locked(now Instant) bool { return g.LockedUntil > now }

// Admits returns nil when the member may try something that can be guessed at. It fails with ErrLocked, and with
// ErrTooMany and how long to wait after too many wrong ones.
func (g *Guard) Admits(now Instant) error {
	switch {
	case g.Locked(now):
		return ErrLocked
	case g.WaitUntil > now:
		return ErrTooMany.After(g.WaitUntil.Time().Sub(now.Time()))
	}
	return nil
}

// Strike counts a wrong one. It reports whether that was one too many, which locks the member.
func (g *Guard) Strike(now Instant) (locked bool) {
	if g.StruckAt.Add(strikesFade) <= now {
		g.Strikes = 0
	}
	g.Strikes, g.StruckAt = g.Strikes+1, now
	if g.Strikes >= lockStrikes {
		g.lock(0, abuseReason, now, now.Add(abuseLock))
		return true
	}
	if over := g.Strikes - freeStrikes; over > 0 {
		g.WaitUntil = now.Add(guessWait << (over - 1))
	}
	return false
}

// Clear forgets what was wrong, because the member was right.
func (g *Guard) Clear() { g.Strikes, g.WaitUntil = 0, 0 }

// Lock keeps a member out until a time. It fails with ErrForbidden for oneself, and with ErrInvalid without a reason and
// for a time that is not within a year.
func (g *Guard) Lock(by ID, reason string, now, until Instant) error {
	reason = strings.TrimSpace(reason)
	switch n := utf8.RuneCountInString(reason); {
	case by == g.MemberID:
		return ErrForbidden.Saying("不能锁定自己的账号", "Nobody locks their own account.")
	case n < 1 || n > maxLockWords:
		return ErrInvalid.Saying("请写明原因（不超过 200 字）", "A reason of at most 200 characters is needed.")
	case until <= now || until > now.Add(MaxLockDays*24*time.Hour):
		return ErrInvalid.Saying("锁定时间应在 1 到 366 天之间", "A lock is for 1 to 366 days.")
	}
	g.lock(by, reason, now, until)
	return nil
}

func (g *Guard) lock(by ID, reason string, now, until Instant) {
	g.LockedBy, g.Reason, g.LockedAt, g.LockedUntil = by, reason, now, until
	g.Clear()
}

// Unlock lets a locked member in. It fails with ErrForbidden for oneself, and with ErrNotLocked.
func (g *Guard) Unlock(by ID, now Instant) error {
	switch {
	case by == g.MemberID:
		return ErrForbidden.Saying("不能解锁自己的账号", "Nobody unlocks their own account.")
	case !g.Locked(now):
		return ErrNotLocked
	}
	g.LockedUntil = now
	g.Clear()
	return nil
}

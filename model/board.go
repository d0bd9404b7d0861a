package model

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"
)

// Period is the length of a board.
type Period string

// The periods. Weeks are ISO weeks; all are in Shanghai time.
const (
	PeriodDay      Period = "day"
	PeriodWeek     Period = "week"
	PeriodMonth    Period = "month"
	PeriodQuarter  Period = "quarter"
	PeriodYear     Period = "year"
	PeriodCampaign Period = "campaign"
)

// CalendarPeriods lists the periods that time makes.
func CalendarPeriods() []Period {
	return []Period{PeriodDay, PeriodWeek, PeriodMonth, PeriodQuarter, PeriodYear}
}

// Key returns the number of the period that contains t: 20261123, 202648, 202611, 20264, 2026.
func (p Period) Key(t time.Time) int32 {
	t = t.In(Shanghai())
	switch p {
	case PeriodDay:
		return int32(dayOf(t))
	case PeriodWeek:
		year, week := t.ISOWeek()
		return int32(year*100 + week)
	case PeriodMonth:
		return int32(t.Year()*100 + int(t.Month()))
	case PeriodQuarter:
		return int32(t.Year()*10 + (int(t.Month())+2)/3)
	case PeriodYear:
		return int32(t.Year())
	}
	return 0
}

// Format returns the key as clients write it: 2026-11-23, 2026-W48, 2026-11, 2026-Q4, 2026.
func (p Period) Format(key int32) string {
	switch p {
	case PeriodDay:
		return Day(key).String()
	case PeriodWeek:
		return fmt.Sprintf("%04d-W%02d", key/100, key%100)
	case PeriodMonth:
		return fmt.Sprintf("%04d-%02d", key/100, key%100)
	case PeriodQuarter:
		return fmt.Sprintf("%04d-Q%d", key/10, key%10)
	case PeriodYear:
		return fmt.Sprintf("%04d", key)
	}
	return ""
}

// Parse reads what Format writes; an empty key is the period of now. It fails with ErrBoard on anything
// else, dates that do not exist included.
func (p Period) Parse(s string, now time.Time) (int32, error) {
	if s == "" && p.Key(now) != 0 {
		return p.Key(now), nil
	}
	start, err := p.start(s)
	if err != nil || p.Format(p.Key(start)) != s {
		return 0, ErrBoard
	}
	return p.Key(start), nil
}

// start returns a moment within the period that s names; what is not of its form gives an error or a
// moment of another period.
func (p Period) start(s string) (time.Time, error) {
	switch p {
	case PeriodDay:
		return time.ParseInLocation(time.DateOnly, s, Shanghai())
	case PeriodWeek:
		var year, week int
		_, err := fmt.Sscanf(s, "%4d-W%2d", &year, &week)
		// The 4th of January is in the first ISO week of its year.
		return time.Date(year, time.January, 4+7*(week-1), 0, 0, 0, 0, Shanghai()), err
	case PeriodMonth:
		return time.ParseInLocation("2006-01", s, Shanghai())
	case PeriodQuarter:
		var year, quarter int
		_, err := fmt.Sscanf(s, "%4d-Q%1d", &year, &quarter)
		return time.Date(year, time.Month(3*quarter-2), 1, 0, 0, 0, 0, Shanghai()), err
	case PeriodYear:
		return time.ParseInLocation("2006", s, Shanghai())
	}
	return time.Time{}, ErrBoard
}

// End returns when the period with a key is over; zero for a campaign, which ends when it is closed.
func (p Period) End(key int32) Instant {
	start, err := p.start(p.Format(key))
	if err != nil {
		return 0
	}
	switch p {
	case PeriodDay:
		return InstantOf(start.AddDate(0, 0, 1))
	case PeriodWeek:
		monday := start.AddDate(0, 0, -(int(start.Weekday())+6)%7)
		return InstantOf(monday.AddDate(0, 0, 7))
	case PeriodMonth:
		return InstantOf(start.AddDate(0, 1, 0))
	case PeriodQuarter:
		return InstantOf(start.AddDate(0, 3, 0))
	}
	return InstantOf(start.AddDate(1, 0, 0))
}

// BoardKind says what a board ranks.
type BoardKind string

// The kinds of board.
const (
	BoardMembers BoardKind = "member"
	BoardTeams   BoardKind = "team"
)

// BoardKey is the identity of a board. Scope says what the teams of a board of teams are; on a board of
// members it is the community, and the boards of an area, a grid or a branch are parts of it.
type BoardKey struct {
	CommunityID ID
	CampaignID  ID
	Kind        BoardKind
	Scope       NodeKind
	Period      Period
	PeriodKey   int32
}

// Group names the boards that share a cursor and a slot in Redis: the member boards of a campaign, or
// those of a community's calendar. Boards of teams are in no group: they are few, and read from SQL.
func (k BoardKey) Group() string {
	if k.Kind == BoardTeams {
		return ""
	}
	if k.CampaignID != 0 {
		return "c" + k.CampaignID.String()
	}
	return "e" + k.CommunityID.String()
}

// Board is a leaderboard (排行榜) of one kind, scope and period.
type Board struct {
	ID          ID
	CommunityID ID
	CampaignID  ID
	Kind        BoardKind
	Scope       NodeKind
	Period      Period
	PeriodKey   int32
	Grp         string
	BaseSeq     int64
	FrozenSeq   int64 // 0 while open
	SettledAt   Instant
	Digest      []byte
	CreatedAt   Instant
}

// TableName implements gorm's Tabler.
func (Board) TableName() string { return "board" }

// Key returns the board's identity.
func (b *Board) Key() BoardKey {
	return BoardKey{b.CommunityID, b.CampaignID, b.Kind, b.Scope, b.Period, b.PeriodKey}
}

// Score is the standing of a subject (a member or a team) on a board, made from the sealed stream. Area,
// grid and branch are where the member was at the first entry that counts for the board; they never
// change, so a part of a board never loses anyone.
type Score struct {
	BoardID    ID `gorm:"primaryKey"`
	SubjectID  ID `gorm:"primaryKey"`
	Grp        string
	AreaID     ID
	GridID     ID
	BranchID   ID
	Points     int64
	ReachedSeq int64
	RankKey    int64
	UpdSeq     int64
}

// TableName implements gorm's Tabler.
func (Score) TableName() string { return "board_score" }

const (
	seqBits = 29
	seqMask = 1<<seqBits - 1
)

// RankKey packs points and the moment they were reached into one integer that sorts as the board does:
// more points first, then who reached them first. It is exact below 2^53, so Go, SQL and Redis agree.
// It is valid while |points| < 2^24 and 0 <= reached-base < 2^29.
func RankKey(points, reachedSeq, baseSeq int64) int64 {
	return points<<seqBits + seqMask - (reachedSeq - baseSeq)
}

// LowestRankKey is the least key of a subject that is listed: with one point or more.
const LowestRankKey = 1 << seqBits

// PointsOfRankKey returns the points that a rank key was packed from.
func PointsOfRankKey(key int64) int64 { return key >> seqBits }

// LeastRankKey is below every rank key of so many points, and above every one of fewer.
func LeastRankKey(points int64) int64 { return points << seqBits }

// Standing is a place on a settled board. It never changes.
type Standing struct {
	BoardID    ID  `gorm:"primaryKey"`
	RankNo     int `gorm:"primaryKey"`
	SubjectID  ID
	Points     int64
	ReachedSeq int64
}

// TableName implements gorm's Tabler.
func (Standing) TableName() string { return "board_standing" }

// DigestStandings returns SHA-256 over the standings of one board in their order.
func DigestStandings(rows []*Standing) []byte {
	h := sha256.New()
	var buf []byte
	for _, s := range rows {
		buf = appendNumbers(buf[:0], int64(s.BoardID), int64(s.RankNo), int64(s.SubjectID), s.Points, s.ReachedSeq)
		h.Write(buf)
	}
	return h.Sum(nil)
}

// appendNumbers appends numbers in eight bytes each, the highest first.
func appendNumbers(buf []byte, numbers ...int64) []byte {
	for _, n := range numbers {
		buf = binary.BigEndian.AppendUint64(buf, uint64(n))
	}
	return buf
}

// Rank is a line of a board as a reader sees it: of a member, or of a team with its members and its points
// per head.
type Rank struct {
	Rank    int64      `json:"rank"`
	Member  *MemberRef `json:"member,omitempty"`
	Team    *NodeRef   `json:"team,omitempty"`
	Points  int64      `json:"points"`
	Members int64      `json:"members,omitzero"`
	PerHead float64    `json:"per_head,omitzero"`
}

// Part returns the node of the score at a level that splits boards: area, grid or branch.
func (s *Score) Part(kind NodeKind) ID {
	return Place{AreaID: s.AreaID, GridID: s.GridID, BranchID: s.BranchID}.At(kind)
}

// HeadsOf says whom the points of a team are shared by when they are told per head.
type HeadsOf string

// Whom they are shared by.
const (
	HeadsResidents HeadsOf = "residents"
	HeadsParty     HeadsOf = "party_members"
)

// AllHeads lists whom points may be shared by.
func AllHeads() []HeadsOf { return []HeadsOf{HeadsResidents, HeadsParty} }

// TeamKinds lists what teams are.
func TeamKinds() []NodeKind { return []NodeKind{KindArea, KindGrid, KindBranch} }

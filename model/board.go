package model

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
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

// Parse reads what Format writes; an empty key is the period of now. It fails with ErrBoard.
func (p Period) Parse(s string, now time.Time) (int32, error) {
	if s == "" {
		return p.Key(now), nil
	}
	digits := make([]byte, 0, len(s))
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			digits = append(digits, s[i])
		}
	}
	key, err := strconv.ParseInt(string(digits), 10, 32)
	if err != nil || p.Format(int32(key)) != s {
		return 0, ErrBoard
	}
	return int32(key), nil
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

// Group names the boards that share a cursor and a slot in Redis: those of a campaign, or those of a
// community's calendar.
func (k BoardKey) Group() string {
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

// PointsOfRankKey returns the points that a rank key was packed from.
func PointsOfRankKey(key int64) int64 { return key >> seqBits }

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
		buf = buf[:0]
		for _, n := range []int64{int64(s.BoardID), int64(s.RankNo), int64(s.SubjectID), s.Points, s.ReachedSeq} {
			buf = binary.BigEndian.AppendUint64(buf, uint64(n))
		}
		h.Write(buf)
	}
	return h.Sum(nil)
}

// Rank is a line of a board as a reader sees it.
type Rank struct {
	Rank    int64     `json:"rank"`
	Member  MemberRef `json:"member"`
	Points  int64     `json:"points"`
	Members int64     `json:"members,omitzero"`  // of a team
	PerHead float64   `json:"per_head,omitzero"` // points of a team per member
}

// Part returns the node of the score at a level that splits boards: area, grid or branch.
func (s *Score) Part(kind NodeKind) ID {
	return Place{AreaID: s.AreaID, GridID: s.GridID, BranchID: s.BranchID}.At(kind)
}

package model

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// Certificate (志愿服务时长证明) states how many minutes a member served in a period, both days included. It is
// never changed; a revocation is a row of its own.
type Certificate struct {
	ID              ID                  `json:"-"`
	CommunityID     ID                  `json:"-"`
	MemberID        ID                  `json:"member_id"`
	Number          string              `json:"number"`
	FromDay         Day                 `json:"from"`
	ToDay           Day                 `json:"to"`
	VerifiedMinutes int64               `json:"verified_minutes" doc:"信用时：系统签到或双方确认的服务时长"`
	DeclaredMinutes int64               `json:"declared_minutes" doc:"荣誉时：事后申报核定的服务时长"`
	Services        []*CertifiedService `gorm:"serializer:json" json:"services"`
	HeadSeq         int64               `json:"head_seq" doc:"出具时账本的最新序号"`
	HeadHash        Hex                 `json:"head_hash"`
	IssuedBy        ID                  `json:"-"`
	IssuedAt        Instant             `json:"issued_at"`
}

// TableName implements gorm's Tabler.
func (Certificate) TableName() string { return "certificate" }

// Minutes returns the minutes of both classes.
func (c *Certificate) Minutes() int64 { return c.VerifiedMinutes + c.DeclaredMinutes }

// CertifiedService is what a certificate says of one kind of service, reversals taken off.
type CertifiedService struct {
	Source  string `json:"source" doc:"request：邻里互助；campaign：社区活动；declaration：事后申报；award、batch：组织者核定"`
	Class   string `json:"class"`
	Times   int64  `json:"times"`
	Minutes int64  `json:"minutes"`
}

// Revocation (撤销) ends a certificate, once.
type Revocation struct {
	CertificateID ID      `gorm:"primaryKey;autoIncrement:false" json:"-"`
	Reason        string  `json:"reason"`
	RevokedBy     ID      `json:"-"`
	RevokedAt     Instant `json:"revoked_at"`
}

// TableName implements gorm's Tabler.
func (Revocation) TableName() string { return "certificate_revocation" }

// numberAlphabet has no 0, 1, I, L and O, which are read for one another. Its 31 characters are a prime
// number, so that the check character finds every wrong character and every two that changed places.
const numberAlphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// The parts of a number: LBL-2026-K7QM-3XWD-P.
const (
	numberPrefix = "LBL"
	numberRandom = 8
	numberLength = 3 + 4 + numberRandom + 1 // without hyphens
)

// NewCertificateNumber makes a number that nobody guesses (39 bits) and that a slip of the pen does not turn
// into another one.
func NewCertificateNumber(year int) string {
	buf := fmt.Appendf(make([]byte, 0, numberLength), "%s%04d", numberPrefix, year%10000)
	for len(buf) < numberLength-1 {
		var b [1]byte
		_, _ = rand.Read(b[:]) // never fails
		if i := int(b[0] & 31); i < len(numberAlphabet) {
			buf = append(buf, numberAlphabet[i])
		}
	}
	return hyphenate(string(append(buf, checkCharacter(buf))))
}

// ParseCertificateNumber reads a number as a person types it: any case, with or without hyphens and spaces.
// It fails with ErrNotFound on what is no number.
func ParseCertificateNumber(text string) (string, error) {
	if len(text) > 4*numberLength {
		return "", ErrNotFound
	}
	plain := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(text))
	if len(plain) != numberLength || !strings.HasPrefix(plain, numberPrefix) {
		return "", ErrNotFound
	}
	for i := len(numberPrefix); i < numberLength; i++ {
		allowed := numberAlphabet
		if i < len(numberPrefix)+4 {
			allowed = "0123456789"
		}
		if strings.IndexByte(allowed, plain[i]) < 0 {
			return "", ErrNotFound
		}
	}
	if checkCharacter([]byte(plain[:numberLength-1])) != plain[numberLength-1] {
		return "", ErrNotFound
	}
	return hyphenate(plain), nil
}

// checkCharacter weighs each character by its place.
func checkCharacter(plain []byte) byte {
	sum := 0
	for i, c := range plain[len(numberPrefix):] {
		value := int(c - '0')
		if i >= 4 {
			value = strings.IndexByte(numberAlphabet, c)
		}
		sum += (i + 1) * value
	}
	return numberAlphabet[sum%len(numberAlphabet)]
}

func hyphenate(plain string) string {
	return plain[:3] + "-" + plain[3:7] + "-" + plain[7:11] + "-" + plain[11:15] + "-" + plain[15:]
}

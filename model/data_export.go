package model

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// ExportStatus is where a copy of one's own data stands.
type ExportStatus string

// The states of an export.
const (
	ExportMaking  ExportStatus = "making"
	ExportReady   ExportStatus = "ready"
	ExportFailed  ExportStatus = "failed"
	ExportExpired ExportStatus = "expired" // its file is deleted
)

// The bounds of exports.
const (
	MaxExportsADay = 3
	// ExportLife is how long a file is kept, and ExportLinkLife how long a link to it works.
	ExportLife     = 24 * time.Hour
	ExportLinkLife = 10 * time.Minute
	// ExportLease is how long one process may take to make a file, before another tries.
	ExportLease    = 5 * time.Minute
	MaxExportTries = 5
)

// DataExport (个人信息副本) is a copy of what is known of a member, made for them (个人信息保护法 45).
type DataExport struct {
	ID          ID           `json:"id"`
	CommunityID ID           `json:"-"`
	MemberID    ID           `json:"-"`
	Status      ExportStatus `json:"status" enum:"making,ready,failed,expired"`
	Closed      ID           `json:"-"` // zero while it is made: unique with the member
	Size        int64        `json:"size,omitzero" doc:"字节"`
	Attempts    int          `json:"-"`
	LeaseUntil  Instant      `json:"-"`
	CreatedAt   Instant      `json:"created_at"`
	ReadyAt     Instant      `json:"ready_at,omitzero"`
	ExpiresAt   Instant      `json:"expires_at,omitzero" doc:"文件保留到什么时候"`

	URL     string  `gorm:"-" json:"url,omitempty" doc:"下载链接，只有本人登录后可用"`
	LinkEnd Instant `gorm:"-" json:"url_expires_at,omitzero"`
}

// TableName implements gorm's Tabler.
func (DataExport) TableName() string { return "data_export" }

// Key is the name of the export's file.
func (e *DataExport) Key() string { return fmt.Sprintf("exports/%d.zip", e.ID) }

// End closes an export that was made or could not be.
func (e *DataExport) End(as ExportStatus, size int64, now Instant) {
	e.Status, e.Closed, e.Size, e.LeaseUntil = as, e.ID, size, 0
	if as == ExportReady {
		e.ReadyAt, e.ExpiresAt = now, now.Add(ExportLife)
	}
}

// There reports whether the export has a file that may be fetched.
func (e *DataExport) There(now Instant) bool { return e.Status == ExportReady && now < e.ExpiresAt }

// forExport signs for a member's export until a time, in seconds.
func (k LinkKey) forExport(e *DataExport, until int64) string {
	mac := hmac.New(sha256.New, k)
	for _, n := range []int64{int64(e.ID), int64(e.MemberID), until} {
		mac.Write(binary.BigEndian.AppendUint64([]byte("export"), uint64(n))) // #nosec G115 -- ids and times are positive
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// LinkExport gives an export that is there a link, which works for its member and for some time.
func (k LinkKey) LinkExport(e *DataExport, now Instant) {
	if !e.There(now) {
		return
	}
	e.LinkEnd = min(now.Add(ExportLinkLife), e.ExpiresAt)
	until := e.LinkEnd.Time().Unix()
	query := url.Values{"expires": {strconv.FormatInt(until, 10)}, "signature": {k.forExport(e, until)}}
	e.URL = "/api/v1/me/data-exports/" + e.ID.String() + "/file?" + query.Encode()
}

// CheckExport fails with ErrExportLink unless a link to the export was signed for a time that has not come yet.
func (k LinkKey) CheckExport(e *DataExport, until int64, signature string, now Instant) error {
	if now.Time().Unix() >= until || !hmac.Equal([]byte(signature), []byte(k.forExport(e, until))) {
		return ErrExportLink
	}
	return nil
}

// The failures of exports.
var (
	ErrExportRunning = &Error{Conflict, "data_export.running", "您的上一份个人信息副本还在生成，请稍后再查看", "A copy of your data is being made already."}
	ErrExportsToday  = &Error{TooMany, "data_export.too_many", "每天最多导出 3 次个人信息，请明天再试", "You may ask for three copies a day."}
	ErrExportLink    = &Error{Forbidden, "data_export.link_expired", "下载链接已失效，请重新打开导出记录", "The link to the copy does not work any more; open the export again."}
	ErrExportExpired = &Error{Conflict, "data_export.expired", "这份副本已超过 24 小时，文件已删除，请重新导出", "The copy was kept for 24 hours and is deleted; ask for another."}
)

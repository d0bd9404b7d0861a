package model

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// PhotoStatus is what becomes of a photo.
type PhotoStatus string

// The states of a photo. One that is dropped is deleted some time later, and may be chosen until then.
const (
	PhotoKept    PhotoStatus = "kept"
	PhotoChosen  PhotoStatus = "chosen" // for the report
	PhotoDropped PhotoStatus = "dropped"
)

// The bounds of photos.
const (
	MaxPhotoBytes   = 10 << 20
	MaxPhotoSide    = 6000
	MaxPhotoPixels  = 20_000_000 // half as many where a colour has 16 bits
	KeptPhotoSide   = 2560       // a larger photo is made smaller
	MaxPhotosOfOne  = 30         // of a member, in a campaign
	MaxPhotos       = 500        // of a campaign
	MaxChosenPhotos = 6
	MaxMatterPhotos = 9 // of each kind, of a matter
	// PhotoLinkLife is how long a link to a photo works.
	PhotoLinkLife = 10 * time.Minute
	// PhotoGrace is how long a dropped photo is kept.
	PhotoGrace = 24 * time.Hour
)

// PhotoKind is what a photo of a matter shows.
type PhotoKind string

// The kinds of photos of matters.
const (
	PhotoOfReport PhotoKind = "report" // what is wrong, by who reported it
	PhotoOfResult PhotoKind = "result" // what was done, by who works on it
)

// Photo (照片) is evidence of a campaign or of a matter, one of which it names. The picture itself is a file of its own.
type Photo struct {
	ID          ID          `json:"id"`
	CommunityID ID          `json:"-"`
	CampaignID  ID          `json:"campaign_id,omitzero"`
	MatterID    ID          `json:"matter_id,omitzero"`
	Kind        PhotoKind   `json:"kind,omitempty" enum:"report,result" doc:"事项照片：反映的情况，或办理结果"`
	MemberID    ID          `json:"-"`
	Source      []byte      `gorm:"column:source_sha256" json:"-"` // of what was uploaded
	Sum         []byte      `gorm:"column:sha256" json:"-"`        // of what is kept
	Size        int64       `json:"size"`
	Width       int         `json:"width"`
	Height      int         `json:"height"`
	Status      PhotoStatus `json:"status" enum:"kept,chosen,dropped"`
	Checked     Suggestion  `json:"check,omitempty" enum:"pass,waiting,review,risky" doc:"内容检查；通过之前只有上传者能看到"`
	CreatedAt   Instant     `json:"created_at"`
	UpdatedAt   Instant     `json:"-"`

	SHA256    string     `gorm:"-" json:"sha256"`
	URL       string     `gorm:"-" json:"url"`
	ExpiresAt Instant    `gorm:"-" json:"expires_at,omitzero"` // of the URL
	Member    *MemberRef `gorm:"-" json:"member,omitempty"`
}

// TableName implements gorm's Tabler. The table is called after what had photos first.
func (Photo) TableName() string { return "campaign_photo" }

// Key is the name of the photo's file.
func (p *Photo) Key() string {
	if p.MatterID != 0 {
		return fmt.Sprintf("matters/%d/%d.jpg", p.MatterID, p.ID)
	}
	return fmt.Sprintf("campaigns/%d/%d.jpg", p.CampaignID, p.ID)
}

// PhotoOfKey returns whose file a name is, if it is one of a photo.
func PhotoOfKey(key string) (photo *Photo, ok bool) {
	parts := strings.Split(strings.TrimSuffix(key, ".jpg"), "/")
	if len(parts) == 3 {
		of, wrong := ParseID(parts[1])
		id, err := ParseID(parts[2])
		for _, p := range []*Photo{{ID: id, CampaignID: of}, {ID: id, MatterID: of}} {
			if wrong == nil && err == nil && p.Key() == key {
				return p, true
			}
		}
	}
	return nil, false
}

// Mark has the photo kept, chosen or dropped.
func (p *Photo) Mark(as PhotoStatus, now Instant) { p.Status, p.UpdatedAt = as, now }

// LinkKey signs links to photos.
type LinkKey []byte

func (k LinkKey) signature(photo ID, until int64) string {
	mac := hmac.New(sha256.New, k)
	mac.Write(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64([]byte("photo"), uint64(photo)), uint64(until)))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Passed reports whether others than who showed it may see the photo: it was checked, or nothing is checked here.
func (p *Photo) Passed() bool { return p.Checked == "" || p.Checked == CheckPass }

// Link gives the photo a link that anyone who has it may follow for some time, and shows its checksum.
func (k LinkKey) Link(p *Photo, now Instant) { k.LinkUntil(p, now.Add(PhotoLinkLife)) }

// LinkUntil gives the photo a link that works until a time.
func (k LinkKey) LinkUntil(p *Photo, end Instant) {
	p.ExpiresAt = end
	until := p.ExpiresAt.Time().Unix()
	query := url.Values{"expires": {strconv.FormatInt(until, 10)}, "signature": {k.signature(p.ID, until)}}
	p.URL = "/api/v1/photos/" + p.ID.String() + "?" + query.Encode()
	if p.Sum != nil { // not in an answer that is given again
		p.SHA256 = hex.EncodeToString(p.Sum)
	}
}

// Check fails with ErrPhotoLink unless a link to the photo was signed for a time that has not come yet.
func (k LinkKey) Check(photo ID, until int64, signature string, now Instant) error {
	if now.Time().Unix() >= until || !hmac.Equal([]byte(signature), []byte(k.signature(photo, until))) {
		return ErrPhotoLink
	}
	return nil
}

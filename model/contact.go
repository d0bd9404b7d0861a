package model

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Revealed says what of a member was revealed.
type Revealed string

// What is revealed.
const (
	RevealedPhone   Revealed = "phone"
	RevealedAddress Revealed = "address"
)

// Reveal (查看联系方式记录) says who was told whose phone or door, for what, and when. It is never changed.
type Reveal struct {
	ID          ID        `json:"id"`
	CommunityID ID        `json:"-"`
	ReaderID    ID        `json:"-"`
	SubjectID   ID        `json:"-"`
	What        Revealed  `json:"what" enum:"phone,address"`
	Ref         NoticeRef `gorm:"embedded;embeddedPrefix:ref_" json:"ref"`
	Purpose     string    `json:"purpose"`
	CreatedAt   Instant   `json:"created_at"`

	Reader  MemberRef `gorm:"-" json:"reader"`
	Subject MemberRef `gorm:"-" json:"subject"`
}

// TableName implements gorm's Tabler.
func (Reveal) TableName() string { return "contact_reveal" }

// RevealsADay is how often one member may be told a phone or a door in a day.
const RevealsADay = 20

// maxPurpose is how many characters the purpose of a reveal has.
const maxPurpose = 200

// NewReveal returns what is noted when a reader is told something. It fails with ErrInvalid without a purpose.
func NewReveal(id ID, reader Actor, what Revealed, ref NoticeRef, purpose string, now Instant) (*Reveal, error) {
	purpose = strings.TrimSpace(purpose)
	if n := utf8.RuneCountInString(purpose); n < 1 || n > maxPurpose {
		return nil, ErrInvalid.Saying("请用 1 到 200 个字说明用途", "A purpose has 1 to 200 characters.")
	}
	return &Reveal{
		ID: id, CommunityID: reader.Place.CommunityID, ReaderID: reader.MemberID, What: what, Ref: ref, Purpose: purpose, CreatedAt: now,
	}, nil
}

// Contact (联系方式) is a phone that somebody is told.
type Contact struct {
	Member MemberRef `json:"member" doc:"接电话的人：求助的人没有电话时，是代为发起的人"`
	Phone  string    `json:"phone" doc:"可直接拨打，例如 +8613800000000"`
}

// Address (地址) is a door that somebody is told.
type Address struct {
	Community string `json:"community"`
	Building  string `json:"building"`
	Unit      string `json:"unit"`
	Door      string `json:"door"`
}

// DoorHidden is how long after the end of a request its door can be asked for: what was left there may have to be fetched.
const DoorHidden = 7 * 24 * time.Hour

// ContactsFor returns whose phone the reader is told, the first of them that has one: who helps now, that of who asked
// or posted it; who asked or posted it, that of a helper who helps now, named unless there is only one. It fails with
// ErrNotHelper and ErrForbidden for anyone else, and with ErrRequestState when the helper does not help now.
func (r *HelpRequest) ContactsFor(reader, of ID) ([]ID, error) {
	if !r.MayConfirm(reader) {
		claim, err := r.claimOf(reader)
		switch {
		case err != nil:
			return nil, err
		case of != 0 && of != r.RequesterID && of != r.CreatedBy:
			return nil, ErrForbidden
		case !claim.helping():
			return nil, ErrRequestState
		}
		return []ID{r.RequesterID, r.CreatedBy}, nil
	}
	helpers := r.helpersNow()
	for _, helper := range helpers {
		if helper == of || of == 0 && len(helpers) == 1 {
			return []ID{helper}, nil
		}
	}
	switch {
	case of == 0 && len(helpers) > 1:
		return nil, ErrInvalid.Saying("请说明要联系哪一位邻居", "Say which helper is to be called.")
	case of != 0 && !r.helpedBy(of):
		return nil, ErrNotFound
	}
	return nil, ErrRequestState
}

// helping reports whether the claim is one whose work goes on.
func (c *Claim) helping() bool { return c.Holding != nil && c.Status != ClaimFinished }

func (r *HelpRequest) helpersNow() []ID {
	var helpers []ID
	for _, c := range r.Claims {
		if c.helping() {
			helpers = append(helpers, c.HelperID)
		}
	}
	return helpers
}

func (r *HelpRequest) helpedBy(member ID) bool {
	for _, c := range r.Claims {
		if c.HelperID == member {
			return true
		}
	}
	return false
}

// ShowsDoor fails with ErrNotHelper unless the reader is one of those who help, and with ErrRequestState when that
// ended without their work, or longer ago than DoorHidden.
func (r *HelpRequest) ShowsDoor(reader ID, now Instant) error {
	failure := ErrNotHelper
	for _, c := range r.Claims {
		switch {
		case c.HelperID != reader:
		case c.Holding != nil, c.Status == ClaimConfirmed && now < c.EndedAt.Add(DoorHidden):
			return nil
		default:
			failure = ErrRequestState
		}
	}
	return failure
}

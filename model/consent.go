package model

import (
	"slices"
	"time"
	"unicode/utf8"
)

// ConsentMethod is how somebody agreed to be asked for.
type ConsentMethod string

// The methods.
const (
	ConsentInPerson ConsentMethod = "in_person"
	ConsentPhone    ConsentMethod = "phone"
	ConsentWritten  ConsentMethod = "written"

	// ConsentWithdrawn is in place of a method where the consent was taken back.
	ConsentWithdrawn ConsentMethod = "withdrawn"
)

// maxRemark is how many characters a remark has at most.
const maxRemark = 200

// ConsentGiven is what who posts for somebody writes down of their consent.
type ConsentGiven struct {
	Method ConsentMethod `json:"method" enum:"in_person,phone,written" doc:"当面、电话或书面"`
	Note   string        `json:"note,omitempty" maxLength:"200"`
}

// Check fails with ErrConsentRequired when nothing was written down, and with ErrInvalid on what is no consent.
func (g *ConsentGiven) Check() error {
	switch {
	case g == nil:
		return ErrConsentRequired
	case !slices.Contains([]ConsentMethod{ConsentInPerson, ConsentPhone, ConsentWritten}, g.Method):
		return ErrInvalid.Saying("同意方式应为当面、电话或书面", "Consent is given in person, by phone or in writing.")
	case utf8.RuneCountInString(g.Note) > maxRemark:
		return ErrInvalid.Saying("备注不能超过 200 个字", "A note has at most 200 characters.")
	}
	return nil
}

// Consent (代办同意) is on record: somebody agreed that another asks for them, once or in a series.
type Consent struct {
	ID          ID            `json:"-"`
	CommunityID ID            `json:"-"`
	RequestID   ID            `json:"-"` // zero for a series
	SeriesID    ID            `json:"-"` // zero for a request
	MemberID    ID            `json:"-"` // who agreed
	RecordedBy  ID            `json:"-"`
	Method      ConsentMethod `json:"method" enum:"in_person,phone,written"`
	Note        string        `json:"note"`
	CreatedAt   Instant       `json:"at"`

	Member   MemberRef `gorm:"-" json:"member"`
	Recorder MemberRef `gorm:"-" json:"recorded_by"`
}

// TableName implements gorm's Tabler.
func (Consent) TableName() string { return "help_consent" }

// Neighbours reports whether somebody of the place may ask for a resident of another: both are in one unit, or in one
// building where the first is in no unit. It is for hub households.
func (p Place) Neighbours(q Place) bool {
	if p.UnitID != 0 {
		return p.UnitID == q.UnitID
	}
	return p.BuildingID != 0 && p.BuildingID == q.BuildingID
}

// Proxied reports whether the request was posted for somebody (代办).
func (r *HelpRequest) Proxied() bool { return r.CreatedBy != r.RequesterID }

// ProxyConfirmAfter is how long a finished request that was posted for somebody waits before it confirms by itself. Its
// poster is asked to call the helped person after ConfirmAfter.
const ProxyConfirmAfter = 7 * 24 * time.Hour

// confirmAfter is how long the request waits for its requester before it confirms by itself.
func (r *HelpRequest) confirmAfter() time.Duration {
	if r.Proxied() {
		return ProxyConfirmAfter
	}
	return ConfirmAfter
}

// Callback (回访) is a call to the helped person, which stands for their own confirmation.
type Callback struct {
	At   Instant `json:"at,omitzero" doc:"什么时候问的；不填为现在"`
	Note string  `json:"note" minLength:"1" maxLength:"200" doc:"求助人怎么说"`
}

// CallBack notes the call on which somebody else than the requester confirms a request that was posted for the
// requester. It fails with ErrRequestState unless the work is done or disputed, with ErrCallbackRequired without a call,
// and with ErrInvalid when that was before the work was done, or is yet to come.
func (r *HelpRequest) CallBack(by ID, call *Callback, now Instant) error {
	switch {
	case r.Status != RequestDone && r.Status != RequestDisputed:
		return ErrRequestState
	case call == nil || call.Note == "":
		return ErrCallbackRequired
	case utf8.RuneCountInString(call.Note) > maxRemark:
		return ErrInvalid.Saying("回访记录不能超过 200 个字", "A note has at most 200 characters.")
	case call.At != 0 && (call.At > now || call.At < r.DoneAt):
		return ErrInvalid.Saying("回访时间应在服务完成之后、现在之前", "The call was after the work was done, and is over.")
	}
	r.CallbackAt, r.CallbackBy, r.CallbackNote = call.At, by, call.Note
	if call.At == 0 {
		r.CallbackAt = now
	}
	return nil
}

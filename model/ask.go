package model

import "slices"

// AskAnswer is what a member said to an invitation.
type AskAnswer string

// The answers.
const (
	AskSent     AskAnswer = "sent"     // none yet
	AskAccepted AskAnswer = "accepted" // they took a slot
	AskDeclined AskAnswer = "declined" // which costs nothing
	AskSilent   AskAnswer = "silent"   // none within the window of its wave
	AskVoid     AskAnswer = "void"     // none was needed any more
)

// AskTransitions returns the one table of what may follow what. An answer after silence is welcome, and so is one to
// a request that needs helpers again; a yes or a no is final.
func AskTransitions() map[AskAnswer][]AskAnswer {
	return map[AskAnswer][]AskAnswer{
		AskSent:   {AskAccepted, AskDeclined, AskSilent, AskVoid},
		AskSilent: {AskAccepted, AskDeclined},
		AskVoid:   {AskAccepted, AskDeclined, AskSent},
	}
}

// OpenAnswers lists the answers after which a member may still give one.
func OpenAnswers() []AskAnswer { return []AskAnswer{AskSent, AskSilent, AskVoid} }

// Ask (邀请) is a request brought to one member, with what put them in their place. It changes under the lock of the
// request only.
type Ask struct {
	ID          ID                 `json:"id"`
	RequestID   ID                 `json:"request_id"`
	MemberID    ID                 `json:"-"`
	OfferID     ID                 `json:"-"` // because of which they were asked
	CommunityID ID                 `json:"-"`
	Wave        int                `json:"wave" doc:"第几轮"`
	Level       NodeKind           `json:"level" doc:"与求助者共同的最小范围"`
	Category    string             `json:"-"`
	DayPart     string             `json:"-"`
	Score       float64            `json:"score,omitzero"`
	Parts       map[string]float64 `gorm:"serializer:json" json:"parts,omitempty" doc:"各项相加等于 score"`
	Notices     int                `json:"-"` // how often they were told of it
	Answer      AskAnswer          `json:"answer"`
	SentAt      Instant            `json:"sent_at"`
	AnsweredAt  Instant            `json:"answered_at,omitzero"`

	Member  MemberRef    `gorm:"-" json:"member,omitzero"`
	Request *HelpRequest `gorm:"-" json:"request,omitempty"`
}

// TableName implements gorm's Tabler.
func (Ask) TableName() string { return "help_ask" }

// Settle writes what became of the ask. It fails with ErrAskState when the table does not allow it.
func (a *Ask) Settle(answer AskAnswer, now Instant) error {
	if !slices.Contains(AskTransitions()[a.Answer], answer) {
		return ErrAskState
	}
	a.Answer = answer
	if answer == AskAccepted || answer == AskDeclined {
		a.AnsweredAt = now
	}
	return nil
}

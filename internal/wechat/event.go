package wechat

import (
	"crypto/sha256"
	"encoding/json"
	"encoding/xml"
	"slices"
	"strings"

	"linbanglin/model"
)

// The events that somebody here waits for.
const (
	EventPopup  = "subscribe_msg_popup_event"  // the user chose in the window that asks for consent
	EventChange = "subscribe_msg_change_event" // the user took consent back in the settings
	EventSent   = "subscribe_msg_sent_event"   // what became of a message
	EventMedia  = "wxa_media_check"            // the opinion on a picture
	EventRevoke = "user_authorization_revoke"  // the user took back what we may know
	EventCancel = "user_authorization_cancellation"
)

// Event is what WeChat pushed.
type Event struct {
	Name    string
	OpenID  string
	At      model.Instant
	Digest  [32]byte // the same for the same push, however often it is sent
	Choices []Choice
	Sent    []Delivery
	Media   Media
	Info    string // of what was taken back
}

// TookPlaces reports whether the user took back that we may know where they are: the position, a place that they chose, the
// position in a page, or all that an app has. What is taken back is numbers; some are told with commas.
func (e *Event) TookPlaces() bool {
	return slices.ContainsFunc(strings.Split(e.Info, ","), func(what string) bool {
		switch strings.TrimSpace(what) {
		case "13", "18", "206", "301":
			return true
		}
		return false
	})
}

// Choice is what the user chose for a template.
type Choice struct {
	Template string
	Accepted bool
}

// Delivery is what became of a message.
type Delivery struct {
	MessageID string
	Template  string
	Code      string
}

// Media is the opinion on a picture; without a suggestion the picture was not looked at.
type Media struct {
	Opinion
	Code string // "0" when the opinion counts
}

// entry is an item of the lists of the three events of subscribe messages.
type entry struct {
	Template loose `json:"TemplateId" xml:"TemplateId"`
	Choice   loose `json:"SubscribeStatusString" xml:"SubscribeStatusString"`
	ID       loose `json:"MsgID" xml:"MsgID"`
	Code     loose `json:"ErrorCode" xml:"ErrorCode"`
}

// entries is a list that WeChat writes as an object when it has one item.
type entries []entry

// UnmarshalJSON implements json.Unmarshaler.
func (e *entries) UnmarshalJSON(text []byte) error {
	var many []entry
	if json.Unmarshal(text, &many) == nil {
		*e = many
		return nil
	}
	var one entry
	if err := json.Unmarshal(text, &one); err != nil {
		return err
	}
	*e = entries{one}
	return nil
}

// within is where XML has the list.
type within struct {
	List []entry `xml:"List"`
}

// message is a push as WeChat writes it, in JSON or in XML.
type message struct {
	XMLName xml.Name `json:"-" xml:"xml"`
	From    loose    `json:"FromUserName" xml:"FromUserName"`
	At      int64    `json:"CreateTime" xml:"CreateTime"`
	Type    loose    `json:"MsgType" xml:"MsgType"`
	Event   loose    `json:"Event" xml:"Event"`
	List    entries  `json:"List" xml:"List"`
	Popup   within   `json:"-" xml:"SubscribeMsgPopupEvent"`
	Change  within   `json:"-" xml:"SubscribeMsgChangeEvent"`
	Sent    within   `json:"-" xml:"SubscribeMsgSentEvent"`
	Trace   loose    `json:"trace_id" xml:"trace_id"`
	Code    loose    `json:"errcode" xml:"errcode"`
	Result  struct {
		Suggest loose `json:"suggest" xml:"suggest"`
		Label   loose `json:"label" xml:"label"`
	} `json:"result" xml:"result"`
	OpenID loose `json:"OpenID" xml:"OpenID"`
	Info   loose `json:"RevokeInfo" xml:"RevokeInfo"`
}

// readEvent reads what was pushed. It fails with ErrPushBody.
func readEvent(text []byte) (*Event, error) {
	var m message
	var err error
	if isXML(text) {
		err = xml.Unmarshal(text, &m)
	} else {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return nil, model.ErrPushBody
	}
	e := &Event{
		Name: string(m.Event), OpenID: string(m.From), At: model.Instant(m.At * 1_000_000), Digest: sha256.Sum256(text), Info: string(m.Info),
		Media: Media{Opinion{string(m.Result.Suggest), number(m.Result.Label), string(m.Trace)}, string(m.Code)},
	}
	if m.OpenID != "" {
		e.OpenID = string(m.OpenID)
	}
	for _, list := range [][]entry{m.List, m.Popup.List, m.Change.List, m.Sent.List} {
		for _, i := range list {
			if m.Event == EventSent {
				e.Sent = append(e.Sent, Delivery{string(i.ID), string(i.Template), string(i.Code)})
			} else {
				e.Choices = append(e.Choices, Choice{string(i.Template), i.Choice == "accept"})
			}
		}
	}
	return e, nil
}

func number(text loose) int {
	var n int
	_ = json.Unmarshal([]byte(text), &n) // 0 for none
	return n
}

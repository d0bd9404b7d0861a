package wechat

import (
	"errors"
	"fmt"
	"regexp"

	"linbanglin/model"
)

// Error is what WeChat answers when it refuses.
type Error struct {
	Call    string `json:"-"`
	Code    int    `json:"errcode"`
	Message string `json:"errmsg"`
}

// Error implements error. It leaves out WeChat's own words, which may quote what was sent.
func (e *Error) Error() string {
	return fmt.Sprintf("wechat: %s: %d %s%s", e.Call, e.Code, e.Name(), e.trace())
}

var (
	traceForm = regexp.MustCompile(`rid: ?([0-9a-f-]{8,40})`)
	fieldForm = regexp.MustCompile(`data\.([a-z_]+[0-9]+)`)
)

// trace is the id by which WeChat finds the call again.
func (e *Error) trace() string {
	if found := traceForm.FindStringSubmatch(e.Message); found != nil {
		return " rid " + found[1]
	}
	return ""
}

// Field returns the field of a message that WeChat does not like, "" when it names none.
func (e *Error) Field() string {
	if found := fieldForm.FindStringSubmatch(e.Message); found != nil {
		return found[1]
	}
	return ""
}

// Name returns a short word for the code, of which there are few.
func (e *Error) Name() string { return e.meaning().name }

// Policy returns what to do about the refusal.
func (e *Error) Policy() Policy { return e.meaning().policy }

func (e *Error) meaning() meaning {
	if m, known := meanings[e.Code]; known {
		return m
	}
	return meaning{"other", Final, model.ErrWeChatBusy}
}

// reason maps a refusal to what it means for a use case.
func (e *Error) reason() *model.Error { return e.meaning().reason }

// Policy is what a refusal asks of the caller.
type Policy int

// The policies.
const (
	Final    Policy = iota // the answer stays the same
	Again                  // WeChat is busy: once more at once
	Renew                  // the access token has ended: once more with another
	Later                  // too many calls: once more, some time later
	Operator               // a setting is wrong, and an operator has to see to it
	Refused                // the user does not want it
)

// The codes that other files look for.
const (
	codeBadTemplate = 40037
	codeUserRefused = 43101
	codeBadFields   = 47003
)

type meaning struct {
	name   string
	policy Policy
	reason *model.Error
}

// meanings is the one table of codes, of the official pages.
var meanings = map[int]meaning{
	-1:    {"busy", Again, model.ErrWeChatBusy},
	40001: {"token", Renew, model.ErrWeChatBusy},
	40003: {"openid", Final, model.ErrWeChatRefused},
	40013: {"appid", Operator, model.ErrWeChatOff},
	40014: {"token", Renew, model.ErrWeChatBusy},
	40029: {"code", Final, model.ErrLoginCode},

	codeBadTemplate: {"template", Operator, model.ErrWeChatRefused},

	40097: {"argument", Operator, model.ErrWeChatRefused},
	40125: {"secret", Operator, model.ErrWeChatOff},
	40129: {"scene", Operator, model.ErrWeChatRefused},
	40163: {"code", Final, model.ErrLoginCode},
	40164: {"address", Operator, model.ErrWeChatBusy},
	40169: {"scene", Operator, model.ErrWeChatRefused},
	40226: {"blocked", Final, model.ErrLoginBlocked},
	41001: {"token", Renew, model.ErrWeChatBusy},
	41002: {"appid", Operator, model.ErrWeChatOff},
	41004: {"secret", Operator, model.ErrWeChatOff},
	41030: {"page", Operator, model.ErrWeChatRefused},
	42001: {"token", Renew, model.ErrWeChatBusy},

	codeUserRefused: {"refused", Refused, model.ErrWeChatRefused},

	43104: {"openid", Final, model.ErrWeChatRefused},
	43302: {"argument", Final, model.ErrWeChatRefused},
	44002: {"argument", Final, model.ErrWeChatRefused},
	45009: {"rate", Later, model.ErrTooMany},
	45011: {"rate", Later, model.ErrTooMany},
	45168: {"content", Final, model.ErrWeChatRefused},
	47001: {"argument", Final, model.ErrWeChatRefused},

	codeBadFields: {"argument", Operator, model.ErrWeChatRefused},

	48001: {"permission", Operator, model.ErrWeChatOff},
	61010: {"away", Final, model.ErrWeChatRefused}, // the user was not here for two hours
	85096: {"scene", Operator, model.ErrWeChatRefused},
	85400: {"rate", Later, model.ErrTooMany},
}

// Refusal returns what WeChat refused with, nil when err is something else.
func Refusal(err error) *Error {
	var e *Error
	errors.As(err, &e)
	return e
}

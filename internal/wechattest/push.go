package wechattest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What the mini-program's message push is set to.
const (
	PushToken = "atokenofpushes"
	PushKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
)

// Push is one push, which a test may spoil before it is sent.
type Push struct {
	Query url.Values
	Body  []byte
}

// NewPush seals and signs a message as WeChat does.
func NewPush(message string, at time.Time) *Push {
	return Seal(PushToken, PushKey, AppID, message, at)
}

// Seal seals and signs a message for an app.
func Seal(token, key, app, message string, at time.Time) *Push {
	secret, _ := base64.StdEncoding.DecodeString(key + "=")
	plain := make([]byte, 16)
	_, _ = rand.Read(plain)
	plain = binary.BigEndian.AppendUint32(plain, uint32(len(message)))
	plain = append(append(plain, message...), app...)
	padding := 32 - len(plain)%32
	plain = append(plain, bytes.Repeat([]byte{byte(padding)}, padding)...)
	block, _ := aes.NewCipher(secret)
	cipher.NewCBCEncrypter(block, secret[:16]).CryptBlocks(plain, plain)
	sealed := base64.StdEncoding.EncodeToString(plain)
	p := &Push{Query: url.Values{
		"timestamp": {strconv.FormatInt(at.Unix(), 10)}, "nonce": {rand.Text()[:10]}, "encrypt_type": {"aes"}, "openid": {"o"},
	}}
	p.Query.Set("signature", sign(token, p.Query.Get("timestamp"), p.Query.Get("nonce")))
	p.Query.Set("msg_signature", sign(token, p.Query.Get("timestamp"), p.Query.Get("nonce"), sealed))
	if strings.HasPrefix(message, "<") {
		p.Body = []byte("<xml><ToUserName><![CDATA[gh_test]]></ToUserName><Encrypt><![CDATA[" + sealed + "]]></Encrypt></xml>")
	} else {
		p.Body, _ = json.Marshal(map[string]string{"ToUserName": "gh_test", "Encrypt": sealed})
	}
	return p
}

// Echo is the question whether an address is the app's.
func Echo(at time.Time) url.Values {
	q := url.Values{"timestamp": {strconv.FormatInt(at.Unix(), 10)}, "nonce": {"1514711492"}, "echostr": {"4375120948345356249"}}
	q.Set("signature", sign(PushToken, q.Get("timestamp"), q.Get("nonce")))
	return q
}

func sign(texts ...string) string {
	slices.Sort(texts)
	sum := sha1.Sum([]byte(strings.Join(texts, "")))
	return hex.EncodeToString(sum[:])
}

// Post sends the push to an address, and returns the status and the text of the answer.
func (p *Push) Post(address string) (int, string, error) {
	answer, err := http.Post(address+"?"+p.Query.Encode(), "application/json", bytes.NewReader(p.Body))
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

func event(name, openID string, at time.Time, more map[string]any) string {
	m := map[string]any{"ToUserName": "gh_test", "FromUserName": openID, "CreateTime": at.Unix(), "MsgType": "event", "Event": name}
	for field, value := range more {
		m[field] = value
	}
	text, _ := json.Marshal(m)
	return string(text)
}

// Popup is the message that a user chose for a template: accept or reject.
func Popup(openID, template, choice string, at time.Time) string {
	return event("subscribe_msg_popup_event", openID, at, map[string]any{
		"List": []any{map[string]string{"TemplateId": template, "SubscribeStatusString": choice, "PopupScene": "0"}},
	})
}

// Change is the message that a user took consent back.
func Change(openID, template string, at time.Time) string {
	return event("subscribe_msg_change_event", openID, at, map[string]any{
		"List": map[string]string{"TemplateId": template, "SubscribeStatusString": "reject"},
	})
}

// Delivered is the message of what became of a message.
func Delivered(openID, template, message string, code int, at time.Time) string {
	return event("subscribe_msg_sent_event", openID, at, map[string]any{
		"List": map[string]any{"TemplateId": template, "MsgID": message, "ErrorCode": code, "ErrorStatus": "x"},
	})
}

// Media is the message of what WeChat thinks of a picture.
func Media(trace, suggest string, at time.Time) string {
	return event("wxa_media_check", "o", at, map[string]any{
		"appid": AppID, "trace_id": trace, "version": 2, "errcode": 0, "errmsg": "ok", "result": map[string]any{"suggest": suggest, "label": 100},
		"detail": []any{map[string]any{"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": 100, "prob": 90}},
	})
}

// Revoked is the message that a user took back what they had allowed.
func Revoked(name, openID, info string, at time.Time) string {
	return event(name, "gh_platform", at, map[string]any{"OpenID": openID, "AppID": AppID, "RevokeInfo": info})
}

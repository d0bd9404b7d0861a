package wechat

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1" //nolint:gosec // WeChat signs with it
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"linbanglin/model"
)

const (
	// pushWindow is how far the time of a push may be from ours.
	pushWindow = 10 * time.Minute
	// block is what WeChat pads to, unlike what AES needs.
	block     = 32
	keyLength = 43
)

// Receiver opens what WeChat pushes, in the secure mode (安全模式) alone.
type Receiver struct {
	token, appID string
	key          []byte
}

// ErrPushSetting is a token or a key that WeChat does not give out.
var ErrPushSetting = errors.New("not a token and a key of a message push")

var tokenForm = regexp.MustCompile(`^[0-9A-Za-z]{3,32}$`)

// NewReceiver returns a receiver of a mini-program's pushes. It fails with ErrPushSetting.
func NewReceiver(token, key, appID string) (*Receiver, error) {
	secret, err := base64.StdEncoding.DecodeString(key + "=")
	if err != nil || len(key) != keyLength || len(secret) != 32 || !tokenForm.MatchString(token) || appID == "" {
		return nil, ErrPushSetting
	}
	return &Receiver{token, appID, secret}, nil
}

// PushQuery is what the address of a push says.
type PushQuery struct {
	Signature, MsgSignature, Timestamp, Nonce, Echo, EncryptType string
}

// sign is the signature of the token and some texts.
func (r *Receiver) sign(texts ...string) string {
	all := append([]string{r.token}, texts...)
	slices.Sort(all)
	sum := sha1.Sum([]byte(strings.Join(all, ""))) //nolint:gosec // WeChat signs with it
	return hex.EncodeToString(sum[:])
}

// timely fails with ErrPushTime unless the time of a push is about now.
func (q PushQuery) timely(now time.Time) error {
	at, err := strconv.ParseInt(q.Timestamp, 10, 64)
	if err != nil || now.Sub(time.Unix(at, 0)).Abs() > pushWindow {
		return model.ErrPushTime
	}
	return nil
}

var echoForm = regexp.MustCompile(`^[0-9A-Za-z]{1,64}$`)

// Echo answers the question whether this address is ours. It fails with ErrPushSignature and ErrPushTime.
func (r *Receiver) Echo(q PushQuery, now time.Time) (string, error) {
	if subtle.ConstantTimeCompare([]byte(q.Signature), []byte(r.sign(q.Timestamp, q.Nonce))) != 1 || !echoForm.MatchString(q.Echo) {
		return "", model.ErrPushSignature
	}
	return q.Echo, q.timely(now)
}

// Open checks and opens a push, and returns what it says. It fails with ErrPushPlain, ErrPushSignature, ErrPushTime,
// ErrPushApp and ErrPushBody.
func (r *Receiver) Open(q PushQuery, body []byte, now time.Time) (*Event, error) {
	sealed, err := envelope(body)
	if err != nil {
		return nil, err
	}
	if q.EncryptType != "aes" || sealed == "" {
		return nil, model.ErrPushPlain
	}
	// The other signature, "signature", does not cover the body.
	if subtle.ConstantTimeCompare([]byte(q.MsgSignature), []byte(r.sign(q.Timestamp, q.Nonce, sealed))) != 1 {
		return nil, model.ErrPushSignature
	}
	if err := q.timely(now); err != nil {
		return nil, err
	}
	text, err := r.decrypt(sealed)
	if err != nil {
		return nil, err
	}
	return readEvent(text)
}

// envelope returns what is sealed in a body of JSON or XML, "" for one that is plain.
func envelope(body []byte) (string, error) {
	var around struct {
		Encrypt string `json:"Encrypt" xml:"Encrypt"`
	}
	var err error
	if isXML(body) {
		err = xml.Unmarshal(body, &around)
	} else {
		err = json.Unmarshal(body, &around)
	}
	if err != nil {
		return "", model.ErrPushBody
	}
	return around.Encrypt, nil
}

func isXML(body []byte) bool { return strings.HasPrefix(strings.TrimSpace(string(body)), "<") }

// decrypt opens base64(AES-256-CBC(random(16) + length(4) + message + app id + padding)).
func (r *Receiver) decrypt(sealed string) ([]byte, error) {
	text, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(text) == 0 || len(text)%aes.BlockSize != 0 {
		return nil, model.ErrPushBody
	}
	cipherBlock, _ := aes.NewCipher(r.key) // the key has a good length
	cipher.NewCBCDecrypter(cipherBlock, r.key[:aes.BlockSize]).CryptBlocks(text, text)
	padding := int(text[len(text)-1])
	if padding < 1 || padding > block || padding > len(text) {
		return nil, model.ErrPushBody
	}
	for _, b := range text[len(text)-padding:] {
		if int(b) != padding {
			return nil, model.ErrPushBody
		}
	}
	const head = 20 // random and length
	if text = text[:len(text)-padding]; len(text) < head {
		return nil, model.ErrPushBody
	}
	length := int64(binary.BigEndian.Uint32(text[16:head]))
	if text = text[head:]; length > int64(len(text)) {
		return nil, model.ErrPushBody
	}
	if subtle.ConstantTimeCompare(text[length:], []byte(r.appID)) != 1 {
		return nil, model.ErrPushApp
	}
	return text[:length], nil
}

package repository

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Keyring holds the keys that seal what is personal in the database: AES-256-GCM (NIST SP 800-38D), each value with the
// name of its key and bound to its column. The first key seals, all of them open.
type Keyring struct{ keys []*dataKey }

// dataKey is one key, and what is derived of it (HKDF, RFC 5869).
type dataKey struct {
	name        string
	secret      []byte
	columns     sync.Map // the *columnKey of each column, once it was needed
	fingerprint string   // by which a database knows the key again
}

// columnKey is what is derived of a key for one column, so that columns do not share nonces.
type columnKey struct {
	aead   cipher.AEAD
	nonces []byte // makes nonces of what is sealed alike
	blind  []byte // makes blind indexes
}

// sealMark is how what is sealed begins.
const sealMark = "enc1:"

// sealText is how bytes are written; each value in one way only.
var sealText = base64.RawURLEncoding.Strict()

var (
	errKeyring = errors.New("应为 kid:hex[,kid:hex...]，kid 用小写字母、数字和 -，密钥 32 字节（64 位十六进制）")
	errUnseal  = errors.New("a sealed value cannot be opened with the keys that are set")
	keyName    = regexp.MustCompile(`^[a-z0-9-]{1,16}$`)
)

// ParseKeyring reads kid:hex[,kid:hex...], 32 bytes each.
func ParseKeyring(text string) (*Keyring, error) {
	ring, seen := &Keyring{}, map[string]bool{}
	for part := range strings.SplitSeq(text, ",") {
		name, secret, _ := strings.Cut(strings.TrimSpace(part), ":")
		raw, err := hex.DecodeString(secret)
		if err != nil || len(raw) != 32 || !keyName.MatchString(name) || seen[name] {
			return nil, errKeyring
		}
		key := &dataKey{name: name, secret: raw}
		key.fingerprint = hex.EncodeToString(key.derive("fingerprint")[:16])
		seen[name], ring.keys = true, append(ring.keys, key)
	}
	return ring, nil
}

// derive makes a key of 32 bytes for one use.
func (k *dataKey) derive(use string) []byte {
	part, err := hkdf.Key(sha256.New, k.secret, nil, "linbanglin data: "+use, 32)
	if err != nil {
		panic(err) // only of a length that SHA-256 cannot give
	}
	return part
}

// of returns what is derived for a column.
func (k *dataKey) of(column string) *columnKey {
	if made, ok := k.columns.Load(column); ok {
		return made.(*columnKey) //nolint:forcetypeassert // nothing else is kept there
	}
	block, err := aes.NewCipher(k.derive("seal " + column))
	if err != nil {
		panic(err) // only of a key of another length
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // only of another cipher
	}
	made, _ := k.columns.LoadOrStore(column, &columnKey{aead, k.derive("nonces " + column), k.derive("blind index " + column)})
	return made.(*columnKey) //nolint:forcetypeassert // nothing else is kept there
}

func authenticated(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// seal seals a value of a column. What is sealed alike comes out the same each time, so that an index may keep it unique;
// its nonce is made of itself, all others' by chance. Nothing stays nothing.
func (r *Keyring) seal(column, text string, alike bool) string {
	if text == "" {
		return ""
	}
	first := r.keys[0]
	key := first.of(column)
	nonce := make([]byte, key.aead.NonceSize(), key.aead.NonceSize()+len(text)+key.aead.Overhead())
	if alike {
		copy(nonce, authenticated(key.nonces, text))
	} else {
		_, _ = rand.Read(nonce) // never fails
	}
	sealed := key.aead.Seal(nonce, nonce, []byte(text), []byte(column))
	return sealMark + first.name + ":" + sealText.EncodeToString(sealed)
}

// open returns the value of a column. What was written before there were keys is as it is.
func (r *Keyring) open(column, stored string) (string, error) {
	rest, sealed := strings.CutPrefix(stored, sealMark)
	if !sealed {
		return stored, nil
	}
	if r == nil {
		return "", fmt.Errorf("%s: %w", column, errUnseal)
	}
	name, text, _ := strings.Cut(rest, ":")
	raw, err := sealText.DecodeString(text)
	for _, key := range r.keys {
		if err != nil || key.name != name {
			continue
		}
		aead := key.of(column).aead
		if size := aead.NonceSize(); len(raw) > size {
			opened, err := aead.Open(nil, raw[:size], raw[size:], []byte(column))
			if err != nil {
				break
			}
			return string(opened), nil
		}
	}
	return "", fmt.Errorf("%s: %w", column, errUnseal)
}

// blinded returns the blind index of a value: by which it is looked up, and which tells nothing of it without the key.
func (k *dataKey) blinded(column, text string) string {
	if text == "" {
		return ""
	}
	return k.name + ":" + sealText.EncodeToString(authenticated(k.of(column).blind, text)[:16])
}

// blind returns the blind index of a value under the key that seals.
func (r *Keyring) blind(column, text string) string { return r.keys[0].blinded(column, text) }

// blinds returns the blind indexes of values under all keys.
func (r *Keyring) blinds(column string, texts ...string) []string {
	all := make([]string, 0, len(texts)*len(r.keys))
	for _, text := range texts {
		for _, key := range r.keys {
			all = append(all, key.blinded(column, text))
		}
	}
	return all
}

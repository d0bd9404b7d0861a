package proof

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"

	"linbanglin/model"
)

// Signer signs anchors.
type Signer struct {
	id  string
	key ed25519.PrivateKey
}

// keyID is what a key may be called.
var keyID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`)

// ParseSigner reads kid:hex of a 32-byte seed. Its errors never show the seed.
func ParseSigner(text string) (*Signer, error) {
	id, seed, err := parseKey(text)
	if err != nil {
		return nil, err
	}
	return &Signer{id, ed25519.NewKeyFromSeed(seed)}, nil
}

func parseKey(text string) (string, []byte, error) {
	id, digits, found := strings.Cut(strings.TrimSpace(text), ":")
	bytes, err := hex.DecodeString(digits)
	if !found || err != nil || len(bytes) != 32 || !keyID.MatchString(id) {
		return "", nil, errors.New("a key must look like kid:hex, with 64 hexadecimal digits and a name of letters, digits, dots and hyphens")
	}
	return id, bytes, nil
}

// Sign writes the key's name and its signature on an anchor.
func (s *Signer) Sign(a *model.Anchor) {
	a.KeyID = s.id
	a.Signature = ed25519.Sign(s.key, a.Message())
}

// Public returns the half of the key that others check with.
func (s *Signer) Public() *Public {
	return &Public{s.id, model.Hex(s.key.Public().(ed25519.PublicKey))}
}

// Public is a key that anchors are checked with.
type Public struct {
	ID  string
	Key model.Hex
}

// ParsePublic reads kid:hex of a public key.
func ParsePublic(text string) (*Public, error) {
	id, key, err := parseKey(text)
	if err != nil {
		return nil, err
	}
	return &Public{id, key}, nil
}

// String returns the form that ParsePublic reads.
func (p *Public) String() string { return p.ID + ":" + p.Key.String() }

// Signed reports whether the key signed the anchor.
func (p *Public) Signed(a *model.Anchor) bool {
	return a.KeyID == p.ID && len(p.Key) == ed25519.PublicKeySize && ed25519.Verify(ed25519.PublicKey(p.Key), a.Message(), a.Signature)
}

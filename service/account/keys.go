package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"linbanglin/model"
)

// Keys sign and verify access tokens. The first signs, all verify, so a new one can be put in front
// while tokens of the old one live on.
type Keys struct {
	first  string
	byName map[string][]byte
}

// minKeyBytes is the least length of a key for HMAC-SHA256 (RFC 7518 section 3.2).
const minKeyBytes = 32

// ParseKeys reads kid:hex[,kid:hex...]. It fails on a key under 32 bytes, on one that is not hexadecimal
// and on a name that comes twice.
func ParseKeys(text string) (*Keys, error) {
	keys := &Keys{byName: map[string][]byte{}}
	for _, part := range strings.Split(text, ",") {
		name, digits, ok := strings.Cut(strings.TrimSpace(part), ":")
		secret, err := hex.DecodeString(digits)
		switch {
		case !ok || name == "" || err != nil:
			return nil, errors.New("keys must look like kid:hex[,kid:hex...]")
		case len(secret) < minKeyBytes:
			return nil, fmt.Errorf("key %s has %d bytes, at least %d are needed", name, len(secret), minKeyBytes)
		case keys.byName[name] != nil:
			return nil, fmt.Errorf("key %s comes twice", name)
		}
		if keys.first == "" {
			keys.first = name
		}
		keys.byName[name] = secret
	}
	return keys, nil
}

// Derive returns a key for another purpose, that tells nothing of the first of these.
func (k *Keys) Derive(purpose string) []byte {
	mac := hmac.New(sha256.New, k.byName[k.first])
	mac.Write([]byte("linbanglin:" + purpose))
	return mac.Sum(nil)
}

const issuer = "linbanglin"

// claims is what an access token says: whose it is, and which login it came from.
type claims struct {
	jwt.RegisteredClaims
	Family string `json:"fam"`
}

// sign makes an access token for an audience.
func (k *Keys) sign(audience string, member, family model.ID, now model.Instant, life time.Duration) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, &claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Subject: member.String(), Audience: jwt.ClaimStrings{audience},
			IssuedAt: jwt.NewNumericDate(now.Time()), ExpiresAt: jwt.NewNumericDate(now.Add(life).Time()),
		},
		Family: family.String(),
	})
	token.Header["kid"] = k.first
	return token.SignedString(k.byName[k.first])
}

// bearer is what a verified token says.
type bearer struct {
	member model.ID
	family model.ID
	until  model.Instant
}

// verify reads an access token for an audience. It takes HMAC-SHA256 by a known key and nothing else. It fails with
// ErrTokenExpired and ErrTokenInvalid.
func (k *Keys) verify(audience, text string, now model.Instant) (bearer, error) {
	var c claims
	_, err := jwt.ParseWithClaims(text, &c, func(t *jwt.Token) (any, error) {
		name, _ := t.Header["kid"].(string)
		if secret := k.byName[name]; secret != nil {
			return secret, nil
		}
		return nil, model.ErrTokenInvalid
	}, jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(func() time.Time { return now.Time() }))
	switch {
	case errors.Is(err, jwt.ErrTokenExpired) && !errors.Is(err, jwt.ErrTokenSignatureInvalid) && !errors.Is(err, jwt.ErrTokenInvalidAudience):
		return bearer{}, model.ErrTokenExpired
	case err != nil:
		return bearer{}, fmt.Errorf("%w: %w", model.ErrTokenInvalid, err)
	}
	member, err := model.ParseID(c.Subject)
	if err != nil {
		return bearer{}, model.ErrTokenInvalid
	}
	family, err := model.ParseID(c.Family)
	if err != nil {
		return bearer{}, model.ErrTokenInvalid
	}
	return bearer{member, family, model.InstantOf(c.ExpiresAt.Time)}, nil
}

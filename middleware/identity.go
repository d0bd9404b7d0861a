package middleware

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"linbanglin/model"
)

// Route tells what an operation asks of its callers.
type Route struct {
	Public      bool  // anyone may call it
	Either      bool  // anyone may, and who comes with a token is known
	KeyRequired bool  // only with an Idempotency-Key
	Keyless     bool  // an Idempotency-Key means nothing to it
	Signed      bool  // its callers sign what they send
	Guessable   bool  // it only reads, but by a name that strangers could guess at
	Streams     bool  // its answer goes on and on
	Files       bool  // its answer is a file that is made for the caller
	Unasked     bool  // also for who has not agreed to the privacy policy, or not any more
	Own         bool  // it reads what is the caller's own
	MaxBody     int64 // bytes that its body may have, 0: as others
}

// Routes looks up what the operation at a method and a route pattern asks. It fails for a route that is
// no operation.
type Routes func(method, pattern string) (Route, bool)

type (
	actorKey struct{}
	tokenKey struct{}
)

// ActorOf returns who calls, if that is known.
func ActorOf(ctx context.Context) (model.Actor, bool) {
	who, ok := ctx.Value(actorKey{}).(model.Actor)
	return who, ok
}

// TokenOf returns the access token that the caller came with.
func TokenOf(ctx context.Context) string {
	token, _ := ctx.Value(tokenKey{}).(string)
	return token
}

// Authenticate finds out who bears the request's token. Operations that are not public are refused with
// ErrTokenMissing without one, and as verify fails.
func Authenticate(routes Routes, verify func(context.Context, string) (model.Actor, error), fail Fail) gin.HandlerFunc {
	return func(c *gin.Context) {
		route, operation := routes(c.Request.Method, c.FullPath())
		if !operation || route.Public && (!route.Either || c.GetHeader("Authorization") == "") {
			return
		}
		scheme, token, _ := strings.Cut(c.GetHeader("Authorization"), " ")
		token = strings.TrimLeft(token, " ")
		if !strings.EqualFold(scheme, "Bearer") || token == "" {
			fail(c, model.ErrTokenMissing)
			return
		}
		who, err := verify(c.Request.Context(), token)
		if err != nil {
			fail(c, err)
			return
		}
		ctx := context.WithValue(c.Request.Context(), actorKey{}, who)
		c.Request = c.Request.WithContext(context.WithValue(ctx, tokenKey{}, token))
	}
}

// Consent lets callers who are known go on if admit does, which is told whether they change something. What is Unasked is
// for everybody, and so is to read one's own; who names a member reads of somebody else.
func Consent(routes Routes, admit func(ctx context.Context, who model.Actor, changes bool) error, fail Fail) gin.HandlerFunc {
	return func(c *gin.Context) {
		route, operation := routes(c.Request.Method, c.FullPath())
		who, known := ActorOf(c.Request.Context())
		changes := c.Request.Method != http.MethodGet
		own := route.Own && !changes && c.Query("member_id") == ""
		if admit == nil || !operation || !known || route.Public || route.Unasked || own {
			return
		}
		if err := admit(c.Request.Context(), who, changes); err != nil {
			fail(c, err)
		}
	}
}

// Idempotency puts the caller's key, with a hash of what it stands for, where the transaction of the
// effect finds it. It fails with ErrKeyInvalid, and with ErrKeyRequired where a key must be.
func Idempotency(routes Routes, fail Fail) gin.HandlerFunc {
	return func(c *gin.Context) {
		route, operation := routes(c.Request.Method, c.FullPath())
		who, known := ActorOf(c.Request.Context())
		if c.Request.Method != http.MethodPost || !operation || !known || route.Keyless {
			return
		}
		key := c.GetHeader("Idempotency-Key")
		switch {
		case key == "" && route.KeyRequired:
			fail(c, model.ErrKeyRequired)
			return
		case key == "":
			return
		case !visibleASCII(key):
			fail(c, model.ErrKeyInvalid)
			return
		}
		body, err := io.ReadAll(c.Request.Body)
		if err != nil {
			fail(c, bodyError(err))
			return
		}
		c.Request.Body = io.NopCloser(bytes.NewReader(body))
		promise := &model.Idempotency{
			Member: who.MemberID, Key: key, Hash: hashRequest(c.Request, body),
			Replayed: func() { c.Header("Idempotent-Replayed", "true") },
		}
		c.Request = c.Request.WithContext(model.WithIdempotency(c.Request.Context(), promise))
	}
}

func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return model.ErrTooLarge
	}
	return model.ErrMalformed
}

// hashRequest covers what a key stands for: method, path and body.
func hashRequest(r *http.Request, body []byte) [32]byte {
	h := sha256.New()
	_, _ = io.WriteString(h, r.Method+"\n"+r.URL.Path+"\n")
	_, _ = h.Write(body)
	return [32]byte(h.Sum(nil))
}

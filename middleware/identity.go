package middleware

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"linbanglin/model"
)

// Route tells what an operation asks of its callers.
type Route struct {
	Public      bool  // anyone may call it
	Either      bool  // anyone may, and who comes with a token is known
	KeyRequired bool  // only with an Idempotency-Key
	Keyless     bool  // an Idempotency-Key means nothing to it
	Guessable   bool  // it only reads, but by a name that strangers could guess at
	Streams     bool  // its answer goes on and on
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

// limits holds a bucket of tokens for each caller. It forgets all of them together now and then, which
// gives nobody more than one burst for free.
type limits struct {
	mu      sync.Mutex
	perSec  rate.Limit
	burst   int
	buckets map[string]*rate.Limiter
	since   time.Time
}

const (
	maxBuckets = 100_000
	bucketLife = 10 * time.Minute
)

func (l *limits) allow(key string) bool {
	now := time.Now()
	l.mu.Lock()
	if l.buckets == nil || len(l.buckets) >= maxBuckets || now.Sub(l.since) > bucketLife {
		l.buckets, l.since = map[string]*rate.Limiter{}, now
	}
	bucket := l.buckets[key]
	if bucket == nil {
		bucket = rate.NewLimiter(l.perSec, l.burst)
		l.buckets[key] = bucket
	}
	l.mu.Unlock()
	return bucket.AllowN(now, 1)
}

// LimitStrangers lets an address call public operations that change something, or read by what can be
// guessed, only so often, because these are what guessers call. It fails with ErrTooMany.
func LimitStrangers(routes Routes, perSecond float64, burst int, fail Fail) gin.HandlerFunc {
	l := &limits{perSec: rate.Limit(perSecond), burst: burst}
	return func(c *gin.Context) {
		route, operation := routes(c.Request.Method, c.FullPath())
		if operation && route.Public && (c.Request.Method != http.MethodGet || route.Guessable) && !l.allow(c.ClientIP()) {
			fail(c, model.ErrTooMany)
		}
	}
}

package middleware

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"linbanglin/model"
)

// Class is a kind of operation, by what it costs or what can be guessed with it.
type Class string

// The classes. The first three are of strangers and count by address, the others by member.
const (
	ClassLogin  Class = "login"  // changes something for a stranger, or can be guessed at
	ClassPublic Class = "public" // reads what anyone may read
	ClassSigned Class = "signed" // brings a signature of its own, which nobody guesses
	ClassRead   Class = "read"
	ClassWrite  Class = "write"
	ClassPoints Class = "points" // moves points
	ClassFiles  Class = "files"  // makes a PDF, a workbook or a picture
)

// Rate is how often something may be done: so often a second, and so often at once.
type Rate struct {
	PerSecond float64
	Burst     int
	// Strict has every call counted where all processes see it. Others are counted there once half of what a process
	// alone would allow is used, which spares the many who are far from any limit the way.
	Strict bool
}

// Rates returns how often the operations of each class may be called, times a factor; none for a factor of 0.
func Rates(factor float64) map[Class]Rate {
	if factor <= 0 {
		return nil
	}
	rates := map[Class]Rate{
		ClassLogin: {50, 500, true}, ClassPublic: {1000, 5000, false}, ClassSigned: {1000, 5000, false},
		ClassRead: {200, 4000, false}, ClassWrite: {100, 2000, false}, ClassPoints: {500, 5000, false}, ClassFiles: {5, 120, true},
	}
	for class, r := range rates {
		rates[class] = Rate{r.PerSecond * factor, max(1, int(float64(r.Burst)*factor)), r.Strict}
	}
	return rates
}

// class returns the class of an operation.
func (r Route) class(method string) Class {
	switch {
	case r.Public && r.Signed:
		return ClassSigned
	case r.Public && (method != http.MethodGet || r.Guessable):
		return ClassLogin
	case r.Public:
		return ClassPublic
	case r.Files:
		return ClassFiles
	case r.KeyRequired:
		return ClassPoints
	case method == http.MethodGet:
		return ClassRead
	}
	return ClassWrite
}

// Shared counts a call of somebody where all processes see it, and returns how long they have to wait; zero when they may.
type Shared func(ctx context.Context, who string, perSecond float64, burst int) (wait time.Duration, err error)

// Limit lets a member, or an address that is nobody's, call operations of a class only so often. Processes share what they
// count through shared, as far as it answers. It fails with ErrTooMany and how long to wait.
func Limit(routes Routes, rates map[Class]Rate, shared Shared, registry prometheus.Registerer, fail Fail) gin.HandlerFunc {
	refused := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "linbanglin_rate_limited_total", Help: "Calls that were refused because their caller came too often.",
	}, []string{"class"})
	registry.MustRegister(refused)
	buckets := map[Class]*buckets{}
	for class, r := range rates {
		buckets[class] = newBuckets(r)
	}
	return func(c *gin.Context) {
		route, operation := routes(c.Request.Method, c.FullPath())
		class := route.class(c.Request.Method)
		own := buckets[class]
		if !operation || own == nil {
			return
		}
		who := string(class) + ":" + caller(c)
		wait, ask := own.take(who)
		if wait == 0 && ask && shared != nil {
			if longer, err := shared(c.Request.Context(), who, own.PerSecond, own.Burst); err == nil {
				wait = longer
			}
		}
		if wait > 0 {
			refused.WithLabelValues(string(class)).Inc()
			fail(c, model.ErrTooMany.After(wait))
		}
	}
}

// caller names who calls: a member, or a hash of the address of a stranger.
func caller(c *gin.Context) string {
	if who, known := ActorOf(c.Request.Context()); known {
		return who.MemberID.String()
	}
	sum := sha256.Sum256([]byte(c.ClientIP()))
	return "a" + hex.EncodeToString(sum[:12])
}

// buckets holds a bucket of tokens for each caller. It forgets all of them together now and then, which
// gives nobody more than one burst for free.
type buckets struct {
	Rate
	mu    sync.Mutex
	of    map[string]*rate.Limiter
	since time.Time
}

const (
	maxBuckets = 100_000
	bucketLife = 10 * time.Minute
)

func newBuckets(r Rate) *buckets { return &buckets{Rate: r} }

// take takes a token of a caller. It returns how long they have to wait for one, and whether other processes are to be
// asked as well.
func (b *buckets) take(who string) (wait time.Duration, ask bool) {
	now := time.Now()
	b.mu.Lock()
	if b.of == nil || len(b.of) >= maxBuckets || now.Sub(b.since) > bucketLife {
		b.of, b.since = map[string]*rate.Limiter{}, now
	}
	bucket := b.of[who]
	if bucket == nil {
		bucket = rate.NewLimiter(rate.Limit(b.PerSecond), b.Burst)
		b.of[who] = bucket
	}
	b.mu.Unlock()
	taken := bucket.ReserveN(now, 1)
	if wait = taken.DelayFrom(now); wait > 0 {
		taken.CancelAt(now)
		return wait, false
	}
	return 0, b.Strict || bucket.TokensAt(now) < float64(b.Burst)/2
}

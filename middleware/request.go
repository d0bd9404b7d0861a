package middleware

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"linbanglin/model"
)

// Fail answers a request with a problem and stops it.
type Fail func(c *gin.Context, err error)

const requestIDHeader = "X-Request-ID"

// maxRequestID is how long a request id may be, maxHeaderValue how long an idempotency key.
const (
	maxRequestID   = 64
	maxHeaderValue = 80
)

// visibleASCII reports whether s is 1 to 80 visible ASCII characters.
func visibleASCII(s string) bool {
	if len(s) < 1 || len(s) > maxHeaderValue {
		return false
	}
	for i := range len(s) {
		if s[i] < '!' || s[i] > '~' {
			return false
		}
	}
	return true
}

// plainID reports whether s is what goes into each line of the log as it is: 1 to 64 letters, digits, dots, dashes and
// underscores.
func plainID(s string) bool {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
	return s != "" && len(s) <= maxRequestID && strings.Trim(s, plain) == ""
}

// RequestID takes the caller's request id, if it is a plain one, or makes one, and returns it with the answer.
func RequestID() gin.HandlerFunc {
	return func(c *gin.Context) {
		id := c.GetHeader(requestIDHeader)
		if !plainID(id) {
			id = rand.Text()[:16]
		}
		c.Header(requestIDHeader, id)
	}
}

// RequestIDOf returns the request's id.
func RequestIDOf(c *gin.Context) string { return c.Writer.Header().Get(requestIDHeader) }

// Log writes one line for each request: what was called, by which member id, how it went, and why it
// failed when that is our fault. Nothing that a person wrote is in it: no query, no body, no token.
func Log(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		start := time.Now()
		c.Next()
		attributes := []slog.Attr{
			slog.String("method", c.Request.Method), slog.String("route", c.FullPath()), slog.Int("status", c.Writer.Status()),
			slog.Int64("us", time.Since(start).Microseconds()), slog.Int("bytes", c.Writer.Size()), slog.String("request_id", RequestIDOf(c)),
		}
		if who, ok := ActorOf(c.Request.Context()); ok {
			attributes = append(attributes, slog.Int64("member", int64(who.MemberID)))
		}
		level := slog.LevelInfo
		if c.Writer.Status() >= http.StatusInternalServerError {
			level = slog.LevelError
		}
		if failure := c.Errors.Last(); failure != nil {
			attributes = append(attributes, slog.String("error", failure.Error()))
		}
		log.LogAttrs(c.Request.Context(), level, "request", attributes...)
	}
}

// Recover answers a panic as an internal failure. Where it came from is in the log, and no value that it was about.
func Recover(log *slog.Logger, fail Fail) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p) // the server's own way to hang up
			}
			log.Error("panic", "request_id", RequestIDOf(c), "panic", model.Panicked(p).Error(), "stack", stack())
			if !c.Writer.Written() {
				fail(c, model.ErrInternal)
			}
			c.Abort()
		}()
		c.Next()
	}
}

// maxFrames is how many calls of a stack are logged.
const maxFrames = 64

// stack returns the calls that led here, without what was given to them.
func stack() (calls []string) {
	counters := make([]uintptr, maxFrames)
	frames := runtime.CallersFrames(counters[:runtime.Callers(2, counters)])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		calls = append(calls, fmt.Sprintf("%s %s:%d", f.Function, f.File, f.Line))
	}
	return calls
}

// MaxBody is how many bytes a request's body may have.
const MaxBody = 1 << 20

// maxDrain is how much of a body is taken in after it was refused.
const maxDrain = 8 << 20

// BodyLimit refuses bodies over MaxBody, or over what their operation allows, those of unknown length as soon as they are.
func BodyLimit(routes Routes, fail Fail) gin.HandlerFunc {
	return func(c *gin.Context) {
		whole, most := c.Request.Body, int64(MaxBody)
		if route, _ := routes(c.Request.Method, c.FullPath()); route.MaxBody > 0 {
			most = route.MaxBody
		}
		if c.Request.ContentLength > most {
			fail(c, model.ErrTooLarge)
		} else {
			c.Request.Body = io.NopCloser(http.MaxBytesReader(c.Writer, whole, most)) // the server closes it
			c.Next()
			dropForm(c.Request)
		}
		if c.GetHeader("Expect") == "" { // who waits for leave to send is not sending
			_, _ = io.CopyN(io.Discard, whole, maxDrain+most) // many clients read no answer before they have sent all
		}
	}
}

// dropForm deletes what the parts of a form took in files. The server does so for its own request only, which is not the
// one that the operations had.
func dropForm(r *http.Request) {
	if r.MultipartForm != nil {
		_ = r.MultipartForm.RemoveAll() // what stays is a file in the system's temporary folder
	}
}

// Deadline gives an operation so much time; then it fails as unavailable. One that streams sees to its own end.
func Deadline(routes Routes, d time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		if route, _ := routes(c.Request.Method, c.FullPath()); route.Streams {
			return
		}
		ctx, cancel := context.WithTimeout(c.Request.Context(), d)
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
		c.Next()
	}
}

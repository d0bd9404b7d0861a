package middleware_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"linbanglin/middleware"
)

// called calls a server whose one operation does something, and returns its answer and what it logged.
func called(t *testing.T, id string, do gin.HandlerFunc) (answer *httptest.ResponseRecorder, logged string) {
	t.Helper()
	gin.SetMode(gin.TestMode)
	var lines bytes.Buffer
	log, router := slog.New(slog.NewJSONHandler(&lines, nil)), gin.New()
	failed := func(c *gin.Context, _ error) { c.AbortWithStatus(http.StatusInternalServerError) }
	router.Use(middleware.RequestID(), middleware.Log(log), middleware.Recover(log, failed))
	router.GET("/", do)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if id != "" {
		r.Header["X-Request-Id"] = []string{id}
	}
	answer = httptest.NewRecorder()
	router.ServeHTTP(answer, r)
	return answer, lines.String()
}

func TestOnlyPlainRequestIDsAreTaken(t *testing.T) {
	for id, taken := range map[string]bool{
		"a": true, "abc-1_2.Z": true, strings.Repeat("x", 64): true,
		"": false, strings.Repeat("x", 65): false, "13800138000 x": false, "a\nb": false, "a\"b": false, "<b>": false, "张": false, "a\x00": false, "a/b": false, "a;b": false, " a": false,
	} {
		answer, logged := called(t, id, func(*gin.Context) {})
		got := answer.Header().Get("X-Request-ID")
		if (got == id) != taken || len(got) < 1 || !strings.Contains(logged, `"request_id":"`+got+`"`) {
			t.Errorf("%q: answered with %q, logged %s", id, got, logged)
		}
	}
}

// phone is what nobody may find in a log.
const phone = "13800138000"

func TestAPanicIsLoggedWithoutItsValues(t *testing.T) {
	var none []int
	for name, c := range map[string]struct {
		about  func()
		logged string
	}{
		"a text":          {func() { panic("no such member " + phone) }, "panic of type string"},
		"an error":        {func() { panic(errors.New(phone)) }, "panic of type *errors.errorString"},
		"a value":         {func() { panic(struct{ Phone string }{phone}) }, "panic of type struct"},
		"the runtime's":   {func() { _ = none[len(phone)] }, "index out of range [11]"},
		"a value in hand": {func() { holds(0x32fd60d40) }, "panic of type string"},
	} {
		answer, logged := called(t, "", func(*gin.Context) { c.about() })
		if answer.Code != http.StatusInternalServerError || !strings.Contains(logged, c.logged) || !strings.Contains(logged, "request_test.go:") {
			t.Errorf("%s: %d, logged %s", name, answer.Code, logged)
		}
		if strings.Contains(logged, phone) || strings.Contains(logged, "32fd60d40") {
			t.Errorf("%s: its value is logged: %s", name, logged)
		}
	}
}

// holds panics with a number in hand, as it would be in a usual stack.
//
//go:noinline
func holds(number int) int {
	if number > 0 {
		panic("x")
	}
	return number
}
